from __future__ import annotations

import os
from contextvars import copy_context
from typing import Any

import click
import pytest
from click.testing import CliRunner

from flask import Blueprint, Flask, current_app, g, has_app_context
from flask.cli import AppGroup, FlaskGroup, ScriptInfo, cli, pass_script_info, with_appcontext


@pytest.fixture
def app() -> Flask:
    app = Flask("shop")

    @app.cli.command()
    def name() -> None:
        click.echo(f"{current_app.name} debug={app.debug}")

    return app


@pytest.fixture
def program(app: Flask) -> FlaskGroup:
    return FlaskGroup(create_app=lambda: app)


class TestAppGroup:
    def test_commands_have_a_context(self, runner: CliRunner, app: Flask) -> None:
        """Commands of a group and its subgroups run in the application's context."""
        group = AppGroup("group")

        @group.command()
        def direct() -> None:
            click.echo(current_app.name)

        @group.group()
        def sub() -> None: ...

        @sub.command("inner")
        def within() -> None:
            click.echo(current_app.name)

        info = ScriptInfo(create_app=lambda: app)
        assert isinstance(sub, AppGroup)
        assert runner.invoke(group, ["direct"], obj=info).output == "shop\n"
        assert runner.invoke(group, ["sub", "inner"], obj=info).output == "shop\n"

    def test_context_can_be_declined(self, runner: CliRunner) -> None:
        """``with_appcontext=False`` runs a command without loading any application."""
        group = AppGroup("group")

        @group.command(with_appcontext=False)
        def alone() -> None:
            click.echo(has_app_context())

        assert runner.invoke(group, ["alone"]).output == "False\n"

    def test_bare_decorators(self, runner: CliRunner, app: Flask) -> None:
        """The decorators work without parentheses, as Click's do."""
        group = AppGroup("group")

        @group.group
        def sub() -> None: ...

        @sub.command
        def inner() -> None:
            click.echo(current_app.name)

        result = runner.invoke(group, ["sub", "inner"], obj=ScriptInfo(create_app=lambda: app))
        assert result.output == "shop\n"

    def test_group_class_can_be_chosen(self) -> None:
        """A subgroup may be of another class."""
        plain = AppGroup("group").group("sub", cls=click.Group)(lambda: None)

        assert type(plain) is click.Group


class TestWithAppcontext:
    def test_around_options(self, runner: CliRunner, app: Flask) -> None:
        """The decorator may stand above a command's options."""

        @click.command()
        @with_appcontext
        @click.argument("word")
        def say(word: str) -> None:
            click.echo(f"{word} {current_app.name}")

        result = runner.invoke(say, ["hi"], obj=ScriptInfo(create_app=lambda: app))
        assert result.output == "hi shop\n"
        assert say.callback is not None
        assert say.callback.__name__ == "say"

    def test_keeps_an_active_context(self, runner: CliRunner, app: Flask) -> None:
        """A context that is already active is the one the command sees."""

        @click.command()
        @with_appcontext
        def say() -> None:
            click.echo(f"{current_app.name} {g.word}")

        with Flask("outer").app_context():
            g.word = "kept"
            result = runner.invoke(say, obj=ScriptInfo(create_app=lambda: app))

        assert result.output == "outer kept\n"

    def test_without_application(self, runner: CliRunner, project: Any) -> None:
        """When no application can be found the command ends with usage and exit status 2."""
        command = click.Command("say", callback=with_appcontext(lambda: None))

        result = runner.invoke(command)

        assert result.exit_code == 2
        assert "Error: Could not locate a Flask application." in result.output

    def test_pass_script_info(self, runner: CliRunner, app: Flask) -> None:
        """``pass_script_info`` hands over the invocation's info, or a new one."""
        command = click.Command(
            "say", callback=pass_script_info(lambda info: click.echo(info.data))
        )

        info = ScriptInfo(create_app=lambda: app)
        info.data["x"] = 1
        assert runner.invoke(command, obj=info).output == "{'x': 1}\n"
        assert runner.invoke(command).output == "{}\n"


class TestFlaskGroup:
    def test_application_commands(self, runner: CliRunner, program: FlaskGroup) -> None:
        """Commands registered on the application appear beside the stock ones."""
        assert runner.invoke(program, ["name"]).output == "shop debug=False\n"
        listing = runner.invoke(program, ["--help"]).output.partition("Commands:")[2]
        assert [line.split()[0] for line in listing.splitlines() if line] == [
            "name",
            "routes",
            "run",
            "shell",
        ]

    def test_context_is_the_applications(
        self, runner: CliRunner, app: Flask, program: FlaskGroup
    ) -> None:
        """A command of the application runs in its context, whatever is active around."""
        closed = []
        app.teardown_appcontext(closed.append)

        @app.cli.command(with_appcontext=False)
        def active() -> None:
            click.echo(current_app.name)

        @app.cli.command()
        @click.option("--word", callback=lambda ctx, param, value: current_app.name)
        def option(word: str) -> None:
            click.echo(word)

        with Flask("outer").app_context():
            assert runner.invoke(program, ["active"]).output == "shop\n"
        assert runner.invoke(program, ["option"]).output == "shop\n"
        assert closed == [None, None]

    def test_teardown_sees_the_error(
        self, runner: CliRunner, app: Flask, program: FlaskGroup
    ) -> None:
        """An error of a command reaches the context's teardown functions."""
        seen: list[Any] = []
        app.teardown_appcontext(seen.append)

        @app.cli.command()
        def fail() -> None:
            raise ValueError("no")

        result = runner.invoke(program, ["fail"])

        assert result.exit_code == 1
        # Click 8.1 closes a command's resources without telling them of its error.
        is_told = hasattr(click.Context, "_close_with_exception_info")
        assert seen == [result.exception if is_told else None]

    def test_blueprint_commands(self, runner: CliRunner, app: Flask, program: FlaskGroup) -> None:
        """A blueprint's commands are in a group of its name, of another name, or merged."""
        for name, options in (
            ("own", {}),
            ("named", {"cli_group": "other"}),
            ("merged", {"cli_group": None}),
        ):
            blueprint = Blueprint(name, __name__, **options)

            @blueprint.cli.command(f"{name}-command")
            def say() -> None:
                click.echo(current_app.name)

            app.register_blueprint(blueprint)

        for args in (["own", "own-command"], ["other", "named-command"], ["merged-command"]):
            assert runner.invoke(program, args).output == "shop\n"

    def test_stock_commands_come_first(
        self, runner: CliRunner, app: Flask, program: FlaskGroup
    ) -> None:
        """A stock command is not replaced by an application's, nor loads it."""
        app.cli.add_command(click.Command("run", callback=lambda: click.echo("the app's")))

        assert "--port" in runner.invoke(program, ["run", "--help"]).output

    def test_app_that_does_not_load(self, runner: CliRunner, project: Any) -> None:
        """Help appears with the reason; an application's command fails with it."""
        result = runner.invoke(cli, ["--app", "nowhere", "--help"])
        assert result.exit_code == 0
        assert "Error: Could not import 'nowhere'." in result.output
        assert "routes" in result.output

        result = runner.invoke(cli, ["--app", "nowhere", "unknown"])
        assert result.exit_code == 2
        assert "Error: Could not import 'nowhere'." in result.output
        assert "No such command 'unknown'." in result.output

        result = runner.invoke(cli, ["--app", "nowhere", "routes"])
        assert result.exit_code == 2
        assert "Error: Could not import 'nowhere'." in result.output

    def test_app_that_breaks(self, runner: CliRunner, project: Any) -> None:
        """A broken application shows its traceback beside the help, and breaks a command."""
        project.write("broken.py", "raise ValueError('broken')")

        result = runner.invoke(cli, ["--app", "broken", "--help"])
        assert result.exit_code == 0
        assert "ValueError: broken" in result.output

        result = runner.invoke(cli, ["--app", "broken", "unknown"])
        assert result.exit_code == 1
        assert isinstance(result.exception, ValueError)

    def test_no_arguments(self, runner: CliRunner, program: FlaskGroup) -> None:
        """Without arguments the help is shown."""
        result = runner.invoke(program, [])

        assert "Usage:" in result.output
        assert "name" in result.output

    @pytest.mark.parametrize("args", [["--help", "--app", "shop"], ["--app", "shop", "--help"]])
    def test_options_around_help(self, runner: CliRunner, project: Any, args: list[str]) -> None:
        """The help shows the application's commands, wherever the application is named."""
        project.write(
            "shop.py",
            "from flask import Flask\napp = Flask(__name__)\napp.cli.command('sell')(lambda: None)",
        )

        result = runner.invoke(cli, args)

        assert "sell" in result.output
        assert runner.invoke(cli, ["--help"], env={"FLASK_APP": "shop"}).output == result.output

    def test_app_by_environment(self, runner: CliRunner, project: Any) -> None:
        """FLASK_APP names the application, and ``--app`` wins over it."""
        for name in ("one", "two"):
            project.write(
                f"{name}.py",
                "import click\nfrom flask import Flask\napp = Flask(__name__)\n"
                "app.cli.command('name')(lambda: click.echo(app.name))",
            )

        assert runner.invoke(cli, ["name"], env={"FLASK_APP": "one"}).output == "one\n"
        assert runner.invoke(cli, ["-A", "two", "name"], env={"FLASK_APP": "one"}).output == "two\n"

    @pytest.mark.parametrize(
        ("args", "environ", "expected"),
        [
            ([], {}, False),
            ([], {"FLASK_DEBUG": "1"}, True),
            ([], {"FLASK_DEBUG": "false"}, False),
            (["--debug"], {}, True),
            (["--debug"], {"FLASK_DEBUG": "0"}, True),
            (["--no-debug"], {"FLASK_DEBUG": "1"}, False),
            ([], {"FLASK_ENV": "development"}, False),
        ],
    )
    def test_debug(
        self,
        runner: CliRunner,
        program: FlaskGroup,
        args: list[str],
        environ: dict[str, str],
        expected: bool,
    ) -> None:
        """Debug mode is what the option says, else FLASK_DEBUG, and not FLASK_ENV."""
        result = runner.invoke(program, [*args, "name"], env=environ)

        assert result.output == f"shop debug={expected}\n"

    def test_debug_option_sets_the_variable(self, runner: CliRunner, program: FlaskGroup) -> None:
        """The option is passed on to processes as FLASK_DEBUG, but a silent option is not."""
        runner.invoke(program, ["name"])
        assert "FLASK_DEBUG" not in os.environ

        runner.invoke(program, ["--no-debug", "name"])
        assert os.environ["FLASK_DEBUG"] == "0"

    def test_marks_the_process(self, program: FlaskGroup) -> None:
        """``app.run()`` can see that it is called below a command."""
        program.make_context("flask", ["routes"])

        assert os.environ["FLASK_RUN_FROM_CLI"] == "true"

    def test_own_program(self, runner: CliRunner) -> None:
        """A Click group of this class is a program with its own commands and text."""

        @click.group(cls=FlaskGroup, create_app=lambda: Flask("made"))
        def program() -> None:
            """Tend the shop."""

        @program.command()
        def name() -> None:
            click.echo(current_app.name)

        assert runner.invoke(program, ["name"]).output == "made\n"
        assert "Tend the shop." in runner.invoke(program, ["--help"]).output

    def test_parts_can_be_left_out(self, runner: CliRunner, app: Flask) -> None:
        """Stock commands, ``--version`` and the debug flag can be declined."""
        program = FlaskGroup(
            add_default_commands=False,
            add_version_option=False,
            create_app=lambda: app,
            set_debug_flag=False,
            load_dotenv=False,
            params=[click.Option(["--own"])],
            context_settings={"max_content_width": 60},
        )

        assert list(program.commands) == []
        assert [param.name for param in program.params] == ["own", "env_file", "app", "debug"]
        assert program.context_settings == {"max_content_width": 60, "auto_envvar_prefix": "FLASK"}
        assert runner.invoke(program, ["--version"]).exit_code == 2
        assert runner.invoke(program, ["--debug", "name"]).output == "shop debug=False\n"
        info = program.make_context("x", ["name"]).obj
        assert (info.set_debug_flag, info.load_dotenv_defaults) == (False, False)

    def test_given_info_is_kept(self, runner: CliRunner, app: Flask, project: Any) -> None:
        """An info passed as ``obj`` or in the context settings is the one that is used."""
        info = ScriptInfo(create_app=lambda: app)

        assert runner.invoke(cli, ["name"], obj=info).output == "shop debug=False\n"
        program = FlaskGroup(context_settings={"obj": info})
        assert runner.invoke(program, ["name"]).output == "shop debug=False\n"

    def test_nested_in_another_program(self, runner: CliRunner, program: FlaskGroup) -> None:
        """The group works as a part of a Click program that has an object of its own."""
        outer = click.Group("outer", commands={"inner": program})

        result = runner.invoke(outer, ["inner", "--debug", "name"], obj={})

        assert result.output == "shop debug=True\n"

    def test_plugins(self, runner: CliRunner, app: Flask, project: Any) -> None:
        """Installed distributions add commands by entry points, which win over the stock ones."""
        project.write(
            "plug-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: plug\nVersion: 1.0\n"
        )
        project.write(
            "plug-1.0.dist-info/entry_points.txt",
            "[flask.commands]\nplugged = plugged_module:say\nrun = plugged_module:say\n",
        )
        project.write(
            "plugged_module.py",
            "import click\nimport flask\n@click.command()\ndef say(): click.echo(flask.has_app_context())",
        )
        program = FlaskGroup(create_app=lambda: app)

        assert runner.invoke(program, ["plugged"]).output == "False\n"
        assert runner.invoke(program, ["run"]).output == "False\n"
        assert runner.invoke(program, ["--help"]).output.count("plugged") == 1

    def test_completion_knows_the_applications_commands(
        self, runner: CliRunner, program: FlaskGroup
    ) -> None:
        """Shell completion offers the application's commands and keeps quiet about versions."""
        # Click 8.1 does not close the contexts it makes for completion.
        result = copy_context().run(
            runner.invoke,
            program,
            [],
            prog_name="shop",
            env={
                "_SHOP_COMPLETE": "bash_complete",
                "COMP_WORDS": "shop --version n",
                "COMP_CWORD": "2",
            },
        )

        assert result.output == "plain,name\n"


class TestTestRunner:
    def test_uses_the_applications_group(self, app: Flask) -> None:
        """The test runner invokes the application's own commands in its context."""
        result = app.test_cli_runner().invoke(args=["name"])

        assert result.output == "shop debug=False\n"


@pytest.mark.parametrize(
    ("args", "status", "words"),
    [
        (["--app", "shop", "name"], 0, "shop\n"),
        (["--app", "shop", "unknown"], 2, "Error: No such command 'unknown'."),
        (["--app", "nowhere", "routes"], 2, "Error: Could not import 'nowhere'."),
        (["--app", "broken", "routes"], 1, "ValueError: broken"),
    ],
)
def test_exit_status(project: Any, args: list[str], status: int, words: str) -> None:
    """The installed program ends with 0 on success, 2 for wrong use, 1 for the user's errors."""
    project.write("broken.py", "raise ValueError('broken')")
    project.write(
        "shop.py",
        "import click\nfrom flask import Flask\napp = Flask(__name__)\n"
        "app.cli.command('name')(lambda: click.echo(app.name))",
    )

    result = project.run(*args)

    assert result.returncode == status
    assert words in result.stdout + result.stderr
