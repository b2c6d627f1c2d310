"""Who answers? Two processes, one with our Flask and one with the genuine, asked at the same time."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from types import TracebackType
from typing import Any, Self

from tests.differential.asgi import as_asgi_has_it
from tests.differential.genuine import CHECKOUT, genuine_python

SECONDS_TO_ANSWER = 60
ENVIRONMENT = {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONPATH": str(CHECKOUT)}


class WorkerFailed(Exception):
    """A process did not answer, or is not the one wanted; the text says which."""


class Worker:
    """One process that runs descriptions, in the order they are sent."""

    def __init__(self, python: Path, folder: Path, version: str, *arguments: str) -> None:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("FLASK_", "PYTHON"))}
        self.version = version
        self.adapt: Callable[[dict[str, Any]], dict[str, Any]] | None = None
        self.process = subprocess.Popen(
            [python, "-m", "tests.differential.worker", folder, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=CHECKOUT,
            env={**kept, **ENVIRONMENT},
            encoding="ascii",
        )
        self.lines: Queue[str] = Queue()
        # Read in a thread: else both ends could wait for each other with full pipes.
        self.reader = Thread(target=self._read, daemon=True)
        self.reader.start()
        found, file, self.python_version = self.receive()
        is_ours = Path(file).is_relative_to(CHECKOUT / "src")
        if found != version or is_ours != ("+" in version):
            raise WorkerFailed(f"Flask {version} is wanted, but {found} was imported from {file}.")

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put("")

    def send(self, spec: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(spec) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise WorkerFailed(f"The process with Flask {self.version} has ended.") from None

    def receive(self) -> Any:
        """Return the next answer."""
        try:
            line = self.lines.get(timeout=SECONDS_TO_ANSWER)
        except Empty:
            line = ""
        if not line:
            raise WorkerFailed(f"Flask {self.version} gave no answer in {SECONDS_TO_ANSWER} s.")
        found = json.loads(line)
        if self.adapt is not None and "answers" in found:
            found["answers"] = [self.adapt(answer) for answer in found["answers"]]
        return found

    def __call__(self, spec: dict[str, Any]) -> Any:
        self.send(spec)
        return self.receive()

    def stop(self) -> None:
        """End the process, and leave nothing open."""
        self.process.kill()
        self.process.wait()
        self.reader.join()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


def read_own_version() -> str:
    """Read from pyproject.toml which version this checkout has."""
    lines = (CHECKOUT / "pyproject.toml").read_text().splitlines()
    return next(line.split('"')[1] for line in lines if line.startswith("version ="))


class Workers:
    """Both processes."""

    def __init__(self, folder: Path, *, through_asgi: bool = False) -> None:
        how = ["--through-asgi"] if through_asgi else []
        self.ours = Worker(Path(sys.executable), folder, read_own_version(), *how)
        self.genuine = Worker(genuine_python(), folder, "3.1.3")
        if through_asgi:
            self.ours.adapt = self.genuine.adapt = as_asgi_has_it
        if self.ours.python_version != self.genuine.python_version:
            raise WorkerFailed("The two interpreters differ; remove .venvs/genuine.")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.ours.stop()
        self.genuine.stop()
