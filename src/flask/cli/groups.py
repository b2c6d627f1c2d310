"""Which commands are there, and in whose context do they run? The ``flask`` program itself.

``AppGroup`` is what ``app.cli`` and ``blueprint.cli`` are; ``FlaskGroup`` adds the
stock commands, those of plugins, and those of the application it loads.
"""

from __future__ import annotations

import contextlib
import difflib
import inspect
import io
import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast, overload

import click
from click.core import ParameterSource

from flask.cli.colors import wanted_colors
from flask.cli.commands import routes_command, shell_command
from flask.cli.discovery import NoAppException, ScriptInfo, running_to_end, with_appcontext
from flask.cli.environment import _app_option, _debug_option, _env_file_option, version_option
from flask.cli.plugins import load_plugins
from flask.cli.reports import format_for_user, report_users_frames_only
from flask.cli.run import run_command
from flask.coroutines import is_coroutine_function
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
        """Decorate a function as ``click.Group.command`` does, to run in the app's context.

        It may be a coroutine function, which is run to its end. Since: 3.1.3+dewar.2.
        """
        if len(args) == 1 and callable(args[0]):
            return self.command(**kwargs)(args[0])
        decorate = super().command
        in_context = kwargs.pop("with_appcontext", True)

        def register(f: Callable[..., Any]) -> click.Command:
            callback = with_appcontext(f) if in_context else running_to_end(f)
            return cast("click.Command", decorate(*args, **kwargs)(callback))

        return register

    @overload
    def group(self, f: Callable[..., Any], /) -> click.Group: ...
    @overload
    def group(self, *args: Any, **kwargs: Any) -> Callable[[Callable[..., Any]], click.Group]: ...
    def group(self, *args: Any, **kwargs: Any) -> Any:
        """Decorate a function as ``click.Group.group`` does, making an ``AppGroup``.

        A coroutine function runs in the app's context, too. Since: 3.1.3+dewar.2.
        """
        kwargs.setdefault("cls", AppGroup)
        if len(args) == 1 and callable(args[0]):
            return self.group(**kwargs)(args[0])
        decorate = super().group

        def register(f: Callable[..., Any]) -> click.Group:
            is_async = is_coroutine_function(inspect.unwrap(f))
            return cast(
                "click.Group", decorate(*args, **kwargs)(with_appcontext(f) if is_async else f)
            )

        return register


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

    def main(self, args: Sequence[str] | None = None, *more: Any, **extra: Any) -> Any:
        """Run the group as a program: with the process's arguments, unless others are given.

        As a program it ends with an error of the user's shown from their code on. Whoever
        gives arguments, as tests do, wants the error itself.
        """
        try:
            return super().main(args, *more, **extra)
        except Exception as error:
            if args is None:
                report_users_frames_only(error)
            raise

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
        if "color" not in self.context_settings:
            extra.setdefault("color", wanted_colors())
        with _naming_variables():
            return super().make_context(info_name, args, parent=parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that the arguments name."""
        with _naming_variables():
            return super().invoke(ctx)

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
        load = _load_app_quietly if ctx.resilient_parsing else _load_app_or_say_why_not
        app = load(ctx)
        if app is None:
            return None
        if not (current_app and current_app == app):
            ctx.with_resource(app.app_context())
        return app.cli.get_command(ctx, name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the arguments name, or suggest one that is called nearly so."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            app = ctx.ensure_object(ScriptInfo)._loaded_app
            if app is not None and error.message == f"No such command {args[0]!r}.":
                names = {*self.commands, *app.cli.list_commands(ctx)}
                near = difflib.get_close_matches(args[0], sorted(names))
                if near and hasattr(error, "possibilities"):
                    error.possibilities = near  # Click 8.4 and newer writes them out
                elif near:
                    suggestion = f"{error.message} Did you mean {near[0]!r}?"
                    raise click.UsageError(suggestion, ctx) from None
            raise

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands of the group, of plugins and of the application, sorted.

        An application that does not load is reported on stderr and left out, because
        the help text must still appear; while completing, nothing is reported.
        """
        self._load_plugin_commands()
        names = set(super().list_commands(ctx))
        if ctx.resilient_parsing:
            app = _load_app_quietly(ctx)
        else:
            try:
                app = _load_app_or_say_why_not(ctx)
            except Exception as error:  # noqa: BLE001 - the application's own, of whatever kind
                _report(format_for_user(error))
                app = None
        if app is not None:
            names.update(app.cli.list_commands(ctx))
        return sorted(names)

    def _load_plugin_commands(self) -> None:
        """Add the commands that installed distributions offer under ``flask.commands``."""
        if self._loaded_plugin_commands:
            return
        for name, command, is_usable in load_plugins():
            if is_usable or name not in self.commands:
                self.add_command(command, name)
        self._loaded_plugin_commands = True


def _load_app_or_say_why_not(ctx: click.Context) -> Flask | None:
    try:
        return ctx.ensure_object(ScriptInfo).load_app()
    except NoAppException as error:
        _report(f"Error: {error.format_message()}\n")
        return None


def _load_app_quietly(ctx: click.Context) -> Flask | None:
    """Load the application for shell completion: what it prints would end up in the prompt."""
    silence = io.StringIO()
    with contextlib.redirect_stdout(silence), contextlib.redirect_stderr(silence):
        try:
            return ctx.ensure_object(ScriptInfo).load_app()
        except (Exception, SystemExit):  # noqa: BLE001 - no suggestion is better than a traceback
            return None


@contextlib.contextmanager
def _naming_variables() -> Iterator[None]:
    """Let the message about a wrong value name the environment variable that it is from."""
    try:
        yield
    except click.BadParameter as error:
        ctx, param = error.ctx, error.param
        if ctx is None or param is None or error.param_hint is not None:
            raise
        if ctx.get_parameter_source(str(param.name)) is ParameterSource.ENVIRONMENT:
            variable = param.envvar or f"{ctx.auto_envvar_prefix}_{str(param.name).upper()}"
            error.param_hint = f"{param.get_error_hint(ctx)} (environment variable {variable!r})"
        raise


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
