"""Large bodies: an upload to disk, and a file sent with and without the server's help."""

import importlib
import io
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks import bodies
from benchmarks.processes import read_status
from benchmarks.workloads import WORKLOADS
from benchmarks.wsgi import Answer, Environ, WrongAnswerError, WSGIApp, create_environ, exchange


def run(app_module: str, what: str, *arguments: str) -> dict[str, float]:
    """Run ``receive KIND MEBIBYTES`` or ``send BYTES WRAPPED SECONDS``."""
    with tempfile.TemporaryDirectory() as folder:
        app = importlib.import_module(f"benchmarks.apps.{app_module}").make_app(Path(folder))
        if what == "receive":
            kind, mebibytes = arguments
            return time_upload(app, kind, int(mebibytes))
        size, wrapped, seconds = arguments
        return time_sending(app, Path(folder), int(size), wrapped == "wrapped", float(seconds))


def time_upload(app: WSGIApp, kind: str, mebibytes: int) -> dict[str, float]:
    """Check an upload's every byte with a small one, then time a large one.

    Returns:
        MiB per second of CPU time, of the user's part of it, and of elapsed time; and by
        how many MiB resident memory grew at most.
    """
    small = 4
    answer = _upload(app, kind, small, "digest=1")
    _demand(answer, f"Holiday a.bin {small << 20} {bodies.find_digest(kind, small)}".encode())
    before = _forget_peak()
    began, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    answer = _upload(app, kind, mebibytes, "")
    ended, elapsed = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter() - start
    _demand(answer, f"Holiday a.bin {mebibytes << 20} ".encode())
    growth = (read_status("VmHWM") or 0) - before
    user = ended.ru_utime - began.ru_utime + 1e-9  # coarse: a small upload may show none
    system = ended.ru_stime - began.ru_stime
    return {
        "cpu": mebibytes / (user + system),
        "user": mebibytes / user,
        "elapsed": mebibytes / elapsed,
        "growth": growth / 1024,
    }


def _upload(app: WSGIApp, kind: str, mebibytes: int, query: str) -> Answer:
    environ = {
        **create_environ(WORKLOADS["upload-64k"]),
        "PATH_INFO": "/upload",
        "QUERY_STRING": query,
        "CONTENT_TYPE": bodies.CONTENT_TYPE,
        "CONTENT_LENGTH": str(bodies.measure_length(mebibytes)),
    }
    return exchange(app, environ, bodies.open_body(kind, mebibytes))


def _demand(answer: Answer, body: bytes) -> None:
    if (answer.status, answer.body) != (200, body):
        raise WrongAnswerError(f"{answer.status} {answer.body[:200]!r}, not 200 {body!r}")


def _forget_peak() -> int:
    """Let the peak of resident memory begin anew; return the KiB resident now."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return read_status("VmHWM") or 0
    return read_status("VmRSS") or 0


class FileWrapper:
    """A server's ``wsgi.file_wrapper``; what is wrapped may be sent by the kernel."""

    def __init__(self, filelike: Any, block_size: int = 8192) -> None:
        self.filelike = filelike
        self.block_size = block_size

    def __iter__(self) -> Iterable[bytes]:
        return iter(lambda: self.filelike.read(self.block_size), b"")

    def close(self) -> None:
        self.filelike.close()


def time_sending(
    app: WSGIApp, folder: Path, size: int, wrapped: bool, seconds: float
) -> dict[str, float]:
    """Check and time the sending of a file, the server's part of writing it included.

    Returns:
        Microseconds of CPU time per request, and 1 if the application used the wrapper.
    """
    content = bodies.make_block("random")
    content = (content * (size // len(content) + 1))[:size]
    folder.joinpath("file.txt").write_bytes(content)
    environ = {**create_environ(WORKLOADS["plain"]), "PATH_INFO": "/file/file.txt"}
    if wrapped:
        environ["wsgi.file_wrapper"] = FileWrapper
    answer = exchange(app, environ)
    if (answer.status, answer.body) != (200, content):
        raise WrongAnswerError(f"{answer.status}, {len(answer.body)} bytes, not the file")
    count, spent = 4, 0.0
    with Path(os.devnull).open("wb", buffering=0) as sink:
        used = _send(app, environ, sink.fileno())
        while (spent := _spend(app, environ, sink.fileno(), count)) < seconds / 6:
            count *= 2
        count = max(1, round(count * seconds / spent))
        spent = _spend(app, environ, sink.fileno(), count)
    return {"microseconds": spent / count * 1e6, "used": float(used)}


def _spend(app: WSGIApp, environ: Environ, sink: int, count: int) -> float:
    start = time.process_time()
    for _ in range(count):
        _send(app, environ, sink)
    return time.process_time() - start


def _start_response(*_: Any) -> Callable[[bytes], None]:
    return lambda data: None


def _send(app: WSGIApp, environ: Environ, sink: int) -> bool:
    """Write an answer to ``sink`` as a server would; tell whether the kernel copied it."""
    result = app({**environ, "wsgi.input": io.BytesIO()}, _start_response)
    wrapped = isinstance(result, FileWrapper)
    if isinstance(result, FileWrapper):
        source, offset = result.filelike.fileno(), 0
        while sent := os.sendfile(sink, source, offset, 1 << 30):
            offset += sent
    else:
        for chunk in result:
            os.write(sink, chunk)
    close = getattr(result, "close", None)
    if close is not None:
        close()
    return wrapped
