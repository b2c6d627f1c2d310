"""Which rule answers a URL? Werkzeug's map, bound to a request without work done twice.

``setup.app`` makes the map; ``lifecycle.urls`` binds it. The compiled table of the
speed issue takes this module's place behind the same class.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from werkzeug.routing import Map, MapAdapter

from flask.internals import bound_server_name, text_of_wsgi_bytes

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from werkzeug.wrappers import Request


class URLMap(Map):
    """The URL map of an application: Werkzeug's, with a short way to bind a usual request."""

    def bind_to_environ(
        self,
        environ: WSGIEnvironment | Request,
        server_name: str | None = None,
        subdomain: str | None = None,
    ) -> MapAdapter:
        """Return the adapter for one request.

        A request that upgrades, or whose subdomain has to be found, is bound by Werkzeug.
        """
        env = environ if isinstance(environ, dict) else environ.environ
        if subdomain is None or self.host_matching or "HTTP_UPGRADE" in env:
            return super().bind_to_environ(environ, server_name, subdomain)
        scheme = env["wsgi.url_scheme"]
        name = _server_name(
            scheme,
            env.get("HTTP_HOST"),
            env.get("SERVER_NAME"),
            env.get("SERVER_PORT"),
            server_name,
        )
        prefix = env.get("SCRIPT_NAME")
        path = env.get("PATH_INFO")
        query = env.get("QUERY_STRING")
        return MapAdapter(
            self,
            name,
            text_of_wsgi_bytes(prefix) if prefix else "/",
            subdomain,
            scheme,
            "/" if path is None else text_of_wsgi_bytes(path),
            env["REQUEST_METHOD"],
            text_of_wsgi_bytes(query) if query else query,
        )


# Hosts that clients send are bounded in number here, not in what they may contain.
_server_name = lru_cache(maxsize=256)(bound_server_name)
