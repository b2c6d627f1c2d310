"""What of WSGI can ASGI not show? It is told here, for the run in which ours answers through it.

What no answer can have is taken away on both sides; requests that cannot come as they came, or
answers that cannot be sent, are differences with names, conditions and reasons, as in ``known``.
"""

from __future__ import annotations

from typing import Any

from tests.differential.known import Known
from werkzeug.http import HTTP_STATUS_CODES

Spec = dict[str, Any]
Answer = dict[str, Any]

NORMALISED: dict[str, str] = {
    "words of a status": "ASGI sends the code alone; the server knows the usual words",
    "case of header names": "ASGI has them in lower case",
    "when start_response is called and the body is read": "a WSGI server's side: ASGI has events",
    "status, headers and body beside an error that leaves the application": (
        "teardown that fails leaves a WSGI server with a response it may send; an ASGI server gets "
        "the error before, or instead of, the last event"
    ),
}
"""What is not compared through ASGI."""

NOT_SHOWN = {"start_response", "body read", "left"}


def as_asgi_has_it(answer: Answer) -> Answer:
    """Leave out what WSGI alone has."""
    shown = {
        **answer,
        "status": answer["status"] and with_usual_words(answer["status"]),
        "headers": [[spelled(name), value] for name, value in answer["headers"]],
        "log": [event for event in answer["log"] if event[0] not in NOT_SHOWN],
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


REFUSED = (
    "has a control character in its value",
    "does not begin with a slash",
    "CONNECT is not served",
)
"""What our adapter says to a malformed request."""


def _is_refused(app: Spec, request: Spec, ours: Answer, genuine: Answer) -> bool:
    """Our adapter refused it before the application saw it."""
    return (
        ours["status"] == "400 BAD REQUEST"
        and ["Content-Type", "text/plain; charset=utf-8"] in ours["headers"]
        and any(text in ours["body"] for text in REFUSED)
    )


def _has_wrong_length(app: Spec, request: Spec, ours: Answer, genuine: Answer) -> bool:
    """The body's length is told wrongly, or not told at all."""
    body = request.get("body", "")
    if "CONTENT_LENGTH" in request.get("without", ()):
        return True
    told = [value for name, value in request.get("headers", ()) if name == "Content-Length"]
    return any(not (n.isascii() and n.isdigit()) or int(n) > len(body) for n in told)


def _is_no_bytes(app: Spec, request: Spec, ours: Answer, genuine: Answer) -> bool:
    """The body has a piece that is text."""
    return genuine["body"].startswith("str:")


def _is_beyond_latin1(app: Spec, request: Spec, ours: Answer, genuine: Answer) -> bool:
    """A header of the answer has a character that no byte stands for."""
    return ours["raised"] == "ValueError" and any(
        ord(character) > 255 for _, value in genuine["headers"] for character in value
    )


def _has_no_status(app: Spec, request: Spec, ours: Answer, genuine: Answer) -> bool:
    """The status is no number, of which Werkzeug makes 0."""
    return ours["raised"] == "ValueError" and genuine["status"] == "0 UNKNOWN"


def _has_no_such_path(app: Spec, request: Spec, ours: Answer, genuine: Answer) -> bool:
    """The prefix ends in a slash, or there is no path."""
    return request.get("script", "").endswith("/") or "PATH_INFO" in request.get("without", ())


ONLY_ASGI: tuple[Known, ...] = (
    Known(
        "ASGI: refused before the application",
        "a control character in a header, a path without a slash and CONNECT are answered 400 by "
        "the adapter; a WSGI server decides for itself",
        _is_refused,
    ),
    Known(
        "ASGI: length of the body",
        "ASGI servers refuse a Content-Length that is no number and deliver a body as long as was "
        "told, or say that the client left; what is not told is read to the body's end or the limit",
        _has_wrong_length,
    ),
    Known(
        "ASGI: prefix and path",
        "a scope always has a path, which begins with the prefix; the adapter takes the slash at "
        "the end of a prefix for the path's",
        _has_no_such_path,
    ),
    Known(
        "ASGI: text for bytes",
        "a piece of a body that is text is an error; a WSGI server is handed it as it is",
        _is_no_bytes,
    ),
    Known(
        "ASGI: header beyond Latin-1",
        "ASGI's headers are bytes, so one that has none is an error; a WSGI server is handed the text",
        _is_beyond_latin1,
    ),
    Known(
        "ASGI: status without a number",
        "ASGI's status is a number, so one without is an error; a WSGI server is handed the 0",
        _has_no_status,
    ),
)


def find_asgis(app: Spec, request: Spec, ours: Answer, genuine: Answer) -> str | None:
    """Name the difference that is ASGI's, if ours answered through it and it is one."""
    if not ours.get("is_asgis"):
        return None
    found = (known.name for known in ONLY_ASGI if known.applies(app, request, ours, genuine))
    return next(found, None)
