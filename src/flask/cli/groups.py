"""Which commands are there, and in whose context do they run? The ``flask`` program itself.

``AppGroup`` is what ``app.cli`` and ``blueprint.cli`` are; ``FlaskGroup`` adds the
stock commands, those of plugins, and those of the application it loads.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast, overload

import click

from flask.cli.commands import routes_command, shell_command
from flask.cli.discovery import NoAppException, ScriptInfo, with_appcontext
from flask.cli.environment import _app_option, _debug_option, _env_file_option, version_option
from flask.cli.run import run_command
from flask.globals import current_app
from flask.helpers import get_load_dotenv

if TYPE_CHECKING:
    from flask.app import Flask


class AppGroup(click.Group):
    """A Click group whose commands run in the application's context.

    Pass ``with_appcontext=False`` to ``command`` for one that does not need it.
    """

    @overload
    def command(self, f: Callable[..., Any], /) -> click.Command: ...
    @overload
    def command(
        self, *args: Any, **kwargs: Any
    ) -> Callable[[Callable[..., Any]], click.Command]: ...
    def command(self, *args: Any, **kwargs: Any) -> Any:
        """Decorate a function as ``click.Group.command`` does, to run in the app's context."""
        if len(args) == 1 and callable(args[0]):
            return self.command(**kwargs)(args[0])
        decorate = super().command
        in_context = kwargs.pop("with_appcontext", True)

        def register(f: Callable[..., Any]) -> click.Command:
            callback = with_appcontext(f) if in_context else f
            return cast("click.Command", decorate(*args, **kwargs)(callback))

        return register

    @overload
    def group(self, f: Callable[..., Any], /) -> click.Group: ...
    @overload
    def group(self, *args: Any, **kwargs: Any) -> Callable[[Callable[..., Any]], click.Group]: ...
    def group(self, *args: Any, **kwargs: Any) -> Any:
        """Decorate a function as ``click.Group.group`` does, making an ``AppGroup``."""
        kwargs.setdefault("cls", AppGroup)
        if len(args) == 1 and callable(args[0]):
            return self.group(**kwargs)(args[0])
        return super().group(*args, **kwargs)


class FlaskGroup(AppGroup):
    """The command line of an application that is found, or made, when it is needed.

    Args:
        add_default_commands: Whether to have ``run``, ``shell`` and ``routes``.
        create_app: Called without arguments to make the application, instead of
            looking for one.
        add_version_option: Whether to have ``--version``.
        load_dotenv: Whether to read ``.env`` and ``.flaskenv``.
        set_debug_flag: Whether the application's ``debug`` follows ``FLASK_DEBUG``.
        extra: What ``click.Group`` takes.
    """

    def __init__(
        self,
        add_default_commands: bool = True,
        create_app: Callable[..., Flask] | None = None,
        add_version_option: bool = True,
        load_dotenv: bool = True,
        set_debug_flag: bool = True,
        **extra: Any,
    ) -> None:
        params = [*(extra.pop("params", None) or ()), _env_file_option, _app_option, _debug_option]
        if add_version_option:
            params.append(version_option)
        settings = {"auto_envvar_prefix": "FLASK", **(extra.pop("context_settings", None) or {})}
        super().__init__(params=params, context_settings=settings, **extra)

        self.create_app = create_app
        self.load_dotenv = load_dotenv
        self.set_debug_flag = set_debug_flag
        self._loaded_plugin_commands = False
        if add_default_commands:
            for command in (run_command, shell_command, routes_command):
                self.add_command(command)

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Start an invocation: parse the arguments around a fresh ``ScriptInfo``."""
        # Read by app.run(), which must not start a server under a command.
        os.environ["FLASK_RUN_FROM_CLI"] = "true"
        if "obj" not in extra and "obj" not in self.context_settings:
            extra["obj"] = ScriptInfo(
                create_app=self.create_app,
                set_debug_flag=self.set_debug_flag,
                load_dotenv_defaults=get_load_dotenv(self.load_dotenv),
            )
        return super().make_context(info_name, args, parent=parent, **extra)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the options, those that name the application before a help text."""
        asks_for_help = not set(args).isdisjoint(self.get_help_option_names(ctx))
        if asks_for_help or (not args and self.no_args_is_help):
            given, _, _ = self.make_parser(ctx).parse_args(list(args))
            for option in (_env_file_option, _app_option):
                option.handle_parse_result(ctx, given, [])
        try:
            return super().parse_args(ctx, args)
        except BaseException:
            ctx.close()  # listing an application's commands for a help text pushed its context
            raise

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Find a command: the group's own or a plugin's first, then the application's.

        The application is only loaded for its own commands, so that ``flask run`` can
        report, in debug mode on a page, why it does not load.
        """
        self._load_plugin_commands()
        command = super().get_command(ctx, name)
        if command is not None:
            return command
        try:
            app = ctx.ensure_object(ScriptInfo).load_app()
        except NoAppException as error:
            _report(f"Error: {error.format_message()}\n")
            return None
        if not (current_app and current_app == app):
            ctx.with_resource(app.app_context())
        return app.cli.get_command(ctx, name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands of the group, of plugins and of the application, sorted.

        An application that does not load is reported on stderr and left out, because
        the help text must still appear.
        """
        self._load_plugin_commands()
        names = set(super().list_commands(ctx))
        try:
            names.update(ctx.ensure_object(ScriptInfo).load_app().cli.list_commands(ctx))
        except NoAppException as error:
            _report(f"Error: {error.format_message()}\n")
        except Exception:  # noqa: BLE001 - the application's own, of whatever kind
            _report(traceback.format_exc() + "\n")
        return sorted(names)

    def _load_plugin_commands(self) -> None:
        """Add the commands that installed distributions offer under ``flask.commands``."""
        if self._loaded_plugin_commands:
            return
        import importlib.metadata  # noqa: PLC0415 - start-up time: not for app.cli

        for entry_point in importlib.metadata.entry_points(group="flask.commands"):
            self.add_command(entry_point.load(), entry_point.name)
        self._loaded_plugin_commands = True


def _report(text: str) -> None:
    click.secho(text, err=True, fg="red")


cli = FlaskGroup(
    name="flask",
    help="""\
Commands for Flask applications.

The application is named by '--app' or the environment variable 'FLASK_APP', or
is the one in 'wsgi.py' or 'app.py' in the current directory.
""",
)


def main() -> None:
    """Run the ``flask`` program."""
    cli.main()
