"""A connection may be cut after any event: what was begun ends, is logged once, leaks nothing."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask import Flask, Response, request, sse, stream_with_context, websocket
from flask.globals import _cv_app, _cv_request
from flask.lifecycle.bridge import LoopWorker

from .driving import scope_of
from .sockets import websocket_scope

STREAMS = ("plain-stream", "async-stream", "object")
KINDS = ("plain", "async", *STREAMS, "plain-upload", "async-upload", "echo")


class Ledger:
    """What began and what ended in the application."""

    def __init__(self) -> None:
        self.begun = self.torn_down = self.opened = self.closed = 0


def make_app(ledger: Ledger) -> Flask:
    app = Flask("cut requests")
    app.config["ASGI_DISCONNECT_GRACE"] = 0

    @app.before_request
    def begin() -> None:
        ledger.begun += 1

    @app.teardown_request
    async def end(error: BaseException | None) -> None:
        ledger.torn_down += 1

    @app.post("/plain")
    def plain() -> str:
        return "plain"

    @app.post("/async")
    async def is_async() -> str:
        for _ in range(3):
            await asyncio.sleep(0)
        return "async"

    add_bodies(app, ledger)
    return app


def add_bodies(app: Flask, ledger: Ledger) -> None:
    @app.post("/plain-stream")
    def plain_stream() -> Iterator[bytes]:
        def pieces() -> Iterator[bytes]:
            ledger.opened += 1
            try:
                yield from (b"a", b"b", b"c")
            finally:
                ledger.closed += 1

        return pieces()

    @app.post("/async-stream")
    async def async_stream() -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            ledger.opened += 1
            try:
                for piece in (b"a", b"b", b"c"):
                    yield piece
                    await asyncio.sleep(0)
            finally:
                ledger.closed += 1

        return Response(pieces())  # type: ignore[arg-type]

    @app.post("/object")
    async def is_object() -> Response:
        ledger.opened += 1
        return Response(Body(ledger))

    add_uploads(app, ledger)


class Body:
    """A body that somebody holds, so that only close() ends it."""

    held: ClassVar[list[Body]] = []

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.held[:] = [self]

    def __iter__(self) -> Iterator[bytes]:
        yield from (b"a", b"b", b"c")

    def close(self) -> None:
        self.ledger.closed += 1


def add_uploads(app: Flask, ledger: Ledger) -> None:
    @app.post("/plain-upload")
    def plain_upload() -> str:
        return str(len(request.get_data()))

    @app.post("/async-upload")
    async def async_upload() -> str:
        return str(sum([len(chunk) async for chunk in request.stream]))

    @app.post("/echo")
    async def echo() -> Any:
        @stream_with_context
        async def pieces() -> AsyncIterator[bytes]:
            ledger.opened += 1
            try:
                async for chunk in request.stream:
                    yield chunk
            finally:
                ledger.closed += 1

        return pieces()


async def serve_until_cut(app: Flask, kind: str, events: int, refuses: bool, yields: int) -> None:
    """Serve a request whose client is gone after so many events, in both directions."""
    passed = 0

    async def receive() -> dict[str, Any]:
        nonlocal passed
        for _ in range(yields):
            await asyncio.sleep(0)
        if passed >= events:
            return {"type": "http.disconnect"}
        passed += 1
        return {"type": "http.request", "body": b"chunk", "more_body": passed < 4}

    async def send(event: dict[str, Any]) -> None:
        nonlocal passed
        for _ in range(yields):
            await asyncio.sleep(0)
        if passed >= events and refuses:
            raise OSError("The client is gone.")
        passed += 1

    try:
        await app.asgi_app(scope_of(f"/{kind}", method="POST"), receive, send)
    except OSError:
        assert refuses


def count_running() -> int:
    """Count the workers of this thread that are in the middle of something."""
    gc.collect()
    return sum(
        type(found) is LoopWorker and found.gr_context is not None for found in gc.get_objects()
    )


@given(
    kind=st.sampled_from(KINDS),
    events=st.integers(0, 9),
    refuses=st.booleans(),
    yields=st.integers(0, 2),
)
def test_cut_after_any_event(kind: str, events: int, refuses: bool, yields: int) -> None:
    """After each cut contexts are popped and torn down, bodies closed; the log says it once."""
    ledger = Ledger()
    app = make_app(ledger)
    app.logger.setLevel(logging.DEBUG)
    app.logger.handlers = [noted := Noted()]
    app.logger.propagate = False

    async def main() -> None:
        await asyncio.wait_for(serve_until_cut(app, kind, events, refuses, yields), 10)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert _cv_request.get(None) is None
        assert _cv_app.get(None) is None

    asyncio.run(main())
    assert ledger.torn_down >= ledger.begun == 1
    assert ledger.opened == ledger.closed
    assert noted.records in ([], [(logging.DEBUG, "A client left.")])


class Noted(logging.Handler):
    """Keeps what was logged."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[tuple[int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append((record.levelno, record.getMessage()))


@pytest.mark.parametrize("kind", ["async", *STREAMS])
def test_server_that_refuses_what_is_sent_too_late(kind: str) -> None:
    """The error of a server whose client is known to have left goes no further (ASGI 2.4)."""
    app = make_app(Ledger())
    app.config["ASGI_DISCONNECT_GRACE"] = 5  # so that the view's answer is sent
    incoming = [{"type": "http.request", "body": b"x"}]

    async def receive() -> dict[str, Any]:
        return incoming.pop() if incoming else {"type": "http.disconnect"}

    async def send(event: dict[str, Any]) -> None:
        for _ in range(5):
            await asyncio.sleep(0)
        raise OSError("The client is gone.")

    asyncio.run(app.asgi_app(scope_of(f"/{kind}", method="POST"), receive, send))


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_stays_suspended(kind: str) -> None:
    """No greenlet keeps a request after its connection was cut, wherever that was."""
    app = make_app(Ledger())

    async def main() -> None:
        for events in range(10):
            for refuses in (True, False):
                await serve_until_cut(app, kind, events, refuses, 1)
        before = count_running()
        for events in range(10):
            for refuses in (True, False):
                await serve_until_cut(app, kind, events, refuses, 1)
        await asyncio.sleep(0)
        assert count_running() <= before

    asyncio.run(main())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("steps", range(12))
def test_server_that_cancels(kind: str, steps: int) -> None:
    """A task that the server cancels after any number of steps ends, and tears down."""
    ledger = Ledger()
    app = make_app(ledger)

    async def main() -> None:
        task = asyncio.create_task(serve_until_cut(app, kind, 99, refuses=False, yields=1))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        try:
            await asyncio.wait_for(task, 10)
        except asyncio.CancelledError:
            assert task.cancelled()

    asyncio.run(main())
    assert ledger.torn_down >= ledger.begun
    assert ledger.opened == ledger.closed


def make_endless_app() -> Flask:
    """Return an application whose handlers never await what would make them wait."""
    app = Flask("endless")
    app.config["ASGI_DISCONNECT_GRACE"] = 0

    @app.get("/async")
    async def is_async() -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            while True:
                yield b"piece"

        return Response(pieces())  # type: ignore[arg-type]

    @app.get("/plain")
    def plain() -> Iterator[bytes]:
        while True:
            yield b"piece"

    @app.get("/events")
    async def events() -> Response:
        async def ticks() -> AsyncIterator[str]:
            while True:
                yield "tick"

        return sse(ticks())

    add_endless_websockets(app)
    return app


def add_endless_websockets(app: Flask) -> None:
    @app.websocket("/ws")
    async def talk() -> None:
        while True:
            await websocket.send("message")

    @app.websocket("/plain-ws")
    def talk_plainly() -> None:
        while True:
            websocket.send("message")


@pytest.mark.parametrize("place", ["thread", "inline"])
@pytest.mark.parametrize("path", ["/async", "/plain", "/events", "/ws", "/plain-ws"])
def test_handler_that_never_awaits(path: str, place: str) -> None:
    """What sends without end ends when the client leaves, also where sending never waits."""
    app = make_endless_app()
    app.config["ASGI_SYNC_VIEWS"] = place
    kind = "websocket" if path.endswith("ws") else "http"
    incoming = [{"type": f"{kind}.connect" if kind == "websocket" else "http.request"}]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return incoming.pop() if incoming else {"type": f"{kind}.disconnect"}

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)
        assert len(sent) < 1000

    scope = websocket_scope(path) if kind == "websocket" else scope_of(path)
    asyncio.run(asyncio.wait_for(app(scope, receive, send), 10))
