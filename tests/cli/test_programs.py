"""What does a program of the user's own on ``FlaskGroup`` show of a failure? What ``flask`` shows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from flask import Flask
from flask.cli import FlaskGroup

PROGRAM = """\
from flask import Flask
from flask.cli import FlaskGroup
import store

def create_app():
    store.connect()
    return Flask("shop")

cli = FlaskGroup(create_app=create_app)

if __name__ == "__main__":
    cli()
"""

FAILED = "ConnectionError: no database"


def run(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *args], capture_output=True, text=True, check=False)


def files_shown(stderr: str) -> list[str]:
    lines = [line for line in stderr.splitlines() if line.startswith('  File "')]
    return [Path(line.split('"')[1]).name for line in lines]


@pytest.fixture(autouse=True)
def _files(project: Any) -> None:
    project.write("store.py", "def connect(): raise ConnectionError('no database')")
    project.write("manage.py", PROGRAM)
    project.write("launch.py", "from manage import cli\ndef main():\n    cli.main()")
    project.write("start.py", "from launch import main\nmain()")


@pytest.mark.parametrize("program", ["manage.py", "start.py"])
def test_failing_factory(program: str) -> None:
    """The factory's error is shown from the factory on, also where that is in ``__main__``."""
    result = run(program, "routes")

    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == FAILED
    assert files_shown(result.stderr) == ["manage.py", "store.py"]


def test_help_with_a_failing_factory() -> None:
    """The help text appears below the factory's error, which has the same frames there."""
    result = run("manage.py", "--help")

    assert result.returncode == 0
    assert FAILED in result.stderr
    assert files_shown(result.stderr) == ["manage.py", "store.py"]
    assert result.stdout.startswith("Usage: manage.py")


def test_error_that_the_program_handles(project: Any) -> None:
    """A program that catches the error goes on, and a later error is shown whole."""
    project.write(
        "careful.py",
        "from manage import cli\n"
        "try:\n    cli()\nexcept ConnectionError:\n    print('later')\n"
        "def fail():\n    raise ValueError('own')\n"
        "fail()\n",
    )
    result = run("careful.py", "routes")

    assert result.stdout == "later\n"
    assert result.stderr.splitlines()[-1] == "ValueError: own"
    assert files_shown(result.stderr) == ["careful.py", "careful.py"]


def test_errors_in_tests(project: Any) -> None:
    """A test that invokes the group gets the error, and the process's hook stays as it was."""

    def create_app() -> Flask:
        raise ConnectionError("no database")

    before = sys.excepthook
    result = CliRunner().invoke(FlaskGroup(create_app=create_app), ["routes"])

    assert isinstance(result.exception, ConnectionError)
    assert sys.excepthook is before


class Wanting:
    """A factory that is no function."""

    def __call__(self, settings: dict[str, str]) -> Flask:
        raise AssertionError(settings)


async def make_later() -> Flask:
    raise AssertionError


def make_wrongly() -> Flask:
    raise TypeError("inner")


@pytest.mark.parametrize(
    ("factory", "message"),
    [
        (lambda info: Flask("x"), "The factory '<lambda>' could not be called without arguments"),
        (Wanting(), "The factory 'Wanting' could not be called without arguments"),
        (lambda: None, "returned an object of type 'NoneType', and no application. Does it lack"),
        (lambda: 3, "The factory '<lambda>' returned an object of type 'int', and no application."),
        (make_later, "The factory 'make_later' is asynchronous, and an application is made before"),
    ],
)
@pytest.mark.parametrize("args", [["routes"], ["--help"]])
def test_factory_that_makes_no_application(factory: Any, message: str, args: list[str]) -> None:
    """A factory that cannot be called, or returns something else, is named with the reason."""
    result = CliRunner().invoke(FlaskGroup(create_app=factory), args)

    assert message in " ".join(result.output.split())
    assert result.exit_code == (2 if args == ["routes"] else 0)


def test_type_error_inside_the_factory() -> None:
    """A TypeError from inside the factory is not taken for a wrong call of it."""
    result = CliRunner().invoke(FlaskGroup(create_app=make_wrongly), ["routes"])

    assert isinstance(result.exception, TypeError)
    assert str(result.exception) == "inner"


def test_error_at_the_shells_prompt(project: Any) -> None:
    """What is typed in the shell fails with the frames that Python's own shell shows."""
    project.write("shop.py", "from flask import Flask\napp = Flask(__name__)")
    program = Path(sys.executable).with_name("flask")
    result = subprocess.run(
        [program, "--app", "shop", "shell"],
        input="1/0\n",
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0
    assert result.stderr.count("  File ") == 1
    assert '  File "<console>", line 1, in <module>\nZeroDivisionError' in result.stderr
