"""Do real servers start and stop the application, and close its event streams?

Not collected by pytest, because it needs servers that the tests do not. Run it with the Python
of an environment that has them and this package::

    python tests/asgi/servers/served_lifespan.py [uvicorn] [hypercorn] [trio] [granian] [gunicorn]

The module is also the application that they serve; it notes what happens in a file.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

from flask import Flask, Response, request, sse

app = Flask(__name__, static_folder=None)
NOTES = os.environ.get("NOTES", "")


def note(text: str) -> None:
    with Path(NOTES).open("a", encoding="utf-8") as file:
        file.write(f"{text}\n")


@app.while_serving
async def resource() -> AsyncIterator[dict[str, str]]:
    note("resource")
    yield {"name": "resource"}
    note("/resource")


@app.before_serving
def start() -> None:
    note(f"start {threading.current_thread() is threading.main_thread()}")
    if "FAILS" in os.environ:
        raise RuntimeError("cannot start")


@app.after_serving
async def stop() -> None:
    note("stop")


async def sleep(seconds: float) -> None:
    if "trio" in sys.modules and sys.modules["trio"].lowlevel.in_trio_run():
        await sys.modules["trio"].sleep(seconds)
    else:
        await asyncio.sleep(seconds)


async def task(text: str) -> None:
    await sleep(0.3)
    note(text)


@app.get("/")
async def index() -> dict[str, Any]:
    app.add_background_task(task, "async task")
    app.add_background_task(note, "sync task")
    scope = request.environ.get("asgi.scope", {})
    state = scope.get("state", {})
    seen = {"name": state.get("name"), "dirt": state.get("dirt")}
    state["dirt"] = "left by a request"
    return seen


@app.get("/events")
async def events() -> Response:
    async def counts() -> AsyncIterator[str]:
        try:
            yield "first"
            await sleep(1000)
        finally:
            note(f"closed {request.path}")

    return sse(counts(), heartbeat=0.1)


@app.get("/plain-events")
def plain_events() -> Response:
    def counts() -> Iterator[str]:
        try:
            while True:
                yield "again"
                time.sleep(0.05)
        finally:
            note(f"closed {request.path}")

    return sse(counts())


# The other half: what starts the servers and looks


# Their send() does not say that the client has left, and nobody watches synchronous requests.
SILENT = {"uvicorn", "granian"}

GUNICORN = """
def post_worker_init(worker):
    worker.lifespan = worker.wsgi.serving()
    worker.lifespan.__enter__()

def worker_exit(server, worker):
    worker.lifespan.__exit__(None, None, None)
"""


def command(server: str, port: int, folder: Path) -> list[str]:
    python = [sys.executable, "-m"]
    where = f"127.0.0.1:{port}"
    if server == "uvicorn":
        return [*python, "uvicorn", "--port", str(port), "served_lifespan:app.asgi_app"]
    if server == "granian":
        options = ["--interface", "asgi", "--port", str(port), "--workers", "1"]
        return [*python, "granian", *options, "served_lifespan:app.asgi_app"]
    if server == "gunicorn":
        config = folder / "gunicorn.conf.py"
        config.write_text(GUNICORN, encoding="utf-8")
        options = ["-b", where, "-c", str(config), "--threads", "4"]
        return [*python, "gunicorn", *options, "served_lifespan:app"]
    worker = "trio" if server == "trio" else "asyncio"
    return [*python, "hypercorn", "-k", worker, "-b", where, "asgi:served_lifespan:app"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(what: str, condition: Callable[[], object], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"FAILED: {what}")
        time.sleep(0.02)


def get(port: int, path: str) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as peer:
        peer.sendall(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
        )
        return b"".join(iter(lambda: peer.recv(65536), b"")).decode()


def read_some(port: int, path: str, *wanted: str) -> None:
    """Read a stream until it has sent all that, and leave."""
    got = ""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as peer:
        peer.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        while not all(text in got for text in wanted):
            piece = peer.recv(65536).decode()
            assert piece, got
            got += piece


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Served:
    """A server that runs meanwhile."""

    def __init__(self, server: str, **environ: str) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.notes = self.folder / "notes"
        self.notes.touch()
        self.port = free_port()
        self.log = (self.folder / "log").open("w+", encoding="utf-8")
        self.process = subprocess.Popen(
            command(server, self.port, self.folder),
            cwd=Path(__file__).parent,
            env={**os.environ, "NOTES": str(self.notes), **environ},
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )

    def noted(self) -> list[str]:
        return self.notes.read_text(encoding="utf-8").splitlines()

    def said(self) -> str:
        self.log.seek(0)
        return self.log.read()

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log.close()


def check(server: str) -> None:
    served = Served(server)
    try:
        until("it starts", lambda: accepts(served.port))
        until("hooks of start", lambda: len(served.noted()) == 2)
        is_main = server == "gunicorn"
        assert served.noted() == ["resource", f"start {is_main}"], served.noted()
        for _ in range(2):
            answer = get(served.port, "/")
            expected = '{"dirt":null,"name":null}' if is_main else '{"dirt":null,"name":"resource"}'
            assert expected in answer, answer
        read_some(served.port, "/events", "data: first", "\n:\n\n")
        until("async stream closed", lambda: "closed /events" in served.noted())
        if server not in SILENT:
            read_some(served.port, "/plain-events", "data: again")
            until("sync stream closed", lambda: "closed /plain-events" in served.noted())
        get(served.port, "/")  # its task has not ended when the server is told to stop
        served.process.send_signal(signal.SIGTERM)
        until("it stops", lambda: served.process.poll() is not None)
        noted = served.noted()
        assert noted[-2:] == ["stop", "/resource"], noted
        assert noted.count("async task") == noted.count("sync task") == 3, noted
        assert "Traceback" not in served.said()
    except BaseException:
        print(served.said(), served.noted())
        raise
    finally:
        served.end()


def check_failing(server: str) -> None:
    served = Served(server, FAILS="1")
    try:
        until("it gives up", lambda: "/resource" in served.noted())
        assert "stop" not in served.noted()
        served.process.send_signal(signal.SIGTERM)
        until("it stops", lambda: served.process.poll() is not None)
        assert "cannot start" in served.said()
    except BaseException:
        print(served.said(), served.noted())
        raise
    finally:
        served.end()


if __name__ == "__main__":
    for server in sys.argv[1:] or ["uvicorn", "hypercorn", "trio", "granian", "gunicorn"]:
        check(server)
        check_failing(server)
        print(f"{server}: as it should be")
