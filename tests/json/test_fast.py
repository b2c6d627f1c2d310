from __future__ import annotations

import dataclasses
import datetime
import decimal
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask import Flask, json, session
from flask.json.fast import FastJSONProvider


class FastApp(Flask):
    json_provider_class = FastJSONProvider


@dataclasses.dataclass
class Point:
    x: int


class Html:
    def __html__(self) -> str:
        return "<b>"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.floats(-1e9, 1e9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.fixture
def app() -> Flask:
    return FastApp("fast")


@given(json_values)
def test_values_come_back(value: Any) -> None:
    """What is written is read back, and the standard provider reads it as well."""
    app = FastApp("fast")
    text = app.json.dumps(value)

    assert app.json.loads(text) == value
    assert Flask("standard").json.loads(text) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC), '"2026-01-02T03:04:05Z"'),
        (datetime.date(2026, 1, 2), '"2026-01-02"'),
        (decimal.Decimal("1.10"), '"1.10"'),
        (uuid.UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        (Point(1), '{"x":1}'),
        (Html(), '"<b>"'),
        ({"b": 1, "a": "é"}, '{"a":"é","b":1}'),
        (float("nan"), "null"),
    ],
)
def test_text_of_values(app: Flask, value: Any, text: str) -> None:
    """More types than JSON has are written; keys are sorted, text is not escaped."""
    assert app.json.dumps(value) == text
    assert app.json.dumps(value, separators=(",", ":")) == text


def test_attributes_count(app: Flask) -> None:
    """Sorting and the default function may be changed at any time."""
    provider = app.json
    assert isinstance(provider, FastJSONProvider)
    assert provider.dumps({"b": 1, "a": 2}) == '{"a":2,"b":1}'

    provider.sort_keys = False
    provider.default = lambda o: "unknown"  # type: ignore[method-assign,assignment]

    assert provider.dumps({"b": 1, "a": object()}) == '{"b":1,"a":"unknown"}'


def test_options_are_the_standard_librarys(app: Flask) -> None:
    """Options that msgspec lacks are followed all the same."""
    assert app.json.dumps([1], indent=1) == "[\n 1\n]"
    assert app.json.dumps({"a": 1}, separators=(", ", " = ")) == '{"a" = 1}'
    assert app.json.loads("1.5", parse_float=str) == "1.5"


@pytest.mark.parametrize("text", ["{", "[" * 100_000, b"\xff", "NaN"])
def test_what_is_no_json_is_refused(app: Flask, text: str | bytes) -> None:
    """Text that is not JSON, or too deep, is a ValueError, so a request with it gets a 400."""
    with pytest.raises(ValueError):
        app.json.loads(text)


def test_requests_and_sessions(app: Flask) -> None:
    """Views, request bodies, error answers and the session cookie work with it."""
    app.secret_key = "key"

    @app.post("/")
    def index() -> Any:
        from flask import request

        session["seen"] = (1, b"2")
        return {"got": request.json, "again": json.loads(json.dumps(request.json))}

    client = app.test_client()
    response = client.post("/", json={"a": [1, None]})

    assert response.json == {"got": {"a": [1, None]}, "again": {"a": [1, None]}}
    assert client.post("/", data="{", content_type="application/json").status_code == 400
    with client.session_transaction() as kept:
        assert kept["seen"] == (1, b"2")
