"""Background tasks outlive their request, see no more of it, and end with the application."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import subprocess
import sys
import threading
import weakref
from typing import Any

import pytest

from flask import Flask, current_app, g, has_request_context
from flask.asgi.background import tasks_of
from flask.lifecycle.loops import new_event, sleep, wait_for_event

from .looping import LOOPS, Server, ask, run

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")
both_loops = pytest.mark.parametrize("loop", LOOPS)
both_views = pytest.mark.parametrize("is_async", [True, False])


def add_view(app: Flask, is_async: bool, *calls: Any) -> None:
    """Register a view that adds tasks, each with an argument."""

    def plain() -> str:
        variable.set("of the request")
        g.own = "request's"
        for call in calls:
            app.add_background_task(call, "argument", key="keyword")
        return "done"

    async def coroutine() -> str:
        return plain()

    app.add_url_rule("/", "index", coroutine if is_async else plain)


class Notes:
    """What tasks saw."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def note(self, *args: Any, **kwargs: Any) -> None:
        assert current_app.name == "shop"
        assert not has_request_context()
        assert "own" not in g
        thread = threading.current_thread().name
        self.seen.append((args, kwargs, variable.get(), thread))

    async def note_later(self, *args: Any, **kwargs: Any) -> None:
        await sleep(0)
        self.note(*args, **kwargs)


EXPECTED = (("argument",), {"key": "keyword"}, "of the request")


@both_loops
@both_views
@pytest.mark.parametrize("has_lifespan", [True, False])
def test_tasks_run_after_the_request(
    app: Flask, loop: str, is_async: bool, has_lifespan: bool
) -> None:
    """Coroutine functions run on the server's loop, others in a thread, in a context of their own."""
    notes = Notes()
    add_view(app, is_async, notes.note_later, notes.note)

    async def main() -> None:
        if has_lifespan:
            server = Server(app.asgi_app)
            await server.start()
        assert (await ask(app.asgi_app)).text == "done"
        if has_lifespan:
            await server.stop()
        else:
            while len(tasks_of(app)):
                await sleep(0.001)

    run(loop, main)
    threads = sorted(seen[3] for seen in notes.seen)
    assert threads == ["MainThread", "flask-background-sync"]
    assert [seen[:3] for seen in notes.seen] == [EXPECTED] * 2
    assert len(tasks_of(app)) == 0


@both_views
def test_tasks_run_under_wsgi(app: Flask, is_async: bool) -> None:
    """Without a server's loop coroutine functions run on one loop in a thread."""
    notes = Notes()
    add_view(app, is_async, notes.note_later, notes.note)
    with app.serving():
        assert app.test_client().get("/").text == "done"
        assert app.test_client().get("/").text == "done"
    threads = sorted(seen[3] for seen in notes.seen)
    assert threads == ["flask-background"] * 2 + ["flask-background-sync"] * 2
    assert [seen[:3] for seen in notes.seen] == [EXPECTED] * 4
    for thread in threading.enumerate():
        if thread.name == "flask-background":
            thread.join(5)
            assert not thread.is_alive()


@both_loops
def test_task_may_be_added_anywhere(app: Flask, loop: str) -> None:
    """In hooks of the start, in a task, and in a thread that the program started."""
    notes = Notes()

    async def adds() -> None:
        app.add_background_task(notes.note_later, "from a task")

    @app.before_serving
    async def start() -> None:
        app.add_background_task(adds)
        thread = threading.Thread(
            target=app.add_background_task, args=(notes.note_later, "from a thread")
        )
        thread.start()
        thread.join()

    async def main() -> None:
        server = Server(app.asgi_app)
        await server.start()
        await server.stop()

    run(loop, main)
    assert sorted(seen[0] for seen in notes.seen) == [("from a task",), ("from a thread",)]
    assert {seen[3] for seen in notes.seen} == {"MainThread"}


@both_loops
def test_task_is_added_after_its_server_has_gone(app: Flask, loop: str) -> None:
    """A server that never said that it stops does not take later tasks with it."""
    notes = Notes()

    async def main() -> None:
        await app.serving().__aenter__()

    run(loop, main)
    with app.serving():
        app.add_background_task(notes.note_later)
    assert [seen[3] for seen in notes.seen] == ["flask-background"]


def test_task_of_a_cancelled_request_runs(app: Flask) -> None:
    """What a view adds while its thread cannot be interrupted is added all the same."""
    notes = Notes()
    started, release = threading.Event(), threading.Event()

    @app.get("/")
    def index() -> str:
        started.set()
        release.wait(10)
        app.add_background_task(notes.note_later)
        return "never"

    async def main() -> None:
        task = asyncio.create_task(ask(app.asgi_app))
        await asyncio.to_thread(started.wait, 10)
        task.cancel()
        await sleep(0)
        release.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        while len(tasks_of(app)):
            await sleep(0)

    asyncio.run(main())
    assert [seen[3] for seen in notes.seen] == ["MainThread"]


@both_loops
def test_errors_are_logged_once(app: Flask, loop: str, caplog: pytest.LogCaptureFixture) -> None:
    """An error ends its task alone; the log has its name and the traceback."""

    async def fails(*args: Any, **kwargs: Any) -> None:
        raise LookupError("gone")

    def exits(*args: Any, **kwargs: Any) -> None:
        sys.exit(3)

    add_view(app, True, fails, exits)

    async def main() -> None:
        async with app.serving():
            await ask(app.asgi_app)

    run(loop, main)
    texts = sorted(record.getMessage() for record in caplog.records)
    assert len(texts) == 2
    assert texts[0].endswith("exits failed.")
    assert texts[1].endswith("fails failed.")
    assert all(record.exc_info for record in caplog.records)


@both_loops
def test_tasks_that_do_not_end_are_cancelled(
    app: Flask, loop: str, caplog: pytest.LogCaptureFixture
) -> None:
    """After BACKGROUND_TASK_SHUTDOWN_TIMEOUT seconds; their ``finally`` runs, the log names them."""
    app.config["BACKGROUND_TASK_SHUTDOWN_TIMEOUT"] = 0.01
    notes: list[str] = []
    release = threading.Event()

    async def endless(*args: Any, **kwargs: Any) -> None:
        try:
            await new_event().wait()
        finally:
            notes.append("cancelled")

    @app.after_serving
    def after() -> None:
        notes.append("after")

    add_view(app, True, endless)

    async def main() -> None:
        async with app.serving():
            await ask(app.asgi_app)

    run(loop, main)
    assert notes == ["cancelled", "after"]
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "endless was cancelled" in caplog.records[0].getMessage()
    assert "0.01 seconds" in caplog.records[0].getMessage()
    release.set()


def test_endless_tasks_under_wsgi(
    app: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A coroutine is cancelled on its loop, a thread is left behind."""
    app.config["BACKGROUND_TASK_SHUTDOWN_TIMEOUT"] = 0.01
    monkeypatch.setattr("flask.asgi.background.LAST_WORDS", 0.05)
    release, notes = threading.Event(), []

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            notes.append("cancelled")

    with app.serving():
        app.add_background_task(endless)
        app.add_background_task(release.wait)
    release.set()
    assert notes == ["cancelled"]
    texts = sorted(record.getMessage() for record in caplog.records)
    assert ["endless was cancelled" in text for text in texts] == [False, True]
    assert "left behind in its thread" in texts[0]


def test_synchronous_functions_of_a_coroutine_leave_the_loop(app: Flask) -> None:
    """Teardown functions of a task's application context run at home."""
    threads: list[str] = []

    @app.teardown_appcontext
    def teardown(error: BaseException | None) -> None:
        threads.append(threading.current_thread().name)

    async def task() -> None:
        threads.append(threading.current_thread().name)

    async def main() -> None:
        app.add_background_task(task)
        while len(tasks_of(app)):
            await sleep(0)

    asyncio.run(main())
    assert threads[0] == "MainThread"
    assert threads[1].startswith("flask-home-")


def test_running_tasks_are_held(app: Flask) -> None:
    """Nothing but the application knows a task that waits, and yet it is not collected."""
    notes: list[str] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        started = new_event()

        async def task() -> None:
            waiter = loop.create_future()
            waiters.append(weakref.ref(waiter))
            started.set()
            await waiter
            notes.append("ended")

        app.add_background_task(task)
        await started.wait()
        await asyncio.sleep(0)
        gc.collect()
        waiter = waiters[0]()
        assert waiter is not None
        waiter.set_result(None)
        while len(tasks_of(app)):
            await sleep(0)

    waiters: list[Any] = []
    asyncio.run(main())
    assert notes == ["ended"]


def test_threads_are_few_and_end(app: Flask) -> None:
    """At most ASGI_THREADS run synchronous tasks, in their order, and none stays."""
    app.config["ASGI_THREADS"] = 2
    most, lock, notes = [0], threading.Lock(), []
    first = threading.Barrier(2)

    def task(number: int) -> None:
        if number < 2:
            first.wait(10)
        names = [thread.name for thread in threading.enumerate()]
        with lock:
            most[0] = max(most[0], names.count("flask-background-sync"))
            notes.append(number)

    with app.serving():
        for number in range(20):
            app.add_background_task(task, number)
    assert most == [2]
    assert sorted(notes) == list(range(20))


PROGRAM = """
import asyncio, time
from flask import Flask

app = Flask("shop")

async def task():
    await asyncio.sleep(0.05)
    print("async\\n", end="")

def plain():
    time.sleep(0.05)
    print("plain\\n", end="")

app.add_background_task(task)
app.add_background_task(plain)
"""


def test_tasks_are_awaited_at_exit() -> None:
    """A program that says nothing of its end still lets tasks end within the timeout."""
    finished = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert finished.stderr == ""
    assert sorted(finished.stdout.split()) == ["async", "plain"]


GEVENT = """
from gevent import monkey

monkey.patch_all()

import asyncio, time
from flask import Flask

app = Flask("shop")

async def task():
    await asyncio.sleep(0.01)
    print("async\\n", end="")

def plain():
    time.sleep(0.01)
    print("plain\\n", end="")

@app.get("/")
async def index():
    app.add_background_task(task)
    app.add_background_task(plain)
    return "done"

with app.serving():
    assert app.test_client().get("/").text == "done"
"""


def test_tasks_run_in_gevent_workers() -> None:
    """Where threads are greenlets tasks have threads of the system, which go on by themselves."""
    finished = subprocess.run(
        [sys.executable, "-c", GEVENT], capture_output=True, text=True, check=False, timeout=60
    )
    assert finished.stderr == ""
    assert sorted(finished.stdout.split()) == ["async", "plain"]


@both_loops
def test_waiting_ends_with_its_time(loop: str) -> None:
    """``wait_for_event`` tells whether the event came."""

    async def main() -> None:
        event = new_event()
        assert not await wait_for_event(event, 0.001)
        event.set()
        assert await wait_for_event(event, 0.001)
        assert await wait_for_event(event, None)

    run(loop, main)


@both_loops
def test_tasks_added_at_the_stop_are_awaited(app: Flask, loop: str) -> None:
    """What a function of the stop adds comes to its end, too."""
    seen: list[str] = []

    async def task() -> None:
        await sleep(0.01)
        seen.append("task")

    @app.after_serving
    def add() -> None:
        app.add_background_task(task)

    async def main() -> None:
        async with app.serving():
            pass
        assert seen == ["task"]

    run(loop, main)


@both_loops
def test_coroutine_of_a_plain_function_is_awaited(app: Flask, loop: str) -> None:
    """A lambda or a plain decorator around a coroutine function does not lose it."""
    seen: list[str] = []

    async def note(name: str) -> None:
        await sleep(0)
        seen.append(name)

    app.before_serving(lambda: note("start"))
    app.after_serving(lambda: note("stop"))

    async def main() -> None:
        async with app.serving():
            app.add_background_task(lambda: note("task"))

    run(loop, main)
    assert seen == ["start", "task", "stop"]
