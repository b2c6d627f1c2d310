"""How does plain code wait for an event loop? It runs in a greenlet, which can be suspended.

``flask.asgi`` runs every request by :func:`begin`; ``coroutines`` calls ``wait`` for each coroutine
of the application. Nothing here knows asyncio: whatever an awaitable yields goes to the loop that
awaits. ``homes`` has the other half, the threads of synchronous code.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import TYPE_CHECKING, Any

from greenlet import getcurrent, greenlet

from flask.coroutines import ASGI_WORKERS, awaited, run_in_place
from flask.lifecycle.loops import HAS_EAGER_TASKS, runs_task_in

if TYPE_CHECKING:
    from flask.lifecycle.homes import Home

MOST_PARKED = 256  # greenlets kept for the next requests, for each thread


class Finished:
    """How a job ended; whoever takes the outcome empties it, so that nothing parked keeps it."""

    __slots__ = ("error", "value")

    def __init__(self) -> None:
        self.value: Any = None
        self.error: BaseException | None = None

    def take(self) -> Any:
        """Return the value of the job, or raise its error."""
        value, error = self.value, self.error
        self.value = self.error = None
        if error is None:
            return value
        try:
            raise error
        finally:
            del error, value  # the traceback holds this frame


class Worker(greenlet):
    """Runs one job after another, each to its end or to where it has to wait.

    PERF: making a greenlet takes 8 µs, switching into a parked one 0.4 µs.

    Attributes:
        home: Where synchronous functions run; ``None`` when this is there.
    """

    __slots__ = ("home",)

    home: Home | None
    parent: greenlet  # none that runs has no parent

    def run(self) -> None:
        """Take jobs from the parent; hand it what a job waits for, and how it ended."""
        finished = Finished()
        self.home = None
        job = self.parent.switch()
        while True:
            function, args = job
            try:
                finished.value = function(*args)
            except BaseException as error:  # noqa: BLE001 - raised again where the job came from
                finished.error = error
            job = function = args = None
            job = self.parent.switch(finished)

    def call(self, func: Callable[..., Coroutine[Any, Any, Any]], *args: Any, **kwargs: Any) -> Any:
        """Call a coroutine function and wait for its result, wherever this is called."""
        if getcurrent() is not self:
            return run_in_place(func)(*args, **kwargs)
        return self.drive(func(*args, **kwargs))

    def wait(self, awaitable: Awaitable[Any], is_watched: bool = True) -> Any:
        """Suspend the job until the awaitable has its result; see :func:`wait`."""
        raise NotImplementedError

    def drive(self, awaitable: Awaitable[Any]) -> Any:
        """Wait for an awaitable that may turn out to be ready."""
        return self.wait(awaitable)


class LoopWorker(Worker):
    """A worker in the thread of an event loop: it drives awaitables itself."""

    __slots__ = ()

    def wait(self, awaitable: Awaitable[Any], is_watched: bool = True) -> Any:
        """Drive an awaitable of plain code, which has to be the request's task's."""
        if HAS_EAGER_TASKS and self._is_in_eager_task():
            raise _misplaced(awaitable)
        return self.drive(awaitable)

    def drive(self, awaitable: Awaitable[Any]) -> Any:
        """Drive an awaitable, handing to the loop what only the loop can do."""
        steps: Any = awaitable if type(awaitable) is _Coroutine else _steps_of(awaitable)
        try:
            signal = steps.send(None)
            # PERF: nothing is asked for what never suspends, such as many a view.
            if HAS_EAGER_TASKS and self._is_in_eager_task():
                raise _misplaced(steps)
            while True:
                try:
                    answer = self.parent.switch(signal)
                except BaseException as error:  # noqa: BLE001 - the loop's word to the awaitable
                    signal = steps.throw(error)
                else:
                    signal = steps.send(answer)
        except StopIteration as stop:
            return stop.value

    def _is_in_eager_task(self) -> bool:
        """Tell whether a task of one's own takes its first step in the middle of the request's.

        Suspending that one here would leave the other as the loop's current task, for good.
        """
        context = self.parent.gr_context
        return self.gr_context is not context and not runs_task_in(context)


def _misplaced(awaitable: Any) -> RuntimeError:
    """Close an awaitable, and return the error that tells why it cannot be waited for."""
    if isinstance(awaitable, Coroutine | Generator):
        awaitable.close()
    return RuntimeError(
        "Plain code can wait only in the task that serves the request: await in an 'async"
        " def' function, or read what you need before you start other tasks."
    )


def _steps_of(awaitable: Awaitable[Any]) -> Any:
    steps = awaitable.__await__()
    # COMPAT: those of granian's Rust iterate and do no more.
    return steps if hasattr(steps, "send") and hasattr(steps, "throw") else awaited(awaitable)


async def _nothing() -> None:
    """Be a coroutine."""


_coroutine = _nothing()
_Coroutine = type(_coroutine)
_coroutine.close()


class _Parked(threading.local):
    """The workers of one thread that have nothing to do."""

    def __init__(self) -> None:
        self.workers: list[LoopWorker] = []


_parked = _Parked()


class Job:
    """Awaitable: what is left of a function from where it first waited, and its outcome."""

    __slots__ = ("signal", "worker")

    def __init__(self, worker: LoopWorker, signal: Any) -> None:
        self.worker, self.signal = worker, signal

    def __await__(self) -> Generator[Any, Any, Any]:
        worker, signal = self.worker, self.signal
        while type(signal) is not Finished:
            try:
                answer = yield signal
            except BaseException as error:  # noqa: BLE001 - cancelled: the job hears of it
                _return_here(worker)
                signal = worker.throw(error)
            else:
                _return_here(worker)
                signal = worker.switch(answer)
        _park(worker)
        return signal.take()


def _return_here(worker: LoopWorker) -> None:
    """Let a worker return to where it is continued, which may be another greenlet than before."""
    here = getcurrent()
    if worker.parent is not here:
        worker.parent = here


def _park(worker: LoopWorker) -> None:
    worker.gr_context = worker.home = None
    workers = _parked.workers
    if len(workers) < MOST_PARKED:
        workers.append(worker)
    else:  # its frame holds itself: it has to end
        _return_here(worker)
        worker.throw()


def begin(home: Home | None, function: Callable[..., Any], *args: Any) -> Any:
    """Run a plain function that may wait, in this thread and task, as far as it goes.

    Args:
        home: Where the synchronous functions that it calls run; ``None`` for here.
        function: Called in a greenlet; ``wait`` works in it, and in coroutines it waits for.
        args: Its arguments.

    Returns:
        Its value, or a :class:`Job` to be awaited when it had to wait for something.
    """
    here = getcurrent()
    workers = _parked.workers
    if workers:
        worker = workers.pop()
        if worker.parent is not here:
            worker.parent = here
    else:
        worker = LoopWorker(parent=here)
        worker.switch()
    worker.home = home
    # The task's own context, not a copy: variables set on either side are seen on the other.
    worker.gr_context = here.gr_context
    signal = worker.switch(function, args)
    if type(signal) is not Finished:
        return Job(worker, signal)
    worker.gr_context = worker.home = None
    workers.append(worker)
    if signal.error is None:
        value, signal.value = signal.value, None
        return value
    return signal.take()


async def run_on_loop(
    home: Home | None, function: Callable[..., Any], *args: Any, is_watched: bool = True
) -> Any:
    """Run a plain function that may wait, in the thread and in the task that awaits this."""
    outcome = begin(None, function, *args) if home is None else home.begin(function, *args)
    if type(outcome) is not Job:
        return outcome
    return await (outcome if home is None or not is_watched else home.guard(outcome))


def active_worker() -> Worker | None:
    """Return the worker that this code runs in, if any."""
    here: Any = getcurrent()
    kind = type(here)  # PERF: 0.03 µs less than isinstance
    return here if kind is LoopWorker or Worker in kind.__mro__ else None


def wait(awaitable: Awaitable[Any], is_watched: bool = True) -> Any:
    """Suspend the calling code until an awaitable has its result.

    Cancellation of the request is raised here.

    Args:
        awaitable: Is awaited by the loop, in the task that serves the request.
        is_watched: Look whether the client leaves meanwhile; not for what sees it itself.

    Raises:
        RuntimeError: The caller does not serve a request under ASGI, or runs in a task of its own.
    """
    here: Any = getcurrent()
    try:
        wait_here = here.wait
    except AttributeError:
        raise _misplaced(awaitable) from None
    return wait_here(awaitable, is_watched)


if active_worker not in ASGI_WORKERS:
    ASGI_WORKERS.append(active_worker)
