"""A body in chunks that the server cannot read is the client's fault: 400, not 500."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server
from werkzeug.test import create_environ, run_wsgi_app

from flask import Flask, request


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    """Serve an application that reads its body by Werkzeug's server, which reads chunks itself."""
    app.testing = False

    @app.post("/<how>")
    def read(how: str) -> Any:
        if how == "json":
            return request.get_json()
        if how == "form":
            return request.form.to_dict()
        return request.get_data()

    app.add_url_rule("/upload", "upload", lambda: request.form["a"] * 10, methods=["POST"])
    server = make_server("127.0.0.1", 0, app)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def post(port: int, path: str, kind: str, body: bytes) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"Content-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(head.encode() + body)
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as answer:
            return answer.read()


FORM = "application/x-www-form-urlencoded"
KINDS = {"/json": "application/json", "/form": FORM, "/data": "text/plain"}


@pytest.mark.parametrize("path", KINDS)
@pytest.mark.parametrize(
    "body", [b"zz\r\n", b"-3\r\nabc\r\n", b"5\r\nab", b"3\r\nabcdef\r\n", b"3\r\nabc\r\n"]
)
def test_broken_chunks(port: int, path: str, body: bytes) -> None:
    """No size, a negative one, too few bytes, too many, no end: 400."""
    assert post(port, path, KINDS[path], body).split(b" ")[1] == b"400"


@pytest.mark.parametrize(
    ("path", "body", "answer"),
    [
        ("/json", b'{"a": ["b"]}', b'{"a":["b"]}\n'),
        ("/form", b"a=b&c=d", b'{"a":"b","c":"d"}\n'),
        ("/data", b"x" * 100, b"x" * 100),
    ],
)
def test_whole_chunks(port: int, path: str, body: bytes, answer: bytes) -> None:
    """Chunks that are in order arrive as one body."""
    chunks = b"".join(
        b"%x\r\n%s\r\n" % (len(body[i:][:5]), body[i:][:5]) for i in range(0, len(body), 5)
    )

    received = post(port, path, KINDS[path], chunks + b"0\r\n\r\n")

    assert received.split(b" ")[1] == b"200"
    assert received.endswith(b"\r\n\r\n" + answer)


@pytest.mark.parametrize("path", KINDS)
def test_limit_counts_for_chunks(port: int, app: Flask, path: str) -> None:
    """A body of unknown length that is over the limit is answered 413, and not cut (as genuine does)."""
    app.config["MAX_CONTENT_LENGTH"] = 9

    assert post(port, path, KINDS[path], b"a\r\n0123456789\r\n0\r\n\r\n").split(b" ")[1] == b"413"


@pytest.mark.parametrize("path", ["/data", "/upload"])
def test_body_of_just_the_limit(port: int, app: Flask, path: str) -> None:
    """A body that is as long as the limit is read whole, in one piece or by the form parser."""
    body = b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\nvalue\r\n--b--\r\n"
    app.config["MAX_CONTENT_LENGTH"] = len(body)

    received = post(
        port, path, "multipart/form-data; boundary=b", b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    )

    assert received.split(b" ")[1] == b"200"
    assert received.endswith(body if path == "/data" else b"value" * 10)


def test_other_streams_stay_the_servers(app: Flask) -> None:
    """A body of known length is read from the server's stream itself."""
    body = io.BytesIO(b"abc")
    environ = create_environ(
        method="POST",
        environ_overrides={
            "wsgi.input": body,
            "wsgi.input_terminated": True,
            "CONTENT_LENGTH": "3",
        },
    )
    app.add_url_rule("/", "index", lambda: str(request.stream is body), methods=["POST"])

    assert b"".join(run_wsgi_app(app, environ)[0]) == b"True"
