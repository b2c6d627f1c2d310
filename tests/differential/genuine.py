"""Where is the genuine Flask? In a virtual environment of its own, made when it is missing."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
FOLDER = CHECKOUT / ".venvs" / "genuine"
WANTED = "Flask[async]==3.1.3"
SHARED = ("blinker", "click", "itsdangerous", "jinja2", "markupsafe", "werkzeug")
"""What both sides run on, in the same versions, so that only Flask differs."""


class NotBuilt(Exception):
    """The environment could not be made; the text says why."""


def genuine_python() -> Path:
    """Return the interpreter that imports genuine Flask, after making its environment."""
    pins = [
        line
        for line in (CHECKOUT / "constraints.txt").read_text().splitlines()
        if line.partition("==")[0] in SHARED
    ]
    wanted = hashlib.sha256("\n".join([sys.version, WANTED, *pins]).encode()).hexdigest()
    stamp = FOLDER / "installed.txt"
    python = FOLDER / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not stamp.is_file() or stamp.read_text() != wanted:
        print(f"building {FOLDER.relative_to(CHECKOUT)}", file=sys.stderr, flush=True)
        shutil.rmtree(FOLDER, ignore_errors=True)
        venv.create(FOLDER, with_pip=True)
        pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        done = subprocess.run([*pip, WANTED, *pins], capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotBuilt(f"pip could not install {WANTED}:\n{done.stdout}{done.stderr}")
        stamp.write_text(wanted)
    return python
