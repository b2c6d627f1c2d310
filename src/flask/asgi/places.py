"""Where should a request run, on the loop or in a home thread? A guess that cannot do harm.

What turns out to be synchronous on the loop goes to the home thread by itself, what is async at
home to the loop: a wrong guess costs a hop between threads, never a wrong answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask.coroutines import is_coroutine_function
from flask.lifecycle.serving import Serving
from flask.sessions import SecureCookieSessionInterface
from flask.signals import (
    appcontext_popped,
    appcontext_pushed,
    appcontext_tearing_down,
    request_finished,
    request_started,
    request_tearing_down,
)

if TYPE_CHECKING:
    from flask.app import Flask
    from flask.asgi.environ import Environ


ASYNC, INLINE, THREAD, UNSAID = "async", "inline", "thread", ""

MOST_HOPS = 2
"""Hooks that go home one by one; to begin there and to await the view on the loop takes two, too."""

THREADS = 40
"""Threads at most for synchronous code: ``ASGI_THREADS``."""


def check_settings(app: Flask) -> None:
    """Refuse settings that mean nothing.

    Raises:
        ValueError: One does not; the text says what it can be.
    """
    threads = app.config.get("ASGI_THREADS", THREADS)
    if type(threads) is not int or threads < 1:
        raise ValueError(f"ASGI_THREADS is {threads!r}: it can be a number from 1.")
    grace = app.config.get("ASGI_DISCONNECT_GRACE")
    if grace is not None and (type(grace) not in {int, float} or grace < 0):
        raise ValueError(
            f"ASGI_DISCONNECT_GRACE is {grace!r}: it can be seconds from 0, or None for no end."
        )
    runs_inline(app, None)


class Hints:
    """Guesses where an application's requests should run.

    Args:
        app: The application.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._counted = -1
        # What kind all views of a path, or below its first part, are; absent where they differ.
        self._by_path: dict[str, str] = {}
        self._by_part: dict[str, str] = {}
        self._has_many_hooks = False

    def is_for_loop(self, environ: Environ) -> bool:
        """Tell whether a request should run on the loop, as its view is async or to run inline.

        Synchronous hooks and handlers go home one by one, unless they are many: then it is
        cheaper when all begins there. What is not called by way of ``ensure_sync`` makes the
        whole request a synchronous one.
        """
        app = self._app
        if len(app.view_functions) != self._counted:
            self._look_at_views()
        path = environ["PATH_INFO"]
        kind = self._by_path.get(path)
        if kind is None:
            kind = self._by_part.get(path.split("/", 2)[1] if "/" in path else path)
            if kind is None:
                kind = self._ask_map(path, environ["REQUEST_METHOD"])
        if (
            kind == ASYNC
            and not self._has_many_hooks
            and type(app.session_interface) is SecureCookieSessionInterface
            and type(app).async_to_sync is _STOCK_ASYNC_TO_SYNC  # another may run a loop of its own
            and not any(_RECEIVERS)
        ):
            return True
        if kind in {ASYNC, UNSAID}:
            kind = app.config.get("ASGI_SYNC_VIEWS", THREAD)
        return kind == INLINE

    def _look_at_views(self) -> None:
        """Find the paths, and the parts of paths below which all views, are of one kind."""
        at: dict[str, set[str]] = {}
        below: dict[str, set[str]] = {}
        app = self._app
        for rule in app.url_map.iter_rules():
            part = rule.rule.split("/", 2)[1]
            of_path = at.setdefault(rule.rule, set())
            of_part = below.setdefault("" if "<" in part else part, set())
            for method in (rule.methods or {"GET", "POST"}) - {"OPTIONS", "HEAD"}:
                kind = kind_of(rule, app.view_functions.get(rule.endpoint), method)
                of_path.add(kind)
                of_part.add(kind)
        anywhere = below.pop("", set())
        self._by_path = {path: next(iter(kinds)) for path, kinds in at.items() if len(kinds) == 1}
        self._by_part = {
            part: next(iter(kinds | anywhere))  # of a rule for OPTIONS alone there is none
            for part, kinds in below.items()
            if len(kinds | anywhere) == 1
        }
        hooks: list[Any] = [*app.teardown_appcontext_funcs]
        for table in (
            app.url_value_preprocessors,
            app.before_request_funcs,
            app.after_request_funcs,
            app.teardown_request_funcs,
        ):
            hooks += table.get(None, ())
        plain = sum(not is_coroutine_function(hook) for hook in hooks)
        self._has_many_hooks = plain > MOST_HOPS
        self._counted = len(app.view_functions)

    def describe(self, method: str, path: str) -> str:
        """Return what the log calls a request."""
        url_map: Any = self._app.url_map
        try:
            endpoint = url_map.match_plainly(path, method)[0].endpoint
        except Exception:  # noqa: BLE001 - whatever is wrong with it, the log wants a name
            return f"{method} {path}"
        return f"The view of {endpoint!r} ({method} {path})"

    def _ask_map(self, path: str, method: str) -> str:
        """Ask the URL map; where no view answers, nothing synchronous will run but middleware."""
        url_map: Any = self._app.url_map
        try:
            matched = url_map.match_plainly(path, method)
        except Exception:  # noqa: BLE001 - of a converter too: it comes again where it belongs
            # What is around wsgi_app may be a dispatcher, and the path another application's.
            is_stock = getattr(self._app.wsgi_app, "__func__", None) is Serving.wsgi_app
            return ASYNC if is_stock else UNSAID
        if matched is None:
            return UNSAID
        rule = matched[0]
        return kind_of(rule, self._app.view_functions.get(rule.endpoint), method)


_STOCK_ASYNC_TO_SYNC = Serving.async_to_sync
_RECEIVERS = tuple(
    signal.receivers
    for signal in (
        request_started,
        request_finished,
        request_tearing_down,
        appcontext_pushed,
        appcontext_tearing_down,
        appcontext_popped,
    )
)  # the dicts themselves, which Blinker changes


def kind_of(rule: Any, view: Any, method: str) -> str:
    """Tell what kind the view of a rule is."""
    if view is None or is_async_view(view, method):
        return ASYNC
    kind: str = getattr(rule, "sync_view", None) or UNSAID
    return kind


def runs_inline(app: Flask, rule: Any) -> bool:
    """Tell whether synchronous functions run on the loop.

    The option ``sync_view`` of the request's route says so, else ``ASGI_SYNC_VIEWS``.
    """
    how: str = getattr(rule, "sync_view", None) or app.config.get("ASGI_SYNC_VIEWS", THREAD)
    if how not in {INLINE, THREAD}:
        raise ValueError(f"ASGI_SYNC_VIEWS is {how!r}: it can be 'thread' or 'inline'.")
    return how == INLINE


def is_async_view(view: Any, method: str) -> bool:
    """Tell whether a view is a coroutine function, or a class whose methods are."""
    view_class = getattr(view, "view_class", None)
    if view_class is None:
        return is_coroutine_function(view)
    if is_coroutine_function(view_class.dispatch_request):
        return True
    handler = getattr(view_class, method.lower(), None)
    return handler is not None and is_coroutine_function(handler)


def call_inline(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a synchronous function of the application on the loop.

    Raises:
        RuntimeError: It called :func:`asyncio.run`, which the running loop forbids.
    """
    try:
        return function(*args, **kwargs)
    except RuntimeError as error:
        if "asyncio.run() cannot be called" in str(error):
            raise RuntimeError(
                f"{error} With ASGI_SYNC_VIEWS = 'inline' synchronous views run on the server's"
                " loop: make this one 'async def' and await, or set ASGI_SYNC_VIEWS to 'thread'."
            ) from error
        raise
