from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Any

import pytest
from werkzeug.test import create_environ

import flask
from flask import Blueprint, Flask, Response, g, request
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


def test_path_is_kept_when_middleware_shifts_the_environ_later(app: Flask) -> None:
    """Method, path, query and root path are those of the moment the request was made."""
    environ = create_environ("/first?a=1", "http://localhost/root", method="POST")
    with app.request_context(environ):
        environ.update(PATH_INFO="/other", QUERY_STRING="b=2", SCRIPT_NAME="/x")
        environ["REQUEST_METHOD"] = "GET"

        assert (request.path, request.query_string) == ("/first", b"a=1")
        assert (request.root_path, request.method) == ("/root", "POST")


def test_got_first_request_is_said_once_serving_begins(app: Flask, client: FlaskClient) -> None:
    """Setup is over with the first request, not with the first context."""
    with app.test_request_context():
        assert app.got_first_request is False

    client.get("/")

    assert app.got_first_request is True


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
