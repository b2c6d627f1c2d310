"""The async client makes requests through ASGI, on the loop that runs, asyncio's or trio's."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest
import trio

from flask import Flask, Response, g, redirect, request, session
from flask.asynctesting import AsyncFlaskClient
from flask.testing import FlaskClient

Run = Callable[[Callable[[], Coroutine[Any, Any, None]]], None]


def run_in_asyncio(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(main())


@pytest.fixture(params=[run_in_asyncio, trio.run], ids=["asyncio", "trio"])
def run(request: pytest.FixtureRequest) -> Run:
    run: Run = request.param
    return run


def test_answer_has_what_flaskclients_has(app: Flask, run: Run) -> None:
    """The response is of the class, and has the attributes, that the plain client gives."""

    @app.post("/<name>")
    async def index(name: str) -> Any:
        return {"name": name, "json": request.json, "x": request.headers["X"]}, 201

    async def main() -> None:
        client = app.async_test_client()
        response = await client.post("/ké?a=1", json={"a": 1}, headers={"X": "x"})
        plain = app.test_client().post("/ké?a=1", json={"a": 1}, headers={"X": "x"})
        assert response.status_code == 201
        assert response.status == plain.status
        assert response.json == plain.json == {"name": "ké", "json": {"a": 1}, "x": "x"}
        assert response.text == plain.text
        assert response.request.path == "/ké"
        assert response.headers == plain.headers
        assert [base.__name__ for base in type(response).__mro__] == [
            base.__name__ for base in type(plain).__mro__
        ]

    run(main)


@pytest.mark.parametrize("path", ["/%2541%ff", "/%25", "/a%2fb", "/%c3%a9", "/%2541"])
def test_path_is_decoded_once(app: Flask, run: Run, path: str) -> None:
    """What is quoted twice stays quoted once, beside bytes that are not UTF-8, too."""
    app.add_url_rule("/<path:rest>", "index", lambda rest: request.environ["PATH_INFO"])

    async def main() -> None:
        assert (await app.async_test_client().get(path)).text == app.test_client().get(path).text

    run(main)


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "head", "options"])
def test_methods(app: Flask, method: str) -> None:
    """There is a coroutine function for each method."""

    @app.route("/", methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    def index() -> Response:
        return Response(headers={"X-Method": request.method})

    async def main() -> None:
        response = await getattr(app.async_test_client(), method)("/")
        assert response.headers["X-Method"] == method.upper()

    asyncio.run(main())


def test_redirects_are_followed(app: Flask, run: Run) -> None:
    """A redirect is followed when asked, and remembered."""

    @app.get("/a")
    async def first() -> Any:
        return redirect("/b")

    @app.get("/b")
    def second() -> str:
        return "b"

    async def main() -> None:
        client = app.async_test_client()
        response = await client.get("/a", follow_redirects=True)
        assert response.text == "b"
        assert [past.status_code for past in response.history] == [302]

    run(main)


def test_cookies_are_kept(app: Flask, run: Run) -> None:
    """Cookies live as those of the plain client: set by answers, by hand, and deleted."""

    @app.get("/set")
    def set_one() -> Response:
        response = Response()
        response.set_cookie("a", "1")
        return response

    @app.get("/")
    async def show() -> dict[str, str]:
        return dict(request.cookies)

    async def main() -> None:
        client = app.async_test_client()
        await client.get("/set")
        client.set_cookie("b", "2")
        assert (await client.get("/")).json == {"a": "1", "b": "2"}
        client.delete_cookie("a")
        assert client.get_cookie("b").value == "2"
        assert (await client.get("/")).json == {"b": "2"}
        without = app.async_test_client(use_cookies=False)
        await without.get("/set")
        assert (await without.get("/")).json == {}

    run(main)


def test_session_transaction(app: Flask, run: Run) -> None:
    """The session of the next request can be changed, in a plain and in an async block."""

    @app.get("/")
    async def show() -> dict[str, Any]:
        return dict(session)

    async def main() -> None:
        client = app.async_test_client()
        with client.session_transaction() as changed:
            changed["a"] = 1
        async with client.session_transaction() as changed:
            changed["b"] = 2
        assert (await client.get("/")).json == {"a": 1, "b": 2}

    run(main)


@pytest.mark.parametrize("is_async", [False, True])
def test_errors_come_through(app: Flask, is_async: bool, run: Run) -> None:
    """What PROPAGATE_EXCEPTIONS lets out of the application is raised by the client."""

    @app.get("/sync")
    def fail() -> str:
        raise ZeroDivisionError("sync")

    @app.get("/async")
    async def fail_async() -> str:
        raise ZeroDivisionError("async")

    name = "async" if is_async else "sync"

    async def main() -> None:
        with pytest.raises(ZeroDivisionError, match=name):
            await app.async_test_client().get(f"/{name}")
        app.testing = False
        assert (await app.async_test_client().get(f"/{name}")).status_code == 500

    run(main)


def test_own_client_classes(app: Flask) -> None:
    """What a class of the plain client adds holds for async requests; that class can be replaced."""

    class Signed(FlaskClient):
        def open(self, *args: Any, **kwargs: Any) -> Any:
            kwargs.setdefault("headers", {})["X-Signed"] = "yes"
            return super().open(*args, **kwargs)

    class Mine(AsyncFlaskClient):
        pass

    app.test_client_class = Signed
    app.async_test_client_class = Mine  # type: ignore[misc]

    @app.get("/")
    async def show() -> str:
        return request.headers["X-Signed"]

    async def main() -> None:
        client = app.async_test_client()
        assert type(client) is Mine
        assert (await client.get("/")).text == "yes"

    asyncio.run(main())


def test_app_context_is_shared(app: Flask, run: Run) -> None:
    """As with the plain client, a request uses the application context around it."""

    @app.get("/")
    async def show() -> str:
        return str(g.number)

    async def main() -> None:
        with app.app_context():
            g.number = 5
            assert (await app.async_test_client().get("/")).text == "5"

    run(main)


class Counted(io.BytesIO):
    """A body of which a test counts what was read."""

    given = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.given += len(data)
        return data


def test_body_is_handed_over_as_it_is_read(app: Flask, run: Run) -> None:
    """A view that stops reading stops the upload."""
    body = Counted(bytes(1_000_000))

    @app.post("/")
    async def read() -> str:
        return str(len(request.stream.read(100)))

    async def main() -> None:
        client = app.async_test_client()
        response = await client.post("/", input_stream=body)
        assert response.text == "100"

    run(main)
    assert body.given <= 2 * 65_536


def test_stream(app: Flask, run: Run) -> None:
    """The application makes a piece when the one before was taken."""
    made = []

    @app.get("/")
    async def numbers() -> Response:
        async def make() -> AsyncIterator[str]:
            for number in range(3):
                made.append(number)
                yield str(number)

        return Response(make(), content_type="text/plain")

    async def main() -> None:
        client = app.async_test_client()
        async with client.stream("GET", "/") as response:
            assert (response.status_code, response.headers["Content-Type"]) == (200, "text/plain")
            seen = [(chunk, made.copy()) async for chunk in response.chunks()]
        assert [chunk for chunk, _ in seen] == [b"0", b"1", b"2"]
        assert seen[0][1] == [0]

    run(main)


@pytest.mark.parametrize("is_async", [False, True])
def test_leaving_a_stream_ends_it(app: Flask, is_async: bool, run: Run) -> None:
    """A client that leaves its block is gone: the generator is closed."""
    closed = []

    @app.get("/sync")
    def forever() -> Any:
        def make() -> Any:
            try:
                while True:
                    yield "more"
            finally:
                closed.append("sync")

        return Response(make())

    @app.get("/async")
    async def forever_async() -> Any:
        async def make() -> AsyncIterator[str]:
            try:
                while True:
                    yield "more"
            finally:
                closed.append("async")

        return Response(make())

    name = "async" if is_async else "sync"

    async def main() -> None:
        async with app.async_test_client().stream("GET", f"/{name}") as response:
            async for _ in response.chunks():
                break

    run(main)
    assert closed == [name]


def test_error_in_a_stream(app: Flask, run: Run) -> None:
    """What is raised in the middle of a body is raised where the body is read."""

    @app.get("/")
    async def index() -> Response:
        async def make() -> AsyncIterator[str]:
            yield "one"
            raise ZeroDivisionError

        return Response(make())

    async def main() -> None:
        async with app.async_test_client().stream("GET", "/") as response:
            with pytest.raises(ZeroDivisionError):
                await response.read()

    run(main)


async def raw_app(scope: Any, receive: Any, send: Any) -> None:
    """Keep something at the start, and answer with it."""
    if scope["type"] == "lifespan":
        assert (await receive())["type"] == "lifespan.startup"
        scope["state"]["log"] = ["started"]
        await send({"type": "lifespan.startup.complete"})
        assert (await receive())["type"] == "lifespan.shutdown"
        scope["state"]["log"].append("ended")
        await send({"type": "lifespan.shutdown.complete"})
        return
    log = scope["state"]["log"]
    scope["state"]["other"] = "of this request only"
    log.append(str(sorted(scope["state"])))
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": ",".join(log).encode()})


def test_lifespan(app: Flask, run: Run) -> None:
    """The application starts before the block, ends after it, and its state is seen in requests."""
    app.asgi_app = raw_app

    async def main() -> None:
        client = app.async_test_client()
        async with client:
            await client.get("/")
            assert (await client.get("/")).text.endswith(",['log', 'other']")
            assert "other" not in client._plain.state
        assert client._plain.state["log"][-1] == "ended"

    run(main)


@pytest.mark.parametrize("how", ["failed", "raised"])
def test_start_that_fails(app: Flask, how: str, run: Run) -> None:
    """A start that fails is an error of the block, which is not entered."""

    async def broken(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        if how == "raised":
            raise RuntimeError("no database")
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    app.asgi_app = broken

    async def main() -> None:
        with pytest.raises(RuntimeError, match="no database"):
            async with app.async_test_client():
                pytest.fail("the block was entered")

    run(main)


@pytest.mark.parametrize("is_async", [True, False])
def test_body_may_be_sent_as_it_is_made(app: Flask, run: Run, is_async: bool) -> None:
    """An async generator is a body without a length, or of the length that is given."""

    async def coroutine() -> dict[str, Any]:
        return {"got": [piece.decode() async for piece in request.stream]}

    def plain() -> dict[str, Any]:
        return {"got": [request.get_data(as_text=True)]}

    app.add_url_rule("/", "index", coroutine if is_async else plain, methods=["POST"])

    async def pieces() -> AsyncIterator[bytes]:
        yield b"one "
        yield b"two"

    async def main() -> None:
        client = app.async_test_client()
        expected = {"got": ["one ", "two"] if is_async else ["one two"]}
        assert (await client.post("/", data=pieces())).json == expected
        length = {"Content-Length": "7"}
        assert (await client.post("/", data=pieces(), headers=length)).json == expected
        async with client.stream("POST", "/", data=pieces()) as response:
            assert b"two" in await response.read()

    run(main)


@pytest.mark.parametrize("is_streamed", [True, False])
def test_body_may_break_off(app: Flask, run: Run, is_streamed: bool) -> None:
    """An error in the body's generator is a client that leaves, and the test's own error."""
    seen: list[str] = []

    @app.post("/")
    async def index() -> str:
        try:
            return request.get_data(as_text=True)
        except Exception as error:
            seen.append(type(error).__name__)
            raise

    async def pieces() -> AsyncIterator[bytes]:
        yield b"one "
        raise LookupError("no more")

    async def main() -> None:
        client = app.async_test_client()
        with pytest.raises(LookupError, match="no more"):
            if is_streamed:
                async with client.stream("POST", "/", data=pieces()):
                    pass
            else:
                await client.post("/", data=pieces())

    run(main)
    assert seen == ["ClientDisconnected"]
