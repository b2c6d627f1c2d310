"""What may a generated view do before it returns? Each step is one use of the documented API.

A step's value is recorded; both implementations have to record the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.differential.apps.errors import CLASSES, make_error
from tests.differential.apps.values import revive
from tests.differential.tracing import note, show, tell, touch

import flask
from flask import current_app, g, request, session

STEPS: dict[str, Callable[..., Any]] = {}


def step(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        STEPS[name] = function
        return function

    return add


def run_steps(steps: list[list[Any]]) -> list[Any]:
    """Run steps in order and return what each gave."""
    return [run_step(name, *arguments) for name, *arguments in steps]


def run_step(name: str, *arguments: Any) -> Any:
    step = STEPS[name]
    touch(name)
    value = show(step(*arguments))
    note(name, value)
    return value


@step("tried step")
def tried(name: str, *arguments: Any) -> Any:
    try:
        return run_step(name, *arguments)
    except Exception as error:  # noqa: BLE001 - whichever it is, both have to raise it
        tell(error)
        note("tried", name, type(error).__name__, getattr(error, "code", None))
        return type(error).__name__


# The request


@step("request.args")
def args() -> Any:
    found = request.args
    return [
        list(found.items(multi=True)),
        found.get("n", type=int),
        found.getlist("q"),
        type(found).__name__,
        found.to_dict(),
    ]


@step("request.args[key]")
def args_key(key: str) -> Any:
    return request.args[key]


@step("request.values")
def values() -> Any:
    return [list(request.values.items(multi=True)), request.values.get("q")]


@step("request.form")
def form() -> Any:
    return [list(request.form.items(multi=True)), list(request.files)]


@step("request.form[key]")
def form_key(key: str) -> Any:
    return request.form[key]


@step("request.files")
def files() -> Any:
    return [
        [
            key,
            file.filename,
            file.content_type,
            file.mimetype_params,
            file.read(),
            list(file.headers),
        ]
        for key, file in request.files.items(multi=True)
    ]


@step("request.files[key]")
def files_key(key: str) -> Any:
    return request.files[key].filename


@step("request.json")
def json_body() -> Any:
    return request.json


@step("request.get_json")
def get_json(force: bool = False, silent: bool = False, cache: bool = True) -> Any:
    return [request.is_json, request.get_json(force=force, silent=silent, cache=cache)]


@step("request.get_data")
def get_data(cache: bool = True, as_text: bool = False, parse: bool = False) -> Any:
    first = request.get_data(cache=cache, as_text=as_text, parse_form_data=parse)
    return [first, request.form.to_dict() if parse else None, len(request.get_data())]


@step("request.stream")
def stream(size: int) -> Any:
    return [request.stream.read(size), request.stream.read()]


@step("request.headers")
def headers() -> Any:
    found = request.headers
    return [
        sorted(found.items()),
        found.get("x-custom"),
        found.get("X-Number", type=int),
        "Host" in found,
        request.user_agent.string,
        request.referrer,
        request.origin,
    ]


@step("request content headers")
def content_headers() -> Any:
    return [
        request.content_type,
        request.mimetype,
        request.mimetype_params,
        request.content_length,
        request.content_encoding,
        request.content_md5,
        request.is_json,
        request.max_forwards,
        request.date,
    ]


@step("request accept headers")
def accept() -> Any:
    kinds = request.accept_mimetypes
    return [
        list(kinds),
        kinds.best_match(["text/html", "application/json", "text/plain"], "none"),
        kinds.accept_json,
        kinds.accept_html,
        kinds["text/html"],
        request.accept_languages.best_match(["de", "en-US", "ko"]),
        list(request.accept_charsets),
        list(request.accept_encodings),
        kinds.to_header(),
    ]


@step("request URLs")
def urls() -> Any:
    return [
        request.url, request.base_url, request.url_root, request.root_url, request.host_url,
        request.host, request.path, request.full_path, request.script_root, request.root_path,
        request.scheme, request.is_secure, request.query_string,
    ]  # fmt: skip


@step("request client")
def client() -> Any:
    return [
        request.remote_addr,
        request.access_route,
        request.remote_user,
        request.server,
        request.environ.get("SERVER_NAME"),
        request.method,
        request.is_multithread,
        request.is_run_once,
    ]


@step("request.range")
def ranges() -> Any:
    wanted, condition = request.range, request.if_range
    return [
        None if wanted is None else [wanted.units, wanted.ranges, wanted.to_header()],
        condition.etag,
        condition.date,
        request.if_modified_since,
        request.if_unmodified_since,
        sorted(request.if_none_match.as_set(include_weak=True)),
        request.if_match.star_tag,
        request.if_match.to_header(),
    ]


@step("request.authorization")
def authorization() -> Any:
    found = request.authorization
    if found is None:
        return None
    return [found.type, found.parameters, found.token, found.username, found.password]


@step("request.cookies")
def cookies() -> Any:
    return [list(request.cookies.items(multi=True)), request.cookies.get("tea")]


@step("request.cache_control")
def cache_control() -> Any:
    found = request.cache_control
    return [found.no_cache, found.max_age, found.only_if_cached, request.pragma.to_header()]


@step("request routing attributes")
def routing() -> Any:
    rule = request.url_rule
    return [
        request.endpoint,
        request.blueprint,
        request.blueprints,
        None if rule is None else [rule.rule, sorted(rule.methods or ()), rule.endpoint],
        request.view_args,
        request.routing_exception,
    ]


@step("request limits set")
def limits(length: int | None, memory: int | None, parts: int | None) -> Any:
    request.max_content_length = length
    request.max_form_memory_size = memory
    request.max_form_parts = parts
    return [request.max_content_length, request.max_form_memory_size, request.max_form_parts]


# The session


@step("session set")
def session_set(key: str, value: Any) -> None:
    session[key] = revive(value)


@step("session read")
def session_read(key: str) -> Any:
    return [session.get(key), session.new, session.permanent, session.modified, session.accessed]


@step("session asked")
def session_asked(key: str) -> Any:
    return [key in session, len(session), bool(session), sorted(session)]


@step("session deleted")
def session_deleted(key: str | None) -> Any:
    if key is None:
        session.clear()
        return None
    return session.pop(key, "nothing")


@step("session permanent")
def session_permanent(value: bool) -> None:
    session.permanent = value


@step("session nested")
def session_nested(tell: bool) -> Any:
    session.setdefault("list", []).append(len(session.get("list", [])))
    before = session.modified
    if tell:
        session.modified = True
    return [before, session["list"]]


@step("session counted")
def session_counted() -> Any:
    session["count"] = session.get("count", 0) + 1
    return session["count"]


@step("flash")
def flash(message: Any, category: str | None) -> None:
    flask.flash(revive(message), *([category] if category else []))


@step("get_flashed_messages")
def flashed(with_categories: bool, wanted: list[str]) -> Any:
    first = flask.get_flashed_messages(with_categories, wanted)
    return [first, flask.get_flashed_messages()]


# Contexts


@step("g")
def use_g(key: str, value: Any) -> Any:
    before = g.get(key, "unset")
    setattr(g, key, value)
    return [before, key in g, sorted(g), g.pop("gone", None), g.setdefault("d", 1), getattr(g, key)]


@step("current_app")
def use_current_app() -> Any:
    return [
        current_app.name,
        current_app.debug,
        current_app.testing,
        flask.has_request_context(),
        flask.has_app_context(),
        flask.request_ctx.request is request._get_current_object(),  # type: ignore[attr-defined]
        flask.app_ctx.app is current_app._get_current_object(),  # type: ignore[attr-defined]
        current_app.got_first_request,
    ]


@step("app_context inside")
def nested_app_context() -> Any:
    g.outer = 1
    with current_app.app_context():
        inside = ["outer" in g, request.path, flask.has_request_context()]
        g.inner = 2
    return [inside, "inner" in g, g.outer]


@step("test_request_context inside")
def nested_request(path: str) -> Any:
    g.outer = 1
    with current_app.test_request_context(path, method="POST", data={"a": "b"}):
        inside = [request.path, request.form.to_dict(), "outer" in g, request.endpoint]
    return [inside, request.method]


@step("copy_current_request_context")
def copied_context() -> Any:
    @flask.copy_current_request_context
    def later(word: str) -> Any:
        return [word, request.path, request.endpoint]

    return later("copied")


@step("after_this_request")
def after_this(kind: str) -> None:
    @flask.after_this_request
    def after(response: Any) -> Any:
        note("after_this_request", kind, response.status)
        if kind == "header":
            response.headers["X-After-This"] = "1"
        elif kind == "cookie":
            response.set_cookie("after", "this")
        elif kind == "replace":
            return flask.make_response(("replaced after", 203))
        elif kind == "raise":
            raise make_error("SoldOut")
        elif kind == "session":
            session["after"] = 1
        return response


# URLs, errors and the rest


@step("url_for")
def url_for(endpoint: str, values: dict[str, Any], options: dict[str, Any]) -> Any:
    return flask.url_for(endpoint, **options, **revive(values))


@step("abort")
def abort(code: Any, *arguments: Any) -> None:
    if code == "response":
        flask.abort(flask.make_response(("aborted with a response", 409, {"X-Abort": "yes"})))
    flask.abort(code, *arguments)


@step("raise")
def raise_error(name: str, argument: Any = None) -> None:
    raise make_error(name, argument)


@step("raise from")
def raise_from(name: str, cause: str) -> None:
    try:
        raise make_error(cause)
    except CLASSES[cause] as error:
        raise make_error(name) from error


@step("get_template_attribute")
def template_attribute(template: str, name: str) -> Any:
    found = flask.get_template_attribute(template, name)
    return found("x", "<y>") if callable(found) else found


@step("render_template inside")
def render_inside(template: str, context: dict[str, Any]) -> Any:
    return flask.render_template(template, **revive(context))


@step("logger")
def logger(level: str, text: str) -> Any:
    getattr(current_app.logger, level)("%s said", text)
    return current_app.logger.name


@step("json.dumps and loads")
def json_functions(value: Any) -> Any:
    text = flask.json.dumps(revive(value))
    return [text, flask.json.loads(text)]


@step("environ changed")
def environ_changed() -> Any:
    request.environ["PATH_INFO"] = "/changed"
    return [request.path, request.url]
