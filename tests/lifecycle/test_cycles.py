"""What a request leaves behind: nothing that only the garbage collector can free."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from benchmarks.apps import flask_app
from benchmarks.workloads import WORKLOADS
from benchmarks.wsgi import drive, prepare

from flask import Flask, Response, abort, request, session, stream_with_context


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

    return app


@pytest.mark.parametrize(
    "path",
    ["/plain", "/json/1?page=2", "/fail", "/abort", "/teapot", "/stream", "/none", "/static/none"],
)
def test_request_leaves_no_cycles(app: Flask, path: str) -> None:
    """What a request made is freed when it ends, whatever its outcome."""

    def ask() -> None:
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path.partition("?")[0],
            "QUERY_STRING": path.partition("?")[2],
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "wsgi.url_scheme": "http",
        }
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
