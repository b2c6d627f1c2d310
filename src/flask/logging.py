"""Where does ``app.logger`` write? To the WSGI server's error stream unless configured otherwise."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, TextIO

from werkzeug.local import LocalProxy

from flask.globals import request
from flask.lazy import former_names_of

if TYPE_CHECKING:
    from flask.setup.app import App


def _errors_stream() -> TextIO:
    """Return the error stream of the current request's server, else ``sys.stderr``."""
    stream: TextIO = request.environ["wsgi.errors"] if request else sys.stderr
    return stream


wsgi_errors_stream: Any = LocalProxy(_errors_stream)
"""Stands for the stream that is right where the message is logged."""


def has_level_handler(logger: logging.Logger) -> bool:
    """Tell whether some handler in the logger's chain takes messages of its effective level."""
    level = logger.getEffectiveLevel()
    current: logging.Logger | None = logger
    while current is not None:
        if any(handler.level <= level for handler in current.handlers):
            return True
        current = current.parent if current.propagate else None
    return False


default_handler: logging.StreamHandler[Any] = logging.StreamHandler(wsgi_errors_stream)
default_handler.setFormatter(
    logging.Formatter("[%(asctime)s] %(levelname)s in %(module)s: %(message)s")
)


def create_logger(app: App) -> logging.Logger:
    """Return the logger named like the app; in debug mode it shows DEBUG messages.

    :data:`default_handler` joins only when nothing else would print the messages.
    """
    logger = logging.getLogger(app.name)
    if app.debug and not logger.level:
        logger.setLevel(logging.DEBUG)
    if not has_level_handler(logger):
        logger.addHandler(default_handler)
    return logger


if not TYPE_CHECKING:
    __getattr__ = former_names_of(__name__)
