"""A request's application context is made when somebody asks for it; nobody can tell."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Any

import pytest
from werkzeug.routing import Map, Rule

import flask
from flask import Flask, Request, current_app, g
from flask.signals import appcontext_popped, appcontext_pushed, appcontext_tearing_down


@pytest.fixture
def serve(app: Flask) -> Callable[[Callable[[], Any]], Any]:
    """Run a function as the view of a second request: the first one has bound the host."""
    results: list[Any] = []
    views: list[Callable[[], Any]] = [lambda: None]

    @app.route("/here")
    def here() -> str:
        results.append(views[-1]())
        return ""

    client = app.test_client()
    client.get("/here")

    def run(view: Callable[[], Any]) -> Any:
        views.append(view)
        client.get("/here")
        return results[-1]

    return run


def test_it_is_there_for_who_asks(app: Flask, serve: Any) -> None:
    """Proxies, ``has_app_context`` and ``app_ctx`` see it, and always the same one."""

    def view() -> list[Any]:
        g.seen = 1
        ctx = flask.globals.app_ctx._get_current_object()  # type: ignore[attr-defined]
        return [flask.has_app_context(), current_app.name, ctx.g.seen, ctx.app is app]

    assert serve(view) == [True, "shop", 1, True]
    assert not flask.has_app_context()


def test_nested_requests_of_one_app_share_g(app: Flask, serve: Any) -> None:
    """A request inside a request of the same app has its ``g``, and does not end it."""
    ended: list[Any] = []
    seen: list[Any] = []

    def view() -> list[Any]:
        app.teardown_appcontext_funcs.append(ended.append)
        app.view_functions["here"] = lambda: seen.append(g.get("word")) or "inner"
        g.word = "outer"
        inner = app.test_client().get("/here").text
        return [inner, len(ended), g.word]

    assert serve(view) == ["inner", 0, "outer"]
    assert (seen, ended) == (["outer"], [None])


def test_another_app_inside_has_its_own(serve: Any) -> None:
    """A request of another app inside has that app's context; afterwards the outer one is back."""
    other = Flask("other")
    other.add_url_rule("/", "index", lambda: f"{current_app.name} {g.get('word')}")
    client = other.test_client()
    client.get("/")

    def view() -> list[Any]:
        g.word = "outer"
        return [client.get("/").text, current_app.name, g.word]

    assert serve(view) == ["other None", "shop", "outer"]


def test_pushed_by_hand_it_hides_g_only(app: Flask, serve: Any) -> None:
    """An app context pushed inside a request hides ``g`` but not ``request``."""

    def view() -> list[Any]:
        g.word = "outer"
        with app.app_context():
            inside = [g.get("word"), flask.request.path]
        return [*inside, g.word]

    assert serve(view) == [None, "/here", "outer"]


def test_threads_that_ask_at_once_get_one(serve: Any) -> None:
    """Threads that run in copies of the request's context share its ``g``."""

    def view() -> int:
        found: list[Any] = []
        barrier = threading.Barrier(8)

        def ask() -> None:
            barrier.wait(10)
            found.append(g._get_current_object())  # type: ignore[attr-defined]

        threads = [threading.Thread(target=copy_context().run, args=(ask,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return len({id(each) for each in found})

    assert serve(view) == 1


def test_a_copied_context_outlives_the_request(serve: Any) -> None:
    """What runs in a copy of the context after the request still has the app and its ``g``."""

    def view() -> Any:
        g.word = "kept"
        return copy_context()

    context = serve(view)

    assert context.run(lambda: (current_app.name, g.word)) == ("shop", "kept")
    assert not flask.has_app_context()


@pytest.mark.parametrize(
    "signal", [appcontext_pushed, appcontext_tearing_down, appcontext_popped], ids=lambda s: s.name
)
def test_signals_are_sent_though_nobody_asks(app: Flask, serve: Any, signal: Any) -> None:
    """Receivers hear of each request's context, with the app active until it is torn down."""
    heard: list[Any] = []

    def receive(sender: Flask, **extra: Any) -> None:
        heard.append((sender, flask.has_app_context()))

    with signal.connected_to(receive, app):
        serve(lambda: None)

    assert heard == [(app, signal is not appcontext_popped)]


@pytest.mark.parametrize("step", ["app_context", "do_teardown_appcontext", "create_url_adapter"])
def test_steps_set_on_the_app_are_called(app: Flask, serve: Any, step: str) -> None:
    """A step replaced on the instance is called for a request that asks for nothing."""
    called: list[Any] = []
    stock = getattr(app, step)

    def own(*args: Any) -> Any:
        called.append(args)
        return stock(*args)

    setattr(app, step, own)
    serve(lambda: None)

    assert called


def test_werkzeugs_own_map_set_on_the_app_matches(app: Flask, serve: Any) -> None:
    """A URL map that is not ours is asked from the next request on."""
    serve(lambda: None)
    app.url_map = Map([Rule("/here", endpoint="elsewhere")])
    app.view_functions["elsewhere"] = lambda: "elsewhere"

    assert app.test_client().get("/here").text == "elsewhere"


def test_subdomains_that_are_matched_from_now_on() -> None:
    """Switching subdomain matching on late is heard at the next request."""
    app = Flask("other")
    app.add_url_rule("/there", "there", lambda sub: sub, subdomain="<sub>")
    app.add_url_rule("/", "index", lambda: "")
    app.config["SERVER_NAME"] = "shop.example"
    client = app.test_client()
    first = client.get("/").status_code
    app.subdomain_matching = True

    assert first == 200
    assert client.get("/there", base_url="http://tea.shop.example").text == "tea"


@pytest.mark.parametrize("step", ["app_context", "do_teardown_appcontext", "create_url_adapter"])
def test_steps_set_before_the_constructor_are_called(step: str) -> None:
    """A subclass may replace a step on itself before it calls the application's constructor."""
    called: list[Any] = []

    class Own(Flask):
        def __init__(self, name: str) -> None:
            stock = getattr(self, step)

            def own(*args: Any) -> Any:
                called.append(args)
                return stock(*args)

            setattr(self, step, own)
            super().__init__(name)

    client = Own("own").test_client()
    counts = []
    for _ in range(3):
        called.clear()
        client.get("/")
        counts.append(len(called))

    assert counts[0] > 0
    assert counts == counts[:1] * 3


def test_request_class_that_changes_the_environ() -> None:
    """Each request is matched by the environ that the request class's constructor leaves."""

    class Own(Request):
        def __init__(self, environ: Any, *args: Any, **options: Any) -> None:
            super().__init__(environ, *args, **options)
            self.method = environ["REQUEST_METHOD"] = environ.get("HTTP_X_METHOD", self.method)
            path = environ["PATH_INFO"]
            if path.startswith("/shop/"):
                environ["SCRIPT_NAME"], environ["PATH_INFO"] = "/shop", path.removeprefix("/shop")

    app = Flask("own")
    app.request_class = Own
    app.add_url_rule("/here", "put", lambda: flask.url_for("put"), methods=["PUT"])
    client = app.test_client()

    answers = [client.get("/shop/here", headers={"X-Method": "PUT"}).text for _ in range(3)]

    assert answers == ["/shop/here"] * 3


def test_host_is_the_one_that_came(app: Flask, serve: Any) -> None:
    """A hook that changes the environ's host changes neither ``request.host`` nor URLs."""

    def view() -> list[str]:
        flask.request.environ["HTTP_HOST"] = "elsewhere.example"
        return [flask.request.host, flask.url_for("here", _external=True)]

    assert serve(view) == ["localhost", "http://localhost/here"]


def test_pushed_again_it_is_a_new_one(app: Flask) -> None:
    """A request context that is pushed a second time has a new ``g``."""
    app.test_client().get("/")
    ctx = app.test_request_context("/")
    with ctx:
        g.word = "first"
    with ctx:
        assert "word" not in g


def test_a_stream_ends_its_context_once(app: Flask) -> None:
    """A stream that keeps the context ends it once more, as in every request, not twice."""
    heard: list[str] = []

    def receive(sender: Flask, **extra: Any) -> None:
        heard.append("popped")

    @app.route("/stream")
    def stream() -> Any:
        return flask.stream_with_context(iter(["a", "b"]))

    client = app.test_client()
    client.get("/nowhere")  # the first request, which binds the host
    with appcontext_popped.connected_to(receive, app):
        assert client.get("/stream").data == b"ab"

    assert heard == ["popped", "popped"]
