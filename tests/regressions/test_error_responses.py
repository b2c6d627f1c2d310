"""What an HTTP error is answered with, where generated requests found a difference to Flask 3.1.3."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as BaseResponse

from flask import Flask, Response, abort, request, session
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


def answers_to(app: Flask, error: HTTPException) -> list[list[tuple[str, str]]]:
    """Return the headers, cookies shortened, that two users get by whom the error is raised."""
    app.config.update(TESTING=False)

    @app.get("/")
    def index() -> None:
        session["user"] = request.args["user"]
        raise error

    answers = [app.test_client().get("/", query_string={"user": user}) for user in ("ann", "bob")]
    return [[(key, value.partition("=")[0]) for key, value in answer.headers] for answer in answers]


COOKIE = [("Vary", "Cookie"), ("Set-Cookie", "session")]


@pytest.mark.parametrize("response_class", [BaseResponse, Response])
@pytest.mark.parametrize("place", ["class", "instance", "carried too"])
def test_response_of_get_response_is_not_shared(
    app: Flask, place: str, response_class: type[BaseResponse]
) -> None:
    """A response that an error's ``get_response`` returns again gets no user's cookie."""
    kept = response_class("log in first", 401, content_type="text/plain")

    class LoginRequired(HTTPException):
        code = 401

        def get_response(self, environ: Any = None, scope: Any = None) -> Any:
            return kept

    error: HTTPException = LoginRequired()
    if place == "instance":
        error = NotFound()
        error.get_response = lambda *args: kept  # type: ignore[method-assign]
    elif place == "carried too":
        error.response = Response("not this one")
    own = [("Content-Type", "text/plain"), ("Content-Length", "12")]

    assert answers_to(app, error) == [own + COOKIE] * 2
    assert type(kept) is response_class
    assert [key for key, _ in kept.headers] == ["Content-Type", "Content-Length"]


@pytest.mark.parametrize("response_class", [BaseResponse, Response])
@pytest.mark.parametrize("code", [401, 499, None])
def test_headers_of_get_headers_are_not_shared(
    app: Flask, code: int | None, response_class: type[BaseResponse]
) -> None:
    """Nor do headers that ``get_headers`` returns again."""
    kept = Headers([("Content-Type", "text/plain"), ("X-Kept", "1")])
    error = type("Own", (HTTPException,), {"code": code, "get_headers": lambda *args: kept})()
    app.response_class = response_class  # type: ignore[assignment]

    first, second = answers_to(app, error)

    assert first == second
    assert [value for key, value in second if key == "Set-Cookie"] == ["session"]
    assert "Set-Cookie" not in kept


def test_get_response_may_be_any_wsgi_application(app: Flask, client: FlaskClient) -> None:
    """What ``get_response`` returns is called: it need not be a response."""

    class Own(HTTPException):
        code = 418

        def __init__(self) -> None:  # without what Werkzeug's sets
            pass

        def get_response(self, environ: Any = None, scope: Any = None) -> Any:
            def answer(environ: Any, start_response: Any) -> list[bytes]:
                start_response("418 Short and stout", [("X-Own", "1")])
                return [b"called"]

            return answer

    @app.get("/")
    def index() -> None:
        raise Own

    response = client.get("/")

    assert (response.status, response.data) == ("418 Short and stout", b"called")
    assert response.headers["X-Own"] == "1"


def test_error_of_get_response(app: Flask) -> None:
    """An error of ``get_response`` is one of the application: no handler but that of 500."""
    app.config.update(TESTING=False)

    class Own(HTTPException):
        code = 418

        def get_response(self, environ: Any = None, scope: Any = None) -> Any:
            raise KeyError("broken")

    app.register_error_handler(KeyError, lambda error: "of the class")
    app.register_error_handler(500, lambda error: repr(error.original_exception))

    @app.get("/")
    def index() -> None:
        raise Own

    assert app.test_client().get("/").text == "KeyError('broken')"


@pytest.mark.parametrize("name", ["get_body", "get_headers"])
def test_methods_of_an_error_take_environ_and_scope(app: Flask, name: str) -> None:
    """Overridden methods get two arguments, as from Werkzeug: one that takes fewer is an error."""
    app.config.update(TESTING=False)
    value: Any = "own" if name == "get_body" else [("X-Own", "own")]
    methods = {
        "two": lambda self, environ, scope: value,
        "one": lambda self, environ=None: value,
    }

    @app.get("/<kind>")
    def index(kind: str) -> None:
        raise type("Own", (HTTPException,), {"code": 418, name: methods[kind]})

    answers = [app.test_client().get(path) for path in ("/two", "/one")]

    assert [answer.status_code for answer in answers] == [418, 500]
    assert "own" in (answers[0].text, answers[0].headers.get("X-Own"))


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
