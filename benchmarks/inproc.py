"""How much CPU time does one request take in process, without a server?"""

from collections.abc import Mapping, Sequence

from . import readme
from .chart import draw
from .checks import Check, Outcome, summarize
from .frameworks import FRAMEWORKS, WSGI_PEERS, Framework
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
    write,
)
from .rounds import ask, gather, tell
from .suite import Options, Suite
from .workloads import WORKLOADS, Workload

# The driver alone: what calling a WSGI application costs when it does nothing.
DRIVER = Framework(
    name="driver",
    requires=FRAMEWORKS["bare"].requires,
    app="driver",
    imports="pass",
    environment_of="bare",
)

Rounds = dict[str, list[float]]  # by framework: microseconds per request, one figure a round


def run(options: Options) -> Outcome:
    """Measure, print the table, and keep table and chart when the run is complete."""
    outcome = Outcome()
    workloads = [WORKLOADS[name] for name in options.workloads]
    figures: dict[str, Rounds] = {}
    for workload in workloads:
        tell(workload.name)
        figures[workload.name] = _measure(workload, options, outcome.wrong)
        outcome.checks.extend(find_checks(workload, figures[workload.name]))
    machine = describe_machine()
    how = f"{options.rounds} rounds of {options.seconds:g} s"
    markdown = _format(workloads, options.peers, figures, machine, how)
    print(markdown, summarize(outcome.checks), sep="\n")
    if options.keep and not outcome.wrong:
        keep("inproc", markdown, machine, figures, options.peers, options.keep)
        facts = f"{machine['python']}, {machine['cpu']}, {machine['date'][:10]}"
        write(options.keep / "results" / "inproc.svg", draw(workloads, figures, facts))
        for name in ("README.md", "README.ko.md"):
            readme.update(options.keep.parent / name, figures)
    return outcome


def _measure(workload: Workload, options: Options, wrong: list[str]) -> Rounds:
    able = [DRIVER, *(peer for peer in options.peers if workload.name not in peer.lacks)]
    taken = gather(
        able,
        options.rounds,
        lambda peer: ask(peer, "inproc", peer.app, workload.name, options.seconds),
        wrong,
    )
    return {name: [answer["microseconds"] for answer in answers] for name, answers in taken.items()}


def list_targets(workload: Workload) -> dict[str, float]:
    """Return by rival how many times its speed is demanded."""
    targets = {"flask": workload.flask_target, "falcon": workload.falcon_target}
    return {rival: target for rival, target in targets.items() if target is not None}


def find_checks(workload: Workload, taken: Mapping[str, Sequence[float]]) -> list[Check]:
    """Compare Dewar's speed with the harder of the workload's measured targets."""
    targets = {rival: target for rival, target in list_targets(workload).items() if rival in taken}
    if "dewar" not in taken or not targets:
        return []
    harder = min(targets, key=lambda rival: min(taken[rival]) / targets[rival])
    ratio, _, _ = compare(taken["dewar"], taken[harder])
    return [Check(f"{workload.name} {TIMES} {harder}", ratio, targets[harder])]


def _format(
    workloads: Sequence[Workload],
    peers: Sequence[Framework],
    figures: Mapping[str, Rounds],
    machine: Mapping[str, str],
    how: str,
) -> str:
    rivals = [peer.name for peer in peers if peer.name in {"flask", "falcon"}]
    head = ["workload", DRIVER.name, *(peer.name for peer in peers)]
    for rival in rivals:
        head += [f"{TIMES} {rival}", "target"]
    rows = [_format_row(workload, peers, rivals, figures[workload.name]) for workload in workloads]
    facts = format_facts(machine, f"CPU microseconds per request, in process; {how}.")
    note = "The verdict is of the harder target: the one that allows less time.\n"
    return format_table([*head, "verdict"], rows) + "\n" + facts + note


def _format_row(
    workload: Workload,
    peers: Sequence[Framework],
    rivals: Sequence[str],
    taken: Rounds,
) -> list[str]:
    row = [workload.title]
    for peer in [DRIVER, *peers]:
        missing = BLANK if workload.name in peer.lacks else WRONG
        row.append(f"{min(taken[peer.name]):.2f}" if peer.name in taken else missing)
    targets = list_targets(workload)
    for rival in rivals:
        both = "dewar" in taken and rival in taken
        row.append(format_ratio(taken["dewar"], taken[rival]) if both else BLANK)
        row.append(f"{targets[rival]:g}" if rival in targets else BLANK)
    verdicts = [check.verdict for check in find_checks(workload, taken)]
    return [*row, *(verdicts or [BLANK])]


SUITE = Suite(
    run=run,
    about="CPU time per request, in process",
    peers=WSGI_PEERS,
    workloads=tuple(WORKLOADS),
    default=tuple(WORKLOADS),
    seconds=0.3,
    shares=("bare",),  # the driver alone runs there
)
