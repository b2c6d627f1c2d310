"""What does an ASGI server call? The object that ``app.asgi_app`` is, for requests of all kinds."""

from __future__ import annotations

from sys import modules
from typing import TYPE_CHECKING, Any

from flask.asgi.http import Send, serve_http
from flask.asgi.lifespan import Lifespan, serve_lifespan
from flask.asgi.places import THREADS, Hints
from flask.lazy import LazyAttribute
from flask.lifecycle.homes import Homes
from flask.lifecycle.loops import new_cancel_scope, runs_in_trio

if TYPE_CHECKING:
    from flask.app import Flask
    from flask.asgi.body import Receive
    from flask.asgi.environ import Scope


class ASGIApp:
    """The ASGI application (version 3.0 of the protocol) of a Flask application.

    COMPAT: an object with a coroutine function as ``__call__``: servers take a bound method for
    an application of ASGI 2.
    """

    state: dict[str, Any] | None = None
    """That of the server's lifespan: requests get copies."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    @LazyAttribute
    def hints(self) -> Hints:
        """Guesses where requests run; made for the first one, which looks for a lifespan too."""
        app = self.app
        if app._lifespan is None and (app.while_serving_funcs or app.before_serving_funcs):
            app.logger.warning(
                "The server sent a request without having told of its start (the lifespan protocol"
                " of ASGI), so that no 'before_serving' or 'while_serving' function was called."
                " Turn its lifespan support on, or use 'async with app.serving()'."
            )
        return Hints(app)

    @LazyAttribute
    def homes(self) -> Homes:
        """The threads of synchronous code; none is started before it is needed."""
        return Homes(self.app.config.get("ASGI_THREADS", THREADS))

    def with_own_state(self, scope: Scope) -> Scope:
        """Return the scope with a copy of the lifespan's state, where a server passes that on."""
        if scope.get("state") is not self.state or self.state is None:
            return scope
        return {**scope, "state": self.state.copy()}

    def entry(self) -> Any:
        """Return what a WSGI server would call, where ``Flask.__call__`` has been replaced.

        COMPAT: sentry-sdk does that, for its transactions. One that is ASGI's is passed over.
        """
        from inspect import iscoroutinefunction, signature  # noqa: PLC0415 - few replace it

        call = type(self.app).__call__
        try:
            signature(call).bind(self.app, {}, self)
        except TypeError:
            return self.app.wsgi_app
        return self.app.wsgi_app if iscoroutinefunction(call) else self.app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, a WebSocket, or the server's start and stop."""
        if scope["type"] != "http":
            await self._serve_other(scope, receive, send)
        elif "trio" in modules and runs_in_trio():
            with new_cancel_scope() as cancel_scope:
                await serve_http(self, scope, receive, send, cancel_scope)
        else:
            await serve_http(self, scope, receive, send, None)

    async def _serve_other(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve what is no HTTP request.

        Raises:
            ValueError: The scope is of a type that ASGI does not have.
        """
        if scope["type"] == "lifespan":
            self.state = scope.get("state")
            await serve_lifespan(Lifespan(self.app, self.state), receive, send)
            return
        if scope["type"] != "websocket":
            raise ValueError(f"The scope type {scope['type']!r} is not known.")
        from flask.asgi.connection import serve_websocket  # noqa: PLC0415 - most apps have none

        if "trio" in modules and runs_in_trio():
            with new_cancel_scope() as cancel_scope:
                await serve_websocket(self, scope, receive, send, cancel_scope)
        else:
            await serve_websocket(self, scope, receive, send, None)
