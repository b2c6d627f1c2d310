"""How did applications shape JSON up to Flask 2.2? By an encoder and a decoder class.

Nothing imports this but code that still has ``app.json_encoder`` or ``flask.json.JSONEncoder``.
"""

from __future__ import annotations

import json
from json import JSONDecoder as JSONDecoder
from typing import Any

from flask.json.provider import DefaultJSONProvider, _default


class JSONEncoder(json.JSONEncoder):
    """An encoder that knows the types of :class:`~flask.json.provider.DefaultJSONProvider`."""

    def default(self, o: Any) -> Any:
        """Turn a value that JSON lacks into one it has."""
        return _default(o)


class JSONClasses(DefaultJSONProvider):
    """A provider that leaves the work to the classes that its application names.

    It stands in for the stock provider only, never for one that the application chose.
    """

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Serialize to text by the encoder class."""
        encoder = self._class_of("json_encoder", json.JSONEncoder)
        if encoder is not None and "cls" not in kwargs and self.default is _default:
            kwargs = {"default": None, **kwargs, "cls": encoder}  # its own default counts
        return super().dumps(obj, **kwargs)

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Parse text by the decoder class."""
        decoder = self._class_of("json_decoder", json.JSONDecoder)
        if decoder is not None:
            kwargs.setdefault("cls", decoder)
        return super().loads(s, **kwargs)

    def _class_of(self, name: str, kind: type) -> type | None:
        found = getattr(self._app, name, None)
        return found if isinstance(found, type) and issubclass(found, kind) else None


def is_stock(provider: Any, provider_class: type) -> bool:
    """Tell whether a provider, or a class of providers, is Flask's and nobody changed how it works."""
    return (
        provider_class is DefaultJSONProvider
        and provider.default is _default
        and (provider is provider_class or not {"dumps", "loads"} & vars(provider).keys())
    )
