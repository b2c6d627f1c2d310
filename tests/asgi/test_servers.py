"""What servers do differently, with stand-ins for them; ``servers`` has the real ones."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest

from flask import Flask, Response, request, websocket

from .driving import Answered, Client, scope_of
from .sockets import Peer, websocket_scope


def test_entry_is_seen_as_asgi_3(app: Flask) -> None:
    """Servers look for a coroutine function: uvicorn takes a method for ASGI 2."""
    for entry in (app.asgi_app, type("Own", (Flask,), {"asgi_app": serve})("own").asgi_app):
        assert not inspect.isroutine(entry)
        assert asyncio.iscoroutinefunction(entry.__call__)
        assert list(inspect.signature(entry).parameters)[:3] == ["scope", "receive", "send"]
    assert app.asgi_app is app.asgi_app


async def serve(self: Any, scope: Any, receive: Any, send: Any) -> None:
    """Stand for a subclass's ``asgi_app``."""


class Iterating:
    """What granian's functions return: its ``__await__`` gives an iterator, no generator."""

    def __init__(self, awaitable: Awaitable[Any]) -> None:
        self._steps = awaitable.__await__()

    def __await__(self) -> Iterator[Any]:
        return self

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return next(self._steps)


def iterating(function: Callable[..., Awaitable[Any]]) -> Callable[..., Iterating]:
    return lambda *args: Iterating(function(*args))


async def twice(pieces: Any) -> AsyncIterator[str]:
    for piece in pieces:
        yield piece


@pytest.mark.parametrize("path", ["/async", "/sync"])
def test_awaitables_that_only_iterate(app: Flask, path: str) -> None:
    """Bodies are received and sent by awaitables that can be iterated and no more."""

    @app.post("/async")
    async def coroutine() -> Response:
        first = await anext(aiter(request.stream))
        return Response(twice([first.decode(), request.get_data(as_text=True)]))

    @app.post("/sync")
    def plain() -> Response:
        return Response(iter([request.stream.read(3), request.get_data()]))

    async def main() -> Answered:
        client = Client(b"one", b"two")
        scope = scope_of(path, "POST")
        async with asyncio.timeout(10):
            await app(scope, iterating(client.receive), iterating(client.send))
        return client.answered

    assert asyncio.run(main()).pieces[:2] == [b"one", b"two"]


@pytest.mark.parametrize("is_async", [True, False])
def test_websocket_of_awaitables_that_only_iterate(app: Flask, is_async: bool) -> None:
    """Messages are received and sent in the same way."""

    @app.websocket("/ws")
    async def coroutine() -> None:
        await websocket.send(await websocket.receive())

    def plain() -> None:
        websocket.send(websocket.receive())

    if not is_async:
        app.view_functions["coroutine"] = plain

    async def main() -> Peer:
        peer = Peer("back")
        async with asyncio.timeout(10):
            await app(websocket_scope(), iterating(peer.receive), iterating(peer.send))
        return peer

    peer = asyncio.run(main())

    assert (peer.texts, peer.code) == (["back"], 1000)


class Stubborn(asyncio.Task[None]):
    """A task of granian's ``--task-impl rust``: to cancel it does nothing."""

    def cancel(self, msg: Any | None = None) -> bool:
        return False


def test_task_that_cannot_be_cancelled(app: Flask) -> None:
    """A view whose client has left is cancelled, although the server's task cannot be."""
    app.config["ASGI_DISCONNECT_GRACE"] = 0.0
    ended: list[str] = []

    @app.get("/")
    async def index() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise
        return ""

    async def main() -> None:
        client = Client(leaves=True)
        coroutine = app(scope_of(), client.receive, client.send)
        async with asyncio.timeout(10):
            await Stubborn(coroutine, loop=asyncio.get_running_loop())
        assert client.answered.events == []

    asyncio.run(main())

    assert ended == ["cancelled"]


def test_websocket_in_a_task_that_cannot_be_cancelled(app: Flask) -> None:
    """A handler that waits elsewhere is cancelled in the same way, one that is silent closed."""
    app.config.update(ASGI_DISCONNECT_GRACE=0.0, WEBSOCKET_IDLE_TIMEOUT=0.01)
    ended: list[str] = []

    @app.websocket("/waits")
    async def waits() -> None:
        try:
            await websocket.accept()
            await asyncio.Event().wait()
        finally:
            ended.append("waits")

    @app.websocket("/silent")
    async def silent() -> None:
        await websocket.receive()

    async def talk(path: str, *, leaves: bool) -> Peer:
        peer = Peer()
        if leaves:
            peer.leave()
        coroutine = app(websocket_scope(path), peer.receive, peer.send)
        async with asyncio.timeout(10):
            await Stubborn(coroutine, loop=asyncio.get_running_loop())
        return peer

    asyncio.run(talk("/waits", leaves=True))
    assert ended == ["waits"]
    peer = asyncio.run(talk("/silent", leaves=False))
    assert peer.code == 1001
    assert not peer.was_receiving_at_close


@pytest.mark.parametrize("can_refuse", [True, False])
def test_refusal_is_one_event_of_body(app: Flask, can_refuse: bool) -> None:
    """A handshake is refused by a start and a whole body: granian reads no second one."""
    app.websocket("/ws")(lambda: ("long " * 100_000, 401))

    async def main() -> Peer:
        peer = Peer()
        scope = websocket_scope(can_refuse=can_refuse)
        await app(scope, peer.receive, peer.send)
        return peer

    peer = asyncio.run(main())

    if can_refuse:
        assert (peer.status, peer.body) == (401, "long " * 100_000)
        assert peer.sent[1]["more_body"] is False
    else:
        assert peer.status == 403


def test_close_waits_for_no_receive(app: Flask) -> None:
    """A handler that ends while a task of it receives closes: granian closes none that receives."""
    peer = Peer()

    @app.websocket("/ws")
    async def handler() -> None:
        await websocket.accept()
        receiving = asyncio.ensure_future(websocket.receive())
        while not peer.is_receiving:  # noqa: ASYNC110 - a server tells nobody
            await asyncio.sleep(0)
        receiving.cancel()

    async def main() -> None:
        async with asyncio.timeout(10):
            await app(websocket_scope(), peer.receive, peer.send)

    asyncio.run(main())

    assert peer.types == ["accept", "close"]
    assert not peer.was_receiving_at_close


@pytest.mark.parametrize("raw", [b"q=\xff", b"\x80=%80", b"\xc3\xa9=1&q=\xc3", b"%", b"q=%u1234"])
@pytest.mark.parametrize("how", ["async", "sync"])
def test_raw_bytes_in_the_query(app: Flask, raw: bytes, how: str) -> None:
    """Bytes that no URL may have come from servers all the same, and are no error."""

    def plain() -> dict[str, Any]:
        return {**request.args, "url": request.url, "full": request.full_path}

    async def coroutine() -> dict[str, Any]:
        return plain()

    app.add_url_rule("/", "index", coroutine if how == "async" else plain)

    async def main() -> Answered:
        client = Client()
        await app(scope_of(query_string=raw), client.receive, client.send)
        return client.answered

    assert asyncio.run(main()).status == 200
