"""What do the command line's tests stand on? A project folder, and servers that end with the test."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from flask import has_app_context

PATIENCE = 20  # seconds until a server that says nothing is given up

FLASK = Path(sys.executable).with_name("flask")


class Project:
    """A folder with an application's files, which is also the current directory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def run(self, *args: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run the installed program to its end."""
        return subprocess.run(
            [FLASK, *args],
            cwd=self.folder,
            env={**os.environ, **environ},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )


class Server:
    """A server process, and all it has printed so far."""

    def __init__(self, command: list[str], folder: Path, environ: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.output = ""
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._changed:
                self.output += line
                self._changed.notify_all()

    def wait_for(self, pattern: str, times: int = 1) -> re.Match[str]:
        """Wait until the output matches so many times, and return the last match."""
        matches: list[re.Match[str]] = []

        def is_there() -> bool:
            matches[:] = re.finditer(pattern, self.output)
            return len(matches) >= times

        with self._changed:
            assert self._changed.wait_for(is_there, PATIENCE), self.output
        return matches[-1]

    @property
    def url(self) -> str:
        return self.wait_for(r"Running on (http://\S+)")[1]

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal as Ctrl-C does, to the reloader's child as well; return the exit status."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)
        try:
            return self.process.wait(PATIENCE)
        finally:
            self.close()

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Undo what a command does to its process, and hide what the developer has set."""
    before, path, modules = dict(os.environ), list(sys.path), set(sys.modules)
    for name in before:
        if name.startswith(("FLASK_", "WERKZEUG_", "PYTHONSTARTUP")):
            del os.environ[name]
    yield
    assert not has_app_context(), "a command left its application's context behind"
    os.environ.clear()
    os.environ.update(before)
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        file = getattr(sys.modules[name], "__file__", None) or ""
        if "pytest-" in file:
            del sys.modules[name]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(tmp_path)
    return Project(tmp_path)


@pytest.fixture
def runner() -> CliRunner:
    return CliRunner()


@pytest.fixture
def serve(project: Project) -> Iterator[Callable[..., Server]]:
    """Start ``flask …`` on a port of the system's choice, ended with the test."""
    servers: list[Server] = []

    def start(*args: str, **environ: str) -> Server:
        command = [str(FLASK), *args, "--port", "0"]
        servers.append(Server(command, project.folder, environ))
        return servers[-1]

    yield start
    for server in servers:
        server.close()
