"""Lets the tests' requests go through ASGI: ``python -m pytest --through-asgi tests``.

Whatever calls an application as WSGI does (:class:`flask.testing.FlaskClient`, middleware around
it, a test by itself) gets the answer of ``app.asgi_app``, on an event loop of the calling thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from contextvars import Context, copy_context
from functools import partial
from typing import Any

import werkzeug.test

import flask.asgi.adapter
from flask import Flask, coroutines
from flask.asgi.clientside import Call, scope_of
from flask.asgi.places import THREAD

BESIDE = "tests.environ"
SPELLINGS = {
    "etag": "ETag",
    "www-authenticate": "WWW-Authenticate",
    "x-ratelimit-limit": "X-RateLimit-Limit",
    "x-ratelimit-remaining": "X-RateLimit-Remaining",
    "x-ratelimit-reset": "X-RateLimit-Reset",
}
"""ASGI has the names of headers in lower case; tests and browsers' rules do not."""

open_answers: set[Answer] = set()
"""Not weak: a task that nobody ends would hang the program at its end."""


class Answer:
    """What a WSGI application would return: the pieces of a body, made when they are asked for."""

    def __init__(self, app: Flask, environ: dict[str, Any]) -> None:
        self._context: Context = copy_context()
        self._thread = threading.get_ident()
        self._run_there = _choose_place()
        self._call: Call
        self._task: asyncio.Task[None]
        self._run_there(self._start, app, environ)

    def _start(self, app: Flask, environ: dict[str, Any]) -> None:
        self._loop = coroutines._thread_loop()

        async def start() -> None:
            scope = scope_of(environ)
            scope["extensions"][BESIDE] = {k: v for k, v in environ.items() if is_beside(k)}
            self._call = Call(scope, environ, is_paced=True)
            self._task = self._loop.create_task(self._run(app.asgi_app), context=self._context)

        self._loop.run_until_complete(start())

    async def _run(self, asgi_app: Any) -> None:
        try:
            await self._call.run(asgi_app)
        except (KeyboardInterrupt, SystemExit) as error:
            self._call.error = error  # raised by begin(); here it would leave the loop half stopped

    def _step(self, function: Callable[[], Any]) -> Any:
        if threading.get_ident() != self._thread:
            raise RuntimeError("An ASGI server's loop stays in its thread.")
        try:
            return self._run_there(lambda: self._loop.run_until_complete(function()))
        finally:
            if self._call.has_ended:
                open_answers.discard(self)

    def begin(self, start_response: Any) -> None:
        try:
            self._step(self._call.begin)
        except (KeyboardInterrupt, SystemExit):
            self._task.cancel()  # as asyncio.run() does
            self._step(self._call.end)
            raise
        finally:
            if self._call.has_ended:  # not later: what a generator has pushed is no one else's
                coroutines._take_over(self._context)
        headers = [(spelled(name), value) for name, value in self._call.headers]
        start_response(self._call.status_line, headers)
        if not self._call.has_ended:
            open_answers.add(self)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece: bytes = self._step(self._call.next_piece)
        if not piece:
            raise StopIteration
        return piece

    def close(self) -> None:
        if not self._call.has_ended:
            self._step(self._call.end)
        self._call.raise_error()


def is_beside(key: str) -> bool:
    """Tell whether a key of an environ has no place in a scope."""
    if key in {"wsgi.errors", "werkzeug.debug.preserve_context"}:
        return True
    return not key.startswith(("HTTP_", "wsgi.", "werkzeug.")) and key not in {
        "REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "SERVER_NAME", "SERVER_PORT",
        "SERVER_PROTOCOL", "REMOTE_ADDR", "REMOTE_PORT", "CONTENT_TYPE", "CONTENT_LENGTH",
    }  # fmt: skip


def spelled(name: str) -> str:
    return SPELLINGS.get(name) or name.title()


def _choose_place() -> Callable[..., Any]:
    """Return what runs a function in this thread, or in its helper when a loop runs in it."""
    if asyncio._get_running_loop() is None:
        return lambda function, *args: function(*args)
    helper = coroutines._helper()
    return lambda function, *args: helper.submit(function, *args).result()


def answered(app: Flask, environ: Any, start_response: Any) -> Answer:
    """Serve a request as a WSGI application does, by the ASGI application."""
    answer = Answer(app, environ)
    answer.begin(start_response)
    return answer


@contextlib.contextmanager
def clients_call_asgi() -> Iterator[None]:
    """Let test clients alone call ASGI: so ``Flask.__call__`` stays for others to replace."""
    stock_run = werkzeug.test.run_wsgi_app

    def run(app: Any, environ: Any, buffered: bool = False) -> Any:
        if isinstance(app, Flask):
            app = partial(answered, app)
        return stock_run(app, environ, buffered)

    werkzeug.test.run_wsgi_app = run
    try:
        with environs_have_what_is_beside():
            yield
    finally:
        werkzeug.test.run_wsgi_app = stock_run


@contextlib.contextmanager
def environs_have_what_is_beside() -> Iterator[None]:
    """Add to each environ what the caller's had and no server would have sent."""
    environ_of = flask.asgi.adapter.environ_of

    def environ_with_it(scope: dict[str, Any]) -> dict[str, Any]:
        environ = environ_of(scope)
        environ.update(scope.get("extensions", {}).get(BESIDE, {}))
        return environ

    flask.asgi.adapter.environ_of = environ_with_it
    try:
        yield
    finally:
        flask.asgi.adapter.environ_of = environ_of


@contextlib.contextmanager
def through_asgi(how: str = THREAD) -> Iterator[None]:
    """Answer through ASGI whatever calls an application as WSGI does.

    Args:
        how: Where synchronous views run: ``thread`` or ``inline``.
    """
    stock_call = Flask.__call__

    def __call__(self: Flask, environ: Any, start_response: Any, send: Any = None) -> Any:
        if send is not None:
            return stock_call(self, environ, start_response, send)
        if "asgi.scope" in environ:  # the adapter's call of what is replaced
            return stock_call(self, environ, start_response)
        if how != THREAD:
            self.config.setdefault("ASGI_SYNC_VIEWS", how)
        return answered(self, environ, start_response)

    Flask.__call__ = __call__  # type: ignore[method-assign]
    try:
        with environs_have_what_is_beside():
            yield
    finally:
        Flask.__call__ = stock_call  # type: ignore[method-assign]


def close_what_is_open() -> None:
    """Close the answers that nobody read to their end."""
    for answer in list(open_answers):
        answer.close()
