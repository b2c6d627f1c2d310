"""Are generated requests to generated applications answered alike by ours and genuine Flask?

``make test-differential`` calls it for a fixed sample, ``python -m tests.differential --complete``
for the run that the numbers in RESULTS.md are from. A difference is made as small as it
gets, written to a file, and shown; ``--replay FILE`` asks both again.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from tests.differential import asgi
from tests.differential.asgi import ONLY_ASGI
from tests.differential.comparing import NORMALISED, Comparison, Difference, ask_both, judge
from tests.differential.counting import describe, find_shortcomings
from tests.differential.drawing.apps import descriptions
from tests.differential.folder import make_folder
from tests.differential.genuine import NotBuilt
from tests.differential.known import KNOWN
from tests.differential.shrinking import shrink
from tests.differential.workers import WorkerFailed, Workers

Spec = dict[str, Any]

SEED = 313
SAMPLE = (500, 40)
COMPLETE = (3000, 100)
"""Applications, and requests to each."""
MORE_THROUGH_ASGI = 200
"""Applications, because more requests are left out as known differences."""
IN_FLIGHT = 3
"""Descriptions sent ahead, so that nobody waits for another."""


class Run:
    """Sends descriptions to both, compares, and keeps what differs."""

    def __init__(self, workers: Workers, most_differences: int) -> None:
        self.workers = workers
        self.comparison = Comparison()
        self.most_differences = most_differences
        self.different: list[tuple[Spec, Difference]] = []
        self.waiting: deque[Spec] = deque()
        self.suspects: list[Spec] = []
        self.drawn: set[int] = set()  # Hypothesis may draw the same twice

    def add(self, spec: Spec) -> None:
        """Send a description on its way; compare an earlier one."""
        mark = hash(repr(spec["app"]))
        if len(self.different) >= self.most_differences or mark in self.drawn:
            return
        self.drawn.add(mark)
        self.workers.ours.send(spec)
        self.workers.genuine.send(spec)
        self.waiting.append(spec)
        if len(self.waiting) > IN_FLIGHT:
            self.receive()

    def receive(self) -> None:
        spec = self.waiting.popleft()
        try:
            ours, genuine = self.workers.ours.receive(), self.workers.genuine.receive()
        except WorkerFailed as failure:
            raise WorkerFailed(f"{failure} It was asked: --replay {keep(spec, 0)}") from None
        judgement = judge(spec, ours, genuine)
        if judgement.difference and judgement.known:
            self.suspects.append(spec)
        elif judgement.difference:
            self.tell(spec, judgement.difference)
        else:
            self.comparison.count(spec, judgement, genuine)
            done = len(self.comparison.applications)
            if done % 500 == 0:
                say(f"{done} applications, {self.comparison.pairs} request pairs")

    def tell(self, spec: Spec, difference: Difference) -> None:
        self.different.append((spec, difference))
        say(f"difference {len(self.different)}: {difference}")

    def finish(self) -> None:
        while self.waiting:
            self.receive()
        for spec in self.suspects:
            self.look_again(spec)

    def look_again(self, spec: Spec) -> None:
        """Leave out the requests of known differences: their cookies may explain later ones."""
        ours, genuine = self.workers.ours, self.workers.genuine
        judgement, there = ask_both(spec, ours, genuine)
        while judgement.difference and judgement.known:
            kept = [r for i, r in enumerate(spec["requests"]) if i not in judgement.known]
            self.comparison.known.update(judgement.known.values())
            spec = {**spec, "requests": kept}
            judgement, there = ask_both(spec, ours, genuine)
        if judgement.difference:
            self.tell(spec, judgement.difference)
        else:
            self.comparison.count(spec, judgement, there)


def run_generated(run: Run, seed: int, applications: int, requests: int) -> None:
    """Generate descriptions, the same for the same seed, and run them."""

    @seeded(seed)
    @settings(
        max_examples=applications,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(descriptions(requests))
    def go(spec: Spec) -> None:
        if not failures:  # Hypothesis would show the whole description
            try:
                run.add(spec)
            except WorkerFailed as failure:
                failures.append(failure)

    failures: list[WorkerFailed] = []
    go()
    if failures:
        raise failures[0]
    run.finish()


def report_difference(workers: Workers, spec: Spec, difference: Difference, number: int) -> None:
    """Make a description that shows a difference small; show and keep it."""
    part = difference.part

    def still_differs(smaller: Spec) -> bool:
        found = ask_both(smaller, workers.ours, workers.genuine)[0].difference
        return found is not None and found.part == part

    spec = {**spec, "requests": spec["requests"][: difference.number + 1]}
    small = shrink(spec, still_differs)
    file = keep(small, number)
    found = ask_both(small, workers.ours, workers.genuine)[0].difference or difference
    say(f"\n{found}\n{json.dumps(small)}\nagain: python -m tests.differential --replay {file}")


def keep(spec: Spec, number: int) -> Path:
    """Write a description to a file."""
    file = Path(tempfile.gettempdir()) / f"differential-{number}.json"
    file.write_text(json.dumps(spec, indent=1))
    return file


def replay(workers: Workers, file: Path) -> bool:
    """Ask both once more; show both answers."""
    spec = json.loads(file.read_text())
    ours, genuine = workers.ours(spec), workers.genuine(spec)
    for name, answers in (("ours", ours), ("genuine", genuine)):
        print(f"{name}: {json.dumps(answers.get('answers') or answers, indent=1)}")
    judgement = judge(spec, ours, genuine)
    print(judgement.difference or f"no difference but for known ones: {judgement.known}")
    return judgement.difference is None


def say(text: str) -> None:
    """Tell the person waiting what happens, apart from the result."""
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def both_workers(*, through_asgi: bool) -> Iterator[Workers]:
    with (
        tempfile.TemporaryDirectory() as folder,
        Workers(make_folder(Path(folder)), through_asgi=through_asgi) as workers,
    ):
        yield workers


def run_all(options: argparse.Namespace) -> bool:
    """Do what the command line asks; tell whether all was well."""
    with both_workers(through_asgi=options.through_asgi) as workers:
        if options.replay:
            return replay(workers, options.replay)
        began = time.perf_counter()
        applications, requests = COMPLETE if options.complete else SAMPLE
        applications += MORE_THROUGH_ASGI * (options.complete and options.through_asgi)
        run = Run(workers, options.differences)
        run_generated(run, options.seed, options.applications or applications, requests)
        for number, (spec, difference) in enumerate(run.different, 1):
            report_difference(workers, spec, difference, number)
    known = (*KNOWN, *ONLY_ASGI) if options.through_asgi else KNOWN
    normalised = {**NORMALISED, **(asgi.NORMALISED if options.through_asgi else {})}
    shortcomings = find_shortcomings(run.comparison, known) if options.complete else []
    shortcomings += [
        f"an application could not be built: {text}" for text in run.comparison.unbuilt
    ]
    print(f"seed {options.seed}, {time.perf_counter() - began:.0f} s")
    print(describe(run.comparison, known, normalised))
    for shortcoming in shortcomings:
        print(f"NOT ENOUGH: {shortcoming}")
    print(f"{len(run.different)} differences that are not known")
    return not run.different and not shortcomings


def main() -> int:
    """Read the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("--complete", action="store_true", help="the long run, with its minima")
    parser.add_argument("--applications", type=int, help="how many, instead of the usual number")
    parser.add_argument("--seed", type=int, default=SEED, help=f"of the generator (usual: {SEED})")
    parser.add_argument("--differences", type=int, default=5, help="stop after so many")
    parser.add_argument("--replay", type=Path, help="ask both again about a description")
    parser.add_argument("--through-asgi", action="store_true", help="let ours answer through ASGI")
    try:
        return 0 if run_all(parser.parse_args()) else 1
    except (NotBuilt, WorkerFailed) as failure:
        say(str(failure))
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
