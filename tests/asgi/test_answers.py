"""What applications answer in their own ways, and what ASGI cannot send."""

from __future__ import annotations

import asyncio

import pytest

from flask import Flask, Response

from .driving import ask


def test_stop_iteration_of_a_hook_meets_its_handler(app: Flask) -> None:
    """No error of synchronous code is changed on its way from home to the loop."""

    @app.before_request
    def fails() -> None:
        next(iter(()))

    @app.errorhandler(StopIteration)
    async def handle(error: StopIteration) -> tuple[str, int]:
        return type(error).__name__, 418

    @app.route("/")
    async def index() -> str:
        return "never"

    answered = asyncio.run(ask(app))
    assert (answered.status, answered.text) == (418, "StopIteration")


def test_header_beyond_latin_1_is_named(app: Flask) -> None:
    """What no header can hold is an error that says which one."""
    app.add_url_rule("/", "index", lambda: ("", {"X-City": "서울"}))

    with pytest.raises(ValueError, match="The header 'X-City' has a character"):
        asyncio.run(ask(app))


def test_a_body_may_be_a_bytearray(app: Flask) -> None:
    """What a view returns as bytes of any kind is sent as bytes."""
    app.add_url_rule("/", "index", lambda: bytearray(b"bytes"))

    answered = asyncio.run(ask(app.asgi_app))

    assert answered.pieces == [b"bytes"]
    assert type(answered.pieces[0]) is bytes


@pytest.mark.parametrize("status", ["OUT OF TEA", "99 bottles", "\u0662\u0660\u0660 OK"])
def test_status_without_a_number(app: Flask, status: str) -> None:
    """A status that ASGI cannot send, as it has the number alone, is the server's to report."""
    app.add_url_rule("/", "index", lambda: Response("tea", status=status))

    with pytest.raises(ValueError, match="does not begin with three digits"):
        asyncio.run(ask(app))
