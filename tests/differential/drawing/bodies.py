"""Which bodies are sent? Forms, uploads, JSON and worse, each with the headers that belong to it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote_plus

from tests.differential.drawing.chance import Draw

Request = dict[str, Any]

FORM = "application/x-www-form-urlencoded"
BROKEN_FORMS = (
    "q=%zz",
    "q=%ff",
    "=&=&&",
    "a;b=c",
    "q=\xff\xfe",
    "a" * 2000 + "=1",
    "q=a%00b",
    "&".join(["k=v"] * 1200),
)
BROKEN_JSON = (
    "", "{", "[1,", "nul", '{"a": 1,}', "\xff\xfe", '"\\ud800"', "NaN", "[" * 3000 + "]" * 3000,
    "\xef\xbb\xbf{}", "{'a': 1}", "1e999", '{"a":1}{"b":2}', "\x00",
)  # fmt: skip
JSON_TYPES = (
    "application/json", "application/json; charset=utf-8", "application/vnd.api+json", "text/json",
    "APPLICATION/JSON",
)  # fmt: skip
NAMES = ("q", "a", "file", "n", "ü")


def add_query(d: Draw, request: Request) -> None:
    pairs = []
    for _ in range(d.number(1, 3)):
        name = d.one(("q", "n", "file", "q", "x", "ü"))
        value = d.one((d.text(), str(d.number(-5, 100)), "style.css", "data.bin"))
        pairs.append(f"{quote_plus(name)}={quote_plus(value)}")
    request["query"] = "&".join(pairs)


def add_form(d: Draw, request: Request) -> None:
    pairs = [f"{quote_plus(d.one(NAMES))}={quote_plus(d.text())}" for _ in range(d.number(0, 4))]
    body = "&".join(pairs)
    feature = "body urlencoded"
    if d.chance(0.15):
        body = d.one(BROKEN_FORMS)
        feature = "body urlencoded, malformed"
    _attach(request, body, d.one((FORM, FORM, f"{FORM}; charset=utf-8")), feature)


def add_json(d: Draw, request: Request) -> None:
    if d.chance(0.3):
        _attach(request, d.one(BROKEN_JSON), d.one(JSON_TYPES), "body JSON, bad")
        return
    value = d.value()
    feature = "body JSON"
    if d.chance(0.1):
        for _ in range(40):
            value = [value]
        feature = "body JSON, deep"
    body = json.dumps(value, ensure_ascii=d.chance(0.5)).encode().decode("latin1")
    kind = d.one(JSON_TYPES) if d.chance(0.85) else d.one(("text/plain", "", FORM))
    _attach(request, body, kind, feature)


def add_upload(d: Draw, request: Request) -> None:
    boundary = d.one(("b", "----WebKitFormBoundary7MA4", "a b'"))
    parts = [_draw_part(d) for _ in range(d.number(1, 4))]
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts) + f"--{boundary}--\r\n"
    kind = f'multipart/form-data; boundary="{boundary}"'
    feature = "body multipart"
    damage = d.number(0, 24)
    if damage == 0:
        body, feature = body[: len(body) * 2 // 3], "body multipart, truncated"
    elif damage == 1:
        kind, feature = (
            d.one(("multipart/form-data", "multipart/form-data; boundary=")),
            "body multipart, malformed",
        )
    elif damage == 2:
        kind, feature = "multipart/form-data; boundary=other", "body multipart, malformed"
    elif damage == 3:
        body, feature = body.replace("Content-Disposition", "X"), "body multipart, malformed"
    elif damage == 4:
        body, feature = body.replace("\r\n", "\n"), "body multipart, malformed"
    elif damage == 5:
        part = 'Content-Disposition: form-data; name="k"\r\n\r\nv'
        body = f"--{boundary}\r\n{part}\r\n" * 1100 + f"--{boundary}--\r\n"
        feature = "body multipart, many parts"
    elif damage == 6:
        body, feature = body[: len(body) - d.number(1, 9)], "body multipart, truncated"
    _attach(request, body, kind, feature)


def _draw_part(d: Draw) -> str:
    name = d.one(NAMES).encode().decode("latin1")
    head = f'Content-Disposition: form-data; name="{name}"'
    if d.chance(0.5):
        file = d.one(("a.txt", "", "../up.txt", "ü.png", 'q\\"x', "C:\\dir\\f.txt"))
        head += f'; filename="{file.encode().decode("latin1")}"'
        if d.chance(0.6):
            head += (
                f"\r\nContent-Type: {d.one(('text/plain', 'image/png', 'text/x; charset=latin1'))}"
            )
    elif d.chance(0.1):
        head += "; filename*=UTF-8''%C3%BC.txt"
    content = d.one((d.text(), "x" * 3000, "", "a\r\nb", "\r\n--bx")).encode().decode("latin1")
    return f"{head}\r\n\r\n{content}"


def add_body(d: Draw, request: Request) -> None:
    """Attach a body of any kind, or a damaged length."""
    d.one((add_form, add_json, add_upload, _add_text))(d, request)
    if d.chance(0.3):
        damage_length(d, request)


def _add_text(d: Draw, request: Request) -> None:
    body = d.one(("plain text", "ü".encode().decode("latin1"), "\x00\xff" * 20, ""))
    kind = d.one(("text/plain", "application/octet-stream", "", "odd", "a/b; x=1; y", "/;="))
    _attach(request, body, kind, "body of another type")


def damage_length(d: Draw, request: Request) -> None:
    """Let the length of the body be wrong, missing, or told by chunks."""
    body = request.get("body", "")
    how = d.number(0, 6)
    if how < 3:
        request["headers"].append(["Transfer-Encoding", "chunked"])
        request["without"] = ["CONTENT_LENGTH"]
        if how:
            request.setdefault("environ", {})["wsgi.input_terminated"] = True
        tell(request, "body in chunks")
        return
    wrong = (
        str(len(body) + 10), str(max(len(body) - 3, 0)), "-1", "abc", "", "+5", "1_0", " 3", "٣",
        "9" * 30,
    )  # fmt: skip
    if how == 3:
        request["without"] = ["CONTENT_LENGTH"]
    else:
        request["headers"].append(["Content-Length", d.one(wrong)])
    tell(request, "Content-Length wrong")


def tell(request: Request, feature: str) -> None:
    """Say which feature of the list a request is an example of."""
    request.setdefault("features", []).append(feature)


def _attach(request: Request, body: str, kind: str, feature: str) -> None:
    request["body"] = body
    if kind:
        request["headers"].append(["Content-Type", kind])
    tell(request, feature)
