"""A stream keeps its request's contexts, and leaves none active behind it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import create_environ

from flask import Flask, g, has_app_context, has_request_context, request, stream_with_context


def _paths() -> Iterator[str]:
    yield request.path
    yield request.args["a"]


def _start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
    return None


@pytest.fixture
def app() -> Flask:
    """Return an application without views."""
    return Flask(__name__)


def test_async_view_leaves_no_context(app: Flask) -> None:
    """A stream made inside a coroutine ends with no context active in the thread."""

    @app.route("/path")
    async def view() -> Any:
        return stream_with_context(_paths())

    assert app.test_client().get("/path?a=1").text == "/path1"
    assert not has_request_context()
    assert not has_app_context()


def test_stream_read_by_another_thread(app: Flask) -> None:
    """A server may read the response in another thread than the one that called the app."""
    app.add_url_rule("/path", "view", lambda: stream_with_context(_paths()))
    pieces: Any = app(create_environ("/path?a=1"), _start)
    read: list[Any] = []

    def read_and_close() -> None:
        read.extend(pieces)
        pieces.close()
        read.append(has_request_context())

    assert not has_request_context()
    thread = threading.Thread(target=read_and_close)
    thread.start()
    thread.join()

    assert read == [b"/path", b"1", False]


def test_view_that_fails_after_wrapping(app: Flask) -> None:
    """A stream that is thrown away by an error leaves that error to the teardown functions."""
    seen: list[Any] = []
    app.teardown_request(lambda error: seen.append(type(error)))

    @app.route("/")
    def view() -> Any:
        _unused = stream_with_context(_paths())
        raise KeyError("failed")

    assert app.test_client().get("/").status_code == 500
    assert seen == [KeyError]
    assert not has_request_context()


def test_stream_has_the_namespace_of_its_view(app: Flask) -> None:
    """The stream's app context is the view's, not a new one."""

    @app.route("/")
    def view() -> Any:
        g.word = "kept"
        return stream_with_context(g.word for _ in range(1))

    assert app.test_client().get("/").text == "kept"
