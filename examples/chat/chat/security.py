"""What keeps strangers out: the secret key, the origin of changes, response headers."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from flask import abort, request, url_for

from .languages import gettext as _

if TYPE_CHECKING:
    from flask import Flask, Response

HEADERS = {
    # Everything a page loads comes from us, WebSockets included; there are no inline scripts.
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self';"
        " frame-ancestors 'none'; object-src 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def load_secret_key(path: Path) -> str:
    """Read the key that signs session cookies; the first start makes it up.

    The key is written in full before it gets its name, and never over another one:
    server processes that start together all read the same key.
    """
    if not path.exists():
        descriptor, draft = tempfile.mkstemp(dir=path.parent)  # readable by us alone: 0600
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        Path(draft).unlink()
    return path.read_text()


def check_origin() -> None:
    """Refuse a change that a page of another site asks for.

    Browsers say with each POST where its page is from, and no page can make them lie. What
    says nothing is no browser, and carries nobody else's session. For WebSockets the framework
    checks the same.
    """
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"{request.scheme}://{request.host}":
        abort(403, _("This came from another site."))


def safe_path(target: str | None) -> str:
    r"""Return a wish for where to go next if it stays on this site, else the first page.

    Browsers read ``\`` as ``/`` and drop tabs and line ends from a URL, so that
    ``/\evil.example`` and ``/<tab>/evil.example`` would leave as ``//evil.example`` does;
    only a plain path that begins with one slash stays.
    """
    if target and re.fullmatch(r"/(?!/)[^\\\x00-\x20\x7f]*", target):
        return target
    return url_for("entrance.index")


def this_page() -> str:
    """Return the path to come back to after a side trip such as changing the language."""
    if request.url_rule and "GET" not in (request.url_rule.methods or ()):
        return url_for("entrance.index")
    return request.script_root + request.full_path.removesuffix("?")


def add_headers(response: Response) -> Response:
    """Add the security headers that a view has not set to something else."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def init_app(app: Flask) -> None:
    """Check every change, harden every response."""
    app.before_request(check_origin)
    app.after_request(add_headers)
    app.add_template_global(this_page)
