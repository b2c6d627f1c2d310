"""A request class that reads a header or the query from elsewhere is believed by all that follows."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.datastructures import Headers, ImmutableMultiDict

import flask
from flask import Flask, Request, session


class CookiesFromAHeader(Request):
    """Takes the cookies of a gateway that sends them under another name."""

    @property
    def cookies(self) -> Any:
        name, _, value = self.headers.get("X-Cookie", "").partition("=")
        return ImmutableMultiDict([(name, value)] if name else [])


class HeadersByTicket(Request):
    """Brings its own headers."""

    @property
    def headers(self) -> Any:
        return Headers({"Cookie": "colour=blue"})


class QueryInPath(Request):
    """Takes the query from the path."""

    @property
    def query_string(self) -> Any:
        return self.path.rpartition("/")[2].encode()


def test_permanent_session_is_refreshed(app: Flask) -> None:
    """A session of cookies from elsewhere is opened for saving, though no view touched it."""
    app.request_class = CookiesFromAHeader

    @app.get("/set")
    def set_() -> str:
        session.permanent = True
        return "x"

    @app.get("/idle")
    def idle() -> str:
        return "x"

    cookie = app.test_client().get("/set").headers["Set-Cookie"].partition(";")[0]
    client = app.test_client(use_cookies=False)

    assert "Set-Cookie" in client.get("/idle", headers={"X-Cookie": cookie}).headers
    assert "Set-Cookie" not in client.get("/idle", headers={"Cookie": cookie}).headers
    assert "Set-Cookie" not in client.get("/idle").headers


def test_cookies_that_came_decide(app: Flask) -> None:
    """The session is that of the cookies that came: a hook that replaces them is too late."""

    @app.before_request
    def drop_cookies() -> None:
        flask.request.cookies = ImmutableMultiDict()  # type: ignore[assignment]

    @app.get("/")
    def index() -> str:
        return "x"

    with app.test_request_context() as ctx:
        session.permanent = True
        response = app.process_response(app.make_response("x"))
        cookie = response.headers["Set-Cookie"].partition(";")[0]
        assert ctx.session

    response = app.test_client(use_cookies=False).get("/", headers={"Cookie": cookie})

    assert "Set-Cookie" in response.headers


@pytest.mark.parametrize(
    ("request_class", "attribute", "value"),
    [(HeadersByTicket, "cookies", {"colour": "blue"}), (QueryInPath, "args", {"q": "1"})],
)
def test_what_is_derived_follows(
    request_class: type[Request], attribute: str, value: dict[str, str]
) -> None:
    """Cookies come from a subclass' headers, arguments from its query string."""
    request = request_class({"PATH_INFO": "/a/q=1", "QUERY_STRING": "q=2", "HTTP_COOKIE": "c=d"})

    assert dict(getattr(request, attribute)) == value
