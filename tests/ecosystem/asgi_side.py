"""A pytest plugin: let the requests of every test go through ASGI; `run.py --through-asgi` loads it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1]))

from through_asgi import clients_call_asgi, close_what_is_open


@pytest.fixture(autouse=True, scope="session")
def _through_asgi() -> Iterator[None]:
    with clients_call_asgi():
        yield


@pytest.fixture(autouse=True)
def _nothing_stays_open() -> Iterator[None]:
    yield
    close_what_is_open()
