"""The reference's part on JSON: functions and providers."""

import io
import json as standard
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from markupsafe import Markup

import flask
from flask import Flask, Response, render_template_string
from flask.json.provider import DefaultJSONProvider, JSONProvider

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
NOON_TEXT = "Fri, 02 Jan 2026 12:00:00 GMT"
SOME_ID = UUID("12345678123456781234567812345678")


@dataclass
class Item:
    name: str
    price: Decimal


class Shouting(JSONProvider):
    """Writes JSON in capitals and reads it in lower case; tells which options it was given."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return standard.dumps([obj, kwargs] if kwargs else obj).upper()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        text = s.decode() if isinstance(s, bytes) else s
        return standard.loads(text.lower(), **kwargs)


@pytest.fixture
def shouting(app: Flask) -> Flask:
    app.json = Shouting(app)
    return app


def write(obj: Any, **options: Any) -> str:
    fp = io.StringIO()
    flask.json.dump(obj, fp, **options)
    return fp.getvalue()


# The functions of flask.json


def test_jsonify(shouting: Flask) -> None:
    """A JSON response is made by the application's provider; nothing is written as null."""
    with shouting.app_context():
        response = flask.json.jsonify()

    assert type(response) is Response
    assert (response.mimetype, response.data) == ("application/json", b"NULL")


@pytest.mark.parametrize(
    ("args", "text"), [(("a",), '"a"\n'), (("a", 1), '["a",1]\n')], ids=["one", "several"]
)
def test_jsonify_args(app: Flask, args: tuple[Any, ...], text: str) -> None:
    """One value is written as it is, several as a list."""
    with app.app_context():
        assert flask.json.jsonify(*args).data.decode() == text


def test_jsonify_kwargs(app: Flask) -> None:
    """Keywords are written as an object, and cannot be mixed with values."""
    with app.app_context():
        assert flask.jsonify(name="ada", n=1).json == {"name": "ada", "n": 1}
        with pytest.raises(TypeError):
            flask.jsonify("a", n=1)


def test_dumps(shouting: Flask) -> None:
    """The application's provider writes, where there is one, else the standard library."""
    assert flask.json.dumps(["a"]) == '["a"]'
    with shouting.app_context():
        assert flask.json.dumps(["a"]) == '["A"]'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (NOON, f'"{NOON_TEXT}"'),
        (Decimal("1.50"), '"1.50"'),
        (SOME_ID, f'"{SOME_ID}"'),
        (Markup("<b>"), '"<b>"'),
        (Item("pen", Decimal(2)), '{"name": "pen", "price": "2"}'),
    ],
    ids=["datetime", "decimal", "uuid", "html", "dataclass"],
)
def test_dumps_obj(app: Flask, value: Any, text: str) -> None:
    """The extra types are written alike inside and outside of an application."""
    assert flask.json.dumps(obj=value) == text
    with app.app_context():
        assert flask.json.dumps(obj=value) == text


def test_dumps_kwargs(app: Flask) -> None:
    """Keywords are those of the standard library."""
    assert flask.json.dumps({"b": 1}, indent=1) == '{\n "b": 1\n}'
    with app.app_context():
        assert flask.json.dumps({"b": "한"}, ensure_ascii=False) == '{"b": "한"}'


def test_dump(shouting: Flask) -> None:
    """The application's provider writes to the file, where there is one."""
    assert write(["a"]) == '["a"]'
    with shouting.app_context():
        assert write(["a"]) == '["A"]'


def test_dump_obj(app: Flask) -> None:
    """The extra types are written to files, too."""
    fp = io.StringIO()
    flask.json.dump(obj=[NOON], fp=fp)

    with app.app_context():
        assert write([NOON]) == fp.getvalue() == f'["{NOON_TEXT}"]'


def test_dump_fp(app: Flask) -> None:
    """The file is one for text, written where it stands."""
    fp = io.StringIO()
    fp.write("data = ")
    with app.app_context():
        flask.json.dump([1], fp=fp)

    assert fp.getvalue() == "data = [1]"


def test_dump_kwargs(app: Flask) -> None:
    """Keywords are those of the standard library."""
    assert write([1], indent=1) == "[\n 1\n]"
    with app.app_context():
        assert write([1], indent=1) == "[\n 1\n]"


def test_loads(shouting: Flask) -> None:
    """The application's provider reads, where there is one, else the standard library."""
    assert flask.json.loads('["A"]') == ["A"]
    with shouting.app_context():
        assert flask.json.loads('["A"]') == ["a"]


@pytest.mark.parametrize("source", ['["한"]', '["한"]'.encode()], ids=["text", "bytes"])
def test_loads_s(app: Flask, source: str | bytes) -> None:
    """The source is text or UTF-8; what is no JSON is a ValueError."""
    with app.app_context():
        assert flask.json.loads(s=source) == ["한"]
    with pytest.raises(ValueError, match="Expecting value"):
        flask.json.loads(s="[")


def test_loads_kwargs(app: Flask) -> None:
    """Keywords are those of the standard library."""
    with app.app_context():
        inside = flask.json.loads("[1.5]", parse_float=Decimal)

    assert inside == flask.json.loads("[1.5]", parse_float=Decimal) == [Decimal("1.5")]
    assert type(inside[0]) is Decimal


def test_load(shouting: Flask) -> None:
    """The application's provider reads the file, where there is one."""
    assert flask.json.load(io.StringIO('["A"]')) == ["A"]
    with shouting.app_context():
        assert flask.json.load(io.StringIO('["A"]')) == ["a"]


@pytest.mark.parametrize("fp", [io.StringIO('["한"]'), io.BytesIO('["한"]'.encode())])
def test_load_fp(app: Flask, fp: Any) -> None:
    """The file is one for text, or for bytes in UTF-8."""
    fp.seek(0)
    with app.app_context():
        assert flask.json.load(fp=fp) == ["한"]


def test_load_kwargs(app: Flask) -> None:
    """Keywords are those of the standard library."""
    with app.app_context():
        [value] = flask.json.load(io.StringIO("[1.5]"), parse_float=Decimal)

    assert type(value) is Decimal


# JSONProvider: what a provider of one's own inherits


def test_json_provider(app: Flask) -> None:
    """A provider that writes and reads serves every function; the bare one does neither."""
    bare, own = JSONProvider(app), Shouting(app)

    with pytest.raises(NotImplementedError):
        bare.dumps([])
    assert own.loads(own.dumps(["a"])) == ["a"]


def test_json_provider_app(app: Flask) -> None:
    """The application is held by a weak proxy."""
    provider = JSONProvider(app=app)

    assert provider._app.name == "shop"
    del app
    assert provider._app is not None


def test_json_provider_dumps(shouting: Flask) -> None:
    """The overridden method is what a view's dict is written with; the bare one is not written."""
    shouting.add_url_rule("/", "index", lambda: {"a": "b"})

    assert shouting.test_client().get("/").data == b'{"A": "B"}'
    assert_unwritten(JSONProvider(shouting).dumps, [])


def assert_unwritten(method: Any, *args: Any, **kwargs: Any) -> None:
    """Assert that a method is left to subclasses, and says no more than that."""
    with pytest.raises(NotImplementedError, match=r"^$"):
        method(*args, **kwargs)


def test_json_provider_dumps_obj(shouting: Flask) -> None:
    """The method gets the value to write."""
    assert_unwritten(JSONProvider(shouting).dumps, obj="a")
    assert shouting.json.dumps(obj="a") == '"A"'


def test_json_provider_dumps_kwargs(shouting: Flask) -> None:
    """The method gets the options of the function that was called."""
    assert_unwritten(JSONProvider(shouting).dumps, [], indent=1)
    with shouting.app_context():
        assert flask.json.dumps("a", style=1) == '["A", {"STYLE": 1}]'


def test_json_provider_dump(shouting: Flask) -> None:
    """Writing to a file uses the overridden ``dumps``."""
    fp = io.StringIO()

    shouting.json.dump(["a"], fp)

    assert fp.getvalue() == '["A"]'


def test_json_provider_dump_obj(shouting: Flask) -> None:
    """Any value that ``dumps`` knows can be written to a file."""
    fp = io.StringIO()

    shouting.json.dump(obj={"a": "b"}, fp=fp)

    assert fp.getvalue() == '{"A": "B"}'


def test_json_provider_dump_fp(shouting: Flask) -> None:
    """The file needs no more than a ``write`` method."""

    class Paper:
        def write(self, text: str) -> None:
            self.text = text

    paper = Paper()
    shouting.json.dump(["a"], fp=paper)  # type: ignore[arg-type]

    assert paper.text == '["A"]'


def test_json_provider_dump_kwargs(shouting: Flask) -> None:
    """Options are passed on to ``dumps``."""
    fp = io.StringIO()

    shouting.json.dump("a", fp, style=1)

    assert fp.getvalue() == '["A", {"STYLE": 1}]'


def test_json_provider_loads(shouting: Flask) -> None:
    """The overridden method is what a request's body is read with; the bare one is not written."""
    sent = {"data": '["A"]', "content_type": "application/json"}

    with shouting.test_request_context(method="POST", **sent):
        assert flask.request.json == ["a"]
    assert_unwritten(JSONProvider(shouting).loads, "[]")


def test_json_provider_loads_s(shouting: Flask) -> None:
    """The method gets the text or bytes to read."""
    assert_unwritten(JSONProvider(shouting).loads, s="[]")
    assert shouting.json.loads(s=b'["A"]') == ["a"]


def test_json_provider_loads_kwargs(shouting: Flask) -> None:
    """The method gets the options of the function that was called."""
    assert_unwritten(JSONProvider(shouting).loads, "[]", parse_int=str)
    with shouting.app_context():
        assert flask.json.loads("[1]", parse_int=str) == ["1"]


def test_json_provider_load(shouting: Flask) -> None:
    """Reading a file uses the overridden ``loads``."""
    assert shouting.json.load(io.StringIO('["A"]')) == ["a"]


def test_json_provider_load_fp(shouting: Flask) -> None:
    """The file may be open for bytes."""
    assert shouting.json.load(fp=io.BytesIO(b'["A"]')) == ["a"]


def test_json_provider_load_kwargs(shouting: Flask) -> None:
    """Options are passed on to ``loads``."""
    assert shouting.json.load(io.StringIO("[1]"), parse_int=str) == ["1"]


def test_json_provider_response(shouting: Flask) -> None:
    """A response is written by the overridden ``dumps``."""
    response = shouting.json.response()

    assert (response.mimetype, response.data) == ("application/json", b"NULL")


def test_json_provider_response_args(shouting: Flask) -> None:
    """Several values are written as a list."""
    assert shouting.json.response("a", 1).data == b'["A", 1]'


def test_json_provider_response_kwargs(shouting: Flask) -> None:
    """Keywords are written as an object, and cannot be mixed with values."""
    assert shouting.json.response(a=1).data == b'{"A": 1}'
    with pytest.raises(TypeError):
        shouting.json.response(1, a=1)


# DefaultJSONProvider


@pytest.fixture
def provider(app: Flask) -> DefaultJSONProvider:
    return DefaultJSONProvider(app)


def test_default_json_provider(app: Flask) -> None:
    """It is the provider of an application that chose no other."""
    assert type(app.json) is DefaultJSONProvider
    assert isinstance(DefaultJSONProvider(app), JSONProvider)


def test_default_json_provider_app(app: Flask) -> None:
    """The responses are of the application's class."""

    class Special(Response):
        pass

    app.response_class = Special

    assert type(DefaultJSONProvider(app=app).response()) is Special


def test_default_json_provider_default(provider: DefaultJSONProvider) -> None:
    """What the standard library cannot write is first given to this function."""
    assert provider.dumps([NOON]) == f'["{NOON_TEXT}"]'

    provider.default = lambda o: f"a {type(o).__name__}"  # type: ignore[method-assign]
    assert provider.dumps([NOON]) == '["a datetime"]'


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (date(2026, 1, 2), "Fri, 02 Jan 2026 00:00:00 GMT"),
        (Decimal("1.50"), "1.50"),
        (SOME_ID, str(SOME_ID)),
        (Item("pen", Decimal(2)), {"name": "pen", "price": Decimal(2)}),
        (Markup("<b>"), "<b>"),
    ],
    ids=["date", "decimal", "uuid", "dataclass", "html"],
)
def test_default_json_provider_default_o(value: Any, expected: Any) -> None:
    """Each extra type becomes one that JSON has; another one is a TypeError."""
    assert DefaultJSONProvider.default(o=value) == expected
    with pytest.raises(TypeError):
        DefaultJSONProvider.default(o=object())


def test_default_json_provider_ensure_ascii(provider: DefaultJSONProvider) -> None:
    """Characters outside ASCII are escaped unless that is turned off."""
    assert provider.dumps("한") == '"\\ud55c"'

    provider.ensure_ascii = False
    assert provider.dumps("한") == '"한"'


def test_default_json_provider_sort_keys(provider: DefaultJSONProvider) -> None:
    """Keys are sorted unless that is turned off."""
    assert provider.dumps({"b": 1, "a": 2}) == '{"a": 2, "b": 1}'

    provider.sort_keys = False
    assert provider.dumps({"b": 1, "a": 2}) == '{"b": 1, "a": 2}'


@pytest.mark.parametrize(
    ("compact", "debug", "text"),
    [
        (None, False, "[1,2]\n"),
        (None, True, "[\n  1,\n  2\n]\n"),
        (True, True, "[1,2]\n"),
        (False, False, "[\n  1,\n  2\n]\n"),
    ],
    ids=["plain", "debug", "compact", "readable"],
)
def test_default_json_provider_compact(
    app: Flask, provider: DefaultJSONProvider, compact: bool | None, debug: bool, text: str
) -> None:
    """Responses are indented in debug mode, unless it is said whether to."""
    app.debug = debug
    assert provider.compact is None

    provider.compact = compact

    assert provider.response([1, 2]).data.decode() == text


def test_default_json_provider_mimetype(provider: DefaultJSONProvider) -> None:
    """The mimetype of responses can be changed."""
    assert provider.response().mimetype == "application/json"

    provider.mimetype = "application/vnd.shop+json"
    assert provider.response().mimetype == "application/vnd.shop+json"


def test_default_json_provider_dumps(provider: DefaultJSONProvider) -> None:
    """The text is that of the standard library, with sorted keys."""
    assert provider.dumps({"b": [1, None], "a": True}) == '{"a": true, "b": [1, null]}'


def test_default_json_provider_dumps_obj(provider: DefaultJSONProvider) -> None:
    """Extra types may be anywhere inside the value."""
    assert provider.dumps(obj={"x": [SOME_ID]}) == f'{{"x": ["{SOME_ID}"]}}'


def test_default_json_provider_dumps_kwargs(provider: DefaultJSONProvider) -> None:
    """Keywords go before the provider's attributes."""
    text = provider.dumps({"b": NOON, "a": "한"}, sort_keys=False, ensure_ascii=False, default=str)

    assert text == f'{{"b": "{NOON}", "a": "한"}}'


def test_default_json_provider_loads(provider: DefaultJSONProvider) -> None:
    """What was written is read back."""
    assert provider.loads(provider.dumps({"a": [1, "한"]})) == {"a": [1, "한"]}


def test_default_json_provider_loads_s(provider: DefaultJSONProvider) -> None:
    """The source may be bytes."""
    assert provider.loads(s='["한"]'.encode()) == ["한"]


def test_default_json_provider_loads_kwargs(provider: DefaultJSONProvider) -> None:
    """Keywords are those of the standard library."""
    assert provider.loads("[1]", parse_int=str) == ["1"]


def test_default_json_provider_response(provider: DefaultJSONProvider) -> None:
    """A response ends in a newline."""
    response = provider.response()

    assert (response.mimetype, response.data) == ("application/json", b"null\n")


def test_default_json_provider_response_args(provider: DefaultJSONProvider) -> None:
    """One value is written as it is, several as a list."""
    assert provider.response("a").json == "a"
    assert provider.response("a", 1).json == ["a", 1]


def test_default_json_provider_response_kwargs(provider: DefaultJSONProvider) -> None:
    """Keywords are written as an object, and cannot be mixed with values."""
    assert provider.response(a=1).json == {"a": 1}
    with pytest.raises(TypeError):
        provider.response(1, a=1)


def test_tojson_filter(app: Flask, provider: DefaultJSONProvider) -> None:
    """Templates write with the application's provider, safe for a script element."""
    provider.ensure_ascii = False
    app.json = provider
    source = "<script>const names = {{ names|tojson }};</script>"

    with app.app_context():
        page = render_template_string(source, names=["한", "</script>"])

    assert page == '<script>const names = ["한", "\\u003c/script\\u003e"];</script>'
