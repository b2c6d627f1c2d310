"""How is a URL matched fast? Werkzeug's rules as an exact table and a tree of segments.

``routing.URLMap`` compiles it. The tree has the states of Werkzeug's own matcher in its own
order, so a match is the one Werkzeug would give, and so is none, and so are the methods that
would have matched; whatever else would happen (a redirect) is refused, and Werkzeug is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

from werkzeug.routing import (
    BaseConverter,
    IntegerConverter,
    Map,
    PathConverter,
    Rule,
    UnicodeConverter,
    ValidationError,
    WebsocketMismatch,
)

from flask.internals import RoutingState, RoutingTest, converters_of, is_plain_rule
from flask.routing.leaves import WholeNumber, add_leaves

if TYPE_CHECKING:
    from flask.routing.building import Way
    from flask.routing.leaves import Shapes

REFUSED: Final[Any] = object()
"""Returned where Werkzeug has to tell the outcome."""

Match = tuple[Rule, dict[str, Any]]

_INTEGER_TO_PYTHON = IntegerConverter.to_python
_TEXT_TO_PYTHON = UnicodeConverter.to_python

# PERF: most states lack most things; shared, 2 ms less of the 30 that the first request to an
# application with 1,000 routes takes. Never changed.
_NONE: list[Any] = []
_NO_STATIC: dict[str, Any] = {}


Conversion = BaseConverter | type[WholeNumber]


class Plan:
    """What a matched rule needs: its values' names in order, and their converters."""

    __slots__ = ("conversions", "is_plain", "names", "rule")

    def __init__(self, rule: Rule, url_map: Map) -> None:
        self.rule = rule
        self.is_plain = is_plain_rule(rule, url_map)
        converters = converters_of(rule)
        self.names = list(converters) or _NONE
        found = [(name, _conversion(converter)) for name, converter in converters.items()]
        self.conversions: list[tuple[str, Conversion]] = [
            (name, converter) for name, converter in found if converter is not None
        ] or _NONE

    def match_of(self, texts: list[str]) -> Match | None:
        """Convert the texts of the variable parts; ``None`` when one of them cannot be."""
        values: dict[str, Any] = dict(zip(self.names, texts))  # noqa: B905 - PERF: 0.1 µs
        try:
            for name, converter in self.conversions:
                values[name] = converter.to_python(values[name])
        except ValueError as error:
            if isinstance(error, ValidationError) or converter is WholeNumber:
                return None
            raise
        rule = self.rule
        if rule.defaults:
            values.update(rule.defaults)
        return rule, values


def _conversion(converter: BaseConverter) -> Conversion | None:
    """Return what turns text into the value; ``None`` where it stays text.

    Converters are asked anew each time, since tests patch them, but for Werkzeug's for a text
    and for a number: whether these are as ever is asked before each search.
    """
    if "to_python" in converter.__dict__:
        return converter
    if type(converter) is UnicodeConverter:
        return None
    if type(converter) is IntegerConverter and not (
        converter.fixed_digits or converter.min is not None or converter.max is not None
    ):
        return WholeNumber
    return converter


class Segment:
    """A variable part of a URL, and the state behind it."""

    __slots__ = ("accepts", "child", "is_final", "is_suffixed", "names")

    def __init__(self, test: RoutingTest, child: Node) -> None:
        self.child = child
        self.is_final = test.is_final
        self.is_suffixed = test.is_suffixed
        # A known test says whether the whole text is captured; others return their match.
        known = _KNOWN_TESTS.get(test.text)
        self.accepts: Callable[[str], Any] = known or test.pattern.match
        self.names: list[str] | None = None if known else test.names

    def captures(self, text: str) -> list[str] | None:
        """Return the captured texts; with the slash at the end, if any, where it is suffixed."""
        found = self.accepts(text)
        if not found:
            return None
        if self.names is None:
            return [text]
        texts = [found[name] for name in self.names]
        if self.is_suffixed:
            texts.append(found.groups()[-1])
        return texts


def _is_path(text: str) -> bool:
    return text != "" and text[0] != "/" and "\n" not in text[1:]


_KNOWN_TESTS: dict[str, Callable[[str], Any]] = {
    rf"(?P<__werkzeug_0>{UnicodeConverter(Map()).regex})\Z": len,
    # What \d matches: Unicode category Nd.
    rf"(?P<__werkzeug_0>{IntegerConverter.regex})\Z": str.isdecimal,
    rf"(?P<__werkzeug_0>{PathConverter.regex})\Z": _is_path,
}


class Node:
    """One state of the matcher.

    Attributes:
        is_known: Whether a path ended here.
        is_reached_alone: Whether no other state is a way for what led to it.
        is_dead_end: Whether nothing matches what finds no way on from here, but for a last slash.
        refusing: The rules that alone tell which methods are right for what ends here.
    """

    __slots__ = (
        "is_dead_end",
        "is_known",
        "is_reached_alone",
        "plans",
        "refusing",
        "segments",
        "slash_plans",
        "static",
        "ways",
    )

    def __init__(self, state: RoutingState, url_map: Map, is_reached_alone: bool = True) -> None:
        self.is_reached_alone = is_reached_alone
        is_alone = is_reached_alone and len(state.dynamic) + bool(state.static) < 2
        # A slash may follow what ends here, if the rules say so when they are asked.
        is_alone_behind_slash = is_alone and not state.rules
        self.static = {
            text: Node(child, url_map, is_alone if text else is_alone_behind_slash)
            for text, child in state.static.items()
        } or _NO_STATIC
        self.segments = [
            Segment(
                test,
                Node(
                    child, url_map, is_alone if test.text in _KNOWN_TESTS else is_alone_behind_slash
                ),
            )
            for test, child in state.dynamic
        ] or _NONE
        # Those that take one part, until there is one that takes more.
        self.ways = [
            (segment.accepts, segment.names, segment.child)
            for segment in takewhile(lambda segment: not segment.is_final, self.segments)
        ] or _NONE
        self.is_dead_end = is_reached_alone and len(self.ways) == len(self.segments)
        self.plans = [Plan(rule, url_map) for rule in state.rules] or _NONE
        slash = self.static.get("")
        self.slash_plans = _NONE if slash is None else slash.plans
        self.is_known = False
        self.refusing: list[Rule] | None = None
        if is_reached_alone and not self.slash_plans:
            # Werkzeug looks twice when it merges slashes, and the order of its set shows it.
            times = 2 if url_map.merge_slashes else 1
            self.refusing = [plan.rule for plan in self.plans] * times or _NONE

    def methods_instead(self) -> list[str] | None:
        """Return what the rules that end here allow, where none of them allows the method.

        Returns:
            ``None`` where others may allow more, or any method, or redirect.
        """
        if self.refusing is None:
            return None
        allowed: set[str] = set()
        for rule in self.refusing:
            methods = rule.methods
            if methods is None or rule.websocket:
                return None
            allowed.update(methods)
        return list(allowed)


class Search:
    """One walk through the tree, with all ways tried in Werkzeug's order.

    Attributes:
        refused: The methods of each rule that would have matched for one of them.
        is_websocket: Whether a WebSocket would have matched.
    """

    __slots__ = ("is_websocket", "method", "refused")

    def __init__(self, method: str) -> None:
        self.method = method
        self.refused: list[set[str]] = []
        self.is_websocket = False

    def walk(self, node: Node, parts: list[str], place: int, texts: list[str]) -> Any:
        """Return plan and texts for the parts from a place on; ``None``, or REFUSED to redirect."""
        if place == len(parts):
            return self.end(node, texts)
        part = parts[place]
        child = node.static.get(part)
        if child is not None:
            found = self.walk(child, parts, place + 1, texts)
            if found is not None:
                return found
        for segment in node.segments:
            found = self.step(segment, parts, place, texts)
            if found is not None:
                return found
        if part == "" and place + 1 == len(parts):
            for plan in node.plans:
                if not plan.rule.strict_slashes and self.allows(plan):
                    return plan, texts
        return None

    def step(self, segment: Segment, parts: list[str], place: int, texts: list[str]) -> Any:
        """Go on behind a variable part, if it takes the text."""
        if not segment.is_final:
            captured = segment.captures(parts[place])
            rest, place = parts, place + 1
        else:
            captured = segment.captures("/".join(parts[place:]))
            rest, place = [], 0
            if captured is not None and segment.is_suffixed and captured.pop() == "/":
                rest = [""]
        if captured is None:
            return None
        return self.walk(segment.child, rest, place, texts + captured)

    def end(self, node: Node, texts: list[str]) -> Any:
        """Choose a rule where the path ends, or where only a slash is missing."""
        for plan in node.plans:
            if self.allows(plan):
                return plan, texts
        for plan in node.slash_plans:
            rule = plan.rule
            if not rule.websocket and (rule.methods is None or self.method in rule.methods):
                return REFUSED if rule.strict_slashes else (plan, texts)
        return None

    def allows(self, plan: Plan) -> bool:
        """Tell whether a rule answers this method outside WebSockets; note what it answers."""
        rule = plan.rule
        if rule.methods is not None and self.method not in rule.methods:
            self.refused.append(rule.methods)
            return False
        if rule.websocket:
            self.is_websocket = True
            return False
        return True


class Table:
    """The compiled rules of a map; made once.

    Attributes:
        exact: By path without variable parts, rules that are the answer if they allow the method.
        ends: By such a path, the state that alone can tell of it.
        leaves: The rules that fixed parts in front alone lead to; found when one is asked for.
        fronts: The first parts of paths whose leaves were found.
        ways: By endpoint, how its URLs are built; filled when one is built.
    """

    __slots__ = ("ends", "exact", "fronts", "leaves", "merge_slashes", "root", "ways")

    def __init__(self, state: RoutingState | None, url_map: Map) -> None:
        self.merge_slashes = url_map.merge_slashes
        self.exact: dict[str, tuple[Rule, ...]] = {}
        self.ends: dict[str, Node] = {}
        self.leaves: Shapes = {}
        self.fronts: set[str] = set()
        self.ways: dict[Any, list[Way] | None] = {}
        self.root: Node | None = None
        if state is not None and not url_map.host_matching:
            try:
                self.root = Node(state, url_map)
            except re.error:  # a converter's expression: Werkzeug fails when it comes to it
                return
            self._collect(self.root, "")
        # Werkzeug looks for such a path with one slash at its beginning.
        self.exact = {path: r for path, r in self.exact.items() if path[1:2] != "/"}

    def _collect(self, node: Node, prefix: str) -> None:
        for text, child in node.static.items():
            path = f"{prefix}/{text}"
            rules = []
            for plan in child.plans:
                if plan.rule.websocket or not plan.is_plain:
                    break  # those behind it are not the answer for sure
                rules.append(plan.rule)
            if rules:
                self.exact[path] = tuple(rules)
                if child.is_reached_alone and "//" not in path:
                    self.ends[path] = child
            self._collect(child, path)

    def methods_instead(self, path: str, method: str) -> Match | list[str] | None:
        """Answer as :meth:`find`, for a method that no rule of the path is likely to allow."""
        node = self.ends.get(path)
        if node is not None:
            allowed = node.methods_instead()
            if allowed is not None and method not in allowed:
                return allowed
        return self.find(path, method)

    def find(self, path: str, method: str) -> Match | list[str] | None:
        """Answer for a path that is not in the exact table, or not with this method.

        Args:
            path: Decoded.
            method: In capitals.

        Returns:
            Rule and values; the methods that the path allows instead, none of them if there
            is no rule for it; ``None`` when Werkzeug has to tell.
        """
        if (
            IntegerConverter.to_python is not _INTEGER_TO_PYTHON
            or UnicodeConverter.to_python is not _TEXT_TO_PYTHON
        ):
            return None
        parts = path.split("/")
        for _, front_of, leaves in self.leaves.get(len(parts), _NONE):
            leaf = leaves.get(front_of(parts))
            if leaf is not None:
                match: Match | None = leaf.match(parts, method)
                if match is not None:
                    return match
                break
        return self._walk(path, parts, method)

    def _walk(self, path: str, parts: list[str], method: str) -> Match | list[str] | None:
        root = self.root
        if root is None or path[:1] != "/":
            return None
        if "//" in path:
            return None if parts[1] == "" else self._search(path, parts, method)
        # First straight on: where the first way that opens leads to the end, that is the answer.
        node = root
        texts: list[str] = []
        for part in parts[1:]:
            child = node.static.get(part)
            if child is None:
                for accepts, names, child in node.ways:  # noqa: B007 - used when one is found
                    found = accepts(part)
                    if found:
                        break
                else:
                    is_answer = node.is_dead_end and (part or not node.plans)
                    return [] if is_answer else self._search(path, parts, method)
                if names is None:
                    texts.append(part)
                else:
                    texts += [found[name] for name in names]
            node = child
        if not node.is_known:
            node.is_known = True
            if parts[1] in root.static and parts[1] not in self.fronts:
                self.fronts.add(parts[1])
                add_leaves(self.leaves, root, parts[1])
        return self._end(node, texts, path, parts, method)

    def _end(
        self, node: Node, texts: list[str], path: str, parts: list[str], method: str
    ) -> Match | list[str] | None:
        """Answer where the first way that opened has led to the end."""
        for plan in node.plans:
            rule = plan.rule
            if (rule.methods is None or method in rule.methods) and not rule.websocket:
                if not plan.is_plain or rule.redirect_to is not None or rule.alias:
                    return None
                return plan.match_of(texts) or _refusal(Search(method), node.plans)
        allowed = node.methods_instead()
        return self._search(path, parts, method) if allowed is None else allowed

    def _search(self, path: str, parts: list[str], method: str) -> Match | list[str] | None:
        assert self.root is not None
        search = Search(method)
        found = search.walk(self.root, parts, 1, [])
        if found is None and self.merge_slashes and "//" not in path:
            search.refused *= 2  # Werkzeug looks twice, and the order of a set shows it
        elif found is None and self.merge_slashes:
            merged = re.sub("/{2,}", "/", path).split("/")
            found = search.walk(self.root, merged, 1, [])
            if found is not None and found is not REFUSED and found[0].rule.merge_slashes is False:
                found = None
            elif found is not None:
                return None  # a redirect
        if found is None:
            if search.is_websocket and not search.refused:
                return None
            return _union(search.refused)
        if found is REFUSED or not found[0].is_plain:
            return None
        plan, texts = found
        if plan.rule.redirect_to is not None or plan.rule.alias:
            return None
        match: Match | None = plan.match_of(texts)
        return match or _refusal(search)


def _refusal(search: Search, plans: Iterable[Plan] = ()) -> list[str]:
    """Answer where a converter of the rule that was found refused: no other rule is tried.

    Args:
        search: What was asked until then.
        plans: Those that were asked without it, up to the one that was found.

    Returns:
        The methods that other rules allow; as :meth:`Table.find`.

    Raises:
        WebsocketMismatch: There are none, but a WebSocket would have matched.
    """
    for plan in plans:
        if search.allows(plan):
            break
    if search.is_websocket and not search.refused:
        raise WebsocketMismatch
    return _union(search.refused)


def _union(refused: list[set[str]]) -> list[str]:
    allowed: set[str] = set()
    for methods in refused:
        allowed.update(methods)
    return list(allowed)
