from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Any

import pytest
from werkzeug.exceptions import NotFound
from werkzeug.test import create_environ

import flask
from flask import Blueprint, Flask, Response, abort, g, render_template_string, request, url_for
from flask.ctx import RequestContext
from flask.testing import FlaskClient

SIGNALS = (
    "appcontext_pushed",
    "request_started",
    "got_request_exception",
    "request_finished",
    "request_tearing_down",
    "appcontext_tearing_down",
    "appcontext_popped",
)


def trace_hooks(scaffold: Any, name: str, trace: list[str]) -> None:
    """Register two hooks of every kind that a request meets, each noting its name."""

    def note(kind: str, rv: Any = None) -> Callable[..., Any]:
        def hook(*args: Any) -> Any:
            trace.append(f"{kind} {name}")
            return args[0] if kind.startswith("after") else rv

        return hook

    for number in (1, 2):
        scaffold.url_value_preprocessor(note(f"values{number}"))
        scaffold.before_request(note(f"before{number}"))
        scaffold.after_request(note(f"after{number}"))
        scaffold.teardown_request(note(f"teardown{number}"))


@pytest.fixture
def trace() -> list[str]:
    return []


@pytest.fixture
def nested(app: Flask, trace: list[str]) -> Iterable[Flask]:
    """An app with hooks, an outer and an inner blueprint with hooks, and every signal heard."""
    outer, inner = Blueprint("outer", "shop"), Blueprint("inner", "shop")
    trace_hooks(app, "app", trace)
    trace_hooks(outer, "outer", trace)
    trace_hooks(inner, "inner", trace)
    app.teardown_appcontext(lambda error: trace.append("teardown_appcontext"))

    @inner.route("/")
    def index() -> str:
        trace.append("view")
        flask.after_this_request(note_this)
        return "done"

    @inner.route("/fail")
    def fail() -> str:
        raise KeyError("lost")

    def note_this(response: Response) -> Response:
        trace.append("after this")
        return response

    outer.register_blueprint(inner, url_prefix="/inner")
    app.register_blueprint(outer, url_prefix="/outer")
    with ExitStack() as stack:
        for name in SIGNALS:
            signal = getattr(flask, name)
            stack.enter_context(
                signal.connected_to(lambda sender, name=name, **_: trace.append(name), app)
            )
        yield app


UNTIL_VIEW = [
    "appcontext_pushed",
    "request_started",
    *(f"values{number} {scope}" for scope in ("app", "outer", "inner") for number in (1, 2)),
    *(f"before{number} {scope}" for scope in ("app", "outer", "inner") for number in (1, 2)),
]
TEARDOWN = [
    *(f"teardown{number} {scope}" for scope in ("inner", "outer", "app") for number in (2, 1)),
    "request_tearing_down",
    "teardown_appcontext",
    "appcontext_tearing_down",
    "appcontext_popped",
]
AFTER = [f"after{number} {scope}" for scope in ("inner", "outer", "app") for number in (2, 1)]


def test_hooks_and_signals_keep_their_order(nested: Flask, trace: list[str]) -> None:
    """Scopes speak from app to inner blueprint before the view, in reverse after it."""
    response = nested.test_client().get("/outer/inner/")

    assert response.text == "done"
    assert trace == [*UNTIL_VIEW, "view", "after this", *AFTER, "request_finished", *TEARDOWN]


def test_unhandled_error_still_passes_the_after_hooks(nested: Flask, trace: list[str]) -> None:
    """A 500 made of an error is announced, then passes the same hooks as a view's response."""
    nested.testing = False

    response = nested.test_client().get("/outer/inner/fail")

    assert response.status_code == 500
    assert trace == [
        *UNTIL_VIEW,
        "got_request_exception",
        *AFTER,
        "request_finished",
        *TEARDOWN,
    ]


def test_routing_error_is_not_in_a_blueprint(nested: Flask, trace: list[str]) -> None:
    """For an unknown URL only the application's own hooks speak."""
    assert nested.test_client().get("/outer/inner/nowhere").status_code == 404

    assert {line.split()[1] for line in trace if " " in line} == {"app"}


def test_before_request_answers_instead_of_the_view(nested: Flask, trace: list[str]) -> None:
    """The first before-request function that returns a value ends the search for an answer."""
    nested.before_request_funcs[None].insert(1, lambda: ("closed", 503))

    response = nested.test_client().get("/outer/inner/")

    assert (response.text, response.status_code) == ("closed", 503)
    assert [line for line in trace if line.startswith("before")] == ["before1 app"]
    assert "view" not in trace
    assert AFTER[0] in trace


def test_an_empty_answer_of_before_request_counts(app: Flask, client: FlaskClient) -> None:
    """Only None lets the view answer; an empty string is an answer."""
    app.before_request(lambda: "")
    app.add_url_rule("/", view_func=lambda: "view", endpoint="index")

    assert client.get("/").text == ""


def test_preprocessors_may_change_the_view_arguments(app: Flask, client: FlaskClient) -> None:
    """What a URL value preprocessor takes out of the values, the view does not get."""

    @app.url_value_preprocessor
    def take_language(endpoint: str | None, values: dict[str, Any] | None) -> None:
        assert endpoint == "page"
        assert values is not None
        g.language = values.pop("language")

    @app.route("/<language>/<name>")
    def page(name: str) -> str:
        return f"{g.language}: {name}"

    assert client.get("/ko/start").text == "ko: start"


def test_hooks_registered_late_through_the_tables_run(app: Flask, client: FlaskClient) -> None:
    """Tables are read live: extensions change them after the first request."""
    app.add_url_rule("/", "index", lambda: "plain")
    assert client.get("/").text == "plain"

    app.after_request_funcs.setdefault(None, []).append(lambda response: Response("changed"))

    assert client.get("/").text == "changed"


def test_serving_adds_no_keys_to_the_tables(nested: Flask) -> None:
    """Reading a table leaves it as it was, although it is a defaultdict."""
    tables = [
        nested.before_request_funcs,
        nested.after_request_funcs,
        nested.teardown_request_funcs,
        nested.url_value_preprocessors,
        nested.url_default_functions,
        nested.template_context_processors,
        nested.error_handler_spec,
    ]
    before = [sorted(map(str, table)) for table in tables]

    nested.test_client().get("/outer/inner/")
    nested.test_client().get("/nowhere")

    assert [sorted(map(str, table)) for table in tables] == before


def test_after_this_request_runs_in_order_and_may_replace(app: Flask, client: FlaskClient) -> None:
    """Functions for this request run before the after-request hooks and may swap the response."""

    @app.after_request
    def seal(response: Response) -> Response:
        response.headers["X-Seal"] = response.headers.pop("X-Steps")
        return response

    @app.route("/")
    def index() -> str:
        def first(response: Response) -> Response:
            response.headers["X-Steps"] = "1"
            return response

        def second(response: Response) -> Response:
            return Response("other", headers={"X-Steps": response.headers["X-Steps"] + "2"})

        flask.after_this_request(first)
        flask.after_this_request(second)
        return "mine"

    response = client.get("/")

    assert (response.text, response.headers["X-Seal"]) == ("other", "12")


# Seams: each step is called when a subclass overrides it and when it is assigned on the instance.


def serve_everything(app: Flask) -> None:
    """Make requests that together pass through every step."""

    @app.route("/<int:number>")
    def view(number: int) -> Any:
        kinds: dict[int, Callable[[], Any]] = {
            0: lambda: "text",
            1: lambda: abort(404),
            2: lambda: 1 // 0,
            3: lambda: render_template_string("{{ 1 }}"),
            4: lambda: url_for("missing"),
            5: lambda: flask.redirect(url_for("view", number=0)),
        }
        return kinds[number]()

    @app.route("/async")
    async def wait() -> str:
        return "waited"

    app.url_build_error_handlers.append(lambda error, endpoint, values: "/built")
    client = app.test_client()
    for path in ("/0", "/1", "/2", "/3", "/4", "/5", "/async", "/nowhere"):
        client.get(path)
    client.options("/0")
    with app.app_context():
        pass


STEPS = (
    "wsgi_app",
    "request_context",
    "app_context",
    "create_url_adapter",
    "full_dispatch_request",
    "preprocess_request",
    "dispatch_request",
    "raise_routing_exception",
    "make_default_options_response",
    "ensure_sync",
    "async_to_sync",
    "handle_user_exception",
    "handle_http_exception",
    "trap_http_exception",
    "handle_exception",
    "log_exception",
    "should_ignore_error",
    "finalize_request",
    "make_response",
    "process_response",
    "do_teardown_request",
    "do_teardown_appcontext",
    "update_template_context",
    "create_jinja_environment",
    "create_global_jinja_loader",
    "inject_url_defaults",
    "handle_url_build_error",
    "url_for",
    "redirect",
)


@pytest.mark.parametrize("step", STEPS)
def test_step_overridden_in_a_subclass_is_called(step: str) -> None:
    """Every documented step passes through the method of a subclass."""
    calls: list[str] = []

    def overridden(self: Flask, *args: Any, **kwargs: Any) -> Any:
        calls.append(step)
        return getattr(super(Custom, self), step)(*args, **kwargs)

    Custom = type("Custom", (Flask,), {step: overridden})
    serve_everything(Custom("shop"))

    assert calls


@pytest.mark.parametrize("step", STEPS)
def test_step_assigned_on_the_instance_is_called(step: str) -> None:
    """Every documented step passes through a function assigned on the application."""
    calls: list[str] = []
    app = Flask("shop")
    stock = getattr(app, step)

    def assigned(*args: Any, **kwargs: Any) -> Any:
        calls.append(step)
        return stock(*args, **kwargs)

    setattr(app, step, assigned)
    serve_everything(app)

    assert calls


def test_middleware_wraps_wsgi_app(app: Flask, client: FlaskClient) -> None:
    """Assigning ``wsgi_app`` puts middleware around every request."""
    stock = app.wsgi_app

    def shift(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix("/shifted")
        return stock(environ, start_response)

    app.wsgi_app = shift
    app.add_url_rule("/here", "here", lambda: request.path)

    assert client.get("/shifted/here").text == "/here"


def test_path_is_kept_when_middleware_shifts_the_environ_later(app: Flask) -> None:
    """Method, path, query and root path are those of the moment the request was made."""
    environ = create_environ("/first?a=1", "http://localhost/root", method="POST")
    with app.request_context(environ):
        environ.update(PATH_INFO="/other", QUERY_STRING="b=2", SCRIPT_NAME="/x")
        environ["REQUEST_METHOD"] = "GET"

        assert (request.path, request.query_string) == ("/first", b"a=1")
        assert (request.root_path, request.method) == ("/root", "POST")


class NamedRequest(flask.Request):
    @property
    def visitor(self) -> str:
        return "from a subclass"


class NamedResponse(flask.Response):
    default_mimetype = "text/x-own"


def test_request_and_response_class_are_asked_for_on_class_and_instance() -> None:
    """A request class of the subclass and a response class of the instance are both used."""

    class Custom(Flask):
        request_class = NamedRequest

    app = Custom("shop")
    app.response_class = NamedResponse
    app.add_url_rule("/", "index", lambda: request.visitor)

    response = app.test_client().get("/")

    assert (response.text, response.mimetype) == ("from a subclass", "text/x-own")


def test_match_request_of_a_context_subclass_decides_the_rule(app: Flask) -> None:
    """``match_request`` is a seam: a subclass may match in its own way, or set the session first."""

    class Context(RequestContext):
        def match_request(self) -> None:
            super().match_request()
            if isinstance(self.request.routing_exception, NotFound):
                self.request.routing_exception = None
                self.request.url_rule = next(self.app.url_map.iter_rules("fallback"))
                self.request.view_args = {}

    app.request_context = lambda environ: Context(app, environ)
    app.add_url_rule("/fallback", "fallback", lambda: request.path)

    assert app.test_client().get("/elsewhere").text == "/elsewhere"


def test_got_first_request_is_said_once_serving_begins(app: Flask, client: FlaskClient) -> None:
    """Setup is over with the first request, not with the first context."""
    with app.test_request_context():
        assert app.got_first_request is False

    client.get("/")

    assert app.got_first_request is True


# Teardown


def test_teardown_gets_the_unhandled_error(app: Flask, client: FlaskClient) -> None:
    """Teardown functions of request and app context get the error that nobody handled."""
    seen: list[BaseException | None] = []
    app.teardown_request(seen.append)
    app.teardown_appcontext(seen.append)
    error = KeyError("lost")

    @app.route("/")
    def index() -> str:
        raise error

    with pytest.raises(KeyError):
        client.get("/")

    assert seen == [error, error]


def test_teardown_gets_none_for_a_handled_error(app: Flask, client: FlaskClient) -> None:
    """An error that has a handler is no failure of the request."""
    seen: list[BaseException | None] = []
    app.teardown_request(seen.append)
    app.teardown_appcontext(seen.append)
    app.register_error_handler(KeyError, lambda error: "handled")
    app.add_url_rule("/", "index", lambda: {}["lost"])

    assert client.get("/").text == "handled"
    assert seen == [None, None]


def test_teardown_gets_none_for_an_ignored_error(app: Flask, client: FlaskClient) -> None:
    """``should_ignore_error`` hides an error from the teardown functions."""
    seen: list[BaseException | None] = []
    app.testing = False
    app.teardown_request(seen.append)
    app.should_ignore_error = lambda error: isinstance(error, KeyError)
    app.add_url_rule("/", "index", lambda: {}["lost"])

    assert client.get("/").status_code == 500
    assert seen == [None]


def test_teardown_runs_when_the_request_is_aborted(app: Flask, client: FlaskClient) -> None:
    """What is no Exception, as Ctrl-C, passes through after the contexts have ended."""
    seen: list[str] = []
    app.testing = False
    app.teardown_request(lambda error: seen.append(type(error).__name__))

    @app.route("/")
    def index() -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        client.get("/")

    assert seen == ["KeyboardInterrupt"]
    assert not flask.has_app_context()


def test_teardown_runs_after_the_response_has_started(app: Flask) -> None:
    """The contexts end once the server has the response: ``start_response`` comes before."""
    order: list[str] = []
    app.teardown_request(lambda error: order.append("teardown"))
    app.add_url_rule("/", "index", lambda: "x")

    app(create_environ("/"), lambda status, headers: order.append(status))

    assert order == ["200 OK", "teardown"]


def test_teardown_methods_use_the_error_being_handled_by_default(app: Flask) -> None:
    """Called by hand without an error, teardown takes the one being handled."""
    seen: list[BaseException | None] = []
    app.teardown_request(seen.append)
    app.teardown_appcontext(seen.append)
    with app.test_request_context():
        seen.clear()
        error = ValueError()
        try:
            raise error
        except ValueError:
            app.do_teardown_request()
            app.do_teardown_appcontext()
        app.do_teardown_request()

        assert seen == [error, error, None]


def test_error_of_a_teardown_function_reaches_the_server(app: Flask, client: FlaskClient) -> None:
    """An error in teardown is not hidden, and still the contexts have ended."""
    app.testing = False

    @app.teardown_request
    def fail(error: BaseException | None) -> None:
        raise OSError("disk full")

    app.add_url_rule("/", "index", lambda: "x")

    with pytest.raises(OSError, match="disk full"):
        client.get("/")
    assert not flask.has_request_context()


# Automatic OPTIONS


def test_options_lists_the_methods_of_every_rule_of_the_url(
    app: Flask, client: FlaskClient
) -> None:
    """The automatic answer to OPTIONS collects what all the rules of a URL allow."""
    app.add_url_rule("/", "read", lambda: "", methods=["GET"])
    app.add_url_rule("/", "write", lambda: "", methods=["PUT"])

    assert client.options("/").allow == {"GET", "HEAD", "PUT", "OPTIONS"}


def test_options_is_left_to_the_view_that_asks_for_it(app: Flask, client: FlaskClient) -> None:
    """A rule with OPTIONS among its methods is answered by its view."""
    app.add_url_rule("/", "index", lambda: "mine", methods=["GET", "OPTIONS"])

    assert client.options("/").text == "mine"


def test_options_can_be_turned_off(app: Flask, client: FlaskClient) -> None:
    """Without automatic options the method is refused like any other."""
    app.add_url_rule("/", "index", lambda: "", provide_automatic_options=False)

    assert client.options("/").status_code == 405
    assert "OPTIONS" not in client.options("/").allow


def test_options_can_be_turned_off_for_all(app: Flask, client: FlaskClient) -> None:
    """``PROVIDE_AUTOMATIC_OPTIONS`` is the default of every rule registered after it."""
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.add_url_rule("/", "index", lambda: "")
    app.add_url_rule("/on", "on", lambda: "", provide_automatic_options=True, methods=["OPTIONS"])

    assert client.options("/").status_code == 405
    assert client.options("/on").allow == {"OPTIONS"}


def test_head_is_answered_by_the_view_of_get(app: Flask, client: FlaskClient) -> None:
    """HEAD has the headers of GET, Content-Length included, and no body."""
    app.add_url_rule("/", "index", lambda: "twelve bytes")

    response = client.head("/")

    assert (response.data, response.content_length) == (b"", 12)


def test_the_environ_lets_go_of_the_request(app: Flask) -> None:
    """After the request its environ no longer refers to it, so no cycle waits for the collector."""
    environ = create_environ("/")
    seen: list[Any] = []
    app.add_url_rule(
        "/", "index", lambda: seen.append(environ["werkzeug.request"] is request) or ""
    )

    app(environ, lambda status, headers: None)

    assert environ["werkzeug.request"] is None


def test_custom_session_interface_sees_the_request_before_matching(app: Flask) -> None:
    """A session interface is asked before the URL is matched, so converters may use the session."""
    seen: list[Any] = []

    class Interface(flask.sessions.SecureCookieSessionInterface):
        def open_session(self, app: Flask, request: flask.Request) -> Any:
            seen.append((request.url_rule, request.view_args))
            return super().open_session(app, request)

    app.session_interface = Interface()
    app.add_url_rule("/", "index", lambda: "x")
    app.test_client().get("/")

    assert seen == [(None, None)]
