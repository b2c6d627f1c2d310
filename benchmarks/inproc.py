"""How much CPU time does one request take in process, without a server?

For every workload, rounds go around the frameworks, each time in a fresh process
and in another order, so that what disturbs the machine disturbs all alike.
"""

import json
import subprocess
import sys
from collections.abc import Sequence

from .frameworks import FRAMEWORKS, ROOT, Framework, clean_variables
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
from .workloads import Workload

# The driver alone: what calling a WSGI application costs when it does nothing.
DRIVER = Framework(
    name="driver", requires=FRAMEWORKS["bare"].requires, app="driver", imports="pass"
)

Rounds = dict[str, list[float]]  # by framework: microseconds per request, one figure a round


class WorkerError(Exception):
    """A framework gave a wrong answer, or its process failed."""


def run(
    workloads: Sequence[Workload],
    peers: Sequence[Framework],
    *,
    rounds: int,
    seconds: float,
    complete: bool,
) -> tuple[list[str], list[str]]:
    """Measure, print the table, and keep it when the run is complete.

    Returns:
        The wrong answers and the missed targets, one line each.
    """
    figures: dict[str, Rounds] = {}
    wrong: list[str] = []
    for workload in workloads:
        print(f"{workload.name} …", file=sys.stderr, flush=True)
        figures[workload.name] = _measure(workload, peers, rounds, seconds, wrong)
    machine = describe_machine()
    markdown = _format(workloads, peers, figures, machine, f"{rounds} rounds of {seconds:g} s.")
    print(markdown)
    if complete and not wrong:
        keep("inproc", markdown, machine, figures)
    return wrong, find_missed_targets(workloads, figures)


def _measure(
    workload: Workload,
    peers: Sequence[Framework],
    rounds: int,
    seconds: float,
    wrong: list[str],
) -> Rounds:
    able = [DRIVER, *(peer for peer in peers if workload.name not in peer.lacks)]
    taken: Rounds = {peer.name: [] for peer in able}
    for number in range(rounds):
        start = number % len(able)
        for peer in able[start:] + able[:start]:
            if peer.name not in taken:
                continue
            try:
                taken[peer.name].append(_ask_worker(peer, workload, seconds))
            except WorkerError as error:
                wrong.append(f"{peer.name}: {error}")
                del taken[peer.name]
    return taken


def _ask_worker(peer: Framework, workload: Workload, seconds: float) -> float:
    python = FRAMEWORKS["bare"].python if peer is DRIVER else peer.python
    command = [python, "-m", "benchmarks.worker", peer.app, workload.name, str(seconds)]
    done = subprocess.run(
        command, cwd=ROOT, env=clean_variables(), capture_output=True, text=True, timeout=300
    )
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        answer = {"error": f"{workload.name}: exit {done.returncode}, {done.stderr[-500:]}"}
    if "error" in answer:
        raise WorkerError(answer["error"])
    return float(answer["microseconds"])


def _format(
    workloads: Sequence[Workload],
    peers: Sequence[Framework],
    figures: dict[str, Rounds],
    machine: dict[str, str],
    how: str,
) -> str:
    rivals = [peer.name for peer in peers if peer.name in {"flask", "falcon"}]
    shown = [DRIVER, *peers]
    head = ["workload", *(peer.name for peer in shown), *(f"{TIMES} {rival}" for rival in rivals)]
    rows = []
    for workload in workloads:
        taken = figures[workload.name]
        row = [workload.title]
        for peer in shown:
            missing = BLANK if workload.name in peer.lacks else WRONG
            row.append(f"{min(taken[peer.name]):.2f}" if peer.name in taken else missing)
        for rival in rivals:
            both = "dewar" in taken and rival in taken
            row.append(format_ratio(taken["dewar"], taken[rival]) if both else BLANK)
        rows.append(row)
    facts = format_facts(machine, f"CPU microseconds per request, in process; {how}")
    return format_table(head, rows) + "\n" + facts


def find_missed_targets(workloads: Sequence[Workload], figures: dict[str, Rounds]) -> list[str]:
    """Compare Dewar's speed with what each workload demands."""
    missed = []
    for workload in workloads:
        taken = figures[workload.name]
        if workload.flask_target is None or not {"dewar", "flask"} <= taken.keys():
            continue
        ratio, _, _ = compare(taken["dewar"], taken["flask"])
        if ratio < workload.flask_target:
            missed.append(
                f"{workload.name}: {ratio:.2f} times flask, target {workload.flask_target}"
            )
    return missed
