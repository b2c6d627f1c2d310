"""Throughput of one application with several threads at once."""

import importlib
import threading
import time
from typing import Any

from benchmarks.workloads import WORKLOADS, Workload
from benchmarks.wsgi import Environ, WSGIApp, drive, exchange, measure, prepare, verify

COUNTS = (1, 2, 4, 8, 16)


def run(app_module: str, name: str, seconds: str) -> dict[str, Any]:
    """Check the application, then time the same number of requests with each number of threads.

    All numbers take turns three times in this process; the best of each counts.

    Returns:
        By number of threads: requests per second, and per second of CPU time.
    """
    workload = WORKLOADS[name]
    app: WSGIApp = importlib.import_module(f"benchmarks.apps.{app_module}").make_app(name)
    environ = prepare(app, workload)
    _, requests = measure(app, environ, workload.payload, float(seconds))
    best = {str(count): {"elapsed": 0.0, "cpu": 0.0} for count in COUNTS}
    for count in COUNTS * 3:
        each = max(1, requests // count)
        elapsed, spent = _time_threads(app, workload, environ, count, each)
        figures = best[str(count)]
        figures["elapsed"] = max(figures["elapsed"], each * count / elapsed)
        figures["cpu"] = max(figures["cpu"], each * count / spent)
    return best


def _time_threads(
    app: WSGIApp, workload: Workload, environ: Environ, count: int, requests: int
) -> tuple[float, float]:
    """Let each of ``count`` threads make its requests; return elapsed and CPU seconds.

    Starting the threads is not timed, and each proves afterwards that it is answered rightly.
    """
    barriers = ready, done, checked = [threading.Barrier(count + 1) for _ in range(3)]
    errors: list[BaseException] = []

    def work() -> None:
        try:
            exchange(app, environ, workload.payload)  # what each thread makes once
            ready.wait()
            drive(app, environ, workload.payload, requests)
            done.wait()
            verify(workload, exchange(app, environ, workload.payload))
            checked.wait()
        except threading.BrokenBarrierError:
            pass  # another thread failed
        except BaseException as error:  # noqa: BLE001  reported by the main thread
            errors.append(error)
            for barrier in barriers:
                barrier.abort()

    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        ready.wait()
        elapsed, spent = time.perf_counter(), time.process_time()
        done.wait()
        elapsed, spent = time.perf_counter() - elapsed, time.process_time() - spent
        checked.wait()
    except threading.BrokenBarrierError:
        raise errors[0] from None
    finally:
        for thread in threads:
            thread.join()
    return elapsed, spent
