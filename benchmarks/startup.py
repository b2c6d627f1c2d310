"""What do a fresh interpreter and the import of a framework cost?

CPU time is the child's own (user and system, by ``wait4``), so start-up of the
interpreter is in it; the table shows figures with and without that part.
"""

import os
import subprocess
import sys
from collections.abc import Sequence

from .frameworks import FRAMEWORKS, Framework, clean_variables
from .report import BLANK, compare, describe_machine, format_facts, format_ratio, format_table, keep

TARGET = 0.80  # of genuine Flask's import, the interpreter's own start included

# The parts that Dewar and Flask share, measured where genuine Flask lives.
WERKZEUG = Framework(
    name="werkzeug",
    requires=FRAMEWORKS["flask"].requires,
    app="",
    imports="import werkzeug",
)

# By name: milliseconds of CPU time of each run, and the peak of resident memory in MiB.
Figures = dict[str, dict[str, list[float]]]


def run(peers: Sequence[Framework], *, rounds: int, complete: bool) -> list[str]:
    """Measure, print the table, and keep it when the run is complete.

    Returns:
        The missed target in one line, or nothing.
    """
    figures = _measure([*peers, WERKZEUG], rounds)
    machine = describe_machine()
    markdown = _format(figures, machine, rounds)
    print(markdown)
    if complete:
        keep("startup", markdown, machine, figures)
    return find_missed_targets(figures)


def _find_python(peer: Framework) -> str:
    return FRAMEWORKS["flask"].python if peer is WERKZEUG else peer.python


def _measure(peers: Sequence[Framework], rounds: int) -> Figures:
    figures: Figures = {peer.name: {"milliseconds": [], "mebibytes": []} for peer in peers}
    for peer in peers:
        _take_cpu(peer)  # writes the .pyc files
    for number in range(rounds):
        start = number % len(peers)
        for peer in [*peers[start:], *peers[:start]]:
            figures[peer.name]["milliseconds"].append(_take_cpu(peer) * 1000)
    for peer in peers:
        figures[peer.name]["mebibytes"] = [_take_peak(peer) for _ in range(3)]
    return figures


def _take_cpu(peer: Framework) -> float:
    """Run the import in a fresh interpreter; return its CPU seconds, user and system."""
    command = [_find_python(peer), "-c", peer.imports]
    pid = os.posix_spawn(command[0], command, clean_variables())
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise RuntimeError(f"{' '.join(command)}: exit {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime


def _take_peak(peer: Framework) -> float:
    """Return the peak of resident memory, in MiB, as the importing process sees it.

    What ``wait4`` tells would not do: a spawned child inherits its parent's peak.
    """
    program = f"{peer.imports}\nprint(next(l for l in open('/proc/self/status') if 'VmHWM' in l))"
    if not sys.platform.startswith("linux"):
        return float("nan")
    output = subprocess.check_output([_find_python(peer), "-c", program], env=clean_variables())
    return int(output.split()[1]) / 1024


def _format(figures: Figures, machine: dict[str, str], rounds: int) -> str:
    floor = min(figures["bare"]["milliseconds"]) if "bare" in figures else None
    flask = figures.get("flask")
    rows = []
    for name, taken in figures.items():
        lowest = min(taken["milliseconds"])
        label = "`pass`" if name == "bare" else f"`{_statement(name)}`"
        rows.append(
            [
                f"{label} ({name})",
                f"{lowest:.1f}",
                BLANK if floor is None else f"{lowest - floor:.1f}",
                format_ratio(flask["milliseconds"], taken["milliseconds"]) if flask else BLANK,
                f"{min(taken['mebibytes']):.1f}",
            ]
        )
    head = ["statement", "CPU ms", "without `pass`", "of flask's", "peak RSS, MiB"]
    facts = format_facts(machine, f"Fresh interpreters; the smallest of {rounds} runs each.")
    return format_table(head, rows) + "\n" + facts


def _statement(name: str) -> str:
    return WERKZEUG.imports if name == WERKZEUG.name else FRAMEWORKS[name].imports


def find_missed_targets(figures: Figures) -> list[str]:
    """Compare what Dewar's import costs with genuine Flask's."""
    if not {"dewar", "flask"} <= figures.keys():
        return []
    ratio, _, _ = compare(figures["flask"]["milliseconds"], figures["dewar"]["milliseconds"])
    return [f"startup: {ratio:.2f} of flask's, target {TARGET}"] if ratio > TARGET else []
