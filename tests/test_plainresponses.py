"""The short ways of a response keep to what Werkzeug makes and sends, and to its state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.test import create_environ, run_wsgi_app
from werkzeug.utils import redirect
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
    is_plain_exception_app,
    is_stock_for_files,
    plain_wsgi_response,
    redirect_to,
    response_of_error,
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


class TestExceptions:
    def test_calling_an_exception_means_its_response(self) -> None:
        """Unless overridden, an exception as WSGI app sends what ``get_response`` returns."""
        error = NotFound("gone")
        environ = create_environ()

        called = run_wsgi_app(error, environ)
        meant = run_wsgi_app(error.get_response(environ), environ)

        assert is_plain_exception_app(error)
        assert b"".join(called[0]) == b"".join(meant[0])
        assert called[1] == meant[1]
        assert called[2] == meant[2]

    def test_overridden_call_is_told(self) -> None:
        """A class or object with a call of its own is no plain one."""

        class Own(HTTPException):
            def __call__(self, environ: Any, start_response: Any) -> Any:
                return []

        error = NotFound()
        vars(error)["__call__"] = lambda environ, start_response: []

        assert not is_plain_exception_app(Own())
        assert not is_plain_exception_app(error)


class TestErrors:
    def pair(self, error: HTTPException) -> tuple[BaseResponse, BaseResponse]:
        environ = create_environ()
        ours = response_of_error(error, Response, environ)
        theirs = Response.force_type(error.get_response(environ), environ)
        return ours, theirs

    def check(self, error: HTTPException) -> None:
        ours, theirs = self.pair(error)
        assert type(ours) is type(theirs)
        assert vars(ours) == vars(theirs)
        assert ours.headers.to_wsgi_list() == theirs.headers.to_wsgi_list()

    def test_plain_errors(self) -> None:
        """Page, headers and status are Werkzeug's, with a description of one's own too."""
        self.check(NotFound())
        self.check(NotFound("<no>\nsuch & such"))
        self.check(NotFound(""))
        self.check(MethodNotAllowed(["GET", "HEAD"]))
        self.check(MethodNotAllowed())

    def test_bad_header_is_refused(self) -> None:
        """A header value with a line break is refused as ever."""
        with pytest.raises(ValueError, match="newline"):
            response_of_error(MethodNotAllowed(["GET\n"]), Response, create_environ())

    @pytest.mark.parametrize("place", ["class", "instance"])
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("get_body", lambda *args: "own"),
            ("get_body", lambda *args: b"own"),
            ("get_description", lambda *args: "<p>own</p>"),
            ("get_headers", lambda *args: [("X-Own", "own")]),
            ("get_headers", lambda *args: {"X-Own": "own"}),
            ("get_headers", lambda *args: [("Content-Type", "text/plain"), ("X-Own", "own")]),
            ("get_response", lambda *args: BaseResponse("own")),
            ("description", "own"),
            ("code", 410),
            ("code", 499),
            ("code", None),
        ],
    )
    def test_overridden_seams(self, place: str, name: str, value: Any) -> None:
        """What an error has of its own is called or read, on its class and on itself."""
        error = NotFound()
        if place == "class":
            error = type("Own", (NotFound,), {name: value})()
        elif name != "get_response":
            setattr(error, name, lambda *args: value(error, *args) if callable(value) else None)
            if not callable(value):
                setattr(error, name, value)
        else:
            error.get_response = value  # type: ignore[method-assign]

        self.check_state(*self.pair(error), own=name != "code")

    def check_state(self, ours: BaseResponse, theirs: BaseResponse, own: bool) -> None:
        assert ours.headers.to_wsgi_list() == theirs.headers.to_wsgi_list()
        assert (ours.status, ours.data) == (theirs.status, theirs.data)
        if own:
            assert b"own" in ours.data or "own" in ours.headers.values()

    def test_own_name(self) -> None:
        """A class with a name of its own shows it in the title."""
        own = type("Own", (NotFound,), {"name": property(lambda self: "Lost")})
        self.check(own())
        assert b"<h1>Lost</h1>" in response_of_error(own(), Response, create_environ()).data

    def test_own_force_type(self) -> None:
        """A response class that converts in its own way is asked to."""
        seen: list[Any] = []

        class Own(Response):
            @classmethod
            def force_type(cls, response: Any, environ: Any = None) -> Any:
                seen.append(response)
                return super().force_type(response, environ)

        response = response_of_error(NotFound(), Own, create_environ())
        assert seen == [response]
        assert type(response) is Own


class TestRedirects:
    @pytest.mark.parametrize(
        "location", ["/next", "/next?a=1&b=2", "/é <b>", "http://x/'\"", "", "/a b&c"]
    )
    def test_as_werkzeug(self, location: str) -> None:
        """Page and headers are those of Werkzeug's redirect."""
        ours = redirect_to(location, 303, Response)
        theirs = redirect(location, 303, Response)

        assert vars(ours) == vars(theirs)
        assert ours.headers.to_wsgi_list() == theirs.headers.to_wsgi_list()

    def test_class_that_sets_headers(self) -> None:
        """A class that names a location itself, or replaces the headers, is heeded."""

        class Own(Response):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                self.headers["Location"] = "/other"

        assert redirect_to("/next", 302, Own).headers.getlist("Location") == ["/next"]

    def test_line_break_is_refused(self) -> None:
        """A location with a line break is refused as ever."""
        with pytest.raises(ValueError, match="newline"):
            redirect_to("/a\nb", 302, Response)


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

    assert {name for name in functions if not name.startswith("_")} <= set(globals())
