"""A response that is sent the short way is what Werkzeug would send."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from werkzeug.datastructures import Headers
from werkzeug.test import create_environ
from werkzeug.wrappers import Response as BaseResponse

from flask import Response
from flask.plainsending import STOCK_WSGI_SEAMS, StreamedBody, plain_wsgi_response


def sent_by_werkzeug(response: BaseResponse) -> tuple[bytes, str, list[tuple[str, str]]]:
    body, status, headers = BaseResponse.get_wsgi_response(response, create_environ())
    return b"".join(body), status, headers


TOUCHES: list[tuple[str, Any]] = [
    ("headers", Headers([("X-A", "1")])),
    ("response", [b"y"]),
    ("response", []),
    ("response", ["y"]),
    ("response", [b"y", b"z"]),
    ("response", (b"y",)),
    ("data", "yy"),
    ("status", "299 Own"),
    ("status_code", 404),
    ("direct_passthrough", True),
    ("mimetype", "a/b"),
    ("automatically_set_content_length", False),
    ("autocorrect_location_header", True),
]
CHANGES: list[Callable[[Response], Any]] = [
    lambda response: response.headers,
    lambda response: response.headers.add("X-A", "1"),
    lambda response: response.set_cookie("a", "b"),
    lambda response: response.vary.add("Cookie"),
    lambda response: response.freeze(),
    lambda response: response.call_on_close(lambda: None),
    lambda response: response.get_data(),
    lambda response: response.add_etag(),
]


class TestSending:
    def check(self, response: BaseResponse, expected: bool) -> None:
        """Demand the short way or refuse it; where it is taken, it is what Werkzeug sends."""
        prepared = plain_wsgi_response(response)

        assert (prepared is not None) is expected
        if prepared is not None:
            body, status, headers = prepared
            assert headers is not response.headers._list
            pieces = list(body)
            if not isinstance(response.response, list):
                response.response = pieces  # the iterator is used up
                headers = [pair for pair in headers if pair[0] != "Content-Length"]
            assert (b"".join(pieces), status, headers) == sent_by_werkzeug(response)

    @pytest.mark.parametrize("status", [200, 201, 206, 299, 301, 304, 400, 404, 500])
    def test_usual_status(self, status: int) -> None:
        """A status that allows a body, or that an unchanged file has, goes the short way."""
        headers = {"Last-Modified": "x", "Expires": "y", "Content-Location": "/z", "ETag": "1"}
        self.check(BaseResponse("x", status), True)
        self.check(BaseResponse("x", status, headers), True)
        self.check(BaseResponse([], status), True)

    @pytest.mark.parametrize("status", [100, 101, 204])
    def test_bodiless_status(self, status: int) -> None:
        """A status without body is prepared by Werkzeug."""
        self.check(BaseResponse("x", status), False)

    @pytest.mark.parametrize(
        ("location", "is_short"),
        [
            ("/next", True),
            ("/next?a=1&b=c-d", True),
            ("/a b", False),
            ("/é", False),
            ("http://x/", False),
            ("/a%20b", False),
            ("//x", False),
            ("?a=1", False),
            ("/a?x=?", False),
        ],
    )
    def test_location(self, location: str, is_short: bool) -> None:
        """A location goes the short way when Werkzeug would leave it as it is."""
        for name in ("Location", "Content-Location"):
            response = BaseResponse("x", headers={name: location})
            response.autocorrect_location_header = False
            self.check(response, is_short)
        absolute = BaseResponse("x", headers={"Location": location})
        absolute.autocorrect_location_header = True
        self.check(BaseResponse("x", headers={"location": location}), False)
        self.check(BaseResponse("x", headers=[("Location", location)] * 2), False)
        self.check(absolute, False)

    def test_bodies(self) -> None:
        """One piece of bytes or none, and an iterator, go the short way; other lists do not."""
        self.check(BaseResponse("x"), True)
        self.check(BaseResponse(), True)
        self.check(Response([b""]), True)
        self.check(Response([b"x"]), True)
        self.check(Response([]), True)
        self.check(BaseResponse(["x"]), False)
        self.check(BaseResponse([b"x", b"y"]), False)
        self.check(BaseResponse((b"x",)), False)
        self.check(BaseResponse(b"x", headers={"content-length": "1"}), True)
        closing = BaseResponse("x")
        closing.call_on_close(lambda: None)
        self.check(closing, True)
        lengthless = BaseResponse("x")
        del lengthless.headers["Content-Length"]
        self.check(lengthless, True)
        lengthless.automatically_set_content_length = False
        self.check_refused(lengthless)
        file = BaseResponse([b"x"], direct_passthrough=True)
        self.check_refused(file)
        file.headers["Content-Length"] = "1"
        self.check(file, True)

    def test_unchanged_stream_is_werkzeugs(self) -> None:
        """A 304 with an iterator or with something to close is prepared by Werkzeug."""
        self.check_refused(BaseResponse(iter([b"x"]), 304))
        closing = BaseResponse("x", 304)
        closing.call_on_close(lambda: None)
        closed = plain_wsgi_response(closing)
        assert closed is not None
        assert list(closed[0]) == []

    @pytest.mark.parametrize("name", STOCK_WSGI_SEAMS)
    def test_overridden_seams(self, name: str) -> None:
        """A seam overridden on class or instance is Werkzeug's to call."""
        for body in ("x", iter([b"x"])):
            response = BaseResponse(body)
            vars(response)[name] = None
            self.check_refused(response)
            own = type("Own", (BaseResponse,), {name: lambda self, *args: None})
            self.check_refused(own(body))

    def check_refused(self, response: BaseResponse) -> None:
        assert plain_wsgi_response(response) is None

    @pytest.mark.parametrize("kind", [BaseResponse, Response])
    def test_further_attributes(self, kind: type[BaseResponse]) -> None:
        """An attribute that someone adds changes nothing."""
        response = kind("x")
        response.note = 1  # type: ignore[attr-defined]
        self.check(response, True)

    @pytest.mark.parametrize("name", STOCK_WSGI_SEAMS)
    def test_overridden_seams_of_an_untouched_response(
        self, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What instance or class override is called, also when nothing else was touched."""
        response = Response("x")
        vars(response)[name] = None
        self.check_refused(response)
        self.check_refused(type("Own", (Response,), {name: None})("x"))
        before = Response("x")
        monkeypatch.setattr(Response, name, None)
        self.check_refused(before)

    def test_status_of_a_class_assigned_later(self) -> None:
        """The status line is asked of the class that the response has when it is sent."""
        response = Response("x")
        own = type("Own", (Response,), {"status": property(lambda self: "299 Own")})
        response.__class__ = own
        self.check_refused(response)

    def test_touched_in_every_way(self) -> None:
        """Whatever of a response was assigned or changed is sent as Werkzeug sends it."""
        for name, value in TOUCHES:
            response = Response("x")
            setattr(response, name, value)
            self.check(response, plain_wsgi_response(response) is not None)
        for change in CHANGES:
            response = Response("x")
            change(response)
            self.check(response, True)

    def test_headers_of_another_class(self) -> None:
        """Headers of another class are asked by Werkzeug."""

        class Own(Headers):
            pass

        response = BaseResponse("x")
        response.headers = Own(response.headers)
        self.check_refused(response)


class Text(str):
    pass


class TestStreamedBody:
    def test_pieces_become_bytes(self) -> None:
        """Text among the pieces is encoded, whatever else is passed on, in the same pieces."""
        pieces = [b"a", b"b", "é", "", "ü", b"", bytearray(b"c"), Text("d"), b"e"]
        body = StreamedBody(BaseResponse(), pieces)

        assert list(body) == list(BaseResponse(pieces).iter_encoded())

    def test_nothing_is_read_ahead(self) -> None:
        """A piece is asked for when the server asks, and not before."""
        asked: list[int] = []

        def pieces() -> Iterator[Any]:
            for number in range(4):
                asked.append(number)
                yield b"x" if number % 2 else "x"

        body = StreamedBody(BaseResponse(), pieces())
        assert asked == []
        for number in range(4):
            assert next(body) == b"x"
            assert asked == list(range(number + 1))
        assert next(body, None) is None

    def test_iterated_again_it_goes_on(self) -> None:
        """Like any iterator it gives the rest when iterated a second time."""
        body = StreamedBody(BaseResponse(), iter([b"a", b"b", b"c"]))

        assert next(iter(body)) == b"a"
        assert list(body) == [b"b", b"c"]

    def test_error_of_the_body_passes(self) -> None:
        """An error of the iterator reaches the server."""

        def pieces() -> Iterator[bytes]:
            yield b"a"
            raise ValueError("lost")

        body = StreamedBody(BaseResponse(), pieces())
        assert next(body) == b"a"
        with pytest.raises(ValueError, match="lost"):
            next(body)

    def test_closing_an_ordinary_response(self) -> None:
        """The body is closed, and whoever asked is called, also when asked while it is sent."""
        for asks_early, asks_late in ((False, False), (True, False), (False, True)):
            closed: list[str] = []

            class Body(list[bytes]):
                def close(self, closed: list[str] = closed) -> None:
                    closed.append("body")

            response = Response(iter(()))
            response.response = Body([b"a"]) if asks_early else iter([b"a"])
            body = StreamedBody(response, response.response)
            if asks_early or asks_late:
                response.call_on_close(lambda closed=closed: closed.append("asked"))
            body.close()

            assert closed == ["body"] * asks_early + ["asked"] * (asks_early or asks_late)

    def test_own_close_is_called(self) -> None:
        """A response that closes itself in its own way does so, its class or its own."""

        class Own(Response):
            def close(self) -> None:
                closed.append("class")

        closed: list[str] = []
        patched: Any = Response()
        patched.close = lambda: closed.append("instance")
        for response in (Own(), patched):
            StreamedBody(response, ()).close()

        assert closed == ["class", "instance"]

    def test_closing_closes_the_response(self) -> None:
        """Closing it ends the generator and calls what the response was to call, also lately."""
        closed: list[str] = []

        def pieces() -> Iterator[bytes]:
            try:
                yield b"a"
                yield b"b"
            finally:
                closed.append("generator")

        response = BaseResponse(pieces())
        body: Any = response(create_environ(), lambda status, headers: None)  # type: ignore[arg-type,return-value]
        prepared = plain_wsgi_response(response)
        assert prepared is not None
        body = prepared[0]
        response.call_on_close(lambda: closed.append("late"))
        assert next(body) == b"a"
        body.close()

        assert closed == ["generator", "late"]
