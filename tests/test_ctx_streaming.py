from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import flask
from flask import Flask, Response, g, request, stream_with_context
from flask.testing import FlaskClient


class TestStreamWithContext:
    def test_generator(self, app: Flask, client: FlaskClient) -> None:
        """A wrapped generator reads the request while the response is sent."""

        @app.route("/")
        def view() -> Any:
            def generate() -> Iterator[str]:
                yield request.args["a"]
                yield request.args["b"]

            return stream_with_context(generate())

        assert client.get("/?a=1&b=2").text == "12"

    def test_decorator(self, app: Flask, client: FlaskClient) -> None:
        """As a decorator it wraps what the function returns."""

        @app.route("/")
        def view() -> Any:
            @stream_with_context
            def generate(greeting: str) -> Iterator[str]:
                """Greet."""
                yield greeting
                yield request.args["name"]

            assert generate.__doc__ == "Greet."
            return generate("hello ")

        assert client.get("/?name=ann").text == "hello ann"

    def test_generator_already_started(self, app: Flask, client: FlaskClient) -> None:
        """A generator may have been advanced before it is wrapped."""

        @app.route("/")
        def view() -> Any:
            def generate() -> Iterator[str]:
                yield "lost"
                yield request.path

            pieces = generate()
            next(pieces)
            return stream_with_context(pieces)

        assert client.get("/").text == "/"

    def test_wrapped_inside_a_started_generator(self, app: Flask, client: FlaskClient) -> None:
        """Wrapping may happen inside a generator that is itself being streamed with context."""

        @app.route("/")
        def view() -> Any:
            def inner() -> Iterator[str]:
                yield request.path

            def outer() -> Iterator[str]:
                yield "<"
                yield from stream_with_context(inner())
                yield request.args["a"]

            return stream_with_context(outer())

        assert client.get("/?a=>").text == "</>"

    @pytest.mark.parametrize("pieces_read", [0, 1, 2])
    def test_closing_early_ends_the_contexts(self, app: Flask, pieces_read: int) -> None:
        """Contexts end after the view, and again where reading the stream pushed them anew."""
        ended: list[str] = []
        app.teardown_request(lambda error: ended.append("request"))
        app.teardown_appcontext(lambda error: ended.append("app"))

        class Pieces:
            """An iterator with a ``close`` of its own."""

            def __iter__(self) -> Pieces:
                return self

            def __next__(self) -> str:
                return request.path

            def close(self) -> None:
                ended.append(f"pieces, {bool(request)}")

        app.add_url_rule("/", "index", lambda: Response(stream_with_context(Pieces())))
        iterable = app(app.test_request_context("/").request.environ, lambda status, headers: None)
        assert ended == ["request", "app"]
        assert not flask.has_request_context()
        ended.clear()

        iterator = iter(iterable)
        for _ in range(pieces_read):
            assert next(iterator) == b"/"
        iterable.close()  # type: ignore[attr-defined]

        assert ended == (["pieces, True", "request", "app"] if pieces_read else ["pieces, False"])
        assert not flask.has_request_context()

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_iterator_without_close(self, app: Flask, method: str) -> None:
        """An iterator that has nothing to close is read, or left unread, without harm."""
        app.add_url_rule("/", "index", lambda: stream_with_context(iter(["a", "b"])))

        response = app.test_client().open("/", method=method)

        assert response.text == ("ab" if method == "GET" else "")
        assert not flask.has_request_context()

    def test_error_while_streaming_ends_the_contexts(self, app: Flask) -> None:
        """An error in the generator reaches the server, after the teardown functions."""
        seen: list[Any] = []
        app.teardown_request(lambda error: seen.append(type(error)))

        def generate() -> Iterator[str]:
            yield "a"
            raise KeyError("lost")

        app.add_url_rule("/", "index", lambda: stream_with_context(generate()))
        environ = app.test_request_context("/").request.environ

        with pytest.raises(KeyError):
            list(app(environ, lambda status, headers: None))

        assert seen == [type(None), KeyError]
        assert not flask.has_request_context()

    def test_session_and_g_are_those_of_the_view(self, app: Flask, client: FlaskClient) -> None:
        """``g`` lives until the stream has ended."""

        @app.route("/")
        def view() -> Any:
            g.word = "kept"

            def generate() -> Iterator[str]:
                yield g.word

            return stream_with_context(generate())

        assert client.get("/").text == "kept"

    def test_outside_a_request(self) -> None:
        """Outside a request there is no context to keep."""
        with pytest.raises(RuntimeError, match="'stream_with_context' can only be used when"):
            stream_with_context(iter(["a"]))

    def test_plain_generator_is_outside(self, app: Flask) -> None:
        """Without it the request is over before the generator runs."""

        def generate() -> Iterator[str]:
            yield str(flask.has_request_context())

        app.add_url_rule("/", "index", generate)

        assert app.test_client().get("/").text == "False"
