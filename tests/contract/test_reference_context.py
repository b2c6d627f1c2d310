"""Contexts: what is current, for how long, and how it is carried elsewhere."""

from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.test import create_environ

from flask import (
    Blueprint,
    Flask,
    Request,
    copy_current_request_context,
    current_app,
    g,
    has_app_context,
    has_request_context,
    request,
    session,
    stream_with_context,
    url_for,
)
from flask.blueprints import BlueprintSetupState
from flask.ctx import AppContext, RequestContext, _AppCtxGlobals
from flask.globals import app_ctx, request_ctx
from flask.sessions import SecureCookieSession
from flask.testing import FlaskClient

# The namespace of an application context


def test_g_lives_as_long_as_its_context(app: Flask) -> None:
    """What is stored in g is there until the application context ends, and not in another."""
    with app.app_context():
        g.colour = "green"
        assert g.colour == "green"
        with app.app_context():
            assert "colour" not in g
        assert g.colour == "green"
    with pytest.raises(RuntimeError, match="application context"):
        _ = g.colour


def test_app_ctx_globals_is_a_plain_namespace() -> None:
    """Attributes are set, read and deleted; an unknown one is an AttributeError."""
    namespace = _AppCtxGlobals()
    namespace.colour = "green"
    assert namespace.colour == "green"
    del namespace.colour
    with pytest.raises(AttributeError, match="colour"):
        _ = namespace.colour


@pytest.fixture
def namespace(app: Flask) -> Iterator[Any]:
    """The g of an application context, with one attribute."""
    with app.app_context():
        g.colour = "green"
        yield g


def test_globals_contains(namespace: Any) -> None:
    """``in`` tells whether an attribute is there."""
    assert "colour" in namespace
    assert "size" not in namespace


def test_globals_iter(namespace: Any) -> None:
    """Iterating gives the attributes' names."""
    namespace.size = 1

    assert list(namespace) == ["colour", "size"]


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        ({"name": "colour"}, "green"),
        ({"name": "size"}, None),
        ({"name": "size", "default": 1}, 1),
    ],
    ids=["name", "missing", "default"],
)
def test_globals_get(namespace: Any, arguments: dict[str, Any], value: Any) -> None:
    """``get`` gives an attribute, or the default."""
    assert namespace.get(**arguments) == value


def test_globals_pop(namespace: Any) -> None:
    """``pop`` removes an attribute; without a default a missing one is an error."""
    assert namespace.pop(name="colour") == "green"
    assert namespace.pop("colour", default=1) == 1
    with pytest.raises(KeyError):
        namespace.pop("colour")


def test_globals_setdefault(namespace: Any) -> None:
    """``setdefault`` keeps an attribute that is there, and sets one that is missing."""
    assert namespace.setdefault(name="colour", default="red") == "green"
    assert namespace.setdefault("size", default=1) == 1
    assert namespace.setdefault("weight") is None
    assert (namespace.size, namespace.weight) == (1, None)


# What is current


def test_current_app_is_the_application_of_the_context(app: Flask) -> None:
    """The proxy stands for the innermost application, and for none outside a context."""
    with app.app_context():
        assert current_app.name == "shop"
        with Flask("other", root_path=app.root_path).app_context():
            assert current_app.name == "other"
    assert not current_app
    with pytest.raises(RuntimeError, match="application context"):
        _ = current_app.name


def test_has_request_context(app: Flask) -> None:
    """It tells whether a request is being handled; an application context is not enough."""
    assert has_request_context() is False
    with app.app_context():
        assert has_request_context() is False
    with app.test_request_context():
        assert has_request_context() is True


def test_has_app_context(app: Flask) -> None:
    """It tells whether an application is current, as it also is in a request."""
    assert has_app_context() is False
    with app.app_context():
        assert has_app_context() is True
    with app.test_request_context():
        assert has_app_context() is True


def test_app_ctx_is_the_active_context(app: Flask) -> None:
    """The proxy stands for the context itself; reading it outside is an error."""
    with app.app_context() as ctx:
        assert app_ctx._get_current_object() is ctx
        assert app_ctx.app is app
    with pytest.raises(RuntimeError, match="application context"):
        _ = app_ctx.app


def test_request_ctx_is_the_active_context(app: Flask) -> None:
    """The proxy stands for the context itself; reading it outside is an error."""
    with app.test_request_context("/here") as ctx:
        assert request_ctx._get_current_object() is ctx
        assert request_ctx.request.path == "/here"
    with pytest.raises(RuntimeError, match="request context"):
        _ = request_ctx.request


def test_copy_current_request_context_goes_along_to_a_thread(
    app: Flask, client: FlaskClient
) -> None:
    """The decorated function sees request and session of the moment of decoration."""
    app.secret_key = "dev"
    seen = []

    @app.route("/<word>")
    def index(word: str) -> str:
        session["word"] = word

        def look() -> None:
            seen.append((request.path, session["word"]))

        thread = Thread(target=copy_current_request_context(f=look))
        thread.start()
        thread.join()
        return ""

    client.get("/first")
    assert seen == [("/first", "first")]
    with pytest.raises(RuntimeError, match="request context"):
        copy_current_request_context(lambda: None)


# Streaming


@pytest.fixture
def stream(app: Flask, client: FlaskClient) -> Any:
    """Serve what a function wraps around a generator that reads the request."""

    def serve(wrap: Any) -> str:
        app.add_url_rule("/", "index", wrap)
        return client.get("/?name=Ada").text

    return serve


def greet() -> Iterator[str]:
    yield "Hello "
    yield request.args["name"]


def test_stream_with_context_keeps_the_request_for_a_generator(stream: Any) -> None:
    """A wrapped generator still sees the request after the view has returned."""
    assert stream(lambda: stream_with_context(generator_or_function=greet())) == "Hello Ada"


def test_stream_with_context_decorates_a_function(stream: Any) -> None:
    """A function that returns a generator is wrapped likewise."""
    assert stream(lambda: stream_with_context(greet)()) == "Hello Ada"


# The request context


def test_request_context_describes_one_request(app: Flask) -> None:
    """The context is made of application and environ, and holds the request."""
    ctx = RequestContext(app=app, environ=create_environ("/path", method="PUT"))

    assert ctx.app is app
    assert (ctx.request.path, ctx.request.method) == ("/path", "PUT")
    with ctx:
        assert current_app._get_current_object() is app
        assert request.path == "/path"


def test_request_context_takes_a_request(app: Flask) -> None:
    """A ready request object is used instead of a new one."""
    made = Request(create_environ("/made"))
    ctx = RequestContext(app, made.environ, request=made)

    assert ctx.request is made


def test_request_context_takes_a_session(app: Flask) -> None:
    """A ready session is used instead of opening one."""
    opened = SecureCookieSession({"a": 1})
    with RequestContext(app, create_environ("/"), session=opened):
        assert session._get_current_object() is opened


def test_request_context_copy_shares_request_and_session(app: Flask) -> None:
    """A copy is another context of the same request and session, to be pushed elsewhere."""
    app.secret_key = "dev"
    with app.test_request_context("/") as ctx:
        session["a"] = 1
        copied = ctx.copy()
        with copied:
            assert session["a"] == 1
    assert copied is not ctx
    assert copied.request is ctx.request


def test_request_context_match_request_can_be_overridden(app: Flask) -> None:
    """Matching is a method of the context; what it finds is on the request."""
    matched = []

    class Watching(RequestContext):
        def match_request(self) -> None:
            super().match_request()
            matched.append(self.request.endpoint)

    app.add_url_rule("/page", "page", methods=["POST"])
    with Watching(app, create_environ("/page", method="POST")) as ctx:
        assert ctx.request.view_args == {}
    with app.test_request_context("/page") as wrong:
        assert isinstance(wrong.request.routing_exception, MethodNotAllowed)
    assert matched == ["page"]


def test_request_context_push_makes_it_active(app: Flask) -> None:
    """A context can be pushed and popped by hand."""
    ctx = app.test_request_context("/here")
    ctx.push()
    assert request.path == "/here"
    ctx.pop()
    assert not has_request_context()
    assert not has_app_context()


def test_request_context_pop_passes_the_error_to_teardown(app: Flask) -> None:
    """The error that ends a context reaches the teardown functions, by default the handled one."""
    errors: list[Any] = []
    app.teardown_request(errors.append)
    given, handled = ValueError(), KeyError()
    for arguments in ({"exc": given}, {"exc": None}, {}):
        ctx = app.test_request_context()
        ctx.push()
        try:
            raise handled
        except KeyError:
            ctx.pop(**arguments)

    assert errors == [given, None, handled]


# The application context


def test_app_context_belongs_to_an_application(app: Flask) -> None:
    """The context is made of an application and has a namespace of its own."""
    ctx = AppContext(app=app)

    assert ctx.app is app
    with ctx:
        assert g._get_current_object() is ctx.g


def test_app_context_push_makes_it_active(app: Flask) -> None:
    """A context can be pushed and popped by hand."""
    ctx = app.app_context()
    ctx.push()
    assert current_app._get_current_object() is app
    ctx.pop()
    assert not has_app_context()


def test_app_context_pop_passes_the_error_to_teardown(app: Flask) -> None:
    """The error that ends a context reaches the teardown functions, by default the handled one."""
    errors: list[Any] = []
    app.teardown_appcontext(errors.append)
    given, handled = ValueError(), KeyError()
    for arguments in ({"exc": given}, {"exc": None}, {}):
        ctx = app.app_context()
        ctx.push()
        try:
            raise handled
        except KeyError:
            ctx.pop(**arguments)

    assert errors == [given, None, handled]


# One registration of a blueprint


@pytest.fixture
def blueprint() -> Blueprint:
    """A blueprint with a prefix, a subdomain and default values of its own."""
    return Blueprint(
        "area", __name__, url_prefix="/area", subdomain="www", url_defaults={"a": 1, "b": 1}
    )


def make_state(blueprint: Blueprint, app: Flask, **options: Any) -> BlueprintSetupState:
    return BlueprintSetupState(blueprint, app, options, True)


def test_setup_state_describes_a_registration(app: Flask, blueprint: Blueprint) -> None:
    """The state knows application, blueprint, options, and whether it is the first time."""
    options = {"colour": "green"}
    state = BlueprintSetupState(
        blueprint=blueprint, app=app, options=options, first_registration=False
    )

    assert (state.app, state.blueprint, state.options) == (app, blueprint, options)
    assert state.first_registration is False


def test_setup_state_tells_the_first_registration(app: Flask, blueprint: Blueprint) -> None:
    """A second registration on the same application is told apart."""
    told = []
    blueprint.record(lambda state: told.append(state.first_registration))
    app.register_blueprint(blueprint)
    app.register_blueprint(blueprint, name="again")

    assert told == [True, False]


@pytest.mark.parametrize(
    ("name", "own", "option", "chosen"),
    [
        ("subdomain", "www", {"subdomain": "m"}, "m"),
        ("url_prefix", "/area", {"url_prefix": "/zone"}, "/zone"),
        ("url_defaults", {"a": 1, "b": 1}, {"url_defaults": {"b": 2}}, {"a": 1, "b": 2}),
    ],
    ids=["subdomain", "url_prefix", "url_defaults"],
)
def test_setup_state_chooses(
    app: Flask, blueprint: Blueprint, name: str, own: Any, option: dict[str, Any], chosen: Any
) -> None:
    """An option of the registration goes before the blueprint's own setting."""
    assert getattr(make_state(blueprint, app), name) == own
    assert getattr(make_state(blueprint, app, **option), name) == chosen


def test_setup_state_add_url_rule_completes_the_rule(app: Flask, client: FlaskClient) -> None:
    """A rule gets the prefix, the endpoint the name, and the view the default values."""
    blueprint = Blueprint("area", __name__, url_prefix="/area", url_defaults={"a": 1})
    state = make_state(blueprint, app)
    state.add_url_rule(
        rule="/<int:id>",
        endpoint="show",
        view_func=lambda **values: f"{request.endpoint} {sorted(values.items())}",
        methods=["PUT"],
        defaults={"b": 2},
    )

    assert client.put("/area/7").text == "area.show [('a', 1), ('b', 2), ('id', 7)]"
    with app.test_request_context():
        assert url_for("area.show", id=7) == "/area/7"
