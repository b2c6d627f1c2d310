"""How much CPU time does one ASGI request take in process, without a server?

Views are coroutine functions; the last workloads ask what a synchronous one costs.
"""

from collections.abc import Mapping, Sequence

from .checks import Check, Outcome, summarize
from .frameworks import ASGI_PEERS, Framework
from .inproc import DRIVER
from .report import (
    BLANK,
    TIMES,
    WRONG,
    compare,
    describe_machine,
    format_facts,
    format_ratio,
    format_table,
    keep,
)
from .rounds import Answer, ask, gather, tell
from .suite import Options, Suite
from .workloads import ASGI_WORKLOADS, Workload

# How many times a rival's speed is demanded; of a synchronous view, Quart's only.
TARGETS = {"starlette": 1.0, "blacksheep": 0.55, "quart": 14.0}
SYNC_TARGETS = {"quart": 1.3}
IN_THREAD, INLINE = "sync", "sync-inline"

Taken = dict[str, list[Answer]]  # by framework, a round's figures


def run(options: Options) -> Outcome:
    """Measure, print the tables, and keep them when the run is complete."""
    outcome = Outcome()
    workloads = [ASGI_WORKLOADS[name] for name in options.workloads]
    figures: dict[str, Taken] = {}
    for workload in workloads:
        tell(workload.name)
        figures[workload.name] = _measure(workload, options, outcome.wrong)
        outcome.checks.extend(find_checks(workload.name, figures[workload.name]))
    machine = describe_machine()
    markdown = _format(workloads, options, figures, machine)
    print(markdown, summarize(outcome.checks), sep="\n")
    if options.keep and not outcome.wrong:
        keep("asgi", markdown, machine, figures, options.peers, options.keep)
    return outcome


def _measure(workload: Workload, options: Options, wrong: list[str]) -> Taken:
    able = [DRIVER, *(peer for peer in options.peers if workload.name not in peer.lacks)]

    def take(peer: Framework) -> Answer:
        module = peer.asgi_app or peer.app  # the driver's
        return ask(peer, "inproc_asgi", module, workload.name, options.seconds)

    return gather(able, options.rounds, take, wrong)


def list_targets(name: str) -> Mapping[str, float]:
    """Return by rival how many times its speed is demanded of a workload."""
    return {IN_THREAD: SYNC_TARGETS, INLINE: {}}.get(name, TARGETS)


def list_figures(taken: Taken, name: str, kind: str = "microseconds") -> list[float]:
    """Return one kind of figure of a framework, a value a round."""
    return [answer[kind] for answer in taken[name]]


def find_checks(name: str, taken: Taken) -> list[Check]:
    """Compare Dewar's CPU time with each rival's that was measured."""
    checks = []
    for rival, target in list_targets(name).items():
        if {"dewar", rival} <= taken.keys():
            ratio, _, _ = compare(list_figures(taken, "dewar"), list_figures(taken, rival))
            checks.append(Check(f"{name} {TIMES} {rival}", ratio, target))
    return checks


def _format(
    workloads: Sequence[Workload],
    options: Options,
    figures: Mapping[str, Taken],
    machine: Mapping[str, str],
) -> str:
    peers = [DRIVER, *options.peers]
    rivals = [peer.name for peer in peers if peer.name in TARGETS]
    head = ["workload", *(peer.name for peer in peers)]
    for rival in rivals:
        head += [f"{TIMES} {rival}", "target"]
    rows = [_format_row(workload, peers, rivals, figures[workload.name]) for workload in workloads]
    parts = [format_table(head, rows)]
    if IN_THREAD in figures:
        parts.append(_format_elapsed(options.peers, figures[IN_THREAD]))
    how = f"{options.rounds} rounds of {options.seconds:g} s; asyncio's own event loop for all."
    facts = format_facts(machine, f"CPU microseconds per request, in process under ASGI; {how}")
    return "\n".join([*parts, facts])


def _format_row(
    workload: Workload, peers: Sequence[Framework], rivals: Sequence[str], taken: Taken
) -> list[str]:
    row = [workload.title]
    for peer in peers:
        missing = BLANK if workload.name in peer.lacks else WRONG
        times = list_figures(taken, peer.name) if peer.name in taken else []
        row.append(f"{min(times):.2f}" if times else missing)
    targets = list_targets(workload.name)
    for rival in rivals:
        both = {"dewar", rival} <= taken.keys()
        ours_theirs = [list_figures(taken, name) for name in ("dewar", rival)] if both else []
        row.append(format_ratio(*ours_theirs) if both else BLANK)
        row.append(f"{targets[rival]:g}" if rival in targets else BLANK)
    return row


def _format_elapsed(peers: Sequence[Framework], taken: Taken) -> str:
    """Write a table of what the clock says of a synchronous view: the waking of threads too."""
    rows = []
    for peer in peers:
        if peer.name in taken:
            elapsed = list_figures(taken, peer.name, "elapsed")
            both = {"dewar", peer.name} <= taken.keys()
            ratio = (
                format_ratio(list_figures(taken, "dewar", "elapsed"), elapsed) if both else BLANK
            )
            rows.append([peer.name, f"{min(elapsed):.1f}", ratio])
    title = ASGI_WORKLOADS[IN_THREAD].title
    return format_table([title, "elapsed µs", f"dewar {TIMES} this"], rows)


SUITE = Suite(
    run=run,
    about="CPU time per ASGI request, in process, async views",
    peers=ASGI_PEERS,
    workloads=tuple(ASGI_WORKLOADS),
    default=tuple(ASGI_WORKLOADS),
    seconds=0.3,
    shares=("bare",),  # the driver alone runs there
)
