"""What is an application from the outside? Its doors: WSGI, ASGI, tests, ``run``, contexts, files, URLs.

What happens behind them is in ``lifecycle.serving``; what is registered, in ``setup``.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Awaitable, Callable
from functools import partial
from typing import IO, TYPE_CHECKING, Any, overload

from werkzeug.wrappers import Response as BaseResponse

from flask.globals import _cv_app, _cv_request, g
from flask.helpers import get_debug_flag, get_load_dotenv
from flask.lazy import LazyAttribute, former_names_of
from flask.lifecycle.urls import build_url
from flask.lifecycle.websockets import WebsocketServing
from flask.plainresponses import redirect_to
from flask.sessions import SecureCookieSessionInterface, SessionInterface
from flask.setup.app import App, _make_timedelta
from flask.setup.resources import default_max_age, open_resource_of, send_static_file_of
from flask.wrappers import Request, Response

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from click import Group

    from flask.asgi.lifespan import Lifespan
    from flask.asynctesting import AsyncFlaskClient
    from flask.ctx import RequestContext
    from flask.templating import Environment
    from flask.testing import FlaskClient, FlaskCliRunner

__all__ = [
    "App",
    "Environment",
    "Flask",
    "Request",
    "Response",
    "SecureCookieSessionInterface",
    "SessionInterface",
    "_cv_app",
    "_cv_request",
    "_make_timedelta",
]


ASGI = Callable[[Any, Any, Any], Awaitable[None]]


class ASGIEntry:
    """The attribute ``asgi_app`` of a class of applications.

    Args:
        function: The ``async def asgi_app(self, scope, receive, send)`` of a subclass; ``None``
            for what serves by itself.
    """

    def __init__(self, function: Callable[..., Awaitable[None]] | None = None) -> None:
        self.function = function
        self.__doc__ = (
            function.__doc__ if function else "The ASGI application; wrap it in middleware."
        )

    def __set_name__(self, owner: type, name: str) -> None:
        self.made = f"_{name}_of_{owner.__module__}_{owner.__qualname__}"

    def __get__(self, instance: Flask | None, owner: type) -> Any:
        """Return the same object whenever it is read of the same application."""
        if instance is None:
            return self
        made: Any = getattr(instance, self.made, None)
        if made is None:
            made = self._make(instance)
            object.__setattr__(instance, self.made, made)
            if type(instance).asgi_app is self:  # else a subclass asks its base
                object.__setattr__(instance, "asgi_app", made)
        return made

    if TYPE_CHECKING:  # it may be assigned to, as to any name of an instance

        def __set__(self, instance: Flask, value: ASGI) -> None: ...

    def _make(self, app: Flask) -> ASGI:
        if self.function is not None:
            return _OverriddenASGIApp(app, self.function)
        from flask.asgi.adapter import ASGIApp  # noqa: PLC0415 - WSGI servers never need it

        return ASGIApp(app)


class _OverriddenASGIApp:
    """The ASGI application that a subclass wrote as a method."""

    def __init__(self, app: Flask, function: Callable[..., Awaitable[None]]) -> None:
        self.app, self.function = app, function

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve as the subclass does."""
        await self.function(self.app, scope, receive, send)


class Flask(WebsocketServing):
    """The application: registry of views and settings, and the WSGI callable that serves them.

    ``app = Flask(__name__)`` in the module or package that holds the application.

    Args:
        import_name: The module's or package's name; resources are found relative to it.
        static_url_path: URL prefix of the static files; from the folder's name if not given.
        static_folder: Folder of static files; ``None`` for none.
        static_host: Host of the static route; needed with ``host_matching``.
        host_matching: Match the ``host`` of rules.
        subdomain_matching: Match the subdomain, relative to ``SERVER_NAME``.
        template_folder: Folder of templates.
        instance_path: Absolute path of the folder for files of this installation.
        instance_relative_config: Resolve configuration files against that folder.
        root_path: Folder that relative folders start from; found by ``import_name``.

    Raises:
        ValueError: ``instance_path`` is relative.
        AssertionError: ``static_host`` is given without ``host_matching``, or the reverse.

    Since: 0.1 of the API; source: the API reference seed, "Application Object".
    """

    def __init__(
        self,
        import_name: str,
        static_url_path: str | None = None,
        static_folder: str | os.PathLike[str] | None = "static",
        static_host: str | None = None,
        host_matching: bool = False,
        subdomain_matching: bool = False,
        template_folder: str | os.PathLike[str] | None = "templates",
        instance_path: str | None = None,
        instance_relative_config: bool = False,
        root_path: str | None = None,
    ) -> None:
        super().__init__(
            import_name=import_name,
            static_url_path=static_url_path,
            static_folder=static_folder,
            static_host=static_host,
            host_matching=host_matching,
            subdomain_matching=subdomain_matching,
            template_folder=template_folder,
            instance_path=instance_path,
            instance_relative_config=instance_relative_config,
            root_path=root_path,
        )
        if self.has_static_folder:
            if bool(static_host) != host_matching:
                raise AssertionError(
                    "Invalid static_host/host_matching combination: give both, or neither, or"
                    " static_folder=None."
                )
            this = weakref.ref(self)  # a view that held the app would keep it alive in a cycle
            self.add_url_rule(
                f"{self.static_url_path}/<path:filename>",
                endpoint="static",
                host=static_host,
                view_func=lambda **values: this().send_static_file(**values),  # type: ignore[union-attr]
            )

    asgi_app = ASGIEntry()
    """Serves ASGI (HTTP, WebSockets, lifespan); wrap it, as ``wsgi_app``, in middleware:
    ``app.asgi_app = M(app.asgi_app)``. A subclass may define it as a coroutine function
    ``async def asgi_app(self, scope, receive, send)``. Since: 3.1.3+dewar.2.
    """

    async_test_client_class: type[AsyncFlaskClient] | None = None
    """Class of :meth:`async_test_client`; ``None`` is :class:`flask.asynctesting.AsyncFlaskClient`.

    Since: 3.1.3+dewar.2
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        own = cls.__dict__.get("asgi_app")
        if callable(own) and not isinstance(own, ASGIEntry):  # a method: servers want an object
            entry = ASGIEntry(own)
            entry.__set_name__(cls, "asgi_app")
            type.__setattr__(cls, "asgi_app", entry)

    @LazyAttribute
    def cli(self) -> Group:
        """The Click group of the application's own commands, run by ``flask NAME``."""
        from flask.cli import AppGroup  # noqa: PLC0415 - Click costs 15 ms to import

        group = AppGroup()
        group.name = self.name
        return group

    @overload
    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]: ...
    @overload
    def __call__(self, environ: Any, start_response: Any, send: Any) -> Awaitable[None]: ...
    @overload
    def __call__(self, environ: Any) -> Callable[[Any, Any], Awaitable[None]]: ...
    def __call__(self, environ: Any, start_response: Any = None, send: Any = None) -> Any:
        """Serve one request; the server calls this, it calls :meth:`wsgi_app`.

        With a third argument the three are those of ASGI, ``scope``, ``receive`` and ``send``, and
        the coroutine of :attr:`asgi_app` is returned. With a scope alone what takes the other two
        is: ``uvicorn hello:app`` calls so. Since 3.1.3+dewar.2.

        Raises:
            TypeError: The only argument is no scope.
        """
        if send is not None:
            return self.asgi_app(environ, start_response, send)
        if start_response is None:
            return self._of_asgi_2(environ)
        return self.wsgi_app(environ, start_response)

    _stock_call = __call__  # what ASGI compares with, lest an extension's own is left out

    def _of_asgi_2(self, scope: Any) -> Callable[[Any, Any], Awaitable[None]]:
        """Return the application of one scope, as version 2 of ASGI has it.

        COMPAT: uvicorn, and gunicorn with its workers, take every object for such an application
        whose ``__call__`` is no coroutine function.
        """
        if not isinstance(scope, dict) or "type" not in scope or "wsgi.version" in scope:
            raise TypeError(
                "A Flask application is called with 'environ' and 'start_response' (WSGI), or with"
                f" 'scope', 'receive' and 'send' (ASGI), not with {type(scope).__name__} alone."
            )
        return partial(self.asgi_app, scope)

    def test_request_context(self, *args: Any, **kwargs: Any) -> RequestContext:
        """Return the context of a made-up request: ``with app.test_request_context("/path"):``.

        Args:
            args: Those of :class:`flask.testing.EnvironBuilder` after the app: ``path``, …
            kwargs: Likewise: ``method``, ``data``, ``json``, ``headers``, ``subdomain``, …
        """
        from flask.testing import EnvironBuilder  # noqa: PLC0415 - only tests pay for it

        builder = EnvironBuilder(self, *args, **kwargs)
        try:
            return self.request_context(builder.get_environ())
        finally:
            builder.close()

    def test_client(self, use_cookies: bool = True, **kwargs: Any) -> FlaskClient:
        """Return a client that calls the application without a server.

        Args:
            use_cookies: Keep cookies between requests.
            kwargs: Passed to :attr:`test_client_class`.
        """
        from flask.testing import FlaskClient  # noqa: PLC0415 - only tests pay for it

        client_class = self.test_client_class or FlaskClient
        return client_class(self, self.response_class, use_cookies=use_cookies, **kwargs)

    def async_test_client(self, use_cookies: bool = True, **kwargs: Any) -> AsyncFlaskClient:
        """Return a client that calls the application through ASGI, on the running loop.

        Args:
            use_cookies: Keep cookies between requests.
            kwargs: Passed to :attr:`async_test_client_class`.

        Since: 3.1.3+dewar.2
        """
        from flask.asynctesting import AsyncFlaskClient  # noqa: PLC0415 - only tests pay for it

        client_class = self.async_test_client_class or AsyncFlaskClient
        return client_class(self, self.response_class, use_cookies=use_cookies, **kwargs)

    def test_cli_runner(self, **kwargs: Any) -> FlaskCliRunner:
        """Return a runner that calls the application's commands.

        Args:
            kwargs: Passed to :attr:`test_cli_runner_class`.
        """
        from flask.testing import FlaskCliRunner  # noqa: PLC0415 - only tests pay for it

        runner_class = self.test_cli_runner_class or FlaskCliRunner
        return runner_class(self, **kwargs)

    def serving(self) -> Lifespan:
        """Return a context manager, async too, that calls the functions of start and stop.

        They are those of :meth:`before_serving`, :meth:`while_serving` and :meth:`after_serving`;
        background tasks are awaited before it ends. ASGI servers do the same by their lifespan
        protocol, ``flask run`` and :meth:`run` by themselves, other WSGI servers by their hooks::

            # gunicorn.conf.py
            def post_worker_init(worker):
                worker.lifespan = worker.wsgi.serving()
                worker.lifespan.__enter__()

            def worker_exit(server, worker):
                worker.lifespan.__exit__(None, None, None)

        It gives the dict of the lifespan's state. No request starts it: where a server does
        neither, nothing is called, which under ASGI is logged. Under WSGI every thread has an
        event loop of its own, and these functions run on that of the thread which enters this.

        Raises:
            Exception: What a function raised; an :exc:`ExceptionGroup` of several at the stop.

        Since: 3.1.3+dewar.2.
        """
        from flask.asgi.lifespan import Lifespan  # noqa: PLC0415 - it needs greenlets

        return Lifespan(self)

    def add_background_task(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Call a function soon, which goes on after the response was sent.

        It sees a copy of the context variables and an application context of its own, but no
        request: pass what it needs as arguments. A coroutine function runs on the server's event
        loop, or under WSGI on one in a thread, a synchronous function in a thread. An error is
        logged. When the application stops (:meth:`serving`), or the interpreter exits, tasks have
        ``BACKGROUND_TASK_SHUTDOWN_TIMEOUT`` seconds (5) to end, then they are cancelled, and named
        in the log; synchronous ones are left behind.

        Args:
            func: The function, ``async def`` or not.
            args: Passed to it.
            kwargs: Passed to it.

        Since: 3.1.3+dewar.2.
        """
        from flask.asgi.background import tasks_of  # noqa: PLC0415 - it needs greenlets

        tasks_of(self).add(func, args, kwargs)

    def make_shell_context(self) -> dict[str, Any]:
        """Return the variables of ``flask shell``: ``app``, ``g``, and what processors add."""
        variables: dict[str, Any] = {"app": self, "g": g}
        for processor in self.shell_context_processors:
            variables.update(processor())
        return variables

    def run(
        self,
        host: str | None = None,
        port: int | None = None,
        debug: bool | None = None,
        load_dotenv: bool = True,
        **options: Any,
    ) -> None:
        """Serve on the local development server; ``flask run`` does it better.

        Not for production. In debug mode the server reloads on changes and shows a debugger.

        Args:
            host: Address to listen on; that of ``SERVER_NAME``, else ``127.0.0.1``.
            port: That of ``SERVER_NAME``, else 5000.
            debug: Turn debug mode on or off.
            load_dotenv: Read ``.env`` and ``.flaskenv`` where python-dotenv is installed.
            options: Passed to :func:`werkzeug.serving.run_simple`.
        """
        from werkzeug.serving import run_simple  # noqa: PLC0415 - production never serves so

        from flask import cli  # noqa: PLC0415 - Click costs 15 ms to import

        if os.environ.get("FLASK_RUN_FROM_CLI") == "true":
            cli.warn_of_ignored_run()
            return
        if get_load_dotenv(load_dotenv):
            cli.load_dotenv()
            if "FLASK_DEBUG" in os.environ:
                self.debug = get_debug_flag()
        if debug is not None:
            self.debug = bool(debug)
        elif cli.legacy_debug_flag():
            self.debug = True
        named_host, _, named_port = (self.config["SERVER_NAME"] or "").partition(":")
        host = host or named_host or "127.0.0.1"
        port = int(named_port or 5000) if port is None else int(port)
        options.setdefault("use_reloader", self.debug)
        options.setdefault("use_debugger", self.debug)
        options.setdefault("threaded", True)
        cli.show_server_banner(self.debug, self.name)
        cli.prepare_server(host, port)
        try:
            with cli.while_serving_here(self, options["use_reloader"]):
                run_simple(host, port, self, **options)
        finally:
            # The server has ended: an interactive session may set up more and run again.
            self._got_first_request = False

    def url_for(
        self,
        /,
        endpoint: str,
        *,
        _anchor: str | None = None,
        _method: str | None = None,
        _scheme: str | None = None,
        _external: bool | None = None,
        **values: Any,
    ) -> str:
        """Build the URL of an endpoint.

        Args:
            endpoint: Its name; with a leading dot, relative to the current blueprint.
            _anchor: Added after ``#``.
            _method: Of several rules take one that allows this method.
            _scheme: Scheme of an external URL.
            _external: Include scheme and host; by default only outside of a request.
            values: The variable parts; others become the query string.

        Raises:
            BuildError: No rule fits, and no handler of :meth:`handle_url_build_error` helped.
            RuntimeError: Outside a request, and ``SERVER_NAME`` is not set.
            ValueError: A scheme is given for a URL that is not external.
        """
        return build_url(self, endpoint, values, _anchor, _method, _scheme, _external)

    # What flask.url_for calls while nobody overrides the above.
    _build_url = build_url
    _stock_url_for = url_for

    def redirect(self, location: str, code: int = 302) -> BaseResponse:
        """Return a response of :attr:`response_class` that sends the browser elsewhere.

        Args:
            location: The URL.
            code: The redirect's status.
        """
        return redirect_to(location, code, self.response_class)

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        """Return for how many seconds a file may be cached: ``SEND_FILE_MAX_AGE_DEFAULT``.

        Args:
            filename: The file's path; ``None`` for a file object without a name.
        """
        return default_max_age()

    def send_static_file(self, filename: str) -> Response:
        """Answer with a file of :attr:`static_folder`; the view of the static route.

        Args:
            filename: The name from the URL.

        Raises:
            RuntimeError: No static folder is set.
        """
        return send_static_file_of(self, filename)

    def open_resource(
        self, resource: str, mode: str = "rb", encoding: str | None = None
    ) -> IO[Any]:
        """Open a file beside the code, for reading.

        Args:
            resource: The path relative to :attr:`root_path`.
            mode: ``rb``, ``r`` or ``rt``.
            encoding: Of the text.

        Raises:
            ValueError: The mode writes.
        """
        return open_resource_of(self, resource, mode, encoding)

    def open_instance_resource(
        self, resource: str, mode: str = "rb", encoding: str | None = "utf-8"
    ) -> IO[Any]:
        """Open a file of the instance folder, for reading or writing.

        Args:
            resource: The path relative to :attr:`instance_path`.
            mode: Any mode of :func:`open`.
            encoding: Of the text, when the mode is not binary.
        """
        from pathlib import Path  # noqa: PLC0415 - it takes 2 ms, and an import needs none

        path = Path(self.instance_path, resource)
        return path.open(mode) if "b" in mode else path.open(mode, encoding=encoding)


if not TYPE_CHECKING:
    __getattr__ = former_names_of(__name__)
