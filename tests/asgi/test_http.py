"""Requests under ASGI take the path of WSGI, awaited on the server's loop."""

from __future__ import annotations

import asyncio
import contextvars
import sqlite3
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from flask import Flask, Response, g, request, session, stream_with_context
from flask.signals import request_started
from flask.views import MethodView

from .driving import Client, ask, scope_of

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")


def in_thread() -> str:
    return threading.current_thread().name


def test_async_view_runs_on_the_servers_loop(app: Flask) -> None:
    """A coroutine function is awaited by the loop and the task of the server."""

    @app.route("/")
    async def index() -> dict[str, Any]:
        task = asyncio.current_task()
        await asyncio.sleep(0)
        async with asyncio.timeout(5), asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(0))
        return {"same": task is asyncio.current_task(), "thread": in_thread()}

    async def main() -> None:
        answered = await ask(app.asgi_app)
        assert answered.text == '{"same":true,"thread":"MainThread"}\n'

    asyncio.run(main())


def test_synchronous_view_runs_in_a_thread(app: Flask) -> None:
    """A plain function never blocks the loop: it runs in a home thread."""

    @app.route("/")
    def index() -> str:
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        return in_thread()

    assert asyncio.run(ask(app.asgi_app)).text == "flask-home-0"


def test_synchronous_request_takes_one_hop(app: Flask) -> None:
    """Hooks, view and teardown of a wholly synchronous request run in one go in the thread."""
    loops: list[str] = []

    @app.before_request
    @app.teardown_request
    def note(error: BaseException | None = None) -> None:
        loops.append(in_thread())

    @app.route("/")
    def index() -> str:
        return "done"

    async def main() -> None:
        loop = asyncio.get_running_loop()
        wakes = 0
        wake = loop.call_soon_threadsafe

        def count(*args: Any, **kwargs: Any) -> Any:
            nonlocal wakes
            wakes += 1
            return wake(*args, **kwargs)

        loop.call_soon_threadsafe = count  # type: ignore[method-assign]
        await ask(app.asgi_app)
        assert wakes == 1

    asyncio.run(main())
    assert loops == ["flask-home-0"] * 2


def test_all_synchronous_code_of_a_request_shares_a_thread(app: Flask) -> None:
    """A SQLite connection that a hook keeps in g serves the generator and the teardown too."""

    @app.before_request
    def connect() -> None:
        g.db = sqlite3.connect(":memory:")

    @app.teardown_request
    def close(error: BaseException | None) -> None:
        g.db.execute("select 1")  # which another thread could not
        g.ended = g.get("ended", 0) + 1
        if g.ended == 2:  # the request's end, and that of the stream which kept its context
            g.db.close()

    @app.route("/<int:number>")
    async def index(number: int) -> Iterator[str]:
        await asyncio.sleep(0.001)

        @stream_with_context
        def rows() -> Iterator[str]:
            for row in g.db.execute("select ? union select 1000", [number]):
                yield f"{row[0]} "

        return rows()

    async def main() -> None:
        asked = [ask(app.asgi_app, f"/{number}") for number in range(50)]
        texts = [answered.text for answered in await asyncio.gather(*asked)]
        assert texts == [f"{number} 1000 " for number in range(50)]

    asyncio.run(main())


def test_context_variables_flow_both_ways(app: Flask) -> None:
    """What a hook sets the view sees, and what the view sets the hook after it, in any thread."""
    seen = []

    @app.before_request
    def before() -> None:
        variable.set("hook")

    @app.after_request
    async def after(response: Response) -> Response:
        seen.append(variable.get())
        return response

    @app.teardown_request
    def teardown(error: BaseException | None) -> None:
        seen.append(variable.get())

    @app.route("/")
    async def index() -> str:
        seen.append(variable.get())
        variable.set("view")
        return ""

    asyncio.run(ask(app.asgi_app))
    assert seen == ["hook", "view", "view"]


def test_blocking_view_does_not_stop_others(app: Flask) -> None:
    """While one view blocks its thread, the loop and other threads serve."""
    started, release = threading.Event(), threading.Event()

    @app.route("/blocks")
    def blocks() -> str:
        started.set()
        release.wait(10)
        return "released"

    @app.route("/async")
    async def is_async() -> str:
        return "async"

    @app.route("/plain")
    def plain() -> str:
        return "plain"

    async def main() -> None:
        blocked = asyncio.create_task(ask(app.asgi_app, "/blocks"))
        await asyncio.to_thread(started.wait, 10)
        assert (await ask(app.asgi_app, "/async")).text == "async"
        assert (await ask(app.asgi_app, "/plain")).text == "plain"
        assert not blocked.done()
        release.set()
        assert (await blocked).text == "released"

    asyncio.run(main())


def test_plain_code_of_an_async_view_reads_the_body(app: Flask) -> None:
    """``request.get_json()`` in an async view waits for the body without blocking the loop."""

    @app.post("/")
    async def index() -> dict[str, Any]:
        return {"got": request.get_json()}

    async def main() -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"9")]
        answered = await ask(
            app.asgi_app, "/", b'{"a"', b": [1]", b"", method="POST", headers=headers
        )
        assert answered.text == '{"got":{"a":[1]}}\n' or answered.status == 400

    asyncio.run(main())


@pytest.mark.parametrize("is_async", [True, False])
def test_form_of_a_chunked_body(app: Flask, is_async: bool) -> None:
    """A body without a length is read to its end."""

    def plain() -> str:
        return request.form["name"]

    async def coroutine() -> str:
        return request.form["name"]

    app.add_url_rule("/", "index", coroutine if is_async else plain, methods=["POST"])
    headers = [(b"content-type", b"application/x-www-form-urlencoded")]
    answered = asyncio.run(ask(app, "/", b"na", b"me=A", b"da", method="POST", headers=headers))
    assert answered.text == "Ada"


def test_method_view_with_async_methods(app: Flask) -> None:
    """The methods of a class-based view are awaited on the loop as well."""

    class Item(MethodView):
        async def get(self) -> str:
            return in_thread()

        def post(self) -> str:
            return in_thread()

    app.add_url_rule("/", view_func=Item.as_view("item"))
    assert asyncio.run(ask(app)).text == "MainThread"
    assert asyncio.run(ask(app, method="POST")).text.startswith("flask-home-")


def test_errors_meet_their_handlers(app: Flask) -> None:
    """Handlers, plain and async, answer the errors of async and plain views."""

    @app.errorhandler(KeyError)
    def missing(error: KeyError) -> tuple[str, int]:
        return f"{error} {in_thread()}", 404

    @app.errorhandler(ValueError)
    async def bad(error: ValueError) -> tuple[str, int]:
        await asyncio.sleep(0)
        return f"{error} {in_thread()}", 400

    @app.route("/key")
    async def key() -> str:
        raise KeyError("a")

    @app.route("/value")
    def value() -> str:
        raise ValueError("b")

    assert asyncio.run(ask(app, "/key")).text == "'a' flask-home-0"
    answered = asyncio.run(ask(app, "/value"))
    assert (answered.status, answered.text) == (400, "b MainThread")


def test_unhandled_error_is_answered_500(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """An error nobody handles is logged once, and the client gets 500."""
    app.testing = False

    @app.route("/")
    async def index() -> str:
        await asyncio.sleep(0)
        raise RuntimeError("broken")

    assert asyncio.run(ask(app)).status == 500
    assert [record.exc_info[1].args for record in caplog.records if record.exc_info] == [
        ("broken",)
    ]  # type: ignore[union-attr]


def test_client_that_leaves_cancels_the_view(app: Flask) -> None:
    """After the grace, an async view whose client has left is cancelled, and torn down."""
    app.config["ASGI_DISCONNECT_GRACE"] = 0
    seen: list[str] = []

    @app.teardown_request
    async def teardown(error: BaseException | None) -> None:
        seen.append("cancelled" if isinstance(error, asyncio.CancelledError) else repr(error))

    @app.route("/")
    async def index() -> str:
        try:
            await asyncio.sleep(60)
        finally:
            seen.append("finally")
        return "never"

    async def main() -> None:
        client = Client(leaves=True)
        await asyncio.wait_for(app.asgi_app(scope_of(), client.receive, client.send), 10)
        assert client.answered.events == []
        current = asyncio.current_task()
        assert current is not None and current.cancelling() == 0

    asyncio.run(main())
    assert seen == ["finally", "cancelled"]


def test_cancelling_is_no_error_of_the_application(app: Flask) -> None:
    """Also where plain code waits for the view, no error handler sees the cancellation."""
    app.config["ASGI_DISCONNECT_GRACE"] = 0
    seen: list[str] = []
    app.register_error_handler(Exception, lambda error: seen.append("handled") or "handled")

    def receive(sender: Flask, **extra: Any) -> None:
        seen.append("started")

    @app.route("/")
    async def index() -> str:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise
        return "never"

    async def main() -> None:
        client = Client(leaves=True)
        await asyncio.wait_for(app.asgi_app(scope_of(), client.receive, client.send), 10)
        assert client.answered.events == []

    with request_started.connected_to(receive, app):
        asyncio.run(main())
    assert seen == ["started", "cancelled"]


@pytest.mark.parametrize("grace", [60, None])
def test_client_that_leaves_closes_the_generator(app: Flask, grace: float | None) -> None:
    """A streamed body is closed when its client has left, whether it waits or sends."""
    app.config["ASGI_DISCONNECT_GRACE"] = grace
    closed: list[str] = []

    @app.route("/async")
    async def streams() -> Response:
        async def pieces() -> Any:
            try:
                while True:
                    yield b"piece"
                    await asyncio.sleep(60)
            finally:
                closed.append("async")

        return Response(pieces())  # type: ignore[arg-type]

    @app.route("/plain")
    def plain() -> Iterator[bytes]:
        try:
            while True:
                yield b"piece"
        finally:
            closed.append("plain")

    async def main() -> None:
        for path in ("/async", "/plain"):
            client = Client()

            async def leave(event: Any, client: Client = client) -> None:
                client.left.set()

            client.on_send = leave
            await asyncio.wait_for(app.asgi_app(scope_of(path), client.receive, client.send), 10)

    asyncio.run(main())
    assert closed == ["async", "plain"]


def test_view_may_have_as_long_as_it_takes(app: Flask) -> None:
    """Without a grace a view whose client has left comes to its end."""
    app.config["ASGI_DISCONNECT_GRACE"] = None
    ended: list[str] = []

    @app.route("/")
    async def works() -> str:
        await asyncio.sleep(0.01)
        ended.append("works")
        return "nobody listens"

    async def main() -> None:
        client = Client(b"", leaves=True)
        await asyncio.wait_for(app(scope_of("/"), client.receive, client.send), 10)

    asyncio.run(main())
    assert ended == ["works"]


def test_session_is_read_and_saved(app: Flask) -> None:
    """The session cookie works in async views as in plain ones."""

    @app.route("/")
    async def index() -> str:
        session["visits"] = session.get("visits", 0) + 1
        return str(session["visits"])

    async def main() -> None:
        first = await ask(app)
        cookie = first.headers[b"set-cookie"].partition(b";")[0]
        assert (await ask(app, headers=[(b"cookie", cookie)])).text == "2"

    asyncio.run(main())


def test_wsgi_middleware_works(app: Flask) -> None:
    """What is wrapped around ``wsgi_app`` sees environ and response under ASGI too."""
    inner = app.wsgi_app

    def middleware(environ: Any, start_response: Any) -> Any:
        environ["HTTP_X_ADDED"] = "yes"
        return inner(environ, start_response)

    app.wsgi_app = middleware  # type: ignore[method-assign]

    @app.route("/")
    async def index() -> str:
        return request.headers["X-Added"]

    assert asyncio.run(ask(app)).text == "yes"


def test_subclass_defines_asgi_app(app: Flask) -> None:
    """A method ``asgi_app`` is an object with a coroutine ``__call__``, and calls super."""

    class Own(Flask):
        async def asgi_app(self, scope: Any, receive: Any, send: Any) -> None:
            scope["path"] = "/other"
            await super().asgi_app(scope, receive, send)

    own = Own("own")

    @own.route("/other")
    async def other() -> str:
        return "other"

    assert own.asgi_app is own.asgi_app
    assert asyncio.iscoroutinefunction(type(own.asgi_app).__call__)
    assert asyncio.run(ask(own)).text == "other"


def test_inline_views_run_on_the_loop(app: Flask) -> None:
    """``ASGI_SYNC_VIEWS = "inline"`` runs plain functions on the loop, where asyncio.run fails."""
    app.config["ASGI_SYNC_VIEWS"] = "inline"

    @app.route("/")
    def index() -> str:
        return in_thread()

    @app.route("/runs")
    def runs() -> str:
        async def nothing() -> None: ...

        coroutine = nothing()
        try:
            asyncio.run(coroutine)
        finally:
            coroutine.close()
        return "never"

    assert asyncio.run(ask(app)).text == "MainThread"
    with pytest.raises(RuntimeError, match="ASGI_SYNC_VIEWS"):
        asyncio.run(ask(app, "/runs"))


def test_calls_without_arguments_fail(app: Flask) -> None:
    """Servers probe for factories: ``app()`` and ``app.asgi_app()`` raise TypeError."""
    with pytest.raises(TypeError):
        app()  # type: ignore[call-overload]
    with pytest.raises(TypeError):
        app.asgi_app()


def test_an_app_may_run_coroutines_its_own_way() -> None:
    """A loop that ``async_to_sync`` brings along does not meet the server's: it runs at home."""

    class Own(Flask):
        def async_to_sync(self, func: Any) -> Any:
            return lambda *args, **kwargs: f"own {asyncio.run(func(*args, **kwargs))}"

    own = Own("shop")

    @own.route("/")
    async def index() -> str:
        return "loop"

    assert asyncio.run(ask(own.asgi_app)).text == "own loop"
