"""A real browser in front of a real server: what `make test-browser` needs."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

try:
    from selenium import webdriver
except ImportError as missing:
    raise pytest.UsageError(
        "Selenium is not installed. Run: pip install --group browser"
    ) from missing

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
STARTING = 20.0  # seconds a server may take until it listens
CHROMIUM_FLAGS = (
    "--headless=new",
    "--no-sandbox",  # CI runs as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


class Server:
    """The guestbook, served by ``flask run`` from an instance folder of its own."""

    application = "guestbook"

    def __init__(self, folder: Path) -> None:
        self.instance = folder / "instance"
        self.environ = {
            "PATH": os.environ["PATH"],
            "FLASK_APP": str(ROOT / "examples" / self.application / self.application),
            f"{self.application.upper()}_INSTANCE": str(self.instance),
        }
        self.log = folder / "server.log"
        self.port = find_free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def command(self, *arguments: str) -> list[str]:
        """Return a ``flask`` command line for this Python."""
        return [sys.executable, "-m", "flask", *arguments]

    def seed(self) -> None:
        """Fill the book with sample entries."""
        subprocess.run(self.command("seed"), env=self.environ, cwd=ROOT, check=True, timeout=60)

    def serving_command(self) -> list[str]:
        """Return what serves it."""
        return self.command("run", "--port", str(self.port))

    def start(self) -> None:
        """Start the server and wait until it listens."""
        with self.log.open("a") as log:
            command = self.serving_command()
            self.process = subprocess.Popen(
                command, env=self.environ, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + STARTING
        while not is_listening(self.port):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                pytest.fail(f"{' '.join(command)} does not listen:\n{self.log.read_text()}")
            time.sleep(0.05)  # another process comes up; nothing here could tell us when

    def stop(self) -> None:
        """Stop the server by its process id."""
        self.process.terminate()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class ChatServer(Server):
    """The chat, served by uvicorn as `make chat` does; a warning would end it."""

    application = "chat"

    def serving_command(self) -> list[str]:
        """Return what serves it."""
        serve = [sys.executable, "-W", "error", "-m", "uvicorn", "--factory", "chat:create_app"]
        options = ["--app-dir", "examples/chat", "--interface", "asgi3", "--port", str(self.port)]
        return [*serve, *options]


def find_free_port() -> int:
    """Find a port that nobody listens on, below those that the system gives to clients.

    A client that asks before the server listens could else be connected to itself.
    """
    for port in random.sample(range(20_000, 32_000), 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("none of 100 ports is free")


def is_listening(port: int) -> bool:
    """Tell whether somebody accepts connections on a local port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def find_program(name: str) -> str:
    """Return where Debian's browser is, or fail with what to install."""
    path = shutil.which(name)
    if path is None:
        pytest.fail(f"{name} is not installed. Run: apt-get install chromium chromium-driver")
    return path


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An empty guestbook, shared by all tests; each signs up under names of its own."""
    server = Server(tmp_path_factory.mktemp("guestbook"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def seeded_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A guestbook with the sample entries; tests leave the entries alone."""
    server = Server(tmp_path_factory.mktemp("seeded"))
    server.seed()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def chat_server(tmp_path: Path) -> Iterator[ChatServer]:
    """A chat in which nobody has said anything."""
    server = ChatServer(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """One headless Chromium with an empty profile for all tests."""
    yield from launch(tmp_path_factory.mktemp("profile"), "en")


@pytest.fixture(scope="session")
def korean_chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """Another one, of somebody who reads Korean."""
    yield from launch(tmp_path_factory.mktemp("korean_profile"), "ko")


def launch(profile: Path, language: str) -> Iterator[webdriver.Chrome]:
    """Run a headless Chromium while the generator waits."""
    options = webdriver.ChromeOptions()
    options.binary_location = find_program("chromium")
    for flag in (*CHROMIUM_FLAGS, f"--accept-lang={language}", f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(find_program("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    driver.set_page_load_timeout(20)
    yield driver
    driver.quit()
