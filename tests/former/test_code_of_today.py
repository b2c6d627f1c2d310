"""What runs on Flask 3.1.3 runs here: a former name is an application's own to use."""

from __future__ import annotations

import dataclasses
import inspect
import json
from functools import cached_property
from typing import Any
from unittest import mock

import pytest

import flask
from flask import Blueprint, Flask, Request
from flask.json.provider import DefaultJSONProvider

SETTING_LIKE = (
    "env",
    "json_decoder",
    "json_encoder",
    "propagate_exceptions",
    "send_file_max_age_default",
    "session_cookie_name",
    "templates_auto_reload",
    "use_x_sendfile",
)

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def app() -> Flask:
    return Flask("shop")


class Encoder(json.JSONEncoder):
    def default(self, o: Any) -> Any:
        return "encoded"


class TestMissing:
    @pytest.mark.parametrize("name", SETTING_LIKE)
    def test_reading(self, app: Flask, name: str) -> None:
        """An attribute that nobody assigned is missing for all ways to ask, without a warning."""
        assert not hasattr(app, name)
        assert not hasattr(Flask, name)
        assert getattr(app, name, "mine") == "mine"
        assert name not in dir(app)
        with pytest.raises(AttributeError), mock.patch.object(app, name, "mine"):
            pass

    def test_introspection(self, app: Flask) -> None:
        """Whatever walks the members of an object hears no warning, and a mock has none of them."""
        inspect.getmembers(app)
        mock.create_autospec(app)
        mock.create_autospec(Request)
        assert not hasattr(mock.Mock(spec=app), "env")
        assert "is_xhr" not in dir(app.test_request_context().request)

    def test_assigned_is_listed(self, app: Flask) -> None:
        """``dir`` has a former name that the object or its class uses."""

        class Shop(Flask):
            @property
            def propagate_exceptions(self) -> bool:
                return True

        app.env = "mine"  # type: ignore[attr-defined]

        assert "env" in dir(app)
        assert "propagate_exceptions" in dir(Shop("shop"))
        assert "env" not in dir(Shop("shop"))

    @pytest.mark.parametrize("name", [*SETTING_LIKE, "before_first_request", "open_session"])
    def test_getattr_of_a_subclass(self, name: str) -> None:
        """A ``__getattr__`` is asked for what 3.1 has not."""

        class Shop(Flask):
            def __getattr__(self, key: str) -> str:
                return f"own {key}"

        assert getattr(Shop("shop"), name) == f"own {name}"

    def test_super_finds_none(self) -> None:
        """A property that asks its parents gets the error that they have none."""

        class Shop(Flask):
            @property
            def env(self) -> str:
                return getattr(super(), "env", "parents have none")

        assert Shop("shop").env == "parents have none"


class TestMixins:
    @pytest.mark.parametrize("name", [*SETTING_LIKE, "before_first_request", "open_session"])
    def test_after_flask(self, name: str) -> None:
        """What a mixin behind Flask has under a former name is found as if none stood before."""
        compute = cached_property(lambda app: f"{app.name} computed")
        compute.__set_name__(Flask, name)
        methods = type("Methods", (), {name: lambda app: app.name})
        values = type("Values", (), {name: "value"})
        computed = type("Computed", (), {name: compute})

        assert getattr(type("Shop", (Flask, methods), {})("shop"), name)() == "shop"
        assert getattr(type("Shop", (Flask, computed), {})("shop"), name) == "shop computed"
        shop = type("Shop", (Flask, values), {})
        assert (getattr(shop, name), getattr(shop("shop"), name)) == ("value", "value")

    def test_property_with_setter(self) -> None:
        """A property behind Flask keeps assignments and deletions to itself."""

        class Named:
            names: list[str]

            @property
            def session_cookie_name(self) -> str:
                return self.names[-1]

            @session_cookie_name.setter
            def session_cookie_name(self, value: str) -> None:
                self.names = ["first", value]

            @session_cookie_name.deleter
            def session_cookie_name(self) -> None:
                self.names.pop()

        class Shop(Flask, Named):
            pass

        shop = Shop("shop")
        shop.session_cookie_name = "till"
        assert shop.session_cookie_name == "till"
        assert "session_cookie_name" in dir(shop)
        del shop.session_cookie_name
        assert shop.session_cookie_name == "first"
        assert shop.config["SESSION_COOKIE_NAME"] == "session"

    def test_value_is_the_mixins(self) -> None:
        """Assigning over a mixin's plain attribute is no old code."""

        class Named:
            session_cookie_name = "class"

        class Shop(Flask, Named):
            pass

        shop = Shop("shop")
        shop.session_cookie_name = "own"
        assert shop.session_cookie_name == "own"
        del shop.session_cookie_name
        assert shop.session_cookie_name == "class"

    @pytest.mark.parametrize(
        ("kind", "name", "arguments"),
        [
            (Request, "charset", ({},)),
            (flask.Response, "charset", ()),
            (flask.Config, "from_json", ("/",)),
            (Blueprint, "before_app_first_request", ("b", "shop")),
        ],
    )
    def test_of_other_classes(self, kind: Any, name: str, arguments: Any) -> None:
        """Requests, responses, settings and blueprints take mixins too."""
        mixin = type("Mixin", (), {name: "mine"})
        assert getattr(type("Own", (kind, mixin), {})(*arguments), name) == "mine"


class TestClassBodies:
    @pytest.mark.parametrize("name", SETTING_LIKE)
    @pytest.mark.parametrize(
        "value", [property(lambda app: "own"), lambda app: "own", 3.5, ("a", "b")]
    )
    def test_no_plain_value(self, name: str, value: Any) -> None:
        """A property, a method, or what the setting could not be stays the class's own."""
        shop = type("Shop", (Flask,), {name: value})

        assert vars(shop)[name] is value
        assert shop("shop").config == Flask("shop").config
        assert shop.json_provider_class is DefaultJSONProvider

    def test_none(self) -> None:
        """None says nothing about a setting."""

        class Shop(Flask):
            json_encoder = None
            session_cookie_name = None

        assert Shop("shop").session_cookie_name is None
        assert Shop("shop").config["SESSION_COOKIE_NAME"] == "session"

    def test_dataclass(self) -> None:
        """The fields of a dataclass are its own, with and without defaults."""

        @dataclasses.dataclass
        class Shop(Flask):
            use_x_sendfile: bool
            env: str = "prod"
            session_cookie_name: str = "till"

            def __post_init__(self) -> None:
                super().__init__("shop")

        shop = Shop(use_x_sendfile=True)
        assert (shop.use_x_sendfile, shop.env, shop.session_cookie_name) == (True, "prod", "till")
        assert Shop(use_x_sendfile=True, env="test").env == "test"
        assert shop.config["SESSION_COOKIE_NAME"] == "session"

    def test_own_defaults_win(self) -> None:
        """A class that has default settings of its own says everything there."""

        class Shop(Flask):
            session_cookie_name = "drawer"
            default_config = type(Flask.default_config)(
                {**Flask.default_config, "SESSION_COOKIE_NAME": "till"}
            )

        assert Shop("shop").config["SESSION_COOKIE_NAME"] == "till"


class TestAssigned:
    def test_before_init(self) -> None:
        """An attribute set before the application is made is stored and nothing more."""

        class Shop(Flask):
            def __init__(self) -> None:
                self.session_cookie_name = "early"
                super().__init__("shop")

        shop = Shop()
        assert shop.session_cookie_name == "early"
        assert shop.config["SESSION_COOKIE_NAME"] == "session"

    @pytest.mark.parametrize("name", ["json_encoder", "session_cookie_name", "use_x_sendfile"])
    def test_other_type(self, app: Flask, name: str) -> None:
        """A value that the setting could not have is the application's own."""
        before = dict(app.config)

        setattr(app, name, ["mine"])

        assert getattr(app, name) == ["mine"]
        assert app.config == before
        assert type(app.json) is DefaultJSONProvider


class Provider(DefaultJSONProvider):
    default = staticmethod(lambda o: "provided")


class TestProviders:
    @pytest.mark.parametrize("attribute", ["", "default", "dumps", "loads"])
    def test_own_provider(self, app: Flask, attribute: str) -> None:
        """A provider of the application's own stays what it is; the warning tells."""
        app.json = Provider(app) if not attribute else DefaultJSONProvider(app)
        if attribute:
            setattr(app.json, attribute, lambda *args, **kwargs: "provided")
        kind = type(app.json)

        with pytest.warns(DeprecationWarning, match="'json_encoder', which has no effect here"):
            app.json_encoder = Encoder  # type: ignore[attr-defined]

        assert type(app.json) is kind
        if attribute in ("", "default"):
            assert app.json.dumps(object()) == '"provided"'

    def test_own_class(self) -> None:
        """A provider class that an application names is not replaced."""
        with pytest.warns(DeprecationWarning, match="'json_encoder', which has no effect here"):

            class Shop(Flask):
                json_provider_class = Provider
                json_encoder = Encoder

        assert Shop.json_provider_class is Provider
        assert Shop("shop").json.dumps(object()) == '"provided"'

    def test_default_given_later(self, app: Flask) -> None:
        """A function given to the stock provider after the encoder counts, as it does in 3.1."""
        with pytest.warns(DeprecationWarning):
            app.json_encoder = Encoder  # type: ignore[attr-defined]
        assert app.json.dumps(object()) == '"encoded"'

        app.json.default = lambda o: "provided"  # type: ignore[attr-defined]

        assert app.json.dumps(object()) == '"provided"'
