"""Which requests are measured, and which answer counts as right?

One table for all frameworks. An application in ``apps`` serves a workload when
it gives the answer described here; ``wsgi.verify`` compares.
"""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

APPS = Path(__file__).parent / "apps"
STATIC = APPS / "static"
TEMPLATES = APPS / "templates"

PERSON = {
    "active": True,
    "email": "ada@example.org",
    "id": 42,
    "name": "Ada Lovelace",
    "score": 99.5,
    "tags": ["poet", "engineer"],
}
ROWS = [{"id": n, "name": f"Row <{n}>"} for n in range(20)]
STREAM_CHUNKS = [b"chunk %03d, padded to a round forty bytes\n" % n for n in range(100)]
ROUTES = 200

HTML = r"text/html; ?charset=utf-8"
JSON = r"application/json(; ?charset=utf-8)?"
TEXT = r"text/plain(; ?charset=utf-8)?"


@dataclass(frozen=True, kw_only=True)
class Workload:
    """A request and the answer it must get.

    Attributes:
        name: Short name for the command line and the applications.
        title: What the table calls it.
        status: The status code of the right answer.
        body: The right body: exact bytes, a JSON document, or None for any.
        needs: Headers of the right answer, each a regular expression for the value.
        prime: A path to ask for first; what ``carries`` names is sent back.
        carries: Pairs of a primed answer's header and the environ key that returns it.
        flask_target: How many times genuine Flask's speed is demanded, if it is.
        falcon_target: How many times Falcon's. Where both are, the harder one rules.
    """

    name: str
    title: str
    path: str
    method: str = "GET"
    query: str = ""
    content_type: str = ""
    payload: bytes = b""
    status: int = 200
    body: bytes | Mapping[str, Any] | None
    needs: Mapping[str, str] = field(default_factory=dict)
    prime: str | None = None
    carries: tuple[tuple[str, str], ...] = ()
    flask_target: float | None = None
    falcon_target: float | None = None


def _list_page() -> bytes:
    """Write by hand what the templates must render, escaping included."""
    rows = "".join(
        f"<tr><td>{row['id']}</td><td>Row &lt;{row['id']}&gt;</td></tr>\n" for row in ROWS
    )
    return (
        f"<!doctype html>\n<title>Prices in €</title>\n<main>\n<table>\n{rows}</table>\n</main>"
    ).encode()


BOUNDARY = "a-boundary-that-no-file-contains"


def _upload(size: int) -> bytes:
    """Build a multipart body with one field and one file of ``size`` bytes."""
    content = bytes(n % 251 for n in range(size))
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="title"\r\n\r\nHoliday\r\n'
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()
    return head + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def _multipart(
    name: str, title: str, size: int, *, flask_target: float, falcon_target: float
) -> Workload:
    return Workload(
        name=name,
        title=title,
        method="POST",
        path="/upload",
        content_type=f"multipart/form-data; boundary={BOUNDARY}",
        payload=_upload(size),
        body=b"Holiday a.bin %d" % size,
        needs={"Content-Type": HTML},
        flask_target=flask_target,
        falcon_target=falcon_target,
    )


FILE = STATIC.joinpath("ten-kib.txt").read_bytes()
SIGNED_IN = {"prime": "/session/start", "carries": (("Set-Cookie", "HTTP_COOKIE"),)}

# The targets are those of the second speed goal; they are measured, not tested.
_ALL = (
    Workload(
        name="plain",
        title="plain text",
        path="/plain",
        body=b"Hello, World!",
        needs={"Content-Type": HTML},
        flask_target=14,
        falcon_target=1.0,
    ),
    Workload(
        name="route",
        title="route with two converters",
        path="/user/42/ada-lovelace",
        body=b"42 ada-lovelace",
        needs={"Content-Type": HTML},
        flask_target=14,
        falcon_target=1.0,
    ),
    Workload(
        name="json",
        title="JSON of six keys",
        path="/json",
        body=PERSON,
        needs={"Content-Type": JSON},
        flask_target=10,
        falcon_target=1.0,
    ),
    Workload(
        name="query",
        title="query string, three arguments",
        path="/query",
        query="q=night+flight&page=2&sort=date",
        body=b"night flight 2 date",
        needs={"Content-Type": HTML},
        flask_target=10,
        falcon_target=0.65,
    ),
    Workload(
        name="json-post",
        title="JSON POST",
        method="POST",
        path="/json-post",
        content_type="application/json",
        payload=json.dumps(PERSON).encode(),
        body={"hello": "Ada Lovelace"},
        needs={"Content-Type": JSON},
        flask_target=8,
        falcon_target=1.0,
    ),
    Workload(
        name="form-post",
        title="form POST, three fields",
        method="POST",
        path="/form-post",
        content_type="application/x-www-form-urlencoded",
        payload=b"name=Ada+Lovelace&email=ada%40example.org&age=36",
        body=b"Ada Lovelace ada@example.org 36",
        needs={"Content-Type": HTML},
        flask_target=10,
        falcon_target=0.7,
    ),
    Workload(
        name="template",
        title="template: inheritance, 20 rows",
        path="/template",
        body=_list_page(),
        needs={"Content-Type": HTML},
        flask_target=2,
        falcon_target=0.95,
    ),
    Workload(
        name="session-read",
        title="session read",
        path="/session/read",
        body=b"Ada",
        needs={"Content-Type": HTML, "Vary": "Cookie"},
        flask_target=8,
        **SIGNED_IN,
    ),
    Workload(
        name="session-write",
        title="session read and written",
        path="/session/write",
        body=b"2",
        needs={
            "Content-Type": HTML,
            "Vary": "Cookie",
            "Set-Cookie": "session=.+; HttpOnly; Path=/",
        },
        flask_target=6,
        **SIGNED_IN,
    ),
    Workload(
        name="redirect",
        title="redirect and url_for",
        path="/redirect",
        status=302,
        body=None,
        needs={"Location": "(http://localhost)?/user/7/grace-hopper"},
        flask_target=9,
        falcon_target=0.6,
    ),
    Workload(
        name="missing",
        title="404",
        path="/missing",
        status=404,
        body=None,
        flask_target=10,
        falcon_target=1.0,
    ),
    Workload(
        name="static",
        title="static file, 10 KiB",
        path="/static/ten-kib.txt",
        body=FILE,
        needs={"Content-Type": TEXT, "Last-Modified": ".+ GMT"},
        flask_target=5,
    ),
    Workload(
        name="hooks",
        title="blueprint, 2 + 2 hooks",
        path="/hooked/page",
        body=b"Ada from Seoul",
        needs={"Content-Type": HTML, "X-First": "1", "X-Second": "2"},
        flask_target=10,
    ),
    Workload(
        name="nested-hooks",
        title="nested blueprint, 2 + 2 hooks",
        path="/outer/inner/page",
        body=b"Ada from Seoul",
        needs={"Content-Type": HTML, "X-First": "1", "X-Second": "2"},
        flask_target=10,
    ),
    Workload(
        name="method-view",
        title="MethodView",
        path="/item/7",
        body=b"item 7",
        needs={"Content-Type": HTML},
        flask_target=10,
    ),
    Workload(
        name="error-handler",
        title="error handler",
        path="/fails",
        status=410,
        body=b"gone: the page",
        needs={"Content-Type": HTML},
        flask_target=10,
    ),
    Workload(
        name="signals",
        title="signals connected",
        path="/plain",
        body=b"Hello, World!",
        needs={"Content-Type": HTML},
        flask_target=10,
    ),
    Workload(
        name="last-route",
        title=f"last of {ROUTES} routes",
        path=f"/section-{ROUTES - 1}/7/detail",
        body=b"detail 7",
        needs={"Content-Type": HTML},
        flask_target=14,
        falcon_target=1.2,
    ),
    Workload(
        name="wrong-method",
        title="405",
        method="POST",
        path="/plain",
        status=405,
        body=None,
        needs={"Allow": ".*GET.*"},
        flask_target=10,
        falcon_target=1.0,
    ),
    Workload(
        name="options",
        title="OPTIONS",
        method="OPTIONS",
        path="/plain",
        body=b"",
        needs={"Allow": ".*GET.*"},
        flask_target=8,
        falcon_target=0.6,
    ),
    Workload(
        name="stream",
        title="stream of 100 chunks",
        path="/stream",
        body=b"".join(STREAM_CHUNKS),
        needs={"Content-Type": HTML},
        flask_target=8,
        falcon_target=0.8,
    ),
    Workload(
        name="conditional",
        title="static file, unchanged (304)",
        path="/static/ten-kib.txt",
        status=304,
        body=b"",
        prime="/static/ten-kib.txt",
        carries=(("ETag", "HTTP_IF_NONE_MATCH"), ("Last-Modified", "HTTP_IF_MODIFIED_SINCE")),
        flask_target=8,
    ),
    Workload(
        name="send-file",
        title="send_file, 10 KiB",
        path="/send-file",
        body=FILE,
        needs={"Content-Type": TEXT},
        flask_target=5,
    ),
    _multipart("upload-64k", "multipart, 64 KiB", 64 * 1024, flask_target=3, falcon_target=0.8),
    _multipart("upload-1m", "multipart, 1 MiB", 1024 * 1024, flask_target=1.3, falcon_target=1.5),
    Workload(
        name="async",
        title="async view under WSGI",
        path="/async",
        body=b"Hello, World!",
        needs={"Content-Type": HTML},
        flask_target=8,
    ),
)

WORKLOADS = {workload.name: workload for workload in _ALL}

# Those of the ASGI side, whose views are coroutine functions; the last two are not.
ASGI_WORKLOADS = {
    name: WORKLOADS[name] for name in ("plain", "route", "json", "query", "json-post")
}
ASGI_WORKLOADS["sync"] = Workload(
    name="sync",
    title="synchronous view, in a thread",
    path="/sync",
    body=b"Hello, World!",
    needs={"Content-Type": HTML},
)
ASGI_WORKLOADS["sync-inline"] = dataclasses.replace(
    ASGI_WORKLOADS["sync"], name="sync-inline", title="synchronous view, on the loop"
)

# Those without a large body.
CHEAP = tuple(name for name in WORKLOADS if not name.startswith("upload"))
