"""What do views read and return? Werkzeug's request and response, made when touched.

``lifecycle`` creates both through ``app.request_class`` and ``app.response_class``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Headers, ImmutableMultiDict, MultiDict
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.routing import Rule
from werkzeug.sansio.request import Request as SansioRequest
from werkzeug.sansio.utils import get_host
from werkzeug.wrappers import Request as RequestBase
from werkzeug.wrappers import Response as ResponseBase

from flask import json
from flask.bodies import BodyRequest
from flask.coroutines import iterable_body
from flask.forms import parse_fields
from flask.globals import active_app
from flask.helpers import _split_blueprint_path
from flask.internals import (
    is_decodable_host,
    query_pairs,
    server_of,
    text_of_query,
    text_of_wsgi_bytes,
)
from flask.lazy import (
    LazyAttribute,
    former_names_of,
    with_former_attributes,
)
from flask.plaincookies import cookies_of_header
from flask.plainresponses import (
    change_class,
    constructs_as_werkzeug,
    is_late,
    late_headers,
    plain_response,
)
from flask.plainsending import plain_wsgi_response

if TYPE_CHECKING:
    from http import HTTPStatus

    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@with_former_attributes(
    "charset", "disable_data_descriptor", "encoding_errors", "is_xhr", "url_charset"
)
class Request(BodyRequest):
    """The request that the client sent; ``flask.request`` is the current one.

    A subclass set as :attr:`Flask.request_class <flask.Flask.request_class>` replaces it.
    Whatever is not named here is documented with :class:`werkzeug.wrappers.Request`.

    Args:
        environ: The WSGI environment.
        populate_request: Store the object as ``environ["werkzeug.request"]``.
        shallow: Forbid reading the body.
    """

    json_module: Any = json

    url_rule: Rule | None = None
    """The rule that matched; ``None`` before matching and when none did."""

    view_args: dict[str, Any] | None = None
    """The values of the rule's variable parts, which the view gets as keywords."""

    routing_exception: HTTPException | None = None
    """The error or redirect that matching gave; raised when the request is dispatched."""

    shallow: bool = False
    _given_query: bytes | None = None

    def __init__(
        self, environ: WSGIEnvironment, populate_request: bool = True, shallow: bool = False
    ) -> None:
        self.environ = environ
        # Middleware shifts path and prefix in the same environ, and views hand it on: what is
        # read when touched is read from the request as it came. PERF: 0.1 µs.
        self._given = environ.copy()
        try:
            self.method: str = _METHODS[environ["REQUEST_METHOD"]]
        except KeyError:  # in small letters, rare, or not told
            self.method = environ.get("REQUEST_METHOD", "GET").upper()
        if shallow:
            self.shallow = True
        elif populate_request:
            environ["werkzeug.request"] = self

    @LazyAttribute
    def path(self) -> str:
        """The path that was asked for, below :attr:`root_path`, with one slash at its start."""
        path = text_of_wsgi_bytes(self._given.get("PATH_INFO") or "")
        return f"/{path.lstrip('/')}"

    @LazyAttribute
    def root_path(self) -> str:
        """The prefix that the application is mounted under, without a slash at its end."""
        prefix = self._given.get("SCRIPT_NAME")
        return text_of_wsgi_bytes(prefix).rstrip("/") if prefix else ""

    @property
    def query_string(self) -> bytes:
        """The part of the URL after the ``?``, as it came."""
        given = self._given_query
        if given is not None:
            return given
        query: str = self._given.get("QUERY_STRING") or ""
        return query.encode("latin1")

    @query_string.setter
    def query_string(self, value: bytes) -> None:
        self._given_query = value

    scheme = LazyAttribute["Request", str](lambda self: self._given.get("wsgi.url_scheme", "http"))
    server = LazyAttribute["Request", tuple[str, int | None] | None](
        lambda self: server_of(self._given)
    )
    remote_addr = LazyAttribute["Request", str | None](lambda self: self._given.get("REMOTE_ADDR"))

    @LazyAttribute
    def args(self) -> MultiDict[str, str]:
        """The parameters of the query string; what is not UTF-8 stays percent-encoded."""
        text: str = self._given.get("QUERY_STRING") or ""
        if (
            text.isascii()
            and self.parameter_storage_class is ImmutableMultiDict
            and self._given_query is None
            and type(self).query_string is _STOCK_QUERY_STRING
        ):
            return parse_fields(text)
        return self.parameter_storage_class(query_pairs(self.query_string))

    @LazyAttribute
    def full_path(self) -> str:
        """The path and the query string; in it, bytes that are not UTF-8 are percent-encoded."""
        return f"{self.path}?{text_of_query(self.query_string)}"

    @LazyAttribute
    def host(self) -> str:
        """The host that the request names, with the port unless it is the scheme's own.

        Raises:
            SecurityError: It is not one of :attr:`trusted_hosts`, or can be no domain name.
        """
        cls = type(self)
        if (
            self._has_own_headers
            or cls.headers is not Request.headers
            or cls.__init__ is not _STOCK_INIT  # which may change the environ
        ):
            host = _read_host(self)
        else:  # the one that the URL adapter is bound to
            name = self._given.get("HTTP_HOST")
            host = get_host(self.scheme, name, self.server, self.trusted_hosts)
        if "xn--" in host and not is_decodable_host(host):
            raise SecurityError(f"Host {host!r} is no domain name (RFC 5890).")
        return host

    @LazyAttribute
    def cookies(self) -> ImmutableMultiDict[str, str]:
        """The cookies that the client sent, by name."""
        if self._has_own_headers or type(self).headers is not Request.headers:
            return _read_cookies(self)  # someone replaced the headers
        return cookies_of_header(self.environ.get("HTTP_COOKIE"), cls=self.dict_storage_class)  # type: ignore[return-value]

    @property
    def endpoint(self) -> str | None:
        """The endpoint of the rule that matched."""
        rule = self.url_rule
        return None if rule is None else rule.endpoint

    @property
    def blueprint(self) -> str | None:
        """The registered name of the blueprint that the endpoint belongs to.

        Raises:
            TypeError: The rule was registered with a function as its endpoint.
        """
        endpoint = self.endpoint
        try:
            is_nested = endpoint is not None and "." in endpoint
        except TypeError:
            rule = getattr(self.url_rule, "rule", None)
            raise TypeError(
                f"The endpoint of rule {rule!r} is {endpoint!r}, not a name. Write"
                f" add_url_rule({rule!r}, view_func={getattr(endpoint, '__name__', '...')})."
            ) from None
        return endpoint.rpartition(".")[0] if is_nested and endpoint else None

    @property
    def blueprints(self) -> list[str]:
        """The names of the endpoint's blueprint and of its parents, inner first."""
        cls = type(self)
        # PERF: a property that asks a property takes 0.05 µs more for each.
        if cls.blueprint is _STOCK_BLUEPRINT and cls.endpoint is _STOCK_ENDPOINT:
            rule = self.url_rule
            try:
                if rule is None or "." not in rule.endpoint:
                    return []
            except (AttributeError, TypeError):  # a function as the endpoint: told below
                pass
        name = self.blueprint
        return [] if name is None else _split_blueprint_path(name)


_METHODS = {m: m for m in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")}
_STOCK_QUERY_STRING = vars(Request)["query_string"]
_STOCK_INIT = Request.__init__
_STOCK_BLUEPRINT = Request.blueprint
_STOCK_ENDPOINT = Request.endpoint
_read_host: Callable[[RequestBase], str] = vars(SansioRequest)["host"].fget
_read_cookies: Callable[[RequestBase], ImmutableMultiDict[str, str]] = vars(SansioRequest)[
    "cookies"
].fget


@with_former_attributes("charset", "on_json_loading_failed")
class Response(ResponseBase):
    """The response sent to the client; HTML unless told otherwise.

    A subclass set as :attr:`Flask.response_class <flask.Flask.response_class>` replaces
    it. What is not named here is documented with :class:`werkzeug.wrappers.Response`.
    """

    default_mimetype: str | None = "text/html"
    json_module: Any = json
    autocorrect_location_header = False
    # PERF: what Werkzeug's constructor sets, 0.2 µs, is here or made on first touch.
    _status = "200 OK"
    _status_code = 200
    direct_passthrough = False
    headers = LazyAttribute["Response", Headers](late_headers)
    _on_close = LazyAttribute["Response", "list[Callable[[], Any]]"](lambda self: [])
    _is_filled_late = True
    if not TYPE_CHECKING:
        __class__ = property(type, change_class)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls._is_filled_late = is_late(cls, Response)

    @constructs_as_werkzeug
    def __init__(
        self,
        response: Iterable[bytes] | bytes | Iterable[str] | str | None = None,
        status: int | str | HTTPStatus | None = None,
        headers: Mapping[str, str | Iterable[str]] | Iterable[tuple[str, str]] | None = None,
        mimetype: str | None = None,
        content_type: str | None = None,
        direct_passthrough: bool = False,
    ) -> None:
        if (
            headers is not None
            or content_type is not None
            or direct_passthrough
            or self.__dict__  # constructed again, or a subclass has set something before
            or plain_response(type(self), response, status, mimetype, self) is None
        ):
            response = iterable_body(response)
            super().__init__(response, status, headers, mimetype, content_type, direct_passthrough)

    @property
    def max_cookie_size(self) -> int:  # type: ignore[override]
        """Bytes from which setting a cookie warns: ``MAX_COOKIE_SIZE``, 0 for never."""
        app = active_app()
        if app is not None:
            size: int = app.config["MAX_COOKIE_SIZE"]
            return size
        return super().max_cookie_size

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Send the response to the WSGI server."""
        if environ["REQUEST_METHOD"] != "HEAD":
            prepared = plain_wsgi_response(self)
            if prepared is not None:
                body, status, headers = prepared
                start_response(status, headers)
                return body
        return super().__call__(environ, start_response)


if not TYPE_CHECKING:
    __getattr__ = former_names_of(__name__)
