"""How is an ordinary response made without Werkzeug's detours? Exactly as Werkzeug would.

Each function checks its precondition, class and instance overriding nothing it leaves out, and
is equal to Werkzeug's by property test; whatever is not ordinary goes Werkzeug's way.

COMPAT: the state of a response, of ``Headers`` and of an HTTP error is not documented;
``tests/test_plainresponses.py`` fails when a new Werkzeug keeps it in another way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, TypeVar

from markupsafe import escape
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.routing import RequestRedirect
from werkzeug.utils import get_content_type
from werkzeug.wrappers import Response as BaseResponse

from flask.coroutines import iterable_body
from flask.plaindicts import ResponseHeaders

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

Pair = tuple[str, str]
Constructor = TypeVar("Constructor", bound=Callable[..., None])

CONTENT_TYPE = "Content-Type"
CONTENT_LENGTH = "Content-Length"
_STOCK_SET_DATA = BaseResponse.set_data
_STOCK_STATUS = BaseResponse.status
_STOCK_FORCE_TYPE = vars(BaseResponse)["force_type"].__func__
_STOCK_EXCEPTION_CALL = HTTPException.__call__
_STOCK_GET_RESPONSE = HTTPException.get_response
_STOCK_GET_HEADERS = HTTPException.get_headers
_new: Any = object.__new__


# Making one


def content_type_of(mimetype: str) -> Pair:
    """Return the Content-Type header of a mimetype, with the charset where it is text.

    Raises:
        ValueError: It holds a line break.
    """
    pair = _CONTENT_TYPES.get(mimetype)
    if pair is None:
        headers = Headers([(CONTENT_TYPE, get_content_type(mimetype, "utf-8"))])
        pair = CONTENT_TYPE, headers[CONTENT_TYPE]
        if len(_CONTENT_TYPES) < 256:
            _CONTENT_TYPES[mimetype] = pair
    return pair


_CONTENT_TYPES: dict[Any, Pair] = {}


def plain_response(
    cls: Any,
    body: Any,
    status: Any = None,
    mimetype: str | None = None,
    response: Any = None,
) -> Any:
    """Return a new response, or None for a class or arguments that are not usual.

    A response that is given is filled, by the class's constructor; otherwise the class is
    not called at all.

    PERF: 0.4 µs; Werkzeug's constructor with the same result takes 5 µs.
    """
    # ``_pairs`` are the headers as long as nobody asks for them, and sent as they stand: in a
    # tuple with a length among them, in a list without.
    if response is None:
        if cls.__init__ is not _stock_init:
            return None
        response = _new(cls)
    if not (  # one after the other: a tuple of an attrgetter would take 15 ns more
        cls.set_data is _STOCK_SET_DATA
        and cls.status is _STOCK_STATUS
        and cls.default_status == 200
        and cls.automatically_set_content_length is True
        and cls._is_filled_late
    ):
        return None
    if mimetype is None:
        mimetype = cls.default_mimetype
    if status is not None and not _set_status(response, status):
        return None
    if type(body) is str:
        body = body.encode()
    elif type(body) is not bytes:
        return _fill_without_length(response, mimetype, body)
    try:
        response._pairs = _PAIRS[mimetype][len(body)]
    except KeyError:
        if type(mimetype) is not str:
            return None
        response._pairs = _pairs_of(mimetype, len(body))
    response.response = [body]
    return response


def _pairs_of(mimetype: str, size: int) -> tuple[Pair, Pair]:
    pairs = content_type_of(mimetype), _length_of(size)
    if size < _SMALL and (mimetype in _PAIRS or len(_PAIRS) < _FEW):
        _PAIRS.setdefault(mimetype, {})[size] = pairs
    return pairs


def _length_of(size: int) -> Pair:
    """Return the Content-Length header of a body of so many bytes."""
    return CONTENT_LENGTH, str(size)


# PERF: 0.1 µs less than to write a number and make the pairs. By mimetype and length of the body.
_PAIRS: dict[Any, dict[int, tuple[Pair, Pair]]] = {}
_SMALL, _FEW = 4096, 16


def _fill_without_length(response: Any, mimetype: Any, body: Any) -> Any:
    if type(mimetype) is not str or isinstance(body, (str, bytes, bytearray)):
        return None
    body = iterable_body(body)
    response._pairs = [content_type_of(mimetype)]
    response.direct_passthrough = False  # so plain_wsgi_response sees that it is not usual
    response.response = [] if body is None else body
    return response


def constructs_as_werkzeug(init: Constructor) -> Constructor:
    """Mark the constructor of the class that is filled late, and of its subclasses."""
    global _stock_init
    _stock_init = init
    return init


_stock_init: Any = None

LATE_ATTRIBUTES: Final = ("headers", "direct_passthrough", "_on_close", "_status", "_status_code")
"""What Werkzeug's constructor gives to the instance, and a class that is filled late has itself."""


def is_late(cls: type[BaseResponse], stock: type[BaseResponse]) -> bool:
    """Tell whether a subclass has the late attributes of the stock class, and is made like it."""
    return not hasattr(cls, "response") and all(
        _found(cls, name) is _found(stock, name)
        for name in (*LATE_ATTRIBUTES, "_clean_status", "__new__")
    )


def _found(cls: type, name: str) -> Any:
    return next(vars(base)[name] for base in cls.__mro__ if name in vars(base))


def late_headers(response: Any) -> Headers:
    """Return the headers of a response that this module filled."""
    headers: Headers = _new(ResponseHeaders)
    headers._list = [*response._pairs]
    return headers


def change_class(response: Any, cls: type) -> None:
    """Assign ``__class__``, as ``force_type`` does, and leave nothing that the class lacks."""
    attributes = vars(response)
    if "_pairs" in attributes and not getattr(cls, "_is_filled_late", False):
        for name in LATE_ATTRIBUTES:
            attributes[name] = getattr(response, name)
        del attributes["_pairs"]
    _CLASS.__set__(response, cls)


_CLASS: Any = vars(object)["__class__"]


def _set_status(response: Any, status: Any) -> bool:
    line = _status_line(status)
    if line is None:
        return False
    if status != _OK:
        response._status = line
        response._status_code = status
    return True


_OK: Final = 200


def _status_line(status: Any) -> str | None:
    name = HTTP_STATUS_CODES.get(status) if type(status) is int else None
    return None if name is None else _write_status_line(status, name)


@lru_cache(maxsize=128)
def _write_status_line(status: int, name: str) -> str:
    return f"{status} {name.upper()}"


def redirect_to(location: str, code: int, response_class: type[BaseResponse]) -> BaseResponse:
    """Return a redirect; page and headers are those of Werkzeug's ``redirect``.

    PERF: 1 µs; Werkzeug's takes 12 µs.
    """
    is_plain = type(location) is str and PLAIN_LOCATION(location)
    html = location if is_plain and "&" not in location else escape(location)
    page = (
        "<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n"
        "<h1>Redirecting...</h1>\n<p>You should be redirected automatically to the target URL: "
        f'<a href="{html}">{html}</a>. If not, click the link.\n'
    )
    made: Any = None
    if not response_class.autocorrect_location_header:
        made = plain_response(response_class, page, code, "text/html")
    if made is not None and is_plain:
        made._pairs = (*made._pairs, ("Location", location))
    else:
        made = made or response_class(page, code, mimetype="text/html")
        made.headers["Location"] = location
    response: BaseResponse = made
    return response


# What iri_to_uri returns unchanged: path and query of unreserved characters (RFC 3986 §2.3).
PLAIN_LOCATION = re.compile(r"/(?!/)[A-Za-z0-9/_.~-]*(\?[A-Za-z0-9/_.~&=-]+)?").fullmatch


def is_stock_for_files(cls: Any) -> bool:
    """Tell whether a class overrides nothing that Werkzeug's ``send_file`` would call."""
    return (
        cls.__init__ is _stock_init
        and cls._is_filled_late
        and cls.default_status == 200
        and _file_seams(cls) == _STOCK_FILE_SEAMS
    )


STOCK_FILE_SEAMS: Final = (
    *("make_conditional", "set_etag", "status", "status_code", "_clean_status"),
    *("content_length", "last_modified", "cache_control", "expires", "accept_ranges"),
)
_file_seams = attrgetter(*STOCK_FILE_SEAMS)
_STOCK_FILE_SEAMS = _file_seams(BaseResponse)


class SharedPairs(list[Pair]):
    """Headers that several responses begin with, and that nobody changes.

    Attributes:
        unchanged: Those of them that a 304 has, once it was sent.
    """

    __slots__ = ("unchanged",)
    unchanged: list[Pair]


def file_response(
    cls: type[BaseResponse], pairs: SharedPairs, status: int, body: Any
) -> BaseResponse:
    """Return a response with these headers that passes a file, or nothing, to the server.

    Only for a class of which :func:`is_stock_for_files` tells so.
    """
    response: Any = _new(cls)
    if status != _OK:
        response._status = "304 NOT MODIFIED"
        response._status_code = status
    response._pairs = pairs
    response.response = body
    response.direct_passthrough = True
    made: BaseResponse = response
    return made


# Making one of an HTTP error, and of the methods that a path allows


def response_of_options(response_class: Any, methods: Iterable[str]) -> Any:
    """Return an empty response that allows these methods, each of them told once.

    As ``response.allow.update`` writes them. PERF: 0.6 µs; the header set takes 8 µs.
    """
    allow = ", ".join(methods)
    if "\n" not in allow and "\r" not in allow:
        response = plain_response(response_class, b"")
        if response is not None:
            content_type = response._pairs[0]  # of what has no body the length is told later
            response._pairs = [content_type, ("Allow", allow)] if allow else [content_type]
            response.direct_passthrough = False
            response.response = []
            return response
    response = response_class()
    if allow:
        response.headers["Allow"] = allow
    return response


def response_of_error(error: HTTPException, response_class: Any, environ: WSGIEnvironment) -> Any:
    """Return what calling an HTTP error as WSGI app sends, as a response of the class.

    ``None`` where it has to be called: its call or its response are its own, or it carries a
    response, and the program may keep what it gives. The error's methods are called where they
    are not Werkzeug's. The class's constructor is not: ``force_type`` only tells a response
    that it is of the class.

    PERF: 0.5 µs; Werkzeug's page and response take 15 µs.
    """
    cls = type(error)
    known = _KNOWN_ERRORS.get(cls)
    if known is None or known[0] != _error_seams(cls):
        known = _known_error(cls)
    seams, code, line, page, length, pairs = known
    attributes = error.__dict__
    if not _INSTANCE_SEAMS.isdisjoint(attributes):
        code, page = error.code, None
        is_stock = seams[1:3] == _STOCK_CALLED and "get_response" not in attributes
        line = _status_line(code) if is_stock else None
        if "get_headers" in attributes:
            seams, pairs = _OWN_HEADERS, None
    if (
        line is None
        or not getattr(response_class, "_is_filled_late", False)
        or response_class.force_type.__func__ is not _STOCK_FORCE_TYPE
    ):
        return _response_made_by(error, response_class, environ)
    if error.response is not None:
        return None
    if pairs is None and seams[0] is _STOCK_GET_HEADERS_WITH_METHODS:
        pairs = _pairs_with_methods(error)
    if pairs is None or page is None:
        page, pairs, is_plain = _parts_told(error, environ, page, pairs)
        if not is_plain:
            made = BaseResponse(page, code, pairs)
            return _response_of_class(made, response_class, environ)
        length = _length_of(len(page))
    response = _new(response_class)
    response._status = line
    response._status_code = code
    response._pairs = (*pairs, length)
    response.response = [page]
    return response


def _response_made_by(error: HTTPException, response_class: Any, environ: WSGIEnvironment) -> Any:
    """Return what a method of Werkzeug's makes of an error; ``None`` where none is asked.

    What another ``get_response`` returns may be shared between requests, cookies and all.
    """
    cls = type(error)
    is_made_here = (
        cls.__call__ is _STOCK_EXCEPTION_CALL
        and cls.get_response in _STOCK_MAKERS
        and "get_response" not in error.__dict__
        and error.response is None
    )
    if not is_made_here:
        return None
    return _response_of_class(error.get_response(environ), response_class, environ)


def _parts_told(
    error: HTTPException, environ: WSGIEnvironment, page: Any, pairs: Any
) -> tuple[Any, Any, bool]:
    """Return page and headers, asking the error's methods for the one that is ``None``.

    And whether Werkzeug's constructor would take both as they are.
    """
    is_plain = True
    if pairs is None:
        pairs = error.get_headers(environ, None)
        is_plain = _are_plain_pairs(pairs)
    if page is None:
        page = error.get_body(environ, None)
        page = page.encode() if type(page) is str else page
    return page, pairs, is_plain and type(page) is bytes


def _known_error(cls: type[HTTPException]) -> Any:
    """Return what the errors of a class answer, unless they have something of their own.

    That is: the seams, which must be the same the next time; status, and its line unless
    Werkzeug has to answer; page, its length, and headers: ``None`` where a method has to tell.
    """
    seams = _error_seams(cls)
    get_headers, _, _, *of_page, code, description = seams
    line = _status_line(code) if seams[1:3] == _STOCK_CALLED else None
    page = None
    if line is not None and of_page == _STOCK_PAGE_SEAMS and type(description) is str:
        page = _stock_page(code, description)
    pairs = _HTML_ALONE if get_headers is _STOCK_GET_HEADERS else None
    length = None if page is None else _length_of(len(page))
    known = seams, code, line, page, length, pairs
    if len(_KNOWN_ERRORS) < _MOST_ERRORS or cls in _KNOWN_ERRORS:
        _KNOWN_ERRORS[cls] = known
    return known


def _pairs_with_methods(error: Any) -> tuple[Pair, ...] | None:
    """Return the headers of a 405, as its ``get_headers``; ``None`` for what is not usual."""
    methods = error.valid_methods
    if not methods:
        return _HTML_ALONE
    if type(methods) is not list:  # it may be read only once
        return None
    allow = ", ".join(methods)
    return None if "\n" in allow or "\r" in allow else (_HTML, ("Allow", allow))


def _response_of_class(response: Any, response_class: Any, environ: WSGIEnvironment) -> Any:
    headers = response.headers
    if "Location" in headers:  # which may be no URL: an error now becomes a 500
        response.headers = response.get_wsgi_headers(environ)
    else:  # a copy, as the error may keep what its get_headers returns
        response.headers = Headers(headers)
    return response_class.force_type(response, environ)


def _are_plain_pairs(pairs: Any) -> bool:
    """Tell whether ``Headers`` would take an error's headers as they are."""
    if type(pairs) is not list or not pairs or pairs[0] != _HTML:
        return False
    for name, value in pairs[1:]:
        if name not in HARMLESS_HEADERS or type(value) is not str or "\n" in value or "\r" in value:
            return False
    return True


def _stock_page(code: int, description: str) -> bytes:
    """Return the page of an error that has its status's name and its class's description."""
    error = HTTPException(description)
    error.code = code
    return error.get_body().encode()


_HTML = (CONTENT_TYPE, "text/html; charset=utf-8")
_HTML_ALONE = (_HTML,)
_PAGE_SEAMS = ("get_body", "get_description", "name")
_STOCK_PAGE_SEAMS = [getattr(HTTPException, name) for name in _PAGE_SEAMS]
_STOCK_CALLED = (_STOCK_EXCEPTION_CALL, _STOCK_GET_RESPONSE)
_STOCK_MAKERS = (_STOCK_GET_RESPONSE, RequestRedirect.get_response)  # of a new response
_error_seams = attrgetter(
    "get_headers", "__call__", "get_response", *_PAGE_SEAMS, "code", "description"
)
_STOCK_GET_HEADERS_WITH_METHODS = MethodNotAllowed.get_headers
_OWN_HEADERS = (None,)
_INSTANCE_SEAMS = frozenset(
    ("get_headers", "get_response", "get_body", "get_description", "code", "description")
)
_MOST_ERRORS = 64  # classes that are remembered, and so kept
_KNOWN_ERRORS: dict[type, Any] = {}
# Names as they are usually written, of headers that are sent as they stand.
HARMLESS_HEADERS = frozenset(
    (
        *("Accept-Ranges", "Allow", "Cache-Control", "Content-Disposition", "Content-Range"),
        *("Date", "ETag", "Expires", "Last-Modified", "Retry-After", "Set-Cookie", "Vary"),
        *("WWW-Authenticate", "X-Frame-Options"),
    )
)
