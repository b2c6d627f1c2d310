"""What do large bodies cost under ASGI: uploads and downloads through uvicorn and granian?

One worker on one core, the client on another. A small body proves every byte, then a large
one is timed; the peak of resident memory is the server's, from its start on.
"""

import hashlib
import http.client
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from . import bodies
from .asgi_servers import GRANIAN, UVICORN
from .checks import Check, Outcome, summarize
from .frameworks import Framework
from .processes import HOST, Server, ServerError, choose_cores, choose_port, pinned_to
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
from .rounds import Answer, WorkerError, gather, tell
from .servers import APPLICATION
from .suite import Options, Suite
from .wsgi import WrongAnswerError

SERVERS = {"uvicorn": UVICORN, "granian": GRANIAN}
TITLES = {
    "upload-async": "upload read by an async view",
    "upload-sync": "upload read by a synchronous view",
    "upload-disk": "multipart upload to disk",
    "download-sync": "download from a generator",
    "download-async": "download from an async generator",
    "download-file": "download of a file",
}
SMALL = 4  # MiB of the body whose every byte is checked
MOST = 80  # MiB that a server's process may have resident
BUFFER = 1 << 20

Taken = dict[str, list[Answer]]  # by framework, a round's figures


def run(options: Options) -> Outcome:
    """Measure, print the table, and keep it when the run is complete.

    Raises:
        SetupError: A second core is missing.
    """
    outcome = Outcome()
    cores = choose_cores()
    figures: dict[str, Taken] = {}
    with tempfile.TemporaryDirectory() as folder:
        for mebibytes in {SMALL, options.mebibytes}:
            with Path(folder, f"{mebibytes}.bin").open("wb") as file:
                file.writelines(bodies.make_blocks(mebibytes))
        for server in SERVERS:
            for name in options.workloads:
                tell(f"{server}, {name}")
                figures[f"{server} {name}"] = _measure(
                    server, name, folder, cores, options, outcome.wrong
                )
    outcome.checks.extend(find_checks(figures))
    machine = describe_machine()
    markdown = _format(options, figures, machine)
    print(markdown, summarize(outcome.checks), sep="\n")
    if options.keep and not outcome.wrong:
        keep("asgi-uploads", markdown, machine, figures, options.peers, options.keep)
    return outcome


def _measure(
    server: str,
    name: str,
    folder: str,
    cores: tuple[int, int],
    options: Options,
    wrong: list[str],
) -> Taken:
    def take(peer: Framework) -> Answer:
        port = choose_port()
        command = [peer.python, *(part.format(port=port) for part in SERVERS[server]), APPLICATION]
        module = f"{peer.asgi_app.removesuffix('_app')}_uploads"
        variables = {"BENCHMARK_APP": module, "BENCHMARK_ARGUMENT": folder}
        with pinned_to(cores[0]):
            started = Server(command, port, variables)
        try:
            with started, pinned_to(cores[1]):
                return time_body(started, name, options.mebibytes)
        except (ServerError, WrongAnswerError, OSError, http.client.HTTPException) as error:
            raise WorkerError(f"{server} {name}: {error!r}") from error

    able = [peer for peer in options.peers if name not in peer.lacks]
    return gather(able, options.rounds, take, wrong)


def time_body(server: Server, name: str, mebibytes: int) -> Answer:
    """Check every byte of a small body, then time a large one.

    Returns:
        MiB per second of elapsed and of the server's CPU time; and MiB resident at most.
    """
    transfer = _upload if name.startswith("upload") else _download
    transfer(server.port, name, SMALL, True)
    before, start = server.spend(), time.perf_counter()
    transfer(server.port, name, mebibytes, False)
    elapsed, spent = time.perf_counter() - start, server.spend() - before
    return {
        "elapsed": mebibytes / elapsed,
        "cpu": mebibytes / max(spent, 0.01),  # the system counts in hundredths
        "peak": server.read_memory("VmHWM"),
    }


def _upload(port: int, name: str, mebibytes: int, with_digest: bool) -> None:
    is_multipart = name == "upload-disk"
    size = bodies.measure_length(mebibytes) if is_multipart else mebibytes << 20
    headers = {"Content-Length": str(size), "Content-Type": "application/octet-stream"}
    if is_multipart:
        headers["Content-Type"] = bodies.CONTENT_TYPE
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    path = f"/{name}?digest=1" if with_digest else f"/{name}"
    connection.request("POST", path, _make_body(is_multipart, mebibytes), headers)
    response = connection.getresponse()
    digest = bodies.find_digest("random", mebibytes) if with_digest else "-"
    wanted = f"{mebibytes << 20} {digest}"
    wanted = f"Holiday a.bin {wanted}" if is_multipart else wanted
    _demand((response.status, response.read()), (200, wanted.encode()))
    connection.close()


def _make_body(is_multipart: bool, mebibytes: int) -> Iterator[bytes]:
    if is_multipart:
        yield bodies.HEAD
    yield from bodies.make_blocks(mebibytes)
    if is_multipart:
        yield bodies.TAIL


def _download(port: int, name: str, mebibytes: int, with_digest: bool) -> None:
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    connection.request("GET", f"/{name}/{mebibytes}")
    response = connection.getresponse()
    buffer = memoryview(bytearray(BUFFER))
    size, digest = 0, hashlib.sha256()
    while length := response.readinto(buffer):
        size += length
        if with_digest:
            digest.update(buffer[:length])
    _demand((response.status, size), (200, mebibytes << 20))
    if with_digest:
        _demand(digest.hexdigest(), bodies.find_digest("random", mebibytes))
    connection.close()


def _demand(got: object, wanted: object) -> None:
    if got != wanted:
        raise WrongAnswerError(f"{got!r:.300}, not {wanted!r}")


def find_checks(figures: Mapping[str, Taken]) -> list[Check]:
    """Compare the memory of the worst round with the target."""
    checks = []
    for key, taken in figures.items():
        if "dewar" in taken:
            peak = max(answer["peak"] for answer in taken["dewar"])
            checks.append(Check(f"{key}: peak of memory, MiB", peak, MOST, at_least=False))
    return checks


def _format(options: Options, figures: Mapping[str, Taken], machine: Mapping[str, str]) -> str:
    head = ["server, body, application", "MiB/s elapsed", f"{TIMES} starlette"]
    head += ["MiB per second of CPU", f"{TIMES} starlette", "memory at most, MiB"]
    rows = []
    for key, taken in figures.items():
        server, name = key.split()
        for peer in options.peers:
            title = f"{server}, {TITLES[name]}, {peer.name}"
            if peer.name in taken:
                rows.append([title, *_list_cells(taken, peer.name)])
            elif name not in peer.lacks:
                rows.append([title, *[WRONG] * 5])
    how = f"{options.mebibytes} MiB over loopback, one worker; {options.rounds} rounds."
    note = (
        "Throughput is that of the best round, memory that of the worst: the server's process from"
        " its start on. CPU time is the server's, user and system.\n"
    )
    return format_table(head, rows) + "\n" + format_facts(machine, how) + note


def _list_cells(taken: Taken, name: str) -> list[str]:
    cells = []
    for kind in ("elapsed", "cpu"):
        cells.append(f"{max(answer[kind] for answer in taken[name]):.0f}")
        both = "starlette" in taken
        cells.append(_compare_throughput(taken, name, kind) if both else BLANK)
    return [*cells, f"{max(answer['peak'] for answer in taken[name]):.1f}"]


def _compare_throughput(taken: Taken, name: str, kind: str) -> str:
    ours, theirs = ([1 / answer[kind] for answer in taken[peer]] for peer in (name, "starlette"))
    return format_ratio(ours, theirs)


SUITE = Suite(
    run=run,
    about="1 GiB up and down under ASGI: throughput, memory",
    peers=("dewar", "starlette", "bare"),
    workloads=tuple(TITLES),
    default=tuple(TITLES),
    rounds=3,
    sizes=("mebibytes",),
    servers=True,
)
