"""Does the tab key help? Click's completion, sourced by a real bash; other_shells.py has the rest."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from flask.cli import FlaskGroup

PATH = f"{Path(sys.executable).parent}:{os.environ['PATH']}"

NOISY = """\
import sys
print("noise")
print("more noise", file=sys.stderr)
import click
from flask import Flask
app = Flask(__name__)

@app.cli.command()
@click.option("--paint", type=click.Choice(["red", "green"]))
def greet(paint): ...
"""

# What bash does when the tab key is pressed after the words in "$@".
BASH = """\
eval "$(_FLASK_COMPLETE=bash_source flask)"
complete -p flask >&2
COMP_WORDS=(flask "$@") COMP_CWORD=$# COMPREPLY=()
_flask_completion flask
echo "${COMPREPLY[*]}"
"""


def complete(project: Any, *words: str) -> list[str]:
    """The suggestions of bash for the last word; it must have said nothing else."""
    result = subprocess.run(
        ["bash", "--norc", "-c", BASH, "bash", *words],
        cwd=project.folder,
        env={**os.environ, "PATH": PATH},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stderr == "complete -o nosort -F _flask_completion flask\n"
    return result.stdout.split()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([""], ["greet", "routes", "run", "shell"]),
        (["r"], ["routes", "run"]),
        (["gr"], ["greet"]),
        (["greet", "--p"], ["--paint"]),
        (["greet", "--paint", ""], ["red", "green"]),
        (["routes", "--sort", "m"], ["methods", "match"]),
        (["run", "--ex"], ["--extra-files", "--exclude-patterns"]),
        (["--app", "nowhere", "r"], ["routes", "run"]),
        (["--app", "broken", "r"], ["routes", "run"]),
        (["--app", "exits", "r"], ["routes", "run"]),
        (["--app", "broken", "greet", "--p"], []),
        (["--env-file", "latin.env", "r"], ["routes", "run"]),
        (["--env-file", "odd.env", "r"], ["routes", "run"]),
    ],
)
def test_bash(project: Any, words: list[str], expected: list[str]) -> None:
    """Bash offers options, values and the application's commands, also when it is broken."""
    project.write("app.py", NOISY)
    project.write("broken.py", "1 / 0")
    project.write("exits.py", "raise SystemExit('no settings')")
    project.write("odd.env", "no assignment")
    Path("latin.env").write_bytes(b"NAME=\xe9")

    assert complete(project, *words) == expected


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_script(runner: Any, monkeypatch: pytest.MonkeyPatch, shell: str) -> None:
    """For each shell there is a script that calls the program for suggestions."""
    if shell == "bash":  # Click asks bash for its version
        monkeypatch.setenv("PATH", PATH)
    program = FlaskGroup("flask")
    result = runner.invoke(
        program, [], prog_name="flask", env={"_FLASK_COMPLETE": f"{shell}_source"}
    )

    assert result.exit_code == 0
    assert f"_FLASK_COMPLETE={shell}_complete" in result.output
