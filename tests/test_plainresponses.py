"""The short ways of a response keep to what Werkzeug makes and sends, and to its state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.datastructures import Headers
from werkzeug.test import create_environ
from werkzeug.wrappers import Response as BaseResponse

from flask import Response, plainresponses
from flask.plainresponses import (
    STOCK_BODY_SEAMS,
    STOCK_FILE_SEAMS,
    STOCK_WSGI_SEAMS,
    StreamedBody,
    constructs_as_werkzeug,
    content_type_of,
    file_response,
    fill_plain_response,
    is_stock_for_files,
    plain_response,
    plain_wsgi_response,
)


class TestResponseState:
    @pytest.mark.parametrize("body", ["text", b"bytes", "é", ""])
    @pytest.mark.parametrize("mimetype", [None, "text/html", "application/json", ""])
    def test_filled_response_has_werkzeugs_state(
        self, body: str | bytes, mimetype: str | None
    ) -> None:
        """A response filled directly has the attributes that Werkzeug's constructor sets."""
        theirs = BaseResponse(body, mimetype=mimetype)
        ours = BaseResponse.__new__(BaseResponse)

        assert fill_plain_response(ours, body, None, mimetype)

        assert vars(ours).keys() == vars(theirs).keys()
        for name, value in vars(theirs).items():
            assert getattr(ours, name) == value, name
            assert type(getattr(ours, name)) is type(value), name

    def test_class_without_mimetype(self) -> None:
        """A class without default mimetype sends no such header."""
        bare = type("Bare", (BaseResponse,), {"default_mimetype": None})
        response = bare.__new__(bare)

        assert fill_plain_response(response, b"", None, None)
        assert response.headers.to_wsgi_list() == [("Content-Length", "0")]

    def test_headers_keep_their_pairs_in_a_list(self) -> None:
        """``Headers._list`` is the list of pairs, and all there is to the object."""
        headers = Headers([("A", "1"), ("a", "2")])

        assert headers._list == [("A", "1"), ("a", "2")]
        assert vars(headers).keys() == {"_list"}

    @pytest.mark.parametrize("name", [*STOCK_BODY_SEAMS, *STOCK_WSGI_SEAMS])
    def test_seam_exists(self, name: str) -> None:
        """Every method that a shortcut leaves out is one of Werkzeug's."""
        assert hasattr(BaseResponse, name)

    @pytest.mark.parametrize(
        "own",
        [
            {"set_data": lambda self, value: None},
            {"status": property(lambda self: "")},
            {"_clean_status": lambda self, value: ("", 0)},
        ],
    )
    def test_class_that_overrides_a_body_seam_is_not_filled(self, own: dict[str, Any]) -> None:
        """A class with a seam of its own is built by Werkzeug's constructor."""
        cls = type("Own", (BaseResponse,), own)
        response = cls.__new__(cls)

        assert not fill_plain_response(response, b"x", None, None)
        assert vars(response) == {}

    @pytest.mark.parametrize(
        ("mimetype", "content_type"),
        [
            ("text/html", "text/html; charset=utf-8"),
            ("application/xml", "application/xml; charset=utf-8"),
            ("image/svg+xml", "image/svg+xml; charset=utf-8"),
            ("application/json", "application/json"),
            ("", ""),
        ],
    )
    def test_content_type(self, mimetype: str, content_type: str) -> None:
        """The charset is added where Werkzeug's own response adds it."""
        assert content_type_of(mimetype) == ("Content-Type", content_type)
        assert BaseResponse("x", mimetype=mimetype or None).content_type == (
            content_type or "text/plain; charset=utf-8"
        )
        with pytest.raises(ValueError, match="newline"):
            content_type_of("a\nb")


class TestNewResponse:
    @pytest.mark.parametrize("body", ["é", b"x", None, iter([])])
    @pytest.mark.parametrize("status", [None, 200, 404])
    @pytest.mark.parametrize("mimetype", [None, "a/b"])
    def test_as_the_class_makes_it(self, body: Any, status: Any, mimetype: str | None) -> None:
        """A response made without calling the class is the one that the class makes."""
        made = plain_response(Response, body, status, mimetype)

        assert type(made) is Response
        assert vars(made) == vars(Response(body, status, mimetype=mimetype))

    @pytest.mark.parametrize("status", ["200 OK", 499, 99, True, 200.0])
    def test_unusual_status(self, status: Any) -> None:
        """A status in words, or one that is not known, is for the class to understand."""
        assert plain_response(Response, "x", status, None) is None

    @pytest.mark.parametrize("name", ["__init__", "__new__", "set_data"])
    def test_class_that_constructs_itself(self, name: str) -> None:
        """A class that has a say in its construction is called."""
        own = type("Own", (Response,), {name: lambda *args, **kwargs: None})

        assert plain_response(own, "x", None, None) is None

    def test_subclass_without_a_say(self) -> None:
        """A class that only has other defaults is made with them."""
        own = type("Own", (Response,), {"default_status": 202, "default_mimetype": "a/b"})

        made = plain_response(own, "x", None, None)

        assert (type(made), made.status_code, made.mimetype) == (own, 202, "a/b")


def sent_by_werkzeug(response: BaseResponse) -> tuple[bytes, str, list[tuple[str, str]]]:
    body, status, headers = BaseResponse.get_wsgi_response(response, create_environ())
    return b"".join(body), status, headers


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

    def test_further_attributes(self) -> None:
        """An attribute that someone adds changes nothing."""
        response = BaseResponse("x")
        response.note = 1  # type: ignore[attr-defined]
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


class TestFiles:
    @pytest.mark.parametrize("status", [200, 304])
    def test_state(self, status: int) -> None:
        """A file's response has the state that Werkzeug's constructor gives it."""
        headers = [("Content-Type", "a/b"), ("ETag", '"x"')]
        theirs = Response([b"x"], status, headers, direct_passthrough=True)

        assert vars(file_response(Response, headers, status, [b"x"])) == vars(theirs)

    def test_stock_classes(self) -> None:
        """Ours and Werkzeug's own class, and one that only adds, are made directly."""
        assert is_stock_for_files(Response)
        assert is_stock_for_files(BaseResponse)
        assert is_stock_for_files(type("Own", (Response,), {"total": lambda self: 1}))

    @pytest.mark.parametrize("name", [*STOCK_FILE_SEAMS, "__init__", "__new__", "default_status"])
    def test_class_with_a_seam_of_its_own(self, name: str) -> None:
        """A class that overrides what Werkzeug's ``send_file`` uses is left to it."""
        own = type("Own", (Response,), {name: staticmethod(lambda *args: None)})

        assert not is_stock_for_files(own)

    def test_constructor_that_is_marked(self) -> None:
        """A constructor that says to do as Werkzeug's does counts as such."""

        class Own(BaseResponse):
            @constructs_as_werkzeug
            def __init__(self, *args: Any) -> None:
                super().__init__(*args)

        assert is_stock_for_files(Own)


def test_every_name_is_tested_here() -> None:
    """A function added to the module is exercised by this file."""
    functions = {
        name
        for name, value in vars(plainresponses).items()
        if callable(value) and getattr(value, "__module__", "") == plainresponses.__name__
    }

    elsewhere = {"is_plain_exception_app", "redirect_to", "response_of_error"}  # …_errors.py
    assert {name for name in functions if not name.startswith("_")} <= set(globals()) | elsewhere
