"""A pytest plugin: ``--through-asgi[=thread|inline]`` lets the suite's requests go through ASGI.

What is about WSGI itself is listed in ``tests/asgi/wsgi_only.toml``. No test may hang: each has a
time limit of its own, after which it fails and shows where every thread was.
"""

from __future__ import annotations

import faulthandler
import gc
import os
import signal
import sys
import threading
import tomllib
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn
from zlib import crc32

import pytest

WSGI_ONLY = Path(__file__).parent / "asgi" / "wsgi_only.toml"
SECONDS = 30
"""How long one test may take, its setup and teardown included."""
has_hung = threading.Event()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option; its value says where synchronous views run."""
    parser.addoption(
        "--through-asgi",
        choices=["thread", "inline"],
        nargs="?",
        const="thread",
        help="let all requests go through ASGI; say where synchronous views run",
    )
    parser.addoption(
        "--part",
        metavar="1/3",
        help="run one of so many parts of what was collected, always the same tests",
    )


@pytest.fixture(autouse=True)
def _through_asgi(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let the test's requests go through ASGI, if the command line says so."""
    how = request.config.getoption("--through-asgi")
    if not how:
        yield
        return
    # Late, because samples and examples run without asyncio.
    from tests.through_asgi import close_what_is_open, through_asgi

    with through_asgi(how):
        yield
        close_what_is_open()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Limit the time of a test; end here what an expected failure has left."""
    if not item.config.getoption("--through-asgi"):
        return (yield)
    signal.signal(signal.SIGALRM, fail)
    signal.setitimer(signal.ITIMER_REAL, SECONDS, SECONDS)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        if item.get_closest_marker("xfail"):
            with warnings.catch_warnings(action="ignore"):
                gc.collect()


def fail(number: int, frame: FrameType | None) -> NoReturn:
    """Fail the running test, wherever its thread waits."""
    has_hung.set()
    faulthandler.dump_traceback(2)  # which pytest captures and shows
    pytest.fail(f"through ASGI it took more than {SECONDS} s; see its stderr")


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Leave without waiting for what hangs in a loop or in a thread."""
    if has_hung.is_set():
        sys.stdout.flush()
        os._exit(pytest.ExitCode.TESTS_FAILED)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what sends nothing through WSGI; expect to fail what is listed."""
    if config.option.part:
        keep_part(config, items, *map(int, config.option.part.split("/")))
    how = config.getoption("--through-asgi")
    if not how:
        return
    listed = tomllib.loads(WSGI_ONLY.read_text())
    leave_out(config, items, tuple(listed["apart"]))
    reasons = {**listed["always"], **listed[how]}
    found = {expect_failure(item, reasons) for item in items}
    files = {item.nodeid.partition("::")[0] for item in items}
    gone = [test for test in reasons if test.partition("::")[0] in files and test not in found]
    option = config.option
    is_part = (
        option.part or option.keyword or option.markexpr or any("::" in a for a in config.args)
    )
    if gone and not is_part:
        raise pytest.UsageError(f"{WSGI_ONLY.name} lists tests that there are not: {gone}")


def leave_out(config: pytest.Config, items: list[pytest.Item], folders: tuple[str, ...]) -> None:
    """Deselect the tests in some folders."""
    keep(config, items, lambda item: not item.nodeid.startswith(folders))


def keep_part(config: pytest.Config, items: list[pytest.Item], part: int, parts: int) -> None:
    """Deselect all but one of so many parts, which a test's name alone decides."""
    keep(config, items, lambda item: crc32(item.nodeid.encode()) % parts == part - 1)


def keep(
    config: pytest.Config, items: list[pytest.Item], is_kept: Callable[[pytest.Item], bool]
) -> None:
    """Deselect what is not to be kept."""
    config.hook.pytest_deselected(items=[item for item in items if not is_kept(item)])
    items[:] = [item for item in items if is_kept(item)]


def expect_failure(item: pytest.Item, reasons: dict[str, str]) -> str:
    """Mark a test that is listed: it has to fail. Return the name that the list has."""
    name = item.nodeid if item.nodeid in reasons else item.nodeid.partition("[")[0]
    if name in reasons:
        item.add_marker(pytest.mark.xfail(reason=reasons[name], strict=True))
        item.add_marker(pytest.mark.filterwarnings("ignore"))  # as of coroutines not awaited
    return name
