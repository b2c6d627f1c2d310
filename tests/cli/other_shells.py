"""Does the tab key help in zsh and fish too? Named in CI, where both are installed.

Not collected by name, because a contributor need not have these shells.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PATH = f"{Path(sys.executable).parent}:{os.environ['PATH']}"

APP = """\
import sys
print("noise")
print("more noise", file=sys.stderr)
from flask import Flask
app = Flask(__name__)

@app.cli.command()
def greet(): "Say hello."
"""


@pytest.fixture(autouse=True)
def _application(project: Any) -> None:
    project.write("app.py", APP)
    project.write("broken/app.py", "1 / 0")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("flask gr", ["greet\tSay hello."]),
        ("flask routes --sort m", ["match", "methods"]),
        ("cd broken; flask ro", ["routes\tList every URL rule with its endpoint and..."]),
    ],
)
def test_fish(project: Any, line: str, expected: list[str]) -> None:
    """Fish offers the application's commands with their descriptions, and values."""
    folder, _, line = line.rpartition("; ")
    script = f"""
        eval (env _FLASK_COMPLETE=fish_source flask | string collect)
        {folder}
        complete -C {line!r}
    """
    result = subprocess.run(
        ["fish", "--no-config", "-c", script],
        cwd=project.folder,
        env={**os.environ, "PATH": PATH, "HOME": str(project.folder)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert result.stderr == ""
    assert sorted(result.stdout.splitlines()) == expected


@pytest.mark.parametrize(
    ("typed", "completed"), [("flask gr", "flask greet "), ("cd broken; flask ro", "flask routes ")]
)
def test_zsh(project: Any, terminal: Callable[..., Any], typed: str, completed: str) -> None:
    """Zsh completes a command at its prompt."""
    project.write(
        ".zshrc",
        "autoload -Uz compinit; compinit -D -u\n"
        'eval "$(_FLASK_COMPLETE=zsh_source flask)"\n'
        "PS1='ready> '\n"
        "show() { print -r -- \"<$BUFFER>\" }; zle -N show; bindkey '^X' show\n",
    )
    shell = terminal("zsh", "-i", PATH=PATH, ZDOTDIR=str(project.folder), HOME=str(project.folder))
    *before, line = typed.split("; ")
    shell.wait_for("ready> ")
    for number, command in enumerate(before, start=2):
        shell.type(f"{command}\n")
        shell.wait_for("ready> ", times=number)
    shell.type(f"{line}\t\x18")
    shell.wait_for(f"<{completed}>")
    assert "noise" not in shell.output
    assert "Traceback" not in shell.output
