"""How is an HTTP request served under ASGI? By ``wsgi_app``, where it may wait for the loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any

from flask.asgi.body import BodyStream, Receive
from flask.asgi.environ import BadScopeError, Environ, Scope, environ_of
from flask.asgi.places import call_inline
from flask.coroutines import in_place
from flask.lifecycle.bridge import Job, begin, run_on_loop, wait
from flask.lifecycle.homes import Home, Homes
from flask.lifecycle.loops import CancelledByWatchError, sleep, watch_over

if TYPE_CHECKING:
    from flask.asgi.adapter import ASGIApp

Event = dict[str, Any]
Send = Callable[[Event], Awaitable[None]]
Pair = tuple[str, str]

GRACE = 5.0
"""Seconds that async code has when its client has left: ``ASGI_DISCONNECT_GRACE``."""


async def serve_http(
    asgi: ASGIApp, scope: Scope, receive: Receive, send: Send, scope_in_trio: Any
) -> None:
    """Serve one request by ``app.wsgi_app``, on the loop or in a home thread."""
    try:
        environ = environ_of(scope)
    except BadScopeError as error:
        await _refuse(send, f"{error}\n")
        return
    exchange = Exchange(asgi, environ, receive, send)
    if scope_in_trio is not None:
        exchange.scope_in_trio = scope_in_trio
    try:
        if asgi.hints.serves_async(environ) or exchange.is_inline:
            last = begin(exchange, exchange.answer, environ)
            if type(last) is Job:
                last = await exchange.guard(last)
        else:
            last = await exchange.run(exchange.answer, environ)
        if type(last) is not bytes:
            last = await run_on_loop(exchange, exchange.send_pieces, last)
        if not exchange.is_streaming:
            await send(exchange.start_event())
        await send({"type": "http.response.body", "body": last})
    except CancelledByWatchError:
        asgi.app.logger.debug("The client left: %r was cancelled.", environ["PATH_INFO"])
    finally:
        exchange.leave()


async def _refuse(send: Send, text: str) -> None:
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

    is_streaming = False
    scope_in_trio: Any = None
    _status = 0
    _pairs: list[Pair]

    def __init__(self, asgi: ASGIApp, environ: Environ, receive: Receive, send: Send) -> None:
        self.asgi = asgi
        self._receive = receive
        self._send = send
        environ["wsgi.input"] = self
        if "CONTENT_LENGTH" not in environ or "HTTP_TRANSFER_ENCODING" in environ:
            environ["wsgi.input_terminated"] = True

    def find_homes(self) -> Homes:
        """Return the threads of the application."""
        return self.asgi.homes

    @property
    def is_inline(self) -> bool:
        """Whether synchronous functions run on the loop: ``ASGI_SYNC_VIEWS``."""
        how: str = self.asgi.app.config.get("ASGI_SYNC_VIEWS", "thread")
        return how == "inline"

    def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a synchronous function at home, or where it is called if it is to run inline."""
        if self.is_inline:
            return call_inline(function, *args, **kwargs)
        return super().call(function, *args, **kwargs)

    # In plain code, on the loop or at home

    def answer(self, environ: Environ) -> Any:
        """Call the application, and send all but the last piece of the body.

        Returns:
            The last piece; or a whole body that is made by coroutines.
        """
        result = self.asgi.app.wsgi_app(environ, self.start_response)
        if type(result) is list:
            return b"".join(result)  # of one bytes object that one; of a bytearray its bytes
        if getattr(result, "is_async", False):
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
        self._status = _STATUSES.get(status) or int(status[:3])
        self._pairs = headers
        return self._write

    def _write(self, data: bytes) -> None:
        wait(self._send_piece(data))

    def send_pieces(self, pieces: Iterable[bytes]) -> bytes:
        """Send the pieces of a body but the last, which is returned, and close it."""
        try:
            left = -1
            for piece in pieces:
                if left < 0:
                    left = self._told_length()
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

    def _told_length(self) -> int:
        for name, value in self._pairs:
            if name.lower() == "content-length":
                return int(value)
        return -1

    # On the loop

    async def _send_piece(self, piece: bytes) -> None:
        if not self.is_streaming:
            self.is_streaming = True
            await self._send(self.start_event())
        await self._send({"type": "http.response.body", "body": piece, "more_body": True})

    def start_event(self) -> Event:
        """Return status and headers as an event."""
        if not self._status:
            raise RuntimeError("The WSGI application did not call start_response().")
        headers = []
        for pair in self._pairs:
            try:
                headers.append(_ENCODED[pair])
            except KeyError:
                headers.append(_encode(pair))
        return {"type": "http.response.start", "status": self._status, "headers": headers}

    async def guard(self, job: Awaitable[Any]) -> Any:
        """Await the request's code, and cancel it some time after its client has left."""
        if self.asgi.app.config.get("ASGI_DISCONNECT_GRACE", GRACE) is None:
            return await job
        return await watch_over(job, self._watch, self.scope_in_trio)

    async def _watch(self, cancel: Callable[[], object]) -> None:
        await self.wait_for_disconnect()
        if not self.is_streaming:  # else nobody is left to send to
            await sleep(self.asgi.app.config.get("ASGI_DISCONNECT_GRACE", GRACE))
        cancel()


# PERF: 0.1 µs for each header that comes with most answers.
_ENCODED: dict[Pair, tuple[bytes, bytes]] = {}
_USUAL = frozenset(("Content-Type", "Content-Length", "Vary", "Allow", "Cache-Control"))
_MOST_ENCODED, _LONGEST = 4096, 64
_STATUSES = {"200 OK": 200}


def _encode(pair: Pair) -> tuple[bytes, bytes]:
    """Return a header as ASGI has it.

    Raises:
        ValueError: It has a control character, or one that is not in Latin-1.
    """
    name, value = pair
    if not value.isprintable() and any((c < " " and c != "\t") or c == "\x7f" for c in value):
        raise ValueError(f"The response's header {name!r} has a control character: {value!r}.")
    encoded = name.lower().encode("latin-1"), value.encode("latin-1")
    if name in _USUAL and len(value) <= _LONGEST and len(_ENCODED) < _MOST_ENCODED:
        _ENCODED[pair] = encoded
    return encoded
