"""Bodies stream both ways: requests are read as they come, responses are sent as they are made."""

from __future__ import annotations

import asyncio
import io
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask import (
    Flask,
    Response,
    current_app,
    render_template_string,
    request,
    send_file,
    stream_template_string,
    stream_with_context,
)

from .driving import Answered, Client, ask, scope_of


def length_of(body: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"content-length", str(len(body)).encode())]


@pytest.mark.parametrize("chunks", [[b"body"], [b"bo", b"", b"dy"]])
@pytest.mark.parametrize("told", [True, False])
def test_stream_is_iterated_by_coroutines(app: Flask, chunks: list[bytes], told: bool) -> None:
    """``async for chunk in request.stream`` awaits each chunk, with and without a length."""

    @app.post("/")
    async def index() -> dict[str, Any]:
        return {"got": [chunk.decode() async for chunk in request.stream]}

    headers = length_of(b"body") if told else []
    answered = asyncio.run(ask(app, "/", *chunks, method="POST", headers=headers))
    assert answered.text == ('{"got":["body"]}\n' if len(chunks) == 1 else '{"got":["bo","dy"]}\n')


def test_stream_is_iterated_in_a_task_of_its_own(app: Flask) -> None:
    """Reading by await works in tasks that the view starts; plain reading there says why not."""

    @app.post("/")
    async def index() -> str:
        async def read() -> bytes:
            return b"".join([chunk async for chunk in request.stream])

        async with asyncio.TaskGroup() as group:
            task = group.create_task(read())
        return task.result().decode()

    @app.post("/plain")
    async def plain() -> str:
        async def read() -> bytes:
            return request.get_data()

        with pytest.raises(RuntimeError, match="only in the task that serves the request"):
            await asyncio.create_task(read())
        return "refused"

    assert asyncio.run(ask(app, "/", b"bo", b"dy", method="POST")).text == "body"
    assert asyncio.run(ask(app, "/plain", b"body", method="POST")).text == "refused"


if sys.version_info >= (3, 12):  # before, asyncio has no such tasks

    @pytest.mark.parametrize("what", ["body", "coroutine", "hook"])
    def test_plain_code_cannot_wait_in_an_eager_task(app: Flask, what: str) -> None:
        """It is told so as in other tasks, also in a first step within the request's own."""

        async def later() -> str:
            await asyncio.sleep(0)
            return "waited"

        async def at_once() -> str:
            return "did not wait"

        async def child() -> str:
            assert current_app.ensure_sync(at_once)() == "did not wait"
            if what == "body":
                return request.get_data(as_text=True)
            if what == "hook":
                return render_template_string("{{ x }}")
            waited: str = app.async_to_sync(later)()
            return waited

        @app.context_processor
        def add_x() -> dict[str, str]:
            return {"x": "waited"}

        @app.post("/")
        async def index() -> dict[str, Any]:
            loop, task = asyncio.get_running_loop(), asyncio.current_task()
            loop.set_task_factory(asyncio.eager_task_factory)
            try:
                eager = loop.create_task(child())
            finally:
                loop.set_task_factory(None)
            assert asyncio.current_task() is task
            with pytest.raises(RuntimeError, match="Plain code can wait only in the task"):
                await eager
            async with asyncio.TaskGroup() as group:  # the loop goes on
                other = group.create_task(later())
            return {"other": other.result(), "body": request.get_data(as_text=True)}

        async def main() -> Answered:
            client = Client(b"bo", b"dy")

            async def receive() -> Any:
                await asyncio.sleep(0)
                return await client.receive()

            await app(scope_of(method="POST", headers=length_of(b"body")), receive, client.send)
            return client.answered

        answered = asyncio.run(asyncio.wait_for(main(), 10))
        assert answered.text == '{"body":"body","other":"waited"}\n'


def test_stream_is_iterated_under_wsgi(app: Flask) -> None:
    """The same view works under WSGI."""

    @app.post("/")
    async def index() -> bytes:
        return b"".join([chunk async for chunk in request.stream])

    assert app.test_client().post("/", data=b"body").data == b"body"


def test_body_is_read_no_faster_than_it_is_used(app: Flask) -> None:
    """The server is asked for the next chunk when the view has used the last one."""
    received: list[tuple[bytes, int]] = []

    @app.post("/")
    async def index() -> str:
        received.extend([(chunk, client.received) async for chunk in request.stream])
        return ""

    client = Client(*[b"chunk"] * 5)
    asyncio.run(app.asgi_app(scope_of(method="POST"), client.receive, client.send))
    assert received == [(b"chunk", number) for number in range(1, 6)]


@pytest.mark.parametrize("is_async", [True, False])
@pytest.mark.parametrize("told", [True, False])
def test_client_that_leaves_in_the_body_is_a_bad_request(
    app: Flask, is_async: bool, told: bool
) -> None:
    """A body that ends too early is answered 400, as under WSGI."""

    def plain() -> bytes:
        return request.get_data()

    async def coroutine() -> bytes:
        return b"".join([chunk async for chunk in request.stream])

    app.add_url_rule("/", "index", coroutine if is_async else plain, methods=["POST"])
    client = Client()
    client._events = [
        {"type": "http.request", "body": b"ha", "more_body": True},
        {"type": "http.disconnect"},
    ]
    headers = length_of(b"half") if told else []
    asyncio.run(app.asgi_app(scope_of(method="POST", headers=headers), client.receive, client.send))
    assert client.answered.status == 400


def test_more_than_the_length_is_not_read(app: Flask) -> None:
    """What comes beyond Content-Length is no part of the body, and MAX_CONTENT_LENGTH counts."""

    @app.post("/")
    async def index() -> bytes:
        return request.get_data()

    assert (
        asyncio.run(ask(app, "/", b"body and more", method="POST", headers=length_of(b"body"))).text
        == "body"
    )
    app.config["MAX_CONTENT_LENGTH"] = 3
    assert asyncio.run(ask(app, "/", b"bo", b"dy", method="POST")).status == 413


@pytest.mark.parametrize("where", ["asgi", "wsgi"])
def test_async_generator_is_a_body(app: Flask, where: str) -> None:
    """A view may return an async generator, alone, in a tuple and in a Response; under WSGI too."""

    async def pieces() -> AsyncIterator[str]:
        yield "one "
        await asyncio.sleep(0)
        yield "two"

    app.add_url_rule("/alone", "alone", lambda: pieces())
    app.add_url_rule("/tuple", "tuple", lambda: (pieces(), 201, {"X-Made": "yes"}))
    app.add_url_rule("/response", "response", lambda: Response(pieces(), mimetype="text/plain"))  # type: ignore[arg-type]
    app.add_url_rule("/headers", "headers", lambda: Response(pieces(), headers={"X-Made": "yes"}))  # type: ignore[arg-type]

    for path in ("/alone", "/tuple", "/response", "/headers"):
        if where == "asgi":
            assert asyncio.run(ask(app, path)).pieces == [b"one ", b"two"], path
        else:
            assert app.test_client().get(path).data == b"one two", path


@pytest.mark.parametrize("is_async", [True, False])
@pytest.mark.parametrize("mode", ["thread", "inline"])
def test_generator_of_a_known_length_comes_to_its_end(
    app: Flask, is_async: bool, mode: str
) -> None:
    """What stands after the last piece runs, though the length said that it was the last."""
    app.config["ASGI_SYNC_VIEWS"] = mode
    ended: list[Any] = []
    app.teardown_request(ended.append)

    @app.route("/")
    def index() -> Response:
        def plain() -> Iterator[str]:
            yield "one "
            yield "two"
            ended.append("end")

        async def coroutines() -> AsyncIterator[str]:
            for piece in plain():
                yield piece

        made: Any = stream_with_context(coroutines() if is_async else plain())  # type: ignore[type-var]
        return Response(made, headers={"Content-Length": "7"})

    answered = asyncio.run(ask(app))

    assert answered.pieces == [b"one ", b"two"]
    assert ended == [None, "end", None]


@pytest.mark.parametrize("where", ["asgi", "wsgi"])
def test_context_is_kept_for_an_async_generator(app: Flask, where: str) -> None:
    """``stream_with_context`` keeps the request for async generators, also as a decorator."""
    ended: list[str] = []

    @app.teardown_request
    def teardown(error: BaseException | None) -> None:
        ended.append(request.path)

    @app.route("/")
    async def index() -> Any:
        @stream_with_context
        async def pieces() -> AsyncIterator[str]:
            yield request.path
            await asyncio.sleep(0)
            yield request.args["q"]

        return pieces()

    if where == "asgi":
        assert asyncio.run(ask(app, query_string=b"q=x")).text == "/x"
    else:
        assert app.test_client().get("/?q=x").data == b"/x"
    assert ended == ["/", "/"]


async def numbers() -> AsyncIterator[int]:
    for number in range(3):
        await asyncio.sleep(0)
        yield number


LOOP = "{% for row in rows %}{{ row }} {% endfor %}"


@pytest.mark.parametrize("enable_async", [True, False])
def test_templates_stream_async_generators(app: Flask, enable_async: bool) -> None:
    """A streamed template iterates async generators, with plain Jinja and with its async mode."""
    app.jinja_options = {"enable_async": enable_async}

    @app.route("/")
    async def index() -> Iterator[str]:
        return stream_template_string(LOOP, rows=numbers())

    assert asyncio.run(ask(app)).text == "0 1 2 "
    assert app.test_client().get("/").text == "0 1 2 "


def test_async_templates_are_rendered_on_the_loop(app: Flask) -> None:
    """Jinja's async mode works in views of both kinds, though a loop runs already."""
    app.jinja_options = {"enable_async": True}

    @app.route("/async")
    async def is_async() -> str:
        return render_template_string(LOOP, rows=numbers())

    @app.route("/plain")
    def plain() -> str:
        return render_template_string(LOOP, rows=numbers())

    for path in ("/async", "/plain"):
        assert asyncio.run(ask(app, path)).text == "0 1 2 "
        assert app.test_client().get(path).text == "0 1 2 "


def test_head_has_no_body(app: Flask) -> None:
    """HEAD gets the headers alone, of a stream as well; the stream is closed."""
    closed: list[str] = []

    @app.route("/")
    def index() -> Iterator[str]:
        try:
            yield "piece"
        finally:
            closed.append("closed")

    answered = asyncio.run(ask(app, method="HEAD"))
    assert (answered.status, answered.body) == (200, b"")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    page = tmp_path / "page.txt"
    page.write_bytes(b"page" * 100)
    return page


def test_server_sends_the_file_itself(app: Flask, page: Path) -> None:
    """Where the server offers it, it gets the path of a whole file; parts are read by us."""
    app.add_url_rule("/", "index", lambda: send_file(page))
    app.add_url_rule("/object", "object", lambda: send_file(io.BytesIO(b"bytes"), "text/plain"))
    offered = {"http.response.pathsend": {}}

    answered = asyncio.run(ask(app, extensions=offered))
    assert answered.events[1:] == [{"type": "http.response.pathsend", "path": str(page)}]
    assert answered.headers[b"content-length"] == b"400"

    ranged = asyncio.run(ask(app, extensions=offered, headers=[(b"range", b"bytes=2-5")]))
    assert (ranged.status, ranged.body) == (206, b"gepa")
    assert asyncio.run(ask(app, "/object", extensions=offered)).body == b"bytes"
    assert asyncio.run(ask(app)).body == page.read_bytes()


def test_trailers_are_sent_to_who_takes_them(app: Flask) -> None:
    """What a view adds to ``environ["asgi.trailers"]`` follows the body."""

    @app.route("/")
    def index() -> Iterator[str]:
        trailers = request.environ.get("asgi.trailers")

        def pieces() -> Iterator[str]:
            yield "piece"
            if trailers is not None:
                trailers["Checksum"] = "c0ffee"

        return pieces()

    offered = {"http.response.trailers": {}}
    answered = asyncio.run(ask(app, extensions=offered, headers=[(b"te", b"trailers")]))
    assert answered.events[0]["trailers"] is True
    assert answered.events[-1] == {
        "type": "http.response.trailers",
        "headers": [(b"checksum", b"c0ffee")],
    }
    assert asyncio.run(ask(app, extensions=offered)).events[-1]["type"] == "http.response.body"


def test_write_of_wsgi_sends(app: Flask) -> None:
    """What PEP 3333 calls ``write`` sends at once, also from a home thread."""

    def writes(environ: Any, start_response: Any) -> list[bytes]:
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        write(threading.current_thread().name[:10].encode())
        return [b" end"]

    app.wsgi_app = writes  # type: ignore[method-assign]
    app.add_url_rule("/", "index", lambda: "")
    answered: Answered = asyncio.run(ask(app))
    assert answered.pieces == [b"flask-home", b" end"]


sizes = st.none() | st.integers(-1, 8)
calls = st.tuples(st.sampled_from(["read", "readline", "readlines"]), sizes)


@given(
    chunks=st.lists(st.text("ab\n", max_size=6).map(str.encode), min_size=1),
    steps=st.lists(calls, max_size=6),
    is_async=st.booleans(),
)
def test_input_is_a_file(
    chunks: list[bytes], steps: list[tuple[str, int | None]], is_async: bool
) -> None:
    """Whatever reads ``wsgi.input`` gets what a file with the body would give."""
    app = Flask("file")
    found: list[Any] = []

    def read_all() -> None:
        file = request.environ["wsgi.input"]
        found.extend(getattr(file, method)(size) for method, size in steps)
        found.append(list(file))

    async def coroutine() -> str:
        read_all()
        return ""

    def plain() -> str:
        read_all()
        return ""

    app.add_url_rule("/", "index", coroutine if is_async else plain, methods=["POST"])
    asyncio.run(ask(app, "/", *chunks, method="POST"))
    file = io.BytesIO(b"".join(chunks))
    assert found == [*(getattr(file, method)(size) for method, size in steps), list(file)]
