"""Which undocumented names of Werkzeug do we touch? Only these, each with a test.

COMPAT: Werkzeug documents none of them; ``tests/test_internals.py`` fails when a
new Werkzeug gives one of them another meaning, and CI runs against the newest.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map
from werkzeug.routing.matcher import State, StateMachineMatcher
from werkzeug.routing.rules import RulePart as RulePart
from werkzeug.routing.rules import Weighting, _part_re
from werkzeug.routing.rules import parse_converter_args as parse_converter_args
from werkzeug.sansio.http import parse_cookie
from werkzeug.urls import _decode_idna
from werkzeug.utils import get_content_type
from werkzeug.wrappers import Response as BaseResponse
from werkzeug.wsgi import _get_server

if TYPE_CHECKING:
    from werkzeug.routing import BaseConverter, Rule

STOCK_BODY_SEAMS: Final = ("set_data", "status", "status_code", "_clean_status")
STOCK_WSGI_SEAMS: Final = (
    "get_wsgi_headers",
    "get_app_iter",
    "get_wsgi_response",
    "iter_encoded",
    "close",
    "is_sequence",
)
_CONTENT_TYPE = "Content-Type"
_CONTENT_LENGTH = "Content-Length"
_STOCK_SET_DATA = BaseResponse.set_data
_STOCK_STATUS = BaseResponse.status
_STOCK_CLEAN_STATUS = BaseResponse._clean_status
_STOCK_GET_WSGI_HEADERS = BaseResponse.get_wsgi_headers
_STOCK_GET_APP_ITER = BaseResponse.get_app_iter
_STOCK_GET_WSGI_RESPONSE = BaseResponse.get_wsgi_response
_STOCK_ITER_ENCODED = BaseResponse.iter_encoded
_STOCK_CLOSE = BaseResponse.close

cookies_of_header = parse_cookie  # that of werkzeug.http raises for bytes that are not UTF-8


@lru_cache(maxsize=256)
def content_type_of(mimetype: str) -> tuple[str, str]:
    """Return the Content-Type header of a mimetype, with the charset where it is text.

    Raises:
        ValueError: It holds a line break.
    """
    headers = Headers([(_CONTENT_TYPE, get_content_type(mimetype, "utf-8"))])
    return _CONTENT_TYPE, headers[_CONTENT_TYPE]


def fill_plain_response(response: BaseResponse, body: str | bytes, mimetype: str | None) -> bool:
    """Give a new response with status 200 its state directly instead of through its setters.

    PERF: 0.6 µs; Werkzeug's ``__init__`` with the same result takes 5 µs.

    Returns:
        Whether it was done: not for a class that builds body or status in its own way.
    """
    cls = type(response)
    if not (
        cls.set_data is _STOCK_SET_DATA
        and cls.status is _STOCK_STATUS
        and cls._clean_status is _STOCK_CLEAN_STATUS
        and cls.automatically_set_content_length
        and cls.default_status == 200
    ):
        return False
    if isinstance(body, str):
        body = body.encode()
    if mimetype is None:
        mimetype = cls.default_mimetype
    headers = Headers.__new__(Headers)
    length = (_CONTENT_LENGTH, str(len(body)))
    headers._list = [length] if mimetype is None else [content_type_of(mimetype), length]
    response.headers = headers
    response._status = "200 OK"
    response._status_code = 200
    response.direct_passthrough = False
    response._on_close = []
    response.response = [body]
    return True


def plain_wsgi_headers(response: BaseResponse) -> list[tuple[str, str]] | None:
    """Return the headers as they go to the server, or None when Werkzeug must prepare them.

    They stand as they are when the status allows a body, the body is one bytes object or a
    file passed through, its length is told, nothing has to be closed or rewritten, and
    class and instance override no seam.
    """
    cls = type(response)
    body = response.response
    headers = response.headers
    code = response._status_code
    if not (
        code >= 200
        and code != 204
        and code != 304
        and (
            response.direct_passthrough
            or (type(body) is list and len(body) == 1 and type(body[0]) is bytes)
        )
        and not response._on_close
        and type(headers) is Headers
        and cls.get_wsgi_headers is _STOCK_GET_WSGI_HEADERS
        and cls.get_wsgi_response is _STOCK_GET_WSGI_RESPONSE
        and cls.get_app_iter is _STOCK_GET_APP_ITER
        and cls.iter_encoded is _STOCK_ITER_ENCODED
        and cls.close is _STOCK_CLOSE
        and cls.status is _STOCK_STATUS
        and _INSTANCE_SEAMS.isdisjoint(response.__dict__)
    ):
        return None
    items = headers._list
    if len(items) == 2 and items[0][0] is _CONTENT_TYPE and items[1][0] is _CONTENT_LENGTH:
        return items.copy()  # as fill_plain_response wrote them
    has_length = False
    for name, value in items:
        lowered = name.lower()
        if lowered == "content-length":
            has_length = True
        elif lowered in _LOCATIONS and (
            response.autocorrect_location_header or not _PLAIN_LOCATION(value)
        ):
            return None
    return items.copy() if has_length else None


_INSTANCE_SEAMS = frozenset(STOCK_WSGI_SEAMS)
_LOCATIONS = frozenset(("location", "content-location"))
# What iri_to_uri returns unchanged: path and query of unreserved characters (RFC 3986 §2.3).
_PLAIN_LOCATION = re.compile(r"/[A-Za-z0-9/_.~-]*(\?[A-Za-z0-9/_.~&=-]+)?").fullmatch


def is_plain_exception_app(error: HTTPException) -> bool:
    """Tell whether calling an HTTP exception as WSGI app only means ``get_response``."""
    return type(error).__call__ is _STOCK_EXCEPTION_CALL and "__call__" not in error.__dict__


_STOCK_EXCEPTION_CALL = HTTPException.__call__


def text_of_wsgi_bytes(value: str) -> str:
    """Decode a WSGI string (bytes as Latin-1, PEP 3333) as UTF-8; wrong bytes become U+FFFD."""
    return value if value.isascii() else value.encode("latin1").decode(errors="replace")


def text_of_query(query: bytes) -> str:
    """Decode a query string as UTF-8; other bytes become percent-encoded."""
    return query.decode(errors=_QUOTE_ERRORS)


def query_pairs(query: bytes) -> list[tuple[str, str]]:
    """Parse a query string; percent-encoded bytes that are not UTF-8 stay so."""
    return parse_qsl(text_of_query(query), keep_blank_values=True, errors=_QUOTE_ERRORS)


_QUOTE_ERRORS = "werkzeug.url_quote"  # the codec error handler that werkzeug.urls registers


def is_decodable_host(host: str) -> bool:
    """Tell whether Werkzeug can show a host; before Python 3.13 it fails for bad Punycode."""
    try:
        _decode_idna(host.partition(":")[0])
    except UnicodeError:
        return False
    return True


def server_of(environ: dict[str, Any]) -> tuple[str, int | None] | None:
    """Return the server's host and port from a WSGI environment, as Werkzeug reads it."""
    return _get_server(environ)


def bound_server_name(
    scheme: str,
    host_header: str | None,
    server: str | None,
    port: str | None,
    configured: str | None,
) -> str:
    """Return the server name that Werkzeug binds a URL map to for such a request.

    Args:
        scheme: ``http`` or ``https``.
        host_header: The Host header, as received.
        server: The server's own name from the environ, used without a Host header.
        port: The server's port.
        configured: The application's ``SERVER_NAME``, which goes before both.

    Raises:
        BadHost: The name cannot be a domain name (RFC 5890).
    """
    environ: dict[str, Any] = {"wsgi.url_scheme": scheme, "REQUEST_METHOD": "GET"}
    if host_header is not None:
        environ["HTTP_HOST"] = host_header
    if server is not None:
        environ["SERVER_NAME"] = server
    if port is not None:
        environ["SERVER_PORT"] = port
    return Map.bind_to_environ(_EMPTY_MAP, environ, configured, "").server_name


_EMPTY_MAP = Map()


# Routing: what a rule is cut into, the matcher's states, and what they lead to.

rule_token: Final = _part_re
"""Matches a slash, a fixed text or a variable part; groups tell what it is."""

NO_DOMAIN: Final = RulePart("", False, True, False, Weighting(0, [], 0, []))
"""The first step of a rule that belongs to the default domain."""


@lru_cache(maxsize=1024)
def static_part(text: str = "") -> RulePart:
    """Return the matcher's step for fixed text between slashes."""
    weights = [(0, -len(text))] if text else []
    return RulePart(text, False, True, False, Weighting(-len(weights), weights, 0, []))


@lru_cache(maxsize=1024)
def variable_part(tokens: tuple[str | None, ...], *converters: tuple[str, int]) -> RulePart:
    """Return the matcher's step for a text between slashes with variable parts.

    Args:
        tokens: The fixed texts in order, ``None`` for each variable part.
        converters: The regular expression and weight of each variable part.
    """
    content, number = "", 0
    static_weights: list[tuple[int, int]] = []
    for token in tokens:
        if token is not None:
            static_weights.append((len(static_weights), -len(token)))
            content += re.escape(token)
        else:
            content += f"(?P<{_GROUP}{number}>{converters[number][0]})"
            number += 1
    argument_weights = [weight for _, weight in converters]
    weight = Weighting(-len(static_weights), static_weights, -number, argument_weights)
    return RulePart(rf"{content}\Z", False, False, False, weight)


class LateMatcher(StateMachineMatcher):
    """Werkzeug's matcher; the rules it is given wait until it is brought up to date."""

    def __init__(self, merge_slashes: bool) -> None:
        super().__init__(merge_slashes)
        self._waiting: deque[Rule] = deque()

    def add(self, rule: Rule) -> None:
        """Note a rule."""
        self._waiting.append(rule)

    def update(self) -> None:
        """Learn the rules that wait, and sort."""
        waiting = self._waiting
        while waiting:
            super().add(waiting.popleft())
        super().update()


def defer_matcher(url_map: Map) -> None:
    """Let a map that has no rules yet take them without looking at them."""
    url_map._matcher = LateMatcher(url_map.merge_slashes)


def sort_rules(url_map: Map) -> None:
    """Do what Werkzeug's ``update`` does, whether or not it believes that it must."""
    url_map._remap = True
    Map.update(url_map)


@dataclass
class RoutingTest:
    """The regular expression that a variable part of a URL has to match."""

    text: str
    is_final: bool
    is_suffixed: bool

    @property
    def pattern(self) -> re.Pattern[str]:
        """The compiled expression."""
        return re.compile(self.text)

    @property
    def names(self) -> list[str]:
        """The groups that hold the captured texts, in order."""
        groups = [name for name in self.pattern.groupindex if name.startswith(_GROUP)]
        return sorted(groups, key=lambda name: int(name.removeprefix(_GROUP)))


@dataclass
class RoutingState:
    """A state of Werkzeug's matcher, as plain data, its dynamic parts in matching order."""

    static: dict[str, RoutingState]
    dynamic: list[tuple[RoutingTest, RoutingState]]
    rules: list[Rule]


def routing_states(url_map: Map) -> RoutingState | None:
    """Return the states below the default domain and the leading slash.

    ``None`` when the domain is matched by variable parts, or the matcher is not Werkzeug's.
    """
    matcher = url_map._matcher
    if type(matcher) not in _KNOWN_MATCHERS or matcher._root.dynamic:
        return None
    domain = matcher._root.static.get("")
    if domain is None or domain.dynamic or domain.rules or set(domain.static) - {""}:
        return None
    start = domain.static.get("")
    return None if start is None else _copy_of_state(start)


_KNOWN_MATCHERS = (StateMachineMatcher, LateMatcher)


def _copy_of_state(state: State) -> RoutingState:
    by_weight = sorted(state.dynamic, key=lambda entry: entry[0].weight)
    return RoutingState(
        static={text: _copy_of_state(child) for text, child in state.static.items()},
        dynamic=[
            (RoutingTest(part.content, part.final, part.suffixed), _copy_of_state(child))
            for part, child in by_weight
        ],
        rules=list(state.rules),
    )


_GROUP = "__werkzeug_"


def converters_of(rule: Rule) -> dict[str, BaseConverter]:
    """Return the converters of a rule's variable parts, in their order."""
    return rule._converters


def is_plain_rule(rule: Rule, url_map: Map) -> bool:
    """Tell whether a match of this rule is the answer, not the start of a redirect."""
    if rule.redirect_to is not None or rule.alias:
        return False
    siblings = url_map._rules_by_endpoint.get(rule.endpoint)
    # None where someone removed the endpoint from the map; Werkzeug's match tells then.
    return siblings is not None and not any(
        other is not rule and other.provides_defaults_for(rule) for other in siblings
    )
