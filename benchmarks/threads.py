"""How does in-process throughput hold when several threads ask at once?"""

from collections.abc import Mapping
from typing import Any

from .checks import Check, Outcome, summarize
from .frameworks import WSGI_PEERS
from .report import describe_machine, format_facts, format_table, keep
from .rounds import ask, gather, tell
from .suite import Options, Suite
from .tasks.threads import COUNTS
from .workloads import WORKLOADS

LEAST = 0.95  # of one thread's throughput
KINDS = {"elapsed": "by the clock", "cpu": "by CPU time"}

Rounds = list[dict[str, Any]]  # a round's throughput by number of threads and kind


def run(options: Options) -> Outcome:
    """Measure, print the table, and keep it when the run is complete."""
    outcome = Outcome()
    figures: dict[str, dict[str, Rounds]] = {}
    for name in options.workloads:
        tell(name)
        able = [peer for peer in options.peers if name not in peer.lacks]
        figures[name] = gather(
            able,
            options.rounds,
            lambda peer, name=name: ask(peer, "threads", peer.app, name, options.seconds),
            outcome.wrong,
        )
        outcome.checks.extend(find_checks(name, figures[name]))
    machine = describe_machine()
    markdown = _format(figures, machine, options)
    print(markdown, summarize(outcome.checks), sep="\n")
    if options.keep and not outcome.wrong:
        keep("threads", markdown, machine, figures, options.peers, options.keep)
    return outcome


def compare_threads(rounds: Rounds, count: int, kind: str) -> tuple[float, float, float]:
    """Tell which part of one thread's throughput ``count`` threads have.

    Returns:
        The ratio of the largest figures, then the smallest and the largest ratio of
        single rounds, each of which is taken in one process.
    """
    one = [figures["1"][kind] for figures in rounds]
    several = [figures[str(count)][kind] for figures in rounds]
    ratios = [here / alone for here, alone in zip(several, one, strict=True)]
    return max(several) / max(one), min(ratios), max(ratios)


def find_checks(name: str, taken: Mapping[str, Rounds]) -> list[Check]:
    """Compare Dewar's throughput with several threads with that of one."""
    if "dewar" not in taken:
        return []
    checks = []
    for kind, title in KINDS.items():
        ratios = {count: compare_threads(taken["dewar"], count, kind)[0] for count in COUNTS[1:]}
        worst = min(ratios, key=ratios.__getitem__)
        what = f"{name}: throughput {title} of one thread's, worst at {worst} threads"
        checks.append(Check(what, ratios[worst], LEAST))
    return checks


def _format(
    figures: Mapping[str, Mapping[str, Rounds]], machine: Mapping[str, str], options: Options
) -> str:
    head = ["workload", "requests/s, 1 thread", *(f"{count} threads" for count in COUNTS[1:])]
    rows = []
    for name, taken in figures.items():
        for peer, rounds in taken.items():
            for kind, title in KINDS.items():
                row = [f"{WORKLOADS[name].title} ({peer}, {title})"]
                row.append(f"{max(figures['1'][kind] for figures in rounds):.0f}")
                for count in COUNTS[1:]:
                    ratio, lowest, highest = compare_threads(rounds, count, kind)
                    row.append(f"**{ratio:.2f}** ({lowest:.2f}..{highest:.2f})")
                rows.append(row)
    how = f"In process, one application; {options.rounds} rounds of {options.seconds:g} s."
    note = (
        "A ratio is that of the largest throughputs; in brackets the smallest and the largest ratio"
        " of single rounds. CPython's global lock lets one thread run at a time:"
        " what `bare` loses is its price.\n"
    )
    return format_table(head, rows) + "\n" + format_facts(machine, how, note)


SUITE = Suite(
    run=run,
    about="throughput with 1 to 16 threads, of one thread's",
    peers=tuple(name for name in WSGI_PEERS if name in {"dewar", "flask", "bare"}),
    workloads=tuple(WORKLOADS),
    default=("plain", "json", "session-write", "template"),
    seconds=0.1,
)
