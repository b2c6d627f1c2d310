"""What works in a WebSocket's handler, and in what it starts elsewhere?"""

from __future__ import annotations

import asyncio
import threading
from contextvars import Context
from typing import Any

import pytest

from flask import (
    Flask,
    copy_current_websocket_context,
    current_app,
    g,
    has_app_context,
    has_request_context,
    has_websocket_context,
    request,
    session,
    url_for,
    websocket,
)

from .driving import ask
from .sockets import talk


def test_request_is_the_websocket(app: Flask) -> None:
    """A handler is in a request context: request, session, g, current_app and url_for work."""
    app.secret_key = "key"
    seen: list[Any] = []

    @app.get("/page")
    def page() -> str:
        return str(has_websocket_context())

    @app.websocket("/ws")
    def talks() -> None:
        g.user = session.get("user", "nobody")
        seen.extend((has_websocket_context(), has_request_context(), has_app_context()))
        seen.append(request._get_current_object() is websocket._get_current_object())  # type: ignore
        seen.extend((g.user, current_app.name, request.path))
        seen.extend((url_for("page"), url_for("page", _external=True)))

    asyncio.run(talk(app))
    assert seen[:4] == [True, True, True, True]
    assert seen[4:] == ["nobody", app.name, "/ws", "/page", "http://localhost/page"]
    assert asyncio.run(ask(app, "/page")).text == "False"
    assert not has_websocket_context()


def test_copies_run_elsewhere(app: Flask) -> None:
    """A copy gives the WebSocket and g to tasks of other contexts and to threads."""
    seen: list[Any] = []

    @app.teardown_websocket
    def end(error: BaseException | None) -> None:
        seen.append("end")

    @app.websocket("/ws")
    async def talks() -> None:
        g.user = "ada"

        @copy_current_websocket_context
        async def greet(word: str) -> str:
            await websocket.send(f"{word} {g.user}")
            return websocket.path

        @copy_current_websocket_context
        def note() -> None:
            seen.append((websocket.path, g.user))

        assert asyncio.iscoroutinefunction(greet)
        loop = asyncio.get_running_loop()
        seen.append(await loop.create_task(greet("hello"), context=Context()))
        thread = threading.Thread(target=note)
        thread.start()
        thread.join()

    peer = asyncio.run(talk(app))
    assert peer.texts == ["hello ada"]
    assert seen == ["/ws", ("/ws", "ada"), "end"]


def test_nothing_to_copy(app: Flask) -> None:
    """Outside of a WebSocket, in a view too, the error says where it can be used."""
    with (
        app.test_request_context(),
        pytest.raises(RuntimeError, match="only be used in a WebSocket's handler"),
    ):
        copy_current_websocket_context(print)
