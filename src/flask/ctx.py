"""What is active while code runs, and since when? The application and request contexts.

``lifecycle.serving`` pushes and pops them; ``globals`` reads them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextvars import Token
from functools import update_wrapper
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from flask import typing as ft
from flask.coroutines import tidying_up
from flask.globals import (
    _cv_app,
    _cv_request,
    active_app,
    active_app_context,
    get_app_context,
    get_request_context,
    reset_request_context,
    set_request_context,
)
from flask.internals import text_of_wsgi_bytes
from flask.lazy import former_names_of, with_former_attributes
from flask.sessions import opens_late
from flask.signals import appcontext_popped, appcontext_pushed, appcontext_tearing_down

if TYPE_CHECKING:
    from contextvars import ContextVar

    from _typeshed.wsgi import WSGIEnvironment

    from flask.app import Flask
    from flask.sessions import SessionMixin
    from flask.wrappers import Request

F = TypeVar("F", bound="Callable[..., Any]")

_sentinel: Any = object()


class _AppCtxGlobals:
    """The namespace ``g``: attributes kept as long as an application context."""

    # Any attribute may be asked for; without this type checkers refuse unknown ones.
    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__[name]
        except KeyError:
            raise AttributeError(name) from None

    if TYPE_CHECKING:

        def __setattr__(self, name: str, value: Any) -> None: ...

    def __delattr__(self, name: str) -> None:
        try:
            del self.__dict__[name]
        except KeyError:
            raise AttributeError(name) from None

    def get(self, name: str, default: Any | None = None) -> Any:
        """Return an attribute, or the default where it is missing."""
        return self.__dict__.get(name, default)

    def pop(self, name: str, default: Any = _sentinel) -> Any:
        """Remove and return an attribute.

        Raises:
            KeyError: It is missing and no default is given.
        """
        if default is _sentinel:
            return self.__dict__.pop(name)
        return self.__dict__.pop(name, default)

    def setdefault(self, name: str, default: Any = None) -> Any:
        """Return an attribute, setting it to the default first where it is missing."""
        return self.__dict__.setdefault(name, default)

    def __contains__(self, item: str) -> bool:
        return item in self.__dict__

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__)

    def __repr__(self) -> str:
        app = active_app()
        if app is None:
            return object.__repr__(self)
        return f"<flask.g of {app.name!r}>"


def after_this_request(f: ft.AfterRequestCallable[Any]) -> ft.AfterRequestCallable[Any]:
    """Call a function with the response of the current request; it returns the one to send.

    Raises:
        RuntimeError: No request context is active.
    """
    _active_request_context("after_this_request")._after_request_functions.append(f)
    return f


def copy_current_request_context(f: F) -> F:
    """Let a function run elsewhere, in a thread or greenlet, with a copy of this request context.

    The copy is made now; request and session are the same objects.

    Raises:
        RuntimeError: No request context is active.
    """
    copied = _active_request_context("copy_current_request_context").copy()
    unused = [copied]

    def in_copied_context(*args: Any, **kwargs: Any) -> Any:
        try:
            ctx = unused.pop()
        except IndexError:  # one for each call, as they may run at the same time
            ctx = copied.copy()
        with ctx:
            return ctx.app.ensure_sync(f)(*args, **kwargs)

    return update_wrapper(in_copied_context, f)  # type: ignore[return-value]


def _active_request_context(caller: str) -> RequestContext:
    ctx = _cv_request.get(None)
    if ctx is None:
        raise RuntimeError(
            f"{caller!r} can only be used when a request context is active, such as in a view"
            " function. In a test, enter 'with app.test_request_context():' first."
        )
    return ctx


def has_request_context() -> bool:
    """Tell whether a request is being handled, so that ``request`` and ``session`` work."""
    return _cv_request.get(None) is not None


def has_app_context() -> bool:
    """Tell whether an application context is active, so that ``current_app`` and ``g`` work."""
    return active_app() is not None


def _reset_elsewhere(variable: ContextVar[Any], token: Token[Any]) -> None:
    """Undo a push that a coroutine did: its token belongs to the copied context it ran in."""
    before = token.old_value
    variable.set(None if before is Token.MISSING else before)


def _reset_app_context(token: Token[AppContext]) -> None:
    try:
        _cv_app.reset(token)
    except ValueError:
        _reset_elsewhere(_cv_app, token)


def _nothing_to_pop(active: Any, popped: RequestContext, pushed: Any) -> LookupError:
    if pushed is not None and isinstance(pushed[1], _Shared):
        pushed[1].pop(None)  # the outer request ended before
    if active is None:  # as where the variable is unset
        return LookupError(_cv_request)
    return IndexError(f"{popped!r} was popped more often than pushed.")


class AppContext:
    """Makes one application the current one; :meth:`Flask.app_context` returns it.

    Args:
        app: The application.
    """

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.url_adapter: MapAdapter | None = app.create_url_adapter(None)
        self.g: _AppCtxGlobals = app.app_ctx_globals_class()
        self._cv_tokens: list[Token[AppContext]] = []

    def _activate(self) -> None:
        self._cv_tokens.append(_cv_app.set(self))

    def push(self) -> None:
        """Make this context the active one."""
        self._activate()
        if appcontext_pushed.receivers:
            try:
                appcontext_pushed.send(self.app, _async_wrapper=self.app.ensure_sync)
            except BaseException:  # nobody will pop it
                _cv_app.reset(self._cv_tokens.pop())
                raise

    def pop(self, exc: BaseException | None = _sentinel) -> None:
        """End the context, after the app's teardown functions if it was pushed once.

        Args:
            exc: The error that ends it; by default the one being handled.
        """
        try:
            if len(self._cv_tokens) == 1:
                self.app.do_teardown_appcontext(sys.exception() if exc is _sentinel else exc)
        finally:
            if (active := _cv_app.get()) is None:  # as where the variable is unset
                raise LookupError(_cv_app)
            _reset_app_context(self._cv_tokens.pop())
        if active is not self:
            raise AssertionError(f"Popped wrong app context. ({active!r} instead of {self!r})")
        if appcontext_popped.receivers:
            appcontext_popped.send(self.app, _async_wrapper=self.app.ensure_sync)

    def __enter__(self) -> Self:
        self.push()
        return self

    def __exit__(
        self,
        exc_type: type | None,
        exc_value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        with tidying_up(exc_value):
            self.pop(exc_value)


class _Shared:
    """The app context of an outer request, active for one inside it that has the same app."""

    def __init__(self, app_ctx: AppContext) -> None:
        self._token = _cv_app.set(app_ctx)

    def pop(self, exc: BaseException | None) -> None:
        """Undo it; the outer request ends the app context."""
        _reset_app_context(self._token)


_making = Lock()
SESSION_IS_DUE: Any = object()
_NO_RULE_YET: Any = object()
_LATE: Any = object()
Scopes = tuple[str | None, ...]
APP_ALONE: Scopes = (None,)


@with_former_attributes("auto_pop", "g", "preserved")
class RequestContext:
    """Makes one request the current one; the application creates it for each request.

    Args:
        app: The application.
        environ: The WSGI environment.
        request: Used instead of a new object of ``app.request_class``.
        session: Used instead of opening one.
    """

    flashes: list[tuple[str, str]] | None = None
    _url_adapter: MapAdapter | None = None

    def __init__(
        self,
        app: Flask,
        environ: WSGIEnvironment,
        request: Request | None = None,
        session: SessionMixin | None = None,
    ) -> None:
        # PERF: what is often read has no default on the class, which makes each read and write
        # 0.02 µs slower (CPython 3.11); nothing looks into ``__dict__``: building it takes 0.1 µs.
        self.app = app
        if request is None:
            request = app.request_class(environ)
            request.json_module = app.json
        self.request: Request = request
        self._session: Any = session
        self._after: list[ft.AfterRequestCallable[Any]] | None = None
        # What was pushed: the token to reset, the app context pushed along, the push before.
        self._pushed: tuple[Token[RequestContext], Any, Any] | None = None
        # The application context that this request has and nobody asked for yet: False. None
        # where it pushed one, or has none.
        self._late_app_ctx: AppContext | Literal[False] | None = None
        self._routing_error: HTTPException | None = None
        # The blueprints' names, inner first, and None; as long as the rule is this one.
        self._rule: Any = _NO_RULE_YET
        self._scopes: Scopes = APP_ALONE
        self._adapter_is_due = late = app._may_wait_to_bind(request)
        if not late:
            try:
                self._url_adapter = app.create_url_adapter(request)
            except HTTPException as error:  # raised to the client when the request is dispatched
                request.routing_exception = error

    @property
    def url_adapter(self) -> MapAdapter | None:
        """Matches and builds URLs; made on first touch unless that may fail or matters now."""
        if self._adapter_is_due:
            app = self.app
            # Code may change the environ; its URLs stay those of the request as it came.
            environ = self.request._given
            self.url_adapter = app.url_map.bind_to_environ(environ, app.config["SERVER_NAME"], "")
        return self._url_adapter

    @url_adapter.setter
    def url_adapter(self, adapter: MapAdapter | None) -> None:
        self._url_adapter = adapter
        self._adapter_is_due = False

    def _hook_scopes(self) -> Scopes:
        """Return the keys of the endpoint's hooks: its blueprints' names, inner first, and None."""
        rule = self.request.url_rule
        if rule is not self._rule:
            names = self.request.blueprints
            self._rule, self._scopes = rule, (*names, None) if names else APP_ALONE
        return self._scopes

    @property
    def _after_request_functions(self) -> list[ft.AfterRequestCallable[Any]]:
        if self._after is None:
            self._after = []
        return self._after

    @_after_request_functions.setter
    def _after_request_functions(self, functions: list[ft.AfterRequestCallable[Any]]) -> None:
        self._after = functions

    def copy(self) -> RequestContext:
        """Return a new context of the same request and session, to be pushed elsewhere.

        The request object is shared: do not use it from two threads at once.
        """
        session = self._session
        if session is SESSION_IS_DUE:
            session = self._open_session()
        return type(self)(
            self.app, environ=self.request.environ, request=self.request, session=session
        )

    @property
    def session(self) -> SessionMixin:
        """The session; reading this counts as access to it.

        Raises:
            AssertionError: The context was not pushed yet.
        """
        session: SessionMixin = self._session
        if session is SESSION_IS_DUE:
            session = self._open_session()
        elif session is None:
            raise AssertionError(
                "The session has not yet been opened. It is opened when the context is"
                " pushed: enter it with 'with ctx:' first."
            )
        session.accessed = True
        return session

    def _open_session(self) -> SessionMixin:
        interface = self.app.session_interface
        session = interface.open_session(self.app, self.request)
        if session is None:
            session = interface.make_null_session(self.app)
        self._session = session
        return session

    def match_request(self) -> None:
        """Match the URL; the outcome, an error too, is stored on the request."""
        request = self.request
        matched: Any = None
        try:
            if self._adapter_is_due:
                environ = request._given
                path = environ.get("PATH_INFO") or ""
                if not path.isascii():
                    path = text_of_wsgi_bytes(path)
                url_map: Any = self.app.url_map
                matched = url_map.match_plainly(path, environ["REQUEST_METHOD"].upper())
            if matched is None:
                adapter: Any = self.url_adapter
                matched = adapter.match(return_rule=True)
            request.url_rule, request.view_args = matched
        except HTTPException as error:
            request.routing_exception = self._routing_error = error

    def push(self) -> None:
        """Make this context the active one, with an app context if its app has none active."""
        app = self.app
        app_ctx: Any = _LATE
        if (
            self._adapter_is_due  # so nobody overrides the app context's steps
            and get_request_context(None) is None
            and get_app_context(None) is None
            and self._pushed is None
            and not appcontext_pushed.receivers
        ):
            self._late_app_ctx = False
        else:
            app_ctx = self._push_app_context()
        self._pushed = (set_request_context(self), app_ctx, self._pushed)
        # Opened before the URL is matched, so that a custom converter may use the session.
        if self._session is None:
            if opens_late(app, self.request):
                self._session = SESSION_IS_DUE
            else:
                self._open_session()
        if self._adapter_is_due or self._url_adapter is not None:
            self.match_request()

    def _push_app_context(self) -> AppContext | _Shared | None:
        """Push an app context unless one of this app is active, which the request then shares."""
        active = active_app_context()
        if active is None or active.app is not self.app:
            app_ctx = self.app.app_context()
            app_ctx.push()
            return app_ctx
        return _Shared(active) if _cv_app.get(None) is None else None

    def _late_app_context(self) -> AppContext | None:
        """Return the app context that was not made when the request was pushed, making it."""
        if self._late_app_ctx is False:
            with _making:  # the context may be seen by several threads
                if self._late_app_ctx is False:
                    self._late_app_ctx = self.app.app_context()
        return self._late_app_ctx

    def _let_go(self, exc: BaseException | None, app_ctx: Any) -> None:
        """Drop what leads back to the request, so that no cycle keeps it, and a late app context."""
        self.request.environ["werkzeug.request"] = None
        error = self._routing_error
        # Raised in frames that hold the request; one that still travels keeps its traceback.
        if error is not None and error is not exc:
            error.__traceback__ = error.__context__ = None
        if app_ctx is _LATE and (
            self.app.teardown_appcontext_funcs
            or appcontext_tearing_down.receivers
            or appcontext_popped.receivers
        ):
            late: Any = self._late_app_context()
            late._activate()
            late.pop(exc)

    def _tear_down(self, exc: BaseException | None) -> None:
        self.app.do_teardown_request(exc)
        try:
            self.request.close()
        except AttributeError:
            if hasattr(self.request, "close"):  # else of a class not built on ours
                raise

    def pop(self, exc: BaseException | None = _sentinel) -> None:
        """End the context, after the teardown functions if it was pushed once.

        Args:
            exc: The error that ends it; by default the one being handled.
        """
        if exc is _sentinel:
            exc = sys.exception()
        pushed = self._pushed
        try:
            if pushed is not None and pushed[2] is None:
                self._tear_down(exc)
        finally:
            if (active := get_request_context(None)) is None or pushed is None:
                raise _nothing_to_pop(active, self, pushed)
            token, app_ctx, outer = pushed
            self._pushed = outer
            try:
                reset_request_context(token)
            except ValueError:
                _reset_elsewhere(_cv_request, token)
            if outer is None:
                self._let_go(exc, app_ctx)
            if app_ctx is not _LATE and app_ctx is not None:
                app_ctx.pop(exc)
            if active is not self:
                message = f"Popped wrong request context. ({active!r} instead of {self!r})"
                raise AssertionError(message)

    def __enter__(self) -> Self:
        self.push()
        return self

    def __exit__(
        self,
        exc_type: type | None,
        exc_value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        with tidying_up(exc_value):
            self.pop(exc_value)

    def __repr__(self) -> str:
        request, name = self.request, self.app.name
        return f"<{type(self).__name__} {request.url!r} [{request.method}] of {name}>"


if not TYPE_CHECKING:
    __getattr__ = former_names_of(__name__)
