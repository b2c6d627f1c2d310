"""What a user's type checker sees of start, stop, tasks and events: checked by pyright, not run."""

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, assert_type

from flask import Blueprint, Flask, Response, ServerSentEvent, request, sse

app = Flask(__name__)
blueprint = Blueprint("blueprint", __name__)


@app.before_serving
def start() -> None: ...


@app.before_serving
async def start_on_loop() -> dict[str, int]:
    return {"number": 1}


@blueprint.after_app_serving
@app.after_serving
async def stop() -> None: ...


@app.while_serving
async def resource() -> AsyncIterator[None]:
    yield


@app.while_serving
def plain_resource() -> Iterator[dict[str, int]]:
    yield {"number": 1}


@app.while_serving
@asynccontextmanager
async def manager() -> AsyncGenerator[None]:
    yield


@blueprint.while_app_serving
@contextmanager
def plain_manager() -> Generator[None]:
    yield


async def task(number: int) -> None: ...


def program() -> None:
    with app.serving() as state:
        assert_type(state, dict[str, Any])


async def coroutine_program() -> None:
    async with app.serving() as state:
        assert_type(state, dict[str, Any])


@app.get("/events")
async def events() -> Response:
    app.add_background_task(task, 1)
    last = request.headers.get("Last-Event-ID", type=int, default=0)

    async def made() -> AsyncIterator[str | dict[str, Any] | ServerSentEvent]:
        yield "text"
        yield {"number": last}
        yield ServerSentEvent({"number": last}, event="number", id=last + 1, retry=1000)

    return sse(made(), heartbeat=None)


@app.get("/plain-events")
def plain_events() -> Response:
    def made() -> Iterator[ServerSentEvent]:
        yield ServerSentEvent("text", comment="comment")

    return assert_type(sse(made()), Response)


@app.get("/texts")
def texts() -> Response:
    return sse(str(number) for number in range(3))
