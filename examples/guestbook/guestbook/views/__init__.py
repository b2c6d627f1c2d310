"""What answers which address: one module per blueprint, and the error pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import account, api, book, errors, pictures, preferences

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Register the blueprints and the error pages."""
    for module in (book, account, pictures, preferences, api):
        app.register_blueprint(module.blueprint)
    errors.init_app(app)
