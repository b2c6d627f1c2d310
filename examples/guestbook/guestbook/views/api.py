"""The book as JSON, for programs: the same entries, the same checks as the pages.

A program signs in as a browser does, and sends the session's token, which
``GET /api/session`` tells, in the header ``X-CSRF-Token`` of each change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, request, url_for

from ..entries import Entry, add_entry
from ..forms import find_text_problem
from ..identity import current_account
from ..security import csrf_token
from ..texts import clean
from .book import ENTRY, existing_entry, requested_page

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("api", __name__, url_prefix="/api")


@blueprint.get("/session")
def show_session() -> ResponseReturnValue:
    """Tell who is signed in, and the token for changes."""
    account = current_account()
    return {"account": account.name if account else None, "csrf_token": csrf_token()}


@blueprint.get("/entries")
def list_entries() -> ResponseReturnValue:
    """List a page of entries, newest first."""
    page = requested_page()
    return {
        "entries": [describe(entry) for entry in page.entries],
        "page": page.number,
        "pages": page.pages,
        "total": page.total,
        "q": page.query,
    }


@blueprint.get(ENTRY)
def show_entry(entry_id: int) -> ResponseReturnValue:
    """Tell one entry."""
    return describe(existing_entry(entry_id))


@blueprint.post("/entries")
def create_entry() -> ResponseReturnValue:
    """Write an entry from ``{"text": "…"}``."""
    author = current_account()
    if author is None:
        abort(401, "Sign in first; the session cookie was missing or stands for nobody.")
    body = request.get_json()
    text = body.get("text") if isinstance(body, dict) else None
    if not isinstance(text, str):
        abort(400, 'Send a JSON object with the member "text", a string.')
    text = clean(text)
    if problem := find_text_problem(text):
        abort(422, problem)
    entry = add_entry(author, text)
    return describe(entry), 201, {"Location": url_for(".show_entry", entry_id=entry.id)}


def describe(entry: Entry) -> dict[str, Any]:
    """Return what programs may know about an entry."""
    return {
        "id": entry.id,
        "author": entry.author,
        "text": entry.text,
        "created_at": entry.created_at.isoformat(),
        "image": entry.image and url_for("pictures.show", name=entry.image),
        "image_alt": entry.image_alt,
        "url": url_for("book.entry", entry_id=entry.id),
    }
