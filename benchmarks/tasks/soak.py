"""Many requests in one process, watching its memory."""

import importlib
import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.processes import read_status
from benchmarks.workloads import WORKLOADS, Workload
from benchmarks.wsgi import Environ, WSGIApp, drive, exchange, prepare, verify

# What is asked differs from one request to the next: a table that is keyed by it must not grow.
VARIED: dict[str, Callable[[int], Environ]] = {
    "route": lambda n: {"PATH_INFO": f"/user/{n}/slug-{n}"},
    "query": lambda n: {"QUERY_STRING": f"q=word-{n}&page={n}&sort=date", "HTTP_X_ID": str(n)},
    "missing": lambda n: {"PATH_INFO": f"/missing/{n}"},
    "plain": lambda n: {"HTTP_USER_AGENT": f"agent/{n}", "REMOTE_ADDR": f"10.0.{n % 256}.1"},
    "session-read": lambda n: {"HTTP_USER_AGENT": f"agent/{n}"},
}
SAMPLES = 100  # of resident memory, evenly over the requests


def run(app_module: str, names: str, requests: str) -> dict[str, Any]:
    """Make the requests, the workloads in turn.

    Returns:
        Resident memory in KiB after each hundredth of the requests, and how many were
        made of each workload.
    """
    make_app = importlib.import_module(f"benchmarks.apps.{app_module}").make_app
    sources = [_Source(WORKLOADS[name], make_app(name)) for name in names.split(",")]
    per_turn = 10
    turns = math.ceil(int(requests) / (SAMPLES * per_turn * len(sources)))
    resident = []
    for _ in range(SAMPLES):
        for _ in range(turns):
            for source in sources:
                source.ask(per_turn)
        resident.append(read_status("VmRSS") or 0)
    for source in sources:
        source.verify()
    made = {source.workload.name: source.made for source in sources}
    return {"resident": resident, "made": made}


class _Source:
    """Makes one workload's requests."""

    def __init__(self, workload: Workload, app: WSGIApp) -> None:
        self.workload = workload
        self.made = 0
        self._app = app
        self._environ = prepare(app, workload)
        self._vary = VARIED.get(workload.name)

    def ask(self, count: int) -> None:
        if self._vary is None:
            drive(self._app, self._environ, self.workload.payload, count)
        else:
            for number in itertools.islice(self._numbers(), count):
                drive(self._app, {**self._environ, **self._vary(number)}, b"", 1)
        self.made += count

    def _numbers(self) -> Iterator[int]:
        return itertools.count(self.made)

    def verify(self) -> None:
        verify(self.workload, exchange(self._app, self._environ, self.workload.payload))
