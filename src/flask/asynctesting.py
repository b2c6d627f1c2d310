"""How do async tests call an application? By a client whose requests are awaited."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import werkzeug.test
from werkzeug.datastructures import Headers
from werkzeug.wsgi import get_current_url

from flask.asgi.clientside import BODY, Call, call_directly, calling, living, scope_of
from flask.lifecycle.bridge import run_on_loop, wait
from flask.testing import FlaskClient

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager, AbstractContextManager

    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from werkzeug.test import TestResponse
    from werkzeug.wrappers import Request as BaseRequest

    from flask.app import Flask
    from flask.asgi.clientsockets import AsyncClientWebSocket
    from flask.sessions import SessionMixin


class StreamedResponse:
    """An answer whose body is read while the application makes it.

    Attributes:
        status_code: The status.
        status: The same with its name.
        headers: The headers.
        request: What was asked.

    Since: 3.1.3+dewar.2
    """

    def __init__(self, call: Call, request: BaseRequest) -> None:
        self.status_code, self.status = call.status, call.status_line
        self.headers: Headers = call.headers
        self.request = request
        self._call = call

    def chunks(self) -> AsyncIterator[bytes]:
        """Give the pieces of the body as they come; the application waits in between."""
        return self._call

    async def read(self) -> bytes:
        """Return what is left of the body."""
        return b"".join([chunk async for chunk in self.chunks()])


class _PlainClient:
    """What a :class:`FlaskClient` needs to make its requests by ASGI, where it may wait."""

    application: Flask
    state: dict[str, Any]

    def run_wsgi_app(
        self: Any, environ: WSGIEnvironment, buffered: bool = False
    ) -> tuple[Iterable[bytes], str, Headers]:
        """Make one request, called in what :func:`run_on_loop` runs."""
        self._add_cookies_to_wsgi(environ)
        answer = werkzeug.test.run_wsgi_app(self._call_asgi, environ, buffered)
        self.keep_cookies(environ, answer[2])
        return answer

    def _call_asgi(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        call = Call(scope_of(environ, self.state), environ)
        wait(call_directly(self.application.asgi_app, call))
        start_response(call.status_line, list(call.headers))
        return call.take_body()

    def keep_cookies(self: Any, environ: WSGIEnvironment, headers: Headers) -> None:
        """Keep the cookies of an answer."""
        url = urlsplit(get_current_url(environ))
        self._update_cookies_from_response(
            url.hostname or "localhost", url.path, headers.getlist("Set-Cookie")
        )


class AsyncFlaskClient:
    """Makes requests to an application on the running loop, asyncio's or trio's, through ASGI.

    ``await client.get("/")`` returns what :class:`FlaskClient` returns. ``async with client:``
    starts the application before the block (``before_serving``) and ends it after.

    Args:
        application: The application.
        response_wrapper: Class of the responses.
        use_cookies: Keep cookies between requests.
        kwargs: Those of the application's :attr:`~flask.Flask.test_client_class`.

    Since: 3.1.3+dewar.2
    """

    def __init__(
        self,
        application: Flask,
        response_wrapper: Any = None,
        use_cookies: bool = True,
        **kwargs: Any,
    ) -> None:
        self.application = application
        stock = application.test_client_class or FlaskClient
        plain_class: Any = type(stock.__name__, (_PlainClient, stock), {})
        self._plain: Any = plain_class(application, response_wrapper, use_cookies, **kwargs)
        self._plain.state = {}
        self._running = AsyncExitStack()
        self.get_cookie: Any = self._plain.get_cookie
        self.set_cookie: Any = self._plain.set_cookie
        self.delete_cookie: Any = self._plain.delete_cookie

    @property
    def environ_base(self) -> dict[str, Any]:
        """What every request's environ begins with; change it as that of a FlaskClient."""
        base: dict[str, Any] = self._plain.environ_base
        return base

    async def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Make a request and return its response.

        Args:
            args: Those of :meth:`FlaskClient.open`.
            kwargs: Likewise: ``json``, ``headers``, ``follow_redirects``, …; ``data`` may be an
                async generator, which is sent as it comes. What that raises breaks the request
                off, and is raised here.

        Raises:
            Exception: What the application raised, where it would reach the server.
        """
        kwargs = {**_with_streamed_body(kwargs), "buffered": True}
        response: TestResponse = await run_on_loop(None, partial(self._plain.open, *args, **kwargs))
        return response

    async def get(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Make a GET request; see :meth:`open`."""
        return await self.open(*args, **kwargs, method="GET")

    async def post(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Make a POST request; see :meth:`open`."""
        return await self.open(*args, **kwargs, method="POST")

    async def put(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Make a PUT request; see :meth:`open`."""
        return await self.open(*args, **kwargs, method="PUT")

    async def patch(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Make a PATCH request; see :meth:`open`."""
        return await self.open(*args, **kwargs, method="PATCH")

    async def delete(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Make a DELETE request; see :meth:`open`."""
        return await self.open(*args, **kwargs, method="DELETE")

    async def head(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Make a HEAD request; see :meth:`open`."""
        return await self.open(*args, **kwargs, method="HEAD")

    async def options(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Make an OPTIONS request; see :meth:`open`."""
        return await self.open(*args, **kwargs, method="OPTIONS")

    @asynccontextmanager
    async def stream(
        self, method: str, *args: Any, **kwargs: Any
    ) -> AsyncIterator[StreamedResponse]:
        """Make a request whose answer is read in a block; leaving it disconnects the client.

        Args:
            method: The request's.
            args: Those of :class:`~flask.testing.EnvironBuilder` after the app.
            kwargs: Likewise.
        """
        plain = self._plain
        request = plain._request_of(*args, **_with_streamed_body(kwargs), method=method)
        environ = request.environ
        plain._add_cookies_to_wsgi(environ)
        call = Call(scope_of(environ, plain.state), environ, is_paced=True)
        async with calling(self.application.asgi_app, call):
            plain.keep_cookies(environ, call.headers)
            yield StreamedResponse(call, request)

    def websocket(
        self, *args: Any, subprotocols: Iterable[str] = (), **kwargs: Any
    ) -> AbstractAsyncContextManager[AsyncClientWebSocket]:
        """Open a WebSocket for a block: ``async with client.websocket("/ws") as ws:``.

        Args:
            args: Those of :class:`~flask.testing.EnvironBuilder` after the app.
            subprotocols: Those that the client offers.
            kwargs: Likewise: ``headers``, ``query_string``, …

        Raises:
            WebSocketRejected: The application did not accept.
        """
        connection: AbstractAsyncContextManager[AsyncClientWebSocket] = self._plain._connect(
            args, kwargs, subprotocols, self._plain.state
        )
        return connection

    def session_transaction(self, *args: Any, **kwargs: Any) -> SessionTransaction:
        """Change the session that the next request will have, in a ``with`` block, async or not.

        Args:
            args: Those of :meth:`FlaskClient.session_transaction`.
            kwargs: Likewise.
        """
        return SessionTransaction(self._plain.session_transaction(*args, **kwargs))

    async def __aenter__(self) -> Self:
        await self._running.enter_async_context(
            living(self.application.asgi_app, self._plain.state)
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        await self._running.__aexit__(kind, error, tb)


def _with_streamed_body(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return a request's arguments, of which werkzeug's builder knows no async iterable."""
    data = kwargs.get("data")
    if not isinstance(data, AsyncIterable):
        return kwargs
    headers = Headers(kwargs.get("headers"))
    if "Content-Length" not in headers:
        headers["Transfer-Encoding"] = "chunked"
    environ = {**(kwargs.get("environ_overrides") or {}), BODY: aiter(data)}
    return {**kwargs, "data": None, "headers": headers, "environ_overrides": environ}


class SessionTransaction:
    """The block of :meth:`AsyncFlaskClient.session_transaction`."""

    def __init__(self, plain: AbstractContextManager[SessionMixin]) -> None:
        self._plain = plain

    def __enter__(self) -> SessionMixin:
        return self._plain.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> bool | None:
        return self._plain.__exit__(kind, error, tb)

    async def __aenter__(self) -> SessionMixin:
        session: SessionMixin = await run_on_loop(None, self._plain.__enter__)
        return session

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> Any:
        return await run_on_loop(None, self._plain.__exit__, kind, error, tb)
