"""Do real servers start and stop the application, and close its event streams?"""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from serving import SERVERS, Server, until

# Their send() does not say that the client has left, and nobody watches synchronous requests.
SILENT = ("uvicorn", "granian")

GUNICORN = """
def post_worker_init(worker):
    worker.lifespan = worker.wsgi.serving()
    worker.lifespan.__enter__()

def worker_exit(server, worker):
    worker.lifespan.__exit__(None, None, None)
"""
EVERY = {**SERVERS, "gunicorn-wsgi": "gunicorn -b 127.0.0.1:{port} -c {config} --threads 4 {app}"}


class Served(Server):
    """A server of the application that notes what happens."""

    def __init__(self, name: str, folder: Path, **environ: str) -> None:
        self.notes = folder / "notes"
        self.notes.touch()
        config = folder / "gunicorn.conf.py"
        config.write_text(GUNICORN, encoding="utf-8")
        line = EVERY[name].replace("{config}", str(config))
        super().__init__(name, line, "starting:app", NOTES=str(self.notes), **environ)

    def noted(self) -> list[str]:
        return self.notes.read_text(encoding="utf-8").splitlines()

    def read_some(self, path: str, *wanted: str) -> None:
        """Read a stream until it has sent all that, and leave."""
        got = ""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as peer:
            peer.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            while not all(text in got for text in wanted):
                piece = peer.recv(65536).decode()
                assert piece, got
                got += piece


Start = Callable[..., Served]


@pytest.fixture(params=list(EVERY))
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Start:
    """Return what starts each server in turn; it is stopped whatever happens."""

    def start(**environ: str) -> Served:
        served = Served(request.param, tmp_path, **environ)
        request.addfinalizer(served.process.kill)
        return served

    return start


@pytest.mark.quick
def test_start_and_stop(start: Start) -> None:
    """Hooks of start and stop run once, streams are closed, and tasks in progress are awaited."""
    served = start()
    served.wait_until_it_serves()
    until("hooks of start", lambda: len(served.noted()) == 2)
    is_wsgi = served.name == "gunicorn-wsgi"
    assert served.noted() == ["resource", f"start {is_wsgi}"]

    for _ in range(2):
        expected = '{"dirt":null,"name":null}' if is_wsgi else '{"dirt":null,"name":"resource"}'
        assert served.get("/").strip() == expected
    served.read_some("/events", "data: first", "\n:\n\n")
    until("async stream closed", lambda: "closed /events" in served.noted())
    if not served.name.startswith(SILENT):
        served.read_some("/plain-events", "data: again")
        until("sync stream closed", lambda: "closed /plain-events" in served.noted())

    served.get("/")  # its task has not ended when the server is told to stop
    assert "Traceback" not in served.end()
    noted = served.noted()
    assert noted[-2:] == ["stop", "/resource"]
    assert noted.count("async task") == noted.count("sync task") == 3


def test_failing_start(start: Start) -> None:
    """An application that cannot start stops the server, and ends what it has begun."""
    served = start(FAILS="1")

    until("it gives up", lambda: "/resource" in served.noted())
    assert "cannot start" in served.end()
    assert "stop" not in served.noted()
