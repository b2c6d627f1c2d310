"""WebSockets through real servers, from a client that is not ours."""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from serving import SERVERS, Server, within
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

WEBSOCKETS = {
    "uvicorn-websockets": SERVERS["uvicorn"] + " --ws websockets",
    "uvicorn-sansio": SERVERS["uvicorn-uvloop"] + " --ws websockets-sansio",
    "uvicorn-wsproto": SERVERS["uvicorn"] + " --ws wsproto",
    **{name: line for name, line in SERVERS.items() if not name.startswith("uvicorn")},
}


def connect_to(server: Server, path: str, **more: Any) -> Any:
    return connect(f"ws://127.0.0.1:{server.port}{path}", compression=None, **more)


@pytest.fixture(scope="module", params=list(WEBSOCKETS))
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Each server in turn, in a process of its own."""
    server = Server(request.param, WEBSOCKETS[request.param], "application:app")
    try:
        server.wait_until_it_serves()
        yield server
    finally:
        print(server.stop())


def run(coroutine: Any) -> Any:
    return within(20, coroutine)


@pytest.mark.parametrize(("path", "prefix"), [("/echo", ""), ("/plain/ada", "ada: ")])
def test_messages_come_back(server: Server, path: str, prefix: str) -> None:
    """Coroutines and plain functions receive and send, short messages and long ones."""

    async def main() -> None:
        async with connect_to(server, path) as ws:
            for message in ("one", "한국어", "x" * 1_000_000):
                await ws.send(message)
                assert await ws.recv() == prefix + message
            if not prefix:
                await ws.send(b"\x00\xff")
                assert await ws.recv() == b"\x00\xff"
        await server.until_noted(f"{path} NoneType")

    run(main())


def test_many_at_once(server: Server) -> None:
    """Connections do not disturb each other."""

    async def one(number: int) -> None:
        async with connect_to(server, "/plain/x" if number % 2 else "/echo") as ws:
            for _ in range(5):
                await ws.send(str(number))
                assert (await ws.recv()).endswith(str(number))

    async def main() -> None:
        await asyncio.gather(*[one(number) for number in range(50)])

    run(main())


def test_handshake(server: Server) -> None:
    """Subprotocol, headers and session cookie pass the server."""

    async def main() -> None:
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        url = f"http://127.0.0.1:{server.port}/login"
        cookie = opener.open(url).headers["Set-Cookie"].partition(";")[0]
        headers = {"Cookie": cookie, "Origin": f"http://127.0.0.1:{server.port}"}
        async with connect_to(
            server, "/chooses", subprotocols=["a", "b"], additional_headers=headers
        ) as ws:
            assert ws.subprotocol == "b"
            assert await ws.recv() == "ada"
            with pytest.raises(ConnectionClosed):
                await ws.recv()
            assert ws.close_code == 1000
            # COMPAT: granian drops the headers of accept().
            expected = None if server.name.startswith("granian") else "1"
            assert ws.response.headers.get("X-Room") == expected

    run(main())


@pytest.mark.parametrize("code", [1000, 1008, 1011, 3000, 4999])
def test_closing_codes(server: Server, code: int) -> None:
    """Code and reason reach the client."""

    async def main() -> None:
        async with connect_to(server, f"/closes/{code}") as ws:
            with pytest.raises(ConnectionClosed):
                await ws.recv()
            assert (ws.close_code, ws.close_reason) == (code, "because")

    run(main())


def test_error(server: Server) -> None:
    """An error closes an open WebSocket with 1011."""

    async def main() -> None:
        async with connect_to(server, "/fails") as ws:
            await ws.send("x")
            with pytest.raises(ConnectionClosed):
                await ws.recv()
            assert ws.close_code == 1011

    run(main())


REFUSED = [
    ("/refuses/401", None, 401),
    ("/refuses/503", None, 503),
    ("/none", None, 404),
    ("/fails-early", None, 500),
    ("/closes-early", None, 403),
    ("/echo", "http://evil.example", 403),
]


@pytest.mark.parametrize(("path", "origin", "status"), REFUSED)
def test_refused(server: Server, path: str, origin: str | None, status: int) -> None:
    """A refusal is an HTTP status."""
    if server.name == "gunicorn":  # it can refuse by no other
        status = 403

    async def main() -> None:
        headers = {"Origin": origin} if origin else {}
        with pytest.raises(InvalidStatus) as caught:
            await connect_to(server, path, additional_headers=headers)
        assert caught.value.response.status_code == status

    run(main())


def test_message_size(server: Server) -> None:
    """A message that is too long closes with 1009."""

    async def main() -> None:
        async with connect_to(server, "/echo") as ws:
            with pytest.raises(ConnectionClosed):
                await ws.send("x" * 3_000_000)
                await ws.recv()
            assert ws.close_code == 1009

    run(main())


def test_silent_client(server: Server) -> None:
    """A client that says nothing is closed with 1001."""

    async def main() -> None:
        await asyncio.to_thread(server.get, "/idle-timeout", data=b"")
        async with connect_to(server, "/idle") as ws:
            with pytest.raises(ConnectionClosed):
                await ws.recv()
            assert ws.close_code == 1001

    run(main())


def test_client_that_vanishes(server: Server) -> None:
    """A connection that breaks ends the handler, one that waits for something else too."""

    async def main() -> None:
        for path in ("/echo", "/waits"):
            ws = await connect_to(server, path)
            ws.transport.abort()
        await server.until_noted("/waits C")  # CancelledError, or trio's Cancelled

    run(main())


@pytest.mark.parametrize("path", ["/pushes", "/pushes-plainly"])
def test_client_that_vanishes_while_it_is_sent_to(server: Server, path: str) -> None:
    """Sending to a client that left is no error, in a coroutine and in a plain function."""

    async def main() -> None:
        ws = await connect_to(server, path)
        for _ in range(20):
            await ws.recv()
        ws.transport.abort()
        await server.until_noted(f"{path} ")
        noted = await asyncio.to_thread(server.get, "/noted")
        assert any(f"{path} {end}" in noted for end in ("NoneType", "CancelledError", "Cancelled"))

    run(main())


def test_plain_request(server: Server) -> None:
    """A request that is no handshake gets 400."""
    with pytest.raises(urllib.request.HTTPError) as caught:
        server.get("/echo")
    assert caught.value.code == 400
    caught.value.close()
