"""Whatever a client sends, the answer is no failure of the server."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.test import run_wsgi_app

from flask import Flask, flash, get_flashed_messages, request, send_from_directory, session, url_for

HERE = Path(__file__).parent

app = Flask("shop", root_path=str(HERE), static_folder=".")
app.secret_key = "key"


@app.route("/int/<int:value>", methods=["GET", "POST"])
@app.route("/signed/<int(signed=True):value>")
@app.route("/float/<float:value>")
@app.route("/text/<value>")
@app.route("/uuid/<uuid:value>")
@app.route("/any/<any(a,b):value>")
@app.route("/path/<path:value>", methods=["GET", "POST", "PUT"])
def echo(value: Any) -> dict[str, Any]:
    return {"value": str(value), "endpoint": request.endpoint}


@app.route("/", methods=["GET", "POST", "PUT", "DELETE"])
@app.route("/folder/", methods=["GET", "POST"])
def look() -> dict[str, Any]:
    """Read all that a request offers."""
    flash(str(len(session)))
    names = (
        *("args", "form", "files", "values", "cookies", "url", "base_url", "root_url", "host"),
        *("full_path", "access_route", "authorization", "range", "accept_mimetypes", "date"),
        *("accept_languages", "accept_charsets", "accept_encodings", "cache_control", "pragma"),
        *("if_match", "if_none_match", "if_modified_since", "if_unmodified_since", "referrer"),
        *("user_agent", "content_length", "content_type", "mimetype_params", "max_forwards"),
        *("access_control_request_headers", "is_json", "remote_addr", "origin", "content_md5"),
    )
    seen = {name: repr(getattr(request, name)) for name in names}
    seen["if_range"] = request.if_range.etag or ""
    seen["json"] = repr(request.get_json(silent=True))
    seen["url_for"] = url_for("look", _external=True, **request.args.to_dict(flat=False))
    seen["flashes"] = repr(get_flashed_messages())
    return seen


@app.route("/json", methods=["POST"])
def read_json() -> dict[str, Any]:
    return {"got": request.json}


@app.route("/upload", methods=["POST"])
def upload() -> str:
    return repr({name: file.read() for name, file in request.files.items()})


@app.route("/file/<path:name>")
def file(name: str) -> Any:
    return send_from_directory(".", name, as_attachment=True)


latin1 = st.text(st.characters(max_codepoint=255), max_size=20)
# Request line and header lines end at a line break (RFC 9112 §2.2); only a path may hold one.
one_line = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=20)
odd = st.sampled_from(
    [
        *("", "a", " ", "=", ";", ",", '"', "%", "%00", "%zz", "\x00", "\xff", "..", "//", "\\"),
        *(
            "9" * 5000,
            "-1",
            "1e999",
            "0x1",
            "a" * 9000,
            'W/"',
            "*",
            "bytes=",
            "bytes=0-",
            "bytes=-",
        ),
        *("Basic ", "Basic !!", "Basic gA==", 'Digest username="\\', "Bearer \xff", "max-age=x"),
        *("*/*;q=x", "a;q=nan", "en-\xff;q=1e400", "Mon, 99 Foo 99999 99:99:99", "k*=utf-8''%ff"),
        *("multipart/form-data", "multipart/form-data; boundary=x", "application/json"),
        *("application/x-www-form-urlencoded", "text/plain; charset=no-such", "chunked"),
        *("session=a.b.c", 'a="\\303"; b', "[::1", "a:b:c", "xn--a", "a..b", "x.example:99999999"),
    ]
)
value = one_line | odd
paths = st.one_of(
    latin1,
    st.builds(
        "/{}/{}".format,
        st.sampled_from(
            ["int", "signed", "float", "text", "uuid", "any", "path", "static", "file", "folder"]
        ),
        latin1 | odd,
    ),
    st.sampled_from(["/", "/json", "/upload", "/folder", "//", "", "*"]),
)
HEADERS = (
    *("ACCEPT", "ACCEPT_CHARSET", "ACCEPT_ENCODING", "ACCEPT_LANGUAGE", "AUTHORIZATION", "HOST"),
    *("CACHE_CONTROL", "COOKIE", "DATE", "IF_MATCH", "IF_MODIFIED_SINCE", "IF_NONE_MATCH"),
    *("IF_RANGE", "IF_UNMODIFIED_SINCE", "MAX_FORWARDS", "ORIGIN", "PRAGMA", "RANGE", "REFERER"),
    *("USER_AGENT", "X_FORWARDED_FOR", "X_FORWARDED_HOST", "TRANSFER_ENCODING", "UPGRADE"),
    *("X_HTTP_METHOD_OVERRIDE", "ACCESS_CONTROL_REQUEST_HEADERS", "CONTENT_ENCODING", "EXPECT"),
)
methods = st.sampled_from(
    ["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "get", "PROPFIND", "\xff", ""]
)
bodies = st.one_of(
    st.binary(max_size=80),
    st.sampled_from(
        [
            b'{"a": [1]}',
            b"[" * 100_000,
            b'{"a":' * 100_000,
            b'"\\ud800"',
            b"NaN",
            b"1" * 5000,
            b"a=%ff&b=\xff",
            b"&".join([b"a=1"] * 2000),
            b'--x\r\nContent-Disposition: form-data; name="a"; filename="../f"\r\n\r\nv\r\n--x--\r\n',
            b"--x\r\n\r\n\r\n--x--\r\n",
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nv\r\n' * 2000 + b"--x--\r\n",
        ]
    ),
)


def answer_to(environ: dict[str, Any], body: bytes) -> tuple[int, bytes]:
    base = {
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SCRIPT_NAME": "",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
    }
    pieces, status, _headers = run_wsgi_app(app, base | environ)
    try:
        return int(status[:3]), b"".join(pieces)
    finally:
        if hasattr(pieces, "close"):
            pieces.close()


# Werkzeug leaves the temporary file of an unfinished upload to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@settings(max_examples=300, deadline=None)
@given(
    method=methods,
    path=paths,
    query=value,
    content_type=value,
    content_length=st.one_of(st.none(), value),
    headers=st.dictionaries(st.sampled_from(HEADERS), value, max_size=4),
    body=bodies,
)
@example("GET", "/int/" + "9" * 5000, "", "", None, {}, b"")
@example("GET", "/signed/-" + "9" * 5000, "", "", None, {}, b"")
@example("POST", "/json", "", "application/json", None, {}, b"[" * 100_000)
@example("GET", "/", "a=\xff", "", None, {}, b"")
@example("GET", "/", "", "", None, {"HOST": "xn--a"}, b"")
@example("GET", "/folder", "", "", None, {"HOST": "xn--a"}, b"")
@example("GET", "/static/a\x00b", "", "", None, {}, b"")
@example(
    "GET", "/file/test_bad_input.py", "", "", None, {"RANGE": "bytes=0-", "IF_RANGE": 'a"'}, b""
)
@example("POST", "/folder", "a=\xff", "", None, {}, b"")
def test_no_request_fails(
    method: str,
    path: str,
    query: str,
    content_type: str,
    content_length: str | None,
    headers: dict[str, str],
    body: bytes,
) -> None:
    """Any bytes in any place of a request are answered, and never by a 5xx."""
    status, text = answer_to(
        {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": content_type,
            "CONTENT_LENGTH": str(len(body)) if content_length is None else content_length,
            **{f"HTTP_{name}": text for name, text in headers.items()},
        },
        body,
    )

    assert 200 <= status < 500, (status, text)


@settings(max_examples=100, deadline=None)
@given(body=st.recursive(st.none() | st.booleans() | st.text(), st.lists, max_leaves=20))
def test_json_that_is_sent_comes_back(body: Any) -> None:
    """JSON goes in and out unchanged."""
    data = json.dumps(body).encode()
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/json",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(data)),
    }

    status, text = answer_to(environ, data)

    assert status == 200
    assert json.loads(text) == {"got": body}
