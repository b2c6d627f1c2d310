"""Registration on the application: rules, hooks, handlers, template helpers, blueprints."""

from pathlib import Path
from typing import Any

import pytest

from flask import Blueprint, Flask, Response, g, render_template_string, request, url_for
from flask.testing import FlaskClient

METHODS = ["get", "post", "put", "patch", "delete"]


# Rules and views


def test_route_registers_the_view(app: Flask, client: FlaskClient) -> None:
    """The decorated function answers the rule, by GET, and is returned unchanged."""

    def greet(name: str) -> str:
        return f"hello {name}"

    assert app.route(rule="/<name>")(greet) is greet
    assert client.get("/ada").text == "hello ada"
    assert client.post("/ada").status_code == 405


def test_route_passes_options_on(app: Flask, client: FlaskClient) -> None:
    """Further keywords of the decorator are those of a rule: methods, defaults, the endpoint."""

    @app.route("/", methods=["POST"], defaults={"page": 1}, endpoint="first")
    def show(page: int) -> str:
        return f"{request.endpoint} {page}"

    assert client.post("/").text == "first 1"
    assert client.get("/").status_code == 405


@pytest.mark.parametrize("method", METHODS)
def test_method_decorator(app: Flask, client: FlaskClient, method: str) -> None:
    """``get``, ``post`` and so on register a view for that method."""
    getattr(app, method)(rule="/")(lambda: request.method)

    assert client.open("/", method=method.upper()).text == method.upper()
    other = "PUT" if method == "get" else "GET"
    assert client.open("/", method=other).status_code == 405


@pytest.mark.parametrize("method", METHODS)
def test_method_decorator_passes_options_on(app: Flask, client: FlaskClient, method: str) -> None:
    """``get``, ``post`` and so on take a rule's options, except the methods."""
    getattr(app, method)("/", endpoint="index", defaults={"page": 1})(lambda page: str(page))
    with pytest.raises(TypeError, match="methods"):
        getattr(app, method)("/", methods=["GET"])

    assert client.open("/", method=method.upper()).text == "1"
    assert "index" in app.view_functions


def test_add_url_rule_registers_rule_and_view(app: Flask, client: FlaskClient) -> None:
    """A rule, an endpoint and a view belong together without a decorator."""
    app.add_url_rule(rule="/<int:id>", endpoint="show", view_func=lambda id: f"no. {id}")

    assert client.get("/7").text == "no. 7"
    with app.test_request_context():
        assert url_for("show", id=7) == "/7"


def test_add_url_rule_names_the_endpoint_after_the_view(app: Flask) -> None:
    """Without an endpoint the rule is named like the view."""

    def index() -> str:
        return ""

    app.add_url_rule("/", view_func=index)

    assert app.view_functions["index"] is index


@pytest.mark.parametrize(("automatic", "answer"), [(True, ""), (False, "by the view")])
def test_add_url_rule_provides_options(
    app: Flask, client: FlaskClient, automatic: bool, answer: str
) -> None:
    """Whether OPTIONS is answered automatically can be said for each rule."""
    app.add_url_rule(
        "/",
        endpoint="index",
        view_func=lambda: "by the view",
        provide_automatic_options=automatic,
        methods=["GET", "OPTIONS"],
    )

    assert client.options("/").text == answer


def test_add_url_rule_passes_options_to_the_rule(app: Flask, client: FlaskClient) -> None:
    """Methods and Werkzeug's options of a rule are taken as keywords."""
    app.add_url_rule("/", "index", lambda: "got", methods=["put"], strict_slashes=False)

    assert client.put("/").text == "got"
    assert next(app.url_map.iter_rules("index")).strict_slashes is False


def test_endpoint_adds_the_view_later(app: Flask, client: FlaskClient) -> None:
    """A rule without a view gets it by its endpoint."""
    app.add_url_rule("/", endpoint="home.page")

    @app.endpoint(endpoint="home.page")
    def show() -> str:
        return "later"

    assert client.get("/").text == "later"


def test_view_functions_maps_endpoints_to_views(app: Flask, client: FlaskClient) -> None:
    """The table of views is read when a request is served, so a view can be exchanged."""
    app.add_url_rule("/", "index", lambda: "before")
    app.view_functions["index"] = lambda: "after"

    assert client.get("/").text == "after"


SETUP = {
    "route": lambda app: app.route("/x"),
    "get": lambda app: app.get("/x"),
    "post": lambda app: app.post("/x"),
    "put": lambda app: app.put("/x"),
    "patch": lambda app: app.patch("/x"),
    "delete": lambda app: app.delete("/x"),
    "add_url_rule": lambda app: app.add_url_rule("/x", "x"),
    "endpoint": lambda app: app.endpoint("x"),
    "before_request": lambda app: app.before_request(str),
    "after_request": lambda app: app.after_request(lambda response: response),
    "teardown_request": lambda app: app.teardown_request(str),
    "teardown_appcontext": lambda app: app.teardown_appcontext(str),
    "context_processor": lambda app: app.context_processor(str),
    "shell_context_processor": lambda app: app.shell_context_processor(str),
    "url_value_preprocessor": lambda app: app.url_value_preprocessor(str),
    "url_defaults": lambda app: app.url_defaults(str),
    "errorhandler": lambda app: app.errorhandler(404),
    "register_error_handler": lambda app: app.register_error_handler(404, str),
    "template_filter": lambda app: app.template_filter(),
    "template_test": lambda app: app.template_test(),
    "template_global": lambda app: app.template_global(),
    "add_template_filter": lambda app: app.add_template_filter(str),
    "add_template_test": lambda app: app.add_template_test(str),
    "add_template_global": lambda app: app.add_template_global(str),
    "register_blueprint": lambda app: app.register_blueprint(Blueprint("x", __name__)),
}


@pytest.mark.parametrize("method", SETUP)
def test_setup_is_refused_after_the_first_request(
    app: Flask, client: FlaskClient, method: str
) -> None:
    """Whatever sets up an application says so when it is called too late."""
    SETUP[method](app)
    client.get("/")

    with pytest.raises(AssertionError, match=f"'{method}' can no longer be called"):
        SETUP[method](app)


# Hooks: decorators, and the tables they write


def test_before_request_answers_first(app: Flask, client: FlaskClient) -> None:
    """A function before the request may answer instead of the view."""

    def answer() -> str:
        return "closed"

    assert app.before_request(f=answer) is answer
    app.add_url_rule("/", "index", lambda: "open")

    assert client.get("/").text == "closed"


def test_after_request_changes_the_response(app: Flask, client: FlaskClient) -> None:
    """Functions after the request get the response, the last registered one first."""

    def mark(response: Response) -> Response:
        response.headers.add("X-Seen", "outer")
        return response

    assert app.after_request(f=mark) is mark
    app.after_request(lambda response: response.headers.add("X-Seen", "inner") or response)

    assert client.get("/").headers.getlist("X-Seen") == ["inner", "outer"]


def test_teardown_request_gets_the_error(app: Flask, client: FlaskClient) -> None:
    """Functions at the end of the request get the error that nobody handled."""
    errors = []
    assert app.teardown_request(f=errors.append) == errors.append
    app.add_url_rule("/<int:n>", "divide", lambda n: str(1 // n))

    client.get("/1")
    client.get("/0")
    assert [type(error) for error in errors] == [type(None), ZeroDivisionError]


def test_teardown_appcontext_runs_when_a_context_ends(app: Flask) -> None:
    """Functions at the end of an application context get its error."""
    errors = []
    assert app.teardown_appcontext(f=errors.append) == errors.append

    with pytest.raises(KeyError), app.app_context():
        raise KeyError
    assert [type(error) for error in errors] == [KeyError]


def test_context_processor_adds_variables(app: Flask) -> None:
    """What a context processor returns is known in templates."""

    def colours() -> dict[str, str]:
        return {"colour": "green"}

    assert app.context_processor(f=colours) is colours
    with app.app_context():
        assert render_template_string("{{ colour }}") == "green"


def test_url_value_preprocessor_takes_values(app: Flask, client: FlaskClient) -> None:
    """A preprocessor sees endpoint and values before any before-request function."""

    def take_language(endpoint: str | None, values: dict[str, Any] | None) -> None:
        g.language = f"{endpoint}:{(values or {}).pop('language')}"

    assert app.url_value_preprocessor(f=take_language) is take_language
    app.before_request(lambda: g.language)
    app.add_url_rule("/<language>/", "index", lambda: "no")

    assert client.get("/ko/").text == "index:ko"


def test_url_defaults_add_values(app: Flask) -> None:
    """Functions may add values to every URL that is built."""

    def add_language(endpoint: str, values: dict[str, Any]) -> None:
        values.setdefault("language", "ko")

    assert app.url_defaults(f=add_language) is add_language
    app.add_url_rule("/<language>/", "index")
    with app.test_request_context():
        assert url_for("index") == "/ko/"
        assert url_for("index", language="en") == "/en/"


def test_shell_context_processor_is_kept(app: Flask) -> None:
    """Processors of the shell context are listed, and run when the shell starts."""

    def answer() -> dict[str, int]:
        return {"answer": 42}

    assert app.shell_context_processor(f=answer) is answer
    assert app.shell_context_processors == [answer]
    assert app.make_shell_context()["answer"] == 42


def test_inject_url_defaults_changes_the_values(app: Flask) -> None:
    """The defaults are put into the dict that is passed."""
    app.url_defaults(lambda endpoint, values: values.update(seen=endpoint))
    values: dict[str, Any] = {"page": 1}
    app.inject_url_defaults(endpoint="index", values=values)

    assert values == {"page": 1, "seen": "index"}


TABLES = {
    "before_request_funcs": ("before_request", lambda: "hooked"),
    "after_request_funcs": ("after_request", lambda response: Response("hooked")),
    "template_context_processors": ("context_processor", lambda: {"word": "hooked"}),
    "url_value_preprocessors": (
        "url_value_preprocessor",
        lambda endpoint, values: values.update(word="hooked"),
    ),
    "url_default_functions": ("url_defaults", lambda endpoint, values: values.update(q="hooked")),
}


@pytest.mark.parametrize("table", TABLES)
def test_hook_table(app: Flask, client: FlaskClient, table: str) -> None:
    """A decorator writes its table under None; requests read it, even if it changes later."""
    decorator, hook = TABLES[table]
    app.add_url_rule(
        "/<word>",
        "index",
        lambda word: (
            render_template_string("{{ word }} {{ url }}", url=url_for("index", word=word))
            if table != "template_context_processors"
            else render_template_string("{{ word }}")
        ),
    )
    getattr(app, decorator)(hook)
    assert getattr(app, table)[None][-1] is hook
    assert "hooked" in client.get("/plain").text

    getattr(app, table)[None].pop()
    assert "hooked" not in client.get("/plain").text


def test_teardown_request_funcs_table(app: Flask, client: FlaskClient) -> None:
    """The table of teardown functions is read when the request ends."""
    ended: list[Any] = []
    app.teardown_request_funcs.setdefault(None, []).append(ended.append)
    client.get("/")

    assert ended == [None]


def test_teardown_appcontext_funcs_list(app: Flask) -> None:
    """The list of teardown functions of application contexts is run in reverse."""
    ended = []
    app.teardown_appcontext_funcs.append(lambda error: ended.append("first"))
    app.teardown_appcontext(lambda error: ended.append("second"))
    with app.app_context():
        pass

    assert ended == ["second", "first"]


def test_shell_context_processors_list(app: Flask) -> None:
    """The list of shell context processors starts empty and is read by the shell."""
    assert app.shell_context_processors == []
    app.shell_context_processors.append(lambda: {"late": True})

    assert app.make_shell_context()["late"] is True


# Template helpers


@pytest.mark.parametrize(
    ("kind", "function", "source", "expected"),
    [
        ("filter", lambda text: text[::-1], "{{ 'abc' | NAME }}", "cba"),
        ("global", lambda number: number * 2, "{{ NAME(21) }}", "42"),
        ("test", lambda number: number > 1, "{{ 'many' if 2 is NAME }}", "many"),
    ],
    ids=["filter", "global", "test"],
)
class TestTemplateHelpers:
    """Filters, globals and tests for templates."""

    def render(self, app: Flask, source: str, name: str) -> str:
        with app.app_context():
            return render_template_string(source.replace("NAME", name))

    def test_template_decorator(
        self, app: Flask, kind: str, function: Any, source: str, expected: str
    ) -> None:
        """The decorator registers a function under its own name and returns it."""
        function.__name__ = "shop_helper"

        assert getattr(app, f"template_{kind}")()(function) is function
        assert self.render(app, source, "shop_helper") == expected

    def test_template_decorator_name(
        self, app: Flask, kind: str, function: Any, source: str, expected: str
    ) -> None:
        """The decorator registers a function under a given name."""
        getattr(app, f"template_{kind}")(name="named")(function)

        assert self.render(app, source, "named") == expected

    def test_add_template(
        self, app: Flask, kind: str, function: Any, source: str, expected: str
    ) -> None:
        """A function is registered without a decorator under its own name."""
        function.__name__ = "shop_helper"
        getattr(app, f"add_template_{kind}")(f=function)

        assert self.render(app, source, "shop_helper") == expected

    def test_add_template_name(
        self, app: Flask, kind: str, function: Any, source: str, expected: str
    ) -> None:
        """A function is registered without a decorator under a given name."""
        getattr(app, f"add_template_{kind}")(function, name="named")

        assert self.render(app, source, "named") == expected


# Blueprints


@pytest.fixture
def blueprint() -> Blueprint:
    """A blueprint with one page, which shows its URL and values."""
    blueprint = Blueprint("area", __name__, url_prefix="/area", subdomain="www")
    blueprint.add_url_rule("/page", "page", lambda **values: f"{request.endpoint} {values}")
    return blueprint


@pytest.mark.parametrize(
    ("options", "url", "answer"),
    [
        ({}, "http://www.shop.example/area/page", "area.page {}"),
        ({"url_prefix": "/zone"}, "http://www.shop.example/zone/page", "area.page {}"),
        ({"subdomain": "m"}, "http://m.shop.example/area/page", "area.page {}"),
        (
            {"url_defaults": {"id": 1}},
            "http://www.shop.example/area/page",
            "area.page {'id': 1}",
        ),
        ({"name": "zone"}, "http://www.shop.example/area/page", "zone.page {}"),
    ],
    ids=["blueprint", "url_prefix", "subdomain", "url_defaults", "name"],
)
def test_register_blueprint(
    blueprint: Blueprint, tmp_path: Path, options: dict[str, Any], url: str, answer: str
) -> None:
    """A blueprint is registered as it was made, or as the keywords say instead."""
    app = Flask("shop", subdomain_matching=True, root_path=str(tmp_path))
    app.config["SERVER_NAME"] = "shop.example"
    app.register_blueprint(blueprint=blueprint, **options)
    scheme_and_host, path = url.rsplit("/", 2)[0], "/" + "/".join(url.rsplit("/", 2)[1:])

    assert app.test_client().get(path, base_url=scheme_and_host).text == answer


def test_register_blueprint_hands_options_to_record(app: Flask, blueprint: Blueprint) -> None:
    """Keywords that mean nothing to the framework are there for recorded functions."""
    recorded = []
    blueprint.record(lambda state: recorded.append(state.options))
    app.register_blueprint(blueprint, colour="green")

    assert recorded == [{"colour": "green"}]


def test_blueprints_and_iter_blueprints_keep_the_order(app: Flask) -> None:
    """Registered blueprints are kept by name, in the order of registration."""
    first, second = Blueprint("b", __name__), Blueprint("a", __name__)
    app.register_blueprint(first)
    app.register_blueprint(second)

    assert app.blueprints == {"b": first, "a": second}
    assert list(app.iter_blueprints()) == [first, second]
