"""How is an application tested without a server? A client, a command runner, an environ builder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from copy import copy
from functools import wraps
from importlib import metadata
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import werkzeug.test
from click.testing import CliRunner, Result
from werkzeug.test import Client
from werkzeug.wrappers import Request as BaseRequest

from flask.cli import ScriptInfo
from flask.lazy import former_names_of, with_former_attributes

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager, AbstractContextManager

    from _typeshed.wsgi import WSGIEnvironment
    from werkzeug.test import TestResponse

    from flask.app import Flask
    from flask.asgi.clientsockets import AsyncClientWebSocket, ClientWebSocket
    from flask.sessions import SessionMixin


class EnvironBuilder(werkzeug.test.EnvironBuilder):
    """Builds a WSGI environ, taking what is not given from an application's settings.

    Args:
        app: The application.
        path: The URL path; a whole URL gives scheme and host too.
        base_url: Scheme, host and prefix of the application. Made of ``PREFERRED_URL_SCHEME``,
            ``SERVER_NAME`` and ``APPLICATION_ROOT`` when not given.
        subdomain: Goes before ``SERVER_NAME``.
        url_scheme: Instead of ``PREFERRED_URL_SCHEME``.
        args: Those of :class:`werkzeug.test.EnvironBuilder` after ``base_url``.
        kwargs: Likewise; ``json`` is serialized by the application.
    """

    def __init__(
        self,
        app: Flask,
        path: str = "/",
        base_url: str | None = None,
        subdomain: str | None = None,
        url_scheme: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        assert base_url is None or not (subdomain or url_scheme), (
            'Cannot pass "subdomain" or "url_scheme" with "base_url".'
        )
        if base_url is None:
            url = urlsplit(path)
            host = app.config["SERVER_NAME"] or "localhost"
            if subdomain:
                host = f"{subdomain}.{host}"
            scheme = url.scheme or url_scheme or app.config["PREFERRED_URL_SCHEME"]
            root = app.config["APPLICATION_ROOT"].lstrip("/")
            base_url = f"{scheme}://{url.netloc or host}/{root}"
            path = f"{url.path}?{url.query}" if url.query else url.path
        self.app = app
        super().__init__(path, base_url, *args, **kwargs)

    def json_dumps(self, obj: Any, **kwargs: Any) -> str:
        """Serialize the ``json`` argument as the application does."""
        return self.app.json.dumps(obj, **kwargs)


def _without_server_name(method: Callable[..., Any], most: int) -> Callable[..., Any]:
    """Let a client's method say that the server's name comes first no more."""

    @wraps(method)
    def call(self: FlaskClient, *args: Any, **kwargs: Any) -> Any:
        if len(args) > most or "server_name" in kwargs:
            raise TypeError(
                f"{method.__name__}() does not take the server's name first any more:"
                " begin with the key, and use 'domain=' for a name other than localhost."
            )
        return method(self, *args, **kwargs)

    return call


@with_former_attributes("cookie_jar")
class FlaskClient(Client):
    """Makes requests to an application; ``with client:`` keeps their contexts for looking at.

    Args:
        args: Those of :class:`werkzeug.test.Client`.
        kwargs: Likewise.
    """

    application: Flask

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.preserve_context = False
        self._new_contexts: list[AbstractContextManager[Any]] = []
        self._context_stack = ExitStack()
        self.environ_base: dict[str, Any] = {
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_USER_AGENT": f"Werkzeug/{_get_werkzeug_version()}",
        }

    if not TYPE_CHECKING:  # the checker reads Werkzeug's
        set_cookie = _without_server_name(Client.set_cookie, 2)
        delete_cookie = _without_server_name(Client.delete_cookie, 1)

    def _copy_environ(self, other: Mapping[str, Any]) -> WSGIEnvironment:
        environ: WSGIEnvironment = {**self.environ_base, **other}
        if self.preserve_context:
            environ["werkzeug.debug.preserve_context"] = self._new_contexts.append
        return environ

    def _request_from_builder_args(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> BaseRequest:
        kwargs["environ_base"] = self._copy_environ(kwargs.get("environ_base", {}))
        try:
            builder = EnvironBuilder(self.application, *args, **kwargs)
        except TypeError as error:
            if "as_tuple" in kwargs:
                raise TypeError(f"{error}: use 'response.request.environ'.") from None
            raise
        try:
            return builder.get_request()
        finally:
            builder.close()

    def _request_of(self, *args: Any, **kwargs: Any) -> BaseRequest:
        """Return the request that :meth:`open` makes of its arguments."""
        given = args[0] if args else None
        if isinstance(given, werkzeug.test.EnvironBuilder):
            builder = copy(given)
            builder.environ_base = self._copy_environ(builder.environ_base or {})
            try:
                request = builder.get_request()
            finally:
                builder.close()
        elif isinstance(given, dict):
            request = EnvironBuilder.from_environ(
                given, app=self.application, environ_base=self._copy_environ({})
            ).get_request()
        elif isinstance(given, BaseRequest):
            request = copy(given)
            request.environ = self._copy_environ(request.environ)
        else:
            request = self._request_from_builder_args(args, kwargs)
        return request

    def open(
        self,
        *args: Any,
        buffered: bool = False,
        follow_redirects: bool = False,
        **kwargs: Any,
    ) -> TestResponse:
        """Make a request and return its response.

        Args:
            args: Those of :class:`EnvironBuilder` after the app, or one builder, environ or
                request.
            buffered: Read the body to its end, and close it, at once.
            follow_redirects: Go on until the response is no redirect.
            kwargs: Those of :class:`EnvironBuilder`.
        """
        request = self._request_of(*args, **kwargs)
        self._context_stack.close()  # the contexts of the last request end with this one
        response = super().open(request, buffered=buffered, follow_redirects=follow_redirects)
        response.json_module = self.application.json  # type: ignore[assignment]
        while self._new_contexts:  # the app's first, so that the request's finds it
            self._context_stack.enter_context(self._new_contexts.pop(0))
        return response

    @contextmanager
    def session_transaction(self, *args: Any, **kwargs: Any) -> Iterator[SessionMixin]:
        """Change the session that the next request will have, in a ``with`` block.

        Args:
            args: Those of :meth:`Flask.test_request_context`, where opening depends on them.
            kwargs: Likewise.

        Raises:
            TypeError: The client keeps no cookies.
            RuntimeError: The session interface opened no session.
        """
        if self._cookies is None:
            raise TypeError("Cookies are disabled. Create a client with 'use_cookies=True'.")
        app = self.application
        interface = app.session_interface
        ctx = app.test_request_context(*args, **kwargs)
        request = ctx.request
        self._add_cookies_to_wsgi(request.environ)
        with ctx:
            session = interface.open_session(app, request)
        if session is None:
            raise RuntimeError(
                "Session backend did not open a session. Set app.secret_key, or see why"
                f" {type(interface).__name__}.open_session() returned None."
            )
        yield session
        if interface.is_null_session(session):
            return
        response = app.response_class()
        with ctx:
            interface.save_session(app, session, response)
        self._update_cookies_from_response(
            request.host.partition(":")[0],
            request.path,
            response.headers.getlist("Set-Cookie"),
        )

    def websocket(
        self, *args: Any, subprotocols: Iterable[str] = (), **kwargs: Any
    ) -> AbstractContextManager[ClientWebSocket]:
        """Open a WebSocket for a block: ``with client.websocket("/ws") as ws:``.

        Args:
            args: Those of :class:`EnvironBuilder` after the app.
            subprotocols: Those that the client offers.
            kwargs: Likewise: ``headers``, ``query_string``, …

        Raises:
            WebSocketRejected: The application did not accept.

        Since: 3.1.3+dewar.2
        """
        from flask.asgi.clientsockets import connected_in_thread  # noqa: PLC0415 - see _connect

        return connected_in_thread(lambda: self._connect(args, kwargs, subprotocols, {}))

    def _connect(
        self,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        subprotocols: Iterable[str],
        state: dict[str, Any],
    ) -> AbstractAsyncContextManager[AsyncClientWebSocket]:
        """Return what opens a WebSocket on the running loop, with this client's cookies."""
        # PERF: tests of WSGI applications never import asyncio.
        from flask.asgi.clientsockets import (  # noqa: PLC0415
            AsyncClientWebSocket,
            connected,
            websocket_scope_of,
        )

        request = self._request_of(*args, **kwargs)
        self._add_cookies_to_wsgi(request.environ)
        scope = websocket_scope_of(request.environ, subprotocols, state)

        def rejected(socket: AsyncClientWebSocket) -> TestResponse:
            status = str(socket.rejection_status)
            return self.response_wrapper(socket.rejection, status, socket.headers, request=request)

        socket = AsyncClientWebSocket(scope, self.application.json)
        return connected(self.application.asgi_app, socket, rejected)

    def __enter__(self) -> Self:
        if self.preserve_context:
            raise RuntimeError("Cannot nest client invocations")
        self.preserve_context = True
        return self

    def __exit__(
        self,
        exc_type: type | None,
        exc_value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.preserve_context = False
        self._context_stack.close()


_werkzeug_version = ""


def _get_werkzeug_version() -> str:
    global _werkzeug_version
    if not _werkzeug_version:
        _werkzeug_version = metadata.version("werkzeug")
    return _werkzeug_version


class FlaskCliRunner(CliRunner):
    """Runs an application's commands and returns what they printed.

    Args:
        app: The application.
        kwargs: Those of :class:`click.testing.CliRunner`.
    """

    def __init__(self, app: Flask, **kwargs: Any) -> None:
        self.app = app
        super().__init__(**kwargs)

    def invoke(  # type: ignore[override]
        self, cli: Any = None, args: Any = None, **kwargs: Any
    ) -> Result:
        """Run a command.

        Args:
            cli: The command or group; the application's ``cli`` when not given.
            args: The command line, as a list or one string.
            kwargs: Those of :meth:`click.testing.CliRunner.invoke`; ``obj`` is a
                :class:`flask.cli.ScriptInfo` of the application when not given.
        """
        if cli is None:
            cli = self.app.cli
        if "obj" not in kwargs:
            kwargs["obj"] = ScriptInfo(create_app=lambda: self.app)
        return super().invoke(cli, args, **kwargs)


if not TYPE_CHECKING:
    __getattr__ = former_names_of(__name__)
