"""Types of secret keys beside text."""

from __future__ import annotations

from typing import Any

from flask import Flask, session


def test_key_that_cannot_be_hashed() -> None:
    """A bytearray signs like the same bytes, as key and among the fallbacks."""
    app = Flask(__name__)
    app.add_url_rule("/", "index", lambda: str(session.setdefault("visits", 5)))
    key: Any = bytearray(b"secret")
    app.secret_key = key
    client = app.test_client()
    assert client.get("/").text == "5"

    app.config.update(SECRET_KEY=b"newer", SECRET_KEY_FALLBACKS=[key])
    with client.session_transaction() as opened:
        assert dict(opened) == {"visits": 5}
