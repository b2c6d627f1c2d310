"""What does the program load before it is needed? Seen by the modules of a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

# Werkzeug's own __init__ imports werkzeug.serving, and with it http.server and ssl.
NOT_NEEDED = {
    "asyncio",
    "cffi",
    "code",
    "cryptography",
    "dotenv",
    "flask.formernames",
    "greenlet",
    "IPython",
    "jinja2",
    "readline",
    "rlcompleter",
    "sqlite3",
    "unittest",
    "watchdog",
    "werkzeug._reloader",
    "werkzeug.debug",
    "xml",
}

PROGRAM = """\
import json, sys
sys.argv[0] = "flask"
from flask.cli import main
try:
    main()
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def loaded_by(*args: str) -> set[str]:
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, *args], capture_output=True, text=True, check=True
    )
    return set(json.loads(result.stderr.splitlines()[-1]))


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["run", "--help"], ["routes"]])
def test_modules(project: Any, args: list[str]) -> None:
    """Help, versions and routes load no server, templates, event loop, shell or env reader."""
    project.write("app.py", "from flask import Flask\napp = Flask(__name__)")
    modules = loaded_by(*args)

    assert not NOT_NEEDED & modules
    assert ("app" in modules) is (args in (["--help"], ["routes"]))


def test_env_file(project: Any) -> None:
    """python-dotenv is loaded when there is a file for it."""
    project.write(".flaskenv", "FLASK_APP=shop")
    project.write("shop.py", "from flask import Flask\napp = Flask(__name__)")

    assert {"dotenv", "shop"} <= loaded_by("routes")
