"""How does WSGI code read a body that comes in events? As ``wsgi.input``, waiting when it must."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextvars import copy_context
from typing import Any

from flask.lifecycle.bridge import active_worker, wait
from flask.lifecycle.loops import Loop, loop_of, new_event, runs_in_loop

Receive = Callable[[], Awaitable[dict[str, Any]]]


class BodyStream:
    """The body of one request, as a file that is read once.

    Raises:
        ConnectionError: Reading it, when the client left before the end.
    """

    # PERF: defaults on the class, because most requests have no body.
    _rest = b""  # of the reader, which may be in another thread than the loop
    _ahead = b""  # of the loop
    _is_complete = _is_cut = _is_receiving = False
    _arrived: Any = None  # events, while somebody watches, who alone receives then
    _received: Any = None
    _taken: Any = None
    is_disconnected = False
    _loop: Any = None  # that of the request, for loop_of(), until it ends
    _readers: set[_Reader] | None = None  # threads that wait
    _receive: Receive  # the server's function; each call returns the next event

    async def fill(self) -> int:
        """Receive some bytes if none are there; return how many are, 0 at the end."""
        if not self._rest:
            self._rest = await self._take()
        return len(self._rest)

    async def fetch(self, most: int) -> None:
        """Receive the body before anybody reads it, to its end or beyond so many bytes."""
        chunks, length = [], 0
        while length <= most and (chunk := await self._take()):
            chunks.append(chunk)
            length += len(chunk)
        self._rest = b"".join(chunks)

    async def _take(self) -> bytes:
        while not self._ahead and not self._is_complete:
            if self._arrived is not None:
                await self._arrived.wait()
                continue
            self._is_receiving = True
            try:
                self._accept(await self._receive())
            finally:
                self._is_receiving = False
                if self._received is not None:
                    self._received.set()
        chunk, self._ahead = self._ahead, b""
        if self._taken is not None:
            self._taken.set()
        return chunk

    async def wait_for_disconnect(self) -> None:
        """Return when the client has left; the body is received a chunk ahead meanwhile."""
        self._arrived = new_event()
        try:
            if self._is_receiving:  # never twice at the same time
                self._received = new_event()
                await self._received.wait()
            while not self.is_disconnected:
                if self._ahead and not self._is_complete:
                    self._taken = new_event()
                    await self._taken.wait()
                    continue
                self._accept(await self._receive())
                arrived, self._arrived = self._arrived, new_event()
                arrived.set()
        finally:
            arrived, self._arrived, self._taken = self._arrived, None, None
            arrived.set()  # who waits receives again

    def _accept(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.disconnect":
            self._is_cut = not self._is_complete
            self.is_disconnected = self._is_complete = True
        else:
            self._ahead = message.get("body", b"")
            self._is_complete = not message.get("more_body", False)

    def read(self, size: int | None = -1) -> bytes:
        """Return so many bytes, fewer at the end; all that is left for -1."""
        if size is None or size < 0:
            return b"".join(iter(self._chunk, b""))
        data = self._chunk() if size else b""
        if len(data) < size:
            parts, length = [data], len(data)
            while length < size and (more := self._chunk()):
                parts.append(more)
                length += len(more)
            data = b"".join(parts)
        if len(data) > size:
            data, self._rest = data[:size], data[size:]
        return data

    def readline(self, size: int | None = -1) -> bytes:
        """Return a line with its end, or so many bytes of it."""
        most = -1 if size is None else size
        line = b""
        while (most < 0 or len(line) < most) and (chunk := self._chunk()):
            end = chunk.find(b"\n") + 1 or len(chunk)
            if most >= 0:
                end = min(end, most - len(line))
            line += chunk[:end]
            self._rest = chunk[end:]
            if line.endswith(b"\n"):
                break
        return line

    def readlines(self, hint: int | None = -1) -> list[bytes]:
        """Return the lines that are left; with a hint, no more when so many bytes were read."""
        lines: list[bytes] = []
        length = 0
        for line in self:
            lines.append(line)
            length += len(line)
            if hint is not None and 0 < hint <= length:
                break
        return lines

    def __iter__(self) -> Iterator[bytes]:
        """Return what gives line after line."""
        return iter(self.readline, b"")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the chunks as they come."""
        while await self.fill() or self._is_cut:
            yield self._chunk()

    def _chunk(self) -> bytes:
        if not self._rest and (self._ahead or not self._is_complete):
            if self._loop is None or active_worker() is not None or runs_in_loop():
                wait(self.fill(), is_watched=False)
            elif chunk := _Reader(self, loop_of(self._loop)).wait():
                return chunk
        if not self._rest and self._is_cut:
            raise ConnectionError("The client left before the end of the body.")
        chunk, self._rest = self._rest, b""
        return chunk

    def end_reading(self) -> None:
        """Say that the request has ended to the threads that still read."""
        readers, self._readers = self._readers, None
        for reader in readers or ():
            reader.cancel()


class _Reader:
    """What a thread that a view started waits for: the loop receives some bytes."""

    cancel: Callable[[], object]

    def __init__(self, body: BodyStream, loop: Loop) -> None:
        self._body, self._loop = body, loop
        self._began, self._ended = threading.Event(), threading.Event()
        self._chunk: bytes | None = None  # not received
        self._error: Exception | None = None
        self._context = copy_context()

    def wait(self) -> bytes:
        """Block this thread, which is not the loop's, until bytes are there; return them."""
        is_running = self._loop.call(self._begin)
        if is_running and not self._began.wait(LONGEST_BLOCK):
            self._ended.set()  # so that it does not begin any more
            raise RuntimeError(
                "The body cannot be read in this thread, because something blocks the event loop:"
                " an async view has to await the thread, as asyncio.to_thread() does."
            )
        while is_running and not self._ended.wait(LOOK_AGAIN):
            is_running = self._loop.call(_do_nothing)
        if self._error is not None:
            raise self._error
        if self._chunk is None:
            raise ConnectionError("The request has ended before its body was read.")
        return self._chunk

    def _begin(self) -> None:
        self._began.set()
        body = self._body
        if body._loop is None or self._ended.is_set():
            self._ended.set()
            return
        if body._readers is None:
            body._readers = set()
        body._readers.add(self)
        self.cancel = self._loop.spawn(self._fill, self._context, self._end)

    async def _fill(self) -> None:
        try:
            self._chunk = await self._body._take()
        except Exception as error:  # noqa: BLE001 - raised in the thread that reads
            self._error = error

    def _end(self) -> None:
        if self._body._readers is not None:
            self._body._readers.discard(self)
        self._ended.set()


LONGEST_BLOCK = 5.0  # seconds that a thread waits for the loop to begin reading
LOOK_AGAIN = 1.0  # seconds after which it looks whether the loop still runs


def _do_nothing() -> None:
    """Be called by a loop that runs."""
