"""Commands may be coroutine functions: what holds for plain ones holds for them."""

from __future__ import annotations

import asyncio
import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from flask import Blueprint, Flask, current_app, g, has_app_context
from flask.cli import AppGroup, ScriptInfo, with_appcontext

FLASK = str(Path(sys.executable).with_name("flask"))

APP = """\
import asyncio
import click
from flask import Flask, current_app

app = Flask(__name__)

@app.teardown_appcontext
def teardown(error):
    print("teardown", type(error).__name__, flush=True)

@app.cli.command()
async def wait():
    try:
        print("waiting", flush=True)
        await asyncio.Event().wait()
    finally:
        print("tidied up in", current_app.import_name, flush=True)

@app.cli.command()
async def leave():
    app.left = asyncio.create_task(wait.callback.__wrapped__())
    await asyncio.sleep(0)

@app.cli.command()
async def fall():
    await asyncio.sleep(0)
    raise ValueError("fallen")
"""


def test_async_commands_run_to_their_end(app: Flask) -> None:
    """They wait on a loop, in the application's context, with Click's options and context."""

    @app.cli.command()
    @click.argument("name")
    @click.option("--times", type=int, default=1)
    @click.pass_context
    async def greet(ctx: click.Context, name: str, times: int) -> None:
        g.greeting = "hello"
        await asyncio.sleep(0)
        assert click.get_current_context() is ctx
        click.echo(f"{current_app.name}: {g.greeting} {name} " * times)

    result = app.test_cli_runner().invoke(args=["greet", "Ada", "--times", "2"])

    assert result.output == "shop: hello Ada shop: hello Ada \n"


def test_async_commands_of_blueprints(app: Flask) -> None:
    """``blueprint.cli`` takes them as ``app.cli`` does."""
    blueprint = Blueprint("users", __name__)

    @blueprint.cli.command()
    async def count() -> None:
        await asyncio.sleep(0)
        click.echo(current_app.name)

    app.register_blueprint(blueprint)

    assert app.test_cli_runner().invoke(args=["users", "count"]).output == "shop\n"


def test_async_groups(app: Flask) -> None:
    """A group's async callback runs in the context that its commands have, too."""

    @app.cli.group()
    @click.option("--tenant")
    async def data(tenant: str) -> None:
        await asyncio.sleep(0)
        g.tenant = tenant

    @data.command()
    async def load() -> None:
        click.echo(f"{current_app.name} of {g.tenant}")

    result = app.test_cli_runner().invoke(args=["data", "--tenant", "north", "load"])

    assert result.output == "shop of north\n"


@pytest.mark.parametrize("with_context", [None, click.pass_context], ids=["plain", "pass_context"])
def test_with_appcontext_runs_coroutine_functions(
    app: Flask, runner: CliRunner, with_context: Any
) -> None:
    """The decorator alone is enough, above or below other decorators."""

    async def name(*_: Any) -> None:
        await asyncio.sleep(0)
        click.echo(current_app.name)

    command = click.command()(with_appcontext(with_context(name) if with_context else name))

    assert runner.invoke(command, obj=ScriptInfo(create_app=lambda: app)).output == "shop\n"


def test_context_can_be_declined_by_async_commands(runner: CliRunner) -> None:
    """``with_appcontext=False`` runs an async command without any application."""
    group = AppGroup("group")

    @group.command(with_appcontext=False)
    async def alone() -> None:
        await asyncio.sleep(0)
        click.echo(has_app_context())

    assert runner.invoke(group, ["alone"]).output == "False\n"


def test_the_applications_ensure_sync_runs_them(app: Flask) -> None:
    """An override sees the command's function, and runs it as it likes."""
    seen: list[str] = []

    class Own(Flask):
        def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
            seen.append(func.__name__)
            return lambda *args: asyncio.run(func(*args))

    app = Own("own")

    @app.cli.command()
    @click.pass_context
    async def waits(ctx: click.Context) -> None:
        await asyncio.sleep(0)
        click.echo("done")

    @app.cli.command()
    def plain() -> None: ...

    assert app.test_cli_runner().invoke(args=["waits"]).output == "done\n"
    app.test_cli_runner().invoke(args=["plain"])
    assert seen == ["waits"]


@pytest.mark.parametrize(
    ("end", "status", "output"),
    [
        (lambda: click.get_current_context().exit(3), 3, ""),
        (lambda: sys.exit(4), 4, ""),
        (lambda: throw(click.ClickException("no")), 1, "Error: no\n"),
        (lambda: throw(click.Abort()), 1, "Aborted!\n"),
        (lambda: throw(click.BadParameter("odd", param_hint="--times")), 2, "for --times: odd\n"),
    ],
    ids=["exit", "sys.exit", "exception", "abort", "usage"],
)
def test_exit_codes(app: Flask, end: Callable[[], Any], status: int, output: str) -> None:
    """An async command ends the program as a plain one does, at any of its steps."""

    @app.cli.command()
    async def ends() -> None:
        await asyncio.sleep(0)
        end()

    result = app.test_cli_runner().invoke(args=["ends"])

    assert result.exit_code == status
    assert result.output.endswith(output)


def throw(error: Exception) -> None:
    raise error


def test_errors_reach_the_caller(app: Flask) -> None:
    """An error of the coroutine is the command's; teardown functions see it as a function's.

    That is, they do with Click 8.2 and newer.
    """
    seen: list[type] = []
    app.teardown_appcontext(lambda error: seen.append(type(error)))

    @app.cli.command()
    async def fall() -> None:
        await asyncio.sleep(0)
        raise ValueError("fallen")

    @app.cli.command()
    def stumble() -> None:
        raise ValueError("stumbled")

    result = app.test_cli_runner().invoke(args=["fall"])
    app.test_cli_runner().invoke(args=["stumble"])

    assert isinstance(result.exception, ValueError)
    assert seen[0] is seen[1]


def test_they_run_where_a_loop_runs_already(app: Flask) -> None:
    """In an async test a helper thread's loop runs them, with Click's context."""

    @app.cli.command()
    async def name() -> None:
        await asyncio.sleep(0)
        click.echo(f"{click.get_current_context().info_name} {current_app.name}")

    async def test() -> str:
        return app.test_cli_runner().invoke(args=["name"]).output

    assert asyncio.run(test()) == "name shop\n"


def test_what_runs_its_coroutine_itself_is_left_alone(app: Flask) -> None:
    """A decorator that calls ``asyncio.run``, as Flask 3.1.3 needs it, works on."""

    def with_own_loop(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            return asyncio.run(function(*args, **kwargs))

        return run

    @app.cli.command()
    @with_own_loop
    async def name() -> None:
        click.echo(current_app.name)

    assert app.test_cli_runner().invoke(args=["name"]).output == "shop\n"


def test_what_a_plain_command_returns_is_left_alone(app: Flask) -> None:
    """A coroutine that a plain function returns is its caller's to await."""

    async def answer() -> int:
        return 42

    @app.cli.command()
    def begin() -> Any:
        return answer()

    result = app.test_cli_runner().invoke(args=["begin"], standalone_mode=False)

    assert asyncio.run(result.return_value) == 42


def test_result_callbacks_take_coroutines(app: Flask) -> None:
    """A group that runs the coroutines of its commands itself, as it must on 3.1.3, goes on so."""

    @app.cli.group()
    def data() -> None: ...

    @data.result_callback()
    def run(rv: Any) -> None:
        click.echo(asyncio.run(rv))

    @data.command()
    async def count() -> int:
        return 42

    assert app.test_cli_runner().invoke(args=["data", "count"]).output == "42\n"


def test_without_a_command_line_the_coroutine_is_awaited() -> None:
    """A test may await the function of a command that needs no application."""
    group = AppGroup("group")

    @group.command(with_appcontext=False)
    async def answer() -> int:
        return 42

    assert answer.callback is not None
    assert asyncio.run(answer.callback()) == 42


def test_interrupted_command_tidies_up(project: Any, terminal: Any) -> None:
    """At Ctrl-C its ``finally`` runs, still in the application's context; then it is aborted."""
    project.write("app.py", APP)
    process = terminal(FLASK, "wait")
    process.wait_for(r"waiting\r\n")
    process.type("\x03")

    assert process.wait() == 1
    words = process.output.replace("^C", " ").split()
    assert words[-2] in {"KeyboardInterrupt", "NoneType"}  # the latter before Click 8.2
    assert " ".join([*words[:-2], words[-1]]) == "waiting tidied up in app teardown Aborted!"


def test_tasks_left_behind_are_cancelled(project: Any) -> None:
    """A task that nobody awaited is cancelled when the program ends, as those of views are."""
    project.write("app.py", APP)
    result = project.run("leave")

    assert result.stdout == "waiting\nteardown NoneType\ntidied up in app\n"
    assert (result.returncode, result.stderr) == (0, "")


def test_errors_are_reported_without_frames_of_the_loop(project: Any) -> None:
    """The traceback begins in the command, not in asyncio."""
    project.write("app.py", APP)
    lines = project.run("fall").stderr.splitlines()

    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1].endswith(", in fall")
    assert lines[-1] == "ValueError: fallen"
