"""The reference's part on the command line: how an application is found, and its commands."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

import flask.cli
from contract.commanding import group_of, info_of, own_process, run, with_commands
from flask import Flask, current_app
from flask.cli import (
    FlaskGroup,
    NoAppException,
    ScriptInfo,
    load_dotenv,
    pass_script_info,
    run_command,
    shell_command,
    with_appcontext,
)


@pytest.fixture(autouse=True)
def _own_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    with own_process(monkeypatch, tmp_path):
        yield


@pytest.fixture
def app(app: Flask) -> Flask:
    return with_commands(app)


# ScriptInfo


@pytest.fixture
def wares(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """The name of a module with an application called ``goods``."""
    (tmp_path / "reference_wares.py").write_text(
        "from flask import Flask\ngoods = Flask('wares')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield "reference_wares"
    sys.modules.pop("reference_wares", None)


def test_script_info(app: Flask) -> None:
    """Bare, it finds the application in a file of the current folder."""
    Path("app.py").write_text("from flask import Flask\napplication = Flask('found')\n")
    found = run(with_script_info(), obj=ScriptInfo())
    sys.modules.pop("app", None)

    assert found == "found\n"


def with_script_info() -> click.Command:
    @click.command()
    @pass_script_info
    def command(info: ScriptInfo) -> None:
        click.echo(info.load_app().name)

    return command


def test_script_info_app_import_path_argument(wares: str) -> None:
    """The path names a module and the application in it."""
    assert ScriptInfo(app_import_path=f"{wares}:goods").load_app().name == "wares"


def test_script_info_create_app_argument(app: Flask) -> None:
    """The function makes the application, once."""
    made = []
    info = ScriptInfo(create_app=lambda: made.append(1) or app)  # type: ignore[func-returns-value]

    assert info.load_app() is info.load_app() is app
    assert made == [1]


@pytest.mark.parametrize(("follows", "debug"), [(True, True), (False, False)])
def test_script_info_set_debug_flag_argument(app: Flask, follows: bool, debug: bool) -> None:
    """The loaded application's debug mode follows the environment, if wanted."""
    os.environ["FLASK_DEBUG"] = "1"
    info = ScriptInfo(create_app=lambda: app, set_debug_flag=follows)

    assert info.load_app().debug is debug


@pytest.mark.parametrize("wanted", [True, False])
def test_script_info_load_dotenv_defaults_argument(wanted: bool) -> None:
    """Whether default files are to be read is kept for those who read them."""
    assert ScriptInfo(load_dotenv_defaults=wanted).load_dotenv_defaults is wanted


def test_app_import_path(wares: str) -> None:
    """The path can be set until the application is loaded, as ``--app`` does."""
    info = ScriptInfo()
    assert info.app_import_path is None

    info.app_import_path = f"{wares}:goods"

    assert info.load_app().name == "wares"


def test_create_app(app: Flask) -> None:
    """The function can be set until the application is loaded."""
    info = ScriptInfo()
    assert info.create_app is None

    info.create_app = lambda: app

    assert info.load_app() is app


def test_data() -> None:
    """Commands share what they put there."""

    @click.group()
    @pass_script_info
    def group(info: ScriptInfo) -> None:
        info.data["price"] = 7

    @group.command()
    @pass_script_info
    def price(info: ScriptInfo) -> None:
        click.echo(info.data["price"])

    assert run(group, "price") == "7\n"


@pytest.mark.parametrize(("setting", "expected"), [("", True), ("1", False)])
def test_load_dotenv_defaults(app: Flask, setting: str, expected: bool) -> None:
    """A group tells whether default files are read, which ``FLASK_SKIP_DOTENV`` forbids."""
    os.environ["FLASK_SKIP_DOTENV"] = setting

    with group_of(app).make_context("shop", ["greet"]) as ctx:
        assert ctx.obj.load_dotenv_defaults is expected


# Functions


def test_load_dotenv() -> None:
    """Values of ``.env`` go before those of ``.flaskenv``, and the environment before both."""
    Path(".flaskenv").write_text("DOOR=flaskenv\nBELL=flaskenv\n")
    Path(".env").write_text("DOOR=env\nGATE=env\n")
    os.environ["GATE"] = "set"

    assert load_dotenv()
    assert [os.environ[name] for name in ("DOOR", "BELL", "GATE")] == ["env", "flaskenv", "set"]


def test_load_dotenv_path() -> None:
    """A file that is named goes before the default ones; one that is missing changes nothing."""
    Path(".env").write_text("DOOR=env\n")
    Path("own.txt").write_text("DOOR=own\n")

    assert load_dotenv(path="own.txt")
    assert os.environ["DOOR"] == "own"
    assert not load_dotenv(path="missing.txt", load_defaults=False)


def test_load_dotenv_load_defaults() -> None:
    """The default files may be left alone."""
    Path(".env").write_text("DOOR=env\n")

    assert not load_dotenv(load_defaults=False)
    assert "DOOR" not in os.environ


def test_with_appcontext(app: Flask) -> None:
    """The callback of a command that is not on the application runs in its context."""

    @click.command()
    @with_appcontext
    def price() -> None:
        """Tell the price."""
        click.echo(current_app.name)

    assert run(price, obj=info_of(app)) == "shop\n"
    assert price.help == "Tell the price."


def test_with_appcontext_f(app: Flask) -> None:
    """The callback gets its arguments."""

    def price(of: str) -> None:
        click.echo(f"{current_app.name} {of}")

    command = click.Command(
        "price", callback=with_appcontext(f=price), params=[click.Argument(["of"])]
    )

    assert run(command, "pen", obj=info_of(app)) == "shop pen\n"


def test_pass_script_info(app: Flask) -> None:
    """The callback gets the invocation's ``ScriptInfo``."""
    assert run(with_script_info(), obj=info_of(app)) == "shop\n"


def test_pass_script_info_f(app: Flask) -> None:
    """It comes before the callback's other arguments."""

    def price(info: ScriptInfo, of: str) -> None:
        click.echo(f"{info.load_app().name} {of}")

    command = click.Command(
        "price", callback=pass_script_info(f=price), params=[click.Argument(["of"])]
    )

    assert run(command, "pen", obj=info_of(app)) == "shop pen\n"


# Commands


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the development server would have been started with."""
    seen: dict[str, Any] = {}

    def start(hostname: str, port: int, application: Any, **options: Any) -> None:
        seen.update(options, hostname=hostname, port=port, application=application)

    monkeypatch.setattr(flask.cli, "run_simple", start)
    return seen


def test_run_command(app: Flask, served: dict[str, Any]) -> None:
    """In debug mode the application is served with reloader and debugger."""
    run(group_of(app), "--debug", "run", "--port", "0")

    assert served["application"] is app
    assert (served["hostname"], served["port"]) == ("127.0.0.1", 0)
    assert served["use_reloader"] is served["use_debugger"] is served["threaded"] is True


def call(command: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Call a command object as a program does, which ends by leaving Python."""
    with pytest.raises(SystemExit) as end:
        command(*args, **kwargs)
    assert end.value.code == 0


def test_run_command_args(app: Flask, served: dict[str, Any]) -> None:
    """Called like a function, the command takes a command line."""
    os.environ["FLASK_APP"] = "unused"

    call(run_command, ["--port", "0", "--no-reload"], "run", obj=info_of(app))

    assert served["application"] is app
    assert served["use_reloader"] is False


def test_run_command_kwargs(app: Flask, served: dict[str, Any]) -> None:
    """Keywords are those of a Click command's ``main``."""
    call(run_command, args=["--port", "0"], obj=info_of(app))

    assert served["application"] is app


def test_shell_command(app: Flask) -> None:
    """The shell knows the application and what its processors add."""
    app.shell_context_processor(lambda: {"price": 7})

    output = run(group_of(app), "shell", input="print(app.name, price, g)\n")

    assert "shop 7 <flask.g of 'shop'>" in output


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The lines that someone types into the shell; then they leave it."""
    lines: list[str] = []

    def type_in(prompt: str = "") -> str:
        if lines:
            return lines.pop(0)
        raise EOFError

    monkeypatch.setattr("builtins.input", type_in)
    return lines


def test_shell_command_args(
    app: Flask, typed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Called like a function, the command takes a command line."""
    typed.append("print('in', app.name)")

    call(shell_command, [], obj=info_of(app))

    assert "in shop" in capsys.readouterr().out


def test_shell_command_kwargs(
    app: Flask, typed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Keywords are those of a Click command's ``main``."""
    typed.append("print('in', app.name)")

    call(shell_command, args=[], obj=info_of(app))

    assert "in shop" in capsys.readouterr().out


def test_routes_command(app: Flask) -> None:
    """The routes are listed with endpoint and methods."""
    app.add_url_rule("/item/<int:number>", "item", methods=["PUT"])

    lines = [line.split() for line in run(group_of(app), "routes").splitlines()]

    assert ["item", "PUT", "/item/<int:number>"] in lines


# Options of the ``flask`` program, and what the page does not list


def test_option_app(wares: str) -> None:
    """``-A`` and ``--app`` name the application, before or as part of the command line."""
    Path("wsgi.py").write_text("from flask import Flask\napp = Flask('beside')\n")

    for option in ("-A", "--app"):
        assert "wares" in run(FlaskGroup(), option, f"{wares}:goods", "shell", input="app.name\n")


@pytest.mark.parametrize(("option", "debug"), [("--debug", True), ("--no-debug", False)])
def test_option_debug(app: Flask, option: str, debug: bool) -> None:
    """``--debug`` and ``--no-debug`` go before ``FLASK_DEBUG``."""
    os.environ["FLASK_DEBUG"] = str(not debug)

    assert run(group_of(app), option, "tell") == f"debug={debug} door=None\n"


@pytest.mark.parametrize("option", ["-e", "--env-file"])
def test_option_env_file(app: Flask, option: str) -> None:
    """A file that is named goes before the default ones."""
    Path(".env").write_text("DOOR=env\n")
    Path("own.txt").write_text("DOOR=own\n")

    assert run(group_of(app), option, "own.txt", "tell") == "debug=False door=own\n"


def test_option_version() -> None:
    """``--version`` tells the versions and ends."""
    assert "Flask 3.1.3\n" in run(FlaskGroup(), "--version")


def test_load_app(app: Flask) -> None:
    """The application is loaded once; when there is none, the error says so."""
    info = info_of(app)

    assert info.load_app() is info.load_app() is app
    with pytest.raises(NoAppException):
        ScriptInfo().load_app()


def test_no_app_exception() -> None:
    """The error is shown to the user as one of usage."""
    result = CliRunner().invoke(FlaskGroup(), ["--app", "reference_missing", "shell"])

    assert result.exit_code == 2
    assert "reference_missing" in result.output
    assert issubclass(NoAppException, click.UsageError)
    assert NoAppException("none").message == "none"


def test_set_debug_flag(app: Flask) -> None:
    """Whether the debug mode follows the environment can be set until the application is loaded."""
    os.environ["FLASK_DEBUG"] = "1"
    info = info_of(app)
    assert info.set_debug_flag

    info.set_debug_flag = False

    assert not info.load_app().debug
