"""What goes into a session comes out of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from flask import Flask, session
from flask.json import dumps
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SecureCookieSession

leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(),
    st.binary(),
    st.text().map(Markup),
    st.uuids(),
    st.datetimes(datetime(1000, 1, 1), datetime(9998, 1, 1)).map(
        lambda value: value.replace(microsecond=0, tzinfo=UTC)
    ),
)
keys = st.text(max_size=5) | st.sampled_from([" t", " b", " di", " d", " m", " u", " t__"])
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(keys, inner, max_size=3),
    ),
    max_leaves=10,
)


def same(one: Any, other: Any) -> bool:
    """Compare values and, at every depth, their types."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


@given(value=values)
def test_tagged_json_keeps_value_and_type(value: Any) -> None:
    """Any nesting of the known types is read back as it was, also dicts that look like tags."""
    serializer = TaggedJSONSerializer()

    assert same(serializer.loads(serializer.dumps(value)), value)


@given(value=values)
def test_text_is_that_of_the_tagged_value(value: Any) -> None:
    """What is written without a copy is the text of what ``tag`` returns."""
    serializer = TaggedJSONSerializer()

    assert serializer.dumps(value) == dumps(serializer.tag(value), separators=(",", ":"))


class Loud(TaggedJSONSerializer):
    """Changes every value on both ways."""

    __slots__ = ()

    def tag(self, value: Any) -> Any:
        return {"loud": super().tag(value)}

    def untag(self, value: dict[str, Any]) -> Any:
        return {"read": super().untag(value)}


@pytest.mark.parametrize("value", [{}, {"a": 1}, {"a": 1, "b": "c"}])
def test_overridden_steps_are_called(value: dict[str, Any]) -> None:
    """A serializer's own ``tag`` and ``untag`` are called for plain dicts too."""
    tagged = {"loud": {key: {"loud": inner} for key, inner in value.items()}}

    assert Loud().dumps(value) == dumps(tagged, separators=(",", ":"))
    assert Loud().loads(dumps(value)) == {"read": value}


@given(items=st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 2)), max_size=4))
def test_session_notices_every_item_that_is_set(items: list[tuple[str, int]]) -> None:
    """A session holds what was set, and calls what waits for changes once for each."""
    seen: list[Any] = []
    changed = SecureCookieSession({"c": 3})
    assert not changed.modified
    changed.on_update = seen.append
    for key, value in items:
        changed[key] = value

    assert changed == {"c": 3, **dict(items)}
    assert len(seen) == len(items)
    changed.on_update = None
    changed["d"] = 4
    assert not changed.modified


app = Flask("shop")
app.secret_key = "key"
to_keep: dict[str, Any] = {}
found: dict[str, Any] = {}


@app.route("/keep")
def keep() -> str:
    session.update(to_keep)
    return ""


@app.route("/find")
def find() -> str:
    found.clear()
    found.update(session)
    return ""


@given(content=st.dictionaries(keys, values, min_size=1, max_size=3))
def test_next_request_finds_the_session(content: dict[str, Any]) -> None:
    """What one request puts into the session, the client's next request finds."""
    to_keep.clear()
    to_keep.update(content)
    app.config["MAX_COOKIE_SIZE"] = 0
    client = app.test_client()
    client.get("/keep")
    client.get("/find")

    assert same(found, to_keep)


@given(cookie=st.text(st.characters(codec="latin-1", exclude_characters="\r\n\x00"), max_size=60))
def test_forged_cookie_is_an_empty_session(cookie: str) -> None:
    """Whatever a client makes up, the session is empty and the request answered."""
    client = app.test_client(use_cookies=False)

    response = client.get("/find", headers={"Cookie": f"session={cookie}"})

    assert response.status_code == 200
    assert found == {}
