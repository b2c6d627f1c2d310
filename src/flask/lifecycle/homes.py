"""Where does synchronous code run while an event loop serves? In the home thread of its request.

All of one request's runs in the same thread, because a database connection kept in ``g`` may
belong to its thread. A home is an address, not a reservation: between the pieces of one request
the thread runs those of others, also while a piece waits for the loop.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Awaitable, Callable, Coroutine
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from greenlet import getcurrent

from flask.lifecycle.bridge import MOST_PARKED, Finished, Worker, begin, run_on_loop, wait
from flask.lifecycle.loops import end_within, new_mailbox, will_be_cut

if TYPE_CHECKING:
    from contextvars import Context

Report = Callable[[Any], None]
GRACE = 5.0  # seconds for teardown functions of a request that the server has cancelled


class HomeWorker(Worker):
    """A worker in a home thread: what it waits for is awaited by the loop, in the request's task."""

    def wait(self, awaitable: Awaitable[Any], is_watched: bool = True) -> Any:
        """Leave the thread to others until the loop has the result."""
        return self.parent.switch((awaitable, is_watched))


class _Thread:
    """A thread that runs pieces of several requests in turn, and what it needs for that."""

    def __init__(self, name: str) -> None:
        self.residents = 0
        self.is_busy = False
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._parked: list[HomeWorker] = []
        threading.Thread(target=self._serve, name=name, daemon=True).start()

    @property
    def load(self) -> int:
        """How many pieces run or wait for their turn."""
        return self._jobs.qsize() + self.is_busy

    def begin(
        self, context: Context | None, report: Report, function: Callable[..., Any], args: Any
    ) -> None:
        """Run a function in a worker, in the request's own context; called by the loop."""

        def run() -> None:
            if self._parked:
                worker = self._parked.pop()
            else:
                worker = HomeWorker()
                worker.switch()
            # Never Context.run: it would lock out the task, and its timers, until the end.
            worker.gr_context = context
            self._report(worker, report, worker.switch, (function, args))

        self._jobs.put(run)

    def resume(
        self, worker: HomeWorker, report: Report, value: Any, error: BaseException | None
    ) -> None:
        """Continue a worker with what it waited for; called by the loop."""

        def run() -> None:
            if error is None:
                self._report(worker, report, worker.switch, value)
            else:
                self._report(worker, report, worker.throw, error)

        self._jobs.put(run)

    def _report(self, worker: HomeWorker, report: Report, go_on: Any, value: Any) -> None:
        signal = go_on(value)
        self.is_busy = False  # before anybody hears of it, who may look for a thread
        if type(signal) is Finished:
            outcome = Finished()
            outcome.value, outcome.error = signal.value, signal.error
            signal.value = signal.error = worker.gr_context = None
            if len(self._parked) < MOST_PARKED:
                self._parked.append(worker)
            else:
                worker.throw()
            report(outcome)
        else:
            report((worker, signal))

    def end(self) -> None:
        """Let the thread end when it has run what it was given."""
        self._jobs.put(None)

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            self.is_busy = True
            job()
            del job
            self.is_busy = False


class Homes:
    """The home threads of one application.

    Args:
        most: How many threads there may be; they are started when all others are busy.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._threads: list[_Thread] = []
        self._free: list[_Thread] = []  # those that are no request's home
        self._starting = threading.Lock()
        self._pid = os.getpid()
        weakref.finalize(self, _end, self._threads)

    def take(self) -> _Thread:
        """Return a thread that is no other request's home, as long as there may be more.

        Then the one with the fewest pieces to run, and the fewest requests: in a shared one a
        request sees thread locals of others, and locks that they hold while they wait.
        """
        with self._starting:
            if self._pid != os.getpid():  # threads do not survive a fork
                self._pid = os.getpid()
                self._threads.clear()
                self._free.clear()
            thread = self._take_free()
            if thread is None and len(self._threads) < self.most:
                thread = _Thread(f"flask-home-{len(self._threads)}")
                self._threads.append(thread)
            if thread is None:
                thread = min(self._threads, key=_load)
                if thread in self._free:
                    self._free.remove(thread)
            thread.residents += 1
            return thread

    def _take_free(self) -> _Thread | None:
        for index in range(len(self._free) - 1, -1, -1):
            if not self._free[index].load:  # else it still runs what a server has abandoned
                return self._free.pop(index)
        return None

    def give_back(self, thread: _Thread) -> None:
        """Say that a request has ended that had the thread as its home."""
        with self._starting:
            thread.residents -= 1
            if not thread.residents and self._pid == os.getpid():
                self._free.append(thread)


def _load(thread: _Thread) -> tuple[int, int]:
    return thread.load, thread.residents


def _end(threads: list[_Thread]) -> None:
    for thread in threads:
        thread.end()


class Home:
    """The home of one request; which thread that is shows at its first piece."""

    _thread: _Thread | None = None

    def find_homes(self) -> Homes:
        """Return the threads of the application."""
        raise NotImplementedError

    def begin(self, function: Callable[..., Any], *args: Any) -> Any:
        """Run plain code on the loop as far as it goes, as :func:`bridge.begin` does."""
        return begin(self, function, *args)

    def guard(self, job: Awaitable[Any]) -> Awaitable[Any]:
        """Return what awaits a part of the request that has to wait for something."""
        return job

    def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a function at home; called by plain code that runs on the loop."""
        if kwargs:
            function, args = _with_keywords, (function, args, kwargs)
        outcome: Finished = wait(self._finish(function, args))
        return outcome.take()

    async def run(self, function: Callable[..., Any], *args: Any) -> Any:
        """Run a function at home and return its result."""
        return (await self._finish(function, args)).take()

    async def _finish(self, function: Callable[..., Any], args: Any) -> Finished:
        """Run a function at home and tell how it ended, as no coroutine can raise StopIteration.

        What it waits for is awaited here. A cancellation that comes while the thread is busy
        does not interrupt it; what it waits for from then on has a grace to end in.
        """
        if self._thread is None:
            self._thread = self.find_homes().take()
        piece = _Piece(self._thread)
        piece.begin(getcurrent().gr_context, function, args)
        cancelled: BaseException | None = None
        has_been_cut = False  # by trio, which has no other sign
        try:
            while True:
                outcome, cancellation = await piece.get()
                cancelled = cancelled or cancellation
                if type(outcome) is Finished:
                    if cancelled is not None:
                        raise cancelled
                    return outcome
                worker, (awaitable, is_watched) = outcome
                value = error = None
                try:
                    waiting = run_on_loop(self, wait, awaitable, is_watched=is_watched)
                    is_last = cancelled is not None or has_been_cut
                    value = await (end_within(GRACE, waiting) if is_last else waiting)
                except GeneratorExit:
                    piece.resume(worker, None, _abandoned())
                    raise
                except BaseException as raised:  # noqa: BLE001 - raised where it was waited for
                    error = raised
                    has_been_cut = has_been_cut or will_be_cut(raised)
                piece.resume(worker, value, error)
                del worker, awaitable, waiting, value, error, outcome, cancellation
        finally:
            piece.is_abandoned = True

    def leave(self) -> None:
        """Say that the request has ended."""
        if self._thread is not None:
            self.find_homes().give_back(self._thread)
            self._thread = None


class _Piece:
    """A function that runs at home while a task waits for it."""

    __slots__ = ("_mailbox", "_thread", "is_abandoned")

    def __init__(self, thread: _Thread) -> None:
        self._thread = thread
        self._mailbox = new_mailbox()
        self.is_abandoned = False

    def begin(self, context: Context | None, function: Callable[..., Any], args: Any) -> None:
        self._thread.begin(context, self._report, function, args)

    async def get(self) -> tuple[Any, BaseException | None]:
        return await self._mailbox.get()

    def resume(self, worker: HomeWorker, value: Any, error: BaseException | None) -> None:
        self._thread.resume(worker, self._report, value, error)

    def _report(self, outcome: Any) -> None:
        """Tell the task; called in the home thread."""
        if self.is_abandoned and type(outcome) is not Finished:  # the loop has closed its task
            worker, (awaitable, _) = outcome
            _drop(awaitable)
            self._thread.resume(worker, self._report, None, _abandoned())
        else:
            self._mailbox.put(outcome)


def _drop(awaitable: Any) -> None:
    if isinstance(awaitable, Coroutine):
        awaitable.close()


def _abandoned() -> BaseException:
    return GeneratorExit("The server has closed the request's task.")


def _with_keywords(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    return function(*args, **kwargs)
