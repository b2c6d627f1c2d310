"""A response made and sent the short way is the one that Werkzeug makes and sends."""

from __future__ import annotations

import copy
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import werkzeug.utils
import werkzeug.wrappers
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException, MethodNotAllowed, default_exceptions
from werkzeug.test import create_environ, run_wsgi_app

from flask import Flask, Response
from flask.plainresponses import LATE_ATTRIBUTES, redirect_to, response_of_error


class Werkzeugs(werkzeug.wrappers.Response):
    """Werkzeug's response with Flask's two defaults."""

    default_mimetype = "text/html"
    autocorrect_location_header = False


bodies = st.one_of(st.text(), st.binary(), st.none(), st.lists(st.text() | st.binary(), max_size=3))
statuses = st.one_of(
    st.none(),
    st.sampled_from([100, 101, 200, 201, 204, 206, 301, 304, 400, 404, 500, 599]),
    st.sampled_from(["200 OK", "200 Fine", "404", "204 Nothing", "299 Own Words"]),
)
header_text = st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=10)
header_names = st.sampled_from(
    ["X-A", "x-a", "Vary", "Content-Length", "Content-Type", "ETag", "expires", "Last-Modified"]
)
location_names = st.sampled_from(["Location", "Content-Location", "location"])
iris = st.one_of(
    st.sampled_from(["/", "/a?b=1&c=2", "//a", "/a b", "http://x/é", "/a%20b", "?a=1", "/a?"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=8),
    st.from_regex(r"/[A-Za-z0-9/_.~?&=<>-]{0,9}", fullmatch=True),
)
header_pairs = st.tuples(header_names, header_text) | st.tuples(location_names, iris)
headers = st.none() | st.lists(header_pairs, max_size=4)
mimetypes = st.none() | st.sampled_from(
    ["text/plain", "application/json", "image/svg+xml", "a/b", ""]
)
changes = st.lists(
    st.sampled_from(["cookie", "data", "status", "header", "length", "mimetype", "vary"]),
    max_size=3,
)


def change(response: Any, what: str) -> None:
    """Do to a response what views and hooks do."""
    match what:
        case "cookie":
            response.set_cookie("a", "b", secure=True)
        case "data":
            response.data = "changed é"
        case "status":
            response.status_code = 404
        case "header":
            response.headers["X-Late"] = "1"
        case "length":
            del response.headers["Content-Length"]
        case "mimetype":
            response.mimetype = "text/x-late"
        case "vary":
            response.vary.add("Cookie")


def attempt(make: Callable[[], Any]) -> Any:
    """Return what is made, or the type and text of the error."""
    try:
        return make()
    except ValueError as error:
        return type(error), str(error)


def sent(response: Any, method: str) -> tuple[str, list[tuple[str, str]], bytes]:
    pieces, status, header_list = run_wsgi_app(response, create_environ(method=method))
    return status, header_list.to_wsgi_list(), b"".join(pieces)


@given(
    body=bodies,
    status=statuses,
    header_list=headers,
    mimetype=mimetypes,
    later=changes,
    method=st.sampled_from(["GET", "HEAD", "POST"]),
    is_streamed=st.booleans(),
)
@example("x", None, None, None, [], "GET", False)
@example(b"", 200, None, "", ["length"], "HEAD", False)
@example("x", 302, [("Location", "/a?b=1&c=2")], None, [], "GET", False)
@example("x", 200, [("Content-Length", "99")], None, ["data"], "GET", False)
@example([b"x", "y", b""], 200, None, None, [], "GET", True)
def test_sent_as_werkzeug_sends_it(
    body: Any,
    status: Any,
    header_list: Any,
    mimetype: str | None,
    later: list[str],
    method: str,
    is_streamed: bool,
) -> None:
    """Status line, headers in their order, and body are the same, whatever is done to it."""
    ours, theirs = (
        kind(iter(body) if is_streamed and type(body) is list else body, *rest)
        for kind, rest in (
            (Response, (status, header_list, mimetype)),
            (Werkzeugs, (status, header_list, mimetype)),
        )
    )
    for what in later:
        change(ours, what)
        change(theirs, what)

    # Once without another look at it: reading the headers is a change, too.
    assert attempt(lambda: sent(copy.copy(ours), method)) == attempt(
        lambda: sent(copy.copy(theirs), method)
    )
    for name in LATE_ATTRIBUTES:
        assert getattr(ours, name) == getattr(theirs, name), name
        assert getattr(ours, name).__class__ is getattr(theirs, name).__class__, name
    assert ours.headers.to_wsgi_list() == theirs.headers.to_wsgi_list()
    assert attempt(lambda: sent(ours, method)) == attempt(lambda: sent(theirs, method))


app = Flask("shop")


@given(
    body=st.text() | st.binary(),
    status=st.none() | st.integers(200, 599),
    header_list=st.none() | st.lists(st.tuples(header_names, header_text), min_size=1, max_size=3),
)
def test_tuple_is_the_response_of_its_parts(body: Any, status: Any, header_list: Any) -> None:
    """A tuple returned by a view is the response made of its parts."""
    parts = [part for part in (status, header_list) if part is not None]
    with app.test_request_context():
        response = app.make_response((body, *parts) if parts else body)

    expected = Werkzeugs(body, status, header_list)
    assert response.status == expected.status
    assert response.data == expected.data
    assert response.headers.to_wsgi_list() == expected.headers.to_wsgi_list()


descriptions = st.none() | st.text() | st.sampled_from(["<b>\n&", "a\r\nb", ""])


@given(
    cls=st.sampled_from([*default_exceptions.values(), HTTPException]),
    description=descriptions,
    code=st.none() | st.integers(0, 600),
    methods=st.lists(st.text(max_size=5) | st.sampled_from(["GET", "HEAD"]), max_size=3),
    method=st.sampled_from(["GET", "HEAD"]),
)
def test_http_error_is_werkzeugs_response(
    cls: type[HTTPException],
    description: str | None,
    code: int | None,
    methods: list[str],
    method: str,
) -> None:
    """Page, headers and status of an HTTP error are those of ``get_response``."""
    error = cls(description=description)
    if code is not None:
        error.code = code
    if isinstance(error, MethodNotAllowed):
        error.valid_methods = methods
    environ = create_environ(method=method)

    ours = attempt(lambda: response_of_error(error, Response, environ))
    theirs = attempt(lambda: Response.force_type(error.get_response(environ), environ))

    if isinstance(theirs, tuple):
        assert ours == theirs
    else:
        assert ours.headers.to_wsgi_list() == theirs.headers.to_wsgi_list()
        assert sent(ours, method) == sent(theirs, method)


@given(
    location=iris,
    code=st.sampled_from([301, 302, 303, 305, 307, 308, 201, 599, HTTPStatus.FOUND]),
    touch=st.sampled_from(["", "corrects", "elsewhere", "header", "length", "status", "data"]),
)
def test_redirect_is_werkzeugs(location: str, code: int, touch: str) -> None:
    """A redirect's page and headers are those of Werkzeug's, and so is what is sent, touched or not."""
    ours = redirect_to(location, code, Response)
    theirs = werkzeug.utils.redirect(location, code, Response=Werkzeugs)
    for response in (ours, theirs):
        match touch:
            case "corrects":
                response.autocorrect_location_header = True
            case "elsewhere":
                response.headers["Location"] = "/é b"
            case "header":
                response.headers["X-A"] = "1"
            case "length":
                del response.headers["Content-Length"]
            case "status":
                response.status_code = 304
            case "data":
                response.data = "changed"

    assert ours.headers.to_wsgi_list() == theirs.headers.to_wsgi_list()
    assert attempt(lambda: sent(ours, "GET")) == attempt(lambda: sent(theirs, "GET"))
