"""What do a fresh interpreter, the import of a framework and its first response cost?

CPU time is the child's own (user and system, by ``wait4``), so start-up of the
interpreter is in it; the table shows figures with and without that part.
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from .checks import Check, Outcome, summarize
from .frameworks import FRAMEWORKS, ROOT, WSGI_PEERS, Framework, clean_variables
from .report import (
    BLANK,
    TIMES,
    compare,
    describe_machine,
    format_facts,
    format_ratio,
    format_table,
    keep,
)
from .rounds import WorkerError, rotate, tell
from .suite import Options, Suite

TARGET = 1.05  # of Falcon's import: CPU time and memory, each without the bare interpreter's

# The parts that Dewar and Flask share, measured where genuine Flask lives.
WERKZEUG = Framework(
    name="werkzeug",
    requires=FRAMEWORKS["flask"].requires,
    app="",
    imports="import werkzeug",
    environment_of="flask",
)

# The figures of one name: each kind's, a figure a round.
Taken = dict[str, list[float]]

# Prints CPU seconds since the process began, the clock, and the peak of resident memory.
FIRST_RESPONSE = """
import io, time
from benchmarks.apps.{module} import application
environ = {{
    "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/", "QUERY_STRING": "",
    "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
    "HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1", "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(), "wsgi.errors": io.StringIO(),
    "wsgi.multithread": False, "wsgi.multiprocess": True, "wsgi.run_once": False,
}}
started = []
answer = application(environ, lambda status, headers, exc_info=None: started.append(status))
body = b"".join(answer)
print(time.process_time(), time.monotonic(), started[0][:3], body.decode(), sep="|")
"""
PEAK = """
{statement}
print(next((line for line in open("/proc/self/status") if "VmHWM" in line), "VmHWM: 0 kB"))
"""


def run(options: Options) -> Outcome:
    """Measure, print the table, and keep it when the run is complete."""
    outcome = Outcome()
    tell("import")
    try:
        imports = _measure_imports([*options.peers, WERKZEUG], options.rounds)
    except WorkerError as error:
        return Outcome(wrong=[str(error)])
    tell("first response")
    firsts = _measure_first_responses(options.peers, options.rounds, outcome.wrong)
    outcome.checks.extend(find_checks(imports))
    machine = describe_machine()
    markdown = _format(imports, firsts, machine, options.rounds)
    print(markdown, summarize(outcome.checks), sep="\n")
    if options.keep and not outcome.wrong:
        figures = {"imports": imports, "first_responses": firsts}
        keep("startup", markdown, machine, figures, options.peers, options.keep)
    return outcome


def _measure_imports(peers: Sequence[Framework], rounds: int) -> dict[str, Taken]:
    figures: dict[str, Taken] = {peer.name: {"milliseconds": []} for peer in peers}
    for peer in peers:
        _take_cpu(peer)  # writes the .pyc files
    for peer in rotate(peers, rounds):
        figures[peer.name]["milliseconds"].append(_take_cpu(peer) * 1000)
    for peer in peers:
        figures[peer.name]["mebibytes"] = [_take_peak(peer) for _ in range(3)]
    return figures


def _take_cpu(peer: Framework) -> float:
    """Run the import in a fresh interpreter; return its CPU seconds, user and system.

    Raises:
        WorkerError: The import failed; its own words are on the terminal.
    """
    command = [peer.python, "-c", peer.imports]
    pid = os.posix_spawn(command[0], command, clean_variables())
    _, status, usage = os.wait4(pid, 0)
    if status:
        code = os.waitstatus_to_exitcode(status)
        raise WorkerError(f"{peer.name}: {peer.imports} failed with exit {code}")
    return usage.ru_utime + usage.ru_stime


def _take_peak(peer: Framework) -> float:
    """Return the peak of resident memory, in MiB, as the importing process sees it.

    What ``wait4`` tells would not do: a spawned child inherits its parent's peak.
    """
    if not sys.platform.startswith("linux"):
        return float("nan")
    command = [peer.python, "-c", PEAK.format(statement=peer.imports)]
    output = subprocess.check_output(command, env=clean_variables())
    return int(output.split()[1]) / 1024


def _measure_first_responses(
    peers: Sequence[Framework], rounds: int, wrong: list[str]
) -> dict[str, Taken]:
    figures: dict[str, Taken] = {peer.name: {"cpu": [], "elapsed": []} for peer in peers}
    for peer in rotate(peers, rounds):
        try:
            cpu, elapsed = take_first_response(peer)
        except WorkerError as error:
            wrong.append(str(error))
            continue
        figures[peer.name]["cpu"].append(cpu * 1000)
        figures[peer.name]["elapsed"].append(elapsed * 1000)
    return {name: taken for name, taken in figures.items() if taken["cpu"]}


def name_module(peer: Framework) -> str:
    """Return the module of ``apps`` that holds the framework's smallest application."""
    return f"hello_{peer.app.removesuffix('_app')}"


def take_first_response(peer: Framework) -> tuple[float, float]:
    """Start a process that answers one request; return its CPU and elapsed seconds till then.

    Raises:
        WorkerError: The answer is not the page.
    """
    command = [peer.python, "-c", FIRST_RESPONSE.format(module=name_module(peer))]
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, env=clean_variables(), capture_output=True, text=True, timeout=60
    )
    if done.returncode:
        raise WorkerError(f"{peer.name}: no first response: {done.stderr[-500:]}")
    cpu, clock, status, body = done.stdout.strip().split("|")
    if (status, body) != ("200", "Hello, World!"):
        raise WorkerError(f"{peer.name}: the first response is {status}, {body!r}")
    return float(cpu), float(clock) - began


def subtract_floor(imports: Mapping[str, Taken], kind: str) -> dict[str, list[float]]:
    """Return by name what the import adds, in each round, to the smallest bare interpreter."""
    floor = min(imports["bare"][kind]) if "bare" in imports else 0.0
    return {name: [figure - floor for figure in taken[kind]] for name, taken in imports.items()}


def find_checks(imports: Mapping[str, Taken]) -> list[Check]:
    """Compare what Dewar's import adds with what Falcon's adds."""
    if not {"dewar", "falcon", "bare"} <= imports.keys():
        return []
    checks = []
    for kind, title in (("milliseconds", "CPU time"), ("mebibytes", "memory")):
        added = subtract_floor(imports, kind)
        what = f"import: {title} of falcon's, without `pass`"
        share, _, _ = compare(added["falcon"], added["dewar"])
        checks.append(Check(what, share, TARGET, at_least=False))
    return checks


def _format(
    imports: Mapping[str, Taken],
    firsts: Mapping[str, Taken],
    machine: Mapping[str, str],
    rounds: int,
) -> str:
    head = ["statement", "CPU ms", "without `pass`", "of falcon's", "of flask's"]
    head += ["peak RSS, MiB", "without `pass`", "of falcon's"]
    parts = [format_table(head, _list_imports(imports))]
    head = ["process start to first response", "CPU ms", "elapsed ms", f"CPU: {TIMES} flask"]
    parts.append(format_table(head, _list_first_responses(firsts)))
    how = f"Fresh interpreters; the smallest of {rounds} runs each."
    note = (
        "`of falcon's` and `of flask's` compare what the import adds to `pass`;"
        f" the target is {TARGET} of falcon's.\n"
    )
    return "\n".join([*parts, format_facts(machine, how) + note])


def _list_imports(imports: Mapping[str, Taken]) -> list[list[str]]:
    times, sizes = (subtract_floor(imports, kind) for kind in ("milliseconds", "mebibytes"))
    rows = []
    for name, taken in imports.items():
        label = WERKZEUG.imports if name == WERKZEUG.name else FRAMEWORKS[name].imports
        rows.append(
            [
                f"`{label}` ({name})",
                f"{min(taken['milliseconds']):.1f}",
                f"{min(times[name]):.1f}",
                _share(times, name, "falcon"),
                _share(times, name, "flask"),
                f"{min(taken['mebibytes']):.1f}",
                f"{min(sizes[name]):.1f}",
                _share(sizes, name, "falcon"),
            ]
        )
    return rows


def _share(added: Mapping[str, Sequence[float]], name: str, rival: str) -> str:
    """Write which part of the rival's import this one costs, with the spread of rounds."""
    if "bare" not in added or name == "bare" or rival not in added:
        return BLANK
    return format_ratio(added[rival], added[name])


def _list_first_responses(firsts: Mapping[str, Taken]) -> list[list[str]]:
    flask = firsts.get("flask")
    return [
        [
            name,
            f"{min(taken['cpu']):.1f}",
            f"{min(taken['elapsed']):.1f}",
            format_ratio(taken["cpu"], flask["cpu"]) if flask else BLANK,
        ]
        for name, taken in firsts.items()
    ]


SUITE = Suite(
    run=run,
    about="CPU time and memory of the import; time to the first response",
    peers=WSGI_PEERS,
    rounds=15,
    shares=("flask",),  # import werkzeug runs there
)
