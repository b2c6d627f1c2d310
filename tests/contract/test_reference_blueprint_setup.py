"""What a blueprint registers on the application: hooks, handlers, helpers, and itself."""

from typing import Any

import pytest
from werkzeug.exceptions import NotFound

from flask import (
    Blueprint,
    Flask,
    Response,
    render_template_string,
    request,
    url_for,
)
from flask.blueprints import BlueprintSetupState
from flask.testing import FlaskClient

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
