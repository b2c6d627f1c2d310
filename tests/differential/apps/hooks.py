"""What may the hooks, handlers and receivers of a generated application do?

A hook with a mark acts only for a request whose query string holds that mark; every hook
records that it was called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tests.differential.apps.errors import CLASSES, make_error
from tests.differential.apps.values import revive
from tests.differential.known import APPENDED
from tests.differential.tracing import note, tell, touch
from werkzeug.exceptions import HTTPException

import flask
from flask import Flask, g, request, session

Hook = dict[str, Any]
HOOKS: dict[str, Callable[[Hook, str], Callable[..., Any]]] = {}
HANDLERS: dict[str, Callable[[Hook, str], Callable[..., Any]]] = {}


def is_meant(hook: Hook) -> bool:
    mark = hook.get("mark")
    return mark is None or mark in request.environ.get("QUERY_STRING", "")


def _hook(name: str) -> Callable[..., Any]:
    def add(make: Callable[[Hook, str], Callable[..., Any]]) -> Callable[..., Any]:
        HOOKS[name] = make
        return make

    return add


@_hook("before")
def before(hook: Hook, label: str) -> Callable[..., Any]:
    """Let the view answer, or answer, or fail, before it."""

    def act() -> Any:
        touch(hook["kind"])
        note("before", label)
        if not is_meant(hook):
            return None
        return act_of(hook)

    return act


def act_of(hook: Hook) -> Any:
    action, *arguments = hook.get("act", ["nothing"])
    touch(f"before hook: {action}")
    return ACTIONS[action](*arguments)


def _raise(name: str, argument: Any = None) -> None:
    raise make_error(name, argument)


def _load_user() -> None:
    g.user = session.get("user", "guest")


ACTIONS: dict[str, Callable[..., Any]] = {
    "nothing": lambda: None,
    "return": revive,
    "raise": _raise,
    "abort": lambda code: flask.abort(code),
    "load user": _load_user,
    "session": lambda: session.__setitem__("seen", True),
    "redirect": lambda: flask.redirect("/login"),
    "after": lambda: flask.after_this_request(_stamp) and None,
    "read body": lambda: note(len(request.get_data())),
}


def _stamp(response: Any) -> Any:
    response.headers.add("X-Stamp-Later", "1")
    return response


@_hook("after")
def after(hook: Hook, label: str) -> Callable[..., Any]:
    """Change, replace or lose the response."""

    def act(response: Any) -> Any:
        touch(hook["kind"])
        note("after", label, response.status, response.mimetype)
        response.headers.add("X-After", label)
        if not is_meant(hook):
            return response
        action, *arguments = hook.get("act", ["nothing"])
        touch(f"after hook: {action}")
        return CHANGES[action](response, *arguments)

    return act


def _fail_after(response: Any, name: str) -> Any:
    raise make_error(name)


def _rewrite(response: Any) -> Any:
    if response.is_sequence and not response.direct_passthrough:
        response.set_data(response.get_data() + APPENDED.encode())
    return response


def _in_session(response: Any) -> Any:
    session["after"] = session.get("after", 0) + 1
    return response


def _set_cookie(response: Any) -> Any:
    response.set_cookie("visited", "yes", max_age=60)
    return response


CHANGES: dict[str, Callable[..., Any]] = {
    "nothing": lambda response: response,
    "replace": lambda response: flask.make_response(("replaced", 202)),
    "raise": _fail_after,
    "lose": lambda response: None,
    "rewrite": _rewrite,
    "session": _in_session,
    "cookie": _set_cookie,
}


@_hook("teardown")
def teardown(hook: Hook, label: str) -> Callable[..., Any]:
    """See the error, or fail itself."""

    def act(error: BaseException | None) -> None:
        touch(hook["kind"])
        note("teardown", label, error, flask.has_request_context(), flask.has_app_context())
        if hook.get("fails") and flask.has_request_context() and is_meant(hook):
            touch("teardown hook: raise")
            raise make_error("SoldOut")

    return act


@_hook("url_value_preprocessor")
def url_value_preprocessor(hook: Hook, label: str) -> Callable[..., Any]:
    """Take a value out of the URL's."""

    def act(endpoint: str | None, values: dict[str, Any] | None) -> None:
        touch(hook["kind"])
        note("values", label, endpoint, values)
        if values is not None and hook.get("pop"):
            g.lang = values.pop(hook["pop"], "none")

    return act


@_hook("url_defaults")
def url_defaults(hook: Hook, label: str) -> Callable[..., Any]:
    """Put a value into URLs that are built."""

    def act(endpoint: str, values: dict[str, Any]) -> None:
        touch(hook["kind"])
        note("defaults", label, endpoint)
        values.setdefault(hook["put"], g.get("lang", "en") if g else "en")

    return act


@_hook("context_processor")
def context_processor(hook: Hook, label: str) -> Callable[..., Any]:
    def act() -> dict[str, Any]:
        touch(hook["kind"])
        note("context", label)
        return {"footer": f"by {label}", "flavour": label, "text": "of the processor"}

    return act


@_hook("shout")
def shout(hook: Hook, label: str) -> Callable[..., Any]:
    def act(value: Any = "") -> Any:
        touch(hook["kind"])
        return str(value).upper()

    return act


@_hook("loud")
def loud(hook: Hook, label: str) -> Callable[..., Any]:
    def act(value: Any = "") -> bool:
        touch(hook["kind"])
        return str(value).isupper()

    return act


@_hook("url_build_error")
def url_build_error(hook: Hook, label: str) -> Callable[..., Any]:
    def act(error: Exception, endpoint: str, values: dict[str, Any]) -> str | None:
        touch("url_build_error_handlers")
        note("build error", endpoint, dict(sorted(values.items())))
        return f"/built/{endpoint}" if endpoint.startswith("x") else None

    return act


# Error handlers

BASES = ("Exception", "HTTPException", "LookupError", "ShopError")
"""Classes whose handlers are asked for the errors of their subclasses."""


def _handler(name: str) -> Callable[..., Any]:
    def add(make: Callable[[Hook, str], Callable[..., Any]]) -> Callable[..., Any]:
        HANDLERS[name] = make
        return make

    return add


def describe(error: Any) -> list[Any]:
    return [
        type(error).__name__,
        getattr(error, "code", None),
        getattr(error, "name", None),
        type(getattr(error, "original_exception", None)).__name__,
    ]


def _noted(handler: Hook, label: str, error: Any) -> None:
    on = handler["on"]
    touch(_kind_of_handler(on))
    touch(f"handler that {handler['does']}")
    if label.startswith("/"):
        touch("handler on blueprint")
    tell(error)
    note("handler", label, on, describe(error))


def _kind_of_handler(on: int | str) -> str:
    if isinstance(on, int):
        return "handler by code"
    if on in BASES:
        return f"handler of {on}"
    is_http = issubclass(CLASSES[on], HTTPException)
    return "handler of an HTTP class" if is_http else "handler of another class"


@_handler("answers")
def answers(handler: Hook, label: str) -> Callable[..., Any]:
    def handle(error: Any) -> Any:
        _noted(handler, label, error)
        return f"handled by {label}", getattr(error, "code", None) or 500, {"X-Handled": label}

    return handle


@_handler("answers JSON")
def answers_json(handler: Hook, label: str) -> Callable[..., Any]:
    def handle(error: Any) -> Any:
        _noted(handler, label, error)
        return {"error": describe(error), "text": str(getattr(error, "description", None))}

    return handle


@_handler("returns the error")
def returns_error(handler: Hook, label: str) -> Callable[..., Any]:
    def handle(error: Any) -> Any:
        _noted(handler, label, error)
        return error

    return handle


@_handler("raises it again")
def raises_again(handler: Hook, label: str) -> Callable[..., Any]:
    def handle(error: Any) -> Any:
        _noted(handler, label, error)
        raise error

    return handle


@_handler("raises another")
def raises_another(handler: Hook, label: str) -> Callable[..., Any]:
    def handle(error: Any) -> Any:
        _noted(handler, label, error)
        raise make_error(handler.get("error", "RuntimeError"))

    return handle


@_handler("changes its response")
def changes_response(handler: Hook, label: str) -> Callable[..., Any]:
    def handle(error: Any) -> Any:
        _noted(handler, label, error)
        response = error.get_response() if hasattr(error, "get_response") else flask.Response("e")
        response.data = b'{"own": true}'
        response.content_type = "application/json"
        return response

    return handle


@_handler("returns None")
def returns_none(handler: Hook, label: str) -> Callable[..., Any]:
    def handle(error: Any) -> Any:
        _noted(handler, label, error)

    return handle


# Signals

SIGNALS = (
    "appcontext_pushed", "appcontext_popped", "appcontext_tearing_down", "before_render_template",
    "got_request_exception", "message_flashed", "request_finished", "request_started",
    "request_tearing_down", "template_rendered",
)  # fmt: skip


def connect_signals(app: Flask, names: Iterable[str]) -> None:
    """Connect a receiver to each signal named; the application keeps them alive."""
    receivers = app.extensions["receivers"] = []
    for name in names:
        receiver = _make_receiver(name)
        receivers.append(receiver)
        getattr(flask, name).connect(receiver, app)


def _make_receiver(name: str) -> Callable[..., None]:
    def receive(sender: Any, **values: Any) -> None:
        touch(f"signal {name}")
        shown = {
            key: value.name if hasattr(value, "render") else type(value).__name__
            for key, value in sorted(values.items())
            if key != "context"
        }
        note("signal", name, type(sender).__name__, shown, sorted(values.get("context", ())))

    return receive
