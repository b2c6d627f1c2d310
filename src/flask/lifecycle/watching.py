"""How does one task end what another awaits? On asyncio and on trio, for ``flask.asgi``."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from flask.lifecycle.loops import (
    CancelledByWatchError,
    new_cancel_scope,
    new_event,
    runs_in_trio,
)

Watch = Callable[[Callable[[], object]], Coroutine[Any, Any, None]]


async def await_watched(awaitable: Awaitable[Any], watch: Watch, scope: Any) -> Any:
    """Await something while a coroutine function watches; it gets a function that cancels.

    Args:
        awaitable: What is awaited.
        watch: Runs in a task of its own, which ends with what is awaited.
        scope: Trio's, entered around this; ``None`` in asyncio.

    Raises:
        CancelledByWatchError: It was cancelled so, in asyncio.
    """
    if scope is not None:
        return await _watch_in_trio(awaitable, watch, scope)
    return await _watch_in_asyncio(awaitable, watch)


async def _watch_in_asyncio(awaitable: Awaitable[Any], watch: Watch) -> Any:
    from asyncio import CancelledError, Task, current_task, get_running_loop  # noqa: PLC0415 - the server has imported it

    task: Any = current_task()
    loop = get_running_loop()
    # COMPAT: granian's Rust tasks are of a class derived from this one; cancelling does nothing.
    if type(task) is not Task:
        return await loop.create_task(_watch_in_asyncio(awaitable, watch))
    is_cancelled = False

    def cancel() -> None:
        nonlocal is_cancelled
        is_cancelled = True
        task.cancel()

    watcher = loop.create_task(watch(cancel))
    try:
        return await awaitable
    except CancelledError:
        if not is_cancelled:
            raise
        raise CancelledByWatchError from None
    finally:
        watcher.cancel()
        if is_cancelled:
            task.uncancel()


async def _watch_in_trio(awaitable: Awaitable[Any], watch: Watch, scope: Any) -> Any:
    watching = new_cancel_scope()

    async def watch_until_cancelled() -> None:
        with watching:
            await watch(scope.cancel)

    sys.modules["trio"].lowlevel.spawn_system_task(watch_until_cancelled)
    try:
        return await awaitable
    finally:
        watching.cancel()


class Interruptible:
    """Something that one task awaits and another may end."""

    _is_interrupted = False
    _cancel: Callable[[], object] | None = None
    _ended: Any = None

    async def run(self, awaitable: Awaitable[Any]) -> None:
        """Await something until it has ended or was interrupted."""
        self._ended = new_event()
        try:
            if runs_in_trio():
                await self._run_in_trio(awaitable)
            else:
                await self._run_in_asyncio(awaitable)
        finally:
            self._cancel = None
            self._ended.set()

    async def _run_in_trio(self, awaitable: Awaitable[Any]) -> None:
        with new_cancel_scope() as scope:
            self._cancel = scope.cancel
            await awaitable

    async def _run_in_asyncio(self, awaitable: Awaitable[Any]) -> None:
        from asyncio import CancelledError, current_task  # noqa: PLC0415 - see above

        task: Any = current_task()
        self._cancel = task.cancel
        try:
            await awaitable
        except CancelledError:
            if not self._is_interrupted or task.uncancel():  # of somebody else, or of both
                raise

    async def interrupt(self) -> None:
        """End it, and return when it has ended."""
        if self._cancel is not None and not self._is_interrupted:
            self._is_interrupted = True
            self._cancel()
        if self._ended is not None:
            await self._ended.wait()


async def await_within(seconds: float | None, awaitable: Awaitable[Any]) -> Any:
    """Await something for so many seconds at most; ``None`` is for ever.

    Raises:
        TimeoutError: It took longer, and was cancelled.
    """
    if seconds is None:
        return await awaitable
    if runs_in_trio():
        with sys.modules["trio"].move_on_after(seconds):
            return await awaitable
        raise TimeoutError
    from asyncio import timeout  # noqa: PLC0415 - see above

    async with timeout(seconds):
        return await awaitable


def runs_in_loop() -> bool:
    """Tell whether an event loop runs in this thread."""
    if runs_in_trio():
        return True
    from asyncio import _get_running_loop  # noqa: PLC0415 - see above

    return _get_running_loop() is not None
