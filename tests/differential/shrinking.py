"""What is left of a description when everything is taken away that the difference does not need?"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

Spec = dict[str, Any]
MOST_TRIES = 1500
KEPT_KEYS = frozenset(
    ("app", "requests", "rule", "endpoint", "type", "returns", "name", "path", "does", "kind")
)
"""Keys without which a description means nothing."""


def shrink(spec: Spec, still_differs: Callable[[Spec], bool]) -> Spec:
    """Return a smaller description that still shows the difference.

    Args:
        spec: It shows the difference; it is not changed.
        still_differs: Asked about each smaller one; a description that cannot be built
            has to be answered with False.
    """
    tries = 0
    smaller = True
    while smaller and tries < MOST_TRIES:
        smaller = False
        for candidate in candidates(spec):
            tries += 1
            if still_differs(candidate):
                spec, smaller = candidate, True
                break
            if tries >= MOST_TRIES:
                break
    return spec


def candidates(spec: Spec) -> Iterator[Spec]:
    """Yield descriptions with one part taken away, large parts first."""
    for path in sorted(removable(spec, ()), key=lambda path: -size_at(spec, path)):
        smaller = copy.deepcopy(spec)
        *way, last = path
        inside = smaller
        for key in way:
            inside = inside[key]
        if isinstance(last, slice):
            inside[last] = []  # type: ignore[index]
        else:
            del inside[last]
        yield smaller


def removable(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """Yield the ways to every list item, half of a list, and key that can be taken away."""
    if isinstance(value, list):
        half = len(value) // 2
        if half > 1:
            yield (*path, slice(None, half))
            yield (*path, slice(half, None))
        for index, item in enumerate(value):
            yield (*path, index)
            yield from removable(item, (*path, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            if key not in KEPT_KEYS:
                yield (*path, key)
            yield from removable(item, (*path, key))


def size_at(spec: Any, path: tuple[Any, ...]) -> int:
    """Tell how much a removal would take away."""
    value = spec
    for key in path:
        value = value[key]
    return len(repr(value))
