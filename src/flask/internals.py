"""Which undocumented names of Werkzeug do we call? These, each with a test.

What its objects keep inside is known to the modules that fill them (``bodies`` and those whose
names begin with ``plain``); each says so at its top, under COMPAT.

COMPAT: Werkzeug documents none of them; ``tests/test_internals.py`` fails when a
new Werkzeug gives one of them another meaning, and CI runs against the newest.
"""

from __future__ import annotations

import os
import re
from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, unquote

from werkzeug._internal import _plain_int
from werkzeug.datastructures import Headers, iter_multi_items
from werkzeug.routing import Map
from werkzeug.routing import Rule as WerkzeugRule
from werkzeug.routing.matcher import State, StateMachineMatcher
from werkzeug.routing.rules import RulePart as RulePart
from werkzeug.routing.rules import Weighting, _part_re
from werkzeug.routing.rules import parse_converter_args as parse_converter_args
from werkzeug.urls import _decode_idna
from werkzeug.wsgi import LimitedStream, _get_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from werkzeug.routing import BaseConverter, Rule


def text_of_wsgi_bytes(value: str) -> str:
    """Decode a WSGI string (bytes as Latin-1, PEP 3333) as UTF-8; wrong bytes become U+FFFD."""
    return value if value.isascii() else value.encode("latin1").decode(errors="replace")


def text_of_query(query: bytes) -> str:
    """Decode a query string as UTF-8; other bytes become percent-encoded."""
    return query.decode(errors=_QUOTE_ERRORS)


def query_pairs(query: bytes) -> list[tuple[str, str]]:
    """Parse a query string; percent-encoded bytes that are not UTF-8 stay so."""
    return query_pairs_of_text(text_of_query(query))


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


@dataclass(eq=False, repr=False, match_args=False)  # PERF: each makes the import 0.1 ms longer
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


@dataclass(eq=False, repr=False, match_args=False)  # PERF: each makes the import 0.1 ms longer
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


def rules_of(url_map: Map, endpoint: Any) -> list[Rule] | None:
    """Return the rules of an endpoint in the order they are tried to build its URL."""
    return url_map._rules_by_endpoint.get(endpoint)


def trace_of(rule: Rule) -> list[tuple[bool, str]]:
    """Return the texts of a bound rule, each with whether it is a variable's name.

    A bar stands between domain and path.
    """
    return rule._trace


def encoded_query(rule: Rule, values: dict[str, Any]) -> str:
    """Return the query string of values that a rule has no place for."""
    return rule._encode_query_vars(values)


def builds_as_stock(rule: Rule) -> bool:
    """Tell whether a rule is for the default domain, and builds as one of Werkzeug's class."""
    # PERF: not by ``__dict__``, which CPython would make, and the rule's attributes be slower.
    return rule._trace[:1] == [(False, "|")] and all(
        getattr(getattr(rule, name), "__func__", None) is stock
        for name, stock in _STOCK_BUILD_SEAMS
    )


_STOCK_BUILD_SEAMS = [
    (name, getattr(WerkzeugRule, name))
    for name in ("build", "suitable_for", "_compile_builder", "_encode_query_vars")
]


pairs_of_multi_dict = iter_multi_items


def query_pairs_of_text(text: str) -> list[tuple[str, str]]:
    """Parse text of a query or an urlencoded body; what is not UTF-8 stays percent-encoded."""
    return parse_qsl(text, keep_blank_values=True, errors=_QUOTE_ERRORS)


def unquote_as_werkzeug(text: str) -> str:
    """Undo percent-encoding; bytes that are not UTF-8 stay encoded."""
    return unquote(text, errors=_QUOTE_ERRORS)


def headers_of_pairs(pairs: list[tuple[str, str]]) -> Headers:
    """Return headers that keep this list of pairs; no value has a line break.

    PERF: 0.2 µs; Werkzeug looks for line breaks, and takes 2 µs for two headers.
    """
    headers = Headers.__new__(Headers)
    headers._list = pairs
    return headers


def plain_number(text: str) -> int:
    """Parse a number as Werkzeug reads it in a header: ASCII digits, perhaps a minus.

    Raises:
        ValueError: It is something else.
    """
    return _plain_int(text)


class AwaitedStream(LimitedStream):
    """A stream whose pieces coroutines get as they come: ``async for piece in request.stream``."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield piece after piece; under WSGI each is read where it is asked for."""
        fill: Any = getattr(self._stream, "fill", None)  # of a body that comes in events
        while True:
            ready = _PIECE if fill is None else await fill() or 1
            piece = self.read(ready)
            if not piece:
                return
            yield piece


class LimitedBody(AwaitedStream):
    """A body that ends at a limit, in the pieces in which Werkzeug's stream would give it.

    PERF: 64 KiB in 4 µs; Werkzeug copies them twice more.
    """

    def read(self, size: int | None = -1, /) -> bytes:
        """Read up to ``size`` bytes, or all.

        Raises:
            ClientDisconnected: The client left before it had sent what it announced.
            RequestEntityTooLarge: The limit is the most that is allowed, and was reached before.
        """
        if size is None or size < 0:
            return self.readall()
        left = self.limit - self._pos
        if left <= 0:
            self.on_exhausted()
            return b""
        try:
            data = self._stream.read(min(size, left))
        except (OSError, ValueError) as error:
            self.on_disconnect(error)
            return b""
        if not data:
            self.on_disconnect()
            return b""
        self._pos += len(data)
        return data

    def readall(self) -> bytes:
        """Read what is left."""
        pieces = [self.read(_PIECE)]
        while pieces[-1] and self._pos < self.limit:
            pieces.append(self.read(_PIECE))
        return b"".join(pieces)  # without a copy when it is one

    def skip(self) -> None:
        """Count all as read: it was read from the stream below."""
        self._pos = self.limit


_PIECE = 64 * 1024


def let_reloader_wait() -> None:
    """Let the process that only watches for changes wait until the one that serves has ended.

    Werkzeug's kills it: a quarter of a second after Ctrl-C, and at once when told to end itself.
    A second signal still does.
    """
    from werkzeug import _reloader  # noqa: PLC0415 - only a watching process has it

    vars(_reloader)["subprocess"] = SimpleNamespace(call=_call_to_its_end)


def _call_to_its_end(*args: Any, **options: Any) -> int:
    from subprocess import Popen  # noqa: PLC0415 - only a watching process has it

    with Popen(*args, **options) as process:
        try:
            try:
                return process.wait()
            except (KeyboardInterrupt, SystemExit):
                if os.name != "nt":  # there it would be killed, and Ctrl-C it sees itself
                    process.terminate()  # it heeds the first signal that it gets
                process.wait()
                raise
        except BaseException:
            process.kill()
            raise
