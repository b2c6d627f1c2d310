"""The documented `wsgi.py` with routes that tell what the application sees; for the tests."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from guestbook.identity import current_account
from wsgi import app

from flask import Response, request, session, url_for

PATIENCE = 15.0  # seconds until a held answer gives up


@app.get("/-/seen")
def seen() -> dict[str, object]:
    """Tell the outside of this request, as it looks from here."""
    account = current_account()
    return {
        "scheme": request.scheme,
        "host": request.host,
        "prefix": request.script_root,
        "client": request.remote_addr,
        "path": request.path,
        "query": request.query_string.decode(),
        "link": url_for("book.index", _external=True),
        "worker": os.getpid(),
        "account": account and account.name,
    }


@app.get("/-/held/<name>")
def held(name: str) -> Response:
    """Send a piece, and the last one when a file of this name is in the instance folder."""
    release = Path(app.instance_path, name)

    def pieces() -> Iterator[str]:
        yield "first\n"
        deadline = time.monotonic() + PATIENCE
        while not release.exists():
            if time.monotonic() > deadline:
                raise TimeoutError(release)
            time.sleep(0.01)
        yield "last\n"

    # Else nginx collects the pieces before it passes them on.
    return Response(pieces(), mimetype="text/plain", headers={"X-Accel-Buffering": "no"})


@app.route("/-/digest", methods=["POST", "PUT"])
def digest() -> dict[str, object]:
    """Tell what arrived of a request's body."""
    body = request.get_data()
    return {"size": len(body), "sha256": hashlib.sha256(body).hexdigest()}


@app.get("/-/count")
def count() -> dict[str, int]:
    """Count this visitor's calls, in the session."""
    session["count"] = session.get("count", 0) + 1
    return {"count": session["count"]}


@app.get("/-/fail")
def fail() -> str:
    """Break, with a message that no visitor may see."""
    raise RuntimeError("a detail for the log only")
