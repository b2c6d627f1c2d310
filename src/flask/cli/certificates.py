"""Which certificate does ``flask run`` serve HTTPS with? A file, ``adhoc``, or an object.

The type and callback of ``--cert`` and ``--key``, and the check that the two fit before
the server starts.
"""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from werkzeug.utils import ImportStringError, import_string

from flask.cli.reports import users_frames

if TYPE_CHECKING:
    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType  # COMPAT: generic only since Click 8.4


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
        if not value:
            raise click.BadParameter(
                "It is empty. Name a file, 'adhoc', or an ssl.SSLContext to import.", ctx, param
            )
        try:
            return self.path_type(value, param, ctx)
        except click.BadParameter as error:
            no_such_file = error.message
        word = str(value).lower()
        if word == "adhoc":
            _require_cryptography(ctx, param)
            return word
        if Path(value).is_dir():
            raise click.BadParameter(no_such_file, ctx, param)
        imported = _import_from_here(value, no_such_file)
        problem = _describe_unfit_object(imported)
        if problem is not None:
            message = f"{no_such_file} It can be imported, but is {problem}"
            raise click.BadParameter(message, ctx, param)
        return imported


def _import_from_here(name: str, no_such_file: str) -> Any:
    """Import an object as the application is, from the current directory too.

    Raises:
        click.BadParameter: There is no such object, or an import of its module failed.
    """
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        return import_string(name)
    except ImportStringError as error:
        reason = error.exception
    except ValueError:  # "..", and other words that are no names
        raise click.BadParameter(no_such_file) from None
    users_part = users_frames(reason.__traceback__)
    if users_part is not None:
        report = "".join(traceback.format_exception(type(reason), reason, users_part))
        raise click.BadParameter(
            f"While importing {name!r}, an ImportError was raised:\n\n{report}"
        )
    if ":" in name or not isinstance(reason, ModuleNotFoundError):
        no_such_file += f" Nor can it be imported: {reason}."
    raise click.BadParameter(no_such_file)


def _describe_unfit_object(value: Any) -> str | None:
    """Say why an imported object cannot be served with; None when it can."""
    if not _is_ssl_context(value):
        return f"an object of type {type(value).__name__!r} and no ssl.SSLContext."
    import ssl  # noqa: PLC0415 - Python may be built without it

    if value.protocol is ssl.PROTOCOL_TLS_CLIENT or value.check_hostname:
        return "an ssl.SSLContext for clients. Make one with 'ssl.PROTOCOL_TLS_SERVER'."
    return None


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


def refuse_unfit_certificate(cert: Any) -> None:
    """Refuse a pair of files that OpenSSL cannot serve with, saying which one is why.

    A key with a pass phrase is left to the server, which asks for it, where there is a
    terminal to ask at.
    """
    if not isinstance(cert, tuple):
        return
    import ssl  # noqa: PLC0415 - Python may be built without it

    is_encrypted = False

    def note_question() -> str:
        nonlocal is_encrypted
        is_encrypted = True
        return ""

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert[0], cert[1], note_question)
    except (ssl.SSLError, OSError) as error:
        if is_encrypted and sys.stdin is not None and sys.stdin.isatty():
            return
        raise _describe_unfit(cert, error, is_encrypted) from None


@contextlib.contextmanager
def telling_wrong_pass_phrase(cert: Any) -> Iterator[None]:
    """Turn the error of a server that asked for a key's pass phrase into a message."""
    try:
        yield
    except OSError as error:
        if not isinstance(cert, tuple):
            raise
        raise click.BadParameter(
            f"The key in {cert[1]!r} cannot be read; is the pass phrase right? ({error})",
            param_hint="'--key'",
        ) from None


def _describe_unfit(
    cert: tuple[str, str], error: OSError, is_encrypted: bool
) -> click.ClickException:
    file, key = cert
    if is_encrypted:
        return click.BadParameter(
            f"The key in {key!r} is encrypted, and there is no terminal to ask for its pass"
            " phrase. Decrypt it with 'openssl pkey -in … -out …'.",
            param_hint="'--key'",
        )
    if getattr(error, "reason", None) == "KEY_VALUES_MISMATCH":
        return click.BadParameter(
            f"The key in {key!r} is not that of the certificate in {file!r}.", param_hint="'--key'"
        )
    for path, label, hint in ((file, "CERTIFICATE", "--cert"), (key, "PRIVATE KEY", "--key")):
        if label not in _text_of(path):
            return click.BadParameter(
                f"There is no {label.lower()} in PEM format in {path!r}: no line"
                f" '-----BEGIN {label}-----'.",
                param_hint=f"'{hint}'",
            )
    return click.BadParameter(
        f"{file!r} and {key!r} cannot be used: {error}.", param_hint="'--cert' / '--key'"
    )


def _text_of(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""


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
