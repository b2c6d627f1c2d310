"""Pictures from strangers: what is one, where it goes and under which name.

Nothing the client says about a file is believed: not its name, not its type. A
picture is what begins like one; we choose its name, and `views.pictures` sends it
with a type of our choice that browsers are told not to second-guess.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from flask import current_app

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.datastructures import FileStorage

MEDIA_TYPES = {
    "gif": "image/gif",
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
}


class NotAnImageError(Exception):
    """The file does not begin like a PNG, JPEG, GIF or WebP picture."""


def recognise(head: bytes) -> str | None:
    """Return the kind of picture, a key of `MEDIA_TYPES`, by its first 16 bytes.

    SVG is left out on purpose: it is a document that can carry scripts.

    Source: PNG (ISO/IEC 15948) §5.2; JFIF 1.02; GIF89a §17; RFC 9649 §2.4 (WebP).
    """
    if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR":
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    return None


def save(upload: FileStorage) -> str:
    """Store an uploaded picture.

    Returns:
        The name it got: 32 random hex digits and the ending that its content asks for.

    Raises:
        NotAnImageError: The content is something else.
    """
    kind = recognise(upload.stream.read(16))
    if kind is None:
        raise NotAnImageError(upload.filename)
    upload.stream.seek(0)
    name = f"{secrets.token_hex(16)}.{kind}"
    try:
        with (uploads_folder() / name).open("xb") as target:
            upload.save(target)
    except BaseException:
        remove(name)  # half a picture, when the disk is full
        raise
    return name


def remove(name: str) -> None:
    """Delete a stored picture; one that is gone already is no error."""
    (uploads_folder() / name).unlink(missing_ok=True)


def remove_all() -> None:
    """Delete all stored pictures, and nothing else that somebody keeps in the folder."""
    for kind in MEDIA_TYPES:
        for path in uploads_folder().glob(f"{'[0-9a-f]' * 32}.{kind}"):
            path.unlink(missing_ok=True)


def uploads_folder() -> Path:
    """Return the folder that holds the pictures."""
    return Path(current_app.config["UPLOADS"])


def init_app(app: Flask) -> None:
    """Create the folder for pictures."""
    Path(app.config["UPLOADS"]).mkdir(parents=True, exist_ok=True)
