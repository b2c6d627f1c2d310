"""How does ``flask run`` serve an application? With Werkzeug's development server.

Options of the command, their types, and what happens when the application cannot
be loaded. Finding the application is discovery's, debug mode is environment's.
"""

from __future__ import annotations

import errno
import importlib
import os
import socket
import sys
import traceback
from typing import TYPE_CHECKING, Any, Literal

import click
from werkzeug.utils import import_string

from flask.cli.discovery import ScriptInfo, pass_script_info
from flask.cli.environment import _debug_option, is_reloaded, legacy_debug_flag
from flask.helpers import get_debug_flag

if TYPE_CHECKING:
    import ssl

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType  # COMPAT: generic only since Click 8.4

AIRPLAY_PORTS = {5000, 7000}


class CertParamType(ParamType):
    """A certificate for HTTPS: a file's path, ``adhoc``, or an ``SSLContext`` to import."""

    name = "path"

    def __init__(self) -> None:
        self.path_type = click.Path(exists=True, dir_okay=False, resolve_path=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path, the word ``adhoc``, or the imported context."""
        if _ssl_module() is None:
            raise click.BadParameter(
                'Using "--cert" requires Python to be compiled with SSL support.', ctx, param
            )
        try:
            return self.path_type(value, param, ctx)
        except click.BadParameter as no_such_file:
            word = str(value).lower()
            if word == "adhoc":
                _require_cryptography(ctx, param)
                return word
            imported = import_string(value, silent=True)
            if _is_ssl_context(imported):
                return imported
            raise no_such_file from None


class SeparatedPathType(click.Path):
    """Several paths in one value, separated as in ``PATH``: ``:``, on Windows ``;``."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the list of paths, each checked as ``click.Path`` would."""
        convert_one = super().convert
        return [convert_one(item, param, ctx) for item in self.split_envvar_value(value)]


def _validate_key(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Join ``--key`` to ``--cert``, or say why the two do not go together."""
    cert = ctx.params.get("cert")
    problem = None
    if value is None:
        if cert is not None and cert != "adhoc" and not _is_ssl_context(cert):
            problem = 'Required when using "--cert".'
    elif cert is None:
        problem = '"--cert" must also be specified.'
    elif cert == "adhoc":
        problem = 'When "--cert" is "adhoc", "--key" is not used.'
    elif _is_ssl_context(cert):
        problem = 'When "--cert" is an SSLContext object, "--key" is not used.'
    else:
        ctx.params["cert"] = (cert, value)
    if problem is not None:
        raise click.BadParameter(problem, ctx, param)
    return value


def _validate_host(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Refuse the ``=`` that is left when someone writes ``--host = 0.0.0.0``."""
    if value.strip() == "=":
        raise click.BadParameter(
            "'=' is no host. The shell splits at spaces: write --host=0.0.0.0 without any.",
            ctx,
            param,
        )
    return value


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
    if legacy_debug_flag():
        os.environ["FLASK_DEBUG"] = "1"
    app = _load_app_or_its_failure(info)
    debug = get_debug_flag()
    _public("show_server_banner")(debug, info.app_import_path)
    refuse_busy_port(host, port)
    _public("run_simple")(
        host,
        port,
        app,
        threaded=with_threads,
        use_reloader=debug if reload is None else reload,
        use_debugger=debug if debugger is None else debugger,
        ssl_context=cert,
        extra_files=extra_files,
        exclude_patterns=exclude_patterns,
    )


def refuse_busy_port(host: str, port: int) -> None:
    """End the program with a message naming the remedy when another one has the port.

    Any other reason why the address cannot be used is left to the server to tell.
    """
    from werkzeug.serving import get_sockaddr, select_address_family  # noqa: PLC0415 - as above

    if is_reloaded():
        return  # the parent process holds the socket
    family = select_address_family(host, port)
    if family not in {socket.AF_INET, socket.AF_INET6}:
        return
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(get_sockaddr(host, port, family))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                return
        else:
            return
    click.echo(_describe_busy_port(port), err=True)
    sys.exit(1)


def _describe_busy_port(port: int) -> str:
    other = port + 1 if port < 65535 else port - 1
    lines = [
        "Address already in use",
        f"Port {port} is in use by another program. Stop that program, or choose another port,"
        f" for example with '--port {other}'.",
    ]
    if sys.platform == "darwin" and port in AIRPLAY_PORTS:
        lines.append(
            "On macOS it may be the AirPlay Receiver, which can be turned off in"
            " System Settings > General > AirDrop & Handoff."
        )
    return "\n".join(lines)


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
        traceback.print_exc()
        return _raise_on_request(error, error.__traceback__)


def _raise_on_request(error: Exception, tb: Any) -> WSGIApplication:
    def fail(environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        # Raising adds this frame to the traceback, each time anew.
        raise error.with_traceback(tb) from None

    return fail


def _public(name: str) -> Any:
    """Read a name where users patch it.

    COMPAT: replacing ``flask.cli.show_server_banner`` is the known way to silence it, and
    tests replace ``flask.cli.run_simple``.
    """
    return getattr(importlib.import_module("flask.cli"), name)


def _ssl_module() -> Any:
    try:
        import ssl  # noqa: PLC0415 - Python may be built without it
    except ImportError:
        return None
    return ssl


def _is_ssl_context(value: Any) -> bool:
    ssl = _ssl_module()
    return ssl is not None and isinstance(value, ssl.SSLContext)


def _require_cryptography(ctx: click.Context | None, param: click.Parameter | None) -> None:
    try:
        import cryptography  # noqa: F401, PLC0415 - optional, only for ad-hoc certificates
    except ImportError:
        raise click.BadParameter(
            "Using ad-hoc certificates requires the cryptography library.", ctx, param
        ) from None
