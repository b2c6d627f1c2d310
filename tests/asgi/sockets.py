"""How do the tests open a WebSocket? As a server does, with events of both sides in lists."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from .driving import Event, scope_of

REFUSAL = "websocket.http.response"


def websocket_scope(path: str = "/ws", *, can_refuse: bool = True, **more: Any) -> Event:
    """Return the scope of a handshake as uvicorn makes it."""
    headers = [(b"upgrade", b"websocket"), (b"connection", b"Upgrade"), *more.pop("headers", ())]
    scope = scope_of(path, headers=headers, **more)
    del scope["method"]
    scope.update(
        type="websocket",
        scheme=more.get("scheme", "ws"),
        subprotocols=more.get("subprotocols", []),
        extensions={REFUSAL: {}} if can_refuse else {},
    )
    return scope


class Peer:
    """One client's side and its server's: what it sends, and the events that came back.

    Args:
        cut_after: The client leaves after so many events, of both sides together.
    """

    def __init__(self, *messages: str | bytes, cut_after: int | None = None) -> None:
        self.sent: list[Event] = []
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._events.put_nowait({"type": "websocket.connect"})
        self._answered = asyncio.Condition()
        self._left = cut_after
        self.is_receiving = False
        self.was_receiving_at_close = False
        for message in messages:
            self.say(message)

    def say(self, message: str | bytes) -> None:
        key = "text" if isinstance(message, str) else "bytes"
        self._events.put_nowait({"type": "websocket.receive", key: message})

    def leave(self, code: int = 1001, reason: str = "") -> None:
        self._events.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})

    def _count(self) -> bool:
        """Count an event, and tell whether the client has left before it."""
        if self._left is None:
            return False
        self._left -= 1
        return self._left < 0

    async def receive(self) -> Event:
        if self.is_receiving:
            raise AssertionError("receive() was called while another call waits")
        self.is_receiving = True
        try:
            await asyncio.sleep(0)
            if self._count():
                return {"type": "websocket.disconnect", "code": 1006}
            if self._left is None:
                return await self._events.get()
            return self._events.get_nowait()
        except asyncio.QueueEmpty:
            return {"type": "websocket.disconnect", "code": 1006}
        finally:
            self.is_receiving = False

    async def send(self, event: Event) -> None:
        if event["type"] == "websocket.close":
            self.was_receiving_at_close |= self.is_receiving
        await asyncio.sleep(0)
        if self._count():
            raise OSError("the client has left")
        self.sent.append(event)
        async with self._answered:
            self._answered.notify_all()

    async def until(self, count: int) -> None:
        """Wait until so many events were sent to the client."""
        async with asyncio.timeout(10), self._answered:
            await self._answered.wait_for(lambda: len(self.sent) >= count)

    @property
    def texts(self) -> list[str]:
        return [event["text"] for event in self.sent if "text" in event]

    @property
    def types(self) -> list[str]:
        return [event["type"].removeprefix("websocket.") for event in self.sent]

    @property
    def code(self) -> int:
        code: int = self.sent[-1]["code"]
        return code

    @property
    def status(self) -> int:
        """The HTTP status that the client got instead of a WebSocket."""
        first = self.sent[0]
        if first["type"] == "websocket.close":
            return 403
        assert self.types == ["http.response.start", "http.response.body"]
        status: int = first["status"]
        return status

    @property
    def body(self) -> str:
        body: bytes = self.sent[1]["body"]
        return body.decode()


async def talk(app: Any, *messages: str | bytes, peer: Peer | None = None, **scope: Any) -> Peer:
    """Open a WebSocket, send messages, and return when the application has ended it."""
    peer = peer or Peer()
    for message in messages:
        peer.say(message)
    async with asyncio.timeout(10):
        await app(websocket_scope(**scope), peer.receive, peer.send)
    return peer


@asynccontextmanager
async def open_websocket(app: Any, **scope: Any) -> AsyncIterator[Peer]:
    """Open a WebSocket and talk; at the end the application must end it, or the client leaves."""
    peer = Peer()
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(app(websocket_scope(**scope), peer.receive, peer.send))
        yield peer
        peer.leave()
