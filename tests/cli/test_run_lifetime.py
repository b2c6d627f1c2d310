"""The development server calls the functions of start and stop, in the process that serves."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import flask.cli
from flask import Flask
from flask.cli import FlaskGroup


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What happens; the server only notes that it was started."""
    notes: list[str] = []

    def run_simple(hostname: str, port: int, application: Any, **options: Any) -> None:
        notes.append("serving")

    monkeypatch.setattr(flask.cli, "run_simple", run_simple)
    monkeypatch.setattr("werkzeug.serving.run_simple", run_simple)
    return notes


@pytest.fixture
def noting(app: Flask, notes: list[str]) -> Flask:
    """An application that notes its start and stop."""

    @app.while_serving
    def around() -> Iterator[None]:
        notes.append("start")
        yield
        notes.append("stop")

    return app


AROUND = ["start", "serving", "stop"]


def run_command(app: Flask, *args: str) -> None:
    program = FlaskGroup(create_app=lambda: app)
    program.main(["run", "--port", "0", *args], standalone_mode=False)


def test_flask_run_calls_them(noting: Flask, notes: list[str]) -> None:
    """``flask run`` starts the application before it serves, and stops it afterwards."""
    run_command(noting)
    assert notes == AROUND


@pytest.mark.parametrize("is_reloaded", [True, False])
def test_reloader_calls_them_where_it_serves(
    noting: Flask, notes: list[str], monkeypatch: pytest.MonkeyPatch, is_reloaded: bool
) -> None:
    """With the reloader only the process that it starts anew calls them."""
    if is_reloaded:
        monkeypatch.setenv("WERKZEUG_RUN_MAIN", "true")
    run_command(noting, "--reload")
    assert notes == (AROUND if is_reloaded else ["serving"])


def test_app_run_calls_them(noting: Flask, notes: list[str]) -> None:
    """``app.run()`` does it too."""
    noting.run(port=0, load_dotenv=False)
    assert notes == AROUND


def test_failing_start_does_not_serve(app: Flask, notes: list[str]) -> None:
    """An error at the start ends the command before it listens."""

    @app.before_serving
    def fails() -> None:
        raise LookupError("no database")

    with pytest.raises(LookupError, match="no database"):
        run_command(app)
    assert notes == []


SLOW_END = """\
import asyncio, time
from flask import Flask

app = Flask(__name__)

@app.while_serving
def around():
    print("begun", flush=True)
    yield
    time.sleep(0.5)  # longer than Werkzeug's reloader lets its child live after Ctrl-C
    print("ended", flush=True)

@app.after_serving
async def after():
    print("after", flush=True)

async def receipt():
    await asyncio.sleep(0.3)
    print("sent", flush=True)

@app.get("/")
def index():
    app.add_background_task(receipt)
    return "ordered"
"""


@pytest.mark.parametrize("reloads", ["--reload", "--no-reload"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("to_all", [True, False], ids=["group", "parent"])
def test_signals_end_as_they_should(
    project: Any, serve: Callable[..., Any], reloads: str, number: signal.Signals, to_all: bool
) -> None:
    """A signal, to the command or as from a terminal to all, lets tasks and functions end."""
    project.write("hello.py", SLOW_END)
    server = serve("--app", "hello", "run", reloads)
    assert server.get("/") == (200, "ordered")

    if to_all:
        assert server.stop(number) == 0
    else:
        server.process.send_signal(number)
        assert server.wait() == 0
    noted = [line for line in server.output.splitlines() if line.isalpha()]
    assert noted == ["begun", "sent", "after", "ended"]
    assert "Traceback" not in server.output


def test_tasks_end_without_functions(project: Any, serve: Callable[..., Any]) -> None:
    """Background tasks are awaited also where the application has no function of the stop."""
    project.write(
        "hello.py", SLOW_END.replace("@app.while_serving\n", "").replace("@app.after_serving\n", "")
    )
    server = serve("--app", "hello", "run")
    assert server.get("/") == (200, "ordered")

    assert server.stop(signal.SIGTERM) == 0
    assert "sent" in server.output


def test_second_signal_ends_at_once(project: Any, serve: Callable[..., Any]) -> None:
    """Who is tired of waiting presses Ctrl-C again."""
    project.write("hello.py", SLOW_END.replace("sleep(0.5)", "sleep(600)"))
    server = serve("--app", "hello", "run", "--reload")
    assert server.get("/") == (200, "ordered")

    os.killpg(server.process.pid, signal.SIGINT)
    server.wait_for("after")
    server.stop(signal.SIGINT)
    assert "ended" not in server.output
