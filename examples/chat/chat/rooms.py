"""Who is in which room, and how an event reaches them: in the memory of this process.

Everything here may be called in any thread. That is what lets plain code, such as a view that
stores a message, tell coroutines that wait on an event loop, or on several.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from flask import current_app

from .texts import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from .identity import Person

Event = dict[str, Any]

MOST_WAITING = 200
"""Events that a slow connection may be behind; then it ends, and its browser comes back."""


class NameTakenError(Exception):
    """Somebody else in the room has this name."""


class Listener:
    """One open connection: an iterator of events, which ends when it should be given up.

    It is made and iterated on an event loop, and told in any thread.
    """

    def __init__(self, person: Person) -> None:
        self.person = person
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._has_ended = False

    def tell(self, event: Event | None) -> None:
        """Add an event, ``None`` for the end."""
        with suppress(RuntimeError):  # the loop is closed: nobody listens any more
            self._loop.call_soon_threadsafe(self._put, event)

    def _put(self, event: Event | None) -> None:
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
            self._tell_all(room, event)

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
            for listeners in self._listeners.values():
                for listener in listeners:
                    listener.tell(None)

    # With the lock held

    def _add(self, room: str, listener: Listener) -> None:
        with self._lock:
            if self._is_taken(room, listener.person):
                raise NameTakenError(listener.person.name)
            before = self._people(room)
            self._listeners.setdefault(room, []).append(listener)
            if self._people(room) == before:  # another tab: news to nobody else
                listener.tell(self._presence(room))
            else:
                self._tell_all(room, self._presence(room))
            if not self._is_open:
                listener.tell(None)

    def _remove(self, room: str, listener: Listener) -> None:
        with self._lock:
            before = self._people(room)
            self._listeners[room].remove(listener)
            if self._people(room) != before:
                self._tell_all(room, self._presence(room))
            if not self._listeners[room]:
                del self._listeners[room]

    def _people(self, room: str) -> dict[str, str]:
        listeners = self._listeners.get(room, ())
        return {listener.person.id: listener.person.name for listener in listeners}

    def _presence(self, room: str) -> Event:
        people = [{"person": id, "name": name} for id, name in self._people(room).items()]
        return {"type": "presence", "people": people}

    def _is_taken(self, room: str, person: Person) -> bool:
        others = self._people(room)
        others.pop(person.id, None)
        return fold(person.name) in map(fold, others.values())

    def _tell_all(self, room: str, event: Event) -> None:
        for listener in self._listeners.get(room, ()):
            listener.tell(event)


def current_rooms() -> Rooms:
    """Return the rooms of the current application."""
    rooms: Rooms = current_app.extensions["chat.rooms"]
    return rooms


def init_app(app: Flask) -> None:
    """Give the application its rooms."""
    app.extensions["chat.rooms"] = Rooms()
