"""Handlers of WebSockets that do not listen when they are told that the client has left."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from flask import Flask, WebsocketDisconnected, websocket

from .sockets import open_websocket

MANY = 2000  # far more often than a handler is told before it is cancelled


@pytest.mark.parametrize("how", ["async", "thread", "inline"])
@pytest.mark.parametrize("what", ["receive", "send", "accept"])
def test_handler_that_catches_every_error(app: Flask, how: str, what: str) -> None:
    """A handler that goes on for ever without a client leaves the loop to others, and is ended."""
    app.config["ASGI_DISCONNECT_GRACE"] = 0
    left: list[str] = []
    talking: dict[str, Callable[[], Any]] = {
        "receive": lambda: websocket.receive(),
        "send": lambda: websocket.send("x"),
        "accept": lambda: websocket.accept(),
    }
    if how == "async":

        @app.websocket("/ws")
        async def deaf() -> None:
            with suppress(WebsocketDisconnected):
                await websocket.receive()
            for _ in range(MANY):
                with suppress(Exception):
                    await talking[what]()
            left.append("never cancelled")
    else:
        app.config["ASGI_SYNC_VIEWS"] = how

        @app.websocket("/ws")
        def plainly_deaf() -> None:
            with suppress(WebsocketDisconnected):
                websocket.receive()
            for _ in range(MANY):
                with suppress(Exception):
                    talking[what]()
            left.append("never cancelled")

    async def main() -> None:
        async with open_websocket(app) as peer:
            await peer.until(1)

    asyncio.run(main())
    assert not left


def test_deaf_handler_in_its_thread(app: Flask) -> None:
    """One that was busy when the grace was over, so that nothing reached it, is ended as well."""
    app.config["ASGI_DISCONNECT_GRACE"] = 0
    is_cut = threading.Event()
    left: list[str] = []

    @app.websocket("/ws")
    def deaf() -> None:
        websocket.accept()
        with suppress(WebsocketDisconnected):
            websocket.receive()
        is_cut.wait(5)
        for _ in range(100):
            with suppress(Exception):
                websocket.receive()
        left.append("never cancelled")

    async def main() -> None:
        async with open_websocket(app) as peer:
            await peer.until(1)
            peer.leave()
            for _ in range(20):
                await asyncio.sleep(0)
            is_cut.set()

    asyncio.run(main())
    assert not left
