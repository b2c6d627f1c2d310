"""Threads that a view starts read the request's body, as under WSGI."""

from __future__ import annotations

import asyncio
import threading
from contextvars import copy_context
from typing import Any

import pytest
import trio

from flask import Flask, copy_current_request_context, request
from flask.coroutines import runs_in_trio

from .driving import Client, scope_of
from .looping import LOOPS, LoopClient, Started, run

FIRST = {"type": "http.request", "body": b"bo", "more_body": True}
LAST = {"type": "http.request", "body": b"dy", "more_body": False}


async def in_thread(function: Any) -> Any:
    """Await a function in a thread of the loop's own kind."""
    if runs_in_trio():
        return await trio.to_thread.run_sync(function)
    return await asyncio.to_thread(function)


@pytest.fixture
def reading(app: Flask) -> threading.Event:
    """Have views that read in another thread; the event tells that one has begun to."""
    began = threading.Event()

    def read() -> str:
        first = request.stream.read(2).decode()
        began.set()
        return f"{first}, {request.get_data(as_text=True)}"

    @app.post("/plain")
    def plain() -> str:
        results: list[str] = []
        thread = threading.Thread(
            target=copy_current_request_context(lambda: results.append(read()))
        )
        thread.start()
        thread.join()
        return results[0]

    @app.post("/async")
    async def index() -> str:
        result: str = await in_thread(read)
        return result

    return began


async def until(event: threading.Event) -> None:
    """Wait on the loop until another thread has set an event."""
    assert await in_thread(lambda: event.wait(5))


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("path", ["/plain", "/async"])
def test_body_is_read_in_a_thread(
    app: Flask, reading: threading.Event, loop: str, path: str
) -> None:
    """What comes later is received by the loop, while the thread waits for it."""
    client = LoopClient(FIRST)

    async def main() -> None:
        scope = scope_of(path, method="POST", headers=[(b"transfer-encoding", b"chunked")])
        serving = Started(lambda: app(scope, client.receive, client.send))
        await until(reading)
        client.say(LAST)
        await serving.wait()

    run(loop, main)
    assert client.answered.text == "bo, dy"


@pytest.mark.parametrize("loop", LOOPS)
def test_thread_hears_that_the_client_has_left(
    app: Flask, reading: threading.Event, loop: str
) -> None:
    """Reading raises there what it raises in the view."""
    client = LoopClient(FIRST)

    async def main() -> None:
        scope = scope_of("/async", method="POST", headers=[(b"content-length", b"4")])
        serving = Started(lambda: app(scope, client.receive, client.send))
        await until(reading)
        client.leave()
        await serving.wait()
        assert serving.error is None

    run(loop, main)
    assert client.answered.events == [] or client.answered.status == 400


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("begins", ["before", "after"])
def test_thread_hears_that_the_request_has_ended(app: Flask, loop: str, begins: str) -> None:
    """Who still reads then, or begins to, is told; nobody waits for ever."""
    errors: list[BaseException] = []
    reads, may_read, has_read = threading.Event(), threading.Event(), threading.Event()

    @app.post("/")
    async def index() -> str:
        stream = request.environ["wsgi.input"]

        def read() -> None:
            reads.set()
            if begins == "after":
                may_read.wait(5)
            try:
                stream.read()
            except (ConnectionError, RuntimeError) as error:
                errors.append(error)
            has_read.set()

        threading.Thread(target=copy_context().run, args=(read,)).start()
        await until(reads)
        if begins == "before":
            await client.until(lambda: stream._readers)
        return "ended"

    client = LoopClient()

    async def main() -> None:
        await app(scope_of(method="POST"), client.receive, client.send)
        may_read.set()
        await until(has_read)

    run(loop, main)
    assert client.answered.text == "ended"
    expected = ConnectionError if begins == "before" else RuntimeError
    assert [type(error) for error in errors] == [expected]


def test_thread_does_not_wait_for_a_view_that_waits_for_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A view that blocks the loop by joining the thread gets an error there, and the body itself."""
    monkeypatch.setattr("flask.asgi.body.LONGEST_BLOCK", 0.01)
    errors: list[str] = []

    @app.post("/")
    async def index() -> str:
        @copy_current_request_context
        def read() -> None:
            try:
                request.get_data()
            except RuntimeError as error:
                errors.append(str(error))

        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
        await asyncio.sleep(0)  # the loop hears of it, too late
        return request.get_data(as_text=True)

    async def main() -> str:
        client = Client(b"bo", b"dy")
        await app(scope_of(method="POST"), client.receive, client.send)
        return client.answered.text

    assert asyncio.run(asyncio.wait_for(main(), 10)) == "body"
    assert len(errors) == 1
    assert "something blocks the event loop" in errors[0]


def test_threads_that_read_at_once_share_the_body(app: Flask) -> None:
    """Each piece goes to one of them; none is lost."""

    @app.post("/")
    async def index() -> str:
        def read() -> bytes:
            return request.stream.read()

        return b"".join(sorted(await asyncio.gather(*map(asyncio.to_thread, [read] * 3)))).decode()

    class Slow(Client):
        async def receive(self) -> dict[str, Any]:
            await asyncio.sleep(0.001)
            return await super().receive()

    async def main() -> str:
        client = Slow(*[b"abc"] * 20)
        await app(scope_of(method="POST"), client.receive, client.send)
        return client.answered.text

    assert asyncio.run(asyncio.wait_for(main(), 10)) == "abc" * 20


def test_loop_is_never_blocked_by_reading(app: Flask) -> None:
    """In a loop of a thread's own, plain code cannot wait for the body, as in tasks."""

    @app.post("/")
    async def index() -> str:
        async def read() -> bytes:
            return request.get_data()

        with pytest.raises(RuntimeError, match="Plain code can wait only in the task"):
            await asyncio.to_thread(asyncio.run, read())
        return "refused"

    async def main() -> str:
        client = Client(b"body")
        await app(scope_of(method="POST"), client.receive, client.send)
        return client.answered.text

    assert asyncio.run(main()) == "refused"
