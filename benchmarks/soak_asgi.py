"""Does anything stay after 100,000 requests under ASGI, or pass from one to another?

One process of uvicorn, 200 clients at once that do all that clients do: leave streams, break
off uploads, abort WebSockets. Between the legs of the run the server has to come to rest.
"""

import asyncio
import http.client
import json
import time
from collections.abc import Mapping

from .asgi_servers import UVICORN
from .checks import Check, Outcome, summarize
from .crowd import Crowd
from .frameworks import Framework
from .processes import HOST, Server, ServerError, choose_port
from .report import WRONG, describe_machine, format_facts, format_table, keep
from .rounds import Answer, WorkerError, gather, tell
from .servers import APPLICATION
from .sockets import allow_sockets
from .suite import Options, Suite

AT_ONCE = 200
LEGS = 10
# By itself uvicorn serves the next requests of a connection in a copy of the context variables of
# one whose body was large: its reading, paused meanwhile, goes on where the body was read.
COMMAND = (*UVICORN, "--ws", "websockets-sansio", "--backlog", "2048", "--reset-contextvars")
MODES = {"thread": 1.0, "inline": 0.2}  # ASGI_SYNC_VIEWS, and which part of the requests it gets
TOLERANCE = 4.0  # MiB, from the third leg to the last: 40 bytes a request
FIRST_STEADY = 2  # the leg from which on nothing may grow
AT_REST = {"unclosed": 0, "contexts": 0, "greenlets": 0, "tasks": 2}  # two are the server's
SECONDS_TO_REST = 20.0
THREADS = 40 + 1  # the default of ASGI_THREADS, and the loop's own
SHOWN = ("unclosed", "contexts", "greenlets", "parked", "tasks", "threads", "resident")

Taken = dict[str, list[Answer]]  # by mode


def run(options: Options) -> Outcome:
    """Make the requests, print what stayed, and keep it when the run is complete."""
    outcome = Outcome()
    allow_sockets(4 * AT_ONCE)
    taken: Taken = {}
    for mode in options.workloads:
        requests = max(LEGS, round(options.visits * MODES[mode]))
        tell(f"{requests} requests, {mode}")

        def take(peer: Framework, mode: str = mode, requests: int = requests) -> Answer:
            return soak(peer, mode, requests)

        answers = gather(options.peers, options.rounds, take, outcome.wrong)
        if answers.get("dewar"):
            taken[mode] = answers["dewar"]
    outcome.checks.extend(find_checks(taken))
    for mode, answers_of_mode in taken.items():
        outcome.wrong += [f"{mode}: {text}" for one in answers_of_mode for text in one["wrong"]]
    machine = describe_machine()
    markdown = _format(options, taken, machine)
    print(markdown, summarize(outcome.checks), sep="\n")
    if options.keep and not outcome.wrong:
        keep("soak-asgi", markdown, machine, taken, options.peers, options.keep)
    return outcome


def soak(peer: Framework, mode: str, requests: int) -> Answer:
    """Serve a crowd in several legs.

    Returns:
        What the server counted after each leg; how many requests were made of each kind, which
        answers were wrong, and how many seconds it took.
    """
    port = choose_port()
    command = [peer.python, *(part.format(port=port) for part in COMMAND), APPLICATION]
    variables = {"BENCHMARK_APP": "flask_asgi_soak", "BENCHMARK_ARGUMENT": mode}
    crowd = Crowd(port, AT_ONCE)
    began = time.monotonic()
    try:
        with Server(command, port, variables) as server:
            legs = []
            for _ in range(LEGS):
                asyncio.run(crowd.make(requests // LEGS))
                legs.append(_count_at_rest(port))
            said = server.read_log()
    except (ServerError, OSError, http.client.HTTPException, ValueError) as error:
        raise WorkerError(f"{mode}: {error!r}") from error
    wrong = [*crowd.wrong, *legs[-1]["examples"]]
    if said:
        wrong.append(f"the server's log: {said}")
    seconds = time.monotonic() - began
    return {"legs": legs, "made": dict(crowd.made), "wrong": wrong, "seconds": seconds}


def _count_at_rest(port: int) -> Answer:
    """Ask the server what is alive, until it has come to rest or should have."""
    deadline = time.monotonic() + SECONDS_TO_REST
    while True:
        connection = http.client.HTTPConnection(HOST, port, timeout=60)
        connection.request("GET", "/probe")
        counted: Answer = json.loads(connection.getresponse().read())
        connection.close()
        rests = all(counted[what] <= most for what, most in AT_REST.items())
        if rests or time.monotonic() > deadline:
            return counted
        time.sleep(0.1)


def find_checks(taken: Mapping[str, list[Answer]]) -> list[Check]:
    """Tell what has grown since the third leg, and what should not be there at all."""
    checks = []
    for mode, answers in taken.items():
        for answer in answers:
            steady, last = answer["legs"][FIRST_STEADY], answer["legs"][-1]
            figures = {
                "context variables that crossed requests": last["crossed"],
                "requests without teardown": last["unclosed"],
                "contexts left": last["contexts"],
                "greenlets left": last["greenlets"],
                "growth of tasks": last["tasks"] - steady["tasks"],
                "threads too many": max(0, last["threads"] - THREADS),
                "growth of memory, MiB": (last["resident"] - steady["resident"]) / 1024,
            }
            for what, figure in figures.items():
                wanted = TOLERANCE if "MiB" in what else 0
                checks.append(Check(f"{mode}: {what}", figure, wanted, at_least=False))
    return checks


def _format(options: Options, taken: Taken, machine: Mapping[str, str]) -> str:
    marks = (0, FIRST_STEADY, 5, LEGS - 1)
    head = ["ASGI_SYNC_VIEWS, what is alive after", *(f"{mark + 1}0 %" for mark in marks)]
    rows = []
    for mode in options.workloads:
        for answer in taken.get(mode, []):
            for what in SHOWN:
                counts = [answer["legs"][mark][what] for mark in marks]
                shown = [f"{count / 1024:.1f}" if what == "resident" else count for count in counts]
                unit = ", MiB" if what == "resident" else ""
                rows.append([f"{mode}: {what}{unit}", *map(str, shown)])
            made = sum(answer["made"].values())
            rows.append([f"{mode}: requests", *[""] * (len(marks) - 1), str(made)])
            rows.append([f"{mode}: seconds", *[""] * (len(marks) - 1), f"{answer['seconds']:.0f}"])
        if mode not in taken:
            rows.append([mode, *[WRONG] * len(marks)])
    how = f"{AT_ONCE} clients at once over loopback, one process of uvicorn."
    return format_table(head, rows) + "\n" + format_facts(machine, how, "")


SUITE = Suite(
    run=run,
    about="100,000 mixed requests under ASGI: does anything stay?",
    peers=("dewar",),
    workloads=tuple(MODES),
    default=tuple(MODES),
    rounds=1,
    sizes=("visits",),
    servers=True,
)
