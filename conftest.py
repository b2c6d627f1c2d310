"""Runs the documentation's Python samples in order; no test may leave a context active."""

import os
import sys
from collections.abc import Iterator

import pytest
from sybil import Sybil
from sybil.integration.pytest import SybilItem
from sybil.parsers.markdown import PythonCodeBlockParser

from flask.globals import _cv_app, _cv_request

pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser()],
    patterns=["README.md", "README.ko.md"],
    setup=lambda namespace: namespace.update(__name__="hello"),
).pytest()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the samples of a document in their order: each goes on where the last one ended."""
    samples = [item for item in items if isinstance(item, SybilItem)]
    in_order = iter(sorted(samples, key=lambda item: (str(item.path), item.example.line)))
    items[:] = [next(in_order) if isinstance(item, SybilItem) else item for item in items]


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    """Fail the test that leaves a context to the next one; undo what loading an app imported."""
    path, environ = sys.path.copy(), dict(os.environ)
    yield
    sys.path[:] = path
    if dict(os.environ) != environ:
        os.environ.clear()
        os.environ.update(environ)
    for name in ("app", "wsgi"):
        sys.modules.pop(name, None)
    left = _cv_request.get(None), _cv_app.get(None)
    if left != (None, None):
        _cv_request.set(None)  # so that only this test fails
        _cv_app.set(None)
        pytest.fail(f"the test left a context active: {left}")
