from __future__ import annotations

import io
import sys
import unicodedata
from typing import Any

import pytest
from click.testing import CliRunner

from flask import Flask
from flask.cli import FlaskGroup

try:
    import readline
except ImportError:  # Windows
    readline = None  # type: ignore[assignment]


def make_program(app: Flask) -> FlaskGroup:
    return FlaskGroup(create_app=lambda: app)


class TestRoutes:
    @pytest.fixture
    def app(self) -> Flask:
        app = Flask("shop")
        app.add_url_rule("/b", "zeta", lambda: "", methods=["GET", "POST"])
        app.add_url_rule("/a/<int:x>", "alpha", lambda x: "", methods=["PUT", "DELETE"])
        app.add_url_rule("/", "index", lambda: "")
        return app

    def test_table(self, runner: CliRunner, app: Flask) -> None:
        """Rules are listed by endpoint under headings, without HEAD and OPTIONS."""
        result = runner.invoke(make_program(app), ["routes"])

        assert [line.rstrip() for line in result.output.splitlines()] == [
            "Endpoint  Methods      Rule",
            "--------  -----------  -----------------------",
            "alpha     DELETE, PUT  /a/<int:x>",
            "index     GET          /",
            "static    GET          /static/<path:filename>",
            "zeta      GET, POST    /b",
        ]

    def test_websocket(self, runner: CliRunner, app: Flask) -> None:
        """A WebSocket's rule is none of a method; one for a WSGI server's socket looks as ever."""
        app.add_websocket("/ws", "chat", lambda: None)
        app.add_url_rule("/raw", "raw", lambda: "", websocket=True)

        for more in [], ["--all-methods"]:
            lines = runner.invoke(make_program(app), ["routes", *more]).output.splitlines()
            found = {name: rest.split() for name, _, rest in (li.partition(" ") for li in lines)}
            assert found["chat"] == ["WebSocket", "/ws"]
            assert "GET" in " ".join(found["raw"])

    @pytest.mark.parametrize(
        ("key", "expected"),
        [
            ("endpoint", "alpha index static zeta"),
            ("rule", "index alpha zeta static"),
            ("methods", "alpha static index zeta"),
            ("domain", "static zeta alpha index"),
            ("match", "static zeta alpha index"),
        ],
    )
    def test_order(self, runner: CliRunner, app: Flask, key: str, expected: str) -> None:
        """``--sort`` chooses the column; ``match`` is the order of matching."""
        result = runner.invoke(make_program(app), ["routes", "-s", key])

        endpoints = [line.split()[0] for line in result.output.splitlines()[2:]]
        assert " ".join(endpoints) == expected

    def test_all_methods(self, runner: CliRunner, app: Flask) -> None:
        """``--all-methods`` shows HEAD and OPTIONS as well."""
        result = runner.invoke(make_program(app), ["routes", "--all-methods"])

        assert "GET, HEAD, OPTIONS, POST" in result.output

    def test_subdomains(self, runner: CliRunner) -> None:
        """A column for subdomains is there when a rule has one."""
        app = Flask("shop", static_folder=None)
        app.add_url_rule("/", "index", lambda: "")
        app.add_url_rule("/", "inner", lambda: "", subdomain="inner")

        result = runner.invoke(make_program(app), ["routes", "--sort", "domain"])

        assert [line.split() for line in result.output.splitlines()] == [
            ["Endpoint", "Methods", "Subdomain", "Rule"],
            ["--------", "-------", "---------", "----"],
            ["index", "GET", "/"],
            ["inner", "GET", "inner", "/"],
        ]

    def test_hosts(self, runner: CliRunner) -> None:
        """With host matching the column shows hosts."""
        app = Flask("shop", host_matching=True, static_folder=None)
        app.add_url_rule("/", "index", lambda: "", host="shop.test")

        lines = runner.invoke(make_program(app), ["routes"]).output.splitlines()

        assert lines[0].split() == ["Endpoint", "Methods", "Host", "Rule"]
        assert lines[2].split() == ["index", "GET", "shop.test", "/"]

    def test_no_routes(self, runner: CliRunner) -> None:
        """An application without rules says so."""
        result = runner.invoke(make_program(Flask("shop", static_folder=None)), ["routes"])

        assert result.output == "No routes were registered.\n"

    def test_wide_names(self, runner: CliRunner) -> None:
        """Columns line up where characters take two columns, or none."""
        app = Flask("shop", static_folder=None)
        for endpoint in (
            "방명록",
            unicodedata.normalize("NFD", "방명록 둘"),
            "café\u0301",
            "plain",
        ):
            app.add_url_rule(f"/{len(endpoint)}", endpoint)
        lines = runner.invoke(make_program(app), ["routes"]).output.splitlines()
        wide = [line for line in lines if unicodedata.normalize("NFC", line).startswith("방명록")]

        assert lines[1].startswith("---------  ---")
        assert sorted(unicodedata.normalize("NFC", line) for line in wide) == [
            "방명록     GET      /3",
            "방명록 둘  GET      /13",
        ]
        assert "café\u0301       GET      /5" in lines
        assert "plain      GET      /5" in lines

    def test_control_characters(self, runner: CliRunner) -> None:
        """What a terminal would obey is written out: a rule cannot forge a line or a colour."""
        app = Flask("shop", static_folder=None)
        app.add_url_rule("/a\n/b\x1b[31m\u202e", "one\ttwo")
        lines = runner.invoke(make_program(app), ["routes"]).output.splitlines()

        assert lines[2:] == [r"one\ttwo  GET      /a\n/b\x1b[31m\u202e"]

    def test_unknown_order(self, runner: CliRunner, app: Flask) -> None:
        """An unknown sort key is refused with the known ones."""
        result = runner.invoke(make_program(app), ["routes", "--sort", "age"])

        assert result.exit_code == 2
        assert "'endpoint', 'methods', 'domain', 'rule', 'match'" in result.output


class TestShell:
    @pytest.fixture
    def app(self) -> Flask:
        app = Flask("shop", instance_path="/shop/instance")
        app.shell_context_processor(lambda: {"word": "processed"})
        return app

    @pytest.fixture
    def type_in(
        self, app: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> Any:
        """Run the shell on lines of input and return what it printed."""
        monkeypatch.setattr(sys, "__interactivehook__", lambda: None, raising=False)

        def run(*lines: str) -> Any:
            monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(lines) + "\n"))
            make_program(app).main(["shell"], standalone_mode=False)
            return capsys.readouterr()

        return run

    def test_names_and_context(self, type_in: Any) -> None:
        """The shell has the application, ``g`` and the processors' names, inside its context."""
        printed = type_in(
            "from flask import current_app",
            "print(app is current_app._get_current_object(), g, word)",
        )

        assert "True <flask.g of 'shop'> processed" in printed.out

    def test_banner(self, type_in: Any) -> None:
        """The shell tells which Python, application and instance folder it works on."""
        printed = type_in()

        assert printed.err.startswith(f"Python {sys.version} on {sys.platform}\n")
        assert "App: shop\nInstance: /shop/instance\n" in printed.err

    def test_startup_file(
        self, type_in: Any, project: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The file that PYTHONSTARTUP names runs first; the application's names win."""
        startup = project.write("startup.py", "word = 'mine'\nother = 'started'\n")
        monkeypatch.setenv("PYTHONSTARTUP", str(startup))

        assert "processed started" in type_in("print(word, other)").out

    def test_missing_startup_file(self, type_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """A startup file that does not exist is passed over."""
        monkeypatch.setenv("PYTHONSTARTUP", "/nowhere.py")

        assert "processed" in type_in("print(word)").out

    def test_completion(self, type_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """The tab key completes the shell's names; a user's own completer, set in the hook, wins."""
        completers: list[Any] = []
        if readline is not None:
            monkeypatch.setattr(readline, "set_completer", completers.append)
        monkeypatch.setattr(sys, "__interactivehook__", lambda: completers.append("hook"))

        type_in()

        assert completers[-1] == "hook"
        if readline is not None:
            assert completers[-2]("wor", 0) == "word"

    def test_without_readline(self, type_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where Python has no readline the shell works without the tab key."""
        monkeypatch.setitem(sys.modules, "readline", None)

        assert "processed" in type_in("print(word)").out

    def test_without_hook(self, type_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where Python's own shell would not complete, neither does this one."""
        monkeypatch.delattr(sys, "__interactivehook__")

        assert "processed" in type_in("print(word)").out
