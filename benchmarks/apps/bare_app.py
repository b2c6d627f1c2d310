"""The floor: a WSGI callable per workload, with the library work it cannot avoid.

No routing, no checks, no framework: what is left is decoding, encoding, signing,
rendering and reading files. Nobody should write applications like this.
"""

import asyncio
import base64
import hmac
import json
import os
import time
import weakref
from collections.abc import Callable, Iterable
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl

from benchmarks.workloads import BOUNDARY, PERSON, ROWS, STATIC, STREAM_CHUNKS, TEMPLATES
from benchmarks.wsgi import Environ, WSGIApp

Start = Callable[..., Any]
HTML = "text/html; charset=utf-8"
FILE = str(STATIC / "ten-kib.txt")
KEY = bytes(20)
encode_json = json.JSONEncoder(separators=(",", ":")).encode


def _send(
    start_response: Start, body: bytes, content_type: str = HTML, status: str = "200 OK"
) -> list[bytes]:
    headers = [("Content-Type", content_type), ("Content-Length", str(len(body)))]
    start_response(status, headers)
    return [body]


def plain(environ: Environ, start_response: Start) -> Iterable[bytes]:
    return _send(start_response, b"Hello, World!")


def route(environ: Environ, start_response: Start) -> Iterable[bytes]:
    _, _, user_id, slug = environ["PATH_INFO"].split("/")
    return _send(start_response, f"{int(user_id)} {slug}".encode())


def last_route(environ: Environ, start_response: Start) -> Iterable[bytes]:
    item = environ["PATH_INFO"].split("/")[2]
    return _send(start_response, f"detail {int(item)}".encode())


def method_view(environ: Environ, start_response: Start) -> Iterable[bytes]:
    item = environ["PATH_INFO"].split("/")[2]
    return _send(start_response, f"item {int(item)}".encode())


def send_json(environ: Environ, start_response: Start) -> Iterable[bytes]:
    return _send(start_response, encode_json(PERSON).encode(), "application/json")


def query(environ: Environ, start_response: Start) -> Iterable[bytes]:
    args = dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True))
    return _send(start_response, f"{args['q']} {int(args['page'])} {args['sort']}".encode())


def _read_body(environ: Environ) -> bytes:
    body: bytes = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    return body


def json_post(environ: Environ, start_response: Start) -> Iterable[bytes]:
    body = encode_json({"hello": json.loads(_read_body(environ))["name"]})
    return _send(start_response, body.encode(), "application/json")


def form_post(environ: Environ, start_response: Start) -> Iterable[bytes]:
    form = dict(parse_qsl(_read_body(environ).decode(), keep_blank_values=True))
    return _send(start_response, f"{form['name']} {form['email']} {form['age']}".encode())


def upload(environ: Environ, start_response: Start) -> Iterable[bytes]:
    body = _read_body(environ)
    delimiter = f"\r\n--{BOUNDARY}".encode()
    second = body.index(delimiter)
    title = body[body.index(b"\r\n\r\n") + 4 : second].decode()
    content = body.index(b"\r\n\r\n", second + len(delimiter)) + 4
    filename = body[second:content].partition(b'filename="')[2].partition(b'"')[0].decode()
    file = body[content : body.rindex(delimiter)]
    return _send(start_response, f"{title} {filename} {len(file)}".encode())


def redirect(environ: Environ, start_response: Start) -> Iterable[bytes]:
    body = b"See /user/7/grace-hopper"
    headers = [
        ("Location", f"/user/{7}/grace-hopper"),
        ("Content-Type", HTML),
        ("Content-Length", str(len(body))),
    ]
    start_response("302 FOUND", headers)
    return [body]


def missing(environ: Environ, start_response: Start) -> Iterable[bytes]:
    return _send(start_response, b"Not found.", status="404 NOT FOUND")


def fails(environ: Environ, start_response: Start) -> Iterable[bytes]:
    return _send(start_response, b"gone: the page", status="410 GONE")


def wrong_method(environ: Environ, start_response: Start) -> Iterable[bytes]:
    headers = [("Allow", "GET, HEAD, OPTIONS"), ("Content-Type", HTML), ("Content-Length", "18")]
    start_response("405 METHOD NOT ALLOWED", headers)
    return [b"Method not allowed"]


def options(environ: Environ, start_response: Start) -> Iterable[bytes]:
    start_response("200 OK", [("Allow", "GET, HEAD, OPTIONS"), ("Content-Length", "0")])
    return []


def stream(environ: Environ, start_response: Start) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", HTML)])
    return (chunk for chunk in STREAM_CHUNKS)


def hooked(environ: Environ, start_response: Start) -> Iterable[bytes]:
    body = f"{'Ada'} from {'Seoul'}".encode()
    headers = [
        ("Content-Type", HTML),
        ("Content-Length", str(len(body))),
        ("X-First", "1"),
        ("X-Second", "2"),
    ]
    start_response("200 OK", headers)
    return [body]


def send_file(environ: Environ, start_response: Start) -> Iterable[bytes]:
    with open(FILE, "rb") as file:  # noqa: PTH123  the floor has no path objects
        stat = os.fstat(file.fileno())
        body = file.read()
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(stat.st_size)),
        ("Last-Modified", formatdate(stat.st_mtime, usegmt=True)),
        ("ETag", f'"{stat.st_mtime}-{stat.st_size}"'),
    ]
    start_response("200 OK", headers)
    return [body]


def conditional(environ: Environ, start_response: Start) -> Iterable[bytes]:
    stat = os.stat(FILE)  # noqa: PTH116
    etag = f'"{stat.st_mtime}-{stat.st_size}"'
    if environ.get("HTTP_IF_NONE_MATCH") != etag:
        return send_file(environ, start_response)
    start_response("304 NOT MODIFIED", [("ETag", etag)])
    return []


def _make_template() -> WSGIApp:
    import jinja2

    templates = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True)
    page = templates.get_template("list.html")

    def template(environ: Environ, start_response: Start) -> Iterable[bytes]:
        return _send(start_response, page.render(title="Prices", rows=ROWS).encode())

    return template


def _make_async() -> WSGIApp:
    loop = asyncio.new_event_loop()

    async def view() -> bytes:
        return b"Hello, World!"

    def waits(environ: Environ, start_response: Start) -> Iterable[bytes]:
        return _send(start_response, loop.run_until_complete(view()))

    weakref.finalize(waits, loop.close)
    return waits


def _sign(value: bytes) -> bytes:
    return base64.urlsafe_b64encode(hmac.digest(KEY, value, "sha1")).rstrip(b"=")


def _unpack(text: bytes) -> bytes:
    return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))


class _Sessions:
    """Cookies of JSON, time and signature, as Flask's, with the key derived once."""

    def load(self, environ: Environ) -> dict[str, Any]:
        cookie = environ["HTTP_COOKIE"].partition("=")[2].encode()
        value, _, signature = cookie.rpartition(b".")
        if not hmac.compare_digest(signature, _sign(value)):
            raise ValueError("the cookie is not ours")
        data, _, stamp = value.rpartition(b".")
        if time.time() - int.from_bytes(_unpack(stamp), "big") > 31 * 24 * 3600:
            raise ValueError("the cookie is too old")
        session: dict[str, Any] = json.loads(_unpack(data))
        return session

    def dump(self, session: dict[str, Any]) -> tuple[str, str]:
        data = base64.urlsafe_b64encode(encode_json(session).encode()).rstrip(b"=")
        stamp = base64.urlsafe_b64encode(int(time.time()).to_bytes(4, "big")).rstrip(b"=")
        value = data + b"." + stamp
        cookie = (value + b"." + _sign(value)).decode()
        return "Set-Cookie", f"session={cookie}; HttpOnly; Path=/"

    def start(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        start_response("200 OK", [self.dump({"name": "Ada", "visits": 1})])
        return []

    def read(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/session/start":
            return self.start(environ, start_response)
        body = self.load(environ)["name"].encode()
        headers = [("Content-Type", HTML), ("Content-Length", str(len(body))), ("Vary", "Cookie")]
        start_response("200 OK", headers)
        return [body]

    def write(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/session/start":
            return self.start(environ, start_response)
        session = self.load(environ)
        session["visits"] += 1
        body = str(session["visits"]).encode()
        headers = [
            ("Content-Type", HTML),
            ("Content-Length", str(len(body))),
            ("Vary", "Cookie"),
            self.dump(session),
        ]
        start_response("200 OK", headers)
        return [body]


CALLABLES: dict[str, WSGIApp] = {
    "plain": plain,
    "route": route,
    "json": send_json,
    "query": query,
    "json-post": json_post,
    "form-post": form_post,
    "redirect": redirect,
    "missing": missing,
    "static": send_file,
    "hooks": hooked,
    "nested-hooks": hooked,
    "method-view": method_view,
    "error-handler": fails,
    "signals": plain,
    "last-route": last_route,
    "wrong-method": wrong_method,
    "options": options,
    "stream": stream,
    "conditional": conditional,
    "send-file": send_file,
    "upload-64k": upload,
    "upload-1m": upload,
}
FACTORIES: dict[str, Callable[[], WSGIApp]] = {
    "template": _make_template,
    "async": _make_async,
    "session-read": lambda: _Sessions().read,
    "session-write": lambda: _Sessions().write,
}


def make_app(workload: str) -> WSGIApp:
    """Return the callable that serves the workload."""
    return CALLABLES.get(workload) or FACTORIES[workload]()
