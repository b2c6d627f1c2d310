"""A guestbook: sign up, write an entry with a picture, read and search the others.

`create_app` is the door: the command line, the tests and every WSGI server come
in here. It reads the settings, prepares the instance folder and puts the parts
together; what a part does is in the module of its name.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask

from . import commands, database, identity, languages, security, texts, uploads, views

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULTS: dict[str, Any] = {
    "MAX_CONTENT_LENGTH": 4 * 1024 * 1024,  # bytes of one request; more is answered with 413
    "PASSWORD_METHOD": "scrypt",  # any method of werkzeug.security.generate_password_hash
    "SESSION_COOKIE_SAMESITE": "Lax",  # other sites' forms come without our session
}


def create_app(
    test_config: Mapping[str, Any] | None = None, *, instance_path: str | None = None
) -> Flask:
    """Build the guestbook.

    Settings come from `DEFAULTS`, then ``config.toml`` in the instance folder, then
    variables such as ``GUESTBOOK_MAX_CONTENT_LENGTH``, then ``test_config``.

    Args:
        test_config: Settings that win over all others.
        instance_path: Folder for the database, the pictures and the secret key.
            Else the variable ``GUESTBOOK_INSTANCE``, else ``instance`` beside the package.
    """
    folder = instance_path or os.environ.get("GUESTBOOK_INSTANCE")
    app = Flask(__name__, instance_path=str(Path(folder).resolve()) if folder else None)
    instance = Path(app.instance_path)
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)  # it holds passwords, if hashed

    app.config.from_mapping(
        DEFAULTS,
        DATABASE=str(instance / "guestbook.sqlite3"),
        UPLOADS=str(instance / "uploads"),
    )
    app.config.from_file(str(instance / "config.toml"), load=tomllib.load, silent=True, text=False)
    app.config.from_prefixed_env("GUESTBOOK")
    app.config.from_mapping(test_config)
    if not app.config["SECRET_KEY"]:
        app.config["SECRET_KEY"] = security.load_secret_key(instance / "secret_key")

    for part in (database, uploads, languages, security, identity, texts, views, commands):
        part.init_app(app)
    return app
