"""The reference's part on JSON: the tagged JSON of sessions."""

from collections import OrderedDict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from markupsafe import Markup

from flask.json.tag import (
    JSONTag,
    PassDict,
    PassList,
    TagBytes,
    TagDateTime,
    TagDict,
    TaggedJSONSerializer,
    TagMarkup,
    TagTuple,
    TagUUID,
)

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
NOON_TEXT = "Fri, 02 Jan 2026 12:00:00 GMT"
SOME_ID = UUID("12345678123456781234567812345678")


TAGS = [TagDict, PassDict, TagTuple, PassList, TagBytes, TagMarkup, TagUUID, TagDateTime]


class TagOrderedDict(JSONTag):
    """The reference's example: an ordered dict as a list of pairs."""

    __slots__ = ("serializer",)
    key = " od"

    def check(self, value: Any) -> bool:
        return isinstance(value, OrderedDict)

    def to_json(self, value: Any) -> Any:
        return [[k, self.serializer.tag(v)] for k, v in value.items()]

    def to_python(self, value: Any) -> Any:
        return OrderedDict(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({" t": 1}, '{" di":{" t__":1}}'),
        ({"a": (1,)}, '{"a":{" t":[1]}}'),
        ((1, (2,)), '{" t":[1,{" t":[2]}]}'),
        ([b"\x00"], '[{" b":"AA=="}]'),
        (b"\x00", '{" b":"AA=="}'),
        (Markup("<b>"), '{" m":"<b>"}'),
        (SOME_ID, f'{{" u":"{SOME_ID.hex}"}}'),
        (NOON, f'{{" d":"{NOON_TEXT}"}}'),
    ],
    ids=[tag.__name__ for tag in TAGS],
)
def test_tagged_json_serializer(value: Any, text: str) -> None:
    """Each extra type is written in its own way and read back as what it was."""
    serializer = TaggedJSONSerializer()

    assert serializer.dumps(value) == text
    read = serializer.loads(text)
    assert (type(read), read) == (type(value), value)


def test_default_tags() -> None:
    """A new serializer starts with the class's tags, and a subclass may have others."""

    class Fewer(TaggedJSONSerializer):
        default_tags = [PassList]

    assert [type(tag) for tag in TaggedJSONSerializer().order] == TAGS
    assert TaggedJSONSerializer.default_tags == TAGS
    assert [type(tag) for tag in Fewer().order] == [PassList]


@pytest.fixture
def serializer() -> TaggedJSONSerializer:
    return TaggedJSONSerializer()


def test_register(serializer: TaggedJSONSerializer) -> None:
    """A registered tag is tried after the others."""

    class TagDecimal(TagOrderedDict):
        key = " de"

        def check(self, value: Any) -> bool:
            return isinstance(value, Decimal)

        def to_json(self, value: Any) -> Any:
            return str(value)

        def to_python(self, value: Any) -> Any:
            return Decimal(value)

    serializer.register(TagDecimal)

    assert serializer.dumps([Decimal("1.50")]) == '[{" de":"1.50"}]'
    assert serializer.loads('[{" de":"1.50"}]') == [Decimal("1.50")]
    assert type(serializer.order[-1]) is TagDecimal


def test_register_tag_class(serializer: TaggedJSONSerializer) -> None:
    """The class is instantiated with the serializer."""
    serializer.register(tag_class=TagOrderedDict)

    assert serializer.tags[" od"].serializer is serializer


def test_register_force(serializer: TaggedJSONSerializer) -> None:
    """A key that is taken is refused unless forced."""
    with pytest.raises(KeyError):
        serializer.register(TagTuple)

    serializer.register(TagTuple, force=True)
    assert serializer.loads('{" t":[1]}') == (1,)


def test_register_index(serializer: TaggedJSONSerializer) -> None:
    """A special case of another type is put before it."""
    serializer.register(TagOrderedDict, index=0)

    value = OrderedDict([("b", (1,)), ("a", 2)])
    text = serializer.dumps(value)
    assert text == '{" od":[["b",{" t":[1]}],["a",2]]}'
    assert serializer.loads(text) == value


def test_tag(serializer: TaggedJSONSerializer) -> None:
    """A value and all that is in it is converted to what JSON has."""
    assert serializer.tag({"a": (1, [b"x"])}) == {"a": {" t": [1, [{" b": "eA=="}]]}}


def test_dumps(serializer: TaggedJSONSerializer) -> None:
    """A value is written without spaces, with escapes for all but ASCII."""
    assert serializer.dumps(value={"b": ["한", 1], "a": None}) == r'{"b":["\ud55c",1],"a":null}'


def test_loads(serializer: TaggedJSONSerializer) -> None:
    """Tags are read back at any depth."""
    assert serializer.loads(value='{"a":[{" t":[{" b":"eA=="}]}]}') == {"a": [(b"x",)]}


def test_untag(serializer: TaggedJSONSerializer) -> None:
    """A dict whose only key is a mark is converted back, another one is left alone."""
    assert serializer.untag({" t": [1]}) == (1,)
    assert serializer.untag({"a": [1]}) == {"a": [1]}
    assert serializer.untag({" t": [1], " b": ""}) == {" t": [1], " b": ""}


def test_untag_value(serializer: TaggedJSONSerializer) -> None:
    """Only the value itself is converted; what is inside was so before."""
    assert serializer.untag(value={" t": [{" t": [1]}]}) == ({" t": [1]},)


def test_json_tag(serializer: TaggedJSONSerializer) -> None:
    """The class of all tags puts its mark around what a subclass writes."""
    assert TagOrderedDict(serializer).tag(OrderedDict(a=1)) == {" od": [["a", 1]]}


def test_json_tag_tag(serializer: TaggedJSONSerializer) -> None:
    """A subclass may write its values in a way of its own."""

    class Bare(TagOrderedDict):
        def tag(self, value: Any) -> Any:
            return self.to_json(value)

    assert TagTuple(serializer).tag(value=(1,)) == {" t": [1]}
    assert Bare(serializer).tag(value=OrderedDict(a=1)) == [["a", 1]]


def test_json_tag_serializer(serializer: TaggedJSONSerializer) -> None:
    """A tag knows its serializer, to convert the values inside a value."""
    assert JSONTag(serializer=serializer).serializer is serializer


def test_json_tag_key(serializer: TaggedJSONSerializer) -> None:
    """A tag without a key stands without a mark."""
    assert JSONTag(serializer).key == PassList(serializer).key == ""
    assert "" not in serializer.tags


JSON_TAG_METHODS = ["check", "to_json", "to_python"]


@pytest.mark.parametrize("method", JSON_TAG_METHODS)
def test_json_tag_method(serializer: TaggedJSONSerializer, method: str) -> None:
    """What a tag is for, and how it is written and read, is left to subclasses."""
    with pytest.raises(NotImplementedError, match=r"^$"):
        getattr(JSONTag(serializer), method)([])


@pytest.mark.parametrize("method", JSON_TAG_METHODS)
def test_json_tag_method_value(serializer: TaggedJSONSerializer, method: str) -> None:
    """Each of the methods takes the value."""
    with pytest.raises(NotImplementedError, match=r"^$"):
        getattr(JSONTag(serializer), method)(value=[])
