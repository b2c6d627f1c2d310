"""What a request leaves behind: nothing that only the garbage collector can free."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from benchmarks.apps import flask_app
from benchmarks.workloads import WORKLOADS
from benchmarks.wsgi import drive, prepare
from werkzeug.routing import BuildError

from flask import (
    Flask,
    Response,
    abort,
    redirect,
    request,
    send_file,
    session,
    stream_with_context,
    url_for,
)
from flask.views import MethodView


@pytest.fixture
def app() -> Flask:
    app = Flask("cycles")
    app.secret_key = "key"
    app.logger.disabled = True

    @app.route("/plain")
    def plain() -> str:
        return "plain"

    @app.route("/json/<int:number>")
    def json(number: int) -> dict[str, int]:
        session["number"] = number
        return {"number": number, "page": request.args.get("page", 1, int)}

    @app.route("/fail")
    def fail() -> str:
        raise ValueError

    @app.route("/abort")
    def aborted() -> str:
        abort(403)

    @app.route("/teapot")
    def teapot() -> str:
        abort(418)

    @app.errorhandler(418)
    def brew(error: Exception) -> tuple[str, int]:
        return "short and stout", 418

    @app.route("/stream")
    def stream() -> Response:
        def pieces() -> Any:
            yield request.path

        return Response(stream_with_context(pieces()))

    add_answers(app)
    return app


def add_answers(app: Flask) -> None:
    @app.route("/generator")
    def generate() -> Any:
        yield b"bytes"
        yield "text"

    app.add_url_rule("/unbuilt", "unbuilt", lambda: url_for("nowhere"))
    app.add_url_rule("/unbuilt/handled", "handled", lambda: url_for("nowhere", handled=True))

    @app.url_build_error_handlers.append
    def build(error: Exception, endpoint: str, values: dict[str, Any]) -> str | None:
        if "handled" in values:
            return "/handled"
        raise BuildError(endpoint, values, None)

    app.add_url_rule("/redirect", "redirects", lambda: redirect("/plain"))
    app.add_url_rule("/file", "file", lambda: send_file(__file__))

    class Page(MethodView):
        def get(self) -> tuple[str, int, dict[str, str]]:
            return "page", 200, {"X-Page": "1"}

    app.add_url_rule("/page", view_func=Page.as_view("page"))


GET = [
    *("/plain", "/json/1?page=2", "/fail", "/abort", "/teapot", "/stream", "/none"),
    *("/static/none", "/generator", "/redirect", "/file", "/page"),
    *("/unbuilt", "/unbuilt/handled"),
]


@pytest.mark.parametrize(
    ("path", "method", "condition"),
    [
        *((path, "GET", None) for path in GET),
        *(("/plain", method, None) for method in ("HEAD", "POST", "OPTIONS")),
        *(("/file", "GET", header) for header in ("HTTP_IF_NONE_MATCH", "HTTP_RANGE")),
        *((path, "HEAD", None) for path in ("/file", "/generator", "/none")),
    ],
)
def test_request_leaves_no_cycles(
    app: Flask, path: str, method: str, condition: str | None
) -> None:
    """What a request made is freed when it ends, whatever its outcome."""

    def ask() -> None:
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path.partition("?")[0],
            "QUERY_STRING": path.partition("?")[2],
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "wsgi.url_scheme": "http",
        }
        if condition is not None:
            environ[condition] = "bytes=0-3" if condition == "HTTP_RANGE" else "*"
        answer: Any = app(environ, lambda *_: lambda _: None)
        b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()

    for _ in range(3):  # what is made once and kept
        ask()
    gc.collect()
    gc.disable()
    try:
        ask()
        assert gc.collect() == 0
    finally:
        gc.enable()


@pytest.mark.parametrize("name", WORKLOADS)
def test_measured_request_leaves_no_cycles(name: str) -> None:
    """Of every measured workload, requests leave nothing to the garbage collector."""
    workload = WORKLOADS[name]
    app = flask_app.make_app(name)
    environ = prepare(app, workload)
    drive(app, environ, workload.payload, 2)  # what is made once and kept
    gc.collect()
    gc.disable()
    try:
        drive(app, environ, workload.payload, 5)
        assert gc.collect() == 0
    finally:
        gc.enable()
