"""The pages of the book: read, search, write and delete entries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from .. import uploads
from ..entries import LONGEST_QUERY, Entry, Page, add_entry, delete_entry, find_entry, read_page
from ..forms import LONGEST_ALT, LONGEST_TEXT, EntryForm
from ..identity import current_account, sign_in_required
from ..languages import gettext as _

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("book", __name__)

# SQLite counts up to 2⁶³ - 1; a longer number is no entry's.
ENTRY = "/entries/<int(max=9223372036854775807):entry_id>"


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Show a page of entries."""
    return render_template("book/index.html", page=requested_page(), longest_query=LONGEST_QUERY)


@blueprint.get(ENTRY)
def entry(entry_id: int) -> ResponseReturnValue:
    """Show one entry with its whole picture."""
    return render_template("book/entry.html", entry=existing_entry(entry_id))


@blueprint.route("/entries/new", methods=["GET", "POST"])
@sign_in_required
def new() -> ResponseReturnValue:
    """Show the form for an entry, and write what it brings."""
    form = EntryForm("")
    if request.method == "POST":
        form = EntryForm.read()
        image = None if form.errors else form.store_image()
        if not form.errors:
            write(form, image)
            flash(_("Your entry is in the book. Thank you!"), "success")
            return redirect(url_for(".index"))
    page = render_template(
        "book/new.html", form=form, longest_text=LONGEST_TEXT, longest_alt=LONGEST_ALT
    )
    return page, 422 if form.errors else 200


@blueprint.route(f"{ENTRY}/delete", methods=["GET", "POST"])
@sign_in_required
def delete(entry_id: int) -> ResponseReturnValue:
    """Ask whether an own entry shall go, and let it go."""
    entry = existing_entry(entry_id)
    if entry.author_id != signed_in_id():
        abort(403)
    if request.method == "GET":
        return render_template("book/delete.html", entry=entry)
    delete_entry(entry)
    if entry.image:
        uploads.remove(entry.image)
    flash(_("The entry is deleted."), "success")
    return redirect(url_for(".index"))


def requested_page() -> Page:
    """Return the page that ``?page=`` and ``?q=`` ask for; 404 when there is none."""
    number = request.args.get("page", "1")
    # Only what our links write, and no longer than SQLite counts: int() also reads "+1" and "1_0".
    if not re.fullmatch(r"[1-9][0-9]{0,17}", number):
        abort(404)
    page = read_page(int(number), request.args.get("q", ""))
    if not page.exists:
        abort(404)
    return page


def existing_entry(entry_id: int) -> Entry:
    """Return the entry; 404 when there is none."""
    return find_entry(entry_id) or abort(404)


def write(form: EntryForm, image: str | None) -> None:
    """Write a checked entry; a picture without its entry does not stay behind."""
    author = current_account() or abort(401)
    try:
        add_entry(author, form.text, image=image, image_alt=form.image_alt if image else "")
    except BaseException:
        if image:
            uploads.remove(image)
        raise


def signed_in_id() -> int | None:
    """Return the number of who is signed in."""
    account = current_account()
    return account.id if account else None
