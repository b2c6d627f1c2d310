"""Which URL does an endpoint have here? ``Flask.url_for`` and the URL adapters ask here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from werkzeug.routing import BuildError, MapAdapter

from flask.globals import get_app_context, get_request_context
from flask.internals import text_of_wsgi_bytes
from flask.routing import URLMap
from flask.routing.building import URLAdapter, path_to

if TYPE_CHECKING:
    from flask.ctx import RequestContext
    from flask.lifecycle.serving import Serving
    from flask.wrappers import Request


def adapter_for(app: Serving, request: Request | None) -> MapAdapter | None:
    """Bind the URL map to a request, or to ``SERVER_NAME`` outside of one.

    Returns:
        ``None`` outside a request when ``SERVER_NAME`` is not set.

    Raises:
        SecurityError: The request's host is not in ``TRUSTED_HOSTS``.
    """
    config = app.config
    server_name: str | None = config["SERVER_NAME"]
    url_map = app.url_map
    if request is None:
        if server_name is None:
            return None
        return url_map.bind(
            server_name,
            script_name=config["APPLICATION_ROOT"],
            url_scheme=config["PREFERRED_URL_SCHEME"],
        )
    trusted_hosts = config["TRUSTED_HOSTS"]
    if trusted_hosts is not None:
        request.trusted_hosts = trusted_hosts
    if request.trusted_hosts:
        _ = request.host  # checks it; nobody else may ever touch it
    subdomain: str | None = None
    if url_map.host_matching:
        server_name = None  # else the rule's host would be compared to it, not to the request's
    elif not app.subdomain_matching:
        subdomain = url_map.default_subdomain or ""
    return url_map.bind_to_environ(request.environ, server_name=server_name, subdomain=subdomain)


def build_url(
    app: Serving,
    endpoint: str,
    values: dict[str, Any],
    anchor: str | None,
    method: str | None,
    scheme: str | None,
    external: bool | None,
) -> str:
    """Build a URL as :meth:`flask.Flask.url_for` documents it."""
    ctx: Any = get_request_context(None)
    if external is None:
        external = ctx is None or scheme is not None
    adapter: Any = None  # PERF: 1.5 µs; most requests only build paths, without it
    if ctx is None or not ctx._adapter_is_due:
        adapter = _active_adapter(app) if ctx is None else ctx.url_adapter
        if adapter is None:
            raise RuntimeError(
                "Unable to build URLs outside an active request without 'SERVER_NAME' configured."
                " Also configure 'APPLICATION_ROOT' and 'PREFERRED_URL_SCHEME' as needed."
            )
    if scheme is not None and not external:
        raise ValueError("When specifying '_scheme', '_external' must be True.")
    if "." in endpoint and endpoint[0] == "." and ctx is not None:
        endpoint = _endpoint_beside(ctx, endpoint)
    app.inject_url_defaults(endpoint, values)
    url = None
    if adapter is None:
        url = None if external else _path_here(ctx, endpoint, values, method)
    elif not external and getattr(adapter.build, "__func__", None) is _STOCK_BUILD:
        url = adapter.relative_url(endpoint, values, method)
    if url is None:
        asked = ctx.url_adapter if adapter is None else adapter
        try:
            url = asked.build(
                endpoint, values, method=method, url_scheme=scheme, force_external=external
            )
        except BuildError as error:
            values.update(_anchor=anchor, _method=method, _scheme=scheme, _external=external)
            return app.handle_url_build_error(error, endpoint, values)
    return url if anchor is None else f"{url}#{quote(anchor, safe=_FRAGMENT_SAFE)}"


def _endpoint_beside(ctx: RequestContext, endpoint: str) -> str:
    """Return the endpoint that one with a leading dot means in the request's blueprint."""
    blueprint = ctx.request.blueprint
    return endpoint[1:] if blueprint is None else f"{blueprint}{endpoint}"


def _active_adapter(app: Serving) -> MapAdapter | None:
    """Return what builds URLs outside of a request."""
    ctx = get_app_context(None)
    return app.create_url_adapter(None) if ctx is None else ctx.url_adapter


def _path_here(ctx: Any, endpoint: str, values: dict[str, Any], method: str | None) -> str | None:
    """Return the URL that the adapter of a request would build, which nobody asked for yet.

    ``None`` where the adapter has to tell.
    """
    url_map = ctx.app.url_map
    if not ctx._adapter_is_due or type(url_map) is not URLMap:  # since the URL defaults were asked
        return None
    environ = ctx.request._given
    path = path_to(url_map, endpoint, values, method, environ["REQUEST_METHOD"])
    prefix = environ.get("SCRIPT_NAME")
    if path is None or not prefix:
        return path
    return f"{text_of_wsgi_bytes(prefix).rstrip('/')}{path}"


_STOCK_BUILD = URLAdapter.build
# RFC 3986 §3.5, and the percent sign, so that an escaped anchor stays as it is.
_FRAGMENT_SAFE = "%!#$&'()*+,/:;=?@"
