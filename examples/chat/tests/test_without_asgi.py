"""Under WSGI there are no WebSockets: the event stream takes one thread each, and is enough."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from guests import PATIENCE

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient


def enter(app: Flask, name: str) -> FlaskClient:
    client = app.test_client()
    assert client.post("/join", data={"name": name, "room": "lobby"}).status_code == 302
    return client


def test_stream_hears_what_another_thread_says(app: Flask) -> None:
    """A message posted in one thread wakes the streams of others, each on its own event loop."""
    ada, minji = enter(app, "Ada"), enter(app, "민지")
    heard: list[str] = []
    is_there, has_heard = threading.Event(), threading.Event()

    def listen() -> None:
        with ada.get("/rooms/lobby/events") as response:
            for chunk in response.iter_encoded():
                heard.append(chunk.decode())
                if "presence" in heard[-1]:
                    is_there.set()
                if "hello" in heard[-1]:
                    break
        has_heard.set()

    thread = threading.Thread(target=listen)
    thread.start()
    assert is_there.wait(PATIENCE)
    answer = minji.post("/rooms/lobby/messages", json={"text": "hello", "key": "k"})
    assert has_heard.wait(PATIENCE)
    thread.join(PATIENCE)

    assert answer.status_code == 201
    assert heard[-1].startswith("id: 1\ndata: {")
    assert app.extensions["chat.rooms"].overview() == {}


def test_websocket_says_that_it_needs_asgi(app: Flask) -> None:
    """The handshake is answered, so that the page's script goes on to the event stream."""
    client = enter(app, "Ada")
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}

    answer = client.get("/rooms/lobby/socket", headers=headers)

    assert answer.status_code == 501
    assert "ASGI" in answer.get_json()["message"]
