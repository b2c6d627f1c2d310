from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import create_environ

import flask
from flask import Flask, request
from flask.testing import FlaskClient


def test_teardown_gets_the_unhandled_error(app: Flask, client: FlaskClient) -> None:
    """Teardown functions of request and app context get the error that nobody handled."""
    seen: list[BaseException | None] = []
    app.teardown_request(seen.append)
    app.teardown_appcontext(seen.append)
    error = KeyError("lost")

    @app.route("/")
    def index() -> str:
        raise error

    with pytest.raises(KeyError):
        client.get("/")

    assert seen == [error, error]


def test_teardown_gets_none_for_a_handled_error(app: Flask, client: FlaskClient) -> None:
    """An error that has a handler is no failure of the request."""
    seen: list[BaseException | None] = []
    app.teardown_request(seen.append)
    app.teardown_appcontext(seen.append)
    app.register_error_handler(KeyError, lambda error: "handled")
    app.add_url_rule("/", "index", lambda: {}["lost"])

    assert client.get("/").text == "handled"
    assert seen == [None, None]


def test_teardown_gets_none_for_an_ignored_error(app: Flask, client: FlaskClient) -> None:
    """``should_ignore_error`` hides an error from the teardown functions."""
    seen: list[BaseException | None] = []
    app.testing = False
    app.teardown_request(seen.append)
    app.should_ignore_error = lambda error: isinstance(error, KeyError)
    app.add_url_rule("/", "index", lambda: {}["lost"])

    assert client.get("/").status_code == 500
    assert seen == [None]


def test_teardown_runs_when_the_request_is_aborted(app: Flask, client: FlaskClient) -> None:
    """What is no Exception, as Ctrl-C, passes through after the contexts have ended."""
    seen: list[str] = []
    app.testing = False
    app.teardown_request(lambda error: seen.append(type(error).__name__))

    @app.route("/")
    def index() -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        client.get("/")

    assert seen == ["KeyboardInterrupt"]
    assert not flask.has_app_context()


def test_teardown_runs_after_the_response_has_started(app: Flask) -> None:
    """The contexts end once the server has the response: ``start_response`` comes before."""
    order: list[str] = []
    app.teardown_request(lambda error: order.append("teardown"))
    app.add_url_rule("/", "index", lambda: "x")

    app(create_environ("/"), lambda status, headers: order.append(status))

    assert order == ["200 OK", "teardown"]


def test_teardown_methods_use_the_error_being_handled_by_default(app: Flask) -> None:
    """Called by hand without an error, teardown takes the one being handled."""
    seen: list[BaseException | None] = []
    app.teardown_request(seen.append)
    app.teardown_appcontext(seen.append)
    with app.test_request_context():
        seen.clear()
        error = ValueError()
        try:
            raise error
        except ValueError:
            app.do_teardown_request()
            app.do_teardown_appcontext()
        app.do_teardown_request()

        assert seen == [error, error, None]


def test_error_of_a_teardown_function_reaches_the_server(app: Flask, client: FlaskClient) -> None:
    """An error in teardown is not hidden, and still the contexts have ended."""
    app.testing = False

    @app.teardown_request
    def fail(error: BaseException | None) -> None:
        raise OSError("disk full")

    app.add_url_rule("/", "index", lambda: "x")

    with pytest.raises(OSError, match="disk full"):
        client.get("/")
    assert not flask.has_request_context()


def test_the_environ_lets_go_of_the_request(app: Flask) -> None:
    """After the request its environ no longer refers to it, so no cycle waits for the collector."""
    environ = create_environ("/")
    seen: list[Any] = []
    app.add_url_rule(
        "/", "index", lambda: seen.append(environ["werkzeug.request"] is request) or ""
    )

    app(environ, lambda status, headers: None)

    assert environ["werkzeug.request"] is None
