"""Does docs/command-line.md tell all of it? Compared with the commands themselves."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from flask.cli import cli

PAGE = (Path(__file__).parents[2] / "docs/command-line.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [None, "run", "shell", "routes"])
def test_options(name: str | None) -> None:
    """The page names every option, and for ``run`` every variable."""
    command = cli if name is None else cli.commands[name]
    for param in command.params:
        for option in (*param.opts, *param.secondary_opts):
            assert f"`{option}`" in PAGE, option
        if name == "run" and param.name != "debug":
            assert f"`FLASK_RUN_{str(param.name).upper()}`" in PAGE


def test_example(project: Any) -> None:
    """The page's first command works as the page says."""
    code = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0]
    project.write("app.py", code)

    assert project.run("greet", "world").stdout == "hello world\n"
