"""How may a generated view end? Each entry is one documented kind of return value, or a wrong one."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

from tests.differential.apps.errors import make_error
from tests.differential.apps.values import revive
from tests.differential.tracing import note, touch
from werkzeug.wrappers import Response as WerkzeugResponse

import flask
from flask import current_app, request, session

RETURNS: dict[str, Callable[..., Any]] = {}


def kind(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        RETURNS[name] = function
        return function

    return add


def make_return(seen: list[Any], name: str, *arguments: Any) -> Any:
    """Return what a view of this description returns."""
    touch(f"return {name}")
    return RETURNS[name](seen, *arguments)


@kind("what was seen")
def seen_values(seen: list[Any]) -> Any:
    return {"seen": seen}


@kind("str")
def text(seen: list[Any], value: str) -> Any:
    return value


@kind("bytes")
def binary(seen: list[Any], value: str) -> Any:
    return value.encode("latin1")


@kind("bytearray")
def binary_array(seen: list[Any], value: str) -> Any:
    return bytearray(value.encode("latin1"))


@kind("dict or list")
def plain_json(seen: list[Any], value: Any) -> Any:
    return revive(value)


@kind("tuple")
def in_tuple(seen: list[Any], *parts: Any) -> Any:
    return tuple(map(revive, parts))


@kind("wrong type")
def wrong(seen: list[Any], what: str) -> Any:
    return {
        "None": None,
        "int": 7,
        "float": 1.5,
        "True": True,
        "set": {1},
        "object": object(),
        "empty tuple": (),
        "one-tuple": ("a",),
        "four-tuple": ("a", 200, {}, 1),
        "None in tuple": (None, 200),
        "bad status": ("a", "no number"),
        "bad dict": {1: object()},
    }[what]


@kind("Response")
def response(seen: list[Any], body: Any, options: dict[str, Any]) -> Any:
    return flask.Response(revive(body), **revive(options))


@kind("Werkzeug Response")
def other_response(seen: list[Any], body: str, status: int) -> Any:
    return WerkzeugResponse(body, status, headers={"X-Base": "1"})


@kind("Response in tuple")
def response_in_tuple(seen: list[Any], status: Any, headers: Any) -> Any:
    made = flask.Response("inner", 201, headers=[("X-A", "1"), ("X-A", "2"), ("X-B", "1")])
    return made, revive(status), revive(headers)


@kind("WSGI callable")
def wsgi_callable(seen: list[Any], status: str, lazily: bool) -> Any:
    def application(environ: Any, start_response: Any) -> Any:
        write = start_response(status, [("Content-Type", "text/x"), ("X-Wsgi", "1")])
        if lazily:
            write(b"written ")
        return iter([environ["REQUEST_METHOD"].encode(), b"", b" answered"])

    return application


@kind("HTTPException returned")
def exception_returned(seen: list[Any], name: str, argument: Any) -> Any:
    return make_error(name, argument)


class _Closing:
    """An iterator that tells when it is closed."""

    def __init__(self, pieces: list[str]) -> None:
        self.pieces = iter(pieces)

    def __iter__(self) -> _Closing:
        return self

    def __next__(self) -> str:
        return next(self.pieces)

    def close(self) -> None:
        note("iterator closed")


@kind("iterator")
def iterator(seen: list[Any], pieces: list[str], binary: bool) -> Any:
    if binary:
        return iter([piece.encode("latin1") for piece in pieces])
    return _Closing(pieces)


@kind("generator")
def generator(seen: list[Any], pieces: list[str], fails: bool) -> Any:
    def produce() -> Iterator[str]:
        try:
            for piece in pieces:
                note("piece", flask.has_request_context(), flask.has_app_context())
                yield piece
            if fails:
                raise make_error("SoldOut")
        finally:
            note("generator ended")

    return produce()


@kind("stream_with_context")
def streamed(seen: list[Any], pieces: list[str], how: str) -> Any:
    def produce() -> Iterator[str]:
        try:
            for piece in pieces:
                yield f"{piece}{request.path}"
            if how == "session":
                yield str(session.get("count"))
            if how == "raise":
                raise make_error("ShopError")
        finally:
            note("stream ended", flask.has_request_context())

    if how == "decorator":
        return flask.stream_with_context(produce)()  # type: ignore[operator]
    return flask.Response(flask.stream_with_context(produce()), 206 if how == "status" else 200)


@kind("make_response")
def made_response(seen: list[Any], *parts: Any) -> Any:
    made = flask.make_response(*map(revive, parts))
    made.headers["X-Made"] = str(made.status_code)
    return made


@kind("jsonify")
def jsonified(seen: list[Any], positional: list[Any], named: dict[str, Any]) -> Any:
    return flask.jsonify(*map(revive, positional), **revive(named))


@kind("redirect")
def redirected(seen: list[Any], location: str, code: int | None) -> Any:
    return flask.redirect(location, *([] if code is None else [code]))


@kind("redirect to url_for")
def redirected_inside(seen: list[Any], endpoint: str, values: dict[str, Any]) -> Any:
    return flask.redirect(flask.url_for(endpoint, **values))


@kind("send_file")
def sent_file(seen: list[Any], name: str, options: dict[str, Any]) -> Any:
    return flask.send_file(f"static/{name}", **revive(options))


@kind("send_file of an object")
def sent_object(seen: list[Any], content: str, options: dict[str, Any]) -> Any:
    file: Any = io.BytesIO(content.encode("latin1"))
    if options.get("mimetype") == "as text":
        file = io.StringIO(content)
    return flask.send_file(file, **revive(options))


@kind("send_from_directory")
def sent_from(seen: list[Any], directory: str, name: str, options: dict[str, Any]) -> Any:
    return flask.send_from_directory(directory, request.args.get("file", name), **revive(options))


@kind("render_template")
def rendered(seen: list[Any], template: Any, context: dict[str, Any]) -> Any:
    return flask.render_template(template, **revive(context))


@kind("render_template_string")
def rendered_string(seen: list[Any], source: str, context: dict[str, Any]) -> Any:
    return flask.render_template_string(source, **revive(context))


@kind("stream_template")
def template_stream(seen: list[Any], template: str, context: dict[str, Any]) -> Any:
    return flask.stream_template(template, **revive(context))


@kind("stream_template_string")
def template_string_stream(seen: list[Any], source: str, context: dict[str, Any]) -> Any:
    return flask.stream_template_string(source, **revive(context))


@kind("cookies")
def with_cookies(seen: list[Any], changes: list[list[Any]]) -> Any:
    made = flask.make_response("cookies")
    for name, value, options in changes:
        if value is None:
            made.delete_cookie(name, **options)
        else:
            made.set_cookie(name, value, **revive(options))
    return made


@kind("headers changed")
def with_headers(seen: list[Any], changes: list[list[Any]]) -> Any:
    made = flask.make_response("headers")
    for how, *arguments in changes:
        HEADER_CHANGES[how](made, *arguments)
    return made


def _set_policy(made: Any) -> None:
    made.content_security_policy.default_src = "'self'"
    made.cross_origin_opener_policy = "same-origin"  # type: ignore[attr-defined]


HEADER_CHANGES: dict[str, Callable[..., Any]] = {
    "add": lambda made, name, value: made.headers.add(name, value),
    "set": lambda made, name, value: made.headers.__setitem__(name, value),
    "remove": lambda made, name: made.headers.pop(name, None),
    "vary": lambda made, *names: made.vary.update(names),
    "cache": lambda made, age: setattr(made.cache_control, "max_age", age),
    "no cache": lambda made: setattr(made.cache_control, "no_store", True),
    "status": lambda made, status: setattr(made, "status", status),
    "status_code": lambda made, code: setattr(made, "status_code", code),
    "mimetype": lambda made, value: setattr(made, "mimetype", value),
    "content_type": lambda made, value: setattr(made, "content_type", value),
    "data": lambda made, value: made.set_data(value),
    "location": lambda made, value: setattr(made, "location", value),
    "content_language": lambda made: made.content_language.add("de"),
    "allow": lambda made: made.allow.update(["GET", "PUT"]),
    "retry_after": lambda made, seconds: setattr(made, "retry_after", seconds),
    "last_modified": lambda made, when: setattr(made, "last_modified", revive(when)),
    "etag": lambda made, weak: made.add_etag(weak=weak),
    "freeze": lambda made: made.freeze(),
    "access_control": lambda made: setattr(made, "access_control_allow_origin", "*"),
    "policy": _set_policy,
    "close": lambda made: made.call_on_close(lambda: note("closed", flask.has_request_context())),
    "length": lambda made, value: setattr(made, "content_length", value),
    "www_authenticate": lambda made: made.headers.add("WWW-Authenticate", "Basic realm=x"),
    "stream": lambda made: made.stream.write("streamed"),
}


@kind("make_conditional")
def conditional(seen: list[Any], body: str, weak: bool, ranges: bool) -> Any:
    made = flask.make_response(body)
    made.add_etag(weak=weak)
    made.last_modified = revive({"$datetime": 1_700_000_000})
    return made.make_conditional(
        request.environ, accept_ranges=ranges, complete_length=len(made.get_data())
    )


@kind("response of the app")
def of_app(seen: list[Any]) -> Any:
    made = current_app.response_class("made by the class", 200)
    return made, {"X-Class": type(made).__name__}


@kind("app method")
def by_app(seen: list[Any], how: str) -> Any:
    if how == "static":
        return current_app.send_static_file("hello.txt")
    if how == "options":
        return current_app.make_default_options_response()
    if how == "json":
        return current_app.json.response(a=[1, 2])
    if how == "open":
        with current_app.open_resource("static/hello.txt") as file:
            return file.read()
    return current_app.redirect("/there", 307)
