"""``pytest --through-asgi`` runs what it says, trusts no list, and ends."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]

TESTS = """
import asyncio
from flask import Flask, request

def test_goes_through():
    app = Flask("shop")
    app.add_url_rule("/", "index", lambda: request.environ["asgi.scope"]["type"])
    assert app.test_client().get("/").text == "http"

def test_is_listed():
    assert not hasattr(Flask.__call__, "nothing"), "it passes, but is not to"

def test_fails_as_listed():
    raise AssertionError

def test_hangs():
    app = Flask("shop")

    @app.route("/")
    async def index():
        await asyncio.Event().wait()

    app.test_client().get("/")
"""

CONFTEST = """
from pathlib import Path
from tests import asgi_plugin

pytest_plugins = ["tests.asgi_plugin"]
asgi_plugin.SECONDS = 2.0
asgi_plugin.WSGI_ONLY = Path(__file__).parent / "listed.toml"
"""

LISTED = """
[apart]
"apart/" = "it is left out"
[always]
"test_some.py::test_fails_as_listed" = "as it should"
[thread]
"test_some.py::test_is_listed" = "it should fail"
[inline]
"""


def run(folder: Path, how: str, *more: str) -> str:
    """Run pytest in a process of its own; return the end of what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", f"--through-asgi={how}", "-p", "no:randomly", *more],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{CHECKOUT}:{CHECKOUT / 'src'}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "apart").mkdir()
    (tmp_path / "apart" / "test_apart.py").write_text("def test_apart(): raise AssertionError\n")
    (tmp_path / "test_some.py").write_text(TESTS)
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "listed.toml").write_text(LISTED)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize(("how", "failed"), [("thread", 2), ("inline", 1)])
def test_the_list_is_strict_and_nothing_hangs(folder: Path, how: str, failed: int) -> None:
    """A listed test that passes fails, one that hangs fails, and what is apart is left out."""
    said = run(folder, how)

    assert re.search(rf"{failed} failed, {3 - failed} passed, 1 deselected, 1 xfailed", said), said
    assert "FAILED test_some.py::test_hangs" in said
    assert ("XPASS(strict)" in said) == (how == "thread")


@pytest.mark.slow
def test_what_is_gone_is_not_listed(folder: Path) -> None:
    """A test of the list that there is not is an error."""
    listed = folder / "listed.toml"
    listed.write_text(LISTED + '"test_some.py::test_gone" = "it was renamed"\n')

    assert "lists tests that there are not: ['test_some.py::test_gone']" in run(folder, "inline")
    assert "1 passed" in run(folder, "inline", "test_some.py::test_goes_through")


@pytest.mark.slow
def test_parts_are_the_whole(folder: Path) -> None:
    """Each test is in one of the parts, whatever else is run."""
    names = [f"test_{number}" for number in range(20)]
    (folder / "test_some.py").write_text("".join(f"def {name}(): pass\n" for name in names))
    (folder / "listed.toml").write_text("apart = {}\nalways = {}\nthread = {}\n")

    said = [run(folder, "thread", "-vv", f"--part={part}/2") for part in (1, 2)]
    parts = [set(re.findall(r"test_\d+", text)) for text in said]

    assert parts[0] | parts[1] >= set(names)
    assert not parts[0] & parts[1]
