"""The reference's part on incoming data: what ``flask.Request`` does, and the classes it uses."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.datastructures import ImmutableList, ImmutableMultiDict, MultiDict
from werkzeug.exceptions import (
    NotFound,
    SecurityError,
)
from werkzeug.formparser import FormDataParser
from werkzeug.test import Client, EnvironBuilder
from werkzeug.user_agent import UserAgent

from contract.asking import FORM, UPLOAD, Read, body, header, observe
from flask import Flask, Request, Response

# Methods that Werkzeug gives


def run_wsgi(application: Any, **sent: Any) -> str:
    return Client(application).open(**sent).text


def test_application() -> None:
    """The decorated function becomes a WSGI application; an HTTP error becomes a response."""

    @Request.application
    def serve(request: Request) -> Response:
        if request.path == "/missing":
            raise NotFound
        return Response(f"{type(request).__module__} {request.path}")

    assert run_wsgi(serve, path="/page") == "flask.wrappers /page"
    assert Client(serve).get("/missing").status_code == 404


def test_application_f() -> None:
    """The function gets the request as its last argument, also as a method."""

    class Site:
        def serve(self, request: Request) -> Response:
            return Response(f"{type(self).__name__} {request.method}")

        wsgi = Request.application(f=serve)

    assert run_wsgi(Site().wsgi, method="PUT") == "Site PUT"


def test_close() -> None:
    """Closing a request closes the files that came with it; ``with`` does so too."""

    def close(request: Request) -> bool:
        uploaded = request.files["file"]
        request.close()
        return uploaded.stream.closed

    def leave(request: Request) -> bool:
        with request:
            uploaded = request.files["file"]
        return uploaded.stream.closed

    assert observe(close, **UPLOAD)
    assert observe(leave, **UPLOAD)


def test_from_values() -> None:
    """A request can be made of the values that an environ builder takes."""
    request = Request.from_values()

    assert isinstance(request, Request)
    assert request.url == "http://localhost/"


def test_from_values_args() -> None:
    """Positional values are the builder's: path, then base URL."""
    request = Request.from_values("/a?x=1", "https://example.com/app")

    assert request.url == "https://example.com/app/a?x=1"


def test_from_values_kwargs() -> None:
    """Keywords are the builder's options."""
    request = Request.from_values(method="POST", json={"n": 1})

    assert (request.method, request.json) == ("POST", {"n": 1})


TEXT = body("한글", "text/plain")


def test_get_data() -> None:
    """The whole body is read once and remembered."""
    assert observe(lambda r: [r.get_data(), r.get_data()], **TEXT) == ["한글".encode()] * 2


def test_get_data_cache() -> None:
    """Data that is not cached is gone after one reading."""
    read = observe(lambda r: [r.get_data(cache=False), r.get_data(cache=True)], **TEXT)

    assert read == ["한글".encode(), b""]


def test_get_data_as_text() -> None:
    """The body can be had as text."""
    assert observe(lambda r: r.get_data(as_text=True), **TEXT) == "한글"


def test_get_data_parse_form_data() -> None:
    """Asked to parse the form first, the form has the data and nothing is left."""
    seen = observe(lambda r: (r.get_data(parse_form_data=True), r.form["name"]), **FORM)

    assert seen == (b"", "ada")


def test_get_json() -> None:
    """JSON is parsed once; the same object is returned again."""

    def read(request: Request) -> tuple[Any, bool]:
        first = request.get_json()
        return first, request.get_json() is first

    assert observe(read, method="POST", json={"n": 1}) == ({"n": 1}, True)


def test_get_json_force() -> None:
    """The content type does not matter when forced."""
    assert observe(lambda r: r.get_json(force=True), **body("[1]", "text/plain")) == [1]


@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
def test_get_json_silent(content_type: str) -> None:
    """Asked to be silent, neither bad JSON nor a wrong content type is an error."""
    assert observe(lambda r: r.get_json(silent=True), **body("{", content_type)) is None


def test_get_json_cache() -> None:
    """Without the cache neither the object nor the body is kept."""

    def read(request: Request) -> tuple[Any, bytes]:
        return request.get_json(cache=False), request.get_data()

    assert observe(read, method="POST", json={"n": 1}) == ({"n": 1}, b"")


def test_make_form_data_parser() -> None:
    """The form parser is made with the request's limits."""

    def read(request: Request) -> tuple[bool, int | None]:
        request.max_form_parts = 7
        parser = request.make_form_data_parser()
        return isinstance(parser, FormDataParser), parser.max_form_parts

    assert observe(read) == (True, 7)


# Attributes that are set rather than read


def test_trusted_hosts() -> None:
    """A host that is not trusted is refused; by default every host is trusted."""

    def read(request: Request) -> str:
        assert request.trusted_hosts is None
        request.trusted_hosts = ["example.com"]
        return request.host

    assert observe(read, base_url="http://example.com/") == "example.com"
    with pytest.raises(SecurityError):
        request_of_host("evil.example", read)


def request_of_host(host: str, read: Read) -> Any:
    return read(Request(EnvironBuilder("/", f"http://{host}/").get_environ()))


def request_class_with(**attributes: Any) -> type[Request]:
    return type("Custom", (Request,), attributes)


def test_parameter_storage_class(app: Flask) -> None:
    """Arguments and form are kept in the class that the request class names."""
    sent = {**FORM, "query_string": "q=1"}
    read: Read = lambda r: [r.args.__class__, r.form.__class__]  # noqa: E731 - used twice, below

    assert observe(read, **sent) == [ImmutableMultiDict, ImmutableMultiDict]

    app.request_class = request_class_with(parameter_storage_class=MultiDict)
    assert observe(read, app, **sent) == [MultiDict, MultiDict]


def test_dict_storage_class(app: Flask) -> None:
    """Cookies are kept in the class that the request class names."""
    sent = header("Cookie", "a=1")
    assert observe(lambda r: type(r.cookies), **sent) is ImmutableMultiDict

    app.request_class = request_class_with(dict_storage_class=MultiDict)
    assert observe(lambda r: type(r.cookies), app, **sent) is MultiDict


def test_list_storage_class(app: Flask) -> None:
    """The addresses of proxies are kept in the class that the request class names."""
    sent = header("X-Forwarded-For", "192.0.2.1")
    assert observe(lambda r: type(r.access_route), **sent) is ImmutableList

    app.request_class = request_class_with(list_storage_class=list)
    assert observe(lambda r: type(r.access_route), app, **sent) is list


def test_json_module(app: Flask) -> None:
    """JSON is read by the module of the class, in an application by its provider."""

    class FixedJSON:
        @staticmethod
        def loads(s: bytes, **options: Any) -> str:
            return f"read {s.decode()}"

    fixed = request_class_with(json_module=FixedJSON)

    assert Request.from_values(json=[1]).json == [1]
    assert fixed.from_values(data="[1]", content_type="application/json").json == "read [1]"
    app.request_class = fixed
    assert observe(lambda r: r.json, app, method="POST", json=[1]) == [1]


def test_form_data_parser_class(app: Flask) -> None:
    """Forms are parsed by the class that the request class names."""

    class Shouting(FormDataParser):
        def parse(self, *args: Any, **kwargs: Any) -> Any:
            stream, form, files = super().parse(*args, **kwargs)
            return stream, type(form)((k, v.upper()) for k, v in form.items(multi=True)), files

    assert observe(lambda r: r.form["name"], **FORM) == "ada"

    app.request_class = request_class_with(form_data_parser_class=Shouting)
    assert observe(lambda r: r.form["name"], app, **FORM) == "ADA"


def test_user_agent_class(app: Flask) -> None:
    """The User-Agent header is given to the class that the request class names."""

    class Agent(UserAgent):
        def __init__(self, string: str) -> None:
            super().__init__(string)
            self.browser = string.partition("/")[0]

    sent = header("User-Agent", "Probe/2")
    assert observe(lambda r: r.user_agent.browser, **sent) is None

    app.request_class = request_class_with(user_agent_class=Agent)
    assert observe(lambda r: r.user_agent.browser, app, **sent) == "Probe"
