"""Files that are gone when a server would open them are sent as they were opened."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

from flask import Flask, Response, after_this_request, send_file

from .driving import Client, ask, scope_of


def is_open(inode: int) -> bool:
    """Tell whether any descriptor of the process is that of a file."""
    for descriptor in range(1024):
        with contextlib.suppress(OSError):
            if os.fstat(descriptor).st_ino == inode:
                return True
    return False


REMOVALS = ["hook", "teardown", "close", "replacement", "rest"]


@pytest.mark.parametrize("removal", REMOVALS)
@pytest.mark.parametrize("is_async", [True, False])
def test_server_gets_no_path_of_a_file_that_is_gone(
    app: Flask, tmp_path: Path, removal: str, is_async: bool
) -> None:
    """A file that the application removed, or put another in the place of, is sent as opened."""
    page = tmp_path / "page.txt"
    page.write_bytes(b"what was opened")
    inodes = [page.stat().st_ino]

    def index() -> Response:
        if removal == "close":
            opened: Any = tempfile.NamedTemporaryFile(dir=tmp_path)  # noqa: SIM115 - sent
            opened.write(b"what was opened")
            opened.seek(0)
            inodes.append(os.stat(opened.name).st_ino)  # noqa: PTH116 - not of a Path
            response = send_file(opened, "text/plain")
            response.content_length = 15
            return response
        if removal == "hook":
            after_this_request(lambda response: page.unlink() or response)
        return send_file(page)

    @app.teardown_request
    def tear_down(error: BaseException | None) -> None:
        if removal == "teardown":
            page.unlink()
        elif removal == "replacement":
            (tmp_path / "new").write_bytes(b"15 other bytes!")
            (tmp_path / "new").replace(page)
        elif removal == "rest":
            page.write_bytes(b"cut")

    async def awaited() -> Response:
        return index()

    app.add_url_rule("/", "index", awaited if is_async else index)
    offered = {"http.response.pathsend": {}}

    answered = asyncio.run(ask(app, extensions=offered))
    assert answered.events[1]["type"] == "http.response.body"
    assert answered.body == (b"cut" if removal == "rest" else b"what was opened")
    assert not any(map(is_open, inodes))


@pytest.mark.parametrize("is_gone", [True, False])
def test_file_that_cannot_be_closed_leaves_nothing_open(
    app: Flask, tmp_path: Path, is_gone: bool
) -> None:
    """What is kept of a file for the server is closed with an error, and with a client's leaving."""

    class Unclosable(io.FileIO):
        def close(self) -> None:
            super().close()
            if not is_gone:
                raise OSError("The disk is full.")
            page.unlink(missing_ok=True)

    page = tmp_path / "page.txt"
    page.write_bytes(b"page" * 4000)

    @app.route("/")
    async def index() -> Response:
        response = send_file(Unclosable(page), "text/plain")
        response.content_length = page.stat().st_size
        return response

    async def main() -> None:
        client = Client()

        async def fail(event: Any) -> None:
            raise ConnectionResetError

        client.on_send = fail
        scope = scope_of(extensions={"http.response.pathsend": {}})
        expected = ConnectionResetError if is_gone else OSError
        with pytest.raises(expected):
            await app(scope, client.receive, client.send)

    inode = page.stat().st_ino
    asyncio.run(main())
    assert not is_open(inode)
