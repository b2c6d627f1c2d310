from __future__ import annotations

import inspect
import io
import json
import warnings
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import flask
from flask import Flask
from flask.json.provider import DefaultJSONProvider

HERE = str(Path(__file__).parent)

# Attributes that Flask 1.0 to 2.3 had and 3.1 has not; the error says what to use.
GONE = {
    "app": "before_first_request_funcs env json_decoder json_encoder preserve_context_on_exception"
    " propagate_exceptions send_file_max_age_default session_cookie_name templates_auto_reload"
    " try_trigger_before_first_request_functions use_x_sendfile",
    "blueprint": "json_decoder json_encoder warn_on_modifications",
    "client": "cookie_jar",
    "ctx": "auto_pop g preserved",
    "request": "charset disable_data_descriptor encoding_errors is_xhr url_charset",
    "response": "charset on_json_loading_failed",
}
CLASSES = {
    "app": Flask,
    "blueprint": flask.Blueprint,
    "config": flask.Config,
    "request": flask.Request,
    "response": flask.Response,
}


@pytest.fixture
def app() -> Flask:
    app = Flask("shop")
    app.add_url_rule("/", "index", lambda: {"b": "ü", "a": 1})
    return app


@pytest.fixture
def owners(app: Flask) -> dict[str, Any]:
    ctx = app.test_request_context()
    return {
        "app": app,
        "blueprint": flask.Blueprint("b", "shop"),
        "client": app.test_client(),
        "config": app.config,
        "ctx": ctx,
        "request": ctx.request,
        "response": app.response_class(),
    }


class TestMissing:
    @pytest.mark.parametrize(
        ("owner", "name"), [(owner, name) for owner in GONE for name in GONE[owner].split()]
    )
    def test_error_says_what_to_use(self, owners: dict[str, Any], owner: str, name: str) -> None:
        """An attribute that is gone is missing as ever, and the error gives advice."""
        thing = owners[owner]

        with pytest.raises(AttributeError) as caught:
            getattr(thing, name)

        start = f"{type(thing).__name__!r} object has no attribute {name!r}: "
        assert len(str(caught.value)) > len(start) + len("use 'x'.")
        assert str(caught.value).startswith(start)
        assert not hasattr(thing, name)

    @pytest.mark.parametrize("owner", ["app", "blueprint", "config", "request", "response"])
    def test_unknown_name_gets_pythons_error(self, owners: dict[str, Any], owner: str) -> None:
        """An attribute that never was gives the error that Python gives for any object."""
        with pytest.raises(AttributeError) as caught:
            owners[owner].never_was  # noqa: B018

        kind = type(owners[owner]).__name__
        assert str(caught.value) == f"{kind!r} object has no attribute 'never_was'"
        assert (caught.value.name, caught.value.obj) == ("never_was", owners[owner])

    @pytest.mark.parametrize("name", ["env", "before_first_request", "session_cookie_name"])
    def test_the_class_has_none(self, name: str) -> None:
        """Asking the class gives the error, also for what an instance still answers."""
        with pytest.raises(AttributeError, match=f"'Flask' object has no attribute '{name}': "):
            getattr(Flask, name)

    def test_error_inside_a_property_is_not_hidden(self) -> None:
        """An AttributeError raised while a property computes tells its own cause."""

        class Shop(Flask):
            @property
            def till(self) -> Any:
                return None.money  # type: ignore[attr-defined]

        with pytest.raises(AttributeError, match="'NoneType' object has no attribute 'money'"):
            Shop("shop").till  # noqa: B018

    @pytest.mark.parametrize("name", ["env", "before_first_request"])
    def test_name_is_free_for_code_of_today(self, app: Flask, name: str) -> None:
        """An application may keep something of its own under a former name, without a warning."""
        setattr(app, name, "mine")
        assert getattr(app, name) == "mine"

        delattr(app, name)
        with pytest.raises(AttributeError):
            delattr(app, name)

    def test_subclass_may_use_the_name(self) -> None:
        """A subclass of today may define an attribute of a former name."""

        class Shop(Flask):
            env = "mine"

        assert Shop("shop").env == "mine"


class TestSettings:
    def test_assignment_sets_the_key(self, app: Flask) -> None:
        """Assigning a former attribute sets the configuration key, and can be read back."""
        with pytest.warns(DeprecationWarning, match="SESSION_COOKIE_NAME") as caught:
            app.session_cookie_name = "till"

        assert [warning.filename for warning in caught] == [__file__]
        assert app.config["SESSION_COOKIE_NAME"] == "till"
        assert app.session_cookie_name == "till"

    def test_deleting_restores_the_key(self, app: Flask) -> None:
        """Deleting what was assigned, however often, gives the key its value from before."""
        app.config["SESSION_COOKIE_NAME"] = "shop"
        with pytest.warns(DeprecationWarning):
            app.session_cookie_name = "till"
            app.session_cookie_name = "drawer"

        del app.session_cookie_name

        assert app.config["SESSION_COOKIE_NAME"] == "shop"
        assert not hasattr(app, "session_cookie_name")

    def test_deleting_leaves_a_later_setting(self, app: Flask) -> None:
        """A key that was set after the assignment is not touched by deleting the attribute."""
        with pytest.warns(DeprecationWarning):
            app.session_cookie_name = "till"
        app.config["SESSION_COOKIE_NAME"] = "shop"

        del app.session_cookie_name

        assert app.config["SESSION_COOKIE_NAME"] == "shop"

    def test_class_body_sets_the_default(self) -> None:
        """A subclass that names a former attribute in its body changes the key's default."""
        with pytest.warns(DeprecationWarning, match="USE_X_SENDFILE") as caught:

            class Shop(Flask):
                use_x_sendfile = True

        assert [warning.filename for warning in caught] == [__file__]
        assert Shop("shop").config["USE_X_SENDFILE"] is True
        assert Shop.use_x_sendfile is True
        assert Flask("shop").config["USE_X_SENDFILE"] is False

    def test_environment(self, app: Flask) -> None:
        """``config["ENV"]`` is missing unless the application sets it; the error gives advice."""
        with pytest.raises(KeyError, match=r"ENV: use 'app\.debug'"):
            app.config["ENV"]

        app.config["ENV"] = "staging"

        assert app.config["ENV"] == "staging"

    def test_unknown_key_gets_pythons_error(self, app: Flask) -> None:
        """A key that never was gives the KeyError of any dict."""
        with pytest.raises(KeyError) as caught:
            app.config["NEVER_WAS"]

        assert caught.value.args == ("NEVER_WAS",)
        assert "ENV" not in app.config
        assert app.config.get("ENV") is None

    def test_json_file(self, app: Flask, tmp_path: Any) -> None:
        """``from_json`` reads the file into the settings."""
        (tmp_path / "settings.json").write_text('{"TILL": 3, "small": 4}')

        with pytest.warns(DeprecationWarning, match="from_file"):
            assert app.config.from_json(str(tmp_path / "settings.json")) is True

        assert app.config["TILL"] == 3
        assert "small" not in app.config


class TestFirstRequest:
    def test_called_once_before_other_hooks(self, app: Flask) -> None:
        """The functions run in order, once, in the first request, before its other hooks."""
        seen = []
        app.before_request(lambda: seen.append("each"))
        with pytest.warns(DeprecationWarning, match="where the application is made") as caught:
            app.before_first_request(lambda: seen.append("one"))
            app.before_first_request(lambda: seen.append(flask.request.path))
        assert {warning.filename for warning in caught} == {__file__}

        client = app.test_client()
        client.get("/")
        client.get("/")

        assert seen == ["one", "/", "each", "each"]

    def test_decorator_gives_the_function_back(self, app: Flask) -> None:
        """The decorated name is still the function, and its return value answers nothing."""

        def prepare() -> str:
            return "not a response"

        with pytest.warns(DeprecationWarning):
            assert app.before_first_request(prepare) is prepare

        assert app.test_client().get("/").json == {"b": "ü", "a": 1}

    def test_failing_function_is_called_again(self, app: Flask) -> None:
        """A function that fails answers 500 and is tried again at the next request."""
        calls = []

        def prepare() -> None:
            calls.append(1)
            if len(calls) == 1:
                raise OSError

        with pytest.warns(DeprecationWarning):
            app.before_first_request(prepare)

        client = app.test_client()
        assert [client.get("/").status_code for _ in range(3)] == [500, 200, 200]
        assert len(calls) == 2

    def test_too_late(self, app: Flask) -> None:
        """After the first request it is refused like any setup."""
        app.test_client().get("/")

        with pytest.warns(DeprecationWarning), pytest.raises(AssertionError, match="setup method"):
            app.before_first_request(print)

    def test_of_a_blueprint(self, app: Flask) -> None:
        """A blueprint's function is the application's, once, though it be registered twice."""
        seen = []
        blueprint = flask.Blueprint("b", "shop")
        blueprint.before_app_first_request(lambda: seen.append("b"))
        with pytest.warns(DeprecationWarning):
            app.register_blueprint(blueprint)
        app.register_blueprint(blueprint, name="second")

        app.test_client().get("/")

        assert seen == ["b"]


class Encoder(json.JSONEncoder):
    def default(self, o: Any) -> Any:
        return o.year if isinstance(o, date) else super().default(o)


class Decoder(json.JSONDecoder):
    def decode(self, s: str, *args: Any) -> Any:
        return {"decoded": super().decode(s, *args)}


class TestJSONClasses:
    def test_assigned(self, app: Flask) -> None:
        """The encoder and decoder classes of an application shape its JSON."""
        with pytest.warns(DeprecationWarning, match="json_provider_class"):
            app.json_encoder = Encoder
        with pytest.warns(DeprecationWarning, match="json_provider_class"):
            app.json_decoder = Decoder

        assert app.json_encoder is Encoder
        with app.test_request_context():
            assert flask.jsonify(day=date(2026, 5, 1)).get_data(as_text=True) == '{"day":2026}\n'
            assert flask.json.loads("1") == {"decoded": 1}
            text = flask.render_template_string("{{ day | tojson }}", day=date(2026, 5, 1))
        assert text == "2026"
        with pytest.raises(TypeError, match="not JSON serializable"):
            app.json.dumps(object())

    def test_in_a_class_body(self) -> None:
        """A subclass of Flask may name its encoder, and its provider's settings still count."""
        with pytest.warns(DeprecationWarning, match="json_provider_class"):

            class Shop(Flask):
                json_encoder = Encoder

        app = Shop("shop")
        app.json.sort_keys = False
        assert app.json.dumps({"b": date(2026, 5, 1), "a": 1}) == '{"b": 2026, "a": 1}'
        assert app.json.dumps({"b": 1}, cls=json.JSONEncoder) == '{"b": 1}'

    def test_encoder_of_flask(self, app: Flask) -> None:
        """A subclass of Flask's former encoder may leave the other types to it."""
        with pytest.warns(DeprecationWarning, match=r"^'flask\.json\.JSONEncoder' is deprecated"):
            from flask.json import JSONEncoder

        class Sets(JSONEncoder):  # type: ignore[misc, valid-type]
            def default(self, o: Any) -> Any:
                return sorted(o) if isinstance(o, set) else super().default(o)

        with pytest.warns(DeprecationWarning):
            app.json_encoder = Sets

        day = "Fri, 01 May 2026 00:00:00 GMT"
        assert json.loads(app.json.dumps([{2, 1}, date(2026, 5, 1)])) == [[1, 2], day]

    def test_other_library_is_left_alone(self, app: Flask) -> None:
        """A provider that is no DefaultJSONProvider keeps writing the JSON."""

        class Fixed(flask.json.provider.JSONProvider):
            def dumps(self, obj: Any, **kwargs: Any) -> str:
                return "fixed"

        app.json = Fixed(app)
        with pytest.warns(DeprecationWarning):
            app.json_encoder = Encoder

        assert app.json.dumps(date(2026, 5, 1)) == "fixed"

    def test_deleted_or_emptied(self, app: Flask) -> None:
        """Without its class, or with none in its place, JSON is written as ever."""
        with pytest.warns(DeprecationWarning):
            app.json_encoder = Encoder
        del app.json_encoder
        assert app.json.dumps(date(2026, 5, 1)) == '"Fri, 01 May 2026 00:00:00 GMT"'

        with pytest.warns(DeprecationWarning):
            app.json_encoder = Encoder
        app.json_encoder = None
        assert app.json.dumps(date(2026, 5, 1)) == '"Fri, 01 May 2026 00:00:00 GMT"'


class TestJSONSettings:
    @pytest.mark.parametrize(
        ("key", "value", "body"),
        [
            ("JSON_AS_ASCII", False, '{"a":1,"b":"ü"}\n'),
            ("JSON_SORT_KEYS", False, '{"b":"\\u00fc","a":1}\n'),
            ("JSONIFY_PRETTYPRINT_REGULAR", True, '{\n  "a": 1,\n  "b": "\\u00fc"\n}\n'),
            ("JSONIFY_PRETTYPRINT_REGULAR", False, '{"a":1,"b":"\\u00fc"}\n'),
        ],
    )
    def test_heeded(self, app: Flask, key: str, value: bool, body: str) -> None:
        """A former JSON setting shapes the first response and those that follow; it warns once."""
        app.config[key] = value
        client = app.test_client()

        with pytest.warns(DeprecationWarning, match=f"^The setting '{key}' is deprecated: set "):
            assert client.get("/").text == body
        assert client.get("/").text == body

    def test_mimetype(self, app: Flask) -> None:
        """The former setting of the mimetype is heeded."""
        app.config["JSONIFY_MIMETYPE"] = "application/hal+json"

        with pytest.warns(DeprecationWarning, match=r"app\.json\.mimetype"):
            assert app.test_client().get("/").mimetype == "application/hal+json"

    def test_attribute_wins(self, app: Flask) -> None:
        """Code for both sets the attribute too, which is what counts."""
        app.config["JSON_SORT_KEYS"] = True
        app.json.sort_keys = False

        with pytest.warns(DeprecationWarning):
            assert list(app.test_client().get("/").json) == ["b", "a"]

    def test_class_of_the_provider_wins(self, app: Flask) -> None:
        """What a provider class says is not changed by a former setting."""

        class Unsorted(DefaultJSONProvider):
            sort_keys = False

        app.json = Unsorted(app)
        app.config["JSON_SORT_KEYS"] = True

        with pytest.warns(DeprecationWarning):
            assert list(app.test_client().get("/").json) == ["b", "a"]

    def test_warning_as_an_error_fails_no_request(
        self, app: Flask, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Where warnings are errors, the one at the first request is logged instead."""
        app.config["JSON_SORT_KEYS"] = False
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            response = app.test_client().get("/")

        assert (response.status_code, list(response.json)) == (200, ["b", "a"])
        assert [record.levelname for record in caplog.records] == ["WARNING"]
        assert "The setting 'JSON_SORT_KEYS' is deprecated" in caplog.text


class TestParameters:
    def test_old_name(self, app: Flask) -> None:
        """A parameter that only got another name is taken by the old one, warning at the line."""
        with app.test_request_context():
            with pytest.warns(DeprecationWarning, match="use 'download_name='") as caught:
                response = flask.send_file(io.BytesIO(b"1"), attachment_filename="a.csv")
            with pytest.warns(DeprecationWarning, match="use 'path='"):
                found = flask.send_from_directory(HERE, filename="table.py")
            with pytest.warns(DeprecationWarning, match="use 'etag='"):
                untagged = flask.send_from_directory(HERE, "table.py", add_etags=False)

        found.close()
        untagged.close()
        assert {warning.filename for warning in caught} == {__file__}
        assert response.mimetype == "text/csv"
        assert "ETag" in found.headers
        assert "ETag" not in untagged.headers

    def test_both_names(self, app: Flask) -> None:
        """The old name beside the new one is a mistake."""
        with (
            app.test_request_context(),
            pytest.raises(TypeError, match=r"both 'cache_timeout' and 'max_age'"),
        ):
            flask.send_file(io.BytesIO(b"1"), mimetype="a/b", cache_timeout=1, max_age=2)

    def test_signatures_stay(self) -> None:
        """Introspection sees the parameters of today, and no others."""
        for function in (flask.send_file, flask.send_from_directory, flask.Blueprint.register):
            parameters = inspect.signature(function).parameters
            assert not {"attachment_filename", "filename", "first_registration"} & parameters.keys()
            assert "args" not in parameters

    @pytest.mark.parametrize(
        ("function", "arguments"),
        [
            ("dump", [1, io.StringIO()]),
            ("dumps", [1]),
            ("load", [io.StringIO("1")]),
            ("loads", ["1"]),
        ],
    )
    def test_other_mistakes_get_pythons_error(self, function: str, arguments: list[Any]) -> None:
        """A TypeError of other reasons passes unchanged."""
        with pytest.raises(TypeError) as caught:
            getattr(flask.json, function)(*arguments, wrong=1)

        assert "app.json" not in str(caught.value)

    def test_client_of_today(self, app: Flask) -> None:
        """The client's methods take what Werkzeug's take."""
        client = app.test_client()
        client.set_cookie("till", "3", domain="localhost")
        assert client.get_cookie("till").value == "3"  # type: ignore[union-attr]

        client.delete_cookie("till")
        assert client.get_cookie("till") is None
        with pytest.raises(TypeError, match="wrong"):
            client.get("/", wrong=1)


def test_code_of_today_never_warns(app: Flask) -> None:
    """An application that uses what 3.1 has, under all names here, hears nothing."""
    app.json_provider_class = DefaultJSONProvider
    app.json = DefaultJSONProvider(app)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Flask("other")
        app.config.from_mapping(SESSION_COOKIE_NAME="x", ENV="mine")
        app.test_client().get("/")

    assert caught == []
