"""Event streams are written as the HTML standard reads them, and end with their client."""

from __future__ import annotations

import asyncio
import contextvars
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import FrozenInstanceError, dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import flask
from flask import Flask, Response, ServerSentEvent, g, request, sse
from flask.asgi.events import written
from flask.lifecycle.loops import new_event, sleep

from .driving import scope_of
from .looping import LOOPS, LoopClient, Started, ask, run

both_loops = pytest.mark.parametrize("loop", LOOPS)
variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable")


@dataclass
class Reader:
    """Reads a stream by the rules of the standard's "Interpreting an event stream"."""

    last_id: str = ""
    retry: int | None = None
    dispatched: list[tuple[str, str, str]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    def read(self, stream: bytes) -> Reader:
        text = stream.decode().removeprefix("\ufeff")
        *lines, incomplete = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        assert incomplete == ""
        data, kind, last_id = "", "", self.last_id
        for line in lines:
            name, colon, value = line.partition(":")
            value = value.removeprefix(" ")
            if line == "":
                self.last_id = last_id
                if data:
                    self.dispatched.append((kind or "message", data.removesuffix("\n"), last_id))
                data, kind = "", ""
            elif name == "" and colon:
                self.comments.append(value)
            elif name == "event":
                kind = value
            elif name == "data":
                data += f"{value}\n"
            elif name == "id" and "\0" not in value:
                last_id = value
            elif name == "retry" and value.isascii() and value.isdigit():
                self.retry = int(value)
        return self


def dumps(value: Any) -> str:
    return flask.json.dumps(value)


text = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\r\n: \0\u2028\x85"))
one_line = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"))
events = st.builds(
    ServerSentEvent,
    data=st.none() | text | st.dictionaries(text, text) | st.lists(st.integers()),
    event=st.none() | one_line,
    id=st.none() | one_line | st.integers(),
    retry=st.none() | st.integers(0, 10**9),
    comment=st.none() | text,
)


def lines_of(value: str) -> list[str]:
    return value.replace("\r\n", "\n").replace("\r", "\n").split("\n")


@given(st.lists(events | text))
def test_what_is_written_is_read(sent: list[ServerSentEvent | str]) -> None:
    """A reader that follows the standard gets every field back, whatever the text."""
    reader = Reader().read(b"".join(written(event, dumps) for event in sent))
    expected, comments, last_id, retry = [], [], "", None
    for event in sent:
        event = event if isinstance(event, ServerSentEvent) else ServerSentEvent(event)
        last_id = last_id if event.id is None else str(event.id)
        retry = retry if event.retry is None else event.retry
        if event.comment is not None:
            comments += lines_of(event.comment)
        if event.data is not None:
            data = event.data if isinstance(event.data, str) else dumps(event.data)
            expected.append((event.event or "message", "\n".join(lines_of(data)), last_id))
    assert reader.dispatched == expected
    assert reader.comments == comments
    assert (reader.last_id, reader.retry) == (last_id, retry)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"id": "a\0b"}, "NUL"),
        ({"id": "a\nb"}, "'id' of an event must be one line"),
        ({"event": "a\rb"}, "'event' of an event must be one line"),
        ({"retry": -1}, "milliseconds"),
        ({"retry": 1.5}, "milliseconds"),
        ({"retry": True}, "milliseconds"),
    ],
)
def test_what_browsers_would_drop_is_refused(fields: dict[str, Any], message: str) -> None:
    """A field that cannot be sent is an error where the event is made."""
    with pytest.raises(ValueError, match=message):
        ServerSentEvent(**fields)


def test_event_is_immutable() -> None:
    """An event may be sent to many clients."""
    with pytest.raises(FrozenInstanceError):
        ServerSentEvent("data").data = "other"  # type: ignore[misc]


@pytest.mark.parametrize("wrong", ["text", b"bytes", {"a": 1}, 3, None, len])
def test_what_is_no_stream_is_refused(app: Flask, wrong: Any) -> None:
    """A single event, or a function that was not called, is named at once."""
    with app.test_request_context(), pytest.raises(TypeError, match="iterable of events"):
        sse(wrong)


def test_heartbeat_is_above_zero(app: Flask) -> None:
    """Zero would be without end."""
    with app.test_request_context(), pytest.raises(ValueError, match="above 0"):
        sse([], heartbeat=0)


def test_wrong_event_is_named(app: Flask) -> None:
    """Only what JSON makes an object or array of, or text, is an event by itself."""
    with app.test_request_context(), pytest.raises(TypeError, match="not 3"):
        list(sse([3]).response)  # type: ignore[list-item]


@pytest.mark.parametrize("is_async", [True, False])
def test_response_under_wsgi(app: Flask, is_async: bool) -> None:
    """Both kinds of generators work under WSGI, async ones with a heartbeat."""

    @app.get("/<int:number>")
    def index(number: int) -> Response:
        def plain() -> Iterator[Any]:
            yield "first"
            yield {"path": request.path}

        async def coroutines() -> AsyncIterator[Any]:
            yield "first"
            await asyncio.sleep(0.01)
            yield {"path": request.path}

        return sse(coroutines() if is_async else plain(), heartbeat=0.002)

    response = app.test_client().get("/1")
    assert response.content_type == "text/event-stream; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.headers["X-Accel-Buffering"] == "no"
    reader = Reader().read(response.data)
    assert [data for _, data, _ in reader.dispatched] == ["first", '{"path": "/1"}']
    assert bool(reader.comments) == is_async


@both_loops
@pytest.mark.parametrize("is_async", [True, False])
def test_response_under_asgi(app: Flask, loop: str, is_async: bool) -> None:
    """Async and synchronous views may answer with events; the request's context is kept."""

    async def events() -> AsyncIterator[Any]:
        yield request.headers["Last-Event-ID"]
        await sleep(0)
        yield [request.path]

    def plain() -> Response:
        return sse(events())

    async def coroutine() -> Response:
        return sse(events())

    app.add_url_rule("/news", "news", coroutine if is_async else plain)

    async def main() -> None:
        answered = await ask(app.asgi_app, "/news", headers=[(b"last-event-id", b"7")])
        assert answered.pieces == [b"data: 7\n\n", b'data: ["/news"]\n\n']

    run(loop, main)


@both_loops
def test_heartbeat_loses_nothing(app: Flask, loop: str) -> None:
    """Comments go out while the generator waits, which is not interrupted."""
    notes: list[str] = []

    @app.get("/")
    async def index() -> Response:
        async def events() -> AsyncIterator[str]:
            nonlocal release
            release = new_event()
            variable.set(1)
            yield "before"
            try:
                await release.wait()
            except BaseException:
                notes.append("interrupted")
                raise
            assert variable.get() == 1
            yield "after"

        return sse(events(), heartbeat=0.001)

    release: Any = None

    async def main() -> None:
        client = LoopClient({"type": "http.request"})
        sent = client.answered
        task = Started(lambda: app.asgi_app(scope_of(), client.receive, client.send))
        await client.until(lambda: b"data: before\n\n" in sent.pieces)
        count = len(sent.pieces)
        await client.until(lambda: len(sent.pieces) > count + 2)
        release.set()
        await task.wait()
        data = [piece for piece in sent.pieces if piece != b":\n\n"]
        assert data == [b"data: before\n\n", b"data: after\n\n"]
        assert sent.pieces[count : count + 2] == [b":\n\n"] * 2
        assert task.error is None

    run(loop, main)
    assert notes == []


@both_loops
@pytest.mark.parametrize("heartbeat", [None, 0.001, 60])
@pytest.mark.parametrize("waits", [True, False])
def test_client_that_leaves_closes_the_generator(
    app: Flask, loop: str, heartbeat: float | None, waits: bool
) -> None:
    """Wherever it is, its ``finally`` runs, where it may await; then the request ends."""
    notes: list[str] = []

    @app.teardown_request
    def teardown(error: BaseException | None) -> None:
        notes.append("teardown")

    @app.get("/")
    async def index() -> Response:
        async def events() -> AsyncIterator[str]:
            try:
                while True:
                    yield "again"
                    await (new_event().wait() if waits else sleep(0))
            finally:
                notes.append(f"closed {request.path}")

        return sse(events(), heartbeat=heartbeat)

    async def main() -> None:
        client = LoopClient({"type": "http.request"})
        task = Started(lambda: app.asgi_app(scope_of(), client.receive, client.send))
        await client.until(lambda: client.answered.pieces)
        client.leave()
        await task.wait()

    run(loop, main)
    assert notes.count("closed /") == 1
    assert notes[-1] == "teardown"


@both_loops
def test_error_of_the_generator_ends_the_response(app: Flask, loop: str) -> None:
    """What the generator raises is seen as in any streamed body: by the server."""

    @app.get("/")
    async def index() -> Response:
        async def events() -> AsyncIterator[str]:
            yield "first"
            raise LookupError("gone")

        return sse(events())

    async def main() -> None:
        with pytest.raises(LookupError, match="gone"):
            await ask(app.asgi_app)

    run(loop, main)


@both_loops
def test_generator_calls_plain_code_that_waits(app: Flask, loop: str) -> None:
    """The generator may call synchronous functions at home, and code that waits for the body."""

    @app.post("/")
    async def index() -> Response:
        g.calls = 0

        def count() -> int:
            g.calls += 1
            calls: int = g.calls
            return calls

        async def events() -> AsyncIterator[str]:
            yield request.get_data(as_text=True)
            yield str(app.ensure_sync(count)())

        return sse(events())

    async def main() -> None:
        client = LoopClient({"type": "http.request", "body": b"body"})
        await app.asgi_app(scope_of(method="POST"), client.receive, client.send)
        assert client.answered.pieces == [b"data: body\n\n", b"data: 1\n\n"]

    run(loop, main)


@both_loops
def test_head_starts_nothing(app: Flask, loop: str) -> None:
    """A HEAD request has the headers, and the generator is closed unasked."""
    notes: list[str] = []

    @app.get("/")
    async def index() -> Response:
        async def events() -> AsyncIterator[str]:
            notes.append("started")
            yield "never"

        return sse(events())

    async def main() -> None:
        answered = await ask(app.asgi_app, method="HEAD")
        assert answered.headers[b"content-type"] == b"text/event-stream; charset=utf-8"
        assert answered.body == b""

    run(loop, main)
    assert notes == []


def test_names_are_loaded_late() -> None:
    """``import flask`` loads neither asyncio nor ASGI; touching ``sse`` does the latter."""
    program = (
        "import flask, sys\n"
        "assert not {'asyncio', 'greenlet', 'flask.asgi'} & set(sys.modules)\n"
        "from flask import ServerSentEvent, sse\n"
        "assert flask.sse is sse and 'flask.asgi.events' in sys.modules\n"
        "assert {'sse', 'ServerSentEvent'} < set(flask.__all__)\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert finished.stderr == ""
