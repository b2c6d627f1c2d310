"""How is a URL built fast? The rules of an endpoint, taken apart into a text with gaps.

``routing.URLMap`` keeps the ways of its endpoints in its table, ``URLAdapter`` asks for them.
What they give is what Werkzeug would build; where that is not sure, and for every error,
Werkzeug is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from werkzeug.routing import BaseConverter, IntegerConverter, MapAdapter, Rule

from flask.internals import builds_as_stock, converters_of, encoded_query, trace_of

if TYPE_CHECKING:
    from flask.routing import URLMap


class Way:
    """One rule of an endpoint, ready to be filled.

    Attributes:
        names: The values that do not go to the query string.
    """

    __slots__ = ("defaults", "may_start_with_slash", "names", "rule", "slots", "template")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.defaults = defaults = rule.defaults or {}
        converters = converters_of(rule)
        # Name, converter, and the types whose plain values are their own URL.
        self.slots: list[tuple[str, BaseConverter, frozenset[type]]] = []
        texts = []
        for is_variable, text in trace_of(rule)[1:]:
            if not is_variable:
                texts.append(quote(text, safe=_SEGMENT_SAFE).replace("%", "%%"))
            elif text in defaults:
                texts.append(converters[text].to_url(defaults[text]).replace("%", "%%"))
            else:
                texts.append("%s")
                self.slots.append((text, converters[text], _plain_types(converters[text])))
        self.template = "".join(texts).lstrip("/")
        if not self.slots:
            self.template %= ()
        self.may_start_with_slash = self.template[:2] == "%s"
        self.names = frozenset([*defaults, *(slot[0] for slot in self.slots)])

    def fill(self, values: Mapping[str, Any], append_unknown: bool) -> str:
        """Return path and query, without the slash in front.

        Raises:
            Exception: A value is missing, a converter refuses one, or Werkzeug has to build.
        """
        path = self.template
        if self.slots:
            texts = []
            for name, converter, plain_types in self.slots:
                value = values[name]
                kind = type(value)
                if kind not in plain_types or (kind is str and _needs_quoting(value)):
                    if value is None:
                        raise KeyError(name)
                    value = converter.to_url(value)
                texts.append(value)
            path %= tuple(texts)
            if self.may_start_with_slash:
                path = path.lstrip("/")
        if len(values) > len(self.slots):
            names = self.names
            others = {k: v for k, v in values.items() if k not in names and v is not None}
            if others:
                query = _query_of(self.rule, others)
                if query and append_unknown:
                    return f"{path}?{query}"
        return path

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


def _plain_types(converter: BaseConverter) -> frozenset[type]:
    if "to_url" not in vars(converter):
        if type(converter).to_url is BaseConverter.to_url:
            return frozenset((str, int))
        if (
            type(converter) is IntegerConverter
            and IntegerConverter.to_url is _INTEGER_TO_URL
            and not converter.fixed_digits
        ):
            return frozenset((int,))
    return frozenset()


_SEGMENT_SAFE = "!$&'()*+,/:;=@"
# What quote changes: all but the above and RFC 3986 §2.3's unreserved characters.
_needs_quoting = re.compile(r"[^A-Za-z0-9_.~!$&'()*+,/:;=@-]").search
_QUERY_SAFE = "!$'()*,/:;?@"
_needs_quoting_in_query = re.compile(r"[^A-Za-z0-9_.~!$'()*,/:;?@-]").search


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
        way = Way(rule)
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
    values = {name: value for name, value in values.items() if value is not None}
    for wanted in (default_method, None) if method is None else (method,):
        for way in ways:
            if way.fits(values, wanted):
                return way.fill(values, append_unknown)
    return None


def _query_of(rule: Rule, values: dict[str, Any]) -> str:
    """Encode the values that no rule has a place for.

    Raises:
        TypeError: A name is no keyword that Werkzeug's builder takes.
    """
    if ".self" in values:
        raise TypeError(".self")
    pairs = []
    is_simple = not rule.map.sort_parameters
    for name, value in values.items():
        kind = type(value)
        if _needs_quoting_in_query(name):  # TypeError if it is no str
            name = quote_plus(name, safe=_QUERY_SAFE)
        if kind is str:
            if _needs_quoting_in_query(value):
                value = quote_plus(value, safe=_QUERY_SAFE)
        elif kind is not int:
            is_simple = False
            continue
        pairs.append(f"{name}={value}")
    return "&".join(pairs) if is_simple else encoded_query(rule, values)


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
            ways = self.map.ways_to(endpoint)
            if ways is not None:
                given = values or _NOTHING
                try:
                    if method is None and len(ways) == 1 and not ways[0].defaults:
                        path = ways[0].fill(given, append_unknown)
                    else:
                        path = _choose(ways, given, method, self.default_method, append_unknown)
                except Exception:  # noqa: BLE001 - Werkzeug raises it, or knows better
                    path = None
        if path is None:
            return super().build(
                endpoint, values, method, force_external, append_unknown, url_scheme
            )
        prefix = self.script_name
        if not force_external and self.subdomain == "":
            return f"/{path}" if prefix == "/" else f"{prefix.rstrip('/')}/{path}"
        scheme = self.url_scheme if url_scheme is None else url_scheme
        if scheme:
            scheme = "https:" if scheme in _SECURE else "http:"
        return f"{scheme}//{self.get_host('')}{prefix[:-1]}/{path}"


_SECURE = frozenset(("https", "wss"))
_NOTHING: Mapping[str, Any] = {}
