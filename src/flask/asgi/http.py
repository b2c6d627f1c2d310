"""What is between an ASGI server and ``wsgi_app``? One object for each HTTP request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Headers
from werkzeug.wsgi import FileWrapper

from flask.asgi.blocking import LoopTimer
from flask.asgi.body import BodyStream, Receive
from flask.asgi.environ import Environ, Scope, has_control_character
from flask.asgi.files import SentFile
from flask.asgi.places import call_inline, runs_inline
from flask.bodies import short_length
from flask.coroutines import in_place
from flask.globals import get_request_context
from flask.lifecycle.bridge import begin, run_on_loop, wait
from flask.lifecycle.homes import Home, Homes
from flask.lifecycle.loops import (
    Cancellable,
    CancelledByWatchError,
    current_loop,
    running_loop,
    sleep,
    start_task,
)

if TYPE_CHECKING:
    from flask.asgi.adapter import ASGIApp

Event = dict[str, Any]
Send = Callable[[Event], Awaitable[None]]
Pair = tuple[str, str]

GRACE = 5.0
"""Seconds that async code has when its client has left: ``ASGI_DISCONNECT_GRACE``."""

MOST_FETCHED = 64 * 1024
"""Bytes of a body that synchronous code need not wait for."""

MOST_AT_ONCE = 16
"""Pieces of a body, or messages, after which others get their turn: sending may never wait."""


async def refuse(send: Send, text: str) -> None:
    """Answer a request that none can be made of."""
    body = text.encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 400, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Exchange(BodyStream, Home):
    """One request and its response, between an ASGI server and ``wsgi_app``.

    PERF: it is ``wsgi.input`` itself; each further object would take 0.2 µs.
    """

    trailers: Headers | None
    """Sent after the body, if server and client both can: ``environ["asgi.trailers"]``."""
    _is_inline: bool | None = None
    _has_body_begun = False  # then nobody is left to send to when the client leaves
    _sent = 0
    _pairs: list[Pair]
    _cancellable: Cancellable | None = None
    _scope_in_trio: Any = None

    def __init__(self, asgi: ASGIApp, environ: Environ, receive: Receive, send: Send) -> None:
        self.asgi = asgi
        self._receive = receive
        self._send = send
        # PERF: those of every request are slower to read with a default on the class.
        self.is_streaming = False
        self.trailers = None
        self._timer: LoopTimer | None = None
        self.start: Callable[..., Any] = begin
        self._end_watch: Callable[[], object] | None = None
        self._thread = None
        self._loop = running_loop()  # threads that the view starts may read the body
        self._status = 0
        environ["wsgi.input"] = self

    def find_homes(self) -> Homes:
        """Return the threads of the application."""
        return self.asgi.homes

    def prepare(self, scope: Scope, environ: Environ, scope_in_trio: Any) -> None:
        """Note what few requests have: trio, extensions of the protocol, debug mode."""
        if scope_in_trio is not None:
            self._scope_in_trio, self._loop = scope_in_trio, current_loop()
        extensions = scope.get("extensions") or {}
        if "http.response.pathsend" in extensions:
            environ["wsgi.file_wrapper"] = SentFile
        if "http.response.trailers" in extensions and "trailers" in environ.get("HTTP_TE", ""):
            self.trailers = environ["asgi.trailers"] = Headers()
        if self.asgi.app.config["DEBUG"]:
            method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
            describe = partial(self.asgi.hints.describe, method, path)
            self._timer = LoopTimer(self.asgi.app, describe)
            self.start = partial(self._timer.call, begin)

    def begin(self, function: Callable[..., Any], *args: Any) -> Any:
        """Run plain code on the loop, as far as it goes."""
        return self.start(self, function, *args)

    def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a synchronous function at home, or where it is called if it is to run inline."""
        ctx = get_request_context(None)
        if ctx is not None or self._is_inline is None:  # else the body: as the view
            self._is_inline = runs_inline(self.asgi.app, ctx and ctx.request.url_rule)
        if self._is_inline:
            return call_inline(function, *args, **kwargs)
        return super().call(function, *args, **kwargs)

    async def answer_at_home(self, environ: Environ) -> Any:
        """Call the application at home, when its body is there if that is short.

        Synchronous code that waited for it would take two hops more, and would leave its thread
        to others meanwhile. What has no length may be a dialogue, with ``Expect`` it is one.
        """
        length = short_length(environ.get("CONTENT_LENGTH", ""))
        if 0 < length <= MOST_FETCHED and "HTTP_EXPECT" not in environ:
            await self.fetch(MOST_FETCHED)
        return await self.run(self.answer, environ)

    # In plain code, on the loop or at home

    def answer(self, environ: Environ) -> Any:
        """Call the application, and send all but the last piece of the body.

        Returns:
            The last piece; a body that coroutines make; or the path of a file that the server
            sends itself.
        """
        app = self.asgi.app
        kind = type(app)
        serve = app.wsgi_app if kind.__call__ is kind._stock_call else self.asgi.entry()
        result = serve(environ, self.start_response)
        if type(result) is list:
            return b"".join(result)  # of one bytes object that one; of a bytearray its bytes
        if getattr(result, "is_async", False):
            return result
        if type(result) is SentFile:
            result = result.path_or_blocks(self._told_length())
            if type(result) is str:
                return result
        last: bytes = in_place(self.send_pieces)(result)
        return last

    def start_response(
        self, status: str, headers: list[Pair], exc_info: Any = None
    ) -> Callable[[bytes], None]:
        """Take status and headers, which go with the first piece of the body (PEP 3333)."""
        if exc_info is not None and self.is_streaming:
            try:
                raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None
        if self._cancellable is not None:
            self._cancellable.spare()  # what is left before the body are teardown functions
        self._status = _STATUSES.get(status) or _code_of(status)
        self._pairs = headers
        return self._write

    def _write(self, data: bytes) -> None:
        self._has_body_begun = True
        wait(self._send_piece(data))

    def send_pieces(self, pieces: Iterable[bytes]) -> bytes:
        """Send the pieces of a body, but the last of a file, which is returned, and close it."""
        # What else makes pieces is asked until it ends: it may do something after the last one.
        left = self._told_length() if isinstance(pieces, FileWrapper) else -1
        self._has_body_begun = True
        try:
            self._end_if_nobody_listens()
            for piece in pieces:
                if len(piece) == left:
                    return bytes(piece)
                left -= len(piece)
                if piece:
                    wait(self._send_piece(bytes(piece)))
            return b""
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()

    def _end_if_nobody_listens(self) -> None:
        if self.is_disconnected:
            if self._cancellable is not None:
                self._cancellable.heed()
            raise CancelledByWatchError

    def _told_length(self) -> int:
        for name, value in self._pairs:
            if name.lower() == "content-length":
                return int(value)
        return -1

    # On the loop

    async def _send_piece(self, piece: bytes) -> None:
        if not self.is_streaming:
            self.is_streaming = True
            self._begin_watch()  # send() itself says on few servers that nobody listens
            await self._send(self.start_event())
        self._end_if_nobody_listens()
        await self._send({"type": "http.response.body", "body": piece, "more_body": True})
        self._sent += 1
        if not self._sent % MOST_AT_ONCE:
            await sleep(0)

    async def finish(self, last: Any) -> None:
        """Send what :meth:`answer` returned where that is not simply the last piece."""
        event: Event = {"type": "http.response.body", "body": last}
        if type(last) is str:
            event = {"type": "http.response.pathsend", "path": last}
        elif type(last) is not bytes:
            event["body"] = await run_on_loop(self, self.send_pieces, last)
        if not self.is_streaming:
            await self._send(self.start_event())
        await self._send(event)
        if self.trailers is not None:
            headers = [encode_header(pair) for pair in self.trailers]
            await self._send({"type": "http.response.trailers", "headers": headers})

    def start_event(self) -> Event:
        """Return status and headers as an event."""
        if not self._status:
            raise RuntimeError("The WSGI application did not call start_response().")
        headers = []
        for pair in self._pairs:
            try:
                headers.append(_ENCODED[pair])
            except KeyError:
                headers.append(encode_header(pair))
        event = {"type": "http.response.start", "status": self._status, "headers": headers}
        if self.trailers is not None:
            event["trailers"] = True
        return event

    async def guard(self, job: Awaitable[Any]) -> Any:
        """Await the request's code, and cancel it some time after its client has left."""
        if self._timer is not None:
            job = self._timer.awaiting(job)
        self._begin_watch()
        return await (job if self._cancellable is None else self._cancellable.wait_for(job))

    def _begin_watch(self) -> None:
        if self._cancellable is None:
            self._cancellable = Cancellable(self._scope_in_trio)
            self._end_watch = start_task(self._watch)

    async def _watch(self) -> None:
        # Until the request ends, and alone: servers lose the event of a receive() that is cancelled.
        await self.wait_for_disconnect()
        if not self._has_body_begun:
            grace = self.asgi.app.config.get("ASGI_DISCONNECT_GRACE", GRACE)
            if grace is None:
                return
            await sleep(grace)
        # Between the view and the body are teardown functions, which nobody cancels.
        is_ending = self._status and not self._has_body_begun
        if self._cancellable is not None and not is_ending:
            self._cancellable.cancel()

    def end_by(self, error: BaseException) -> None:
        """Take an error that a client may cause by leaving.

        Raises:
            BaseException: The error, when it did not.
        """
        if not self.is_disconnected and not isinstance(error, CancelledByWatchError):
            raise error
        self.asgi.app.logger.debug("A client left.", exc_info=error)

    def leave(self) -> None:
        """Say that the request has ended."""
        self._loop = None
        if self._readers is not None:
            self.end_reading()
        if self._thread is not None:
            super().leave()
        if self._end_watch is not None:
            self._end_watch()
            self._end_watch = self._cancellable = None


# PERF: 0.1 µs for each header that comes with most answers.
_ENCODED: dict[Pair, tuple[bytes, bytes]] = {}
_USUAL = frozenset(("Content-Type", "Content-Length", "Vary", "Allow", "Cache-Control"))
_MOST_ENCODED, _LONGEST = 4096, 64
_STATUSES = {"200 OK": 200}


def _code_of(status: str) -> int:
    """Return the number of a status line.

    Raises:
        ValueError: It does not begin with three digits (RFC 9110 §15).
    """
    code = status[:3]
    if len(code) != 3 or not (code.isascii() and code.isdigit()):
        raise ValueError(f"The response's status {status!r} does not begin with three digits.")
    return int(code)


def encode_header(pair: Pair) -> tuple[bytes, bytes]:
    """Return a header as ASGI has it.

    Raises:
        ValueError: It has a control character, or one that is not in Latin-1.
    """
    name, value = pair
    if not value.isprintable() and has_control_character(value):
        raise ValueError(f"The header {name!r} has a control character: {value!r}.")
    try:
        encoded = name.lower().encode("latin-1"), value.encode("latin-1")
    except UnicodeEncodeError as error:
        raise ValueError(
            f"The header {name!r} has a character that is not in Latin-1: {value!r}. Quote it, for"
            " example as RFC 8187 says."
        ) from error
    if name in _USUAL and len(value) <= _LONGEST and len(_ENCODED) < _MOST_ENCODED:
        _ENCODED[pair] = encoded
    return encoded
