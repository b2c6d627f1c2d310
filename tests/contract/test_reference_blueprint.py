"""Blueprints: what they are made with, what they register on the application, what they know."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from jinja2 import FileSystemLoader
from werkzeug.exceptions import NotFound

from flask import (
    Blueprint,
    Flask,
    Response,
    render_template,
    render_template_string,
    request,
    url_for,
)
from flask.blueprints import BlueprintSetupState
from flask.testing import FlaskClient

METHODS = ["get", "post", "put", "patch", "delete"]


@pytest.fixture
def area(folder: Path) -> Blueprint:
    """A blueprint of the folder with files, below a prefix."""
    return Blueprint(
        "area",
        "shop.area",
        static_folder="static",
        template_folder="templates",
        url_prefix="/area",
        root_path=str(folder),
    )


@pytest.fixture
def bare(tmp_path: Path) -> Flask:
    """An application without files of its own, so that templates are the blueprint's."""
    return Flask("shop", static_folder=None, template_folder=None, root_path=str(tmp_path))


# What a blueprint is made with


def test_name_argument_prefixes_the_endpoints(app: Flask, client: FlaskClient) -> None:
    """A blueprint's name, and a dot, go before its endpoints; it may not hold a dot."""
    blueprint = Blueprint(name="area", import_name=__name__)
    blueprint.add_url_rule("/", "index", lambda: f"{request.endpoint} {request.blueprint}")
    app.register_blueprint(blueprint)

    assert client.get("/").text == "area.index area"
    with pytest.raises(ValueError, match="dot"):
        Blueprint(name="a.b", import_name=__name__)


def test_import_name_argument_finds_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The import name says where the blueprint's files are."""
    package = tmp_path / "findable_area"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    blueprint = Blueprint("area", import_name="findable_area")

    assert blueprint.import_name == "findable_area"
    assert blueprint.root_path == str(package)


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ({"static_folder": "static"}, "/area/static/style.css"),
        (
            {"static_folder": "static", "static_url_path": "/files", "url_prefix": "/area"},
            "/area/files/style.css",
        ),
        ({"static_folder": "static", "url_prefix": "/zone"}, "/zone/static/style.css"),
    ],
    ids=["static_folder", "static_url_path", "url_prefix"],
)
def test_static_arguments(bare: Flask, folder: Path, arguments: dict[str, Any], path: str) -> None:
    """Static files are served below the prefix, at the folder's name or the given path."""
    given = {"url_prefix": "/area", **arguments}
    bare.register_blueprint(Blueprint("area", "shop.area", root_path=str(folder), **given))

    with bare.test_client().get(path) as response:
        assert response.text == "body {}"


def test_template_folder_argument(bare: Flask, folder: Path) -> None:
    """Templates of a blueprint are found by the application's views too."""
    (folder / "templates").rename(folder / "pages")
    bare.register_blueprint(
        Blueprint("area", "shop.area", template_folder="pages", root_path=str(folder))
    )

    with bare.app_context():
        assert render_template("page.html", name="you") == "Hello you"


def test_subdomain_argument(tmp_path: Path) -> None:
    """The rules of a blueprint with a subdomain match there only."""
    app = Flask("shop", subdomain_matching=True, root_path=str(tmp_path))
    app.config["SERVER_NAME"] = "shop.example"
    blueprint = Blueprint("area", __name__, subdomain="www")
    blueprint.add_url_rule("/", "index", lambda: "here")
    app.register_blueprint(blueprint)
    client = app.test_client()

    assert client.get("/", subdomain="www").text == "here"
    assert client.get("/").status_code == 404


def test_url_defaults_argument(app: Flask, client: FlaskClient) -> None:
    """Default values reach the views although no rule contains them."""
    blueprint = Blueprint("area", __name__, url_defaults={"colour": "green"})
    blueprint.add_url_rule("/", "index", lambda colour: colour)
    app.register_blueprint(blueprint)

    assert client.get("/").text == "green"


def test_root_path_argument(folder: Path) -> None:
    """The root path can be given when the import name does not lead to it."""
    blueprint = Blueprint("area", "no.such.module", root_path=str(folder))

    assert blueprint.root_path == str(folder)
    with blueprint.open_resource("schema.sql", "r") as file:
        assert file.read() == "create table café"


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ({}, ["area", "greet"]),
        ({"cli_group": "zone"}, ["zone", "greet"]),
        ({"cli_group": None}, ["greet"]),
    ],
    ids=["default", "named", "none"],
)
def test_cli_group_argument(app: Flask, arguments: dict[str, Any], command: list[str]) -> None:
    """Commands are below the blueprint's name, another one, or beside the application's own."""
    blueprint = Blueprint("area", __name__, **arguments)

    @blueprint.cli.command("greet")
    def greet() -> None:
        click.echo("hello")

    app.register_blueprint(blueprint)
    assert app.test_cli_runner().invoke(args=command).output == "hello\n"


# Attributes


def test_cli_is_named_like_the_blueprint(area: Blueprint) -> None:
    """The group of commands has the blueprint's name."""
    assert area.cli.name == "area"
    assert area.cli.commands == {}


def test_import_name_attribute(area: Blueprint) -> None:
    """The import name stays readable."""
    assert area.import_name == "shop.area"


def test_template_folder_attribute(area: Blueprint) -> None:
    """The template folder is read when the loader is made."""
    assert area.template_folder == "templates"
    area.template_folder = None
    assert area.jinja_loader is None


def test_root_path_attribute(area: Blueprint, folder: Path) -> None:
    """The root path is where the blueprint's files are."""
    assert area.root_path == str(folder)


@pytest.mark.parametrize(("static_folder", "expected"), [("static", True), (None, False)])
def test_has_static_folder(static_folder: str | None, expected: bool) -> None:
    """A blueprint has no static folder unless one is given."""
    blueprint = Blueprint("area", __name__, static_folder=static_folder)

    assert blueprint.has_static_folder is expected


def test_static_url_path_is_the_folders_name(area: Blueprint) -> None:
    """The URL path of static files is the name of their folder."""
    assert area.static_url_path == "/static"


def test_jinja_loader_reads_the_template_folder(area: Blueprint) -> None:
    """The blueprint's loader knows its templates."""
    assert isinstance(area.jinja_loader, FileSystemLoader)
    assert area.jinja_loader.list_templates() == ["page.html"]


def test_view_functions_join_the_applications(app: Flask, client: FlaskClient) -> None:
    """Views that were put into the blueprint's table directly are found under their key."""
    blueprint = Blueprint("area", __name__)
    blueprint.view_functions["free"] = lambda: "free"
    app.register_blueprint(blueprint)
    app.add_url_rule("/", "free")

    assert client.get("/").text == "free"


# Files


@pytest.mark.parametrize("configured", [None, 60, timedelta(minutes=1)])
def test_get_send_file_max_age(app: Flask, area: Blueprint, configured: Any) -> None:
    """The cache time of a blueprint's files is the application's setting."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = configured
    with app.app_context():
        assert area.get_send_file_max_age(filename="style.css") == (configured and 60)


def test_send_static_file(app: Flask, area: Blueprint) -> None:
    """The view of the static route sends a file of the blueprint's folder."""
    with app.test_request_context(), area.send_static_file(filename="style.css") as response:
        response.direct_passthrough = False
        assert response.get_data() == b"body {}"


@pytest.mark.parametrize(
    ("arguments", "content"),
    [
        ({}, "create table café".encode()),
        ({"mode": "r"}, "create table café"),
        ({"mode": "r", "encoding": "latin-1"}, "create table cafÃ©"),
    ],
    ids=["resource", "mode", "encoding"],
)
def test_open_resource(area: Blueprint, arguments: dict[str, str], content: Any) -> None:
    """Resources are read from the blueprint's folder, text as UTF-8 unless told otherwise."""
    with area.open_resource(resource="schema.sql", **arguments) as file:
        assert file.read() == content


# Rules and views


def test_route_is_below_the_prefix(app: Flask, client: FlaskClient, area: Blueprint) -> None:
    """The decorated function answers the rule below the prefix."""

    def greet(name: str) -> str:
        return f"hello {name}"

    assert area.route(rule="/<name>")(greet) is greet
    app.register_blueprint(area)
    assert client.get("/area/ada").text == "hello ada"


def test_route_passes_options_on(app: Flask, client: FlaskClient, area: Blueprint) -> None:
    """Further keywords of the decorator are those of a rule."""
    area.route("/", methods=["POST"], endpoint="first", defaults={"page": 1})(
        lambda page: f"{request.endpoint} {page}"
    )
    app.register_blueprint(area)

    assert client.post("/area/").text == "area.first 1"


@pytest.mark.parametrize("method", METHODS)
def test_method_decorator(app: Flask, client: FlaskClient, area: Blueprint, method: str) -> None:
    """``get``, ``post`` and so on register a view for that method."""
    getattr(area, method)(rule="/", endpoint="index")(lambda: request.method)
    app.register_blueprint(area)

    assert client.open("/area/", method=method.upper()).text == method.upper()
    other = "PUT" if method == "get" else "GET"
    assert client.open("/area/", method=other).status_code == 405


def test_add_url_rule_is_below_prefix_and_name(
    app: Flask, client: FlaskClient, area: Blueprint
) -> None:
    """Rule, endpoint and view are registered below the blueprint's prefix and name."""
    area.add_url_rule(rule="/<int:id>", endpoint="show", view_func=lambda id: f"no. {id}")
    app.register_blueprint(area)

    assert client.get("/area/7").text == "no. 7"
    with app.test_request_context():
        assert url_for("area.show", id=7) == "/area/7"


@pytest.mark.parametrize(("automatic", "answer"), [(True, ""), (False, "by the view")])
def test_add_url_rule_provides_options(
    app: Flask, client: FlaskClient, area: Blueprint, automatic: bool, answer: str
) -> None:
    """Whether OPTIONS is answered automatically can be said for each rule."""
    area.add_url_rule(
        "/",
        "index",
        lambda: "by the view",
        provide_automatic_options=automatic,
        methods=["GET", "OPTIONS"],
    )
    app.register_blueprint(area)

    assert client.options("/area/").text == answer


def test_add_url_rule_passes_options_to_the_rule(
    app: Flask, client: FlaskClient, area: Blueprint
) -> None:
    """Methods and Werkzeug's options of a rule are taken as keywords."""
    area.add_url_rule("/", "index", lambda: "got", methods=["put"], strict_slashes=False)
    app.register_blueprint(area)

    assert client.put("/area").text == "got"


@pytest.mark.parametrize("argument", ["endpoint", "view_func"])
def test_add_url_rule_refuses_dots(area: Blueprint, argument: str) -> None:
    """Dots separate blueprints, so an endpoint and a view's name may not hold one."""

    def view() -> str:
        return ""

    view.__name__ = "dotted.name"
    given = {"endpoint": "dotted.name"} if argument == "endpoint" else {"view_func": view}
    with pytest.raises(ValueError, match=f"'{argument}'.*dot"):
        area.add_url_rule("/", **given)


def test_endpoint_adds_a_view_by_its_full_name(
    app: Flask, client: FlaskClient, area: Blueprint
) -> None:
    """A rule without a view gets it by the endpoint's name in the application."""
    area.add_url_rule("/", endpoint="home")
    area.endpoint(endpoint="area.home")(lambda: "later")
    app.register_blueprint(area)

    assert client.get("/area/").text == "later"


# Hooks: for the blueprint's requests, or for all


def mark_response(response: Response) -> Response:
    response.headers["X-Marked"] = "yes"
    return response


def take_word(endpoint: str | None, values: dict[str, Any] | None) -> None:
    (values or {}).pop("word", None)


def add_word(endpoint: str, values: dict[str, Any]) -> None:
    values.setdefault("word", "added")


HOOKS = {  # by decorator: the one for all requests, the table, a hook, and how it is noticed
    "before_request": (
        "before_app_request",
        "before_request_funcs",
        lambda: "hooked",
        lambda response: response.text == "hooked",
    ),
    "after_request": (
        "after_app_request",
        "after_request_funcs",
        mark_response,
        lambda response: "X-Marked" in response.headers,
    ),
    "context_processor": (
        "app_context_processor",
        "template_context_processors",
        lambda: {"colour": "green"},
        lambda response: "green" in response.text,
    ),
    "url_value_preprocessor": (
        "app_url_value_preprocessor",
        "url_value_preprocessors",
        take_word,
        lambda response: "word" not in response.text,
    ),
}


@pytest.fixture
def pages(app: Flask, area: Blueprint) -> Flask:
    """The application with a page of its own and one of the blueprint, not yet registered."""

    def show(**values: Any) -> str:
        return render_template_string("{{ names }} {{ colour }}", names=list(values))

    for scope in (app, area):
        scope.add_url_rule("/page/<word>", "page", show)
    return app


@pytest.mark.parametrize("name", HOOKS)
def test_hook(pages: Flask, client: FlaskClient, area: Blueprint, name: str) -> None:
    """A hook of a blueprint runs for that blueprint's requests only."""
    _, _, hook, is_noticed = HOOKS[name]
    assert getattr(area, name)(f=hook) is hook
    pages.register_blueprint(area)

    assert is_noticed(client.get("/area/page/x"))
    assert not is_noticed(client.get("/page/x"))


@pytest.mark.parametrize("name", HOOKS)
def test_hook_of_the_application(
    pages: Flask, client: FlaskClient, area: Blueprint, name: str
) -> None:
    """A hook for the application runs for every request."""
    for_all, table, hook, is_noticed = HOOKS[name]
    assert getattr(area, for_all)(f=hook) is hook
    pages.register_blueprint(area)

    assert getattr(pages, table)[None][-1] is hook
    assert is_noticed(client.get("/page/x"))


@pytest.mark.parametrize("table", [*(hook[1] for hook in HOOKS.values()), "url_default_functions"])
def test_hook_table(app: Flask, area: Blueprint, table: str) -> None:
    """A blueprint's hooks are in its table, and go to the application's under its name."""
    hook = lambda *args: None  # noqa: E731
    getattr(area, table)[None].append(hook)
    app.register_blueprint(area)

    assert getattr(app, table)["area"][-1] is hook


@pytest.mark.parametrize(
    ("name", "adds_here", "adds_elsewhere"),
    [("url_defaults", True, False), ("app_url_defaults", True, True)],
)
def test_url_defaults_complete_urls(
    app: Flask, area: Blueprint, name: str, adds_here: bool, adds_elsewhere: bool
) -> None:
    """Defaults are added to URLs of the blueprint, or of the whole application."""
    app.add_url_rule("/", "index")
    area.add_url_rule("/", "index")
    getattr(area, name)(add_word)
    app.register_blueprint(area)
    with app.test_request_context():
        assert url_for("area.index") == "/area/" + "?word=added" * adds_here
        assert url_for("index") == "/" + "?word=added" * adds_elsewhere


@pytest.mark.parametrize(
    ("name", "ended"), [("teardown_request", ["/area/"]), ("teardown_app_request", ["/area/", "/"])]
)
def test_teardown(
    app: Flask, client: FlaskClient, area: Blueprint, name: str, ended: list[str]
) -> None:
    """Teardown functions run for the blueprint's requests, or for all."""
    seen: list[str] = []

    def note(error: BaseException | None) -> None:
        seen.append(request.path)

    assert getattr(area, name)(f=note) is note
    area.add_url_rule("/", "index", lambda: "")
    app.register_blueprint(area)
    client.get("/area/")
    client.get("/")

    assert seen == ended


def test_teardown_request_funcs_table(app: Flask, client: FlaskClient, area: Blueprint) -> None:
    """Functions in the blueprint's table of teardown functions run for its requests."""
    seen: list[Any] = []
    area.teardown_request_funcs[None].append(seen.append)
    area.add_url_rule("/", "index", lambda: "")
    app.register_blueprint(area)
    client.get("/area/")

    assert seen == [None]


def test_hooks_of_nested_blueprints_run_from_the_outside_in(
    app: Flask, client: FlaskClient
) -> None:
    """Before the view: application, outer, inner blueprint; after it the other way round."""
    order = []
    outer, inner = Blueprint("outer", __name__), Blueprint("inner", __name__)
    for name, scope in (("app", app), ("outer", outer), ("inner", inner)):
        scope.before_request(lambda name=name: order.append(f"before {name}"))
        scope.after_request(lambda response, name=name: order.append(f"after {name}") or response)
        scope.teardown_request(lambda error, name=name: order.append(f"end {name}"))
    inner.add_url_rule("/", "index", lambda: "")
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    client.get("/")

    assert order == [
        *("before app", "before outer", "before inner"),
        *("after inner", "after outer", "after app"),
        *("end inner", "end outer", "end app"),
    ]


# Errors


@pytest.mark.parametrize("code_or_exception", [KeyError, 404])
def test_errorhandler(
    app: Flask, client: FlaskClient, area: Blueprint, code_or_exception: Any
) -> None:
    """A blueprint's handler answers errors of its own views only."""

    def handle(error: Exception) -> str:
        return "handled"

    assert area.errorhandler(code_or_exception=code_or_exception)(handle) is handle
    for scope in (app, area):
        scope.add_url_rule("/key", "key", lambda: {}["missing"])
        scope.add_url_rule("/404", "404", lambda: NotFound().get_response())
        scope.add_url_rule("/raise", "raise", raise_not_found)
    app.register_blueprint(area)
    app.logger.disabled = True
    path = "/key" if code_or_exception is KeyError else "/raise"

    assert client.get(f"/area{path}").text == "handled"
    assert client.get(path).text != "handled"
    app.logger.disabled = False


def raise_not_found() -> None:
    raise NotFound


def test_app_errorhandler_answers_everywhere(
    app: Flask, client: FlaskClient, area: Blueprint
) -> None:
    """A handler for the application answers errors of every request."""

    def handle(error: Exception) -> tuple[str, int]:
        return "handled", 404

    assert area.app_errorhandler(code=404)(handle) is handle
    app.register_blueprint(area)

    assert client.get("/missing").text == "handled"


def test_register_error_handler(app: Flask, client: FlaskClient, area: Blueprint) -> None:
    """Handlers are registered without a decorator too."""
    area.register_error_handler(code_or_exception=KeyError, f=lambda error: "handled")
    area.add_url_rule("/", "index", lambda: {}["missing"])
    app.register_blueprint(area)

    assert client.get("/area/").text == "handled"


def test_error_handler_spec_goes_to_the_applications(app: Flask, area: Blueprint) -> None:
    """A blueprint's handlers are in its table, and go to the application's under its name."""
    handler = lambda error: "handled"  # noqa: E731
    area.error_handler_spec[None][404][NotFound] = handler
    app.register_blueprint(area)

    assert app.error_handler_spec["area"][404][NotFound] is handler


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
    """Filters, globals and tests that a blueprint adds for all templates."""

    def render(self, app: Flask, blueprint: Blueprint, source: str, name: str) -> str:
        app.register_blueprint(blueprint)
        with app.app_context():
            return render_template_string(source.replace("NAME", name))

    def test_app_template_decorator(
        self, app: Flask, area: Blueprint, kind: str, function: Any, source: str, expected: str
    ) -> None:
        """The decorator registers a function under its own name and returns it."""
        function.__name__ = "area_helper"

        assert getattr(area, f"app_template_{kind}")()(function) is function
        assert self.render(app, area, source, "area_helper") == expected

    def test_app_template_decorator_name(
        self, app: Flask, area: Blueprint, kind: str, function: Any, source: str, expected: str
    ) -> None:
        """The decorator registers a function under a given name."""
        getattr(area, f"app_template_{kind}")(name="named")(function)

        assert self.render(app, area, source, "named") == expected

    def test_add_app_template(
        self, app: Flask, area: Blueprint, kind: str, function: Any, source: str, expected: str
    ) -> None:
        """A function is registered without a decorator under its own name."""
        function.__name__ = "area_helper"
        getattr(area, f"add_app_template_{kind}")(f=function)

        assert self.render(app, area, source, "area_helper") == expected

    def test_add_app_template_name(
        self, app: Flask, area: Blueprint, kind: str, function: Any, source: str, expected: str
    ) -> None:
        """A function is registered without a decorator under a given name."""
        getattr(area, f"add_app_template_{kind}")(function, name="named")

        assert self.render(app, area, source, "named") == expected


# Registration


def test_record_is_called_for_each_registration(app: Flask, area: Blueprint) -> None:
    """A recorded function gets the state of every registration."""
    states: list[BlueprintSetupState] = []
    area.record(func=states.append)
    app.register_blueprint(area)
    app.register_blueprint(area, name="again")

    assert [(state.app, state.name) for state in states] == [(app, "area"), (app, "again")]


def test_record_once_is_called_for_the_first_registration(app: Flask, area: Blueprint) -> None:
    """A function recorded once is not called when the application has the blueprint already."""
    states: list[BlueprintSetupState] = []
    area.record_once(func=states.append)
    app.register_blueprint(area)
    app.register_blueprint(area, name="again")

    assert [state.name for state in states] == ["area"]


def test_make_setup_state_can_be_overridden(app: Flask) -> None:
    """A subclass makes the states that its recorded functions get."""
    given = []

    class State(BlueprintSetupState):
        pass

    class Area(Blueprint):
        def make_setup_state(
            self, app: Any, options: dict[str, Any], first_registration: bool = False
        ) -> BlueprintSetupState:
            given.append((options, first_registration))
            return State(self, app, options, first_registration)

    states: list[BlueprintSetupState] = []
    blueprint = Area("area", __name__)
    blueprint.record(states.append)
    app.register_blueprint(blueprint, colour="green")

    assert given == [({"colour": "green"}, True)]
    assert type(states[0]) is State


def test_make_setup_state_describes_a_registration(app: Flask, area: Blueprint) -> None:
    """The state knows application and options, and is no first registration unless said so."""
    state = area.make_setup_state(app=app, options={"url_prefix": "/x"})
    first = area.make_setup_state(app, {}, first_registration=True)

    assert (state.app, state.url_prefix, state.first_registration) == (app, "/x", False)
    assert first.first_registration is True


def test_register_does_what_register_blueprint_asks(app: Flask, client: FlaskClient) -> None:
    """``app.register_blueprint`` calls ``register`` of the blueprint with its options."""
    blueprint = Blueprint("area", __name__)
    blueprint.add_url_rule("/", "index", lambda: request.endpoint)
    blueprint.register(app=app, options={"url_prefix": "/direct", "name": "zone"})

    assert client.get("/direct/").text == "zone.index"
    assert app.blueprints == {"zone": blueprint}


def test_register_refuses_a_taken_name(app: Flask, area: Blueprint) -> None:
    """A name can be registered once."""
    app.register_blueprint(area)

    with pytest.raises(ValueError, match="'area' is already registered for this blueprint"):
        app.register_blueprint(area)
    with pytest.raises(ValueError, match="'area' is already registered for a different"):
        app.register_blueprint(Blueprint("area", __name__))


@pytest.mark.parametrize(
    ("options", "path", "endpoint"),
    [
        ({}, "/area/inner/", "area.inner.index"),
        ({"url_prefix": "/other"}, "/area/other/", "area.inner.index"),
        ({"name": "renamed"}, "/area/inner/", "area.renamed.index"),
    ],
    ids=["blueprint", "url_prefix", "name"],
)
def test_register_blueprint_nests(
    app: Flask,
    client: FlaskClient,
    area: Blueprint,
    options: dict[str, Any],
    path: str,
    endpoint: str,
) -> None:
    """A nested blueprint is below the prefix and the name of the outer one."""
    inner = Blueprint("inner", __name__, url_prefix="/inner")
    inner.add_url_rule("/", "index", lambda: request.endpoint)
    area.register_blueprint(blueprint=inner, **options)
    app.register_blueprint(area)

    assert client.get(path).text == endpoint


def test_register_blueprint_refuses_itself(area: Blueprint) -> None:
    """A blueprint is not nested in itself."""
    with pytest.raises(ValueError, match="itself"):
        area.register_blueprint(area)


SETUP = {
    "route": lambda blueprint: blueprint.route("/x"),
    "get": lambda blueprint: blueprint.get("/x"),
    "add_url_rule": lambda blueprint: blueprint.add_url_rule("/x", "x"),
    "endpoint": lambda blueprint: blueprint.endpoint("x"),
    "before_request": lambda blueprint: blueprint.before_request(str),
    "before_app_request": lambda blueprint: blueprint.before_app_request(str),
    "errorhandler": lambda blueprint: blueprint.errorhandler(404),
    "app_errorhandler": lambda blueprint: blueprint.app_errorhandler(404),
    "app_template_filter": lambda blueprint: blueprint.app_template_filter(),
    "record": lambda blueprint: blueprint.record(str),
    "record_once": lambda blueprint: blueprint.record_once(str),
    "register_blueprint": lambda blueprint: blueprint.register_blueprint(Blueprint("x", "x")),
}


@pytest.mark.parametrize("method", SETUP)
def test_setup_is_refused_after_registration(app: Flask, area: Blueprint, method: str) -> None:
    """Whatever sets up a blueprint says so when the blueprint is registered already."""
    app.register_blueprint(area)

    with pytest.raises(AssertionError, match=f"'{method}' can no longer be called"):
        SETUP[method](area)
