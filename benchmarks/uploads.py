"""What do large bodies cost: uploads in memory and to disk, files that are sent?"""

from collections.abc import Mapping

from .checks import Check, Outcome, summarize
from .frameworks import WSGI_PEERS, Framework
from .inproc import find_checks as find_inproc_checks
from .report import (
    BLANK,
    TIMES,
    WRONG,
    describe_machine,
    format_facts,
    format_ratio,
    format_table,
    keep,
)
from .rounds import Answer, ask, gather, tell
from .suite import Options, Suite
from .workloads import WORKLOADS

IN_MEMORY = ("upload-64k", "upload-1m")
TO_DISK = {"disk-random": "random", "disk-lines": "lines"}
SENT = {"send-10k": 10 * 1024, "send-8m": 8 * 1024 * 1024}
THROUGHPUT = 1.5  # times genuine Flask's, of an upload to disk
FLAT = 16  # MiB that resident memory may grow by while an upload of any size is received
KINDS = {"random": "random bytes", "lines": "lines of text"}

Taken = dict[str, list[Answer]]  # by framework, a round's figures


def run(options: Options) -> Outcome:
    """Measure, print the tables, and keep them when the run is complete."""
    outcome = Outcome()
    figures: dict[str, Taken] = {}
    for name in options.workloads:
        tell(name)
        if name in SENT:
            for wrapped in ("plain", "wrapped"):
                figures[f"{name} {wrapped}"] = _send(name, wrapped, options, outcome.wrong)
        elif name in TO_DISK:
            figures[name] = _receive(name, options, outcome.wrong)
        else:
            figures[name] = _upload(name, options, outcome.wrong)
    outcome.checks.extend(find_checks(figures))
    machine = describe_machine()
    markdown = _format(options, figures, machine)
    print(markdown, summarize(outcome.checks), sep="\n")
    if options.keep and not outcome.wrong:
        keep("uploads", markdown, machine, figures, options.peers, options.keep)
    return outcome


def _module(peer: Framework) -> str:
    return peer.app.replace("_app", "_uploads")


def _upload(name: str, options: Options, wrong: list[str]) -> Taken:
    def take(peer: Framework) -> Answer:
        return ask(peer, "inproc", peer.app, name, options.seconds)

    return gather(options.peers, options.rounds, take, wrong)


def _receive(name: str, options: Options, wrong: list[str]) -> Taken:
    def take(peer: Framework) -> Answer:
        return ask(peer, "uploads", _module(peer), "receive", TO_DISK[name], options.mebibytes)

    return gather(options.peers, options.rounds, take, wrong)


def _send(name: str, wrapped: str, options: Options, wrong: list[str]) -> Taken:
    def take(peer: Framework) -> Answer:
        return ask(peer, "uploads", _module(peer), "send", SENT[name], wrapped, options.seconds)

    return gather(options.peers, options.rounds, take, wrong)


def list_figures(taken: Taken, name: str, kind: str) -> list[float]:
    """Return one kind of figure of a framework, a value a round."""
    return [answer[kind] for answer in taken[name]]


def find_checks(figures: Mapping[str, Taken]) -> list[Check]:
    """Compare with the targets: times in memory, throughput and memory to disk, wrapper used."""
    checks = []
    for name, taken in figures.items():
        if "dewar" not in taken:
            continue
        if name in IN_MEMORY:
            times = {peer: list_figures(taken, peer, "microseconds") for peer in taken}
            checks.extend(find_inproc_checks(WORKLOADS[name], times))
        elif name in TO_DISK:
            checks.extend(_find_disk_checks(name, taken))
        elif name.endswith("wrapped"):
            used = min(list_figures(taken, "dewar", "used"))
            checks.append(Check(f"{name.split()[0]}: wsgi.file_wrapper used (1 is yes)", used, 1))
    return checks


def _find_disk_checks(name: str, taken: Taken) -> list[Check]:
    growth = max(list_figures(taken, "dewar", "growth"))
    checks = [Check(f"{name}: growth of memory, MiB", growth, FLAT, at_least=False)]
    if "flask" in taken:
        ours, theirs = (max(list_figures(taken, peer, "user")) for peer in ("dewar", "flask"))
        what = f"{name}: throughput by user CPU time {TIMES} flask"
        checks.append(Check(what, ours / theirs, THROUGHPUT))
    return checks


def _format(options: Options, figures: Mapping[str, Taken], machine: Mapping[str, str]) -> str:
    names = [peer.name for peer in options.peers]
    in_memory = [name for name in options.workloads if name in IN_MEMORY]
    to_disk = [name for name in options.workloads if name in TO_DISK]
    sent = [name for name in options.workloads if name in SENT]
    parts = []
    if in_memory:
        rows = [[WORKLOADS[name].title, *_list_times(figures[name], names)] for name in in_memory]
        parts.append(format_table(["multipart in memory, CPU µs", *names, f"{TIMES} flask"], rows))
    if to_disk:
        head = [f"{options.mebibytes} MiB to disk", "MiB per second of user CPU", f"{TIMES} flask"]
        head += ["of all CPU", f"{TIMES} flask"]
        rows = [row for name in to_disk for row in _list_disk(name, figures[name], names)]
        parts.append(format_table([*head, "MiB/s elapsed", "memory grew by, MiB"], rows))
    if sent:
        rows = [row for name in sent for row in _list_sent(name, figures, names)]
        parts.append(format_table(["send_file, CPU µs", *names, f"{TIMES} flask"], rows))
    how = f"{options.rounds} rounds; uploads and files in memory fill {options.seconds:g} s each."
    notes = (
        "An upload comes from a generator and goes to a temporary file; throughput is that of the"
        " best round, memory that of the worst, beyond what was resident before. User CPU time is"
        " the parser's part: without the kernel's, which writes the file.\n"
        "Sending includes writing to /dev/null: block by block, or by sendfile where the"
        " application hands over the server's `wsgi.file_wrapper`.\n"
    )
    return "\n".join([*parts, format_facts(machine, how) + notes])


def _list_times(taken: Taken, names: list[str]) -> list[str]:
    times = {peer: list_figures(taken, peer, "microseconds") for peer in taken}
    cells = [f"{min(times[name]):.1f}" if name in times else WRONG for name in names]
    both = {"dewar", "flask"} <= times.keys()
    return [*cells, format_ratio(times["dewar"], times["flask"]) if both else BLANK]


def _list_disk(name: str, taken: Taken, names: list[str]) -> list[list[str]]:
    rows = []
    for peer in names:
        title = f"{KINDS[TO_DISK[name]]} ({peer})"
        if peer not in taken:
            rows.append([title, *[WRONG] * 6])
            continue
        row = [title]
        for kind in ("user", "cpu"):
            row.append(f"{max(list_figures(taken, peer, kind)):.0f}")
            row.append(_compare_throughput(taken, peer, kind))
        elapsed = max(list_figures(taken, peer, "elapsed"))
        growth = max(list_figures(taken, peer, "growth"))
        rows.append([*row, f"{elapsed:.0f}", f"{growth:.1f}"])
    return rows


def _compare_throughput(taken: Taken, peer: str, kind: str) -> str:
    if "flask" not in taken:
        return BLANK
    ours, theirs = (
        [1 / speed for speed in list_figures(taken, name, kind)] for name in (peer, "flask")
    )
    return format_ratio(ours, theirs)


def _list_sent(name: str, figures: Mapping[str, Taken], names: list[str]) -> list[list[str]]:
    rows = []
    for wrapped, title in (("plain", "in blocks"), ("wrapped", "with wsgi.file_wrapper")):
        taken = figures[f"{name} {wrapped}"]
        cells = _list_times(taken, names)
        if wrapped == "wrapped":
            cells = [
                f"{cell} (not used)" if peer in taken and not taken[peer][0]["used"] else cell
                for cell, peer in zip(cells, [*names, ""], strict=True)
            ]
        rows.append([f"{SENT[name] // 1024} KiB {title}", *cells])
    return rows


SUITE = Suite(
    run=run,
    about="multipart uploads, 1 GiB to disk, send_file",
    peers=tuple(name for name in WSGI_PEERS if name != "bottle"),
    workloads=(*IN_MEMORY, *TO_DISK, *SENT),
    default=(*IN_MEMORY, *TO_DISK, *SENT),
    seconds=0.3,
    sizes=("mebibytes",),
)
