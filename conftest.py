"""Runs the documentation's Python samples in order; no test may leave a context active."""

import gc
import os
import sys
import tomllib
import warnings
import weakref
from collections.abc import Iterator
from pathlib import Path

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


WSGI_ONLY = Path(__file__).parent / "tests" / "asgi" / "wsgi_only.toml"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what lets the whole suite go through ASGI."""
    parser.addoption(
        "--through-asgi",
        choices=["thread", "inline"],
        nargs="?",
        const="thread",
        help="let all requests go through ASGI; say where synchronous views run",
    )


@pytest.fixture(autouse=True)
def _through_asgi(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let the test's requests go through ASGI, if the command line says so."""
    how = request.config.getoption("--through-asgi")
    if not how:
        yield
        return
    # Late, because samples and examples run without asyncio.
    from tests.through_asgi import close_what_is_open, through_asgi  # noqa: PLC0415

    with through_asgi(how):
        yield
        close_what_is_open()
    if request.node.get_closest_marker("xfail"):
        with warnings.catch_warnings(action="ignore"):  # what a failure leaves is not the next's
            gc.collect()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Expect to fail through ASGI what is about WSGI itself; keep samples in their order."""
    how = config.getoption("--through-asgi")
    if how:
        expect_failures(items, how)
    keep_samples_in_order(items)


def expect_failures(items: list[pytest.Item], how: str) -> None:
    """Mark the tests that are listed; one that passes, or is not there any more, is an error."""
    listed = tomllib.loads(WSGI_ONLY.read_text())
    reasons = {**listed["always"], **listed[how]}
    for item in items:
        node = item.nodeid.partition("[")[0]
        reason = reasons.get(item.nodeid) or reasons.get(node)
        if reason:
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
        elif item.nodeid in listed["by_chance"]:
            reason = listed["by_chance"][item.nodeid]
            item.add_marker(pytest.mark.xfail(reason=reason, strict=False))


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
