"""The command line of the benchmarks: ``python -m benchmarks --help``."""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from . import (
    asgi_servers,
    asgi_uploads,
    inproc,
    inproc_asgi,
    routes,
    servers,
    soak,
    soak_asgi,
    startup,
    steps,
    threads,
    uploads,
    websockets,
)
from .checks import Outcome
from .frameworks import FRAMEWORKS, Framework, SetupError, ensure_environment
from .suite import Options, Suite

HERE = Path(__file__).parent
SUITES: dict[str, Suite] = {
    "inproc": inproc.SUITE,
    "servers": servers.SUITE,
    "startup": startup.SUITE,
    "routes": routes.SUITE,
    "uploads": uploads.SUITE,
    "threads": threads.SUITE,
    "soak": soak.SUITE,
    "steps": steps.SUITE,
    "asgi": inproc_asgi.SUITE,
    "asgi-servers": asgi_servers.SUITE,
    "asgi-uploads": asgi_uploads.SUITE,
    "websockets": websockets.SUITE,
    "soak-asgi": soak_asgi.SUITE,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a suite; 1 when an answer was wrong or a demanded target is missed."""
    suite, options, asserts = read_arguments(arguments)
    try:
        for framework in list_environments(suite, options):
            ensure_environment(framework, servers=suite.servers)
        outcome = suite.run(options)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return report(outcome, asserts)


def report(outcome: Outcome, asserts: bool) -> int:
    """Say what was wrong, and which targets are missed when they are demanded."""
    for line in outcome.wrong:
        print(f"Wrong: {line}", file=sys.stderr)
    for check in outcome.missed if asserts else ():
        print(f"Missed: {check}", file=sys.stderr)
    return 1 if outcome.wrong or (outcome.missed and asserts) else 0


def list_environments(suite: Suite, options: Options) -> list[Framework]:
    """Return whose environments a run needs, each once."""
    names = [peer.name for peer in options.peers]
    return [FRAMEWORKS[name] for name in dict.fromkeys([*names, *suite.shares])]


def read_arguments(arguments: Sequence[str] | None) -> tuple[Suite, Options, bool]:
    """Read the command line: the suite, what it measures, and whether targets are demanded."""
    parser = make_parser()
    given = parser.parse_args(arguments)
    suite = SUITES[given.suite]
    for name in ("workloads", "seconds", "mebibytes", "requests", "connections", "visits"):
        if getattr(given, name) is not None and not _has(suite, name):
            takers = ", ".join(title for title, one in SUITES.items() if _has(one, name))
            parser.error(f"{given.suite} has no --{name}; these have: {takers}")
    try:
        peers = choose(given.peers, suite.peers, suite.peers, f"peer of {given.suite}")
        workloads = choose(
            given.workloads, suite.workloads, suite.default, f"workload of {given.suite}"
        )
    except ValueError as error:
        parser.error(str(error))
    options = Options(
        peers=[FRAMEWORKS[name] for name in peers],
        workloads=workloads,
        rounds=given.rounds or suite.rounds,
        seconds=given.seconds or suite.seconds or 0.0,
        **{name: getattr(given, name) for name in suite.sizes if getattr(given, name)},
    )
    if given.keep_in or is_complete(suite, options):
        options = Options(**{**vars(options), "keep": given.keep_in or HERE})
    return suite, options, given.assert_targets


def is_complete(suite: Suite, options: Options) -> bool:
    """Tell whether a run measures what the kept tables show, as often as they need."""
    return (
        {peer.name for peer in options.peers} >= set(suite.peers)
        and set(options.workloads) >= set(suite.default)
        and options.rounds >= suite.rounds
        and options.seconds >= (suite.seconds or 0)
        and all(getattr(options, name) >= getattr(Options, name) for name in suite.sizes)
    )


def make_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    suites = "\n".join(f"  {name:12} {suite.about}" for name, suite in SUITES.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        usage="%(prog)s [SUITE] [--peers A,B] [--workloads A,B] [--rounds N] [--seconds S] …",
        description="Measure Dewar beside other frameworks; benchmarks/README.md tells how.",
        epilog=f"suites:\n{suites}\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "suite", nargs="?", type=_suite, default="inproc", metavar="SUITE", help="default: inproc"
    )
    parser.add_argument(
        "--peers", metavar="A,B", help=f"frameworks: {', '.join(FRAMEWORKS)}; by default all"
    )
    parser.add_argument("--workloads", metavar="A,B", help="what to measure; by default all")
    parser.add_argument(
        "--rounds", type=_number(int), metavar="N", help="by default 5; 15 at start-up"
    )
    parser.add_argument(
        "--seconds", type=_number(float), metavar="S", help="length of one measurement"
    )
    parser.add_argument(
        "--mebibytes", type=_number(int), metavar="N", help="size of the large upload (1024)"
    )
    parser.add_argument(
        "--requests", type=_number(int), metavar="N", help="length of the soak (1000000)"
    )
    parser.add_argument(
        "--connections", type=_number(int), metavar="N", help="number of WebSockets (10000)"
    )
    parser.add_argument(
        "--visits", type=_number(int), metavar="N", help="length of the soak under ASGI (100000)"
    )
    parser.add_argument(
        "--keep-in",
        type=Path,
        metavar="FOLDER",
        help="keep table, chart and figures of any run there; by default only complete runs"
        " are kept, in benchmarks/",
    )
    parser.add_argument(
        "--assert-targets", action="store_true", help="exit with 1 when a target is missed"
    )
    return parser


def _has(suite: Suite, option: str) -> bool:
    if option == "workloads":
        return bool(suite.workloads)
    if option == "seconds":
        return suite.seconds is not None
    return option in suite.sizes


def _suite(text: str) -> str:
    if text not in SUITES:
        raise argparse.ArgumentTypeError(f"no suite is called {text!r}; there are {_join(SUITES)}")
    return text


def choose(text: str | None, known: Sequence[str], default: Sequence[str], what: str) -> list[str]:
    """Read ``a,b`` or ``all`` into a list of known names, without repetition.

    Raises:
        ValueError: A name is not known; the text tells which are.
    """
    if text is None:
        return list(default)
    names = known if text == "all" else dict.fromkeys(name.strip() for name in text.split(","))
    for name in names:
        if name not in known:
            raise ValueError(f"{name!r} is no {what}; there are {_join(known)}")
    return list(names)


def _join(names: Iterable[str]) -> str:
    return ", ".join(names)


def _number(kind: Callable[[str], float]) -> Callable[[str], float]:
    """Return a reader of positive numbers."""

    def read(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = 0
        if value <= 0:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
        return value

    return read


if __name__ == "__main__":
    raise SystemExit(main())
