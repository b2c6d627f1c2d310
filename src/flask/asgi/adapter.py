"""What does an ASGI server call? The object that ``app.asgi_app`` is, for requests of all kinds."""

from __future__ import annotations

from sys import modules
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import ClientDisconnected

from flask.asgi.environ import CLIENT, BadScopeError, environ_of
from flask.asgi.http import Exchange, Send, refuse
from flask.asgi.lifespan import Lifespan, serve_lifespan
from flask.asgi.places import THREADS, Hints, check_settings
from flask.coroutines import runs_in_trio
from flask.globals import get_app_context, get_request_context, with_active
from flask.lazy import LazyAttribute
from flask.lifecycle.bridge import Job
from flask.lifecycle.homes import Homes
from flask.lifecycle.loops import CancelledByWatchError, new_cancel_scope

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
    _seen_call: Any = None
    _is_wsgi_call = False

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
        check_settings(app)
        return Hints(app)

    @LazyAttribute
    def homes(self) -> Homes:
        """The threads of synchronous code; none is started before it is needed."""
        return Homes(self.app.config.get("ASGI_THREADS", THREADS))

    def with_own_state(self, scope: Scope) -> Scope:
        """Return the scope with a copy of the lifespan's state, where a server passes that on."""
        given: dict[str, Any] | None = scope.get("state")
        if given is None or given is not self.state:
            return scope
        return {**scope, "state": given.copy()}

    def entry(self) -> Any:
        """Return what a WSGI server would call, where ``Flask.__call__`` has been replaced.

        COMPAT: sentry-sdk does that, for its transactions. One that is ASGI's is passed over.
        """
        call = type(self.app).__call__
        if call is not self._seen_call:
            self._is_wsgi_call = _is_wsgi_call(call)  # first, because other threads look
            self._seen_call = call
        return self.app if self._is_wsgi_call else self.app.wsgi_app

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send, scope_in_trio: Any = None
    ) -> None:
        """Serve a request by ``wsgi_app``, on the loop or in a home thread; or what is no request.

        The last argument, trio's cancel scope around the request, is no server's.
        """
        is_within = (
            get_request_context(None) is not None or get_app_context(None) is not None
        ) and CLIENT not in scope
        if (
            scope["type"] != "http"
            or is_within
            or ("trio" in modules and scope_in_trio is None and runs_in_trio())
        ):
            await self._serve_other(scope, receive, send, is_within)
            return
        if self.state is not None and scope.get("state") is self.state:
            scope = self.with_own_state(scope)
        try:
            environ = environ_of(scope)
        except BadScopeError as error:
            await refuse(send, f"{error}\n")
            return
        exchange = Exchange(self, environ, receive, send)
        if scope_in_trio is not None or scope.get("extensions") or self.app.config["DEBUG"]:
            exchange.prepare(scope, environ, scope_in_trio)
        try:
            if self.hints.is_for_loop(environ):
                # PERF: what run_on_loop does, and finish() below, each without a coroutine: 0.15 µs.
                last = exchange.start(exchange, exchange.answer, environ)
                if type(last) is Job:
                    last = await exchange.guard(last)
            else:
                last = await exchange.answer_at_home(environ)
            if type(last) is not bytes or exchange.trailers is not None:
                await exchange.finish(last)
            else:
                if not exchange.is_streaming:
                    await send(exchange.start_event())
                await send({"type": "http.response.body", "body": last})
        except (CancelledByWatchError, ClientDisconnected, OSError) as error:
            exchange.end_by(error)
        finally:
            exchange.leave()

    async def _serve_other(
        self, scope: Scope, receive: Receive, send: Send, is_within: bool
    ) -> None:
        """Serve what is no HTTP request; what is, in trio or within the context of another.

        Raises:
            ValueError: The scope is of a type that ASGI does not have.
        """
        if is_within:
            # COMPAT: uvicorn goes on to read a connection in the context of the request that had
            # paused it, and serves the next ones in copies of that: g would be the other's.
            with with_active(None, None):
                await self(scope, receive, send)
            return
        kind = scope["type"]
        if kind == "lifespan":
            self.state = scope.get("state")
            await serve_lifespan(Lifespan(self.app, self.state), receive, send)
            return
        if kind not in {"http", "websocket"}:
            raise ValueError(f"The scope type {kind!r} is not known.")
        from flask.asgi.connection import serve_websocket  # noqa: PLC0415 - most apps have none

        if not runs_in_trio():
            await serve_websocket(self, scope, receive, send, None)
            return
        with new_cancel_scope() as cancel_scope:
            if kind == "http":
                await self(scope, receive, send, cancel_scope)
            else:
                await serve_websocket(self, scope, receive, send, cancel_scope)


def _is_wsgi_call(call: Any) -> bool:
    """Tell whether a ``__call__`` takes an environ and ``start_response``, and awaits nothing."""
    from inspect import iscoroutinefunction, signature  # noqa: PLC0415 - few replace it

    try:
        signature(call).bind(None, None, None)
    except TypeError:
        return False
    return not iscoroutinefunction(call)
