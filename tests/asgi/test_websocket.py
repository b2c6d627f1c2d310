"""A WebSocket's handler receives and sends, in coroutines and in plain functions."""

from __future__ import annotations

import asyncio
import contextvars
import io
import sqlite3
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask import (
    Flask,
    WebsocketDisconnected,
    current_app,
    g,
    request,
    session,
    url_for,
    websocket,
)

from .sockets import Peer, open_websocket, talk

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")


@pytest.fixture(params=["async", "thread", "inline"])
def echoing(app: Flask, request: pytest.FixtureRequest) -> Flask:
    """An application whose handler sends back all it gets, of each kind."""
    if request.param == "async":

        @app.websocket("/ws")
        async def echo() -> None:
            while True:
                await websocket.send(await websocket.receive())
    else:
        app.config["ASGI_SYNC_VIEWS"] = request.param

        @app.websocket("/ws")
        def echo() -> None:
            while True:
                websocket.send(websocket.receive())

    return app


def test_messages_come_back_as_they_were(echoing: Flask) -> None:
    """Text stays text and bytes stay bytes; the first receive accepts the handshake."""

    async def main() -> None:
        async with open_websocket(echoing) as peer:
            for message in ("한국어", b"\x00\xff", ""):
                peer.say(message)
            await peer.until(4)
        assert peer.sent == [
            {"type": "websocket.accept", "subprotocol": None, "headers": []},
            {"type": "websocket.send", "text": "한국어"},
            {"type": "websocket.send", "bytes": b"\x00\xff"},
            {"type": "websocket.send", "text": ""},
        ]

    asyncio.run(main())


@given(
    st.lists(st.text() | st.binary(), max_size=20), st.sampled_from(["async", "thread", "inline"])
)
def test_any_messages_come_back(messages: list[str | bytes], how: str) -> None:
    """Whatever is sent comes back, in order and of the same kind."""
    app = Flask("echo", static_folder=None)

    async def echo() -> None:
        await websocket.accept()
        for _ in messages:
            await websocket.send(await websocket.receive())

    def echo_plainly() -> None:
        websocket.accept()
        for _ in messages:
            websocket.send(websocket.receive())

    app.config["ASGI_SYNC_VIEWS"] = "inline" if how == "inline" else "thread"
    app.add_websocket("/ws", "echo", echo if how == "async" else echo_plainly)
    peer = asyncio.run(talk(app, *messages))

    assert [event.get("text", event.get("bytes")) for event in peer.sent[1:-1]] == messages
    assert peer.code == 1000


def test_client_that_leaves_ends_the_handler_silently(
    echoing: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    """That the client left is no error: nothing is logged, no error handler runs."""
    ended: list[BaseException | None] = []
    echoing.errorhandler(Exception)(lambda error: ended.append(error) or "handled")
    echoing.teardown_websocket(ended.append)

    async def main() -> None:
        async with open_websocket(echoing) as peer:
            peer.say("a")
            await peer.until(2)
        assert peer.types == ["accept", "send"]

    asyncio.run(main())
    assert ended == [None]
    assert caplog.records == []


def test_handler_that_returns_closes(app: Flask) -> None:
    """The WebSocket is closed with 1000, when no receive() is pending any more."""

    @app.websocket("/ws")
    async def greet() -> None:
        await websocket.send("hello")
        await asyncio.sleep(0.001)

    peer = asyncio.run(talk(app))

    assert peer.sent[1:] == [
        {"type": "websocket.send", "text": "hello"},
        {"type": "websocket.close", "code": 1000, "reason": ""},
    ]
    assert not peer.was_receiving_at_close


def test_synchronous_handler_stays_in_its_thread(app: Flask) -> None:
    """Hooks, handler and teardown share a home thread, where a SQLite connection works."""
    threads: set[str] = set()

    @app.before_websocket
    def connect() -> None:
        g.db = sqlite3.connect(":memory:")

    @app.teardown_websocket
    def close(error: BaseException | None) -> None:
        threads.add(threading.current_thread().name)
        g.db.close()

    @app.websocket("/ws")
    def count() -> None:
        for _ in range(3):
            value = websocket.receive()
            threads.add(threading.current_thread().name)
            websocket.send(str(g.db.execute("select ? + 1", [value]).fetchone()[0]))

    async def main() -> None:
        peers = [talk(app, str(number), "1", "2") for number in range(20)]
        for number, peer in enumerate(await asyncio.gather(*peers)):
            assert peer.texts == [str(number + 1), "2", "3"]

    asyncio.run(main())
    assert all(name.startswith("flask-home-") for name in threads)


def test_waiting_synchronous_handlers_hold_no_threads(app: Flask) -> None:
    """A plain function that waits for a message leaves its thread to others."""
    app.config["ASGI_THREADS"] = 1

    @app.websocket("/ws")
    def echo() -> None:
        websocket.send(websocket.receive())

    async def main() -> None:
        peers = [Peer() for _ in range(100)]
        talks = [asyncio.create_task(talk(app, peer=peer)) for peer in peers]
        await asyncio.gather(*[peer.until(1) for peer in peers])
        for number, peer in enumerate(peers):
            peer.say(str(number))
        await asyncio.gather(*talks)
        assert [peer.texts for peer in peers] == [[str(number)] for number in range(100)]

    asyncio.run(main())


@pytest.mark.parametrize("how", ["thread", "inline"])
def test_plain_code_and_coroutines_call_each_other(app: Flask, how: str) -> None:
    """What a call gives depends on who calls: a coroutine, an awaitable; plain code, the result."""
    app.config["ASGI_SYNC_VIEWS"] = how

    @app.websocket("/ws")
    def plain() -> None:
        websocket.send(websocket.receive())
        current_app.ensure_sync(coroutine)()

    async def coroutine() -> None:
        await websocket.send(f"async {await websocket.receive()}")

    assert asyncio.run(talk(app, "a", "b")).texts == ["a", "async b"]


def test_route_says_where_its_handler_runs(app: Flask) -> None:
    """The option ``sync_view`` of a route goes before the setting."""

    def tell() -> None:
        websocket.send(threading.current_thread().name)

    app.add_websocket("/inline", "inline", tell, sync_view="inline")
    app.add_websocket("/thread", "thread", tell)

    assert asyncio.run(talk(app, path="/inline")).texts == ["MainThread"]
    assert asyncio.run(talk(app, path="/thread")).texts == ["flask-home-0"]


def test_tasks_of_a_handler(app: Flask) -> None:
    """One task may receive while others send; the proxies work in all of them."""

    @app.websocket("/ws")
    async def both() -> None:
        got: asyncio.Queue[str] = asyncio.Queue()

        async def receive() -> None:
            while True:
                got.put_nowait(await websocket.receive())

        async def send() -> None:
            while True:
                await websocket.send(f"{request.path} {await got.get()}")

        async with asyncio.TaskGroup() as group:
            group.create_task(receive())
            group.create_task(send())

    async def main() -> None:
        async with open_websocket(app) as peer:
            peer.say("1")
            peer.say("2")
            await peer.until(3)
        assert peer.texts == ["/ws 1", "/ws 2"]

    asyncio.run(main())


def test_second_receiver_is_refused(app: Flask) -> None:
    """Two tasks cannot receive at once: the second gets an error that says so."""

    @app.websocket("/ws")
    async def twice() -> None:
        first = asyncio.create_task(websocket.receive())
        await asyncio.sleep(0.001)
        with pytest.raises(RuntimeError, match="Another task is receiving"):
            await websocket.receive()
        await websocket.send(await first)

    async def main() -> None:
        peer = Peer()
        running = asyncio.create_task(talk(app, peer=peer))
        await peer.until(1)
        await asyncio.sleep(0.005)
        peer.say("one")
        await running
        assert peer.texts == ["one"]

    asyncio.run(main())


def test_other_threads_are_refused(app: Flask) -> None:
    """A thread that nobody waits for gets an error instead of a coroutine that nothing awaits."""

    @app.websocket("/ws")
    async def hands_over() -> None:
        with pytest.raises(RuntimeError, match="another thread"):
            await asyncio.to_thread(websocket.send, "never")
        await websocket.send("here")

    assert asyncio.run(talk(app)).texts == ["here"]


def test_another_loop_in_a_plain_handler_is_refused(app: Flask) -> None:
    """``asyncio.run()`` has no part in the WebSocket: the error says so, and nothing is sent."""

    @app.websocket("/ws")
    def runs_a_loop() -> None:
        async def send() -> None:
            await websocket.send("never")

        with pytest.raises(RuntimeError, match=r"as asyncio\.run\(\) does.*async def"):
            asyncio.run(send())
        websocket.send("here")

    assert asyncio.run(talk(app)).texts == ["here"]


def test_json(app: Flask) -> None:
    """JSON goes by the application's provider; what is no JSON closes with 1008."""

    @app.websocket("/ws")
    async def reply() -> None:
        await websocket.send_json(got=await websocket.receive_json())
        await websocket.send_json([1])
        await websocket.send_json(1, 2)
        with pytest.raises(TypeError, match="not both"):
            websocket.send_json(1, a=2)
        await websocket.receive_json()

    peer = asyncio.run(talk(app, '{"a": "é"}', "{"))

    assert peer.texts == ['{"got": {"a": "\\u00e9"}}', "[1]", "[1, 2]"]
    assert peer.code == 1008


def test_only_messages_are_sent(app: Flask) -> None:
    """What is neither text nor bytes is refused, with the way to send it."""

    @app.websocket("/ws")
    async def sends() -> None:
        with pytest.raises(TypeError, match="send_json"):
            await websocket.send(1)  # type: ignore[arg-type]
        await websocket.send(memoryview(b"bytes"))

    assert asyncio.run(talk(app)).sent[1] == {"type": "websocket.send", "bytes": b"bytes"}


def test_what_a_handler_knows(app: Flask) -> None:
    """A WebSocket has what its handshake said, under its own name and as the request."""
    app.config["SESSION_COOKIE_NAME"] = "s"

    @app.route("/set")
    def login() -> str:
        session["user"] = "ada"
        return ""

    @app.websocket("/ws/<room>")
    async def tell(room: str) -> None:
        await websocket.send_json(
            [
                room == websocket.view_args["room"],  # type: ignore[index]
                websocket.args["q"],
                websocket.headers["X-Thing"],
                websocket.cookies["c"],
                session["user"],
                websocket.path,
                websocket.url,
                request.url,
                url_for("tell", room="x"),
                url_for("tell", room="x", _external=True),
                url_for("login", _external=True),
                websocket.endpoint,
                websocket.requested_subprotocols,
                request.method,
                request.get_data().decode(),
            ]
        )

    cookie = app.test_client().get("/set").headers["Set-Cookie"].partition(";")[0]
    headers = [(b"x-thing", b"thing"), (b"cookie", f"c=1; {cookie}".encode())]
    peer = asyncio.run(
        talk(
            app,
            path="/ws/r",
            query_string=b"q=1",
            scheme="wss",
            headers=headers,
            subprotocols=["b", "a"],
        )
    )

    assert app.json.loads(peer.texts[0]) == [
        True,
        "1",
        "thing",
        "1",
        "ada",
        "/ws/r",
        "wss://localhost/ws/r?q=1",
        "wss://localhost/ws/r?q=1",
        "wss://localhost/ws/x",
        "wss://localhost/ws/x",
        "https://localhost/set",
        "tell",
        ["b", "a"],
        "GET",
        "",
    ]


def test_accept_with_subprotocol_and_headers(app: Flask) -> None:
    """The answer to the handshake may name a subprotocol that was offered, and headers."""

    @app.websocket("/ws")
    async def chooses() -> None:
        with pytest.raises(ValueError, match="did not offer"):
            await websocket.accept(subprotocol="other")
        with pytest.raises(ValueError, match="control character"):
            await websocket.accept(headers={"X-Room": "a\r\nb"})
        with pytest.raises(ValueError, match="subprotocol="):
            await websocket.accept(headers=[("Sec-WebSocket-Protocol", "chat")])
        await websocket.accept(headers={"X-Room": "1"}, subprotocol="chat")
        await websocket.accept()
        with pytest.raises(RuntimeError, match="accepted already"):
            await websocket.accept(subprotocol="chat")

    peer = asyncio.run(talk(app, subprotocols=["chat"]))

    assert peer.sent[0] == {
        "type": "websocket.accept",
        "subprotocol": "chat",
        "headers": [(b"x-room", b"1")],
    }


def test_proxy_needs_a_websocket(app: Flask) -> None:
    """Outside a WebSocket the proxy says where it works; a made-up one has no client."""
    with (
        app.test_request_context(),
        pytest.raises(RuntimeError, match=r"outside of a WebSocket"),
    ):
        _ = websocket.path
    made = app.websocket_class({"REQUEST_METHOD": "GET", "wsgi.input": io.BytesIO()})
    with pytest.raises(RuntimeError, match="no client"):
        made.receive()


def test_context_variables_are_the_tasks_own(app: Flask) -> None:
    """What a hook sets the handler sees, and the teardown what the handler set."""
    seen: list[str] = []
    app.before_websocket(lambda: variable.set("hook") and None)
    app.teardown_websocket(lambda error: seen.append(variable.get()))

    @app.websocket("/ws")
    async def handler() -> None:
        seen.append(variable.get())
        variable.set("handler")

    asyncio.run(talk(app))

    assert seen == ["hook", "handler"]


def test_disconnect_tells_its_code() -> None:
    """The exception names the closing code and the reason."""
    error = WebsocketDisconnected(4000, "tired")

    assert (str(error), error.code, error.reason) == (
        "The WebSocket is closed: 4000 tired",
        4000,
        "tired",
    )
