"""How does WSGI code read a body that comes in events? As ``wsgi.input``, waiting when it must."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

from flask.lifecycle.bridge import wait
from flask.lifecycle.loops import new_event

Receive = Callable[[], Awaitable[dict[str, Any]]]


class BodyStream:
    """The body of one request, as a file that is read once.

    Args:
        receive: The server's function; each call returns the next event.

    Raises:
        ConnectionError: Reading it, when the client left before the end.
    """

    # PERF: defaults on the class, because most requests have no body.
    _ahead = b""
    _is_complete = _is_cut = False
    _arrived: Any = None  # while somebody watches, who alone receives then
    _taken: Any = None
    is_disconnected = False

    def __init__(self, receive: Receive) -> None:
        self._receive = receive

    async def receive_chunk(self) -> bytes:
        """Return some bytes, ``b""`` at the end."""
        while not self._ahead and not self._is_complete:
            if self._arrived is None:
                self._accept(await self._receive())
            else:
                await self._arrived.wait()
        if self._ahead:
            chunk, self._ahead = self._ahead, b""
            if self._taken is not None:
                self._taken.set()
            return chunk
        if self._is_cut:
            raise ConnectionError("The client left before the end of the body.")
        return b""

    async def wait_for_disconnect(self) -> None:
        """Return when the client has left; the body is received a chunk ahead meanwhile."""
        try:
            while not self.is_disconnected:
                arrived = self._arrived = new_event()
                self._accept(await self._receive())
                arrived.set()  # another watcher, which is about to end, may have forgotten it
                while self._ahead and not self._is_complete:
                    self._taken = new_event()
                    await self._taken.wait()
        finally:
            arrived, self._arrived, self._taken = self._arrived, None, None
            if arrived is not None:
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
            data, self._ahead = data[:size], data[size:]
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
            self._ahead = chunk[end:]
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

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Return what gives the chunks as they come."""
        return self._chunks()

    async def _chunks(self) -> AsyncIterator[bytes]:
        while chunk := await self.receive_chunk():
            yield chunk

    def _chunk(self) -> bytes:
        if self._is_complete and not self._ahead and not self._is_cut:
            return b""
        chunk: bytes = wait(self.receive_chunk())
        return chunk
