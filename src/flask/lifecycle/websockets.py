"""What happens to a WebSocket? The methods of :class:`WebsocketServing`, in the order they run.

The path is that of a request (``lifecycle.serving``) with hooks of its own; ``flask.asgi`` calls
:meth:`~WebsocketServing.handle_websocket` in a greenlet, where plain code may wait.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, TypeVar, cast

from werkzeug.exceptions import Forbidden, HTTPException
from werkzeug.exceptions import NotImplemented as HTTPNotImplemented

from flask import typing as ft
from flask.coroutines import is_coroutine_function, result_of
from flask.ctx import SESSION_IS_DUE, RequestContext
from flask.globals import (
    _is_websocket_active,
    active_app_context,
    active_request_context,
    with_active,
)
from flask.lazy import LazyAttribute, LazyClass
from flask.lifecycle.errors import end_after_error
from flask.lifecycle.serving import Serving
from flask.setup.scaffold import setupmethod
from flask.setup.websockets import register_websocket

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from flask.asgi.websocket import Websocket
    from flask.wrappers import Response

F = TypeVar("F", bound=Callable[..., Any])
_sentinel: Any = object()


class WebsocketDisconnected(ConnectionError):  # noqa: N818 - it is how most conversations end
    """The WebSocket is closed; raised by what would receive or send.

    A handler need not catch it: when it ends so, nothing is logged and no error handler runs.

    Args:
        code: The closing code (RFC 6455 §7.4); 1006 when the client left without one.
        reason: What was said with it, empty if nothing was.

    Since: 3.1.3+dewar.2; source: RFC 6455 §7.1.5 and 7.1.6.
    """

    def __init__(self, code: int = 1006, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code, self.reason = code, reason

    def __str__(self) -> str:
        return f"The WebSocket is closed: {self.code} {self.reason}".rstrip()


class WebsocketContext(RequestContext):
    """Makes one WebSocket the current one, for ``websocket`` and ``request`` alike."""

    is_websocket = True

    def _tear_down(self, exc: BaseException | None) -> None:
        self.app.do_teardown_websocket(exc)


def has_websocket_context() -> bool:
    """Tell whether a WebSocket is being served here, so that ``websocket`` works.

    :func:`~flask.has_request_context` is true then, too, and ``request`` is the WebSocket.
    Since: 3.1.3+dewar.2.
    """
    return _is_websocket_active()


def copy_current_websocket_context(f: F) -> F:
    """Let a function run elsewhere, in a task or a thread, where ``websocket`` is this one.

    Tasks that a handler starts see it without. ``g`` and ``session`` are the handler's, and the
    teardown functions run once, when it ends. The result is a coroutine function if ``f`` is one.

    Raises:
        RuntimeError: No WebSocket is being served here.

    Since: 3.1.3+dewar.2.
    """
    if not _is_websocket_active():
        raise RuntimeError(
            "'copy_current_websocket_context' can only be used in a WebSocket's handler, in what"
            " it calls, and in the hooks around it."
        )
    app_ctx, ctx = active_app_context(), active_request_context()
    if is_coroutine_function(f):

        async def await_here(*args: Any, **kwargs: Any) -> Any:
            with with_active(app_ctx, ctx):
                return await f(*args, **kwargs)

        return cast("F", update_wrapper(await_here, f))

    def call_here(*args: Any, **kwargs: Any) -> Any:
        with with_active(app_ctx, ctx):
            return f(*args, **kwargs)

    return cast("F", update_wrapper(call_here, f))


class WebsocketServing(Serving):
    """The application during a WebSocket: the steps between its handshake and its end."""

    websocket_class: type[Websocket] = cast(
        "type[Websocket]", LazyClass("flask.asgi.websocket", "Websocket")
    )
    """Class of :data:`flask.websocket`. Since: 3.1.3+dewar.2."""

    websocket_functions = LazyAttribute["WebsocketServing", dict[str, "ft.WebsocketCallable"]](
        lambda self: {}  # by endpoint
    )

    @setupmethod
    def add_websocket(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: ft.WebsocketCallable | None = None,
        **options: Any,
    ) -> None:
        """Register a rule for WebSockets, and the handler that talks with the client.

        Under WSGI its handshakes are answered 501. Arguments are those of :meth:`add_url_rule`,
        ``sync_view`` included, without ``methods``.

        Raises:
            TypeError: ``methods`` are given: a handshake is a GET (RFC 6455 §4.1).
            AssertionError: The endpoint has another handler or view already.

        Since: 3.1.3+dewar.2.
        """
        register_websocket(self, self.websocket_functions, rule, endpoint, view_func, options)

    def handle_websocket(self, environ: WSGIEnvironment) -> None:
        """Serve one WebSocket, from its handshake to its end.

        Args:
            environ: The handshake, as for a request; ``flask.websocket`` is the connection.

        Since: 3.1.3+dewar.2.
        """
        ctx = self.websocket_context(environ)
        error: BaseException | None = None
        try:
            try:
                ctx.push()
                response = self.full_dispatch_websocket()
            except Exception as raised:  # noqa: BLE001 - any error of the app ends the WebSocket
                error = raised
                response = self.handle_websocket_exception(raised)
            except BaseException as raised:
                error = raised
                raise
            environ["flask.websocket"].end(response, environ)
        finally:
            if error is None:
                ctx.pop(None)
            else:
                end_after_error(ctx, error)
            error = None  # this frame and the error's traceback would hold each other

    def websocket_context(self, environ: WSGIEnvironment) -> RequestContext:
        """Return the context of a WebSocket, not pushed. Since: 3.1.3+dewar.2."""
        websocket = self.websocket_class(environ)
        websocket.json_module = self.json
        return WebsocketContext(cast("Any", self), environ, websocket)

    def full_dispatch_websocket(self) -> Response | None:
        """Run hooks and handler, and turn errors into responses.

        Returns:
            What refuses the handshake, or tells by its status how an open WebSocket is closed
            (:meth:`finalize_websocket`); ``None`` for one that ended as it should.

        Since: 3.1.3+dewar.2.
        """
        self._got_first_request = True
        rv: Any
        try:
            self.check_websocket_origin()
            rv = self.preprocess_websocket()
            if rv is None and not _connection().is_closed:  # or a hook has closed it
                rv = self.dispatch_websocket()
            if rv is not None and _connection().is_accepted:
                raise TypeError(
                    f"The WebSocket {active_request_context().request.path!r} was accepted, so no"
                    f" response can be sent, but {type(rv).__name__} was returned. Return a"
                    " response before accept(), receive() and send(), or send a message."
                )
        except Exception as error:  # noqa: BLE001 - handlers exist for any error of the app
            ended_by = _meaning_of(error)
            rv = None if ended_by is None else self.handle_user_exception(ended_by)
        try:
            return self.finalize_websocket(rv)
        finally:
            rv = None  # it may be the error, whose traceback holds this frame

    def check_websocket_origin(self) -> None:
        """Refuse a page of another origin, whose scripts would act with the user's cookies.

        ``WEBSOCKET_ALLOWED_ORIGINS`` lists others that are allowed, as
        ``"https://app.example.com"``; ``"*"`` allows any. A client that names no origin is no
        browser.

        Raises:
            Forbidden: The origin is not allowed.

        Source: RFC 6455 §10.2. Since: 3.1.3+dewar.2.
        """
        request = active_request_context().request
        origin = request.headers.get("Origin")
        allowed = self.config.get("WEBSOCKET_ALLOWED_ORIGINS") or ()
        others = (allowed,) if isinstance(allowed, str) else allowed
        if origin is None or "*" in others:
            return
        own = f"{'https' if request.is_secure else 'http'}://{request.host}"
        if origin.lower() not in {other.lower().rstrip("/") for other in (own, *others)}:
            self.logger.warning(
                "A WebSocket from %r to %r was refused: its origin is not that of the host, %r."
                " WEBSOCKET_ALLOWED_ORIGINS allows others; behind a proxy that speaks TLS, let the"
                " server trust its X-Forwarded-Proto.",
                origin,
                request.path,
                own,
            )
            raise Forbidden("WebSockets from this origin are not allowed.")

    def preprocess_websocket(self) -> ft.ResponseReturnValue | None:
        """Call URL value preprocessors, then before-websocket functions, app first.

        Returns:
            What one of the latter returned, which refuses the handshake.

        Since: 3.1.3+dewar.2.
        """
        ctx = active_request_context()
        request = ctx.request
        scopes = tuple(reversed(ctx._hook_scopes()))
        for scope in scopes:
            for preprocess in self.url_value_preprocessors.get(scope, ()):
                self.ensure_sync(preprocess)(request.endpoint, request.view_args)
        for scope in scopes:
            for before in self.before_websocket_funcs.get(scope, ()):
                rv: ft.ResponseReturnValue | None = self.ensure_sync(before)()
                if rv is not None:
                    return rv
        return None

    def dispatch_websocket(self) -> ft.ResponseReturnValue | None:
        """Raise the routing error, or call the handler with the URL's values.

        Returns:
            What the handler returned: ``None``, or a response that refuses the handshake.

        Since: 3.1.3+dewar.2.
        """
        request = active_request_context().request
        if request.routing_exception is not None:
            self.raise_routing_exception(request)
        endpoint: Any = request.endpoint
        handler = self.websocket_functions.get(endpoint)
        if handler is None:
            raise HTTPNotImplemented(
                f"The view of {endpoint!r} takes the socket of a WSGI server. Under ASGI a"
                " WebSocket is served by what '@app.websocket(...)' registers."
            )
        rv: Any = self.ensure_sync(handler)(**request.view_args or {})
        answer: ft.ResponseReturnValue | None = result_of(rv, self.async_to_sync)
        return answer

    def finalize_websocket(
        self,
        rv: ft.ResponseReturnValue | HTTPException | None,
        from_error_handler: bool = False,
    ) -> Response | None:
        """Let the after-websocket functions see how the WebSocket ends.

        A response refuses the handshake; when the WebSocket is open, it is closed: with 1011 for
        a status from 500, 1008 for one from 400, else 1000, as without a response. Without one
        before :meth:`Websocket.accept <flask.asgi.websocket.Websocket.accept>` the client gets
        403.

        Args:
            rv: What the handler, a hook or an error handler returned.
            from_error_handler: Log an error of the after functions instead of raising.

        Since: 3.1.3+dewar.2.
        """
        response = None if rv is None else self.make_response(rv)
        try:
            return self.process_websocket(response)
        except Exception:
            if not from_error_handler:
                raise
            self.logger.exception("Finalizing a WebSocket failed while handling an error")
            return response

    def process_websocket(self, response: Response | None) -> Response | None:
        """Call the after-websocket functions in reverse, inner blueprint first.

        Each gets the response that refuses the handshake, or ``None``, and returns it or another;
        the session is saved with one.

        Since: 3.1.3+dewar.2.
        """
        ctx = active_request_context()
        for scope in ctx._hook_scopes():
            for after in reversed(self.after_websocket_funcs.get(scope, ())):
                response = self.ensure_sync(after)(response)
        if response is None or _connection().is_accepted:
            return response
        for after in ctx._after or ():
            response = self.ensure_sync(after)(response)
        session = ctx._session
        if session is not SESSION_IS_DUE and not self.session_interface.is_null_session(session):
            self.session_interface.save_session(ctx.app, session, cast("Any", response))
        return response

    def handle_websocket_exception(self, e: Exception) -> Response | None:
        """Answer an error that has no handler: with 500, or 1011 once the WebSocket is open.

        It is logged, and :data:`~flask.got_request_exception` is sent.

        Raises:
            Exception: The error, when ``PROPAGATE_EXCEPTIONS`` asks for it.

        Since: 3.1.3+dewar.2.
        """
        return self.finalize_websocket(self._failure_of(e), from_error_handler=True)

    def do_teardown_websocket(self, exc: BaseException | None = _sentinel) -> None:
        """Call the teardown-websocket functions in reverse, inner blueprint first.

        Args:
            exc: The unhandled error; by default the one being handled.

        Since: 3.1.3+dewar.2.
        """
        if exc is _sentinel:
            exc = sys.exception()
        for scope in active_request_context()._hook_scopes():
            for teardown in reversed(self.teardown_websocket_funcs.get(scope, ())):
                self.ensure_sync(teardown)(exc)


def _connection() -> Any:
    return active_request_context().request.environ["flask.websocket"]


def _meaning_of(error: Exception) -> Exception | None:
    """Return what ended a handler, or ``None`` if it was no more than a client that left.

    A group of tasks is ended by its one HTTP error, the others having been cancelled: what a
    client sends may raise it, as in ``receive_json``.
    """
    if not isinstance(error, ExceptionGroup):
        return None if isinstance(error, WebsocketDisconnected) else error
    left: Any = error.split(WebsocketDisconnected)[1]
    while isinstance(left, ExceptionGroup) and len(left.exceptions) == 1:
        left = left.exceptions[0]
    return left if left is None or isinstance(left, HTTPException) else error
