"""What of an answer can ASGI not show? It is taken away on both sides, when ours answers through it.

Requests that no ASGI server passes on as they are, or that the adapter refuses, are not compared.
"""

from __future__ import annotations

from typing import Any

from werkzeug.http import HTTP_STATUS_CODES

Answer = dict[str, Any]

REFUSED = (
    "has a control character in its value",
    "does not begin with a slash",
    "more than one",
    "CONNECT is not served",
)
"""What our adapter says to a malformed request, which WSGI servers pass on."""


def as_asgi_has_it(answer: Answer) -> Answer:
    """Leave out what WSGI alone has: the words beside the status, and start_response.

    Teardown that fails leaves a WSGI server with a response it may send; under ASGI with none.
    """
    shown = {
        **answer,
        "status": answer["status"] and with_usual_words(answer["status"]),
        "headers": [[spelled(name), value] for name, value in answer["headers"]],
        "log": [
            event
            for event in answer["log"]
            if event[0] not in {"start_response", "body read", "left"}
        ],
        "is_asgis": True,
    }
    if answer["raised"]:
        shown |= {"status": None, "headers": [], "body": ""}
    return shown


def spelled(name: str) -> str:
    """Write a header's name in one of many ways."""
    return "ETag" if name.lower() == "etag" else name.title()


def with_usual_words(status: str) -> str:
    """Return a status with the words that clients know."""
    code = status.partition(" ")[0]
    return f"{code} {HTTP_STATUS_CODES.get(int(code), 'UNKNOWN').upper()}"


def is_not_asgis(app: Answer, request: Answer, ours: Answer, genuine: Answer) -> bool:
    """Tell whether a request cannot come through ASGI as it came through WSGI."""
    if not ours.get("is_asgis"):
        return False
    if ours["status"] == "400 BAD REQUEST" and any(text in ours["body"] for text in REFUSED):
        return True
    if genuine["body"].startswith("str:"):  # a body of no bytes: ASGI has their bytes
        return True
    return bool(request.get("environ") or request.get("without"))
