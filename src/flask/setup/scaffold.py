"""What do an application and a blueprint share? Folders, tables, and the decorators that fill them.

``setup.app`` and ``blueprints`` inherit it; serving only reads what it wrote.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from werkzeug.exceptions import HTTPException, default_exceptions

from flask import typing as ft
from flask.helpers import get_root_path
from flask.lazy import LazyAttribute, former_names_of, with_former_attributes
from flask.setup.hooks import ErrorHandlers, HookTable, new_error_handlers, new_hook_table
from flask.templating import _default_template_ctx_processor

if TYPE_CHECKING:
    from jinja2 import BaseLoader


F = TypeVar("F", bound="Callable[..., Any]")
T_after_request = TypeVar("T_after_request", bound="ft.AfterRequestCallable[Any]")
T_before_request = TypeVar("T_before_request", bound="ft.BeforeRequestCallable")
T_error_handler = TypeVar("T_error_handler", bound="ft.ErrorHandlerCallable")
T_teardown = TypeVar("T_teardown", bound="ft.TeardownCallable")
T_template_context_processor = TypeVar(
    "T_template_context_processor", bound="ft.TemplateContextProcessorCallable"
)
T_after_websocket = TypeVar("T_after_websocket", bound="ft.AfterWebsocketCallable")
T_websocket = TypeVar("T_websocket", bound="ft.WebsocketCallable")
T_url_defaults = TypeVar("T_url_defaults", bound="ft.URLDefaultCallable")
T_url_value_preprocessor = TypeVar(
    "T_url_value_preprocessor", bound="ft.URLValuePreprocessorCallable"
)
T_serving = TypeVar("T_serving", bound="Callable[[], Any]")
T_route = TypeVar("T_route", bound="ft.RouteCallable")

_sentinel: Any = object()


def setupmethod(f: F) -> F:
    """Let a method refuse to be called once what it sets up is in use."""
    name = f.__name__

    def checked(self: Scaffold, *args: Any, **kwargs: Any) -> Any:
        self._check_setup_finished(name)
        return f(self, *args, **kwargs)

    return update_wrapper(checked, f)  # type: ignore[return-value]


@with_former_attributes("json_decoder", "json_encoder")
class Scaffold:
    """Registration common to :class:`~flask.Flask` and :class:`~flask.Blueprint`.

    Args:
        import_name: The module or package it is defined in, usually ``__name__``.
        static_folder: Folder of static files, relative to the root path.
        static_url_path: URL prefix of the static files; from the folder's name if not given.
        template_folder: Folder of templates, relative to the root path.
        root_path: Folder that the others are relative to; found by the import name.
    """

    name: str
    _static_folder: str | None = None
    _static_url_path: str | None = None

    def __init__(
        self,
        import_name: str,
        static_folder: str | os.PathLike[str] | None = None,
        static_url_path: str | None = None,
        template_folder: str | os.PathLike[str] | None = None,
        root_path: str | None = None,
    ) -> None:
        self.import_name = import_name
        self.static_folder = static_folder
        self.static_url_path = static_url_path
        self.template_folder = template_folder
        self.root_path = get_root_path(import_name) if root_path is None else root_path
        self.view_functions: dict[str, ft.RouteCallable] = {}
        self.error_handler_spec: ErrorHandlers = new_error_handlers()
        self.before_request_funcs = new_hook_table()
        self.after_request_funcs = new_hook_table()
        self.teardown_request_funcs = new_hook_table()
        self.template_context_processors = new_hook_table()
        self.template_context_processors[None] = [_default_template_ctx_processor]
        self.url_value_preprocessors = new_hook_table()
        self.url_default_functions = new_hook_table()

    # Made on first touch, because most applications have no WebSocket. PERF: an instance with more
    # than thirty attributes is slower (CPython 3.11).
    before_websocket_funcs = LazyAttribute["Scaffold", HookTable](lambda self: new_hook_table())
    after_websocket_funcs = LazyAttribute["Scaffold", HookTable](lambda self: new_hook_table())
    teardown_websocket_funcs = LazyAttribute["Scaffold", HookTable](lambda self: new_hook_table())

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"

    def _check_setup_finished(self, f_name: str) -> None:
        raise NotImplementedError

    @property
    def static_folder(self) -> str | None:
        """The absolute path of the folder of static files; ``None`` for none."""
        folder = self._static_folder
        if folder is None or folder[:1] == "/":  # PERF: 0.3 µs less for each static file
            return folder
        return os.path.join(self.root_path, folder)  # noqa: PTH118 - keeps "a/../b"

    @static_folder.setter
    def static_folder(self, value: str | os.PathLike[str] | None) -> None:
        self._static_folder = None if value is None else os.fspath(value).rstrip(r"\/")

    @property
    def has_static_folder(self) -> bool:
        """Whether a folder of static files is set."""
        return self.static_folder is not None

    @property
    def static_url_path(self) -> str | None:
        """The URL prefix of the static files, from the folder's name unless set."""
        if self._static_url_path is not None:
            return self._static_url_path
        folder = self.static_folder
        return None if folder is None else f"/{os.path.basename(folder)}".rstrip("/")  # noqa: PTH119

    @static_url_path.setter
    def static_url_path(self, value: str | None) -> None:
        self._static_url_path = None if value is None else value.rstrip("/")

    @LazyAttribute
    def jinja_loader(self) -> BaseLoader | None:
        """The loader of this object's templates: its ``template_folder``, if one is set."""
        if self.template_folder is None:
            return None
        from jinja2 import FileSystemLoader  # noqa: PLC0415 - Jinja costs 20 ms to import

        return FileSystemLoader(os.path.join(self.root_path, self.template_folder))  # noqa: PTH118

    def _method_route(
        self, method: str, rule: str, options: dict[str, Any]
    ) -> Callable[[T_route], T_route]:
        if "methods" in options:
            raise TypeError(
                "Use the 'route' decorator to use the 'methods' argument."
                f" '{method.lower()}' registers {method} alone."
            )
        return self.route(rule, methods=[method], **options)

    @setupmethod
    def get(self, rule: str, **options: Any) -> Callable[[T_route], T_route]:
        """Register a view for GET; see :meth:`route`."""
        return self._method_route("GET", rule, options)

    @setupmethod
    def post(self, rule: str, **options: Any) -> Callable[[T_route], T_route]:
        """Register a view for POST; see :meth:`route`."""
        return self._method_route("POST", rule, options)

    @setupmethod
    def put(self, rule: str, **options: Any) -> Callable[[T_route], T_route]:
        """Register a view for PUT; see :meth:`route`."""
        return self._method_route("PUT", rule, options)

    @setupmethod
    def delete(self, rule: str, **options: Any) -> Callable[[T_route], T_route]:
        """Register a view for DELETE; see :meth:`route`."""
        return self._method_route("DELETE", rule, options)

    @setupmethod
    def patch(self, rule: str, **options: Any) -> Callable[[T_route], T_route]:
        """Register a view for PATCH; see :meth:`route`."""
        return self._method_route("PATCH", rule, options)

    @setupmethod
    def route(self, rule: str, **options: Any) -> Callable[[T_route], T_route]:
        """Register the decorated function as the view of a URL rule.

        Args:
            rule: The URL rule, for example ``"/user/<int:id>"``.
            options: Those of :meth:`add_url_rule`.
        """

        def register(f: T_route) -> T_route:
            endpoint = options.pop("endpoint", None)
            self.add_url_rule(rule, endpoint, f, **options)
            return f

        return register

    @setupmethod
    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: ft.RouteCallable | None = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        """Register a URL rule; :meth:`Flask.add_url_rule` says how."""
        raise NotImplementedError

    @setupmethod
    def websocket(self, rule: str, **options: Any) -> Callable[[T_websocket], T_websocket]:
        """Register the decorated function as the handler of WebSockets at a URL rule.

        It talks with the client by :data:`flask.websocket`. A coroutine function runs on the
        server's loop, a plain one in the home thread; when it returns, the WebSocket is closed
        with 1000.

        Args:
            rule: The URL rule, for example ``"/ws/<room>"``.
            options: Those of :meth:`add_websocket`.

        Since: 3.1.3+dewar.2; source: RFC 6455, and ASGI, "WebSocket".
        """

        def register(f: T_websocket) -> T_websocket:
            endpoint = options.pop("endpoint", None)
            self.add_websocket(rule, endpoint, f, **options)
            return f

        return register

    @setupmethod
    def add_websocket(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: ft.WebsocketCallable | None = None,
        **options: Any,
    ) -> None:
        """Register a rule for WebSockets; :meth:`Flask.add_websocket` says how."""
        raise NotImplementedError

    @setupmethod
    def endpoint(self, endpoint: str) -> Callable[[F], F]:
        """Register the decorated function as the view of an endpoint whose rule has none."""

        def register(f: F) -> F:
            self.view_functions[endpoint] = f
            return f

        return register

    @setupmethod
    def before_request(self, f: T_before_request) -> T_before_request:
        """Call a function before each view; a value it returns is the answer."""
        self.before_request_funcs[None].append(f)
        return f

    @setupmethod
    def after_request(self, f: T_after_request) -> T_after_request:
        """Call a function with each response; it returns the response to send."""
        self.after_request_funcs[None].append(f)
        return f

    @setupmethod
    def teardown_request(self, f: T_teardown) -> T_teardown:
        """Call a function when the request context ends, with the unhandled error or None."""
        self.teardown_request_funcs[None].append(f)
        return f

    @setupmethod
    def before_websocket(self, f: T_before_request) -> T_before_request:
        """Call a function before each WebSocket's handler; what it returns refuses the handshake.

        Functions of :meth:`before_request` are not called for WebSockets. Since: 3.1.3+dewar.2.
        """
        self.before_websocket_funcs[None].append(f)
        return f

    @setupmethod
    def after_websocket(self, f: T_after_websocket) -> T_after_websocket:
        """Call a function after each handler, with the response that refuses it or None.

        It returns that response, another one, or None. Since: 3.1.3+dewar.2.
        """
        self.after_websocket_funcs[None].append(f)
        return f

    @setupmethod
    def teardown_websocket(self, f: T_teardown) -> T_teardown:
        """Call a function when a WebSocket's context ends, with the unhandled error or None.

        Since: 3.1.3+dewar.2.
        """
        self.teardown_websocket_funcs[None].append(f)
        return f

    @setupmethod
    def context_processor(self, f: T_template_context_processor) -> T_template_context_processor:
        """Add the dict that a function returns to the variables of every template."""
        self.template_context_processors[None].append(f)
        return f

    @setupmethod
    def url_value_preprocessor(self, f: T_url_value_preprocessor) -> T_url_value_preprocessor:
        """Call a function with endpoint and URL values before the ``before_request`` ones."""
        self.url_value_preprocessors[None].append(f)
        return f

    @setupmethod
    def url_defaults(self, f: T_url_defaults) -> T_url_defaults:
        """Call a function with endpoint and values whenever a URL is built; it may add values."""
        self.url_default_functions[None].append(f)
        return f

    @setupmethod
    def errorhandler(
        self, code_or_exception: type[Exception] | int
    ) -> Callable[[T_error_handler], T_error_handler]:
        """Answer an HTTP status or a class of exceptions with the decorated function."""

        def register(f: T_error_handler) -> T_error_handler:
            self.register_error_handler(code_or_exception, f)
            return f

        return register

    @setupmethod
    def register_error_handler(
        self, code_or_exception: type[Exception] | int, f: ft.ErrorHandlerCallable
    ) -> None:
        """Answer an HTTP status or a class of exceptions with a function.

        Raises:
            ValueError: The number is no HTTP error, or the class no exception.
            TypeError: An exception instance was given.
        """
        exception_class, code = self._get_exc_class_and_code(code_or_exception)
        self.error_handler_spec[None][code][exception_class] = f

    @staticmethod
    def _get_exc_class_and_code(
        exc_class_or_code: type[Exception] | int,
    ) -> tuple[type[Exception], int | None]:
        """Return the exception class of what a handler is registered for, and its status."""
        if isinstance(exc_class_or_code, int):
            if exc_class_or_code not in default_exceptions:
                raise ValueError(
                    f"'{exc_class_or_code}' is not a recognized HTTP error code. Use a subclass of"
                    " HTTPException with that code instead."
                )
            return default_exceptions[exc_class_or_code], exc_class_or_code
        if isinstance(exc_class_or_code, Exception):
            _refuse_handler_for_instance(exc_class_or_code)
        if not issubclass(exc_class_or_code, Exception):
            raise ValueError(
                f"'{exc_class_or_code.__name__}' is not a subclass of Exception. Handlers can only"
                " be registered for Exception classes or HTTP error codes."
            )
        if issubclass(exc_class_or_code, HTTPException):
            return exc_class_or_code, exc_class_or_code.code
        return exc_class_or_code, None


def _refuse_handler_for_instance(error: Exception) -> NoReturn:
    raise TypeError(
        f"{error!r} is an instance, not a class. Handlers can only be registered for Exception"
        " classes or HTTP error codes."
    )


def _endpoint_from_view_func(view_func: ft.RouteCallable | None) -> str:
    """Return the endpoint that a view gets when none is given: its name."""
    assert view_func is not None, "expected view func if endpoint is not provided."
    return view_func.__name__


if not TYPE_CHECKING:
    __getattr__ = former_names_of(__name__)
