"""What do many routes cost: matching, building URLs, constructing the application?"""

from collections.abc import Mapping

from .checks import Check, Outcome, summarize
from .frameworks import WSGI_PEERS
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
from .rounds import ask, gather, tell
from .suite import Options, Suite

COUNTS = (10, 200, 1000, 5000)
CONSTRUCTED = 1000  # routes, in blueprints of ten
GROWTH = 1.3  # of the cost with the fewest routes, at most
BUILDS = 3.0  # times genuine Flask's url_for
CONSTRUCTS = 3.0  # times genuine Flask's construction
TITLES = {
    "match": "finding the route",
    "request": "whole request",
    "url_for": "url_for",
    "construct": "construction",
}

Taken = dict[str, dict[str, list[float]]]  # by workload and count, by framework: a figure a round


def run(options: Options) -> Outcome:
    """Measure, print the tables, and keep them when the run is complete."""
    outcome = Outcome()
    figures: Taken = {}
    for what in options.workloads:
        for count in (CONSTRUCTED,) if what == "construct" else COUNTS:
            tell(f"{what}, {count} routes")
            _measure(what, count, options, figures, outcome.wrong)
    outcome.checks.extend(find_checks(figures))
    machine = describe_machine()
    markdown = _format(options, figures, machine)
    print(markdown, summarize(outcome.checks), sep="\n")
    if options.keep and not outcome.wrong:
        keep("routes", markdown, machine, figures, options.peers, options.keep)
    return outcome


def _measure(what: str, count: int, options: Options, figures: Taken, wrong: list[str]) -> None:
    able = [peer for peer in options.peers if what != "url_for" or peer.name != "falcon"]
    if not able:
        return
    taken = gather(
        able,
        options.rounds,
        lambda peer: ask(
            peer, "routes", peer.app.replace("_app", "_routing"), what, count, options.seconds
        ),
        wrong,
    )
    kinds = {f"{what} {count}": "microseconds"}
    if what == "construct":
        kinds = {"construct": "milliseconds", "answered": "answered"}
    for key, kind in kinds.items():
        figures[key] = {
            name: [answer[kind] for answer in answers] for name, answers in taken.items()
        }


def find_checks(figures: Mapping[str, Mapping[str, list[float]]]) -> list[Check]:
    """Compare Dewar's figures with its own at few routes, and with genuine Flask's."""
    checks = []
    few, many = COUNTS[0], COUNTS[-1]
    for what in ("match", "request"):
        taken = {count: figures.get(f"{what} {count}", {}) for count in (few, many)}
        if "dewar" in taken[few] and "dewar" in taken[many]:
            growth, _, _ = compare(taken[few]["dewar"], taken[many]["dewar"])
            title = f"{TITLES[what]}: {many} routes {TIMES} {few} routes"
            checks.append(Check(title, growth, GROWTH, at_least=False))
    rivalries = [(f"url_for {count}", BUILDS, f"url_for, {count} routes") for count in COUNTS]
    title = f"construction of {CONSTRUCTED} routes"
    for key, target, what in [*rivalries, ("construct", CONSTRUCTS, title)]:
        taken_here = figures.get(key, {})
        if {"dewar", "flask"} <= taken_here.keys():
            ratio, _, _ = compare(taken_here["dewar"], taken_here["flask"])
            checks.append(Check(f"{what} {TIMES} flask", ratio, target))
    return checks


def _format(options: Options, figures: Taken, machine: Mapping[str, str]) -> str:
    names = [peer.name for peer in options.peers]
    parts = []
    for what in options.workloads:
        if what == "construct":
            parts.append(_format_construction(names, figures))
        else:
            parts.append(_format_counts(what, names, figures))
    how = f"CPU time in process; {options.rounds} rounds of {options.seconds:g} s."
    notes = (
        "Finding the route is `app.create_url_adapter(request).match()`, and `find` of Falcon's"
        " router.\n"
        "A figure is the mean over 100 routes in turn, evenly spread over all, of three shapes.\n"
        f"`{COUNTS[-1]} : {COUNTS[0]}` is the cost with the most routes as a multiple of that"
        " with the fewest.\n"
    )
    return "\n".join([*parts, format_facts(machine, how) + notes])


def _format_counts(what: str, names: list[str], figures: Taken) -> str:
    head = [f"{TITLES[what]}, µs", *(f"{count} routes" for count in COUNTS)]
    rows = []
    for name in names:
        taken = [figures.get(f"{what} {count}", {}).get(name) for count in COUNTS]
        row = [f"{min(rounds):.2f}" if rounds else _blank(what, name) for rounds in taken]
        few, many = taken[0], taken[-1]
        rows.append([name, *row, format_ratio(few, many) if few and many else BLANK])
    rows.append(
        [
            f"{TIMES} flask",
            *(_format_rivalry(figures.get(f"{what} {count}", {})) for count in COUNTS),
            "",
        ]
    )
    return format_table([*head, f"{COUNTS[-1]} : {COUNTS[0]}"], rows)


def _format_construction(names: list[str], figures: Taken) -> str:
    head = [f"{CONSTRUCTED} routes in {CONSTRUCTED // 10} blueprints, ms", *names, f"{TIMES} flask"]
    rows = []
    for key, title in (("construct", "construction"), ("answered", "with the first response")):
        taken = figures.get(key, {})
        cells = [f"{min(taken[name]):.2f}" if name in taken else WRONG for name in names]
        rows.append([title, *cells, _format_rivalry(taken)])
    return format_table(head, rows)


def _blank(what: str, name: str) -> str:
    return BLANK if (what, name) == ("url_for", "falcon") else WRONG


def _format_rivalry(taken: Mapping[str, list[float]]) -> str:
    if not {"dewar", "flask"} <= taken.keys():
        return BLANK
    return format_ratio(taken["dewar"], taken["flask"])


SUITE = Suite(
    run=run,
    about="match, url_for and construction with 10 to 5,000 routes",
    peers=tuple(name for name in WSGI_PEERS if name in {"dewar", "flask", "falcon"}),
    workloads=tuple(TITLES),
    default=tuple(TITLES),
    seconds=0.1,
)
