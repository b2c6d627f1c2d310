"""Does the guestbook run in production as docs/deploying.md says?

`make test-deployment` calls this: it builds `.venvs/deployment` with this checkout and the
pinned servers, looks for nginx and openssl, and runs the tests there. Needs Python alone.
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
CHECKOUT = HERE.parent.parent
PINS = HERE / "requirements.txt"
FOLDER = CHECKOUT / ".venvs" / "deployment"
PYTHON = FOLDER / "bin" / "python"

PROGRAMS = {"nginx": "nginx-light", "openssl": "openssl"}
"""The programs that no wheel brings, and the Debian package of each."""


class Refused(Exception):
    """The tests cannot be run here; the text says what to do."""


def check_programs(path: str) -> None:
    """Refuse to go on when a program is missing, naming the command that installs it."""
    # Debian keeps nginx in /usr/sbin, which only root has in PATH.
    missing = [name for name in PROGRAMS if not shutil.which(name, path=f"{path}:/usr/sbin")]
    if missing:
        packages = " ".join(PROGRAMS[name] for name in missing)
        raise Refused(
            f"{' and '.join(missing)} not found. Install with: sudo apt-get install {packages}"
            " (nginx does not have to run; the tests start their own)"
        )


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
    """Run a command; refuse when it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        raise Refused(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")


def run_tests(arguments: list[str]) -> int:
    """Run pytest in the environment, free of the settings of whoever calls."""
    foreign = ("FLASK_", "GUESTBOOK_", "GUNICORN_", "GRANIAN_", "UVICORN_", "PYTEST_", "WEB_")
    environ = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
    command = [str(PYTHON), "-m", "pytest", "-c", str(HERE / "deployment.ini"), "-q", *arguments]
    return subprocess.run(command, cwd=HERE, env=environ, check=False).returncode


def main() -> int:
    """Read the command line; return the exit status."""
    parser = argparse.ArgumentParser(description="Run the guestbook as docs/deploying.md says.")
    parser.add_argument("--fresh", action="store_true", help="build the environment anew")
    options, arguments = parser.parse_known_args()
    try:
        check_programs(os.environ.get("PATH", os.defpath))
        build(fresh=options.fresh)
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return run_tests(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
