"""What does a WebSocket's handler talk to? A request that is not over: ``flask.websocket``."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import BadRequest

from flask.lazy import LazyAttribute
from flask.lifecycle.websockets import WebsocketDisconnected
from flask.wrappers import Request

if TYPE_CHECKING:
    from flask.asgi.connection import Connection

__all__ = ["Websocket", "WebsocketDisconnected"]


class Websocket(Request):
    """A WebSocket; ``flask.websocket`` is the current one, and so is ``flask.request``.

    It has what a request has: ``args``, ``headers``, ``cookies``, ``view_args``, ``path``. In a
    coroutine its methods are awaited; in a synchronous handler they return when they are done:
    ``await websocket.receive()`` there is ``websocket.receive()`` here.

    Settings: a longer message than ``WEBSOCKET_MAX_MESSAGE_SIZE`` bytes (16 MiB) closes it with
    1009, as many seconds as ``WEBSOCKET_IDLE_TIMEOUT`` (none) without a message with 1001;
    ``None`` is no limit. ``WEBSOCKET_ALLOWED_ORIGINS`` is with
    :meth:`~flask.Flask.check_websocket_origin`. When the client has left, a handler that waits
    for something else is cancelled after ``ASGI_DISCONNECT_GRACE`` seconds (5). The session can be
    read; what is written to it is lost, but for a response that refuses the handshake.

    A subclass set as :attr:`Flask.websocket_class <flask.Flask.websocket_class>` replaces it.

    Raises:
        WebsocketDisconnected: Receiving and sending, when the WebSocket is closed.

    Since: 3.1.3+dewar.2; source: RFC 6455, and Quart's names.
    """

    scheme = LazyAttribute["Request", str](
        lambda self: "wss" if self._given.get("wsgi.url_scheme") == "https" else "ws"
    )

    @property
    def _connection(self) -> Connection:
        connection: Connection | None = self.environ.get("flask.websocket")
        if connection is None:
            raise RuntimeError("This WebSocket has no client: it was not made by an ASGI server.")
        return connection

    @property
    def requested_subprotocols(self) -> list[str]:
        """The subprotocols that the client offers, the one it likes best first (RFC 6455 §1.9)."""
        header = self.headers.get("Sec-WebSocket-Protocol", "")
        offered: Iterable[str] = self._connection.scope.get("subprotocols") or header.split(",")
        return [name.strip() for name in offered if name.strip()]

    def accept(
        self,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
        subprotocol: str | None = None,
    ) -> Awaitable[None]:
        """Complete the handshake; the first :meth:`receive` or :meth:`send` does it, too.

        Args:
            headers: Added to the answer, in Latin-1. COMPAT: granian leaves them out.
            subprotocol: One of :attr:`requested_subprotocols`.

        Raises:
            ValueError: The client did not offer the subprotocol, or a header has a control
                character.
            RuntimeError: The WebSocket is accepted already, without these.

        Source: RFC 6455 §4.2.2.
        """
        if subprotocol is not None and subprotocol not in self.requested_subprotocols:
            raise ValueError(
                f"The client did not offer the subprotocol {subprotocol!r} but"
                f" {self.requested_subprotocols!r}, of which one is chosen, or none."
            )
        connection = self._connection
        done: Awaitable[None] = connection.give(connection.accept(headers, subprotocol))
        return done

    def receive(self) -> Any:
        """Wait for the next message.

        Returns:
            A ``str`` for a text message, which is UTF-8 on the wire, ``bytes`` for a binary one; in
            a coroutine, what is awaited for it.

        Raises:
            RuntimeError: Another task receives already.
        """
        connection = self._connection
        return connection.give(connection.receive())

    def send(self, data: str | bytes | bytearray | memoryview) -> Awaitable[None]:
        """Send a message: text, in UTF-8, for a ``str``, else binary.

        It waits as long as the server does, for example for a client that is slow.

        Raises:
            TypeError: It is neither text nor bytes.
        """
        connection = self._connection
        done: Awaitable[None] = connection.give(connection.send(data))
        return done

    def receive_json(self) -> Any:
        """Wait for the next message and parse it by the application's JSON provider.

        Raises:
            BadRequest: It is no JSON; unless caught, the WebSocket is closed with 1008.
        """
        return self._connection.give(self._receive_json())

    async def _receive_json(self) -> Any:
        message = await self._connection.receive()
        try:
            return self.json_module.loads(message)
        except ValueError as error:
            raise BadRequest(f"The WebSocket's message is no JSON: {error}") from error

    def send_json(self, *args: Any, **kwargs: Any) -> Awaitable[None]:
        """Send as text what :func:`~flask.jsonify` would make of the arguments.

        Raises:
            TypeError: Both positional and keyword arguments are given.
        """
        if args and kwargs:
            raise TypeError("send_json() takes either positional or keyword arguments, not both.")
        data: Any = args[0] if len(args) == 1 else args or kwargs
        return self.send(self.json_module.dumps(data))

    def close(self, code: int = 1000, reason: str = "") -> Any:
        """Close the WebSocket; before :meth:`accept` the client gets 403.

        Without effect on one that is closed. A handler that returns closes with 1000.

        Args:
            code: 1000 to 1003, 1007 to 1014, or 3000 to 4999 (RFC 6455 §7.4).
            reason: At most 123 bytes in UTF-8.

        Raises:
            ValueError: Code or reason may not be sent.
        """
        connection = self._connection
        return connection.give(connection.close(code, reason))
