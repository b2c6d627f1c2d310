"""How is a WSGI application called, checked and timed? Alike for every framework.

``exchange`` makes one request and keeps the whole answer, ``verify`` compares it
with what the workload demands, ``drive`` makes many requests and tells the time.
"""

import io
import itertools
import json
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO

from .workloads import Workload

Environ = dict[str, Any]
WSGIApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class WrongAnswerError(Exception):
    """An application does not answer as the workload demands; it must not be timed."""


@dataclass(frozen=True)
class Answer:
    """The whole of a response."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the first value of a header, None when it is absent."""
        lowered = name.lower()
        return next((value for key, value in self.headers if key.lower() == lowered), None)


def create_environ(workload: Workload, path: str | None = None) -> Environ:
    """Describe the workload's request as a server would, all but the body's stream.

    Args:
        workload: The request to describe.
        path: Ask for this path by a plain GET instead.
    """
    environ: Environ = {
        "REQUEST_METHOD": "GET" if path else workload.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path or workload.path,
        "QUERY_STRING": "" if path else workload.query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_PORT": "50000",
        "HTTP_HOST": "localhost",
        "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0",
        "HTTP_ACCEPT": "text/html,application/xhtml+xml,*/*;q=0.8",
        "HTTP_ACCEPT_ENCODING": "gzip, deflate, br",
        "HTTP_CONNECTION": "keep-alive",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if not path and workload.method == "POST":
        environ["CONTENT_TYPE"] = workload.content_type
        environ["CONTENT_LENGTH"] = str(len(workload.payload))
    return environ


def exchange(app: WSGIApp, environ: Environ, payload: bytes | BinaryIO = b"") -> Answer:
    """Make one request and keep the answer; the body is bytes or a stream."""
    started: list[tuple[str, list[tuple[str, str]]]] = []
    written: list[bytes] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], exc_info: object = None
    ) -> Callable[[bytes], None]:
        started.append((status, headers))
        return written.append

    stream = io.BytesIO(payload) if isinstance(payload, bytes) else payload
    result = app({**environ, "wsgi.input": stream}, start_response)
    try:
        written.extend(result)
    finally:
        close = getattr(result, "close", None)
        if close is not None:
            close()
    status, headers = started[-1]
    return Answer(int(status[:3]), list(headers), b"".join(written))


def prepare(app: WSGIApp, workload: Workload) -> Environ:
    """Return the environ that is sent each time, primed and proven to be answered rightly.

    Raises:
        WrongAnswerError: The application does not answer as it must.
    """
    environ = create_environ(workload)
    if workload.prime:
        primed = exchange(app, create_environ(workload, workload.prime))
        for header, key in workload.carries:
            value = primed.header(header)
            if value is None:
                raise WrongAnswerError(f"{workload.prime} gives no {header} to send back")
            environ[key] = value.partition(";")[0] if header == "Set-Cookie" else value
    verify(workload, exchange(app, environ, workload.payload))
    return environ


def verify(workload: Workload, answer: Answer) -> None:
    """Compare status, needed headers and body with the workload's.

    Raises:
        WrongAnswerError: Something differs; the text tells what.
    """
    where = f"{workload.name} ({workload.method} {workload.path})"
    if answer.status != workload.status:
        raise WrongAnswerError(f"{where}: status {answer.status}, not {workload.status}")
    for name, pattern in workload.needs.items():
        value = answer.header(name)
        if value is None or not re.fullmatch(pattern, value, re.IGNORECASE):
            raise WrongAnswerError(f"{where}: {name} is {value!r}, not {pattern!r}")
    length = answer.header("Content-Length")
    if length is not None and int(length) != len(answer.body):
        raise WrongAnswerError(f"{where}: Content-Length {length}, body {len(answer.body)} bytes")
    if isinstance(workload.body, bytes):
        same = answer.body == workload.body
    else:
        same = workload.body is None or json.loads(answer.body) == workload.body
    if not same:
        raise WrongAnswerError(f"{where}: body {answer.body[:120]!r}, not {workload.body!r:.120}")


def _discard(data: bytes) -> None:
    """Take what an application writes the old way, by start_response's return value."""


def _start_response(
    status: str, headers: list[tuple[str, str]], exc_info: object = None
) -> Callable[[bytes], None]:
    return _discard


def drive(app: WSGIApp, environ: Environ, payload: bytes, count: int) -> float:
    """Make ``count`` requests as a server would; return the CPU seconds of this process.

    Each request gets its own environ and body; the answer is iterated to its end
    and closed. Other threads of the process count too, as they should.
    """
    copy = environ.copy
    body_stream = io.BytesIO
    start = time.process_time()
    for _ in itertools.repeat(None, count):
        fresh = copy()
        fresh["wsgi.input"] = body_stream(payload)
        result = app(fresh, _start_response)
        for _chunk in result:
            pass
        close = getattr(result, "close", None)
        if close is not None:
            close()
    return time.process_time() - start


def measure(app: WSGIApp, environ: Environ, payload: bytes, seconds: float) -> tuple[float, int]:
    """Warm up, find how many requests fill ``seconds``, and time them.

    Returns:
        CPU microseconds per request, and the number of requests that were timed.
    """
    count = 16
    while (spent := drive(app, environ, payload, count)) < seconds / 6:
        count *= 2
    count = max(1, round(count * seconds / spent))
    return drive(app, environ, payload, count) / count * 1e6, count
