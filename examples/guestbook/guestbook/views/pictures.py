"""Uploaded pictures, sent so that a browser can only ever see a picture in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, send_from_directory
from werkzeug.routing import BaseConverter

from ..uploads import MEDIA_TYPES, uploads_folder

if TYPE_CHECKING:
    from flask import Response
    from flask.blueprints import BlueprintSetupState

blueprint = Blueprint("pictures", __name__)


class PictureName(BaseConverter):
    """Matches the names that `uploads.save` gives, and no other."""

    regex = rf"[0-9a-f]{{32}}\.(?:{'|'.join(MEDIA_TYPES)})"


@blueprint.record_once
def add_converter(state: BlueprintSetupState) -> None:
    """Let rules of the app say ``<picture:name>``; runs before our own rules are added."""
    state.app.url_map.converters["picture"] = PictureName


@blueprint.get("/pictures/<picture:name>")
def show(name: str) -> Response:
    """Send a picture with the type that its content was found to have."""
    media_type = MEDIA_TYPES[name.partition(".")[2]]
    response = send_from_directory(uploads_folder(), name, mimetype=media_type, max_age=3600)
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    )
    return response
