"""How do plain code and coroutine functions call each other? Every room may ask here.

Under ASGI a coroutine is awaited by the server's loop, and synchronous functions run in the
request's home thread (``lifecycle.bridge``, ``lifecycle.homes``). Elsewhere a coroutine runs on an
event loop of the calling thread, which lives on between calls, so that clients made in one
request keep their connections in the next.
"""

from __future__ import annotations

import math
import os
import sys
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from contextvars import copy_context
from functools import partial, update_wrapper
from inspect import CO_COROUTINE, iscoroutinefunction
from threading import local
from types import CodeType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Task
    from concurrent.futures import ThreadPoolExecutor
    from contextvars import Context

    from flask.lifecycle.bridge import Worker


def is_coroutine_function(func: Callable[..., Any]) -> bool:
    """Tell whether a function has to be awaited."""
    # PERF: 0.05 µs; inspect takes 0.5 µs. The name is what inspect.markcoroutinefunction() sets.
    function: Any = func.__func__ if type(func) is MethodType else func  # of a class-based view
    if type(function) is FunctionType and not (
        HAS_MARKER and "_is_coroutine_marker" in function.__dict__
    ):
        return function.__code__.co_flags & CO_COROUTINE != 0
    return iscoroutinefunction(func)


HAS_MARKER = sys.version_info >= (3, 12)

ASGI_WORKERS: list[Callable[[], Worker | None]] = []
"""What returns the greenlet that serves a request, if one does: empty until ASGI is used."""


PASSING_ON: set[CodeType] = set()
"""The code of our own functions that do nothing that waits, but for what ``ensure_sync`` gives."""


def in_place(func: Callable[..., Any]) -> Callable[..., Any]:
    """Return a synchronous function as it may be called here: itself, unless that blocks a loop."""
    worker = ASGI_WORKERS[0]() if ASGI_WORKERS else None
    if worker is None or worker.home is None or getattr(func, "__code__", None) in PASSING_ON:
        return func
    return partial(worker.home.call, func)


def run_in_place(func: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
    """Return a function that runs a coroutine function to its end and returns the result."""
    worker = ASGI_WORKERS[0]() if ASGI_WORKERS else None
    if worker is None:
        return run_in_thread_loop(func)
    return partial(worker.call, func)  # PERF: 1 µs less without copying the name


def run_in_thread_loop(
    func: Callable[..., Coroutine[Any, Any, Any]],
) -> Callable[..., Any]:
    """Return a function that runs a coroutine function to its end and returns the result.

    Context variables that the coroutine sets are seen by the caller.
    """

    def run(*args: Any, **kwargs: Any) -> Any:
        context = copy_context()
        try:
            return _run(func(*args, **kwargs), context)
        finally:
            _take_over(context)

    return update_wrapper(run, func)


def _run(coroutine: Coroutine[Any, Any, Any], context: Context) -> Any:
    # Looked up by name, so that a program without coroutines never imports asyncio.
    from asyncio import _get_running_loop  # noqa: PLC0415

    if _is_gevent_worker():
        from gevent import get_hub  # noqa: PLC0415 - present, or it would be no such worker

        result, error = get_hub().threadpool.apply(_outcome_on_loop, (coroutine, context))
        if error is not None:
            try:
                raise error
            finally:
                del error  # its traceback holds this frame
        return result
    if _get_running_loop() is None:
        return _run_on_loop(coroutine, context)
    return _helper().submit(_run_on_loop, coroutine, context).result()


def _run_on_loop(coroutine: Coroutine[Any, Any, Any], context: Context) -> Any:
    loop = _thread_loop()
    task = loop.create_task(coroutine, context=context)
    try:
        return loop.run_until_complete(task)
    except BaseException:
        if not task.done():  # Ctrl-C, or a server's signal, came while the loop waited
            _end_interrupted(loop, task)
        raise
    finally:
        del task  # its error's traceback holds this frame


def _end_interrupted(loop: AbstractEventLoop, task: Task[Any]) -> None:
    """Let a coroutine tidy up, as a plain function would on its way out."""
    from asyncio import CancelledError  # noqa: PLC0415 - see _run

    task.cancel()
    with suppress(CancelledError):
        loop.run_until_complete(task)


def _outcome_on_loop(
    coroutine: Coroutine[Any, Any, Any], context: Context
) -> tuple[Any, BaseException | None]:
    """Return the error instead of raising it, because gevent's pool prints what its jobs raise."""
    try:
        return _run_on_loop(coroutine, context), None
    except BaseException as error:  # noqa: BLE001 - raised again where the coroutine was called
        return None, error


def _take_over(context: Context) -> None:
    missing = object()
    for variable, value in context.items():
        if variable.get(missing) is not value:
            variable.set(value)


class _ThreadState:
    """The loop of one thread, closed when the thread or the program ends."""

    def __init__(self) -> None:
        from asyncio import new_event_loop  # noqa: PLC0415 - see _run

        self.loop = new_event_loop()
        weakref.finalize(self, _close, self.loop, os.getpid())


def _close(loop: AbstractEventLoop, pid: int) -> None:
    if pid != os.getpid():
        _inherited.append(loop)  # not closed: its selector is the parent's too
        return
    if not loop.is_closed() and not loop.is_running():
        if not _is_gevent_worker():  # there only the loop's own thread could run it
            loop.run_until_complete(_end_what_is_left(loop))
        loop.close()


LAST_WORDS = 5.0
"""Seconds that cancelled tasks of a thread's loop have for their ``finally`` when it ends."""


async def _end_what_is_left(loop: AbstractEventLoop) -> None:
    """Cancel tasks that a view started and nobody awaited, and log those that do not heed it."""
    from asyncio import all_tasks, current_task, wait  # noqa: PLC0415 - see _run

    left = all_tasks() - {current_task()}
    for task in left:
        task.cancel()
    if left:
        ended, left = await wait(left, timeout=LAST_WORDS)
        for task in ended:
            if not task.cancelled():
                task.exception()  # looked at, so that asyncio does not complain
    await wait([loop.create_task(loop.shutdown_asyncgens())], timeout=LAST_WORDS)
    if left:
        from logging import getLogger  # noqa: PLC0415 - only if needed

        getLogger("flask").warning(
            "Tasks had not ended %g seconds after they were cancelled: %s.",
            LAST_WORDS,
            ", ".join(sorted(str(getattr(task.get_coro(), "__qualname__", task)) for task in left)),
        )


def _thread_loop() -> AbstractEventLoop:
    state: _ThreadState | None = getattr(_thread, "state", None)
    if state is None or state.loop.is_closed():
        state = _thread.state = _ThreadState()
    return state.loop


def runs_thread_loop() -> bool:
    """Tell whether a coroutine runs here on the thread's own loop, which rests between calls."""
    state: _ThreadState | None = getattr(_thread, "state", None)
    return state is not None and state.loop.is_running()


def _helper() -> ThreadPoolExecutor:
    """Return this thread's helper: one thread, whose loop may again call synchronous code."""
    helper: ThreadPoolExecutor | None = getattr(_thread, "helper", None)
    if helper is None:
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - only if needed

        helper = _thread.helper = ThreadPoolExecutor(1, "flask-async-helper")
    return helper


def _is_gevent_worker() -> bool:
    monkey = sys.modules.get("gevent.monkey")
    return monkey is not None and monkey.is_module_patched("threading")


_thread = local()
_inherited: list[AbstractEventLoop] = []

if hasattr(os, "register_at_fork"):
    # A server may fork after the application ran a coroutine: the child starts anew.
    os.register_at_fork(after_in_child=lambda: _thread.__dict__.clear())


def runs_in_trio() -> bool:
    """Tell whether the event loop of this thread is trio's; else it is asyncio's, or alike."""
    trio: Any = sys.modules.get("trio")
    return trio is not None and trio.lowlevel.in_trio_run()


def shielded(seconds: float | None = None) -> AbstractContextManager[Any]:
    """Return what lets a task that was cancelled wait once more, to tidy up.

    Asyncio cancels once, trio as long as the scope lasts.

    Args:
        seconds: How long it may wait in trio; ``None`` for as long as it takes.
    """
    if not runs_in_trio():
        return nullcontext()
    trio = sys.modules["trio"]
    end = math.inf if seconds is None else trio.current_time() + seconds
    scope: AbstractContextManager[Any] = trio.CancelScope(deadline=end, shield=True)
    return scope


SECONDS_TO_TIDY_UP = 5.0
"""How long teardown functions of a request that trio has cancelled may wait for something."""


def tidying_up(error: BaseException | None) -> AbstractContextManager[Any]:
    """Return what is around the end of a context that such an error ends."""
    if error is None or isinstance(error, Exception):
        return nullcontext()
    return shielded(SECONDS_TO_TIDY_UP)


class AsyncBody:
    """A body that coroutines make, for code that iterates it without awaiting.

    Args:
        pieces: What is awaited piece by piece.
        async_to_sync: Turns a coroutine function into one that is called without awaiting.
    """

    is_async = True

    def __init__(
        self,
        pieces: AsyncIterator[Any],
        async_to_sync: Callable[[Callable[..., Any]], Callable[..., Any]] = run_in_place,
    ) -> None:
        self._pieces = pieces
        self._iterator = aiter(pieces)
        self._async_to_sync = async_to_sync
        self._next = async_to_sync(_next_of)

    def __iter__(self) -> Iterator[Any]:
        """Return itself: it is iterated once."""
        return self

    def __next__(self) -> Any:
        """Wait for one piece."""
        piece = self._next(self._iterator)
        if piece is _END:
            raise StopIteration
        return piece

    def __aiter__(self) -> AsyncIterator[Any]:
        """Return what is awaited piece by piece."""
        return self._iterator

    def close(self) -> None:
        """End what makes the pieces; it sees :class:`GeneratorExit`."""
        for body in (self._iterator, self._pieces):
            aclose = getattr(body, "aclose", None)
            if aclose is not None:
                self._async_to_sync(_awaited)(aclose)
                break


_END = object()


async def _next_of(iterator: AsyncIterator[Any]) -> Any:
    return await anext(iterator, _END)


async def _awaited(function: Callable[[], Any]) -> Any:
    return await function()


async def awaited(awaitable: Awaitable[Any]) -> Any:
    """Be the coroutine that an awaitable is not."""
    return await awaitable


def result_of(value: Any, async_to_sync: Callable[..., Any]) -> Any:
    """Return what a function returned, or, of a plain decorator's coroutine, what that does."""
    return async_to_sync(awaited)(value) if isinstance(value, Coroutine) else value


def iterable_body(body: Any, async_to_sync: Callable[..., Any] = run_in_place) -> Any:
    """Return a body as it is, unless it can only be iterated by coroutines."""
    is_async = hasattr(body, "__aiter__") and not hasattr(body, "__iter__")
    return AsyncBody(body, async_to_sync) if is_async else body
