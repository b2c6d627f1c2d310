"""How does WSGI code read a body that comes in events? As ``wsgi.input``, waiting when it must."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

from flask.lifecycle.bridge import wait
from flask.lifecycle.loops import new_event

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
    _receive: Receive  # the server's function; each call returns the next event

    async def fill(self) -> int:
        """Receive some bytes if none are there; return how many are, 0 at the end."""
        if not self._rest:
            self._rest = await self._take()
        return len(self._rest)

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
            wait(self.fill(), is_watched=False)
        if not self._rest and self._is_cut:
            raise ConnectionError("The client left before the end of the body.")
        chunk, self._rest = self._rest, b""
        return chunk
