from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from werkzeug.exceptions import NotFound
from werkzeug.routing import MapAdapter
from werkzeug.test import create_environ

import flask
from flask import Flask, Request, abort, render_template_string, request, url_for
from flask.ctx import RequestContext
from flask.globals import request_ctx
from flask.routing import URLMap
from flask.testing import FlaskClient


def serve_everything(app: Flask) -> None:
    """Make requests that together pass through every step."""

    @app.route("/<int:number>")
    def view(number: int) -> Any:
        kinds: dict[int, Callable[[], Any]] = {
            0: lambda: "text",
            1: lambda: abort(404),
            2: lambda: 1 // 0,
            3: lambda: render_template_string("{{ 1 }}"),
            4: lambda: url_for("missing"),
            5: lambda: flask.redirect(url_for("view", number=0)),
        }
        return kinds[number]()

    @app.route("/async")
    async def wait() -> str:
        return "waited"

    app.url_build_error_handlers.append(lambda error, endpoint, values: "/built")
    client = app.test_client()
    for path in ("/0", "/1", "/2", "/3", "/4", "/5", "/async", "/nowhere"):
        client.get(path)
    client.options("/0")
    with app.app_context():
        pass


STEPS = (
    "wsgi_app",
    "request_context",
    "app_context",
    "create_url_adapter",
    "full_dispatch_request",
    "preprocess_request",
    "dispatch_request",
    "raise_routing_exception",
    "make_default_options_response",
    "ensure_sync",
    "async_to_sync",
    "handle_user_exception",
    "handle_http_exception",
    "trap_http_exception",
    "handle_exception",
    "log_exception",
    "should_ignore_error",
    "finalize_request",
    "make_response",
    "process_response",
    "do_teardown_request",
    "do_teardown_appcontext",
    "update_template_context",
    "create_jinja_environment",
    "create_global_jinja_loader",
    "inject_url_defaults",
    "handle_url_build_error",
    "url_for",
    "redirect",
)


@pytest.mark.parametrize("step", STEPS)
def test_step_overridden_in_a_subclass_is_called(step: str) -> None:
    """Every documented step passes through the method of a subclass."""
    calls: list[str] = []

    def overridden(self: Flask, *args: Any, **kwargs: Any) -> Any:
        calls.append(step)
        return getattr(super(Custom, self), step)(*args, **kwargs)

    Custom = type("Custom", (Flask,), {step: overridden})
    serve_everything(Custom("shop"))

    assert calls


@pytest.mark.parametrize("step", STEPS)
def test_step_assigned_on_the_instance_is_called(step: str) -> None:
    """Every documented step passes through a function assigned on the application."""
    calls: list[str] = []
    app = Flask("shop")
    stock = getattr(app, step)

    def assigned(*args: Any, **kwargs: Any) -> Any:
        calls.append(step)
        return stock(*args, **kwargs)

    setattr(app, step, assigned)
    serve_everything(app)

    assert calls


def test_middleware_wraps_wsgi_app(app: Flask, client: FlaskClient) -> None:
    """Assigning ``wsgi_app`` puts middleware around every request."""
    stock = app.wsgi_app

    def shift(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix("/shifted")
        return stock(environ, start_response)

    app.wsgi_app = shift
    app.add_url_rule("/here", "here", lambda: request.path)

    assert client.get("/shifted/here").text == "/here"


class NamedRequest(flask.Request):
    @property
    def visitor(self) -> str:
        return "from a subclass"


class NamedResponse(flask.Response):
    default_mimetype = "text/x-own"


def test_request_and_response_class_are_asked_for_on_class_and_instance() -> None:
    """A request class of the subclass and a response class of the instance are both used."""

    class Custom(Flask):
        request_class = NamedRequest

    app = Custom("shop")
    app.response_class = NamedResponse
    app.add_url_rule("/", "index", lambda: request.visitor)

    response = app.test_client().get("/")

    assert (response.text, response.mimetype) == ("from a subclass", "text/x-own")


def test_match_request_of_a_context_subclass_decides_the_rule(app: Flask) -> None:
    """``match_request`` is a seam: a subclass may match in its own way, or set the session first."""

    class Context(RequestContext):
        def match_request(self) -> None:
            super().match_request()
            if isinstance(self.request.routing_exception, NotFound):
                self.request.routing_exception = None
                self.request.url_rule = next(self.app.url_map.iter_rules("fallback"))
                self.request.view_args = {}

    app.request_context = lambda environ: Context(app, environ)
    app.add_url_rule("/fallback", "fallback", lambda: request.path)

    assert app.test_client().get("/elsewhere").text == "/elsewhere"


def test_url_adapter_of_an_app_context_is_asked_for(app: Flask) -> None:
    """Whoever overrides ``create_url_adapter`` is called for every context, with None outside a request."""
    calls: list[bool] = []

    class Recording(Flask):
        def create_url_adapter(self, request: Any) -> Any:
            calls.append(request is not None)
            return super().create_url_adapter(request)

    with Recording("shop").app_context():
        assert calls == [False]
    with Recording("shop").test_request_context():
        assert calls == [False, True, False]

    def on_the_instance(request: Any) -> Any:
        calls.append(request is not None)

    app.create_url_adapter = on_the_instance  # type: ignore[method-assign]
    calls.clear()
    with app.app_context():
        assert calls == [False]


class TestAllowedMethods:
    """The automatic answer to OPTIONS asks the URL adapter, whoever made it."""

    def adapter(self, app: Flask) -> Any:
        class Own(MapAdapter):
            def allowed_methods(self, path_info: str | None = None) -> list[str]:
                return ["BREW", "BREW", "WHEN"]

        return Own(app.url_map, "localhost", "/", "", "http", "/", "OPTIONS")

    @pytest.fixture(autouse=True)
    def root(self, app: Flask) -> None:
        app.add_url_rule("/", "root", lambda: "")
        app.add_url_rule("/other", "other", lambda: "", methods=["POST"])
        app.url_map.bind_to_environ(create_environ(), subdomain="")  # so the host is known

    def test_assigned_adapter(self, app: Flask) -> None:
        """An adapter that a hook assigned is asked."""

        @app.before_request
        def assign() -> None:
            request_ctx.url_adapter = self.adapter(app)  # type: ignore[attr-defined]

        assert app.test_client().options("/").headers["Allow"] == "BREW, WHEN"

    def test_adapter_changed_in_place(self, app: Flask) -> None:
        """A method set on the request's own adapter is called."""

        @app.before_request
        def change() -> None:
            request_ctx.url_adapter.allowed_methods = lambda: ["BREW"]  # type: ignore[attr-defined]

        assert app.test_client().options("/").headers["Allow"] == "BREW"

    def test_overridden_create_url_adapter(self, app: Flask) -> None:
        """An adapter that the application makes in its own way is asked."""
        stock = app.create_url_adapter

        def create(request: Any) -> Any:
            adapter: Any = stock(request)
            if request is not None:
                adapter.allowed_methods = lambda: ["BREW"]
            return adapter

        app.create_url_adapter = create  # type: ignore[method-assign]

        assert app.test_client().options("/").headers["Allow"] == "BREW"

    def test_own_map(self, app: Flask) -> None:
        """The adapter of a map of another class is asked."""
        adapter = self.adapter(app)

        class Own(URLMap):
            def bind_to_environ(self, *args: Any, **kwargs: Any) -> Any:
                return adapter

        app.url_map = Own()
        app.add_url_rule("/", "mine", lambda: "")
        adapter.match = lambda **options: (next(app.url_map.iter_rules("mine")), {})

        assert app.test_client().options("/").headers["Allow"] == "BREW, WHEN"

    def test_shifted_environ(self, app: Flask) -> None:
        """The path is the one that the request came with, whatever code did to the environ."""

        @app.before_request
        def shift() -> None:
            request.environ["PATH_INFO"] = "/other"

        assert app.test_client().options("/").allow == {"GET", "HEAD", "OPTIONS"}


def test_blueprints_of_a_request_that_matched_nothing(app: Flask) -> None:
    """A request class that names blueprints itself is asked for a path that no rule has, too."""

    class Own(Request):
        @property
        def blueprints(self) -> list[str]:
            return ["shop"]

    app.request_class = Own
    seen: list[str] = []
    app.before_request_funcs.setdefault("shop", []).append(lambda: seen.append("hook"))
    app.error_handler_spec["shop"][404][NotFound] = lambda error: ("from the shop", 404)

    assert app.test_client().get("/nowhere").text == "from the shop"
    assert seen == ["hook"]
