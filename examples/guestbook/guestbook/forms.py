"""What the forms of the pages carry, read from the request and checked.

Each form is built by `read` and says by `errors`, field name → message, what is
wrong with it; a template shows the message beside its field.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flask import request

from . import uploads
from .languages import gettext as _
from .texts import clean

if TYPE_CHECKING:
    from werkzeug.datastructures import FileStorage

LONGEST_TEXT = 2000  # characters of an entry
LONGEST_ALT = 200  # characters of an image description
SHORTEST_PASSWORD = 8
# Letters and digits of any script, but not the two Korean letters that nobody can see:
# with them a name would look like none, or like somebody else's.
NAME = re.compile(r"(?!.*[\u115f\u1160])\w[\w.-]{1,29}")


@dataclass
class SignUpForm:
    """A wish for a new account."""

    name: str
    password: str
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls) -> SignUpForm:
        """Read and check the form."""
        form = cls(read_name(), request.form.get("password", ""))
        if not NAME.fullmatch(form.name):
            form.errors["name"] = _(
                "Use 2 to 30 letters or digits; dots, hyphens and underscores may follow the first."
            )
        if len(form.password) < SHORTEST_PASSWORD:
            form.errors["password"] = _(
                "Use at least %(count)d characters.", count=SHORTEST_PASSWORD
            )
        elif form.password != request.form.get("repeat"):
            form.errors["repeat"] = _("The two passwords are not the same.")
        return form


@dataclass
class EntryForm:
    """An entry about to be written."""

    text: str
    image: FileStorage | None = None
    image_alt: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls) -> EntryForm:
        """Read and check the form; `store_image` checks the picture."""
        image = request.files.get("image")
        form = cls(
            clean(request.form.get("text", "")),
            image if image and image.filename else None,  # an empty file field has no name
            clean(request.form.get("image_alt", ""))[:LONGEST_ALT],
        )
        if problem := find_text_problem(form.text):
            form.errors["text"] = problem
        return form

    def store_image(self) -> str | None:
        """Store the picture, if there is one, and return its new name."""
        if self.image is None:
            return None
        try:
            return uploads.save(self.image)
        except uploads.NotAnImageError:
            self.errors["image"] = _("This is not a PNG, JPEG, GIF or WebP picture.")
            return None


def read_name() -> str:
    """Return the account name typed into a form, compatibility letters made plain (NFKC)."""
    return unicodedata.normalize("NFKC", clean(request.form.get("name", "")))


def find_text_problem(text: str) -> str | None:
    """Return what is wrong with an entry's text, if anything."""
    if not text:
        return _("Write something first.")
    if len(text) > LONGEST_TEXT:
        return _("Shorten the text to %(count)d characters.", count=LONGEST_TEXT)
    return None
