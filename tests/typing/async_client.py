"""What a user's type checker sees of the async test client: checked by pyright, not run."""

from typing import assert_type

from werkzeug.test import TestResponse

from flask import Flask
from flask.asgi.clientsockets import AsyncClientWebSocket, ClientWebSocket
from flask.asynctesting import AsyncFlaskClient, StreamedResponse

app = Flask(__name__)


async def test_requests() -> None:
    client = app.async_test_client()
    assert_type(client, AsyncFlaskClient)
    async with client:
        response = await client.post("/path", json={"a": 1}, follow_redirects=True)
        assert_type(response, TestResponse)
        assert_type(response.status_code, int)
    async with client.stream("GET", "/events") as streamed:
        assert_type(streamed, StreamedResponse)
        async for chunk in streamed.chunks():
            assert_type(chunk, bytes)
    async with client.websocket("/ws", subprotocols=["a"]) as ws:
        assert_type(ws, AsyncClientWebSocket)
        await ws.send("text")
        assert_type(await ws.receive(), str | bytes)
        assert_type(ws.close_code, int | None)
    async with client.session_transaction() as session:
        session["a"] = 1


def test_plain_websocket() -> None:
    with app.test_client().websocket("/ws") as ws:
        assert_type(ws, ClientWebSocket)
        assert_type(ws.receive(), str | bytes)
