from __future__ import annotations

import threading
from typing import Any

import pytest

import flask
from flask import Flask, g, request, session
from flask.testing import FlaskClient


def outcome_of(function: Any) -> list[Any]:
    """Run a function in a thread of its own and return what it returned or raised."""
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append(function())
        except RuntimeError as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return outcome


class TestCopyCurrentRequestContext:
    def test_thread_sees_request_session_and_app(self, app: Flask, client: FlaskClient) -> None:
        """The decorated function runs in a thread as if within the request."""

        @app.route("/path")
        def view() -> str:
            session["a"] = 1

            @flask.copy_current_request_context
            def work(word: str) -> str:
                return f"{word} {request.path} {session['a']} {flask.current_app.name}"

            return str(outcome_of(lambda: work("in"))[0])

        assert client.get("/path").text == "in /path 1 shop"

    def test_it_has_a_g_of_its_own(self, app: Flask) -> None:
        """In another thread the copy brings a new ``g``."""
        with app.test_request_context():
            g.mine = 1
            work = flask.copy_current_request_context(lambda: "mine" in g)

            assert outcome_of(work) == [False]

    def test_without_it_a_thread_is_outside(self, app: Flask) -> None:
        """A plain thread does not see the request."""
        with app.test_request_context():
            (error,) = outcome_of(lambda: request.path)

        assert isinstance(error, RuntimeError)

    def test_session_is_shared_though_not_opened_yet(self, app: Flask) -> None:
        """A copy made before anybody looked at the session shares it with the request."""

        @app.route("/")
        def view() -> str:
            @flask.copy_current_request_context
            def work() -> None:
                session["by"] = "thread"

            outcome_of(work)
            return str(session["by"])

        response = app.test_client().get("/")

        assert response.text == "thread"
        assert "session=" in response.headers["Set-Cookie"]

    def test_coroutine_functions(self, app: Flask) -> None:
        """A coroutine function is run to its end."""
        with app.test_request_context("/path"):

            @flask.copy_current_request_context
            async def work() -> str:
                return request.path

            assert outcome_of(work) == ["/path"]

    def test_keeps_name_and_refuses_outside(self) -> None:
        """Outside a request there is nothing to copy; inside the function's name is kept."""

        def work() -> None:
            pass

        with pytest.raises(RuntimeError, match="'copy_current_request_context' can only be used"):
            flask.copy_current_request_context(work)
        with Flask("shop").test_request_context():
            assert flask.copy_current_request_context(work).__name__ == "work"


def test_the_first_call_needs_no_second_copy(app: Flask) -> None:
    """A function called once in a copied context binds the URL map once for that copy."""
    bound: list[Any] = []

    class Counted(Flask):
        def create_url_adapter(self, request: Any) -> Any:
            bound.append(request)
            return super().create_url_adapter(request)

    counted = Counted("counted")
    with counted.test_request_context("/"):
        work = flask.copy_current_request_context(lambda: request.path)
        before = len(bound)
        assert [work(), work()] == ["/", "/"]

    assert [made is not None for made in bound[before:]].count(True) == 1
