"""How does an application answer what it is sent? Each request goes in as a WSGI environ of our own.

No test client stands between, so that malformed input arrives as a server would hand it on.
Runs on ours and on genuine Flask alike; ``worker`` calls it in a process of its own.
"""

from __future__ import annotations

import io
import logging
import warnings
from pathlib import Path
from typing import Any

from tests.differential import tracing
from tests.differential.apps.building import build, features_of
from tests.differential.clock import START, Clock
from tests.differential.tracing import note

import flask

Request = dict[str, Any]
Answer = dict[str, Any]

BODY_LIMIT = 400_000
"""Bytes of a response that are read; no generated one is longer unless something is wrong."""


class Memory:
    """What a browser remembers of earlier answers: cookies, and the last validators."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}
        self.etag = '"none"'
        self.last_modified = "Thu, 01 Jan 1970 00:00:00 GMT"

    def learn(self, headers: list[tuple[str, str]]) -> None:
        for name, value in headers:
            lowered = name.lower()
            if lowered == "set-cookie":
                self._learn_cookie(value)
            elif lowered == "etag":
                self.etag = value
            elif lowered == "last-modified":
                self.last_modified = value

    def _learn_cookie(self, value: str) -> None:
        pair, _, options = value.partition(";")
        name, _, content = pair.partition("=")
        if "max-age=0" in options.lower().replace(" ", ""):
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = content

    def header(self, request: Request) -> str | None:
        """Return the Cookie header of a request, as it would be or spoiled as described."""
        cookies = dict(self.cookies) if request.get("remembers", True) else {}
        how = request.get("spoil_cookies")
        if how is not None:
            cookies = {name: SPOILERS[how](value) for name, value in cookies.items()}
        parts = [f"{name}={value}" for name, value in cookies.items()]
        return "; ".join([*parts, *request.get("cookies", ())]) or None

    def fill(self, value: str) -> str:
        """Put the remembered validators into a header's value."""
        return (
            value.replace("$weak", f"W/{self.etag}")
            .replace("$etag", self.etag)
            .replace("$modified", self.last_modified)
        )


SPOILERS = {
    "flip": lambda value: value[:-1] + ("A" if value[-1:] != "A" else "B"),
    "payload": lambda value: "x" + value[1:],
    "cut": lambda value: value[: len(value) // 2],
    "no timestamp": lambda value: value.rpartition(".")[0],
    "empty": lambda value: "",
    "binary": lambda value: value + "\xff",
    "quoted": lambda value: f'"{value}"',
    "doubled": lambda value: f"{value}.{value}",
}


def make_environ(request: Request, memory: Memory) -> dict[str, Any]:
    """Make the WSGI environ of a request, wrong in the ways that its description says."""
    body = request.get("body", "").encode("latin1")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.get("method", "GET"),
        "SCRIPT_NAME": request.get("script", ""),
        "PATH_INFO": request["path"],
        "QUERY_STRING": request.get("query", ""),
        "SERVER_NAME": "server.test",
        "SERVER_PORT": "443" if request.get("scheme") == "https" else "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "192.0.2.7",
        "HTTP_HOST": request.get("host", "shop.test"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.get("scheme", "http"),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if body:
        environ["CONTENT_LENGTH"] = str(len(body))
    cookie = memory.header(request)
    if cookie is not None:
        environ["HTTP_COOKIE"] = cookie
    for name, value in request.get("headers", ()):
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        environ[key] = memory.fill(value)
    environ.update(request.get("environ", {}))
    for key in request.get("without", ()):
        environ.pop(key, None)
    return environ


def ask(app: Any, request: Request, memory: Memory) -> Answer:
    """Send one request and return everything that came back."""
    started: list[Any] = []
    pieces: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        started.append((status, list(headers)))
        note("start_response", exc_info is not None)
        return pieces.append

    raised = None
    try:
        result = app(make_environ(request, memory), start_response)
        try:
            for piece in result:
                # A str is what a server would refuse; both hand it on, or neither does.
                pieces.append(piece if isinstance(piece, bytes) else f"str:{piece}".encode())
                if sum(map(len, pieces)) > BODY_LIMIT:
                    raise OverflowError("the body does not end")
        finally:
            note("body read")
            if hasattr(result, "close"):
                result.close()
    except Exception as error:  # noqa: BLE001 - whichever it is, both have to raise it
        raised = type(error).__name__
        tracing.tell(error)
    status, headers = started[-1] if started else (None, [])
    if raised is None:  # else a server answers by itself
        memory.learn(headers)
    note("left", flask.has_request_context(), flask.has_app_context(), len(started))
    log, features, errors = tracing.take()
    return {
        "status": status,
        "headers": [list(header) for header in headers],
        "body": b"".join(pieces).decode("latin1"),
        "raised": raised,
        "log": log,
        "features": features,
        "errors": errors,
    }


class _Recorder(logging.Handler):
    """Keeps what the application logs among the other events."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            tracing.tell(error)
        note("logged", record.levelname, record.getMessage(), error)


def answer(spec: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Build the application of a description and send it its requests."""
    Clock.now = float(START)
    logger = logging.getLogger("shop")
    logger.handlers[:] = [_Recorder()]
    logger.propagate = False
    logger.setLevel(logging.NOTSET)  # an application before in debug mode may have set it
    try:
        with tracing.recorded_apart():
            app = build(spec["app"], folder)
    except Exception as error:  # noqa: BLE001 - likewise
        tracing.take()
        return {"not_built": type(error).__name__, "text": str(error), "answers": []}
    memory = Memory()
    answers = []
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", ResourceWarning)  # told when the collector happens to run
        warnings.showwarning = lambda text, category, *rest: note("warning", category.__name__)
        for request in spec["requests"]:
            Clock.now += request.get("later", 0)
            answers.append(ask(app, request, memory))
    return {"answers": answers, "features": features_of(spec["app"])}
