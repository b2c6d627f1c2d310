"""What happens to a request? The methods of :class:`Serving`, in the order they are called.

Each step is documented, may be overridden in a subclass or on the instance, and reads the
tables that ``setup`` wrote. ARCHITECTURE.md shows the path as a table.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine, Iterable, Sequence
from inspect import CO_COROUTINE
from types import FunctionType, TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

from werkzeug.exceptions import BadRequestKeyError, HTTPException, InternalServerError
from werkzeug.routing import BuildError, MapAdapter, RequestRedirect, RoutingException

from flask import typing as ft
from flask.config import FORMER_KEYS
from flask.coroutines import ASGI_WORKERS, HAS_MARKER, in_place, is_coroutine_function, run_in_place
from flask.ctx import APP_ALONE, SESSION_IS_DUE, AppContext, RequestContext
from flask.debughelpers import FormDataRoutingRedirect, show_missing_key
from flask.globals import (
    _cv_request,
    active_app_context,
    active_request_context,
    get_request_context,
)
from flask.helpers import _split_blueprint_path
from flask.internals import text_of_wsgi_bytes
from flask.lifecycle.errors import end_after_error, find_handler, is_trapped
from flask.lifecycle.responses import response_of
from flask.lifecycle.urls import adapter_for
from flask.plainresponses import plain_response, response_of_options
from flask.routing import HTTP_SCHEMES
from flask.sessions import SecureCookieSessionInterface, SessionInterface
from flask.setup.app import App
from flask.signals import (
    appcontext_tearing_down,
    got_request_exception,
    request_finished,
    request_started,
    request_tearing_down,
)
from flask.wrappers import Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


_sentinel: Any = object()


class Serving(App):
    """The application during a request: the steps between a WSGI environ and a response."""

    request_class: type[Request] = Request
    """Class of :data:`flask.request`."""

    response_class: type[Response] = Response
    """Class of the responses."""

    session_interface: SessionInterface = SecureCookieSessionInterface()
    """Opens and saves :data:`flask.session`."""

    # Step 1: from the server, through the middleware wrapped around ``wsgi_app``

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request; wrap this, not the app, in middleware: ``app.wsgi_app = M(app.wsgi_app)``.

        The contexts end when the response was handed to the server, after an error too.

        Args:
            environ: The request (PEP 3333).
            start_response: Called with status and headers.
        """
        ctx = self.request_context(environ)
        error: BaseException | None = None
        try:
            try:
                ctx.push()
                response = self.full_dispatch_request()
            except Exception as raised:  # noqa: BLE001 - any error of the app becomes a response
                error = raised
                response = self.handle_exception(raised)
            except BaseException as raised:
                error = raised
                raise
            return response(environ, start_response)
        finally:
            if "werkzeug.debug.preserve_context" in environ:
                # The test client and the debugger look at the contexts later.
                keep = environ["werkzeug.debug.preserve_context"]
                keep(active_app_context())
                keep(_cv_request.get())
            if error is None:
                ctx.pop(None)
            else:
                end_after_error(ctx, error)
            error = None  # this frame and the error's traceback would hold each other

    # Step 2: the context is pushed: session, URL adapter, match

    def request_context(self, environ: WSGIEnvironment) -> RequestContext:
        """Return the context of a request, not pushed; tests use :meth:`test_request_context`."""
        return RequestContext(self, environ)  # type: ignore[arg-type]

    def app_context(self) -> AppContext:
        """Return an application context: ``with app.app_context():`` makes it active."""
        return AppContext(self)  # type: ignore[arg-type]

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Return what matches and builds URLs for a request, or outside of one for ``None``."""
        return adapter_for(self, request)

    def _may_wait_to_bind(self, request: Request) -> bool:
        """Tell whether URL adapter and app context can wait for their first touch.

        They can when nobody overrides their steps, and when binding would neither fail nor
        decide what the request matches: for a host that was bound before, on one domain.
        """
        if self._binds_at_once:  # the instance has something of its own
            return False
        try:
            environ = request._given
        except AttributeError:  # of a class that is not built on ours
            return False
        cls = type(self)
        url_map: Any = self.url_map
        return (
            environ.get("HTTP_HOST") in url_map.plain_hosts
            and "HTTP_UPGRADE" not in environ
            and environ["wsgi.url_scheme"] in HTTP_SCHEMES
            and cls.app_context is _STOCK_APP_CONTEXT
            and cls.create_url_adapter is _STOCK_CREATE_URL_ADAPTER
            and cls.do_teardown_appcontext is _STOCK_DO_TEARDOWN_APPCONTEXT
            and self.config["TRUSTED_HOSTS"] is None
            and request.trusted_hosts is None
            and type(request).__init__ is _STOCK_REQUEST_INIT  # another may change the environ
        )

    # Step 3: everything that happens inside the context

    def full_dispatch_request(self) -> Response:
        """Run hooks and view, turn errors into responses, and finish the response."""
        if not self._got_first_request:
            self._got_first_request = True
            if not FORMER_KEYS.isdisjoint(self.config):
                from flask.formerattributes import heed_former_settings  # noqa: PLC0415 - only old code pays

                heed_former_settings(self)
        try:
            if request_started.receivers:
                request_started.send(self, _async_wrapper=self.ensure_sync)
            rv = self.preprocess_request()
            if rv is None:
                rv = self.dispatch_request()
        except Exception as error:  # noqa: BLE001 - handlers exist for any error of the app
            rv = self.handle_user_exception(error)
        try:
            return self.finalize_request(rv)
        finally:
            rv = None  # it may be the error, whose traceback holds this frame

    # Step 4: before the view

    def preprocess_request(self) -> ft.ResponseReturnValue | None:
        """Call URL value preprocessors, then before-request functions, app first.

        Returns:
            What a before-request function returned instead of letting the view answer.
        """
        preprocessors, hooks = self.url_value_preprocessors, self.before_request_funcs
        if not preprocessors and not hooks:
            return None
        ctx = get_request_context(None) or active_request_context()
        if preprocessors:
            request = ctx.request
            for scope in reversed(ctx._hook_scopes()):
                for preprocess in preprocessors.get(scope, ()):
                    self.ensure_sync(preprocess)(request.endpoint, request.view_args)
        scopes = ctx._hook_scopes()
        for scope in scopes if scopes is APP_ALONE else reversed(scopes):
            for before in hooks.get(scope, ()):
                rv: ft.ResponseReturnValue | None = self.ensure_sync(before)()
                if rv is not None:
                    return rv
        return None

    # Step 5: the view

    def dispatch_request(self) -> ft.ResponseReturnValue:
        """Raise the routing error, answer OPTIONS, or call the view with the URL's values."""
        request = (get_request_context(None) or active_request_context()).request
        if request.routing_exception is not None:
            self.raise_routing_exception(request)
        rule: Any = request.url_rule
        if request.method == "OPTIONS" and getattr(rule, "provide_automatic_options", False):
            return self.make_default_options_response()
        view = self.view_functions[rule.endpoint]
        values: Any = request.view_args
        rv: ft.ResponseReturnValue
        # PERF: 0.04 µs less without keywords, where there are none.
        rv = self.ensure_sync(view)(**values) if values else self.ensure_sync(view)()
        return rv

    def raise_routing_exception(self, request: Request) -> NoReturn:
        """Raise what matching gave; in debug mode explain a redirect that would lose a form.

        Raises:
            HTTPException: Not found, method not allowed, or a redirect.
            FormDataRoutingRedirect: In debug mode, for a method with a body and a redirect
                that is not 307 or 308.
        """
        error = request.routing_exception
        assert error is not None
        if (
            isinstance(error, RequestRedirect)
            and self.debug
            and error.code not in {307, 308}
            and request.method not in {"GET", "HEAD", "OPTIONS"}
        ):
            raise FormDataRoutingRedirect(request)
        raise error

    def make_default_options_response(self) -> Response:
        """Return the answer to OPTIONS: the methods that the URL allows."""
        response: Response = response_of_options(self.response_class, self._allowed_methods())
        return response

    def _allowed_methods(self) -> Iterable[str]:
        ctx = get_request_context(None) or active_request_context()
        if ctx._adapter_is_due:  # no adapter was made or given
            url_map: Any = self.url_map
            path = text_of_wsgi_bytes(ctx.request._given.get("PATH_INFO") or "")
            allowed: list[str] | None = url_map.allowed_methods(path)
            if allowed is not None:
                return allowed
        adapter: Any = ctx.url_adapter
        return dict.fromkeys(adapter.allowed_methods())

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that can be called without awaiting: itself unless ``async def``.

        Every view, hook and handler passes here. Override it to run coroutines your way.
        """
        # PERF: the first half of is_coroutine_function, a call less for nearly all.
        if type(func) is FunctionType and not (HAS_MARKER and func.__dict__):
            if func.__code__.co_flags & CO_COROUTINE:
                return self.async_to_sync(func)
            return in_place(func) if ASGI_WORKERS else func
        return self.async_to_sync(func) if is_coroutine_function(func) else in_place(func)

    def async_to_sync(self, func: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
        """Return a function that runs a coroutine function to its end on this thread's loop."""
        return run_in_place(func)

    # Step 6: an error of steps 3 to 5 meets its handler

    def handle_user_exception(self, e: Exception) -> HTTPException | ft.ResponseReturnValue:
        """Answer an error by its handler.

        Returns:
            What the handler returned, or the HTTP error itself when it has none.

        Raises:
            Exception: The error, when it is no HTTP error and has no handler.
        """
        if isinstance(e, HTTPException):
            if isinstance(e, BadRequestKeyError) and (
                self.debug or self.config["TRAP_BAD_REQUEST_ERRORS"]
            ):
                show_missing_key(e)
            if not self.trap_http_exception(e):
                return self.handle_http_exception(e)
        ctx = get_request_context(None) or active_request_context()
        handler = self._find_error_handler(e, ctx._hook_scopes()[:-1])
        if handler is None:
            try:
                raise e
            finally:
                del e  # its traceback holds this frame
        rv: ft.ResponseReturnValue = self.ensure_sync(handler)(e)
        return rv

    def trap_http_exception(self, e: Exception) -> bool:
        """Tell whether an HTTP error skips its handlers and is treated as a failure."""
        return is_trapped(e, self.config)

    def handle_http_exception(self, e: HTTPException) -> HTTPException | ft.ResponseReturnValue:
        """Answer an HTTP error by its handler, or with the error itself as response."""
        # An error without a status carries a ready response; a routing one is a redirect.
        if e.code is None or isinstance(e, RoutingException):
            return e
        ctx = get_request_context(None) or active_request_context()
        handler = self._find_error_handler(e, ctx._hook_scopes()[:-1])
        if handler is None:
            return e
        rv: ft.ResponseReturnValue = self.ensure_sync(handler)(e)
        return rv

    def _find_error_handler(
        self, e: Exception, blueprints: Sequence[str | None]
    ) -> ft.ErrorHandlerCallable | None:
        return find_handler(self.error_handler_spec, e, blueprints)

    # Step 7: the return value becomes a response

    def finalize_request(
        self, rv: ft.ResponseReturnValue | HTTPException, from_error_handler: bool = False
    ) -> Response:
        """Make the response of a return value and let the after-request functions see it.

        Args:
            rv: What the view or a handler returned.
            from_error_handler: Log an error of the after-request functions instead of raising.
        """
        response = self.make_response(rv)
        try:
            response = self.process_response(response)
            if request_finished.receivers:
                request_finished.send(self, _async_wrapper=self.ensure_sync, response=response)
        except Exception:
            if not from_error_handler:
                raise
            self.logger.exception("Request finalizing failed with an error while handling an error")
        return response

    def make_response(self, rv: ft.ResponseReturnValue | HTTPException) -> Response:
        """Turn what a view may return into an object of :attr:`response_class`.

        Args:
            rv: Text or bytes; a dict or list (JSON); an iterator (streamed); a response; a
                WSGI application; or a tuple of one of these with status, headers, or both.

        Raises:
            TypeError: The value means no response.
        """
        cls = self.response_class
        if type(rv) is str:  # by far the most usual value
            plain: Response | None = plain_response(cls, rv)
            if plain is not None:
                return plain
        return response_of(self, cls, rv)

    # Step 8: after the view

    def process_response(self, response: Response) -> Response:
        """Call the functions of :func:`~flask.after_this_request`, then the after-request ones.

        The latter in reverse, inner blueprint first; then the session is saved.
        """
        ctx = get_request_context(None) or active_request_context()
        if ctx._after:
            for after in ctx._after:
                response = self.ensure_sync(after)(response)
        hooks = self.after_request_funcs
        if hooks:
            for scope in ctx._hook_scopes():
                if functions := hooks.get(scope):
                    for after in reversed(functions):
                        response = self.ensure_sync(after)(response)
        session = ctx._session
        if session is not SESSION_IS_DUE and not self.session_interface.is_null_session(session):
            self.session_interface.save_session(ctx.app, session, response)
        return response

    # Step 9: an error that nobody handled

    def handle_exception(self, e: Exception) -> Response:
        """Answer an error that has no handler, or that a handler raised, with 500.

        The signal :data:`~flask.got_request_exception` is sent in any case.

        Raises:
            Exception: The error, when ``PROPAGATE_EXCEPTIONS`` asks for it, which it does
                in debug mode and in tests unless set.
        """
        return self.finalize_request(self._failure_of(e), from_error_handler=True)

    def _failure_of(self, e: Exception) -> Any:
        """Tell the signal, log or raise the error, and return what the handler of 500 says."""
        if got_request_exception.receivers:
            told = in_place(got_request_exception.send)
            told(self, _async_wrapper=self.ensure_sync, exception=e)
        propagate = self.config["PROPAGATE_EXCEPTIONS"]
        if propagate is None:
            propagate = self.testing or self.debug
        if propagate:
            try:
                raise e
            finally:
                del e  # its traceback holds this frame
        self.log_exception((type(e), e, e.__traceback__))
        failure: Any = InternalServerError(original_exception=e)
        handler = self._find_error_handler(failure, active_request_context().request.blueprints)
        if handler is not None:
            failure = self.ensure_sync(handler)(failure)
        return failure

    def log_exception(
        self,
        exc_info: tuple[type, BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> None:
        """Log an error that became a 500, with its traceback and the request's path."""
        request = active_request_context().request
        self.logger.error("Exception on %s [%s]", request.path, request.method, exc_info=exc_info)

    # Step 10 is the response itself: ``response(environ, start_response)``

    # Step 11: the contexts end

    def should_ignore_error(self, error: BaseException | None) -> bool:
        """Tell whether teardown functions get ``None`` instead of this error: never."""
        return False

    def do_teardown_request(self, exc: BaseException | None = _sentinel) -> None:
        """Call the teardown-request functions in reverse, inner blueprint first.

        Args:
            exc: The unhandled error; by default the one being handled.
        """
        if exc is _sentinel:
            exc = sys.exception()
        if self.teardown_request_funcs:
            for scope in active_request_context()._hook_scopes():
                for teardown in reversed(self.teardown_request_funcs.get(scope, ())):
                    self.ensure_sync(teardown)(exc)
        if request_tearing_down.receivers:
            request_tearing_down.send(self, _async_wrapper=self.ensure_sync, exc=exc)

    def do_teardown_appcontext(self, exc: BaseException | None = _sentinel) -> None:
        """Call the teardown-appcontext functions in reverse.

        Args:
            exc: The unhandled error; by default the one being handled.
        """
        if exc is _sentinel:
            exc = sys.exception()
        for teardown in reversed(self.teardown_appcontext_funcs):
            self.ensure_sync(teardown)(exc)
        if appcontext_tearing_down.receivers:
            appcontext_tearing_down.send(self, _async_wrapper=self.ensure_sync, exc=exc)

    # Called by views on the way: templates and URLs

    def update_template_context(self, context: dict[str, Any]) -> None:
        """Add the context processors' variables to a template's, which win over them."""
        ctx = _cv_request.get(None)
        names = ctx.request.blueprints if ctx is not None else []
        given = context.copy()
        for scope in (None, *reversed(names)):
            for processor in self.template_context_processors.get(scope, ()):
                context.update(self.ensure_sync(processor)())
        context.update(given)

    def inject_url_defaults(self, endpoint: str, values: dict[str, Any]) -> None:
        """Let the URL default functions of app and blueprint add values in place."""
        functions = self.url_default_functions
        if not functions:
            return
        names: list[str] = []
        if "." in endpoint:
            names = _split_blueprint_path(endpoint.rpartition(".")[0])
        for scope in (None, *reversed(names)):
            for add_defaults in functions.get(scope, ()):
                in_place(add_defaults)(endpoint, values)

    def handle_url_build_error(
        self, error: BuildError, endpoint: str, values: dict[str, Any]
    ) -> str:
        """Ask the functions in :attr:`url_build_error_handlers` for the URL that failed.

        Raises:
            BuildError: None of them returned a URL.
        """
        for handler in self.url_build_error_handlers:
            try:
                url: str | None = in_place(handler)(error, endpoint, values)
            except BuildError as raised:
                error = raised
            else:
                if url is not None:
                    return url
        try:
            raise error
        finally:
            del error  # its traceback holds this frame


_STOCK_REQUEST_INIT = Request.__init__
_STOCK_APP_CONTEXT = Serving.app_context
_STOCK_CREATE_URL_ADAPTER = Serving.create_url_adapter
_STOCK_DO_TEARDOWN_APPCONTEXT = Serving.do_teardown_appcontext
