"""How does one task end what another awaits? On asyncio and on trio, for ``flask.asgi``."""

from __future__ import annotations

import sys
from asyncio import CancelledError, current_task, timeout
from collections.abc import Awaitable, Callable
from typing import Any

from flask.coroutines import runs_in_trio
from flask.lifecycle.loops import new_cancel_scope, new_event


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
    async with timeout(seconds):
        return await awaitable
