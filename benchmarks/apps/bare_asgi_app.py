"""The floor under ASGI: a callable per workload, with the library work it cannot avoid.

No routing, no checks, no framework. Nobody should write applications like this.
"""

import asyncio
import json
from urllib.parse import parse_qsl

from benchmarks.asgi import ASGIApp, Receive, Scope, Send
from benchmarks.workloads import PERSON

HTML = b"text/html; charset=utf-8"
encode_json = json.JSONEncoder(separators=(",", ":")).encode


async def _send(send: Send, body: bytes, content_type: bytes = HTML) -> None:
    headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def plain(scope: Scope, receive: Receive, send: Send) -> None:
    await _send(send, b"Hello, World!")


async def route(scope: Scope, receive: Receive, send: Send) -> None:
    _, _, user_id, slug = scope["path"].split("/")
    await _send(send, f"{int(user_id)} {slug}".encode())


async def show_json(scope: Scope, receive: Receive, send: Send) -> None:
    await _send(send, encode_json(PERSON).encode(), b"application/json")


async def query(scope: Scope, receive: Receive, send: Send) -> None:
    args = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
    await _send(send, f"{args['q']} {int(args['page'])} {args['sort']}".encode())


async def json_post(scope: Scope, receive: Receive, send: Send) -> None:
    body, is_complete = b"", False
    while not is_complete:
        event = await receive()
        body += event["body"]
        is_complete = not event["more_body"]
    answer = encode_json({"hello": json.loads(body)["name"]})
    await _send(send, answer.encode(), b"application/json")


def _make_body() -> bytes:
    return b"Hello, World!"


async def sync(scope: Scope, receive: Receive, send: Send) -> None:
    body = await asyncio.get_running_loop().run_in_executor(None, _make_body)
    await _send(send, body)


async def sync_inline(scope: Scope, receive: Receive, send: Send) -> None:
    await _send(send, _make_body())


_APPS: dict[str, ASGIApp] = {
    "plain": plain,
    "route": route,
    "json": show_json,
    "query": query,
    "json-post": json_post,
    "sync": sync,
    "sync-inline": sync_inline,
}


def make_app(workload: str) -> ASGIApp:
    """Return the callable that serves the workload."""
    app = _APPS[workload]

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError("only requests are served")
        await app(scope, receive, send)

    return application
