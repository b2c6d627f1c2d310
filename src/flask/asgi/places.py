"""Where should a request run, on the loop or in a home thread? A guess that cannot do harm.

What turns out to be synchronous on the loop goes to the home thread by itself, what is async at
home to the loop: a wrong guess costs a hop between threads, never a wrong answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException

from flask.coroutines import is_coroutine_function
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

_SIGNALS = (
    *(request_started, request_finished, request_tearing_down),
    *(appcontext_pushed, appcontext_tearing_down, appcontext_popped),
)


def serves_async(app: Flask, environ: Environ) -> bool:
    """Tell whether all that a request will call is async, as far as its path can say."""
    if type(app.session_interface) is not SecureCookieSessionInterface:
        return False
    for signal in _SIGNALS:
        if signal.receivers:
            return False
    view = view_of(app, environ)
    if view is not None and not is_async_view(view, environ["REQUEST_METHOD"]):
        return False
    if app.teardown_appcontext_funcs and not _are_async(app.teardown_appcontext_funcs):
        return False
    for hooks in (
        app.before_request_funcs,
        app.after_request_funcs,
        app.teardown_request_funcs,
        app.url_value_preprocessors,
    ):
        if hooks:  # a blueprint's too: which of them the request has is known when it is matched
            for functions in hooks.values():
                if not _are_async(functions):
                    return False
    return True


def _are_async(functions: Any) -> bool:
    return all(map(is_coroutine_function, functions))


def view_of(app: Flask, environ: Environ) -> Any:
    """Return the view that will answer, or ``None`` where that is not clear."""
    url_map: Any = app.url_map
    try:
        matched = url_map.match_plainly(environ["PATH_INFO"], environ["REQUEST_METHOD"])
    except HTTPException:
        return None
    except Exception:  # noqa: BLE001 - of a converter: it will come again where it belongs
        return None
    return None if matched is None else app.view_functions.get(matched[0].endpoint)


def is_async_view(view: Any, method: str) -> bool:
    """Tell whether a view is a coroutine function, or a class whose methods are."""
    view_class = getattr(view, "view_class", None)
    if view_class is None:
        return is_coroutine_function(view)
    if is_coroutine_function(view_class.dispatch_request):
        return True
    handler = getattr(view_class, method.lower(), None)
    return handler is not None and is_coroutine_function(handler)


def is_inline(app: Flask, environ: Environ) -> bool:
    """Tell whether synchronous functions run on the loop: ``ASGI_SYNC_VIEWS``."""
    how: str = app.config.get("ASGI_SYNC_VIEWS", "thread")
    return how == "inline"


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
