"""How is a URL built fast? The rules of an endpoint, taken apart into a text with gaps.

``routing.URLMap`` keeps the ways of its endpoints in its table, ``URLAdapter`` asks for them.
What they give is what Werkzeug would build; where that is not sure, and for every error,
Werkzeug is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from werkzeug.routing import (
    BaseConverter,
    IntegerConverter,
    MapAdapter,
    PathConverter,
    Rule,
    UnicodeConverter,
)

from flask.internals import builds_as_stock, converters_of, encoded_query, trace_of

if TYPE_CHECKING:
    from flask.routing import URLMap


class Way:
    """One rule of an endpoint, ready to be filled.

    Attributes:
        names: The values that do not go to the query string.
        is_only: Neither the other values nor the method matter for whether it is taken.
    """

    __slots__ = (
        *("defaults", "is_only", "names", "rule"),
        *("_converters", "_given_defaults", "_is_quoted_before", "_may_start_with_slash"),
        *("_slots", "_take", "_template"),
    )

    def __init__(self, rule: Rule, is_only: bool) -> None:
        self.rule = rule
        self._given_defaults = rule.defaults
        self.defaults = defaults = rule.defaults or {}
        self.is_only = is_only and not defaults
        converters = converters_of(rule)
        texts, names = [], []
        for is_variable, text in trace_of(rule)[1:]:
            if not is_variable:
                texts.append(quote_path(text).replace("%", "%%"))
            elif text in defaults:
                texts.append(converters[text].to_url(defaults[text]).replace("%", "%%"))
            else:
                texts.append("%s")
                names.append(text)
        self._template = f"/{''.join(texts).lstrip('/')}"
        self._is_quoted_before = "%%" in self._template
        if not names:
            self._template %= ()
        self._may_start_with_slash = self._template[1:3] == "%s"
        # Name, and the types whose values are their own URL if nothing in them needs quoting;
        # as long as the class of the converter has this method.
        self._slots = [
            (name, *_plain_types(converters[name]), type(converters[name])) for name in names
        ]
        self._converters = [converters[name] for name in names]
        self._take: Any = itemgetter(*names) if names else None
        self.names = frozenset([*defaults, *names])

    def fill(self, values: Mapping[str, Any], append_unknown: bool) -> str:
        """Return path and query.

        Raises:
            Exception: A value is missing, a converter refuses one, or Werkzeug has to build.
        """
        # PERF: 0.4 µs for two values; a path is looked through once, not value by value.
        path = self._template
        slots = self._slots
        if slots:
            for name, plain_types, to_url, cls in slots:
                if type(values[name]) not in plain_types or cls.to_url is not to_url:
                    path %= tuple(self._texts_by_converters(values))
                    break
            else:
                path %= self._take(values)
                if _needs_quoting(path) is not None:
                    path = self._quote_values(path, values)
            if self._may_start_with_slash and path[1:2] == "/":
                path = f"/{path.lstrip('/')}"
        if len(values) > len(slots):
            query = _query_of(self.rule, values, self.names)
            if query and append_unknown:
                return f"{path}?{query}"
        return path

    def _quote_values(self, path: str, values: Mapping[str, Any]) -> str:
        """Return a path that was filled with plain values, quoted where it was not before."""
        if self._is_quoted_before:
            return self._template % tuple(self._texts_by_converters(values))
        return quote_path(path)

    def _texts_by_converters(self, values: Mapping[str, Any]) -> Iterator[str]:
        for (name, *_), converter in zip(self._slots, self._converters, strict=True):
            value = values[name]
            if value is None:
                raise KeyError(name)
            yield converter.to_url(value)

    def is_current(self) -> bool:
        """Tell whether nobody gave the rule other defaults, or made it one for WebSockets."""
        rule = self.rule
        return rule.defaults is self._given_defaults and not rule.websocket

    def fits(self, values: Mapping[str, Any], method: str | None) -> bool:
        """Tell whether the values, none of them None, and the method are for this rule."""
        methods = self.rule.methods
        return (
            (method is None or methods is None or method in methods)
            and self.names <= values.keys() | self.defaults.keys()
            and not any(
                name in values and default != values[name]
                for name, default in self.defaults.items()
            )
        )


_INTEGER_TO_URL = IntegerConverter.to_url
_TEXT_TO_URL = BaseConverter.to_url


def _plain_types(converter: BaseConverter) -> tuple[frozenset[type], Any]:
    """Return the types for which ``to_url`` need not be called, while it is Werkzeug's method."""
    if "to_url" not in vars(converter):
        if type(converter) in _TEXT_CONVERTERS:
            return frozenset((str, int)), _TEXT_TO_URL
        if type(converter) is IntegerConverter and not converter.fixed_digits:
            return frozenset((int,)), _INTEGER_TO_URL
    return frozenset(), None


_TEXT_CONVERTERS = (UnicodeConverter, PathConverter)


# RFC 3986 §2.3's unreserved characters, and what else the URL standard keeps in a segment.
_needs_quoting = re.compile(r"[^A-Za-z0-9_.~!$&'()*+,/:;=@-]").search
_needs_quoting_in_query = re.compile(r"[^A-Za-z0-9_.~!$'()*,/:;?@-]").search
_QUOTED = [f"%{ord(c):02X}" if _needs_quoting(c) else c for c in map(chr, range(256))]
_QUOTED_IN_QUERY = [
    f"%{ord(c):02X}" if _needs_quoting_in_query(c) else c for c in map(chr, range(256))
]
_QUOTED_IN_QUERY[ord(" ")] = "+"


def quote_path(text: str) -> str:
    """Return a text of a URL's path as :func:`urllib.parse.quote` does; that takes thrice as long."""
    return "".join([_QUOTED[byte] for byte in text.encode()])


def _quote_in_query(text: str) -> str:
    """Return a text of a URL's query as :func:`urllib.parse.quote_plus` does."""
    return "".join([_QUOTED_IN_QUERY[byte] for byte in text.encode()])


def ways_of(rules: list[Rule]) -> list[Way] | None:
    """Take an endpoint's rules apart; ``None`` where Werkzeug has to build.

    A domain, a WebSocket's scheme, and whatever a subclass does are left to it.
    """
    ways = []
    for rule in rules:
        if rule.websocket or not builds_as_stock(rule):
            return None
        if any(type(name) is not str for name in rule.defaults or ()):
            return None
        way = Way(rule, len(rules) == 1)
        if rule.arguments != way.names:  # changed since
            return None
        ways.append(way)
    return ways


def _choose(
    ways: list[Way],
    values: Mapping[str, Any],
    method: str | None,
    default_method: str,
    append_unknown: bool,
) -> str | None:
    """Fill the first way that has its values and allows the method.

    Without a method, one that allows the current request's is preferred.
    """
    for way in ways:
        if not way.is_current():
            return None
    values = {name: value for name, value in values.items() if value is not None}
    for wanted in (default_method, None) if method is None else (method,):
        for way in ways:
            if way.fits(values, wanted):
                return way.fill(values, append_unknown)
    return None


def _query_of(rule: Rule, values: Mapping[str, Any], others: frozenset[str]) -> str:
    """Encode the values that the rule has no place for.

    Raises:
        TypeError: A name is no keyword that Werkzeug's builder takes.
    """
    if ".self" in values:
        raise TypeError(".self")
    pairs = []
    is_simple = not rule.map.sort_parameters
    for name, value in values.items():
        if name in others or value is None:
            continue
        kind = type(value)
        if _needs_quoting_in_query(name):  # TypeError if it is no str
            name = _quote_in_query(name)
        if kind is str:
            if _needs_quoting_in_query(value):
                value = _quote_in_query(value)
        elif kind is not int:
            is_simple = False
        pairs.append(f"{name}={value}")
    if is_simple:
        return "&".join(pairs)
    left = {k: v for k, v in values.items() if k not in others and v is not None}
    return encoded_query(rule, left)


def path_to(
    url_map: URLMap,
    endpoint: Any,
    values: Mapping[str, Any],
    method: str | None,
    default_method: str,
    append_unknown: bool = True,
) -> str | None:
    """Return path and query of an endpoint's URL on the default domain, without prefix.

    ``None`` when Werkzeug has to build it, or to tell what is wrong.

    Args:
        url_map: The map whose endpoint it is.
        endpoint: The endpoint.
        values: The variable parts, in a plain dict; others become the query string.
        method: Of several rules take one that allows this method.
        default_method: The method of the current request, which is preferred.
        append_unknown: Keep the other values.
    """
    table = url_map._table
    ways = None if table is None else table.ways.get(endpoint)
    if ways is None:
        ways = url_map.ways_to(endpoint)  # for the first time
        if ways is None:
            return None
    try:
        way = ways[0]
        if method is None and way.is_only:
            rule = way.rule
            if not rule.defaults and not rule.websocket:
                return way.fill(values, append_unknown)
        return _choose(ways, values, method, default_method, append_unknown)
    except Exception:  # noqa: BLE001 - Werkzeug raises it, or knows better
        return None


class URLAdapter(MapAdapter):
    """Builds URLs by the table of a :class:`~flask.routing.URLMap`."""

    map: URLMap

    def build(
        self,
        endpoint: Any,
        values: Mapping[str, Any] | None = None,
        method: str | None = None,
        force_external: bool = False,
        append_unknown: bool = True,
        url_scheme: str | None = None,
    ) -> str:
        """Return the URL of an endpoint: the path, or with scheme and host where they differ.

        Args:
            endpoint: The endpoint.
            values: The variable parts; others become the query string.
            method: Of several rules take one that allows this method.
            force_external: Include scheme and host.
            append_unknown: Keep the other values.
            url_scheme: Of an external URL; without it, the current one.

        Raises:
            BuildError: No rule fits.
        """
        path: str | None = None
        if type(values) is dict or not values:
            given = values or _NOTHING
            path = path_to(self.map, endpoint, given, method, self.default_method, append_unknown)
        if path is None:
            return super().build(
                endpoint, values, method, force_external, append_unknown, url_scheme
            )
        prefix = self.script_name[:-1]
        if not force_external and self.subdomain == "":
            return f"{prefix.rstrip('/')}{path}"
        scheme = self.url_scheme if url_scheme is None else url_scheme
        if scheme:
            scheme = "https:" if scheme in _SECURE else "http:"
        return f"{scheme}//{self.get_host('')}{prefix}{path}"

    def relative_url(self, endpoint: Any, values: dict[str, Any], method: str | None) -> str | None:
        """Return what ``build`` does for these arguments, or ``None`` when Werkzeug has to."""
        if self.subdomain != "":
            return None
        path = path_to(self.map, endpoint, values, method, self.default_method)
        prefix = self.script_name
        return path if path is None or prefix == "/" else f"{prefix.rstrip('/')}{path}"


_SECURE = frozenset(("https", "wss"))
_NOTHING: Mapping[str, Any] = {}
