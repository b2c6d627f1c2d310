"""A room's page, its messages as JSON, and the way to say something without a WebSocket.

Plain views: they wait for the database, and have a thread for that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template, request, url_for

from .. import history
from ..feed import PAGE
from ..identity import current_person, require_person
from ..languages import translate as _
from ..posting import RefusedError, say

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("room", __name__, url_prefix="/rooms/<room:room>")


@blueprint.get("/")
def page(room: str) -> ResponseReturnValue:
    """Show the room; the page's script fills it."""
    person = current_person()
    if person is None:
        return redirect(url_for("entrance.index", room=room))
    return render_template("room.html", room=room, person=person, texts=page_texts())


@blueprint.get("/messages")
def list_messages(room: str) -> ResponseReturnValue:
    """Return older messages, those before the number ``before``."""
    require_person()
    before = request.args.get("before", type=int)
    messages, has_older = history.read_latest(room, PAGE, before)
    return {"messages": [message.as_event() for message in messages], "has_older": has_older}


@blueprint.post("/messages")
def post_message(room: str) -> ResponseReturnValue:
    """Say something, as the WebSocket does."""
    person = require_person()
    try:
        message = say(room, person, request.get_json())
    except RefusedError as refused:
        headers = {"Retry-After": str(refused.wait)} if refused.wait else {}
        return refused.as_event(), 429 if refused.wait else 422, headers
    return message.as_event(), 201


def page_texts() -> dict[str, str]:
    """Return what the page's script says; it fills in what is in braces."""
    return {
        "came": _("{name} came in"),
        "left": _("{name} left"),
        "you": _("you"),
        "connecting": _("Connecting …"),
        "open": _("Connected"),
        "open_sse": _("Connected, without WebSocket"),
        "waiting": _("Connection lost. Trying again in {seconds} s."),
        "ended": _("Not connected"),
        "sending": _("sending …"),
        "left_over": _("{count} characters left"),
        "new": _("{count} new"),
        "failed": _("The older messages could not be loaded. Try again."),
    }
