"""CPU time of one workload's request."""

import importlib
from collections.abc import Callable

from benchmarks.workloads import WORKLOADS
from benchmarks.wsgi import Environ, WSGIApp, create_environ, exchange, measure, prepare, verify


def _answer_nothing(environ: Environ, start_response: Callable[..., object]) -> tuple[bytes, ...]:
    """Do nothing, so that what is timed is the driver itself."""
    return ()


def run(app_module: str, name: str, seconds: str) -> dict[str, float]:
    """Check the application, time it, and check that it still answers rightly."""
    workload = WORKLOADS[name]
    if app_module == "driver":
        app: WSGIApp = _answer_nothing
        microseconds, count = measure(
            app, create_environ(workload), workload.payload, float(seconds)
        )
    else:
        app = importlib.import_module(f"benchmarks.apps.{app_module}").make_app(name)
        environ = prepare(app, workload)
        microseconds, count = measure(app, environ, workload.payload, float(seconds))
        verify(workload, exchange(app, environ, workload.payload))
    return {"microseconds": microseconds, "requests": count}
