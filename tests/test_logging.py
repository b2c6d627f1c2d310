from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator

import pytest

from flask import Flask
from flask.logging import create_logger, default_handler, has_level_handler, wsgi_errors_stream


@pytest.fixture(autouse=True)
def fresh_loggers() -> Iterator[None]:
    yield
    for name in ("logs", "logs.shop"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.setLevel(logging.NOTSET)
        logger.propagate = True


def end_of_chain() -> logging.Logger:
    """Let messages end at the logger above the app's; pytest's handlers are on the root."""
    logger = logging.getLogger("logs")
    logger.propagate = False
    return logger


@pytest.fixture
def app() -> Flask:
    return Flask("logs.shop")


def test_logger_is_named_like_the_app(app: Flask) -> None:
    """``app.logger`` is the logger of the app's name, made once."""
    assert app.logger is logging.getLogger("logs.shop")
    assert app.logger is app.logger


def test_default_handler_joins_when_nobody_prints(app: Flask) -> None:
    """Without configured logging the app brings its handler; the level stays the default."""
    end_of_chain()

    assert app.logger.handlers == [default_handler]
    assert app.logger.level == logging.NOTSET


def test_default_handler_stays_away_when_somebody_prints(app: Flask) -> None:
    """A handler on a logger above that takes the messages is enough."""
    end_of_chain().addHandler(logging.StreamHandler())

    assert app.logger.handlers == []


def test_debug_mode_shows_debug_messages(app: Flask) -> None:
    """In debug mode the level is DEBUG unless one is set already."""
    app.debug = True
    assert app.logger.level == logging.DEBUG

    app.logger.setLevel(logging.ERROR)
    create_logger(app)
    assert app.logger.level == logging.ERROR


@pytest.mark.parametrize(
    ("handler_level", "logger_level", "expected"),
    [
        (logging.NOTSET, logging.WARNING, True),
        (logging.WARNING, logging.WARNING, True),
        (logging.ERROR, logging.WARNING, False),
    ],
)
def test_handler_must_take_the_level(handler_level: int, logger_level: int, expected: bool) -> None:
    """Only a handler that lets messages of the effective level through counts."""
    above, handler = end_of_chain(), logging.StreamHandler()
    handler.setLevel(handler_level)
    above.setLevel(logger_level)
    above.addHandler(handler)

    assert has_level_handler(above) is expected
    assert has_level_handler(logging.getLogger("logs.shop")) is expected


def test_chain_ends_where_propagation_does() -> None:
    """A handler above counts only as long as messages reach it."""
    end_of_chain().addHandler(logging.StreamHandler())
    logger = logging.getLogger("logs.shop")
    assert has_level_handler(logger)

    logger.propagate = False

    assert not has_level_handler(logger)


def test_messages_go_to_the_error_stream_of_the_server(app: Flask) -> None:
    """During a request messages are written to ``wsgi.errors``."""
    end_of_chain()
    stream = io.StringIO()
    with app.test_request_context(errors_stream=stream):
        assert wsgi_errors_stream._get_current_object() is stream
        app.logger.error("it %s", "happened")

    (line,) = stream.getvalue().splitlines()
    assert line.startswith("[20")
    assert line.endswith("] ERROR in test_logging: it happened")


def test_messages_go_to_stderr_outside_a_request(
    app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    """Outside of a request the stream is the present ``sys.stderr``."""
    end_of_chain()
    assert wsgi_errors_stream._get_current_object() is sys.stderr

    app.logger.warning("outside")

    assert "WARNING in test_logging: outside" in capsys.readouterr().err


def test_unhandled_error_is_logged_with_its_traceback(app: Flask) -> None:
    """The error of a view reaches the server's stream with request line and traceback."""
    end_of_chain()
    stream = io.StringIO()

    @app.route("/fail")
    def fail() -> str:
        raise KeyError("lost")

    app.test_client().get("/fail", errors_stream=stream)

    text = stream.getvalue()
    assert "ERROR in " in text
    assert "Exception on /fail [GET]" in text
    assert "KeyError: 'lost'" in text
    assert "in fail" in text


def test_logger_may_be_assigned(app: Flask) -> None:
    """An application may bring a logger of its own."""
    own = logging.getLogger("logs.other")

    app.logger = own

    assert app.logger is own
