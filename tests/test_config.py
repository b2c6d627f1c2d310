from __future__ import annotations

import json
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from flask import Config, Flask
from flask.config import ConfigAttribute


class Defaults:
    DEBUG_TOOLS = True
    helper = "ignored"
    Mixed = "ignored"


class Production(Defaults):
    DEBUG_TOOLS = False

    @property
    def COMPUTED(self) -> str:
        return "by a property"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(tmp_path)


class TestFromObject:
    def test_capitals_are_taken(self, config: Config) -> None:
        """Only attributes in capitals are settings, inherited ones too."""
        config.from_object(Defaults)

        assert config == {"DEBUG_TOOLS": True}

    def test_instance_and_subclass(self, config: Config) -> None:
        """An instance gives its properties as well."""
        config.from_object(Production())

        assert config == {"DEBUG_TOOLS": False, "COMPUTED": "by a property"}

    def test_import_path(self, config: Config) -> None:
        """Text is the import path of a module or of something in it."""
        config.from_object("http.HTTPStatus")

        assert config["NOT_FOUND"] == 404
        with pytest.raises(ImportError):
            config.from_object("no_such_module_anywhere")

    def test_dict_gives_nothing(self, config: Config) -> None:
        """A dict has no attributes in capitals."""
        config.from_object({"KEY": 1})

        assert config == {}


class TestFromPyfile:
    def test_file_is_run(self, config: Config, tmp_path: Path) -> None:
        """The names in capitals that the file leaves are settings; it knows its own path."""
        Path(tmp_path, "settings.cfg").write_text(
            "import os\nlower = 1\nSUM = lower + 1\nHERE = __file__\nNAME = __name__\n"
        )

        assert config.from_pyfile("settings.cfg") is True

        assert config["SUM"] == 2
        assert config["HERE"] == str(tmp_path / "settings.cfg")
        assert "lower" not in config
        assert "os" not in config

    def test_encoding_declaration_is_honoured(self, config: Config, tmp_path: Path) -> None:
        """The file's own encoding declaration counts, UTF-8 without one."""
        Path(tmp_path, "latin.cfg").write_bytes("# coding: latin-1\nWORD = 'é'\n".encode("latin-1"))
        Path(tmp_path, "utf.cfg").write_bytes("WORD = '한'\n".encode())

        config.from_pyfile("latin.cfg")
        assert config["WORD"] == "é"
        config.from_pyfile(tmp_path / "utf.cfg")
        assert config["WORD"] == "한"

    def test_missing_file(self, config: Config, tmp_path: Path) -> None:
        """A missing file is an error that names it, or False when that is asked for."""
        with pytest.raises(OSError, match="Unable to load configuration file") as caught:
            config.from_pyfile("none.cfg")

        assert "none.cfg" in str(caught.value)
        assert config.from_pyfile("none.cfg", silent=True) is False
        assert config.from_pyfile(tmp_path, silent=True) is False

    def test_unreadable_path_is_not_silenced(self, config: Config) -> None:
        """``silent`` forgives a missing file, nothing else."""
        with pytest.raises(OSError, match="Unable to load configuration file"):
            config.from_pyfile("x" * 5000, silent=True)

    def test_error_in_the_file_comes_out(self, config: Config, tmp_path: Path) -> None:
        """A mistake in the file is shown as what it is."""
        Path(tmp_path, "bad.cfg").write_text("A = 1 / 0\n")

        with pytest.raises(ZeroDivisionError):
            config.from_pyfile("bad.cfg", silent=True)


class TestFromEnvvar:
    def test_it_names_a_file(
        self, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The variable holds the path of a Python file."""
        path = tmp_path / "settings.cfg"
        path.write_text("KEY = 'from file'\n")
        monkeypatch.setenv("SHOP_SETTINGS", str(path))

        assert config.from_envvar("SHOP_SETTINGS") is True
        assert config["KEY"] == "from file"

    @pytest.mark.parametrize("value", [None, ""])
    def test_unset_variable(
        self, config: Config, monkeypatch: pytest.MonkeyPatch, value: str | None
    ) -> None:
        """An unset or empty variable is an error that names it, unless silent."""
        monkeypatch.delenv("SHOP_SETTINGS", raising=False)
        if value is not None:
            monkeypatch.setenv("SHOP_SETTINGS", value)

        with pytest.raises(RuntimeError, match="'SHOP_SETTINGS' is not set"):
            config.from_envvar("SHOP_SETTINGS")
        assert config.from_envvar("SHOP_SETTINGS", silent=True) is False

    def test_file_that_is_missing(self, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
        """A variable that names no file is an error, unless silent."""
        monkeypatch.setenv("SHOP_SETTINGS", "/no/such/file.cfg")

        with pytest.raises(FileNotFoundError):
            config.from_envvar("SHOP_SETTINGS")
        assert config.from_envvar("SHOP_SETTINGS", silent=True) is False


class TestFromPrefixedEnv:
    def load(self, config: Config, monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    def test_values_are_json_or_text(self, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
        """A value that parses as JSON becomes that, any other stays text."""
        values = {"FLASK_N": "1", "FLASK_T": "true", "FLASK_L": "[1, 2]", "FLASK_S": "it is"}
        self.load(config, monkeypatch, **values, FLASK_Q='"1"', NOTFLASK_X="1", FLASKX="1")

        assert config.from_prefixed_env() is True
        assert config == {"N": 1, "T": True, "L": [1, 2], "S": "it is", "Q": "1"}

    def test_double_underscore_nests(self, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
        """Two underscores go down into dicts, made where they are missing."""
        config["EXIST"] = {"ok": "kept", "inner": {"a": 1}}
        self.load(
            config,
            monkeypatch,
            FLASK_EXIST__ok="changed",
            FLASK_EXIST__inner__b="2",
            FLASK_NEW__a__b="3",
        )

        config.from_prefixed_env()

        assert config == {
            "EXIST": {"ok": "changed", "inner": {"a": 1, "b": 2}},
            "NEW": {"a": {"b": 3}},
        }

    def test_prefix_and_parser(self, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
        """Another prefix and another parser may be given; its errors leave the text."""
        self.load(config, monkeypatch, SHOP_A="1", SHOP_B="x", FLASK_C="1")

        config.from_prefixed_env("SHOP", loads=int)

        assert config == {"A": 1, "B": "x"}

    def test_keys_keep_their_case(self, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
        """The rest of the variable's name is the key as it is."""
        self.load(config, monkeypatch, FLASK_lower="1")

        config.from_prefixed_env()

        assert config == {"lower": 1}


class TestFromFile:
    def test_reader_and_mode(self, config: Config, tmp_path: Path) -> None:
        """A text reader gets UTF-8 text, a binary reader bytes."""
        Path(tmp_path, "a.json").write_text('{"WORD": "é", "lower": 1}', encoding="utf-8")
        Path(tmp_path, "a.toml").write_text('TOML = "é"', encoding="utf-8")

        assert config.from_file("a.json", load=json.load) is True
        assert config.from_file(tmp_path / "a.toml", load=tomllib.load, text=False) is True
        assert config == {"WORD": "é", "TOML": "é"}

    def test_missing_file(self, config: Config) -> None:
        """A missing file is an error that names it, unless silent."""
        with pytest.raises(OSError, match="Unable to load configuration file"):
            config.from_file("none.json", load=json.load)
        assert config.from_file("none.json", load=json.load, silent=True) is False
        with pytest.raises(OSError, match="Unable to load configuration file"):
            config.from_file("x" * 5000, load=json.load, silent=True)


class TestFromMapping:
    def test_mapping_and_keywords(self, config: Config) -> None:
        """Keys in capitals of both are taken, keywords win."""
        assert config.from_mapping({"A": 1, "B": 1, "c": 1}, B=2, D=3, e=1) is True
        assert config == {"A": 1, "B": 2, "D": 3}

    def test_nothing(self, config: Config) -> None:
        """No argument is no setting."""
        assert config.from_mapping() is True
        assert config == {}

    def test_only_one_mapping(self, config: Config) -> None:
        """Two mappings are too many."""
        with pytest.raises(TypeError):
            config.from_mapping({}, {})  # type: ignore[call-arg]


class TestGetNamespace:
    @pytest.mark.parametrize(
        ("options", "expected"),
        [
            ({}, {"type": "fs", "path": "/x"}),
            ({"lowercase": False}, {"TYPE": "fs", "PATH": "/x"}),
            ({"trim_namespace": False}, {"image_type": "fs", "image_path": "/x"}),
            (
                {"lowercase": False, "trim_namespace": False},
                {"IMAGE_TYPE": "fs", "IMAGE_PATH": "/x"},
            ),
        ],
    )
    def test_options(self, config: Config, options: dict[str, bool], expected: Any) -> None:
        """The settings under a prefix come with or without it, in either case."""
        config.update(IMAGE_TYPE="fs", IMAGE_PATH="/x", OTHER=1)

        assert config.get_namespace("IMAGE_", **options) == expected


def test_repr_names_the_class() -> None:
    """The representation tells it from a plain dict."""

    class Own(Config):
        pass

    assert repr(Config("", {"A": 1})) == "<Config {'A': 1}>"
    assert repr(Own("")) == "<Own {}>"


class TestConfigAttribute:
    def test_it_reads_and_writes_the_key(self, app: Flask) -> None:
        """The attribute is another name of the key, in both directions."""
        app.testing = False
        assert app.config["TESTING"] is False
        app.config["TESTING"] = True
        assert app.testing is True

    def test_converter_is_applied_on_reading(self, app: Flask) -> None:
        """The lifetime may be given in seconds; the key keeps what was given."""
        app.permanent_session_lifetime = 90  # type: ignore[assignment]

        assert app.permanent_session_lifetime == timedelta(seconds=90)
        assert app.config["PERMANENT_SESSION_LIFETIME"] == 90
        app.config["PERMANENT_SESSION_LIFETIME"] = timedelta(days=1)
        assert app.permanent_session_lifetime == timedelta(days=1)

    def test_on_the_class_it_is_itself(self) -> None:
        """Read on the class it is the descriptor, named like its key."""
        attribute = Flask.__dict__.get("secret_key") or Flask.secret_key

        assert isinstance(attribute, ConfigAttribute)
        assert attribute.__name__ == "SECRET_KEY"

    def test_own_attributes(self) -> None:
        """A subclass of the application may add attributes of this kind."""

        class Shop(Flask):
            currency = ConfigAttribute[str]("CURRENCY", str.upper)

        shop = Shop("shop")
        shop.config["CURRENCY"] = "eur"

        assert shop.currency == "EUR"


class TestApplicationConfig:
    def test_class_and_maker_are_seams(self, tmp_path: Path) -> None:
        """``config_class`` and ``make_config`` decide what ``app.config`` is."""

        class Own(Config):
            pass

        class Shop(Flask):
            config_class = Own

            def make_config(self, instance_relative: bool = False) -> Config:
                config = super().make_config(instance_relative)
                config["FROM"] = "make_config"
                return config

        shop = Shop("shop", instance_relative_config=True, instance_path=str(tmp_path))

        assert type(shop.config) is Own
        assert shop.config["FROM"] == "make_config"
        assert shop.config.root_path == str(tmp_path)

    def test_defaults_may_be_changed_on_the_class(self) -> None:
        """A subclass may bring other defaults."""

        class Shop(Flask):
            default_config = Flask.default_config | {"SHOP": 1}

        assert Shop("shop").config["SHOP"] == 1
        assert "SHOP" not in Flask("shop").config

    @pytest.mark.parametrize(
        ("value", "debug"), [("1", True), ("true", True), ("0", False), ("no", False), ("", False)]
    )
    def test_debug_comes_from_the_environment(
        self, monkeypatch: pytest.MonkeyPatch, value: str, debug: bool
    ) -> None:
        """FLASK_DEBUG decides debug mode when the application is made."""
        monkeypatch.setenv("FLASK_DEBUG", value)

        assert Flask("shop").debug is debug
        assert Flask("shop").config["DEBUG"] is debug
