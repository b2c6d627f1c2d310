"""Environments of their own for tests that need real servers: this checkout and pinned packages."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Environment:
    """A virtual environment below ``.venvs``.

    Attributes:
        name: Of its folder.
        pins: The requirements file; a change of it builds the environment anew.
        foreign: How variables begin that tests in it must not inherit from whoever calls.
    """

    name: str
    pins: Path
    foreign: tuple[str, ...]

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return CHECKOUT / ".venvs" / self.name / "bin" / "python"

    def build(self, *, fresh: bool) -> None:
        """Install this checkout and the pinned packages, unless that is already done.

        Raises:
            SystemExit: That failed; it tells what pip said.
        """
        folder = CHECKOUT / ".venvs" / self.name
        parts = [sys.version, self.pins.read_text(), (CHECKOUT / "pyproject.toml").read_text()]
        wanted = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        stamp = folder / "installed.txt"
        if not fresh and stamp.is_file() and stamp.read_text() == wanted:
            return
        print(f"building {folder.relative_to(CHECKOUT)}", file=sys.stderr, flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        pip = [self.python, "-m", "pip", "--disable-pip-version-check"]
        _call([*pip, "install", "--quiet", "--requirement", self.pins])
        _call([*pip, "install", "--quiet", "--editable", CHECKOUT])
        _call([*pip, "check"])
        stamp.write_text(wanted)

    def run(self, folder: Path, arguments: Sequence[object]) -> int:
        """Run its Python in a folder and return the exit status."""
        environ = {k: v for k, v in os.environ.items() if not k.startswith(self.foreign)}
        command = [str(self.python), *map(str, arguments)]
        return subprocess.run(command, cwd=folder, env=environ, check=False).returncode


def _call(command: list[Any]) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
