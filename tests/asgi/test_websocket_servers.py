"""What servers do when a WebSocket ends is not all in the protocol."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from flask import Flask, WebsocketDisconnected, websocket

from .sockets import Peer, talk


@pytest.mark.parametrize("is_sent_first", [True, False])
def test_close_that_is_cancelled_in_the_server(
    app: Flask, is_sent_first: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """A close frame is sent once though the server's ``send()`` waits, and is cancelled there."""

    class Slow(Peer):
        has_waited = False

        async def wait(self) -> None:
            self.has_waited = True
            await asyncio.sleep(60)

        async def send(self, event: dict[str, Any]) -> None:
            is_end = event["type"] == "websocket.close"
            if is_end and self.has_waited and is_sent_first:
                raise RuntimeError("The WebSocket is closed.")
            if is_end and not is_sent_first and not self.has_waited:
                await self.wait()
            await super().send(event)
            if is_end and is_sent_first:
                await self.wait()

    @app.websocket("/ws")
    async def two() -> None:
        await websocket.accept()
        closing = asyncio.create_task(websocket.close(4000, "enough"))
        await asyncio.sleep(0.01)
        closing.cancel()
        await asyncio.wait([closing])

    peer = asyncio.run(talk(app, peer=Slow()))

    assert peer.sent[1:] == [{"type": "websocket.close", "code": 4000, "reason": "enough"}]
    assert not caplog.records


def test_server_that_hears_late_of_a_client_that_left(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    """A ``RuntimeError`` of a server's ``send()`` is the end of a WebSocket that is closed."""

    class Late(Peer):
        async def send(self, event: dict[str, Any]) -> None:
            if event["type"] == "websocket.send":
                self.leave(1001)
                raise RuntimeError("The handler is closed.")
            await super().send(event)

    ended: list[object] = []
    app.teardown_websocket(lambda error: ended.append(error))

    @app.websocket("/ws")
    async def sends() -> None:
        with pytest.raises(WebsocketDisconnected) as caught:
            await websocket.send("late")
        ended.append(caught.value.code)

    asyncio.run(talk(app, peer=Late()))

    assert ended == [1001, None]
    assert not caplog.records


@pytest.mark.parametrize("is_plain", [True, False])
def test_hook_that_closes_is_a_guard(app: Flask, is_plain: bool) -> None:
    """The handler is not called when a function before it has closed the WebSocket."""
    called: list[str] = []

    def refuse() -> None:
        websocket.close(4001)  # type: ignore[unused-coroutine]

    async def refuse_later() -> None:
        await websocket.accept()
        await websocket.close(4001)

    app.before_websocket(refuse if is_plain else refuse_later)
    app.websocket("/ws")(lambda: called.append("handler"))

    peer = asyncio.run(talk(app))

    assert peer.types[-1] == "close"
    assert called == []


def test_cancellation_of_something_else_closes(app: Flask) -> None:
    """A handler that awaits what somebody has cancelled ends as one that fails: with 1011."""

    @app.websocket("/ws")
    async def awaits() -> None:
        await websocket.accept()
        task = asyncio.create_task(asyncio.sleep(60))
        task.cancel()
        await task

    async def main() -> Peer:
        peer = Peer()
        with pytest.raises(asyncio.CancelledError):
            await talk(app, peer=peer)
        return peer

    assert asyncio.run(main()).code == 1011


@pytest.mark.parametrize("code", ["1000", 1000.5, 1005, 99, None])
def test_what_is_no_closing_code(app: Flask, code: Any) -> None:
    """It is a ValueError, which names the codes that there are."""

    @app.websocket("/ws")
    async def closes() -> None:
        with pytest.raises(ValueError, match="RFC 6455 allows"):
            await websocket.close(code)

    assert asyncio.run(talk(app)).status == 403
