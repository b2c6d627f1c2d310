"""The application object before it serves: what it is made with, its attributes and its files."""

import logging
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest
import werkzeug.serving
from jinja2 import DictLoader, FileSystemLoader
from werkzeug.exceptions import Aborter, BadRequest
from werkzeug.routing import BaseConverter, Map, Rule

from flask import Config, Flask, Request, Response, abort, g, jsonify, session, url_for
from flask.ctx import _AppCtxGlobals
from flask.json.provider import DefaultJSONProvider
from flask.sessions import NullSession, SecureCookieSessionInterface
from flask.testing import FlaskClient, FlaskCliRunner


def fetch(client: FlaskClient, path: str, **options: Any) -> tuple[int, str]:
    """Get a page, and close the response: that of a static file holds the file open."""
    with client.get(path, **options) as response:
        return response.status_code, response.text


# What an application is made with


def test_import_name_names_the_application(tmp_path: Path) -> None:
    """The first argument is the import name, and by default the name shown to people."""
    app = Flask(import_name="shop.web", root_path=str(tmp_path))

    assert app.import_name == "shop.web"
    assert app.name == "shop.web"


def test_import_name_finds_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The root path is the folder of the package that the import name names."""
    package = tmp_path / "findable_shop"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)

    assert Flask("findable_shop").root_path == str(package)


def test_static_url_path_argument(folder: Path) -> None:
    """Static files are found below the URL prefix that was asked for."""
    app = Flask("shop", static_url_path="/assets", root_path=str(folder))

    assert app.static_url_path == "/assets"
    assert fetch(app.test_client(), "/assets/style.css") == (200, "body {}")


def test_static_folder_argument(folder: Path) -> None:
    """Static files come from the folder that was asked for, below a URL of its name."""
    (folder / "static").rename(folder / "public")
    app = Flask("shop", static_folder="public", root_path=str(folder))

    assert fetch(app.test_client(), "/public/style.css") == (200, "body {}")


def test_static_folder_can_be_left_out(tmp_path: Path) -> None:
    """Without a static folder there is no static route."""
    app = Flask("shop", static_folder=None, root_path=str(tmp_path))

    assert not app.has_static_folder
    assert "static" not in app.view_functions


def test_static_host_argument(folder: Path) -> None:
    """With host matching the static files are served on the static host only."""
    app = Flask("shop", static_host="files.example", host_matching=True, root_path=str(folder))
    client = app.test_client()

    for host, status in (("files.example", 200), ("www.example", 404)):
        assert fetch(client, "/static/style.css", base_url=f"http://{host}")[0] == status


def test_host_matching_argument(tmp_path: Path) -> None:
    """Host matching lets rules of the same path differ by host."""
    app = Flask("shop", host_matching=True, static_folder=None, root_path=str(tmp_path))
    for host in ("a.example", "b.example"):
        app.add_url_rule("/", endpoint=host, view_func=lambda host=host: host, host=host)

    assert app.url_map.host_matching
    assert app.test_client().get("/", base_url="http://b.example").text == "b.example"


def test_subdomain_matching_argument(tmp_path: Path) -> None:
    """Subdomains tell rules apart only in an application that asks for it."""
    app = Flask("shop", subdomain_matching=True, root_path=str(tmp_path))
    app.config["SERVER_NAME"] = "shop.example"
    app.add_url_rule("/", endpoint="admin", view_func=lambda: "admin", subdomain="admin")
    app.add_url_rule("/", endpoint="home", view_func=lambda: "home")
    client = app.test_client()

    assert app.subdomain_matching
    assert client.get("/", subdomain="admin").text == "admin"
    assert client.get("/").text == "home"


def test_template_folder_argument(folder: Path) -> None:
    """Templates come from the folder that was asked for."""
    (folder / "templates").rename(folder / "pages")
    app = Flask("shop", template_folder="pages", root_path=str(folder))

    assert app.template_folder == "pages"
    assert app.jinja_env.get_template("page.html").render(name="you") == "Hello you"


def test_instance_path_argument(tmp_path: Path) -> None:
    """The instance folder can be given, as an absolute path."""
    app = Flask("shop", instance_path=str(tmp_path), root_path=str(tmp_path))

    assert app.instance_path == str(tmp_path)
    with pytest.raises(ValueError, match="must be absolute"):
        Flask("shop", instance_path="instance")


def test_instance_relative_config_argument(folder: Path) -> None:
    """Configuration files are found in the instance folder when that is asked for."""
    (folder / "instance/settings.cfg").write_text("COLOUR = 'green'")
    app = Flask(
        "shop",
        instance_path=str(folder / "instance"),
        instance_relative_config=True,
        root_path=str(folder),
    )
    app.config.from_pyfile("settings.cfg")

    assert app.config["COLOUR"] == "green"


def test_root_path_argument(folder: Path) -> None:
    """The root path, when given, is where folders start from."""
    app = Flask("no_such_module", root_path=str(folder))

    assert app.root_path == str(folder)
    assert fetch(app.test_client(), "/static/style.css") == (200, "body {}")


# Attributes made for the application to read


def test_session_interface_is_the_signed_cookie_unless_replaced(app: Flask) -> None:
    """The session interface opens every session; the stock one signs cookies."""
    assert isinstance(app.session_interface, SecureCookieSessionInterface)

    class NoSessions(SecureCookieSessionInterface):
        def open_session(self, app: Flask, request: Request) -> Any:
            return NullSession({"made": "here"})

    app.session_interface = NoSessions()
    app.add_url_rule("/", view_func=lambda: session["made"], endpoint="index")
    assert app.test_client().get("/").text == "here"


def test_cli_collects_commands(app: Flask) -> None:
    """Commands registered on the group run by their name."""

    @app.cli.command("greet")
    def greet() -> None:
        click.echo("hello")

    assert app.cli.name == "shop"
    assert app.test_cli_runner().invoke(args=["greet"]).output == "hello\n"


def test_debug_follows_its_key(app: Flask) -> None:
    """The attribute and the key DEBUG are the same setting."""
    assert app.debug is False
    app.debug = True
    assert app.config["DEBUG"] is True
    app.config["DEBUG"] = False
    assert app.debug is False


def test_testing_follows_its_key(app: Flask) -> None:
    """The attribute and the key TESTING are the same setting; tests see errors raw."""
    assert app.testing is False
    app.testing = True
    assert app.config["TESTING"] is True

    @app.route("/")
    def fail() -> str:
        raise ZeroDivisionError("raw")

    with pytest.raises(ZeroDivisionError, match="raw"):
        app.test_client().get("/")


def test_secret_key_follows_its_key(app: Flask) -> None:
    """The attribute and the key SECRET_KEY are the same setting."""
    assert app.secret_key is None
    app.secret_key = "dev"
    assert app.config["SECRET_KEY"] == "dev"


def test_permanent_session_lifetime_is_a_timedelta(app: Flask) -> None:
    """The lifetime may be configured in seconds and is read as a timedelta; 31 days at first."""
    assert app.permanent_session_lifetime == timedelta(days=31)
    app.config["PERMANENT_SESSION_LIFETIME"] = 60
    assert app.permanent_session_lifetime == timedelta(minutes=1)
    app.permanent_session_lifetime = timedelta(hours=1)
    assert app.config["PERMANENT_SESSION_LIFETIME"] == timedelta(hours=1)


def test_name_of_a_script_is_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program run as a script is named like its file, and the name can be replaced."""
    monkeypatch.setattr(sys.modules["__main__"], "__file__", "/srv/kiosk.py", raising=False)
    app = Flask("__main__")

    assert app.name == "kiosk"
    app.name = "shop"
    assert app.name == "shop"


def test_logger_is_named_like_the_application(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """The logger has the application's name."""
    app.logger.warning("low stock")

    assert app.logger is logging.getLogger("shop")
    assert [(r.name, r.message) for r in caplog.records] == [("shop", "low stock")]


def test_instance_path_is_beside_the_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The instance folder of a module is beside it."""
    (tmp_path / "lone_shop.py").touch()
    monkeypatch.syspath_prepend(tmp_path)

    assert Flask("lone_shop").instance_path == str(tmp_path / "instance")


def test_auto_find_instance_path_is_asked_when_none_is_given(tmp_path: Path) -> None:
    """A subclass decides where the instance folder is."""

    class Shop(Flask):
        def auto_find_instance_path(self) -> str:
            return f"{super().auto_find_instance_path()}-of-shop"

    assert Shop("shop", root_path=str(tmp_path)).instance_path.endswith("instance-of-shop")


def test_aborter_raises_http_errors(app: Flask) -> None:
    """``abort`` in a view calls the application's aborter."""
    app.add_url_rule("/", view_func=lambda: abort(410), endpoint="gone")

    assert isinstance(app.aborter, Aborter)
    with pytest.raises(BadRequest):
        app.aborter(400)
    app.aborter.mapping[410] = BadRequest
    assert app.test_client().get("/").status_code == 400


def test_make_aborter_uses_its_class(tmp_path: Path) -> None:
    """The aborter is made by ``make_aborter``, of ``aborter_class``."""
    assert Flask.aborter_class is Aborter

    class Terse(Aborter):
        pass

    class Shop(Flask):
        aborter_class = Terse

    app = Shop("shop", root_path=str(tmp_path))
    assert type(app.aborter) is Terse
    assert type(app.make_aborter()) is Terse


def test_make_config_can_be_overridden(tmp_path: Path) -> None:
    """``make_config`` makes the configuration, told whether the instance folder counts."""
    told = []

    class Shop(Flask):
        def make_config(self, instance_relative: bool = False) -> Config:
            told.append(instance_relative)
            return super().make_config(instance_relative=instance_relative)

    app = Shop("shop", instance_relative_config=True, root_path=str(tmp_path))

    assert told == [True]
    assert app.config.root_path == app.instance_path
    assert app.make_config().root_path == app.root_path


def test_json_is_used_for_requests_and_responses(app: Flask) -> None:
    """The provider on the application does all its JSON; it can be replaced."""

    class Shouting(DefaultJSONProvider):
        def dumps(self, obj: Any, **kwargs: Any) -> str:
            return super().dumps(obj, **kwargs).upper()

    app.json = Shouting(app)
    app.add_url_rule("/", view_func=lambda: {"a": "b"}, endpoint="index")

    assert app.test_client().get("/").text == '{"A":"B"}\n'
    with app.app_context():
        assert jsonify("x").get_data(as_text=True) == '"X"\n'


def test_json_provider_class_makes_the_provider(tmp_path: Path) -> None:
    """A subclass names the class of its JSON provider."""
    assert Flask.json_provider_class is DefaultJSONProvider

    class Provider(DefaultJSONProvider):
        pass

    class Shop(Flask):
        json_provider_class = Provider

    assert type(Shop("shop", root_path=str(tmp_path)).json) is Provider


def test_app_ctx_globals_class_makes_g(app: Flask) -> None:
    """``g`` is an instance of the class that the application names."""

    class Pockets(_AppCtxGlobals):
        left = "empty"

    app.app_ctx_globals_class = Pockets
    with app.app_context():
        assert g.left == "empty"


def test_request_class_and_response_class(app: Flask) -> None:
    """Requests and responses are made of the classes that the application names."""

    class Loud(Request):
        @property
        def shout(self) -> str:
            return self.path.upper()

    class Plain(Response):
        default_mimetype = "text/plain"

    app.request_class, app.response_class = Loud, Plain
    app.add_url_rule("/x", view_func=lambda: "x", endpoint="x")

    with app.test_request_context("/x") as ctx:
        assert ctx.request.shout == "/X"
    assert app.test_client().get("/x").mimetype == "text/plain"


def test_config_class_makes_the_configuration(tmp_path: Path) -> None:
    """A subclass names the class of its configuration."""
    assert Flask.config_class is Config

    class Settings(Config):
        pass

    class Shop(Flask):
        config_class = Settings

    assert type(Shop("shop", root_path=str(tmp_path)).config) is Settings


def test_config_starts_with_the_defaults(app: Flask) -> None:
    """The configuration is a dict that holds the documented defaults."""
    assert app.config["SESSION_COOKIE_NAME"] == "session"
    assert app.config == {**Flask.default_config, "DEBUG": app.debug}


def test_url_classes_make_map_and_rules(tmp_path: Path) -> None:
    """A subclass names the classes of its URL map and rules."""
    assert issubclass(Flask.url_map_class, Map)
    assert Flask.url_rule_class is Rule

    class OwnMap(Map):
        pass

    class OwnRule(Rule):
        pass

    class Shop(Flask):
        url_map_class = OwnMap
        url_rule_class = OwnRule

    app = Shop("shop", root_path=str(tmp_path))
    assert type(app.url_map) is OwnMap
    assert {type(rule) for rule in app.url_map.iter_rules()} == {OwnRule}


def test_jinja_environment_is_the_class_of_the_environment(tmp_path: Path) -> None:
    """A subclass names the class of its Jinja environment."""
    stock = Flask.jinja_environment

    class Loud(stock):
        pass

    class Shop(Flask):
        jinja_environment = Loud

    assert type(Shop("shop", root_path=str(tmp_path)).jinja_env) is Loud


def test_default_config_may_be_extended(tmp_path: Path) -> None:
    """A subclass extends the settings that every configuration starts with."""

    class Shop(Flask):
        default_config = Flask.default_config | {"COLOUR": "green"}

    assert Shop("shop", root_path=str(tmp_path)).config["COLOUR"] == "green"


def test_got_first_request_ends_setup(app: Flask) -> None:
    """After the first request the application says that setup is over, and refuses more."""
    assert app.got_first_request is False
    app.test_client().get("/")
    assert app.got_first_request is True
    with pytest.raises(AssertionError, match="before_request"):
        app.before_request(lambda: None)


def test_extensions_keeps_what_extensions_store(app: Flask) -> None:
    """Extensions store their state in a dict of the application."""
    app.extensions["shop_search"] = state = object()

    assert app.extensions == {"shop_search": state}


def test_url_map_takes_converters(app: Flask) -> None:
    """A converter added to the map can be used in rules, both ways."""

    class Listed(BaseConverter):
        def to_python(self, value: str) -> list[str]:
            return value.split(",")

        def to_url(self, value: list[str]) -> str:
            return ",".join(value)

    app.url_map.converters["list"] = Listed
    app.add_url_rule("/<list:names>", "show", lambda names: url_for("show", names=names[::-1]))

    assert app.test_client().get("/a,b,c").text == "/c,b,a"


def test_import_name_attribute(app: Flask) -> None:
    """The import name stays readable."""
    assert app.import_name == "shop"


def test_template_folder_attribute(app: Flask, folder: Path) -> None:
    """The template folder is read when the loader is made; None means no templates."""
    assert app.template_folder == "templates"
    app.template_folder = None
    assert app.jinja_loader is None


def test_root_path_attribute(app: Flask, tmp_path: Path) -> None:
    """The root path is absolute and where the code is."""
    assert Path(app.root_path).is_absolute()
    assert app.root_path == str(tmp_path)


def test_static_folder_attribute(app: Flask, folder: Path) -> None:
    """The static folder reads as an absolute path, resolved against the root path."""
    assert app.static_folder == str(folder / "static")
    app.static_folder = "static/"
    assert app.static_folder == str(folder / "static")


@pytest.mark.parametrize(("static_folder", "expected"), [("static", True), (None, False)])
def test_has_static_folder(tmp_path: Path, static_folder: str | None, expected: bool) -> None:
    """Whether there is a static folder depends on the setting, not on the disk."""
    app = Flask("shop", static_folder=static_folder, root_path=str(tmp_path))

    assert app.has_static_folder is expected


def test_static_url_path_is_the_folders_name(tmp_path: Path) -> None:
    """Unless given, the URL prefix of static files is the name of their folder."""
    app = Flask("shop", static_folder="some/assets", root_path=str(tmp_path))

    assert app.static_url_path == "/assets"
    app.static_url_path = "/public/"
    assert app.static_url_path == "/public"


# Files


@pytest.mark.parametrize("configured", [None, 60, timedelta(minutes=1)])
def test_get_send_file_max_age_is_configured(app: Flask, configured: Any) -> None:
    """The cache time of files is a setting, in seconds or as a timedelta."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = configured
    with app.app_context():
        assert app.get_send_file_max_age("style.css") == (configured and 60)


def test_get_send_file_max_age_decides_by_file_name(app: Flask, folder: Path) -> None:
    """An override is asked for every static file, by name."""

    class Shop(Flask):
        def get_send_file_max_age(self, filename: str | None) -> int | None:
            base = super().get_send_file_max_age(filename)
            return 5 if filename and filename.endswith(".css") else base

    with Shop("shop", root_path=str(folder)).test_client().get("/static/style.css") as response:
        assert response.cache_control.max_age == 5


def test_send_static_file_answers_with_the_file(app: Flask, folder: Path) -> None:
    """The view of the static route sends a file of the static folder."""
    with app.test_request_context(), app.send_static_file(filename="style.css") as response:
        response.direct_passthrough = False
        assert response.get_data() == b"body {}"


@pytest.mark.parametrize(
    ("arguments", "content"),
    [
        ({"resource": "schema.sql"}, "create table café".encode()),
        ({"resource": "schema.sql", "mode": "rb"}, "create table café".encode()),
        ({"resource": "schema.sql", "mode": "r", "encoding": "utf-8"}, "create table café"),
        ({"resource": "schema.sql", "mode": "rt", "encoding": "latin-1"}, "create table cafÃ©"),
    ],
    ids=["resource", "mode", "encoding", "latin-1"],
)
def test_open_resource_reads_beside_the_code(
    app: Flask, folder: Path, arguments: dict[str, str], content: str | bytes
) -> None:
    """Resources are read from the root path, as bytes or as text in an encoding."""
    with app.open_resource(**arguments) as file:
        assert file.read() == content


def test_open_resource_does_not_write(app: Flask) -> None:
    """A resource is part of the program and is not opened for writing."""
    with pytest.raises(ValueError, match="reading"):
        app.open_resource("schema.sql", mode="w")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({}, b"caf\xc3\xa9"),
        ({"mode": "rb"}, b"caf\xc3\xa9"),
        ({"mode": "r"}, "café"),
        ({"mode": "r", "encoding": "latin-1"}, "cafÃ©"),
    ],
    ids=["resource", "rb", "mode", "encoding"],
)
def test_open_instance_resource_reads(
    folder: Path, arguments: dict[str, str], text: str | bytes
) -> None:
    """Files of the instance folder are read as bytes, or as UTF-8 unless told otherwise."""
    (folder / "instance/notes.txt").write_bytes("café".encode())
    app = Flask("shop", instance_path=str(folder / "instance"), root_path=str(folder))

    with app.open_instance_resource(resource="notes.txt", **arguments) as file:
        assert file.read() == text


def test_open_instance_resource_writes(folder: Path) -> None:
    """Files of the instance folder may be written."""
    app = Flask("shop", instance_path=str(folder / "instance"), root_path=str(folder))

    with app.open_instance_resource("notes.txt", mode="w") as file:
        file.write("é")
    assert (folder / "instance/notes.txt").read_bytes() == "é".encode()


# Templates


def test_create_jinja_environment_is_called_once(app: Flask) -> None:
    """The environment of ``create_jinja_environment`` is made on first use and kept."""
    made = []

    class Shop(Flask):
        def create_jinja_environment(self) -> Any:
            made.append(super().create_jinja_environment())
            return made[-1]

    shop = Shop("shop", root_path=app.root_path)

    assert not made
    assert shop.jinja_env is shop.jinja_env
    assert made == [shop.jinja_env]
    assert shop.jinja_env.globals["config"] is shop.config


def test_jinja_env_belongs_to_the_application(app: Flask) -> None:
    """The environment knows its application and reloads templates in debug mode."""
    app.debug = True

    assert app.jinja_env.app is app
    assert app.jinja_env.auto_reload is True


def test_jinja_loader_reads_the_template_folder(app: Flask, folder: Path) -> None:
    """The application's own loader reads its template folder."""
    assert isinstance(app.jinja_loader, FileSystemLoader)
    assert app.jinja_loader.list_templates() == ["page.html"]


def test_jinja_loader_can_be_replaced(app: Flask) -> None:
    """An assigned loader is the one that templates come from."""
    app.jinja_loader = DictLoader({"a.html": "from memory"})

    assert app.jinja_env.get_template("a.html").render() == "from memory"


def test_jinja_options_reach_the_environment(tmp_path: Path) -> None:
    """Options set before the first use go to Jinja; the default is an empty dict."""
    assert Flask.jinja_options == {}

    class Shop(Flask):
        jinja_options = {"variable_start_string": "<<", "variable_end_string": ">>"}

    app = Shop("shop", root_path=str(tmp_path))
    assert app.jinja_env.from_string("<< 1 + 1 >>").render() == "2"


def test_create_global_jinja_loader_is_the_environments(app: Flask, folder: Path) -> None:
    """The global loader asks the application and its blueprints; it can be overridden."""
    loader = app.create_global_jinja_loader()
    assert loader.list_templates() == ["page.html"]

    class Shop(Flask):
        def create_global_jinja_loader(self) -> Any:
            return DictLoader({"a.html": "own"})

    assert Shop("shop").jinja_env.get_template("a.html").render() == "own"


@pytest.mark.parametrize(
    ("filename", "escaped"),
    [
        ("a.html", True),
        ("a.htm", True),
        ("a.xml", True),
        ("a.xhtml", True),
        ("a.svg", True),
        ("a.txt", False),
        ("a.js", False),
        (None, True),
    ],
)
def test_select_jinja_autoescape(app: Flask, filename: str | None, escaped: bool) -> None:
    """Markup files and text without a name are escaped, others are not."""
    assert app.select_jinja_autoescape(filename) is escaped


def test_select_jinja_autoescape_is_asked_by_jinja(tmp_path: Path) -> None:
    """An override decides about escaping."""

    class Trusting(Flask):
        def select_jinja_autoescape(self, filename: str | None) -> bool:
            return not super().select_jinja_autoescape(filename)

    environment = Trusting("shop", root_path=str(tmp_path)).jinja_env
    assert environment.from_string("{{ '<' }}").render() == "<"


def test_update_template_context_adds_but_does_not_override(app: Flask) -> None:
    """Templates get g and what processors give, but the view's own values win."""
    app.context_processor(lambda: {"colour": "green", "size": "small"})
    context = {"colour": "red"}
    with app.test_request_context("/here"):
        app.update_template_context(context)

        assert context["colour"] == "red"
        assert context["size"] == "small"
        assert context["request"].path == "/here"
        assert context["g"] == g


# Running and testing


def test_make_shell_context_runs_the_processors(app: Flask) -> None:
    """The shell knows the application, g, and what processors add."""
    app.shell_context_processor(lambda: {"answer": 42})

    assert app.make_shell_context() == {"app": app, "g": g, "answer": 42}


@pytest.fixture
def served(app: Flask, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What ``app.run`` gave to Werkzeug's server, which does not start."""
    given: dict[str, Any] = {}

    def run_simple(host: str, port: int, application: Any, **options: Any) -> None:
        given.update(options, host=host, port=port, app=application)

    monkeypatch.setattr(werkzeug.serving, "run_simple", run_simple)
    monkeypatch.setenv("FLASK_SKIP_DOTENV", "1")
    monkeypatch.delenv("FLASK_RUN_FROM_CLI", raising=False)
    return given


def test_run_serves_on_loopback_by_default(app: Flask, served: dict[str, Any]) -> None:
    """Without arguments the server listens on 127.0.0.1, threaded, without debugger."""
    app.config["SERVER_NAME"] = "127.0.0.1:0"
    app.run()

    assert served["app"] is app
    assert (served["host"], served["port"]) == ("127.0.0.1", 0)
    assert (served["threaded"], served["use_debugger"], served["use_reloader"]) == (
        True,
        False,
        False,
    )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"host": "localhost"}, {"host": "localhost"}),
        ({"port": 0}, {"port": 0}),
        ({"debug": True}, {"use_debugger": True, "use_reloader": True}),
        ({"threaded": False}, {"threaded": False}),
    ],
    ids=["host", "port", "debug", "options"],
)
def test_run_passes_its_arguments(
    app: Flask, served: dict[str, Any], arguments: dict[str, Any], expected: dict[str, Any]
) -> None:
    """Host, port, debug mode and further options reach the server."""
    app.run(**{"port": 0, **arguments})

    assert {name: served[name] for name in expected} == expected
    assert app.debug is arguments.get("debug", False)


@pytest.mark.parametrize("load_dotenv", [True, False])
def test_run_loads_dotenv_files(
    app: Flask,
    served: dict[str, Any],
    load_dotenv: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The dotenv file of the current folder is read unless that is switched off."""
    (tmp_path / ".env").write_text("FLASK_DEBUG=1")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FLASK_SKIP_DOTENV", "")
    monkeypatch.setenv("FLASK_DEBUG", "")
    monkeypatch.delenv("FLASK_DEBUG")
    app.run(port=0, load_dotenv=load_dotenv)

    assert served["use_debugger"] is load_dotenv


def test_test_client_keeps_cookies_unless_told(app: Flask) -> None:
    """The client remembers cookies by default."""

    @app.route("/")
    def count() -> str:
        session["count"] = session.get("count", 0) + 1
        return str(session["count"])

    app.secret_key = "dev"
    remembering, forgetting = app.test_client(), app.test_client(use_cookies=False)

    assert [remembering.get("/").text for _ in range(2)] == ["1", "2"]
    assert [forgetting.get("/").text for _ in range(2)] == ["1", "1"]


def test_test_client_class_gets_the_keywords(app: Flask) -> None:
    """Further keywords go to the class that the application names for its clients."""
    assert Flask.test_client_class is None
    assert type(app.test_client()) is FlaskClient

    class Client(FlaskClient):
        def __init__(self, *args: Any, user: str, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.user = user

    app.test_client_class = Client
    assert app.test_client(user="ada").user == "ada"


def test_test_cli_runner_class_gets_the_keywords(app: Flask) -> None:
    """Keywords go to the class that the application names for its command runners."""
    assert Flask.test_cli_runner_class is None
    assert type(app.test_cli_runner()) is FlaskCliRunner

    class Runner(FlaskCliRunner):
        pass

    app.test_cli_runner_class = Runner
    runner = app.test_cli_runner(env={"COLOUR": "green"})
    assert type(runner) is Runner
    assert runner.app is app
    assert runner.env == {"COLOUR": "green"}
