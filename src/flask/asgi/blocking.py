"""Which view keeps the event loop from everybody else? In debug mode the log names it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask.app import Flask

LONGEST = 0.1  # seconds that nobody minds


class LoopTimer:
    """Measures how long the code of one request holds the loop at a time.

    Args:
        app: Its log is told, once for a request.
        describe: Returns what the request's code is called.
    """

    def __init__(self, app: Flask, describe: Callable[[], str]) -> None:
        self._app, self._describe = app, describe
        self._has_told = False

    def call(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call a function that holds the loop."""
        began = perf_counter()
        try:
            return function(*args)
        finally:
            self._judge(perf_counter() - began)

    def _judge(self, seconds: float) -> None:
        if seconds > LONGEST and not self._has_told:
            self._has_told = True
            self._app.logger.warning(
                "%s blocked the event loop for %.0f ms: nobody else was served meanwhile."
                " Await what takes long, or make it a synchronous view that runs in a thread.",
                self._describe(),
                seconds * 1000,
            )

    def awaiting(self, job: Awaitable[Any]) -> Awaitable[Any]:
        """Return an awaitable that measures each part between two times that a job waits."""
        return _Timed(self, job)


class _Timed:
    def __init__(self, timer: LoopTimer, job: Awaitable[Any]) -> None:
        self._timer, self._job = timer, job

    def __await__(self) -> Generator[Any, Any, Any]:
        steps: Any = self._job.__await__()
        go_on, value = steps.send, None
        while True:
            try:
                signal = self._timer.call(go_on, value)
            except StopIteration as stop:
                return stop.value
            try:
                value = yield signal
            except BaseException as error:  # noqa: BLE001 - it is the job's
                go_on, value = steps.throw, error
            else:
                go_on = steps.send
