"""How is a WebSocket route registered? Beside the views, where WSGI finds an explanation.

``App.add_websocket`` calls it; ``lifecycle.websockets`` reads ``websocket_functions``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, NoReturn

from werkzeug.exceptions import NotImplemented as HTTPNotImplemented

from flask.globals import active_request_context
from flask.setup.scaffold import _endpoint_from_view_func

if TYPE_CHECKING:
    from flask.setup.app import App


def register_websocket(
    app: App, rule: str, endpoint: str | None, handler: Any, options: dict[str, Any]
) -> None:
    """Register a rule that only handshakes match, and the function that talks with the client.

    Raises:
        TypeError: ``methods`` are given: a handshake is a GET (RFC 6455 §4.1).
    """
    if "methods" in options:
        raise TypeError(f"The WebSocket route {rule!r} takes no 'methods': a handshake is a GET.")
    if endpoint is None:
        endpoint = _endpoint_from_view_func(handler)
    functions = app.websocket_functions
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
        ctx.app.logger.error(text)
        raise HTTPNotImplemented(text)

    return update_wrapper(refuse, handler)
