"""How does a description in JSON name values that JSON has not? As ``{"$kind": content}``."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from markupsafe import Markup


@dataclasses.dataclass
class Product:
    name: str
    price: int


class Html:
    """Something that is HTML of its own."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"Html({self.text!r})"

    def __html__(self) -> str:
        return f"<em>{self.text}</em>"


class Opaque:
    """Something that no encoder knows."""

    def __repr__(self) -> str:
        return "Opaque()"


REVIVERS: dict[str, Any] = {
    "$bytes": lambda text: text.encode("latin1"),
    "$datetime": lambda seconds: datetime.fromtimestamp(seconds, UTC),
    "$naive": lambda seconds: datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None),
    "$date": lambda days: date(2024, 1, 1) + timedelta(days=days),
    "$delta": lambda seconds: timedelta(seconds=seconds),
    "$uuid": lambda number: uuid.UUID(int=number),
    "$decimal": Decimal,
    "$markup": Markup,
    "$tuple": lambda items: tuple(map(revive, items)),
    "$set": lambda items: set(map(revive, items)),
    "$product": lambda name: Product(name, 3),
    "$html": Html,
    "$opaque": lambda _: Opaque(),
    "$float": float,
    "$pairs": lambda pairs: {revive(key): revive(value) for key, value in pairs},
}


def revive(value: Any) -> Any:
    """Make the value that a description means."""
    if isinstance(value, list):
        return [revive(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((kind, content),) = value.items()
        if kind in REVIVERS:
            return REVIVERS[kind](content)
    return {key: revive(item) for key, item in value.items()}
