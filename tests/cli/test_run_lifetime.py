"""The development server calls the functions of start and stop, in the process that serves."""

from __future__ import annotations

from collections.abc import Iterator
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
