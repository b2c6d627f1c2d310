"""Do real servers serve the application as the tests without servers say?

`make test-asgi-servers` calls this: it builds `.venvs/asgi-servers` with this checkout and the
pinned servers, and runs `served_*.py` on each of them; ``--quick`` is the part that CI has time for.
Needs Python alone.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[2]
PINS = HERE / "requirements.txt"
FOLDER = CHECKOUT / ".venvs" / "asgi-servers"
PYTHON = FOLDER / "bin" / "python"


def build(*, fresh: bool) -> None:
    """Install this checkout and the pinned servers, unless that is already done."""
    parts = [sys.version, PINS.read_text(), (CHECKOUT / "pyproject.toml").read_text()]
    wanted = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    stamp = FOLDER / "installed.txt"
    if not fresh and stamp.is_file() and stamp.read_text() == wanted:
        return
    print(f"building {FOLDER.relative_to(CHECKOUT)}", file=sys.stderr, flush=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    venv.create(FOLDER, with_pip=True)
    pip = [PYTHON, "-m", "pip", "--disable-pip-version-check"]
    call([*pip, "install", "--quiet", "--requirement", PINS])
    call([*pip, "install", "--quiet", "--editable", CHECKOUT])
    call([*pip, "check"])
    stamp.write_text(wanted)


def call(command: list[Any]) -> None:
    """Run a command; end with its words when it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")


def run_tests(arguments: list[str]) -> int:
    """Run pytest in the environment, free of the settings of whoever calls."""
    foreign = ("FLASK_", "GUNICORN_", "GRANIAN_", "UVICORN_", "WEB_", "PYTEST_", "PYTHON")
    environ = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
    command = [str(PYTHON), "-m", "pytest", "-c", str(HERE / "servers.ini"), "-q", *arguments]
    return subprocess.run(command, cwd=HERE, env=environ, check=False).returncode


def main() -> int:
    """Read the command line; return the exit status."""
    parser = argparse.ArgumentParser(description="Run the tests that need real ASGI servers.")
    parser.add_argument("--fresh", action="store_true", help="build the environment anew")
    parser.add_argument("--quick", action="store_true", help="the part that CI runs")
    options, arguments = parser.parse_known_args()
    build(fresh=options.fresh)
    return run_tests([*arguments, *["-m", "quick"] * options.quick])


if __name__ == "__main__":
    raise SystemExit(main())
