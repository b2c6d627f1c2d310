"""The reference's part on incoming data: making a ``flask.Request``, and its attributes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from werkzeug.exceptions import (
    BadRequest,
    MethodNotAllowed,
    NotFound,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)
from werkzeug.test import EnvironBuilder

import flask
from contract.asking import FORM, UPLOAD, Read, Sent, body, header, observe
from flask import Blueprint, Flask, Request

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
NOON_TEXT = "Fri, 02 Jan 2026 12:00:00 GMT"


def by_name(name: str) -> Read:
    return lambda request: getattr(request, name)


def wsgi(name: str, value: Any) -> Sent:
    return {"environ_overrides": {name: value}}


HEADERS: dict[str, tuple[Read, Sent, Any]] = {
    "accept_charsets": (
        lambda r: r.accept_charsets.best_match(["latin1", "utf-8"]),
        header("Accept-Charset", "latin1;q=0.4, utf-8"),
        "utf-8",
    ),
    "accept_encodings": (
        lambda r: list(r.accept_encodings),
        header("Accept-Encoding", "gzip;q=0.5, br"),
        [("br", 1), ("gzip", 0.5)],
    ),
    "accept_languages": (
        lambda r: r.accept_languages.best_match(["en", "ko"]),
        header("Accept-Language", "en;q=0.3, ko"),
        "ko",
    ),
    "accept_mimetypes": (
        lambda r: r.accept_mimetypes.accept_json and not r.accept_mimetypes.accept_html,
        header("Accept", "application/json"),
        True,
    ),
    "access_control_request_headers": (
        lambda r: sorted(r.access_control_request_headers),
        header("Access-Control-Request-Headers", "x-one, x-two"),
        ["x-one", "x-two"],
    ),
    "access_control_request_method": (
        by_name("access_control_request_method"),
        header("Access-Control-Request-Method", "PUT"),
        "PUT",
    ),
    "authorization": (
        lambda r: (r.authorization.type, r.authorization.username, r.authorization.password),
        {"auth": ("ada", "secret")},
        ("basic", "ada", "secret"),
    ),
    "cache_control": (
        lambda r: (r.cache_control.max_age, r.cache_control.no_store),
        header("Cache-Control", "max-age=60, no-store"),
        (60, True),
    ),
    "content_encoding": (
        by_name("content_encoding"),
        header("Content-Encoding", "gzip"),
        "gzip",
    ),
    "content_length": (by_name("content_length"), body("12345", "text/plain"), 5),
    "content_md5": (by_name("content_md5"), header("Content-MD5", "Q2hlY2s="), "Q2hlY2s="),
    "content_type": (
        by_name("content_type"),
        body("<p>", "text/HTML; charset=utf-8"),
        "text/HTML; charset=utf-8",
    ),
    "date": (by_name("date"), header("Date", NOON_TEXT), NOON),
    "host": (by_name("host"), {"base_url": "http://example.com:8080/"}, "example.com:8080"),
    "cookies": (
        lambda r: dict(r.cookies),
        header("Cookie", 'a=1; b="2 x"'),
        {"a": "1", "b": "2 x"},
    ),
    "if_match": (lambda r: r.if_match.contains("abc"), header("If-Match", '"abc"'), True),
    "if_modified_since": (
        by_name("if_modified_since"),
        header("If-Modified-Since", NOON_TEXT),
        NOON,
    ),
    "if_none_match": (
        lambda r: (r.if_none_match.contains("abc"), r.if_none_match.contains_weak("def")),
        header("If-None-Match", '"abc", W/"def"'),
        (True, True),
    ),
    "if_range": (lambda r: r.if_range.etag, header("If-Range", '"abc"'), "abc"),
    "if_unmodified_since": (
        by_name("if_unmodified_since"),
        header("If-Unmodified-Since", NOON_TEXT),
        NOON,
    ),
    "is_json": (by_name("is_json"), body("{}", "application/problem+json"), True),
    "max_forwards": (by_name("max_forwards"), header("Max-Forwards", "3"), 3),
    "mimetype": (by_name("mimetype"), body("<p>", "text/HTML; charset=utf-8"), "text/html"),
    "mimetype_params": (
        by_name("mimetype_params"),
        body("<p>", "text/html; charset=utf-8"),
        {"charset": "utf-8"},
    ),
    "origin": (by_name("origin"), header("Origin", "https://a.example"), "https://a.example"),
    "pragma": (lambda r: "no-cache" in r.pragma, header("Pragma", "no-cache"), True),
    "range": (
        lambda r: (r.range.units, r.range.ranges),
        header("Range", "bytes=0-4,10-"),
        ("bytes", [(0, 5), (10, None)]),
    ),
    "referrer": (by_name("referrer"), header("Referer", "/before"), "/before"),
    "user_agent": (lambda r: r.user_agent.string, header("User-Agent", "Probe/2"), "Probe/2"),
    "headers": (lambda r: r.headers["x-probe"], header("X-Probe", "here"), "here"),
}

URL: dict[str, tuple[Read, Sent, Any]] = {
    "args": (
        lambda r: (r.args["q"], r.args.getlist("n")),
        {"query_string": "q=%ED%95%9C+x&n=1&n=2"},
        ("한 x", ["1", "2"]),
    ),
    "query_string": (by_name("query_string"), {"query_string": "q=%41"}, b"q=%41"),
    "method": (by_name("method"), {"method": "PUT"}, "PUT"),
    "scheme": (by_name("scheme"), {"base_url": "https://example.com/"}, "https"),
    "server": (by_name("server"), {"base_url": "http://example.com:81/"}, ("example.com", 81)),
    "root_path": (by_name("root_path"), {"base_url": "http://localhost/app"}, "/app"),
    "script_root": (by_name("script_root"), {"base_url": "http://localhost/app"}, "/app"),
    "path": (by_name("path"), {"path": "/a/b", "base_url": "http://localhost/app"}, "/a/b"),
    "root_url": (
        by_name("root_url"),
        {"path": "/a", "base_url": "https://example.com/app"},
        "https://example.com/app/",
    ),
    "url_root": (
        by_name("url_root"),
        {"path": "/a", "base_url": "https://example.com/app"},
        "https://example.com/app/",
    ),
}

PLACE: Sent = {"path": "/a", "query_string": "q=1", "base_url": "https://example.com/app"}
URL |= {
    "url": (by_name("url"), PLACE, "https://example.com/app/a?q=1"),
    "base_url": (by_name("base_url"), PLACE, "https://example.com/app/a"),
    "full_path": (by_name("full_path"), PLACE, "/a?q=1"),
    "host_url": (by_name("host_url"), PLACE, "https://example.com/"),
    "is_secure": (by_name("is_secure"), PLACE, True),
}

ENVIRON: dict[str, tuple[Read, Sent, Any]] = {
    "access_route": (
        lambda r: list(r.access_route),
        header("X-Forwarded-For", "192.0.2.1, 192.0.2.2"),
        ["192.0.2.1", "192.0.2.2"],
    ),
    "environ": (lambda r: r.environ["probe.key"], wsgi("probe.key", "kept"), "kept"),
    "is_multiprocess": (by_name("is_multiprocess"), wsgi("wsgi.multiprocess", True), True),
    "is_multithread": (by_name("is_multithread"), wsgi("wsgi.multithread", True), True),
    "is_run_once": (by_name("is_run_once"), wsgi("wsgi.run_once", True), True),
    "remote_addr": (by_name("remote_addr"), wsgi("REMOTE_ADDR", "192.0.2.7"), "192.0.2.7"),
    "remote_user": (by_name("remote_user"), wsgi("REMOTE_USER", "ada"), "ada"),
    "shallow": (by_name("shallow"), {}, False),
}

BODY: dict[str, tuple[Read, Sent, Any]] = {
    "data": (by_name("data"), body(b"\x00raw", "application/octet-stream"), b"\x00raw"),
    "files": (
        lambda r: (r.files["file"].filename, r.files["file"].read()),
        UPLOAD,
        ("note.txt", b"hello"),
    ),
    "form": (lambda r: (r.form["name"], r.form.getlist("tag")), FORM, ("ada", ["x", "y"])),
    "input_stream": (lambda r: r.input_stream.read(5), body("12345", "text/plain"), b"12345"),
    "json": (by_name("json"), {"method": "POST", "json": {"n": [1, None]}}, {"n": [1, None]}),
    "stream": (lambda r: r.stream.read(), body("12345", "text/plain"), b"12345"),
    "values": (
        lambda r: (r.values["q"], r.values["name"]),
        {**FORM, "query_string": "q=1"},
        ("1", "ada"),
    ),
    "want_form_data_parsed": (by_name("want_form_data_parsed"), FORM, True),
}

SEEN = {**HEADERS, **URL, **ENVIRON, **BODY}


@pytest.mark.parametrize("name", SEEN)
def test_attribute(name: str) -> None:
    """An attribute tells what the client or the server sent, parsed."""
    read, sent, expected = SEEN[name]

    assert observe(read, **sent) == expected


# What Flask adds: the match, the limits, the failing JSON


def test_request_class() -> None:
    """A request is made of a WSGI environ alone."""
    request = Request(EnvironBuilder("/page?x=1", method="PUT").get_environ())

    assert (request.method, request.path, request.args["x"]) == ("PUT", "/page", "1")


def test_request_environ() -> None:
    """The environ that the request was made of stays the very same object."""
    environ = EnvironBuilder("/").get_environ()

    assert Request(environ=environ).environ is environ


@pytest.mark.parametrize("populate", [True, False])
def test_request_populate_request(populate: bool) -> None:
    """The request puts itself into the environ unless told not to."""
    environ = EnvironBuilder("/").get_environ()
    request = Request(environ, populate_request=populate)

    assert environ.get("werkzeug.request") is (request if populate else None)


def test_request_shallow() -> None:
    """A shallow request refuses to read its body and leaves the environ alone."""
    environ = EnvironBuilder("/", method="POST", data=b"body").get_environ()
    request = Request(environ, shallow=True)

    assert request.shallow
    assert "werkzeug.request" not in environ
    with pytest.raises(RuntimeError):
        request.get_data()


def test_request_proxy(app: Flask) -> None:
    """``flask.request`` stands for the request of the active context, and for none outside."""
    with app.test_request_context("/here", method="POST"):
        assert flask.request.path == "/here"
        assert isinstance(flask.request, Request)
    with pytest.raises(RuntimeError):
        _ = flask.request.path


def test_url_rule() -> None:
    """The rule that matched tells its text and the methods it allows."""
    rule = observe(by_name("url_rule"), path="/some/where")

    assert rule.rule == "/<path:path>"
    assert rule.methods == {"GET", "POST", "PUT", "OPTIONS", "HEAD"}


def test_url_rule_none_unmatched(app: Flask) -> None:
    """No rule matched: there is none to tell."""
    with app.test_request_context("/missing"):
        assert flask.request.url_rule is None


def test_view_args() -> None:
    """The variable parts of the URL are kept on the request."""
    assert observe(by_name("view_args"), path="/some/where") == {"path": "some/where"}


@pytest.mark.parametrize(
    ("method", "path", "error"),
    [("GET", "/missing", NotFound), ("DELETE", "/known", MethodNotAllowed)],
)
def test_routing_exception(
    app: Flask, method: str, path: str, error: type[NotFound | MethodNotAllowed]
) -> None:
    """The error of a URL that does not match waits on the request."""
    app.add_url_rule("/known", "known", lambda: "known")

    with app.test_request_context(path, method=method):
        failure = flask.request.routing_exception

    assert isinstance(failure, error)
    if isinstance(failure, MethodNotAllowed):
        assert sorted(failure.valid_methods or ()) == ["GET", "HEAD", "OPTIONS"]


@pytest.fixture
def nested(app: Flask) -> Flask:
    """An application with a blueprint inside a blueprint, both registered by other names."""
    outer = Blueprint("outer", __name__, url_prefix="/outer")
    inner = Blueprint("inner", __name__, url_prefix="/inner")

    @inner.route("/page")
    def page() -> dict[str, Any]:
        request = flask.request
        return {
            "endpoint": request.endpoint,
            "blueprint": request.blueprint,
            "blueprints": request.blueprints,
        }

    outer.register_blueprint(inner, name="within")
    app.register_blueprint(outer, name="around")
    return app


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("endpoint", "around.within.page"),
        ("blueprint", "around.within"),
        ("blueprints", ["around.within", "around"]),
    ],
)
def test_blueprint_attribute(nested: Flask, name: str, expected: str | list[str]) -> None:
    """Endpoint and blueprints are told by the names they are registered under."""
    answer = nested.test_client().get("/outer/inner/page").json

    assert answer[name] == expected


@pytest.mark.parametrize(
    ("name", "expected"), [("endpoint", None), ("blueprint", None), ("blueprints", [])]
)
def test_blueprint_attribute_unmatched(nested: Flask, name: str, expected: Any) -> None:
    """A URL that did not match belongs to no endpoint and no blueprint."""
    with nested.test_request_context("/missing"):
        assert getattr(flask.request, name) == expected


def multipart(**fields: str) -> Sent:
    return {"method": "POST", "data": fields, "content_type": "multipart/form-data"}


LIMITS = {
    "max_content_length": (4, body("12345", "text/plain"), lambda r: r.get_data()),
    "max_form_memory_size": (4, multipart(field="12345"), lambda r: r.form),
    "max_form_parts": (1, multipart(one="1", two="2"), lambda r: r.form),
}


@pytest.mark.parametrize("name", LIMITS)
def test_limit_of_config(app: Flask, name: str) -> None:
    """A limit of the configuration is told by the request and refuses a larger body."""
    limit, sent, read = LIMITS[name]
    app.config[name.upper()] = limit

    def read_beyond(request: Request) -> int | None:
        with pytest.raises(RequestEntityTooLarge):
            read(request)
        told: int | None = getattr(request, name)
        return told

    assert observe(read_beyond, app, **sent) == limit


@pytest.mark.parametrize("name", LIMITS)
def test_limit_of_request(app: Flask, name: str) -> None:
    """A limit set on one request goes before the configuration's."""
    limit, sent, read = LIMITS[name]
    app.config[name.upper()] = limit

    def read_with_raised_limit(request: Request) -> Any:
        setattr(request, name, 10_000)
        return bool(read(request)), getattr(request, name)

    assert observe(read_with_raised_limit, app, **sent) == (True, 10_000)


@pytest.mark.parametrize(
    ("name", "default"),
    [("max_content_length", None), ("max_form_memory_size", 500_000), ("max_form_parts", 1_000)],
)
def test_limit_default(name: str, default: int | None) -> None:
    """Without settings the limits are the documented ones."""
    assert observe(by_name(name)) == default


def test_on_json_loading_failed(app: Flask) -> None:
    """A body that is no JSON is answered 400, another content type 415."""
    app.add_url_rule("/", "read", lambda: flask.request.json, methods=["POST"])
    client = app.test_client()

    assert client.post("/", data="{", content_type="application/json").status_code == 400
    assert client.post("/", data="{}", content_type="text/plain").status_code == 415


@pytest.mark.parametrize(
    ("error", "raised"), [(ValueError("cut off"), BadRequest), (None, UnsupportedMediaType)]
)
def test_on_json_loading_failed_e(
    app: Flask, error: ValueError | None, raised: type[Exception]
) -> None:
    """The parser's error means bad JSON, None means a wrong content type."""
    with app.test_request_context("/", method="POST"), pytest.raises(raised):
        flask.request.on_json_loading_failed(e=error)


def test_on_json_loading_failed_overridden(app: Flask) -> None:
    """What an overriding method returns is what ``get_json`` returns."""

    class Lenient(Request):
        def on_json_loading_failed(self, e: ValueError | None) -> Any:
            return {"problem": type(e).__name__}

    app.request_class = Lenient
    sent = body("{", "application/json")

    assert observe(by_name("json"), app, **sent) == {"problem": "JSONDecodeError"}
