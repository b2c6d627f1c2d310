"""The switches for language and theme, which work without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, redirect, request, session

from ..languages import LANGUAGES
from ..security import safe_path

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("preferences", __name__)

THEMES = ("auto", "light", "dark")
CHOICES = {"language": tuple(LANGUAGES), "theme": THEMES}


@blueprint.post("/preferences")
def save() -> ResponseReturnValue:
    """Remember what was chosen, and go back to the page it was chosen on."""
    for name, choices in CHOICES.items():
        if (value := request.form.get(name)) in choices:
            session[name] = value
    return redirect(safe_path(request.form.get("next")))


def current_theme() -> str:
    """Return the chosen theme; ``auto`` follows the visitor's system."""
    theme = session.get("theme")
    return theme if theme in THEMES else "auto"


@blueprint.app_context_processor
def offer_themes() -> dict[str, object]:
    """Tell all templates about the switch."""
    return {"themes": THEMES, "current_theme": current_theme}
