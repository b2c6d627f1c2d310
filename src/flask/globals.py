"""Which application, request and session are active here? Proxies over two context variables.

Every room reads them; ``flask.ctx`` sets them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar, cast

from werkzeug.local import LocalProxy

from flask.lazy import former_names_of

if TYPE_CHECKING:
    from flask.app import Flask
    from flask.asgi.websocket import Websocket
    from flask.ctx import AppContext, RequestContext, _AppCtxGlobals
    from flask.sessions import SessionMixin
    from flask.wrappers import Request

T = TypeVar("T")

_no_app_msg = """\
Working outside of application context.

This code reads 'current_app' or 'g', which exist only while an application
context is active: during a request, in a CLI command, or inside
'with app.app_context():'. Wrap the calling code in that block."""

_no_req_msg = """\
Working outside of request context.

This code reads 'request' or 'session', which exist only while a request is
being handled. In a test, wrap the calling code in
'with app.test_request_context():' or make the request with a test client."""

_no_websocket_msg = """\
Working outside of a WebSocket's context.

This code reads 'websocket', which exists only in the handlers that
'@app.websocket(...)' registers, in what they call, and in the hooks around
them. In a view, read 'request'."""

_cv_app: ContextVar[AppContext] = ContextVar("flask.app_ctx")
# PERF: most requests never ask for their application context: it is made when somebody does,
# and then ``_cv_app`` stays unset, 0.4 µs.
_cv_request: ContextVar[RequestContext] = ContextVar("flask.request_ctx")
# PERF: calling a variable's method makes a method object each time, 0.03 µs.
get_app_context = _cv_app.get
get_request_context = _cv_request.get
set_request_context = _cv_request.set
reset_request_context = _cv_request.reset


def active_app_context() -> AppContext | None:
    """Return the active application context itself, or ``None``; a request's is made when asked for."""
    # None stands for no context where one was popped in another context than it was pushed in.
    ctx = get_app_context(None)
    if ctx is None:
        request_ctx = get_request_context(None)
        if request_ctx is not None:
            return request_ctx._late_app_ctx or request_ctx._late_app_context()
    return ctx


def active_app() -> Flask | None:
    """Return the current application itself, not its proxy; ``None`` where there is none."""
    ctx = get_app_context(None)
    if ctx is not None:
        return ctx.app
    request_ctx = get_request_context(None)
    return (
        request_ctx.app
        if request_ctx is not None and request_ctx._late_app_ctx is not None
        else None
    )


@contextmanager
def with_active(app_ctx: AppContext | None, request_ctx: RequestContext | None) -> Iterator[None]:
    """Run a block where these are the active contexts, without pushing them; ``None`` is none."""
    app_token = _cv_app.set(cast("AppContext", app_ctx))
    request_token = _cv_request.set(cast("RequestContext", request_ctx))
    try:
        yield
    finally:
        _cv_request.reset(request_token)
        _cv_app.reset(app_token)


# PERF: what requests do often takes one look at the context variables, 0.1 µs, and 0.2 to 0.3 µs
# in all; LocalProxy's lookup, which serves every other operation, takes 0.7 µs. Unbound,
# LocalProxy answers everything.
_OWN = frozenset(("_get_current_object", "__wrapped__", "_LocalProxy__wrapped"))
_OF_LOCAL_PROXY = vars(LocalProxy)


def _own(proxy: Any, name: str) -> Any:
    """Return an attribute of the proxy itself; unbound, the special methods refuse when read."""
    lookup: Any = _OF_LOCAL_PROXY.get(name)
    if name in vars(type(proxy)) and hasattr(lookup, "__get__"):
        return lookup.__get__(proxy, type(proxy))
    return object.__getattribute__(proxy, name)


class _AppContextProxy(LocalProxy[T]):
    """The active application context itself."""

    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:
        ctx = active_app_context()
        if ctx is None or name in _OWN:
            return _own(self, name)
        return getattr(ctx, name)


class _CurrentAppProxy(LocalProxy[T]):
    """The application of the active context."""

    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:
        app = active_app()
        if app is None or name in _OWN:
            return _own(self, name)
        return getattr(app, name)


class _GlobalsProxy(LocalProxy[T]):
    """The namespace ``g`` of the active application context."""

    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:
        ctx = active_app_context()
        if ctx is None or name in _OWN:
            return _own(self, name)
        return getattr(ctx.g, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(_active_app_context().g, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(_active_app_context().g, name)

    def __contains__(self, item: str) -> bool:
        return item in _active_app_context().g


class _RequestContextProxy(LocalProxy[T]):
    """The active request context itself."""

    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:
        ctx = get_request_context(None)
        if ctx is None or name in _OWN:
            return _own(self, name)
        return getattr(ctx, name)


class _RequestProxy(LocalProxy[T]):
    """The request being handled."""

    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:
        ctx = get_request_context(None)
        if ctx is None or name in _OWN:
            return _own(self, name)
        return getattr(ctx.request, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(active_request_context().request, name, value)


class _SessionProxy(LocalProxy[T]):
    """The session of the request being handled."""

    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:
        ctx = get_request_context(None)
        if ctx is None or name in _OWN:
            return _own(self, name)
        return getattr(ctx.session, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(active_request_context().session, name, value)

    def __getitem__(self, key: Any) -> Any:
        return active_request_context().session[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        active_request_context().session[key] = value

    def __delitem__(self, key: Any) -> None:
        del active_request_context().session[key]

    def __contains__(self, key: object) -> bool:
        return key in active_request_context().session

    def __iter__(self) -> Iterator[Any]:
        ctx = get_request_context(None)
        if ctx is None:  # Python takes LocalProxy's refusal for a missing method
            raise TypeError(f"{type(self).__name__!r} object is not iterable")
        return iter(ctx.session)

    def __len__(self) -> int:
        return len(active_request_context().session)

    def __bool__(self) -> bool:
        ctx = get_request_context(None)
        return ctx is not None and bool(ctx.session)


def _active_app_context() -> AppContext:
    ctx = active_app_context()
    if ctx is None:
        raise RuntimeError(_no_app_msg)
    return ctx


def active_request_context() -> RequestContext:
    """Return the active request context itself, not its proxy.

    Raises:
        RuntimeError: No request is being handled.
    """
    ctx = get_request_context(None)
    if ctx is None:
        raise RuntimeError(_no_req_msg)
    return ctx


def _is_websocket_active() -> bool:
    """Tell whether the active request context is that of a WebSocket."""
    return getattr(get_request_context(None), "is_websocket", False)


def _active_websocket() -> Any:
    if not _is_websocket_active():
        raise RuntimeError(_no_websocket_msg)
    return active_request_context().request


app_ctx = cast("AppContext", _AppContextProxy(_active_app_context))
current_app = cast("Flask", _CurrentAppProxy(_active_app_context, "app"))
g = cast("_AppCtxGlobals", _GlobalsProxy(_active_app_context, "g"))
request_ctx = cast("RequestContext", _RequestContextProxy(active_request_context))
request = cast("Request", _RequestProxy(active_request_context, "request"))
session = cast("SessionMixin", _SessionProxy(active_request_context, "session"))
websocket = cast("Websocket", LocalProxy(_active_websocket))


if not TYPE_CHECKING:
    __getattr__ = former_names_of(__name__)
