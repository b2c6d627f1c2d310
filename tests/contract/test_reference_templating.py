"""The reference's part on template rendering."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jinja2
import pytest
from jinja2 import TemplateNotFound

from flask import (
    Blueprint,
    Flask,
    get_template_attribute,
    render_template,
    render_template_string,
    request,
    stream_template,
    stream_template_string,
)
from flask.templating import DispatchingJinjaLoader, Environment

TEMPLATES = {
    "hello.html": "Hello {{ name }}{% for n in numbers %}, {{ n }}{% endfor %}!",
    "plain.txt": "{{ name }}",
    "request.html": "{% for n in [1, 2] %}{{ request.path }}|{{ g.user }}|{{ n }};{% endfor %}",
    "_cider.html": (
        "{% macro hello(name) %}Hello {{ name }}!{% endmacro %}{% set brand = 'Cider' %}"
    ),
}


@pytest.fixture
def app(app: Flask) -> Iterator[Flask]:
    """An application with some templates, in its context."""
    app.testing = True
    folder = Path(app.root_path) / "templates"
    folder.mkdir()
    for name, source in TEMPLATES.items():
        (folder / name).write_text(source)

    @app.context_processor
    def add_name() -> dict[str, str]:
        return {"name": "<you>"}

    with app.app_context():
        yield app


def joined(pieces: Iterator[str]) -> str:
    assert not isinstance(pieces, str)
    return "".join(pieces)


def test_render_template(app: Flask) -> None:
    """A template of the application's folder is rendered with what context processors add."""
    assert render_template("hello.html") == "Hello &lt;you&gt;!"


@pytest.mark.parametrize(
    "given",
    ["hello.html", ["missing.html", "hello.html"], "object"],
    ids=["name", "list", "object"],
)
def test_render_template_template_name_or_list(app: Flask, given: Any) -> None:
    """Given is a name, several of which the first that exists is taken, or a template."""
    template = app.jinja_env.get_template("hello.html") if given == "object" else given

    assert render_template(template_name_or_list=template) == "Hello &lt;you&gt;!"
    with pytest.raises(TemplateNotFound):
        render_template(template_name_or_list=["missing.html", "neither.html"])


def test_render_template_context(app: Flask) -> None:
    """Keywords are variables of the template and go before those of context processors."""
    assert render_template("hello.html", name="Ada", numbers=[1, 2]) == "Hello Ada, 1, 2!"
    assert render_template("plain.txt", name="<b>") == "<b>"


def test_render_template_string(app: Flask) -> None:
    """A template given as text is rendered like one from a file, and autoescaped."""
    assert render_template_string("Hi {{ name }}") == "Hi &lt;you&gt;"


def test_render_template_string_source(app: Flask) -> None:
    """The text may use the other templates."""
    source = "{% from '_cider.html' import hello %}{{ hello('World') }}"

    assert render_template_string(source=source) == "Hello World!"


def test_render_template_string_context(app: Flask) -> None:
    """Keywords are variables of the template."""
    assert render_template_string("{{ a }}{{ b }}", a="<", b=2) == "&lt;2"


@pytest.fixture
def stream_view(app: Flask) -> Callable[[Callable[[], Iterator[str]]], str]:
    """Returns what a client gets from a view that streams."""

    def get(stream: Callable[[], Iterator[str]]) -> str:
        app.add_url_rule("/streamed", "streamed", stream)
        response = app.test_client().get("/streamed")
        assert response.is_streamed
        return response.text

    return get


Get = Callable[[Callable[[], Iterator[str]]], str]


def test_stream_template(app: Flask, stream_view: Get) -> None:
    """A streamed template comes in pieces; the request is there until the last one."""
    assert next(stream_template("hello.html")) == "Hello "
    assert stream_view(lambda: stream_template("request.html")) == "/streamed||1;/streamed||2;"


def test_stream_template_template_name_or_list(app: Flask) -> None:
    """Given is a name, or several of which the first that exists is taken."""
    pieces = stream_template(template_name_or_list=["missing.html", "plain.txt"])

    assert list(pieces) == ["<you>"]


def test_stream_template_context(app: Flask) -> None:
    """Keywords are variables of the template."""
    pieces = list(stream_template("hello.html", name="Ada", numbers=[1, 2]))

    assert "".join(pieces) == "Hello Ada, 1, 2!"
    assert len(pieces) > 3


def test_stream_template_string(app: Flask, stream_view: Get) -> None:
    """A template given as text can be streamed, too."""
    assert joined(stream_template_string("Hi {{ name }}")) == "Hi &lt;you&gt;"
    assert stream_view(lambda: stream_template_string("{{ request.path }}")) == "/streamed"


def test_stream_template_string_source(app: Flask) -> None:
    """The text may extend the other templates."""
    pieces = stream_template_string(source="{% include 'hello.html' %}")

    assert joined(pieces) == "Hello &lt;you&gt;!"


def test_stream_template_string_context(app: Flask) -> None:
    """Keywords are variables of the template."""
    with app.test_request_context("/here"):
        pieces = stream_template_string("{{ request.path }} {{ a }}", a=request.method)

    assert joined(pieces) == "/here GET"


def test_get_template_attribute(app: Flask) -> None:
    """A macro of a template can be called from Python."""
    hello = get_template_attribute("_cider.html", "hello")

    assert hello("<World>") == "Hello &lt;World&gt;!"


def test_get_template_attribute_template_name(app: Flask) -> None:
    """The template is found by its name, or not at all."""
    assert get_template_attribute(template_name="_cider.html", attribute="brand") == "Cider"
    with pytest.raises(TemplateNotFound):
        get_template_attribute(template_name="missing.html", attribute="brand")


def test_get_template_attribute_attribute(app: Flask) -> None:
    """The attribute is a variable or a macro that the template sets, or an error."""
    assert get_template_attribute("_cider.html", attribute="brand") == "Cider"
    with pytest.raises(AttributeError):
        get_template_attribute("_cider.html", attribute="missing")


# The classes behind


def test_environment(app: Flask) -> None:
    """The environment is Jinja's and loads what application and blueprints have."""
    environment = Environment(app)

    assert isinstance(environment, jinja2.Environment)
    assert environment.get_template("plain.txt").render(name="Ada") == "Ada"


def test_environment_app(app: Flask) -> None:
    """The environment knows its application."""
    assert Environment(app=app).app is app


def test_environment_options(app: Flask) -> None:
    """Options are those of Jinja, its loader among them."""
    environment = Environment(
        app,
        loader=jinja2.DictLoader({"a": "<$ x $>"}),
        variable_start_string="<$",
        variable_end_string="$>",
    )

    assert environment.get_template("a").render(x=1) == "1"


@pytest.fixture
def pages(app: Flask, tmp_path: Path) -> Blueprint:
    """A blueprint with two templates, one named like the application's."""
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "hello.html").write_text("never seen")
    (folder / "page.html").write_text("the page")
    pages = Blueprint("pages", "shop", template_folder="pages", root_path=str(tmp_path))
    app.register_blueprint(pages)
    return pages


def test_dispatching_jinja_loader(app: Flask, pages: Blueprint) -> None:
    """The application's templates come first, then the blueprint's."""
    environment = jinja2.Environment(loader=DispatchingJinjaLoader(app))

    assert environment.get_template("page.html").render() == "the page"
    assert environment.get_template("hello.html").render() == "Hello !"
    with pytest.raises(TemplateNotFound):
        environment.get_template("missing.html")


def test_dispatching_jinja_loader_app(app: Flask) -> None:
    """It is the loader of the application's environment."""
    loader = DispatchingJinjaLoader(app=app)

    assert type(app.jinja_env.loader) is type(loader)
    assert loader.app is app


def test_get_source(app: Flask, pages: Blueprint) -> None:
    """The source comes with its file, and a way to tell whether it has changed."""
    source, file, is_current = DispatchingJinjaLoader(app).get_source(app.jinja_env, "page.html")

    assert (source, file) == ("the page", str(Path(app.root_path, "pages", "page.html")))
    assert is_current is not None
    assert is_current()


def test_list_templates(app: Flask, pages: Blueprint) -> None:
    """The templates of all are listed once."""
    names = DispatchingJinjaLoader(app).list_templates()

    assert sorted(names) == sorted([*TEMPLATES, "page.html"])
