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
    """A provider that leaves the work to the classes of ``app.json_encoder`` and its like."""

    json_encoder: type[json.JSONEncoder] | None = None
    json_decoder: type[json.JSONDecoder] | None = None

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Serialize to text by the encoder class."""
        if self.json_encoder is not None and "cls" not in kwargs:
            kwargs = {"default": None, **kwargs, "cls": self.json_encoder}  # its own default counts
        return super().dumps(obj, **kwargs)

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Parse text by the decoder class."""
        if self.json_decoder is not None:
            kwargs.setdefault("cls", self.json_decoder)
        return super().loads(s, **kwargs)
