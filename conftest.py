"""Runs the documentation's Python samples in order; no test may leave a context active."""

import os
import sys
import weakref
from collections.abc import Iterator

import pytest
from blinker import NamedSignal
from sybil import Sybil
from sybil.integration.pytest import SybilItem
from sybil.parsers.markdown import PythonCodeBlockParser

import flask.signals
from flask.globals import _cv_app, _cv_request

SIGNALS = [value for value in vars(flask.signals).values() if isinstance(value, NamedSignal)]

pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser()],
    patterns=["README.md", "README.ko.md"],
    setup=lambda namespace: namespace.update(__name__="hello"),
).pytest()


pytest_plugins = ["tests.asgi_plugin"]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep samples in their order."""
    keep_samples_in_order(items)


def keep_samples_in_order(items: list[pytest.Item]) -> None:
    """Keep the samples of a document in their order: each goes on where the last one ended."""
    samples = [item for item in items if isinstance(item, SybilItem)]
    in_order = iter(sorted(samples, key=lambda item: (str(item.path), item.example.line)))
    items[:] = [next(in_order) if isinstance(item, SybilItem) else item for item in items]


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    """Fail the test that leaves a context to the next one; undo what loading an app imported."""
    path, environ = sys.path.copy(), dict(os.environ)
    receivers = {signal: set(signal.receivers) for signal in SIGNALS}
    yield
    for signal, before in receivers.items():  # under ASGI they decide where requests run
        for key in signal.receivers.keys() - before:
            found = signal.receivers.get(key)
            receiver = found() if isinstance(found, weakref.ref) else found
            if receiver is not None:
                signal.disconnect(receiver)
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
