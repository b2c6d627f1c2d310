"""How does synchronous code run a coroutine function? On an event loop of its thread.

``Serving.async_to_sync`` is the seam that calls this. The loop lives on between calls, so
that clients made in one request keep their connections in the next.
"""

from __future__ import annotations

import os
import sys
import weakref
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from functools import update_wrapper
from threading import local
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from concurrent.futures import ThreadPoolExecutor
    from contextvars import Context


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
    return loop.run_until_complete(loop.create_task(coroutine, context=context))


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


async def _end_what_is_left(loop: AbstractEventLoop) -> None:
    """Cancel tasks that a view started and nobody awaited, as :func:`asyncio.run` does."""
    from asyncio import all_tasks, current_task, gather  # noqa: PLC0415 - see _run

    tasks = all_tasks() - {current_task()}
    for task in tasks:
        task.cancel()
    await gather(*tasks, return_exceptions=True)
    await loop.shutdown_asyncgens()


def _thread_loop() -> AbstractEventLoop:
    state: _ThreadState | None = getattr(_thread, "state", None)
    if state is None or state.loop.is_closed():
        state = _thread.state = _ThreadState()
    return state.loop


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
