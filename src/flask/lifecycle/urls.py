"""Which URL does an endpoint have here? ``Flask.url_for`` and the URL adapters ask here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from werkzeug.routing import BuildError, MapAdapter

from flask.globals import _cv_app, _cv_request

if TYPE_CHECKING:
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
    ctx = _cv_request.get(None)
    if ctx is not None:
        adapter = ctx.url_adapter
        if endpoint[:1] == ".":  # relative to the current blueprint
            blueprint = ctx.request.blueprint
            endpoint = endpoint[1:] if blueprint is None else f"{blueprint}{endpoint}"
        if external is None:
            external = scheme is not None
    else:
        app_ctx = _cv_app.get(None)
        adapter = app.create_url_adapter(None) if app_ctx is None else app_ctx.url_adapter
        if external is None:
            external = True
    if adapter is None:
        raise RuntimeError(
            "Unable to build URLs outside an active request without 'SERVER_NAME' configured."
            " Also configure 'APPLICATION_ROOT' and 'PREFERRED_URL_SCHEME' as needed."
        )
    if scheme is not None and not external:
        raise ValueError("When specifying '_scheme', '_external' must be True.")
    app.inject_url_defaults(endpoint, values)
    try:
        url = adapter.build(
            endpoint, values, method=method, url_scheme=scheme, force_external=external
        )
    except BuildError as error:
        values.update(_anchor=anchor, _method=method, _scheme=scheme, _external=external)
        return app.handle_url_build_error(error, endpoint, values)
    if anchor is None:
        return url
    return f"{url}#{quote(anchor, safe=_FRAGMENT_SAFE)}"


# RFC 3986 §3.5, and the percent sign, so that an escaped anchor stays as it is.
_FRAGMENT_SAFE = "%!#$&'()*+,/:;=?@"
