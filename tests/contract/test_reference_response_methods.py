"""The reference's part on response objects: what ``flask.Response`` does."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import parse_cookie
from werkzeug.test import Client, EnvironBuilder, TestResponse, create_environ
from werkzeug.wrappers import Response as BaseResponse

from flask import Flask, Request, Response

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
NOON_TEXT = "Fri, 02 Jan 2026 12:00:00 GMT"


def send(response: Response, **sent: Any) -> TestResponse:
    """Let a view return the response; return what the client gets."""
    app = Flask("shop", static_folder=None)
    app.testing = True
    app.add_url_rule("/", "view", lambda: response, methods=["GET", "POST"])
    return app.test_client().open(**{"path": "/", **sent})


# ETags and conditional answers


def test_add_etag() -> None:
    """An ETag is made of the body; a different body has a different one."""
    one, same, other = Response("one"), Response("one"), Response("other")
    for response in (one, same, other):
        response.add_etag()

    assert send(one).headers["ETag"] == send(same).headers["ETag"] != send(other).headers["ETag"]


def test_add_etag_overwrite() -> None:
    """An ETag that is there stays unless it is to be overwritten."""
    response = Response("body")
    response.set_etag("mine")

    response.add_etag(overwrite=False)
    assert response.get_etag() == ("mine", False)

    response.add_etag(overwrite=True)
    assert response.get_etag()[0] != "mine"


def test_add_etag_weak() -> None:
    """The ETag may be weak."""
    response = Response("body")

    response.add_etag(weak=True)

    assert send(response).headers["ETag"].startswith('W/"')


def test_get_etag() -> None:
    """The ETag is told with its weakness, both None without one."""
    assert Response(headers={"ETag": 'W/"a"'}).get_etag() == ("a", True)
    assert Response().get_etag() == (None, None)


def test_set_etag() -> None:
    """An ETag can be set, and set anew."""
    response = Response("body")

    response.set_etag("first")
    response.set_etag("second")

    assert send(response).headers.getlist("ETag") == ['"second"']


def test_set_etag_etag() -> None:
    """The ETag is quoted in the header."""
    response = Response("body")

    response.set_etag(etag="v1")

    assert send(response).headers["ETag"] == '"v1"'


def test_set_etag_weak() -> None:
    """The ETag may be weak."""
    response = Response("body")

    response.set_etag("v1", weak=True)

    assert send(response).headers["ETag"] == 'W/"v1"'


def test_freeze() -> None:
    """A frozen response is a list with a length and an ETag."""
    response = Response(iter("ab"))

    response.freeze()

    assert response.response == [b"a", b"b"]
    assert response.headers["Content-Length"] == "2"
    assert response.get_etag()[0]


def conditional(environ_or_request: Any = None, **options: Any) -> Response:
    response = Response("0123456789")
    response.set_etag("v1")
    result = response.make_conditional(environ_or_request or create_environ(), **options)
    assert result is response
    return response


UNCHANGED = {"HTTP_IF_NONE_MATCH": '"v1"'}
FIRST_FOUR = {"HTTP_RANGE": "bytes=0-3"}


def test_make_conditional() -> None:
    """A client that has this version is told that nothing changed."""
    assert conditional({**create_environ(), **UNCHANGED}).status_code == 304
    assert conditional({**create_environ(), "HTTP_IF_NONE_MATCH": '"v0"'}).status_code == 200


@pytest.mark.parametrize("as_request", [False, True])
def test_make_conditional_request_or_environ(as_request: bool) -> None:
    """The request may be given as an environ or as a request object."""
    environ = {**create_environ(), **UNCHANGED}
    response = Response("body")
    response.set_etag("v1")

    response.make_conditional(request_or_environ=Request(environ) if as_request else environ)

    assert response.status_code == 304


@pytest.mark.parametrize(
    ("accept_ranges", "header"), [(False, None), (True, "bytes"), ("none", "none")]
)
def test_make_conditional_accept_ranges(accept_ranges: bool | str, header: str | None) -> None:
    """Asked to, the response says which ranges it accepts."""
    response = conditional(accept_ranges=accept_ranges)

    assert response.headers.get("Accept-Ranges") == header


def test_make_conditional_complete_length() -> None:
    """With the whole length known, a range is cut out, and an impossible one refused."""
    environ = {**create_environ(), **FIRST_FOUR}
    response = conditional(environ, accept_ranges=True, complete_length=10)

    assert (response.status_code, response.data) == (206, b"0123")
    assert response.headers["Content-Range"] == "bytes 0-3/10"
    with pytest.raises(RequestedRangeNotSatisfiable):
        conditional(
            {**environ, "HTTP_RANGE": "bytes=90-99"}, accept_ranges=True, complete_length=10
        )


# Cookies

COOKIE_OPTIONS = [
    ("max_age", 60, "Max-Age=60"),
    ("max_age", timedelta(minutes=2), "Max-Age=120"),
    ("expires", NOON, f"Expires={NOON_TEXT}"),
    ("expires", NOON.timestamp(), f"Expires={NOON_TEXT}"),
    ("path", "/shop", "Path=/shop"),
    ("domain", "example.com", "Domain=example.com"),
    ("secure", True, "Secure"),
    ("httponly", True, "HttpOnly"),
    ("samesite", "Strict", "SameSite=Strict"),
    ("partitioned", True, "Partitioned"),
]


def cookie_parts(response: Response) -> list[str]:
    return send(response).headers["Set-Cookie"].split("; ")


def test_set_cookie() -> None:
    """A cookie is sent for the whole site and the browser's session."""
    response = Response()

    response.set_cookie("name", "한 x")

    header = send(response).headers["Set-Cookie"]
    assert header.endswith("; Path=/")
    assert parse_cookie(header.partition(";")[0])["name"] == "한 x"


def test_set_cookie_key() -> None:
    """Each key has its own header."""
    response = Response()
    for key in ("one", "two"):
        response.set_cookie(key=key)

    assert send(response).headers.getlist("Set-Cookie") == ["one=; Path=/", "two=; Path=/"]


def test_set_cookie_value() -> None:
    """The value is the text after the key."""
    response = Response()

    response.set_cookie("key", value="text")

    assert cookie_parts(response)[0] == "key=text"


@pytest.mark.parametrize(("option", "value", "part"), COOKIE_OPTIONS)
def test_set_cookie_option(option: str, value: Any, part: str) -> None:
    """An option is an attribute of the cookie."""
    response = Response()

    response.set_cookie("key", "text", **{option: value})

    assert part in cookie_parts(response)


def test_delete_cookie() -> None:
    """A cookie is deleted by letting it end in the past."""
    response = Response()

    response.delete_cookie("name")

    assert cookie_parts(response) == [
        "name=",
        "Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "Max-Age=0",
        "Path=/",
    ]


def test_delete_cookie_key() -> None:
    """The key names the cookie."""
    response = Response()

    response.delete_cookie(key="name")

    assert cookie_parts(response)[0] == "name="


@pytest.mark.parametrize(
    ("option", "value", "part"),
    [case for case in COOKIE_OPTIONS if case[0] not in {"max_age", "expires"}],
)
def test_delete_cookie_option(option: str, value: Any, part: str) -> None:
    """A cookie that was set with an option is deleted with the same one."""
    response = Response()

    response.delete_cookie("key", **{option: value})

    assert part in cookie_parts(response)


# At the end of a response


def test_call_on_close() -> None:
    """A function is called when the server closes the response; it works as a decorator."""
    closed = []
    response = Response("body")

    @response.call_on_close
    def note() -> None:
        closed.append("first")

    assert callable(note)
    send(response).close()
    assert closed == ["first"]


def test_call_on_close_func() -> None:
    """Functions are called in the order they were given."""
    closed: list[str] = []
    response = Response("body")
    for word in ("one", "two"):
        response.call_on_close(func=lambda word=word: closed.append(word))

    send(response).close()

    assert closed == ["one", "two"]


def test_close() -> None:
    """Closing a response closes its body; ``with`` does so too."""
    first, second = io.BytesIO(b"one"), io.BytesIO(b"two")

    Response(first).close()
    with Response(second):
        pass

    assert first.closed
    assert second.closed


# From and to WSGI


class Special(Response):
    """A class of an application of its own."""


def hello(environ: Any, start_response: Callable[..., Any]) -> Iterator[bytes]:
    start_response("201 CREATED", [("X-From", environ["PATH_INFO"])])
    yield b"hel"
    yield b"lo"


def test_force_type() -> None:
    """A response of another class becomes one of this class, in place."""
    other = BaseResponse("body", status=404)

    forced = Special.force_type(other)

    assert forced is other
    assert type(forced) is Special
    assert send(forced).status_code == 404


def test_force_type_response() -> None:
    """Of what is no response, nothing can be made without an environ."""
    mine = Special("body")

    assert Special.force_type(response=mine) is mine
    with pytest.raises(TypeError):
        Special.force_type(response=hello)  # type: ignore[arg-type]


def test_force_type_environ() -> None:
    """With an environ a WSGI application is called to make the response."""
    forced = Special.force_type(hello, environ=create_environ("/path"))  # type: ignore[arg-type]

    assert type(forced) is Special
    assert (forced.status_code, forced.headers["X-From"], forced.data) == (201, "/path", b"hello")


def test_from_app() -> None:
    """What a WSGI application answers is a response."""
    response = Special.from_app(hello, create_environ("/path"))

    assert type(response) is Special
    assert (response.status_code, response.data) == (201, b"hello")


def test_from_app_app() -> None:
    """A Flask application is a WSGI application, too."""
    app = Flask("shop", static_folder=None)
    app.add_url_rule("/", "view", lambda: ("made", 202))

    response = Response.from_app(app=app, environ=create_environ())

    assert (response.status_code, response.data) == (202, b"made")


def test_from_app_environ() -> None:
    """The application is asked for the path of the environ."""
    response = Response.from_app(hello, environ=create_environ("/there"))

    assert response.headers["X-From"] == "/there"


def test_from_app_buffered() -> None:
    """Buffered, the application's output is read to the end at once."""
    assert Response.from_app(hello, create_environ(), buffered=True).is_sequence
    assert Response.from_app(hello, create_environ(), buffered=False).is_streamed


@pytest.mark.parametrize(
    ("method", "status", "body"), [("GET", 200, b"body"), ("HEAD", 200, b""), ("GET", 204, b"")]
)
def test_get_app_iter(method: str, status: int, body: bytes) -> None:
    """Where HTTP allows no body, none is given to the server."""
    environ = create_environ(method=method)

    assert b"".join(Response("body", status).get_app_iter(environ)) == body


def test_get_app_iter_environ() -> None:
    """The environ's method decides."""
    response = Response(["one", "two"])

    assert list(response.get_app_iter(environ=create_environ())) == [b"one", b"two"]
    assert list(response.get_app_iter(environ=create_environ(method="HEAD"))) == []


def test_get_wsgi_headers() -> None:
    """The server gets a copy of the headers with the length in it."""
    response = Response(["body"])

    headers = response.get_wsgi_headers(create_environ())

    assert headers["Content-Length"] == "4"
    assert headers is not response.headers


def test_get_wsgi_headers_environ() -> None:
    """A content location is made absolute by the environ's host."""
    response = Response("body", headers={"Content-Location": "/한"})
    environ = create_environ(base_url="https://example.com/app")

    headers = response.get_wsgi_headers(environ=environ)

    assert headers["Content-Location"] == "/%ED%95%9C"


def test_get_wsgi_response() -> None:
    """The server gets body, status line and list of headers."""
    body, status, headers = Response("body", 201).get_wsgi_response(create_environ())

    assert b"".join(body) == b"body"
    assert status == "201 CREATED"
    assert ("Content-Length", "4") in headers


def test_get_wsgi_response_environ() -> None:
    """For HEAD the length is told and the body left out."""
    environ = EnvironBuilder(method="HEAD").get_environ()

    body, _status, headers = Response("body").get_wsgi_response(environ=environ)

    assert b"".join(body) == b""
    assert ("Content-Length", "4") in headers


def test_as_application() -> None:
    """A response is a WSGI application itself."""
    got = Client(Response("body", headers={"X-Probe": "yes"})).get("/")

    assert (got.data, got.headers["X-Probe"]) == (b"body", "yes")
