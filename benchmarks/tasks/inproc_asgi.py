"""CPU time of one workload's request under ASGI."""

import asyncio
import importlib

from benchmarks.asgi import (
    ASGIApp,
    Receive,
    Scope,
    Send,
    create_scope,
    exchange,
    measure,
    open_app,
    prepare,
)
from benchmarks.workloads import ASGI_WORKLOADS, Workload
from benchmarks.wsgi import verify


async def _answer_nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """Do nothing, so that what is timed is the driver itself."""


def run(app_module: str, name: str, seconds: str) -> dict[str, float]:
    """Check the application, time it, and check that it still answers rightly."""
    workload = ASGI_WORKLOADS[name]
    if app_module == "driver":
        scope = create_scope(workload)
        return asyncio.run(measure(_answer_nothing, scope, workload.payload, float(seconds)))
    app = importlib.import_module(f"benchmarks.apps.{app_module}").make_app(name)
    return asyncio.run(_time(app, workload, float(seconds)))


async def _time(app: ASGIApp, workload: Workload, seconds: float) -> dict[str, float]:
    async with open_app(app):
        scope = await prepare(app, workload)
        figures = await measure(app, scope, workload.payload, seconds)
        verify(workload, await exchange(app, scope, workload.payload))
    return figures
