"""Functions of start and stop run when the server starts and stops, whichever server it is."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest

from flask import Blueprint, Flask, current_app, g, request
from flask.lifecycle.loops import sleep

from .looping import LOOPS, LoopClient, Server, ask, run

pytestmark = pytest.mark.parametrize("loop", LOOPS)


def noting(app: Flask) -> list[str]:
    """Register one function of each kind; return what they note."""
    notes: list[str] = []

    @app.while_serving
    async def coroutines() -> AsyncIterator[dict[str, str]]:
        notes.append("coroutines")
        yield {"coroutines": "yielded"}
        notes.append("/coroutines")

    @app.while_serving
    def plain() -> Iterator[dict[str, str]]:
        notes.append("plain")
        yield {"plain": "yielded"}
        notes.append("/plain")

    @app.while_serving
    @asynccontextmanager
    async def async_manager() -> AsyncIterator[None]:
        notes.append("async manager")
        yield
        notes.append("/async manager")

    @app.while_serving
    @contextmanager
    def manager() -> Iterator[dict[str, str]]:
        notes.append("manager")
        yield {"manager": "entered"}
        notes.append("/manager")

    @app.before_serving
    async def before() -> None:
        notes.append(f"before {current_app.name}")

    @app.before_serving
    def plain_before() -> dict[str, str]:
        notes.append("plain before")
        return {"before": "returned"}

    @app.after_serving
    def plain_after() -> None:
        notes.append("plain after")

    @app.after_serving
    async def after() -> None:
        notes.append(f"after {current_app.name}")

    return notes


BEGUN = ["coroutines", "plain", "async manager", "manager", "before shop", "plain before"]
ENDED = ["after shop", "plain after", "/manager", "/async manager", "/plain", "/coroutines"]


def test_server_calls_them_in_order(app: Flask, loop: str) -> None:
    """At the start in the order of registration, at the stop the other way round."""
    notes = noting(app)

    async def main() -> None:
        server = Server(app.asgi_app)
        assert await server.start() == {"type": "lifespan.startup.complete"}
        assert notes == BEGUN
        assert await server.stop() == {"type": "lifespan.shutdown.complete"}
        assert notes == BEGUN + ENDED

    run(loop, main)


def test_program_calls_them_in_order(app: Flask, loop: str) -> None:
    """What has no lifespan uses ``app.serving()``, with a loop or without."""
    notes = noting(app)

    async def main() -> None:
        async with app.serving() as state:
            assert state["coroutines"] == "yielded"

    run(loop, main)
    assert notes == BEGUN + ENDED
    with app.serving() as state:
        assert state["before"] == "returned"
        assert notes[12:] == BEGUN
    assert notes[12:] == BEGUN + ENDED


def test_blueprint_registers_them(app: Flask, loop: str) -> None:
    """A blueprint's functions of start and stop are the application's."""
    blueprint = Blueprint("part", __name__)
    notes: list[str] = []

    @blueprint.before_app_serving
    def before() -> None:
        notes.append("before")

    @blueprint.after_app_serving
    def after() -> None:
        notes.append("after")

    @blueprint.while_app_serving
    def around() -> Iterator[None]:
        notes.append("around")
        yield
        notes.append("/around")

    app.register_blueprint(blueprint)

    async def main() -> None:
        async with app.serving():
            pass

    run(loop, main)
    assert notes == ["around", "before", "after", "/around"]


def test_threads_and_contexts(app: Flask, loop: str) -> None:
    """Synchronous ones share a thread and an application context; coroutines are on the loop."""
    threads: list[str] = []

    def note() -> None:
        threads.append(threading.current_thread().name)

    @app.before_serving
    async def on_loop() -> None:
        note()
        g.seen = True

    @app.before_serving
    @app.after_serving
    def at_home() -> None:
        note()

    @app.before_serving
    def sees_g() -> None:
        assert g.seen

    async def main() -> None:
        server = Server(app.asgi_app)
        await server.start()
        await server.stop()

    run(loop, main)
    assert threads[0] == "MainThread"
    assert threads[1] == threads[2] != "MainThread"


def test_inline_hooks_run_on_the_loop(app: Flask, loop: str) -> None:
    """With ASGI_SYNC_VIEWS = "inline" no thread is used."""
    app.config["ASGI_SYNC_VIEWS"] = "inline"
    threads: list[str] = []
    app.before_serving(lambda: threads.append(threading.current_thread().name))

    async def main() -> None:
        async with app.serving():
            pass

    run(loop, main)
    assert threads == ["MainThread"]


def test_state_is_copied_for_each_request(app: Flask, loop: str) -> None:
    """What hooks put in the state each request sees, and not what another one put there."""
    noting(app)

    @app.get("/")
    async def index() -> dict[str, Any]:
        state = request.environ["asgi.scope"]["state"]
        state["seen"] = state.get("seen", 0) + 1
        return dict(state)

    async def main() -> None:
        server = Server(app.asgi_app)
        await server.start()
        assert set(server.state) == {"coroutines", "plain", "manager", "before"}
        for _ in range(2):
            answered = await ask(app.asgi_app, state=server.state)
            assert '"seen":1' in answered.text
            assert '"plain":"yielded"' in answered.text
        assert "seen" not in server.state
        await server.stop()

    run(loop, main)


def test_failing_start_is_undone(app: Flask, loop: str, caplog: pytest.LogCaptureFixture) -> None:
    """The server hears what failed; what had begun is ended; the error is logged once."""
    notes = noting(app)

    @app.before_serving
    async def fails() -> None:
        raise LookupError("no database")

    async def main() -> None:
        server = Server(app.asgi_app)
        message = "LookupError: no database"
        assert await server.start() == {"type": "lifespan.startup.failed", "message": message}
        await server.task.wait()
        assert server.task.error is None

    run(loop, main)
    assert notes == BEGUN + ENDED[2:]
    assert [record.message for record in caplog.records] == ["Starting the application failed."]
    with pytest.raises(LookupError), app.serving():
        pass
    assert len(caplog.records) == 1


def test_what_failed_to_start_is_not_stopped(app: Flask, loop: str) -> None:
    """Servers call their hooks of the stop for a worker that did not start, too."""
    notes = noting(app)

    @app.before_serving
    async def fails() -> None:
        raise LookupError("no database")

    lifespan = app.serving()

    async def main() -> None:
        with pytest.raises(LookupError):
            await lifespan.__aenter__()
        await lifespan.__aexit__(None, None, None)

    run(loop, main)
    lifespan.__exit__(None, None, None)
    assert notes == BEGUN + ENDED[2:]


@pytest.mark.parametrize("error", [LookupError, KeyboardInterrupt])
def test_errors_of_the_stop_hide_no_other(
    app: Flask, loop: str, caplog: pytest.LogCaptureFixture, error: type[BaseException]
) -> None:
    """When the program fails itself, what fails at the stop is logged; alone it is raised."""

    @app.teardown_appcontext
    def teardown(error: BaseException | None) -> None:
        if stops:
            raise KeyError("teardown")

    @app.while_serving
    def twice() -> Iterator[None]:
        yield
        yield

    stops: list[bool] = []
    with pytest.raises(error), app.serving():
        stops.append(True)
        raise error
    assert [type(record.exc_info[1]) for record in caplog.records if record.exc_info] == [
        RuntimeError,
        KeyError,
    ]


def test_single_error_of_the_stop_is_raised(app: Flask, loop: str) -> None:
    """As it is, without a group around it."""

    @app.after_serving
    def fails() -> None:
        raise LookupError("gone")

    async def main() -> None:
        with pytest.raises(LookupError, match="gone"):
            async with app.serving():
                pass

    run(loop, main)


def test_failing_stop_lets_the_others_run(
    app: Flask, loop: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The server hears of all that failed, and each is logged once, by name."""
    notes = noting(app)

    @app.after_serving
    async def fails() -> None:
        raise LookupError("gone")

    @app.while_serving
    def fails_too() -> Iterator[None]:
        yield
        raise KeyError("also")

    async def main() -> None:
        server = Server(app.asgi_app)
        await server.start()
        message = "LookupError: gone; KeyError: 'also'"
        assert await server.stop() == {"type": "lifespan.shutdown.failed", "message": message}

    run(loop, main)
    assert notes == BEGUN + ENDED
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2
    assert "fails" in caplog.records[0].message
    with pytest.raises(ExceptionGroup) as raised, app.serving():
        pass
    assert [type(error) for error in raised.value.exceptions] == [LookupError, KeyError]


def test_cancelled_lifespan_still_stops(app: Flask, loop: str) -> None:
    """A server that cancels instead of saying so leaves nothing behind."""
    notes = noting(app)

    async def main() -> None:
        server = Server(app.asgi_app)
        await server.start()
        server.task.cancel()
        await server.task.wait()
        assert server.task.error is not None

    run(loop, main)
    assert notes == BEGUN + ENDED


@pytest.mark.parametrize("steps", range(16))
def test_lifespan_cancelled_at_any_step(app: Flask, loop: str, steps: int) -> None:
    """Wherever a start is cut, what was begun is ended, and nothing of it runs on."""
    balance: list[str] = []

    @app.while_serving
    async def outer() -> AsyncIterator[None]:
        balance.append("outer")
        try:
            await sleep(0)
            yield
            await sleep(0)
        finally:
            balance.remove("outer")

    @app.while_serving
    def inner() -> Iterator[None]:
        balance.append("inner")
        yield
        balance.remove("inner")

    @app.before_serving
    async def before() -> None:
        await sleep(0)

    async def main() -> None:
        server = Server(app.asgi_app)
        for _ in range(steps):
            await sleep(0)
        server.task.cancel()
        await server.task.wait()

    run(loop, main)
    assert balance == []


def test_broken_server_still_stops(app: Flask, loop: str) -> None:
    """A ``receive`` that raises ends the lifespan, and its error goes on."""
    notes = noting(app)

    async def main() -> None:
        client = LoopClient({"type": "lifespan.startup"})

        async def receive() -> Any:
            if client.answered.events:
                raise ConnectionError("broken")
            return await client.receive()

        with pytest.raises(ConnectionError):
            await app.asgi_app({"type": "lifespan"}, receive, client.send)

    run(loop, main)
    assert notes == BEGUN + ENDED


def test_first_request_does_not_start(
    app: Flask, loop: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A server without lifespan is served without hooks, which is logged once."""
    notes = noting(app)

    async def main() -> None:
        for _ in range(2):
            assert (await ask(app.asgi_app)).status == 404

    run(loop, main)
    assert notes == []
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "app.serving()" in caplog.records[0].message


def test_request_within_serving_is_not_warned_of(
    app: Flask, loop: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A program that drives the application in ``app.serving()`` did what it should."""
    noting(app)

    async def main() -> None:
        async with app.serving():
            await ask(app.asgi_app)

    run(loop, main)
    assert caplog.records == []


@pytest.mark.parametrize("kind", ["nothing", "empty", "twice", "async twice"])
def test_wrong_kind_is_named(app: Flask, loop: str, kind: str) -> None:
    """What is no context manager, or does not yield once, is an error that names the function."""

    def nothing() -> None:
        pass

    def empty() -> Iterator[None]:
        yield from ()

    def twice() -> Iterator[None]:
        yield
        yield

    async def async_twice() -> AsyncIterator[None]:
        yield
        yield

    hooks: dict[str, Any] = {"nothing": nothing, "empty": empty, "twice": twice}
    hook = hooks.get(kind, async_twice)
    app.while_serving(hook)

    async def main() -> None:
        with pytest.raises((TypeError, RuntimeError), match=f"yield once.*{hook.__name__}"):
            async with app.serving():
                pass

    run(loop, main)
