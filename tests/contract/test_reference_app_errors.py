"""The application and errors: handlers, and the steps that call them."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.exceptions import BadRequestKeyError, HTTPException, NotFound
from werkzeug.routing import BuildError, RequestRedirect

from flask import (
    Flask,
    got_request_exception,
)
from flask.testing import FlaskClient

# Registering handlers


def test_errorhandler_answers_a_status(app: Flask, client: FlaskClient) -> None:
    """The handler of a status answers whenever that status would be sent."""

    def missing(error: NotFound) -> tuple[str, int]:
        return f"no such page: {error.code}", 404

    assert app.errorhandler(code_or_exception=404)(missing) is missing
    assert client.get("/").text == "no such page: 404"


def test_errorhandler_answers_a_class(app: Flask, client: FlaskClient) -> None:
    """The handler of a class answers its subclasses, unless they have their own."""
    app.errorhandler(LookupError)(lambda error: type(error).__name__)
    app.errorhandler(IndexError)(lambda error: "own")
    app.add_url_rule("/key", "key", lambda: {}["missing"])
    app.add_url_rule("/index", "index", lambda: [][0])

    assert [client.get(path).text for path in ("/key", "/index")] == ["KeyError", "own"]


@pytest.mark.parametrize("code_or_exception", [404, NotFound, HTTPException])
def test_register_error_handler(app: Flask, client: FlaskClient, code_or_exception: Any) -> None:
    """Handlers are registered without a decorator too, for a status or a class."""
    app.register_error_handler(
        code_or_exception=code_or_exception, f=lambda error: ("handled", 404)
    )

    assert client.get("/").text == "handled"


def test_error_handler_spec_is_by_scope_code_and_class(app: Flask, client: FlaskClient) -> None:
    """Handlers are kept by scope, status and class, where extensions may put theirs."""
    handler = lambda error: "late"  # noqa: E731
    app.register_error_handler(404, handler)
    assert app.error_handler_spec[None][404][NotFound] is handler
    client.get("/")
    app.error_handler_spec[None][None][KeyError] = handler
    app.view_functions["fail"] = lambda: {}["missing"]
    app.url_map.add(app.url_rule_class("/fail", endpoint="fail"))

    assert client.get("/fail").text == "late"


def test_handle_url_build_error_asks_the_handlers(app: Flask) -> None:
    """A URL that cannot be built is asked from handlers, in order, until one answers."""
    asked = []

    def refuse(error: Exception, endpoint: str, values: dict[str, Any]) -> None:
        asked.append((type(error), endpoint, values["page"]))

    app.url_build_error_handlers += [refuse, lambda error, endpoint, values: f"/else/{endpoint}"]
    with app.test_request_context():
        assert app.url_for("missing", page=1) == "/else/missing"
    assert asked == [(BuildError, "missing", 1)]


def test_handle_url_build_error_raises_without_answer(app: Flask) -> None:
    """The error is raised again when no handler knows a URL."""
    error = BuildError("missing", {}, None)
    app.url_build_error_handlers.append(lambda error, endpoint, values: None)

    with pytest.raises(BuildError) as raised:
        app.handle_url_build_error(error=error, endpoint="missing", values={})
    assert raised.value is error


# The steps that answer an error


def while_handled(error: Exception, call: Callable[..., Any]) -> Any:
    """Call a function with an error that is being handled, as the request path does."""
    try:
        raise error
    except Exception as raised:  # noqa: BLE001 - whatever the test gave
        return call(e=raised)


def test_handle_http_exception_calls_the_handler(app: Flask) -> None:
    """An HTTP error is answered by its handler, or stands for itself."""
    error = NotFound()
    with app.test_request_context("/"):
        assert app.handle_http_exception(e=error) is error
        app.register_error_handler(404, lambda error: "handled")
        assert app.handle_http_exception(error) == "handled"


def test_handle_http_exception_lets_redirects_pass(app: Flask) -> None:
    """A redirect of the router is no error and meets no handler."""
    app.register_error_handler(HTTPException, lambda error: "handled")
    moved = RequestRedirect("http://localhost/a/")
    with app.test_request_context("/a"):
        assert app.handle_http_exception(moved) is moved


def test_handle_user_exception_calls_the_handler(app: Flask) -> None:
    """Any error is answered by its handler, or raised again."""
    with app.test_request_context("/"):
        with pytest.raises(KeyError, match="colour"):
            while_handled(KeyError("colour"), app.handle_user_exception)
        app.register_error_handler(KeyError, lambda error: f"no {error}")
        assert while_handled(KeyError("colour"), app.handle_user_exception) == "no 'colour'"


def test_handle_exception_answers_500(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """An error without handler is announced, logged, and answered by the handler of 500."""
    seen = []
    error = ZeroDivisionError("half")
    app.register_error_handler(500, lambda failure: f"{failure.original_exception}")
    with (
        got_request_exception.connected_to(lambda _, exception: seen.append(exception), app),
        app.test_request_context("/path"),
    ):
        response = while_handled(error, app.handle_exception)

    assert response.get_data() == b"half"
    assert seen == [error]
    assert caplog.records[0].exc_info[1] is error


@pytest.mark.parametrize("propagate", [True, False])
def test_handle_exception_propagates_if_configured(app: Flask, propagate: bool) -> None:
    """``PROPAGATE_EXCEPTIONS`` raises the error to the server instead."""
    app.config["PROPAGATE_EXCEPTIONS"] = propagate
    app.logger.disabled = True
    with app.test_request_context("/"):
        try:
            status = while_handled(ZeroDivisionError(), app.handle_exception).status_code
        except ZeroDivisionError:
            status = None
    app.logger.disabled = False

    assert status == (None if propagate else 500)


def test_log_exception_names_path_and_method(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """An error is logged with the request it broke."""
    error = ValueError("bad")
    with app.test_request_context("/path", method="PUT"):
        app.log_exception(exc_info=(ValueError, error, None))

    record = caplog.records[0]
    assert (record.levelno, record.exc_info[1]) == (logging.ERROR, error)
    assert "/path" in record.message
    assert "PUT" in record.message


def test_log_exception_is_called_for_unhandled_errors(app: Flask, client: FlaskClient) -> None:
    """An override gets the error's triple."""
    logged = []
    app.log_exception = logged.append
    app.add_url_rule("/", "index", lambda: 1 // 0)

    assert client.get("/").status_code == 500
    assert logged[0][0] is ZeroDivisionError


@pytest.mark.parametrize(
    ("settings", "error", "trapped"),
    [
        ({}, NotFound(), False),
        ({"TRAP_HTTP_EXCEPTIONS": True}, NotFound(), True),
        ({"TRAP_BAD_REQUEST_ERRORS": True}, BadRequestKeyError(), True),
        ({"TRAP_BAD_REQUEST_ERRORS": True}, NotFound(), False),
        ({"DEBUG": True}, BadRequestKeyError(), True),
        ({}, BadRequestKeyError(), False),
    ],
)
def test_trap_http_exception(
    app: Flask, settings: dict[str, bool], error: Exception, trapped: bool
) -> None:
    """Two settings, and debug mode for missing keys, treat HTTP errors as failures."""
    app.config.update(settings)

    assert app.trap_http_exception(e=error) is trapped


def test_trap_http_exception_is_asked_for_http_errors(app: Flask, client: FlaskClient) -> None:
    """An override that traps an error keeps its handlers from being called by status."""
    app.testing = True
    app.trap_http_exception = lambda e: True

    with pytest.raises(NotFound):
        client.get("/missing")


def test_should_ignore_error_hides_the_error_from_teardown(app: Flask, client: FlaskClient) -> None:
    """An error to be ignored is not passed to the teardown functions; by default none is."""
    errors: list[Any] = []
    app.logger.disabled = True
    app.teardown_request(lambda error: errors.append(type(error)))
    app.add_url_rule("/", "index", lambda: 1 // 0)
    assert app.should_ignore_error(error=ValueError()) is False

    client.get("/")
    app.should_ignore_error = lambda error: isinstance(error, ZeroDivisionError)
    client.get("/")
    app.logger.disabled = False
    assert errors == [ZeroDivisionError, type(None)]
