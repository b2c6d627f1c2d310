"""How do the tests call an ASGI application? As a server does, with events from a list."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any

Event = dict[str, Any]
Pairs = Iterable[tuple[bytes, bytes]]


def scope_of(path: str = "/", method: str = "GET", **more: Any) -> Event:
    """Return the scope of a request as uvicorn makes it."""
    headers = list(more.pop("headers", ()))
    if not any(name == b"host" for name, _ in headers):
        headers.insert(0, (b"host", b"localhost"))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 80),
        "state": {},
        **more,
    }


@dataclass
class Answered:
    """What an application sent."""

    events: list[Event] = field(default_factory=list)

    @property
    def status(self) -> int:
        status: int = self.events[0]["status"]
        return status

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.events[0]["headers"])

    @property
    def pieces(self) -> list[bytes]:
        return [event["body"] for event in self.events[1:] if event["body"]]

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)

    @property
    def text(self) -> str:
        return self.body.decode()


class Client:
    """One client's side: gives the events of a body, then waits until it is told to leave."""

    def __init__(self, *chunks: bytes, leaves: bool = False) -> None:
        self.answered = Answered()
        self.received = 0
        self._events: list[Event] = [
            {"type": "http.request", "body": chunk, "more_body": number < len(chunks)}
            for number, chunk in enumerate(chunks or (b"",), 1)
        ]
        if leaves:
            self._events.append({"type": "http.disconnect"})
        self.left = asyncio.Event()
        self.on_send: Callable[[Event], Coroutine[Any, Any, None]] | None = None

    async def receive(self) -> Event:
        if self._events:
            self.received += 1
            return self._events.pop(0)
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, event: Event) -> None:
        self.answered.events.append(event)
        if self.on_send is not None:
            await self.on_send(event)


async def ask(app: Any, path: str = "/", *chunks: bytes, **scope: Any) -> Answered:
    """Make one request and return what was sent."""
    client = Client(*chunks)
    await app(scope_of(path, **scope), client.receive, client.send)
    assert [event["type"] for event in client.answered.events[:1]] == ["http.response.start"]
    return client.answered
