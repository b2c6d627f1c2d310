"""What happened inside the application? Events in order, and the features that took part.

Views, hooks and signals of a generated application write here; ``serving`` takes it after
each request. Values are turned into what JSON can hold, without anything that differs by chance.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

_events: list[Any] = []
_features: set[str] = set()
_errors: list[str] = []


def note(*event: Any) -> None:
    """Record that something happened, and with which values."""
    _events.append([show(part) for part in event])


def touch(*features: str) -> None:
    """Record that the request used a feature."""
    _features.update(features)


def tell(error: BaseException) -> None:
    """Keep the text of an error, which is not compared but tells known differences apart."""
    _errors.append(f"{type(error).__name__}: {error}")


def take() -> tuple[list[Any], list[str], list[str]]:
    """Return the events, features and errors since the last call."""
    taken = _events.copy(), sorted(_features), _errors.copy()
    for records in (_events, _features, _errors):
        records.clear()
    return taken


def show(value: Any) -> Any:
    """Turn a value into what JSON can hold, types told apart."""
    if value is None or isinstance(value, bool | int):
        return (
            value if type(value) in (type(None), bool, int) else f"{type(value).__name__}:{value}"
        )
    if isinstance(value, str):
        return value if type(value) is str else f"{type(value).__name__}:{value}"
    if isinstance(value, bytes):
        return f"bytes:{value.decode('latin1')}"
    if isinstance(value, Mapping):
        return {"mapping": [[show(key), show(item)] for key, item in value.items()]}
    if isinstance(value, tuple | list):
        return [type(value).__name__, *map(show, value)]
    return _show_object(value)


def _show_object(value: Any) -> Any:
    if isinstance(value, set | frozenset):
        return ["set", *sorted(map(str, value))]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, BaseException):
        return f"error:{type(value).__name__}"
    if isinstance(value, float) or type(value).__str__ is not object.__str__:
        return f"{type(value).__name__}:{value}"
    return f"object:{type(value).__name__}"


@contextlib.contextmanager
def recorded_apart() -> Iterator[None]:
    """Forget what is recorded inside, as what happens while an application is built."""
    events, features = _events.copy(), _features.copy()
    try:
        yield
    finally:
        _events[:] = events
        _features.clear()
        _features.update(features)
