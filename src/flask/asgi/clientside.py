"""How is an application called without a server? By its ASGI entry, with a request made up here.

Test clients stand on this: ``flask.asynctesting`` on the caller's loop, asyncio or trio.
``clientsockets`` has the WebSockets.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any, Self
from urllib.parse import quote

from werkzeug.datastructures import Headers
from werkzeug.http import HTTP_STATUS_CODES

from flask.asgi.environ import CLIENT
from flask.lifecycle.loops import beside, new_event

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

Event = dict[str, Any]
Scope = dict[str, Any]
ASGI = Callable[[Any, Any, Any], Awaitable[None]]

CHUNK = 65_536
"""Bytes of a request's body that are handed over at a time."""

BODY = "flask.client.body"
"""In an environ: the async iterator whose pieces are the body, instead of ``wsgi.input``."""


def scope_of(environ: WSGIEnvironment, state: dict[str, Any] | None = None) -> Scope:
    """Return the ASGI scope that a server would have made of a request.

    Args:
        environ: The request, as :class:`flask.testing.EnvironBuilder` makes it. What a server
            could not have received (``REMOTE_USER``, ``wsgi.…``) has no place in a scope.
        state: What the application kept at its start; copied.
    """
    prefix = environ.get("SCRIPT_NAME", "").encode("latin-1")
    path = prefix + environ.get("PATH_INFO", "").encode("latin-1")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": _VERSIONS.get(environ.get("SERVER_PROTOCOL", ""), "1.1"),
        "method": environ["REQUEST_METHOD"],
        "scheme": environ.get("wsgi.url_scheme", "http"),
        "path": path.decode("utf-8", "replace"),
        "raw_path": quote(path, safe="/!$&'()*+,;=:@~").encode(),
        "query_string": environ.get("QUERY_STRING", "").encode("latin-1"),
        "root_path": prefix.decode("utf-8", "replace"),
        "headers": _headers_of(environ),
        "client": _client_of(environ),
        "server": (environ.get("SERVER_NAME", "localhost"), int(environ.get("SERVER_PORT") or 0)),
        "state": dict(state or {}),
        "extensions": {},
        CLIENT: True,
    }


_VERSIONS = {"HTTP/1.0": "1.0", "HTTP/1.1": "1.1", "HTTP/2": "2", "HTTP/2.0": "2", "HTTP/3": "3"}


def _client_of(environ: WSGIEnvironment) -> tuple[str, int] | None:
    address = environ.get("REMOTE_ADDR")
    return None if address is None else (address, int(environ.get("REMOTE_PORT") or 0))


def _headers_of(environ: WSGIEnvironment) -> list[tuple[bytes, bytes]]:
    headers = []
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            headers.append((_name_of(key[5:]), value.encode("latin-1")))
        elif key in {"CONTENT_TYPE", "CONTENT_LENGTH"} and value:
            headers.append((_name_of(key), value.encode("latin-1")))
    return headers


def _name_of(key: str) -> bytes:
    return key.replace("_", "-").lower().encode("latin-1")


class Call:
    """One HTTP request to an ASGI application, and what it answers.

    Args:
        scope: The request.
        environ: Has the body and its length.
        is_paced: Let the application send a piece only when the one before was taken.
    """

    def __init__(self, scope: Scope, environ: WSGIEnvironment, *, is_paced: bool = False) -> None:
        self.scope = scope
        self.status = 0
        self.headers = Headers()
        self.error: BaseException | None = None
        self.is_complete = self.has_ended = self.has_left = False
        self._is_paced = is_paced
        self._body: IO[bytes] = environ.get("wsgi.input") or BytesIO()
        self._left_to_read = _length_of(environ)
        self._coming: AsyncIterator[bytes] | None = environ.get(BODY)
        self._is_told = False
        self._pieces: deque[bytes] = deque()
        self._leaving = new_event()
        self._came = new_event()
        self._taken: Any = None

    @property
    def status_line(self) -> str:
        """Return the status as WSGI has it."""
        return f"{self.status} {HTTP_STATUS_CODES.get(self.status, 'UNKNOWN').upper()}"

    async def run(self, asgi: ASGI) -> None:
        """Run the application; what it raises is kept, and raised where the answer is read."""
        try:
            await asgi(self.scope, self.receive, self.send)
        except Exception as error:  # noqa: BLE001 - see above
            self.error = error
        finally:
            self.has_ended = True
            self._came.set()

    # What the application calls

    async def receive(self) -> Event:
        """Return the next chunk of the body; after the last, wait until the client has left."""
        if not self._is_told and not self.has_left:
            if self._coming is not None:
                return await self._next_of(self._coming)
            size = CHUNK if self._left_to_read < 0 else min(CHUNK, self._left_to_read)
            chunk = self._body.read(size) if size else b""
            if self._left_to_read >= 0:
                self._left_to_read -= len(chunk)
            if chunk or self._left_to_read <= 0:
                self._is_told = not chunk or self._left_to_read == 0
                return {"type": "http.request", "body": chunk, "more_body": not self._is_told}
            self.leave()  # the body is shorter than was said
        await self._leaving.wait()
        return {"type": "http.disconnect"}

    async def _next_of(self, coming: AsyncIterator[bytes]) -> Event:
        """Return the next piece that the test makes; an error there is a client that breaks off."""
        try:
            piece = await anext(coming)
        except StopAsyncIteration:
            self._is_told = True
            return {"type": "http.request", "body": b"", "more_body": False}
        except Exception as error:  # noqa: BLE001 - raised where the answer is read
            self.error = error
            self.leave()
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": True}

    async def send(self, event: Event) -> None:
        """Take status and headers, or a piece of the body.

        Raises:
            ConnectionError: The client has left.
        """
        if self.has_left:
            raise ConnectionResetError("The client has left.")
        if event["type"] == "http.response.start":
            self.status = event["status"]
            for name, value in event.get("headers", ()):
                self.headers.add(name.decode("latin-1"), value.decode("latin-1"))
        elif event["type"] == "http.response.body":
            await self._take(event)
        else:
            raise ValueError(f"An HTTP request is not answered by {event['type']!r}.")

    async def _take(self, event: Event) -> None:
        if not self.status:
            raise RuntimeError("The body was sent before 'http.response.start'.")
        if piece := event.get("body", b""):
            self._pieces.append(bytes(piece))
        if not event.get("more_body", False):
            self.is_complete = True
            self._leaving.set()
        self._came.set()
        if self._is_paced and self._pieces and not self.is_complete:
            self._taken = new_event()
            await self._taken.wait()

    # What the client calls

    async def begin(self) -> None:
        """Wait for the first piece of the answer, or for its end.

        Raises:
            Exception: What the application raised before it answered.
        """
        while not self.has_ended and (self.is_complete or not self._pieces):
            await self._wait()
        if not self.status:
            self.raise_error()
            raise RuntimeError("The ASGI application ended without an answer.")

    async def next_piece(self) -> bytes:
        """Return a piece of the body, ``b""`` at its end.

        Raises:
            Exception: What the application raised.
        """
        while not self._pieces and not self.has_ended:
            self._go_on()
            await self._wait()
        if not self._pieces:
            self.raise_error()
            return b""
        return self._pieces.popleft()

    # No async generator, which trio wants closed by hand.

    def __aiter__(self) -> Self:
        """Return itself: the body is read once."""
        return self

    async def __anext__(self) -> bytes:
        """Return a piece of the body."""
        piece = await self.next_piece()
        if not piece:
            raise StopAsyncIteration
        return piece

    async def _wait(self) -> None:
        self._came = new_event()
        await self._came.wait()

    def _go_on(self) -> None:
        if self._taken is not None:
            self._taken.set()

    def raise_error(self) -> None:
        """Raise what the application raised, once."""
        error, self.error = self.error, None
        if error is not None and not (self.has_left and isinstance(error, OSError)):
            try:
                raise error
            finally:
                del error  # the traceback holds this frame

    def take_body(self) -> list[bytes]:
        """Return the pieces that came."""
        pieces = list(self._pieces)
        self._pieces.clear()
        return pieces

    def leave(self) -> None:
        """Disconnect: what the application still sends fails."""
        self.has_left = True
        self._leaving.set()
        self._go_on()

    async def end(self) -> None:
        """Leave if the answer is not complete, and wait until the application has ended."""
        if not self.is_complete:
            self.leave()
        self._go_on()
        while not self.has_ended:
            await self._wait()


_MOST_DIGITS = 18  # Python refuses to read thousands


def _length_of(environ: WSGIEnvironment) -> int:
    """Return the bytes of the body; -1 where only its end tells."""
    if "HTTP_TRANSFER_ENCODING" in environ:
        return -1
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isdecimal():
        return int(length) if len(length) < _MOST_DIGITS else 10**_MOST_DIGITS
    return -1 if environ.get("wsgi.input_terminated") else 0


async def call_directly(asgi: ASGI, call: Call) -> None:
    """Run a request in the task that awaits this, to its end; what it raises comes through."""
    await asgi(call.scope, call.receive, call.send)
    call.raise_error()  # of what makes the body
    if not call.is_complete:
        raise RuntimeError("The ASGI application ended before its answer was complete.")


@asynccontextmanager
async def calling(asgi: ASGI, call: Call) -> AsyncIterator[Call]:
    """Run a request in a task of its own beside a block, which reads the answer."""
    async with beside(lambda: call.run(asgi)):
        try:
            await call.begin()
            yield call
        finally:
            await call.end()
    call.raise_error()


class Lifespan:
    """The start and the end of an application that is called without a server.

    Args:
        state: Where the application keeps what its requests get in ``scope["state"]``.
    """

    def __init__(self, state: dict[str, Any]) -> None:
        self.scope: Scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": state,
        }
        self._has_ended = False
        self._errors: list[Exception] = []
        self._answers: list[Event] = []
        self._asked: deque[str] = deque()
        self._asking = new_event()
        self._answered = new_event()

    async def run(self, asgi: ASGI) -> None:
        """Run the application's side."""
        try:
            await asgi(self.scope, self._receive, self._send)
        except Exception as error:  # noqa: BLE001 - raised by ask
            self._errors.append(error)
        finally:
            self._has_ended = True
            self._answered.set()

    async def _receive(self) -> Event:
        while not self._asked:
            self._asking = new_event()
            await self._asking.wait()
        return {"type": self._asked.popleft()}

    async def _send(self, event: Event) -> None:
        self._answers.append(event)
        self._answered.set()

    async def ask(self, what: str) -> None:
        """Ask for ``startup`` or ``shutdown`` and wait until it is done.

        Raises:
            RuntimeError: The application says that it failed.
            Exception: What it raised.
        """
        self._answers.clear()
        self._asked.append(f"lifespan.{what}")
        self._asking.set()
        while not self._answers and not self._has_ended:
            self._answered = new_event()
            await self._answered.wait()
        if self._errors:
            raise self._errors.pop()
        for answer in self._answers:
            if answer["type"] == f"lifespan.{what}.failed":
                reason = answer.get("message") or "no reason is given"
                raise RuntimeError(f"The application's {what} failed: {reason}")


@asynccontextmanager
async def living(asgi: ASGI, state: dict[str, Any]) -> AsyncIterator[None]:
    """Start an application before a block and end it after."""
    lifespan = Lifespan(state)
    async with beside(lambda: lifespan.run(asgi)) as cancel:
        try:
            await lifespan.ask("startup")
        except BaseException:
            cancel()
            raise
        try:
            yield
        finally:
            await lifespan.ask("shutdown")
