"""Do the compiled URL map and Werkzeug's answer alike? Random maps, paths, methods and values.

``make test-routing`` runs it; ``tests/routing/test_comparing.py`` runs a sample. The rules
and values are those of the property tests, which make a difference small; this makes many.
"""

from __future__ import annotations

import argparse
import copy
import random
import sys
import time
from collections import Counter
from typing import Any

from tests.property import test_url_building as building
from tests.property import test_url_matching as matching
from werkzeug import routing
from werkzeug.routing import Map

from flask.routing import Rule, URLMap

CONVERTERS = {**matching.CONVERTERS, **building.CONVERTERS}
METHODS = [*matching.METHODS, "get", "DELETE"]
VALUES: list[Any] = [
    *(0, 1, 2, 7, 1005, -3, 10**30, True, 1.5, None, "a", "b", "x/y", "/x", "é", "a b", "100%"),
    *("", "ab", "page", "a&b=c+d", (1, "a"), [None, "é"], [], b"a b", {"k": 1}),
]
NAMES: list[Any] = ["x0", "x1", "x2", "x3", "y1", "q", "r s", ".self", "é", 7]
RULES, MATCHES, BUILDS = 14, 60, 40
"""In one map: the most rules; paths matched, and URLs built."""


class Draw:
    """Random maps and questions."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.one = self.random.choice

    def rule(self) -> dict[str, Any]:
        """Draw the arguments of a rule."""
        one = self.one
        segments = [one(matching.SEGMENTS) for _ in range(self.random.randrange(4))]
        text = matching._rule_text(segments, one([True, False, False]))
        return {
            "string": one([text] * 9 + [f"/{text}"]),
            "methods": one([None, None, {"GET"}, {"GET"}, {"POST"}, {"PUT", "POST"}]),
            "strict_slashes": one([None, None, None, False]),
            "merge_slashes": one([None, None, None, False]),
            "endpoint": one("aabbcdefgh"),
            "defaults": one([None] * 8 + [{"x0": 1}, {"x1": "a"}, {"z": 0}]),
            "redirect_to": one([None] * 12 + ["/elsewhere"]),
            "alias": one([False] * 12 + [True]),
            "build_only": one([False] * 12 + [True]),
            "subdomain": one([None] * 40 + ["sub"]),
        }

    def maps(self) -> tuple[Map, Map] | None:
        """Draw a map of ours and the same of Werkzeug; ``None`` where it refuses a rule."""
        switches = {
            name: self.one([True, True, False])
            for name in ("strict_slashes", "merge_slashes", "redirect_defaults")
        }
        specs = [self.rule() for _ in range(self.random.randint(1, RULES))]
        if self.one([True] * 11 + [False]):
            specs += [{"string": "/ws", "endpoint": "w", "websocket": True}]
        options = {"converters": CONVERTERS, **switches, "sort_parameters": self.one([0, 0, 1])}
        try:
            theirs = Map([routing.Rule(**copy.deepcopy(spec)) for spec in specs], **options)
        except ValueError:
            return None
        return URLMap([Rule(**spec) for spec in specs], **options), theirs

    def path(self, url_map: Map) -> str:
        """Draw a path that a rule of the map might match, or any."""
        rules = list(url_map.iter_rules())
        if self.one([True, True, True, False]):
            parts = self.one(rules).rule.split("/")
            parts = [self.one(matching.PARTS) if "<" in part else part for part in parts]
            if self.one([True, False, False, False]):
                parts.insert(self.random.randint(1, len(parts)), self.one(["", "a", "1"]))
            return "/".join(parts)
        return "/" + "/".join(self.one(matching.PARTS) for _ in range(self.random.randrange(5)))

    def build(self, url_map: Map) -> tuple[dict[str, Any], dict[str, Any]]:
        """Draw a binding, and the arguments of ``build``, which a rule may have all of."""
        values = {self.one(NAMES): self.one(VALUES) for _ in range(self.random.randrange(4))}
        rule = self.one(list(url_map.iter_rules()))
        if self.one([True, True, True, False]):
            values = {name: self.one(VALUES) for name in sorted(rule.arguments)} | values
        question = {
            "endpoint": self.one([rule.endpoint] * 9 + ["missing"]),
            "values": values,
            "method": self.one([None, None, None, "GET", "PUT"]),
            "force_external": self.one([False, False, True]),
            "append_unknown": self.one([True, True, True, False]),
            "url_scheme": self.one([None, None, None, "https", ""]),
        }
        binding = {
            "script_name": self.one([None, "/app"]),
            "url_scheme": self.one(["http", "https"]),
            "default_method": self.one(["GET", "POST"]),
        }
        return binding, question


def compare(cases: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Ask so many questions.

    Returns:
        How often there was each kind of answer, and the differences, the first ten at most.
    """
    draw, kinds, differences = Draw(seed), Counter[str](), list[str]()
    while kinds.total() < cases and len(differences) < 10:
        maps = draw.maps()
        if maps is None:
            continue
        ours, theirs = maps
        for _ in range(MATCHES):
            path, method = draw.path(theirs), draw.one(METHODS)
            answers = [matching.outcome(one, path, method) for one in (ours, theirs)]
            kinds[f"match: {answers[1][0]}"] += 1
            if answers[0] != answers[1]:
                differences.append(f"{theirs!r} {method} {path!r}: {answers}")
        for _ in range(BUILDS):
            binding, question = draw.build(theirs)
            built = [building.outcome(one, binding, question) for one in (ours, theirs)]
            kinds["build: URL" if isinstance(built[1], str) else "build: error"] += 1
            if built[0] != built[1]:
                differences.append(f"{theirs!r} {binding} {question}: {built}")
    return kinds, differences


def main() -> int:
    """Compare, and print what was asked; exit status 1 if there is a difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=313)
    chosen = parser.parse_args()
    began = time.monotonic()
    kinds, differences = compare(chosen.cases, chosen.seed)
    for kind, count in sorted(kinds.items()):
        print(f"{count:9,} {kind}")
    print(
        f"{kinds.total():9,} cases with seed {chosen.seed} in {time.monotonic() - began:.0f} s,"
        f" {len(differences)} differences"
    )
    for difference in differences:
        print(difference)
    return bool(differences)


if __name__ == "__main__":
    sys.exit(main())
