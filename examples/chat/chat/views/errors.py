"""What a visitor sees when something went wrong: a page, or JSON where a script asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import json, render_template, request
from werkzeug.exceptions import HTTPException, SecurityError

from ..languages import gettext as _

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import ResponseReturnValue

FOR_SCRIPTS = frozenset({"room.list_messages", "room.post_message", "live.events", "live.socket"})


def explain(code: int) -> tuple[str, str]:
    """Return a heading and a helpful sentence for an HTTP status."""
    texts = {
        404: (
            _("Nothing here"),
            _("This page does not exist. A room's name has letters, digits and hyphens."),
        ),
        413: (_("Too much at once"), _("The message is far too long.")),
        500: (
            _("Our mistake"),
            _("Something broke on our side. It is noted; please try again later."),
        ),
    }
    return texts.get(code, (_("That did not work"), _("The server could not answer this request.")))


def show_error(error: HTTPException) -> ResponseReturnValue:
    """Answer an error in the form the client understands, keeping its headers."""
    if isinstance(error, SecurityError):
        return error  # TRUSTED_HOSTS refused the host, and without one our page has no links
    response = error.get_response()
    code = error.code or 500
    heading, advice = explain(code)
    if request.endpoint in FOR_SCRIPTS:
        message = advice if code in {413, 500} else error.description
        problem = {"type": "refused", "code": error.name, "message": message, "wait": 0, "key": ""}
        response.data = json.dumps(problem)
        response.mimetype = "application/json"
    else:
        response.data = render_template("error.html", code=code, heading=heading, advice=advice)
    return response


def init_app(app: Flask) -> None:
    """Answer every HTTP error; an unhandled exception arrives here as a 500."""
    app.register_error_handler(HTTPException, show_error)
