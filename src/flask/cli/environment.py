"""What do options and environment variables say, and which versions run here?

Holds ``.env`` loading, the options every Flask command line shares, the banner.
Called by the groups and by ``run``; the application itself is discovery's.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from flask.cli.colors import wanted_colors
from flask.cli.discovery import ScriptInfo

DOTENV_FILES = (".flaskenv", ".env")  # later ones win


def load_dotenv(path: str | os.PathLike[str] | None = None, load_defaults: bool = True) -> bool:
    """Set environment variables from env files, leaving alone those already set.

    Args:
        path: A file that takes precedence over ``.env``, as ``.env`` does over
            ``.flaskenv``. Ignored when there is no such file.
        load_defaults: Whether to look for ``.env`` and ``.flaskenv``, from the
            current directory upwards.

    Returns:
        Whether a file named any variable; False without python-dotenv.
    """
    files = _env_files(path, load_defaults)
    if not files and not path:
        return False  # PERF: and python-dotenv is not imported
    try:
        import dotenv  # noqa: PLC0415 - optional, and only needed when there are such files
    except ImportError:
        if path or any(Path(name).is_file() for name in DOTENV_FILES):
            _tip_at_dotenv()
        return False

    values: dict[str, str | None] = {}
    for file in files:
        values |= _read_env_file(file, dotenv.dotenv_values)
    for name, value in values.items():
        if value is not None:
            os.environ.setdefault(name, value)
    return bool(values)


def _env_files(path: str | os.PathLike[str] | None, load_defaults: bool) -> list[Path]:
    """List existing env files, the ones that win last."""
    files = [_find_upwards(name) for name in DOTENV_FILES] if load_defaults else []
    files.append(Path(path) if path else None)
    return [file for file in files if file is not None and file.is_file()]


def _find_upwards(name: str) -> Path | None:
    """Find a file in the current directory, or else in the nearest one above."""
    try:
        here = Path.cwd()
    except FileNotFoundError:  # deleted while the shell was in it
        return None
    return next(
        (folder / name for folder in (here, *here.parents) if (folder / name).is_file()), None
    )


def _read_env_file(file: Path, read: Callable[..., dict[str, str | None]]) -> dict[str, str | None]:
    """Read an env file; what is wrong with it is told with its name.

    Lines that are no assignments are left out, as python-dotenv does, with its warning.

    Raises:
        click.FileError: The file cannot be read, or is not in UTF-8.
    """

    def name_file(record: logging.LogRecord) -> bool:
        record.msg = f"{record.msg} of {str(file).replace('%', '%%')!r}"
        return True

    log = logging.getLogger("dotenv.main")
    log.addFilter(name_file)
    try:
        return read(file, encoding="utf-8")
    except UnicodeDecodeError as error:
        raise click.FileError(str(file), f"It is not in UTF-8: {error}.") from None
    except OSError as error:
        raise click.FileError(str(file), error.strerror or str(error)) from None
    finally:
        log.removeFilter(name_file)


def _tip_at_dotenv() -> None:
    if is_reloaded():
        return  # the process that started this one has said it
    click.secho(
        " * Tip: There are .env files present. Install python-dotenv to use them.",
        fg="yellow",
        err=True,
        color=wanted_colors(),
    )


def is_reloaded() -> bool:
    """Tell whether this process was started by the reloader of ``flask run``."""
    # PERF: same as werkzeug.serving.is_running_from_reloader, without importing a server.
    return os.environ.get("WERKZEUG_RUN_MAIN") == "true"


def legacy_debug_flag() -> bool:
    """Tell whether ``FLASK_ENV=development`` asks the development server for debug mode.

    Flask 1.x read it; 3.1 does not. It counts only for ``flask run`` and
    ``app.run()``, only while ``FLASK_DEBUG`` is silent, and with a notice on stderr.
    """
    if os.environ.get("FLASK_ENV") != "development" or os.environ.get("FLASK_DEBUG"):
        return False
    if not is_reloaded():
        click.secho(
            "DeprecationWarning: FLASK_ENV=development turned on debug mode, but the variable is"
            " no longer part of Flask. Use 'flask run --debug' or set FLASK_DEBUG=1 instead.",
            fg="yellow",
            err=True,
            color=wanted_colors(),
        )
    return True


def show_server_banner(debug: bool, app_import_path: str | None) -> None:
    """Print what is being served, by what, and in which mode; nothing after a reload."""
    if is_reloaded():
        return
    if app_import_path is not None:
        click.echo(f" * Serving Flask app '{app_import_path}'")
    click.echo(f" * Dewar {dewar_version()}")
    click.echo(f" * Debug mode: {'on' if debug else 'off'}")


def dewar_version() -> str:
    """Return the installed distribution's full version, for example ``3.1.3+dewar.2``."""
    import importlib.metadata  # noqa: PLC0415 - start-up time: few commands print it

    try:
        return importlib.metadata.version("flask")
    except importlib.metadata.PackageNotFoundError:
        return "(from a folder that is not installed)"


def get_version(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Print the versions and end the command, when ``--version`` was given."""
    if not value or ctx.resilient_parsing:
        return
    import importlib.metadata  # noqa: PLC0415 - start-up time: few commands print it

    version = dewar_version()
    click.echo(
        f"Python {platform.python_version()}\n"
        f"Flask {version.partition('+')[0]}\n"
        f"Werkzeug {importlib.metadata.version('werkzeug')}\n"
        f"Dewar {version}",
        color=ctx.color,
    )
    ctx.exit()


def _set_app(ctx: click.Context, param: click.Option, value: str | None) -> str | None:
    """Remember ``--app`` for whoever loads the application."""
    if value is None:
        return None
    ctx.ensure_object(ScriptInfo).app_import_path = value
    return value


def _set_debug(ctx: click.Context, param: click.Option, value: bool) -> bool | None:
    """Turn ``--debug`` or ``--no-debug`` into ``FLASK_DEBUG``, which the reloader's child inherits."""
    source = ctx.get_parameter_source(str(param.name))
    if source in {None, ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP}:
        return None
    os.environ["FLASK_DEBUG"] = "1" if value else "0"
    return value


def _env_file_callback(ctx: click.Context, param: click.Option, value: str | None) -> str | None:
    """Load ``--env-file`` and the default env files before other options read the environment."""
    if value is not None:
        _require_dotenv(ctx, param)
    load_defaults = ctx.ensure_object(ScriptInfo).load_dotenv_defaults
    if value is not None or load_defaults:
        # While completing, a warning would end up in the prompt.
        quiet = contextlib.redirect_stderr(io.StringIO())
        with quiet if ctx.resilient_parsing else contextlib.nullcontext():
            load_dotenv(value, load_defaults=load_defaults)
    return value


def _require_dotenv(ctx: click.Context, param: click.Option) -> None:
    import importlib.util  # noqa: PLC0415 - start-up time: only for --env-file

    if importlib.util.find_spec("dotenv") is None:
        raise click.BadParameter(
            "python-dotenv must be installed to load an env file.", ctx=ctx, param=param
        )


# Eager, and in this order in a group's parameters: the file may set FLASK_APP and more.
_env_file_option = click.Option(
    ["-e", "--env-file"],
    type=click.Path(exists=True, dir_okay=False),
    help=(
        "Set environment variables from this file. Its values win over '.env' and '.flaskenv',"
        " and lose against variables that are already set. Needs python-dotenv."
    ),
    is_eager=True,
    expose_value=False,
    callback=_env_file_callback,
)
_app_option = click.Option(
    ["-A", "--app"],
    metavar="IMPORT",
    help=(
        "Where the application is, as 'module:name'. The module may be dotted or a file's path;"
        " the name may be a call such as 'create_app(\"test\")', and is not needed for 'app',"
        " 'application', 'create_app' and 'make_app'."
    ),
    is_eager=True,
    expose_value=False,
    callback=_set_app,
)
_debug_option = click.Option(
    ["--debug/--no-debug"],
    help="Turn debug mode on or off.",
    expose_value=False,
    callback=_set_debug,
)
version_option = click.Option(
    ["--version"],
    help="Show the versions of Flask, Dewar and what they run on.",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=get_version,
)


def _path_is_ancestor(path: str, other: str) -> bool:
    """Tell whether ``path`` is a folder above ``other``, comparing text only."""
    stem = path if not path or path.endswith(os.sep) else path + os.sep
    return other.startswith(stem)


def warn_of_ignored_run() -> None:
    """Say that ``app.run()`` does nothing in a module that ``flask run`` imports."""
    if not is_reloaded():
        click.secho(
            " * Ignoring a call to 'app.run()' that would block the current 'flask' CLI command.\n"
            "   Put it under 'if __name__ == \"__main__\":', or remove it.",
            fg="red",
            color=wanted_colors(),
        )
