"""Who is in which room, and how an event reaches them: in the memory of this process.

Everything here may be called in any thread. That is what lets plain code, such as a view that
stores a message, tell coroutines that wait on an event loop, or on several.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager, suppress
from itertools import chain
from typing import TYPE_CHECKING, Any

from flask import current_app

from .texts import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flask import Flask

    from .identity import Person

Event = dict[str, Any]

MOST_WAITING = 1000
"""Events that a slow connection may be behind; then it ends, and its browser comes back."""


class NameTakenError(Exception):
    """Somebody else in the room has this name."""


class Listener:
    """One open connection: an iterator of events, which ends when it should be given up.

    It is made and iterated on an event loop; in other threads `tell` reaches it.
    """

    def __init__(self, person: Person) -> None:
        self.person = person
        self.loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._has_ended = False

    def put(self, event: Event | None) -> None:
        """Add an event, ``None`` for the end; called on the loop."""
        if self._has_ended:
            return
        self._has_ended = event is None or self._queue.qsize() >= MOST_WAITING
        self._queue.put_nowait(None if self._has_ended else event)

    def __aiter__(self) -> Listener:
        return self

    async def __anext__(self) -> Event:
        event = await self._queue.get()
        if event is None:
            raise StopAsyncIteration
        return event


def tell(listeners: Iterable[Listener], event: Event | None) -> None:
    """Tell listeners, from any thread, at the cost of one wake-up for each event loop.

    Under ASGI all are on the server's loop, under WSGI each is on that of its thread.
    """
    by_loop: dict[asyncio.AbstractEventLoop, list[Listener]] = {}
    for listener in listeners:
        by_loop.setdefault(listener.loop, []).append(listener)
    for loop, there in by_loop.items():
        with suppress(RuntimeError):  # the loop is closed: nobody listens any more
            loop.call_soon_threadsafe(put_each, there, event)


def put_each(listeners: list[Listener], event: Event | None) -> None:
    for listener in listeners:
        listener.put(event)


class Rooms:
    """All rooms with somebody in them.

    Attributes:
        posting: Held while a message is stored and published, so that messages reach
            everybody in the order of their numbers.
    """

    def __init__(self) -> None:
        self.posting = threading.Lock()
        self._lock = threading.Lock()
        self._listeners: dict[str, list[Listener]] = {}
        self._is_open = True

    @contextmanager
    def listen(self, room: str, person: Person) -> Iterator[Listener]:
        """Be in a room for a block; called on an event loop.

        Raises:
            NameTakenError: Somebody else in the room has this name.
        """
        listener = Listener(person)
        self._add(room, listener)
        try:
            yield listener
        finally:
            self._remove(room, listener)

    def publish(self, room: str, event: Event) -> None:
        """Tell everybody in a room."""
        with self._lock:
            tell(self._listeners.get(room, ()), event)

    def people(self, room: str) -> dict[str, str]:
        """Return who is in a room, id → name; somebody with two tabs is there once."""
        with self._lock:
            return self._people(room)

    def overview(self) -> dict[str, int]:
        """Return the rooms with somebody in them, and how many people that is."""
        with self._lock:
            return {room: len(self._people(room)) for room in sorted(self._listeners)}

    def is_taken(self, room: str, person: Person) -> bool:
        """Tell whether somebody else in the room has this person's name."""
        with self._lock:
            return self._is_taken(room, person)

    def open(self) -> None:
        """Let people in, as after a start."""
        self._is_open = True

    def close(self) -> None:
        """End all connections, and those that still come, because the server stops."""
        with self._lock:
            self._is_open = False
            tell(chain.from_iterable(self._listeners.values()), None)

    def _add(self, room: str, listener: Listener) -> None:
        person = listener.person
        with self._lock:
            if self._is_taken(room, person):
                raise NameTakenError(person.name)
            there = self._listeners.setdefault(room, [])
            if self._people(room).get(person.id) != person.name:  # else it is another tab
                tell(there, {"type": "came", "person": person.id, "name": person.name})
            there.append(listener)
            tell([listener], {"type": "presence", "people": self._people(room)})
            if not self._is_open:
                tell([listener], None)

    def _remove(self, room: str, listener: Listener) -> None:
        with self._lock:
            there = self._listeners[room]
            there.remove(listener)
            if listener.person.id not in self._people(room):
                tell(there, {"type": "left", "person": listener.person.id})
            if not there:
                del self._listeners[room]

    # With the lock held

    def _people(self, room: str) -> dict[str, str]:
        listeners = self._listeners.get(room, ())
        return {listener.person.id: listener.person.name for listener in listeners}

    def _is_taken(self, room: str, person: Person) -> bool:
        others = self._people(room)
        others.pop(person.id, None)
        return fold(person.name) in map(fold, others.values())


def current_rooms() -> Rooms:
    """Return the rooms of the current application."""
    rooms: Rooms = current_app.extensions["chat.rooms"]
    return rooms


def init_app(app: Flask) -> None:
    """Give the application its rooms."""
    app.extensions["chat.rooms"] = Rooms()
