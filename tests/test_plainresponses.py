"""A response that is made the short way is the one that Werkzeug makes."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from werkzeug.datastructures import Headers
from werkzeug.test import create_environ
from werkzeug.wrappers import Response as BaseResponse

from flask import Response, plainresponses
from flask.plainresponses import (
    LATE_ATTRIBUTES,
    STOCK_FILE_SEAMS,
    SharedPairs,
    content_type_of,
    file_response,
    is_late,
    is_stock_for_files,
    plain_response,
)
from flask.plainsending import STOCK_WSGI_SEAMS

STOCK_BODY_SEAMS = ("set_data", "status", "default_status", "automatically_set_content_length")


class Theirs(BaseResponse):
    """Werkzeug's response with Flask's default."""

    default_mimetype = "text/html"


def state_of(response: BaseResponse) -> dict[str, tuple[type, Any]]:
    """Return what Werkzeug's constructor gives to a response, with the types."""
    values = {name: getattr(response, name) for name in (*LATE_ATTRIBUTES, "response")}
    return {name: (value.__class__, value) for name, value in values.items()}


class TestResponseState:
    def test_late_attributes_are_werkzeugs(self) -> None:
        """What Werkzeug's constructor sets is the body and the late attributes, and no more."""
        assert vars(BaseResponse("x")).keys() == {*LATE_ATTRIBUTES, "response"}

    @pytest.mark.parametrize("body", ["text", b"bytes", "é", "", None])
    @pytest.mark.parametrize("mimetype", [None, "text/html", "application/json", ""])
    @pytest.mark.parametrize("status", [None, 200, 404])
    def test_filled_response_has_werkzeugs_state(
        self, body: str | bytes, mimetype: str | None, status: int | None
    ) -> None:
        """A response filled directly has the attributes that Werkzeug's constructor sets."""
        ours = Response.__new__(Response)

        assert plain_response(Response, body, status, mimetype, ours) is ours

        assert "headers" not in vars(ours)
        theirs = Theirs(body, status, mimetype=mimetype)
        assert state_of(ours) == state_of(theirs)
        assert ours.headers.to_wsgi_list() == theirs.headers.to_wsgi_list()
        assert ours.headers is ours.headers
        assert ours._on_close is ours._on_close

    def test_class_without_mimetype(self) -> None:
        """A class without default mimetype sends no such header."""
        bare = type("Bare", (Response,), {"default_mimetype": None})

        assert plain_response(bare, b"") is None
        assert bare(b"").headers.to_wsgi_list() == [("Content-Length", "0")]

    def test_filled_responses_share_nothing(self) -> None:
        """Headers, body and callbacks of one response are not those of another."""
        one, other = Response("x"), Response("x")
        one.headers["X-A"] = "1"
        one.response.append(b"y")  # type: ignore[attr-defined]
        one.call_on_close(lambda: None)

        assert state_of(other) == state_of(Theirs("x"))
        assert state_of(Response("x")) == state_of(Theirs("x"))

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
            {"status": property(lambda self: "", lambda self, value: None)},
            {"_clean_status": lambda self, value: ("", 0)},
            {"default_status": 202},
            {"automatically_set_content_length": False},
            {"headers": Headers()},
            {"direct_passthrough": True},
        ],
    )
    def test_class_that_overrides_a_body_seam_is_not_filled(self, own: dict[str, Any]) -> None:
        """A class with a seam of its own is built by Werkzeug's constructor."""
        cls = type("Own", (Response,), own)
        response = cls.__new__(cls)

        assert plain_response(cls, b"x", None, None, response) is None
        assert plain_response(cls, b"x") is None
        assert vars(response) == {}
        theirs = type("Own", (Theirs,), own)
        assert vars(cls("x")) == vars(theirs("x"))

    @pytest.mark.parametrize("name", STOCK_BODY_SEAMS)
    def test_seam_patched_at_run_time(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """A seam that is replaced on the class itself is heeded from then on."""
        assert plain_response(Response, b"x") is not None
        monkeypatch.setattr(Response, name, None)

        assert plain_response(Response, b"x") is None

    def test_class_below_one_with_its_own_headers(self) -> None:
        """What a class is made like counts for its subclasses, until they return to stock."""
        own = type("Own", (Response,), {"direct_passthrough": True})
        below = type("Below", (own,), {})
        stock = type("Stock", (own,), {"direct_passthrough": vars(Response)["direct_passthrough"]})

        assert not is_late(own, Response)
        assert plain_response(below, "x") is None
        assert plain_response(stock, "x") is not None

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
        assert state_of(made) == state_of(Theirs(body, status, mimetype=mimetype))

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
        """A class that only has another default mimetype is made with it."""
        own = type("Own", (Response,), {"default_mimetype": "a/b"})

        made = plain_response(own, "x", 202, None)

        assert (type(made), made.status_code, made.mimetype) == (own, 202, "a/b")


class TestFiles:
    @pytest.mark.parametrize("status", [200, 304])
    def test_state(self, status: int) -> None:
        """A file's response has the state that Werkzeug's constructor gives it."""
        headers = [("Content-Type", "a/b"), ("ETag", '"x"')]
        theirs = Response([b"x"], status, headers, direct_passthrough=True)

        ours = file_response(Response, SharedPairs(headers), status, [b"x"])
        assert state_of(ours) == state_of(theirs)
        assert state_of(pickle.loads(pickle.dumps(ours))) == state_of(theirs)

    def test_stock_classes(self) -> None:
        """Our class, and one that only adds, are made directly."""
        assert is_stock_for_files(Response)
        assert not is_stock_for_files(BaseResponse)
        assert is_stock_for_files(type("Own", (Response,), {"total": lambda self: 1}))

    @pytest.mark.parametrize(
        "name", [*STOCK_FILE_SEAMS, "__init__", "__new__", "default_status", "headers"]
    )
    def test_class_with_a_seam_of_its_own(self, name: str) -> None:
        """A class that overrides what Werkzeug's ``send_file`` uses is left to it."""
        own = type("Own", (Response,), {name: staticmethod(lambda *args: None)})

        assert not is_stock_for_files(own)


class TestChangedClass:
    """``__class__`` is assigned by ``force_type``; a response is whole in either class."""

    @pytest.mark.parametrize("status", [200, 404])
    @pytest.mark.parametrize("is_touched", [False, True])
    def test_to_werkzeugs_class(self, status: int, is_touched: bool) -> None:
        """Of Werkzeug's class, a response has the state that Werkzeug's constructor sets."""
        ours, theirs = Response("x", status), Theirs("x", status)
        if is_touched:
            for response in (ours, theirs):
                response.headers["X-A"] = "1"
        assert BaseResponse.force_type(ours) is ours

        assert type(ours) is BaseResponse
        assert state_of(ours) == state_of(theirs)
        environ = create_environ()
        assert ours.get_wsgi_headers(environ) == theirs.get_wsgi_headers(environ)
        assert Response.force_type(ours) is ours
        assert state_of(ours) == state_of(theirs)

    def test_to_a_class_with_its_own_headers(self) -> None:
        """Of a class that is made otherwise, a response finds its state on the instance."""
        own = type("Own", (Response,), {"direct_passthrough": True})

        response = own.force_type(Response("x"))

        assert type(response) is own
        assert not response.direct_passthrough
        assert vars(response) == vars(Theirs("x"))

    def test_to_a_subclass(self) -> None:
        """A subclass that is made as ours is takes the response as it is."""
        own = type("Own", (Response,), {"get_app_iter": lambda self, environ: [b"own"]})
        response = Response("x")
        response.__class__ = own

        assert response.__class__ is type(response) is own
        assert state_of(response) == state_of(Theirs("x"))
        assert list(response(create_environ(), lambda status, headers: None)) == [b"own"]  # type: ignore[arg-type,return-value]

    def test_no_other_object(self) -> None:
        """Like any object's, the class is not one of another layout."""
        with pytest.raises(TypeError):
            Response("x").__class__ = int  # type: ignore[assignment]


def test_every_name_is_tested_here() -> None:
    """A function added to the module is exercised by this file."""
    functions = {
        name
        for name, value in vars(plainresponses).items()
        if callable(value) and getattr(value, "__module__", "") == plainresponses.__name__
    }

    elsewhere = {
        "is_plain_exception_app",
        "redirect_to",
        "response_of_error",
        "response_of_options",
    }
    elsewhere |= {"change_class", "constructs_as_werkzeug", "late_headers"}  # used by Response
    assert {name for name in functions if not name.startswith("_")} <= set(globals()) | elsewhere
