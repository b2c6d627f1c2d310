from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from quickstart.reader import Quickstart, Server


@pytest.fixture
def quickstart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Quickstart]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    known = set(sys.modules)
    yield Quickstart(tmp_path)
    for name in set(sys.modules) - known:
        file = getattr(sys.modules[name], "__file__", None) or ""
        if file.startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def serve(quickstart: Quickstart) -> Iterator[Callable[..., Server]]:
    """Start a shell script that serves; it is ended with the test."""
    servers: list[Server] = []

    def start(script: str, **variables: str) -> Server:
        servers.append(Server(script, quickstart.folder, variables))
        return servers[-1]

    yield start
    for server in servers:
        server.close()
