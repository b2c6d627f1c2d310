"""What was said: messages in SQLite, by room.

All of it is plain code that waits for the disk. Plain views call it as it is: they have
a thread. A coroutine would stop every other connection meanwhile, so it sends the call to a
thread: ``await asyncio.to_thread(history.read_latest, room, 50)``.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flask import current_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from .identity import Person

LARGEST = 2**63 - 1
_SELECT = "SELECT id, room, person, name, text, key, created_at FROM message"


@dataclass(frozen=True, slots=True)
class Message:
    """One message; ``id`` grows with time, over all rooms."""

    id: int
    room: str
    person: str
    name: str
    text: str
    key: str
    created_at: str

    def as_event(self) -> dict[str, Any]:
        """Return what browsers get."""
        return {
            "type": "message",
            "id": self.id,
            "person": self.person,
            "name": self.name,
            "text": self.text,
            "key": self.key,
            "at": self.created_at,
        }


@contextmanager
def connect() -> Iterator[sqlite3.Connection]:
    """Open the database for a block, and commit at its end.

    A connection belongs to the thread that opened it, and a coroutine's calls go to whichever
    thread is free. So none is kept: opening one takes a tenth of a millisecond.
    """
    connection = sqlite3.connect(current_app.config["DATABASE"])
    try:
        with connection:
            yield connection
    finally:
        connection.close()


def add(room: str, person: Person, text: str, key: str) -> tuple[Message, bool]:
    """Keep a message.

    Returns:
        The message, and whether it is new: somebody whose connection broke sends again what may
        have arrived, under the same key.
    """
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    with connect() as connection:
        cursor = connection.execute(
            "INSERT INTO message (room, person, name, text, key, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (person, key) DO NOTHING",
            (room, person.id, person.name, text, key, now),
        )
        query = f"{_SELECT} WHERE person = ? AND key = ?"
        row = connection.execute(query, (person.id, key)).fetchone()
    return Message(*row), cursor.rowcount == 1


def read_latest(room: str, count: int, before: int | None = None) -> tuple[list[Message], bool]:
    """Return the latest messages, oldest first, and whether there are older ones.

    Args:
        room: Where they were said.
        count: How many at most.
        before: Only those with smaller numbers.
    """
    query = f"{_SELECT} WHERE room = ? AND id < ? ORDER BY id DESC LIMIT ?"
    most = LARGEST if before is None else bounded(before)
    with connect() as connection:
        rows = connection.execute(query, (room, most, count + 1)).fetchall()
    return [Message(*row) for row in reversed(rows[:count])], len(rows) > count


def read_since(room: str, after: int, count: int) -> list[Message]:
    """Return the first messages with greater numbers, oldest first."""
    query = f"{_SELECT} WHERE room = ? AND id > ? ORDER BY id LIMIT ?"
    with connect() as connection:
        return [Message(*row) for row in connection.execute(query, (room, bounded(after), count))]


def bounded(number: int) -> int:
    """Return the nearest number that SQLite can hold; clients may send any."""
    return max(-LARGEST, min(number, LARGEST))


def create_tables() -> None:
    """Create the table that is not there yet."""
    with current_app.open_resource("schema.sql", "r", encoding="utf-8") as schema:
        statements = schema.read()
    with connect() as connection:
        connection.execute("PRAGMA journal_mode = WAL")  # readers do not wait for the writer
        connection.executescript(statements)


def init_app(app: Flask) -> None:
    """Prepare the database now."""
    with app.app_context():
        create_tables()
