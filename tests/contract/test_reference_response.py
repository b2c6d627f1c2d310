"""The reference's part on response objects: making a ``flask.Response``, its attributes and body."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug.datastructures import (
    ContentRange,
    ContentSecurityPolicy,
    HeaderSet,
    ResponseCacheControl,
    WWWAuthenticate,
)
from werkzeug.http import COEP, COOP
from werkzeug.test import TestResponse, create_environ

from flask import Flask, Response

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
NOON_TEXT = "Fri, 02 Jan 2026 12:00:00 GMT"


def send(response: Response, **sent: Any) -> TestResponse:
    """Let a view return the response; return what the client gets."""
    app = Flask("shop", static_folder=None)
    app.testing = True
    app.add_url_rule("/", "view", lambda: response, methods=["GET", "POST"])
    return app.test_client().open(**{"path": "/", **sent})


# Attributes that stand for one header each: attribute, assigned value, header, text

HEADERS: dict[str, tuple[Any, str, str]] = {
    "accept_ranges": ("bytes", "Accept-Ranges", "bytes"),
    "access_control_allow_credentials": (True, "Access-Control-Allow-Credentials", "true"),
    "access_control_allow_headers": (
        HeaderSet(["X-One", "X-Two"]),
        "Access-Control-Allow-Headers",
        "X-One, X-Two",
    ),
    "access_control_allow_methods": (
        HeaderSet(["GET", "PUT"]),
        "Access-Control-Allow-Methods",
        "GET, PUT",
    ),
    "access_control_allow_origin": (
        "https://a.example",
        "Access-Control-Allow-Origin",
        "https://a.example",
    ),
    "access_control_expose_headers": (
        HeaderSet(["X-One"]),
        "Access-Control-Expose-Headers",
        "X-One",
    ),
    "access_control_max_age": (600, "Access-Control-Max-Age", "600"),
    "age": (timedelta(seconds=90), "Age", "90"),
    "allow": (HeaderSet(["GET", "HEAD"]), "Allow", "GET, HEAD"),
    "content_encoding": ("identity", "Content-Encoding", "identity"),
    "content_language": (HeaderSet(["ko", "en"]), "Content-Language", "ko, en"),
    "content_length": (4, "Content-Length", "4"),
    "content_location": ("/here", "Content-Location", "/here"),
    "content_md5": ("Q2hlY2s=", "Content-MD5", "Q2hlY2s="),
    "content_range": (ContentRange("bytes", 0, 4, 10), "Content-Range", "bytes 0-3/10"),
    "content_security_policy": (
        ContentSecurityPolicy({"default-src": "'self'"}),
        "Content-Security-Policy",
        "default-src 'self'",
    ),
    "content_security_policy_report_only": (
        ContentSecurityPolicy({"img-src": "*"}),
        "Content-Security-Policy-Report-Only",
        "img-src *",
    ),
    "content_type": ("text/csv; header=present", "Content-Type", "text/csv; header=present"),
    "cross_origin_embedder_policy": (
        COEP.REQUIRE_CORP,
        "Cross-Origin-Embedder-Policy",
        "require-corp",
    ),
    "cross_origin_opener_policy": (COOP.SAME_ORIGIN, "Cross-Origin-Opener-Policy", "same-origin"),
    "date": (NOON, "Date", NOON_TEXT),
    "expires": (NOON, "Expires", NOON_TEXT),
    "last_modified": (NOON, "Last-Modified", NOON_TEXT),
    "location": ("/elsewhere", "Location", "/elsewhere"),
    "retry_after": (NOON, "Retry-After", NOON_TEXT),
    "vary": (HeaderSet(["Accept", "Origin"]), "Vary", "Accept, Origin"),
    "www_authenticate": (
        WWWAuthenticate("basic", {"realm": "the shop"}),
        "WWW-Authenticate",
        'Basic realm="the shop"',
    ),
}


def plain(value: Any) -> Any:
    """Make Werkzeug's header objects comparable: by the text they write."""
    write = getattr(value, "to_header", None)
    return value if write is None else write()


@pytest.mark.parametrize("name", HEADERS)
def test_header_attribute(name: str) -> None:
    """Assigned, the attribute is sent as its header; read, it tells what the header says."""
    value, header, text = HEADERS[name]
    response = Response("body")

    setattr(response, name, value)

    assert send(response).headers[header] == text
    assert plain(getattr(Response("body", headers={header: text}), name)) == plain(value)


def test_cache_control() -> None:
    """Changing the cache control object changes the header."""
    response = Response("body")
    response.cache_control.max_age = 60
    response.cache_control.no_store = True

    assert isinstance(response.cache_control, ResponseCacheControl)
    assert send(response).headers["Cache-Control"] == "max-age=60, no-store"


def test_mimetype_params() -> None:
    """Changing the parameters of the content type changes the header."""
    response = Response("body", content_type="text/html; charset=utf-8")
    assert response.mimetype_params == {"charset": "utf-8"}

    response.mimetype_params["charset"] = "ascii"

    assert send(response).headers["Content-Type"] == "text/html; charset=ascii"


# The constructor


def test_response_class() -> None:
    """A response of nothing is empty, 200 and HTML."""
    got = send(Response())

    assert (got.data, got.status) == (b"", "200 OK")
    assert got.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("body", "sent"),
    [("한", "한".encode()), (b"\x00", b"\x00"), (["a", "b"], b"ab"), (iter([b"a", b"b"]), b"ab")],
    ids=["text", "bytes", "list", "iterator"],
)
def test_response_response(body: Any, sent: bytes) -> None:
    """The body may be text, bytes, or an iterable of either."""
    assert send(Response(response=body)).data == sent


@pytest.mark.parametrize(
    ("status", "line"),
    [(201, "201 CREATED"), ("404 NOT HERE", "404 NOT HERE"), ("204", "204 NO CONTENT")],
)
def test_response_status(status: int | str, line: str) -> None:
    """The status is a number, a number as text, or a whole status line."""
    assert send(Response(status=status)).status == line


@pytest.mark.parametrize(
    "headers", [{"X-Probe": "yes"}, [("X-Probe", "yes")]], ids=["dict", "list"]
)
def test_response_headers(headers: Any) -> None:
    """Headers are a mapping or a list of pairs."""
    assert send(Response("body", headers=headers)).headers["X-Probe"] == "yes"


def test_response_mimetype() -> None:
    """A text mimetype gets the charset, another one does not."""
    assert send(Response("a,b", mimetype="text/csv")).content_type == "text/csv; charset=utf-8"
    assert send(Response("{}", mimetype="image/png")).content_type == "image/png"


def test_response_content_type() -> None:
    """A content type is sent as it is, and goes before a mimetype."""
    response = Response("body", content_type="text/plain; charset=ascii", mimetype="text/csv")

    assert send(response).content_type == "text/plain; charset=ascii"


def test_response_direct_passthrough() -> None:
    """Pieces of a body that is passed through reach the server as they are."""
    response = Response([b"one", b"two"], direct_passthrough=True)
    pieces, _status, _headers = response.get_wsgi_response(create_environ())

    assert response.direct_passthrough
    assert pieces is response.response


# The body


def test_data() -> None:
    """The data is the whole body; assigning replaces it, with its length."""
    response = Response(["a", "b"])
    assert response.data == b"ab"

    response.data = "한"

    got = send(response)
    assert (got.data, got.content_length) == ("한".encode(), 3)


def test_response_attribute() -> None:
    """The body is an iterable that may be exchanged for another."""
    response = Response("first")
    assert response.response == [b"first"]

    response.response = [b"sec", b"ond"]
    del response.content_length

    assert send(response).data == b"second"


def test_direct_passthrough() -> None:
    """The pieces of a passed-through stream are not collected to be read as data."""
    response = Response(iter([b"one"]))
    assert response.direct_passthrough is False

    response.direct_passthrough = True
    with pytest.raises(RuntimeError):
        response.get_data()

    response.direct_passthrough = False
    assert response.get_data() == b"one"


def test_get_data() -> None:
    """The body of a stream is collected when asked for."""
    assert Response(iter(["a", "b"])).get_data() == b"ab"


def test_get_data_as_text() -> None:
    """The body can be had as text."""
    assert Response("한글").get_data(as_text=True) == "한글"


def test_set_data() -> None:
    """New data replaces the body and its length."""
    response = Response("first")

    response.set_data(b"other one")

    got = send(response)
    assert (got.data, got.content_length) == (b"other one", 9)


def test_set_data_value() -> None:
    """Text is encoded as UTF-8, bytes stay."""
    response = Response()

    response.set_data(value="한")

    assert response.data == "한".encode()


def test_get_json() -> None:
    """JSON is parsed; without a JSON mimetype there is none."""
    assert Response('{"n": 1}', mimetype="application/json").get_json() == {"n": 1}
    assert Response('{"n": 1}').get_json() is None


def test_get_json_force() -> None:
    """The mimetype does not matter when forced."""
    assert Response("[1]").get_json(force=True) == [1]


def test_get_json_silent() -> None:
    """Bad JSON is an error unless asked to be silent."""
    response = Response("{", mimetype="application/json")

    assert response.get_json(silent=True) is None
    with pytest.raises(ValueError, match="Expecting property name"):
        response.get_json()


def test_json() -> None:
    """The parsed body is an attribute, for tests above all."""
    assert send(Response('{"n": [1]}', mimetype="application/json")).json == {"n": [1]}
    assert Response("[2]", mimetype="application/json").json == [2]


@pytest.mark.parametrize(
    ("mimetype", "expected"),
    [("application/json", True), ("application/problem+json", True), ("text/plain", False)],
)
def test_is_json(mimetype: str, expected: bool) -> None:
    """JSON is told by the mimetype, also by its suffix."""
    assert Response("{}", mimetype=mimetype).is_json is expected


@pytest.mark.parametrize(
    ("body", "buffered"), [("text", True), (("a", "b"), True), (iter("ab"), False)]
)
def test_is_sequence(body: Any, buffered: bool) -> None:
    """A list or tuple is a buffered body, an iterator is not."""
    assert Response(body).is_sequence is buffered


@pytest.mark.parametrize(("body", "streamed"), [(["a"], False), (iter("a"), True)])
def test_is_streamed(body: Any, streamed: bool) -> None:
    """A body whose number of pieces is unknown is streamed."""
    assert Response(body).is_streamed is streamed


def test_iter_encoded() -> None:
    """Pieces of text are encoded one by one."""
    assert list(Response(iter(["한", "a"])).iter_encoded()) == ["한".encode(), b"a"]


def test_make_sequence() -> None:
    """A stream becomes a list of bytes, and can be sent more than once then."""
    response = Response(iter(["a", "b"]))

    response.make_sequence()

    assert response.response == [b"a", b"b"]
    assert send(response).data == send(response).data == b"ab"


def test_calculate_content_length() -> None:
    """The length is counted in bytes, and unknown where the stream must not be collected."""
    passed_through = Response(iter([b"a"]), direct_passthrough=True)

    assert Response(["한", "a"]).calculate_content_length() == 4
    assert passed_through.calculate_content_length() is None


def test_stream() -> None:
    """The body can be written to like a file."""
    response = Response("head ")

    response.stream.write("한")
    response.stream.writelines([b" and ", "more"])

    assert send(response).text == "head 한 and more"


# Status and type


@pytest.mark.parametrize(("given", "line"), [("404 LOST", "404 LOST"), (201, "201 CREATED")])
def test_status(given: str | int, line: str) -> None:
    """The status line can be assigned, and tells the number."""
    response = Response("body")
    assert response.status == "200 OK"

    response.status = given  # type: ignore[assignment]

    assert send(response).status == line
    assert response.status_code == int(line[:3])


def test_status_code() -> None:
    """The number can be assigned, and tells the status line."""
    response = Response("body")
    assert response.status_code == 200

    response.status_code = 404

    assert send(response).status == response.status == "404 NOT FOUND"


def test_mimetype() -> None:
    """The mimetype can be assigned; a text type gets the charset."""
    response = Response("a,b")
    assert response.mimetype == "text/html"

    response.mimetype = "text/csv"

    assert send(response).content_type == "text/csv; charset=utf-8"


# Class attributes that subclasses change


def test_default_mimetype() -> None:
    """The class says the type of a response that names none."""

    class Plain(Response):
        default_mimetype = "text/plain"

    assert send(Response(["body"])).mimetype == "text/html"
    assert send(Plain("body")).mimetype == "text/plain"


def test_json_module() -> None:
    """JSON is read by the module that the class names: the application's provider."""

    class FixedJSON:
        @staticmethod
        def loads(s: bytes, **options: Any) -> str:
            return f"read {s.decode()}"

    class Fixed(Response):
        json_module = FixedJSON

    assert Response("[1]", mimetype="application/json").json == [1]
    assert Fixed("[1]", mimetype="application/json").json == "read [1]"


def test_automatically_set_content_length() -> None:
    """The length of a list is sent, unless the class forbids it."""

    class Unmeasured(Response):
        automatically_set_content_length = False

    assert send(Response(["a", "b"])).headers["Content-Length"] == "2"
    assert "Content-Length" not in send(Unmeasured(["a", "b"])).headers


def test_default_status() -> None:
    """The class says the status of a response that names none."""

    class Created(Response):
        default_status = 201

    assert send(Response(["body"])).status_code == 200
    assert send(Created("body")).status_code == 201
    assert Response.default_status == 200


def test_implicit_sequence_conversion() -> None:
    """A stream is collected by reading its data, unless the class forbids it."""

    class Streaming(Response):
        implicit_sequence_conversion = False

    assert Response(iter("ab")).data == b"ab"
    with pytest.raises(RuntimeError):
        _ = Streaming(iter("ab")).data


def test_autocorrect_location_header() -> None:
    """A relative location is sent as it is, unless the class wants it absolute."""

    class Absolute(Response):
        autocorrect_location_header = True

    sent = {"status": 302, "headers": {"Location": "/next"}}
    assert send(Response(**sent)).location == "/next"
    assert send(Absolute(**sent)).location == "http://localhost/next"


def test_max_cookie_size() -> None:
    """The size from which a cookie warns is ``MAX_COOKIE_SIZE``, and cannot be assigned."""
    app = Flask("shop", static_folder=None)
    app.config["MAX_COOKIE_SIZE"] = 100
    response = Response()

    assert response.max_cookie_size == 4093
    with app.app_context():
        assert response.max_cookie_size == 100
        with pytest.warns(UserWarning, match="100 bytes"):
            response.set_cookie("big", "x" * 100)
    with pytest.raises(AttributeError):
        response.max_cookie_size = 5  # type: ignore[misc]
