"""What do all tests stand on? An application with a secret key, and a client of it."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from flask import Flask
from flask.testing import FlaskClient

for _name in [name for name in os.environ if name.startswith("FLASK_")]:
    del os.environ[_name]  # what the developer has set must not decide a test

# A loaded machine must not decide either.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture
def app() -> Flask:
    app = Flask("shop", static_folder=None)
    app.config.update(TESTING=True, SECRET_KEY="key")
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
