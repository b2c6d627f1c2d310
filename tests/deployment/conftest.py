"""Sites that are started once and shared; `run.py` has installed what they need.

Where it has not, only `test_document.py` and `test_run.py` are collected: they need nothing.
"""

from __future__ import annotations

import functools
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import pytest

from deployment.servers import DIRECT, WORKERS, Build, Production, Site, Standalone, Start

NEEDS_NOTHING = {"test_document.py", "test_run.py"}

collect_ignore = [
    file.name
    for file in Path(__file__).parent.glob("test_*.py")
    if file.name not in NEEDS_NOTHING and find_spec("gunicorn") is None
]
if not collect_ignore:  # only where servers are started: a time limit ends them, too
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate for the documented host, signed by itself."""
    folder = tmp_path_factory.mktemp("certificate")
    names = "subjectAltName=DNS:guestbook.example.com,DNS:www.example.com"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=guestbook.example.com", "-addext", names]
    command += ["-out", str(folder / "fullchain.pem"), "-keyout", str(folder / "privkey.pem")]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture
def build(certificate: Path) -> Iterator[Build]:
    """Start sites that a test may stop; they are gone after it."""
    with ExitStack() as sites:
        yield lambda worker_class: sites.enter_context(Production(worker_class, certificate))


@pytest.fixture
def start() -> Iterator[Start]:
    """Start servers without a proxy that a test may stop; they are gone after it."""
    with ExitStack() as sites:
        yield lambda *options, **settings: sites.enter_context(Standalone(*options, **settings))


@pytest.fixture(scope="session")
def shared(certificate: Path) -> Iterator[Callable[[str], Site]]:
    """Return the site of a kind, started at first use."""

    @functools.cache
    def find(kind: str) -> Site:
        if kind in WORKERS:
            return sites.enter_context(Production(kind, certificate, tcp=kind == "sync"))
        return sites.enter_context(Standalone(kind))

    with ExitStack() as sites:
        yield find


@pytest.fixture(params=WORKERS)
def production(request: pytest.FixtureRequest, shared: Callable[[str], Site]) -> Site:
    """Nginx and gunicorn with each kind of worker: sync over TCP, the others over a socket."""
    return shared(request.param)


@pytest.fixture(params=DIRECT)
def direct(request: pytest.FixtureRequest, shared: Callable[[str], Site]) -> Site:
    """Each server that faces its clients itself."""
    return shared(request.param)


@pytest.fixture(params=(*WORKERS, *DIRECT))
def site(request: pytest.FixtureRequest, shared: Callable[[str], Site]) -> Site:
    """Each of them all."""
    return shared(request.param)
