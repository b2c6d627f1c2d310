"""Words people typed: made safe to store, and checked."""

from __future__ import annotations

import re
import unicodedata

# Letters and digits of any script; dots, hyphens and blanks inside. Not the Korean letter that
# nobody can see: with it a name would look like none, or like somebody else's.
NAME = re.compile(r"(?!.*[\u115f\u1160])\w(?:[\w .-]{0,22}[\w.])?")
ROOM = re.compile(r"(?!.*[\u115f\u1160])[\w-]{1,30}")


def clean(text: str) -> str:
    r"""Bring text into the one form we store.

    Composed letters (NFC), ``\n`` as the only line ending, no blanks around it, and
    no control characters or lone surrogates: a NUL shortens strings in some programs,
    and a surrogate, which JSON can carry, cannot be written as UTF-8 at all.
    """
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    kept = (c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
    return "".join(kept).strip()


def fold(text: str) -> str:
    """Return text as it is compared: without regard to letter case, in any script."""
    return unicodedata.normalize("NFC", text.casefold())  # casefold can take letters apart


def read_name(text: str) -> str | None:
    """Return a person's name as it is shown; ``None`` if it is none."""
    name = " ".join(unicodedata.normalize("NFKC", clean(text)).split())
    return name if NAME.fullmatch(name) else None


def read_room(text: str) -> str | None:
    """Return a room's name as addresses have it; ``None`` if it is none."""
    room = "-".join(fold(unicodedata.normalize("NFKC", clean(text))).split())
    return room if ROOM.fullmatch(room) else None
