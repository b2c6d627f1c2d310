"""Where code runs can be chosen; what blocks the loop in debug mode is named."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from flask import (
    Blueprint,
    Flask,
    Response,
    before_render_template,
    flash,
    g,
    got_request_exception,
    message_flashed,
    render_template_string,
    template_rendered,
    url_for,
)
from flask.views import MethodView

from .driving import ask


def in_thread() -> str:
    return threading.current_thread().name[:10]


def test_route_says_where_it_runs(app: Flask) -> None:
    """The route's option wins over the setting, in both directions, also in blueprints."""
    users = Blueprint("users", "users", url_prefix="/users")
    users.add_url_rule("/", "index", in_thread, sync_view="inline")
    app.register_blueprint(users)
    app.add_url_rule("/thread", "thread", lambda: in_thread(), sync_view="thread")
    app.add_url_rule("/thread/unsaid", "unsaid", lambda: in_thread())

    assert asyncio.run(ask(app, "/users/")).text == "MainThread"
    assert asyncio.run(ask(app, "/thread/unsaid")).text == "flask-home"
    app.config["ASGI_SYNC_VIEWS"] = "inline"
    assert asyncio.run(ask(app, "/thread")).text == "flask-home"
    assert asyncio.run(ask(app, "/thread/unsaid")).text == "MainThread"


def test_wrong_words_are_refused(app: Flask) -> None:
    """An unknown place is an error when the route is added, or the request served."""
    with pytest.raises(ValueError, match="sync_view is 'loop'"):
        app.add_url_rule("/", "index", in_thread, sync_view="loop")


@pytest.mark.parametrize("others", ["<name>", "other"])
def test_rule_for_options_alone(app: Flask, others: str) -> None:
    """A path that has a view for OPTIONS only is served, whatever the other rules are."""
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.add_url_rule("/on", "on", lambda: "answered", methods=["OPTIONS"])
    app.add_url_rule(f"/{others}", "others", in_thread)

    answered = asyncio.run(ask(app, "/on", method="OPTIONS"))

    assert (answered.status, answered.text) == (200, "answered")


def test_middleware_that_changes_the_path_costs_a_hop(app: Flask) -> None:
    """A wrong guess never runs a blocking view on the loop."""
    app.add_url_rule("/plain", "plain", in_thread)

    @app.route("/async")
    async def is_async() -> str:
        return in_thread()

    inner = app.wsgi_app

    def swap(environ: Any, start_response: Any) -> Any:
        environ["PATH_INFO"] = {"/plain": "/async", "/async": "/plain"}[environ["PATH_INFO"]]
        return inner(environ, start_response)

    app.wsgi_app = swap  # type: ignore[method-assign]
    assert asyncio.run(ask(app, "/async")).text == "flask-home"
    assert asyncio.run(ask(app, "/plain")).text == "MainThread"


def test_other_applications_run_in_threads(app: Flask) -> None:
    """What a dispatcher around ``wsgi_app`` sends elsewhere does not block the loop."""

    def other(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [in_thread().encode()]

    app.add_url_rule("/", "index", lambda: "")
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/other": other})  # type: ignore[method-assign]

    assert asyncio.run(ask(app, "/other/path")).text == "flask-home"


def test_rendering_in_an_async_view_needs_no_thread(app: Flask) -> None:
    """What gives templates ``g`` and ``request`` runs where the view does."""
    before = {*threading.enumerate()}

    @app.route("/")
    async def index() -> str:
        return render_template_string("{{ request.path }}")

    assert asyncio.run(ask(app)).text == "/"
    assert before.issuperset(threading.enumerate())


def test_what_is_called_without_ensure_sync_is_at_home_too(app: Flask) -> None:
    """Receivers of signals and URL functions find what a plain hook has opened in its thread."""
    threads: dict[str, str] = {}

    def note(name: str, result: Any = None) -> Callable[..., Any]:
        def called(*args: Any, **options: Any) -> Any:
            threads[name] = in_thread()
            return result

        return called

    app.before_request(note("before"))
    app.url_defaults(note("url_defaults"))
    app.url_build_error_handlers.append(note("build error", "/built"))
    app.config["PROPAGATE_EXCEPTIONS"] = False

    @app.route("/")
    async def index() -> str:
        flash("seen")
        render_template_string(url_for("index"))
        assert url_for("nowhere") == "/built"
        raise KeyError

    with (
        template_rendered.connected_to(note("rendered"), app),
        before_render_template.connected_to(note("before rendering"), app),
        message_flashed.connected_to(note("flashed"), app),
        got_request_exception.connected_to(note("exception"), app),
    ):
        assert asyncio.run(ask(app)).status == 500

    assert len(threads) == 7
    assert set(threads.values()) == {"flask-home"}


def test_many_plain_hooks_begin_at_home(app: Flask) -> None:
    """With several the whole request is at home, and the view on the loop as ever."""
    switches: list[str] = []
    for register in (app.before_request, app.teardown_request, app.teardown_appcontext):
        register(lambda *args: switches.append(in_thread()))

    @app.route("/")
    async def index() -> str:
        switches.append(in_thread())
        return ""

    wrapped = app.wsgi_app

    def middleware(environ: Any, start_response: Any) -> Any:
        switches.append(in_thread())
        return wrapped(environ, start_response)

    app.wsgi_app = middleware  # type: ignore[method-assign]
    asyncio.run(ask(app))

    assert switches == ["flask-home", "flask-home", "MainThread", "flask-home", "flask-home"]


def test_async_hooks_of_all_kinds(app: Flask) -> None:
    """Every hook that has a say about a request may be a coroutine function."""
    seen: list[str] = []

    @app.url_value_preprocessor
    async def preprocess(endpoint: str | None, values: dict[str, Any] | None) -> None:
        await asyncio.sleep(0)
        seen.append(f"values {values}")

    @app.before_request
    async def before() -> None:
        g.word = "word"
        seen.append("before")

    @app.context_processor
    async def variables() -> dict[str, str]:
        await asyncio.sleep(0)
        return {"word": g.word}

    @app.after_request
    async def after(response: Response) -> Response:
        response.headers["X-After"] = in_thread()
        return response

    @app.teardown_request
    async def teardown(error: BaseException | None) -> None:
        seen.append("teardown request")

    @app.teardown_appcontext
    async def teardown_app(error: BaseException | None) -> None:
        seen.append("teardown app")

    @app.route("/<name>")
    async def index(name: str) -> str:
        from flask import render_template_string

        return render_template_string("{{ word }} " + name)

    expected = ["values {'name': 'x'}", "before", "teardown request", "teardown app"]
    answered = asyncio.run(ask(app, "/x"))
    assert (answered.text, answered.headers[b"x-after"]) == ("word x", b"MainThread")
    assert seen == expected
    assert app.test_client().get("/x").text == "word x"
    assert seen == expected * 2


def test_class_based_async_view_takes_no_thread(app: Flask) -> None:
    """Between the loop and an async method of a class there is no synchronous code of the app."""
    before = set(threading.enumerate())

    class Item(MethodView):
        async def get(self) -> str:
            return in_thread()

    app.add_url_rule("/", view_func=Item.as_view("item"))
    assert asyncio.run(ask(app)).text == "MainThread"
    assert set(threading.enumerate()) <= before


def test_measuring_leaves_logging_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """In debug mode, too, the logger is made when the application first asks for it."""
    monkeypatch.setattr("flask.setup.app.create_logger", lambda app: pytest.fail("nobody asked"))
    app = Flask("quiet")
    app.debug = True

    assert asyncio.run(ask(app, "/nowhere")).status == 404


@pytest.mark.parametrize("awaits", [True, False])
def test_blocking_view_is_named_in_debug_mode(
    app: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, awaits: bool
) -> None:
    """A view that holds the loop for over 100 ms is named in the log, once."""
    app.debug = True
    now = [0.0]
    monkeypatch.setattr("flask.asgi.blocking.perf_counter", lambda: now[0])

    @app.route("/")
    async def slow() -> str:
        if awaits:
            await asyncio.sleep(0)
        now[0] += 0.25
        await asyncio.sleep(0)
        now[0] += 0.25
        return "done"

    assert asyncio.run(ask(app)).text == "done"
    messages = [record.getMessage() for record in caplog.records]
    assert [message.partition(":")[0] for message in messages] == [
        "The view of 'slow' (GET /) blocked the event loop for 250 ms"
    ]


@pytest.mark.parametrize("place", ["inline", "thread"])
def test_body_is_made_where_the_view_ran(app: Flask, place: str) -> None:
    """A route's word counts for the generator that its view returns, too."""
    app.config["ASGI_SYNC_VIEWS"] = "thread" if place == "inline" else "inline"
    names: list[str] = []

    @app.get("/", sync_view=place)
    def index() -> Iterator[str]:
        names.append(threading.current_thread().name)

        def pieces() -> Iterator[str]:
            names.append(threading.current_thread().name)
            yield "piece"
            names.append(threading.current_thread().name)

        return pieces()

    assert asyncio.run(ask(app)).text == "piece"
    assert len(names) == 3
    assert len(set(names)) == 1
    assert (names[0] == threading.current_thread().name) == (place == "inline")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ASGI_THREADS", 0),
        ("ASGI_THREADS", "3"),
        ("ASGI_THREADS", None),
        ("ASGI_SYNC_VIEWS", "INLINE"),
        ("ASGI_SYNC_VIEWS", True),
        ("ASGI_DISCONNECT_GRACE", "5"),
        ("ASGI_DISCONNECT_GRACE", -1),
    ],
)
def test_settings_that_mean_nothing_are_refused(app: Flask, name: str, value: Any) -> None:
    """The first request says which setting it is, and what it can be."""
    app.config[name] = value
    app.add_url_rule("/", "index", in_thread)

    with pytest.raises(ValueError, match=f"{name} is .*: it can be"):
        asyncio.run(ask(app.asgi_app))
