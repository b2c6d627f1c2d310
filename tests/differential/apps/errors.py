"""Which errors do generated views and hooks raise, and handlers await? By name."""

from __future__ import annotations

from typing import Any

from werkzeug import exceptions
from werkzeug.routing import RequestRedirect

from flask import Response


class ShopError(Exception):
    pass


class SoldOut(ShopError):
    pass


class Teapot(exceptions.HTTPException):
    code = 418
    description = "I am a teapot"


class OutOfMoney(exceptions.HTTPException):
    """Has a status that Werkzeug does not know."""

    code = 499
    name = "Out Of Money"


class Nameless(exceptions.HTTPException):
    """Has no status at all."""

    description = "no code"


class PickyNotFound(exceptions.NotFound):
    def get_body(self, environ: Any = None, scope: Any = None) -> str:
        return f"picky: {self.description}"


class WithHeaders(exceptions.Forbidden):
    def get_headers(self, *args: Any, **kwargs: Any) -> list[tuple[str, str]]:
        return [("Content-Type", "text/plain"), ("X-Why", "because"), ("X-Why", "twice")]


CLASSES: dict[str, type[Exception]] = {
    cls.__name__: cls
    for cls in (
        ShopError, SoldOut, Teapot, OutOfMoney, Nameless, PickyNotFound, WithHeaders,
        Exception, ValueError, KeyError, LookupError, RuntimeError, ZeroDivisionError,
        exceptions.HTTPException, exceptions.NotFound, exceptions.BadRequest,
        exceptions.BadRequestKeyError, exceptions.Forbidden, exceptions.MethodNotAllowed,
        exceptions.InternalServerError, exceptions.RequestEntityTooLarge, exceptions.Unauthorized,
        exceptions.TooManyRequests, exceptions.RequestedRangeNotSatisfiable,
        exceptions.UnsupportedMediaType, exceptions.Gone, RequestRedirect,
    )
}  # fmt: skip


def make_error(name: str, argument: Any = None) -> Exception:
    """Make an error to raise; the argument is what its class understands by it."""
    cls = CLASSES[name]
    if cls is exceptions.MethodNotAllowed:
        return exceptions.MethodNotAllowed(["GET", "POST"], argument)
    if cls is exceptions.TooManyRequests:
        return exceptions.TooManyRequests(argument, retry_after=120)
    if cls is exceptions.Unauthorized:
        from werkzeug.datastructures import WWWAuthenticate

        return exceptions.Unauthorized(
            argument, www_authenticate=WWWAuthenticate("basic", {"realm": "shop"})
        )
    if cls is exceptions.RequestedRangeNotSatisfiable:
        return exceptions.RequestedRangeNotSatisfiable(100)
    if cls is RequestRedirect:
        return RequestRedirect(argument or "/elsewhere")
    if issubclass(cls, exceptions.HTTPException) and argument == "response":
        return cls(response=Response("an own response", 400, {"X-Own": "1"}))
    return cls() if argument is None else cls(argument)
