"""The application during a request: contexts, the steps of the request path, URLs, responses."""

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.exceptions import InternalServerError, NotFound
from werkzeug.routing import RequestRedirect
from werkzeug.test import create_environ

from flask import (
    Flask,
    Response,
    current_app,
    g,
    has_app_context,
    has_request_context,
    redirect,
    request,
    session,
    url_for,
)
from flask.testing import FlaskClient

# Doors and contexts


def test_wsgi_app_serves_a_wsgi_request(app: Flask) -> None:
    """The WSGI application gets an environ and starts the response."""
    started = []
    app.add_url_rule("/", "index", lambda: "hello")
    body = app.wsgi_app(
        environ=create_environ("/"), start_response=lambda *args: started.append(args)
    )

    assert b"".join(body) == b"hello"
    assert started[0][0] == "200 OK"


def test_call_hands_the_request_to_wsgi_app(app: Flask) -> None:
    """The application itself is a WSGI callable; it calls its ``wsgi_app``."""
    app.wsgi_app = lambda environ, start_response: [environ["PATH_INFO"].encode()]

    assert app(create_environ("/there"), lambda *args: None) == [b"/there"]


def test_wsgi_app_can_be_wrapped_in_middleware(app: Flask, client: FlaskClient) -> None:
    """Middleware is assigned to ``wsgi_app``; the application stays what it is."""
    app.add_url_rule("/", "index", lambda: request.environ["shop.colour"])
    inner = app.wsgi_app

    def middleware(environ: Any, start_response: Any) -> Any:
        environ["shop.colour"] = "green"
        return inner(environ, start_response)

    app.wsgi_app = middleware
    assert client.get("/").text == "green"


def test_app_context_makes_the_application_current(app: Flask) -> None:
    """Inside its context an application is the current one."""
    with app.app_context():
        assert current_app._get_current_object() is app
        assert not has_request_context()
    assert not has_app_context()


def test_request_context_makes_the_request_current(app: Flask) -> None:
    """Inside the context of an environ its request is the current one."""
    with app.request_context(environ=create_environ("/there?a=1")):
        assert (request.path, request.args["a"]) == ("/there", "1")
    assert not has_request_context()


def test_test_request_context_makes_up_a_request(app: Flask) -> None:
    """Without arguments the context is that of GET / on localhost."""
    with app.test_request_context():
        assert (request.method, request.url) == ("GET", "http://localhost/")


@pytest.mark.parametrize(
    ("arguments", "look", "expected"),
    [
        ({"path": "/a?b=1"}, lambda: request.full_path, "/a?b=1"),
        ({"base_url": "https://x.example/shop"}, lambda: request.url, "https://x.example/shop/"),
        ({"subdomain": "www"}, lambda: request.host, "www.shop.example"),
        ({"url_scheme": "https"}, lambda: request.scheme, "https"),
        ({"data": {"a": "1"}, "method": "POST"}, lambda: request.form["a"], "1"),
        ({"json": {"a": 1}}, lambda: request.get_json(), {"a": 1}),
        ({"headers": {"X-A": "1"}}, lambda: request.headers["X-A"], "1"),
    ],
    ids=["path", "base_url", "subdomain", "url_scheme", "data", "json", "kwargs"],
)
def test_test_request_context_argument(
    app: Flask, arguments: dict[str, Any], look: Callable[[], Any], expected: Any
) -> None:
    """Arguments describe the request, filled up from the application's settings."""
    app.config["SERVER_NAME"] = "shop.example"
    with app.test_request_context(**arguments):
        assert look() == expected


def test_test_request_context_takes_positional_arguments(app: Flask) -> None:
    """Positional arguments are those of the environ builder after the application."""
    with app.test_request_context("/a", "https://x.example"):
        assert request.url == "https://x.example/a"


def test_create_url_adapter_binds_to_a_request(app: Flask) -> None:
    """The adapter of a request matches its URL."""
    app.add_url_rule("/page", "page")
    with app.test_request_context("/page") as ctx:
        adapter = app.create_url_adapter(request=ctx.request)
        assert adapter is not None
        assert adapter.match() == ("page", {})


def test_create_url_adapter_needs_a_server_name_outside_a_request(app: Flask) -> None:
    """Outside a request there is an adapter only if the server's name is configured."""
    assert app.create_url_adapter(request=None) is None
    app.config["SERVER_NAME"] = "shop.example"
    adapter = app.create_url_adapter(None)
    assert adapter is not None
    assert adapter.server_name == "shop.example"


def test_create_url_adapter_is_asked_for_every_request(app: Flask, client: FlaskClient) -> None:
    """An override decides what a request matches."""
    app.add_url_rule("/real", "page", lambda: "found")
    stock = app.create_url_adapter
    app.create_url_adapter = lambda request: app.url_map.bind("x", path_info="/real")

    assert client.get("/anything").text == "found"
    assert stock is not app.create_url_adapter


# The steps, each called by itself


def test_full_dispatch_request_runs_hooks_and_view(app: Flask) -> None:
    """One request, except the server's part: hooks, view, response."""
    app.before_request(lambda: setattr(g, "colour", "green"))
    app.add_url_rule("/", "index", lambda: g.colour)
    with app.test_request_context("/"):
        response = app.full_dispatch_request()

    assert isinstance(response, Response)
    assert response.get_data() == b"green"


def test_preprocess_request_returns_an_early_answer(app: Flask) -> None:
    """The first before-request function that returns something ends preprocessing."""
    called = []
    app.before_request(lambda: called.append("first"))
    app.before_request(lambda: "answer")
    app.before_request(lambda: called.append("never"))
    with app.test_request_context("/"):
        assert app.preprocess_request() == "answer"
    assert called == ["first"]


def test_dispatch_request_returns_the_views_raw_value(app: Flask) -> None:
    """Dispatching gives what the view returned, not yet a response."""
    app.add_url_rule("/<int:n>", "index", lambda n: {"n": n})
    with app.test_request_context("/7"):
        assert app.dispatch_request() == {"n": 7}


def test_dispatch_request_raises_the_routing_error(app: Flask) -> None:
    """A URL that matches nothing is raised as an error."""
    with app.test_request_context("/missing"), pytest.raises(NotFound):
        app.dispatch_request()


@pytest.mark.parametrize(("debug", "error"), [(False, RequestRedirect), (True, AssertionError)])
def test_raise_routing_exception_explains_in_debug_mode(
    app: Flask, debug: bool, error: type[Exception]
) -> None:
    """A redirect is raised as it is, unless it would lose a form and debug mode can tell."""
    app.debug = debug
    with app.test_request_context("/a", method="POST") as ctx:
        moved = RequestRedirect("http://localhost/a/")
        moved.code = 301
        ctx.request.routing_exception = moved
        with pytest.raises(error):
            app.raise_routing_exception(request=ctx.request)


def test_make_default_options_response_lists_the_methods(app: Flask, client: FlaskClient) -> None:
    """OPTIONS is answered with the methods of the URL; an override can add to it."""
    app.add_url_rule("/", "index", lambda: "", methods=["GET", "PUT"])
    with app.test_request_context("/", method="OPTIONS"):
        stock = app.make_default_options_response()
    assert set(stock.allow) == {"GET", "HEAD", "OPTIONS", "PUT"}

    app.make_default_options_response = lambda: Response("mine")
    assert client.options("/").text == "mine"


def test_ensure_sync_leaves_plain_functions_alone(app: Flask) -> None:
    """A plain function is returned as it is."""

    def plain() -> str:
        return "plain"

    assert app.ensure_sync(func=plain) is plain


def test_ensure_sync_lets_async_views_be_called(app: Flask, client: FlaskClient) -> None:
    """An async view is made callable, through ``async_to_sync``."""

    @app.route("/")
    async def index() -> str:
        return request.path

    assert client.get("/").text == "/"
    app.async_to_sync = lambda func: lambda **values: "replaced"
    assert client.get("/").text == "replaced"


def test_async_to_sync_runs_a_coroutine_function(app: Flask) -> None:
    """The function returned runs the coroutine to its end and returns its result."""

    async def add(a: int, b: int) -> int:
        return a + b

    assert app.async_to_sync(func=add)(1, b=2) == 3


def test_process_response_runs_the_after_request_functions(app: Flask) -> None:
    """The response passes the after-request functions and takes the session along."""
    app.secret_key = "dev"
    app.after_request(lambda response: response.headers.add("X-Seen", "1") or response)
    with app.test_request_context("/"):
        session["colour"] = "green"
        response = app.process_response(response=Response("x"))

    assert response.headers["X-Seen"] == "1"
    assert response.headers["Set-Cookie"].startswith("session=")


def test_finalize_request_makes_a_processed_response(app: Flask) -> None:
    """A return value becomes a response that has passed the after-request functions."""
    app.after_request(lambda response: response.headers.add("X-Seen", "1") or response)
    with app.test_request_context("/"):
        response = app.finalize_request(rv="text")

    assert (response.get_data(), response.headers["X-Seen"]) == (b"text", "1")


def test_finalize_request_only_logs_when_it_follows_an_error(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    """While an error is being answered, another one of an after-request function is logged."""
    app.after_request(lambda response: 1 // 0)
    with app.test_request_context("/"):
        response = app.finalize_request("sorry", from_error_handler=True)
        with pytest.raises(ZeroDivisionError):
            app.finalize_request("fine")

    assert response.get_data() == b"sorry"
    assert caplog.records[0].exc_info[0] is ZeroDivisionError


def test_do_teardown_request_passes_the_error(app: Flask) -> None:
    """The teardown functions get the error that is passed, else the one being handled."""
    errors: list[Any] = []
    app.teardown_request(errors.append)
    given, handled = ValueError(), KeyError()
    ctx = app.test_request_context()
    ctx.push()
    app.do_teardown_request(exc=given)
    try:
        raise handled
    except KeyError:
        app.do_teardown_request()
    assert errors == [given, handled]
    ctx.pop(None)


def test_do_teardown_appcontext_passes_the_error(app: Flask) -> None:
    """The teardown functions get the error that is passed, else the one being handled."""
    errors: list[Any] = []
    app.teardown_appcontext(errors.append)
    given, handled = ValueError(), KeyError()
    with app.app_context():
        app.do_teardown_appcontext(exc=given)
        try:
            raise handled
        except KeyError:
            app.do_teardown_appcontext()
        assert errors == [given, handled]


STEPS = [
    "request_context",
    "app_context",
    "create_url_adapter",
    "full_dispatch_request",
    "preprocess_request",
    "dispatch_request",
    "finalize_request",
    "make_response",
    "process_response",
    "do_teardown_request",
    "do_teardown_appcontext",
    "wsgi_app",
]


@pytest.mark.parametrize("step", STEPS)
def test_step_can_be_replaced_on_the_instance(app: Flask, client: FlaskClient, step: str) -> None:
    """Each step of a request is called by name, so an instance can have its own."""
    called = []
    stock = getattr(app, step)
    app.add_url_rule("/", "index", lambda: "ok")

    def own(*args: Any, **kwargs: Any) -> Any:
        called.append(step)
        return stock(*args, **kwargs)

    setattr(app, step, own)
    assert client.get("/").text == "ok"
    assert step in called


# Responses


def hello_wsgi(environ: Any, start_response: Any) -> list[bytes]:
    start_response("202 ACCEPTED", [("Content-Type", "text/plain")])
    return [b"wsgi"]


@pytest.mark.parametrize(
    ("rv", "body", "status", "mimetype"),
    [
        ("text", b"text", 200, "text/html"),
        (b"bytes", b"bytes", 200, "text/html"),
        ({"a": 1}, b'{"a":1}\n', 200, "application/json"),
        ([1, 2], b"[1,2]\n", 200, "application/json"),
        (iter(["a", "b"]), b"ab", 200, "text/html"),
        (("text", 201), b"text", 201, "text/html"),
        (("text", "201 NEW"), b"text", 201, "text/html"),
        (("text", {"Content-Type": "text/plain"}), b"text", 200, "text/plain"),
        (("text", 202, [("Content-Type", "text/plain")]), b"text", 202, "text/plain"),
        (hello_wsgi, b"wsgi", 202, "text/plain"),
        (InternalServerError("oh").get_response(), None, 500, "text/html"),
    ],
    ids=[
        "str",
        "bytes",
        "dict",
        "list",
        "iterator",
        "status",
        "status text",
        "headers",
        "three",
        "wsgi",
        "werkzeug response",
    ],
)
def test_make_response(app: Flask, rv: Any, body: bytes | None, status: int, mimetype: str) -> None:
    """Every documented kind of return value becomes an object of the response class."""
    with app.test_request_context("/"):
        response = app.make_response(rv=rv)

    assert type(response) is Response
    assert (response.status_code, response.mimetype) == (status, mimetype)
    assert body is None or response.get_data() == body


@pytest.mark.parametrize("rv", [None, ("x",), ("x", 200, {}, "y"), 7])
def test_make_response_refuses_other_values(app: Flask, rv: Any) -> None:
    """A value that means no response is an error that tells so."""
    with app.test_request_context("/"), pytest.raises(TypeError, match="valid response"):
        app.make_response(rv)


@pytest.mark.parametrize(("arguments", "code"), [({}, 302), ({"code": 301}, 301)])
def test_redirect_makes_a_response(app: Flask, arguments: dict[str, int], code: int) -> None:
    """A redirect is a response of the application's class; 302 unless told otherwise."""

    class Own(Response):
        pass

    app.response_class = Own
    response = app.redirect(location="/there", **arguments)

    assert (type(response), response.status_code, response.location) == (Own, code, "/there")


def test_redirect_is_called_by_the_function(app: Flask) -> None:
    """``flask.redirect`` asks the current application."""
    app.redirect = lambda location, code: f"{code} {location}"
    with app.app_context():
        assert redirect("/x") == "302 /x"


# URLs


@pytest.fixture
def shop(app: Flask) -> Flask:
    """An application with two rules for one endpoint."""
    app.config["SERVER_NAME"] = "shop.example"
    app.add_url_rule("/items", "items", methods=["GET"])
    app.add_url_rule("/items/new", "items", methods=["POST"])
    app.add_url_rule("/items/<int:id>", "item")
    return app


@pytest.mark.parametrize(
    ("arguments", "url"),
    [
        ({"endpoint": "items"}, "/items"),
        ({"endpoint": "items", "_anchor": "top & more"}, "/items#top%20&%20more"),
        ({"endpoint": "items", "_method": "POST"}, "/items/new"),
        ({"endpoint": "items", "_scheme": "https"}, "https://shop.example/items"),
        ({"endpoint": "items", "_external": True}, "http://shop.example/items"),
        ({"endpoint": "item", "id": 7, "q": "a b"}, "/items/7?q=a+b"),
    ],
    ids=["endpoint", "_anchor", "_method", "_scheme", "_external", "values"],
)
def test_url_for_in_a_request(shop: Flask, arguments: dict[str, Any], url: str) -> None:
    """URLs are built of the endpoint's rule and the values; the rest is the query string."""
    with shop.test_request_context():
        assert shop.url_for(**arguments) == url


def test_url_for_outside_a_request_is_external(shop: Flask) -> None:
    """Without a request URLs have scheme and host, unless that is switched off."""
    with shop.app_context():
        assert shop.url_for("items") == "http://shop.example/items"
        assert shop.url_for("items", _external=False) == "/items"


def test_url_for_is_called_by_the_function(shop: Flask) -> None:
    """``flask.url_for`` asks the current application."""
    shop.url_for = lambda endpoint, **values: f"own {endpoint}"
    with shop.app_context():
        assert url_for("items") == "own items"
