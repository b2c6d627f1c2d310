from __future__ import annotations

import ast
import re
import sysconfig
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import pytest
import werkzeug.serving

from flask import Flask
from flask.helpers import get_debug_flag
from quickstart.corrections import FLASK_DEBUG, HOST, corrected
from quickstart.reader import Quickstart, Server
from quickstart.seed import block, commands

REPORT = """
@app.route("/debug")
def debug():
    return str(app.debug)

@app.route("/fail")
def fail():
    raise ValueError("failed on purpose")
"""


@pytest.fixture
def hello(quickstart: Quickstart) -> None:
    """Block 2 as ``hello.py``, and two more views that tell how it is served."""
    quickstart.write("hello.py", block(2) + REPORT)


@pytest.mark.slow
def test_virtual_environment(quickstart: Quickstart) -> None:
    """Block 1, and ``pip install flask``: pip takes Dewar for the Flask that is asked for."""
    assert quickstart.run(block(1)).returncode == 0
    venv = quickstart.folder / "venv"
    [site_packages] = venv.glob("lib/python*/site-packages")
    site_packages.joinpath("dewar.pth").write_text(
        f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})"
    )

    run = quickstart.run(
        "pip install flask",
        PATH=f"{venv}/bin:/usr/bin:/bin",
        PIP_NO_INDEX="1",
        PIP_DISABLE_PIP_VERSION_CHECK="1",
    )

    assert run.returncode == 0, run.stderr
    assert re.search(r"already satisfied: flask in .*\(3\.1\.3\+dewar", run.stdout)
    assert version("flask").startswith("3.1.3+dewar")


@pytest.mark.parametrize("command", ["flask run", "python -m flask run"])
def test_run(hello: None, serve: Callable[..., Server], command: str) -> None:
    """The two ways to start the server: FLASK_APP names the module, debug mode is off."""
    server = serve(command, FLASK_APP="hello")

    assert server.get("/") == (200, "Hello, World!")
    assert server.get("/debug") == (200, "False")


def test_module_alone(quickstart: Quickstart) -> None:
    """``python -m flask`` alone lists the commands."""
    run = quickstart.run("python -m flask")

    assert re.search(r"^  run +\w", run.stdout + run.stderr, re.MULTILINE)


def test_host_with_spaces(hello: None, quickstart: Quickstart) -> None:
    """Block 3 as written: the error names the spaces and the right notation."""
    run = quickstart.run(commands(3), FLASK_APP="hello")

    assert run.returncode == 2
    assert re.search(HOST.error, " ".join(run.stderr.split()))


def test_public_host(hello: None, serve: Callable[..., Server]) -> None:
    """Block 3 corrected: the server listens on every address, 127.0.0.1 among them."""
    server = serve(corrected(HOST).removeprefix("$ "), FLASK_APP="hello")

    assert server.get("/") == (200, "Hello, World!")
    server.wait_for(r"Running on all addresses \(0\.0\.0\.0\)")


def test_development_environment(hello: None, serve: Callable[..., Server]) -> None:
    """Block 4: FLASK_ENV=development turns on debug mode, reloader and debugger, and says how else."""
    server = serve(commands(4), FLASK_APP="hello")

    server.wait_for("DeprecationWarning: FLASK_ENV=development.*--debug")
    server.wait_for("Debug mode: on")
    server.wait_for("Restarting with")
    server.wait_for("Debugger is active")
    assert server.get("/debug") == (200, "True")
    status, page = server.get("/fail")
    assert status == 500
    assert "__debugger__" in page


def test_debug_variable(hello: None, serve: Callable[..., Server]) -> None:
    """FLASK_DEBUG=1 turns debug mode on by itself, without any warning."""
    server = serve(f"export {FLASK_DEBUG.correct}\nflask run", FLASK_APP="hello")

    assert server.get("/debug") == (200, "True")
    assert "Deprecation" not in server.output


def test_debug_variable_with_spaces(quickstart: Quickstart) -> None:
    """FLASK_DEBUG = 1 as written: the shell itself refuses it."""
    run = quickstart.run(f"export {FLASK_DEBUG.written}")

    assert run.returncode != 0
    assert re.search(FLASK_DEBUG.error, run.stderr)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("helo", r"Error: Could not import 'helo'\."),
        ("broken", r"Error: While importing 'broken', an ImportError was raised:"),
        ("empty", r"Error: Failed to find Flask application or factory in module 'empty'\."),
    ],
)
def test_wrong_import_name(quickstart: Quickstart, name: str, error: str) -> None:
    """A module that FLASK_APP names wrongly, or that holds no app, is named with the reason."""
    quickstart.write("broken.py", "import nowhere")
    quickstart.write("empty.py", "application_to_come = None")

    run = quickstart.run("flask run", FLASK_APP=name)

    assert run.returncode == 2
    assert re.search(error, run.stderr)


def test_secret_key(quickstart: Quickstart) -> None:
    """Block 31: the command prints 16 random bytes, anew each time."""
    keys = [ast.literal_eval(quickstart.run(commands(31)).stdout) for _ in range(2)]

    assert [len(key) for key in keys] == [16, 16]
    assert keys[0] != keys[1]


class TestDevelopmentEnvironment:
    @pytest.mark.parametrize(
        ("variables", "argument", "debug"),
        [
            ({"FLASK_ENV": "development"}, None, True),
            ({"FLASK_ENV": "development", "FLASK_DEBUG": "0"}, None, False),
            ({"FLASK_ENV": "development"}, False, False),
            ({"FLASK_ENV": "production"}, None, False),
            ({"FLASK_ENV": "production"}, True, True),
        ],
    )
    def test_app_run(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        variables: dict[str, str],
        argument: bool | None,
        debug: bool,
    ) -> None:
        """``app.run()`` obeys FLASK_ENV=development unless it is told otherwise, and says so."""
        told: dict[str, Any] = {}
        monkeypatch.setattr(
            werkzeug.serving, "run_simple", lambda *args, **options: told.update(options)
        )
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        app = Flask("hello")

        app.run(port=0, debug=argument, load_dotenv=False)

        assert (app.debug, told["use_reloader"], told["use_debugger"]) == (debug, debug, debug)
        obeyed = variables == {"FLASK_ENV": "development"} and argument is None
        assert ("FLASK_ENV=development turned on debug mode" in capsys.readouterr().err) == obeyed

    def test_nothing_else(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An application that another server runs ignores FLASK_ENV, as Flask 3.1 does."""
        monkeypatch.setenv("FLASK_ENV", "development")

        assert Flask("hello").debug is False
        assert Flask("hello").config["DEBUG"] is False
        assert "ENV" not in Flask("hello").config
        assert get_debug_flag() is False
