"""How is an ASGI application called, checked and timed? Alike for every framework.

The counterpart of ``wsgi``, on asyncio's own event loop: ``open_app`` starts the application
as a server does, ``exchange`` makes one request, ``drive`` makes many and tells the time.
"""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from .workloads import Workload
from .wsgi import Answer, WrongAnswerError, verify

Scope = dict[str, Any]
Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]


def create_scope(workload: Workload) -> Scope:
    """Describe the workload's request as a server would."""
    headers = [
        (b"host", b"localhost"),
        (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"),
        (b"accept", b"text/html,application/xhtml+xml,*/*;q=0.8"),
        (b"accept-encoding", b"gzip, deflate, br"),
        (b"connection", b"keep-alive"),
    ]
    if workload.method == "POST":
        headers.append((b"content-type", workload.content_type.encode()))
        headers.append((b"content-length", b"%d" % len(workload.payload)))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": workload.method,
        "scheme": "http",
        "path": workload.path,
        "raw_path": workload.path.encode(),
        "query_string": workload.query.encode(),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 80),
    }


def make_receive(payload: bytes) -> Receive:
    """Return what gives the whole body, and then waits: the client stays.

    It must not give a disconnect after the body, and must not return at once again and again:
    some frameworks watch for the client's leaving while the view runs.
    """
    is_given = False

    async def receive():  # type: ignore[no-untyped-def]  # see make_send
        nonlocal is_given
        if is_given:
            await asyncio.get_running_loop().create_future()
        is_given = True
        return {"type": "http.request", "body": payload, "more_body": False}

    return receive


def make_send(events: list[Event]) -> Send:
    """Return what keeps the events of an answer."""
    keep = events.append

    # Without types: they would be evaluated for each request.
    async def send(event):  # type: ignore[no-untyped-def]
        keep(event)

    return send


@asynccontextmanager
async def open_app(app: ASGIApp) -> AsyncIterator[None]:
    """Let an application start, and at the end stop, by the protocol's lifespan events.

    One that raises instead has no use for them, as servers take it.
    """
    incoming: asyncio.Queue[Event] = asyncio.Queue()
    outgoing: asyncio.Queue[Event] = asyncio.Queue()

    async def live() -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
        with suppress(Exception):
            await app(scope, incoming.get, outgoing.put)
        await outgoing.put({"type": "the end"})

    life = asyncio.create_task(live())
    await incoming.put({"type": "lifespan.startup"})
    started = await outgoing.get()
    if started["type"] == "lifespan.startup.failed":
        raise WrongAnswerError(f"the application did not start: {started.get('message')}")
    yield
    await incoming.put({"type": "lifespan.shutdown"})
    await life


async def exchange(app: ASGIApp, scope: Scope, payload: bytes = b"") -> Answer:
    """Make one request and keep the answer.

    Raises:
        WrongAnswerError: The events are none of a whole answer.
    """
    events: list[Event] = []
    await app(dict(scope), make_receive(payload), make_send(events))
    kinds = [event["type"] for event in events]
    if kinds[:1] != ["http.response.start"] or set(kinds[1:]) != {"http.response.body"}:
        raise WrongAnswerError(f"{scope['path']}: the events of the answer are {kinds}")
    if any(event.get("more_body") for event in events[-1:]):
        raise WrongAnswerError(f"{scope['path']}: the answer has no end")
    headers = [(bytes(n).decode(), bytes(v).decode()) for n, v in events[0].get("headers", ())]
    return Answer(
        events[0]["status"], headers, b"".join(event.get("body", b"") for event in events[1:])
    )


async def prepare(app: ASGIApp, workload: Workload) -> Scope:
    """Return the scope that is sent each time, proven to be answered rightly.

    Raises:
        WrongAnswerError: The application does not answer as it must.
    """
    scope = create_scope(workload)
    verify(workload, await exchange(app, scope, workload.payload))
    return scope


async def drive(app: ASGIApp, scope: Scope, payload: bytes, count: int) -> tuple[float, float]:
    """Make ``count`` requests, one after the other; return CPU seconds and elapsed seconds.

    Each request gets its own scope, ``receive`` and ``send``. CPU time is that of the whole
    process, home threads included.
    """
    copy = scope.copy
    elapsed, spent = time.perf_counter(), time.process_time()
    for _ in itertools.repeat(None, count):
        await app(copy(), make_receive(payload), make_send([]))
    return time.process_time() - spent, time.perf_counter() - elapsed


async def measure(app: ASGIApp, scope: Scope, payload: bytes, seconds: float) -> dict[str, float]:
    """Warm up, find how many requests fill ``seconds`` of CPU time, and time them.

    Returns:
        Microseconds per request, of CPU time and elapsed; and how many were timed.
    """
    count = 16
    while (spent := (await drive(app, scope, payload, count))[0]) < seconds / 6:
        count *= 2
    count = max(1, round(count * seconds / spent))
    spent, elapsed = await drive(app, scope, payload, count)
    return {
        "microseconds": spent / count * 1e6,
        "elapsed": elapsed / count * 1e6,
        "requests": count,
    }
