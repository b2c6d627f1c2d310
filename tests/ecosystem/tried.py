"""More extensions, each tried once: does its smallest application answer on ours as on genuine?

`python tests/ecosystem/run.py --tried` runs this in two environments of its own, as it runs the
test files of the extensions that are tried in depth. Not part of CI.
"""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from flask import Blueprint, Flask, jsonify, render_template_string, request


@pytest.fixture
def app() -> Flask:
    app = Flask("shop", static_folder=None)
    app.config.update(SECRET_KEY="only for this test", TESTING=True)
    return app


def test_apiflask() -> None:
    """APIFlask: input and output by schema, and the description of it."""
    from apiflask import APIFlask, Schema
    from apiflask.fields import Integer, String

    class Pet(Schema):
        name = String(required=True)
        age = Integer()

    app = APIFlask("shop")

    @app.post("/pets")
    @app.input(Pet)
    @app.output(Pet, status_code=201)
    def add(json_data: dict[str, Any]) -> dict[str, Any]:
        return json_data

    client = app.test_client()
    assert client.post("/pets", json={"name": "Rex", "age": "3"}).json == {"name": "Rex", "age": 3}
    assert client.post("/pets", json={"age": "x"}).status_code == 422
    assert client.get("/pets").status_code == 405
    assert "/pets" in client.get("/openapi.json").json["paths"]
    assert client.get("/docs").status_code == 200
    assert client.get("/missing").json["message"] == "Not Found"


def test_connexion() -> None:
    """connexion: a view found by the operation of an OpenAPI document."""
    import connexion

    description = {
        "openapi": "3.0.0",
        "info": {"title": "shop", "version": "1"},
        "paths": {
            "/greet/{name}": {
                "get": {
                    "operationId": "greet",
                    "parameters": [
                        {
                            "in": "path",
                            "name": "name",
                            "required": True,
                            "schema": {"type": "string"},
                        }
                    ],
                    "responses": {"200": {"description": "a greeting"}},
                }
            }
        },
    }
    app = connexion.FlaskApp("shop")
    app.add_api(description, resolver=connexion.Resolver(lambda _: lambda name: {"hello": name}))

    client = app.test_client()
    assert client.get("/greet/Ada").json() == {"hello": "Ada"}
    assert client.get("/missing").status_code == 404
    assert client.post("/greet/Ada").status_code == 405


def test_dash() -> None:
    """dash: the page, its layout and a callback."""
    import dash

    app = dash.Dash("shop", assets_folder="")
    app.layout = dash.html.Div([dash.dcc.Input(id="name"), dash.html.Div(id="out")])

    @app.callback(dash.Output("out", "children"), dash.Input("name", "value"))
    def greet(name: str) -> str:
        return f"Hello {name}"

    client = app.server.test_client()
    assert client.get("/").status_code == 200
    assert client.get("/_dash-layout").json["type"] == "Div"
    answer = client.post(
        "/_dash-update-component",
        json={
            "output": "out.children",
            "outputs": {"id": "out", "property": "children"},
            "inputs": [{"id": "name", "property": "value", "value": "Ada"}],
            "changedPropIds": ["name.value"],
        },
    )
    assert answer.json["response"]["out"]["children"] == "Hello Ada"


def test_flasgger(app: Flask) -> None:
    """flasgger: the description made of a view's docstring."""
    from flasgger import Swagger

    Swagger(app)

    @app.route("/pets")
    def pets() -> Any:
        """List pets.
        ---
        responses:
          200:
            description: all of them
        """  # noqa: D205 - flasgger's own form
        return jsonify([])

    client = app.test_client()
    assert client.get("/pets").json == []
    assert "/pets" in client.get("/apispec_1.json").json["paths"]
    assert client.get("/apidocs/").status_code == 200


def test_flask_appbuilder(app: Flask) -> None:
    """Flask-AppBuilder: the index, the login page, and a guarded list."""
    from flask_appbuilder import AppBuilder
    from flask_sqlalchemy import SQLAlchemy

    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with app.app_context():
            database = SQLAlchemy(app)
            AppBuilder(app, database.session)
        client = app.test_client()
        assert client.get("/").status_code == 200
        assert client.get("/login/").status_code == 200
        assert client.get("/users/list/").status_code == 302


def test_flask_assets(app: Flask) -> None:
    """Flask-Assets: a template gets the addresses of a bundle's files."""
    from flask_assets import Bundle, Environment

    app.static_folder = "static"
    app.config["ASSETS_DEBUG"] = True
    app.add_url_rule("/static/<path:filename>", "static", app.send_static_file)
    Environment(app).register("style", Bundle("https://example.org/a.css"))

    page = "{% assets 'style' %}{{ ASSET_URL }}{% endassets %}"
    app.add_url_rule("/", "index", lambda: render_template_string(page))
    assert app.test_client().get("/").text == "https://example.org/a.css"


def test_flask_bcrypt(app: Flask) -> None:
    """Flask-Bcrypt: a password is checked against its hash."""
    from flask_bcrypt import Bcrypt

    app.config["BCRYPT_LOG_ROUNDS"] = 4
    bcrypt = Bcrypt(app)
    kept = bcrypt.generate_password_hash("secret")

    assert bcrypt.check_password_hash(kept, "secret")
    assert not bcrypt.check_password_hash(kept, "wrong")


def test_flask_compress(app: Flask) -> None:
    """Flask-Compress: a long answer is compressed as the client accepts it."""
    from flask_compress import Compress

    Compress(app)
    app.add_url_rule("/", "index", lambda: "hello " * 500)

    client = app.test_client()
    assert client.get("/").headers.get("Content-Encoding") is None
    for coding in ("gzip", "br", "deflate"):
        answer = client.get("/", headers={"Accept-Encoding": coding})
        assert answer.headers["Content-Encoding"] == coding


def test_flask_httpauth(app: Flask) -> None:
    """Flask-HTTPAuth: a basic login, a token, and their refusals."""
    from flask_httpauth import HTTPBasicAuth, HTTPTokenAuth

    basic, token = HTTPBasicAuth(), HTTPTokenAuth()
    basic.verify_password(lambda name, password: name if password == "pw" else None)
    token.verify_token(lambda given: given if given == "t" else None)
    app.add_url_rule("/b", "b", basic.login_required(lambda: basic.current_user()))
    app.add_url_rule("/t", "t", token.login_required(lambda: token.current_user()))

    client = app.test_client()
    assert client.get("/b", auth=("ada", "pw")).text == "ada"
    assert client.get("/b", auth=("ada", "no")).status_code == 401
    assert client.get("/t", headers={"Authorization": "Bearer t"}).text == "t"
    assert client.get("/t").headers["WWW-Authenticate"]


def test_flask_mail(app: Flask) -> None:
    """Flask-Mail: a message sent in a view is recorded."""
    from flask_mail import Mail, Message

    mail = Mail(app)

    @app.route("/", methods=["POST"])
    def send() -> str:
        mail.send(
            Message(request.form["subject"], sender="a@example.org", recipients=["b@example.org"])
        )
        return "sent"

    with mail.record_messages() as outbox:
        assert app.test_client().post("/", data={"subject": "Hello"}).text == "sent"
    assert [message.subject for message in outbox] == ["Hello"]


def test_flask_mailman(app: Flask) -> None:
    """Flask-Mailman: a message sent through the back end that keeps it."""
    import flask_mailman

    app.config["MAIL_BACKEND"] = "locmem"
    mail = flask_mailman.Mail(app)
    app.add_url_rule(
        "/",
        "index",
        lambda: str(
            flask_mailman.EmailMessage("Hello", "text", "a@example.org", ["b@example.org"]).send()
        ),
    )
    assert app.test_client().get("/").text == "1"
    assert [message.subject for message in mail.outbox] == ["Hello"]


def test_flask_marshmallow(app: Flask) -> None:
    """flask-marshmallow: a schema with links, sent by jsonify."""
    from flask_marshmallow import Marshmallow

    schemas = Marshmallow(app)

    class Pet(schemas.Schema):  # type: ignore[name-defined, misc]
        name = schemas.Str() if hasattr(schemas, "Str") else schemas.String()
        link = schemas.URLFor("pet", values={"name": "<name>"})

    app.add_url_rule("/<name>", "pet", lambda name: Pet().jsonify({"name": name}))
    assert app.test_client().get("/rex").json == {"name": "rex", "link": "/rex"}


def test_flask_moment(app: Flask) -> None:
    """Flask-Moment: a template gets the script and a time."""
    from datetime import UTC, datetime

    from flask_moment import Moment

    Moment(app)
    page = "{{ moment.include_moment() }}{{ moment(t).format('LL') }}"
    app.add_url_rule(
        "/", "index", lambda: render_template_string(page, t=datetime(2026, 5, 1, tzinfo=UTC))
    )
    assert "2026-05-01" in app.test_client().get("/").text


def test_flask_openapi3() -> None:
    """flask-openapi3: a model reads the path and the body."""
    from flask_openapi3 import Info, OpenAPI
    from pydantic import BaseModel

    class Pet(BaseModel):
        name: str
        age: int

    app = OpenAPI("shop", info=Info(title="shop", version="1"))

    def add(body: Any) -> Any:
        return body.model_dump()

    add.__annotations__ = {"body": Pet}
    app.post("/pets")(add)

    client = app.test_client()
    assert client.post("/pets", json={"name": "Rex", "age": 3}).json == {"age": 3, "name": "Rex"}
    assert client.post("/pets", json={"name": "Rex"}).status_code == 422
    assert "/pets" in client.get("/openapi/openapi.json").json["paths"]


def test_flask_pymongo(app: Flask) -> None:
    """Flask-PyMongo: the ObjectId converter and JSON of its types; no server is asked."""
    from bson import ObjectId
    from flask_pymongo import PyMongo

    PyMongo(app, uri="mongodb://127.0.0.1:9/shop", serverSelectionTimeoutMS=1)
    app.add_url_rule(
        "/<ObjectId:key>", "show", lambda key: jsonify(key=key, new=ObjectId("0" * 24))
    )

    client = app.test_client()
    assert client.get("/" + "a" * 24).status_code == 200
    assert client.get("/short").status_code == 404


def test_flask_restx(app: Flask) -> None:
    """Flask-RESTX: a resource, its description, and an error in JSON."""
    from flask_restx import Api, Resource, fields

    blueprint = Blueprint("api", "shop", url_prefix="/api")
    api = Api(blueprint)
    pet = api.model("Pet", {"name": fields.String(required=True)})

    @api.route("/pets")
    class Pets(Resource):  # type: ignore[misc]
        @api.expect(pet, validate=True)  # type: ignore[untyped-decorator]
        @api.marshal_with(pet)  # type: ignore[untyped-decorator]
        def post(self) -> Any:
            return api.payload

    app.register_blueprint(blueprint)
    client = app.test_client()
    assert client.post("/api/pets", json={"name": "Rex"}).json == {"name": "Rex"}
    assert client.post("/api/pets", json={}).status_code == 400
    assert client.get("/api/missing").status_code == 404
    assert "/pets" in client.get("/api/swagger.json").json["paths"]


def test_flask_seasurf(app: Flask) -> None:
    """Flask-SeaSurf: an unsafe request needs the token of the cookie."""
    from flask_seasurf import SeaSurf

    app.testing = False  # in tests it lets everything pass
    SeaSurf(app)
    app.add_url_rule("/", "index", lambda: "ok", methods=["GET", "POST"])

    client = app.test_client()
    assert client.get("/").text == "ok"
    assert client.post("/").status_code == 403
    token = client.get_cookie("_csrf_token").value  # type: ignore[union-attr]
    assert client.post("/", headers={"X-CSRFToken": token}).text == "ok"


def test_flask_talisman(app: Flask) -> None:
    """flask-talisman: plain requests are led to HTTPS, and answers carry the headers."""
    from flask_talisman import Talisman

    app.testing = False
    Talisman(app)
    app.add_url_rule("/", "index", lambda: "ok")

    client = app.test_client()
    assert client.get("/").status_code == 302
    answer = client.get("/", base_url="https://localhost")
    assert answer.headers["Content-Security-Policy"]
    assert answer.headers["Strict-Transport-Security"]
