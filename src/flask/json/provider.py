"""Which JSON library serves an application? A provider object, ``app.json``."""

from __future__ import annotations

import dataclasses
import json
import sys
import uuid
import weakref
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import IO, TYPE_CHECKING, Any, AnyStr

from werkzeug.http import http_date

from flask.lazy import former_names_of
from flask.plainresponses import plain_response

if TYPE_CHECKING:
    from flask.setup.app import App
    from flask.wrappers import Response

_COMPACT = (",", ":")
_COMPACT_OPTIONS = {"separators": _COMPACT}
_MOST_ENCODERS = 16  # combinations of arguments that are remembered; a program uses two or three
_decoder: Any = json.JSONDecoder()
_scan: Callable[[str, int], tuple[Any, int]] = _decoder.scan_once
_OBJECT_OR_ARRAY = frozenset((b"{", b"["))


class JSONProvider:
    """JSON operations of one application; subclass it to use another library.

    A subclass writes at least :meth:`dumps` and :meth:`loads`. Set it as
    :attr:`Flask.json_provider_class <flask.Flask.json_provider_class>` or assign an
    instance to ``app.json``.

    Args:
        app: Kept as a weak proxy in ``_app``.
    """

    def __init__(self, app: App) -> None:
        self._app: App = weakref.proxy(app)

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Serialize to JSON text."""
        raise NotImplementedError

    def dump(self, obj: Any, fp: IO[str], **kwargs: Any) -> None:
        """Serialize to JSON text written to a file."""
        fp.write(self.dumps(obj, **kwargs))

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Parse JSON text or UTF-8 bytes."""
        raise NotImplementedError

    def load(self, fp: IO[AnyStr], **kwargs: Any) -> Any:
        """Parse JSON read from a file."""
        return self.loads(fp.read(), **kwargs)

    def _prepare_response_obj(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if not kwargs:
            return args[0] if len(args) == 1 else list(args) or None
        if args:
            raise TypeError("app.json.response() takes either args or kwargs, not both")
        return kwargs

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Return a response of the arguments with the mimetype ``application/json``.

        Raises:
            TypeError: Positional and keyword arguments are mixed.
        """
        body = self.dumps(self._prepare_response_obj(args, kwargs))
        return self._app.response_class(body, mimetype="application/json")


def _is_decimal(o: Any) -> bool:
    # No decimal exists before its module is imported, and that takes 1 ms.
    module = sys.modules.get("decimal")
    return module is not None and isinstance(o, module.Decimal)


def _default(o: Any) -> Any:
    """Turn a value that JSON lacks into one it has."""
    if isinstance(o, date):
        return http_date(o)
    if isinstance(o, uuid.UUID) or _is_decimal(o):
        return str(o)
    if dataclasses.is_dataclass(o) and not isinstance(o, type):
        return dataclasses.asdict(o)
    if hasattr(o, "__html__"):
        return str(o.__html__())
    raise TypeError(f"Object of type {type(o).__name__} is not JSON serializable")


class _ReusableEncoder(json.JSONEncoder):
    """The standard encoder, which makes its C part once instead of for every call."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._write: Callable[[Any, int], tuple[str, ...]] | None = None
        make: Any = getattr(json.encoder, "c_make_encoder", None)
        if make is not None and options.get("indent") is None and self.check_circular:
            escape = (
                json.encoder.encode_basestring_ascii
                if self.ensure_ascii
                else json.encoder.encode_basestring
            )
            # Without the markers that find a circle: they would be shared by threads.
            self._write = make(
                None,
                self.default,
                escape,
                None,
                self.key_separator,
                self.item_separator,
                self.sort_keys,
                self.skipkeys,
                self.allow_nan,
            )

    def encode(self, o: Any) -> str:
        """Return the JSON text of a value."""
        if self._write is None:
            return super().encode(o)
        try:
            return "".join(self._write(o, 0))
        except RecursionError:
            return super().encode(o)  # which tells a circle from depth


def _text_of(s: Any) -> str:
    """Decode bytes that are surely UTF-8.

    Raises:
        ValueError: They may be UTF-16 or UTF-32, begin with white space, or are no UTF-8.
        TypeError: They are no bytes.
    """
    if type(s) is not bytes:
        raise TypeError("not bytes")
    if s[:1] not in _OBJECT_OR_ARRAY or s[1:2] == b"\0":
        raise ValueError("not plainly UTF-8")
    return s.decode()


class DefaultJSONProvider(JSONProvider):
    """JSON by the standard library, with a few more types.

    Dates and datetimes become HTTP dates, :class:`decimal.Decimal` and
    :class:`uuid.UUID` strings, dataclasses dicts, and an object with ``__html__``
    the text that it returns.
    """

    default = staticmethod(_default)
    """Turns a value that :mod:`json` does not know into one that it does."""

    ensure_ascii = True
    """Write characters outside ASCII as escapes."""

    sort_keys = True
    """Sort the keys of dicts, which must all be strings then."""

    compact: bool | None = None
    """Leave out white space in :meth:`response`; ``None`` means: unless in debug mode."""

    mimetype = "application/json"
    """The mimetype of :meth:`response`."""

    def __init__(self, app: App) -> None:
        super().__init__(app)
        self._encoders: dict[tuple[Any, ...], json.JSONEncoder] = {}

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Serialize to text; keywords go to :func:`json.dumps`, over this object's attributes."""
        # PERF: json.dumps makes an encoder for every call with options: 1.5 of its 4 µs.
        if kwargs == _COMPACT_OPTIONS:  # as ``response`` asks
            key: tuple[Any, ...] = (self.default, self.ensure_ascii, self.sort_keys, _COMPACT)
        else:
            key = (self.default, self.ensure_ascii, self.sort_keys, *kwargs.items())
        try:
            encoder = self._encoders[key]
        except (KeyError, TypeError):  # TypeError: an option that cannot be hashed
            encoder = self._new_encoder(key, kwargs)
        return encoder.encode(obj)

    def _new_encoder(self, key: tuple[Any, ...], options: dict[str, Any]) -> json.JSONEncoder:
        given: dict[str, Any] = {
            "default": self.default,
            "ensure_ascii": self.ensure_ascii,
            "sort_keys": self.sort_keys,
            **options,
        }
        encoder_class = given.pop("cls", None) or _ReusableEncoder
        encoder: json.JSONEncoder = encoder_class(**given)
        if (
            encoder_class is _ReusableEncoder
            and "default" not in options  # often a closure made for this call
            and len(self._encoders) < _MOST_ENCODERS
        ):
            with suppress(TypeError):
                self._encoders[key] = encoder
        return encoder

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Parse text or UTF-8 bytes; keywords go to :func:`json.loads`.

        Raises:
            ValueError: The text is not JSON, or nested deeper than Python can follow.
        """
        # PERF: 1 µs less than json.loads, which skips white space by regular expressions and
        # guesses the encoding of bytes. It answers whatever is not one plain value, errors too.
        if not kwargs:
            try:
                text = s if type(s) is str else _text_of(s)
                value, end = _scan(text, 0)
                if end == len(text):
                    return value
            except (ValueError, TypeError, StopIteration, RecursionError):
                pass
        try:
            return json.loads(s, **kwargs)
        except RecursionError as error:
            raise ValueError("The JSON text is nested too deep.") from error

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Return a JSON response ending in a newline, indented in debug mode.

        Raises:
            TypeError: Positional and keyword arguments are mixed.
        """
        app = self._app
        obj = self._prepare_response_obj(args, kwargs)
        compact = self.compact
        if compact or (compact is None and not app.debug):
            text = self.dumps(obj, separators=_COMPACT)
        else:
            text = self.dumps(obj, indent=2)
        text, cls = f"{text}\n", app.response_class
        response: Response | None = plain_response(cls, text, None, self.mimetype)
        return cls(text, mimetype=self.mimetype) if response is None else response


if not TYPE_CHECKING:
    __getattr__ = former_names_of(__name__)
