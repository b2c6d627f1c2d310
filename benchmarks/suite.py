"""What may be asked of a suite, and what it is given to run?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .checks import Outcome
from .frameworks import Framework


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a run measures.

    Attributes:
        peers: The frameworks.
        workloads: Names of workloads, empty in a suite that has none.
        rounds: How often each figure is taken.
        seconds: Length of one measurement, where the suite has a choice.
        mebibytes: Size of the large upload.
        requests: Number of requests of the soak.
        connections: Number of WebSockets that are open at once.
        visits: Number of requests of the soak under ASGI.
        keep: The folder that gets ``results`` and ``history``; None keeps nothing.
    """

    peers: Sequence[Framework]
    workloads: Sequence[str] = ()
    rounds: int = 5
    seconds: float = 0.3
    mebibytes: int = 1024
    requests: int = 1_000_000
    connections: int = 10_000
    visits: int = 100_000
    keep: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Suite:
    """A subcommand: what it can measure, and what it measures when nothing is named.

    Attributes:
        run: Measures, prints and keeps.
        about: One line for ``--help``.
        peers: Names of the frameworks it can measure; all of them by default.
        workloads: What ``--workloads`` may name; nothing when the suite has none.
        default: The workloads that are measured by default, all when empty.
        rounds: How many rounds are taken; with fewer, nothing is kept.
        seconds: Length of one measurement, None when the suite decides.
        sizes: Options with their default that only this suite has.
        shares: Frameworks whose environments it uses for something else.
        servers: Whether the environments need the servers too.
    """

    run: Callable[[Options], Outcome]
    about: str
    peers: tuple[str, ...]
    workloads: tuple[str, ...] = ()
    default: tuple[str, ...] = ()
    rounds: int = 5
    seconds: float | None = None
    sizes: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    servers: bool = False
