"""What does an idle WebSocket cost? The memory of a server's process with thousands of them.

One process of uvicorn. Every connection proves that it is alive by a message that comes back.
"""

import time
from collections.abc import Mapping

from .asgi_servers import UVICORN
from .checks import Check, Outcome, summarize
from .frameworks import Framework
from .processes import Server, ServerError, choose_cores, choose_port, pinned_to
from .report import BLANK, WRONG, describe_machine, format_facts, format_ratio, format_table, keep
from .rounds import Answer, WorkerError, gather, tell
from .servers import APPLICATION
from .sockets import allow_sockets, check_echo, open_sockets
from .suite import Options, Suite
from .wsgi import WrongAnswerError

# The usual pings would close connections whose client is only a socket.
COMMAND = (*UVICORN, "--ws", "websockets-sansio", "--ws-ping-interval", "3600")
PATH = "/ws"
FEW = 50  # opened, used and closed before memory is read: what is made once is made then

Taken = dict[str, list[Answer]]  # by framework, a round's figures


def run(options: Options) -> Outcome:
    """Measure, print the table, and keep it when the run is complete."""
    outcome = Outcome()
    cores = choose_cores()
    count = allow_sockets(options.connections)
    tell(f"{count} WebSockets")

    def take(peer: Framework) -> Answer:
        port = choose_port()
        command = [peer.python, *(part.format(port=port) for part in COMMAND), APPLICATION]
        module = f"{peer.asgi_app.removesuffix('_app')}_sockets"
        variables = {"BENCHMARK_APP": module, "BENCHMARK_ARGUMENT": PATH}
        with pinned_to(cores[0]):
            started = Server(command, port, variables)
        try:
            with started, pinned_to(cores[1]):
                return measure(started, count)
        except (ServerError, WrongAnswerError, OSError) as error:
            raise WorkerError(f"{error!r}") from error

    taken = gather(options.peers, options.rounds, take, outcome.wrong)
    if count < options.connections:
        tell(f"This machine allows {count} open sockets only (ulimit -Hn)")
    outcome.checks.extend(find_checks(taken, count, options.connections))
    machine = describe_machine()
    markdown = _format(options, taken, count, machine)
    print(markdown, summarize(outcome.checks), sep="\n")
    if options.keep and not outcome.wrong:
        keep("websockets", markdown, machine, taken, options.peers, options.keep)
    return outcome


def measure(server: Server, count: int) -> Answer:
    """Open WebSockets, read the memory, use each of them, and read the memory again.

    Returns:
        KiB a connection, before and after its first message, and milliseconds of the server's
        CPU time to open one.
    """
    with open_sockets(server.port, PATH, FEW) as connections:
        check_echo(connections)
    before, spent = _read_settled(server), server.spend()
    with open_sockets(server.port, PATH, count) as connections:
        opened, spent = _read_settled(server), server.spend() - spent
        check_echo(connections)
        used = _read_settled(server)
    return {
        "opened": (opened - before) * 1024 / count,
        "used": (used - before) * 1024 / count,
        "milliseconds": spent * 1000 / count,
        "resident": used,
    }


def _read_settled(server: Server) -> float:
    """Return MiB resident when they have stopped to grow."""
    last = -1.0
    while (now := server.read_memory("VmRSS")) != last:
        last = now
        time.sleep(0.2)
    return now


def find_checks(taken: Mapping[str, list[Answer]], count: int, wanted: int) -> list[Check]:
    """Tell whether as many connections as were wanted were open in one process."""
    return [Check("WebSockets in one process", count, wanted)] if "dewar" in taken else []


def _format(options: Options, taken: Taken, count: int, machine: Mapping[str, str]) -> str:
    head = [
        "application",
        "KiB a connection",
        "of starlette's",
        "after a message",
        "of starlette's",
    ]
    rows = []
    for peer in options.peers:
        if peer.name not in taken:
            rows.append([peer.name, *[WRONG] * 6])
            continue
        row = [peer.name]
        for kind in ("opened", "used"):
            row += [f"{min(answer[kind] for answer in taken[peer.name]):.1f}"]
            row += [_compare(taken, peer.name, kind)]
        milliseconds = min(answer["milliseconds"] for answer in taken[peer.name])
        resident = min(answer["resident"] for answer in taken[peer.name])
        rows.append([*row, f"{milliseconds:.2f}", f"{resident:.0f}"])
    how = f"{count} WebSockets in one process of uvicorn, idle; {options.rounds} rounds."
    return (
        format_table([*head, "CPU ms to open", "MiB in all"], rows)
        + "\n"
        + format_facts(machine, how)
    )


def _compare(taken: Taken, name: str, kind: str) -> str:
    """Write which part of Starlette's memory it is."""
    if "starlette" not in taken:
        return BLANK
    ours, theirs = ([answer[kind] for answer in taken[peer]] for peer in (name, "starlette"))
    return format_ratio(theirs, ours)


SUITE = Suite(
    run=run,
    about="memory of 10,000 idle WebSockets on uvicorn",
    peers=("dewar", "starlette", "quart", "bare"),
    rounds=3,
    sizes=("connections",),
    servers=True,
)
