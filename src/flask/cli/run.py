"""How does ``flask run`` serve an application? With Werkzeug's development server.

Options of the command, their types, and what happens when the application cannot
be loaded. Finding the application is discovery's, debug mode is environment's.
"""

from __future__ import annotations

import importlib
import os
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from threading import current_thread, main_thread
from typing import TYPE_CHECKING, Any, Literal

import click

from flask.cli.address import refuse_busy_port
from flask.cli.certificates import (
    CertParamType,
    _validate_key,
    refuse_unfit_certificate,
    telling_wrong_pass_phrase,
)
from flask.cli.colors import color_server_log_on_terminals_only, wanted_colors
from flask.cli.discovery import ScriptInfo, pass_script_info
from flask.cli.environment import _debug_option, is_reloaded, legacy_debug_flag
from flask.cli.reports import format_for_user
from flask.helpers import get_debug_flag
from flask.internals import let_reloader_wait

if TYPE_CHECKING:
    import ssl

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class SeparatedPathType(click.Path):
    """Several paths in one value, separated as in ``PATH``: ``:``, on Windows ``;``."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the list of paths, each checked as ``click.Path`` would."""
        convert_one = super().convert
        return [convert_one(item, param, ctx) for item in self.split_envvar_value(value)]


def _validate_host(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Refuse the ``=`` that is left when someone writes ``--host = 0.0.0.0``.

    An empty host is every address for the system, which the server's log says only of
    the number.
    """
    if value.strip() == "=":
        raise click.BadParameter(
            "'=' is no host. The shell splits at spaces: write --host=0.0.0.0 without any.",
            ctx,
            param,
        )
    return value or "0.0.0.0"


def _validate_port(ctx: click.Context, param: click.Parameter, value: int) -> int:
    """Refuse a number that is no port; the system would silently take its lower 16 bits."""
    if not 0 <= value <= 65535:
        raise click.BadParameter(f"{value} is not between 0 and 65535.", ctx, param)
    return value


@click.command("run", params=[_debug_option])
@click.option(
    "--host",
    "-h",
    default="127.0.0.1",
    help="Address to listen on; 0.0.0.0 is every one this machine has.",
    callback=_validate_host,
)
@click.option(
    "--port",
    "-p",
    default=5000,
    help="Port to listen on.",
    callback=_validate_port,
)
@click.option(
    "--cert",
    type=CertParamType(),
    help="Serve HTTPS with this certificate file, or with 'adhoc' for one made on the spot.",
    is_eager=True,
)
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, resolve_path=True),
    callback=_validate_key,
    expose_value=False,
    help="The certificate's private key file.",
)
@click.option(
    "--reload/--no-reload",
    default=None,
    help="Restart when a source file changes, or not. On in debug mode unless told otherwise.",
)
@click.option(
    "--debugger/--no-debugger",
    default=None,
    help="Show errors in the browser with a console, or not. On in debug mode unless told otherwise.",
)
@click.option(
    "--with-threads/--without-threads",
    default=True,
    help="Answer requests at the same time, each in a thread, or one after another.",
)
@click.option(
    "--extra-files",
    default=None,
    type=SeparatedPathType(),
    help=f"More files whose change restarts the server, separated by {os.path.pathsep!r}.",
)
@click.option(
    "--exclude-patterns",
    default=None,
    type=SeparatedPathType(),
    help=(
        "File name patterns, as in fnmatch, whose change does not restart the server,"
        f" separated by {os.path.pathsep!r}."
    ),
)
@pass_script_info
def run_command(
    info: ScriptInfo,
    host: str,
    port: int,
    reload: bool | None,
    debugger: bool | None,
    with_threads: bool,
    cert: ssl.SSLContext | tuple[str, str] | Literal["adhoc"] | None,
    extra_files: list[str] | None,
    exclude_patterns: list[str] | None,
) -> None:
    """Serve the application for development.

    Visitors need another server: this one is neither hardened nor tuned for them.

    '--debug' turns on the reloader and the debugger.
    """
    refuse_unfit_certificate(cert)
    if legacy_debug_flag():
        os.environ["FLASK_DEBUG"] = "1"
    app = _load_app_or_its_failure(info)
    debug = get_debug_flag()
    _public("show_server_banner")(debug, info.app_import_path)
    _warn_of_missing_files(extra_files)
    prepare_server(host, port)
    # Ctrl-C is how it ends; Werkzeug catches it only once it serves.
    with suppress(KeyboardInterrupt), telling_wrong_pass_phrase(cert):
        reloads = debug if reload is None else reload
        with while_serving_here(app, reloads):
            _public("run_simple")(
                host,
                port,
                app,
                threaded=with_threads,
                use_reloader=reloads,
                use_debugger=debug if debugger is None else debugger,
                ssl_context=cert,
                extra_files=extra_files,
                exclude_patterns=exclude_patterns,
            )


def while_serving_here(app: Any, reloads: bool) -> AbstractContextManager[Any]:
    """Return what calls an application's functions of start and stop around a server.

    Not in the process that only watches for changes: the one that it starts serves.
    """
    if reloads and not is_reloaded():
        let_reloader_wait()
        return nullcontext()
    return _serving_until_told(app) if hasattr(app, "serving") else nullcontext()


@contextmanager
def _serving_until_told(app: Any) -> Iterator[None]:
    """Start and stop the application, and its background tasks, also when SIGTERM ends it."""
    is_ours = (
        current_thread() is main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    )
    if is_ours:
        signal.signal(signal.SIGTERM, _end)
    has_any = app.while_serving_funcs or app.before_serving_funcs or app.after_serving_funcs
    try:
        with app.serving() if has_any else nullcontext():
            try:
                yield
            finally:
                if is_ours:  # Werkzeug's reloader has set its own meanwhile; once is enough
                    signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if app._background_tasks is not None:
            app._background_tasks.end()
    finally:
        if is_ours:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _end(*_: object) -> None:
    raise SystemExit(0)  # as Werkzeug's reloader ends


def prepare_server(host: str, port: int) -> None:
    """Refuse an address that cannot be used, and colour the server's log only where wanted."""
    color_server_log_on_terminals_only()
    refuse_busy_port(host, port)


def _warn_of_missing_files(extra_files: list[str] | None) -> None:
    """Name the extra files that do not exist; a misspelt one would restart nothing, silently."""
    missing = [name for name in extra_files or () if not Path(name).exists()]
    if missing and not is_reloaded():
        click.secho(
            f" * Warning: --extra-files names what does not exist: {', '.join(missing)}",
            fg="yellow",
            err=True,
            color=wanted_colors(),
        )


def _load_app_or_its_failure(info: ScriptInfo) -> WSGIApplication:
    """Load the application; after a reload, answer requests with the error instead of ending.

    Whoever saves a half-written file then sees the traceback in the browser, and the
    next save restarts the server.
    """
    try:
        return info.load_app()
    except Exception as error:
        if not is_reloaded():
            raise
        click.echo(format_for_user(error), err=True)
        return _raise_on_request(error, error.__traceback__)


def _raise_on_request(error: Exception, tb: Any) -> WSGIApplication:
    def fail(environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        __traceback_hide__ = True  # noqa: F841 - read by Werkzeug's debugger
        # Raising adds this frame to the traceback, each time anew.
        raise error.with_traceback(tb) from None

    return fail


def _public(name: str) -> Any:
    """Read a name where users patch it.

    COMPAT: replacing ``flask.cli.show_server_banner`` is the known way to silence it, and
    tests replace ``flask.cli.run_simple``.
    """
    return getattr(importlib.import_module("flask.cli"), name)
