"""What a visitor sees when something went wrong: a page, or JSON below ``/api``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import json, render_template, request
from werkzeug.exceptions import HTTPException, SecurityError

from ..languages import gettext as _

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import ResponseReturnValue


def explain(code: int) -> tuple[str, str]:
    """Return a heading and a helpful sentence for an HTTP status."""
    texts = {
        400: (
            _("That did not work"),
            _("The form may have expired. Go back, reload the page and send it again."),
        ),
        403: (_("Not yours"), _("Only its author can delete an entry.")),
        404: (
            _("Nothing here"),
            _("This page does not exist, or the entry has been deleted."),
        ),
        405: (_("Not this way"), _("This address cannot be opened directly.")),
        413: (
            _("Too much at once"),
            _(
                "A picture can have up to %(size)d MB. Choose a smaller one and send it again.",
                size=(request.max_content_length or 0) // 2**20,
            ),
        ),
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
    if request.path.startswith("/api/"):
        problem = {"code": code, "name": error.name, "message": error.description}
        response.data = json.dumps({"error": problem})
        response.mimetype = "application/json"
    else:
        heading, advice = explain(code)
        response.data = render_template("error.html", code=code, heading=heading, advice=advice)
    return response


def init_app(app: Flask) -> None:
    """Answer every HTTP error; an unhandled exception arrives here as a 500."""
    app.register_error_handler(HTTPException, show_error)
