"""How does a view send events to a browser's EventSource? As ``sse(events)``, a text stream.

SPEC: HTML, "Server-sent events" (§9.2.5 and 9.2.6: what a stream is, and how it is read).
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from contextlib import aclosing
from contextvars import copy_context
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask.coroutines import AsyncBody, shielded
from flask.globals import current_app
from flask.helpers import stream_with_context
from flask.lifecycle.bridge import Job, active_worker, begin, wait
from flask.lifecycle.loops import current_loop, new_event, wait_for_event

if TYPE_CHECKING:
    from flask.wrappers import Response

HEARTBEAT = b":\n\n"
_LINE_ENDS = re.compile(r"\r\n|\r|\n")  # str.splitlines() knows more, which are text here


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event of a stream that :func:`flask.sse` sends, in UTF-8.

    Args:
        data: A text, also of several lines; other values are sent as JSON. Without data the
            browser dispatches no event, and only notes ``id`` and ``retry``.
        event: The type that a listener is added for; ``message`` when there is none.
        id: What the browser sends back as ``Last-Event-ID`` when it connects again.
        retry: Milliseconds that the browser waits before it connects again.
        comment: A text that the browser ignores.

    Raises:
        ValueError: ``event`` or ``id`` has more than one line, ``id`` a NUL character, or
            ``retry`` is no whole number from 0.

    Since: 3.1.3+dewar.2; source: HTML, "Server-sent events" §9.2.6.
    """

    data: Any = None
    event: str | None = None
    id: str | int | None = None
    retry: int | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        for name in ("event", "id"):
            value = getattr(self, name)
            if value is not None and _LINE_ENDS.search(str(value)):
                raise ValueError(f"{name!r} of an event must be one line: {value!r}.")
        if self.id is not None and "\0" in str(self.id):
            raise ValueError(f"Browsers ignore an 'id' with a NUL character: {self.id!r}.")
        if self.retry is not None and (type(self.retry) is not int or self.retry < 0):
            raise ValueError(f"'retry' must be a number of milliseconds from 0: {self.retry!r}.")


Event = str | dict[str, Any] | list[Any] | ServerSentEvent


def sse(events: AsyncIterable[Event] | Iterable[Event], heartbeat: float | None = 15.0) -> Response:
    """Return a response that sends events as they come (``text/event-stream``).

    ::

        @app.get("/news")
        async def news():
            last = request.headers.get("Last-Event-ID", type=int, default=0)

            async def events():
                async for number, text in news_after(last):
                    yield ServerSentEvent({"text": text}, id=number)

            return sse(events())

    The request context lasts as long as the stream. When the client leaves, the generator is
    closed: its ``finally`` runs. A browser that connects again sends the last event's ``id`` in
    ``request.headers["Last-Event-ID"]``.

    Args:
        events: A generator, best an async one, or another iterable. A string is an event's data,
            dicts and lists are sent as JSON by ``app.json``, :class:`ServerSentEvent` has it all;
            anything else is a :exc:`TypeError` in the middle of the stream.
        heartbeat: Send a comment when there was no event for so many seconds, which keeps proxies
            from closing the connection; ``None`` for never. The generator is not disturbed: it
            runs in a task of its own. A synchronous one cannot be watched while it waits, so it
            has no heartbeat: let it yield ``ServerSentEvent(comment="")`` from time to time.

    Raises:
        TypeError: ``events`` is no iterable of events.
        ValueError: ``heartbeat`` is not above 0.

    Since: 3.1.3+dewar.2; source: HTML, "Server-sent events".
    """
    if heartbeat is not None and not heartbeat > 0:
        raise ValueError(f"'heartbeat' must be seconds above 0, or None: {heartbeat!r}.")
    _refuse_other_than_iterables(events)
    app = current_app
    body: Any
    pieces: Any
    if isinstance(events, AsyncIterable):
        pieces = _written_by_coroutines(events, app.json.dumps)
        pieces = stream_with_context(pieces)
        if heartbeat is not None:
            pieces = _Pulse(pieces, heartbeat)
        body = AsyncBody(pieces, app.async_to_sync)
    else:
        body = stream_with_context(_written(events, app.json.dumps))
    response = app.response_class(body, content_type="text/event-stream; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Accel-Buffering"] = "no"  # nginx would collect a few kilobytes first
    return response


def _refuse_other_than_iterables(events: Any) -> None:
    if isinstance(events, (str, bytes, dict)) or not isinstance(events, Iterable | AsyncIterable):
        raise TypeError(
            f"'events' must be an iterable of events, such as a generator: {events!r} is none."
            " Call a generator function; put a single event in a list."
        )


def _written(events: Iterable[Event], dumps: Callable[[Any], str]) -> Iterator[bytes]:
    try:
        for event in events:
            yield written(event, dumps)
    finally:
        close = getattr(events, "close", None)
        if close is not None:
            close()


async def _written_by_coroutines(
    events: AsyncIterable[Event], dumps: Callable[[Any], str]
) -> AsyncIterator[bytes]:
    iterator = aiter(events)
    try:
        async for event in iterator:
            yield written(event, dumps)
    finally:
        aclose = getattr(iterator, "aclose", None)
        if aclose is not None:
            await aclose()


def written(event: Event, dumps: Callable[[Any], str]) -> bytes:
    """Return an event as a stream has it.

    Args:
        event: A string is data.
        dumps: Makes JSON.

    Raises:
        TypeError: It is no event.
    """
    if not isinstance(event, ServerSentEvent):
        if not isinstance(event, (str, dict, list)):
            raise TypeError(
                f"An event is a str, a dict, a list or a ServerSentEvent, not {event!r}."
            )
        event = ServerSentEvent(event)
    lines: list[str] = []
    if event.comment is not None:
        lines += [f": {line}" if line else ":" for line in _LINE_ENDS.split(event.comment)]
    if event.event is not None:
        lines.append(f"event: {event.event}")
    if event.id is not None:
        lines.append(f"id: {event.id}")
    if event.retry is not None:
        lines.append(f"retry: {event.retry}")
    if event.data is not None:
        data = event.data if isinstance(event.data, str) else dumps(event.data)
        lines += [f"data: {line}" for line in _LINE_ENDS.split(data)]
    return "\n".join([*lines, "", ""]).encode()


class _Pulse:
    """Iterates pieces as they come, with a heartbeat in between when none comes.

    What makes them runs in one task of its own, from its first step to its last, so that waiting
    for a piece can be left and taken up again. It runs only while the next piece is wanted.

    Args:
        pieces: An async generator.
        seconds: After which time without a piece there is a heartbeat.
    """

    _cancel: Callable[[], object] | None = None
    _error: BaseException | None = None
    _is_asked = _has_ended = False
    _piece = b""
    _came: Any
    _wanted: Any

    def __init__(self, pieces: Any, seconds: float) -> None:
        self._pieces = pieces
        self._seconds = seconds

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._cancel is None:
            self._begin()
        if not self._is_asked:
            self._is_asked = True
            self._wanted.set()
        if not await wait_for_event(self._came, self._seconds):
            return HEARTBEAT
        if self._has_ended:
            self._raise_error()
            raise StopAsyncIteration
        self._is_asked = False
        self._came = new_event()
        return self._piece

    async def aclose(self) -> None:
        """End what makes the pieces, and wait for its end."""
        if self._cancel is not None and not self._has_ended:
            self._cancel()
            with shielded():
                while not self._has_ended:
                    await self._came.wait()
                    self._came = new_event()
        await self._pieces.aclose()  # what never began
        self._raise_error()

    def _begin(self) -> None:
        self._wanted, self._came = new_event(), new_event()
        worker = active_worker()
        home = None if worker is None else worker.home

        async def run() -> None:
            job = begin(home, lambda: wait(self._make()))
            if type(job) is Job:
                await job

        self._cancel = current_loop().spawn(run, copy_context(), self._end)

    async def _make(self) -> None:
        try:
            async with aclosing(self._pieces) as pieces:
                while True:
                    await self._wanted.wait()
                    self._wanted = new_event()
                    self._piece = await anext(pieces)
                    self._came.set()
        except StopAsyncIteration:
            pass
        except Exception as error:  # noqa: BLE001 - raised where the pieces are iterated
            self._error = error

    def _end(self) -> None:
        self._has_ended = True
        self._came.set()

    def _raise_error(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            try:
                raise error
            finally:
                del error  # its traceback holds this frame
