"""A small sample of `make soak-asgi`: many requests at once, of which nothing stays or crosses."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from typing import Any

import pytest
from benchmarks.apps import flask_asgi_soak as soak

from .driving import Client, Event, ask, scope_of
from .sockets import Peer, websocket_scope

AT_ONCE, REQUESTS, ASGI_THREADS = 40, 600, 40
VIEWS = ("/plain/view", "/plain/slow", "/async/view", "/plain/stream", "/async/stream")
LEFT = ("/plain/stream", "/async/stream", "/async/events", "/async/slow", "/plain/slow")
UPLOADS = ("/plain/upload", "/async/upload")
SOCKETS = ("/plain/ws", "/async/ws")


async def visit(app: Any, path: str, mark: str, *chunks: bytes, stays: bool = True) -> None:
    """Make a request, and leave after the first piece of its answer or while the view works."""
    client = Client(*chunks, leaves=bool(chunks) and not stays)

    async def leave(event: Event) -> None:
        if not stays and event.get("body"):
            client.left.set()

    client.on_send = leave
    if not stays and path.endswith("slow"):
        client.left.set()
    method = "POST" if chunks else "GET"
    scope = scope_of(path, method, headers=[(b"x-mark", mark.encode())])
    await app(scope, client.receive, client.send)
    if stays:
        answered = client.answered.text.rstrip(";")
        assert {part.split()[0] for part in answered.split(";")} == {mark}


async def talk(app: Any, path: str, mark: str, cut_after: int | None) -> None:
    """Open a WebSocket, send two messages, and leave."""
    peer = Peer("0", "1", cut_after=cut_after)
    scope = websocket_scope(path, headers=[(b"x-mark", mark.encode())])
    if cut_after is None:
        serving = asyncio.create_task(app(scope, peer.receive, peer.send))
        await peer.until(3)
        peer.leave()
        await serving
        assert peer.texts == [f"{mark} 0", f"{mark} 1"]
    else:
        with suppress(OSError):
            await app(scope, peer.receive, peer.send)


def visits(app: Any) -> Iterator[Coroutine[Any, Any, None]]:
    """Give visits of all kinds in turn, each with a mark of its own."""
    marks = (f"mark-{number}" for number in itertools.count())
    while True:
        for path in VIEWS:
            yield visit(app, path, next(marks))
        for path in LEFT:
            yield visit(app, path, next(marks), stays=False)
        for path in UPLOADS:
            yield visit(app, path, next(marks), b"x" * 1000, b"y" * 1000)
            yield visit(app, path, next(marks), b"x", stays=False)
        for path, cut_after in itertools.product(SOCKETS, (None, 1, 4)):
            yield talk(app, path, next(marks), cut_after)


@pytest.mark.parametrize("mode", ["thread", "inline"])
def test_nothing_stays_and_nothing_crosses(mode: str) -> None:
    """Contexts, greenlets, tasks and threads end with their requests; marks stay with theirs."""
    app = soak.make_app(mode)
    soak.crossed.clear()
    soak.unclosed.clear()

    async def count() -> dict[str, int]:
        counted: dict[str, int] = json.loads((await ask(app, "/probe")).text)
        return counted

    async def main() -> None:
        before = await count()  # what other tests have left
        coming = itertools.islice(visits(app), REQUESTS)

        async def visitor() -> None:
            for each in coming:
                await asyncio.wait_for(asyncio.create_task(each), 30)  # a task each, as servers do

        await asyncio.gather(*(visitor() for _ in range(AT_ONCE)))
        assert soak.crossed == []
        assert soak.unclosed == set()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        after = await count()
        assert after["contexts"] <= before["contexts"]
        assert after["greenlets"] <= before["greenlets"]
        assert after["threads"] <= before["threads"] + ASGI_THREADS

    asyncio.run(main())
