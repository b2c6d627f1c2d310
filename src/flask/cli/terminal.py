"""How does a text that others wrote look on one line of a terminal? Its width, and no controls.

For tables and messages that show names, rules and command lines.
"""

from __future__ import annotations

import unicodedata

_JAMO_WITHOUT_WIDTH = range(0x1160, 0x1200)  # vowels and finals, drawn into the syllable


def escape_controls(text: str) -> str:
    """Write characters that a terminal would obey, or not show, as Python escapes them."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def pad(text: str, width: int) -> str:
    """Fill a text up with spaces to a number of columns."""
    return text + " " * (width - count_columns(text))


def count_columns(text: str) -> int:
    """Return how many columns a printable text takes; Hangul and its like take two each."""
    return len(text) if text.isascii() else sum(map(_columns_of, text))


def _columns_of(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me"} or ord(char) in _JAMO_WITHOUT_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1
