"""Times one workload of one application in this fresh process; prints JSON.

Started by ``inproc`` inside the framework's own environment:
``python -m benchmarks.worker flask_app plain 0.3``.
"""

import importlib
import json
import sys
from collections.abc import Callable

from .workloads import WORKLOADS
from .wsgi import Environ, WSGIApp, create_environ, exchange, measure, prepare, verify


def _answer_nothing(environ: Environ, start_response: Callable[..., object]) -> tuple[bytes, ...]:
    """Do nothing, so that what is timed is the driver itself."""
    return ()


def time_workload(app_module: str, name: str, seconds: float) -> dict[str, float]:
    """Check the application, time it, and check that it still answers rightly."""
    workload = WORKLOADS[name]
    if app_module == "driver":
        app: WSGIApp = _answer_nothing
        microseconds, count = measure(app, create_environ(workload), workload.payload, seconds)
    else:
        app = importlib.import_module(f"benchmarks.apps.{app_module}").make_app(name)
        environ = prepare(app, workload)
        microseconds, count = measure(app, environ, workload.payload, seconds)
        verify(workload, exchange(app, environ, workload.payload))
    return {"microseconds": microseconds, "requests": count}


def main() -> int:
    """Report the timing, or what was wrong and 1."""
    app_module, name, seconds = sys.argv[1:]
    # A peer's own lines are none of our output: messages are enough.
    sys.tracebacklimit = 0
    try:
        json.dump(time_workload(app_module, name, float(seconds)), sys.stdout)
    except Exception as error:  # noqa: BLE001  a peer may fail in any way
        json.dump({"error": f"{type(error).__name__}: {error}"}, sys.stdout)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
