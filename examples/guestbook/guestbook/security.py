"""What keeps strangers out: the secret key, form tokens, response headers, safe redirects."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from flask import abort, request, session, url_for

if TYPE_CHECKING:
    from flask import Flask, Response

HEADERS = {
    # Everything a page loads comes from us; nobody may frame it, no form may leave.
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self';"
        " frame-ancestors 'none'; object-src 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    # Pages show who is signed in and carry a token: browsers ask again, proxies keep none.
    "Cache-Control": "private, no-cache",
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
PREFERENCES = ("language", "theme")  # session keys that survive signing in and out


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


def csrf_token() -> str:
    """Return the token that this visitor's forms carry, made at first use."""
    if "csrf_token" not in session:
        session["csrf_token"] = secrets.token_urlsafe(32)
    token: str = session["csrf_token"]
    return token


def check_csrf_token() -> None:
    """Refuse a change that does not carry the token of the visitor's own session.

    Another site can make a browser send a form here, cookie included, but it cannot
    read our pages, so it does not know the token. An address or method that leads to
    no view changes nothing: it is left to its 404 or 405.
    """
    if request.method in SAFE_METHODS or request.routing_exception:
        return
    sent = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")
    # As bytes: compare_digest refuses text that is not ASCII, and anything can be sent.
    if not secrets.compare_digest(sent.encode(), csrf_token().encode()):
        abort(400, "The CSRF token is missing or does not belong to this session.")


def renew_session() -> None:
    """Forget everything but the preferences.

    Called when somebody signs in or out: a token or cookie planted before that moment
    is worth nothing after it (session fixation).
    """
    kept = {name: session[name] for name in PREFERENCES if name in session}
    session.clear()
    session.update(kept)


def safe_path(target: str | None) -> str:
    r"""Return a wish for where to go next if it stays on this site, else the first page.

    Browsers read ``\`` as ``/`` and drop tabs and line ends from a URL, so that
    ``/\evil.example`` and ``/<tab>/evil.example`` would leave as ``//evil.example`` does;
    only a plain path that begins with one slash stays.
    """
    if target and re.fullmatch(r"/(?!/)[^\\\x00-\x20\x7f]*", target):
        return target
    return url_for("book.index")


def this_page() -> str:
    """Return the path to come back to after a side trip such as signing in."""
    if request.url_rule and "GET" not in (request.url_rule.methods or ()):
        return url_for("book.index")
    return request.script_root + request.full_path.removesuffix("?")


def add_headers(response: Response) -> Response:
    """Add the security headers that a view has not set to something else."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def init_app(app: Flask) -> None:
    """Check every change, harden every response."""
    app.before_request(check_csrf_token)
    app.after_request(add_headers)
    app.add_template_global(csrf_token)
    app.add_template_global(this_page)
