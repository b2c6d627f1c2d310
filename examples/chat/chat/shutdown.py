"""How open connections end when the server stops.

A server that is told to stop takes no new connections and waits for the open ones; only when
these have ended does it tell the application (``after_serving``). An event stream never ends by
itself, so that would be never. Here the application hears the signal itself, at the same time
as its server, and closes the rooms.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from flask import Flask

SIGNALS = (signal.SIGINT, signal.SIGTERM)  # Ctrl-C, and what service managers send


def init_app(app: Flask) -> None:
    """Open the rooms when the server starts, and close them when it is told to stop."""
    rooms = app.extensions["chat.rooms"]

    @app.while_serving
    async def keep_open() -> AsyncIterator[None]:
        rooms.open()
        loop = asyncio.get_running_loop()
        # Not at once: a signal comes in the middle of any code, such as Rooms with its lock.
        with calling_at_signals(lambda: loop.call_soon_threadsafe(rooms.close)):
            yield
        rooms.close()


@contextmanager
def calling_at_signals(function: Callable[[], object]) -> Iterator[None]:
    """Call a function when the process is told to stop, before the server's own handler.

    Where signals belong to somebody else, in a thread that is not the main one, nothing is done.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handlers: dict[int, Any] = {}  # those that were there before

    def handle(number: int, frame: Any) -> None:
        function()
        handler = handlers[number]
        if callable(handler):
            handler(number, frame)
        elif handler == signal.SIG_DFL:
            signal.signal(number, handler)
            signal.raise_signal(number)

    for number in SIGNALS:
        handlers[number] = signal.signal(number, handle)
    try:
        yield
    finally:
        for number in SIGNALS:
            signal.signal(number, handlers[number])
