"""How a message is said: checked, stored, and told to everybody in the room.

Plain code, as it waits for the disk. The POST view calls `say` as it is; the WebSocket's coroutine
calls it in a thread.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from flask import current_app

from . import history
from .languages import gettext as _
from .limits import RateLimit
from .rooms import current_rooms
from .texts import clean

if TYPE_CHECKING:
    from flask import Flask

    from .history import Message
    from .identity import Person

KEY = re.compile(r"[\w-]{1,64}", re.ASCII)


class RefusedError(Exception):
    """A message that is not accepted, and why, in the words of its author's language.

    Attributes:
        code: Why, for programs.
        message: Why, for people.
        wait: Seconds after which it would be accepted; 0 when it never will.
        key: What the sender calls the message; empty if it has no name.
    """

    def __init__(self, code: str, message: str, wait: int = 0) -> None:
        super().__init__(message)
        self.code, self.message, self.wait = code, message, wait
        self.key = ""

    def as_event(self) -> dict[str, Any]:
        """Return what browsers get."""
        return {
            "type": "refused",
            "code": self.code,
            "message": self.message,
            "wait": self.wait,
            "key": self.key,
        }


def say(room: str, person: Person, sent: Any) -> Message:
    """Store a message and tell everybody in the room.

    Args:
        room: Where.
        person: Who says it.
        sent: What came as JSON, ``{"text": "…", "key": "…"}``.

    Raises:
        RefusedError: It is not accepted.
    """
    fields = sent if isinstance(sent, dict) else {}
    text, key = fields.get("text"), fields.get("key")
    try:
        if not isinstance(text, str) or not isinstance(key, str) or not KEY.fullmatch(key):
            raise RefusedError("malformed", _("The message was not understood. Reload the page."))
        text = clean(text)
        check(text, person)
    except RefusedError as refused:
        refused.key = key if isinstance(key, str) else ""
        raise
    rooms = current_rooms()
    with rooms.posting:
        message, is_new = history.add(room, person, text, key)
        if is_new:
            rooms.publish(room, message.as_event())
    return message


def check(text: str, person: Person) -> None:
    """Refuse what is empty, too long or too much.

    Raises:
        RefusedError: It is one of these.
    """
    longest = current_app.config["LONGEST_TEXT"]
    if not text:
        raise RefusedError("empty", _("Write something first."))
    if len(text) > longest:
        raise RefusedError(
            "too-long", _("Shorten the message to %(count)d characters.", count=longest)
        )
    limit: RateLimit = current_app.extensions["chat.limit"]
    if seconds := math.ceil(limit.wait_for(person.id)):
        raise RefusedError(
            "too-fast",
            _("That was a lot at once. Wait %(seconds)d s, then send it again.", seconds=seconds),
            seconds,
        )


def init_app(app: Flask) -> None:
    """Give the application its rate limit."""
    app.extensions["chat.limit"] = RateLimit(*app.config["RATE_LIMIT"])
