"""The reference's part on URL routes: converters, redirects, the options of rules and views."""

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.routing import BaseConverter, Rule

from flask import Blueprint, Flask, request, url_for
from flask.testing import FlaskClient


@pytest.fixture
def app() -> Flask:
    app = Flask("shop", static_folder=None)
    app.testing = True
    return app


def tell(**values: Any) -> dict[str, Any]:
    """Answer with the endpoint and the values of the URL, and of what type they are."""
    return {
        "endpoint": request.endpoint,
        "values": {name: [type(value).__name__, str(value)] for name, value in values.items()},
    }


def values_of(client: FlaskClient, path: str) -> Any:
    """Return the URL's values, or the status when the path is not found."""
    response = client.get(path)
    return response.json["values"] if response.status_code == 200 else response.status_code


# Converters: rule, path, type and text of its value, a path that does not match

ID = "12345678-1234-5678-1234-567812345678"
CONVERTERS = {
    "string": ("<string:x>", "한 a", ("str", "한 a"), "a/b"),
    "int": ("<int:x>", "0042", ("int", "42"), "-1"),
    "float": ("<float:x>", "2.50", ("float", "2.5"), "2"),
    "path": ("<path:x>", "a/b", ("str", "a/b"), ""),
    "any": ("<any(pen, ink):x>", "pen", ("str", "pen"), "paper"),
    "uuid": ("<uuid:x>", ID.upper(), ("UUID", ID), ID[:-1]),
}


@pytest.mark.parametrize("name", CONVERTERS)
def test_converter(app: Flask, name: str) -> None:
    """A converter accepts its texts, gives the view their value, and writes it into URLs."""
    rule, text, (kind, value), other = CONVERTERS[name]
    app.add_url_rule(f"/at/{rule}", "tell", tell)
    client = app.test_client()

    assert values_of(client, f"/at/{text}") == {"x": [kind, value]}
    assert values_of(client, f"/at/{other}") == 404
    with app.test_request_context():
        given: Any = {"int": int, "float": float}.get(name, str)(value)
        assert client.get(url_for("tell", x=given)).json["values"] == {"x": [kind, value]}


def test_converter_default(app: Flask) -> None:
    """A variable part without a converter takes any text without a slash."""
    app.add_url_rule("/<username>", "tell", tell)
    client = app.test_client()

    assert values_of(client, "/ada") == {"username": ["str", "ada"]}
    assert values_of(client, "/ada/lovelace") == 404


def test_converter_own(app: Flask) -> None:
    """A converter of one's own is put into the map's converters."""

    class ListConverter(BaseConverter):
        def to_python(self, value: str) -> list[str]:
            return value.split("+")

        def to_url(self, value: Any) -> str:
            return "+".join(super(ListConverter, self).to_url(item) for item in value)

    app.url_map.converters["list"] = ListConverter
    app.add_url_rule("/of/<list:names>", "tell", tell)

    assert values_of(app.test_client(), "/of/a+b") == {"names": ["list", "['a', 'b']"]}
    with app.test_request_context():
        assert url_for("tell", names=["a", "한"]) == "/of/a+%ED%95%9C"


# Slashes and defaults, as the reference describes them


def test_trailing_slash(app: Flask) -> None:
    """A missing slash at the end is added by a redirect, a superfluous one is not found."""
    app.add_url_rule("/folder/", "folder", tell)
    app.add_url_rule("/file", "file", tell)
    client = app.test_client()

    redirected = client.get("/folder?q=1")
    assert (redirected.status_code, redirected.location) == (308, "http://localhost/folder/?q=1")
    assert client.get("/file/").status_code == 404


def test_several_rules(app: Flask) -> None:
    """A URL whose values are the defaults of another rule is redirected to that one."""

    @app.route("/users/", defaults={"page": 1})
    @app.route("/users/page/<int:page>")
    def show_users(page: int) -> str:
        return f"page {page}"

    client = app.test_client()

    assert client.get("/users/").text == "page 1"
    assert client.get("/users/page/2").text == "page 2"
    redirected = client.get("/users/page/1")
    assert redirected.status_code == 308  # Werkzeug's; the reference still says 301
    assert redirected.location == "http://localhost/users/"


def test_default_route_of_get_only(app: Flask) -> None:
    """A default route that only takes GET leaves POST to the other rule."""

    @app.route("/region/", defaults={"id": 1})
    @app.route("/region/<int:id>", methods=["GET", "POST"])
    def region(id: int) -> str:
        return f"{request.method} {id}"

    client = app.test_client()

    assert client.post("/region/1").text == "POST 1"
    assert client.get("/region/2").text == "GET 2"


# Options of a rule, each by the method and by the decorator


def add(app: Flask | Blueprint, rule: str = "/", **options: Any) -> None:
    app.add_url_rule(rule, **{"endpoint": "tell", "view_func": tell, **options})


def test_option_rule(app: Flask) -> None:
    """The rule is text that starts with a slash."""
    app.add_url_rule(rule="/here", endpoint="tell", view_func=tell)
    app.route(rule="/there", endpoint="other")(tell)
    with pytest.raises(ValueError, match="slash"):
        app.add_url_rule(rule="here", view_func=tell)
    client = app.test_client()

    assert client.get("/here").json["endpoint"] == "tell"
    assert client.get("/there").json["endpoint"] == "other"


def test_option_endpoint(app: Flask) -> None:
    """The endpoint is the view's name unless another is given."""
    app.add_url_rule("/named", endpoint="page", view_func=tell)
    app.add_url_rule("/plain", view_func=tell)
    client = app.test_client()

    assert client.get("/named").json["endpoint"] == "page"
    assert client.get("/plain").json["endpoint"] == "tell"


def test_option_view_func(app: Flask) -> None:
    """The view is given with the rule, or put into the table of views later."""
    app.add_url_rule("/now", "now", view_func=tell)
    app.add_url_rule("/later", "later")
    app.view_functions["later"] = tell
    client = app.test_client()

    assert client.get("/now").json["endpoint"] == "now"
    assert client.get("/later").json["endpoint"] == "later"


def test_option_defaults(app: Flask) -> None:
    """Defaults are values of the rule that are not in its URL."""
    add(app, "/first", defaults={"page": 1})

    assert values_of(app.test_client(), "/first") == {"page": ["int", "1"]}
    with app.test_request_context():
        assert url_for("tell") == url_for("tell", page=1) == "/first"


def test_option_subdomain() -> None:
    """With subdomain matching on, a rule answers on its subdomain only."""
    app = Flask("shop", static_folder=None, subdomain_matching=True)
    app.config["SERVER_NAME"] = "shop.example"
    add(app, subdomain="api")
    app.add_url_rule("/", "any", tell, subdomain="<user>")
    client = app.test_client()

    assert client.get("/", base_url="http://api.shop.example").json["endpoint"] == "tell"
    values = client.get("/", base_url="http://ada.shop.example").json["values"]
    assert values == {"user": ["str", "ada"]}
    assert client.get("/", base_url="http://shop.example").status_code == 404


def test_option_options(app: Flask) -> None:
    """Any other option is one of Werkzeug's rule."""
    add(app, "/folder/", strict_slashes=False, alias=False)

    [rule] = app.url_map.iter_rules()
    assert isinstance(rule, Rule)
    assert rule.strict_slashes is False
    assert app.test_client().get("/folder").status_code == 200


def test_option_methods(app: Flask) -> None:
    """Among the options of a rule are its methods; HEAD comes with GET, OPTIONS always."""
    app.route("/read", methods=["GET"], endpoint="read")(tell)
    app.route("/write", methods=["post"], endpoint="write")(tell)
    with pytest.raises(TypeError):
        app.add_url_rule("/wrong", view_func=tell, methods="POST")
    client = app.test_client()

    assert client.options("/read").allow == {"GET", "HEAD", "OPTIONS"}
    assert client.options("/write").allow == {"POST", "OPTIONS"}


# Attributes of a view function


@pytest.fixture
def view() -> Callable[..., Any]:
    def index() -> str:
        return f"{request.endpoint} {request.method}"

    return index


def test_view_option_name(app: Flask, view: Callable[..., Any]) -> None:
    """The name of the function is the endpoint, after that of its blueprint."""
    view.__name__ = "renamed"
    pages = Blueprint("pages", "shop", url_prefix="/pages")
    for owner in (app, pages):
        owner.add_url_rule("/", view_func=view)
    app.register_blueprint(pages)
    client = app.test_client()

    assert client.get("/").text == "renamed GET"
    assert client.get("/pages/").text == "pages.renamed GET"


def test_view_option_methods(app: Flask, view: Any) -> None:
    """The function says which methods it answers, unless the rule says so."""
    view.methods = ["PUT"]
    app.add_url_rule("/", view_func=view)
    app.add_url_rule("/other", "other", view, methods=["GET"])
    client = app.test_client()

    assert client.put("/").text == "index PUT"
    assert client.get("/").status_code == 405
    assert client.get("/other").text == "other GET"


def test_view_option_provide_automatic_options(app: Flask, view: Any) -> None:
    """The function may answer OPTIONS itself."""
    view.provide_automatic_options = False
    view.methods = ["GET", "OPTIONS"]
    app.add_url_rule("/", view_func=view)
    client = app.test_client()

    assert client.options("/").text == "index OPTIONS"
    assert client.get("/").text == "index GET"


def test_view_option_required_methods(app: Flask, view: Any) -> None:
    """Some methods may be added whatever the rule says."""
    view.required_methods = ["PUT"]
    app.add_url_rule("/", view_func=view, methods=["POST"])
    client = app.test_client()

    assert client.put("/").text == "index PUT"
    assert client.post("/").text == "index POST"
    assert client.get("/").status_code == 405
