"""Start the documented files on free ports of loopback, and stop them by their process id.

Only what a machine decides is replaced in a file: folders, ports, and where it is not
the documented one, the kind of worker. `Site` lays out a folder as the document says.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from deployment.visitor import Address, Visitor

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parent.parent
FILES = CHECKOUT / "docs" / "deploying"
DOCUMENT = CHECKOUT / "docs" / "deploying.md"
GUESTBOOK = CHECKOUT / "examples" / "guestbook" / "guestbook"
SCRIPTS = Path(sys.executable).parent
WORKERS = ("sync", "gthread", "gevent")
DIRECT = ("waitress-serve", "granian", "uvicorn")
STARTING = 20.0  # seconds until a server must answer
STOPPING = 10.0  # seconds until a server that was told to stop must be gone

# What Debian's own nginx.conf does around a site; the folders are ours.
AROUND_NGINX = """
daemon off;
{user}
worker_processes 2;
pid {root}/nginx.pid;
error_log {root}/nginx-error.log;
events {{ worker_connections 256; }}
http {{
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    sendfile on;
    gzip on;
    access_log {root}/nginx-access.log;
    client_body_temp_path {root}/nginx-body;
    proxy_temp_path {root}/nginx-proxy;
    fastcgi_temp_path {root}/nginx-fastcgi;
    uwsgi_temp_path {root}/nginx-uwsgi;
    scgi_temp_path {root}/nginx-scgi;
    include {root}/etc/nginx/sites/guestbook;
    server {{
        listen 127.0.0.1:{www_port} ssl;
        server_name www.example.com;
        ssl_certificate {root}/etc/ssl/guestbook/fullchain.pem;
        ssl_certificate_key {root}/etc/ssl/guestbook/privkey.pem;
        include {root}/etc/nginx/snippets/guestbook-prefix.conf;
    }}
}}
"""


def wait_until(condition: Callable[[], Any], told: Callable[[], str], seconds: float) -> Any:
    """Ask until the answer is truthy and return it; fail with what `told` says."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {told()}")
        time.sleep(0.01)
    return answer


def find_free_port() -> int:
    """Find a port that nobody listens on, below those that the system gives to clients.

    A client that asks before the server listens could be given the very port it asks, and
    would then be connected to itself.
    """
    for port in random.sample(range(20_000, 32_000), 100):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("none of 100 ports is free")


def documented_command(program: str) -> list[str]:
    """Return the command line that starts this server in the document."""
    found = re.findall(rf"^\$ ({program} .*)$", DOCUMENT.read_text(), re.MULTILINE)
    assert found, f"{DOCUMENT} has no line that starts {program}"
    return shlex.split(found[0])


def read_settings(text: str) -> dict[str, str]:
    """Read an environment file as systemd does, as far as ours goes."""
    pairs = (line.partition("=") for line in text.splitlines() if line[:1] not in ("", "#"))
    return {name: "".join(shlex.split(value)) for name, _, value in pairs}


class Server:
    """A running process of a server, with its log."""

    def __init__(self, command: list[str], folder: Path, settings: dict[str, str]) -> None:
        self.log = folder / f"{Path(command[0]).name}.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                env={"PATH": os.environ["PATH"], **settings},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # so that what it leaves behind can be found
            )

    def output(self) -> str:
        """Return what the server has said so far."""
        return self.log.read_text(errors="replace")

    def wait_for(self, visitor: Visitor, path: str) -> None:
        """Wait until the server answers there."""

        def answers() -> bool:
            assert self.process.poll() is None, self.output()
            try:
                return visitor.ask("GET", path).status == 200
            except OSError:
                return False

        wait_until(answers, self.output, STARTING)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask the server to stop and return its exit status; fail when it does not."""
        self.process.send_signal(number)
        try:
            return self.process.wait(STOPPING)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"did not stop within {STOPPING} s:\n{self.output()}") from None

    def end(self) -> None:
        """Leave nothing running, whatever has happened."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOPPING)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # workers that outlived it


class Site:
    """A machine as the document describes it, in a folder of its own, and its servers."""

    def __init__(self, **settings: str) -> None:
        # Short, because the path of a unix socket can have 107 bytes.
        self.root = Path(tempfile.mkdtemp(prefix="site-"))
        self.home = self.root / "srv" / "guestbook"
        self.instance = self.root / "var" / "lib" / "guestbook"
        for folder in ("srv/guestbook", "var/lib/guestbook", "run/guestbook"):
            (self.root / folder).mkdir(parents=True)
        (self.home / "guestbook").symlink_to(GUESTBOOK)
        (self.home / "wsgi.py").symlink_to(FILES / "wsgi.py")
        (self.home / "seen.py").symlink_to(HERE / "seen.py")
        (self.home / "venv").symlink_to(SCRIPTS.parent)
        self.settings = {
            "GUESTBOOK_INSTANCE": str(self.instance),
            "GUESTBOOK_TRUSTED_HOSTS": '["localhost"]',
            "GUESTBOOK_PASSWORD_METHOD": "pbkdf2:sha256:1",  # cheap: the tests sign up a lot
            **settings,
        }
        self.servers: list[Server] = []

    def open(self) -> None:
        """Start the servers of this kind of site."""
        raise NotImplementedError

    def visitor(self, **options: Any) -> Visitor:
        """Return somebody new."""
        raise NotImplementedError

    def start(self, command: list[str], ready: Visitor, path: str = "/-/health") -> Server:
        """Start a server in the application's folder and wait until it answers."""
        server = Server(command, self.home, self.settings)
        self.servers.append(server)
        server.wait_for(ready, path)
        return server

    def release(self, name: str) -> None:
        """Let the held answer of this name go on."""
        (self.instance / name).touch()

    def __enter__(self) -> Self:
        """Start the servers."""
        try:
            self.open()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        """Stop the servers, the last one first, and remove the folder."""
        for server in reversed(self.servers):
            server.end()
        shutil.rmtree(self.root)


class Standalone(Site):
    """A server that faces its clients itself, started by its documented command."""

    def __init__(self, program: str, *options: str, **settings: str) -> None:
        super().__init__(**settings)
        self.program = program
        self.options = options
        self.address = Address(find_free_port(), "localhost")

    def open(self) -> None:
        """Start it by its documented command."""
        command = [
            part.replace("wsgi:app", "seen:app").replace("8000", str(self.address.port))
            for part in documented_command(self.program)
        ]
        command[0] = str(SCRIPTS / command[0])
        command[1:1] = self.options
        self.server = self.start(command, self.visitor())

    def visitor(self, **options: Any) -> Visitor:
        """Return somebody new."""
        return Visitor(self.address, **options)


class Production(Site):
    """nginx in front of gunicorn, with the documented files.

    Args:
        worker_class: One of gunicorn's kinds of workers.
        tcp: Let the two talk over TCP, not over a unix socket.
        certificate: A folder with `fullchain.pem` and `privkey.pem`.
    """

    def __init__(self, worker_class: str, certificate: Path, *, tcp: bool = False) -> None:
        super().__init__()
        etc = self.root / "etc"
        (etc / "ssl").mkdir(parents=True)
        (etc / "ssl" / "guestbook").symlink_to(certificate)
        authority = certificate / "fullchain.pem"
        self.port = find_free_port()
        self.address = Address(find_free_port(), "guestbook.example.com", authority)
        self.prefixed = Address(find_free_port(), "www.example.com", authority, "/guestbook")
        self.tcp = f"127.0.0.1:{find_free_port()}" if tcp else ""
        self.worker_class = worker_class

    def open(self) -> None:
        """Start gunicorn, and nginx in front of it."""
        self.gunicorn = self._start_gunicorn()
        self.nginx = self._start_nginx()

    def visitor(self, *, prefixed: bool = False, **options: Any) -> Visitor:
        """Return somebody new, with or without the prefix."""
        return Visitor(self.prefixed if prefixed else self.address, **options)

    def _place(self, file: str, place: str) -> None:
        """Put a documented file where it belongs, with this site's paths and ports."""
        text = (FILES / file).read_text()
        if self.tcp:  # the document says so: an address in both files
            text = text.replace("unix:/run/guestbook/gunicorn.sock:/", f"{self.tcp}/")
            text = text.replace("unix:/run/guestbook/gunicorn.sock", self.tcp)
        folders = r"/(srv/guestbook|run/guestbook|var/lib/guestbook|etc/ssl/guestbook)\b"
        text = re.sub(folders, rf"{self.root}/\1", text)
        text = text.replace("include snippets/", f"include {self.root}/etc/nginx/snippets/")
        text = re.sub(r"listen 80\b", f"listen 127.0.0.1:{self.port}", text)
        text = re.sub(r"listen 443\b", f"listen 127.0.0.1:{self.address.port}", text)
        target = self.root / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def _start_gunicorn(self) -> Server:
        self._place("gunicorn.conf.py", "srv/guestbook/gunicorn.conf.py")
        self._place("guestbook.env", "etc/guestbook.env")
        self._place("guestbook.service", "etc/systemd/system/guestbook.service")
        settings = read_settings((self.root / "etc/guestbook.env").read_text())
        hosts = settings["GUESTBOOK_TRUSTED_HOSTS"].replace("]", ', "www.example.com"]')
        self.settings = {**self.settings, **settings, "GUESTBOOK_TRUSTED_HOSTS": hosts}
        unit = (self.root / "etc/systemd/system/guestbook.service").read_text()
        line = re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE)
        assert line is not None
        command = shlex.split(line[1].replace("wsgi:app", "seen:app"))
        threads = "1" if self.worker_class == "sync" else "4"
        command[1:1] = ["--worker-class", self.worker_class, "--threads", threads]
        self.command = command
        server = Server(command, self.home, self.settings)
        self.servers.append(server)
        return server

    def _start_nginx(self) -> Server:
        self._place("nginx.conf", "etc/nginx/sites/guestbook")
        self._place("nginx-proxy.conf", "etc/nginx/snippets/guestbook-proxy.conf")
        self._place("nginx-prefix.conf", "etc/nginx/snippets/guestbook-prefix.conf")
        user = "user root;" if os.geteuid() == 0 else ""  # else its workers cannot read the folder
        around = AROUND_NGINX.format(root=self.root, www_port=self.prefixed.port, user=user)
        file = self.root / "nginx.conf"
        file.write_text(around)
        program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program is not None, "nginx is not installed"
        command = [program, "-p", str(self.root), "-c", str(file), "-e", "stderr"]
        return self.start(command, self.visitor())


Build = Callable[[str], Production]
Start = Callable[..., Standalone]
