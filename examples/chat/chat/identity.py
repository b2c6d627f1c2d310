"""Who somebody is: a name and a number, kept in the signed session cookie. There are no accounts."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask import abort, session

from .languages import gettext as _


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in one browser. The id is no secret: only the cookie's signature proves it."""

    id: str
    name: str


def remember(name: str) -> Person:
    """Give the visitor a name; who comes back under another keeps the id."""
    session.setdefault("person", secrets.token_hex(8))
    session["name"] = name
    session.permanent = True
    return Person(session["person"], name)


def current_person() -> Person | None:
    """Return who this is; ``None`` before a name was chosen."""
    if "person" not in session or "name" not in session:
        return None
    return Person(session["person"], session["name"])


def require_person() -> Person:
    """Return who this is, or answer 403."""
    person = current_person()
    if person is None:
        abort(403, _("Choose a name first."))
    return person
