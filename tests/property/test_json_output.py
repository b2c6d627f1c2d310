"""JSON is written byte for byte as the standard library writes it with Flask's defaults."""

from __future__ import annotations

import dataclasses
import decimal
import json
import uuid
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from werkzeug.http import http_date

from flask import Flask

app = Flask("shop")


@dataclasses.dataclass
class Point:
    x: Any


leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.uuids(),
    st.decimals(),
    st.dates(date(1000, 1, 1)),
    st.datetimes(),
    st.text().map(Markup),
)
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(inner, inner),
        st.dictionaries(st.text(max_size=5), inner, max_size=4),
        st.dictionaries(st.integers(), inner, max_size=3),
        inner.map(Point),
    ),
    max_leaves=12,
)
options = st.fixed_dictionaries(
    {},
    optional={
        "ensure_ascii": st.booleans(),
        "sort_keys": st.booleans(),
        "indent": st.sampled_from([None, 0, 2, "\t"]),
        "separators": st.sampled_from([None, (",", ":"), (" ,", ": ")]),
        "allow_nan": st.booleans(),
        "skipkeys": st.booleans(),
        "check_circular": st.booleans(),
    },
)


def plain(value: Any) -> Any:
    """Say in plain words what the extra types are written as."""
    match value:
        case date():
            return http_date(value)
        case decimal.Decimal() | uuid.UUID():
            return str(value)
        case Point():
            return dataclasses.asdict(value)
    raise TypeError(value)


def outcome(write: Any, *args: Any, **kwargs: Any) -> Any:
    try:
        return write(*args, **kwargs)
    except (TypeError, ValueError) as error:
        return type(error)


@given(value=values, given_options=options)
def test_dumps_is_the_standard_librarys(value: Any, given_options: dict[str, Any]) -> None:
    """Any value with any options gives the same text, or the same error."""
    expected = {"default": plain, "ensure_ascii": True, "sort_keys": True, **given_options}

    assert outcome(app.json.dumps, value, **given_options) == outcome(json.dumps, value, **expected)


@given(value=values, debug=st.booleans())
def test_response_is_the_standard_librarys(value: Any, debug: bool) -> None:
    """The body of a response is compact, or indented in debug mode, and ends in a newline."""
    app.debug = debug
    layout: dict[str, Any] = {"indent": 2} if debug else {"separators": (",", ":")}

    body = outcome(lambda: app.json.response(value).get_data(as_text=True))
    text = outcome(json.dumps, value, default=plain, sort_keys=True, **layout)

    assert body == (f"{text}\n" if isinstance(text, str) else text)


encodings = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be", "latin-1"])
nearly_json = st.text(st.sampled_from('{}[]",:1e-. \n\tn\u00e9\ufeff\x00'), max_size=12)


@given(
    text=values.map(lambda value: outcome(app.json.dumps, value, sort_keys=False))
    .filter(lambda text: isinstance(text, str))
    .map(str)
    | nearly_json,
    around=st.sampled_from([("", ""), (" ", "\n"), ("", " x"), ("\ufeff", "")]),
    encoding=st.none() | encodings,
)
def test_loads_is_the_standard_librarys(
    text: str, around: tuple[str, str], encoding: str | None
) -> None:
    """Text and bytes of any encoding give the same value, or the same error."""
    text = text.join(around)
    given_text: Any = text if encoding is None else text.encode(encoding, errors="replace")

    def seen(read: Any) -> Any:
        try:
            return repr(read(given_text))
        except ValueError as error:
            return type(error), str(error)

    assert seen(app.json.loads) == seen(json.loads)


def test_loads_takes_what_the_standard_library_takes() -> None:
    """A bytearray is read; anything else is a TypeError, as it is there."""
    assert app.json.loads(bytearray(b'{"a": 1}')) == {"a": 1}
    with pytest.raises(TypeError):
        app.json.loads(10**12)
