"""Flask-JWT-Extended: a vault that opens by token."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask_jwt_extended import (
    JWTManager,
    create_access_token,
    create_refresh_token,
    current_user,
    decode_token,
    get_csrf_token,
    get_jwt,
    get_jwt_identity,
    jwt_required,
    set_access_cookies,
    unset_jwt_cookies,
    verify_jwt_in_request,
)

from flask import Flask, jsonify, request
from flask.testing import FlaskClient

KEY = "a key for this test only, long enough to please"


def create_vault(**config: Any) -> Flask:
    app = Flask(__name__)
    app.config.update(JWT_SECRET_KEY=KEY, **config)
    manager = JWTManager(app)
    app.extensions["manager"] = manager
    kept: dict[str, str] = {}
    revoked: set[str] = set()

    @manager.token_in_blocklist_loader
    def is_revoked(header: dict[str, Any], payload: dict[str, Any]) -> bool:
        return payload["jti"] in revoked

    @app.post("/login")
    def login() -> Any:
        data = request.get_json()
        if data.get("word") != "sesame":
            return {"msg": "Wrong word."}, 401
        identity, claims = data["name"], {"rank": data.get("rank", 1)}
        return {
            "access": create_access_token(identity, fresh=True, additional_claims=claims),
            "refresh": create_refresh_token(identity),
        }

    @app.post("/refresh")
    @jwt_required(refresh=True)
    def refresh() -> dict[str, str]:
        return {"access": create_access_token(get_jwt_identity(), fresh=False)}

    @app.route("/vault", methods=["GET", "PUT"])
    @jwt_required()
    def vault() -> dict[str, Any]:
        if request.method == "PUT":
            kept[get_jwt_identity()] = request.get_json()
        return {"kept": kept.get(get_jwt_identity()), "rank": get_jwt().get("rank")}

    app.add_url_rule("/fresh", view_func=jwt_required(fresh=True)(fresh))
    app.add_url_rule("/maybe", view_func=jwt_required(optional=True)(maybe))

    @app.delete("/login")
    @jwt_required(verify_type=False)
    def logout() -> tuple[str, int]:
        revoked.add(get_jwt()["jti"])
        return "", 204

    app.add_url_rule("/cookie", view_func=give_cookie, methods=["POST"])
    app.add_url_rule("/cookie", view_func=take_cookie, methods=["DELETE"])
    return app


def fresh() -> str:
    return "fresh"


def maybe() -> Any:
    return jsonify(get_jwt_identity())


def give_cookie() -> Any:
    response = jsonify("set")
    set_access_cookies(response, create_access_token("ada"))
    return response


def take_cookie() -> Any:
    response = jsonify("gone")
    unset_jwt_cookies(response)
    return response


def bear(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def log_in(client: FlaskClient, **more: Any) -> dict[str, str]:
    answer = client.post("/login", json={"name": "ada", "word": "sesame", **more})
    assert answer.status_code == 200
    return answer.json


@pytest.fixture
def client() -> FlaskClient:
    return create_vault().test_client()


def test_a_token_opens_the_vault(client: FlaskClient) -> None:
    """A login gives a token, and the token gives identity and claims."""
    token = log_in(client, rank=7)["access"]

    assert client.get("/vault", headers=bear(token)).json == {"kept": None, "rank": 7}


def test_things_are_kept_for_their_owner(client: FlaskClient) -> None:
    """What one identity writes, it reads back; another does not."""
    ada, eve = log_in(client)["access"], log_in(client, name="eve")["access"]
    client.put("/vault", json=["ring"], headers=bear(ada))

    assert client.get("/vault", headers=bear(ada)).json["kept"] == ["ring"]
    assert client.get("/vault", headers=bear(eve)).json["kept"] is None


@pytest.mark.parametrize(
    ("header", "status"),
    [(None, 401), ("Bearer", 422), ("Basic x", 401), ("Bearer a.b.c", 422), ("Bearer x y", 422)],
)
def test_a_bad_header_is_refused(client: FlaskClient, header: str | None, status: int) -> None:
    """A missing, malformed or forged token is refused with a reason in JSON."""
    headers = {"Authorization": header} if header else {}
    answer = client.get("/vault", headers=headers)

    assert answer.status_code == status
    assert answer.json["msg"]


def test_a_refresh_token_gives_access_but_not_freshness(client: FlaskClient) -> None:
    """Refreshing gives a usable token that fresh-only views refuse."""
    tokens = log_in(client)
    assert client.post("/refresh", headers=bear(tokens["access"])).status_code == 422
    renewed = client.post("/refresh", headers=bear(tokens["refresh"])).json["access"]

    assert client.get("/vault", headers=bear(renewed)).status_code == 200
    assert client.get("/fresh", headers=bear(renewed)).status_code == 401
    assert client.get("/fresh", headers=bear(tokens["access"])).text == "fresh"


def test_a_revoked_token_is_refused(client: FlaskClient) -> None:
    """The blocklist is asked for every request."""
    token = log_in(client)["access"]
    assert client.delete("/login", headers=bear(token)).status_code == 204

    refused = client.get("/vault", headers=bear(token))
    assert (refused.status_code, refused.json) == (401, {"msg": "Token has been revoked"})


def test_an_expired_token_is_refused(client: FlaskClient) -> None:
    """A token past its time answers 401, also where a token is optional."""
    with client.application.app_context():
        token = create_access_token("ada", expires_delta=timedelta(seconds=-1))

    assert client.get("/vault", headers=bear(token)).json == {"msg": "Token has expired"}
    assert client.get("/maybe", headers=bear(token)).status_code == 401
    assert client.get("/maybe").json is None


def test_cookies_need_their_csrf_token() -> None:
    """In cookies, a token is accepted for unsafe methods with the double-submit value only."""
    client = create_vault(JWT_TOKEN_LOCATION=["cookies", "headers"]).test_client()
    client.post("/cookie")
    cookie = client.get_cookie("access_token_cookie")
    assert cookie
    assert client.get("/vault").status_code == 200
    assert client.put("/vault", json=1).json == {"msg": "Missing CSRF token"}
    with client.application.app_context():
        proof = {"X-CSRF-TOKEN": get_csrf_token(cookie.value)}
    assert client.put("/vault", json=1, headers=proof).json["kept"] == 1

    client.delete("/cookie")
    assert client.get("/vault").status_code == 401


def test_query_string_and_json_may_carry_it() -> None:
    """Other places for a token can be configured."""
    client = create_vault(JWT_TOKEN_LOCATION=["query_string", "json"]).test_client()
    token = log_in(client)["access"]

    assert client.get("/vault", query_string={"jwt": token}).status_code == 200
    assert (
        client.post("/refresh", json={"refresh_token": log_in(client)["refresh"]}).status_code
        == 200
    )
    assert client.get("/vault", headers=bear(token)).status_code == 401


def test_own_answers_and_user_lookup_are_used(client: FlaskClient) -> None:
    """The documented loaders replace the answer, the user and the claims."""
    app = client.application
    manager: JWTManager = app.extensions["manager"]
    manager.unauthorized_loader(lambda reason: ({"sorry": reason}, 418))
    manager.user_lookup_loader(lambda header, payload: {"name": payload["sub"].title()})
    manager.additional_claims_loader(lambda identity: {"length": len(identity)})

    @app.get("/whoami")
    @jwt_required()
    def whoami() -> dict[str, Any]:
        return {"user": current_user["name"], "length": get_jwt()["length"]}

    assert client.get("/whoami").status_code == 418
    with app.app_context():
        token = create_access_token("ada")
        assert decode_token(token)["length"] == 3
    assert client.get("/whoami", headers=bear(token)).json == {"user": "Ada", "length": 3}


def test_outside_a_protected_view_it_says_so(client: FlaskClient) -> None:
    """Identity without verification is a RuntimeError; verification by hand allows it."""
    app = client.application
    with app.app_context():
        token = create_access_token("ada")
    with app.test_request_context(headers=bear(token)):
        with pytest.raises(RuntimeError, match="jwt_required"):
            get_jwt_identity()
        verify_jwt_in_request()
        assert get_jwt_identity() == "ada"


def test_without_key_it_says_what_is_missing() -> None:
    """An application without a key names the setting."""
    app = Flask(__name__)
    JWTManager(app)
    with app.app_context(), pytest.raises(RuntimeError, match="JWT_SECRET_KEY"):
        create_access_token("ada")
