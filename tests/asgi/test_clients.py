"""Clients that others wrote for ASGI drive the application as it is."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from flask import Flask, Response, redirect, request, session, url_for, websocket


@pytest.fixture
def shop(app: Flask) -> Flask:
    """An application with a bit of everything."""

    @app.get("/plain")
    def plain() -> str:
        return request.args.get("name", "nobody")

    @app.post("/json")
    async def json() -> dict[str, Any]:
        await asyncio.sleep(0)
        return {"got": request.json}

    @app.post("/form")
    def form() -> dict[str, Any]:
        return {"a": request.form["a"], "file": request.files["file"].read().decode()}

    @app.get("/stream")
    def stream() -> Response:
        def pieces() -> Iterator[str]:
            yield from ("one ", "two ", "three")

        return Response(pieces())

    @app.get("/count")
    async def count() -> dict[str, int]:
        session["count"] = session.get("count", 0) + 1
        return {"count": session["count"]}

    @app.get("/away")
    def away() -> Any:
        return redirect("/plain?name=back")

    @app.get("/fail")
    def fail() -> str:
        raise ZeroDivisionError

    return app


EXPECTED = {
    ("GET", "/plain?name=Ada"): (200, "Ada"),
    ("GET", "/stream"): (200, "one two three"),
    ("GET", "/away"): (200, "back"),
    ("GET", "/missing"): (404, None),
    ("POST", "/plain"): (405, None),
}


@pytest.mark.parametrize("called", ["app.asgi_app", "app"])
def test_httpx(shop: Flask, called: str) -> None:
    """httpx.ASGITransport gets what a server would send, cookies and redirects included."""
    # It calls with three arguments, which the application itself takes too.
    transport = httpx.ASGITransport(app=shop.asgi_app if called == "app.asgi_app" else shop)  # type: ignore[arg-type]

    async def main() -> None:
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost", follow_redirects=True
        ) as client:
            for (method, path), (status, text) in EXPECTED.items():
                response = await client.request(method, path)
                assert response.status_code == status
                assert text in {None, response.text}
            assert (await client.post("/json", json=[1])).json() == {"got": [1]}
            files = {"file": ("a.txt", io.BytesIO(b"text"))}
            answered = await client.post("/form", data={"a": "b"}, files=files)
            assert answered.json() == {"a": "b", "file": "text"}
            await client.get("/count")
            assert (await client.get("/count")).json() == {"count": 2}
            with pytest.raises(ZeroDivisionError):
                await client.get("/fail")

    asyncio.run(main())


@pytest.mark.parametrize("called", ["app.asgi_app", "app"])
def test_starlette(shop: Flask, called: str) -> None:
    """Starlette's TestClient, plain code with a loop of its own, does too."""
    # It takes the application itself for one of ASGI 2.
    application: Any = shop.asgi_app if called == "app.asgi_app" else shop
    client = TestClient(application, base_url="http://localhost")
    for (method, path), (status, text) in EXPECTED.items():
        response = client.request(method, path)
        assert response.status_code == status
        assert text in {None, response.text}
    assert client.post("/json", json=[1]).json() == {"got": [1]}
    files = {"file": ("a.txt", io.BytesIO(b"text"))}
    answered = client.post("/form", data={"a": "b"}, files=files)
    assert answered.json() == {"a": "b", "file": "text"}
    client.get("/count")
    assert client.get("/count").json() == {"count": 2}
    with pytest.raises(ZeroDivisionError):
        client.get("/fail")
    shop.testing = False
    assert TestClient(shop.asgi_app, raise_server_exceptions=False).get("/fail").status_code == 500


def test_starlettes_lifespan_and_websockets(app: Flask) -> None:
    """Starlette's client starts and stops the application, and opens its WebSockets."""
    seen: list[str] = []
    app.before_serving(lambda: seen.append("start"))
    app.after_serving(lambda: seen.append("stop"))

    @app.websocket("/ws")
    async def echo() -> None:
        await websocket.accept(subprotocol=websocket.requested_subprotocols[0])
        await websocket.send(await websocket.receive())
        await websocket.close(3000, "enough")

    app.websocket("/closed")(lambda: ("no", 401))

    with TestClient(app.asgi_app) as client:
        with client.websocket_connect("/ws", subprotocols=["v1"]) as ws:
            ws.send_bytes(b"\x00")
            assert (ws.accepted_subprotocol, ws.receive_bytes()) == ("v1", b"\x00")
            with pytest.raises(WebSocketDisconnect) as left:
                ws.receive_text()
            assert (left.value.code, left.value.reason) == (3000, "enough")
        with pytest.raises(WebSocketDenialResponse) as refused, client.websocket_connect("/closed"):
            raise AssertionError("it was refused")
        assert (refused.value.status_code, refused.value.text) == (401, "no")
        assert seen == ["start"]
    assert seen == ["start", "stop"]


def test_mounted_below_a_path(app: Flask) -> None:
    """As a part of another ASGI application it knows its prefix, for WebSockets too."""

    @app.get("/book/<int:id>")
    async def book(id: int) -> list[str]:
        return [request.script_root, request.path, url_for("book", id=2)]

    @app.websocket("/ws")
    async def echo() -> None:
        await websocket.send(f"{await websocket.receive()} {url_for('book', id=3)}")

    client = TestClient(Starlette(routes=[Mount("/old", app=app.asgi_app)]))

    assert client.get("/old/book/1").json() == ["/old", "/book/1", "/old/book/2"]
    with client.websocket_connect("/old/ws") as ws:
        ws.send_text("see")
        assert ws.receive_text() == "see /old/book/3"
