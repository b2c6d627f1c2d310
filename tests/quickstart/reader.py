"""What does the seed's reader work with? A folder of files, and a shell in it."""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path
from types import ModuleType

PATIENCE = 60  # seconds until a program that says nothing is given up


def shell_environment(folder: Path, variables: dict[str, str]) -> dict[str, str]:
    """Return an environment where ``flask`` and ``python`` are those of this test run.

    The port is the system's choice unless a test says otherwise: 5000 may be taken.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FLASK_")}
    return {
        **kept,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PWD": str(folder),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "FLASK_RUN_PORT": "0",
        **variables,
    }


class Server:
    """A shell script that serves, in a session of its own, and all it has printed."""

    def __init__(self, script: str, folder: Path, variables: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            ["sh", "-c", script],
            cwd=folder,
            env=shell_environment(folder, variables),
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

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Wait until the output matches."""
        with self._changed:
            assert self._changed.wait_for(
                lambda: re.search(pattern, self.output) is not None, PATIENCE
            ), self.output
        match = re.search(pattern, self.output)
        assert match is not None
        return match

    def get(self, path: str) -> tuple[int, str]:
        """Fetch a path over this machine's own address, wherever else the server listens."""
        port = self.wait_for(r"Running on http://127\.0\.0\.1:(\d+)")[1]
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as got:
                return got.status, got.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def close(self) -> None:
        """End the script and what it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()


class Quickstart:
    """The reader's folder: files are written there, imported from there, and served."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def load(self, source: str, name: str = "application") -> ModuleType:
        """Write a module and import it."""
        self.write(f"{name}.py", source)
        importlib.invalidate_caches()
        return importlib.import_module(name)

    def run(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a shell script to its end."""
        return subprocess.run(
            ["sh", "-c", script],
            cwd=self.folder,
            env=shell_environment(self.folder, variables),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
