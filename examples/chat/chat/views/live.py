"""The two ways to hear a room: a WebSocket, and an event stream for where none can be opened.

Coroutines, as they wait most of the time: a thousand open ones need no thread. What waits for the
database is called in a thread.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from flask import Blueprint, Response, ServerSentEvent, current_app, request, sse, websocket
from werkzeug.exceptions import BadRequest

from .. import feed
from ..identity import Person, require_person
from ..posting import RefusedError, say

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

blueprint = Blueprint("live", __name__, url_prefix="/rooms/<room:room>")

REFUSED = 4000  # the closing code of a WebSocket whose browser should not come back
RETRY = 2000  # milliseconds until a browser opens a stream again


@blueprint.websocket("/socket")
async def socket(room: str) -> None:
    """Talk with one browser: one task hears the room, the other what the browser says.

    The first that ends ends both; who left raised WebsocketDisconnected, which the framework takes
    as the end it is.
    """
    person = require_person()  # else the handshake is refused
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(hear(room, person))
        tasks.create_task(speak(room, person))


async def hear(room: str, person: Person) -> None:
    """Send what happens in the room; close the WebSocket when that has ended."""
    code = 1012  # "service restart": the browser comes back
    async with aclosing(feed.listen(room, person, last_seen())) as events:
        async for event in events:
            await websocket.send_json(event)
            if event["type"] == "refused":
                code = REFUSED
    await websocket.close(code)


async def speak(room: str, person: Person) -> None:
    """Say what the browser sends, and answer what is refused."""
    while True:
        try:
            sent = await websocket.receive_json()
            await asyncio.to_thread(say, room, person, sent)
        except BadRequest:
            await websocket.close(1007)  # no JSON: none of our pages sent it
        except RefusedError as refused:
            await websocket.send_json(refused.as_event())


@blueprint.get("/events")
async def events(room: str) -> Response:
    """Send what happens in the room as server-sent events."""
    person = require_person()
    after = last_seen()

    async def stream() -> AsyncGenerator[ServerSentEvent, None]:
        yield ServerSentEvent(retry=RETRY)
        async with aclosing(feed.listen(room, person, after)) as events:
            async for event in events:
                yield ServerSentEvent(event, id=event.get("id"))

    return sse(stream(), heartbeat=current_app.config["HEARTBEAT"])


def last_seen() -> int | None:
    """Return the number of the last message that this browser has, if it says so.

    An event stream that broke is opened again by the browser itself, with that header.
    """
    header = request.headers.get("Last-Event-ID", type=int)
    return request.args.get("after", type=int) if header is None else header
