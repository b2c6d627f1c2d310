"""How does a session keep values that JSON lacks? Each is written as a dict of one tagged key.

The format is Flask's, byte for byte: a cookie written by either is read by both.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from markupsafe import Markup
from werkzeug.http import http_date, parse_date

from flask.globals import active_app
from flask.json import dumps, loads
from flask.lazy import former_names_of


class JSONTag:
    """One type that a :class:`TaggedJSONSerializer` can write and read back.

    Args:
        serializer: The serializer, whose ``tag`` is called for values inside a value.
    """

    __slots__ = ("serializer",)

    key: str = ""
    """Marks the value in the JSON; an empty key means the value stands without a mark."""

    def __init__(self, serializer: TaggedJSONSerializer) -> None:
        self.serializer = serializer

    def check(self, value: Any) -> bool:
        """Tell whether this tag is for the value."""
        raise NotImplementedError

    def to_json(self, value: Any) -> Any:
        """Convert the value to one that JSON has; the mark is added around it."""
        raise NotImplementedError

    def to_python(self, value: Any) -> Any:
        """Convert back what :meth:`to_json` returned; the mark is already removed."""
        raise NotImplementedError

    def tag(self, value: Any) -> dict[str, Any]:
        """Convert the value and put the mark around it."""
        return {self.key: self.to_json(value)}


class TagDict(JSONTag):
    """A dict whose only key looks like a mark."""

    __slots__ = ()
    key = " di"

    def check(self, value: Any) -> bool:
        """Tell whether reading the dict back would take its key for a mark."""
        return (
            isinstance(value, dict)
            and len(value) == 1
            and next(iter(value)) in self.serializer.tags
        )

    def to_json(self, value: Any) -> Any:
        """Add two underscores to the key, so that it is no mark."""
        key, inner = next(iter(value.items()))
        return {f"{key}__": self.serializer.tag(inner)}

    def to_python(self, value: Any) -> Any:
        """Take the two underscores off."""
        key, inner = next(iter(value.items()))
        return {key[:-2]: inner}


class PassDict(JSONTag):
    """Any other dict: it stands as it is, its values are tagged."""

    __slots__ = ()

    def check(self, value: Any) -> bool:
        """Tell whether the value is a dict."""
        return isinstance(value, dict)

    def to_json(self, value: Any) -> Any:
        """Tag the values; JSON's keys are strings already."""
        tag = self.serializer.tag
        plain = _types_without_tag(self.serializer)
        return {key: inner if type(inner) in plain else tag(inner) for key, inner in value.items()}

    tag = to_json


class TagTuple(JSONTag):
    """A tuple."""

    __slots__ = ()
    key = " t"

    def check(self, value: Any) -> bool:
        """Tell whether the value is a tuple."""
        return isinstance(value, tuple)

    def to_json(self, value: Any) -> Any:
        """Return a list of the tagged items."""
        tag = self.serializer.tag
        plain = _types_without_tag(self.serializer)
        return [item if type(item) in plain else tag(item) for item in value]

    def to_python(self, value: Any) -> Any:
        """Return a tuple of the items."""
        return tuple(value)


class PassList(JSONTag):
    """A list: it stands as it is, its items are tagged."""

    __slots__ = ()

    def check(self, value: Any) -> bool:
        """Tell whether the value is a list."""
        return isinstance(value, list)

    def to_json(self, value: Any) -> Any:
        """Tag the items."""
        tag = self.serializer.tag
        plain = _types_without_tag(self.serializer)
        return [item if type(item) in plain else tag(item) for item in value]

    tag = to_json


class TagBytes(JSONTag):
    """Bytes, as base64 text."""

    __slots__ = ()
    key = " b"

    def check(self, value: Any) -> bool:
        """Tell whether the value is bytes."""
        return isinstance(value, bytes)

    def to_json(self, value: Any) -> Any:
        """Encode as base64."""
        return b64encode(value).decode("ascii")

    def to_python(self, value: Any) -> Any:
        """Decode base64."""
        return b64decode(value)


class TagMarkup(JSONTag):
    """Text that is safe HTML; it is read back as :class:`markupsafe.Markup`."""

    __slots__ = ()
    key = " m"

    def check(self, value: Any) -> bool:
        """Tell whether the value offers ``__html__``."""
        return callable(getattr(value, "__html__", None))

    def to_json(self, value: Any) -> Any:
        """Return the HTML text."""
        return str(value.__html__())

    def to_python(self, value: Any) -> Any:
        """Return safe markup."""
        return Markup(value)


class TagUUID(JSONTag):
    """A UUID, as 32 hexadecimal digits."""

    __slots__ = ()
    key = " u"

    def check(self, value: Any) -> bool:
        """Tell whether the value is a UUID."""
        return isinstance(value, UUID)

    def to_json(self, value: Any) -> Any:
        """Return the digits."""
        return value.hex

    def to_python(self, value: Any) -> Any:
        """Return the UUID of the digits."""
        return UUID(value)


class TagDateTime(JSONTag):
    """A datetime, as an HTTP date: whole seconds, read back with the zone UTC."""

    __slots__ = ()
    key = " d"

    def check(self, value: Any) -> bool:
        """Tell whether the value is a datetime."""
        return isinstance(value, datetime)

    def to_json(self, value: Any) -> Any:
        """Return the HTTP date (RFC 9110 §5.6.7)."""
        return http_date(value)

    def to_python(self, value: Any) -> Any:
        """Parse the HTTP date."""
        return parse_date(value)


class TaggedJSONSerializer:
    """Compact JSON that also keeps tuples, bytes, Markup, UUIDs and datetimes.

    ItsDangerous uses it for the session cookie.
    """

    __slots__ = ("_remembered", "order", "tags")

    default_tags: ClassVar[list[type[JSONTag]]] = [
        TagDict,
        PassDict,
        TagTuple,
        PassList,
        TagBytes,
        TagMarkup,
        TagUUID,
        TagDateTime,
    ]
    """The tags that a new serializer starts with, in the order they are tried."""

    def __init__(self) -> None:
        self.tags: dict[str, JSONTag] = {}
        self.order: list[JSONTag] = []
        for tag_class in self.default_tags:
            self.register(tag_class)

    def register(
        self, tag_class: type[JSONTag], force: bool = False, index: int | None = None
    ) -> None:
        """Add a type.

        Args:
            tag_class: Instantiated with this serializer.
            force: Replace a tag of the same key.
            index: Place in the order in which tags are tried; the end when ``None``. A type
                that is a special case of another must come before it.

        Raises:
            KeyError: The key is taken, and ``force`` is false.
        """
        tag = tag_class(self)
        if tag.key:
            if tag.key in self.tags and not force:
                raise KeyError(f"Tag {tag.key!r} is already registered.")
            self.tags[tag.key] = tag
        if index is None:
            self.order.append(tag)
        else:
            self.order.insert(index, tag)

    def tag(self, value: Any) -> Any:
        """Convert a value, and what is in it, to what JSON has."""
        for tag in self.order:
            if tag.check(value):
                return tag.tag(value)
        return value

    def untag(self, value: dict[str, Any]) -> Any:
        """Convert a dict back if its only key is a mark."""
        if len(value) != 1:
            return value
        key = next(iter(value))
        tag = self.tags.get(key)
        return value if tag is None else tag.to_python(value[key])

    def _untag_scan(self, value: Any) -> Any:
        if isinstance(value, dict):
            for key, inner in value.items():
                if type(inner) not in _UNTAGGED:  # PERF: no step for plain values, 0.2 µs each
                    value[key] = self._untag_scan(inner)
            return self.untag(value)
        if isinstance(value, list):
            return [self._untag_scan(item) for item in value]
        return value

    def dumps(self, value: Any) -> str:
        """Write a value as compact JSON text."""
        app = active_app()  # PERF: asked here, because ``flask.json`` passes keywords on
        write = dumps if app is None else app.json.dumps
        return write(value if self._stands(value) else self.tag(value), separators=_COMPACT)

    def _stands(self, value: Any) -> bool:
        """Tell whether a value is surely a dict that :meth:`tag` would only copy.

        PERF: 0.2 µs; the copy takes 0.9 µs.
        """
        if type(value) is not dict or (len(value) == 1 and not self.tags.keys().isdisjoint(value)):
            return False
        remembered = getattr(self, "_remembered", _NOTHING)
        plain = remembered[1] if remembered[0] == self.order else _types_without_tag(self)
        return bool(plain) and plain.issuperset(map(type, value.values()))

    def loads(self, value: str) -> Any:
        """Read back what :meth:`dumps` wrote."""
        app = active_app()
        read = loads(value) if app is None else app.json.loads(value)
        if (
            type(read) is dict
            and len(read) != 1  # so it is no mark, and nothing in it can be one
            and _UNTAGGED.issuperset(map(type, read.values()))
            and type(self).untag is _STOCK_UNTAG
        ):
            return read
        return self._untag_scan(read)


_UNTAGGED: frozenset[type] = frozenset((str, int, float, bool, type(None)))
_STOCK_TAGS = frozenset(TaggedJSONSerializer.default_tags)
_STOCK_TAG = TaggedJSONSerializer.tag
_STOCK_UNTAG = TaggedJSONSerializer.untag
_NOTHING: tuple[None, frozenset[type]] = None, frozenset()
_COMPACT = (",", ":")


def _types_without_tag(serializer: Any) -> frozenset[type]:
    """Return the types that no tag is for: none where there are tags other than the stock ones.

    PERF: 0.2 µs for a dict; to ask every tag takes 0.5 µs for each of its values.
    """
    remembered: tuple[Any, frozenset[type]] = getattr(serializer, "_remembered", _NOTHING)
    if remembered[0] == serializer.order:
        return remembered[1]
    if getattr(type(serializer), "tag", None) is not _STOCK_TAG:
        return frozenset()
    order = serializer.order.copy()
    types = _UNTAGGED if all(type(tag) in _STOCK_TAGS for tag in order) else frozenset()
    serializer._remembered = order, types
    return types


if not TYPE_CHECKING:
    __getattr__ = former_names_of(__name__)
