"""Where generated requests are answered otherwise than by Flask 3.1.3, on purpose: one test each.

The names are those of ``KNOWN`` in ``tests/differential/known.py``; CHANGES.md tells users.
"""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest
from werkzeug.test import create_environ, run_wsgi_app

from flask import Flask, Response, copy_current_request_context, request
from flask.testing import FlaskClient


def ask(app: Flask, **environ: Any) -> tuple[str, bytes]:
    """Send a request that a test client would repair."""
    app.testing = False
    overrides = {key.replace("__", "."): value for key, value in environ.items()}
    body, status, _ = run_wsgi_app(app, create_environ(environ_overrides=overrides))
    return status[:3], b"".join(body)


def test_error_pages_are_buffered(app: Flask, client: FlaskClient) -> None:
    """An after-request function reads and changes an error page as any other."""

    @app.after_request
    def append(response: Response) -> Response:
        assert response.is_sequence
        response.set_data(response.get_data() + b"<!-- after -->")
        return response

    answer = client.get("/gone")

    assert answer.data.endswith(b"<!-- after -->")
    assert answer.content_length == len(answer.data)


def test_async_inside_async(app: Flask, client: FlaskClient) -> None:
    """An async view may end a nested context whose teardown function is async too."""
    ended = []

    @app.teardown_request
    async def end(error: BaseException | None) -> None:
        ended.append(error)

    @app.get("/")
    async def index() -> str:
        return copy_current_request_context(lambda: request.path)()

    assert client.get("/").text == "/"
    assert ended == [None, None]


@pytest.mark.parametrize(("query", "args"), [("q=\xff", "%FF"), ("q=\xc3\xbc", "ü")])
def test_query_not_utf8(app: Flask, query: str, args: str) -> None:
    """Raw bytes in a query string that are not UTF-8 stay percent-encoded."""
    app.add_url_rule("/", "index", lambda: request.args["q"])

    assert ask(app, QUERY_STRING=query) == ("200", args.encode())


def test_deep_json(app: Flask, client: FlaskClient) -> None:
    """JSON nested deeper than Python can follow is bad JSON."""
    app.add_url_rule("/", "index", lambda: request.get_json(), methods=["POST"])
    body = "[" * 100_000 + "]" * 100_000

    assert client.post("/", data=body, content_type="application/json").status_code == 400


def test_host_no_domain_name(app: Flask) -> None:
    """A host that looks like Punycode and is none is answered 400 when the view asks for it."""
    app.add_url_rule("/", "index", lambda: request.url)
    can_be_shown = sys.version_info >= (3, 13)  # as it stands

    assert ask(app, HTTP_HOST="xn--")[0] == ("200" if can_be_shown else "400")


@pytest.mark.parametrize(
    ("body", "limit", "status"),
    [(b"abc", 2, "413"), (b"abc", 3, "200"), (b"", 0, "200"), (b"a", 0, "413")],
)
def test_chunks_and_the_limit(app: Flask, body: bytes, limit: int, status: str) -> None:
    """A body in chunks is measured by what it holds: over the limit 413, just as long is read."""
    app.config["MAX_CONTENT_LENGTH"] = limit
    app.add_url_rule("/", "index", lambda: request.get_data(), methods=["GET"])

    answer = ask(
        app,
        HTTP_TRANSFER_ENCODING="chunked",
        wsgi__input=io.BytesIO(body),
        wsgi__input_terminated=True,
    )

    assert answer[0] == status
