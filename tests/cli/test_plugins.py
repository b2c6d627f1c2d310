from __future__ import annotations

from typing import Any

import pytest

from flask import Flask
from flask.cli import FlaskGroup

ENTRY_POINTS = """\
[flask.commands]
fine = fine_plugin:say
missing = nowhere_plugin:say
broken = broken_plugin:say
other = fine_plugin:number
run = broken_plugin:say
"""


@pytest.fixture
def program(project: Any) -> FlaskGroup:
    """A program beside which a distribution with good and bad commands is installed."""
    project.write("plug-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: plug\nVersion: 1\n")
    project.write("plug-1.0.dist-info/entry_points.txt", ENTRY_POINTS)
    project.write(
        "fine_plugin.py",
        "import click\nnumber = 3\n@click.command()\ndef say(): click.echo('fine')",
    )
    project.write("broken_plugin.py", "1 / 0")
    return FlaskGroup(create_app=lambda: Flask("shop"))


@pytest.mark.parametrize(
    ("args", "words"), [(["fine"], "fine\n"), (["routes"], "static"), (["run", "--help"], "--port")]
)
def test_others_work(runner: Any, program: FlaskGroup, args: list[str], words: str) -> None:
    """A plugin that cannot be loaded breaks no other command, and replaces none."""
    result = runner.invoke(program, args)

    assert result.exit_code == 0
    assert words in result.output
    assert "plugin" not in result.output


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (["missing"], "ModuleNotFoundError: No module named 'nowhere_plugin'"),
        (["broken", "--any", "thing"], "broken_plugin.py"),
        (["other"], "It is no Click command, but of type 'int'."),
    ],
)
def test_reason_is_given(runner: Any, program: FlaskGroup, args: list[str], reason: str) -> None:
    """The command itself ends with why it is not there, its distribution and its place."""
    result = runner.invoke(program, args)

    assert result.exit_code == 1
    assert result.output.startswith(
        f"Error: The command {args[0]!r} of 'plug' could not be loaded from '"
    )
    assert reason in result.output
    assert "importlib" not in result.output


def test_help_tells(runner: Any, program: FlaskGroup) -> None:
    """The help text lists it as not available, with the reason."""
    output = " ".join(runner.invoke(program, ["--help"]).output.split())

    assert "broken (Not available: ZeroDivisionError: division by zero)" in output
    assert "run Serve the application for development." in output
