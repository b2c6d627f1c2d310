"""What does one request execute? Its bytecodes by function, and line by line for one workload.

A count, not a time: it does not change with the machine's load. On CPython 3.11 a bytecode of
warm code takes about 5 ns, with what it calls.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from .checks import Outcome
from .report import BLANK, describe_machine, format_facts, format_table, keep
from .rounds import ask, gather, tell
from .suite import Options, Suite
from .workloads import CHEAP, WORKLOADS

Lines = Sequence[Mapping[str, Any]]


def run(options: Options) -> Outcome:
    """Count, print the tables, and keep them when the run is complete."""
    outcome = Outcome()
    counted: dict[str, dict[str, Lines]] = {}
    for name in options.workloads:
        tell(name)
        able = [peer for peer in options.peers if name not in peer.lacks]
        taken = gather(able, 1, lambda p, n=name: ask(p, "steps", p.app, n), outcome.wrong)
        counted[name] = {peer: answers[0]["lines"] for peer, answers in taken.items()}
    machine = describe_machine()
    markdown = format_totals(counted)
    if len(counted) == 1:
        lines = next(iter(counted.values())).get("dewar", ())
        markdown += "\n" + format_functions(lines) + "\n" + format_lines(lines)
    markdown += "\n" + format_facts(machine, "Bytecodes of one warm request.", "")
    print(markdown)
    if options.keep and not outcome.wrong:
        totals = {name: {p: _count(lines) for p, lines in c.items()} for name, c in counted.items()}
        keep("steps", markdown, machine, totals, options.peers, options.keep)
    return outcome


def _count(lines: Lines) -> int:
    return sum(line["bytecodes"] for line in lines)


def format_totals(counted: Mapping[str, Mapping[str, Lines]]) -> str:
    """Write a table: for each workload the sums of the peers, and whose Dewar's are."""
    peers = list(dict.fromkeys(peer for taken in counted.values() for peer in taken))
    owners = ("dewar", "workload", "others")
    rows = []
    for name, taken in counted.items():
        row = [WORKLOADS[name].title]
        row.extend(str(_count(taken[peer])) if peer in taken else BLANK for peer in peers)
        shares: Counter[str] = Counter()
        for line in taken.get("dewar", ()):
            owner = line["owner"] if line["owner"] in owners else "others"
            shares[owner] += line["bytecodes"]
        rows.append([*row, *(str(shares[owner]) for owner in owners)])
    head = ["workload", *peers, "of dewar's: its own", "the view's", "libraries'"]
    return format_table(head, rows)


def format_functions(lines: Lines) -> str:
    """Write a table of Dewar's request by function, in the order of the first call."""
    functions: dict[tuple[str, str, str], int] = {}
    for line in lines:
        key = line["owner"], line["file"], line["function"]
        functions[key] = functions.get(key, 0) + line["bytecodes"]
    rows = [
        [f"`{function}` ({owner}, {file})", str(count)]
        for (owner, file, function), count in functions.items()
    ]
    return format_table(["function", "bytecodes"], rows)


def format_lines(lines: Lines) -> str:
    """Write a table of Dewar's request line by line, in the order of the first execution."""
    rows = [
        [
            f"{line['file']}:{line['line']} `{line['text'].replace('|', '¦')}`",
            str(line["bytecodes"]),
        ]
        for line in lines
    ]
    return format_table(["line", "bytecodes"], rows)


SUITE = Suite(
    run=run,
    about="the bytecodes of one request, by function and, for one workload, line by line",
    peers=("dewar", "flask", "falcon", "bottle", "bare"),
    workloads=CHEAP,
    default=CHEAP,
    rounds=1,
)
