"""The test clients open WebSockets, awaited or from plain code, as the protocol says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import trio

from flask import Flask
from flask.asgi.clientsockets import WebSocketClosed, WebSocketRejected

Run = Callable[[Callable[[], Coroutine[Any, Any, None]]], None]


def run_in_asyncio(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(main())


@pytest.fixture(params=[run_in_asyncio, trio.run], ids=["asyncio", "trio"])
def run(request: pytest.FixtureRequest) -> Run:
    run: Run = request.param
    return run


log: list[Any] = []


async def raw_app(scope: Any, receive: Any, send: Any) -> None:
    """Do what the path says, and log what comes."""
    assert scope["type"] == "websocket"
    assert (await receive()) == {"type": "websocket.connect"}
    match scope["path"]:
        case "/refused":
            await send({"type": "websocket.close"})
            return
        case "/answered":
            headers = [(b"content-type", b"text/plain")]
            await send({"type": "websocket.http.response.start", "status": 401, "headers": headers})
            await send({"type": "websocket.http.response.body", "body": b"Who ", "more_body": True})
            await send({"type": "websocket.http.response.body", "body": b"are you?"})
            return
        case "/early":
            raise ZeroDivisionError
    headers = [(b"x-room", b"1")]
    chosen = scope["subprotocols"][-1] if scope["subprotocols"] else None
    await send({"type": "websocket.accept", "subprotocol": chosen, "headers": headers})
    await talk(scope, receive, send)


async def talk(scope: Any, receive: Any, send: Any) -> None:
    if scope["path"] == "/late":
        raise ZeroDivisionError
    if scope["path"] == "/closed":
        await send({"type": "websocket.send", "text": "bye"})
        await send({"type": "websocket.close", "code": 4001, "reason": "enough"})
        return
    if scope["path"] == "/headers":
        text = "; ".join(f"{k.decode()}={v.decode()}" for k, v in scope["headers"])
        await send({"type": "websocket.send", "text": text})
    while (event := await receive())["type"] == "websocket.receive":
        await send({**event, "type": "websocket.send"})
    log.append(event)


@pytest.fixture
def app(app: Flask) -> Flask:
    app.asgi_app = raw_app
    log.clear()
    return app


def test_messages_go_both_ways(app: Flask, run: Run) -> None:
    """Text, bytes and JSON are sent and received; leaving the block closes the connection."""

    async def main() -> None:
        async with app.async_test_client().websocket("/echo", subprotocols=["a", "b"]) as ws:
            assert ws.accepted_subprotocol == "b"
            assert ws.headers["X-Room"] == "1"
            await ws.send("text")
            await ws.send(b"bytes")
            await ws.send_json({"a": [1]})
            assert [await ws.receive(), await ws.receive()] == ["text", b"bytes"]
            assert await ws.receive_json() == {"a": [1]}
            assert ws.close_code is None
        assert ws.close_code == 1000

    run(main)
    assert log == [{"type": "websocket.disconnect", "code": 1000, "reason": ""}]


def test_client_closes(app: Flask, run: Run) -> None:
    """The code that the client closes with reaches the application; nothing is sent after it."""

    async def main() -> None:
        async with app.async_test_client().websocket("/echo") as ws:
            await ws.close(4000, "tired")
            with pytest.raises(WebSocketClosed):
                await ws.send("more")
        assert ws.close_code == 4000

    run(main)
    assert log == [{"type": "websocket.disconnect", "code": 4000, "reason": "tired"}]


def test_application_closes(app: Flask, run: Run) -> None:
    """What came before the close is received, then the close with its code."""

    async def main() -> None:
        async with app.async_test_client().websocket("/closed") as ws:
            assert [message async for message in ws] == ["bye"]
            with pytest.raises(WebSocketClosed) as closed:
                await ws.receive()
            assert (closed.value.code, closed.value.reason) == (4001, "enough")
            assert (ws.close_code, ws.close_reason) == (4001, "enough")

    run(main)


@pytest.mark.parametrize(
    ("path", "status", "text"), [("/refused", 403, ""), ("/answered", 401, "Who are you?")]
)
def test_rejection_holds_the_response(
    app: Flask, path: str, status: int, text: str, run: Run
) -> None:
    """A handshake that is not accepted raises the response that a browser would have got."""

    async def main() -> None:
        with pytest.raises(WebSocketRejected) as rejected:
            async with app.async_test_client().websocket(path):
                pytest.fail("the block was entered")
        response = rejected.value.response
        assert (response.status_code, response.text) == (status, text)

    run(main)


@pytest.mark.parametrize("path", ["/early", "/late"])
def test_errors_come_through(app: Flask, path: str, run: Run) -> None:
    """What the application raises is raised where the client waits."""

    async def main() -> None:
        with pytest.raises(ZeroDivisionError):
            async with app.async_test_client().websocket(path) as ws:
                await ws.receive()

    run(main)


def test_handshake_has_cookies_and_headers(app: Flask) -> None:
    """The handshake carries the client's cookies, given headers, and those of RFC 6455."""
    client = app.test_client()
    client.set_cookie("a", "1")

    with client.websocket("/headers", headers={"Origin": "http://localhost"}) as ws:
        text = ws.receive()

    assert "cookie=a=1" in text
    assert "origin=http://localhost" in text
    assert "sec-websocket-version=13" in text


def test_plain_code(app: Flask) -> None:
    """The plain client's block does all that the async one does."""
    client = app.test_client()
    with client.websocket("/echo", subprotocols=["a"]) as ws:
        ws.send("text")
        ws.send_json(1, 2)
        assert (ws.receive(), ws.receive_json()) == ("text", [1, 2])
        assert ws.accepted_subprotocol == "a"
        assert ws.headers["X-Room"] == "1"
        ws.close(4000, "tired")
    assert (ws.close_code, ws.close_reason) == (4000, "tired")
    with client.websocket("/closed") as ws:
        assert list(ws) == ["bye"]
    with pytest.raises(WebSocketRejected), client.websocket("/refused"):
        pytest.fail("the block was entered")
    with pytest.raises(ZeroDivisionError), client.websocket("/late") as ws:
        ws.receive()


def test_error_of_the_test_closes_the_connection(app: Flask) -> None:
    """An assertion that fails in the block comes through, and the application sees the close."""
    with pytest.raises(AssertionError, match="mine"), app.test_client().websocket("/echo"):
        raise AssertionError("mine")
    assert log[0]["type"] == "websocket.disconnect"
