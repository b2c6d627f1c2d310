"""Flask-RESTful: a list of tasks as resources."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import pytest
from flask_restful import Api, Resource, abort, fields, marshal_with, reqparse, url_for

from flask import Blueprint, Flask, Response, make_response, request
from flask.testing import FlaskClient

TASK = {
    "id": fields.Integer,
    "title": fields.String(attribute="name"),
    "done": fields.Boolean(default=False),
    "link": fields.Url("task", absolute=False),
}

wanted = reqparse.RequestParser(bundle_errors=True)
wanted.add_argument("title", required=True, help="A task needs a title.")
wanted.add_argument("done", type=bool, store_missing=False)
wanted.add_argument("rank", type=int, location="args", choices=(1, 2, 3), default=1)


class Fragile(Exception):
    """What the application raises when a task may not be removed."""


class Store:
    def __init__(self) -> None:
        self.tasks: dict[int, dict[str, Any]] = {}

    def add(self, name: str) -> dict[str, Any]:
        task = {"id": len(self.tasks) + 1, "name": name}
        self.tasks[task["id"]] = task
        return task


class Tasks(Resource):
    def __init__(self, store: Store) -> None:
        self.store = store

    @marshal_with(TASK, envelope="tasks")
    def get(self) -> list[dict[str, Any]]:
        return list(self.store.tasks.values())

    @marshal_with(TASK)
    def post(self) -> tuple[dict[str, Any], int, dict[str, str]]:
        args = wanted.parse_args(strict=True)
        task = self.store.add(args["title"])
        task["done"] = args.get("done", False)
        return task, 201, {"X-Rank": str(args["rank"])}


class Task(Resource):
    def __init__(self, store: Store) -> None:
        self.store = store

    def find(self, id: int) -> dict[str, Any]:
        if id not in self.store.tasks:
            abort(404, message=f"No task {id}.", known=len(self.store.tasks))
        return self.store.tasks[id]

    @marshal_with(TASK)
    def get(self, id: int) -> dict[str, Any]:
        return self.find(id)

    def delete(self, id: int) -> tuple[str, int]:
        if self.find(id).get("done"):
            raise Fragile
        del self.store.tasks[id]
        return "", 204


def create_service(api_class: type[Api] = Api, **options: Any) -> Flask:
    app = Flask(__name__)
    app.config["ERROR_404_HELP"] = False
    api = api_class(app, **options)
    store = {"resource_class_kwargs": {"store": Store()}}
    api.add_resource(Tasks, "/tasks", **store)
    api.add_resource(Task, "/tasks/<int:id>", endpoint="task", **store)
    app.add_url_rule("/plain", view_func=lambda: "a plain view", endpoint="plain")
    return app


@pytest.fixture
def client() -> FlaskClient:
    return create_service().test_client()


def test_hello_world() -> None:
    """The smallest resource answers its dict as JSON."""
    app = Flask(__name__)

    class Hello(Resource):
        def get(self) -> dict[str, str]:
            return {"hello": "world"}

    Api(app).add_resource(Hello, "/")
    answer = app.test_client().get("/")

    assert (answer.json, answer.mimetype) == ({"hello": "world"}, "application/json")


def test_a_posted_task_is_read_back(client: FlaskClient) -> None:
    """What POST stores, GET shows, marshalled, with a link to itself."""
    made = client.post("/tasks?rank=2", json={"title": "write", "done": True})

    assert (made.status_code, made.headers["X-Rank"]) == (201, "2")
    shown = {"id": 1, "title": "write", "done": True, "link": "/tasks/1"}
    assert made.json == client.get("/tasks/1").json == shown
    assert client.get("/tasks").json == {"tasks": [shown]}


def test_a_form_is_refused_where_json_is_looked_for(client: FlaskClient) -> None:
    """The parser's default places include JSON, and reading that from a form is a 415."""
    assert client.post("/tasks", data={"title": "as a form"}).status_code == 415


def test_deleting_answers_without_body(client: FlaskClient) -> None:
    """A resource's `("", 204)` removes and says nothing."""
    client.post("/tasks", json={"title": "write"})

    assert client.delete("/tasks/1").status_code == 204
    assert client.get("/tasks").json == {"tasks": []}


@pytest.mark.parametrize(
    ("query", "body", "field"),
    [("", {}, "title"), ("?rank=9", {"title": "x"}, "rank"), ("", {"title": "x", "y": 1}, "y")],
)
def test_a_wrong_argument_is_named(
    client: FlaskClient, query: str, body: dict[str, Any], field: str
) -> None:
    """The parser refuses missing, wrong and unknown arguments with 400."""
    answer = client.post(f"/tasks{query}", json=body)

    assert answer.status_code == 400
    assert field in str(answer.json["message"])


def test_abort_sends_its_arguments(client: FlaskClient) -> None:
    """`flask_restful.abort` puts its keyword arguments into the JSON answer."""
    answer = client.get("/tasks/5")

    assert answer.status_code == 404
    assert answer.json == {"message": "No task 5.", "known": 0}


def test_unsupported_methods_and_paths_answer_json(client: FlaskClient) -> None:
    """A 405 of a resource is JSON; what no resource owns gets Flask's own page."""
    wrong_method = client.put("/tasks", json={})
    assert wrong_method.status_code == 405
    assert "message" in wrong_method.json
    assert set(wrong_method.allow) == {"GET", "HEAD", "OPTIONS", "POST"}
    assert client.get("/nowhere").mimetype == "text/html"
    assert client.get("/plain").text == "a plain view"
    assert client.post("/plain").mimetype == "text/html"


def test_malformed_json_is_refused(client: FlaskClient) -> None:
    """A body that is not JSON is a 400 in JSON."""
    answer = client.post("/tasks", data="{", content_type="application/json")

    assert answer.status_code == 400
    assert "message" in answer.json


def test_a_crash_is_a_json_500(client: FlaskClient) -> None:
    """An exception without a handler becomes a JSON answer, and in testing it is raised."""
    client.post("/tasks", json={"title": "keep", "done": True})
    assert client.delete("/tasks/1").json == {"message": "Internal Server Error"}

    client.application.testing = True
    with pytest.raises(Fragile):
        client.delete("/tasks/1")


def test_own_errors_table_is_used() -> None:
    """Exceptions named in `errors` answer with the given status and text."""
    errors = {"Fragile": {"message": "A done task is kept.", "status": 409}}
    client = create_service(errors=errors).test_client()
    client.post("/tasks", json={"title": "keep", "done": True})
    answer = client.delete("/tasks/1")

    assert (answer.status_code, answer.json["message"]) == (409, "A done task is kept.")


def test_own_error_handling_is_called() -> None:
    """An overridden `handle_error` answers for the resources."""

    class PoliteApi(Api):
        def handle_error(self, e: Exception) -> Response:
            return make_response({"sorry": type(e).__name__}, 418)

    client = create_service(PoliteApi).test_client()

    assert client.get("/tasks/5").json == {"sorry": "NotFound"}
    assert client.get("/tasks/5").status_code == 418


def test_own_representation_is_negotiated() -> None:
    """A registered representation answers the Accept header that names it."""
    app = Flask(__name__)
    api = Api(app)

    class Row(Resource):
        def get(self) -> list[int]:
            return [1, 2, 3]

    @api.representation("text/csv")
    def to_csv(data: list[int], code: int, headers: dict[str, str] | None = None) -> Response:
        line = StringIO()
        csv.writer(line).writerow(data)
        return make_response(line.getvalue(), code, headers)

    api.add_resource(Row, "/row")
    client = app.test_client()

    table = client.get("/row", headers={"Accept": "text/csv"})
    assert (table.text, table.mimetype) == ("1,2,3\r\n", "text/csv")
    assert client.get("/row").json == [1, 2, 3]
    strict = Flask(__name__)
    Api(strict, default_mediatype=None).add_resource(Row, "/row")
    refused = strict.test_client().get("/row", headers={"Accept": "image/png"})
    assert refused.status_code == 406


def test_an_api_on_a_blueprint_has_its_prefix_and_names() -> None:
    """Resources of a blueprint are found under its prefix and built with its name."""
    blueprint = Blueprint("v2", __name__, url_prefix="/v2")
    api = Api(blueprint, prefix="/api", catch_all_404s=True)

    class Echo(Resource):
        def get(self, word: str) -> dict[str, str]:
            return {"word": word, "next": api.url_for(Echo, word="b"), "for": request.endpoint}

    api.add_resource(Echo, "/echo/<word>")
    app = Flask(__name__)
    app.register_blueprint(blueprint)
    client = app.test_client()

    expected = {"word": "a", "next": "/v2/api/echo/b", "for": "v2.echo"}
    assert client.get("/v2/api/echo/a").json == expected
    with app.test_request_context():
        assert url_for("v2.echo", word="c") == "/v2/api/echo/c"


def test_decorators_wrap_every_method() -> None:
    """`method_decorators` and the API's `decorators` surround each resource method."""

    def shout(view: Any) -> Any:
        return lambda *args, **kwargs: {"said": str(view(*args, **kwargs)).upper()}

    class Word(Resource):
        method_decorators = {"get": [shout]}

        def get(self) -> str:
            return "hello"

        def post(self) -> str:
            return "hello"

    app = Flask(__name__)
    Api(app).add_resource(Word, "/word")
    client = app.test_client()

    assert client.get("/word").json == {"said": "HELLO"}
    assert client.post("/word").json == "hello"


def test_a_resource_class_is_registered_once_per_name() -> None:
    """Two classes under one endpoint are an error that names it."""
    app = Flask(__name__)
    api = Api(app)
    api.add_resource(Tasks, "/tasks")
    with pytest.raises(ValueError, match="tasks"):
        api.add_resource(Task, "/other", endpoint="tasks")
