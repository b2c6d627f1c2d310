"""What the soak asks for under ASGI: every request has a mark, which nothing else may see.

Hooks, views, bodies and teardown functions, plain and async, compare the mark in ``g``, in a
context variable and in the request. ``/probe`` counts what is alive.
"""

import asyncio
import gc
import logging
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from benchmarks.asgi import ASGIApp
from benchmarks.processes import read_status
from flask import Blueprint, Flask, Response, g, request, sse, stream_with_context, websocket
from flask.lifecycle.bridge import Worker

PIECES = 8
GONE = "socket.send() raised exception."  # where a client that has just left is sent more
GRACE = 0.05  # seconds for views whose client has left
KINDS = ("RequestContext", "WebsocketContext", "AppContext")

mark: ContextVar[str] = ContextVar("mark")
crossed: list[str] = []
"""Where another request's mark was seen."""
unclosed: set[str] = set()
"""Requests that have begun without teardown, and bodies that have not been closed."""


def make_app(mode: str) -> ASGIApp:
    """Create the application; ``mode`` is that of ``ASGI_SYNC_VIEWS``."""
    app = Flask("soak", static_folder=None)
    logging.getLogger("asyncio").addFilter(lambda record: record.getMessage() != GONE)
    app.config.update(ASGI_SYNC_VIEWS=mode, ASGI_DISCONNECT_GRACE=GRACE)
    app.add_url_rule("/probe", view_func=probe)
    for blueprint in (make_plain(), make_async()):
        add_uploads(blueprint)
        app.register_blueprint(blueprint)
    return app.asgi_app


def begin() -> None:
    """Mark the request, which is new: no other's mark may be here."""
    own = request.headers["X-Mark"]
    compare(own, "", g.get("mark", ""), mark.get(""))
    g.mark = own
    mark.set(own)
    unclosed.add(own)


def check() -> str:
    """Return the request's mark, which has to be everywhere."""
    own = request.headers["X-Mark"]
    compare(own, own, g.get("mark", ""), mark.get(""))
    return own


def compare(own: str, wanted: str, *found: str) -> None:
    """Note it when another mark was found than the one that has to be there."""
    if set(found) != {wanted}:
        crossed.append(f"{request.method} {request.path} {own}: {found}, not {wanted!r}")


def end(error: BaseException | None) -> None:
    """Look at the mark once more; a request whose client left may have ended before it began."""
    own = request.headers["X-Mark"]
    if own in unclosed:
        check()
        unclosed.discard(own)


@contextmanager
def open_body() -> Iterator[None]:
    """Note that a body is open meanwhile."""
    body = f"body of {check()}"
    unclosed.add(body)
    try:
        yield
    finally:
        unclosed.discard(body)


async def pause() -> None:
    """Let others run."""
    await asyncio.sleep(0)


async def begin_async() -> None:
    """Mark the request on the loop."""
    await pause()
    begin()


async def end_async(error: BaseException | None) -> None:
    """Look at the mark on the loop."""
    end(error)
    await pause()


def make_plain() -> Blueprint:
    """Return views of which only the hooks around them are async."""
    plain = Blueprint("plain", __name__, url_prefix="/plain")
    plain.before_request(begin)
    plain.teardown_request(end_async)
    plain.before_websocket(begin_async)
    plain.teardown_websocket(end)

    @plain.get("/view")
    def view() -> str:
        return check()

    @plain.get("/slow")
    def slow() -> str:
        time.sleep(0.001)
        return check()

    @plain.get("/stream")
    def stream() -> Response:
        @stream_with_context
        def pieces() -> Iterator[str]:
            with open_body():
                for _ in range(PIECES):
                    yield f"{check()};"

        return Response(pieces())

    @plain.websocket("/ws")
    def echo() -> None:
        while True:
            websocket.send(f"{check()} {websocket.receive()}")

    return plain


def make_async() -> Blueprint:
    """Return coroutine functions as views, between hooks of both kinds."""
    views = Blueprint("async", __name__, url_prefix="/async")
    views.before_request(begin_async)
    views.before_request(lambda: check() and None)
    views.teardown_request(end)
    views.before_websocket(begin)
    views.teardown_websocket(end_async)

    @views.get("/view")
    async def view() -> str:
        await pause()
        return check()

    @views.get("/slow")
    async def slow() -> str:
        check()
        try:
            await asyncio.sleep(60)
        finally:
            check()
        return ""

    @views.websocket("/ws")
    async def echo() -> None:
        while True:
            await websocket.send(f"{check()} {await websocket.receive()}")

    add_streams(views)
    return views


def add_streams(views: Blueprint) -> None:
    """Add async streams: one that ends, and one that does not."""

    @views.get("/stream")
    async def stream() -> Response:
        @stream_with_context
        async def pieces() -> AsyncIterator[str]:
            with open_body():
                for _ in range(PIECES):
                    yield f"{check()};"
                    await pause()

        body: Any = pieces()
        return Response(body)

    @views.get("/events")
    async def events() -> Response:
        @stream_with_context
        async def marks() -> AsyncIterator[str]:
            with open_body():
                while True:
                    yield check()
                    await asyncio.sleep(0.001)

        return sse(marks())


def add_uploads(blueprint: Blueprint) -> None:
    """Add the views that read a body, in each way."""
    if blueprint.name == "plain":

        @blueprint.post("/upload")
        def upload() -> str:
            return f"{check()} {len(request.get_data())}"
    else:

        @blueprint.post("/upload")
        async def upload_async() -> str:
            length = sum([len(chunk) async for chunk in request.stream])
            return f"{check()} {length}"


def is_at_work(worker: Worker) -> bool:
    """Tell whether a worker has a request; what is parked for the next one has no context."""
    try:
        return worker.gr_context is not None
    except ValueError:  # it runs in another thread just now
        return True


async def probe() -> dict[str, Any]:
    """Count what is alive, this request left out, when what nobody refers to has gone."""
    gc.collect()
    alive = Counter(type(thing).__name__ for thing in gc.get_objects())
    own = 1  # the probe's own context, worker and task
    workers = [thing for thing in gc.get_objects() if isinstance(thing, Worker)]
    return {
        "crossed": len(crossed),
        "examples": crossed[:5],
        "unclosed": len(unclosed),
        "contexts": sum(alive[kind] for kind in KINDS) - own,
        "greenlets": sum(map(is_at_work, workers)) - own,
        "parked": len(workers) - own,
        "tasks": len(asyncio.all_tasks()) - own,
        "threads": threading.active_count(),
        "resident": read_status("VmRSS") or 0,
    }
