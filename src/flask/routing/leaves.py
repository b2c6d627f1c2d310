"""Which paths need no walk from state to state? Those that fixed parts in front lead to one rule.

``routing.compiler`` asks here first. A walk tries a fixed part before a variable one, so where
the parts in front of a leaf are given, the walk would come to it as well.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.routing.compiler import Match, Node, Plan

Parts = tuple[str | None, ...]
"""What leads to a state, from the empty part before the first slash; ``None`` is variable."""

Shapes = dict[int, "list[tuple[int, Callable[[list[str]], Any], dict[Any, Leaf]]]"]
"""By the count of a path's parts: so many in front, what gets these, and the leaves by them."""


class WholeNumber:
    """Stands for Werkzeug's converter for integers, where it does no more than this."""

    to_python = int


class Leaf:
    """The rules of one URL, which all ways lead to from some state on.

    Each part behind that state is fixed, text or a number.

    PERF: 0.7 µs less than to go from state to state, for two variable parts.

    Attributes:
        count: Of the path's parts, with the empty one before the first slash.
        fixed: Place and text of parts without a variable.
        variables: Place and name of the others, and whether digits are asked for.
    """

    __slots__ = ("count", "fixed", "names", "numbers", "rules", "variables")

    def __init__(self, plans: list[Plan], count: int) -> None:
        self.rules = [plan.rule for plan in plans]
        self.count = count
        self.names = plans[0].names.copy()  # of variables that are not found yet, in order
        self.numbers = [name for name, by in plans[0].conversions if by is WholeNumber]
        self.fixed: list[tuple[int, str]] = []
        self.variables: list[tuple[int, str, bool]] = []

    def is_usual(self, plans: list[Plan]) -> bool:
        """Tell whether all rules have the same variables, text and numbers alone."""
        first = plans[0]
        return len(first.conversions) == len(self.numbers) and all(
            plan.is_plain and plan.names == first.names and plan.conversions == first.conversions
            for plan in plans
        )

    def behind(self, node: Node, place: int) -> Leaf | None:
        """Return itself with one more part in front, the only one that leads on from a state."""
        if node.static:
            self.fixed.insert(0, (place, *node.static))
            return self
        if not self.names:  # two parts of one name, which a default overrides
            self.variables.clear()
            return None
        is_number = self.names[-1] in self.numbers
        for accepts, names, _ in node.ways:
            if names is None and accepts is (str.isdecimal if is_number else len):
                self.variables.insert(0, (place, self.names.pop(), is_number))
                return self
        return None

    def match(self, parts: list[str], method: str) -> Match | None:
        """Return rule and values; ``None`` when it is not for these parts or this method."""
        values: dict[str, Any] = {}
        try:
            for place, name, is_number in self.variables:
                text = parts[place]
                if not text or (is_number and not text.isdecimal()):
                    return None
                values[name] = int(text) if is_number else text
        except ValueError:  # more digits than Python reads
            return None
        for place, text in self.fixed:
            if parts[place] != text:
                return None
        for rule in self.rules:
            methods = rule.methods
            if (methods is None or method in methods) and not rule.websocket:
                if rule.redirect_to is not None or rule.alias:
                    return None
                if rule.defaults:
                    values.update(rule.defaults)
                return rule, values
        return None


def add_leaves(shapes: Shapes, root: Node, front: str) -> None:
    """Add the leaves whose paths begin with a fixed part; several threads may do so at once."""
    leaves: dict[Parts, Leaf] = {}
    parts: Parts = ("", front)
    leaf = _find_leaves(root.static[front], parts, leaves)
    _keep(leaf, parts, leaves)
    if front == "":  # Werkzeug looks for such a path with one slash at its beginning
        return
    for parts, leaf in leaves.items():
        groups = shapes.setdefault(leaf.count, [])
        found = next((group for size, _, group in groups if size == len(parts)), None)
        if found is None:
            groups.append((len(parts), itemgetter(*range(len(parts))), {parts: leaf}))
        else:
            found[parts] = leaf


def _keep(leaf: Leaf | None, parts: Parts, leaves: dict[Parts, Leaf]) -> None:
    # One whose first variables are in front is not found by fixed parts.
    if leaf is not None and leaf.variables and not leaf.names:
        leaves[parts] = leaf


def _find_leaves(node: Node, parts: Parts, leaves: dict[Parts, Leaf]) -> Leaf | None:
    """Add the leaves behind a state; return the one that all ways from it lead to, if so."""
    if not node.static and not node.segments:
        leaf = Leaf(node.plans, len(parts)) if node.plans else None
        return leaf if leaf is not None and leaf.is_usual(node.plans) else None
    children: list[tuple[str | None, Node]] = [*node.static.items()]
    children += [(None, segment.child) for segment in node.segments]
    found = [(text, _find_leaves(child, (*parts, text), leaves)) for text, child in children]
    if len(found) == 1 and found[0][1] is not None:
        own = found[0][1].behind(node, len(parts))
        if own is not None:
            return own
    for text, leaf in found:
        _keep(leaf, (*parts, text), leaves)
    return None
