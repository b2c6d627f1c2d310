"""The same application on trio's event loop, as hypercorn's trio workers run it."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import trio
import trio.lowlevel
import trio.testing

from flask import Flask, Response, coroutines, request, stream_with_context
from flask.lifecycle import homes

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


@pytest.mark.parametrize("path", ["/async", "/plain"])
@pytest.mark.parametrize("is_served", [True, False], ids=["client", "server"])
def test_teardown_may_wait_after_a_cancellation(app: Flask, path: str, is_served: bool) -> None:
    """Teardown functions of a request that was cancelled may await, wherever its view ran."""
    app.config["ASGI_DISCONNECT_GRACE"] = 0
    ended: list[str] = []

    @app.teardown_request
    async def end(error: BaseException | None) -> None:
        ended.append(f"begins for {type(error).__name__}")
        await trio.sleep(0.001)
        ended.append("ends")

    @app.teardown_appcontext
    async def end_app(error: BaseException | None) -> None:
        await trio.sleep(0.001)
        ended.append("ends the context")

    @app.post("/async")
    async def waits() -> str:
        await trio.sleep_forever()
        return "never"

    @app.post("/plain")
    def reads() -> str:
        app.async_to_sync(waits)()
        return "never"

    async def main() -> None:
        client = TrioClient({"type": "http.request"}, {"type": "http.disconnect"})
        if not is_served:
            client = TrioClient({"type": "http.request"})
        with trio.fail_after(10), trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                if not is_served:
                    nursery.start_soon(cancel_soon, scope)
                scope_of_request = scope_of(path, method="POST")
                await app.asgi_app(scope_of_request, client.receive, client.send)

    async def cancel_soon(scope: trio.CancelScope) -> None:
        await trio.testing.wait_all_tasks_blocked(0.02)
        scope.cancel()

    trio.run(main)
    assert ended == ["begins for Cancelled", "ends", "ends the context"]


@pytest.mark.parametrize("path", ["/async", "/plain"])
def test_teardown_of_a_stream_may_wait_when_its_client_left(app: Flask, path: str) -> None:
    """Teardown functions of a stream that keeps the context may await, as those of a view."""
    ended: list[str] = []

    @app.teardown_request
    async def end(error: BaseException | None) -> None:
        await trio.sleep(0.001)
        ended.append("request")

    @app.teardown_appcontext
    async def end_app(error: BaseException | None) -> None:
        await trio.sleep(0.001)
        ended.append("context")

    @app.get("/async")
    async def streams() -> Response:
        async def pieces() -> AsyncIterator[str]:
            while True:
                yield "piece"
                await trio.sleep(0.001)

        return Response(stream_with_context(pieces()))

    @app.get("/plain")
    def streams_plainly() -> Response:
        def pieces() -> Iterator[str]:
            while True:
                yield "piece"

        return Response(stream_with_context(pieces()))

    async def main() -> None:
        with trio.fail_after(5):
            async with app.async_test_client() as client, client.stream("GET", path) as answer:
                assert await anext(answer.chunks()) == b"piece"
                ended.clear()  # what ended when the view did

    trio.run(main)
    assert ended[:2] == ["request", "context"]


@pytest.mark.parametrize("path", ["/async", "/plain"])
def test_teardown_does_not_wait_for_ever(
    app: Flask, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A teardown function that does not end is cancelled some time after its request was."""
    monkeypatch.setattr(homes, "GRACE", 0.01)
    monkeypatch.setattr(coroutines, "SECONDS_TO_TIDY_UP", 0.01)
    app.config["ASGI_DISCONNECT_GRACE"] = 0
    ended: list[str] = []

    @app.teardown_request
    async def end(error: BaseException | None) -> None:
        try:
            await trio.sleep_forever()
        finally:
            ended.append("cut")

    @app.post("/async")
    async def waits() -> str:
        await trio.sleep_forever()
        return "never"

    app.post("/plain", endpoint="plain")(lambda: app.async_to_sync(waits)())

    async def main() -> None:
        client = TrioClient({"type": "http.request"}, {"type": "http.disconnect"})
        with trio.fail_after(5):
            await app.asgi_app(scope_of(path, method="POST"), client.receive, client.send)

    trio.run(main)
    assert ended == ["cut"]
