"""WebSockets on trio's event loop, as hypercorn's trio workers run them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import trio
import trio.lowlevel

from flask import Flask, WebsocketDisconnected, websocket

from .sockets import websocket_scope


class TrioPeer:
    """A client whose events come and go at checkpoints of trio."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.tell, self._events = trio.open_memory_channel[dict[str, Any]](100)
        self.tell.send_nowait({"type": "websocket.connect"})
        self._answered = trio.Event()

    def say(self, text: str) -> None:
        self.tell.send_nowait({"type": "websocket.receive", "text": text})

    async def receive(self) -> dict[str, Any]:
        return await self._events.receive()

    async def send(self, event: dict[str, Any]) -> None:
        await trio.lowlevel.checkpoint()
        self.sent.append(event)
        self._answered.set()

    async def until(self, count: int) -> None:
        while len(self.sent) < count:
            self._answered = trio.Event()
            await self._answered.wait()

    @property
    def texts(self) -> list[str]:
        return [event["text"] for event in self.sent if "text" in event]


@asynccontextmanager
async def open_websocket(app: Flask) -> AsyncIterator[TrioPeer]:
    """Open a WebSocket and talk; at the end the client leaves."""
    peer = TrioPeer()
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(app.asgi_app, websocket_scope(), peer.receive, peer.send)
            yield peer
            peer.tell.send_nowait({"type": "websocket.disconnect", "code": 1001})


@pytest.mark.parametrize("how", ["async", "thread", "inline"])
def test_echo(app: Flask, how: str) -> None:
    """Coroutines and plain functions receive, send, and hear of the end."""
    codes: list[int] = []
    if how == "async":

        @app.websocket("/ws")
        async def echo() -> None:
            try:
                while True:
                    await websocket.send(await websocket.receive())
            except WebsocketDisconnected as error:
                codes.append(error.code)
                raise
    else:
        app.config["ASGI_SYNC_VIEWS"] = how

        @app.websocket("/ws")
        def echo_plainly() -> None:
            try:
                while True:
                    websocket.send(websocket.receive())
            except WebsocketDisconnected as error:
                codes.append(error.code)

    async def main() -> None:
        async with open_websocket(app) as peer:
            for number in range(3):
                peer.say(str(number))
                await peer.until(number + 2)
        assert peer.texts == ["0", "1", "2"]

    trio.run(main)
    assert codes == [1001]


def test_handler_that_waits_elsewhere_is_cancelled(app: Flask) -> None:
    """A client that left ends a handler that does not receive, after the grace."""
    app.config["ASGI_DISCONNECT_GRACE"] = 0
    ended: list[str] = []
    app.teardown_websocket(lambda error: ended.append(type(error).__name__))

    @app.websocket("/ws")
    async def waits() -> None:
        await websocket.accept()
        try:
            await trio.sleep_forever()
        finally:
            ended.append("waits")

    async def main() -> None:
        async with open_websocket(app) as peer:
            await peer.until(1)

    trio.run(main)
    assert ended == ["waits", "Cancelled"]


@pytest.mark.parametrize("how", ["async", "thread", "inline"])
def test_handler_that_catches_every_error(app: Flask, how: str) -> None:
    """A handler that goes on for ever without a client leaves the loop to others, and is ended."""
    app.config["ASGI_DISCONNECT_GRACE"] = 0
    left: list[str] = []
    if how == "async":

        @app.websocket("/ws")
        async def deaf() -> None:
            for _ in range(2000):
                with suppress(Exception):
                    await websocket.receive()
            left.append("never cancelled")
    else:
        app.config["ASGI_SYNC_VIEWS"] = how

        @app.websocket("/ws")
        def plainly_deaf() -> None:
            for _ in range(2000):
                with suppress(Exception):
                    websocket.receive()
            left.append("never cancelled")

    async def main() -> None:
        async with open_websocket(app) as peer:
            await peer.until(1)

    trio.run(main)
    assert not left


def test_tasks_of_a_handler(app: Flask) -> None:
    """One task of a nursery may receive while another sends."""

    @app.websocket("/ws")
    async def both() -> None:
        send, got = trio.open_memory_channel[str](10)

        async def receive() -> None:
            while True:
                await send.send(await websocket.receive())

        async with trio.open_nursery() as nursery:
            nursery.start_soon(receive)
            async for text in got:
                await websocket.send(f"got {text}")

    async def main() -> None:
        async with open_websocket(app) as peer:
            peer.say("1")
            await peer.until(2)
        assert peer.texts == ["got 1"]

    trio.run(main)


def test_silent_client(app: Flask) -> None:
    """After ``WEBSOCKET_IDLE_TIMEOUT`` seconds without a message it is closed with 1001."""
    app.config["WEBSOCKET_IDLE_TIMEOUT"] = 0.01

    @app.websocket("/ws")
    async def receives() -> None:
        await websocket.receive()

    async def main() -> None:
        peer = TrioPeer()
        with trio.fail_after(10):
            await app.asgi_app(websocket_scope(), peer.receive, peer.send)
        assert peer.sent[-1]["code"] == 1001

    trio.run(main)


def test_handler_that_returns_closes(app: Flask) -> None:
    """The WebSocket is closed with 1000, and the reader beside the handler ends."""

    @app.websocket("/ws")
    async def greets() -> None:
        await websocket.send("hello")
        await trio.sleep(0.001)

    async def main() -> None:
        peer = TrioPeer()
        with trio.fail_after(10):
            await app.asgi_app(websocket_scope(), peer.receive, peer.send)
        assert peer.sent[-1] == {"type": "websocket.close", "code": 1000, "reason": ""}

    trio.run(main)
