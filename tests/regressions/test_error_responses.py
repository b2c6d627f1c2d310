"""What an HTTP error is answered with, where generated requests found a difference to Flask 3.1.3."""

from __future__ import annotations

from typing import Any

from werkzeug.routing import RequestRedirect

from flask import Flask, Response, abort
from flask.testing import FlaskClient


def test_ready_response_is_not_changed(app: Flask, client: FlaskClient) -> None:
    """A response kept by the program and aborted with is not what after-request functions change."""
    kept = Response("sold out", 409)
    app.add_url_rule("/", "index", lambda: abort(kept))

    @app.after_request
    def mark(response: Response) -> Response:
        response.headers.add("X-Mark", "1")
        return response

    answers = [client.get("/").headers.getlist("X-Mark") for _ in range(2)]

    assert answers == [["1"], ["1"]]
    assert "X-Mark" not in kept.headers


def test_ready_response_without_type(app: Flask, client: FlaskClient) -> None:
    """An aborted response that names no content type is plain text."""
    kept = Response("sold out", 409)
    del kept.headers["Content-Type"]
    app.add_url_rule("/", "index", lambda: abort(kept))

    assert client.get("/").content_type == "text/plain; charset=utf-8"


def test_redirect_to_no_url(app: Flask, client: FlaskClient) -> None:
    """A redirect raised to what is no URL is an error of the application, with its page."""
    app.config.update(TESTING=False)
    seen: list[Any] = []
    app.teardown_request(seen.append)

    @app.get("/")
    def index() -> None:
        raise RequestRedirect("http://shop.test:443mount/")

    assert client.get("/").status_code == 500
    assert [type(error) for error in seen] == [ValueError]


def test_redirect_is_seen_as_it_is_sent(app: Flask, client: FlaskClient) -> None:
    """After-request functions see the Location of a redirect raised as it goes to the client."""
    seen = []

    @app.get("/")
    def index() -> None:
        raise RequestRedirect("http://shop.test/ü")

    @app.after_request
    def look(response: Response) -> Response:
        seen.append(response.headers["Location"])
        return response

    assert client.get("/").headers["Location"] == "http://shop.test/%C3%BC"
    assert seen == ["http://shop.test/%C3%BC"]
