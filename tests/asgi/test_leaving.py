"""A client that leaves ends what it asked for, and nothing of what tidies up after that."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from flask import Flask, Response, stream_with_context
from flask.sessions import SessionInterface

from .driving import Client, scope_of


class OtherSessions(SessionInterface):
    """Sends every request home, as it may block."""

    def open_session(self, app: Any, request: Any) -> None:
        return None

    def save_session(self, app: Any, session: Any, response: Any) -> None:
        """Save nothing."""


def add_hooks(app: Flask, noted: list[str]) -> None:
    """Register async functions before and after each request, and make the grace short."""
    app.config["ASGI_DISCONNECT_GRACE"] = 0.01

    @app.before_request
    async def before() -> None:
        await asyncio.sleep(0)

    @app.teardown_request
    async def after(error: BaseException | None) -> None:
        noted.append("begins")
        await asyncio.sleep(0.03)
        noted.append("ends")

    @app.teardown_appcontext
    async def at_last(error: BaseException | None) -> None:
        await asyncio.sleep(0.001)
        noted.append("context")


def add_views(app: Flask, noted: list[str]) -> None:
    """Register views that a client leaves."""

    @app.get("/plain")
    def plain() -> str:
        time.sleep(0.05)  # the grace is over meanwhile
        return "never seen"

    @app.get("/swallows")
    async def swallows() -> str:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            noted.append("cancelled")
        return "never seen"

    @app.get("/plain-stream")
    def plain_stream() -> Response:
        def pieces() -> Iterator[str]:
            while True:
                yield "piece"

        return Response(stream_with_context(pieces()))

    @app.get("/stream")
    async def stream() -> Response:
        async def pieces() -> AsyncIterator[str]:
            while True:
                yield "piece"
                await asyncio.sleep(0)

        return Response(stream_with_context(pieces()))


async def leave(app: Flask, path: str) -> None:
    """Make a request and leave: at once, or, if it streams, after the first piece."""
    client = Client()
    has_begun = asyncio.Event()

    async def look(event: dict[str, Any]) -> None:
        if event.get("more_body"):
            has_begun.set()

    client.on_send = look
    task = asyncio.create_task(app.asgi_app(scope_of(path), client.receive, client.send))
    if path.endswith("stream"):
        await has_begun.wait()
    await asyncio.sleep(0.005)
    client.left.set()
    await asyncio.wait_for(task, 10)


@pytest.mark.parametrize("sessions", ["stock", "other"])
@pytest.mark.parametrize("path", ["/plain", "/swallows", "/plain-stream", "/stream"])
def test_teardown_is_not_cut(app: Flask, path: str, sessions: str) -> None:
    """Teardown functions that await come to their end, on the loop and at home."""
    noted: list[str] = []
    add_hooks(app, noted)
    add_views(app, noted)
    if sessions == "other":
        app.session_interface = OtherSessions()

    asyncio.run(leave(app, path))

    assert noted[-3:] == ["begins", "ends", "context"]
    assert (noted[0] == "cancelled") == (path == "/swallows")


def test_view_that_only_ends_is_not_cut(app: Flask) -> None:
    """A client that leaves while teardown functions wait does not interrupt them."""
    noted: list[str] = []
    add_hooks(app, noted)

    @app.get("/quick")
    async def quick() -> str:
        return "answer"

    asyncio.run(leave(app, "/quick"))

    assert noted == ["begins", "ends", "context"]


def test_stream_does_not_begin_for_nobody(app: Flask) -> None:
    """A client that left before the body began closes what would have made it."""
    noted: list[str] = []
    add_hooks(app, noted)

    class Pieces:
        def __iter__(self) -> Iterator[str]:
            noted.append("begun")
            yield "piece"

        def close(self) -> None:
            noted.append("closed")

    @app.get("/late-pieces")
    def late() -> Response:
        time.sleep(0.05)
        return Response(Pieces())

    asyncio.run(leave(app, "/late-pieces"))

    assert noted == ["begins", "ends", "context", "closed"]
