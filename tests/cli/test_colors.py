from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from flask import Flask
from flask.cli import FlaskGroup
from flask.cli.colors import color_server_log_on_terminals_only, wanted_colors

FLASK = str(Path(sys.executable).with_name("flask"))

HELLO = """\
import click
from flask import Flask

app = Flask(__name__)

@app.cli.command()
def paint():
    click.secho("painted", fg="red")
"""


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, None),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, None),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": ""}, None),
        ({"NO_COLOR": "0", "FORCE_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True),
        ({"TERM": "xterm"}, None),
    ],
)
def test_variables(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: bool | None
) -> None:
    """NO_COLOR forbids colours, FORCE_COLOR asks for them, else the stream decides."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert wanted_colors() is expected


class TestCommands:
    @pytest.mark.parametrize(
        ("variables", "colored"),
        [({}, False), ({"FORCE_COLOR": "1"}, True), ({"NO_COLOR": "1"}, False)],
    )
    def test_in_a_pipe(
        self, runner: Any, monkeypatch: Any, variables: dict[str, str], colored: bool
    ) -> None:
        """Where there is no terminal, an application's command prints colours on demand only."""
        app = Flask("shop")
        app.cli.command("paint")(lambda: click.secho("painted", fg="red"))

        result = runner.invoke(FlaskGroup(create_app=lambda: app), ["paint"], env=variables)

        assert result.output == ("\x1b[31mpainted\x1b[0m\n" if colored else "painted\n")

    @pytest.mark.parametrize(("variables", "colored"), [({}, True), ({"NO_COLOR": "1"}, False)])
    def test_at_a_terminal(
        self, project: Any, terminal: Callable[..., Any], variables: dict[str, str], colored: bool
    ) -> None:
        """At a terminal colours appear unless NO_COLOR is set."""
        project.write("hello.py", HELLO)
        process = terminal(FLASK, "--app", "hello", "paint", **variables)

        assert process.wait() == 0
        assert "painted" in process.output
        assert ("\x1b[31m" in process.output) is colored

    def test_setting_of_a_program(self, runner: Any) -> None:
        """A program that settles colours in its context settings is left alone."""
        program = FlaskGroup(create_app=lambda: Flask("x"), context_settings={"color": True})

        assert program.make_context("x", ["routes"]).color is True


class TestServerLog:
    @pytest.fixture(autouse=True)
    def _log(self) -> Iterator[None]:
        yield
        logging.getLogger("werkzeug").filters.clear()

    @pytest.mark.parametrize(("variables", "colored"), [({}, False), ({"FORCE_COLOR": "1"}, True)])
    def test_in_a_pipe(
        self, project: Any, serve: Callable[..., Any], variables: dict[str, str], colored: bool
    ) -> None:
        """In a file or a pipe the server's log is plain unless colours are asked for."""
        project.write("hello.py", HELLO)
        server = serve("--app", "hello", "run", **variables)

        assert server.get("/missing")[0] == 404
        server.wait_for('GET /missing HTTP/1.1.*" 404')
        assert ("\x1b[" in server.output) is colored

    def test_removes_styles_only(self, caplog: pytest.LogCaptureFixture) -> None:
        """Only the styles are taken out of a log line; its values stay."""
        color_server_log_on_terminals_only()
        log = logging.getLogger("werkzeug")
        log.warning("\x1b[33m%s\x1b[0m of %d", "\x1b[1mone\x1b[0m", 2)
        log.warning("%(a)s", {"a": 1})

        assert caplog.messages == ["one of 2", "1"]

    def test_is_decided_anew(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each start of a server decides for itself."""
        color_server_log_on_terminals_only()
        color_server_log_on_terminals_only()
        assert len(logging.getLogger("werkzeug").filters) == 1

        monkeypatch.setenv("FORCE_COLOR", "1")
        color_server_log_on_terminals_only()
        assert logging.getLogger("werkzeug").filters == []
