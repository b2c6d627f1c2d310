"""``Flask.__call__`` is the first step of a request under ASGI as it is under WSGI."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from flask import Flask

from .driving import ask


def test_replaced_call_is_called(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an extension puts in the place of ``Flask.__call__`` serves under ASGI, too."""
    stock = Flask.__call__
    seen: list[str] = []

    def traced(self: Flask, environ: Any, start_response: Any) -> Any:
        seen.append(environ["PATH_INFO"])
        return stock(self, environ, start_response)

    app.add_url_rule("/", "index", lambda: "plain")
    monkeypatch.setattr(Flask, "__call__", traced)

    assert asyncio.run(ask(app.asgi_app)).text == "plain"
    assert seen == ["/"]


@pytest.mark.parametrize("is_async", [True, False])
def test_call_for_asgi_alone_is_no_step_of_a_request(is_async: bool) -> None:
    """A subclass may have its own ``__call__`` for servers of ASGI."""

    class Plain(Flask):
        def __call__(self, scope: Any, receive: Any, send: Any) -> Any:  # type: ignore[override]
            return super().__call__(scope, receive, send)

    class Async(Flask):
        async def __call__(self, scope: Any, receive: Any, send: Any = None) -> Any:  # type: ignore[override]
            return await super().__call__(scope, receive, send)

    app = (Async if is_async else Plain)("shop")
    app.add_url_rule("/", "index", lambda: "plain")

    assert asyncio.run(ask(app)).text == "plain"


def test_scope_alone_is_asgi_2(app: Flask) -> None:
    """``uvicorn hello:app`` calls with the scope, and what that returns with the other two."""
    app.add_url_rule("/", "index", lambda: "plain")

    async def called(scope: Any, receive: Any, send: Any) -> None:
        await app(scope)(receive, send)

    assert asyncio.run(ask(called)).text == "plain"


@pytest.mark.parametrize("argument", [None, {}, {"type": "x", "wsgi.version": (1, 0)}])
def test_other_arguments_alone_are_refused(app: Flask, argument: Any) -> None:
    """The error says how an application is called."""
    with pytest.raises(TypeError, match="'environ' and 'start_response'"):
        app(argument)
