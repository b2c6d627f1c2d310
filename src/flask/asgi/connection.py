"""How is a WebSocket served under ASGI? By a reader beside the handler, which sees it end.

Only the reader calls the server's ``receive``, a little ahead of the handler, so that a handler
that waits for something else hears of a client that left. It ends before the WebSocket is
closed. COMPAT: granian closes none while ``receive()`` is pending.
"""

from __future__ import annotations

from asyncio import CancelledError
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextlib import suppress
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any, NoReturn

from greenlet import getcurrent

from flask.asgi.environ import BadScopeError, Environ, Scope, environ_of
from flask.asgi.http import GRACE, MOST_AT_ONCE, Event, Send, encode_header
from flask.asgi.places import call_inline, runs_inline
from flask.coroutines import in_place
from flask.globals import get_request_context
from flask.lifecycle.bridge import Finished, Worker, run_on_loop, wait
from flask.lifecycle.homes import Home, Homes, HomeWorker
from flask.lifecycle.loops import (
    Cancellable,
    CancelledByWatchError,
    is_being_cancelled,
    new_event,
    runs_in_loop,
    sleep,
    start_task,
)
from flask.lifecycle.watching import Interruptible, await_within
from flask.lifecycle.websockets import WebsocketDisconnected
from flask.sessions import SecureCookieSessionInterface

if TYPE_CHECKING:
    from flask.asgi.adapter import ASGIApp
    from flask.asgi.body import Receive
    from flask.wrappers import Response

Message = str | bytes
Pairs = Iterable[tuple[str, str]]

MAX_MESSAGE_SIZE = 16 * 1024 * 1024
"""Bytes that a received message may have: ``WEBSOCKET_MAX_MESSAGE_SIZE``."""

MOST_AHEAD = 64  # messages that are received before the handler asks for them
MOST_BYTES_AHEAD = 1024 * 1024  # or a single longer one
MOST_REASON = 123  # bytes; a control frame has 125, two are the code (RFC 6455 §5.5)

PATIENCE, PAUSE = 16, 0.05  # times that a closed WebSocket is told of at once; then seconds between

_CODES = {*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)}
_REFUSAL = "websocket.http.response"
_DEFAULTS: Event = {
    "http_version": "1.1",
    "scheme": "ws",
    "query_string": b"",
    "headers": (),
    "method": "GET",  # a WebSocket's scope has none
}


async def serve_websocket(
    asgi: ASGIApp, scope: Scope, receive: Receive, send: Send, scope_in_trio: Any
) -> None:
    """Serve one WebSocket by ``app.handle_websocket``, where plain code may wait."""
    if (await receive())["type"] != "websocket.connect":
        return  # the client left before
    if asgi.state is not None:
        scope = asgi.with_own_state(scope)
    connection = Connection(asgi, scope, receive, send)
    try:
        environ = environ_of({**_DEFAULTS, **scope})
    except BadScopeError as error:
        await connection.refuse(400, [("Content-Type", "text/plain")], f"{error}\n".encode())
        return
    environ["asgi.scope"] = scope
    environ["flask.websocket"] = connection
    environ["wsgi.input"] = BytesIO()
    # Servers leave them out where HTTP/2 has no such headers (RFC 8441).
    environ["HTTP_UPGRADE"], environ["HTTP_CONNECTION"] = "websocket", "Upgrade"
    try:
        await connection.serve_watched(environ, Cancellable(scope_in_trio))
    except CancelledByWatchError:
        asgi.app.logger.debug("The client left: %r was cancelled.", environ["PATH_INFO"])
    except (Exception, CancelledError) as error:
        if isinstance(error, Exception) or not is_being_cancelled():
            await connection.fail()
        raise
    finally:
        connection.leave()


class InlineWorker(Worker):
    """A worker for plain code on the loop: the greenlet around it awaits what it waits for."""

    def wait(self, awaitable: Awaitable[Any], is_watched: bool = True) -> Any:
        """Let the greenlet around this have the result."""
        return self.parent.switch(awaitable)


class Connection(Home):
    """One WebSocket, between an ASGI server and the handler.

    Attributes:
        is_accepted: Whether messages may be, or could be, received and sent.
        is_closed: Whether either side has closed it; ``code`` and ``reason`` say how.
    """

    is_accepted = is_closed = False
    code, reason = 1006, ""
    _is_receiving = _has_ended = False
    _arrived: Any = None  # while the handler waits for a message
    _taken: Any = None  # while the reader waits for the handler
    _closing: Any = None  # while the reader closes
    _unsent: Event | None = None  # the end that the handler asked for
    _bytes_ahead = _sent = _told = 0
    _is_cut = False  # the grace is over

    def __init__(self, asgi: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        self.asgi, self.scope = asgi, scope
        self._receive, self._send = receive, send
        self._messages: deque[Message] = deque()
        self._reading = Interruptible()
        get = asgi.app.config.get
        self._most: int | None = get("WEBSOCKET_MAX_MESSAGE_SIZE", MAX_MESSAGE_SIZE)
        self._idle: float | None = get("WEBSOCKET_IDLE_TIMEOUT", None)

    # Where code runs

    def find_homes(self) -> Homes:
        """Return the threads of the application."""
        return self.asgi.homes

    @property
    def is_inline(self) -> bool:
        """Whether synchronous functions run on the loop; the route may say so."""
        ctx = get_request_context(None)
        return runs_inline(self.asgi.app, None if ctx is None else ctx.request.url_rule)

    async def serve_watched(self, environ: Environ, cancellable: Cancellable) -> None:
        """Run the application's path, and beside it the reader, which may cancel it."""
        end_watch = start_task(partial(self._watch, cancellable.cancel))
        try:
            await cancellable.wait_for(self._serve(environ))
        finally:
            end_watch()

    async def _serve(self, environ: Environ) -> None:
        """Run the application's path, on the loop unless a session is opened by other code."""
        app = self.asgi.app
        if self.is_inline or type(app.session_interface) is SecureCookieSessionInterface:
            await run_on_loop(self, app.handle_websocket, environ)
        else:
            await self.run(app.handle_websocket, environ)

    def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a synchronous function at home, or in a greenlet of its own if it runs inline."""
        if not self.is_inline:
            return super().call(function, *args, **kwargs)
        worker = InlineWorker()
        worker.switch()
        worker.gr_context = getcurrent().gr_context
        signal = worker.switch((_call_with, (function, args, kwargs)))
        while type(signal) is not Finished:
            try:
                answer = wait(signal)
            except BaseException as error:  # noqa: BLE001 - raised where it was waited for
                signal = worker.throw(error)
            else:
                signal = worker.switch(answer)
        worker.throw()  # its frame refers to it: it would stay for ever
        return signal.take()

    def give(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Return what a caller wants: a coroutine to be awaited, or the result in plain code.

        Raises:
            RuntimeError: It is called in a thread that nobody waits for, or on another loop.
        """
        here = getcurrent()
        if isinstance(here, HomeWorker) and runs_in_loop():
            coroutine.close()
            raise RuntimeError(
                "A WebSocket belongs to the server's event loop, and a synchronous handler runs"
                " another one here, as asyncio.run() does. Make the handler 'async def' and await"
                " there, or call the WebSocket's methods without await outside that loop."
            )
        if isinstance(here, HomeWorker | InlineWorker):
            return here.wait(coroutine)
        if not runs_in_loop():
            coroutine.close()
            raise RuntimeError(
                "A WebSocket can be used only in its handler's thread or on the server's event"
                " loop, and this is another thread. Hand over what is to be sent, for example by"
                " asyncio.run_coroutine_threadsafe()."
            )
        return coroutine

    # What the handler does

    async def accept(self, headers: Any = None, subprotocol: str | None = None) -> None:
        """Complete the handshake; without effect when that is done and nothing else is asked."""
        if self.is_closed:
            await self._tell()
        if self.is_accepted:
            if headers or subprotocol:
                raise RuntimeError(
                    "The WebSocket is accepted already, without these headers and subprotocol:"
                    " receive() and send() do that. Call accept() before them."
                )
            return
        event: Event = {
            "type": "websocket.accept",
            "subprotocol": subprotocol,
            "headers": encode_headers(headers),
        }
        self.is_accepted = True
        await self._emit(event)

    async def receive(self) -> Message:
        """Return the next message, accepting the handshake first."""
        if self._is_receiving:
            raise RuntimeError(
                "Another task is receiving from this WebSocket already, and a message can only go"
                " to one. Receive in one task, which hands on what came."
            )
        self._is_receiving = True
        try:
            if not self.is_accepted:
                await self.accept()
            while not self._messages:
                if self.is_closed:
                    await self._tell()
                self._arrived = new_event()
                await self._arrived.wait()
        finally:
            self._is_receiving = False
            self._arrived = None
        message = self._messages.popleft()
        self._bytes_ahead -= len(message)
        if self._taken is not None:
            self._taken.set()
        return message

    async def send(self, data: Any) -> None:
        """Send a message, accepting the handshake first."""
        if isinstance(data, str):
            event: Event = {"type": "websocket.send", "text": data}
        elif isinstance(data, bytes | bytearray | memoryview):
            event = {"type": "websocket.send", "bytes": bytes(data)}
        else:
            raise TypeError(
                f"A WebSocket sends str or bytes, not {type(data).__name__}: {data!r}."
                " send_json() sends other things."
            )
        if not self.is_accepted:
            await self.accept()
        if self.is_closed:
            await self._tell()
        await self._emit(event)
        self._sent += 1
        if not self._sent % MOST_AT_ONCE:
            await sleep(0)  # the reader, and others, get their turn

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the WebSocket, or refuse the handshake; without effect on a closed one."""
        check_closing(code, reason)
        if not self.is_closed:
            self._unsent = {"type": "websocket.close", "code": code, "reason": reason}
            self._lose(code, reason)
            await self._send_close()

    async def _send_close(self) -> None:
        """Send the end that the handler asked for, if that is not done.

        Who asked may be cancelled while the reader ends, because another task of a group, which
        was receiving, heard of it: then the end of the handler sends it.
        """
        if self._unsent is not None:
            await self._reading.interrupt()
            event, self._unsent = self._unsent, None
            if event is not None:
                try:
                    await self._emit(event)
                except BaseException as error:  # if cancelled, perhaps before it was sent
                    self._unsent = None if isinstance(error, Exception) else event
                    raise

    def disconnected(self) -> WebsocketDisconnected:
        """Return the error that says how the WebSocket was closed."""
        return WebsocketDisconnected(self.code, self.reason)

    async def _tell(self) -> NoReturn:
        """Tell the handler that the WebSocket is closed.

        The loop has a turn before it is told again: a handler that catches every error and goes
        on would stop all others, and its own cancellation. That may come while a handler is busy
        in its thread, which does not see it: then it is raised here, if nothing else helps.

        Raises:
            WebsocketDisconnected: Always, but for the cancellation.
        """
        self._told += 1
        is_deaf = self._told > PATIENCE
        if self._told > 1:
            await sleep(PAUSE if is_deaf else 0)
        if is_deaf and self._is_cut:
            raise CancelledByWatchError
        raise self.disconnected()

    # How it ends

    def end(self, response: Response | None, environ: Environ) -> None:
        """Close the WebSocket, or refuse it by a response; called by plain code, at the end."""
        self._has_ended = True
        with suppress(WebsocketDisconnected):  # the client was faster
            if self.is_closed:
                wait(self._has_closed())
            elif response is None or self.is_accepted:
                wait(self.close(_code_of(response)))
            else:
                status, headers, body = in_place(_render)(response, environ)
                wait(self.refuse(status, headers, body))

    async def refuse(self, status: int, headers: Pairs, body: bytes) -> None:
        """Answer the handshake by an HTTP response, or by 403 where the server can do no more."""
        encoded = encode_headers(headers)
        self._lose(1006, "")
        await self._reading.interrupt()
        if _REFUSAL not in (self.scope.get("extensions") or ()):
            await self._emit({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        await self._emit({"type": f"{_REFUSAL}.start", "status": status, "headers": encoded})
        # COMPAT: granian takes the body in one event.
        await self._emit({"type": f"{_REFUSAL}.body", "body": body, "more_body": False})

    async def fail(self) -> None:
        """End what an error of the application, which the server will log, has left open."""
        self._has_ended = True
        with suppress(WebsocketDisconnected):
            if self.is_closed:
                await self._has_closed()
            elif self.is_accepted:
                await self.close(1011)
            else:
                await self.refuse(500, [("Content-Type", "text/plain")], b"Internal Server Error\n")

    async def _has_closed(self) -> None:
        """Wait for what the reader or a task of the handler began, which ends with the handler."""
        if self._closing is not None:
            await self._closing.wait()
        await self._send_close()

    def _lose(self, code: int, reason: str) -> None:
        """Note that the WebSocket is closed, and tell who waits for a message."""
        self.is_closed = True
        self.code, self.reason = code, reason
        if self._arrived is not None:
            self._arrived.set()

    async def _emit(self, event: Event) -> None:
        try:
            await self._send(event)
        except OSError as error:
            if not self.is_closed:
                self._lose(1006, "")
            raise self.disconnected() from error
        except RuntimeError as error:
            # COMPAT: gunicorn on uvloop writes to what is closed before the reader hears of it.
            await sleep(0 if self.is_closed else PAUSE)
            if not self.is_closed:
                raise
            raise self.disconnected() from error

    # The reader, beside the handler

    async def _watch(self, cancel: Callable[[], object]) -> None:
        """Receive until the WebSocket is closed, then cancel the handler after the grace."""
        await self._reading.run(self._read())
        grace = self.asgi.app.config.get("ASGI_DISCONNECT_GRACE", GRACE)
        if grace is None:
            return
        await sleep(grace)
        if not self._has_ended:
            self._is_cut, self._told = True, 0
            cancel()

    async def _read(self) -> None:
        while not self.is_closed:
            try:
                event = await await_within(self._idle, self._receive())
            except TimeoutError:
                await self._close_at_once(1001, "idle timeout")
                return
            except Exception:  # noqa: BLE001 - servers raise what they like when it is closed
                self._lose(1006, "")
                return
            if event["type"] != "websocket.receive":
                code, reason = event.get("code"), event.get("reason")
                self._lose(1005 if code is None else code, reason or "")
                return
            await self._take(event)

    async def _take(self, event: Event) -> None:
        text = event.get("text")
        message: Message = event.get("bytes") or b"" if text is None else text
        if self._most is not None and _is_longer(message, self._most):
            await self._close_at_once(1009, f"over {self._most} bytes")
            return
        self._messages.append(message)
        self._bytes_ahead += len(message)
        if self._arrived is not None:
            self._arrived.set()
        while len(self._messages) >= MOST_AHEAD or self._bytes_ahead >= MOST_BYTES_AHEAD:
            self._taken = new_event()
            await self._taken.wait()
        self._taken = None

    async def _close_at_once(self, code: int, reason: str) -> None:
        """Close the WebSocket because of what the client did, or did not."""
        if self.is_closed:
            return
        self._lose(code, reason)
        self._closing = new_event()
        self.asgi.app.logger.info(
            "WebSocket %r was closed: %s (%d).", self.scope.get("path"), reason, code
        )
        try:
            with suppress(WebsocketDisconnected):
                await self._emit({"type": "websocket.close", "code": code, "reason": reason})
        finally:
            self._closing.set()


def _call_with(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    return call_inline(function, *args, **kwargs)


def _render(response: Response, environ: Environ) -> tuple[int, Pairs, bytes]:
    pieces, _, headers = response.get_wsgi_response(environ)
    try:
        return response.status_code, headers, b"".join(pieces)
    finally:
        response.close()


def _is_longer(message: Message, most: int) -> bool:
    length = len(message)
    if length > most:
        return True
    if isinstance(message, bytes) or length * 4 <= most or message.isascii():
        return False
    return len(message.encode("utf-8", "surrogatepass")) > most


def _code_of(response: Response | None) -> int:
    """Return the code that closes an open WebSocket whose handler ended with such a response."""
    status = 200 if response is None else response.status_code
    return 1011 if status >= 500 else 1008 if status >= 400 else 1000


def check_closing(code: int, reason: str) -> None:
    """Refuse what no endpoint may send in a close frame.

    Raises:
        ValueError: The code is reserved or unknown, or the reason too long.

    Source: RFC 6455 §7.4 and the registry of its codes; 1004 to 1006 and 1015 are never sent.
    """
    if code not in _CODES:
        raise ValueError(
            f"A WebSocket cannot be closed with {code!r}: RFC 6455 allows 1000 to 1003, 1007 to"
            " 1014, and 3000 to 4999, of which applications use those from 4000."
        )
    if len(reason.encode()) > MOST_REASON:
        raise ValueError(
            f"A WebSocket's closing reason has at most {MOST_REASON} bytes, this one has"
            f" {len(reason.encode())}: {reason[:40]!r}…"
        )


def encode_headers(headers: Any) -> list[tuple[bytes, bytes]]:
    """Return headers, of any form that responses take, as ASGI has them.

    Raises:
        ValueError: A value has a control character, or the subprotocol is among them.
    """
    pairs = headers.items() if hasattr(headers, "items") else headers or ()
    encoded = []
    for name, value in pairs:
        if name.lower() == "sec-websocket-protocol":
            raise ValueError(f"Pass accept(subprotocol={value!r}) instead of a header {name!r}.")
        encoded.append(encode_header((name, value)))
    return encoded
