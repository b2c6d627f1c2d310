"""People in the chat, for tests: each with cookies of their own, on the running loop."""

from __future__ import annotations

import asyncio
import functools
import itertools
import json
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from flask import Flask
    from flask.asgi.clientsockets import AsyncClientWebSocket
    from flask.asynctesting import StreamedResponse
    from werkzeug.test import TestResponse

PATIENCE = 10.0  # seconds; only a failing test waits so long
KEYS = (f"key-{number}" for number in itertools.count(1))


class Guest:
    """What a person with a browser can do."""

    def __init__(self, app: Flask, name: str, language: str = "en") -> None:
        self.client = app.async_test_client()
        self.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
        self.name = name

    async def join(self, room: str = "lobby") -> TestResponse:
        """Send the form of the first page."""
        return await self.client.post("/join", data={"name": self.name, "room": room})

    async def post(self, text: Any, key: Any = None, room: str = "lobby") -> TestResponse:
        """Say something without a WebSocket."""
        sent = {"text": text, "key": key or next(KEYS)}
        return await self.client.post(f"/rooms/{room}/messages", json=sent)

    @asynccontextmanager
    async def in_room(self, room: str = "lobby", after: int | None = None) -> AsyncIterator[Talk]:
        """Be in a room for a block, by WebSocket."""
        await self.join(room)
        query = {} if after is None else {"after": after}
        path = f"/rooms/{room}/socket"
        async with self.client.websocket(path, query_string=query) as socket:
            talk = Talk(socket)
            await talk.arrive()
            yield talk

    @asynccontextmanager
    async def listening(self, room: str = "lobby", **options: Any) -> AsyncIterator[StreamedEvents]:
        """Be in a room for a block, by event stream."""
        await self.join(room)
        async with self.client.stream("GET", f"/rooms/{room}/events", **options) as response:
            assert response.status_code == 200
            yield StreamedEvents(response)


class Talk:
    """An open WebSocket."""

    def __init__(self, socket: AsyncClientWebSocket) -> None:
        self.socket = socket
        self._first: deque[dict[str, Any]] = deque()
        self._people: dict[str, str] = {}

    async def arrive(self) -> None:
        """Wait until everything said from now on is heard; what comes meanwhile is kept."""
        while not self._first or self._first[-1]["type"] != "presence":
            async with asyncio.timeout(PATIENCE):
                self._first.append(await self.socket.receive_json())

    async def say(self, text: Any, key: Any = None) -> str:
        """Send a message and return its key."""
        key = key or next(KEYS)
        await self.socket.send_json(text=text, key=key)
        return str(key)

    async def hear(self, *kinds: str) -> dict[str, Any]:
        """Return the next event of these kinds; others are passed over."""
        async with asyncio.timeout(PATIENCE):
            while True:
                event: dict[str, Any] = (
                    self._first.popleft() if self._first else await self.socket.receive_json()
                )
                if event["type"] in kinds:
                    return event

    async def people(self) -> list[str]:
        """Return the names of those who are there; the first time at once, then when it changes."""
        event = await self.hear("presence", "came", "left")
        if event["type"] == "presence":
            self._people = event["people"]
        elif event["type"] == "came":
            self._people[event["person"]] = event["name"]
        else:
            del self._people[event["person"]]
        return sorted(self._people.values())


class StreamedEvents:
    """An open event stream."""

    def __init__(self, response: StreamedResponse) -> None:
        self._chunks = response.chunks()
        self._text = ""
        self.last_id = ""

    async def next_block(self) -> str:
        """Return the next event, or comment, as it was sent."""
        async with asyncio.timeout(PATIENCE):
            while "\n\n" not in self._text:
                self._text += (await anext(self._chunks)).decode()
        block, _, self._text = self._text.partition("\n\n")
        return block

    async def hear(self, kind: str) -> dict[str, Any]:
        """Return the next event of a kind; others are passed over."""
        while True:
            fields = dict(
                line.split(": ", 1)
                for line in (await self.next_block()).splitlines()
                if ": " in line
            )
            if "id" in fields:
                self.last_id = fields["id"]
            event: dict[str, Any] = json.loads(fields.get("data", "{}"))
            if event.get("type") == kind:
                return event


def on_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run an async test on an event loop of its own."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        asyncio.run(test(*args, **kwargs))

    return run
