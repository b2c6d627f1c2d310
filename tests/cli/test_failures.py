"""What does each mistake get? One message that names it, an exit status, no frame of ours."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from flask.cli import ScriptInfo, cli, load_dotenv

APP = """\
import click
from flask import Flask

app = Flask(__name__)

@app.cli.command()
@click.option("--times", type=int, default=1)
def greet(times):
    click.echo("hello " * times)

@app.cli.command()
def fall():
    raise ValueError("fallen")
"""

FILES = {
    "shop.py": APP,
    "empty.py": "",
    "two.py": "from flask import Flask\na = Flask('a')\nb = Flask('b')",
    "factories.py": (
        "from flask import Flask\n"
        "def create_app(kind): return Flask(kind)\n"
        "def broken(): raise TypeError('inner')\n"
        "async def waiting(): return Flask('x')\n"
        "def nothing(): pass\n"
        "number = 3\n"
    ),
    "async_factory.py": "async def create_app(): pass",
    "forgetful.py": "def create_app(): pass",
    "typed.py": "def f(:\n    pass",
    "null.py": "x = 1\0",
    "boom.py": "1 / 0",
    "nested.py": "import nested_more",
    "nested_more.py": "import does_not_exist_anywhere",
    "named.py": "from os import does_not_exist",
    "circle.py": "import circle_more\napp = 1",
    "circle_more.py": "from circle import app",
    "exits.py": "raise SystemExit('settings are missing')",
    "package/__init__.py": "",
    "package/web.py": "from flask import Flask\napp = Flask(__name__)",
    "flask.py": "from flask import Flask\napp = Flask(__name__)",
    "pairs.env": "NAME=value\nno assignment\n",
}


@pytest.fixture(autouse=True)
def _files(project: Any) -> None:
    for name, text in FILES.items():
        project.write(name, text)
    Path("latin.env").write_bytes(b"NAME=\xe9\n")
    Path("folder.env").mkdir()


def described(result: Any) -> str:
    """The message of a failed command, on one line; its status must be that of wrong use."""
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    return " ".join(result.output.partition("Error: ")[2].split())


@pytest.mark.parametrize(
    ("app", "message"),
    [
        ("nowhere", "Could not import 'nowhere'. There is no such module in"),
        ("./nowhere.py", "Could not import 'nowhere'. There is no such module in"),
        (" ", "Could not import ' '."),
        ("", "Could not locate a Flask application. Use the 'flask --app' option,"),
        ("shop:nothing", "Failed to find attribute 'nothing' in 'shop'. Applications there: app."),
        (":app", "':app' names no module. Write one before the colon, as in 'app:app' for 'app'"),
        ("shop:", "Failed to parse '' as an attribute name or function call."),
        ("shop:app(", "Failed to parse 'app(' as an attribute name or function call."),
        ("shop:app.name", "Failed to parse 'app.name' as an attribute name or function call."),
        ("shop.py:app:app", "Failed to parse 'app:app' as an attribute name or function call."),
        ("factories:x.create_app()", "Function reference must be a simple name:"),
        ("factories:create_app(x)", "Failed to parse arguments as literal values:"),
        ("factories:create_app(*a)", "Failed to parse arguments as literal values:"),
        ("factories:create_app()", "The factory 'create_app()' in module 'factories' could not"),
        ("factories:create_app(1, 2)", "The factory 'create_app(1, 2)' in module 'factories'"),
        ("factories", "Detected factory 'create_app' in module 'factories', but could not call"),
        ("factories:nothing", "A valid Flask application was not obtained from"),
        ("factories:number", "A valid Flask application was not obtained from"),
        ("factories:waiting", "The factory 'waiting' in module 'factories' is asynchronous"),
        ("async_factory", "The factory 'create_app' in module 'async_factory' is asynchronous"),
        ("empty", "Failed to find Flask application or factory in module 'empty'."),
        ("package", "Failed to find Flask application or factory in module 'package'."),
        ("package.app", "Could not import 'package.app'. If 'app' is a variable in 'package'"),
        ("two", "Detected multiple Flask applications in module 'two'. Use 'two:name'"),
        ("nested", "While importing 'nested', an ImportError was raised:"),
        ("named", "While importing 'named', an ImportError was raised:"),
        ("circle", "While importing 'circle', an ImportError was raised:"),
    ],
)
def test_app_that_cannot_be_found(runner: CliRunner, app: str, message: str) -> None:
    """Each way of naming no application is told apart, in a message of its own."""
    result = runner.invoke(cli, ["--app", app, "routes"])

    assert described(result).startswith(message)


@pytest.mark.parametrize(
    ("app", "remedy"),
    [
        ("forgetful", "The factory 'create_app' there returned an object of type 'NoneType'."),
        ("flask", "was not read, because 'flask' is the name of"),
        ("flask.py", "Rename your file."),
        ("flask:app", "Rename your file."),
        ("flask:shop", "Rename your file."),
        ("circle", "most likely due to a circular import"),
        ("nested", "No module named 'does_not_exist_anywhere'"),
    ],
)
def test_reason_is_given(runner: CliRunner, app: str, remedy: str) -> None:
    """Where the cause is known, the message ends with it."""
    assert remedy in described(runner.invoke(cli, ["--app", app, "routes"]))


@pytest.mark.parametrize(
    ("app", "last_line", "frames"),
    [
        ("boom", "ZeroDivisionError: division by zero", ["boom.py"]),
        ("factories:broken", "TypeError: inner", ["factories.py"]),
        ("typed", "SyntaxError: invalid syntax", ["typed.py"]),
        ("null", "SyntaxError: source code string cannot contain null bytes", []),
        ("exits", "settings are missing", []),
    ],
)
@pytest.mark.parametrize("command", ["routes", "run"])
def test_the_users_own_error(
    project: Any, app: str, last_line: str, frames: list[str], command: str
) -> None:
    """An error in the user's module ends the program with its own frames and none of ours."""
    result = project.run("--app", app, command)

    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == last_line
    files = [line for line in result.stderr.splitlines() if line.startswith('  File "')]
    assert [Path(line.split('"')[1]).name for line in files] == frames


def test_error_in_a_command(project: Any) -> None:
    """An error in an application's command is shown from that command on."""
    result = project.run("--app", "shop", "fall")

    assert result.returncode == 1
    assert result.stderr.count("  File ") == 1
    assert result.stderr.rstrip().endswith("ValueError: fallen")


def test_error_in_a_startup_file(project: Any) -> None:
    """A startup file that breaks ends the shell with that file's frames."""
    result = project.run("--app", "shop", "shell", PYTHONSTARTUP="boom.py")

    assert result.returncode == 1
    assert result.stderr.startswith('Traceback (most recent call last):\n  File "boom.py", line 1')


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["gret"], "No such command 'gret'. Did you mean 'greet'?"),
        (["ruotes"], "No such command 'ruotes'. Did you mean 'routes'?"),
        (["xyz"], "No such command 'xyz'."),
        (["routes", "--sort", "age"], "Invalid value for '--sort' / '-s': 'age' is not one of"),
        (["routes", "extra"], "Got unexpected extra argument (extra)"),
        (["greet", "--times", "x"], "Invalid value for '--times': 'x' is not a valid integer."),
        (["run", "--port", "-1"], "Invalid value for '--port' / '-p': -1 is not between"),
        (["run", "--port", "99999"], "Invalid value for '--port' / '-p': 99999 is not between"),
        (["run", "--debug=1"], "Option '--debug' does not take a value."),
        (["run", "--cert", "."], "Invalid value for '--cert': File '.' is a directory."),
        (["run", "--cert", "nowhere.pem"], "Invalid value for '--cert': File 'nowhere.pem' does"),
        (["run", "--cert", "nowhere:context"], "Invalid value for '--cert': File 'nowhere:con"),
        (["run", "--key", "nowhere.pem"], "Invalid value for '--key': File 'nowhere.pem' does"),
    ],
)
def test_wrong_arguments(runner: CliRunner, args: list[str], message: str) -> None:
    """A wrong command, option or value is named, with a suggestion where one is near."""
    assert described(runner.invoke(cli, ["--app", "shop", *args])).startswith(message)


@pytest.mark.parametrize(
    ("args", "variables", "message"),
    [
        (["run"], {"FLASK_RUN_PORT": "abc"}, "(environment variable 'FLASK_RUN_PORT'): 'abc' is"),
        (["run"], {"FLASK_RUN_PORT": "99999"}, "(environment variable 'FLASK_RUN_PORT'): 99999"),
        (["run"], {"FLASK_RUN_HOST": "="}, "(environment variable 'FLASK_RUN_HOST'): '=' is no"),
        (["run"], {"FLASK_RUN_CERT": "x"}, "(environment variable 'FLASK_RUN_CERT'): File 'x'"),
        (["run"], {"FLASK_RUN_RELOAD": "so"}, "(environment variable 'FLASK_RUN_RELOAD'): 'so'"),
        (["routes"], {"FLASK_DEBUG": "maybe"}, "(environment variable 'FLASK_DEBUG'): 'maybe' is"),
        (["greet"], {"FLASK_GREET_TIMES": "x"}, "(environment variable 'FLASK_GREET_TIMES'): 'x'"),
        (
            ["routes"],
            {"FLASK_ENV_FILE": "nowhere"},
            "(environment variable 'FLASK_ENV_FILE'): File 'nowhere' does not exist.",
        ),
        (
            ["routes"],
            {"FLASK_ENV_FILE": "folder.env"},
            "(environment variable 'FLASK_ENV_FILE'): File 'folder.env' is a directory.",
        ),
        (["routes"], {"FLASK_APP": ""}, "Could not locate a Flask application."),
        (["routes"], {"FLASK_APP": "nowhere"}, "Could not import 'nowhere'."),
    ],
)
def test_wrong_variables(
    runner: CliRunner, args: list[str], variables: dict[str, str], message: str
) -> None:
    """A wrong value in an environment variable is refused with the variable's name."""
    result = runner.invoke(cli, args, env={"FLASK_APP": "shop", **variables})

    assert message in described(result)


def test_option_beside_a_variable(runner: CliRunner) -> None:
    """A wrong option is not blamed on the variable that it overrides."""
    result = runner.invoke(
        cli, ["--app", "shop", "run", "--port", "x"], env={"FLASK_RUN_PORT": "1"}
    )

    assert "environment variable" not in result.output


class TestEnvFile:
    def test_not_utf8(self, runner: CliRunner) -> None:
        """An env file in another encoding than UTF-8 is named, with the place."""
        result = runner.invoke(cli, ["--env-file", "latin.env", "--app", "shop", "routes"])

        assert result.exit_code == 1
        assert result.output.startswith(
            "Error: Could not open file 'latin.env': It is not in UTF-8"
        )
        assert "position 5" in result.output

    def test_not_readable(self, runner: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
        """An env file that the system refuses to read is named, with the reason."""

        def refuse(*args: Any, **kwargs: Any) -> Any:
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr("dotenv.dotenv_values", refuse)
        result = runner.invoke(cli, ["--env-file", "pairs.env", "--app", "shop", "routes"])

        assert result.exit_code == 1
        assert result.output == "Error: Could not open file 'pairs.env': Permission denied\n"

    def test_line_that_assigns_nothing(self, caplog: pytest.LogCaptureFixture) -> None:
        """A line that is no assignment is skipped with a warning that names the file."""
        assert load_dotenv("pairs.env", load_defaults=False) is True

        (warning,) = caplog.records
        assert warning.getMessage().endswith("line 2 of 'pairs.env'")


def test_deleted_folder(project: Any, tmp_path: Path) -> None:
    """In a folder that was deleted, a command says so, and help appears."""
    gone = tmp_path / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    runner = CliRunner()

    assert "the current directory no longer exists" in described(runner.invoke(cli, ["routes"]))
    assert runner.invoke(cli, ["--help"]).exit_code == 0
    assert load_dotenv() is False


def test_mistake_of_ours_is_shown_whole() -> None:
    """An error with no frame of the user's keeps its traceback, so that it can be reported."""
    from flask.cli.reports import leave_users_frames

    with pytest.raises(TypeError) as caught:
        ScriptInfo(create_app=3).load_app()  # type: ignore[arg-type]
    frames = caught.tb.tb_next  # without this test's own

    error = leave_users_frames(caught.value.with_traceback(frames))

    assert frames is not None
    assert error.__traceback__ is frames


def test_earlier_hook_is_called(project: Any) -> None:
    """An error tracker's hook, installed before the program started, hears of the error."""
    project.write(
        "tracked.py",
        "import sys\n"
        "sys.excepthook = lambda kind, error, tb: print('heard of', kind.__name__, tb.tb_lineno)\n"
        "sys.argv = ['flask', '--app', 'boom', 'routes']\n"
        "from flask.cli import main\nmain()\n",
    )
    import subprocess

    Path("flask.py").unlink()
    result = subprocess.run(
        [sys.executable, "tracked.py"], capture_output=True, text=True, check=False
    )

    assert (result.returncode, result.stdout) == (1, "heard of ZeroDivisionError 1\n")
