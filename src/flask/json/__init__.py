"""How do we write and read JSON? With the current app's provider, else the standard library."""

from __future__ import annotations

import json as _json
from typing import IO, TYPE_CHECKING, Any, AnyStr

from flask.globals import active_app, current_app
from flask.json.provider import _default
from flask.lazy import former_names_of

if TYPE_CHECKING:
    from flask.wrappers import Response

__all__ = ["dump", "dumps", "jsonify", "load", "loads"]


def dumps(obj: Any, **kwargs: Any) -> str:
    """Serialize to JSON text with the current app's :attr:`~flask.Flask.json`.

    Outside an application context the standard library does it, with the same extra
    types (dates, decimals, UUIDs, dataclasses, ``__html__``).

    Args:
        obj: The data.
        kwargs: Passed to the provider, which passes them to :func:`json.dumps`.
    """
    app = active_app()
    try:
        if app is not None:
            return app.json.dumps(obj, **kwargs)
        kwargs.setdefault("default", _default)
        return _json.dumps(obj, **kwargs)
    except TypeError:
        _refuse_app("dumps", kwargs)
        raise


def dump(obj: Any, fp: IO[str], **kwargs: Any) -> None:
    """Serialize like :func:`dumps` into a file opened as text."""
    app = active_app()
    try:
        if app is not None:
            app.json.dump(obj, fp, **kwargs)
        else:
            kwargs.setdefault("default", _default)
            _json.dump(obj, fp, **kwargs)
    except TypeError:
        _refuse_app("dump", kwargs)
        raise


def loads(s: str | bytes, **kwargs: Any) -> Any:
    """Parse JSON text, or UTF-8 bytes, with the current app's provider.

    Raises:
        ValueError: The text is not JSON.
    """
    app = active_app()
    try:
        return _json.loads(s, **kwargs) if app is None else app.json.loads(s, **kwargs)
    except TypeError:
        _refuse_app("loads", kwargs)
        raise


def load(fp: IO[AnyStr], **kwargs: Any) -> Any:
    """Parse JSON read from a file opened as text, or as UTF-8 bytes."""
    app = active_app()
    try:
        return _json.load(fp, **kwargs) if app is None else app.json.load(fp, **kwargs)
    except TypeError:
        _refuse_app("load", kwargs)
        raise


def _refuse_app(function: str, kwargs: dict[str, Any]) -> None:
    if "app" in kwargs:
        from flask.formerattributes import refuse_parameter  # noqa: PLC0415 - only old code pays

        refuse_parameter(function, "app", "call 'app.json' of that application")


def jsonify(*args: Any, **kwargs: Any) -> Response:
    """Return a JSON response of the arguments; needs an application context.

    One positional value is serialized as it is, several as a list, keywords as a dict,
    nothing as ``null``. A view may return a dict or list without this.

    Raises:
        TypeError: Positional and keyword arguments are mixed.
    """
    return current_app.json.response(*args, **kwargs)


if not TYPE_CHECKING:
    __getattr__ = former_names_of(__name__)
