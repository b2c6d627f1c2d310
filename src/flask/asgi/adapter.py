"""What does an ASGI server call? The object that ``app.asgi_app`` is, for requests of all kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask.asgi.http import Send, serve_http
from flask.coroutines import ASGI_WORKERS
from flask.lazy import LazyAttribute
from flask.lifecycle.bridge import active_worker
from flask.lifecycle.homes import Homes

if TYPE_CHECKING:
    from flask.app import Flask
    from flask.asgi.body import Receive
    from flask.asgi.environ import Scope

THREADS = 40
"""Home threads at most: ``ASGI_THREADS``."""

if active_worker not in ASGI_WORKERS:
    ASGI_WORKERS.append(active_worker)


class ASGIApp:
    """The ASGI application (version 3.0 of the protocol) of a Flask application.

    COMPAT: an object with a coroutine function as ``__call__``: servers take a bound method for
    an application of ASGI 2.
    """

    def __init__(self, app: Flask) -> None:
        self.app = app

    @LazyAttribute
    def homes(self) -> Homes:
        """The threads of synchronous code; none is started before it is needed."""
        return Homes(self.app.config.get("ASGI_THREADS", THREADS))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, a WebSocket, or the server's start and stop."""
        kind = scope["type"]
        if kind == "http":
            await serve_http(self.app, self.homes, scope, receive, send)
        else:
            raise ValueError(f"The scope type {kind!r} is not known.")
