"""English and Korean: which one a visitor gets, and what each message is in it.

Messages are written in English where they are used, ``_("Send")``, and looked up in
``translations/<language>.json``. Templates use Jinja's i18n extension, which escapes
what is filled in. A test finds messages that a catalogue lacks.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import g, request, session

if TYPE_CHECKING:
    from flask import Flask, Response

LANGUAGES = {"en": "English", "ko": "한국어"}
DEFAULT = "en"


def current_language() -> str:
    """Return the language chosen by the switch, else the best of what the browser asks for."""
    if "language" not in g:
        wishes = [session.get("language"), *request.accept_languages.values()]
        # A browser may ask for "en-GB" or "ko-KR"; the part before the hyphen is what we have.
        known = (str(wish).partition("-")[0].lower() for wish in wishes)
        g.language = next((wish for wish in known if wish in LANGUAGES), DEFAULT)
    language: str = g.language
    return language


def translate(message: str) -> str:
    """Return the message in the visitor's language, placeholders still open."""
    return load_catalogue(current_language()).get(message, message)


def translate_count(one: str, many: str, count: int) -> str:
    """Return the message that suits the count; Korean has the same for both."""
    return translate(one if count == 1 else many)


def gettext(message: str, **values: Any) -> str:
    """Translate a message in Python code and fill in its ``%(name)s`` placeholders."""
    return translate(message) % values


@functools.cache
def load_catalogue(language: str) -> dict[str, str]:
    """Read the messages of a language; English needs none."""
    if language == DEFAULT:
        return {}
    path = Path(__file__).parent / "translations" / f"{language}.json"
    catalogue: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return catalogue


def announce_language(response: Response) -> Response:
    """Say which language a page is in, and that caches must keep each apart."""
    if "language" in g:
        response.headers["Content-Language"] = g.language
        response.vary.add("Accept-Language")
    return response


def init_app(app: Flask) -> None:
    """Give templates ``_()`` and ``{% trans %}``."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # added by the line above
        translate, translate_count, newstyle=True
    )
    app.after_request(announce_language)

    @app.context_processor
    def offer_languages() -> dict[str, Any]:
        return {"languages": LANGUAGES, "current_language": current_language}
