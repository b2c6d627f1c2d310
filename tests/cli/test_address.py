from __future__ import annotations

import contextlib
import errno
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from flask.cli import refuse_busy_port
from flask.cli.address import describe_trouble, find_listener

HELLO = "from flask import Flask\napp = Flask(__name__)"


@pytest.fixture
def busy() -> Iterator[int]:
    """A port on which this process listens."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def refusal(capsys: pytest.CaptureFixture[str], host: str, port: int) -> str:
    with pytest.raises(SystemExit) as caught:
        refuse_busy_port(host, port)
    assert caught.value.code == 1
    return capsys.readouterr().err


class TestBusyPort:
    @pytest.mark.parametrize("options", [[], ["--debug"]])
    def test_remedy(self, project: Any, busy: int, options: list[str]) -> None:
        """A port that another program has ends the server with the remedy and status 1."""
        project.write("hello.py", HELLO)
        result = project.run("--app", "hello", "run", "--port", str(busy), *options)

        assert result.returncode == 1
        first, second = result.stderr.splitlines()
        assert first == "Address already in use"
        assert second.startswith(f"Port {busy} is in use by ")
        assert second.endswith(f"or choose another port, for example with '--port {busy + 1}'.")

    def test_owner_is_named(self, capsys: pytest.CaptureFixture[str], busy: int) -> None:
        """Where the system tells which process has the port, as Linux does, it is named."""
        message = refusal(capsys, "127.0.0.1", busy)

        names_it = f"process {os.getpid()} (" in message and f"'kill {os.getpid()}'" in message
        assert names_it is sys.platform.startswith("linux")

    def test_owner_that_nobody_knows(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], busy: int
    ) -> None:
        """Where the system does not tell, the message speaks of another program."""
        monkeypatch.setattr("flask.cli.address.find_listener", lambda port: None)

        message = refusal(capsys, "127.0.0.1", busy)

        assert f"Port {busy} is in use by another program. Stop that program, or" in message

    def test_owner_with_a_long_command(self, capsys: pytest.CaptureFixture[str]) -> None:
        """A command line of several lines, with escapes in it, becomes a short single line."""
        code = (
            "import socket\n'\x1b[31m'\n"
            "with socket.create_server(('127.0.0.1', 0)) as s:\n"
            "    print(s.getsockname()[1], flush=True)\n    input()\n"
        )
        command = [sys.executable, "-c", code]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as other:
            assert other.stdout is not None
            message = refusal(capsys, "127.0.0.1", int(other.stdout.readline()))
            other.communicate("\n")

        assert len(message.splitlines()) == 2
        if sys.platform.startswith("linux"):
            assert r"import socket '\x1b[31m' with" in message
            assert "...). Stop it" in message

    def test_nobody_listens(self, busy: int) -> None:
        """A port that nobody listens on has no owner."""
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            assert find_listener(bound.getsockname()[1]) is None

    def test_airplay(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], busy: int
    ) -> None:
        """On macOS the message for the usual port names the AirPlay Receiver."""
        monkeypatch.setattr(sys, "platform", "darwin")
        monkeypatch.setattr("flask.cli.address.AIRPLAY_PORTS", {busy})

        assert "AirPlay Receiver" in refusal(capsys, "127.0.0.1", busy)

    def test_last_port(self) -> None:
        """There is no port above the last one to propose."""
        error = OSError(errno.EADDRINUSE, "in use")

        assert "'--port 65534'" in describe_trouble(error, "127.0.0.1", 65535)

    def test_after_a_reload(self, monkeypatch: pytest.MonkeyPatch, busy: int) -> None:
        """The reloader's child does not ask for a port that its parent holds for it."""
        monkeypatch.setenv("WERKZEUG_RUN_MAIN", "true")

        refuse_busy_port("127.0.0.1", busy)


class TestOtherTroubles:
    @pytest.mark.parametrize(
        ("host", "message"),
        [
            ("192.0.2.1", "'192.0.2.1' is no address of this machine. Use '--host 127.0.0.1'"),
            ("::zz", "The host name '::zz' is not known here."),
            ("a" * 300, f"The host name '{'a' * 300}' is not known here."),
            ("unix:///nowhere/shop.sock", "There is no folder '/nowhere' to make the socket"),
            (f"unix://{__file__}", f"{__file__!r} exists and is no socket."),
            ("unix://", "'unix://' names no file. Write one after it"),
            pytest.param(
                f"unix:///tmp/{'a' * 150}", "Cannot listen at the socket '/tmp/aaa", id="long"
            ),
            ("unix:///proc/x", "Cannot listen at the socket '/proc/x': "),
            ("[::1]", "The host name '[::1]' is not known here. Use '--host ::1'."),
            (
                "localhost:5634",
                "The host name 'localhost:5634' is not known here."
                " Use '--host localhost --port 5634'.",
            ),
            (
                "http://[::1]:80/",
                "The host name 'http://[::1]:80/' is not known here. Use '--host ::1 --port 80'.",
            ),
            (
                "host.invalid",
                "The host name 'host.invalid' is not known here. Use '--host 127.0.0.1'",
            ),
        ],
    )
    def test_address(self, capsys: pytest.CaptureFixture[str], host: str, message: str) -> None:
        """An address that cannot be used is refused with the reason."""
        assert refusal(capsys, host, 0).startswith(message)

    def test_no_permission(self) -> None:
        """A port that is reserved for root is refused with one that is not."""
        error = PermissionError(errno.EACCES, "Permission denied")
        message = describe_trouble(error, "127.0.0.1", 80)

        assert message.startswith("Permission denied: this user may not listen on port 80;")
        assert "'--port 8080'" in message

    def test_anything_else(self) -> None:
        """An error that nobody foresaw is told in the system's words, with the address."""
        error = OSError(errno.ENOBUFS, "No buffer space available")

        assert describe_trouble(error, "127.0.0.1", 80) == (
            "Cannot listen at '127.0.0.1', port 80: No buffer space available."
        )

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "unix://shop.sock"])
    def test_nothing_wrong(self, project: Any, host: str) -> None:
        """An address that can be used passes, and is left free."""
        refuse_busy_port(host, 0)

        assert not list(project.folder.iterdir())

    def test_path_that_is_too_long(self, capsys: pytest.CaptureFixture[str]) -> None:
        """A socket's path has few bytes; one that does not fit is refused for its length."""
        message = refusal(capsys, f"unix:///tmp/{'a' * 150}", 0)

        assert "path too long, write a shorter one" in message

    @pytest.mark.parametrize("waiting", [0, 2])
    def test_busy_socket_file(
        self, project: Any, capsys: pytest.CaptureFixture[str], waiting: int
    ) -> None:
        """A socket file on which a program listens is refused, also when its queue is full."""
        with contextlib.ExitStack() as stack:
            other = stack.enter_context(socket.socket(socket.AF_UNIX))
            other.bind("shop.sock")
            other.listen(waiting // 2)
            for _ in range(waiting):
                stack.enter_context(socket.socket(socket.AF_UNIX)).connect("shop.sock")

            message = refusal(capsys, "unix://shop.sock", 0)

        assert message.startswith("Address already in use\nAnother program listens at the socket")

    def test_every_address(self, project: Any, serve: Callable[..., Any]) -> None:
        """An empty host is every address of the machine, which the log then says."""
        project.write("hello.py", HELLO)
        server = serve("--app", "hello", "run", "--host", "")

        server.wait_for(r"Running on all addresses \(0\.0\.0\.0\)")
        assert server.stop() == 0

    def test_socket_file(self, project: Any, serve: Callable[..., Any]) -> None:
        """The server can listen at a socket file, also at one that a former server left."""
        project.write("hello.py", HELLO)
        for _ in range(2):
            server = serve("--app", "hello", "run", "--host", "unix://shop.sock")
            server.wait_for("Running on unix://.*shop.sock")
            with socket.socket(socket.AF_UNIX) as client:
                client.connect("shop.sock")
                client.sendall(b"GET / HTTP/1.0\r\n\r\n")
                assert client.recv(12) == b"HTTP/1.1 404"
            assert server.stop() == 0
