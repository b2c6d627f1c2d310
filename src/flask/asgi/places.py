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


class Hints:
    """Guesses where an application's requests should run.

    Args:
        app: The application, whose hooks are looked at for each request.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._counted = -1
        # Whether all views below the first part of a path are async; absent where some are.
        self._by_part: dict[str, bool] = {}

    def serves_async(self, environ: Environ) -> bool:
        """Tell whether a request's view is async, and nothing around it must run elsewhere.

        Hooks and handlers are not asked: those that are synchronous go home one by one.
        """
        app = self._app
        if (
            type(app.session_interface) is not SecureCookieSessionInterface
            or type(app).async_to_sync is not Serving.async_to_sync  # it may run a loop of its own
            or request_started.receivers
            or request_finished.receivers
            or request_tearing_down.receivers
            or appcontext_pushed.receivers
            or appcontext_tearing_down.receivers
            or appcontext_popped.receivers
        ):
            return False
        if len(app.view_functions) != self._counted:
            self._look_at_views()
        is_async = self._by_part.get(environ["PATH_INFO"].split("/", 2)[1])
        if is_async is None:
            is_async = self._is_async_at(environ["PATH_INFO"], environ["REQUEST_METHOD"])
        return is_async

    def _look_at_views(self) -> None:
        """Find the parts of paths below which all views are async, or none is."""
        found: dict[str, set[bool | None]] = {}
        app = self._app
        for rule in app.url_map.iter_rules():
            view = app.view_functions.get(rule.endpoint)
            if view is not None:
                part = rule.rule.split("/", 2)[1]
                methods = rule.methods or {"GET", "POST"}
                kinds = found.setdefault("" if "<" in part else part, set())
                kinds.update(
                    is_async_view(view, method) for method in methods - {"OPTIONS", "HEAD"}
                )
        anywhere = found.pop("", set())
        self._by_part = {
            part: True in kinds for part, kinds in found.items() if len(kinds | anywhere) == 1
        }
        self._counted = len(app.view_functions)

    def _is_async_at(self, path: str, method: str) -> bool:
        """Ask the URL map; where nobody answers, nothing synchronous will run."""
        url_map: Any = self._app.url_map
        try:
            matched = url_map.match_plainly(path, method)
        except Exception:  # noqa: BLE001 - of a converter too: it comes again where it belongs
            return True
        view = None if matched is None else self._app.view_functions.get(matched[0].endpoint)
        return view is None or is_async_view(view, method)


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
