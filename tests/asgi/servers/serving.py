"""Which servers serve the applications here, and how are they started and stopped?"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent

SERVERS = {
    "uvicorn": "uvicorn {app} --port {port} --loop asyncio --http h11",
    "uvicorn-uvloop": "uvicorn {app}.asgi_app --port {port} --loop uvloop --http httptools",
    "gunicorn": "gunicorn -k asgi {app} -b 127.0.0.1:{port}",
    "hypercorn": "hypercorn asgi:{app} -b 127.0.0.1:{port}",
    "hypercorn-trio": "hypercorn asgi:{app} -b 127.0.0.1:{port} -k trio",
    "granian": "granian --interface asgi {app} --port {port}",
    "granian-rust": "granian --interface asgi {app}.asgi_app --port {port} --task-impl rust",
}
"""``{app}`` is ``module:app``."""


class Server:
    """A server that runs in a process of its own.

    Args:
        name: What it is called.
        line: Its command line.
        app: ``module:name`` of what it serves.
        environ: Variables of its environment.
    """

    def __init__(self, name: str, line: str, app: str, **environ: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.name = name
        program, *arguments = line.format(port=self.port, app=app).split()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - a pipe that nobody reads would stop the server
        self.process = subprocess.Popen(
            [BIN / program, *arguments],
            cwd=HERE,
            stderr=subprocess.STDOUT,
            stdout=self._log,
            env={**os.environ, "PYTHONPATH": str(HERE), **environ},
        )

    def get(self, path: str, **more: Any) -> str:
        """Return the body of an answer."""
        url = f"http://127.0.0.1:{self.port}{path}"
        with urllib.request.urlopen(url, timeout=10, **more) as answered:
            text: str = answered.read().decode()
            return text

    def wait_until_it_serves(self) -> None:
        """Return when it accepts connections."""
        until(f"{self.name} starts", self.accepts)

    def accepts(self) -> bool:
        """Tell whether it accepts connections."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> str:
        """End it, by force if need be; return what it has printed."""
        try:
            return self.end()
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.end()

    def end(self) -> str:
        """Tell it to stop and wait until it has; return what it has printed."""
        self.process.terminate()
        self.process.wait(10)
        self._log.seek(0)
        with self._log:
            return self._log.read().decode(errors="replace")

    async def until_noted(self, line: str) -> None:
        """Wait until the application has noted something."""
        for _ in range(100):
            if line in await asyncio.to_thread(self.get, "/noted"):
                return
            await asyncio.sleep(0.05)
        raise AssertionError(await asyncio.to_thread(self.get, "/noted"))


def until(what: str, condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not in {seconds} s: {what}")
        time.sleep(0.02)


def within(seconds: float, coroutine: Any) -> Any:
    """Run a coroutine, no longer than so many seconds."""

    async def limited() -> Any:
        async with asyncio.timeout(seconds):
            return await coroutine

    return asyncio.run(limited())
