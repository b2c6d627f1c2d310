"""What differs between asyncio and trio? Waking a task from a thread, and watching over one."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Protocol

Watch = Callable[[Callable[[], object]], Coroutine[Any, Any, None]]


class CancelledByWatchError(Exception):
    """What was awaited has been cancelled by the function that watched over it."""


class Mailbox(Protocol):
    """Where a thread puts what a task waits for."""

    def put(self, message: Any) -> None:
        """Wake the task with a message; called in any thread."""

    async def get(self) -> tuple[Any, BaseException | None]:
        """Return the next message, and the cancellation that came before it, if one did."""


def new_mailbox() -> Mailbox:
    """Return a mailbox for the task that runs now."""
    return _TrioMailbox() if runs_in_trio() else _AsyncioMailbox()


def runs_in_trio() -> bool:
    """Tell whether the event loop of this thread is trio's; else it is asyncio's, or alike."""
    trio: Any = sys.modules.get("trio")
    return trio is not None and trio.lowlevel.in_trio_run()


class _AsyncioMailbox:
    __slots__ = ("_loop", "_messages", "_waiter")

    def __init__(self) -> None:
        from asyncio import get_running_loop  # noqa: PLC0415 - the server has imported it

        self._loop = get_running_loop()
        self._waiter: Any = None
        self._messages: deque[Any] = deque()

    def put(self, message: Any) -> None:
        self._messages.append(message)
        try:
            self._loop.call_soon_threadsafe(self._wake)
        except RuntimeError:  # the loop was closed meanwhile: nobody waits
            self._messages.clear()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def get(self) -> tuple[Any, BaseException | None]:
        from asyncio import CancelledError  # noqa: PLC0415 - see above

        cancelled: BaseException | None = None
        while not self._messages:
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            except CancelledError as error:
                cancelled = error
            finally:
                self._waiter = None
        return self._messages.popleft(), cancelled


class _TrioMailbox:
    __slots__ = ("_messages", "_task", "_token", "_trio")

    def __init__(self) -> None:
        self._trio: Any = sys.modules["trio"].lowlevel
        self._token = self._trio.current_trio_token()
        self._task: Any = None
        self._messages: deque[Any] = deque()

    def put(self, message: Any) -> None:
        self._messages.append(message)
        try:
            self._token.run_sync_soon(self._wake)
        except sys.modules["trio"].RunFinishedError:  # nobody waits
            self._messages.clear()

    def _wake(self) -> None:
        if self._task is not None:
            task, self._task = self._task, None
            self._trio.reschedule(task)

    async def get(self) -> tuple[Any, BaseException | None]:
        while not self._messages:
            self._task = self._trio.current_task()
            # Trio cancels at the next checkpoint instead.
            await self._trio.wait_task_rescheduled(lambda _: self._trio.Abort.FAILED)
        return self._messages.popleft(), None


def new_event() -> Any:
    """Return an event of this loop: ``set()``, ``await wait()``."""
    if runs_in_trio():
        return sys.modules["trio"].Event()
    from asyncio import Event  # noqa: PLC0415 - see _AsyncioMailbox

    return Event()


async def sleep(seconds: float) -> None:
    """Wait for so many seconds."""
    if runs_in_trio():
        await sys.modules["trio"].sleep(seconds)
    else:
        from asyncio import sleep as sleep_in_asyncio  # noqa: PLC0415 - see _AsyncioMailbox

        await sleep_in_asyncio(seconds)


@asynccontextmanager
async def beside(
    function: Callable[[], Coroutine[Any, Any, None]],
) -> AsyncIterator[Callable[[], object]]:
    """Run a coroutine function in a task of its own beside a block, which waits for its end.

    Args:
        function: Raises nothing but its cancellation.

    Yields:
        What cancels the task.
    """
    if runs_in_trio():
        with _one_error_of_trio():
            async with sys.modules["trio"].open_nursery() as nursery:
                nursery.start_soon(function)
                yield nursery.cancel_scope.cancel
        return
    from asyncio import get_running_loop, wait  # noqa: PLC0415 - see _AsyncioMailbox

    task = get_running_loop().create_task(function())
    try:
        yield task.cancel
    finally:
        await wait([task])  # which does not raise its cancellation


@contextmanager
def _one_error_of_trio() -> Iterator[None]:
    """Take the one error of a block out of the group that trio's nursery puts it into."""
    try:
        yield
    except BaseExceptionGroup as group:
        if len(group.exceptions) != 1:
            raise
        try:
            raise group.exceptions[0]
        finally:
            del group


async def watch_over(awaitable: Awaitable[Any], watch: Watch, scope: Any) -> Any:
    """Await something while a coroutine function watches; it gets a function that cancels.

    Args:
        awaitable: What is awaited.
        watch: Ended when the other has ended.
        scope: What :func:`new_cancel_scope` gave when the request began; ``None`` in asyncio.

    Raises:
        CancelledByWatchError: It was cancelled so.
    """
    if scope is not None:
        return await _watch_in_trio(awaitable, watch, scope)
    return await _watch_in_asyncio(awaitable, watch)


def new_cancel_scope() -> Any:
    """Return trio's scope, to be entered around what :func:`watch_over` may cancel."""
    return sys.modules["trio"].CancelScope()


async def _watch_in_asyncio(awaitable: Awaitable[Any], watch: Watch) -> Any:
    from asyncio import CancelledError, Task, current_task, get_running_loop  # noqa: PLC0415

    task = current_task()
    loop = get_running_loop()
    if not isinstance(task, Task):  # COMPAT: granian's Rust tasks; cancelling them may do nothing
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
        task.uncancel()
        raise CancelledByWatchError from None
    finally:
        watcher.cancel()


async def _watch_in_trio(awaitable: Awaitable[Any], watch: Watch, scope: Any) -> Any:
    trio: Any = sys.modules["trio"]
    watching = trio.CancelScope()

    async def watch_until_cancelled() -> None:
        with watching:
            await watch(scope.cancel)

    trio.lowlevel.spawn_system_task(watch_until_cancelled)
    try:
        return await awaitable
    finally:
        watching.cancel()
