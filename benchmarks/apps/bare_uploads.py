"""The floor of large bodies: the file's bytes are copied, between heads of known length."""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks.bodies import HEAD, TAIL
from benchmarks.wsgi import Environ, WSGIApp

BLOCK = 64 * 1024


def make_app(folder: Path) -> WSGIApp:
    """Create a callable that takes uploads and sends the files of ``folder``."""

    def application(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "POST":
            return [_receive(environ, start_response)]
        file = (folder / environ["PATH_INFO"].rpartition("/")[2]).open("rb")
        length = os.fstat(file.fileno()).st_size
        start_response("200 OK", [("Content-Length", str(length))])
        wrapper = environ.get("wsgi.file_wrapper")
        return wrapper(file) if wrapper else _read(file)

    return application


def _read(file: Any) -> Iterable[bytes]:
    with file:
        while block := file.read(BLOCK):
            yield block


def _receive(environ: Environ, start_response: Callable[..., Any]) -> bytes:
    stream = environ["wsgi.input"]
    stream.read(len(HEAD))
    left = int(environ["CONTENT_LENGTH"]) - len(HEAD) - len(TAIL)
    with tempfile.TemporaryFile() as file:
        while left:
            block = stream.read(min(BLOCK, left))
            left -= len(block)
            file.write(block)
        size, digest = file.tell(), ""
        if environ["QUERY_STRING"]:
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    stream.read(len(TAIL))
    body = f"Holiday a.bin {size} {digest}".encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return body
