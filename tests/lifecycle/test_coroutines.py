from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pytest

import flask
from flask import Flask, coroutines, g, request, session, stream_with_context
from flask.coroutines import is_coroutine_function
from flask.testing import FlaskClient
from flask.views import MethodView, View

colour: ContextVar[str] = ContextVar("colour", default="none")


def test_everything_may_be_async(app: Flask, client: FlaskClient) -> None:
    """Views, hooks, context processors and handlers may be coroutine functions."""
    trace: list[str] = []

    @app.before_request
    async def before() -> None:
        await asyncio.sleep(0)
        trace.append("before")

    @app.after_request
    async def after(response: flask.Response) -> flask.Response:
        await asyncio.sleep(0)
        trace.append("after")
        return response

    @app.teardown_request
    async def teardown(error: BaseException | None) -> None:
        await asyncio.sleep(0)
        trace.append("teardown")

    @app.teardown_appcontext
    async def teardown_app(error: BaseException | None) -> None:
        await asyncio.sleep(0)
        trace.append("teardown app")

    @app.context_processor
    async def variables() -> dict[str, str]:
        return {"word": "template"}

    @app.route("/")
    async def index() -> str:
        await asyncio.sleep(0)

        @flask.after_this_request
        async def note(response: flask.Response) -> flask.Response:
            trace.append("after this")
            return response

        return flask.render_template_string("{{ word }}")

    assert client.get("/").text == "template"
    assert trace == ["before", "after this", "after", "teardown", "teardown app"]


def test_signal_receivers_may_be_async(app: Flask, client: FlaskClient) -> None:
    """A coroutine function connected to a signal is run to its end."""
    heard: list[str] = []

    async def hear(sender: Flask, **extra: Any) -> None:
        await asyncio.sleep(0)
        heard.append(request.path)

    with flask.request_started.connected_to(hear, app):
        client.get("/there")

    assert heard == ["/there"]


def test_class_based_views_may_be_async(app: Flask, client: FlaskClient) -> None:
    """``dispatch_request`` and the method handlers may be coroutine functions."""

    class Page(View):
        async def dispatch_request(self) -> str:
            return "page"

    class Methods(MethodView):
        async def get(self) -> str:
            return "get"

        def post(self) -> str:
            return "post"

    app.add_url_rule("/page", view_func=Page.as_view("page"))
    app.add_url_rule("/methods", view_func=Methods.as_view("methods"))

    assert client.get("/page").text == "page"
    assert client.get("/methods").text == "get"
    assert client.post("/methods").text == "post"


def test_context_is_the_callers(app: Flask, client: FlaskClient) -> None:
    """A coroutine sees the caller's context variables, and the caller sees what it sets."""

    @app.before_request
    async def before() -> None:
        assert colour.get() == "red"
        colour.set("green")
        g.seen = "by hook"

    @app.route("/")
    async def index() -> str:
        assert colour.get() == "green"
        colour.set("blue")
        session["k"] = "v"
        return str(g.seen)

    token = colour.set("red")
    try:
        response = client.get("/")
        assert colour.get() == "blue"
    finally:
        colour.reset(token)
    assert response.text == "by hook"
    assert "session=" in response.headers["Set-Cookie"]


def test_context_set_before_an_error_is_seen(app: Flask) -> None:
    """Also a coroutine that fails hands its context variables over."""

    async def fail() -> None:
        colour.set("black")
        raise KeyError("lost")

    token = colour.set("white")
    try:
        with pytest.raises(KeyError, match="lost"):
            app.ensure_sync(fail)()
        assert colour.get() == "black"
    finally:
        colour.reset(token)


def test_loop_lives_on_between_requests(app: Flask, client: FlaskClient) -> None:
    """Requests of one thread share one event loop, so that clients keep their connections."""
    loops: list[asyncio.AbstractEventLoop] = []

    @app.route("/")
    async def index() -> str:
        loops.append(asyncio.get_running_loop())
        return ""

    client.get("/")
    client.get("/")

    assert loops[0] is loops[1]
    assert not loops[0].is_closed()


def test_background_task_goes_on_in_the_next_request(app: Flask, client: FlaskClient) -> None:
    """A task left running by one request makes progress while another is awaited."""
    tasks: list[asyncio.Task[str]] = []

    async def work() -> str:
        for _ in range(3):
            await asyncio.sleep(0)
        return "done"

    @app.route("/start")
    async def start() -> str:
        tasks.append(asyncio.create_task(work()))
        return ""

    @app.route("/wait")
    async def wait() -> str:
        return await tasks[0]

    client.get("/start")

    assert client.get("/wait").text == "done"


def test_thread_has_its_own_loop_and_closes_it(app: Flask) -> None:
    """Each thread has a loop of its own, which is closed when the thread has ended."""
    loops: list[asyncio.AbstractEventLoop] = []

    async def note() -> None:
        loops.append(asyncio.get_running_loop())

    app.ensure_sync(note)()
    thread = threading.Thread(target=app.ensure_sync(note))
    thread.start()
    thread.join()
    gc.collect()

    assert loops[0] is not loops[1]
    assert not loops[0].is_closed()
    assert loops[1].is_closed()


def test_task_left_running_is_cancelled_when_the_thread_ends(app: Flask) -> None:
    """A task that a view started and nobody awaited is cancelled, and may clean up."""
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cleaned up")

    async def start() -> None:
        app.extensions["task"] = asyncio.create_task(work())
        await asyncio.sleep(0)

    thread = threading.Thread(target=app.ensure_sync(start))
    thread.start()
    thread.join()
    gc.collect()

    assert ended == ["cleaned up"]
    assert app.extensions.pop("task").cancelled()


def test_a_task_that_heeds_no_cancellation_is_named(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The end of a thread waits no longer than so for tasks, and logs which were left."""
    monkeypatch.setattr(coroutines, "LAST_WORDS", 0.01)

    async def stubborn() -> None:
        while True:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()

    async def start() -> None:
        app.extensions["task"] = asyncio.create_task(stubborn())
        await asyncio.sleep(0)

    thread = threading.Thread(target=app.ensure_sync(start))
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    (text,) = [record.getMessage() for record in caplog.records if record.name == "flask"]
    assert text.startswith("Tasks had not ended 0.01 seconds after they were cancelled: ")
    assert "stubborn" in text
    del app.extensions["task"]


def test_a_closed_loop_is_replaced(app: Flask) -> None:
    """When something closes the thread's loop, the next coroutine gets a new one."""

    async def loop() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    first = app.ensure_sync(loop)()
    first.close()

    assert app.ensure_sync(loop)() is not first


def test_inside_a_running_loop_a_helper_thread_runs_it(app: Flask, client: FlaskClient) -> None:
    """Where this thread runs a loop already, as async tests and Jupyter do, a helper takes over."""

    @app.route("/")
    async def index() -> str:
        await asyncio.sleep(0)
        colour.set(f"{threading.current_thread().name} {request.path}")
        return colour.get()

    async def caller() -> str:
        text = client.get("/").text
        assert colour.get() == text
        return text

    text = asyncio.run(caller())

    assert text.endswith(" /")
    assert not text.startswith(threading.current_thread().name)


def test_synchronous_call_inside_an_async_view_may_be_async_again(
    app: Flask, client: FlaskClient
) -> None:
    """``async_to_sync`` inside a coroutine inside a coroutine works to any depth."""

    async def deepest() -> str:
        await asyncio.sleep(0)
        return request.path

    async def deeper() -> str:
        return str(app.async_to_sync(deepest)())

    @app.route("/deep")
    async def index() -> str:
        return str(app.async_to_sync(deeper)())

    assert client.get("/deep").text == "/deep"


def test_streamed_generator_of_an_async_view_keeps_its_context(
    app: Flask, client: FlaskClient
) -> None:
    """An async view may return a generator that needs the request."""

    @app.route("/")
    async def index() -> Any:
        return stream_with_context(part for part in (request.path, "!"))

    assert client.get("/").text == "/!"


@pytest.mark.parametrize("kind", ["app_context", "test_request_context"])
def test_context_pushed_in_a_coroutine_may_be_popped_outside(app: Flask, kind: str) -> None:
    """A context is ended by who finds it, although its variables were set in a coroutine."""
    ctx = getattr(app, kind)()

    async def enter() -> None:
        ctx.push()

    app.ensure_sync(enter)()
    assert flask.current_app.name == "shop"
    ctx.pop()

    assert not flask.has_app_context()
    assert not flask.has_request_context()
    with pytest.raises(LookupError):
        ctx.pop()


def test_many_threads_at_once(app: Flask) -> None:
    """Requests of several threads await at the same time without meeting each other."""
    barrier = threading.Barrier(4)
    texts: list[str] = []

    @app.route("/<name>")
    async def index(name: str) -> str:
        barrier.wait(10)
        await asyncio.sleep(0)
        return f"{name} {request.path}"

    def ask(name: str) -> None:
        texts.append(app.test_client().get(f"/{name}").text)

    threads = [threading.Thread(target=ask, args=(f"t{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(texts) == [f"t{number} /t{number}" for number in range(4)]


def test_an_app_may_run_coroutines_its_own_way(app: Flask, client: FlaskClient) -> None:
    """``async_to_sync`` is the seam for another event loop."""

    class Own(Flask):
        def async_to_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
            return lambda *args, **kwargs: f"own {asyncio.run(func(*args, **kwargs))}"

    own = Own("shop")

    @own.route("/")
    async def index() -> str:
        return "loop"

    assert own.test_client().get("/").text == "own loop"


class TestIsCoroutineFunction:
    def test_kinds_of_functions(self) -> None:
        """Functions, methods, partials and wrapped functions are told apart."""

        async def coroutine() -> None:
            pass

        def plain() -> None:
            pass

        class Thing:
            async def method(self) -> None:
                pass

        assert is_coroutine_function(coroutine)
        assert is_coroutine_function(Thing().method)
        assert is_coroutine_function(functools.partial(coroutine))
        assert not is_coroutine_function(plain)
        assert not is_coroutine_function(functools.partial(plain))
        assert not is_coroutine_function(print)
        assert not is_coroutine_function(Thing)

    def test_wrapper_is_what_it_is(self) -> None:
        """A synchronous wrapper of a coroutine function is called, not awaited."""

        async def coroutine() -> str:
            return "x"

        @functools.wraps(coroutine)
        def wrapper() -> str:
            return "y"

        assert not is_coroutine_function(wrapper)

    def test_attributes_change_nothing(self) -> None:
        """View options set on a coroutine function leave it one."""

        async def view() -> str:
            return ""

        view.methods = ["POST"]

        assert is_coroutine_function(view)


def test_plain_functions_come_back_themselves(app: Flask) -> None:
    """``ensure_sync`` returns what needs no awaiting as it is."""

    def plain() -> None:
        pass

    assert app.ensure_sync(plain) is plain
    assert app.ensure_sync(print) is print


def test_wrapped_coroutine_keeps_its_name(app: Flask) -> None:
    """What ``ensure_sync`` makes of a coroutine function has its name and docstring."""

    async def named() -> None:
        """Wait."""

    assert app.ensure_sync(named).__name__ == "named"
    assert app.ensure_sync(named).__doc__ == "Wait."


def test_an_interrupted_coroutine_tidies_up_first(app: Flask, client: FlaskClient) -> None:
    """A signal's exception while the loop waits: ``finally`` runs before the request's teardown."""
    trace: list[str] = []

    def interrupt() -> None:
        raise KeyboardInterrupt

    @app.route("/")
    async def index() -> str:
        asyncio.get_running_loop().call_soon(interrupt)
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            trace.append("view")
        return ""

    @app.teardown_request
    def teardown(error: BaseException | None) -> None:
        trace.append(type(error).__name__)

    with pytest.raises(KeyboardInterrupt):
        client.get("/")

    assert trace == ["view", "KeyboardInterrupt"]
