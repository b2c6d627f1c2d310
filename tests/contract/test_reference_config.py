"""Configuration: how it is filled, and what each key is by default and does."""

import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.exceptions import BadRequest, NotFound

from flask import (
    Config,
    Flask,
    Response,
    abort,
    render_template,
    request,
    send_file,
    session,
    url_for,
)
from flask.testing import FlaskClient

# Filling a configuration


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """An empty configuration whose relative file names start in a folder with a file."""
    (tmp_path / "settings.cfg").write_text("COLOUR = 'green'\nhelper = 1\n")
    return Config(tmp_path)


def test_config_is_a_dict(tmp_path: Path) -> None:
    """A configuration is a dict with a root path, filled with defaults."""
    config = Config(root_path=tmp_path, defaults={"COLOUR": "green", "lower": 1})

    assert config == {"COLOUR": "green", "lower": 1}
    assert config.root_path == tmp_path
    assert Config(str(tmp_path)) == {}


def test_from_envvar_loads_the_named_file(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file that an environment variable names is loaded."""
    monkeypatch.setenv("SHOP_SETTINGS", "settings.cfg")

    assert config.from_envvar(variable_name="SHOP_SETTINGS") is True
    assert config == {"COLOUR": "green"}


def test_from_envvar_may_be_silent(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing variable, or a missing file, is an error unless silence is asked for."""
    monkeypatch.delenv("SHOP_SETTINGS", raising=False)
    with pytest.raises(RuntimeError, match="SHOP_SETTINGS"):
        config.from_envvar("SHOP_SETTINGS")
    assert config.from_envvar("SHOP_SETTINGS", silent=True) is False

    monkeypatch.setenv("SHOP_SETTINGS", "missing.cfg")
    with pytest.raises(FileNotFoundError, match="configuration file"):
        config.from_envvar("SHOP_SETTINGS")
    assert config.from_envvar("SHOP_SETTINGS", silent=True) is False


def test_from_prefixed_env_reads_json(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables with the prefix are read, as JSON where they are JSON, into nested dicts."""
    monkeypatch.setenv("FLASK_REFERENCE", "[1, true]")
    monkeypatch.setenv("FLASK_REFERENCE_TEXT", "plain")
    monkeypatch.setenv("FLASK_REFERENCE_DEEP__a__b", "1")

    assert config.from_prefixed_env() is True
    assert config["REFERENCE"] == [1, True]
    assert config["REFERENCE_TEXT"] == "plain"
    assert config["REFERENCE_DEEP"] == {"a": {"b": 1}}


def test_from_prefixed_env_prefix(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another prefix can be given."""
    monkeypatch.setenv("REFERENCESHOP_COLOUR", '"green"')

    config.from_prefixed_env(prefix="REFERENCESHOP")
    assert config == {"COLOUR": "green"}


def test_from_prefixed_env_loads(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another parser can be given; what it refuses stays text."""
    monkeypatch.setenv("REFERENCESHOP_A", "12")
    monkeypatch.setenv("REFERENCESHOP_B", "x")

    config.from_prefixed_env("REFERENCESHOP", loads=lambda text: int(text) * 2)
    assert config == {"A": 24, "B": "x"}


def test_from_pyfile_takes_names_in_capitals(config: Config) -> None:
    """A Python file is run, and its names in capitals are taken."""
    assert config.from_pyfile(filename="settings.cfg") is True
    assert config == {"COLOUR": "green"}


def test_from_pyfile_may_be_silent(config: Config) -> None:
    """A missing file is an error unless silence is asked for."""
    with pytest.raises(FileNotFoundError, match="configuration file"):
        config.from_pyfile("missing.cfg")
    assert config.from_pyfile("missing.cfg", silent=True) is False


class Settings:
    COLOUR = "green"
    helper = 1

    @property
    def SIZE(self) -> int:
        return 7


@pytest.mark.parametrize("obj", [Settings, "werkzeug.test.Client"], ids=["object", "import path"])
def test_from_object_takes_names_in_capitals(config: Config, obj: Any) -> None:
    """Attributes in capitals are taken from an object, or from what a path imports."""
    config.from_object(obj=obj)
    assert all(key.isupper() for key in config)
    assert ("COLOUR" in config) is (obj is Settings)


def test_from_object_reads_properties_of_instances(config: Config) -> None:
    """An instance gives the values of its properties too."""
    config.from_object(Settings())
    assert config == {"COLOUR": "green", "SIZE": 7}


def test_from_file_loads_with_a_reader(config: Config, tmp_path: Path) -> None:
    """The reader gets the open text file and returns the mapping."""
    (tmp_path / "settings.json").write_text('{"COLOUR": "grün", "helper": 1}', encoding="utf-8")

    assert config.from_file(filename="settings.json", load=json.load) is True
    assert config == {"COLOUR": "grün"}


def test_from_file_may_be_silent(config: Config) -> None:
    """A missing file is an error unless silence is asked for."""
    with pytest.raises(FileNotFoundError, match="configuration file"):
        config.from_file("missing.json", load=json.load)
    assert config.from_file("missing.json", load=json.load, silent=True) is False


@pytest.mark.parametrize(("text", "kind"), [(True, io.TextIOBase), (False, io.BufferedIOBase)])
def test_from_file_opens_text_or_bytes(config: Config, text: bool, kind: type) -> None:
    """The file is opened as text unless bytes are asked for."""
    files = []
    config.from_file("settings.cfg", load=lambda file: files.append(file) or {}, text=text)

    assert isinstance(files[0], kind)


def test_from_mapping_takes_keys_in_capitals(config: Config) -> None:
    """Keys in capitals are taken from a mapping."""
    assert config.from_mapping(mapping={"COLOUR": "green", "helper": 1}) is True
    assert config == {"COLOUR": "green"}


def test_from_mapping_takes_keywords(config: Config) -> None:
    """Keywords in capitals are taken, over those of the mapping."""
    config.from_mapping({"COLOUR": "red"}, COLOUR="green", helper=1)
    assert config == {"COLOUR": "green"}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, {"type": "fs", "path": "/img"}),
        ({"lowercase": False}, {"TYPE": "fs", "PATH": "/img"}),
        ({"trim_namespace": False}, {"image_type": "fs", "image_path": "/img"}),
    ],
    ids=["namespace", "lowercase", "trim_namespace"],
)
def test_get_namespace(config: Config, arguments: dict[str, bool], expected: Any) -> None:
    """The settings of a prefix are picked out, their keys shortened and in lower case."""
    config.update(IMAGE_TYPE="fs", IMAGE_PATH="/img", OTHER=1)

    assert config.get_namespace(namespace="IMAGE_", **arguments) == expected


# What each key is by default

DEFAULTS = {
    "DEBUG": False,
    "TESTING": False,
    "PROPAGATE_EXCEPTIONS": None,
    "SECRET_KEY": None,
    "SECRET_KEY_FALLBACKS": None,
    "PERMANENT_SESSION_LIFETIME": timedelta(days=31),
    "USE_X_SENDFILE": False,
    "TRUSTED_HOSTS": None,
    "SERVER_NAME": None,
    "APPLICATION_ROOT": "/",
    "SESSION_COOKIE_NAME": "session",
    "SESSION_COOKIE_DOMAIN": None,
    "SESSION_COOKIE_PATH": None,
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SECURE": False,
    "SESSION_COOKIE_PARTITIONED": False,
    "SESSION_COOKIE_SAMESITE": None,
    "SESSION_REFRESH_EACH_REQUEST": True,
    "MAX_CONTENT_LENGTH": None,
    "MAX_FORM_MEMORY_SIZE": 500_000,
    "MAX_FORM_PARTS": 1_000,
    "SEND_FILE_MAX_AGE_DEFAULT": None,
    "TRAP_BAD_REQUEST_ERRORS": None,
    "TRAP_HTTP_EXCEPTIONS": False,
    "EXPLAIN_TEMPLATE_LOADING": False,
    "PREFERRED_URL_SCHEME": "http",
    "TEMPLATES_AUTO_RELOAD": None,
    "MAX_COOKIE_SIZE": 4093,
    "PROVIDE_AUTOMATIC_OPTIONS": True,
}


def test_defaults(app: Flask) -> None:
    """A new application has every documented key, with its documented default."""
    assert dict(app.config) == DEFAULTS


# What each key does


@pytest.mark.parametrize("key", ["DEBUG", "TESTING", "PROPAGATE_EXCEPTIONS"])
def test_errors_are_raised(app: Flask, client: FlaskClient, key: str) -> None:
    """In debug mode, in tests, or if asked for, unhandled errors are raised to the server."""
    app.add_url_rule("/", "index", lambda: {}["colour"])
    app.config[key] = True

    with pytest.raises(KeyError, match="colour"):
        client.get("/")


@pytest.mark.parametrize("quiet", [None, False], ids=["default", "off"])
def test_errors_are_answered(app: Flask, client: FlaskClient, quiet: bool | None) -> None:
    """Without these keys, and against them if propagation is off, errors are answered 500."""
    app.config.update(PROPAGATE_EXCEPTIONS=quiet, TESTING=quiet is False)
    app.add_url_rule("/", "index", lambda: {}["colour"])
    app.logger.disabled = True

    assert client.get("/").status_code == 500
    app.logger.disabled = False


def set_cookie(app: Flask, cookie: str = "", **values: Any) -> str:
    """Return the cookie that a request with these changes of its session gets."""
    headers = {"Cookie": f"session={cookie}"} if cookie else {}
    with app.test_request_context(headers=headers):
        session.update(values)
        return app.process_response(Response()).headers.get("Set-Cookie", "")


def value_of(cookie: str) -> str:
    return cookie.partition("=")[2].partition(";")[0]


def opened(app: Flask, cookie: str) -> dict[str, Any]:
    """Return the session that a cookie opens."""
    with app.test_request_context(headers={"Cookie": f"session={cookie}"}):
        return dict(session)


def test_secret_key_signs_the_session(app: Flask) -> None:
    """Without a key sessions cannot be changed; with another key they cannot be read."""
    with pytest.raises(RuntimeError, match="secret key"):
        set_cookie(app, a=1)
    app.config["SECRET_KEY"] = "one"
    cookie = value_of(set_cookie(app, a=1))
    assert opened(app, cookie) == {"a": 1}
    app.config["SECRET_KEY"] = "two"
    assert opened(app, cookie) == {}


def test_secret_key_fallbacks_read_old_sessions(app: Flask) -> None:
    """A former key still reads sessions; new ones are signed with the current key."""
    app.config["SECRET_KEY"] = "old"
    cookie = value_of(set_cookie(app, a=1))
    app.config.update(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["older", "old"])
    assert opened(app, cookie) == {"a": 1}

    fresh = value_of(set_cookie(app, a=1))
    app.config["SECRET_KEY_FALLBACKS"] = None
    assert opened(app, fresh) == {"a": 1}
    assert opened(app, cookie) == {}


@pytest.fixture
def signing(app: Flask) -> Flask:
    app.config["SECRET_KEY"] = "dev"
    return app


def test_permanent_session_lifetime_ends_sessions(signing: Flask) -> None:
    """A cookie older than the lifetime is an empty session."""
    cookie = value_of(set_cookie(signing, a=1))
    assert opened(signing, cookie) == {"a": 1}
    signing.config["PERMANENT_SESSION_LIFETIME"] = -1
    assert opened(signing, cookie) == {}


COOKIE_SETTINGS = {
    "SESSION_COOKIE_NAME": ("basket", "^basket="),
    "SESSION_COOKIE_DOMAIN": ("shop.example", "; Domain=shop.example"),
    "SESSION_COOKIE_PATH": ("/area", "; Path=/area"),
    "SESSION_COOKIE_HTTPONLY": (False, "^(?!.*HttpOnly)"),
    "SESSION_COOKIE_SECURE": (True, "; Secure"),
    "SESSION_COOKIE_PARTITIONED": (True, "; Partitioned"),
    "SESSION_COOKIE_SAMESITE": ("Strict", "; SameSite=Strict"),
}


@pytest.mark.parametrize("key", COOKIE_SETTINGS)
def test_session_cookie(signing: Flask, key: str) -> None:
    """Each property of the session's cookie is a setting."""
    value, pattern = COOKIE_SETTINGS[key]
    assert not re.search(pattern, set_cookie(signing, a=1))
    signing.config[key] = value
    assert re.search(pattern, set_cookie(signing, a=1))


@pytest.mark.parametrize("refresh", [True, False])
def test_session_refresh_each_request(signing: Flask, refresh: bool) -> None:
    """A permanent session's cookie is sent again with each response, unless switched off."""
    cookie = value_of(set_cookie(signing, _permanent=True))
    signing.config["SESSION_REFRESH_EACH_REQUEST"] = refresh
    with signing.test_request_context(headers={"Cookie": f"session={cookie}"}):
        response = signing.process_response(Response())

    assert ("Set-Cookie" in response.headers) is refresh


def test_use_x_sendfile_lets_the_server_send(app: Flask, client: FlaskClient, folder: Path) -> None:
    """The server is told the file's name instead of getting its content."""
    app.config["USE_X_SENDFILE"] = True
    app.add_url_rule("/", "index", lambda: send_file("schema.sql"))

    with client.get("/") as response:
        assert response.headers["X-Sendfile"] == str(folder / "schema.sql")


def test_trusted_hosts_refuse_others(app: Flask, client: FlaskClient) -> None:
    """A request for a host that is not trusted is a bad request."""
    app.config["TRUSTED_HOSTS"] = [".shop.example"]
    app.add_url_rule("/", "index", lambda: "ok")

    assert client.get("/", base_url="http://www.shop.example").text == "ok"
    assert client.get("/", base_url="http://evil.example").status_code == 400


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, "http://shop.example/page"),
        ({"APPLICATION_ROOT": "/root"}, "http://shop.example/root/page"),
        ({"PREFERRED_URL_SCHEME": "https"}, "https://shop.example/page"),
    ],
    ids=["SERVER_NAME", "APPLICATION_ROOT", "PREFERRED_URL_SCHEME"],
)
def test_urls_outside_a_request(app: Flask, settings: dict[str, str], url: str) -> None:
    """Without a request URLs are built of the configured server, root and scheme."""
    app.add_url_rule("/page", "page")
    with app.app_context(), pytest.raises(RuntimeError, match="SERVER_NAME"):
        url_for("page")
    app.config.update(settings, SERVER_NAME="shop.example")
    with app.app_context():
        assert url_for("page") == url


def multipart(*sizes: int) -> dict[str, Any]:
    """Return the arguments of a form with fields of these sizes in bytes."""
    fields = {f"field{number}": "x" * size for number, size in enumerate(sizes)}
    return {"data": fields, "content_type": "multipart/form-data"}


@pytest.mark.parametrize(
    ("key", "limit", "sent"),
    [
        ("MAX_CONTENT_LENGTH", 10, {"data": b"x" * 11}),
        ("MAX_FORM_MEMORY_SIZE", 10, multipart(11)),
        ("MAX_FORM_PARTS", 2, multipart(1, 1, 1)),
    ],
    ids=["MAX_CONTENT_LENGTH", "MAX_FORM_MEMORY_SIZE", "MAX_FORM_PARTS"],
)
def test_limits_of_the_body(
    app: Flask, client: FlaskClient, key: str, limit: int, sent: dict[str, Any]
) -> None:
    """A body, a form field, or a number of fields over the limit is refused."""

    @app.post("/")
    def count() -> str:
        return str(len(request.form) + len(request.get_data()))

    assert client.post("/", **sent).status_code == 200
    app.config[key] = limit
    assert client.post("/", **sent).status_code == 413


@pytest.mark.parametrize("age", [60, timedelta(minutes=1)], ids=["seconds", "timedelta"])
def test_send_file_max_age_default(app: Flask, client: FlaskClient, folder: Path, age: Any) -> None:
    """Files are cached for the configured time; by default the browser asks each time."""
    with client.get("/static/style.css") as response:
        assert response.headers["Cache-Control"] == "no-cache"
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = age
    with client.get("/static/style.css") as response:
        assert response.cache_control.max_age == 60


@pytest.mark.parametrize(
    ("key", "error", "fail"),
    [
        ("TRAP_BAD_REQUEST_ERRORS", BadRequest, lambda: request.form["missing"]),
        ("TRAP_HTTP_EXCEPTIONS", NotFound, lambda: abort(404)),
    ],
    ids=["TRAP_BAD_REQUEST_ERRORS", "TRAP_HTTP_EXCEPTIONS"],
)
def test_traps(
    app: Flask, client: FlaskClient, key: str, error: type[Exception], fail: Callable[[], Any]
) -> None:
    """HTTP errors may be treated like failures, to find out where they come from."""
    app.add_url_rule("/", "index", fail)
    app.testing = True
    assert client.get("/").status_code in {400, 404}
    app.config[key] = True
    with pytest.raises(error):
        client.get("/")


def test_explain_template_loading_logs_the_search(
    app: Flask, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Where a template was looked for, and found, is logged."""
    app.config["EXPLAIN_TEMPLATE_LOADING"] = True
    caplog.set_level("INFO")
    with app.app_context():
        render_template("page.html")

    assert "page.html" in caplog.text
    assert str(folder / "templates") in caplog.text


@pytest.mark.parametrize(("setting", "expected"), [(None, False), (True, True), (False, False)])
def test_templates_auto_reload(app: Flask, setting: bool | None, expected: bool) -> None:
    """Whether changed templates are read again can be configured; else debug mode decides."""
    app.config["TEMPLATES_AUTO_RELOAD"] = setting

    assert app.jinja_env.auto_reload is expected


def test_max_cookie_size_warns(app: Flask) -> None:
    """A cookie that browsers may drop is a warning, unless the limit is 0."""
    app.config["MAX_COOKIE_SIZE"] = 100
    with app.app_context():
        with pytest.warns(UserWarning, match="limit is 100 bytes"):
            Response().set_cookie("a", "x" * 101)
        app.config["MAX_COOKIE_SIZE"] = 0
        Response().set_cookie("a", "x" * 5000)


@pytest.mark.parametrize(("provided", "status"), [(True, 200), (False, 405)])
def test_provide_automatic_options(
    app: Flask, client: FlaskClient, provided: bool, status: int
) -> None:
    """OPTIONS is answered for every rule, unless that is switched off."""
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = provided
    app.add_url_rule("/", "index", lambda: "")

    assert client.options("/").status_code == status
