from __future__ import annotations

import signal
import ssl
import sys
from collections.abc import Callable
from typing import Any

import click
import pytest
from click.testing import CliRunner

import flask.cli
from flask import Flask
from flask.cli import (
    CertParamType,
    FlaskGroup,
    SeparatedPathType,
    cli,
    run_command,
)

HELLO = """\
from flask import Flask, request

app = Flask(__name__)

@app.route("/")
def hello():
    return f"hello debug={app.debug} threads={request.environ['wsgi.multithread']}"

@app.route("/fail")
def fail():
    raise ValueError("failed on purpose")
"""


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the development server is told, instead of starting it."""
    told: dict[str, Any] = {}

    def run_simple(hostname: str, port: int, application: Any, **options: Any) -> None:
        told.update(hostname=hostname, port=port, application=application, **options)

    monkeypatch.setattr(flask.cli, "run_simple", run_simple)
    monkeypatch.setattr("werkzeug.serving.run_simple", run_simple)
    return told


class TestOptions:
    app = Flask("shop")
    program = FlaskGroup(create_app=lambda: TestOptions.app)

    def run(self, runner: CliRunner, *args: str, **environ: str) -> Any:
        result = runner.invoke(self.program, ["run", "--port", "0", *args], env=environ)
        assert result.exit_code == 0, result.output
        return result

    def test_defaults(self, runner: CliRunner, served: dict[str, Any]) -> None:
        """Without options the server listens on this machine, in threads, without debug aids."""
        defaults = {param.name: param.default for param in run_command.params}
        assert (defaults["host"], defaults["port"]) == ("127.0.0.1", 5000)

        self.run(runner)

        assert served == {
            "hostname": "127.0.0.1",
            "port": 0,
            "application": self.app,
            "threaded": True,
            "use_reloader": False,
            "use_debugger": False,
            "ssl_context": None,
            "extra_files": None,
            "exclude_patterns": None,
        }

    @pytest.mark.parametrize(
        ("args", "environ", "reloader", "debugger"),
        [
            (["--debug"], {}, True, True),
            ([], {"FLASK_DEBUG": "1"}, True, True),
            (["--no-debug"], {"FLASK_DEBUG": "1"}, False, False),
            (["--debug", "--no-reload"], {}, False, True),
            (["--debug", "--no-debugger"], {}, True, False),
            (["--reload"], {}, True, False),
            (["--debugger"], {}, False, True),
            ([], {"FLASK_RUN_RELOAD": "1", "FLASK_RUN_DEBUGGER": "1"}, True, True),
            ([], {"FLASK_ENV": "development"}, True, True),
            ([], {"FLASK_ENV": "development", "FLASK_DEBUG": "0"}, False, False),
            (["--no-debug"], {"FLASK_ENV": "development"}, False, False),
        ],
    )
    def test_debug_aids(
        self,
        runner: CliRunner,
        served: dict[str, Any],
        args: list[str],
        environ: dict[str, str],
        reloader: bool,
        debugger: bool,
    ) -> None:
        """Reloader and debugger follow debug mode, and each an option of its own."""
        self.run(runner, *args, **environ)

        assert (served["use_reloader"], served["use_debugger"]) == (reloader, debugger)

    def test_flask_env_is_announced(self, runner: CliRunner, served: dict[str, Any]) -> None:
        """Debug mode by FLASK_ENV=development reaches the application and is called deprecated."""
        result = self.run(runner, FLASK_ENV="development")

        assert served["application"].debug is True
        assert "DeprecationWarning: FLASK_ENV=development" in result.output
        assert "--debug" in result.output
        assert "Debug mode: on" in result.output

    def test_environment(self, runner: CliRunner, served: dict[str, Any]) -> None:
        """Every option can be set by a FLASK_RUN variable."""
        result = runner.invoke(
            self.program,
            ["run"],
            env={
                "FLASK_RUN_HOST": "localhost",
                "FLASK_RUN_PORT": "0",
                "FLASK_RUN_WITH_THREADS": "0",
                "FLASK_RUN_EXTRA_FILES": "a:b",
                "FLASK_RUN_EXCLUDE_PATTERNS": "*.tmp",
            },
        )

        assert result.exit_code == 0
        assert (served["hostname"], served["port"], served["threaded"]) == ("localhost", 0, False)
        assert (served["extra_files"], served["exclude_patterns"]) == (["a", "b"], ["*.tmp"])

    def test_banner_can_be_silenced(
        self, runner: CliRunner, served: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Replacing ``flask.cli.show_server_banner`` changes what ``flask run`` prints."""
        monkeypatch.setattr("flask.cli.show_server_banner", lambda debug, path: None)

        assert self.run(runner).output == ""

    @pytest.mark.parametrize(
        ("args", "words"),
        [
            (["--host", "=", "0.0.0.0"], "write --host=0.0.0.0"),
            (["--port", "80000"], "80000 is not between 0 and 65535"),
            (["--port", "many"], "'many' is not a valid integer"),
            (["extra"], "Got unexpected extra argument (extra)"),
        ],
    )
    def test_wrong_values(self, runner: CliRunner, args: list[str], words: str) -> None:
        """A value that cannot be meant is refused with the correction, and exit status 2."""
        result = runner.invoke(self.program, ["run", *args])

        assert result.exit_code == 2
        assert words in result.output


class TestBrokenApplication:
    def test_after_a_reload(
        self, runner: CliRunner, served: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The reloader's child raises the error of loading on each request, always alike."""
        monkeypatch.setenv("WERKZEUG_RUN_MAIN", "true")

        def create_app() -> Flask:
            raise ValueError("half-written")

        runner.invoke(FlaskGroup(create_app=create_app), ["run", "--port", "0"])

        lengths = set()
        for _ in range(2):
            with pytest.raises(ValueError, match="half-written") as caught:
                served["application"]({}, None)
            lengths.add(len(caught.traceback))
        assert len(lengths) == 1

    def test_at_start(self, runner: CliRunner, served: dict[str, Any]) -> None:
        """The first process does not serve an application that does not load."""
        result = runner.invoke(FlaskGroup(create_app=lambda: 1 / 0), ["--debug", "run"])

        assert isinstance(result.exception, ZeroDivisionError)
        assert served == {}


class TestAppRun:
    def test_ignored_below_a_command(
        self,
        served: dict[str, Any],
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """``app.run()`` in a module that a command imports is ignored, and said to be."""
        monkeypatch.setenv("FLASK_RUN_FROM_CLI", "true")

        Flask("shop").run()

        assert served == {}
        assert capsys.readouterr().out.startswith(" * Ignoring a call to 'app.run()'")

    @pytest.mark.parametrize(
        ("argument", "environ", "expected"),
        [
            (None, {"FLASK_ENV": "development"}, True),
            (None, {"FLASK_ENV": "development", "FLASK_DEBUG": "0"}, False),
            (False, {"FLASK_ENV": "development"}, False),
            (None, {"FLASK_ENV": "production"}, False),
        ],
    )
    def test_flask_env(
        self,
        served: dict[str, Any],
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        argument: bool | None,
        environ: dict[str, str],
        expected: bool,
    ) -> None:
        """FLASK_ENV=development counts for ``app.run()`` as for ``flask run``."""
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        app = Flask("shop")

        app.run(port=0, debug=argument)

        assert (app.debug, served["use_debugger"]) == (expected, expected)
        assert ("--debug" in capsys.readouterr().err) is expected


class TestCertificate:
    def convert(self, args: list[str]) -> Any:
        return run_command.make_context("run", args).params["cert"]

    @pytest.fixture(autouse=True)
    def _files(self, project: Any) -> None:
        project.write("cert.pem", "")
        project.write("key.pem", "")
        project.write(
            "certified.py",
            "import ssl\ncontext = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\nother = 1",
        )

    def test_files(self, project: Any) -> None:
        """Certificate and key are two files, in either order."""
        pair = (str(project.folder / "cert.pem"), str(project.folder / "key.pem"))

        assert self.convert(["--cert", "cert.pem", "--key", "key.pem"]) == pair
        assert self.convert(["--key", "key.pem", "--cert", "cert.pem"]) == pair

    def test_context(self) -> None:
        """An SSLContext is named by its import path."""
        assert isinstance(self.convert(["--cert", "certified:context"]), ssl.SSLContext)

    def test_adhoc(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """``adhoc`` makes a certificate on the spot, for which a library must be there."""
        monkeypatch.setitem(sys.modules, "cryptography", type(sys)("cryptography"))
        assert self.convert(["--cert", "adhoc"]) == "adhoc"

        monkeypatch.setitem(sys.modules, "cryptography", None)
        with pytest.raises(click.BadParameter, match="requires the cryptography library"):
            self.convert(["--cert", "adhoc"])

    @pytest.mark.parametrize(
        ("args", "message"),
        [
            (["--cert", "cert.pem"], 'Required when using "--cert".'),
            (["--key", "key.pem"], '"--cert" must also be specified.'),
            (["--cert", "nowhere.pem"], "File 'nowhere.pem' does not exist."),
            (
                ["--cert", "certified:other"],
                "File 'certified:other' does not exist. It can be imported, but is an object of"
                " type 'int' and no ssl.SSLContext.",
            ),
            (
                ["--cert", "adhoc", "--key", "key.pem"],
                'When "--cert" is "adhoc", "--key" is not used.',
            ),
            (
                ["--cert", "certified:context", "--key", "key.pem"],
                'When "--cert" is an SSLContext object, "--key" is not used.',
            ),
        ],
    )
    def test_wrong_pairs(
        self, monkeypatch: pytest.MonkeyPatch, args: list[str], message: str
    ) -> None:
        """Certificate and key that do not go together are refused, saying why."""
        monkeypatch.setitem(sys.modules, "cryptography", type(sys)("cryptography"))

        with pytest.raises(click.BadParameter) as caught:
            self.convert(args)

        assert caught.value.message == message

    def test_python_without_ssl(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A Python without SSL support is named as the reason."""
        monkeypatch.setitem(sys.modules, "ssl", None)

        with pytest.raises(click.BadParameter, match="compiled with SSL support"):
            CertParamType().convert("cert.pem", None, None)


def test_separated_paths(project: Any) -> None:
    """Paths are separated as in PATH, and each is checked."""
    project.write("a", "")

    assert SeparatedPathType().convert("a:b", None, None) == ["a", "b"]
    with pytest.raises(click.BadParameter, match="'b' does not exist"):
        SeparatedPathType(exists=True).convert("a:b", None, None)


class TestServer:
    def test_serves(self, project: Any, serve: Callable[..., Any]) -> None:
        """The application answers on the announced address; Ctrl-C ends it without a traceback."""
        project.write("hello.py", HELLO)
        server = serve("--app", "hello", "run")

        assert server.get("/") == (200, "hello debug=False threads=True")
        status, page = server.get("/fail")
        assert (status, "failed on purpose" in page) == (500, False)

        server.wait_for("failed on purpose")
        assert server.stop() == 0
        assert server.output.count("Traceback") == 1  # that of the page which fails
        assert "KeyboardInterrupt" not in server.output

    def test_debug_mode(self, project: Any, serve: Callable[..., Any]) -> None:
        """In debug mode an error is shown in the debugger, and a change restarts the server."""
        file = project.write("hello.py", HELLO)
        server = serve("--app", "hello", "--debug", "run")

        assert server.get("/") == (200, "hello debug=True threads=True")
        status, page = server.get("/fail")
        assert status == 500
        assert "failed on purpose" in page
        assert "__debugger__" in page

        file.write_text(HELLO.replace("hello debug", "changed debug"))
        server.wait_for("Detected change in .*hello.py")
        server.wait_for("Debugger is active", times=2)
        assert server.get("/") == (200, "changed debug=True threads=True")
        assert server.output.count("Serving Flask app 'hello'") == 1

        server.output = ""
        assert server.stop() == 0
        assert "Traceback" not in server.output

    def test_broken_by_a_change(self, project: Any, serve: Callable[..., Any]) -> None:
        """A change that breaks the import is shown in the browser until the next one mends it."""
        file = project.write("hello.py", HELLO)
        server = serve("--app", "hello", "--debug", "run")
        assert server.get("/")[0] == 200  # the reloader looks at the files before this answers

        file.write_text("1 / 0  # half-written")
        server.wait_for("Debugger is active", times=2)
        for _ in range(2):
            status, page = server.get("/")
            assert status == 500
            assert "ZeroDivisionError" in page
            assert "half-written" in page

        file.write_text(HELLO)
        server.wait_for("Debugger is active", times=3)
        assert server.get("/")[0] == 200
        assert server.stop(signal.SIGTERM) == 0

    def test_broken_at_start(self, project: Any) -> None:
        """An application that does not load at the start ends the server, also in debug mode."""
        project.write("broken.py", "1 / 0")
        result = project.run("--app", "broken", "--debug", "run", "--port", "0")
        assert result.returncode == 1
        assert result.stderr.rstrip().endswith("ZeroDivisionError: division by zero")

        project.write("broken.py", "import nowhere")
        result = project.run("--app", "broken", "run", "--port", "0")
        assert result.returncode == 2
        assert "Error: While importing 'broken', an ImportError was raised:" in result.stderr
        assert "No module named 'nowhere'" in result.stderr


def test_module_is_a_program(project: Any) -> None:
    """``python -m flask`` is the same program."""
    import subprocess

    result = subprocess.run(
        [sys.executable, "-m", "flask", "--version"], capture_output=True, text=True, check=True
    )

    assert "Dewar" in result.stdout
    assert cli.name == "flask"
