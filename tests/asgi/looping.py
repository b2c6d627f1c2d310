"""How do tests run on both event loops? With what ``loops`` knows of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from typing import Any

import trio

from flask.lifecycle.loops import current_loop, new_event, wait_for_event

from .driving import Answered, Event, scope_of

LOOPS = ["asyncio", "trio"]
Main = Callable[[], Coroutine[Any, Any, None]]


def run(loop: str, main: Main) -> None:
    """Run a test's coroutine function on a loop, not for ever."""
    if loop == "trio":

        async def limited() -> None:
            with trio.fail_after(10):
                await main()

        trio.run(limited)
    else:
        asyncio.run(asyncio.wait_for(main(), 10))


class Started:
    """A coroutine function in a task of its own."""

    def __init__(self, function: Main) -> None:
        self.ended = new_event()
        self.error: BaseException | None = None

        async def run() -> None:
            try:
                await function()
            except BaseException as error:
                self.error = error
                raise

        self.cancel = current_loop().spawn(run, copy_context(), self.ended.set)

    async def wait(self) -> None:
        assert await wait_for_event(self.ended, 5)


class LoopClient:
    """A client on any loop, which leaves when told to; also a server's lifespan."""

    def __init__(self, *events: Event) -> None:
        self.answered = Answered()
        self.sent = new_event()
        self._events = list(events)
        self._more = new_event()

    def say(self, *events: Event) -> None:
        self._events += events
        self._more.set()

    def leave(self) -> None:
        self.say({"type": "http.disconnect"})

    async def receive(self) -> Event:
        while not self._events:
            self._more = new_event()
            await self._more.wait()
        event = self._events.pop(0)
        if event["type"] == "http.disconnect":
            self._events.append(event)
        return event

    async def send(self, event: Event) -> None:
        self.answered.events.append(event)
        self.sent.set()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until what was sent makes it true."""
        while not condition():
            self.sent = new_event()
            assert await wait_for_event(self.sent, 5), self.answered.events


async def ask(app: Any, path: str = "/", **scope: Any) -> Answered:
    """Make one request on any loop."""
    client = LoopClient({"type": "http.request"})
    await app(scope_of(path, **scope), client.receive, client.send)
    return client.answered


STARTUP, SHUTDOWN = {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}


class Server:
    """A server that tells an application of its start and stop."""

    def __init__(self, app: Any) -> None:
        self.state: dict[str, Any] = {}
        self._client = LoopClient(STARTUP)
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": self.state}
        self.task = Started(lambda: app(scope, self._client.receive, self._client.send))

    async def start(self) -> Event:
        await self._client.until(lambda: self._client.answered.events)
        return self._client.answered.events[0]

    async def stop(self) -> Event:
        self._client.say(SHUTDOWN)
        await self.task.wait()
        return self._client.answered.events[-1]
