"""What happens when a server starts and stops? The hooks of serving run, ``lifespan`` calls them.

SPEC: ASGI, "Lifespan Protocol" 2.0. Servers without it use ``app.serving()``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from flask.asgi.background import AppHome, tasks_of
from flask.coroutines import result_of, shielded
from flask.lifecycle.bridge import run_on_loop
from flask.lifecycle.loops import current_loop
from flask.setup.hooks import where_is

if TYPE_CHECKING:
    from flask.app import Flask

State = dict[str, Any]
_END = object()


class Lifespan:
    """One run of an application, from the server's start to its stop.

    Use it by ``with`` or ``async with``; see :meth:`Flask.serving`.

    Args:
        app: The application, whose hooks are read when it starts and when it stops.
        state: Gets what the hooks return or yield.
    """

    _has_started = False

    def __init__(self, app: Flask, state: State | None = None) -> None:
        self.app = app
        self.state: State = {} if state is None else state
        self._tasks = tasks_of(app)
        self._home = AppHome(self._tasks)
        self._begun: list[tuple[Any, Callable[[], object]]] = []  # hook, what ends it

    # Plain code, which may wait: the same for all servers

    def start(self) -> None:
        """Call the functions of the start, in an application context of their own.

        When one fails, what was begun is ended, and its error is raised.
        """
        app = self.app
        app._lifespan = self
        try:
            with app.app_context():
                for hook in app.while_serving_funcs:
                    self._begin(hook)
                for hook in app.before_serving_funcs:
                    self._keep(result_of(app.ensure_sync(hook)(), app.async_to_sync))
        except BaseException:
            with shielded():
                log_errors(app, self._end(()))
            raise
        self._has_started = True

    def stop(self) -> list[Exception]:
        """End the background tasks, then call the functions of the stop, last registered first.

        Returns:
            The errors of those that failed; the others were called all the same. None when it
            has not started: a server may tell a worker to stop that could not.
        """
        if not self._has_started:
            return []
        self._has_started = False
        with shielded():
            return self._end(self.app.after_serving_funcs[::-1])

    def _end(self, hooks: Any) -> list[Exception]:
        errors: list[Exception] = []
        app = self.app
        app._lifespan = None
        self._tasks.end()
        try:
            with app.app_context():
                for hook in hooks:
                    _collect(app, errors, hook, app.ensure_sync(hook))
                while self._begun:
                    hook, end = self._begun.pop()
                    _collect(app, errors, hook, end)
        except Exception as error:  # noqa: BLE001 - of a teardown function
            errors.append(error)
        if len(self._tasks):  # which these functions added
            self._tasks.end()
        return errors

    def _begin(self, hook: Callable[[], Any]) -> None:
        """Call a function of ``while_serving`` and note what ends that which it began."""
        begun = self.app.ensure_sync(hook)()
        ensure_sync, async_to_sync = self.app.ensure_sync, self.app.async_to_sync
        begin: Callable[[], Any]
        end: Callable[[], Any]
        given: list[Any] = []  # filled where it begins
        if hasattr(begun, "__aenter__"):
            begin = async_to_sync(_entered(begun, given))
            end = async_to_sync(_left(begun))
        elif hasattr(begun, "__enter__"):
            begin = ensure_sync(lambda: given.append(begun.__enter__()))
            end = ensure_sync(lambda: begun.__exit__(None, None, None))
        elif hasattr(begun, "__anext__"):
            begin = async_to_sync(_first_of(begun, given))
            end = _ending(async_to_sync(_next_of(begun)), hook)
        elif hasattr(begun, "__next__"):
            begin = ensure_sync(lambda: given.append(next(begun, _END)))
            end = _ending(ensure_sync(lambda: next(begun, _END)), hook)
        else:
            raise TypeError(
                f"A 'while_serving' function must yield once or return a context manager:"
                f" {where_is(hook)} returned {begun!r}."
            )
        try:
            begin()
        finally:  # a thread may have begun it while the start was cancelled
            if given and given[0] is not _END:
                self._begun.append((hook, end))
        if given[0] is _END:
            raise RuntimeError(
                f"A 'while_serving' function must yield once: {where_is(hook)} ended without."
            )
        self._keep(given[0])

    def _keep(self, given: Any) -> None:
        if isinstance(given, Mapping):
            self.state.update(given)

    # Entered by programs and by serve_lifespan

    def __enter__(self) -> State:
        self.start()
        return self.state

    def __exit__(
        self, kind: type | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._raise(self.stop(), error)

    async def __aenter__(self) -> State:
        self._tasks.server_loop = current_loop()
        try:
            await run_on_loop(self._home, self.start)
        except BaseException:
            self._leave()
            raise
        return self.state

    async def __aexit__(
        self, kind: type | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._raise(await self.stop_on_loop(), error)

    async def stop_on_loop(self) -> list[Exception]:
        """Do what :meth:`stop` does, without blocking the loop."""
        try:
            errors: list[Exception] = await run_on_loop(self._home, self.stop)
        finally:
            self._leave()
        return errors

    def _leave(self) -> None:
        self._tasks.server_loop = None
        self._home.leave()

    def _raise(self, errors: list[Exception], error: BaseException | None) -> None:
        """Raise what went wrong at the stop, or log it when another error is on its way."""
        if error is not None:
            log_errors(self.app, errors)
        elif len(errors) == 1:
            raise errors[0]
        elif errors:
            raise ExceptionGroup("Several functions failed when the application stopped.", errors)


def log_errors(app: Flask, errors: list[Exception]) -> None:
    """Log what functions of the stop raised."""
    for error in errors:
        note = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
        app.logger.error("Stopping the application failed.%s", note, exc_info=error)


def _collect(
    app: Flask, errors: list[Exception], hook: Any, function: Callable[[], object]
) -> None:
    try:
        result_of(function(), app.async_to_sync)
    except Exception as error:  # noqa: BLE001 - the others run all the same
        error.add_note(f"In {where_is(hook)}.")
        errors.append(error)


def _entered(manager: Any, given: list[Any]) -> Callable[[], Any]:
    async def enter() -> None:
        given.append(await manager.__aenter__())

    return enter


def _left(manager: Any) -> Callable[[], Any]:
    async def leave() -> None:
        await manager.__aexit__(None, None, None)

    return leave


def _first_of(generator: Any, given: list[Any]) -> Callable[[], Any]:
    async def step() -> None:
        given.append(await anext(generator, _END))

    return step


def _next_of(generator: Any) -> Callable[[], Any]:
    async def step() -> Any:
        return await anext(generator, _END)

    return step


def _ending(step: Callable[[], Any], hook: Any) -> Callable[[], None]:
    def end() -> None:
        if step() is not _END:
            raise RuntimeError(f"A 'while_serving' function must yield once: {where_is(hook)}.")

    return end


async def serve_lifespan(
    lifespan: Lifespan,
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """Start and stop an application as its server says.

    A lifespan whose task is cancelled, or whose server breaks, is stopped all the same.
    """
    app = lifespan.app
    while (await receive())["type"] != "lifespan.startup":
        pass
    try:
        await lifespan.__aenter__()
    except (Exception, SystemExit) as error:
        app.logger.exception("Starting the application failed.")
        await send({"type": "lifespan.startup.failed", "message": _message_of(error)})
        return
    try:
        await send({"type": "lifespan.startup.complete"})
        while (await receive())["type"] != "lifespan.shutdown":
            pass
    except GeneratorExit:  # nothing can be awaited any more
        raise
    except BaseException:
        with shielded():
            log_errors(app, await lifespan.stop_on_loop())
        raise
    errors = await lifespan.stop_on_loop()
    log_errors(app, errors)
    if errors:
        message = "; ".join(map(_message_of, errors))
        await send({"type": "lifespan.shutdown.failed", "message": message})
    else:
        await send({"type": "lifespan.shutdown.complete"})


def _message_of(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
