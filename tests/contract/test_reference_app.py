"""The application object before it serves: what it is made with, its attributes and its files."""

import logging
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from werkzeug.exceptions import Aborter, BadRequest
from werkzeug.routing import BaseConverter, Map, Rule

from flask import Config, Flask, Request, Response, abort, g, jsonify, session, url_for
from flask.ctx import _AppCtxGlobals
from flask.json.provider import DefaultJSONProvider
from flask.sessions import NullSession, SecureCookieSessionInterface
from flask.testing import FlaskClient


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
    assert issubclass(Flask.url_rule_class, Rule)

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
