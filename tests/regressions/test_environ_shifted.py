"""Code that changes the WSGI environ during a request does not change where its URLs lead."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import create_environ

from flask import Flask, request, url_for


@pytest.mark.parametrize("requests_before", [0, 1])
def test_hook_that_changes_the_environ(requests_before: int) -> None:
    """Host and prefix of a request's URLs are those it came with, on the first as on any."""
    app = Flask(__name__)
    app.add_url_rule("/", "index", lambda: url_for("index", _external=True))

    @app.before_request
    def change() -> None:
        request.environ.update({"HTTP_HOST": "other.example", "SCRIPT_NAME": "/other"})

    client = app.test_client()
    for _ in range(requests_before):
        client.get("/")

    assert client.get("/").text == "http://localhost/"


@pytest.mark.parametrize("requests_before", [0, 1])
def test_environ_changed_between_making_and_pushing(requests_before: int) -> None:
    """The URL that is matched is the one the context was made for."""
    app = Flask(__name__)
    app.add_url_rule("/path", "path", lambda: "")
    for _ in range(requests_before):
        app.test_client().get("/path")
    environ: dict[str, Any] = create_environ("/path")
    ctx = app.request_context(environ)
    environ["PATH_INFO"] = "/elsewhere"

    with ctx:
        assert request.endpoint == "path"
