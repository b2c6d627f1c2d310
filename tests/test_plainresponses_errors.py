"""The responses of HTTP errors, and redirects, are Werkzeug's."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.test import create_environ, run_wsgi_app
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as BaseResponse

from flask import Response
from flask.plainresponses import (
    LATE_ATTRIBUTES,
    redirect_to,
    response_of_error,
    response_of_options,
)


class TestExceptions:
    def test_calling_an_exception_means_its_response(self) -> None:
        """An exception called as WSGI app sends what is made of it instead."""
        error = NotFound("gone")
        environ = create_environ()

        called = run_wsgi_app(error, environ)
        meant = run_wsgi_app(response_of_error(error, Response, environ), environ)

        assert b"".join(called[0]) == b"".join(meant[0])
        assert called[1] == meant[1]
        assert called[2] == meant[2]

    def test_overridden_call_is_told(self) -> None:
        """Of a class with a call or response of its own nothing is made: it has to be called."""

        class Own(NotFound):
            def __call__(self, environ: Any, start_response: Any) -> Any:
                return []

        class OwnResponse(NotFound):
            def get_response(self, *args: Any, **kwargs: Any) -> Any:
                return BaseResponse()

        carrying = NotFound(response=BaseResponse())
        on_instance = NotFound()
        on_instance.get_response = BaseResponse  # type: ignore[method-assign, assignment]
        for error in (Own(), Own("gone"), OwnResponse(), on_instance, carrying):
            assert response_of_error(error, Response, create_environ()) is None


def state_of(response: BaseResponse) -> dict[str, tuple[type, Any]]:
    """Return what Werkzeug's constructor gives to a response, with the types."""
    values = {name: getattr(response, name) for name in (*LATE_ATTRIBUTES, "response")}
    return {name: (value.__class__, value) for name, value in values.items()}


class TestErrors:
    def pair(self, error: HTTPException) -> tuple[BaseResponse, BaseResponse]:
        environ = create_environ()
        ours = response_of_error(error, Response, environ)
        if ours is None:  # it has to be called
            ours = Response.force_type(error, environ)  # type: ignore[arg-type]
        theirs = Response.force_type(error.get_response(environ), environ)
        return ours, theirs

    def check(self, error: HTTPException) -> None:
        ours, theirs = self.pair(error)
        assert type(ours) is type(theirs)
        assert state_of(ours) == state_of(theirs)
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

    @pytest.mark.parametrize("response_class", [Response, BaseResponse])
    def test_methods_get_what_werkzeug_gives(self, response_class: Any) -> None:
        """Headers and page are asked for in this order, with environ and scope by position."""
        asked: list[Any] = []

        class Own(NotFound):
            def get_headers(self, environ: Any, scope: Any) -> Any:
                asked.append(("headers", environ, scope))
                return [("Content-Type", "text/plain")]

            def get_body(self, environ: Any, scope: Any) -> Any:
                asked.append(("body", environ, scope))
                return "own"

        environ = create_environ()
        assert response_of_error(Own(), response_class, environ).data == b"own"
        assert asked == [("headers", environ, None), ("body", environ, None)]

    def test_own_name(self) -> None:
        """A class with a name of its own shows it in the title."""
        own = type("Own", (NotFound,), {"name": property(lambda self: "Lost")})
        self.check(own())
        assert b"<h1>Lost</h1>" in response_of_error(own(), Response, create_environ()).data

    def test_werkzeugs_class(self) -> None:
        """A class that is not ours gets the state that its constructor would set."""
        environ = create_environ()
        response = response_of_error(NotFound(), BaseResponse, environ)

        assert vars(response) == vars(NotFound().get_response(environ))

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

    def test_class_that_changes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A seam of a class is heard although errors of the class were answered before."""

        class Own(NotFound):
            pass

        self.check(Own())
        for name, value in (
            ("description", "own"),
            ("get_description", lambda *args: "<p>own</p>"),
            ("get_body", lambda *args: "own"),
            ("get_headers", lambda *args: [("X-Own", "own")]),
            ("get_response", lambda *args: BaseResponse("own")),
            ("code", 410),
        ):
            with monkeypatch.context() as patch:
                patch.setattr(Own, name, value, raising=False)
                self.check_state(*self.pair(Own()), own=name != "code")
            self.check(Own())

    @pytest.mark.parametrize(
        "methods", [["GET"], ("GET", "HEAD"), {"PUT": 1}, [], None, ["é", "GET, POST"], "GET"]
    )
    def test_methods(self, methods: Any) -> None:
        """A 405 names the methods that it was given, of whatever kind they are."""
        self.check(MethodNotAllowed(methods))

    def test_methods_that_are_read_once(self) -> None:
        """An iterator of methods is read by the error's own ``get_headers``, and only there."""
        ours = response_of_error(MethodNotAllowed(iter(["GET"])), Response, create_environ())

        assert ours.headers["Allow"] == "GET"

    def test_many_classes(self) -> None:
        """The answer is the same when more classes come than are remembered."""
        for number in range(100):
            self.check(type(f"Own{number}", (NotFound,), {"description": f"no {number}"})())


class TestOptions:
    def theirs(self, methods: Any, response_class: Any = Response) -> BaseResponse:
        response: BaseResponse = response_class()
        response.allow.update(methods)
        return response

    @pytest.mark.parametrize("methods", [["GET", "HEAD"], ["PUT"], []])
    def test_as_werkzeug(self, methods: list[str]) -> None:
        """State and headers are what the set of methods would write."""
        ours, theirs = response_of_options(Response, methods), self.theirs(methods)

        assert state_of(ours) == state_of(theirs)
        environ = create_environ(method="OPTIONS")
        sent = [run_wsgi_app(response, environ) for response in (ours, theirs)]
        assert sent[0][1:] == sent[1][1:]
        assert list(sent[0][0]) == list(sent[1][0])

    def test_own_class(self) -> None:
        """A response class is called, and what it sets is kept."""

        class Own(Response):
            default_status = 204

            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                self.headers["X-Own"] = "1"

        ours, theirs = response_of_options(Own, ["GET"]), self.theirs(["GET"], Own)

        assert state_of(ours) == state_of(theirs)
        assert ours.headers["X-Own"] == "1"

    def test_line_break_is_refused(self) -> None:
        """A method with a line break is no header."""
        with pytest.raises(ValueError, match="newline"):
            response_of_options(Response, ["GET\n"])


class TestRedirects:
    @pytest.mark.parametrize(
        "location", ["/next", "/next?a=1&b=2", "/é <b>", "http://x/'\"", "", "/a b&c"]
    )
    def test_as_werkzeug(self, location: str) -> None:
        """Page and headers are those of Werkzeug's redirect."""
        ours = redirect_to(location, 303, Response)
        theirs = redirect(location, 303, Response)

        assert state_of(ours) == state_of(theirs)
        assert ours.headers.to_wsgi_list() == theirs.headers.to_wsgi_list()

    def test_class_that_sets_headers(self) -> None:
        """A class that names a location itself, or replaces the headers, is heeded."""

        class Own(Response):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                self.headers["Location"] = "/other"

        assert redirect_to("/next", 302, Own).headers.getlist("Location") == ["/next"]

    def test_class_that_is_empty(self) -> None:
        """A response class may be false in a condition."""
        own = type("Own", (Response,), {"__bool__": lambda self: False})

        assert redirect_to("/next", 302, own).headers.getlist("Location") == ["/next"]

    def test_line_break_is_refused(self) -> None:
        """A location with a line break is refused as ever."""
        with pytest.raises(ValueError, match="newline"):
            redirect_to("/a\nb", 302, Response)
