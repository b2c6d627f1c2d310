"""How does a description become an application? By the documented API alone, on any Flask."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.differential.apps.classes import CONVERTERS, make_app_class
from tests.differential.apps.errors import CLASSES
from tests.differential.apps.hooks import HANDLERS, HOOKS, connect_signals
from tests.differential.apps.returns import make_return
from tests.differential.apps.steps import run_steps
from tests.differential.apps.values import revive
from tests.differential.tracing import note, touch
from werkzeug.middleware.proxy_fix import ProxyFix

import flask
from flask import Blueprint, Flask
from flask.views import MethodView, View

Spec = dict[str, Any]

APP_FEATURES = {
    "host_matching": "host matching",
    "subdomain_matching": "subdomain matching",
}


def build(spec: Spec, folder: Path) -> Flask:
    """Build the application of a description, its files in the folder."""
    options = dict(spec.get("options", {}))
    app = make_app_class(spec.get("classes", {}))("shop", root_path=str(folder), **options)
    app.config.update(revive(spec.get("config", {})))
    for name, value in spec.get("map", {}).items():
        setattr(app.url_map, name, value)
    for name in spec.get("converters", ()):
        app.url_map.converters[name] = CONVERTERS[name]
    for name, value in spec.get("json", {}).items():
        setattr(app.json, name, value)
    dress(app, spec, "app")
    for child in spec.get("blueprints", ()):
        register(app, child, "")
    if "url_build_error_handlers" in spec:
        app.url_build_error_handlers.append(HOOKS["url_build_error"]({}, "build"))
    connect_signals(app, spec.get("signals", ()))
    wrap(app, spec)
    return app


def features_of(spec: Spec) -> list[str]:
    """Name what every request of an application takes part in."""
    options, config = spec.get("options", {}), spec.get("config", {})
    found = [feature for key, feature in APP_FEATURES.items() if options.get(key)]
    found += [f"config {name}" for name in config]
    found += [f"custom {seam}" for seam in spec.get("classes", {})]
    found += [f"middleware {kind}" for kind, *_ in spec.get("middleware", ())]
    found += ["url_map switch"] * bool(spec.get("map"))
    found += ["json attributes"] * bool(spec.get("json"))
    return found


def register(parent: Flask | Blueprint, spec: Spec, label: str) -> None:
    """Make a blueprint with all that belongs to it, and register it as often as described."""
    options = dict(spec.get("options", {}))
    root = parent.root_path
    folder = root if root.endswith("parts") else str(Path(root, "parts"))
    label = f"{label}/{spec['name']}"
    blueprint = Blueprint(spec["name"], "shop", root_path=folder, **options)
    dress(blueprint, spec, label)
    if spec.get("record"):
        blueprint.record(lambda state: note("record", state.url_prefix, state.first_registration))
        blueprint.record_once(lambda state: note("once", state.name, state.subdomain))
    for child in spec.get("blueprints", ()):
        register(blueprint, child, label)
    for registration in spec.get("registrations", ({},)):
        parent.register_blueprint(blueprint, **registration)


def dress(scaffold: Flask | Blueprint, spec: Spec, label: str) -> None:
    """Add rules, hooks and handlers to an application or blueprint."""
    features = blueprint_features(spec, label) if isinstance(scaffold, Blueprint) else []
    for number, rule in enumerate(spec.get("rules", ())):
        add_rule(scaffold, rule, f"{label}:{number}", features)
    for number, hook in enumerate(spec.get("hooks", ())):
        add_hook(scaffold, hook, f"{label}:{number}")
    for number, handler in enumerate(spec.get("handlers", ())):
        wanted = handler["on"]
        function = make_async(HANDLERS[handler["does"]](handler, f"{label}:{number}"), handler)
        on = wanted if isinstance(wanted, int) else CLASSES[wanted]
        if handler.get("app_wide"):
            scaffold.app_errorhandler(on)(function)  # type: ignore[union-attr]
        elif handler.get("directly"):
            scaffold.register_error_handler(on, function)
        else:
            scaffold.errorhandler(on)(function)


def add_hook(scaffold: Flask | Blueprint, hook: Spec, label: str) -> None:
    kind = hook["kind"]
    function = make_async(HOOKS[hook["does"]](hook, label), hook)
    register = getattr(scaffold, kind)
    if "name" in hook:
        register(hook["name"])(function)
    else:
        register(function)


def make_async(function: Callable[..., Any], spec: Spec) -> Callable[..., Any]:
    """Return the function, as a coroutine function when the description says so."""
    if not spec.get("async"):
        return function

    async def asynchronous(*args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(0)
        touch("async hook or handler")
        return function(*args, **kwargs)

    asynchronous.__name__ = getattr(function, "__name__", "asynchronous")
    return asynchronous


# Rules and their views


def blueprint_features(spec: Spec, label: str) -> list[str]:
    """Name what the views of a blueprint take part in."""
    options = spec.get("options", {})
    found = ["blueprint in a blueprint" if label.count("/") > 1 else "blueprint"]
    found += [f"blueprint with {name}" for name in options]
    if any("url_prefix" in registration for registration in spec.get("registrations", ())):
        found.append("blueprint registered with url_prefix")
    return found


def add_rule(scaffold: Flask | Blueprint, spec: Spec, label: str, features: list[str]) -> None:
    """Register a rule the way it is described."""
    rule, how, endpoint = spec["rule"], spec.get("how", "add_url_rule"), spec["endpoint"]
    options = revive(spec.get("rule_options", {}))
    if "redirect_to_call" in options:
        target = options.pop("redirect_to_call")
        options["redirect_to"] = lambda adapter, **values: f"{target}?{len(values)}"
    if "view" not in spec:  # a further rule of an endpoint that has its view already
        scaffold.add_url_rule(rule, endpoint, **options)
        return
    features = [*features, *spec.get("features", ()), f"registered by {how}"]
    features += [f"rule with {name}" for name in ("host", "subdomain") if name in options]
    view = make_view(spec["view"], label, features)
    if how == "route":
        scaffold.route(rule, endpoint=endpoint, **options)(view)
    elif how == "method decorator":
        options.pop("methods", None)
        decorator = getattr(scaffold, spec["method"].lower())
        decorator(rule, endpoint=endpoint, **options)(view)
    elif how == "endpoint decorator":
        scaffold.add_url_rule(rule, endpoint, **options)
        scaffold.endpoint(endpoint)(view)
    else:
        scaffold.add_url_rule(rule, endpoint, view, **options)


def make_view(spec: Spec, label: str, features: list[str]) -> Callable[..., Any]:
    """Make the view of a description."""

    def answer(values: dict[str, Any]) -> Any:
        touch(f"view as {spec['type']}", *features)
        note("view", label, values)
        touch(*(f"view: {word}" for word in ("decorated", "automatic_options") if spec.get(word)))
        name = flask.request.blueprint or ""
        touch(*(f"blueprint {word}" for word in ("renamed", "again") if name.endswith(word)))
        if not spec.get("init_every_request", True):
            touch("view: init_every_request = False")
        seen = run_steps(spec.get("steps", []))
        name, *arguments = spec["returns"]
        return make_return(seen, name, *arguments)

    return VIEW_KINDS[spec["type"]](spec, answer)


def _function(spec: Spec, answer: Callable[..., Any]) -> Callable[..., Any]:
    def view(**values: Any) -> Any:
        return answer(values)

    for name, value in spec.get("attributes", {}).items():
        setattr(view, name, value)
    return view


def _coroutine(spec: Spec, answer: Callable[..., Any]) -> Callable[..., Any]:
    async def view(**values: Any) -> Any:
        await asyncio.sleep(0)
        return answer(values)

    return view


def _tell_decorated(view: Callable[..., Any]) -> Callable[..., Any]:
    def decorated(*args: Any, **kwargs: Any) -> Any:
        note("decorated")
        return flask.make_response(view(*args, **kwargs))

    decorated.__name__ = view.__name__
    return decorated


def _view_class(spec: Spec, answer: Callable[..., Any]) -> Callable[..., Any]:
    class Page(View):
        methods = spec.get("methods")
        init_every_request = spec.get("init_every_request", True)
        decorators = [_tell_decorated] if spec.get("decorated") else []

        def __init__(self, title: str) -> None:
            self.title = title
            self.calls = 0

        def dispatch_request(self, **values: Any) -> Any:
            self.calls += 1
            note("page", self.title, self.calls)
            return answer(values)

    if "automatic_options" in spec:
        Page.provide_automatic_options = spec["automatic_options"]
    return Page.as_view("page", spec.get("title", "untitled"))


def _method_view(spec: Spec, answer: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Any, **values: Any) -> Any:
        note(type(self).__name__, self.title)
        return answer(values)

    async def slow_method(self: Any, **values: Any) -> Any:
        await asyncio.sleep(0)
        return answer(values)

    def construct(self: Any, title: str = "no title") -> None:
        self.title = title

    members: dict[str, Any] = {
        name.lower(): slow_method if spec.get("async") else method for name in spec["methods"]
    }
    members["__init__"] = construct
    members["init_every_request"] = spec.get("init_every_request", True)
    if spec.get("decorated"):
        members["decorators"] = [_tell_decorated, _tell_decorated]
    return type("Api", (MethodView,), members).as_view("api", title=spec.get("title", "?"))


VIEW_KINDS = {
    "function": _function,
    "async function": _coroutine,
    "View": _view_class,
    "MethodView": _method_view,
}


# Around the application


def wrap(app: Flask, spec: Spec) -> None:
    """Put middleware around the application."""
    for kind, *arguments in spec.get("middleware", ()):
        app.wsgi_app = MIDDLEWARE[kind](app.wsgi_app, *arguments)  # type: ignore[method-assign]


def _prefix(inner: Any, prefix: str) -> Any:
    def shifted(environ: Any, start_response: Any) -> Any:
        if environ.get("PATH_INFO", "").startswith(prefix):
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + prefix
            environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix(prefix)
        return inner(environ, start_response)

    return shifted


def _header(inner: Any, name: str) -> Any:
    def stamped(environ: Any, start_response: Any) -> Any:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, [*headers, (name, "middleware")], *rest)

        return inner(environ, start)

    return stamped


def _method_override(inner: Any) -> Any:
    def overriding(environ: Any, start_response: Any) -> Any:
        environ["REQUEST_METHOD"] = environ.get("HTTP_X_METHOD", environ["REQUEST_METHOD"])
        return inner(environ, start_response)

    return overriding


MIDDLEWARE: dict[str, Any] = {
    "ProxyFix": lambda inner, options: ProxyFix(inner, **options),
    "prefix": _prefix,
    "header": _header,
    "method override": _method_override,
}
