"""A pytest plugin: let the requests of every test go through ASGI; `run.py --through-asgi` loads it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1]))

from through_asgi import close_what_is_open, through_asgi


@pytest.fixture(autouse=True)
def _through_asgi() -> Iterator[None]:
    with through_asgi():
        yield
        close_what_is_open()
