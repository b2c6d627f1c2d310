"""Flask-Limiter: a fountain that gives three cups a minute."""

from __future__ import annotations

from typing import Any

import pytest
from flask_limiter import ExemptionScope, Limiter, RequestLimit
from flask_limiter.util import get_remote_address

from flask import Blueprint, Flask, Response, current_app, jsonify, make_response, request
from flask.testing import FlaskClient
from flask.views import MethodView


def create_fountain(**options: Any) -> Flask:
    app = Flask(__name__)
    settings = {"default_limits": ["3 per minute"], "storage_uri": "memory://"} | options
    limiter = Limiter(settings.pop("key_func", get_remote_address), app=app, **settings)
    app.extensions["our_limiter"] = limiter

    @app.route("/cup")
    def cup() -> str:
        return "water"

    @app.route("/slow", methods=["GET", "POST"])
    @limiter.limit("1 per minute", methods=["POST"], error_message="One order a minute.")
    def slow() -> str:
        return request.method

    @app.route("/free")
    @limiter.exempt
    def free() -> str:
        return "air"

    @app.route("/bill")
    @limiter.limit("1/minute", deduct_when=lambda response: response.status_code == 402)
    def bill() -> Any:
        return "pay", 402 if "broke" in request.args else 200

    return app


def statuses(client: FlaskClient, path: str, count: int, **more: Any) -> list[int]:
    return [client.get(path, **more).status_code for _ in range(count)]


@pytest.fixture
def client() -> FlaskClient:
    return create_fountain(headers_enabled=True).test_client()


def test_the_default_limit_stops_the_fourth_request(client: FlaskClient) -> None:
    """The limit given at the start holds for every route that names no other."""
    assert statuses(client, "/cup", 4) == [200, 200, 200, 429]
    assert "3 per 1 minute" in client.get("/cup").text


def test_what_is_left_is_counted_and_read_back(client: FlaskClient) -> None:
    """Headers tell the limit and what is left of it, request by request."""
    left = [client.get("/cup").headers["X-RateLimit-Remaining"] for _ in range(3)]

    assert left == ["2", "1", "0"]
    assert client.get("/cup").headers["Retry-After"]


def test_each_client_has_its_own_count(client: FlaskClient) -> None:
    """The key function tells clients apart by address."""
    assert statuses(client, "/cup", 4)[-1] == 429
    other = {"REMOTE_ADDR": "10.0.0.9"}
    assert client.get("/cup", environ_base=other).status_code == 200


def test_a_view_may_have_its_own_limit(client: FlaskClient) -> None:
    """A limit on a view replaces the default for the methods it names."""
    assert client.post("/slow").status_code == 200
    refused = client.post("/slow")

    assert refused.status_code == 429
    assert "One order a minute." in refused.text
    assert client.get("/slow").status_code == 200


def test_exempt_routes_are_never_stopped(client: FlaskClient) -> None:
    """An exempt view answers as often as it is asked."""
    assert set(statuses(client, "/free", 6)) == {200}


def test_only_the_named_answers_count(client: FlaskClient) -> None:
    """`deduct_when` counts a request by its response."""
    assert statuses(client, "/bill", 3) == [200, 200, 200]
    assert statuses(client, "/bill?broke=1", 2) == [402, 429]


def test_an_error_handler_answers_for_the_limit(client: FlaskClient) -> None:
    """429 is an HTTP error like others, with a handler of the application's."""

    @client.application.errorhandler(429)
    def wait(error: Any) -> Any:
        return jsonify(wait=error.description), 429

    statuses(client, "/cup", 3)
    assert client.get("/cup").json == {"wait": "3 per 1 minute"}


def test_own_key_and_breach_answer_are_used() -> None:
    """A key function and an `on_breach` callback of our own take effect."""

    def refuse(limit: RequestLimit) -> Response:
        return make_response(f"{limit.key} had {limit.limit.amount}", 420)

    app = create_fountain(key_func=lambda: request.headers.get("X-Key", "none"), on_breach=refuse)
    client = app.test_client()
    assert statuses(client, "/cup", 3, headers={"X-Key": "a"}) == [200] * 3
    assert client.get("/cup", headers={"X-Key": "b"}).status_code == 200
    breach = client.get("/cup", headers={"X-Key": "a"})

    assert breach.status_code == 420
    assert breach.text.endswith("had 3")


def test_a_request_filter_lets_friends_pass() -> None:
    """A request filter that says yes lifts every limit."""
    app = create_fountain()

    @app.extensions["our_limiter"].request_filter
    def is_friend() -> bool:
        return request.headers.get("X-Friend") == "yes"

    client = app.test_client()

    assert set(statuses(client, "/cup", 5, headers={"X-Friend": "yes"})) == {200}


def test_blueprints_and_class_based_views_are_limited() -> None:
    """A limit on a blueprint and one in a view class's `decorators` both hold."""
    app = create_fountain()
    limiter: Limiter = app.extensions["our_limiter"]
    wells = Blueprint("wells", __name__, url_prefix="/wells")
    inner = Blueprint("deep", __name__, url_prefix="/deep")
    wells.add_url_rule("/", "all", lambda: "wells")
    inner.add_url_rule("/", "all", lambda: "deep")
    wells.register_blueprint(inner)
    limiter.limit("1/hour")(wells)
    limiter.exempt(inner, flags=ExemptionScope.DEFAULT | ExemptionScope.ANCESTORS)

    class Pump(MethodView):
        decorators = [limiter.limit("2/hour")]

        def get(self) -> str:
            return "pump"

    app.register_blueprint(wells)
    app.add_url_rule("/pump", view_func=Pump.as_view("pump"))
    client = app.test_client()

    assert statuses(client, "/wells/", 2) == [200, 429]
    assert statuses(client, "/wells/deep/", 5) == [200] * 5
    assert statuses(client, "/pump", 3) == [200, 200, 429]


def test_a_shared_limit_counts_together() -> None:
    """A shared limit is one count for all views under it."""
    app = create_fountain()
    shared = app.extensions["our_limiter"].shared_limit("2/minute", scope="pair")
    for name in ("left", "right"):
        app.add_url_rule(f"/{name}", name, shared(lambda: current_app.name))
    client = app.test_client()

    assert [client.get(f"/{name}").status_code for name in ("left", "right", "left")] == [
        200,
        200,
        429,
    ]


def test_a_limit_that_cannot_be_read_is_refused() -> None:
    """A broken limit text is an error that names it, unless errors are swallowed."""
    app = create_fountain(default_limits=["many per blink"])
    app.testing = True

    with pytest.raises(ValueError, match="many per blink"):
        app.test_client().get("/cup")
