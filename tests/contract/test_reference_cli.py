"""The reference's part on the command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import werkzeug.serving
from click.testing import CliRunner

from flask import Flask, current_app
from flask.cli import (
    AppGroup,
    FlaskGroup,
    ScriptInfo,
    load_dotenv,
    pass_script_info,
    run_command,
    shell_command,
    with_appcontext,
)


@pytest.fixture(autouse=True)
def _own_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Start in an empty folder without settings, and undo what commands do to the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delattr(sys, "__interactivehook__", raising=False)
    before = dict(os.environ)
    for name in before:
        if name.startswith(("FLASK_", "WERKZEUG_", "PYTHONSTARTUP")):
            del os.environ[name]
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def app(app: Flask) -> Flask:
    """The shop, with commands that greet, and tell its debug mode and an environment variable."""

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


# FlaskGroup


def test_flask_group() -> None:
    """A group of its own has the stock commands and finds the application it is told of."""
    Path("wares.py").write_text("from flask import Flask\napp = Flask('wares')\n")
    group = FlaskGroup()

    output = run(group, "--app", "wares", "routes")

    assert "/static/<path:filename>" in output
    assert {"run", "shell", "routes"} <= set(group.commands)


@pytest.mark.parametrize(("added", "names"), [(True, {"run", "shell", "routes"}), (False, set())])
def test_flask_group_add_default_commands(added: bool, names: set[str]) -> None:
    """The stock commands can be left out."""
    assert set(FlaskGroup(add_default_commands=added).commands) == names


def test_flask_group_create_app(app: Flask) -> None:
    """A function may make the application."""
    assert run(FlaskGroup(create_app=lambda: app), "greet", "Ada") == "shop greets Ada\n"


@pytest.mark.parametrize(("added", "status"), [(True, 0), (False, 2)])
def test_flask_group_add_version_option(added: bool, status: int) -> None:
    """The option ``--version`` can be left out."""
    result = CliRunner().invoke(FlaskGroup(add_version_option=added), ["--version"])

    assert result.exit_code == status
    assert ("Werkzeug" in result.output) is added


@pytest.mark.parametrize(("read", "door"), [(True, "open"), (False, None)])
def test_flask_group_load_dotenv(app: Flask, read: bool, door: str | None) -> None:
    """Environment variables come from ``.env``, unless that is turned off."""
    Path(".env").write_text("DOOR=open\n")

    output = run(group_of(app, load_dotenv=read), "tell")

    assert output == f"debug=False door={door}\n"


@pytest.mark.parametrize(("follows", "debug"), [(True, True), (False, False)])
def test_flask_group_set_debug_flag(app: Flask, follows: bool, debug: bool) -> None:
    """The application's debug mode follows the option, unless that is turned off."""
    output = run(group_of(app, set_debug_flag=follows), "--debug", "tell")

    assert output == f"debug={debug} door=None\n"


def test_flask_group_extra(app: Flask) -> None:
    """More options are those of a Click group."""
    assert "Manages the shop." in run(group_of(app, help="Manages the shop."), "--help")


@pytest.fixture
def context(app: Flask) -> Iterator[click.Context]:
    """The context of a group of an application."""
    with click.Context(group_of(app), obj=info_of(app)) as ctx:
        yield ctx


def test_get_command(context: click.Context) -> None:
    """The group's own commands are found, then the application's; of others there is none."""
    group = context.command
    assert isinstance(group, FlaskGroup)

    assert group.get_command(context, "run") is run_command
    found = group.get_command(context, "greet")
    assert found is not None
    assert found.name == "greet"
    assert group.get_command(context, "missing") is None


def test_get_command_ctx(context: click.Context, app: Flask) -> None:
    """The application is that of the context, and active while the context is."""
    other = FlaskGroup()

    found = other.get_command(ctx=context, name="greet")

    assert found is app.cli.commands["greet"]
    assert current_app == app


def test_get_command_name(app: Flask, context: click.Context) -> None:
    """A command is found by the name it was registered under."""
    app.cli.add_command(app.cli.commands["greet"], "hello")
    group = group_of(app)

    assert group.get_command(context, name="hello") is app.cli.commands["greet"]


def test_list_commands(app: Flask, context: click.Context) -> None:
    """The group's own and the application's commands are listed in order of their names."""
    names = group_of(app).list_commands(context)

    assert names == ["greet", "routes", "run", "shell", "tell"]


def test_list_commands_ctx(context: click.Context) -> None:
    """The application is that of the context."""
    assert FlaskGroup(add_default_commands=False).list_commands(ctx=context) == ["greet", "tell"]


def test_make_context(app: Flask) -> None:
    """An invocation gets a ``ScriptInfo`` that makes the application."""
    with group_of(app).make_context("shop", ["greet"]) as ctx:
        assert isinstance(ctx.obj, ScriptInfo)
        assert ctx.obj.load_app() is app


def test_make_context_info_name(app: Flask) -> None:
    """The name is the program's in usage messages."""
    with group_of(app).make_context(info_name="my-shop", args=["greet"]) as ctx:
        assert ctx.command_path == "my-shop"


def test_make_context_args(app: Flask) -> None:
    """The arguments are parsed: the group's options, then the command's name."""
    with group_of(app).make_context("shop", args=["--debug", "greet"]):
        assert os.environ["FLASK_DEBUG"] == "1"


def test_make_context_parent(app: Flask) -> None:
    """An invocation may happen inside another."""
    with (
        click.Context(click.Group("all"), info_name="all") as parent,
        group_of(app).make_context("shop", ["greet"], parent=parent) as ctx,
    ):
        assert ctx.parent is parent
        assert ctx.command_path == "all shop"


def test_make_context_extra(app: Flask) -> None:
    """More options are those of a Click context; an ``obj`` stays as it is."""
    info = info_of(app)

    with FlaskGroup().make_context("shop", ["greet"], obj=info, color=True) as ctx:
        assert ctx.obj is info
        assert ctx.color is True


# AppGroup


def hello(app: Flask, **options: Any) -> AppGroup:
    """A group on the application, with a command that greets."""
    group = AppGroup("say", **options)

    @group.command()
    def greet() -> str:
        click.echo(f"hello from {current_app.import_name}")
        return "greeted"

    app.cli.add_command(group)
    return group


def test_app_group(app: Flask) -> None:
    """Commands of a group run in the application's context."""
    hello(app)

    assert run(group_of(app), "say", "greet") == "hello from shop\n"


def test_app_group_name() -> None:
    """The group has a name to be called by."""
    assert AppGroup(name="say").name == "say"


def test_app_group_commands(app: Flask) -> None:
    """Ready commands can be given to the group, by name."""
    group = AppGroup(commands={"hello": app.cli.commands["greet"]})

    assert run(group, "hello", obj=info_of(app)) == "shop greets you\n"


def test_app_group_invoke_without_command() -> None:
    """The group's own function may run when no command is named."""
    group = AppGroup(invoke_without_command=True, callback=lambda: click.echo("alone"))

    assert run(group) == "alone\n"


@pytest.mark.parametrize(("helps", "shown"), [(True, True), (False, False)])
def test_app_group_no_args_is_help(helps: bool, shown: bool) -> None:
    """Called without arguments, the group shows its help, or says that a command is missing."""
    result = CliRunner().invoke(AppGroup("say", no_args_is_help=helps), [])

    assert ("--help" in result.output.splitlines()[-1]) is shown


def test_app_group_subcommand_metavar() -> None:
    """The usage message may name the commands in another way."""
    assert "Usage: say [OPTIONS] WHAT" in run(AppGroup("say", subcommand_metavar="WHAT"), "--help")


def test_app_group_chain(app: Flask) -> None:
    """Several commands can be named in one line."""
    group = hello(app, chain=True)

    assert run(group, "greet", "greet", obj=info_of(app)) == "hello from shop\n" * 2


def test_app_group_result_callback(app: Flask) -> None:
    """What a command returns can be worked on."""
    group = hello(app, result_callback=lambda result: click.echo(result.upper()))

    assert run(group, "greet", obj=info_of(app)) == "hello from shop\nGREETED\n"


def test_app_group_kwargs() -> None:
    """More options are those of a Click command."""
    assert "Says something." in run(AppGroup("say", help="Says something."), "--help")


def test_command(app: Flask) -> None:
    """A command runs in the application's context without further ado."""

    @app.cli.command()
    def price() -> None:
        click.echo(current_app.name)

    assert isinstance(price, click.Command)
    assert run(group_of(app), "price") == "shop\n"


def test_command_args(app: Flask) -> None:
    """Arguments are those of Click's decorator: first the name."""

    @app.cli.command("how-much")
    def price() -> None:
        click.echo(current_app.name)

    assert run(group_of(app), "how-much") == "shop\n"


def test_command_kwargs(app: Flask) -> None:
    """Keywords are those of Click's decorator, and whether the context is wanted."""
    group = AppGroup()

    @group.command(with_appcontext=False, help="Needs no shop.")
    def price() -> None:
        click.echo(bool(current_app))

    assert run(group, "price", obj=info_of(app)) == "False\n"
    assert "Needs no shop." in run(group, "price", "--help")


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

    monkeypatch.setattr(werkzeug.serving, "run_simple", start)
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
