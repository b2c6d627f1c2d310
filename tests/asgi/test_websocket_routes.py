"""WebSocket routes: classes, blueprints, names; and what WSGI says of them."""

from __future__ import annotations

import asyncio
import functools
from typing import Any

import pytest

from flask import Blueprint, Flask, url_for, websocket
from flask.views import View

from .driving import ask
from .sockets import talk


def test_class_based_handler(app: Flask) -> None:
    """A view class serves WebSockets, its method being a coroutine function or not."""

    class Chat(View):
        def __init__(self, word: str) -> None:
            self.word = word

        async def dispatch_request(self, name: str) -> None:  # type: ignore[override]
            await websocket.send(f"{self.word} {name} {await websocket.receive()}")

    app.add_websocket("/ws/<name>", view_func=Chat.as_view("chat", "hello"))

    assert asyncio.run(talk(app, "!", path="/ws/ada")).texts == ["hello ada !"]


class Callable:
    """An object whose call is a coroutine."""

    __name__ = "callable"

    async def __call__(self, word: str) -> tuple[str, int]:
        return await answer_or_refuse(word)


async def answer_or_refuse(word: str) -> tuple[str, int]:
    if word == "open":
        await websocket.send(word)
        await websocket.close()
        await websocket.receive()
    return word, 418


@functools.wraps(answer_or_refuse)
def decorated(word: str) -> Any:
    return answer_or_refuse(word)


@pytest.mark.parametrize("how", ["thread", "inline"])
@pytest.mark.parametrize("handler", [decorated, Callable()])
def test_plain_function_that_returns_a_coroutine(app: Flask, how: str, handler: Any) -> None:
    """What a plain decorator or an object's ``async __call__`` returns is awaited on the loop."""
    app.config["ASGI_SYNC_VIEWS"] = how
    app.add_websocket("/<word>", view_func=handler)

    assert asyncio.run(talk(app, path="/open")).texts == ["open"]
    refused = asyncio.run(talk(app, path="/refused"))
    assert (refused.status, refused.body) == (418, "refused")


async def never() -> str:
    """Be returned without being awaited."""
    return "never"


@pytest.mark.parametrize("rv", [lambda: 1, lambda: (1, 2, 3, 4), never, lambda: (None, 200)])
def test_wrong_value_of_a_handler(app: Flask, rv: Any) -> None:
    """What means no response is told of the WebSocket, which is no view function."""

    @app.websocket("/ws")
    def handler() -> Any:
        return rv() if rv is not never else (never(), 200)

    app.testing = True
    message = "The WebSocket's handler.* did not return a valid response"
    with pytest.raises(TypeError, match=message) as caught:
        asyncio.run(talk(app))
    assert "view" not in str(caught.value)


def test_blueprint(app: Flask) -> None:
    """A blueprint's handlers have its prefix and name, and its defaults."""
    inner = Blueprint("inner", __name__, url_prefix="/i", url_defaults={"word": "hi"})

    @inner.websocket("/<name>")
    async def greet(name: str, word: str) -> None:
        await websocket.send(f"{word} {name} {websocket.blueprint} {url_for('.greet', name='x')}")

    inner.add_websocket("/again/<name>", "greet2", greet)
    for wrong in ({"endpoint": "a.b"}, {"view_func": type("a.b", (), {})}):
        with pytest.raises(ValueError, match="may not contain a dot"):
            inner.add_websocket("/", **wrong)  # type: ignore[arg-type]
    outer = Blueprint("outer", __name__, url_prefix="/o")
    outer.register_blueprint(inner)
    app.register_blueprint(outer)

    assert asyncio.run(talk(app, path="/o/i/ada")).texts == [
        "hi ada outer.inner ws://localhost/o/i/x"
    ]
    assert asyncio.run(talk(app, path="/o/i/again/ada")).texts == [
        "hi ada outer.inner ws://localhost/o/i/x"
    ]


def test_registration(app: Flask) -> None:
    """One handler may have several rules; two of one name, and methods, are refused."""

    async def handler() -> None:
        await websocket.send(websocket.path)

    app.add_websocket("/a", view_func=handler)
    app.add_websocket("/b", view_func=handler)
    for path in ("/a", "/b"):
        assert asyncio.run(talk(app, path=path)).texts == [path]
    fresh = Flask("fresh")
    fresh.add_websocket("/a", view_func=handler)
    with pytest.raises(AssertionError, match="overwriting"):
        fresh.websocket("/c", endpoint="handler")(lambda: None)
    with pytest.raises(TypeError, match="a handshake is a GET"):
        fresh.websocket("/d", methods=["POST"])(lambda: None)


def test_websocket_class_may_be_replaced(app: Flask) -> None:
    """The application's ``websocket_class`` makes the proxy's object."""

    class Own(app.websocket_class):  # type: ignore[misc, name-defined]
        async def receive_words(self) -> list[str]:
            text: str = await self.receive()
            return text.split()

    app.websocket_class = Own

    @app.websocket("/ws")
    async def handler() -> None:
        current: Any = websocket
        await websocket.send_json(await current.receive_words())

    assert asyncio.run(talk(app, "a b")).texts == ['["a", "b"]']


def test_view_and_handler_may_share_a_path(app: Flask) -> None:
    """A handshake finds the handler, a plain request the view."""
    app.add_url_rule("/ws", "page", lambda: "page")

    @app.websocket("/ws")
    async def handler() -> None:
        await websocket.send("socket")

    assert asyncio.run(talk(app)).texts == ["socket"]
    assert asyncio.run(ask(app.asgi_app, "/ws")).text == "page"
    assert app.test_client().get("/ws").text == "page"


HANDSHAKE = {"Upgrade": "websocket", "Connection": "Upgrade"}


@pytest.mark.parametrize("send", [True, False])
def test_wsgi_says_what_is_needed(app: Flask, caplog: pytest.LogCaptureFixture, send: bool) -> None:
    """Under WSGI a handshake is answered 501, and a plain request as Werkzeug does, with 400."""
    app.websocket("/ws")(lambda: None)

    if not send:
        assert app.test_client().get("/ws").status_code == 400
        assert asyncio.run(ask(app.asgi_app, "/ws")).status == 400
        return
    answered = app.test_client().get("/ws", headers=HANDSHAKE)

    assert answered.status_code == 501
    assert "uvicorn --interface asgi3 shop:app" in answered.text
    assert "granian --interface asgi shop:app" in caplog.messages[0]
    app.test_client().get("/ws", headers=HANDSHAKE)
    assert len(caplog.messages) == 1, "a page that falls back would fill the log"


def test_server_without_websockets(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """An ASGI server that takes a handshake for a request is told what it lacks."""
    app.websocket("/ws")(lambda: None)
    headers = [(name.lower().encode(), value.encode()) for name, value in HANDSHAKE.items()]

    answered = asyncio.run(ask(app.asgi_app, "/ws", headers=headers))

    assert answered.status == 501
    assert "lacks WebSocket support" in caplog.messages[0]


def test_sockets_of_wsgi_servers_are_not_served(app: Flask) -> None:
    """A view that takes the socket itself (``websocket=True``) keeps working under WSGI only."""
    app.add_url_rule("/ws", "raw", lambda: "upgraded", websocket=True)

    assert app.test_client().get("/ws", headers=HANDSHAKE).text == "upgraded"
    assert asyncio.run(talk(app)).status == 501
