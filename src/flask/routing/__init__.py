"""Which rule answers a URL? Werkzeug's map, compiled; it is asked itself for all that is rare.

``setup.app`` makes the map, ``lifecycle.urls`` binds it, ``ctx`` matches by it.
"""

from __future__ import annotations

from functools import lru_cache
from threading import RLock
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import Map, MapAdapter

from flask.internals import (
    bound_server_name,
    defer_matcher,
    routing_states,
    rules_of,
    sort_rules,
    text_of_wsgi_bytes,
)
from flask.lazy import LazyAttribute
from flask.routing.building import URLAdapter, Way, ways_of
from flask.routing.compiler import Table
from flask.routing.rules import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from _typeshed.wsgi import WSGIEnvironment
    from werkzeug.routing import RuleFactory
    from werkzeug.wrappers import Request

    from flask.routing.compiler import Match

__all__ = ["RequestAdapter", "Rule", "URLMap"]


class URLMap(Map):
    """The URL map of an application: Werkzeug's, with a compiled table for plain matches.

    Attributes:
        plain_hosts: Host headers that were bound before, if the map is of one domain.
    """

    def __init__(
        self, rules: Iterable[RuleFactory] | None = None, *args: Any, **kwargs: Any
    ) -> None:
        self._compile_lock = RLock()  # adding a rule may run a converter's code, which may add
        self._last_change = object()
        self._table: Table | None = None
        self.plain_hosts: set[str] = set()
        super().__init__(None, *args, **kwargs)
        defer_matcher(self)
        for rulefactory in rules or ():
            self.add(rulefactory)

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name in _SWITCHES:
            self._forget_table()
        elif name in _STOCK_STEPS:
            self.plain_hosts = set()  # to be called for every request

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        if name in _STOCK_STEPS:
            self.plain_hosts = set()

    def _has_stock_steps(self) -> bool:
        """Tell whether nobody, a subclass or test, has to be asked for every request."""
        return all(
            getattr(getattr(self, name), "__func__", None) is stock
            for name, stock in _STOCK_STEPS.items()
        ) and all(getattr(cls, name) is stock for cls, name, stock in _WERKZEUG_STEPS)

    def add(self, rulefactory: RuleFactory) -> None:
        """Add a rule; the table is compiled anew at the next request."""
        with self._compile_lock:
            try:
                super().add(rulefactory)
            finally:  # of several rules the last may be wrong
                self._forget_table()

    def _forget_table(self) -> None:
        self._last_change = object()  # before the table: one that is being compiled is old now
        self._table = None
        self.plain_hosts = set()

    def update(self) -> None:
        """Sort the rules and compile the table, if rules were added or switches set."""
        if self._table is None:
            self._compile()

    def _compile(self) -> Table:
        """Return the table, compiled by one thread while others wait, or use the last one."""
        with self._compile_lock:
            table = self._table
            if table is None:
                change = self._last_change
                sort_rules(self)
                table = Table(routing_states(self), self)
                self._table = table
                if self._last_change is not change:
                    self._table = None
        return table

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
        scheme, host = env["wsgi.url_scheme"], env.get("HTTP_HOST")
        if (
            subdomain is None
            or self.host_matching
            or "HTTP_UPGRADE" in env
            or scheme not in HTTP_SCHEMES
            or Map.bind_to_environ is not _WERKZEUG_BIND
        ):
            return super().bind_to_environ(environ, server_name, subdomain)
        adapter = RequestAdapter(self, env, scheme, subdomain, host, server_name)
        if host not in self.plain_hosts:
            _ = adapter.server_name  # fails where the host can be no domain's name
            if (
                host is not None
                and len(host) <= _LONGEST_HOST
                and subdomain == self.default_subdomain == ""
                and self._has_stock_steps()
            ):
                if len(self.plain_hosts) >= _MOST_HOSTS:
                    self.plain_hosts.clear()
                self.plain_hosts.add(host)
        return adapter

    def match_plainly(self, path: str, method: str) -> Match | None:
        """Return rule and values of a path on the default domain, for a method in capitals.

        ``None`` when Werkzeug has to tell.

        Raises:
            NotFound: No rule is for the path.
            MethodNotAllowed: None of the path's rules allows the method.
            WebsocketMismatch: Only a WebSocket would have matched.
            Exception: A converter failed.
        """
        table = self._table
        if table is None:
            table = self._compile()
        rules = table.exact.get(path)
        if rules is None:
            found = table.find(path, method)
        else:
            for rule in rules:
                methods = rule.methods
                if methods is None or method in methods:
                    if rule.redirect_to is not None or rule.alias or rule.websocket:
                        return None
                    return rule, dict(rule.defaults) if rule.defaults else {}
            found = table.methods_instead(path, method)
        if not isinstance(found, list):
            return found
        if found:
            raise MethodNotAllowed(found)
        raise NotFound

    def allowed_methods(self, path: str) -> list[str] | None:
        """Return the methods that a path on the default domain allows; none if any is right.

        ``None`` when Werkzeug has to tell.
        """
        table = self._table
        if table is None:
            table = self._compile()
        try:
            found = table.methods_instead(path, _NO_METHOD)
        except HTTPException as error:  # of a converter, or a WebSocket would have matched
            return list(getattr(error, "valid_methods", None) or ())
        if found is None:
            return None
        return found if isinstance(found, list) else []

    def ways_to(self, endpoint: Any) -> list[Way] | None:
        """Return how the URLs of an endpoint are built; ``None`` when Werkzeug has to."""
        table = self._table
        if table is None:
            table = self._compile()
        try:
            return table.ways[endpoint]
        except KeyError:
            rules = rules_of(self, endpoint)
            if not rules or self.host_matching:
                return None
            ways = table.ways[endpoint] = ways_of(rules)
            return ways

    def bind(
        self,
        server_name: str,
        script_name: str | None = None,
        subdomain: str | None = None,
        url_scheme: str = "http",
        default_method: str = "GET",
        path_info: str | None = None,
        query_args: Mapping[str, Any] | str | None = None,
    ) -> MapAdapter:
        """Return an adapter that is not for a request; arguments as Werkzeug documents them."""
        bound = super().bind(
            server_name, script_name, subdomain, url_scheme, default_method, path_info, query_args
        )
        return URLAdapter(
            self,
            bound.server_name,
            bound.script_name,
            bound.subdomain,
            bound.url_scheme,
            bound.path_info,
            bound.default_method,
            bound.query_args,
        )


# Set late, they change what matches or what is built.
_SWITCHES = frozenset(
    (
        "default_subdomain",
        "host_matching",
        "merge_slashes",
        "redirect_defaults",
        "sort_key",
        "sort_parameters",
        "strict_slashes",
    )
)
# Clients may make up names: so many are remembered, and a longer one is no domain's (RFC 1035).
_MOST_HOSTS = 256
_LONGEST_HOST = 260  # characters, with the port
HTTP_SCHEMES = frozenset(("http", "https"))

_server_name = lru_cache(maxsize=_MOST_HOSTS)(bound_server_name)


class RequestAdapter(URLAdapter):
    """Matches and builds URLs for one request by a :class:`URLMap`."""

    websocket = False
    _script_name: str | None = None

    def __init__(
        self,
        url_map: URLMap,
        environ: WSGIEnvironment,
        url_scheme: str,
        subdomain: str,
        host: str | None,
        configured_name: str | None,
    ) -> None:
        # PERF: what only building and redirects read is made for them.
        get = environ.get
        self.map = url_map
        self.url_scheme = url_scheme
        self.subdomain = subdomain
        path = get("PATH_INFO")
        if path is None:
            path = "/"
        # Kept now, because middleware shifts them in the same environ.
        self.path_info = path if path.isascii() else text_of_wsgi_bytes(path)
        self.default_method = environ["REQUEST_METHOD"]
        self._wsgi_prefix: str | None = get("SCRIPT_NAME")
        self._wsgi_query: str | None = get("QUERY_STRING")
        self._names = (host, environ, configured_name)

    @LazyAttribute
    def server_name(self) -> str:
        """The name of the application's host.

        Raises:
            BadHost: The request's cannot be a domain name (RFC 5890).
        """
        host, environ, configured = self._names
        name_of = bound_server_name if host and len(host) > _LONGEST_HOST else _server_name
        return name_of(
            self.url_scheme,
            host,
            environ.get("SERVER_NAME"),
            environ.get("SERVER_PORT"),
            configured,
        )

    @property
    def script_name(self) -> str:
        """The prefix that the application is mounted under, with a trailing slash."""
        if self._script_name is not None:
            return self._script_name
        # PERF: not kept, since looking into ``__dict__`` makes CPython build it.
        prefix = text_of_wsgi_bytes(self._wsgi_prefix) if self._wsgi_prefix else "/"
        return prefix if prefix.endswith("/") else f"{prefix}/"

    @script_name.setter
    def script_name(self, value: str) -> None:
        self._script_name = value

    @LazyAttribute
    def query_args(self) -> Any:
        """The query string, which redirects repeat."""
        return text_of_wsgi_bytes(self._wsgi_query) if self._wsgi_query else self._wsgi_query

    def match(
        self,
        path_info: str | None = None,
        method: str | None = None,
        return_rule: bool = False,
        query_args: Any = None,
        websocket: bool | None = None,
    ) -> Any:
        """Return the matching rule, or its endpoint, and the values of its variable parts.

        Raises:
            HTTPException: Not found, method not allowed, or a redirect.
        """
        # As the request context asks; other questions are for Werkzeug.
        if return_rule and path_info is None and method is None and websocket is None:
            found = None
            if self.subdomain == "" and MapAdapter.match is _WERKZEUG_MATCH:
                found = self.map.match_plainly(self.path_info, self.default_method.upper())
            if found is not None:
                return found
        ask: Any = super().match
        return ask(path_info, method, return_rule, query_args, websocket)

    def allowed_methods(self, path_info: str | None = None) -> Iterable[str]:
        """Return the methods that a path allows."""
        if path_info is None and self.subdomain == "":
            allowed = self.map.allowed_methods(self.path_info)
            if allowed is not None:
                return allowed
        return super().allowed_methods(path_info)


_NO_METHOD = "--"  # as Werkzeug asks
_WERKZEUG_BIND = Map.bind_to_environ
_WERKZEUG_MATCH = MapAdapter.match
_WERKZEUG_STEPS: tuple[tuple[type, str, Any], ...] = (
    (Map, "bind_to_environ", _WERKZEUG_BIND),
    (MapAdapter, "match", _WERKZEUG_MATCH),
    (RequestAdapter, "match", RequestAdapter.match),
)
_STOCK_STEPS = {
    name: getattr(URLMap, name) for name in ("bind_to_environ", "match_plainly", "ways_to")
}
