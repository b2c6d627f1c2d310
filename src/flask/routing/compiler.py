"""How is a URL matched fast? Werkzeug's rules as an exact table and a tree of segments.

``routing.URLMap`` compiles it. The tree has the states of Werkzeug's own matcher in its own
order, so a match is the one Werkzeug would give, and so is none; whatever else would happen
(wrong method, redirect) is refused, and Werkzeug is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from werkzeug.routing import (
    BaseConverter,
    IntegerConverter,
    Map,
    PathConverter,
    Rule,
    UnicodeConverter,
)

from flask.internals import RoutingState, RoutingTest, converters_of, is_plain_rule

REFUSED: Final[Any] = object()
"""Returned where the outcome is neither a plain match nor plainly none: Werkzeug is asked."""


class Plan:
    """What a matched rule needs: its values' names and conversions, in order."""

    __slots__ = ("conversions", "is_plain", "rule")

    def __init__(self, rule: Rule, url_map: Map) -> None:
        self.rule = rule
        self.is_plain = is_plain_rule(rule, url_map)
        self.conversions: list[tuple[str, Callable[[str], Any] | None]] = [
            (name, _conversion(converter)) for name, converter in converters_of(rule).items()
        ]

    def allows(self, method: str) -> bool:
        """Tell whether the rule answers this method outside WebSockets."""
        rule = self.rule
        return (rule.methods is None or method in rule.methods) and not rule.websocket

    def values_of(self, texts: tuple[str, ...]) -> dict[str, Any] | None:
        """Convert the texts of the variable parts; ``None`` when one of them cannot be."""
        values: dict[str, Any] = {}
        for (name, convert), text in zip(self.conversions, texts, strict=False):
            if convert is None:
                values[name] = text
            else:
                try:
                    values[name] = convert(text)
                except ValueError:  # of which ValidationError is one
                    return None
        if self.rule.defaults:
            values.update(self.rule.defaults)
        return values


def _conversion(converter: BaseConverter) -> Callable[[str], Any] | None:
    """Return what turns text into the value; ``None`` where it stays text."""
    if type(converter).to_python is BaseConverter.to_python:
        return None
    if type(converter) is IntegerConverter and not (
        converter.fixed_digits or converter.min is not None or converter.max is not None
    ):
        return int
    return converter.to_python


class Node:
    """One state of the matcher."""

    __slots__ = ("dynamic", "has_slash", "lenient", "only", "plans", "static")

    def __init__(self, state: RoutingState, url_map: Map) -> None:
        self.static = {text: Node(child, url_map) for text, child in state.static.items()}
        self.dynamic = [(Segment(test), Node(child, url_map)) for test, child in state.dynamic]
        self.plans = [Plan(rule, url_map) for rule in state.rules]
        slash = state.static.get("")
        self.has_slash = slash is not None and bool(slash.rules)
        self.lenient = any(not rule.strict_slashes for rule in state.rules)
        # The one way on from a node without static parts, so that nothing has to be tried again.
        self.only: tuple[Segment, Node] | None = None
        if len(self.dynamic) == 1 and not self.static and not self.lenient:
            segment = self.dynamic[0][0]
            if not segment.is_final and not segment.is_suffixed:
                self.only = self.dynamic[0]


def _first_allowing(plans: list[Plan], method: str) -> Plan | None:
    for plan in plans:
        if plan.allows(method):
            return plan
    return None


class Segment:
    """The test of a variable part of a URL, returning the texts it captured."""

    __slots__ = ("captures", "is_final", "is_suffixed")

    def __init__(self, test: RoutingTest) -> None:
        self.is_final = test.is_final
        self.is_suffixed = test.is_suffixed
        self.captures = _capture_function(test)


def _capture_function(test: RoutingTest) -> Callable[[str], tuple[str, ...] | None]:
    if test.pattern.pattern == _ANY_TEXT:
        return _any_text
    if test.pattern.pattern == _DIGITS:
        return _digits
    if test.pattern.pattern == _ANY_PATH:
        return _any_path
    match, names = test.pattern.match, test.names

    def captures(text: str) -> tuple[str, ...] | None:
        found = match(text)
        return None if found is None else tuple([found[name] for name in names])

    return captures


_ANY_TEXT = rf"(?P<__werkzeug_0>{UnicodeConverter(Map()).regex})\Z"
_ANY_PATH = rf"(?P<__werkzeug_0>{PathConverter.regex})\Z"
_DIGITS = rf"(?P<__werkzeug_0>{IntegerConverter.regex})\Z"


def _any_text(text: str) -> tuple[str] | None:
    return (text,) if text else None


def _any_path(text: str) -> tuple[str] | None:
    return (text,) if text and text[0] != "/" and "\n" not in text[1:] else None


def _digits(text: str) -> tuple[str] | None:
    return (text,) if text.isdecimal() else None  # what \d matches: Unicode category Nd


class Table:
    """The compiled rules of a map; made once, never changed."""

    __slots__ = ("exact", "root")

    def __init__(self, state: RoutingState | None, url_map: Map) -> None:
        self.root = Node(state, url_map) if state is not None else None
        self.exact: dict[str, list[Plan]] = {}
        if self.root is not None:
            self._collect(self.root, "")

    def _collect(self, node: Node, prefix: str) -> None:
        for text, child in node.static.items():
            path = f"{prefix}/{text}"
            if child.plans:
                self.exact[path] = child.plans
            self._collect(child, path)

    def find(self, path: str, method: str) -> Any:
        """Return the rule and values of a path, ``None`` where no rule is for it, or REFUSED.

        Args:
            path: Decoded, with one leading slash.
            method: In capitals.
        """
        plans = self.exact.get(path)
        if plans is not None:
            for plan in plans:
                rule = plan.rule
                if (rule.methods is None or method in rule.methods) and not rule.websocket:
                    return (rule, dict(rule.defaults or ())) if plan.is_plain else REFUSED
            return REFUSED
        if self.root is None:
            return REFUSED
        found = _walk(self.root, path.split("/"), 1, (), method)
        if found is None:
            return REFUSED if "//" in path else None  # it is tried again with one slash
        if found is REFUSED:
            return REFUSED
        plan, texts = found
        values = plan.values_of(texts) if plan.is_plain else None
        return REFUSED if values is None else (plan.rule, values)


def _walk(node: Node, parts: list[str], place: int, texts: tuple[str, ...], method: str) -> Any:
    """Follow the parts of a path from a node, straight on where there is only one way."""
    while place < len(parts):
        part = parts[place]
        if node.only is not None:
            segment, node = node.only
            captured = segment.captures(part)
            if captured is None:
                return None
            texts += captured
        elif node.dynamic or node.lenient:
            return _try_ways(node, parts, place, texts, method)
        else:
            child = node.static.get(part)
            if child is None:
                return None
            node = child
        place += 1
    plan = _first_allowing(node.plans, method)
    if plan is not None:
        return plan, texts
    return REFUSED if node.has_slash or node.plans else None


def _try_ways(node: Node, parts: list[str], place: int, texts: tuple[str, ...], method: str) -> Any:
    """Try the static part first, then the variable ones by weight; the first success counts."""
    child = node.static.get(parts[place])
    if child is not None:
        found = _walk(child, parts, place + 1, texts, method)
        if found is not None:
            return found
    for segment, child in node.dynamic:
        if segment.is_suffixed:
            return REFUSED  # a trailing slash after a part that may hold slashes
        text, rest = parts[place], place + 1
        if segment.is_final:
            text, rest = "/".join(parts[place:]), len(parts)
        captured = segment.captures(text)
        if captured is not None:
            found = _walk(child, parts, rest, texts + captured, method)
            if found is not None:
                return found
    return REFUSED if node.lenient and parts[place:] == [""] else None
