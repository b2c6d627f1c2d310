"""What does a request cost on a real server: its CPU time, and how many a second?

One worker on one core, wrk on another, over loopback. CPU time is that of the server's
processes; it is steadier than requests per second on a shared machine.
"""

import http.client
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from .checks import Check, Outcome, summarize
from .frameworks import WSGI_PEERS, Framework, SetupError
from .processes import HOST, Server, ServerError, choose_cores, choose_port, pinned_to
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
from .rounds import Answer, WorkerError, gather, tell
from .suite import Options, Suite
from .workloads import WORKLOADS, Workload
from .wsgi import Answer as Response
from .wsgi import WrongAnswerError, verify

APPLICATION = "benchmarks.apps.served:application"
_GRANIAN = (
    *("-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", "{port}"),
    *("--workers", "1", "--runtime-threads", "1", "--blocking-threads", "1", "--no-ws"),
)
_GUNICORN = ("-m", "gunicorn", "--workers", "1", "--bind", f"{HOST}:{{port}}")


@dataclass(frozen=True)
class ServerKind:
    """How a server is started, and how many connections ask it at once."""

    command: tuple[str, ...]
    connections: int = 8


@dataclass(frozen=True)
class Interface:
    """What is asked of a server: the protocol towards the application, and who is measured.

    Attributes:
        suite: The suite's name.
        servers: How each server is started.
        workloads: What may be asked for.
        targets: By workload, which part of a bare callable's CPU time is allowed.
        rival: The framework that a column compares with.
        module: Tells where in ``apps`` a framework's application is.
    """

    suite: str
    servers: Mapping[str, ServerKind]
    workloads: Mapping[str, Workload]
    targets: Mapping[str, float]
    rival: str
    module: Callable[[Framework], str]


# granian hands each request to its Python thread. With 8 connections that thread sleeps
# between requests, the more often the faster the application is: a bare callable then costs
# more than Falcon. With 64 there is always a request waiting, and what is left is the work.
_SERVERS = {
    "granian": ServerKind(_GRANIAN),
    "granian-busy": ServerKind(_GRANIAN, connections=64),
    "gunicorn-sync": ServerKind((*_GUNICORN, "--worker-class", "sync")),
    "gunicorn-gthread": ServerKind((*_GUNICORN, "--worker-class", "gthread", "--threads", "4")),
}
WSGI = Interface(
    suite="servers",
    servers=_SERVERS,
    workloads=WORKLOADS,
    targets={"plain": 1.15, "json": 1.25},
    rival="flask",
    module=lambda peer: peer.app,
)
# wrk asks for these by itself: no body, no cookie, an answer of 200.
ASKABLE = tuple(
    workload.name
    for workload in WORKLOADS.values()
    if workload.method == "GET" and workload.status == 200 and not workload.prime
)

Taken = dict[str, list[Answer]]  # by framework, a round's figures


def run(interface: Interface, options: Options) -> Outcome:
    """Measure, print the tables, and keep them when the run is complete.

    Raises:
        SetupError: wrk or a second core is missing.
    """
    outcome = Outcome()
    cores = choose_cores()
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SetupError("servers needs wrk: apt-get install wrk (Debian), brew install wrk")
    figures: dict[str, Taken] = {}
    for server in interface.servers:
        for name in options.workloads:
            tell(f"{server}, {name}")
            figures[f"{server} {name}"] = _measure(
                interface, server, interface.workloads[name], wrk, cores, options, outcome.wrong
            )
    outcome.checks.extend(find_checks(interface, figures))
    machine = describe_machine()
    markdown = _format(interface, options, figures, machine)
    print(markdown, summarize(outcome.checks), sep="\n")
    if options.keep and not outcome.wrong:
        keep(interface.suite, markdown, machine, figures, options.peers, options.keep)
    return outcome


def _measure(
    interface: Interface,
    server: str,
    workload: Workload,
    wrk: str,
    cores: tuple[int, int],
    options: Options,
    wrong: list[str],
) -> Taken:
    kind = interface.servers[server]
    load = [wrk, "--threads", "1", "--connections", str(kind.connections), "--timeout", "10s"]
    seconds = max(1, round(options.seconds))  # wrk knows whole seconds only

    def take(peer: Framework) -> Answer:
        port = choose_port()
        command = [peer.python, *(part.format(port=port) for part in kind.command), APPLICATION]
        variables = {"BENCHMARK_APP": interface.module(peer), "BENCHMARK_ARGUMENT": workload.name}
        with pinned_to(cores[0]):
            started = Server(command, port, variables)
        try:
            with started, pinned_to(cores[1]):
                return _load(started, workload, load, seconds)
        except (ServerError, WrongAnswerError, OSError, subprocess.CalledProcessError) as error:
            raise WorkerError(f"{server}: {error}") from error

    able = [peer for peer in options.peers if workload.name not in peer.lacks]
    return gather(able, options.rounds, take, wrong)


def _load(server: Server, workload: Workload, load: Sequence[str], seconds: int) -> Answer:
    """Check the answer, warm up, measure, and check again."""
    _ask(server.port, workload)
    url = f"http://{HOST}:{server.port}{workload.path}"
    url += f"?{workload.query}" if workload.query else ""
    subprocess.run([*load, "--duration", "1s", url], check=True, capture_output=True)
    before = server.spend()
    command = [*load, "--duration", f"{seconds}s", url]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    spent = server.spend() - before
    _ask(server.port, workload)
    requests, per_second = read_wrk(done.stdout)
    return {"microseconds": spent / requests * 1e6, "per_second": per_second}


def _ask(port: int, workload: Workload) -> None:
    """Make the workload's request over the socket, and prove that it is answered rightly."""
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    target = f"{workload.path}?{workload.query}" if workload.query else workload.path
    connection.request("GET", target)
    response = connection.getresponse()
    answer = Response(response.status, response.getheaders(), response.read())
    connection.close()
    verify(workload, answer)


def read_wrk(text: str) -> tuple[int, float]:
    """Read from wrk's report how many requests were answered, and how many a second.

    Raises:
        WrongAnswerError: An answer was no success, or a request got none.
    """
    failures = re.search(r"Non-2xx or 3xx responses: \d+", text)
    errors = re.search(r"Socket errors: .*", text)
    requests = re.search(r"(\d+) requests in", text)
    per_second = re.search(r"Requests/sec: +([\d.]+)", text)
    if failures or errors or not requests or not per_second or not int(requests[1]):
        raise WrongAnswerError((failures or errors or [text])[0])
    return int(requests[1]), float(per_second[1])


def _list_times(taken: Taken, name: str) -> list[float]:
    return [answer["microseconds"] for answer in taken[name]]


def find_checks(interface: Interface, figures: Mapping[str, Taken]) -> list[Check]:
    """Compare Dewar's CPU time with the bare callable's on the same server."""
    checks = []
    for key, taken in figures.items():
        target = interface.targets.get(key.split()[1])
        if target is None or not {"dewar", "bare"} <= taken.keys():
            continue
        share, _, _ = compare(_list_times(taken, "bare"), _list_times(taken, "dewar"))
        what = f"{key}: CPU time of the bare callable's"
        checks.append(Check(what, share, target, at_least=False))
    return checks


def _format(
    interface: Interface,
    options: Options,
    figures: Mapping[str, Taken],
    machine: Mapping[str, str],
) -> str:
    head = ["server, workload, application", "CPU µs a request", "of bare's"]
    head.append(f"{TIMES} {interface.rival}")
    rows = []
    for key, taken in figures.items():
        server, name = key.split()
        for peer in options.peers:
            title = f"{server}, {interface.workloads[name].title}, {peer.name}"
            if peer.name in taken:
                rows.append([title, *_list_cells(taken, peer.name, interface.rival)])
            elif name not in peer.lacks:
                rows.append([title, WRONG, BLANK, BLANK, WRONG])
    how = (
        "One worker on one core, wrk on another, with 8 connections (granian-busy: 64);"
        f" {options.rounds} rounds of {options.seconds:g} s."
    )
    note = "CPU time is the server's, user and system; requests per second are the best round's.\n"
    return format_table([*head, "requests/s"], rows) + "\n" + format_facts(machine, how) + note


def _list_cells(taken: Taken, name: str, rival: str) -> list[str]:
    times = _list_times(taken, name)
    share = format_ratio(_list_times(taken, "bare"), times) if "bare" in taken else BLANK
    ratio = format_ratio(times, _list_times(taken, rival)) if rival in taken else BLANK
    per_second = max(answer["per_second"] for answer in taken[name])
    return [f"{min(times):.1f}", share, ratio, f"{per_second:.0f}"]


SUITE = Suite(
    run=partial(run, WSGI),
    about="CPU time and requests per second on granian and gunicorn",
    peers=tuple(name for name in WSGI_PEERS if name != "bottle"),
    workloads=ASKABLE,
    default=tuple(WSGI.targets),
    seconds=2.0,
    servers=True,
)
