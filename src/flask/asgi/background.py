"""What goes on after the response was sent? The tasks of ``app.add_background_task``.

Coroutine functions run on the server's loop, or on one loop in a thread where the server has
none (WSGI); synchronous ones in threads that serve no requests, because a long one would hold up
every request whose home its thread is. ``lifespan`` ends them, the interpreter's exit otherwise.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from flask.asgi.places import THREADS, call_inline, runs_inline
from flask.coroutines import is_coroutine_function, result_of, runs_thread_loop
from flask.globals import set_request_context
from flask.lazy import LazyAttribute
from flask.lifecycle.bridge import active_worker, run_on_loop
from flask.lifecycle.homes import Home, Homes
from flask.lifecycle.loops import (
    Loop,
    ThreadLoop,
    current_loop,
    new_event,
    runs_in_loop,
    start_thread,
    wait_for_event,
)

if TYPE_CHECKING:
    from flask.app import Flask

SHUTDOWN_TIMEOUT = 5.0
"""Seconds that tasks have when the application stops: ``BACKGROUND_TASK_SHUTDOWN_TIMEOUT``."""

LAST_WORDS = 1.0
"""Seconds that cancelled tasks have for their ``finally``."""


def tasks_of(app: Flask) -> BackgroundTasks:
    """Return the background tasks of an application, in this process."""
    with _making:
        tasks: BackgroundTasks | None = app._background_tasks
        if tasks is None or tasks.pid != os.getpid():  # threads and loops do not survive a fork
            tasks = app._background_tasks = BackgroundTasks(app)
            _ALL.add(tasks)
        return tasks


class _Task:
    """One call, from when it was added to its end."""

    __slots__ = ("args", "cancel", "func", "kwargs")

    def __init__(self, func: Callable[..., Any], args: Any, kwargs: Any) -> None:
        self.func, self.args, self.kwargs = func, args, kwargs
        self.cancel: Callable[[], object] | None = None

    def __str__(self) -> str:
        func = self.func
        return str(getattr(func, "__qualname__", func))


class AppHome(Home):
    """Where synchronous functions run for code that serves no request: hooks of start and stop."""

    def __init__(self, tasks: BackgroundTasks) -> None:
        self._tasks = tasks

    def find_homes(self) -> Homes:
        """Return the threads for such code; requests have others."""
        return self._tasks.homes

    def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a synchronous function at home, or here where ``ASGI_SYNC_VIEWS`` says so."""
        if runs_inline(self._tasks.app, None):
            return call_inline(function, *args, **kwargs)
        return super().call(function, *args, **kwargs)


class BackgroundTasks:
    """The background tasks of one application; held until they have ended.

    Args:
        app: The application.
    """

    server_loop: Loop | None = None
    """The server's loop, from its start to its stop."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.pid = os.getpid()
        self._running: set[_Task] = set()
        self._changed = threading.Condition()
        self._watchers: list[Callable[[], object]] = []
        self._threads = _Threads(app.config.get("ASGI_THREADS", THREADS))
        self._own_loop: ThreadLoop | None = None

    @LazyAttribute
    def homes(self) -> Homes:
        """The threads of the short synchronous pieces: hooks, teardown functions."""
        return Homes(self.app.config.get("ASGI_THREADS", THREADS))

    def __len__(self) -> int:
        """Return how many have not ended."""
        return len(self._running)

    def add(self, func: Callable[..., Any], args: Any, kwargs: Any) -> None:
        """Run a function soon, in a copy of the caller's context."""
        task = _Task(func, args, kwargs)
        context = copy_context()
        with self._changed:
            self._running.add(task)
        if not is_coroutine_function(func):
            self._threads.run(lambda: self._run_in_thread(task, context))
            return
        try:
            loop = self._find_loop()
        except BaseException:
            self._finish(task)
            raise
        if not loop.call(self._spawn, loop, task, context):  # the server's has ended
            own = self._start_own_loop()
            own.call(self._spawn, own, task, context)

    def _find_loop(self) -> Loop:
        if self.server_loop is not None:
            return self.server_loop
        worker = active_worker()
        if worker is not None:
            loop: Loop = worker.wait(_this_loop())
            return loop
        if runs_in_loop() and not runs_thread_loop():
            return current_loop()
        return self._start_own_loop()

    def _start_own_loop(self) -> Loop:
        with self._changed:
            if self._own_loop is None:
                self._own_loop = ThreadLoop("flask-background")
            return self._own_loop.loop

    def _spawn(self, loop: Loop, task: _Task, context: Context) -> None:
        async def run() -> None:
            home = AppHome(self)
            try:
                await run_on_loop(home, self._call, task)
            finally:
                home.leave()

        task.cancel = loop.spawn(run, context, lambda: self._finish(task))

    def _run_in_thread(self, task: _Task, context: Context) -> None:
        try:
            context.run(self._call, task)
        finally:
            self._finish(task)

    def _call(self, task: _Task) -> None:
        app = self.app
        nobody: Any = None
        set_request_context(nobody)  # the request ends, the task outlives it
        try:
            with app.app_context():
                result = app.ensure_sync(task.func)(*task.args, **task.kwargs)
                result_of(result, app.async_to_sync)
        except (Exception, SystemExit):
            app.logger.exception("Background task %s failed.", task)

    def _finish(self, task: _Task) -> None:
        with self._changed:
            self._running.discard(task)
            if self._running:
                return
            self._changed.notify_all()
            watchers, self._watchers = self._watchers, []
        for wake in watchers:
            wake()

    def end(self) -> None:
        """Wait for the tasks, then cancel those that are left, and log their names.

        Synchronous ones cannot be cancelled: their threads do not keep the process alive.
        """
        seconds = self.app.config.get("BACKGROUND_TASK_SHUTDOWN_TIMEOUT", SHUTDOWN_TIMEOUT)
        if not self._wait(seconds):
            self._cancel(seconds)
            self._wait(LAST_WORDS)
            with self._changed:
                self._running.clear()
        with self._changed:
            own, self._own_loop = self._own_loop, None
        if own is not None:
            own.end()

    def _cancel(self, seconds: float) -> None:
        with self._changed:
            left = list(self._running)
        worker = active_worker()
        for task in left:
            how = "left behind in its thread" if task.cancel is None else "cancelled"
            self.app.logger.warning(
                "Background task %s was %s: it had not ended %g seconds after the stop"
                " (BACKGROUND_TASK_SHUTDOWN_TIMEOUT).",
                task,
                how,
                seconds,
            )
            if task.cancel is None:
                continue
            if worker is None and self._own_loop is not None:
                self._own_loop.loop.call(task.cancel)
            elif worker is not None:
                worker.wait(_call_on_loop(task.cancel))

    def _wait(self, seconds: float) -> bool:
        """Wait until no task is left; tell whether that is so."""
        worker = active_worker()
        if worker is not None:
            ended: bool = worker.wait(self._wait_on_loop(seconds))
            return ended
        with self._changed:
            return self._changed.wait_for(lambda: not self._running, seconds)

    async def _wait_on_loop(self, seconds: float) -> bool:
        event, loop = new_event(), current_loop()
        with self._changed:
            if not self._running:
                return True
            self._watchers.append(lambda: loop.call(event.set))
        return await wait_for_event(event, seconds)


async def _this_loop() -> Loop:
    return current_loop()


async def _call_on_loop(function: Callable[[], object]) -> None:
    function()


class _Threads:
    """Threads that end when nothing is left to do; daemons, so that none outlives the program.

    Args:
        most: How many there may be; what is more waits for its turn.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0
        self._jobs: deque[Callable[[], None]] = deque()
        self._lock = threading.Lock()

    def run(self, job: Callable[[], None]) -> None:
        """Run a job in a thread, which copies nothing of the caller's context."""
        with self._lock:
            self._jobs.append(job)
            if self._count >= self._most:
                return
            self._count += 1
        start_thread(self._work, "flask-background-sync")

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._jobs:
                    self._count -= 1
                    return
                job = self._jobs.popleft()
            job()
            del job


def _end_all() -> None:
    for tasks in list(_ALL):
        if tasks.pid == os.getpid():
            tasks.end()


_making = threading.Lock()
_ALL: WeakSet[BackgroundTasks] = WeakSet()
atexit.register(_end_all)
