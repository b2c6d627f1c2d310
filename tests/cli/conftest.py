"""What do the command line's tests stand on? A project folder, and servers that end with the test."""

from __future__ import annotations

import codecs
import contextlib
import os
import pty
import re
import signal
import ssl
import subprocess
import sys
import termios
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from flask import has_app_context

PATIENCE = 20  # seconds until a server that says nothing is given up

COLOR_VARIABLES = ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS")

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


class Watched:
    """A process in a session of its own, and all it has printed so far."""

    def __init__(self, process: subprocess.Popen[Any], output: int) -> None:
        self.process = process
        self.output = ""
        self._descriptor = output
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        with contextlib.suppress(OSError):  # how a terminal ends
            while data := os.read(self._descriptor, 65536):
                with self._changed:
                    self.output += decoder.decode(data)
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
        return self.wait_for(r"Running on (https?://[\w.:]+)")[1]

    def get(self, path: str, tls: ssl.SSLContext | None = None) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(self.url + path, timeout=PATIENCE, context=tls) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def wait(self) -> int:
        """Wait for the end and for the last output; return the exit status."""
        try:
            return self.process.wait(PATIENCE)
        finally:
            self.close()

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal as Ctrl-C does, to the reloader's child as well; return the exit status."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)
        return self.wait()

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join()


class Server(Watched):
    """A server process whose output goes into a pipe."""

    def __init__(self, command: list[str], folder: Path, environ: dict[str, str]) -> None:
        reading, writing = os.pipe()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environ},
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=writing,
            start_new_session=True,
        )
        os.close(writing)
        super().__init__(process, reading)

    def close(self) -> None:
        super().close()
        with contextlib.suppress(OSError):
            os.close(self._descriptor)


IN_TERMINAL = """\
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""


class Terminal(Watched):
    """A process at a terminal of its own, at which one can type."""

    def __init__(
        self, command: list[str], folder: Path, environ: dict[str, str], columns: int = 100
    ) -> None:
        self._keyboard, screen = pty.openpty()
        termios.tcsetwinsize(screen, (40, columns))
        process = subprocess.Popen(
            [sys.executable, "-c", IN_TERMINAL, *command],
            cwd=folder,
            env={**os.environ, "TERM": "xterm", **environ},
            stdin=screen,
            stdout=screen,
            stderr=screen,
            start_new_session=True,
        )
        os.close(screen)
        super().__init__(process, self._keyboard)

    def type(self, text: str) -> None:
        os.write(self._keyboard, text.encode())

    def close(self) -> None:
        super().close()
        with contextlib.suppress(OSError):
            os.close(self._keyboard)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Undo what a command does to its process, and hide what the developer has set."""
    before, path, modules = dict(os.environ), list(sys.path), set(sys.modules)
    for name in before:
        if name.startswith(("FLASK_", "WERKZEUG_", "PYTHONSTARTUP")) or name in COLOR_VARIABLES:
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


@pytest.fixture
def terminal(project: Project) -> Iterator[Callable[..., Terminal]]:
    """Start a program at a terminal, ended with the test."""
    terminals: list[Terminal] = []

    def start(*command: str, columns: int = 100, **environ: str) -> Terminal:
        terminals.append(Terminal(list(command), project.folder, environ, columns))
        return terminals[-1]

    yield start
    for each in terminals:
        each.close()
