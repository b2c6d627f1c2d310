"""Did every feature of the list occur often enough? And how often did everything occur?"""

from __future__ import annotations

from tests.differential.apps.hooks import SIGNALS
from tests.differential.apps.returns import RETURNS
from tests.differential.apps.steps import STEPS
from tests.differential.comparing import COMPARED, NORMALISED, Comparison
from tests.differential.drawing.rules import CONVERTERS
from tests.differential.known import KNOWN

LEAST_PAIRS = 100_000
LEAST_APPLICATIONS = 2_000
LEAST_REQUESTS = 20
LEAST_OF_EACH = 500

REQUIRED: tuple[str, ...] = (
    *(f"converter {name or 'without a name'}" for name in CONVERTERS),
    *STEPS,
    *(f"return {name}" for name in RETURNS),
    *(f"signal {name}" for name in SIGNALS),
)
"""Every feature that has to occur; further ones are counted and have to occur as often."""


def find_shortcomings(comparison: Comparison) -> list[str]:
    """Say what a complete run did too seldom."""
    found = []
    for what, number, least in (
        ("request pairs", comparison.pairs, LEAST_PAIRS),
        ("distinct applications", len(comparison.applications), LEAST_APPLICATIONS),
        ("requests to each application", comparison.fewest_requests, LEAST_REQUESTS),
    ):
        if number < least:
            found.append(f"{number} {what}, at least {least} are wanted")
    for feature in sorted({*REQUIRED, *comparison.features}):
        count = comparison.features[feature]
        if count < LEAST_OF_EACH:
            found.append(f"feature {feature!r} occurred {count} times, wanted are {LEAST_OF_EACH}")
    found += [
        f"known difference {known.name!r} never occurred: remove it"
        for known in KNOWN
        if not comparison.known[known.name]
    ]
    return found


def describe(comparison: Comparison) -> str:
    """Write down what was compared and how often what occurred."""
    lines = [
        f"{comparison.pairs} request pairs on {len(comparison.applications)} distinct applications, "
        f"at least {comparison.fewest_requests} each",
        f"compared: {COMPARED}",
        *(f"not compared: {what}: {reason}" for what, reason in NORMALISED.items()),
        "known differences:",
        *(f"  {comparison.known[known.name]:7} {known.name}: {known.reason}" for known in KNOWN),
        "status codes:",
        *_in_columns(comparison.statuses.most_common()),
        f"features ({len(comparison.features)}):",
        *_in_columns(sorted(comparison.features.items())),
    ]
    return "\n".join(lines)


def _in_columns(counts: list[tuple[str, int]]) -> list[str]:
    cells = [f"{count:7} {name:<46}" for name, count in counts]
    return ["".join(cells[i : i + 3]).rstrip() for i in range(0, len(cells), 3)]
