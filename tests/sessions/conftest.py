from __future__ import annotations

from collections.abc import Callable

import pytest
from itsdangerous.timed import TimestampSigner

from flask import Flask, session
from sessions.frozen import FROZEN


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Set the clock of signatures, in seconds after FROZEN."""

    def turn(seconds: int) -> None:
        monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: FROZEN + seconds)

    turn(0)
    return turn


@pytest.fixture
def app(app: Flask) -> Flask:
    app.secret_key = "frozen key"

    @app.route("/read")
    def read() -> str:
        return repr(dict(session))

    @app.route("/set/<value>")
    def set_value(value: str) -> str:
        session["user"] = value
        return ""

    @app.route("/clear")
    def clear() -> str:
        session.clear()
        return ""

    @app.route("/untouched")
    def untouched() -> str:
        return ""

    return app
