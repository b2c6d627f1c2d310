"""Do WebSockets through real servers follow the protocol as far as a bare ASGI echo does?

`make test-websockets` calls this: it builds `.venvs/websockets` with this checkout and the pinned
servers, talks to the echoes in frames (``served_frames.py``, 20 seconds), and lets the Autobahn
test suite do the same where this machine has a Python 2.7 (ten minutes).
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
CHECKOUT = HERE.parents[3]
PINS = HERE / "requirements.txt"
FOLDER = CHECKOUT / ".venvs" / "websockets"
PYTHON = FOLDER / "bin" / "python"
AUTOBAHN = CHECKOUT / ".venvs" / "autobahn"


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


def run(*command: object) -> int:
    """Run a program of the environment, free of the settings of whoever calls."""
    foreign = ("FLASK_", "GRANIAN_", "UVICORN_", "PYTEST_", "PYTHONPATH", "PYTHONUSERBASE")
    environ = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
    return subprocess.run([PYTHON, *map(str, command)], cwd=HERE, env=environ).returncode


def main() -> int:
    """Read the command line; return the exit status."""
    parser = argparse.ArgumentParser(description="Compare our WebSockets with a bare ASGI echo.")
    parser.add_argument("--fresh", action="store_true", help="build the environments anew")
    parser.add_argument("--quick", action="store_true", help="without the Autobahn test suite")
    parser.add_argument("--complete", action="store_true", help="all of its cases: hours")
    options = parser.parse_args()
    build(fresh=options.fresh)
    if options.fresh:
        shutil.rmtree(AUTOBAHN, ignore_errors=True)
    ini = ("-c", "protocol.ini", "--import-mode=importlib")
    status = run("-m", "pytest", "-q", *ini, "served_frames.py")
    if not options.quick:
        status |= run("-u", "autobahn.py", AUTOBAHN, *["--complete"] * options.complete)
    return status


if __name__ == "__main__":
    raise SystemExit(main())
