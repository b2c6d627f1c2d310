from __future__ import annotations

from collections import OrderedDict, defaultdict
from copy import deepcopy
from pathlib import Path
from typing import Any

import jinja2
import pytest

from flask import Blueprint, Flask, render_template, render_template_string
from flask.templating import DispatchingJinjaLoader, Environment


@pytest.fixture
def app(app: Flask, tmp_path: Path) -> Flask:
    """An app and two blueprints, whose folders share some names."""
    for folder, names in {
        "app": ["both", "app"],
        "one": ["both", "one", "parts"],
        "two": ["two", "parts"],
    }.items():
        (tmp_path / folder / "deep").mkdir(parents=True)
        for name in names:
            (tmp_path / folder / f"{name}.html").write_text(f"{name} of {folder}")
        (tmp_path / folder / "deep" / f"{folder}.html").write_text(f"deep {folder}")
    app.root_path, app.template_folder = str(tmp_path), "app"
    for name in ("one", "two"):
        app.register_blueprint(
            Blueprint(name, "shop", root_path=str(tmp_path), template_folder=name)
        )
    app.register_blueprint(Blueprint("bare", "shop"))
    return app


@pytest.mark.parametrize("explain", [False, True])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("app.html", "app of app"),
        ("both.html", "both of app"),
        ("one.html", "one of one"),
        ("two.html", "two of two"),
        ("parts.html", "parts of one"),
        ("deep/two.html", "deep two"),
    ],
)
def test_app_goes_first_then_blueprints_in_order(
    app: Flask, name: str, text: str, explain: bool
) -> None:
    """The app's file wins, then that of the blueprint registered first, explained or not."""
    app.config["EXPLAIN_TEMPLATE_LOADING"] = explain
    with app.app_context():
        assert render_template(name) == text


@pytest.mark.parametrize("explain", [False, True])
def test_missing_template(app: Flask, explain: bool) -> None:
    """A template that nobody has is Jinja's error."""
    app.config["EXPLAIN_TEMPLATE_LOADING"] = explain
    with app.app_context(), pytest.raises(jinja2.TemplateNotFound, match=r"none\.html"):
        render_template("none.html")


def test_list_of_templates(app: Flask) -> None:
    """The names that all of them have, each once, sorted."""
    assert app.jinja_env.list_templates() == [
        "app.html",
        "both.html",
        "deep/app.html",
        "deep/one.html",
        "deep/two.html",
        "one.html",
        "parts.html",
        "two.html",
    ]


def test_blueprint_registered_late_is_asked(app: Flask, tmp_path: Path) -> None:
    """Loaders are asked live: a blueprint added later is seen."""
    with app.app_context(), pytest.raises(jinja2.TemplateNotFound):
        render_template("late.html")
    (tmp_path / "late").mkdir()
    (tmp_path / "late" / "late.html").write_text("late")
    app.register_blueprint(
        Blueprint("late", "shop", root_path=str(tmp_path), template_folder="late")
    )

    with app.app_context():
        assert render_template("late.html") == "late"


def test_environment_takes_another_loader(app: Flask) -> None:
    """An environment is made with any of Jinja's options, a loader among them."""
    own = Environment(app, loader=jinja2.DictLoader({"a": "dict"}), trim_blocks=True)

    assert own.app is app
    assert own.get_template("a").render() == "dict"
    assert type(Environment(app).loader) is DispatchingJinjaLoader


def test_loader_of_the_app_may_be_assigned(app: Flask) -> None:
    """``jinja_loader`` may be replaced by any loader."""
    app.jinja_loader = jinja2.DictLoader({"both.html": "dict"})

    with app.app_context():
        assert render_template("both.html") == "dict"
        assert render_template("one.html") == "one of one"


class Shop:
    name = "attribute"

    def __getitem__(self, key: str) -> str:
        return f"item {key}"


class TestLookups:
    @pytest.mark.parametrize(
        "value",
        [
            {"name": 1, "items": 2, "keys": 3, "": 4},
            {},
            OrderedDict(name=1, items=2),
            defaultdict(list, items=1),
            Shop(),
            None,
            "text",
            [1],
        ],
    )
    @pytest.mark.parametrize("name", ["name", "items", "keys", "missing", "__class__", ""])
    def test_dotted_name_means_what_jinja_says(self, app: Flask, value: Any, name: str) -> None:
        """An attribute goes before an item, for plain dicts as for everything else."""
        expected = jinja2.Environment().getattr(deepcopy(value), name)
        found = app.jinja_env.getattr(deepcopy(value), name)

        if name == "__class__" or not callable(expected):
            assert type(found) is type(expected)
        assert (
            isinstance(found, jinja2.Undefined)
            or repr(found).partition(" at ")[0] == repr(expected).partition(" at ")[0]
        )

    def test_environment_with_its_own_lookup(self, app: Flask) -> None:
        """The ``getattr`` of an environment class is asked."""

        class Own(Environment):
            def getattr(self, obj: Any, attribute: str) -> Any:
                return f"own {attribute}"

        app.jinja_environment = Own
        with app.app_context():
            assert render_template_string("{{ row.id }}", row={"id": 1}) == "own id"


class TestVariables:
    def test_order_of_precedence(self, app: Flask) -> None:
        """A variable goes before a template's global, and that before the environment's."""
        app.jinja_env.globals.update(a="env", b="env", c="env")
        template = app.jinja_env.from_string("{{ a }} {{ b }} {{ c }}", {"b": "own", "c": "own"})

        assert template.render(c="given") == "env own given"
        app.jinja_env.globals["a"] = "later"
        assert template.render() == "later own own"

    def test_imported_template_knows_globals_only(self, app: Flask) -> None:
        """What is imported sees the globals, with the context the variables too, as in Jinja."""
        app.jinja_env.globals["a"] = "global"
        app.jinja_env.loader = jinja2.DictLoader(
            {"m": "{% macro show() %}{{ a }} {{ b }}{% endmacro %}"}
        )
        for clause, expected in (("", "global "), (" with context", "global given")):
            source = f"{{% import 'm' as m{clause} %}}{{{{ m.show() }}}}"
            assert app.jinja_env.from_string(source).render(b="given") == expected

    def test_name_that_is_no_text_is_refused(self, app: Flask) -> None:
        """Variables have names of text, as in Jinja."""
        with pytest.raises(TypeError):
            app.jinja_env.from_string("").render({1: 2})

    @pytest.mark.parametrize("seam", ["template_class", "context_class"])
    def test_own_classes_of_jinja(self, app: Flask, seam: str) -> None:
        """An environment's template and context classes may be replaced."""
        seen: list[Any] = []

        class OwnTemplate(jinja2.Template):
            def new_context(self, *args: Any, **kwargs: Any) -> Any:
                seen.append("template_class")
                return super().new_context(*args, **kwargs)

        class OwnContext(jinja2.runtime.Context):
            def resolve_or_missing(self, key: str) -> Any:
                seen.append("context_class")
                return super().resolve_or_missing(key)

        setattr(app.jinja_env, seam, OwnTemplate if seam == "template_class" else OwnContext)

        assert app.jinja_env.from_string("{{ a }}").render(a=1) == "1"
        assert seen == [seam]
