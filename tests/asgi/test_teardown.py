"""A failing teardown function ends the answer as under WSGI: the server answers 500 and logs it."""

from __future__ import annotations

import asyncio

import pytest

from flask import Flask, websocket
from flask.globals import _cv_app, _cv_request

from .driving import Client, scope_of
from .sockets import Peer, websocket_scope

PATHS = ("/plain", "/async", "/stream", "/fails")


def make_app() -> Flask:
    app = Flask("teardown")

    @app.teardown_request
    def broken(error: BaseException | None) -> None:
        raise LookupError("teardown is broken")

    @app.teardown_websocket
    async def broken_too(error: BaseException | None) -> None:
        raise LookupError("teardown is broken")

    @app.get("/plain")
    def plain() -> str:
        return "plain"

    @app.get("/async")
    async def is_async() -> str:
        return "async"

    @app.get("/stream")
    def stream() -> list[str]:
        return ["a", "b"]

    @app.get("/fails")
    async def fails() -> str:
        raise ValueError("the view is broken")

    @app.websocket("/ws")
    async def talk() -> None:
        await websocket.send("hello")

    return app


@pytest.mark.parametrize("path", PATHS)
def test_error_goes_to_the_server(path: str, caplog: pytest.LogCaptureFixture) -> None:
    """It escapes before anything was sent, so that the server's own 500 is a whole answer."""
    client = Client()

    async def main() -> None:
        with pytest.raises(LookupError, match="teardown is broken"):
            await make_app()(scope_of(path), client.receive, client.send)
        assert _cv_request.get(None) is None
        assert _cv_app.get(None) is None
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())
    assert client.answered.events == []
    logged = [record.getMessage() for record in caplog.records]
    assert logged == (["Exception on /fails [GET]"] if path == "/fails" else [])


def test_websocket_is_closed_before() -> None:
    """A WebSocket's client has been told of the end; the server logs the error."""
    peer = Peer()

    async def main() -> None:
        with pytest.raises(LookupError, match="teardown is broken"):
            await make_app()(websocket_scope(), peer.receive, peer.send)

    asyncio.run(main())
    assert (peer.types, peer.code) == (["accept", "send", "close"], 1000)
