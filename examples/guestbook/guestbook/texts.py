"""Words people typed: made safe to store, checked, and shown with their line breaks."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from flask import Flask


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


def paragraphs(text: str) -> Markup:
    """Show text as HTML: an empty line parts paragraphs, a single break stays a break."""
    blocks = re.split(r"\n\s*\n", text)
    lines = (Markup("<br>\n").join(map(escape, block.splitlines())) for block in blocks)
    return Markup("\n").join(Markup("<p>{}</p>").format(block) for block in lines)


def init_app(app: Flask) -> None:
    """Let templates write ``{{ entry.text | paragraphs }}``."""
    app.add_template_filter(paragraphs)
