"""How do the tests of requests ask? They send one and look at it inside a view."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from flask import Flask, Request, request

METHODS = ["GET", "POST", "PUT", "OPTIONS"]

Read = Callable[[Request], Any]
Sent = dict[str, Any]


def observe(read: Read, app: Flask | None = None, **sent: Any) -> Any:
    """Send a request to a view and return what ``read`` finds in its request there.

    Args:
        read: Called in the view with the request object itself.
        app: The application to ask, by default a new one.
        sent: What the client sends: arguments of an environ builder.
    """
    app = app or Flask("shop", static_folder=None)
    app.testing = True
    found = []

    def view(path: str) -> str:
        found.append(read(request._get_current_object()))  # type: ignore[attr-defined]
        return "seen"

    app.add_url_rule("/", "root", view, defaults={"path": ""}, methods=METHODS)
    app.add_url_rule("/<path:path>", "any", view, methods=METHODS)
    app.test_client(use_cookies=False).open(**{"path": "/", **sent})
    [value] = found
    return value


def header(name: str, value: str) -> Sent:
    return {"headers": {name: value}}


def body(data: bytes | str, content_type: str) -> Sent:
    return {"method": "POST", "data": data, "content_type": content_type}


def _upload() -> Sent:
    file = FileStorage(io.BytesIO(b"hello"), filename="note.txt")
    boundary, data = encode_multipart({"title": "mine", "file": file})
    return body(data, f"multipart/form-data; boundary={boundary}")


FORM = body("name=ada&tag=x&tag=y", "application/x-www-form-urlencoded")
UPLOAD = _upload()
