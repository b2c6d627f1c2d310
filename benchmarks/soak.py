"""Does memory stay level over a million requests?"""

import statistics
from collections.abc import Mapping, Sequence

from .checks import Check, Outcome, summarize
from .report import describe_machine, format_facts, format_table, keep
from .rounds import Answer, ask, gather, tell
from .suite import Options, Suite
from .workloads import CHEAP

# An object of 56 bytes left by every request would be 53 MiB after a million; what the
# allocator's arenas and bounded caches do in between was seen to stay below 1 MiB.
TOLERANCE = 2.0  # MiB, from the second tenth of the requests to the last one


def run(options: Options) -> Outcome:
    """Make the requests, print how memory went, and keep it when the run is complete."""
    outcome = Outcome()
    tell(f"{options.requests} requests")
    names = ",".join(options.workloads)
    taken = gather(
        options.peers,
        options.rounds,
        lambda peer: ask(peer, "soak", peer.app, names, options.requests, timeout=3600),
        outcome.wrong,
    )
    outcome.checks.extend(find_checks(taken))
    machine = describe_machine()
    markdown = _format(taken, machine)
    print(markdown, summarize(outcome.checks), sep="\n")
    if options.keep and not outcome.wrong:
        keep("soak", markdown, machine, taken, options.peers, options.keep)
    return outcome


def measure_growth(resident: Sequence[int]) -> float:
    """Return by how many MiB memory grew from the second tenth of the samples to the last."""
    tenth = max(1, len(resident) // 10)
    early, late = resident[tenth : 2 * tenth] or resident[:1], resident[-tenth:]
    return (statistics.median(late) - statistics.median(early)) / 1024


def find_checks(taken: Mapping[str, list[Answer]]) -> list[Check]:
    """Compare Dewar's growth with the tolerance."""
    return [
        Check(
            "growth of memory, MiB", measure_growth(answer["resident"]), TOLERANCE, at_least=False
        )
        for answer in taken.get("dewar", [])
    ]


def _format(taken: Mapping[str, list[Answer]], machine: Mapping[str, str]) -> str:
    marks = (0, 9, 24, 49, 74, 99)
    head = ["resident memory, MiB, after", *(f"{mark + 1} %" for mark in marks)]
    rows = []
    for name, answers in taken.items():
        for answer in answers:
            made = sum(answer["made"].values())
            row = [f"{made} requests ({name})"]
            row.extend(f"{answer['resident'][mark] / 1024:.1f}" for mark in marks)
            rows.append([*row, f"{measure_growth(answer['resident']):+.2f}"])
    facts = format_facts(
        machine, "One process, workloads in turn, some with a new URL each time.", ""
    )
    note = f"Growth is from the second tenth to the last one; up to {TOLERANCE:g} MiB is noise.\n"
    return format_table([*head, "growth"], rows) + "\n" + facts + note


SUITE = Suite(
    run=run,
    about="a million requests in one process: does memory grow?",
    peers=("dewar",),
    workloads=CHEAP,
    default=CHEAP,
    rounds=1,
    sizes=("requests",),
)
