"""In what do two answers differ? In anything but what is listed here, each with its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.differential.asgi import find_asgis
from tests.differential.known import KNOWN

Spec = dict[str, Any]
Answer = dict[str, Any]
Answerer = Callable[[Spec], dict[str, Any]]

COMPARED = (
    "status line, headers as an ordered list, body byte by byte, type of an error that leaves the "
    "application, and the order and values of everything recorded inside it"
)

NORMALISED: dict[str, str] = {
    "text of an error that leaves the application": (
        "ours says more than genuine's; only the type is compared, in debug mode too, where the "
        "server would show it as a debug page"
    ),
    "traceback text": "never sent by the application itself; it is not shown, let alone compared",
}
"""What is not compared. Date and Expires are: both processes have the same frozen clock; memory
addresses and file times do not occur, because what is recorded is made without them."""

PARTS = ("status", "headers", "body", "raised", "log", "features")


@dataclass(frozen=True)
class Difference:
    """One request that is answered differently."""

    number: int
    part: str
    ours: Any
    genuine: Any

    def __str__(self) -> str:
        return f"request {self.number}: {self.part} {cut_down(self.ours, self.genuine)}"


def cut_down(mine: Any, other: Any) -> str:
    """Show two values from where they differ."""
    if isinstance(mine, list) and isinstance(other, list):
        start = next((i for i, (a, b) in enumerate(zip(mine, other, strict=False)) if a != b), None)
        start = min(len(mine), len(other)) if start is None else start
        return f"from item {start}: {mine[start:][:3]!r} on ours, {other[start:][:3]!r} on genuine"
    return f"{str(mine)[:300]!r} on ours, {str(other)[:300]!r} on genuine"


def find_difference(ours: Answer, genuine: Answer, number: int = 0) -> Difference | None:
    """Return the first part in which two answers differ."""
    for part in PARTS:
        if ours[part] != genuine[part]:
            return Difference(number, part, ours[part], genuine[part])
    return None


@dataclass
class Judgement:
    """What came of comparing the answers to one description."""

    difference: Difference | None = None
    """The first that is not known."""
    known: dict[int, str] = field(default_factory=dict)
    """Names of known differences, by the number of the request."""
    is_unbuilt: bool = False


def judge(spec: Spec, ours: Spec, genuine: Spec) -> Judgement:
    """Compare the answers to a description."""
    judgement = Judgement()
    if "not_built" in ours or "not_built" in genuine:
        if ours.get("not_built") != genuine.get("not_built"):
            texts = ours.get("text"), genuine.get("text")
            judgement.difference = Difference(-1, "not built", *texts)
        judgement.is_unbuilt = True
        return judgement
    for number, request in enumerate(spec["requests"]):
        mine, other = ours["answers"][number], genuine["answers"][number]
        difference = find_difference(mine, other, number)
        if difference is None:
            continue
        known = find_known(spec["app"], request, mine, other)
        if known is None:
            judgement.difference = difference
            break
        judgement.known[number] = known
    return judgement


class Comparison:
    """Counts what was compared."""

    def __init__(self) -> None:
        self.features: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.known: Counter[str] = Counter()
        self.applications: set[int] = set()
        self.pairs = 0
        self.fewest_requests = 10**9
        self.unbuilt: list[str] = []

    def count(self, spec: Spec, judgement: Judgement, genuine: Spec) -> None:
        """Count the answers to one description, in which nothing unknown differs."""
        if judgement.is_unbuilt:
            self.unbuilt.append(f"{genuine['not_built']}: {genuine['text']}")
            return
        self.known.update(judgement.known.values())
        self.applications.add(hash(repr(spec["app"])))
        self.fewest_requests = min(self.fewest_requests, len(spec["requests"]))
        for request, answer in zip(spec["requests"], genuine["answers"], strict=True):
            self.pairs += 1
            used = {*request.get("features", ()), *answer["features"], *genuine["features"]}
            self.features.update(used)
            status = answer["status"]
            self.statuses[status.split(" ")[0] if status else f"raised {answer['raised']}"] += 1


def find_known(app: Spec, request: Spec, ours: Answer, genuine: Answer) -> str | None:
    """Name the deliberate difference that two answers show, if it is one."""
    found = (known.name for known in KNOWN if known.applies(app, request, ours, genuine))
    return next(found, None) or find_asgis(app, request, ours, genuine)


def ask_both(spec: Spec, ours: Answerer, genuine: Answerer) -> tuple[Judgement, Spec]:
    """Ask both about a description; return the judgement and genuine's answers."""
    there = genuine(spec)
    return judge(spec, ours(spec), there), there
