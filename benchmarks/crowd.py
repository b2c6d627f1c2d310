"""Who asks in the soak under ASGI? Many clients at once; some leave early, some break off.

Each is a coroutine over a plain stream, and knows what it must be answered.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from .processes import HOST
from .sockets import KEY, MASK
from .wsgi import WrongAnswerError

Kind = Callable[["Visitor", str], Coroutine[Any, Any, None]]
CHUNK = b"x" * 20_000
CHUNKS = 4


class Visitor:
    """One client: a connection that is used again until somebody ends it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: Any = None
        self._writer: Any = None

    async def connect(self) -> None:
        """Open a connection, unless one is open."""
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(HOST, self._port)

    def leave(self, *, abort: bool = False) -> None:
        """End the connection, by a reset if it is to be aborted."""
        if self._writer is not None:
            if abort:
                self._writer.transport.abort()
            else:
                self._writer.close()
            self._reader = self._writer = None

    async def say(self, data: bytes) -> None:
        """Send bytes, waiting while the server is slow."""
        await self.connect()
        self._writer.write(data)
        await self._writer.drain()

    async def begin(self, line: str, mark: str, more: str = "") -> None:
        """Send the head of a request."""
        await self.say(f"{line} HTTP/1.1\r\nHost: {HOST}\r\nX-Mark: {mark}\r\n{more}\r\n".encode())

    async def read_head(self) -> dict[str, str]:
        """Read a head; return the headers, and the status as ``""``."""
        text = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status, *lines = text.rstrip().split("\r\n")
        pairs = [line.partition(":") for line in lines]
        return {"": status.split()[1], **{name.lower(): value.strip() for name, _, value in pairs}}

    async def read_body(self, headers: dict[str, str]) -> str:
        """Read a body to its end."""
        if "content-length" in headers:
            return str(await self._reader.readexactly(int(headers["content-length"])), "utf-8")
        body = b""
        while chunk := await self.read_chunk():
            body += chunk
        return body.decode()

    async def read_chunk(self) -> bytes:
        """Read a chunk of a body that comes in chunks."""
        size = int(await self._reader.readuntil(b"\r\n"), 16)
        chunk: bytes = await self._reader.readexactly(size + 2)
        return chunk[:-2]

    async def read_answer(self) -> str:
        """Read an answer whole."""
        headers = await self.read_head()
        body = await self.read_body(headers)
        demand(headers[""], "200")
        return body

    async def shake_hands(self, path: str, mark: str) -> None:
        """Open a WebSocket on a connection of its own."""
        self.leave()
        keys = f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n"
        await self.begin(
            f"GET {path}", mark, f"Connection: Upgrade\r\nUpgrade: websocket\r\n{keys}"
        )
        demand((await self.read_head())[""], "101")

    async def send_frame(self, opcode: int, payload: bytes) -> None:
        """Send a short frame."""
        masked = bytes(byte ^ MASK[index % 4] for index, byte in enumerate(payload))
        await self.say(bytes([0x80 | opcode, 0x80 | len(payload)]) + MASK + masked)

    async def read_frame(self) -> bytes:
        """Return the payload of a short frame."""
        _, length = await self._reader.readexactly(2)
        payload: bytes = await self._reader.readexactly(length)
        return payload


def demand(got: object, wanted: object) -> None:
    """Refuse a wrong answer."""
    if got != wanted:
        raise WrongAnswerError(f"{got!r:.200}, not {wanted!r:.200}")


def viewing(path: str) -> Kind:
    """Ask for a page."""

    async def visit(visitor: Visitor, mark: str) -> None:
        await visitor.begin(f"GET {path}", mark)
        demand(await visitor.read_answer(), mark)

    return visit


def streaming(path: str) -> Kind:
    """Read a stream whole."""

    async def visit(visitor: Visitor, mark: str) -> None:
        await visitor.begin(f"GET {path}", mark)
        demand(set((await visitor.read_answer()).split(";")), {mark, ""})

    return visit


def reading_some(path: str, *, abort: bool) -> Kind:
    """Read the beginning of a stream, and leave."""

    async def visit(visitor: Visitor, mark: str) -> None:
        await visitor.begin(f"GET {path}", mark)
        await visitor.read_head()
        demand(mark.encode() in await visitor.read_chunk(), True)
        visitor.leave(abort=abort)

    return visit


def uploading(path: str) -> Kind:
    """Send a body in several pieces."""

    async def visit(visitor: Visitor, mark: str) -> None:
        await visitor.begin(f"POST {path}", mark, f"Content-Length: {CHUNKS * len(CHUNK)}\r\n")
        for _ in range(CHUNKS):
            await visitor.say(CHUNK)
        demand(await visitor.read_answer(), f"{mark} {CHUNKS * len(CHUNK)}")

    return visit


def uploading_some(path: str) -> Kind:
    """Break off in the middle of a body."""

    async def visit(visitor: Visitor, mark: str) -> None:
        await visitor.begin(f"POST {path}", mark, f"Content-Length: {CHUNKS * len(CHUNK)}\r\n")
        await visitor.say(CHUNK)
        visitor.leave(abort=True)

    return visit


def leaving(path: str) -> Kind:
    """Leave while the view works."""

    async def visit(visitor: Visitor, mark: str) -> None:
        await visitor.begin(f"GET {path}", mark)
        await asyncio.sleep(0.002)
        visitor.leave()

    return visit


def talking(path: str, *, abort: bool) -> Kind:
    """Talk over a WebSocket, then close it as one should, or break off."""

    async def visit(visitor: Visitor, mark: str) -> None:
        await visitor.shake_hands(path, mark)
        for number in range(3):
            await visitor.send_frame(0x1, str(number).encode())
            demand(await visitor.read_frame(), f"{mark} {number}".encode())
        if not abort:
            await visitor.send_frame(0x8, b"\x03\xe8")
            demand((await visitor.read_frame())[:2], b"\x03\xe8")
        visitor.leave(abort=abort)

    return visit


KINDS: dict[str, tuple[int, Kind]] = {  # how often of 100, and what
    "sync view": (20, viewing("/plain/view")),
    "sync view that takes time": (4, viewing("/plain/slow")),
    "async view": (24, viewing("/async/view")),
    "sync stream": (6, streaming("/plain/stream")),
    "async stream": (6, streaming("/async/stream")),
    "sync upload": (4, uploading("/plain/upload")),
    "async upload": (4, uploading("/async/upload")),
    "sync stream left": (3, reading_some("/plain/stream", abort=True)),
    "async stream left": (3, reading_some("/async/stream", abort=True)),
    "events left": (4, reading_some("/async/events", abort=False)),
    "sync upload cut": (2, uploading_some("/plain/upload")),
    "async upload cut": (2, uploading_some("/async/upload")),
    "async view cancelled": (4, leaving("/async/slow")),
    "sync view left": (2, leaving("/plain/slow")),
    "sync WebSocket": (3, talking("/plain/ws", abort=False)),
    "async WebSocket": (3, talking("/async/ws", abort=False)),
    "sync WebSocket cut": (3, talking("/plain/ws", abort=True)),
    "async WebSocket cut": (3, talking("/async/ws", abort=True)),
}


class Crowd:
    """Clients that make requests until enough were made.

    Args:
        port: The server's.
        size: How many visit at once.
    """

    def __init__(self, port: int, size: int) -> None:
        self.made: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._visitors = [Visitor(port) for _ in range(size)]
        self._random = random.Random(5)  # the same each time
        self._names = list(KINDS)
        self._weights = [weight for weight, _ in KINDS.values()]
        self._number = 0

    async def make(self, requests: int) -> None:
        """Make so many requests, and leave."""
        last = self._number + requests
        await asyncio.gather(*(self._visit(visitor, last) for visitor in self._visitors))
        for visitor in self._visitors:
            visitor.leave()

    async def _visit(self, visitor: Visitor, last: int) -> None:
        while self._number < last:
            self._number += 1
            (name,) = self._random.choices(self._names, self._weights)
            await self._try(name, KINDS[name][1](visitor, f"mark-{self._number}"))
            if self.wrong[20:]:
                return

    async def _try(self, name: str, visit: Awaitable[None]) -> None:
        self.made[name] += 1
        try:
            async with asyncio.timeout(60):
                await visit
        except (OSError, EOFError, TimeoutError, ValueError, WrongAnswerError) as error:
            self.wrong.append(f"{name}: {error!r}")
