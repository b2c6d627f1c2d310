"""What answers which address: one module per blueprint, and the error pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.routing import BaseConverter, ValidationError

from ..texts import read_room
from . import entrance, errors, live, room

if TYPE_CHECKING:
    from flask import Flask


class RoomConverter(BaseConverter):
    """A room's name in an address; another spelling leads to the same room."""

    def to_python(self, value: str) -> str:
        """Return the name, or let the address be unknown."""
        name = read_room(value)
        if name is None:
            raise ValidationError
        return name


def init_app(app: Flask) -> None:
    """Register the blueprints and the error pages."""
    app.url_map.converters["room"] = RoomConverter
    for module in (entrance, room, live):
        app.register_blueprint(module.blueprint)
    errors.init_app(app)
