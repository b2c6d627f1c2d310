"""How do the tests of the command line command? In their own process, as good as new each time."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from flask import Flask, current_app
from flask.cli import FlaskGroup, ScriptInfo


@contextmanager
def own_process(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[None]:
    """Start in an empty folder without settings, and undo what commands do to the environment."""
    monkeypatch.chdir(folder)
    monkeypatch.delattr(sys, "__interactivehook__", raising=False)  # it reads the user's history
    before = dict(os.environ)
    for name in before:
        if name.startswith(("FLASK_", "WERKZEUG_", "PYTHONSTARTUP")):
            del os.environ[name]
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def with_commands(app: Flask) -> Flask:
    """Add commands that greet, and that tell debug mode and an environment variable."""

    @app.cli.command()
    @click.argument("name", default="you")
    def greet(name: str) -> None:
        click.echo(f"{current_app.import_name} greets {name}")

    @app.cli.command()
    def tell() -> None:
        click.echo(f"debug={current_app.debug} door={os.environ.get('DOOR')}")

    return app


def run(command: click.Command, *args: str, **options: Any) -> str:
    """Run a command line and return its output; it must not fail."""
    result = CliRunner().invoke(command, list(args), catch_exceptions=False, **options)
    assert result.exit_code == 0, result.output
    return result.output


def info_of(app: Flask) -> ScriptInfo:
    return ScriptInfo(create_app=lambda: app)


def group_of(app: Flask, **options: Any) -> FlaskGroup:
    return FlaskGroup(create_app=lambda: app, **options)
