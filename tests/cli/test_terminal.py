"""What does one see who sits at a terminal? Driven through a pseudo terminal of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FLASK = str(Path(sys.executable).with_name("flask"))
RUN = (FLASK, "--app", "hello", "run", "--port", "0")

HELLO = """\
from flask import Flask

app = Flask(__name__)

@app.get("/")
def index():
    return "one"

@app.get("/fail")
def fail():
    raise ValueError("failed on purpose")

@app.get("/a/long/rule/that/does/not/fit/into/a/narrow/terminal/<path:name>")
def long(name):
    return name
"""

CTRL_C, CTRL_D = "\x03", "\x04"


@pytest.fixture(autouse=True)
def _application(project: Any) -> None:
    project.write("hello.py", HELLO)


class TestRun:
    def test_ctrl_c(self, terminal: Callable[..., Any]) -> None:
        """The banner is coloured, and Ctrl-C ends the server with status 0 and no traceback."""
        server = terminal(*RUN)

        assert server.get("/") == (200, "one")
        assert server.get("/missing")[0] == 404
        server.wait_for('\x1b\\[33mGET /missing HTTP/1.1\x1b\\[0m" 404')
        assert "Serving Flask app 'hello'" in server.output
        assert "Debug mode: off" in server.output
        server.wait_for("\x1b\\[33mPress CTRL\\+C to quit")
        server.type(CTRL_C)

        assert server.wait() == 0
        assert "Traceback" not in server.output
        assert "Aborted" not in server.output

    def test_no_color(self, terminal: Callable[..., Any]) -> None:
        """NO_COLOR takes the colours out of everything that the server prints."""
        server = terminal(*RUN, "--debug", NO_COLOR="1")

        assert server.get("/missing")[0] == 404
        server.wait_for('"GET /missing HTTP/1.1" 404')
        server.type(CTRL_C)

        assert server.wait() == 0
        assert "\x1b[" not in server.output

    def test_reloader(self, project: Any, terminal: Callable[..., Any]) -> None:
        """A broken change is shown in the browser, the next one mends it, Ctrl-C ends both."""
        server = terminal(*RUN, "--debug")
        assert server.get("/") == (200, "one")
        status, page = server.get("/fail")
        assert (status, "EVALEX = true" in page) == (500, True)
        before = page.count("class=frame") + page.count('class="frame"')

        project.write("hello.py", HELLO + "this is no Python")
        server.wait_for("Debugger is active", times=2)
        status, page = server.get("/")
        assert (status, "SyntaxError" in page) == (500, True)
        assert "flask/cli" not in page
        assert before > 0

        project.write("hello.py", HELLO.replace("one", "two"))
        server.wait_for("Debugger is active", times=3)
        assert server.get("/") == (200, "two")
        server.type(CTRL_C)

        assert server.wait() == 0
        assert "Traceback" not in server.output.rpartition("Restarting")[2]

    def test_ctrl_c_while_loading(self, project: Any, terminal: Callable[..., Any]) -> None:
        """Ctrl-C while the application loads ends the program with one word and status 1."""
        project.write("hello.py", "print('loading')\nimport threading\nthreading.Event().wait()")
        server = terminal(*RUN)
        server.wait_for("loading")
        server.type(CTRL_C)

        assert server.wait() == 1
        assert server.output.rstrip().endswith("Aborted!")
        assert "Traceback" not in server.output

    def test_extra_files(self, project: Any, terminal: Callable[..., Any]) -> None:
        """A change of an extra file restarts the server; a missing one is named at the start."""
        settings = project.write("settings.ini", "")
        files = f"{settings}:nowhere.ini"
        server = terminal(*RUN, "--debug", "--extra-files", files)
        server.wait_for("--extra-files names what does not exist: nowhere.ini")
        assert server.get("/")[0] == 200

        settings.write_text("changed")
        server.wait_for("Detected change in .*settings.ini")
        server.wait_for("Debugger is active", times=2)
        server.type(CTRL_C)

        assert server.wait() == 0
        assert server.output.count("nowhere.ini") == 1


class TestShell:
    def test_session(self, terminal: Callable[..., Any]) -> None:
        """The shell greets, knows the application, and ends with Ctrl-D and status 0."""
        shell = terminal(FLASK, "--app", "hello", "shell", NO_COLOR="1")
        shell.wait_for(">>> ")
        assert "App: hello" in shell.output
        shell.type("app.url_map.is_endpoint_expecting('long', 'name'), g\n")
        shell.wait_for(r"\(True, <flask.g of 'hello'>\)")
        shell.type("1 / 0\n")
        shell.wait_for(r"division by zero\s+>>> ")
        shell.type(CTRL_D)

        assert shell.wait() == 0


class TestRoutes:
    def test_narrow(self, terminal: Callable[..., Any]) -> None:
        """In a narrow terminal a long rule wraps, but the line above and blanks do not."""
        command = terminal(FLASK, "--app", "hello", "routes", columns=50)

        assert command.wait() == 0
        lines = command.output.splitlines()
        assert [line for line in lines if len(line) > 50] == [
            "long      GET      /a/long/rule/that/does/not/fit/into/a/narrow/terminal/<path:name>"
        ]
        assert all(line == line.rstrip() for line in lines)
