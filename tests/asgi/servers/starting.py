"""What has a start, a stop and event streams; ``served_lifespan.py`` serves it.

It notes what happens in a file, because after its end nobody can ask it.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from flask import Flask, Response, request, sse

app = Flask(__name__, static_folder=None)
NOTES = os.environ.get("NOTES", "")


def note(text: str) -> None:
    with Path(NOTES).open("a", encoding="utf-8") as file:
        file.write(f"{text}\n")


@app.while_serving
async def resource() -> AsyncIterator[dict[str, str]]:
    note("resource")
    yield {"name": "resource"}
    note("/resource")


@app.before_serving
def start() -> None:
    note(f"start {threading.current_thread() is threading.main_thread()}")
    if "FAILS" in os.environ:
        raise RuntimeError("cannot start")


@app.after_serving
async def stop() -> None:
    note("stop")


async def sleep(seconds: float) -> None:
    if "trio" in sys.modules and sys.modules["trio"].lowlevel.in_trio_run():
        await sys.modules["trio"].sleep(seconds)
    else:
        await asyncio.sleep(seconds)


async def task(text: str) -> None:
    await sleep(0.3)
    note(text)


@app.get("/")
async def index() -> dict[str, Any]:
    app.add_background_task(task, "async task")
    app.add_background_task(note, "sync task")
    scope = request.environ.get("asgi.scope", {})
    state = scope.get("state", {})
    seen = {"name": state.get("name"), "dirt": state.get("dirt")}
    state["dirt"] = "left by a request"
    return seen


@app.get("/events")
async def events() -> Response:
    async def counts() -> AsyncIterator[str]:
        try:
            yield "first"
            await sleep(1000)
        finally:
            note(f"closed {request.path}")

    return sse(counts(), heartbeat=0.1)


@app.get("/plain-events")
def plain_events() -> Response:
    def counts() -> Iterator[str]:
        try:
            while True:
                yield "again"
                time.sleep(0.05)
        finally:
            note(f"closed {request.path}")

    return sse(counts())
