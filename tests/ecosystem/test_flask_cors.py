"""Flask-Cors: a weather service that other sites' pages may ask."""

from __future__ import annotations

from typing import Any

import pytest
from flask_cors import CORS, cross_origin

from flask import Blueprint, Flask, abort, request
from flask.testing import FlaskClient

APP = "https://app.example"
EVIL = "https://evil.example"


def create_service(**options: Any) -> Flask:
    app = Flask(__name__)
    readings = {"seoul": 21}

    @app.route("/api/weather/<city>", methods=["GET", "PUT"])
    def weather(city: str) -> Any:
        if request.method == "PUT":
            readings[city] = request.get_json()["degrees"]
        if city not in readings:
            abort(404)
        return {"city": city, "degrees": readings[city]}

    @app.route("/api/crash")
    def crash() -> str:
        raise ZeroDivisionError

    @app.route("/private")
    def private() -> str:
        return "for our own pages"

    if options:
        CORS(app, **options)
    return app


@pytest.fixture
def client() -> FlaskClient:
    resources = {r"/api/*": {"origins": [APP, r"https://.*\.trusted\.example"]}}
    return create_service(resources=resources, supports_credentials=True).test_client()


def ask(client: FlaskClient, path: str, origin: str = APP, **more: Any) -> Any:
    return client.get(path, headers={"Origin": origin, **more})


def preflight(client: FlaskClient, path: str, method: str, headers: str = "") -> Any:
    asked = {"Origin": APP, "Access-Control-Request-Method": method}
    if headers:
        asked["Access-Control-Request-Headers"] = headers
    return client.options(path, headers=asked)


def test_everything_is_open_by_default() -> None:
    """`CORS(app)` lets every origin read every route."""
    app = create_service()
    CORS(app)
    answer = ask(app.test_client(), "/private", EVIL)

    assert answer.text == "for our own pages"
    assert answer.access_control_allow_origin == EVIL


def test_a_preflight_then_a_write_is_read_back(client: FlaskClient) -> None:
    """The browser's three steps: preflight, PUT, GET; each carries the permission."""
    allowed = preflight(client, "/api/weather/busan", "PUT", "Content-Type")
    assert allowed.status_code == 200
    assert "PUT" in allowed.headers["Access-Control-Allow-Methods"]
    assert allowed.headers["Access-Control-Allow-Headers"] == "Content-Type"
    written = client.put("/api/weather/busan", json={"degrees": 24}, headers={"Origin": APP})
    assert written.access_control_allow_origin == APP

    read = ask(client, "/api/weather/busan")
    assert read.json == {"city": "busan", "degrees": 24}
    assert read.headers["Access-Control-Allow-Credentials"] == "true"
    assert "Origin" in read.headers["Vary"]


def test_an_unknown_origin_gets_no_permission(client: FlaskClient) -> None:
    """The answer is served, but without the header the browser looks for."""
    answer = ask(client, "/api/weather/seoul", EVIL)

    assert answer.status_code == 200
    assert answer.access_control_allow_origin is None


def test_a_pattern_matches_subdomains(client: FlaskClient) -> None:
    """An origin may be given as a regular expression."""
    answer = ask(client, "/api/weather/seoul", "https://a.trusted.example")

    assert answer.access_control_allow_origin == "https://a.trusted.example"


def test_paths_outside_the_resources_stay_closed(client: FlaskClient) -> None:
    """Only what the resource pattern names is opened."""
    assert ask(client, "/private").access_control_allow_origin is None


def test_error_answers_carry_the_permission_too(client: FlaskClient) -> None:
    """A page can read a 404 and a 500 of an open resource."""
    missing, crashed = ask(client, "/api/weather/atlantis"), ask(client, "/api/crash")

    assert (missing.status_code, crashed.status_code) == (404, 500)
    assert missing.access_control_allow_origin == crashed.access_control_allow_origin == APP


def test_intercepting_exceptions_can_be_switched_off() -> None:
    """Without interception a crash's answer has passed `after_request` once, as any other."""
    app = create_service(origins=APP, intercept_exceptions=False)
    answer = ask(app.test_client(), "/api/crash")

    assert answer.status_code == 500
    assert answer.headers.getlist("Access-Control-Allow-Origin") == [APP]


def test_one_view_may_differ_from_the_rest() -> None:
    """`cross_origin` on a view wins over the application's setting."""
    app = create_service(origins=APP, max_age=60)

    @app.route("/open", methods=["POST"])
    @cross_origin(origins="*", send_wildcard=True, allow_headers=["X-Kind"], max_age=600)
    def anyone() -> str:
        return "open"

    client = app.test_client()
    allowed = preflight(client, "/open", "POST", "X-Kind, X-Other")

    assert allowed.access_control_allow_origin == "*"
    assert allowed.headers["Access-Control-Allow-Headers"] == "X-Kind"
    assert allowed.headers["Access-Control-Max-Age"] == "600"
    posted = client.post("/open", headers={"Origin": EVIL})
    assert (posted.text, posted.access_control_allow_origin) == ("open", "*")


def test_own_options_answer_is_decorated() -> None:
    """With `automatic_options` off the view answers OPTIONS and still gets the headers."""
    app = create_service()

    @app.route("/manual", methods=["GET", "OPTIONS"])
    @cross_origin(automatic_options=False, expose_headers=["X-Seen"])
    def manual() -> Any:
        return f"{request.method} by hand", 200, {"X-Seen": "1"}

    client = app.test_client()

    assert client.options("/manual", headers={"Origin": APP}).text == "OPTIONS by hand"
    assert ask(client, "/manual").headers["Access-Control-Expose-Headers"] == "X-Seen"


def test_a_blueprint_is_opened_alone() -> None:
    """`CORS` on a blueprint covers its routes and no others."""
    app = create_service()
    maps = Blueprint("maps", __name__, url_prefix="/maps")
    maps.add_url_rule("/<name>", view_func=lambda name: name, endpoint="show")
    CORS(maps, origins=[APP])
    app.register_blueprint(maps)
    client = app.test_client()

    assert ask(client, "/maps/asia").access_control_allow_origin == APP
    assert ask(client, "/private").access_control_allow_origin is None


def test_settings_come_from_the_configuration_too() -> None:
    """Configuration keys set what the call leaves open."""
    app = create_service()
    app.config.update(CORS_ORIGINS=[APP], CORS_EXPOSE_HEADERS="X-Left", CORS_ALWAYS_SEND=False)
    CORS(app)
    client = app.test_client()

    assert ask(client, "/private").headers["Access-Control-Expose-Headers"] == "X-Left"
    assert client.get("/private").access_control_allow_origin is None


def test_credentials_for_every_origin_are_refused() -> None:
    """The wildcard together with credentials is an error of the setup."""
    with pytest.raises(ValueError, match="credentials"):
        create_service(origins="*", supports_credentials=True, send_wildcard=True)
