"""Which handler answers an error? By status, then class; inner blueprint before app."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import BadRequest, BadRequestKeyError, HTTPException

from flask import typing as ft
from flask.coroutines import tidying_up

if TYPE_CHECKING:
    from flask.config import Config
    from flask.ctx import RequestContext


def find_handler(
    error_handler_spec: Any, error: Exception, blueprints: Sequence[str | None]
) -> ft.ErrorHandlerCallable | None:
    """Return the handler for an error, or ``None``.

    A handler of the error's HTTP status, in any scope, goes before one of its class alone;
    then an inner blueprint before an outer one and the app; then the nearest class. The status
    is the class's, as at registration, also where the error was given another one.

    Args:
        error_handler_spec: Handlers by scope, status (``None`` for none) and class.
        error: The error.
        blueprints: Names of the request's blueprints, inner first.
    """
    if not error_handler_spec:
        return None
    cls = type(error)
    code = cls.code if issubclass(cls, HTTPException) else None
    if not blueprints:  # PERF: most requests; 0.2 µs less than the loop of loops
        by_code = error_handler_spec.get(None)
        if not by_code:
            return None
        handler = _of_class(by_code.get(code), cls)
        return (
            _of_class(by_code.get(None), cls) if handler is None and code is not None else handler
        )
    for wanted in (code, None) if code is not None else (None,):
        for scope in (*blueprints, None):
            by_code = error_handler_spec.get(scope)
            handler = _of_class(by_code.get(wanted), cls) if by_code else None
            if handler is not None:
                return handler
    return None


def _of_class(by_class: Any, cls: type[Exception]) -> ft.ErrorHandlerCallable | None:
    """Return the handler of the nearest class that has one."""
    if not by_class:
        return None
    handler: ft.ErrorHandlerCallable | None = by_class.get(cls)
    if handler is None and not by_class.keys().isdisjoint(cls.__mro__):
        handlers = (by_class.get(ancestor) for ancestor in cls.__mro__)
        return next((handler for handler in handlers if handler is not None), None)
    return handler


def is_trapped(error: Exception, config: Config) -> bool:
    """Tell whether an HTTP error is treated like any other, as two ``TRAP_`` settings ask."""
    if config["TRAP_HTTP_EXCEPTIONS"]:
        return True
    if not isinstance(error, BadRequest):
        return False
    trap_bad_requests = config["TRAP_BAD_REQUEST_ERRORS"]
    if trap_bad_requests is None and config["DEBUG"] and isinstance(error, BadRequestKeyError):
        return True
    return bool(trap_bad_requests)


def end_after_error(ctx: RequestContext, error: BaseException) -> None:
    """End a request's context after an error, of which its teardown functions hear.

    Those of a request that was cancelled may wait for something: trio would cancel that, too.
    """
    told = None if ctx.app.should_ignore_error(error) else error
    with tidying_up(error):
        ctx.pop(told)
