"""A reload and a stop: running requests end well, and within bounds."""

from __future__ import annotations

import http.client
import signal

import pytest

from deployment.servers import WORKERS, Build, Server, Site, Start, wait_until
from deployment.visitor import Visitor


def expect_log(server: Server, words: str) -> None:
    wait_until(lambda: words in server.output(), server.output, 10)


def wait_for_another(visitor: Visitor, site: Site, former: set[int]) -> None:
    """Wait for an answer of a worker that was not there before; every answer must be one."""
    log = site.servers[0].output
    wait_until(lambda: visitor.look("/-/seen")["worker"] not in former, log, 15)


def find_workers(visitor: Visitor, site: Site) -> set[int]:
    """Ask until both workers have answered."""
    found: set[int] = set()

    def both() -> bool:
        found.add(visitor.look("/-/seen")["worker"])
        return len(found) == 2

    wait_until(both, site.servers[0].output, 15)
    return found


@pytest.mark.parametrize("worker_class", WORKERS)
def test_gunicorn_reloads_without_losing_a_request(build: Build, worker_class: str) -> None:
    """SIGHUP: new workers answer while an old one finishes."""
    site = build(worker_class)
    visitor = site.visitor()

    former = find_workers(visitor, site)
    with visitor.hold("reload") as response:
        site.gunicorn.process.send_signal(signal.SIGHUP)
        wait_for_another(visitor, site, former)
        site.release("reload")
        assert response.read() == b"last\n"


@pytest.mark.parametrize("worker_class", WORKERS)
def test_gunicorn_finishes_what_runs_and_ends(build: Build, worker_class: str) -> None:
    """SIGTERM: the running answer ends well, then gunicorn does; nginx goes on without it."""
    site = build(worker_class)
    visitor = site.visitor()

    find_workers(visitor, site)  # a worker that is still starting may miss the signal
    with visitor.hold("stop") as response:
        site.gunicorn.process.send_signal(signal.SIGTERM)
        expect_log(site.gunicorn, "Handling signal: term")
        site.release("stop")
        assert response.read() == b"last\n"
    assert site.gunicorn.process.wait(10) == 0
    assert "Traceback" not in site.gunicorn.output()
    assert visitor.ask("GET", "/").status == 502  # nginx is still there, and says so
    assert visitor.ask("GET", "/static/style.css").status == 200


def test_nginx_finishes_what_runs(build: Build) -> None:
    """A reload of nginx, and its quiet stop, let a running answer end."""
    site = build("gthread")
    visitor = site.visitor()

    with visitor.hold("answer") as response:
        site.nginx.process.send_signal(signal.SIGHUP)
        assert visitor.ask("GET", "/").status == 200
        site.nginx.process.send_signal(signal.SIGQUIT)
        wait_until(visitor.is_refused, site.nginx.output, 10)
        site.release("answer")
        assert response.read() == b"last\n"
    assert site.nginx.process.wait(10) == 0


@pytest.mark.parametrize(("program", "status"), [("granian", 0), ("uvicorn", -signal.SIGTERM)])
def test_a_server_finishes_what_runs(start: Start, program: str, status: int) -> None:
    """SIGTERM: no new connection, but the running answer ends, and no traceback is written."""
    site = start(program)
    visitor = site.visitor()

    if program == "granian":  # it misses a signal that comes while a worker is still starting
        find_workers(visitor, site)
    with visitor.hold("answer") as response:
        site.server.process.send_signal(signal.SIGTERM)
        wait_until(visitor.is_refused, site.server.output, 10)
        site.release("answer")
        assert response.read() == b"last\n"

    assert site.server.process.wait(10) == status
    assert "Traceback" not in site.server.output()


def test_granian_reloads_without_losing_a_request(start: Start) -> None:
    """SIGHUP replaces granian's workers one by one while requests are answered."""
    site = start("granian")
    visitor = site.visitor()

    former = find_workers(visitor, site)
    with visitor.hold("answer") as response:
        site.server.process.send_signal(signal.SIGHUP)
        expect_log(site.server, "HUP signal received")
        site.release("answer")
        assert response.read() == b"last\n"
    wait_for_another(visitor, site, former)

    assert "Traceback" not in site.server.output()


def test_waitress_cuts_what_runs(start: Start) -> None:
    """SIGTERM ends waitress at once, with what it was doing; the document warns of it."""
    site = start("waitress-serve")

    with site.visitor().hold("answer") as response:
        assert site.server.stop() == -signal.SIGTERM
        with pytest.raises(http.client.IncompleteRead):
            response.read()

    assert "Traceback" not in site.server.output()
