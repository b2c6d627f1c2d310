"""How is a WebSocket opened without a server? As ``clientside`` calls; both ends in one loop."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Self

from werkzeug.datastructures import Headers

from flask.asgi.clientside import ASGI, Event, Scope, scope_of
from flask.lifecycle.loops import beside, new_event

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from _typeshed.wsgi import WSGIEnvironment
    from werkzeug.test import TestResponse

    from flask.json.provider import JSONProvider

MOST_AHEAD = 256
"""Messages that the application may send before it waits for the client to take one."""


class WebSocketClosed(Exception):  # noqa: N818 - it is no error that a connection ends
    """The application has closed the WebSocket.

    Attributes:
        code: Why, by RFC 6455 §7.4.
        reason: The same in words.

    Since: 3.1.3+dewar.2
    """

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"The WebSocket was closed with code {code}: {reason or 'no reason'}.")
        self.code, self.reason = code, reason


class WebSocketRejected(Exception):  # noqa: N818 - likewise
    """The application has answered the handshake by a response instead of accepting it.

    Attributes:
        response: The response; a bare 403 where the WebSocket was closed instead.

    Since: 3.1.3+dewar.2
    """

    def __init__(self, response: TestResponse) -> None:
        super().__init__(f"The WebSocket was rejected: {response.status}.")
        self.response = response


def websocket_scope_of(
    environ: WSGIEnvironment, subprotocols: Iterable[str], state: dict[str, Any]
) -> Scope:
    """Return the scope of a handshake.

    Args:
        environ: The request, as :class:`flask.testing.EnvironBuilder` makes it.
        subprotocols: Those that the client offers.
        state: What the application kept at its start; copied.
    """
    scope = scope_of(environ, state)
    offered = list(subprotocols)
    more = {
        b"connection": b"Upgrade",
        b"upgrade": b"websocket",
        b"sec-websocket-version": b"13",
        b"sec-websocket-key": b"dGhlIHNhbXBsZSBub25jZQ==",
    }
    if offered:
        more[b"sec-websocket-protocol"] = ", ".join(offered).encode("latin-1")
    given = [pair for pair in scope["headers"] if pair[0] not in more]
    return {
        **{key: value for key, value in scope.items() if key != "method"},
        "type": "websocket",
        "scheme": "wss" if scope["scheme"] in {"https", "wss"} else "ws",
        "headers": [*given, *more.items()],
        "subprotocols": offered,
        "extensions": {"websocket.http.response": {}},
    }


class AsyncClientWebSocket:
    """The client's end of a WebSocket; made by ``AsyncFlaskClient.websocket()``.

    Attributes:
        accepted_subprotocol: What the application chose of those offered; ``None`` for none.
        headers: Those that it sent with its acceptance.
        close_code: Why the connection ended; ``None`` while it is open.
        close_reason: The same in words.

    Args:
        scope: The handshake.
        json: Writes and reads the messages of ``send_json`` and ``receive_json``.

    Since: 3.1.3+dewar.2
    """

    accepted_subprotocol: str | None = None
    close_code: int | None = None
    close_reason = ""

    def __init__(self, scope: Scope, json: JSONProvider) -> None:
        self.headers = Headers()
        self.scope = scope
        self.error: BaseException | None = None
        self.is_accepted = self.has_ended = self.has_left = False
        self.rejection_status = 0
        self.rejection: list[bytes] = []
        self._json = json
        self._is_answered = False
        self._told: deque[Event] = deque([{"type": "websocket.connect"}])
        self._came: deque[str | bytes] = deque()
        self._has_told, self._has_come, self._taken = new_event(), new_event(), new_event()

    async def send(self, data: str | bytes) -> None:
        """Send a message, text or binary.

        Raises:
            WebSocketClosed: The connection has ended.
        """
        self._check_open()
        key = "text" if isinstance(data, str) else "bytes"
        self._tell({"type": "websocket.receive", key: data})

    async def receive(self) -> str | bytes:
        """Wait for the next message.

        Raises:
            WebSocketClosed: The connection has ended.
            Exception: What the application raised.
        """
        while not self._came and self.close_code is None and not self.has_ended:
            self._has_come = new_event()
            await self._has_come.wait()
        if self._came:
            message = self._came.popleft()
            self._taken.set()
            return message
        self._raise_error()
        self._check_open()
        raise WebSocketClosed(1006, "the application ended without closing it")

    async def send_json(self, *args: Any, **kwargs: Any) -> None:
        """Send a message as JSON; the arguments are those of :func:`flask.jsonify`."""
        value: Any = kwargs if not args else args[0] if len(args) == 1 else list(args)
        await self.send(self._json.dumps(value))

    async def receive_json(self) -> Any:
        """Wait for the next message, which is JSON.

        Raises:
            ValueError: It is none.
            WebSocketClosed: The connection has ended.
        """
        return self._json.loads(await self.receive())

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection.

        Args:
            code: Why, by RFC 6455 §7.4.
            reason: The same in words.
        """
        if self.close_code is None:
            self.close_code, self.close_reason = code, reason
        self._leave(code, reason)

    def __aiter__(self) -> Self:
        """Return itself: it gives the messages until the connection ends."""
        return self

    async def __anext__(self) -> str | bytes:
        """Wait for a message."""
        try:
            return await self.receive()
        except WebSocketClosed:
            raise StopAsyncIteration from None

    def _check_open(self) -> None:
        if self.close_code is not None:
            raise WebSocketClosed(self.close_code, self.close_reason)

    def _tell(self, event: Event) -> None:
        self._told.append(event)
        self._has_told.set()

    def _leave(self, code: int, reason: str = "") -> None:
        if not self.has_left:
            self.has_left = True
            self._tell({"type": "websocket.disconnect", "code": code, "reason": reason})
            self._taken.set()

    def _raise_error(self) -> None:
        error, self.error = self.error, None
        if error is not None and not (self.has_left and isinstance(error, OSError)):
            raise error

    # What the application calls

    async def _run(self, asgi: ASGI) -> None:
        try:
            await asgi(self.scope, self._receive_event, self._send_event)
        except Exception as error:  # noqa: BLE001 - raised where the client waits
            self.error = error
        finally:
            self.has_ended = True
            self._has_come.set()

    async def _receive_event(self) -> Event:
        while not self._told:
            self._has_told = new_event()
            await self._has_told.wait()
        return self._told.popleft()

    async def _send_event(self, event: Event) -> None:
        if self.has_left:
            raise ConnectionResetError("The client has left.")
        handle = _HANDLERS.get(event["type"])
        if handle is None:
            raise ValueError(f"A WebSocket has no event of type {event['type']!r}.")
        handle(self, event)
        self._has_come.set()
        while len(self._came) > MOST_AHEAD and not self.has_left:
            self._taken = new_event()
            await self._taken.wait()

    def _accept(self, event: Event) -> None:
        self.is_accepted = self._is_answered = True
        self.accepted_subprotocol = event.get("subprotocol")
        self._take_headers(event)

    def _take_headers(self, event: Event) -> None:
        for name, value in event.get("headers", ()):
            self.headers.add(name.decode("latin-1"), value.decode("latin-1"))

    def _take(self, event: Event) -> None:
        if not self.is_accepted or self.close_code is not None:
            raise RuntimeError("A message was sent while the WebSocket is not open.")
        text = event.get("text")
        self._came.append(bytes(event["bytes"]) if text is None else text)

    def _take_close(self, event: Event) -> None:
        if not self.is_accepted:  # SPEC: ASGI, "Close - send event"
            self.rejection_status = 403
            self._is_answered = True
        elif self.close_code is None:
            self.close_code = event.get("code") or 1000
            self.close_reason = event.get("reason") or ""
        self._tell({"type": "websocket.disconnect", "code": self.close_code or 1006})

    def _start_rejection(self, event: Event) -> None:
        self.rejection_status = event["status"]
        self._take_headers(event)

    def _take_rejection(self, event: Event) -> None:
        self.rejection.append(event.get("body", b""))
        self._is_answered = not event.get("more_body", False)

    async def _wait_for_answer(self) -> None:
        while not self._is_answered and not self.has_ended:
            self._has_come = new_event()
            await self._has_come.wait()

    async def _end(self) -> None:
        self._leave(self.close_code or 1000)
        while not self.has_ended:
            self._has_come = new_event()
            await self._has_come.wait()
        if self.close_code is None:
            self.close_code = 1000


_HANDLERS: dict[str, Callable[[AsyncClientWebSocket, Event], None]] = {
    "websocket.accept": AsyncClientWebSocket._accept,
    "websocket.send": AsyncClientWebSocket._take,
    "websocket.close": AsyncClientWebSocket._take_close,
    "websocket.http.response.start": AsyncClientWebSocket._start_rejection,
    "websocket.http.response.body": AsyncClientWebSocket._take_rejection,
}


@asynccontextmanager
async def connected(
    asgi: ASGI,
    socket: AsyncClientWebSocket,
    rejected: Callable[[AsyncClientWebSocket], TestResponse],
) -> AsyncIterator[AsyncClientWebSocket]:
    """Open a WebSocket for a block, and close it when the block is left.

    Args:
        asgi: The application.
        socket: The client's end.
        rejected: Makes the response of a rejected handshake.

    Raises:
        WebSocketRejected: The application did not accept.
        Exception: What the application raised.
    """
    async with beside(lambda: socket._run(asgi)):
        try:
            await socket._wait_for_answer()
            if not socket.is_accepted:
                socket._raise_error()
                if not socket.rejection_status:
                    raise RuntimeError("The application ended without accepting the WebSocket.")
                raise WebSocketRejected(rejected(socket))
            yield socket
        finally:
            await socket._end()
    socket._raise_error()


class ClientWebSocket:
    """The client's end of a WebSocket for plain code; made by ``FlaskClient.websocket()``.

    Its loop runs in a thread of its own.

    Since: 3.1.3+dewar.2
    """

    def __init__(
        self, socket: AsyncClientWebSocket, run: Callable[[Callable[[], Awaitable[Any]]], Any]
    ) -> None:
        self._socket = socket
        self._run = run

    @property
    def accepted_subprotocol(self) -> str | None:
        """What the application chose of the subprotocols offered."""
        return self._socket.accepted_subprotocol

    @property
    def headers(self) -> Headers:
        """Those that the application sent with its acceptance."""
        return self._socket.headers

    @property
    def close_code(self) -> int | None:
        """Why the connection ended; ``None`` while it is open."""
        return self._socket.close_code

    @property
    def close_reason(self) -> str:
        """The same in words."""
        return self._socket.close_reason

    def send(self, data: str | bytes) -> None:
        """Send a message; see :meth:`AsyncClientWebSocket.send`."""
        self._run(lambda: self._socket.send(data))

    def receive(self) -> str | bytes:
        """Wait for a message; see :meth:`AsyncClientWebSocket.receive`."""
        message: str | bytes = self._run(self._socket.receive)
        return message

    def send_json(self, *args: Any, **kwargs: Any) -> None:
        """Send a message as JSON."""
        self._run(lambda: self._socket.send_json(*args, **kwargs))

    def receive_json(self) -> Any:
        """Wait for the next message, which is JSON."""
        return self._run(self._socket.receive_json)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection; see :meth:`AsyncClientWebSocket.close`."""
        self._run(lambda: self._socket.close(code, reason))

    def __iter__(self) -> Iterator[str | bytes]:
        """Return the messages until the connection ends."""
        while True:
            try:
                message = self.receive()
            except WebSocketClosed:
                return
            yield message


@contextmanager
def connected_in_thread(
    connect: Callable[[], AbstractAsyncContextManager[AsyncClientWebSocket]],
) -> Iterator[ClientWebSocket]:
    """Open a WebSocket for a block of plain code, on a loop in a thread.

    Args:
        connect: Called there; returns what :func:`connected` does.
    """
    runner = asyncio.Runner()
    thread = threading.Thread(target=_serve, args=(runner,), name="flask-client-websocket")
    loop = runner.get_loop()
    thread.start()

    def run(function: Callable[[], Awaitable[Any]]) -> Any:
        async def awaited() -> Any:
            return await function()

        return asyncio.run_coroutine_threadsafe(awaited(), loop).result()

    async def make() -> AbstractAsyncContextManager[AsyncClientWebSocket]:
        return connect()

    try:
        with _entered(run(make), run) as socket:
            yield ClientWebSocket(socket, run)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


@contextmanager
def _entered(connection: Any, run: Callable[..., Any]) -> Iterator[AsyncClientWebSocket]:
    socket = run(connection.__aenter__)
    try:
        yield socket
    finally:
        run(lambda: connection.__aexit__(None, None, None))


def _serve(runner: asyncio.Runner) -> None:
    with runner:
        runner.get_loop().run_forever()
