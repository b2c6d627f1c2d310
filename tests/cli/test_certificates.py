from __future__ import annotations

import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from werkzeug.serving import make_ssl_devcert

from flask.cli import cli

APP = """\
import ssl
from flask import Flask, request

app = Flask(__name__)
other = 1

@app.get("/")
def index():
    return f"served by {request.scheme}"

def context():
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain("own.crt", "own.key")
    return made
"""


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two certificates with keys, in files; making a key takes a while."""
    folder = tmp_path_factory.mktemp("certificates")
    for name in ("own", "other"):
        make_ssl_devcert(str(folder / name), host="localhost")
    key = serialization.load_pem_private_key((folder / "own.key").read_bytes(), None)
    (folder / "secret.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    return folder


@pytest.fixture(autouse=True)
def _files(project: Any, pairs: Path) -> None:
    project.write("hello.py", APP)
    project.write("certified.py", "import hello\ncontext = hello.context()\nother = 1")
    project.write("plain.txt", "no certificate")
    for file in pairs.iterdir():
        project.write(file.name, file.read_text())


class TestHttps:
    def test_files(self, serve: Callable[..., Any]) -> None:
        """A certificate and a key in files are what the browser is shown."""
        server = serve("--app", "hello", "run", "--cert", "own.crt", "--key", "own.key")
        tls = ssl.create_default_context(cafile="own.crt")
        tls.check_hostname = False  # the name is localhost, the address a number

        assert server.get("/", tls) == (200, "served by https")
        assert server.url.startswith("https://")
        assert server.stop() == 0

    @pytest.mark.parametrize("cert", ["adhoc", "certified.context", "certified:context"])
    def test_without_files(self, serve: Callable[..., Any], cert: str) -> None:
        """A certificate can be made on the spot, or come with an imported SSLContext."""
        server = serve("--app", "hello", "run", "--cert", cert)
        tls = ssl.create_default_context()
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE

        assert server.get("/", tls) == (200, "served by https")
        assert server.stop() == 0


class TestUnfit:
    @pytest.mark.parametrize(
        ("cert", "key", "message"),
        [
            ("own.crt", "other.key", "other.key' is not that of the certificate in"),
            ("plain.txt", "own.key", "There is no certificate in PEM format in"),
            ("own.crt", "plain.txt", "There is no private key in PEM format in"),
            ("own.key", "own.crt", "There is no certificate in PEM format in"),
            ("own.crt", "secret.key", "secret.key' is encrypted, and there is no terminal"),
        ],
    )
    def test_files(self, runner: Any, cert: str, key: str, message: str) -> None:
        """Files that do not fit are refused before anything is served, saying which and why."""
        result = runner.invoke(
            cli, ["--app", "hello", "run", "--cert", cert, "--key", key, "--port", "0"]
        )

        assert result.exit_code == 2
        assert message in result.output
        assert "Serving" not in result.output

    def test_damaged(self, project: Any, runner: Any) -> None:
        """What OpenSSL says of a damaged file is passed on."""
        project.write("own.crt", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n")
        result = runner.invoke(
            cli, ["--app", "hello", "run", "--cert", "own.crt", "--key", "own.key", "--port", "0"]
        )

        assert result.exit_code == 2
        assert "cannot be used: " in result.output

    def test_other_object(self, runner: Any) -> None:
        """An import that is no SSLContext is named with its type."""
        result = runner.invoke(cli, ["--app", "hello", "run", "--cert", "certified:other"])

        assert result.exit_code == 2
        assert "an object of type 'int' and no ssl.SSLContext." in result.output

    @pytest.mark.parametrize(
        ("cert", "message"),
        [
            ("", "'--cert': It is empty. Name a file, 'adhoc', or an ssl.SSLContext"),
            (
                "certified.nope",
                "Nor can it be imported: module 'certified' has no attribute 'nope'.",
            ),
            ("nowhere:context", "Nor can it be imported: No module named 'nowhere'."),
            ("clients.context", "an ssl.SSLContext for clients. Make one with 'ssl.PROTOCOL_TLS_S"),
            ("clients:checking", "an ssl.SSLContext for clients. Make one with"),
            ("needy.context", "While importing 'needy.context', an ImportError was raised:"),
            ("needy:context", "No module named 'does_not_exist_anywhere'"),
        ],
    )
    def test_import(self, project: Any, runner: Any, cert: str, message: str) -> None:
        """What is wrong with an import is told, and not only that there is no such file."""
        project.write("needy.py", "import does_not_exist_anywhere")
        project.write(
            "clients.py",
            "import ssl\n"
            "context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)\n"
            "checking = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n"
            "checking.check_hostname = True\n",
        )
        result = runner.invoke(cli, ["--app", "hello", "run", "--cert", cert])

        assert result.exit_code == 2
        assert message in result.output
        assert ".py" not in result.output or "needy.py" in result.output

    def test_broken_module(self, project: Any) -> None:
        """A module that breaks while it is imported for its certificate shows its own error."""
        project.write("boom.py", "1 / 0")
        result = project.run("--app", "hello", "run", "--cert", "boom.context")

        assert result.returncode == 1
        assert result.stderr.count("  File ") == 1
        assert result.stderr.rstrip().endswith("ZeroDivisionError: division by zero")

    def test_adhoc_without_the_library(self, project: Any) -> None:
        """``adhoc`` without the cryptography library is refused with its name."""
        project.write("hidden/cryptography.py", "raise ImportError('not installed')")
        result = project.run(
            "--app", "hello", "run", "--cert", "adhoc", PYTHONPATH=str(project.folder / "hidden")
        )

        assert result.returncode == 2
        assert "ad-hoc certificates requires the cryptography library." in result.stderr

    @pytest.mark.parametrize(
        ("phrase", "answer", "status"),
        [
            ("secret", "Running on https://", 0),
            ("wrong", "secret.key' cannot be read; is the pass phrase right", 2),
        ],
    )
    def test_pass_phrase_at_a_terminal(
        self, terminal: Callable[..., Any], phrase: str, answer: str, status: int
    ) -> None:
        """At a terminal the server asks for the pass phrase of an encrypted key."""
        program = Path(sys.executable).with_name("flask")
        command = f"{program} --app hello run --cert own.crt --key secret.key --port 0"
        server = terminal(*command.split(), columns=1000)

        server.wait_for("pass phrase")
        server.type(f"{phrase}\n")
        server.wait_for(answer)
        if status == 0:
            tls = ssl.create_default_context()
            tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
            assert server.get("/", tls)[0] == 200
            server.type("\x03")

        assert server.wait() == status
        assert "Traceback" not in server.output


def test_help_names_the_types() -> None:
    """The command's help says what ``--cert`` takes."""
    flask = Path(sys.executable).with_name("flask")
    result = subprocess.run([flask, "run", "--help"], capture_output=True, text=True, check=True)

    assert "'adhoc'" in result.stdout
