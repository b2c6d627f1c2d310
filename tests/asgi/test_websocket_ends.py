"""How a WebSocket ends: clients that leave, that are silent, that send too much."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
import weakref
from typing import Any

import greenlet
import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import BadRequest

from flask import Flask, WebsocketDisconnected, abort, g, has_request_context, websocket
from flask.globals import request_ctx
from flask.sessions import SecureCookieSession, SessionInterface

from .sockets import Peer, open_websocket, talk


def test_handler_that_waits_elsewhere_is_cancelled(app: Flask) -> None:
    """A client that left ends a handler that does not receive, after the grace."""
    app.config["ASGI_DISCONNECT_GRACE"] = 0
    ended: list[Any] = []
    app.teardown_websocket(lambda error: ended.append(type(error)))

    @app.websocket("/ws")
    async def waits() -> None:
        await websocket.accept()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("waits")

    async def main() -> None:
        async with open_websocket(app) as peer:
            await peer.until(1)

    asyncio.run(main())
    assert ended == ["waits", asyncio.CancelledError]


def test_grace_may_be_endless(app: Flask) -> None:
    """With ``ASGI_DISCONNECT_GRACE = None`` the handler ends when it likes."""
    app.config["ASGI_DISCONNECT_GRACE"] = None
    release = asyncio.Event()
    ended: list[str] = []

    @app.websocket("/ws")
    async def waits() -> None:
        await websocket.accept()
        await release.wait()
        with pytest.raises(WebsocketDisconnected) as caught:
            await websocket.send("late")
        ended.append(f"{caught.value.code} {caught.value.reason}")

    async def main() -> None:
        peer = Peer()
        running = asyncio.create_task(talk(app, peer=peer))
        await peer.until(1)
        peer.leave(4000, "bye")
        await asyncio.sleep(0.01)
        release.set()
        await running

    asyncio.run(main())
    assert ended == ["4000 bye"]


def test_what_came_before_the_client_left_is_received(app: Flask) -> None:
    """Messages are received in full before the end is told."""
    got: list[str] = []

    @app.websocket("/ws")
    async def collects() -> None:
        await websocket.accept()
        await asyncio.sleep(0.01)
        while True:
            got.append(await websocket.receive())

    async def main() -> None:
        async with open_websocket(app) as peer:
            await peer.until(1)
            for number in range(200):
                peer.say(str(number))

    asyncio.run(main())
    assert got == [str(number) for number in range(200)]


@pytest.mark.parametrize("sent", ["no JSON", '{"secret": 1}'])
def test_http_error_in_a_group_of_tasks(
    app: Flask, sent: str, caplog: pytest.LogCaptureFixture
) -> None:
    """What a client sends closes the WebSocket as it does without a group; nothing is logged."""

    @app.websocket("/ws")
    async def grouped() -> None:
        async def receive() -> None:
            while True:
                if "secret" in await websocket.receive_json():
                    abort(403)

        async with asyncio.TaskGroup() as group, asyncio.TaskGroup() as inner:
            group.create_task(asyncio.sleep(60))
            inner.create_task(receive())

    peer = asyncio.run(talk(app, peer=Peer(sent)))

    assert peer.sent[-1]["code"] == 1008
    assert not caplog.records


def test_other_errors_in_a_group_are_failures(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """An error that is no HTTP error, or one beside it, is logged with its group."""

    @app.websocket("/ws")
    async def grouped() -> None:
        await websocket.accept()
        raise ExceptionGroup("two", [BadRequest(), ValueError("wrong")])

    app.config["PROPAGATE_EXCEPTIONS"] = False
    peer = asyncio.run(talk(app))

    assert peer.sent[-1]["code"] == 1011
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [ExceptionGroup]


def test_task_may_close_while_another_receives(app: Flask) -> None:
    """The client is told the code though the task that closes is cancelled by its group at once."""

    @app.websocket("/ws")
    async def two() -> None:
        async def receive() -> None:
            while True:
                await websocket.receive()

        await websocket.accept()
        async with asyncio.TaskGroup() as group:
            group.create_task(receive())
            await asyncio.sleep(0)
            group.create_task(websocket.close(4000, "enough"))

    peer = asyncio.run(talk(app))

    assert peer.sent[1:] == [{"type": "websocket.close", "code": 4000, "reason": "enough"}]
    assert not peer.was_receiving_at_close


def test_reader_is_not_far_ahead(app: Flask) -> None:
    """A handler that does not receive holds the client back, by count and by bytes."""
    held: list[int] = []

    @app.websocket("/ws/<int:size>")
    async def slow(size: int) -> None:
        await websocket.accept()
        for _ in range(500):
            await asyncio.sleep(0)
        held.append(peers[-1]._events.qsize())
        for _ in range(200):
            assert len(await websocket.receive()) == size

    peers: list[Peer] = []

    async def main(size: int) -> None:
        peers.append(Peer(*["x" * size] * 200))
        await talk(app, peer=peers[-1], path=f"/ws/{size}")

    asyncio.run(main(1))
    asyncio.run(main(300_000))
    assert held == [200 - 64, 200 - 4]


SIZES = [
    ("x" * 10, True),
    ("x" * 11, False),
    ("é" * 5, True),
    ("é" * 6, False),
    ("한" * 3, True),
    ("한" * 4, False),
    (b"x" * 10, True),
    (b"x" * 11, False),
]


@pytest.mark.parametrize(("message", "is_received"), SIZES)
def test_message_size(
    app: Flask, caplog: pytest.LogCaptureFixture, message: str | bytes, is_received: bool
) -> None:
    """A longer message than ``WEBSOCKET_MAX_MESSAGE_SIZE`` bytes closes with 1009, logged once."""
    app.config["WEBSOCKET_MAX_MESSAGE_SIZE"] = 10
    app.logger.setLevel(logging.INFO)
    errors: list[str] = []

    @app.websocket("/ws")
    async def receives() -> None:
        try:
            await websocket.receive()
        except WebsocketDisconnected as error:
            errors.append(str(error))
            raise

    peer = asyncio.run(talk(app, message))

    assert peer.code == (1000 if is_received else 1009)
    assert errors == ([] if is_received else ["The WebSocket is closed: 1009 over 10 bytes"])
    assert len(caplog.records) == len(errors)
    assert not peer.was_receiving_at_close


def test_size_may_be_unlimited(app: Flask) -> None:
    """``None`` allows any size; the default is 16 MiB."""

    @app.websocket("/ws")
    async def receives() -> None:
        await websocket.send(str(len(await websocket.receive())))

    long = b"x" * (16 * 1024 * 1024 + 1)
    assert asyncio.run(talk(app, long)).code == 1009
    app.config["WEBSOCKET_MAX_MESSAGE_SIZE"] = None
    assert asyncio.run(talk(app, long)).texts == [str(len(long))]


def test_silent_client(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """After ``WEBSOCKET_IDLE_TIMEOUT`` seconds without a message it is closed with 1001."""
    app.config["WEBSOCKET_IDLE_TIMEOUT"] = 0.02
    app.logger.setLevel(logging.INFO)

    @app.websocket("/ws")
    async def receives() -> None:
        while True:
            await websocket.send(await websocket.receive())

    peer = asyncio.run(talk(app, "one"))

    assert peer.texts == ["one"]
    assert peer.sent[-1] == {"type": "websocket.close", "code": 1001, "reason": "idle timeout"}
    assert not peer.was_receiving_at_close
    assert len(caplog.records) == 1


class Broken(Peer):
    """A server whose receive() fails, or gives what it should not."""

    def __init__(self, event: Any) -> None:
        super().__init__()
        self.event = event

    async def receive(self) -> Any:
        if not self._events.empty():
            return await super().receive()
        await asyncio.sleep(0)
        if isinstance(self.event, Exception):
            raise self.event
        return self.event


EVENTS = [
    (RuntimeError("closed"), 1006),
    ({"type": "websocket.connect"}, 1005),
    ({"type": "websocket.disconnect"}, 1005),
    ({"type": "websocket.disconnect", "code": None, "reason": None}, 1005),
]


@pytest.mark.parametrize(("event", "code"), EVENTS)
def test_end_that_the_server_tells_otherwise(app: Flask, event: Any, code: int) -> None:
    """What is no message is the end; a server may leave out code and reason, or raise."""
    codes: list[int] = []

    @app.websocket("/ws")
    async def receives() -> None:
        try:
            await websocket.receive()
        except WebsocketDisconnected as error:
            codes.append(error.code)

    asyncio.run(talk(app, peer=Broken(event)))
    assert codes == [code]


def test_message_without_a_value(app: Flask) -> None:
    """An event without text is a message of bytes, which may be empty."""

    @app.websocket("/ws")
    async def receives() -> None:
        await websocket.send(await websocket.receive())

    peer = Broken({"type": "websocket.receive", "text": None})
    assert asyncio.run(talk(app, peer=peer)).sent[1]["bytes"] == b""


def test_cancelled_by_the_server(app: Flask) -> None:
    """A server that cancels its task cancels the handler; the teardown runs."""
    ended: list[Any] = []
    app.teardown_websocket(lambda error: ended.append(type(error)))

    @app.websocket("/ws")
    async def waits() -> None:
        await websocket.receive()

    async def main() -> None:
        peer = Peer()
        running = asyncio.create_task(talk(app, peer=peer))
        await peer.until(1)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(main())
    assert ended == [asyncio.CancelledError]


def make_app(how: str) -> tuple[Flask, list[str]]:
    """Return an application whose WebSocket waits at many points, and what it noted."""
    app = Flask("cut", static_folder=None)
    app.config.update(ASGI_DISCONNECT_GRACE=0, SECRET_KEY="key")
    if how != "async":
        app.config["ASGI_SYNC_VIEWS"] = how
    noted: list[str] = []

    def before() -> None:
        g.balance = 1
        noted.append("before")

    def teardown(error: BaseException | None) -> None:
        g.balance -= 1
        noted.append("teardown")

    app.before_websocket(before)
    app.teardown_websocket(teardown)
    if how == "async":

        @app.websocket("/ws")
        async def talks() -> None:
            await websocket.accept(headers={"X-A": "b"})
            for _ in range(3):
                await websocket.send(await websocket.receive())
                await asyncio.sleep(0)
            await websocket.close(4000)
    else:

        @app.websocket("/ws")
        def talks_plainly() -> None:
            websocket.accept()
            for _ in range(3):
                websocket.send(websocket.receive())
            websocket.close(4000)

    return app, noted


@given(st.integers(min_value=0, max_value=14), st.sampled_from(["async", "thread", "inline"]))
def test_cut_after_any_number_of_events(count: int, how: str) -> None:
    """Wherever the client leaves: no error, one teardown, no task, context or thread left busy."""
    app, noted = make_app(how)
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = records.append  # type: ignore[method-assign]
    app.logger.addHandler(handler)

    async def main() -> None:
        peer = Peer("a", "b", "c", cut_after=count)
        await talk(app, peer=peer)
        assert not has_request_context()
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert peer.texts == ["a", "b", "c"][: len(peer.texts)]

    asyncio.run(main())
    app.logger.removeHandler(handler)
    assert records == []
    assert noted in (["before", "teardown"], [])
    assert (noted == []) == (count == 0)


def test_nothing_is_kept(app: Flask) -> None:
    """When WebSockets have ended, their connections and contexts are gone without a collection."""
    made: list[weakref.ref[Any]] = []

    @app.websocket("/ws")
    async def echo() -> None:
        proxies: Any = (request_ctx, websocket)
        made.extend(weakref.ref(proxy._get_current_object()) for proxy in proxies)
        made.append(weakref.ref(websocket.environ["flask.websocket"]))
        while True:
            await websocket.send(await websocket.receive())

    async def one() -> None:
        async with open_websocket(app) as peer:
            peer.say("x")
            await peer.until(2)

    async def main() -> None:
        gc.disable()
        try:
            await asyncio.gather(*[one() for _ in range(20)])
            await asyncio.sleep(0)
            assert [ref() for ref in made] == [None] * 60
        finally:
            gc.enable()

    asyncio.run(main())


def test_custom_session_opens_at_home(app: Flask) -> None:
    """A session interface that may block runs in a thread; its async handler on the loop."""
    threads: list[str] = []

    class Interface(SessionInterface):
        def open_session(self, app: Any, request: Any) -> SecureCookieSession:
            threads.append(threading.current_thread().name)
            return SecureCookieSession()

    app.session_interface = Interface()

    @app.websocket("/ws")
    async def echo() -> None:
        threads.append(threading.current_thread().name)
        await websocket.send(await websocket.receive())

    assert asyncio.run(talk(app, "x")).texts == ["x"]
    assert threads == ["flask-home-0", "MainThread"]


def test_inline_functions_leave_no_greenlets(app: Flask) -> None:
    """A plain function on the loop runs in a greenlet that ends with it."""
    app.config["ASGI_SYNC_VIEWS"] = "inline"
    workers: list[weakref.ref[Any]] = []

    @app.websocket("/ws")
    def echo() -> None:
        workers.append(weakref.ref(greenlet.getcurrent()))
        websocket.send(websocket.receive())

    assert asyncio.run(talk(app, "x")).texts == ["x"]
    assert [worker() for worker in workers] == [None]
