"""The floor of large bodies under ASGI: bytes are counted, copied and sent as they come."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from benchmarks.asgi import ASGIApp, Receive, Scope, Send
from benchmarks.bodies import HEAD, TAIL, Count, make_blocks

BLOCK = 64 * 1024


async def _receive_chunks(receive: Receive) -> AsyncIterator[bytes]:
    is_complete = False
    while not is_complete:
        event = await receive()
        is_complete = not event.get("more_body", False)
        yield event["body"]


async def _take(receive: Receive, with_digest: bool) -> str:
    count = Count(with_digest)
    async for chunk in _receive_chunks(receive):
        count.add(chunk)
    return str(count)


async def _save(receive: Receive, with_digest: bool) -> str:
    """Write the whole body, and skip its heads of known length when it is read again."""
    with tempfile.TemporaryFile() as file:
        async for chunk in _receive_chunks(receive):
            file.write(chunk)
        size = file.tell() - len(HEAD) - len(TAIL)
        if not with_digest:
            return f"Holiday a.bin {size} -"
        count = Count(with_digest)
        file.seek(len(HEAD))
        count.add(file.read(size))
        return f"Holiday a.bin {count}"


def _read_file(file: Any) -> Iterator[bytes]:
    with file:
        while block := file.read(BLOCK):
            yield block


def make_app(folder: str) -> ASGIApp:
    """Create an application that takes uploads, makes bodies, and sends the files of ``folder``."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError("only requests are served")
        _, what, *size = scope["path"].split("/")
        pieces: Iterator[bytes]
        if what.startswith("upload"):
            take = _save if what == "upload-disk" else _take
            body = (await take(receive, b"digest" in scope["query_string"])).encode()
            length, pieces = len(body), iter([body])
        else:
            length = int(size[0]) << 20
            is_file = what == "download-file"
            file = Path(folder) / f"{size[0]}.bin"
            pieces = _read_file(file.open("rb")) if is_file else make_blocks(int(size[0]))
        headers = [(b"content-length", b"%d" % length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    return application
