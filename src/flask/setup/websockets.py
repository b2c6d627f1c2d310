"""How is a WebSocket route registered? Beside the views, where WSGI finds an explanation.

``lifecycle.websockets`` is the application's half, and reads what is registered here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from werkzeug.exceptions import NotImplemented as HTTPNotImplemented

from flask import typing as ft
from flask.globals import active_request_context
from flask.setup.scaffold import (
    Scaffold,
    T_after_websocket,
    T_before_request,
    T_teardown,
    _endpoint_from_view_func,
    setupmethod,
)

if TYPE_CHECKING:
    from flask.setup.app import App


F = TypeVar("F", bound="Callable[..., Any]")


class WebsocketScaffold(Scaffold):
    """What a blueprint says of WebSockets."""

    if TYPE_CHECKING:

        def record(self, func: Callable[[Any], Any]) -> None:
            """Call a function at registration."""

        def _tell_table(self, table: str, f: F) -> F: ...

    @setupmethod
    def add_websocket(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: ft.WebsocketCallable | None = None,
        **options: Any,
    ) -> None:
        """Register a rule for WebSockets below the prefix; see :meth:`Flask.add_websocket`.

        Raises:
            ValueError: The endpoint's or the function's name holds a dot.

        Since: 3.1.3+dewar.2.
        """
        refuse_dots(endpoint, view_func)
        self.record(lambda state: state.add_websocket(rule, endpoint, view_func, **options))

    @setupmethod
    def before_app_websocket(self, f: T_before_request) -> T_before_request:
        """Like :meth:`before_websocket`, for all of the application. Since: 3.1.3+dewar.2."""
        return self._tell_table("before_websocket_funcs", f)

    @setupmethod
    def after_app_websocket(self, f: T_after_websocket) -> T_after_websocket:
        """Like :meth:`after_websocket`, for all of the application. Since: 3.1.3+dewar.2."""
        return self._tell_table("after_websocket_funcs", f)

    @setupmethod
    def teardown_app_websocket(self, f: T_teardown) -> T_teardown:
        """Like :meth:`teardown_websocket`, for all of the application. Since: 3.1.3+dewar.2."""
        return self._tell_table("teardown_websocket_funcs", f)


def refuse_dots(endpoint: str | None, function: Any) -> None:
    """Refuse names in a blueprint that hold what separates its own from theirs.

    Raises:
        ValueError: The endpoint's or the function's name holds a dot.
    """
    if endpoint and "." in endpoint:
        raise ValueError("'endpoint' may not contain a dot '.' character.")
    if function and "." in getattr(function, "__name__", ""):
        raise ValueError("'view_func' name may not contain a dot '.' character.")


def register_websocket(
    app: App,
    functions: dict[str, Any],
    rule: str,
    endpoint: str | None,
    handler: Any,
    options: dict[str, Any],
) -> None:
    """Register a rule that only handshakes match, and the function that talks with the client.

    Raises:
        TypeError: ``methods`` are given: a handshake is a GET (RFC 6455 §4.1).
    """
    if "methods" in options:
        raise TypeError(f"The WebSocket route {rule!r} takes no 'methods': a handshake is a GET.")
    if endpoint is None:
        endpoint = _endpoint_from_view_func(handler)
    known = app.view_functions.get(endpoint)
    # The same handler may have several rules; another one under its name is refused as views are.
    view = known if known and functions.get(endpoint) is handler else _needs_asgi(handler)
    app.add_url_rule(
        rule,
        endpoint,
        view,
        provide_automatic_options=False,
        methods=("GET",),
        websocket=True,
        **options,
    )
    functions[endpoint] = handler


def _needs_asgi(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Return the view that answers a handshake that came as an HTTP request."""
    told: set[str] = set()  # logged once: a page that falls back to something else comes again

    def refuse(**values: Any) -> NoReturn:
        ctx = active_request_context()
        name = f"{ctx.app.import_name}:app"
        if "asgi.scope" in ctx.request.environ:
            text = (
                f"{ctx.request.path!r} is a WebSocket route, but this server passed the handshake"
                " on as an HTTP request: it lacks WebSocket support. For uvicorn, run:"
                " pip install websockets"
            )
        else:
            text = (
                f"{ctx.request.path!r} is a WebSocket route: it needs an ASGI server, and this"
                f" one speaks WSGI. Run: uvicorn --interface asgi3 {name}"
                f" - or: granian --interface asgi {name}"
            )
        if ctx.app.name not in told:
            told.add(ctx.app.name)
            ctx.app.logger.error(text)
        raise HTTPNotImplemented(text)

    return update_wrapper(refuse, handler)
