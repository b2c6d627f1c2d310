"""What differs between asyncio and trio? Waking a task from a thread, and tasks of their own."""

from __future__ import annotations

import asyncio
import sys
import threading
from asyncio import CancelledError, _get_running_loop
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import Context, copy_context
from typing import Any, Protocol

from flask.coroutines import runs_in_trio, shielded


class CancelledByWatchError(CancelledError):
    """What was awaited has been cancelled by :meth:`Cancellable.cancel`.

    To the application it is any cancellation: none of its error handlers sees it.
    """


class Mailbox(Protocol):
    """Where a thread puts what a task waits for."""

    def put(self, message: Any) -> None:
        """Wake the task with a message; called in any thread."""

    async def get(self) -> tuple[Any, BaseException | None]:
        """Return the next message, and the cancellation that came before it, if one did."""


def new_mailbox() -> Mailbox:
    """Return a mailbox for the task that runs now."""
    return _TrioMailbox() if runs_in_trio() else _AsyncioMailbox()


class _AsyncioMailbox:
    __slots__ = ("_loop", "_messages", "_waiter")

    def __init__(self) -> None:
        self._loop = _AsyncioLoop()
        self._waiter: Any = None
        self._messages: deque[Any] = deque()

    def put(self, message: Any) -> None:
        self._messages.append(message)
        if not self._loop.call(self._wake):  # nobody waits
            self._messages.clear()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def get(self) -> tuple[Any, BaseException | None]:
        cancelled: BaseException | None = None
        while not self._messages:
            self._waiter = self._loop.loop.create_future()
            try:
                await self._waiter
            except CancelledError as error:
                cancelled = error
            finally:
                self._waiter = None
        return self._messages.popleft(), cancelled


class _TrioMailbox:
    __slots__ = ("_loop", "_messages", "_task", "_trio")

    def __init__(self) -> None:
        self._trio: Any = sys.modules["trio"].lowlevel
        self._loop = _TrioLoop()
        self._task: Any = None
        self._messages: deque[Any] = deque()

    def put(self, message: Any) -> None:
        self._messages.append(message)
        if not self._loop.call(self._wake):  # nobody waits
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
    return asyncio.Event()


async def sleep(seconds: float) -> None:
    """Wait for so many seconds."""
    if runs_in_trio():
        await sys.modules["trio"].sleep(seconds)
    else:
        await asyncio.sleep(seconds)


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
    task = asyncio.get_running_loop().create_task(function())
    try:
        yield task.cancel
    finally:
        await asyncio.wait([task])  # which does not raise its cancellation


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


def will_be_cut(error: BaseException) -> bool:
    """Tell by an error of what was awaited whether trio will cancel whatever comes next."""
    trio: Any = sys.modules.get("trio")
    return trio is not None and isinstance(error, trio.Cancelled | CancelledByWatchError)


def new_cancel_scope() -> Any:
    """Return trio's scope, to be entered around a request that can be cancelled."""
    return sys.modules["trio"].CancelScope()


def is_being_cancelled() -> bool:
    """Tell whether a cancellation is the running task's own, not that of something it awaited."""
    if runs_in_trio():
        return True
    # COMPAT: granian's Rust tasks have no such method, and cannot be cancelled.
    cancelling = getattr(asyncio.current_task(), "cancelling", None)
    return cancelling is not None and cancelling() > 0


def start_task(function: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], object]:
    """Run a coroutine function in a task of its own; return what cancels that."""
    return current_loop().spawn(function, copy_context(), lambda: None)


class Cancellable:
    """What awaits the parts of one request, so that another task can cancel one of them.

    One, because those after it tidy up.

    Args:
        scope: Trio's, entered around the request; ``None`` in asyncio.
    """

    __slots__ = ("_cancel_part", "_has_cancelled", "_is_due", "_scope")

    def __init__(self, scope: Any) -> None:
        self._scope = scope
        self._cancel_part: Callable[[], object] | None = None
        self._is_due = self._has_cancelled = False

    def cancel(self) -> None:
        """Cancel what is awaited now, or else what will be next, unless one has been."""
        if not self._has_cancelled:
            self._is_due = True
            self._cancel_due()

    def _cancel_due(self) -> None:
        if self._is_due and self._cancel_part is not None:
            self._is_due, self._has_cancelled = False, True
            self._cancel_part()

    def spare(self) -> None:
        """Do not cancel what will be next, though :meth:`cancel` was called."""
        self._is_due = False

    def heed(self) -> None:
        """Say that the caller ends the request itself, by :exc:`CancelledByWatchError`."""
        self._is_due, self._has_cancelled = False, True

    async def wait_for(self, awaitable: Awaitable[Any], is_own_task: bool = False) -> Any:
        """Await a part of the request.

        Args:
            awaitable: The part.
            is_own_task: The task that runs now was made for this part.

        Raises:
            CancelledByWatchError: It has been cancelled by :meth:`cancel`, in asyncio.
        """
        if self._scope is not None:
            return await self._wait_in_trio(awaitable)
        task = asyncio.current_task()
        assert task is not None
        if type(task) is not asyncio.Task and not is_own_task:
            # COMPAT: with --task-impl rust granian's tasks are others; cancelling does nothing.
            return await asyncio.get_running_loop().create_task(
                self.wait_for(awaitable, is_own_task=True)
            )
        outer, self._cancel_part = self._cancel_part, task.cancel
        had_cancelled = self._has_cancelled
        self._cancel_due()
        try:
            return await awaitable
        except CancelledError:
            if self._has_cancelled == had_cancelled:
                raise
            raise CancelledByWatchError from None
        finally:
            self._cancel_part = outer
            if self._has_cancelled != had_cancelled:
                task.uncancel()

    async def _wait_in_trio(self, awaitable: Awaitable[Any]) -> Any:
        outer, self._cancel_part = self._cancel_part, self._scope.cancel
        self._cancel_due()
        try:
            return await awaitable
        finally:
            self._cancel_part = outer


async def end_within(seconds: float, awaitable: Awaitable[Any]) -> Any:
    """Await the rest of a task that was cancelled, and cancel it again after so many seconds."""
    if runs_in_trio():
        result = None
        with shielded(seconds) as scope:
            result = await awaitable
        if scope.cancelled_caught:
            await sleep(0)  # here the first cancellation is raised again
        return result
    task = asyncio.current_task()
    assert task is not None
    timer = asyncio.get_running_loop().call_later(seconds, task.cancel)
    try:
        return await awaitable
    finally:
        timer.cancel()


class Loop(Protocol):
    """The event loop of one thread, reached from any."""

    def call(self, function: Callable[..., object], *args: Any) -> bool:
        """Call a function soon in the loop's thread; ``False`` when the loop has ended."""

    def spawn(
        self,
        function: Callable[[], Coroutine[Any, Any, None]],
        context: Context,
        ended: Callable[[], object],
    ) -> Callable[[], object]:
        """Run a coroutine function in a task of its own; called in the loop's thread.

        Args:
            function: It is cancelled before its first step when the task is.
            context: Where it runs.
            ended: Called when the task has ended, however it did.

        Returns:
            What cancels the task; the loop's thread calls it.
        """


def current_loop() -> Loop:
    """Return the loop that runs in this thread.

    Raises:
        RuntimeError: None does.
    """
    return _TrioLoop() if runs_in_trio() else _AsyncioLoop()


running_loop = _get_running_loop
"""Return what :func:`loop_of` makes a loop of, in any thread; ``None`` in trio. PERF: 0.03 µs."""


def loop_of(loop: Any) -> Loop:
    """Return the loop that :func:`running_loop` or :func:`current_loop` has told of."""
    return loop if isinstance(loop, _TrioLoop) else _AsyncioLoop(loop)


def runs_in_loop() -> bool:
    """Tell whether an event loop runs in this thread."""
    return runs_in_trio() or running_loop() is not None


HAS_EAGER_TASKS = sys.version_info >= (3, 12)
"""Tasks of asyncio may take their first step where they are made, within that of another task."""


def runs_task_in(context: Context | None) -> bool:
    """Tell whether the task that runs now has this context, as far as that can be known."""
    if running_loop() is None:  # trio's tasks begin in turn
        return True
    # COMPAT: granian's Rust tasks have no such method.
    get_context = getattr(asyncio.current_task(), "get_context", None)
    return get_context is None or get_context() is context


class _AsyncioLoop:
    def __init__(self, loop: Any = None) -> None:
        self.loop = loop or asyncio.get_running_loop()

    def call(self, function: Callable[..., object], *args: Any) -> bool:
        try:
            self.loop.call_soon_threadsafe(function, *args)
        except RuntimeError:  # it was closed
            return False
        return True

    def spawn(
        self,
        function: Callable[[], Coroutine[Any, Any, None]],
        context: Context,
        ended: Callable[[], object],
    ) -> Callable[[], object]:
        task = self.loop.create_task(function(), context=context)
        _TASKS.add(task)  # the loop itself holds tasks weakly

        def forget(task: Any) -> None:
            _TASKS.discard(task)
            ended()

        task.add_done_callback(forget)
        return task.cancel


_TASKS: set[Any] = set()


class _TrioLoop:
    def __init__(self) -> None:
        self._trio: Any = sys.modules["trio"]
        self._token = self._trio.lowlevel.current_trio_token()

    def call(self, function: Callable[..., object], *args: Any) -> bool:
        try:
            self._token.run_sync_soon(function, *args)
        except self._trio.RunFinishedError:
            return False
        return True

    def spawn(
        self,
        function: Callable[[], Coroutine[Any, Any, None]],
        context: Context,
        ended: Callable[[], object],
    ) -> Callable[[], object]:
        scope = self._trio.CancelScope()

        async def run() -> None:
            try:
                with scope:
                    await function()
            finally:
                ended()

        self._trio.lowlevel.spawn_system_task(run, context=context)
        cancel: Callable[[], object] = scope.cancel
        return cancel


async def wait_for_event(event: Any, seconds: float | None) -> bool:
    """Wait for an event, no longer than so many seconds; tell whether it came.

    Args:
        event: One of :func:`new_event`.
        seconds: ``None`` for as long as it takes.
    """
    if seconds is None:
        await event.wait()
        return True
    if runs_in_trio():
        with sys.modules["trio"].move_on_after(seconds):
            await event.wait()
        return bool(event.is_set())
    # Not asyncio.timeout(): COMPAT: cancelling granian's Rust tasks may do nothing.
    timer = asyncio.get_running_loop().call_later(seconds, _wake_waiters, event)
    try:
        await event.wait()
    finally:
        timer.cancel()
    return bool(event.is_set())


def _wake_waiters(event: Any) -> None:
    if not event.is_set():
        event.set()
        event.clear()


class ThreadLoop:
    """A loop of asyncio in a thread of its own.

    Args:
        name: The thread's.
    """

    def __init__(self, name: str) -> None:
        self._is_up, self._has_ended = threading.Event(), threading.Event()
        start_thread(self._serve, name)
        self._is_up.wait()

    def _serve(self) -> None:
        async def serve() -> None:
            self.loop, self._ended = current_loop(), asyncio.Event()
            self._is_up.set()
            await self._ended.wait()

        asyncio.run(serve())
        self._has_ended.set()

    def end(self) -> None:
        """Cancel what still runs on it and let the thread end."""
        if self.loop.call(self._ended.set):
            self._has_ended.wait(1.0)


def start_thread(function: Callable[[], object], name: str) -> None:
    """Run a function in a thread of the system, which does not keep the program alive.

    COMPAT: what gevent puts in the place of threads runs in the thread that starts it, which may
    be one of gevent's own that wait for work without looking at it.
    """
    monkey: Any = sys.modules.get("gevent.monkey")
    if monkey is not None and monkey.is_module_patched("threading"):
        monkey.get_original("_thread", "start_new_thread")(function, ())
    else:
        threading.Thread(target=function, name=name, daemon=True).start()
