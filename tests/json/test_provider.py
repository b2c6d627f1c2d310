from __future__ import annotations

import dataclasses
import decimal
import enum
import io
import itertools
import json as standard
import threading
import uuid
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from markupsafe import Markup

import flask.json
from flask import Flask, Response, jsonify
from flask.json.provider import DefaultJSONProvider, JSONProvider


@dataclasses.dataclass
class Point:
    x: int
    when: date | None = None


class Level(enum.IntEnum):
    LOW = 1


class Html:
    def __html__(self) -> str:
        return "<i>html</i>"


KOREA = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None, 1.5]}, '{"a": [true, null, 1.5], "b": 1}'),
        ((1, "two"), '[1, "two"]'),
        ("é\u2028</script>", '"\\u00e9\\u2028</script>"'),
        (datetime(2026, 11, 21, 10, 0, 0, tzinfo=UTC), '"Sat, 21 Nov 2026 10:00:00 GMT"'),
        (datetime(2026, 11, 21, 10, 0, 0, tzinfo=KOREA), '"Sat, 21 Nov 2026 01:00:00 GMT"'),
        (datetime(2026, 11, 21, 10, 0, 0, 999), '"Sat, 21 Nov 2026 10:00:00 GMT"'),
        (date(2026, 11, 21), '"Sat, 21 Nov 2026 00:00:00 GMT"'),
        (decimal.Decimal("1.10"), '"1.10"'),
        (uuid.UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        (Point(1, date(2026, 1, 1)), '{"when": "Thu, 01 Jan 2026 00:00:00 GMT", "x": 1}'),
        ([Point(2)], '[{"when": null, "x": 2}]'),
        (Html(), '"<i>html</i>"'),
        (Markup("<b>"), '"<b>"'),
        (Level.LOW, "1"),
        ({1: "a", 2: "b"}, '{"1": "a", "2": "b"}'),
        (float("nan"), "NaN"),
        ("", '""'),
        (10**30, "1" + "0" * 30),
    ],
)
def test_text_of_values(app: Flask, value: Any, text: str) -> None:
    """Besides what JSON has, dates, decimals, UUIDs, dataclasses and HTML objects are written."""
    assert app.json.dumps(value) == text


@pytest.mark.parametrize("value", [object(), {1}, b"bytes", Point, 1j, {"a": object()}])
def test_what_json_lacks_is_refused(app: Flask, value: Any) -> None:
    """A value of another type is refused, naming its type."""
    with pytest.raises(TypeError, match="is not JSON serializable"):
        app.json.dumps(value)


def test_keys_of_several_types_cannot_be_sorted(app: Flask) -> None:
    """Keys that cannot be compared need sorting to be off."""
    with pytest.raises(TypeError):
        app.json.dumps({1: 1, "a": 1})

    assert app.json.dumps({1: 1, "a": 1}, sort_keys=False) == '{"1": 1, "a": 1}'


OPTIONS: dict[str, list[Any]] = {
    "ensure_ascii": [True, False],
    "sort_keys": [True, False],
    "indent": [None, 2, "\t"],
    "separators": [None, (",", ":"), (" , ", " : ")],
    "allow_nan": [True, False],
    "skipkeys": [True, False],
    "check_circular": [True, False],
}
SAMPLE = {"b": [1, {"é": "\u2028 \ud800", "a": None}], "a": {}, "c": [], "d": 1.0, "e": "<>&'"}


def test_every_combination_of_options_is_the_standard_librarys(app: Flask) -> None:
    """Whatever options are given, the text is byte for byte that of ``json.dumps``."""
    for values in itertools.product(*OPTIONS.values()):
        options = dict(zip(OPTIONS, values, strict=True))

        assert app.json.dumps(SAMPLE, **options) == standard.dumps(SAMPLE, **options), options


@pytest.mark.parametrize("name", ["ensure_ascii", "sort_keys"])
@pytest.mark.parametrize("value", [True, False])
def test_attributes_are_the_defaults(app: Flask, name: str, value: bool) -> None:
    """The attributes of the provider hold from the next call on."""
    app.json.dumps(SAMPLE)
    setattr(app.json, name, value)
    expected = {"ensure_ascii": True, "sort_keys": True, name: value}

    assert app.json.dumps(SAMPLE) == standard.dumps(SAMPLE, **expected)  # type: ignore[arg-type]


def test_default_may_be_replaced(app: Flask) -> None:
    """``default`` may be set on the provider, on a subclass, or given by call."""

    class Own(DefaultJSONProvider):
        @staticmethod
        def default(o: Any) -> Any:
            return f"own {type(o).__name__}"

    assert Own(app).dumps(object()) == '"own object"'
    assert app.json.dumps(object(), default=lambda o: "call") == '"call"'
    app.json.default = lambda o: "instance"  # type: ignore[attr-defined]
    assert app.json.dumps(object()) == '"instance"'


def test_encoder_class_may_be_given(app: Flask) -> None:
    """``cls`` is an encoder class as in the standard library."""

    class Own(standard.JSONEncoder):
        def encode(self, o: Any) -> str:
            return f"own {super().encode(o)}"

    assert app.json.dumps([1], cls=Own) == "own [1]"


def test_option_that_cannot_be_hashed(app: Flask) -> None:
    """Options of any kind are passed on."""
    assert app.json.dumps([1, 2], separators=[";", ":"]) == "[1;2]"


def test_many_combinations_of_options(app: Flask) -> None:
    """However many combinations a program uses, each gives its own text."""
    for width in range(50):
        assert app.json.dumps([1], indent=width) == standard.dumps([1], indent=width)


def test_circle_is_refused(app: Flask) -> None:
    """A list that holds itself is an error, not an endless loop; deep lists are told apart."""
    circle: list[Any] = []
    circle.append(circle)

    with pytest.raises(ValueError, match="Circular reference"):
        app.json.dumps(circle)
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(RecursionError):
        app.json.dumps(deep)


def test_threads_do_not_meet(app: Flask) -> None:
    """Several threads write at the same time, also the same object."""
    shared = {"a": [{"b": list(range(50))}] * 20}
    expected, texts = standard.dumps(shared), []

    def write() -> None:
        texts.extend(app.json.dumps(shared) for _ in range(20))

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(texts) == {expected}
    assert len(texts) == 80


def test_loads(app: Flask) -> None:
    """Text and UTF-8 bytes are read; options go to the standard library."""
    assert app.json.loads('{"a": 1.5}') == {"a": 1.5}
    assert app.json.loads('"é"'.encode()) == "é"
    assert app.json.loads("1.5", parse_float=decimal.Decimal) == decimal.Decimal("1.5")
    for bad in ("", "{", b"\xff", "[" * 100_000, "1" * 5000):
        with pytest.raises(ValueError):
            app.json.loads(bad)


def test_files(app: Flask) -> None:
    """``dump`` and ``load`` write and read open files, of text or bytes."""
    file = io.StringIO()
    app.json.dump({"a": uuid.UUID(int=0)}, file)

    assert file.getvalue() == '{"a": "00000000-0000-0000-0000-000000000000"}'
    assert app.json.load(io.StringIO("[1]")) == [1]
    assert app.json.load(io.BytesIO(b"[1]")) == [1]


class TestResponse:
    @pytest.mark.parametrize(
        ("debug", "compact", "text"),
        [
            (False, None, '{"a":[1,2],"b":null}\n'),
            (True, None, '{\n  "a": [\n    1,\n    2\n  ],\n  "b": null\n}\n'),
            (True, True, '{"a":[1,2],"b":null}\n'),
            (False, False, '{\n  "a": [\n    1,\n    2\n  ],\n  "b": null\n}\n'),
        ],
    )
    def test_compact_unless_debugging(
        self, app: Flask, debug: bool, compact: bool | None, text: str
    ) -> None:
        """A response has no white space, but is indented in debug mode unless told otherwise."""
        app.debug = debug
        app.json.compact = compact  # type: ignore[attr-defined]
        with app.app_context():
            response = app.json.response({"b": None, "a": [1, 2]})

        assert response.get_data(as_text=True) == text
        assert response.mimetype == "application/json"
        assert response.content_length == len(text)

    def test_arguments(self, app: Flask) -> None:
        """One value, several, keywords, or nothing; not a mixture."""

        def text(*args: Any, **kwargs: Any) -> str:
            return app.json.response(*args, **kwargs).get_data(as_text=True)

        assert text(1) == "1\n"
        assert text([1]) == "[1]\n"
        assert text(1, 2) == "[1,2]\n"
        assert text(a=1) == '{"a":1}\n'
        assert text() == "null\n"
        with pytest.raises(TypeError, match="either args or kwargs, not both"):
            text(1, a=1)

    def test_mimetype_and_class(self, app: Flask) -> None:
        """The mimetype is the provider's, the class the app's."""

        class Own(Response):
            pass

        app.response_class = Own
        app.json.mimetype = "application/vnd.api+json"  # type: ignore[attr-defined]

        response = app.json.response({})

        assert type(response) is Own
        assert response.content_type == "application/vnd.api+json"

    def test_options_hold_for_responses(self, app: Flask) -> None:
        """What is set on the provider holds for responses as well."""
        app.json.ensure_ascii = False  # type: ignore[attr-defined]
        app.json.sort_keys = False  # type: ignore[attr-defined]

        assert app.json.response({"b": "é", "a": 1}).data == '{"b":"é","a":1}\n'.encode()


class TestProviderClass:
    def test_own_provider(self) -> None:
        """A provider written for another library serves everywhere."""

        class Own(JSONProvider):
            def dumps(self, obj: Any, **kwargs: Any) -> str:
                return f"dumped {obj!r} {kwargs}"

            def loads(self, s: str | bytes, **kwargs: Any) -> Any:
                return f"loaded {s!r} {kwargs}"

        class Shop(Flask):
            json_provider_class = Own

        shop = Shop("shop")
        file = io.StringIO()
        with shop.app_context():
            assert flask.json.dumps(1, a=2) == "dumped 1 {'a': 2}"
            assert flask.json.loads("x", b=3) == "loaded 'x' {'b': 3}"
            flask.json.dump(1, file)
            assert flask.json.load(io.StringIO("y")) == "loaded 'y' {}"
            response = jsonify(a=1)
        assert file.getvalue() == "dumped 1 {}"
        assert response.data == b"dumped {'a': 1} {}"
        assert response.mimetype == "application/json"

    def test_base_must_be_filled(self, app: Flask) -> None:
        """The base class knows no library."""
        base = JSONProvider(app)
        with pytest.raises(NotImplementedError):
            base.dumps(1)
        with pytest.raises(NotImplementedError):
            base.loads("1")

    def test_provider_may_be_assigned(self, app: Flask) -> None:
        """A ready provider may be assigned to the app, also after requests were served."""

        class Own(DefaultJSONProvider):
            def dumps(self, obj: Any, **kwargs: Any) -> str:
                return "own"

        app.add_url_rule("/", "index", lambda: {"a": 1})
        client = app.test_client()
        assert client.get("/").data == b'{"a":1}\n'

        app.json = Own(app)

        assert client.get("/").data == b"own\n"

    def test_it_does_not_keep_the_app_alive(self) -> None:
        """The provider refers to its app weakly."""
        provider = Flask("shop").json

        with pytest.raises(ReferenceError):
            provider.response({})


class TestFunctions:
    def test_outside_of_an_app(self) -> None:
        """Without an app the standard library writes, with the extra types, keys unsorted."""
        file = io.StringIO()
        flask.json.dump({"b": uuid.UUID(int=0), "a": 1}, file)

        assert file.getvalue() == '{"b": "00000000-0000-0000-0000-000000000000", "a": 1}'
        assert flask.json.dumps({"b": 1, "a": decimal.Decimal(1)}) == '{"b": 1, "a": "1"}'
        assert flask.json.dumps(object(), default=lambda o: 1) == "1"
        assert flask.json.loads("[1]") == [1]
        assert flask.json.load(io.StringIO("[1]")) == [1]

    def test_inside_an_app(self, app: Flask) -> None:
        """With an app its provider writes and reads."""
        app.json.sort_keys = True  # type: ignore[attr-defined]
        file = io.StringIO()
        with app.app_context():
            flask.json.dump({"b": 1, "a": 1}, file)
            assert flask.json.dumps({"b": 1, "a": 1}) == '{"a": 1, "b": 1}'
            assert flask.json.loads("[1]") == [1]
            assert flask.json.load(io.BytesIO(b"[1]")) == [1]
        assert file.getvalue() == '{"a": 1, "b": 1}'

    def test_template_filter(self, app: Flask) -> None:
        """``tojson`` in templates uses the provider, and is safe inside scripts."""
        with app.app_context():
            text = flask.render_template_string(
                "{{ value|tojson }}", value={"b": uuid.UUID(int=0), "a": "</script>'&"}
            )

        assert text == (
            '{"a": "\\u003c/script\\u003e\\u0027\\u0026",'
            ' "b": "00000000-0000-0000-0000-000000000000"}'
        )
