"""How are the frameworks' own processes asked, turn by turn?

Rounds go around the frameworks, each time in fresh processes and in another order,
so that what disturbs the machine disturbs all alike.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .frameworks import ROOT, Framework, clean_variables

Answer = dict[str, Any]


class WorkerError(Exception):
    """A framework gave a wrong answer, or its process failed."""


def rotate(peers: Sequence[Framework], rounds: int) -> Iterator[Framework]:
    """Go around the peers ``rounds`` times, each time beginning with the next one."""
    for number in range(rounds):
        start = number % len(peers)
        yield from [*peers[start:], *peers[:start]]


def gather(
    peers: Sequence[Framework],
    rounds: int,
    take: Callable[[Framework], Answer],
    wrong: list[str],
) -> dict[str, list[Answer]]:
    """Take a figure of every peer in every round.

    A peer that answers wrongly is named in ``wrong`` and asked no more.

    Returns:
        By the peer's name, what ``take`` gave in each round.
    """
    taken: dict[str, list[Answer]] = {peer.name: [] for peer in peers}
    for peer in rotate(peers, rounds):
        if peer.name not in taken:
            continue
        try:
            taken[peer.name].append(take(peer))
        except WorkerError as error:
            wrong.append(f"{peer.name}: {error}")
            del taken[peer.name]
    return taken


def ask(peer: Framework, task: str, *arguments: object, timeout: float = 300) -> Answer:
    """Run a task of ``tasks`` in a fresh process of the peer's environment.

    Raises:
        WorkerError: The task failed, or took more than ``timeout`` seconds.
    """
    command = [peer.python, "-m", "benchmarks.worker", task, *map(str, arguments)]
    what = " ".join(command[3:])
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=clean_variables(),
            capture_output=True,
            text=True,
            timeout=timeout,
        )
    except subprocess.TimeoutExpired:
        raise WorkerError(f"{what}: no answer after {timeout:g} s") from None
    try:
        answer: Answer = json.loads(done.stdout)
    except ValueError:
        raise WorkerError(f"{what}: exit {done.returncode}, {done.stderr[-500:]}") from None
    if "error" in answer:
        raise WorkerError(answer["error"])
    return answer


def tell(text: str) -> None:
    """Tell the waiting person what is measured now."""
    print(f"{text} …", file=sys.stderr, flush=True)
