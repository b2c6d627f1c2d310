"""The command line of the benchmarks: ``python -m benchmarks --help``."""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence

from . import inproc, startup
from .frameworks import FRAMEWORKS, SetupError, ensure_environment
from .workloads import GOAL, WORKLOADS

ENOUGH_ROUNDS = {"inproc": 5, "startup": 15}  # with fewer, nothing is kept


def read_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure Dewar beside other frameworks; benchmarks/README.md tells how.",
    )
    parser.add_argument("suite", nargs="?", choices=list(ENOUGH_ROUNDS), default="inproc")
    parser.add_argument(
        "--peers",
        type=_names_of(FRAMEWORKS),
        default=list(FRAMEWORKS),
        help=f"frameworks, with commas between: {', '.join(FRAMEWORKS)}",
    )
    parser.add_argument(
        "--workloads",
        type=_names_of(WORKLOADS),
        default=[workload.name for workload in GOAL],
        help=f"with commas between, or 'all': {', '.join(WORKLOADS)}",
    )
    parser.add_argument("--rounds", type=int, help="default: 5 in process, 15 at start-up")
    parser.add_argument("--seconds", type=float, default=0.3, help="length of a round (0.3)")
    parser.add_argument(
        "--assert-targets", action="store_true", help="exit with 1 when a target is missed"
    )
    return parser.parse_args(arguments)


def _names_of(known: Iterable[str]) -> Callable[[str], list[str]]:
    """Return a function that reads ``a,b``, or ``all``, into a list of known names."""

    def read_names(text: str) -> list[str]:
        names = list(known) if text == "all" else text.split(",")
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(known)}")
        return names

    return read_names


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a suite; 1 when an answer was wrong or a demanded target is missed."""
    options = read_arguments(arguments)
    peers = [FRAMEWORKS[name] for name in options.peers]
    try:
        # The driver alone runs where `bare` lives, `import werkzeug` where `flask` does.
        for framework in {*peers, FRAMEWORKS["bare"], FRAMEWORKS["flask"]}:
            ensure_environment(framework)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    rounds = options.rounds or ENOUGH_ROUNDS[options.suite]
    complete = set(options.peers) == set(FRAMEWORKS) and rounds >= ENOUGH_ROUNDS[options.suite]
    if options.suite == "startup":
        missed = startup.run(peers, rounds=rounds, complete=complete)
        wrong = []
    else:
        complete = complete and {workload.name for workload in GOAL} <= set(options.workloads)
        workloads = [WORKLOADS[name] for name in options.workloads]
        wrong, missed = inproc.run(
            workloads, peers, rounds=rounds, seconds=options.seconds, complete=complete
        )
    for line in wrong:
        print(f"Wrong: {line}", file=sys.stderr)
    for line in missed if options.assert_targets else ():
        print(f"Missed: {line}", file=sys.stderr)
    return 1 if wrong or (missed and options.assert_targets) else 0


if __name__ == "__main__":
    raise SystemExit(main())
