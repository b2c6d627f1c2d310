"""Which targets does a run meet, which does it miss, and by how much?

Targets are reported, never asserted by a test: figures depend on the machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Check:
    """A measured figure beside the one demanded.

    Attributes:
        what: What was measured, for example ``plain: times flask's speed``.
        measured: The figure.
        wanted: The target.
        at_least: Whether the figure must reach the target, or else not pass it.
    """

    what: str
    measured: float
    wanted: float
    at_least: bool = True

    @property
    def met(self) -> bool:
        """Tell whether the target is reached."""
        return self.measured >= self.wanted if self.at_least else self.measured <= self.wanted

    @property
    def verdict(self) -> str:
        """Say whether the target is met or missed, and by which part of it."""
        if not self.wanted:
            return "met" if self.met else "missed"
        part = abs(self.measured / self.wanted - 1) * 100
        return f"met, {part:.0f} % to spare" if self.met else f"missed by {part:.0f} %"

    @property
    def demand(self) -> str:
        """Write the target with its sign."""
        sign = "\N{GREATER-THAN OR EQUAL TO}" if self.at_least else "\N{LESS-THAN OR EQUAL TO}"
        return f"{sign} {self.wanted:g}"

    def __str__(self) -> str:
        """Write the whole check in one line."""
        return f"{self.what}: {self.measured:.2f}, target {self.demand} ({self.verdict})"


@dataclass
class Outcome:
    """What a suite found.

    Attributes:
        checks: The targets, met and missed.
        wrong: Wrong answers and failed processes, one line each.
    """

    checks: list[Check] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def missed(self) -> list[Check]:
        """The targets that are not reached."""
        return [check for check in self.checks if not check.met]


def summarize(checks: Sequence[Check]) -> str:
    """List the targets, the missed ones first, below a line that counts them."""
    missed = [check for check in checks if not check.met]
    met = [check for check in checks if check.met]
    lines = [f"Targets: {len(met)} met, {len(missed)} missed.", ""]
    lines.extend(f"- {check}" for check in missed)
    lines.extend(f"- {check}" for check in met)
    return "\n".join(lines) + "\n"
