"""ARCHITECTURE.md's table of a request says what really happens, in that order."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from werkzeug.test import create_environ

from flask import Flask, Response, abort
from flask.ctx import AppContext, RequestContext
from flask.lifecycle.serving import Serving

DOCUMENT = Path(__file__).parents[2] / "ARCHITECTURE.md"
NAME = re.compile(r"`(\w+)[^`]*`")
OFF_THE_PATH = "—"


def rows() -> list[tuple[int, str, str]]:
    """Return step, method column and text of each row of the table whose first column is a number."""
    cells = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in DOCUMENT.read_text(encoding="utf-8").splitlines()
        if line.startswith("|")
    ]
    return [(int(row[0]), row[1], "|".join(row[2:])) for row in cells if row[0].isdigit()]


def methods_of_plain_request() -> list[str]:
    return [name for _, cell, _ in rows() if cell != OFF_THE_PATH for name in NAME.findall(cell)]


class Watched:
    """Calls an application's requests and notes the methods called meanwhile, in order."""

    def __init__(self, app: Flask) -> None:
        self.calls: list[str] = []
        self._app = app
        self._serve = app.wsgi_app
        app.wsgi_app = self._watch_there  # type: ignore[method-assign]

    def ask(self, path: str) -> list[str]:
        """Return ``Class.method`` of each call on an app, a context or a response."""
        self.calls = []
        environ = create_environ(path)
        self._watch(lambda: list(self._app(environ, lambda status, headers: None)))
        return self.calls

    def _watch_there(self, environ: Any, start_response: Any) -> Any:
        """Watch the thread and the greenlet, too, that an ASGI server runs a request in."""
        return self._watch(self._serve, environ, start_response)

    def _watch(self, function: Callable[..., Any], *args: Any) -> Any:
        before = sys.getprofile()
        sys.setprofile(self._note)
        try:
            return function(*args)
        finally:
            sys.setprofile(before)

    def _note(self, frame: FrameType, event: str, arg: Any) -> None:
        if event == "call":
            owner = frame.f_locals.get("self")
            if isinstance(owner, Serving | RequestContext | AppContext | Response):
                self.calls.append(f"{type(owner).__name__}.{frame.f_code.co_name}")


def first_calls(calls: list[str]) -> list[str]:
    """Return the methods called, without their classes, each at the place of its first call.

    A response's ``__call__`` is no method of the path's objects, so it keeps its class.
    """
    names = (call if call == "Response.__call__" else call.partition(".")[2] for call in calls)
    return list(dict.fromkeys(names))


def in_order(names: list[str], calls: list[str]) -> list[str]:
    return [name for name in calls if name in names]


@pytest.fixture
def calls_of() -> Callable[..., list[str]]:
    """Return a function that makes a request and returns what was called."""
    app = Flask("request_table", static_folder=None)
    app.logger.disabled = True
    app.add_url_rule("/plain", "plain", lambda: "x")
    app.add_url_rule("/abort", "abort", lambda: abort(403))
    app.add_url_rule("/fail", "fail", lambda: 1 // 0)
    watched = Watched(app)
    watched.ask("/plain")  # the map is compiled by the first request

    def ask(path: str, teardown: Any = None) -> list[str]:
        if teardown is not None:
            app.teardown_appcontext_funcs.append(teardown)
        return watched.ask(path)

    return ask


def test_table_is_found() -> None:
    """The table is where the test looks for it, and its steps are numbered upwards."""
    steps = [step for step, _, _ in rows()]

    assert steps == sorted(steps)
    assert set(steps) == set(range(1, 12))


def test_plain_request_calls_the_methods_in_the_tables_order(calls_of: Any) -> None:
    """Each method of the table is called by a plain request, in the order of the rows."""
    table = methods_of_plain_request()

    called = first_calls(calls_of("/plain"))

    assert in_order(table, called) == table


def test_no_step_of_a_plain_request_is_left_out(calls_of: Any) -> None:
    """Every public method of the path that a plain request calls has a row."""
    steps = {name for name, value in vars(Serving).items() if callable(value) and name[0] != "_"}

    called = set(first_calls(calls_of("/plain")))

    assert steps & called <= set(methods_of_plain_request()) | named_off_the_path()


def named_off_the_path() -> set[str]:
    return {name for _, cell, text in rows() if cell == OFF_THE_PATH for name in NAME.findall(text)}


@pytest.mark.parametrize("path", ["/abort", "/nowhere"])
def test_http_error_is_answered_between_view_and_response(calls_of: Any, path: str) -> None:
    """Step 6 comes after 5 and before 7; an error that is an answer needs no step 9."""
    called = first_calls(calls_of(path))
    steps = [
        "dispatch_request",
        "handle_user_exception",
        "handle_http_exception",
        "finalize_request",
        "make_response",
        "process_response",
    ]

    assert in_order(steps, called) == steps
    assert "handle_exception" not in called


def test_failure_is_answered_by_a_500_that_passes_the_same_steps(calls_of: Any) -> None:
    """Step 9 follows 6, and 7, 8 and 11 run for its response too."""
    called = first_calls(calls_of("/fail"))
    steps = [
        "dispatch_request",
        "handle_user_exception",
        "handle_exception",
        "finalize_request",
        "make_response",
        "process_response",
        "Response.__call__",
        "do_teardown_request",
    ]

    assert in_order(steps, called) == steps


def test_app_context_ends_last_if_anybody_waits_for_it(calls_of: Any) -> None:
    """Its methods have no row of their own: a plain request needs none of them."""
    alone = first_calls(calls_of("/plain"))
    waited_for = first_calls(calls_of("/plain", teardown=lambda error: None))
    steps = ["do_teardown_request", "app_context", "do_teardown_appcontext"]

    assert in_order(steps, alone) == steps[:1]
    assert in_order(steps, waited_for) == steps


def test_response_is_sent_between_the_last_hook_and_teardown(calls_of: Any) -> None:
    """Step 10 is the response itself, after 8 and before 11."""
    called = first_calls(calls_of("/plain"))
    steps = ["process_response", "Response.__call__", "do_teardown_request"]

    assert in_order(steps, called) == steps


def test_methods_named_off_the_path_exist() -> None:
    """What the table names beside the plain path are methods, or the response."""
    names = named_off_the_path() - {"response"}

    assert names
    assert {name for name in names if not hasattr(Serving, name)} == set()
