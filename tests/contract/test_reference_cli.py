"""The reference's part on the command line: groups of commands."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from contract.commanding import group_of, info_of, own_process, run, with_commands
from flask import Flask, current_app
from flask.cli import (
    AppGroup,
    FlaskGroup,
    ScriptInfo,
    run_command,
)


@pytest.fixture(autouse=True)
def _own_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    with own_process(monkeypatch, tmp_path):
        yield


@pytest.fixture
def app(app: Flask) -> Flask:
    return with_commands(app)


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


def test_group(app: Flask) -> None:
    """A group inside the application's is of the same kind."""

    @app.cli.group()
    def stock() -> None:
        pass

    @stock.command()
    def count() -> None:
        click.echo(current_app.name)

    assert isinstance(stock, AppGroup)
    assert run(group_of(app), "stock", "count") == "shop\n"


def test_group_args(app: Flask) -> None:
    """Arguments are those of Click's decorator: first the name."""
    made = app.cli.group("stock")(lambda: None)

    assert app.cli.commands["stock"] is made


def test_group_kwargs(app: Flask) -> None:
    """Keywords are those of Click's decorator; another class may be chosen."""
    made = app.cli.group("stock", cls=click.Group, help="Counts.")(lambda: None)

    assert type(made) is click.Group
    assert made.help == "Counts."
