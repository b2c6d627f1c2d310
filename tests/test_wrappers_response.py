from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterable
from typing import Any

import pytest
import werkzeug.wrappers
from werkzeug.datastructures import (
    Headers,
)
from werkzeug.test import create_environ, run_wsgi_app

from flask import Flask, Response
from flask.plainresponses import LATE_ATTRIBUTES


class TestResponse:
    def test_defaults(self) -> None:
        """An empty response is HTML, 200, of no bytes."""
        response = Response()

        assert (response.status, response.data) == ("200 OK", b"")
        assert response.headers.to_wsgi_list() == [("Content-Type", "text/html; charset=utf-8")]

    @pytest.mark.parametrize(
        "arguments",
        [
            {"response": "text"},
            {"response": "é"},
            {"response": b"bytes"},
            {"response": ""},
            {"response": None},
            {"response": "x", "status": 200},
            {"response": "x", "status": 404},
            {"response": "x", "status": "200 Fine"},
            {"response": "x", "status": "404"},
            {"response": "x", "mimetype": "text/plain"},
            {"response": "x", "mimetype": "application/json"},
            {"response": "x", "mimetype": "application/xml"},
            {"response": "x", "mimetype": "image/svg+xml"},
            {"response": "x", "mimetype": ""},
            {"response": "x", "content_type": "text/x; charset=latin-1"},
            {"response": "x", "content_type": ""},
            {"response": "x", "content_type": "a/b", "mimetype": "c/d"},
            {"response": "x", "headers": {"X-A": "1"}},
            {"response": "x", "headers": [("Content-Type", "a/b")]},
            {"response": "x", "headers": {}},
            {"response": ["a", b"b"]},
            {"response": bytearray(b"x")},
            {"response": "x", "direct_passthrough": True},
        ],
    )
    def test_it_is_made_as_werkzeug_makes_it(self, arguments: dict[str, Any]) -> None:
        """Headers, status and body are those of Werkzeug's response, however it was made."""

        class Theirs(werkzeug.wrappers.Response):
            default_mimetype = "text/html"
            autocorrect_location_header = False

        ours, theirs = Response(**arguments), Theirs(**arguments)

        assert ours.status == theirs.status
        assert ours.status_code == theirs.status_code
        assert ours.headers == theirs.headers
        assert ours.headers.to_wsgi_list() == theirs.headers.to_wsgi_list()
        assert ours.direct_passthrough == theirs.direct_passthrough
        if not ours.direct_passthrough:
            assert ours.data == theirs.data
        assert ours.is_streamed == theirs.is_streamed
        assert ours.is_sequence == theirs.is_sequence
        for name in LATE_ATTRIBUTES:
            assert getattr(ours, name) == getattr(theirs, name), name
            assert getattr(ours, name).__class__ is getattr(theirs, name).__class__, name
        assert type(ours.response) is type(theirs.response)

    def test_wrong_mimetype_is_refused_as_before(self) -> None:
        """A header value with a line break is refused in every way of making a response."""
        for options in ({"mimetype": "a\nb"}, {"content_type": "a\r\nb"}):
            with pytest.raises(ValueError, match="newline"):
                Response("x", **options)  # type: ignore[arg-type]

    @pytest.mark.parametrize("body", ["text", ["a", "b"], None])
    def test_pickled_and_copied(self, body: Any) -> None:
        """Caches pickle responses; a copy goes its own way."""
        response = Response(body, headers={"X-A": "1"} if body == "text" else None)
        response.set_cookie("a", "b")

        for other in (
            pickle.loads(pickle.dumps(response)),
            copy.copy(response),
            copy.deepcopy(response),
        ):
            assert type(other) is Response
            assert other.data == response.data
            assert other.headers == response.headers
            assert other.status == response.status
        separate = copy.deepcopy(response)
        separate.headers["X-B"] = "2"
        separate.data = b"other"
        assert "X-B" not in response.headers
        assert response.data != b"other"

    @pytest.mark.parametrize(
        "duplicate",
        [copy.copy, copy.deepcopy, lambda response: pickle.loads(pickle.dumps(response))],
    )
    @pytest.mark.parametrize("status", [200, 404])
    def test_copies_go_their_own_ways(
        self, duplicate: Callable[[Response], Response], status: int
    ) -> None:
        """Of a response that nobody touched, a copy has headers and callbacks of its own."""
        response = Response("x", status)
        first, second = duplicate(response), duplicate(response)
        first.headers["X-A"] = "1"
        first.call_on_close(lambda: None)

        assert sent(second) == sent(response) == sent(Response("x", status))
        assert ("X-A", "1") in sent(first)[0]
        assert second._on_close == response._on_close == []

    @pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
    def test_touched_copy_is_as_werkzeugs(self, duplicate: Callable[[Response], Response]) -> None:
        """Once the headers were touched, a flat copy shares them, as one of Werkzeug's does."""
        shares = []
        for kind in (Response, werkzeug.wrappers.Response):
            response = kind("x")
            response.headers["X-A"] = "1"
            other: Any = duplicate(response)  # type: ignore[arg-type]
            other.headers["X-B"] = "2"
            shares.append("X-B" in response.headers)

        assert shares[0] == shares[1]

    def test_pickled_short_response_is_whole(self) -> None:
        """Also a response made the short way survives pickling, headers object included."""
        response = pickle.loads(pickle.dumps(Response("x")))

        assert response.headers.__class__ is Headers
        response.headers.add("X-A", "1")
        assert run_wsgi_app(response, create_environ())[2]["X-A"] == "1"

    def test_force_type_of_a_werkzeug_response(self) -> None:
        """``force_type`` turns a Werkzeug response into ours, in place."""
        theirs = werkzeug.wrappers.Response("x", 201)

        ours = Response.force_type(theirs)

        assert ours is theirs  # type: ignore[comparison-overlap]
        assert type(ours) is Response
        assert ours.status_code == 201
        assert ours.get_json(silent=True) is None

    def test_json(self, app: Flask) -> None:
        """``json`` and ``get_json`` read the body back."""
        with app.app_context():
            response = app.json.response({"a": 1})

        assert response.json == {"a": 1}
        assert response.get_json() is not None
        assert response.is_json
        assert Response("x").get_json(silent=True) is None
        assert Response("{}").get_json(force=True) == {}

    def test_max_cookie_size(self, app: Flask) -> None:
        """A cookie above MAX_COOKIE_SIZE warns; outside of an app Werkzeug's limit counts."""
        assert Response().max_cookie_size == werkzeug.wrappers.Response.max_cookie_size
        app.config["MAX_COOKIE_SIZE"] = 50
        with app.app_context():
            assert Response().max_cookie_size == 50
            with pytest.warns(UserWarning, match="too large"):
                Response().set_cookie("a", "x" * 60)

    def test_location_stays_relative(self) -> None:
        """Location headers are sent as they were set."""
        response = Response(status=302)
        response.location = "/next"

        headers = run_wsgi_app(response, create_environ())[2]
        assert headers["Location"] == "/next"


def sent(response: Response, method: str = "GET") -> tuple[list[tuple[str, str]], str, bytes]:
    body, status, headers = run_wsgi_app(response, create_environ(method=method))
    return headers.to_wsgi_list(), status, b"".join(body)


class TestOverriddenSeams:
    """Shortcuts yield to whoever overrides a method, on the class or on the instance."""

    OVERRIDES: dict[str, Callable[..., Any]] = {
        "get_wsgi_headers": lambda stock, environ: Headers({"X-Own": "1"}),
        "get_app_iter": lambda stock, environ: [b"own"],
        "get_wsgi_response": lambda stock, environ: ([b"own"], "299 Own", [("X-Own", "1")]),
        "iter_encoded": lambda stock: iter([b"own"]),
    }

    @pytest.mark.parametrize("name", OVERRIDES)
    @pytest.mark.parametrize("place", ["class", "instance"])
    def test_sending(self, name: str, place: str) -> None:
        """A response sends what its own methods return."""
        override = self.OVERRIDES[name]
        if place == "class":
            own = type("Own", (Response,), {name: lambda self, *args: override(None, *args)})
            response = own("stock")
        else:
            response = Response("stock")
            setattr(response, name, lambda *args: override(None, *args))

        headers, _, body = sent(response)

        assert (body == b"own") or ("X-Own", "1") in headers

    def test_call_on_close_is_called(self) -> None:
        """What was registered for the end runs when the server closes the response."""
        closed: list[int] = []
        response = Response("x")
        response.call_on_close(lambda: closed.append(1))

        iterable = response(create_environ(), lambda status, headers: None)  # type: ignore[arg-type]
        assert not closed
        iterable.close()  # type: ignore[attr-defined]

        assert closed == [1]

    @pytest.mark.parametrize("place", ["class", "instance"])
    def test_own_close_is_called(self, place: str) -> None:
        """A response's own ``close`` runs when the server closes it."""
        closed: list[int] = []
        if place == "class":

            class Own(Response):
                def close(self) -> None:
                    closed.append(1)
                    super().close()

            response: Response = Own("x")
        else:
            response = Response("x")
            response.close = lambda: closed.append(1)  # type: ignore[method-assign]

        iterable = response(create_environ(), lambda status, headers: None)  # type: ignore[arg-type]
        iterable.close()  # type: ignore[attr-defined]

        assert closed == [1]

    def test_set_data(self) -> None:
        """A class that overrides ``set_data`` has it called by the constructor."""

        class Own(Response):
            def set_data(self, value: str | bytes) -> None:
                super().set_data(f"<{value}>")  # type: ignore[str-bytes-safe]

        assert Own("x").data == b"<x>"

    def test_status_property(self) -> None:
        """A class that overrides ``status`` has its setter called by the constructor."""
        seen: list[Any] = []

        class Own(Response):
            @property
            def status(self) -> str:
                return super().status

            @status.setter
            def status(self, value: Any) -> None:
                seen.append(value)
                werkzeug.wrappers.Response.status.fset(self, value)  # type: ignore[attr-defined]

        own = Own("x", 201)
        Own("y")

        assert own.status_code == 201
        assert len(seen) == 2
        assert sent(own)[1] == "201 CREATED"

    def test_default_status_and_mimetype(self) -> None:
        """A class may have other defaults."""

        class Own(Response):
            default_status = 202
            default_mimetype = "text/plain"

        class Bare(Response):
            default_mimetype = None

        assert (Own("x").status_code, Own("x").mimetype) == (202, "text/plain")
        assert (Own("x", 200).status_code, Own("x", mimetype="a/b").mimetype) == (200, "a/b")
        assert "Content-Type" not in Bare("x").headers

    def test_without_automatic_length(self) -> None:
        """A class may leave Content-Length to the server."""

        class Own(Response):
            automatically_set_content_length = False

        assert "Content-Length" not in Own("x").headers
        assert "Content-Length" not in dict(sent(Own("x"))[0])
        assert "Content-Length" not in dict(sent(Own("x", 201))[0])
        late = Response("x")
        late.automatically_set_content_length = False
        del late.headers["Content-Length"]
        assert "Content-Length" not in dict(sent(late)[0])

    def test_clean_status_of_a_subclass(self) -> None:
        """A class that assigns defaults after construction is sent as it then is."""

        class Own(Response):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                self.status_code = 418
                self.headers["X-Own"] = "1"

        headers, status, _ = sent(Own("x"))

        assert status == "418 I'M A TEAPOT"
        assert ("X-Own", "1") in headers

    def test_autocorrected_location(self) -> None:
        """A class that corrects Location headers has them made absolute."""

        class Own(Response):
            autocorrect_location_header = True

        response = Own("x", headers={"Location": "/next"})

        assert ("Location", "http://localhost/next") in sent(response)[0]

    def test_changes_after_making_are_sent(self) -> None:
        """Body, status and headers set later are what is sent, with the length of the body."""
        response = Response("short")
        response.data = b"much longer"
        response.status = "201 Made"
        response.headers["X-A"] = "é"
        response.content_type = "text/plain"

        headers, status, body = sent(response)

        assert (status, body) == ("201 Made", b"much longer")
        assert dict(headers) == {
            "Content-Type": "text/plain",
            "Content-Length": "11",
            "X-A": "é",
        }

    def test_body_replaced_by_a_list(self) -> None:
        """A list assigned as body is sent whole, its length counted anew."""
        response = Response("x")
        response.response = [b"a", b"bc"]
        del response.headers["Content-Length"]

        headers, _, body = sent(response)

        assert body == b"abc"
        assert ("Content-Length", "3") in headers

    def test_headers_replaced(self) -> None:
        """A headers object of another class, assigned by hand, is sent with its content."""

        class Own(Headers):
            pass

        response = Response("x")
        response.headers = Own(response.headers)
        response.headers["X-Own"] = "1"

        assert ("X-Own", "1") in sent(response)[0]

    def test_sent_headers_are_a_copy(self) -> None:
        """Middleware may change the list of headers it is handed without changing the response."""
        response = Response("x")
        lists: list[list[Any]] = []
        for _ in range(2):
            response(create_environ(), lambda status, headers: lists.append(headers))  # type: ignore[arg-type,return-value]
            lists[0].append(("X-Added", "1"))

        assert ("X-Added", "1") not in lists[1]
        assert "X-Added" not in response.headers

    @pytest.mark.parametrize("status", [101, 199, 204, 304])
    def test_bodiless_status(self, status: int) -> None:
        """A response without body by its status has neither body nor length."""
        headers, _, body = sent(Response("text", status))

        assert body == b""
        assert "Content-Length" not in dict(headers)

    def test_head(self) -> None:
        """HEAD gets the headers of GET and no body."""
        get_headers, _, _ = sent(Response("text"))
        headers, _, body = sent(Response("text"), "HEAD")

        assert (headers, body) == (get_headers, b"")

    def test_sent_twice(self) -> None:
        """A response that holds its body may be sent any number of times."""
        response = Response("x")

        assert sent(response) == sent(response)


def test_wsgi_iterable_is_the_body_itself() -> None:
    """A plain response hands its body to the server without a wrapper."""
    iterable: Iterable[bytes] = Response("x")(create_environ(), lambda status, headers: None)  # type: ignore[arg-type]

    assert list(iterable) == [b"x"]


class TestConstructor:
    def test_called_again(self) -> None:
        """Nothing of the first call is left after a second one."""
        for first in ({"headers": {"Y": "1"}}, {"status": 404}, {}):
            response = Response("a", **first)  # type: ignore[arg-type]
            response.__init__("bb")  # type: ignore[misc]

            assert response.status_code == 200
            assert response.headers.to_wsgi_list() == Response("bb").headers.to_wsgi_list()
            assert sent(response) == sent(Response("bb"))

    def test_what_a_subclass_sets_before_is_overwritten(self) -> None:
        """Status and headers that are set before the constructor is called do not last."""

        class Own(Response):
            def __init__(self, *args: Any, **options: Any) -> None:
                self.status_code = 201
                self.headers = Headers({"X": "1"})
                super().__init__(*args, **options)

        assert sent(Own("a")) == sent(Response("a"))

    def test_body_as_a_property(self) -> None:
        """A subclass may compute its ``response``."""

        class Own(Response):
            @property
            def response(self) -> Any:
                return [b"hello"]

            @response.setter
            def response(self, value: Any) -> None:
                pass

        assert sent(Own("x"))[2] == b"hello"
