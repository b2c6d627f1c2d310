"""The reference's part on useful functions: sending files."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from flask import (
    Flask,
    Response,
    send_file,
    send_from_directory,
)
from flask.testing import FlaskClient


@pytest.fixture
def app(app: Flask) -> Flask:
    app.testing = True
    return app


def answer(app: Flask, view: Any, **sent: Any) -> TestResponse:
    """Return what a client gets from this view."""
    app.add_url_rule("/answer", "answer", view)
    return app.test_client().get("/answer", **sent)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder of the application, its text changed at a known time, and a secret beside it."""
    inside = tmp_path / "files"
    inside.mkdir()
    note = inside / "note.txt"
    note.write_text("0123456789")
    os.utime(note, (CHANGED.timestamp(), CHANGED.timestamp()))
    (tmp_path / "secret.txt").write_text("secret")
    return inside


CHANGED = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)


@contextmanager
def file_sent(app: Flask, *args: Any, sent: Any = None, **options: Any) -> Iterator[TestResponse]:
    """Answer a request by ``send_file``, and close the file afterwards."""
    with answer(app, lambda: send_file(*args, **options), **(sent or {})) as response:
        yield response


def test_send_file(app: Flask, files: Path) -> None:
    """A file is sent with its type, length and time, to be asked for again."""
    with file_sent(app, files / "note.txt") as got:
        assert got.data == b"0123456789"
        assert got.mimetype == "text/plain"
        assert got.content_length == 10
        assert got.last_modified == CHANGED
        assert got.headers["Cache-Control"] == "no-cache"
        assert got.headers["ETag"]


@pytest.mark.parametrize("kind", ["relative", "absolute", "file"])
def test_send_file_path_or_file(app: Flask, files: Path, kind: str) -> None:
    """The file is a path, relative to the application's root, or a file open for bytes."""
    given: Any = {
        "relative": "files/note.txt",
        "absolute": str(files / "note.txt"),
        "file": io.BytesIO(b"0123456789"),
    }[kind]

    with file_sent(app, path_or_file=given, mimetype="text/plain") as got:
        assert got.data == b"0123456789"


def test_send_file_path_or_file_text(app: Flask, files: Path) -> None:
    """A file open for text is refused."""
    with app.test_request_context(), pytest.raises(ValueError, match="binary"):
        send_file(path_or_file=io.StringIO("text"), mimetype="text/plain")  # type: ignore[arg-type]


def test_send_file_mimetype(app: Flask, files: Path) -> None:
    """The type can be given; a nameless file has no other way to get one."""
    with file_sent(app, "files/note.txt", mimetype="text/csv") as got:
        assert got.mimetype == "text/csv"
    with app.test_request_context(), pytest.raises(TypeError, match="MIME"):
        send_file(io.BytesIO(b"bytes"))


@pytest.mark.parametrize(("attachment", "word"), [(True, "attachment"), (False, "inline")])
def test_send_file_as_attachment(app: Flask, files: Path, attachment: bool, word: str) -> None:
    """An attachment is offered to be saved under the file's name."""
    with file_sent(app, "files/note.txt", as_attachment=attachment) as got:
        assert got.headers["Content-Disposition"] == f"{word}; filename=note.txt"


def test_send_file_download_name(app: Flask, files: Path) -> None:
    """The name to save under can be another one, and then gives the type, too."""
    with file_sent(app, io.BytesIO(b"a,b"), download_name="list.csv") as got:
        assert got.headers["Content-Disposition"] == "inline; filename=list.csv"
        assert got.mimetype == "text/csv"


RANGE = {"headers": {"Range": "bytes=2-4"}}


@pytest.mark.parametrize(
    ("conditional", "status", "data"), [(True, 206, b"234"), (False, 200, b"0123456789")]
)
def test_send_file_conditional(
    app: Flask, files: Path, conditional: bool, status: int, data: bytes
) -> None:
    """Ranges are answered unless that is turned off."""
    with file_sent(app, "files/note.txt", conditional=conditional, sent=RANGE) as got:
        assert (got.status_code, got.data) == (status, data)


@pytest.mark.parametrize(("etag", "sent"), [("v1", ("v1", False)), (False, (None, None))])
def test_send_file_etag(app: Flask, files: Path, etag: bool | str, sent: tuple[Any, Any]) -> None:
    """The ETag can be given or left out."""
    with file_sent(app, "files/note.txt", etag=etag) as got:
        assert got.get_etag() == sent


@pytest.mark.parametrize("given", [CHANGED.replace(year=2020), 1577966400])
def test_send_file_last_modified(app: Flask, files: Path, given: datetime | int) -> None:
    """The time of the last change can be given as a datetime or in seconds."""
    with file_sent(app, "files/note.txt", last_modified=given) as got:
        assert got.last_modified == CHANGED.replace(year=2020)


@pytest.mark.parametrize("max_age", [60, lambda name: 60 if name.endswith("note.txt") else 0])
def test_send_file_max_age(app: Flask, files: Path, max_age: Any) -> None:
    """The time to cache is a number of seconds, or a function of the path."""
    with file_sent(app, "files/note.txt", max_age=max_age) as got:
        assert (got.cache_control.public, got.cache_control.max_age) == (True, 60)


def from_directory(client: FlaskClient, name: str) -> int:
    with client.get(f"/files/{name}") as got:
        return got.status_code


def test_send_from_directory(app: Flask, files: Path) -> None:
    """A client may name a file inside the folder, and nothing else."""

    @app.route("/files/<path:name>")
    def serve(name: str) -> Response:
        return send_from_directory(files, name)

    client = app.test_client()

    assert from_directory(client, "note.txt") == 200
    for outside in ("../secret.txt", "%2e%2e/secret.txt", "missing.txt", "..%5csecret.txt"):
        assert from_directory(client, outside) == 404


@pytest.mark.parametrize("relative", [True, False])
def test_send_from_directory_directory(app: Flask, files: Path, relative: bool) -> None:
    """A relative folder is one under the application's root."""
    directory = "files" if relative else files

    view = lambda: send_from_directory(directory=directory, path="note.txt")  # noqa: E731
    with answer(app, view) as got:
        assert got.data == b"0123456789"


def test_send_from_directory_path(app: Flask, files: Path) -> None:
    """The path may lead into folders below, as text or as a path."""
    (files / "deep").mkdir()
    (files / "deep" / "er.txt").write_text("deeper")

    view = lambda: send_from_directory("files", path=Path("deep/er.txt"))  # noqa: E731
    with answer(app, view) as got:
        assert got.data == b"deeper"


def test_send_from_directory_kwargs(app: Flask, files: Path) -> None:
    """Keywords are those of ``send_file``."""
    view = lambda: send_from_directory(  # noqa: E731
        "files", "note.txt", as_attachment=True, download_name="other.txt"
    )
    with answer(app, view) as got:
        assert got.headers["Content-Disposition"] == "attachment; filename=other.txt"
