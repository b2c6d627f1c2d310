"""What do all tests stand on? An application with a secret key, and a client of it."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest
import werkzeug.serving
from hypothesis import settings

import flask.cli
from flask import Flask
from flask.testing import FlaskClient

for _name in [name for name in os.environ if name.startswith("FLASK_")]:
    del os.environ[_name]  # what the developer has set must not decide a test

# A loaded machine must not decide either.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test that would start a server in its own process, and wait for ever."""

    def refuse(*args: object, **options: object) -> NoReturn:
        pytest.fail("the test would have started a server: replace run_simple, or use a subprocess")

    monkeypatch.setattr(werkzeug.serving, "run_simple", refuse)
    monkeypatch.setattr(flask.cli, "run_simple", refuse)


@pytest.fixture
def app() -> Flask:
    app = Flask("shop", static_folder=None)
    app.config.update(TESTING=True, SECRET_KEY="key")
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
