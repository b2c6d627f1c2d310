"""flask-smorest: a catalogue of birds with schemas and a description of itself."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import marshmallow as ma
import pytest
from flask_smorest import Api, Blueprint, Page, abort
from flask_smorest.fields import Upload

from flask import Flask
from flask.testing import FlaskClient
from flask.views import MethodView


class BirdSchema(ma.Schema):
    id = ma.fields.Int(dump_only=True)
    name = ma.fields.String(required=True, validate=ma.validate.Length(min=2))
    wingspan = ma.fields.Float(metadata={"description": "in metres"})


class BirdQuery(ma.Schema):
    name = ma.fields.String()


class PhotoSchema(ma.Schema):
    photo = Upload(required=True)


class ListPage(Page):
    @property
    def item_count(self) -> int:
        return len(self.collection)


def create_catalogue(api_class: type[Api] = Api, **config: Any) -> Flask:
    app = Flask(__name__)
    app.config.update(
        API_TITLE="Birds",
        API_VERSION="v1",
        OPENAPI_VERSION="3.0.3",
        OPENAPI_URL_PREFIX="/docs",
        OPENAPI_SWAGGER_UI_PATH="/ui",
        OPENAPI_SWAGGER_UI_URL="/static/ui/",
    )
    app.config.update(config)
    api = api_class(app)
    blueprint = Blueprint("birds", __name__, url_prefix="/birds", description="All birds")
    birds: dict[int, dict[str, Any]] = {}

    @blueprint.route("/")
    class Birds(MethodView):
        @blueprint.arguments(BirdQuery, location="query")
        @blueprint.response(200, BirdSchema(many=True))
        @blueprint.paginate(ListPage, page_size=2)
        def get(self, query: dict[str, str]) -> list[dict[str, Any]]:
            """List birds."""
            wanted = query.get("name", "")
            return [bird for bird in birds.values() if wanted in bird["name"]]

        @blueprint.arguments(BirdSchema, example={"name": "Owl"})
        @blueprint.response(201, BirdSchema, headers={"X-New": {"schema": {"type": "string"}}})
        def post(self, bird: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
            bird["id"] = len(birds) + 1
            birds[bird["id"]] = bird
            return bird, 201, {"X-New": bird["name"]}

    @blueprint.route("/<int:bird_id>")
    class Bird(MethodView):
        @blueprint.etag
        @blueprint.response(200, BirdSchema)
        def get(self, bird_id: int) -> dict[str, Any]:
            return find(bird_id)

        @blueprint.etag
        @blueprint.arguments(BirdSchema)
        @blueprint.response(200, BirdSchema)
        @blueprint.alt_response(404, description="No such bird")
        def put(self, change: dict[str, Any], bird_id: int) -> dict[str, Any]:
            bird = find(bird_id)
            blueprint.check_etag(bird, BirdSchema)
            bird.update(change)
            return bird

    @blueprint.route("/photo", methods=["POST"])
    @blueprint.arguments(PhotoSchema, location="files")
    @blueprint.response(200)
    def photo(files: dict[str, Any]) -> dict[str, Any]:
        return {"name": files["photo"].filename, "size": len(files["photo"].read())}

    def find(bird_id: int) -> dict[str, Any]:
        if bird_id not in birds:
            abort(404, message=f"No bird {bird_id}.", errors={"id": bird_id})
        return birds[bird_id]

    api.register_blueprint(blueprint)
    return app


@pytest.fixture
def client() -> Iterator[FlaskClient]:
    with create_catalogue().test_client() as client:
        yield client


def test_a_bird_is_written_and_read_back(client: FlaskClient) -> None:
    """What POST accepts, GET dumps, by the schema."""
    made = client.post("/birds/", json={"name": "Owl", "wingspan": 1.2})

    assert (made.status_code, made.headers["X-New"]) == (201, "Owl")
    assert made.json == client.get("/birds/1").json == {"id": 1, "name": "Owl", "wingspan": 1.2}
    assert client.get("/birds/?name=Ow").json == [made.json]
    assert client.get("/birds/?name=Tit").json == []


def test_pages_are_counted_in_a_header(client: FlaskClient) -> None:
    """Pagination reads page and size and tells the rest in X-Pagination."""
    for name in ("Owl", "Tit", "Wren"):
        client.post("/birds/", json={"name": name})
    second = client.get("/birds/?page=2")

    assert [bird["name"] for bird in second.json] == ["Wren"]
    assert '"total_pages": 2' in second.headers["X-Pagination"]
    assert client.get("/birds/?page=0").status_code == 422


def test_the_schema_refuses_and_explains(client: FlaskClient) -> None:
    """A body against the schema is a 422 with each field's reason."""
    answer = client.post("/birds/", json={"name": "O", "colour": "red"})

    assert answer.status_code == 422
    assert set(answer.json["errors"]["json"]) == {"name", "colour"}
    assert client.post("/birds/", data="{", content_type="application/json").status_code == 400


def test_an_unknown_bird_is_a_json_404(client: FlaskClient) -> None:
    """`abort` carries its message and errors; other HTTP errors are JSON as well."""
    missing = client.get("/birds/9")

    assert missing.status_code == 404
    assert missing.json["message"] == "No bird 9."
    assert missing.json["errors"] == {"id": 9}
    assert client.get("/nowhere").json == {"code": 404, "status": "Not Found"}
    assert client.delete("/birds/1").json["code"] == 405


def test_an_etag_guards_the_change(client: FlaskClient) -> None:
    """A change needs the current ETag, and an unchanged bird is not sent again."""
    client.post("/birds/", json={"name": "Owl"})
    etag = client.get("/birds/1").headers["ETag"]

    assert client.get("/birds/1", headers={"If-None-Match": etag}).status_code == 304
    assert client.put("/birds/1", json={"name": "Eagle"}).status_code == 428
    changed = client.put("/birds/1", json={"name": "Eagle"}, headers={"If-Match": etag})
    assert changed.json["name"] == "Eagle"
    again = client.put("/birds/1", json={"name": "Owl"}, headers={"If-Match": etag})
    assert again.status_code == 412


def test_a_file_is_an_argument(client: FlaskClient) -> None:
    """An upload arrives as a field of its schema."""
    data = {"photo": (BytesIO(b"feathers"), "owl.jpg")}

    assert client.post("/birds/photo", data=data).json == {"name": "owl.jpg", "size": 8}
    assert client.post("/birds/photo", data={}).status_code == 422


def test_the_catalogue_describes_itself(client: FlaskClient) -> None:
    """The OpenAPI document names paths, parameters, schemas and answers."""
    document = client.get("/docs/openapi.json").json

    assert document["info"] == {"title": "Birds", "version": "v1"}
    assert set(document["paths"]) == {"/birds/", "/birds/{bird_id}", "/birds/photo"}
    assert document["paths"]["/birds/"]["get"]["summary"] == "List birds."
    assert set(document["components"]["schemas"]) >= {"Bird", "Error", "PaginationMetadata"}
    assert "/docs/openapi.json" in client.get("/docs/ui").text


def test_the_command_line_prints_the_document(client: FlaskClient) -> None:
    """`flask openapi print` gives the same document."""
    result = client.application.test_cli_runner().invoke(args=["openapi", "print"])

    assert result.exit_code == 0
    assert '"title": "Birds"' in result.output


def test_own_error_answer_and_schema_are_used() -> None:
    """An Api subclass may answer errors in its own form."""

    class PoliteApi(Api):
        def handle_http_exception(self, error: Any) -> Any:
            return {"sorry": error.code}, error.code, {"X-Polite": "yes"}

    answer = create_catalogue(PoliteApi).test_client().get("/birds/9")

    assert (answer.json, answer.headers["X-Polite"]) == ({"sorry": 404}, "yes")


def test_missing_settings_are_named() -> None:
    """Without title the extension names the missing setting."""
    with pytest.raises(Exception, match="API_TITLE"):
        create_catalogue(API_TITLE=None)
