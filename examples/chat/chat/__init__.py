"""A chat: rooms over WebSocket, who is there, and what was said before.

`create_app` is the door: the command line, the tests and every server come in here.
It reads the settings, prepares the instance folder and puts the parts together; what
a part does is in the module of its name.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask

from . import history, languages, posting, rooms, security, shutdown, views

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULTS: dict[str, Any] = {
    "LONGEST_TEXT": 1000,  # characters of a message
    "RATE_LIMIT": (8, 10),  # so many messages of a person in so many seconds
    "MAX_CONTENT_LENGTH": 16 * 1024,  # bytes of a request: a message in JSON, with room to spare
    "WEBSOCKET_MAX_MESSAGE_SIZE": 16 * 1024,
    "SESSION_COOKIE_SAMESITE": "Lax",  # other sites' forms come without our session
    "HEARTBEAT": 15.0,  # seconds of silence after which an event stream shows that it lives
}


def create_app(
    test_config: Mapping[str, Any] | None = None, *, instance_path: str | None = None
) -> Flask:
    """Build the chat.

    Settings come from `DEFAULTS`, then ``config.toml`` in the instance folder, then
    variables such as ``CHAT_LONGEST_TEXT``, then ``test_config``.

    Args:
        test_config: Settings that win over all others.
        instance_path: Folder for the database and the secret key. Else the variable
            ``CHAT_INSTANCE``, else ``instance`` beside the package.
    """
    folder = instance_path or os.environ.get("CHAT_INSTANCE")
    app = Flask(__name__, instance_path=str(Path(folder).resolve()) if folder else None)
    instance = Path(app.instance_path)
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)  # what people say is theirs

    app.config.from_mapping(DEFAULTS, DATABASE=str(instance / "chat.sqlite3"))
    app.config.from_file(str(instance / "config.toml"), load=tomllib.load, silent=True, text=False)
    app.config.from_prefixed_env("CHAT")
    app.config.from_mapping(test_config)
    if not app.config["SECRET_KEY"]:
        app.config["SECRET_KEY"] = security.load_secret_key(instance / "secret_key")

    for part in (history, rooms, posting, languages, security, shutdown, views):
        part.init_app(app)
    return app
