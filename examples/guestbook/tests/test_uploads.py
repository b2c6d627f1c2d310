from __future__ import annotations

import io
import re
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from werkzeug.datastructures import FileStorage

from guestbook import uploads
from visitor import PNG, Visitor

if TYPE_CHECKING:
    from flask import Flask

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(9)
GIF = b"GIF89a" + bytes(13)
WEBP = b"RIFF\x1a\x00\x00\x00WEBPVP8L" + bytes(14)


def stored(app: Flask) -> list[str]:
    """Return the names in the uploads folder."""
    return [path.name for path in Path(app.config["UPLOADS"]).iterdir()]


@pytest.mark.parametrize(
    ("content", "ending", "media_type"),
    [
        (PNG, "png", "image/png"),
        (JPEG, "jpg", "image/jpeg"),
        (GIF, "gif", "image/gif"),
        (GIF.replace(b"9a", b"7a"), "gif", "image/gif"),
        (WEBP, "webp", "image/webp"),
    ],
)
def test_picture_is_shown_back_as_what_it_is(
    app: Flask, ada: Visitor, content: bytes, ending: str, media_type: str
) -> None:
    """Name and type come from the content, whatever the client said they were."""
    assert ada.write("Look", image=content, image_alt='A "fine" view').status_code == 302

    path = ada.entries()[0]["image"]
    assert re.fullmatch(rf"/pictures/[0-9a-f]{{32}}\.{ending}", path)
    assert stored(app) == [path.rpartition("/")[2]]
    answer = ada.fetch(path)
    assert answer.data == content
    assert answer.content_type == media_type
    assert f'src="{path}" alt="A &#34;fine&#34; view"' in ada.look()


def test_picture_is_sent_as_a_picture_only(ada: Visitor) -> None:
    """No browser is left to guess, and nothing in a file could run if it did."""
    ada.write("Look", image=PNG + b"<script>alert(1)</script>")
    path = ada.entries()[0]["image"]

    headers = ada.fetch(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Disposition"] == f'inline; filename="{path.rpartition("/")[2]}"'
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "public, max-age=3600"
    assert "Vary" not in headers
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<!doctype html><script>alert(1)</script>",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b"\x89PNG\r\n\x1a\nbut then something else",
        b"RIFF\x00\x00\x00\x00WAVEfmt ",
        b" GIF89a",
    ],
)
def test_what_is_no_picture_is_refused(app: Flask, ada: Visitor, content: bytes) -> None:
    """A file is a picture by its first bytes; its name and type do not count."""
    answer = ada.send(
        "/entries/new",
        text="Look",
        image=(io.BytesIO(content), "owl.png", "image/png"),
    )

    assert answer.status_code == 422
    assert "This is not a PNG, JPEG, GIF or WebP picture." in answer.text
    assert ">\nLook</textarea>" in answer.text
    assert stored(app) == []
    assert ada.entries() == []


def test_refused_text_stores_no_picture(app: Flask, ada: Visitor) -> None:
    """A picture is stored only together with its entry."""
    ada.write("", image=PNG)

    assert stored(app) == []


def test_failing_database_leaves_no_picture_behind(
    app: Flask, ada: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the entry cannot be written, its picture goes too."""

    def fail(*args: object, **kwargs: object) -> None:
        raise sqlite3.OperationalError("disk is full")

    monkeypatch.setattr("guestbook.views.book.add_entry", fail)

    with pytest.raises(sqlite3.OperationalError):
        ada.write("Look", image=PNG)
    assert stored(app) == []


class FailingStream(io.BytesIO):
    """A file that cannot be read to its end."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise OSError("no more")
        return super().read(size)


def test_half_a_picture_is_not_kept(app: Flask) -> None:
    """When a picture cannot be stored in full, nothing of it stays."""
    with app.app_context(), pytest.raises(OSError, match="no more"):
        uploads.save(FileStorage(FailingStream(PNG)))

    assert stored(app) == []


def test_too_large_a_request_gets_a_page_that_helps(app: Flask, ada: Visitor) -> None:
    """Beyond the limit the answer is a 413 page naming it, and nothing is stored."""
    answer = ada.client.post(
        "/entries/new",
        data=bytes(4 * 1024 * 1024 + 1),
        content_type="multipart/form-data; boundary=frontier",
    )

    assert answer.status_code == 413
    assert "A picture can have up to 4 MB." in answer.text
    assert stored(app) == []


@pytest.mark.parametrize(
    "name",
    ["../secret_key", "..%2fsecret_key", "x.png", "0" * 32 + ".svg", "0" * 32 + ".png%00", ""],
)
def test_only_our_own_names_are_served(visitor: Visitor, name: str) -> None:
    """An address that is not the name of a stored picture leads nowhere."""
    assert visitor.client.get(f"/pictures/{name}").status_code == 404


def test_removing_a_picture_twice_is_no_error(app: Flask) -> None:
    """Cleaning up never fails because somebody was quicker."""
    with app.app_context():
        uploads.remove("0" * 32 + ".png")
