"""Synchronous code runs at home: in one thread for each request, and few threads for many."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from flask import Flask, Response, g, request
from flask.lifecycle.bridge import MOST_PARKED, LoopWorker

from .driving import Client, ask, scope_of

number_of: contextvars.ContextVar[int] = contextvars.ContextVar("number")


def count_homes() -> int:
    return sum(thread.name.startswith("flask-home-") for thread in threading.enumerate())


def test_open_streams_need_no_threads(app: Flask) -> None:
    """A thousand async streams with a synchronous hook each share the few home threads."""
    app.config["ASGI_THREADS"] = 4
    homes: set[str] = set()
    before = count_homes()

    @app.before_request
    def hook() -> None:
        g.home = threading.current_thread().name

    @app.teardown_request
    def teardown(error: BaseException | None) -> None:
        assert g.home == threading.current_thread().name
        homes.add(g.home)

    @app.route("/")
    async def streams() -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"first"
            await release.wait()
            yield b"last"

        return Response(pieces())  # type: ignore[arg-type]

    async def main() -> None:
        nonlocal release
        release = asyncio.Event()
        tasks = [asyncio.create_task(ask(app.asgi_app)) for _ in range(1000)]
        started = [task for task in tasks if not task.done()]
        assert len(started) == 1000
        await ask(app.asgi_app, "/nope")
        assert count_homes() - before <= 4
        release.set()
        assert {answered.body for answered in await asyncio.gather(*tasks)} == {b"firstlast"}

    release: Any = None
    asyncio.run(main())
    assert len(homes) == 4


class SlowClient(Client):
    """Sends its body when it is told to."""

    def __init__(self) -> None:
        super().__init__(b"body")
        self.is_asked, self.is_due = asyncio.Event(), asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        self.is_asked.set()
        await self.is_due.wait()
        return await super().receive()


def test_requests_share_no_thread_while_others_are_free(app: Flask) -> None:
    """What one keeps in a thread local, or locks while it waits for its body, is its own."""
    app.config["ASGI_THREADS"] = 2
    mine = threading.local()
    rlock = threading.RLock()

    @app.route("/", methods=["POST"])
    def locks() -> str:
        mine.name = request.args["name"]
        with rlock:
            seen.append("begins")
            request.get_data()
            seen.append("ends")
        return str(mine.name)

    seen: list[str] = []

    async def main() -> None:
        slow, quick = SlowClient(), Client(b"body")
        first = asyncio.create_task(
            app(scope_of("/", "POST", query_string=b"name=slow"), slow.receive, slow.send)
        )
        await slow.is_asked.wait()
        second = asyncio.create_task(
            app(scope_of("/", "POST", query_string=b"name=quick"), quick.receive, quick.send)
        )
        await asyncio.sleep(0.01)
        slow.is_due.set()
        await asyncio.wait_for(asyncio.gather(first, second), 5)
        assert (slow.answered.text, quick.answered.text) == ("slow", "quick")

    asyncio.run(main())
    assert seen == ["begins", "ends"] * 2


SHORT, LONG = (b"content-length", b"4"), (b"content-length", b"100000")


@pytest.mark.parametrize(
    ("headers", "order"),
    [
        ([SHORT], ["asked for the body", "view"]),
        ([SHORT, (b"expect", b"100-continue")], ["view", "asked for the body"]),
        ([LONG], ["view", "asked for the body"]),
        ([(b"transfer-encoding", b"chunked")], ["view", "asked for the body"]),
    ],
)
def test_short_body_comes_before_synchronous_code(
    app: Flask, headers: list[tuple[bytes, bytes]], order: list[str]
) -> None:
    """It then needs no second hop; what is long, or unwanted, is received when it is read."""
    seen: list[str] = []

    class Noting(Client):
        async def receive(self) -> dict[str, Any]:
            if "asked for the body" not in seen:
                seen.append("asked for the body")
            return await super().receive()

    @app.route("/", methods=["POST"])
    def reads() -> str:
        seen.append("view")
        return request.get_data(as_text=True)

    half = b"x" * 50_000 if LONG in headers else b"xx"
    client = Noting(half, half, b"")
    scope = scope_of("/", "POST", headers=headers)
    asyncio.run(app.asgi_app(scope, client.receive, client.send))

    assert client.answered.body == 2 * half
    assert seen == order


def test_lock_may_be_held_while_a_short_body_is_read(app: Flask) -> None:
    """Requests that share a thread do not interrupt each other there."""
    app.config["ASGI_THREADS"] = 1
    lock = threading.Lock()

    @app.route("/", methods=["POST"])
    def locks() -> bytes:
        with lock:
            return request.get_data()

    async def main() -> None:
        slow, quick = SlowClient(), Client(b"body")
        scope = scope_of("/", "POST", headers=[SHORT])
        first = asyncio.create_task(app(scope, slow.receive, slow.send))
        await slow.is_asked.wait()
        await asyncio.wait_for(app(scope, quick.receive, quick.send), 5)
        slow.is_due.set()
        await asyncio.wait_for(first, 5)
        assert (slow.answered.text, quick.answered.text) == ("body", "body")

    asyncio.run(main())


def test_blocking_view_does_not_hold_up_another_requests_hooks(app: Flask) -> None:
    """A request that waits on the loop keeps its home to itself while other threads are free."""
    app.teardown_request(lambda error: ended.set())
    app.before_request(lambda: None)
    ended = threading.Event()

    @app.route("/async")
    async def waits() -> str:
        await release.wait()
        return "async"

    @app.route("/blocking")
    def blocks() -> str:
        assert ended.wait(5), "the hook waits for this view"
        return "blocking"

    async def main() -> None:
        nonlocal release
        release = asyncio.Event()
        first = asyncio.create_task(ask(app, "/async"))
        await asyncio.sleep(0.01)
        second = asyncio.create_task(ask(app, "/blocking"))
        await asyncio.sleep(0.01)
        release.set()
        assert [(await task).text for task in (first, second)] == ["async", "blocking"]

    release: Any = None
    asyncio.run(main())


def test_homes_are_used_again(app: Flask) -> None:
    """Requests one after the other need one thread."""
    app.add_url_rule("/", "index", lambda: threading.current_thread().name)

    async def main() -> set[str]:
        return {(await ask(app)).text for _ in range(20)}

    assert asyncio.run(main()) == {"flask-home-0"}


def test_variables_never_cross_requests(app: Flask) -> None:
    """Each of many requests at once sees its own value, in hooks, views and teardown."""
    wrong: list[tuple[int, int]] = []

    def check(value: int) -> None:
        if number_of.get() != value:
            wrong.append((number_of.get(), value))

    @app.before_request
    def before() -> None:
        number_of.set(int(request.args["n"]))

    @app.teardown_request
    def teardown(error: BaseException | None) -> None:
        check(int(request.args["n"]))

    @app.route("/async")
    async def is_async() -> str:
        for _ in range(3):
            await asyncio.sleep(0)
            check(int(request.args["n"]))
        return request.args["n"]

    @app.route("/plain")
    def plain() -> str:
        check(int(request.args["n"]))
        return request.args["n"]

    async def main() -> None:
        asked = [
            ask(app.asgi_app, path, query_string=b"n=%d" % number)
            for number, path in enumerate(("/async", "/plain") * 200)
        ]
        texts = [answered.text for answered in await asyncio.gather(*asked)]
        assert texts == [str(number) for number in range(400)]

    asyncio.run(main())
    assert wrong == []


def test_no_cycle_is_left(app: Flask) -> None:
    """A request leaves nothing to the garbage collector, on the loop or at home."""

    @app.route("/async")
    async def is_async() -> str:
        await asyncio.sleep(0)
        return "async"

    @app.route("/plain")
    def plain() -> str:
        return "plain"

    @app.route("/fails")
    async def fails() -> str:
        raise KeyError("failed")

    @app.errorhandler(KeyError)
    async def failed(error: KeyError) -> str:
        return "failed"

    async def main() -> None:
        for _ in range(3):
            for path in ("/async", "/plain", "/fails"):
                await ask(app.asgi_app, path)
        await asyncio.sleep(0)
        gc.collect()
        for path in ("/async", "/plain", "/fails"):
            gc.disable()
            try:
                await ask(app.asgi_app, path)
                await asyncio.sleep(0)
                assert gc.collect() == 0, path
            finally:
                gc.enable()

    asyncio.run(main())


def test_cancelled_request_ends_its_synchronous_piece_first(app: Flask) -> None:
    """A server that cancels a request waits until the thread has done what it was doing."""
    started, release = threading.Event(), threading.Event()
    done: list[str] = []

    @app.route("/")
    def index() -> str:
        started.set()
        release.wait(10)
        done.append("view")
        return "answer"

    async def main() -> None:
        client = Client()
        task = asyncio.create_task(app.asgi_app(scope_of(), client.receive, client.send))
        await asyncio.to_thread(started.wait, 10)
        task.cancel()
        await asyncio.sleep(0)
        assert not task.done()
        release.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert done == ["view"]


def test_greenlets_of_a_burst_end(app: Flask) -> None:
    """After many requests at once no more greenlets stay than are kept for the next ones."""

    @app.route("/")
    async def index() -> str:
        await gate.wait()
        return ""

    async def burst() -> None:
        nonlocal gate
        gate = asyncio.Event()
        tasks = [asyncio.create_task(ask(app.asgi_app)) for _ in range(2 * MOST_PARKED)]
        await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(*tasks)

    gate: Any = None
    asyncio.run(run_twice(burst))
    gc.collect()
    alive = [found for found in gc.get_objects() if type(found) is LoopWorker and not found.dead]
    assert len(alive) <= MOST_PARKED + 16


async def run_twice(burst: Any) -> None:
    for _ in range(2):
        await burst()
