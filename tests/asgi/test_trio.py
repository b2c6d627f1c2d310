"""The same application on trio's event loop, as hypercorn's trio workers run it."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import trio
import trio.lowlevel

from flask import Flask, request

from .driving import Answered, scope_of


class TrioClient:
    """A client whose events come and go at checkpoints of trio."""

    def __init__(self, *events: dict[str, Any]) -> None:
        self.answered = Answered()
        self._events = list(events)

    async def receive(self) -> dict[str, Any]:
        await trio.lowlevel.checkpoint()
        if not self._events:
            await trio.sleep_forever()
        return self._events.pop(0)

    async def send(self, event: dict[str, Any]) -> None:
        await trio.lowlevel.checkpoint()
        self.answered.events.append(event)


async def post(app: Flask, path: str) -> str:
    """Send a body in two pieces and return the answer."""
    client = TrioClient(
        {"type": "http.request", "body": b"bo", "more_body": True},
        {"type": "http.request", "body": b"dy "},
    )
    with trio.fail_after(10):
        await app.asgi_app(scope_of(path, method="POST"), client.receive, client.send)
    return client.answered.text


@pytest.mark.parametrize("is_async", [True, False])
def test_body_is_read(app: Flask, is_async: bool) -> None:
    """Async and synchronous views read their bodies, and use what trio offers."""

    async def coroutine() -> str:
        with trio.move_on_after(0.001):
            await trio.sleep_forever()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 0)
        return request.get_data(as_text=True) + threading.current_thread().name

    def plain() -> str:
        return request.get_data(as_text=True) + threading.current_thread().name

    app.add_url_rule("/", "index", coroutine if is_async else plain, methods=["POST"])
    expected = "body MainThread" if is_async else "body flask-home-0"
    assert trio.run(post, app, "/") == expected


def test_many_at_once(app: Flask) -> None:
    """Requests in one nursery do not disturb each other."""
    answers: list[str] = []

    @app.post("/<int:number>")
    async def index(number: int) -> str:
        await trio.lowlevel.checkpoint()
        return str(number)

    async def one(number: int) -> None:
        answers.append(await post(app, f"/{number}"))

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for number in range(50):
                nursery.start_soon(one, number)

    trio.run(main)
    assert sorted(answers, key=int) == [str(number) for number in range(50)]


def test_client_that_leaves_cancels_the_view(app: Flask) -> None:
    """The view is cancelled inside scopes of its own as well."""
    app.config["ASGI_DISCONNECT_GRACE"] = 0
    ended: list[str] = []

    @app.route("/")
    async def waits() -> str:
        try:
            with trio.move_on_after(60):
                await trio.sleep_forever()
        finally:
            ended.append("waits")
        return "never"

    async def main() -> None:
        client = TrioClient({"type": "http.request", "body": b"x"}, {"type": "http.disconnect"})
        with trio.fail_after(10):
            await app.asgi_app(scope_of(), client.receive, client.send)
        assert client.answered.events == []

    trio.run(main)
    assert ended == ["waits"]
