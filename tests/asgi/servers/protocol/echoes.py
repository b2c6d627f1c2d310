"""The echoes that are compared: one of bare ASGI, and two of ours, in a coroutine and plainly.

``app`` is what the servers serve; the path says which echo answers.
"""

from __future__ import annotations

import asyncio
from typing import Any

from flask import Flask, g, request, websocket

ours = Flask("echoes", static_folder=None)


@ours.websocket("/coroutine")
async def echo() -> None:
    while True:
        await websocket.send(await websocket.receive())


@ours.websocket("/plain")
def echo_plainly() -> None:
    while True:
        websocket.send(websocket.receive())


@ours.route("/")
def index() -> str:
    return "here"


@ours.post("/upload")
async def upload() -> str:
    found = g.get("mark", "nothing")
    g.mark = request.args["mark"]
    async for _ in request.stream:
        await asyncio.sleep(0)
    return found


async def bare(receive: Any, send: Any) -> None:
    """Send back what comes, by nothing but the events of the protocol."""
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        text = event.get("text")
        key, data = ("bytes", event["bytes"]) if text is None else ("text", text)
        await send({"type": "websocket.send", key: data})


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "websocket" and scope["path"] == "/bare":
        await bare(receive, send)
    else:
        await ours(scope, receive, send)
