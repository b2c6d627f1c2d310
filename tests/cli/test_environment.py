from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from flask import Flask
from flask.cli import (
    FlaskGroup,
    _path_is_ancestor,
    cli,
    legacy_debug_flag,
    load_dotenv,
    show_server_banner,
)

VERSION = importlib.metadata.version("flask")


@pytest.fixture
def env_files(project: Any) -> None:
    project.write(".flaskenv", "T_FLASKENV=flaskenv\nT_ENV=flaskenv\nT_OWN=flaskenv\n")
    project.write(".env", "T_ENV=env\nT_OWN=env\nT_GREETING=안녕\nT_EMPTY\n")
    project.write("own.env", "T_OWN=own\n")


def read_variables() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("T_")}


@pytest.mark.usefixtures("env_files")
class TestLoadDotenv:
    def test_precedence(self) -> None:
        """A file's values give way to those of ``.env`` over ``.flaskenv``, of a path over both."""
        assert load_dotenv("own.env") is True
        assert read_variables() == {
            "T_FLASKENV": "flaskenv",
            "T_ENV": "env",
            "T_OWN": "own",
            "T_GREETING": "안녕",
        }

    def test_set_variables_stay(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A variable that is set already is left alone."""
        monkeypatch.setenv("T_OWN", "shell")

        load_dotenv("own.env")

        assert read_variables()["T_OWN"] == "shell"

    def test_without_defaults(self) -> None:
        """Default files can be left unread."""
        assert load_dotenv(load_defaults=False) is False
        assert load_dotenv("own.env", load_defaults=False) is True
        assert read_variables() == {"T_OWN": "own"}

    def test_missing_path(self) -> None:
        """A path that is no file is passed over."""
        assert load_dotenv("nowhere.env", load_defaults=False) is False

    def test_folders_above(self, project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """Default files are found from the current directory upwards; it does not change."""
        below = project.folder / "below"
        below.mkdir()
        monkeypatch.chdir(below)

        assert load_dotenv() is True
        assert read_variables()["T_ENV"] == "env"
        assert Path.cwd() == below

    def test_without_the_library(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Without python-dotenv nothing is loaded, and a tip on stderr says why."""
        monkeypatch.setitem(sys.modules, "dotenv", None)

        assert load_dotenv() is False
        assert capsys.readouterr() == (
            "",
            " * Tip: There are .env files present. Install python-dotenv to use them.\n",
        )

    @pytest.mark.parametrize("case", ["no files", "reloaded"])
    def test_no_tip(
        self,
        project: Any,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        case: str,
    ) -> None:
        """The tip is not given without such files, nor again after a reload."""
        monkeypatch.setitem(sys.modules, "dotenv", None)
        if case == "no files":
            (project.folder / ".env").unlink()
            (project.folder / ".flaskenv").unlink()
        else:
            monkeypatch.setenv("WERKZEUG_RUN_MAIN", "true")

        load_dotenv()

        assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("env_files")
class TestEnvFileOption:
    @pytest.fixture
    def program(self) -> FlaskGroup:
        app = Flask("shop")

        @app.cli.command()
        def show() -> None:
            click.echo(" ".join(sorted(read_variables())))

        return FlaskGroup(create_app=lambda: app)

    @pytest.mark.parametrize(
        ("args", "environ", "expected"),
        [
            ([], {}, "T_ENV T_FLASKENV T_GREETING T_OWN"),
            (["-e", "own.env"], {}, "T_ENV T_FLASKENV T_GREETING T_OWN"),
            ([], {"FLASK_SKIP_DOTENV": "1"}, ""),
            (["--env-file", "own.env"], {"FLASK_SKIP_DOTENV": "1"}, "T_OWN"),
            ([], {"FLASK_SKIP_DOTENV": "1", "FLASK_ENV_FILE": "own.env"}, "T_OWN"),
        ],
    )
    def test_files_that_are_read(
        self,
        runner: CliRunner,
        program: FlaskGroup,
        args: list[str],
        environ: dict[str, str],
        expected: str,
    ) -> None:
        """Default files are read unless FLASK_SKIP_DOTENV says no; a named one always is."""
        assert runner.invoke(program, [*args, "show"], env=environ).output == f"{expected}\n"

    def test_other_options_see_it(self, runner: CliRunner, project: Any) -> None:
        """The file may set what other options read from the environment."""
        project.write("shop.py", "from flask import Flask\napp = Flask(__name__)")
        project.write("app.env", "FLASK_APP=shop\nFLASK_ROUTES_ALL_METHODS=1\n")

        assert "HEAD" in runner.invoke(cli, ["-e", "app.env", "routes"]).output

    def test_without_the_library(
        self, runner: CliRunner, program: FlaskGroup, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Naming a file without python-dotenv is refused, for its values would be missing."""
        monkeypatch.setitem(sys.modules, "dotenv", None)

        result = runner.invoke(program, ["-e", "own.env", "show"])

        assert result.exit_code == 2
        assert "python-dotenv must be installed to load an env file." in result.output

    def test_missing_file(self, runner: CliRunner, program: FlaskGroup) -> None:
        """A named file that does not exist is refused."""
        result = runner.invoke(program, ["-e", "nowhere.env", "show"])

        assert result.exit_code == 2
        assert "File 'nowhere.env' does not exist." in result.output


class TestLegacyDebugFlag:
    @pytest.mark.parametrize(
        ("environ", "expected"),
        [
            ({}, False),
            ({"FLASK_ENV": "production"}, False),
            ({"FLASK_ENV": "development"}, True),
            ({"FLASK_ENV": "development", "FLASK_DEBUG": "0"}, False),
            ({"FLASK_ENV": "development", "FLASK_DEBUG": "1"}, False),
        ],
    )
    def test_decision(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        environ: dict[str, str],
        expected: bool,
    ) -> None:
        """FLASK_ENV=development asks for debug mode while FLASK_DEBUG is silent, with a notice."""
        for name, value in environ.items():
            monkeypatch.setenv(name, value)

        assert legacy_debug_flag() is expected
        assert ("'flask run --debug'" in capsys.readouterr().err) is expected

    def test_notice_is_given_once(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The reloader's child decides the same, but does not repeat the notice."""
        monkeypatch.setenv("FLASK_ENV", "development")
        monkeypatch.setenv("WERKZEUG_RUN_MAIN", "true")

        assert legacy_debug_flag() is True
        assert capsys.readouterr().err == ""


class TestBanner:
    @pytest.mark.parametrize(
        ("debug", "path", "expected"),
        [
            (
                False,
                "shop",
                f" * Serving Flask app 'shop'\n * Dewar {VERSION}\n * Debug mode: off\n",
            ),
            (True, None, f" * Dewar {VERSION}\n * Debug mode: on\n"),
        ],
    )
    def test_lines(
        self, capsys: pytest.CaptureFixture[str], debug: bool, path: str | None, expected: str
    ) -> None:
        """The banner names the application if known, Dewar's version, and the mode."""
        show_server_banner(debug, path)

        assert capsys.readouterr().out == expected

    def test_silent_after_a_reload(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The reloader's child does not print the banner again."""
        monkeypatch.setenv("WERKZEUG_RUN_MAIN", "true")

        show_server_banner(True, "shop")

        assert capsys.readouterr().out == ""


class TestVersion:
    def test_lines(self, runner: CliRunner) -> None:
        """``--version`` names Python, Flask and Werkzeug as Flask does, then Dewar in full."""
        result = runner.invoke(cli, ["--version"])

        assert result.exit_code == 0
        assert result.output.splitlines() == [
            f"Python {platform.python_version()}",
            "Flask 3.1.3",
            f"Werkzeug {importlib.metadata.version('werkzeug')}",
            f"Dewar {VERSION}",
        ]
        assert VERSION.startswith("3.1.3+dewar.")

    def test_from_a_folder(self, runner: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where no distribution is installed, that is said instead of a version."""

        def find_nothing(name: str) -> str:
            raise importlib.metadata.PackageNotFoundError(name)

        monkeypatch.setattr(importlib.metadata, "version", find_nothing)

        show = FlaskGroup(create_app=lambda: Flask("shop"))
        show.add_command(click.Command("banner", callback=lambda: show_server_banner(False, None)))
        assert "not installed" in runner.invoke(show, ["banner"]).output


@pytest.mark.parametrize(
    ("path", "other", "expected"),
    [
        ("/a", "/a/b", True),
        ("/a/", "/a/b", True),
        ("/", "/a", True),
        ("", "a", True),
        ("/a", "/ab", False),
        ("/a/b", "/a", False),
        ("/a", "/a", False),
    ],
)
def test_path_is_ancestor(path: str, other: str, expected: bool) -> None:
    """A folder is above what lies in it, not above itself or a name that begins alike."""
    assert _path_is_ancestor(path, other) is expected
