from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from markupsafe import Markup

from flask.json.tag import JSONTag, PassList, TagDateTime, TaggedJSONSerializer

NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def serializer() -> TaggedJSONSerializer:
    return TaggedJSONSerializer()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": 1}, '{"a":1}'),
        ({}, "{}"),
        ([1, "x", None, True, 1.5], '[1,"x",null,true,1.5]'),
        ((1, (2,)), '{" t":[1,{" t":[2]}]}'),
        ((), '{" t":[]}'),
        (b"\x00\xff", '{" b":"AP8="}'),
        (b"", '{" b":""}'),
        (Markup("<b>"), '{" m":"<b>"}'),
        (UUID(int=1), '{" u":"00000000000000000000000000000001"}'),
        (NOON, '{" d":"Sat, 21 Nov 2026 12:00:00 GMT"}'),
        ({" t": [1]}, '{" di":{" t__":[1]}}'),
        ({" di": 1}, '{" di":{" di__":1}}'),
        ({" di": {" t": (1,)}}, '{" di":{" di__":{" di":{" t__":{" t":[1]}}}}}'),
        ({" t": 1, "other": 2}, '{" t":1,"other":2}'),
        ({"deep": [{"x": (b"a",)}]}, '{"deep":[{"x":{" t":[{" b":"YQ=="}]}}]}'),
        ("한", '"\\ud55c"'),
    ],
)
def test_value_is_written_and_read_back(
    serializer: TaggedJSONSerializer, value: Any, text: str
) -> None:
    """Each type has its mark, and is read back as the same type."""
    assert serializer.dumps(value) == text

    back = serializer.loads(text)

    assert back == value
    assert type(back) is type(value)


def test_object_with_html_becomes_markup(serializer: TaggedJSONSerializer) -> None:
    """Anything that offers ``__html__`` is read back as safe markup."""

    class Html:
        def __html__(self) -> str:
            return "<i>"

    back = serializer.loads(serializer.dumps(Html()))

    assert back == Markup("<i>")
    assert type(back) is Markup


def test_unknown_mark_is_a_plain_dict(serializer: TaggedJSONSerializer) -> None:
    """A dict with one key that is no mark is left alone."""
    assert serializer.loads('{" q":1}') == {" q": 1}


def test_value_without_a_tag_is_refused(serializer: TaggedJSONSerializer) -> None:
    """What neither JSON nor a tag can write is refused."""
    with pytest.raises(TypeError, match="not JSON serializable"):
        serializer.dumps({1, 2})


class TagSet(JSONTag):
    """A set, as a sorted list."""

    __slots__ = ()
    key = " s"

    def check(self, value: Any) -> bool:
        return isinstance(value, set)

    def to_json(self, value: Any) -> Any:
        return [self.serializer.tag(item) for item in sorted(value)]

    def to_python(self, value: Any) -> Any:
        return set(value)


class Ordered(dict[str, Any]):
    pass


class TagOrdered(JSONTag):
    """A dict of a class of its own."""

    __slots__ = ("serializer",)
    key = " o"

    def check(self, value: Any) -> bool:
        return isinstance(value, Ordered)

    def to_json(self, value: Any) -> Any:
        return [[key, self.serializer.tag(inner)] for key, inner in value.items()]

    def to_python(self, value: Any) -> Any:
        return Ordered(value)


class TestRegister:
    def test_new_tag(self, serializer: TaggedJSONSerializer) -> None:
        """A tag of one's own writes another type."""
        serializer.register(TagSet)

        assert serializer.dumps({3, 1}) == '{" s":[1,3]}'
        assert serializer.loads('{"a":{" s":[1]}}') == {"a": {1}}

    def test_special_case_goes_before_the_general(self, serializer: TaggedJSONSerializer) -> None:
        """With an index the tag is tried before those after it."""
        serializer.register(TagOrdered, index=0)

        back = serializer.loads(serializer.dumps({"x": Ordered(a=(1,))}))

        assert back == {"x": {"a": (1,)}}
        assert type(back["x"]) is Ordered

    def test_at_the_end_it_comes_too_late(self, serializer: TaggedJSONSerializer) -> None:
        """Without an index a more general tag is tried first."""
        serializer.register(TagOrdered)

        assert type(serializer.loads(serializer.dumps(Ordered(a=1)))) is dict

    def test_key_is_taken_once(self, serializer: TaggedJSONSerializer) -> None:
        """A key that is taken is refused unless forced."""

        class Other(TagDateTime):
            def to_json(self, value: Any) -> Any:
                return value.isoformat()

            def to_python(self, value: Any) -> Any:
                return datetime.fromisoformat(value)

        with pytest.raises(KeyError, match="' d' is already registered"):
            serializer.register(Other)
        serializer.register(Other, force=True, index=0)

        precise = NOON.replace(microsecond=5)
        assert serializer.loads(serializer.dumps(precise)) == precise

    def test_serializers_are_separate(self, serializer: TaggedJSONSerializer) -> None:
        """Registering changes one serializer, not the next."""
        serializer.register(TagSet)

        assert " s" not in TaggedJSONSerializer().tags

    def test_subclass_may_bring_its_tags(self) -> None:
        """``default_tags`` is what a new serializer starts with."""

        class Own(TaggedJSONSerializer):
            default_tags = [TagSet, *TaggedJSONSerializer.default_tags]

        assert Own().loads(Own().dumps({1})) == {1}

    def test_tag_without_key_has_no_mark(self, serializer: TaggedJSONSerializer) -> None:
        """A tag with an empty key writes the value without a mark around it."""

        class Upper(JSONTag):
            __slots__ = ()

            def check(self, value: Any) -> bool:
                return isinstance(value, str)

            def to_json(self, value: Any) -> Any:
                return value.upper()

            tag = to_json

        serializer.register(Upper, index=0)

        assert serializer.dumps(["a"]) == '["A"]'

    def test_base_must_be_filled(self, serializer: TaggedJSONSerializer) -> None:
        """The base class of tags leaves the three methods to its subclasses."""
        tag = JSONTag(serializer)
        for method in (tag.check, tag.to_json, tag.to_python):
            with pytest.raises(NotImplementedError):
                method(1)


class TagNumber(JSONTag):
    """A number, which no stock tag is for."""

    __slots__ = ()
    key = " n"

    def check(self, value: Any) -> bool:
        return type(value) is int

    def to_json(self, value: Any) -> Any:
        return str(value)

    def to_python(self, value: Any) -> Any:
        return int(value)


class TestTagsOfPlainValues:
    def test_registered_late(self) -> None:
        """A tag for values that JSON has is asked from its registration on, at every depth."""
        serializer = TaggedJSONSerializer()
        assert serializer.dumps({"a": 1}) == '{"a":1}'

        serializer.register(TagNumber, index=0)

        text = '{"a":{" n":"1"},"b":[{" n":"2"}],"c":{" t":[{" n":"3"}]}}'
        assert serializer.dumps({"a": 1, "b": [2], "c": (3,)}) == text

    def test_put_into_the_order(self) -> None:
        """The list of tags may be changed in place."""
        serializer = TaggedJSONSerializer()
        serializer.dumps([1])
        serializer.order[-1] = TagNumber(serializer)

        assert serializer.dumps([1]) == '[{" n":"1"}]'

    def test_overridden_tag(self) -> None:
        """A serializer's own ``tag`` is called for every value."""

        class Own(TaggedJSONSerializer):
            def tag(self, value: Any) -> Any:
                return f"own {value}" if isinstance(value, str) else super().tag(value)

        assert Own().dumps({"a": "b", "c": ["d"]}) == '{"a":"own b","c":["own d"]}'

    def test_serializer_that_starts_in_its_own_way(self) -> None:
        """A serializer may fill its tables without calling the base class."""

        class Own(TaggedJSONSerializer):
            def __init__(self) -> None:
                self.tags, self.order = {}, []
                self.register(PassList)

        assert Own().dumps([1, (2,)]) == "[1,[2]]"
