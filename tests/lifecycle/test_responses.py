from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
import werkzeug.wrappers
from werkzeug.datastructures import Headers
from werkzeug.exceptions import ImATeapot, NotFound

from flask import Flask, Response, jsonify, make_response
from flask.testing import FlaskClient

HTML = "text/html; charset=utf-8"
JSON = "application/json"


def answer(app: Flask, rv: Callable[[], Any]) -> Any:
    app.add_url_rule("/", "shown", rv)
    return app.test_client().get("/")


def wsgi_hello(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("202 Accepted", [("Content-Type", "text/plain"), ("X-From", "wsgi")])
    return [b"hello ", environ["PATH_INFO"].encode()]


@pytest.mark.parametrize(
    ("rv", "status", "body", "content_type"),
    [
        ("text", "200 OK", b"text", HTML),
        ("é", "200 OK", "é".encode(), HTML),
        ("", "200 OK", b"", HTML),
        (b"\xff\x00", "200 OK", b"\xff\x00", HTML),
        (bytearray(b"bytes"), "200 OK", b"bytes", HTML),
        ({"b": 1, "a": [None]}, "200 OK", b'{"a":[null],"b":1}\n', JSON),
        ({}, "200 OK", b"{}\n", JSON),
        ([1, "two"], "200 OK", b'[1,"two"]\n', JSON),
        ([], "200 OK", b"[]\n", JSON),
        (("text", 201), "201 CREATED", b"text", HTML),
        (("text", "418 SHORT AND STOUT"), "418 SHORT AND STOUT", b"text", HTML),
        (("text", "404 Gone Fishing"), "404 Gone Fishing", b"text", HTML),
        (({"a": 1}, 201), "201 CREATED", b'{"a":1}\n', JSON),
        (([1], 202, {"X-A": "b"}), "202 ACCEPTED", b"[1]\n", JSON),
        (("text", None), "200 OK", b"text", HTML),
        (("text", {"Content-Type": "text/plain"}), "200 OK", b"text", "text/plain"),
        (
            ("text", 203, {"Content-Type": "a/b"}),
            "203 NON AUTHORITATIVE INFORMATION",
            b"text",
            "a/b",
        ),
        ((b"x", 299), "299 UNKNOWN", b"x", HTML),
        (wsgi_hello, "202 Accepted", b"hello /", "text/plain"),
        (NotFound("No such page."), "404 NOT FOUND", None, HTML),
    ],
)
def test_value_becomes_response(
    app: Flask, rv: Any, status: str, body: bytes | None, content_type: str
) -> None:
    """Each kind of return value has its body, status and content type."""
    response = answer(app, lambda: rv)

    assert response.status == status
    assert body is None or response.data == body
    assert response.headers.getlist("Content-Type") == [content_type]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "1", "X-B": "2"},
        [("X-A", "1"), ("X-B", "2")],
        (("X-A", "1"), ("X-B", "2")),
        Headers([("X-A", "1"), ("X-B", "2")]),
    ],
)
@pytest.mark.parametrize("status", [None, 201])
def test_headers_may_be_a_dict_pairs_or_headers(
    app: Flask, headers: Any, status: int | None
) -> None:
    """The headers of a tuple come in any of the forms, with or without a status."""
    rv = ("text", headers) if status is None else ("text", status, headers)
    response = answer(app, lambda: rv)

    assert (response.headers["X-A"], response.headers["X-B"]) == ("1", "2")
    assert response.status_code == (status or 200)


def test_header_with_several_values_is_sent_several_times(app: Flask) -> None:
    """A list as value of a header means one header line for each item."""
    response = answer(app, lambda: ("", {"X-Many": ["1", "2"]}))

    assert response.headers.getlist("X-Many") == ["1", "2"]


def test_headers_of_a_tuple_replace_those_of_its_response(app: Flask) -> None:
    """A response in a tuple keeps its other headers, and gets the status given beside it."""

    def rv() -> Any:
        return Response("x", 202, {"X-A": "old", "X-B": "kept"}), 203, {"X-A": "new"}

    response = answer(app, rv)

    assert response.status_code == 203
    assert response.headers.getlist("X-A") == ["new"]
    assert response.headers["X-B"] == "kept"


def test_status_beside_a_response_may_be_text(app: Flask) -> None:
    """A status line given beside a response replaces that of the response."""
    assert answer(app, lambda: (Response("x"), "299 Own Words")).status == "299 Own Words"


@pytest.mark.parametrize("kind", ["generator", "iterator", "file"])
def test_iterators_are_streamed(app: Flask, kind: str) -> None:
    """Generators and other iterators are sent piece by piece, without a Content-Length."""

    def generate() -> Iterator[str]:
        yield "a"
        yield "b"

    sources: dict[str, Any] = {
        "generator": generate,
        "iterator": lambda: iter([b"a", b"b"]),
        "file": lambda: io.BytesIO(b"ab"),
    }
    response = answer(app, sources[kind])

    assert response.data == b"ab"
    assert response.content_length is None
    assert response.mimetype == "text/html"


def test_generator_is_not_started_before_it_is_sent(app: Flask) -> None:
    """Making the response of a generator runs none of it."""
    started: list[bool] = []

    def generate() -> Iterator[str]:
        started.append(True)
        yield "x"

    with app.test_request_context():
        response = app.make_response(generate())

        assert response.is_streamed
        assert not started


def test_response_is_returned_itself(app: Flask) -> None:
    """A response of the right class is not copied."""
    mine = Response("x")
    with app.test_request_context():
        assert app.make_response(mine) is mine
        assert app.make_response((mine, 201)) is mine


def test_response_of_werkzeug_is_forced_into_ours(app: Flask) -> None:
    """A response of another class becomes one of ``response_class``, keeping its content."""
    theirs = werkzeug.wrappers.Response("x", 201, {"X-A": "1"}, mimetype="text/plain")
    with app.test_request_context():
        response = app.make_response(theirs)

    assert type(response) is Response
    assert (response.status_code, response.headers["X-A"], response.data) == (201, "1", b"x")
    assert response.mimetype == "text/plain"
    assert response.max_cookie_size == 4093


def test_response_class_of_the_app_is_forced_on_all(app: Flask) -> None:
    """With a response class of its own, an app turns every answer into that class."""

    class Own(Response):
        default_mimetype = "application/x-own"

    app.response_class = Own
    with app.test_request_context():
        for rv in ("x", b"x", {}, [], iter(["x"]), Response("x"), wsgi_hello, NotFound()):
            assert type(app.make_response(rv)) is Own
        assert app.make_response("x").mimetype == "application/x-own"
        assert app.make_response(Response("x")).mimetype == "text/html"


def test_http_exception_is_an_answer(app: Flask) -> None:
    """A view may return an HTTP exception, alone or with other headers and status."""
    response = answer(app, lambda: (ImATeapot(), 400, {"X-A": "1"}))

    assert (response.status_code, response.headers["X-A"]) == (400, "1")
    assert "teapot" in response.text


def test_exception_that_answers_itself_is_asked(app: Flask) -> None:
    """An HTTP exception whose class overrides ``__call__`` is a WSGI application like any other."""

    class Own(NotFound):
        def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
            return wsgi_hello(environ, start_response)

    assert answer(app, Own).data == b"hello /"


def test_wsgi_application_is_run_with_the_request(app: Flask) -> None:
    """A WSGI callable is called with the environ of the request, and its headers are kept."""
    response = answer(app, lambda: (wsgi_hello, {"X-Beside": "1"}))

    assert (response.status_code, response.headers["X-From"]) == (202, "wsgi")
    assert response.headers["X-Beside"] == "1"


REFUSED = [
    (None, "did not return a valid response"),
    ((None, 200), "did not return a valid response"),
    ((), "did not return a valid response tuple"),
    (("a",), "did not return a valid response tuple"),
    (("a", 1, {}, 2), "did not return a valid response tuple"),
    (5, "but it was a int"),
    (1.5, "but it was a float"),
    ({1}, "but it was a set"),
    (object(), "but it was a object"),
    (int, "but it was a type"),
]


@pytest.mark.parametrize(("rv", "text"), REFUSED)
def test_wrong_value_is_refused_with_the_endpoint(app: Flask, rv: Any, text: str) -> None:
    """A value that means no response raises a TypeError saying what is wrong and where."""
    with pytest.raises(TypeError, match=text) as caught:
        answer(app, lambda: rv)

    assert "'shown'" in str(caught.value)


def test_not_modified_and_no_content_have_no_body(app: Flask, client: FlaskClient) -> None:
    """204 and 304 are sent without body and without a length of it."""
    app.add_url_rule("/<int:status>", "status", lambda status: ("", status))

    for status in (204, 304):
        response = client.get(f"/{status}")
        assert (response.status_code, response.data) == (status, b"")
        assert "Content-Length" not in response.headers


def test_informational_status_has_no_body(app: Flask, client: FlaskClient) -> None:
    """1xx is sent without body and without a length of it."""
    app.add_url_rule("/", "index", lambda: ("body", 103))

    response = client.get("/")

    assert (response.status_code, response.data) == (103, b"")
    assert "Content-Length" not in response.headers


@pytest.mark.parametrize(("status", "text"), [(101, "body"), (204, "body"), (304, "body")])
def test_body_of_a_bodiless_status_is_dropped(app: Flask, status: int, text: str) -> None:
    """A body given with a status that has none is not sent."""
    assert answer(app, lambda: (text, status)).data == b""


class TestMakeResponse:
    def test_nothing_is_an_empty_response(self, app: Flask) -> None:
        """Without arguments there is a response to be filled."""
        with app.test_request_context():
            response = make_response()

        assert (response.data, response.status_code) == (b"", 200)

    def test_parts_may_be_given_as_arguments(self, app: Flask) -> None:
        """Several arguments mean what the same tuple would mean."""
        with app.test_request_context():
            response = make_response("x", 201, {"X-A": "1"})

        assert (response.data, response.status_code, response.headers["X-A"]) == (b"x", 201, "1")

    def test_one_argument_may_be_a_tuple(self, app: Flask) -> None:
        """One argument is a return value, whatever it is."""
        with app.test_request_context():
            assert make_response(("x", 404)).status_code == 404
            assert make_response([1]).get_json() == [1]

    def test_it_asks_the_method_of_the_app(self, app: Flask) -> None:
        """The helper calls ``make_response`` of the application, which may be replaced."""
        app.make_response = lambda rv: Response(f"made of {rv}")
        with app.test_request_context():
            assert make_response("x").data == b"made of x"


def test_jsonify_takes_values_or_keywords(app: Flask) -> None:
    """One value stands for itself, several for a list, keywords for a dict, nothing for null."""
    with app.app_context():
        assert jsonify(1).data == b"1\n"
        assert jsonify(1, 2).data == b"[1,2]\n"
        assert jsonify(b=1, a=2).data == b'{"a":2,"b":1}\n'
        assert jsonify().data == b"null\n"
        with pytest.raises(TypeError, match="either args or kwargs"):
            jsonify(1, a=2)


def test_dict_goes_through_the_provider_of_the_app(app: Flask) -> None:
    """Dicts and lists are serialized by ``app.json.response``, which may be replaced."""
    app.json.response = lambda value: Response(f"provider got {value}")

    assert answer(app, lambda: {"a": 1}).text == "provider got {'a': 1}"


@pytest.mark.parametrize("rv", [object(), 1, ("a",), (1, 2, 3, 4)])
def test_wrong_value_outside_a_request(app: Flask, rv: Any) -> None:
    """A value that means no response is a TypeError where no request is handled, too."""
    with pytest.raises(TypeError, match="The view function did not return a valid response"):
        app.make_response(rv)


def test_coroutine_is_no_response(app: Flask) -> None:
    """A view behind a plain decorator returns a coroutine: the error says what to do."""

    async def view() -> str:
        return "never"

    with pytest.raises(TypeError, match=r"but it was a coroutine, from .*ensure_sync") as caught:
        answer(app, lambda: view())
    assert str(caught.value).startswith("The view function did not return a valid response. The")


@pytest.mark.parametrize("rv", [None, NotFound(), wsgi_hello])
def test_value_that_needs_a_request(app: Flask, rv: Any) -> None:
    """Where the response depends on the request, the lack of one is what is reported."""
    with pytest.raises(RuntimeError, match="Working outside of request context"):
        app.make_response(rv)


def test_response_class_with_its_own_constructor_is_called(app: Flask) -> None:
    """A constructor of one's own gets the body, and status and headers by name; JSON, the type."""
    calls: list[Any] = []

    class Own(Response):
        def __init__(self, *args: Any, **options: Any) -> None:
            calls.append((*args, options))
            super().__init__(*args, **options)

    app.response_class = Own
    with app.test_request_context():
        for rv in ("text", ("text", 404), ("text", 404, {"X-A": "1"}), {}):
            assert type(app.make_response(rv)) is Own
        assert type(app.redirect("/next")) is Own

    *texts, json, redirect = calls
    assert texts == [
        ("text", {"status": None, "headers": None}),
        ("text", {"status": 404, "headers": None}),
        ("text", {"status": 404, "headers": {"X-A": "1"}}),
    ]
    assert json == ("{}\n", {"mimetype": JSON})
    assert redirect[1:] == (302, {"mimetype": "text/html"})
