"""Blueprints: what they are made with, what they register on the application, what they know."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from jinja2 import FileSystemLoader

from flask import (
    Blueprint,
    Flask,
    render_template,
    request,
    url_for,
)
from flask.testing import FlaskClient

METHODS = ["get", "post", "put", "patch", "delete"]


@pytest.fixture
def bare(tmp_path: Path) -> Flask:
    """An application without files of its own, so that templates are the blueprint's."""
    return Flask("shop", static_folder=None, template_folder=None, root_path=str(tmp_path))


# What a blueprint is made with


def test_name_argument_prefixes_the_endpoints(app: Flask, client: FlaskClient) -> None:
    """A blueprint's name, and a dot, go before its endpoints; it may not hold a dot."""
    blueprint = Blueprint(name="area", import_name=__name__)
    blueprint.add_url_rule("/", "index", lambda: f"{request.endpoint} {request.blueprint}")
    app.register_blueprint(blueprint)

    assert client.get("/").text == "area.index area"
    with pytest.raises(ValueError, match="dot"):
        Blueprint(name="a.b", import_name=__name__)


def test_import_name_argument_finds_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The import name says where the blueprint's files are."""
    package = tmp_path / "findable_area"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    blueprint = Blueprint("area", import_name="findable_area")

    assert blueprint.import_name == "findable_area"
    assert blueprint.root_path == str(package)


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ({"static_folder": "static"}, "/area/static/style.css"),
        (
            {"static_folder": "static", "static_url_path": "/files", "url_prefix": "/area"},
            "/area/files/style.css",
        ),
        ({"static_folder": "static", "url_prefix": "/zone"}, "/zone/static/style.css"),
    ],
    ids=["static_folder", "static_url_path", "url_prefix"],
)
def test_static_arguments(bare: Flask, folder: Path, arguments: dict[str, Any], path: str) -> None:
    """Static files are served below the prefix, at the folder's name or the given path."""
    given = {"url_prefix": "/area", **arguments}
    bare.register_blueprint(Blueprint("area", "shop.area", root_path=str(folder), **given))

    with bare.test_client().get(path) as response:
        assert response.text == "body {}"


def test_template_folder_argument(bare: Flask, folder: Path) -> None:
    """Templates of a blueprint are found by the application's views too."""
    (folder / "templates").rename(folder / "pages")
    bare.register_blueprint(
        Blueprint("area", "shop.area", template_folder="pages", root_path=str(folder))
    )

    with bare.app_context():
        assert render_template("page.html", name="you") == "Hello you"


def test_subdomain_argument(tmp_path: Path) -> None:
    """The rules of a blueprint with a subdomain match there only."""
    app = Flask("shop", subdomain_matching=True, root_path=str(tmp_path))
    app.config["SERVER_NAME"] = "shop.example"
    blueprint = Blueprint("area", __name__, subdomain="www")
    blueprint.add_url_rule("/", "index", lambda: "here")
    app.register_blueprint(blueprint)
    client = app.test_client()

    assert client.get("/", subdomain="www").text == "here"
    assert client.get("/").status_code == 404


def test_url_defaults_argument(app: Flask, client: FlaskClient) -> None:
    """Default values reach the views although no rule contains them."""
    blueprint = Blueprint("area", __name__, url_defaults={"colour": "green"})
    blueprint.add_url_rule("/", "index", lambda colour: colour)
    app.register_blueprint(blueprint)

    assert client.get("/").text == "green"


def test_root_path_argument(folder: Path) -> None:
    """The root path can be given when the import name does not lead to it."""
    blueprint = Blueprint("area", "no.such.module", root_path=str(folder))

    assert blueprint.root_path == str(folder)
    with blueprint.open_resource("schema.sql", "r") as file:
        assert file.read() == "create table café"


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ({}, ["area", "greet"]),
        ({"cli_group": "zone"}, ["zone", "greet"]),
        ({"cli_group": None}, ["greet"]),
    ],
    ids=["default", "named", "none"],
)
def test_cli_group_argument(app: Flask, arguments: dict[str, Any], command: list[str]) -> None:
    """Commands are below the blueprint's name, another one, or beside the application's own."""
    blueprint = Blueprint("area", __name__, **arguments)

    @blueprint.cli.command("greet")
    def greet() -> None:
        click.echo("hello")

    app.register_blueprint(blueprint)
    assert app.test_cli_runner().invoke(args=command).output == "hello\n"


# Attributes


def test_cli_is_named_like_the_blueprint(area: Blueprint) -> None:
    """The group of commands has the blueprint's name."""
    assert area.cli.name == "area"
    assert area.cli.commands == {}


def test_import_name_attribute(area: Blueprint) -> None:
    """The import name stays readable."""
    assert area.import_name == "shop.area"


def test_template_folder_attribute(area: Blueprint) -> None:
    """The template folder is read when the loader is made."""
    assert area.template_folder == "templates"
    area.template_folder = None
    assert area.jinja_loader is None


def test_root_path_attribute(area: Blueprint, folder: Path) -> None:
    """The root path is where the blueprint's files are."""
    assert area.root_path == str(folder)


@pytest.mark.parametrize(("static_folder", "expected"), [("static", True), (None, False)])
def test_has_static_folder(static_folder: str | None, expected: bool) -> None:
    """A blueprint has no static folder unless one is given."""
    blueprint = Blueprint("area", __name__, static_folder=static_folder)

    assert blueprint.has_static_folder is expected


def test_static_url_path_is_the_folders_name(area: Blueprint) -> None:
    """The URL path of static files is the name of their folder."""
    assert area.static_url_path == "/static"


def test_jinja_loader_reads_the_template_folder(area: Blueprint) -> None:
    """The blueprint's loader knows its templates."""
    assert isinstance(area.jinja_loader, FileSystemLoader)
    assert area.jinja_loader.list_templates() == ["page.html"]


def test_view_functions_join_the_applications(app: Flask, client: FlaskClient) -> None:
    """Views that were put into the blueprint's table directly are found under their key."""
    blueprint = Blueprint("area", __name__)
    blueprint.view_functions["free"] = lambda: "free"
    app.register_blueprint(blueprint)
    app.add_url_rule("/", "free")

    assert client.get("/").text == "free"


# Files


@pytest.mark.parametrize("configured", [None, 60, timedelta(minutes=1)])
def test_get_send_file_max_age(app: Flask, area: Blueprint, configured: Any) -> None:
    """The cache time of a blueprint's files is the application's setting."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = configured
    with app.app_context():
        assert area.get_send_file_max_age(filename="style.css") == (configured and 60)


def test_send_static_file(app: Flask, area: Blueprint) -> None:
    """The view of the static route sends a file of the blueprint's folder."""
    with app.test_request_context(), area.send_static_file(filename="style.css") as response:
        response.direct_passthrough = False
        assert response.get_data() == b"body {}"


@pytest.mark.parametrize(
    ("arguments", "content"),
    [
        ({}, "create table café".encode()),
        ({"mode": "r"}, "create table café"),
        ({"mode": "r", "encoding": "latin-1"}, "create table cafÃ©"),
    ],
    ids=["resource", "mode", "encoding"],
)
def test_open_resource(area: Blueprint, arguments: dict[str, str], content: Any) -> None:
    """Resources are read from the blueprint's folder, text as UTF-8 unless told otherwise."""
    with area.open_resource(resource="schema.sql", **arguments) as file:
        assert file.read() == content


# Rules and views


def test_route_is_below_the_prefix(app: Flask, client: FlaskClient, area: Blueprint) -> None:
    """The decorated function answers the rule below the prefix."""

    def greet(name: str) -> str:
        return f"hello {name}"

    assert area.route(rule="/<name>")(greet) is greet
    app.register_blueprint(area)
    assert client.get("/area/ada").text == "hello ada"


def test_route_passes_options_on(app: Flask, client: FlaskClient, area: Blueprint) -> None:
    """Further keywords of the decorator are those of a rule."""
    area.route("/", methods=["POST"], endpoint="first", defaults={"page": 1})(
        lambda page: f"{request.endpoint} {page}"
    )
    app.register_blueprint(area)

    assert client.post("/area/").text == "area.first 1"


@pytest.mark.parametrize("method", METHODS)
def test_method_decorator(app: Flask, client: FlaskClient, area: Blueprint, method: str) -> None:
    """``get``, ``post`` and so on register a view for that method."""
    getattr(area, method)(rule="/", endpoint="index")(lambda: request.method)
    app.register_blueprint(area)

    assert client.open("/area/", method=method.upper()).text == method.upper()
    other = "PUT" if method == "get" else "GET"
    assert client.open("/area/", method=other).status_code == 405


def test_add_url_rule_is_below_prefix_and_name(
    app: Flask, client: FlaskClient, area: Blueprint
) -> None:
    """Rule, endpoint and view are registered below the blueprint's prefix and name."""
    area.add_url_rule(rule="/<int:id>", endpoint="show", view_func=lambda id: f"no. {id}")
    app.register_blueprint(area)

    assert client.get("/area/7").text == "no. 7"
    with app.test_request_context():
        assert url_for("area.show", id=7) == "/area/7"


@pytest.mark.parametrize(("automatic", "answer"), [(True, ""), (False, "by the view")])
def test_add_url_rule_provides_options(
    app: Flask, client: FlaskClient, area: Blueprint, automatic: bool, answer: str
) -> None:
    """Whether OPTIONS is answered automatically can be said for each rule."""
    area.add_url_rule(
        "/",
        "index",
        lambda: "by the view",
        provide_automatic_options=automatic,
        methods=["GET", "OPTIONS"],
    )
    app.register_blueprint(area)

    assert client.options("/area/").text == answer


def test_add_url_rule_passes_options_to_the_rule(
    app: Flask, client: FlaskClient, area: Blueprint
) -> None:
    """Methods and Werkzeug's options of a rule are taken as keywords."""
    area.add_url_rule("/", "index", lambda: "got", methods=["put"], strict_slashes=False)
    app.register_blueprint(area)

    assert client.put("/area").text == "got"


@pytest.mark.parametrize("argument", ["endpoint", "view_func"])
def test_add_url_rule_refuses_dots(area: Blueprint, argument: str) -> None:
    """Dots separate blueprints, so an endpoint and a view's name may not hold one."""

    def view() -> str:
        return ""

    view.__name__ = "dotted.name"
    given = {"endpoint": "dotted.name"} if argument == "endpoint" else {"view_func": view}
    with pytest.raises(ValueError, match=f"'{argument}'.*dot"):
        area.add_url_rule("/", **given)


def test_endpoint_adds_a_view_by_its_full_name(
    app: Flask, client: FlaskClient, area: Blueprint
) -> None:
    """A rule without a view gets it by the endpoint's name in the application."""
    area.add_url_rule("/", endpoint="home")
    area.endpoint(endpoint="area.home")(lambda: "later")
    app.register_blueprint(area)

    assert client.get("/area/").text == "later"
