"""Flask-Session: a basket kept on the server."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cachelib.file import FileSystemCache
from flask_session import Session
from flask_session.base import ServerSideSessionInterface
from flask_session.defaults import Defaults
from flask_sqlalchemy import SQLAlchemy

from flask import Flask, request, session
from flask.testing import FlaskClient


def create_shop(folder: Path, **config: Any) -> Flask:
    app = Flask(__name__)
    app.config.update(SESSION_TYPE="cachelib", SESSION_SERIALIZATION_FORMAT="json")
    app.config["SESSION_CACHELIB"] = FileSystemCache(str(folder / "baskets"))
    app.config.update(config)
    app.add_url_rule("/basket", view_func=basket, methods=["GET", "POST"])
    app.add_url_rule("/leave", view_func=leave)
    app.add_url_rule("/hello", view_func=lambda: "hello", endpoint="hello")
    app.add_url_rule("/stay", view_func=stay)
    if app.config["SESSION_TYPE"] != "later":
        Session(app)
    return app


def basket() -> dict[str, Any]:
    if request.method == "POST":
        session.setdefault("things", []).append(request.get_json())
        session.modified = True
    return {"things": session.get("things", []), "permanent": session.permanent}


def leave() -> str:
    session.clear()
    return "bye"


def stay() -> str:
    session.permanent = False
    session["stay"] = 1
    return "here"


@pytest.fixture
def shop(tmp_path: Path) -> Flask:
    return create_shop(tmp_path)


@pytest.fixture
def client(shop: Flask) -> FlaskClient:
    return shop.test_client()


def read_id(client: FlaskClient) -> str:
    cookie = client.get_cookie("session")
    assert cookie
    return cookie.value


def test_the_cookie_holds_an_id_only(client: FlaskClient) -> None:
    """What is put in the session stays on the server; the cookie names it."""
    answer = client.post("/basket", json="pear")

    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "pear" not in cookie
    assert len(read_id(client)) >= 32


def test_things_are_written_and_read_back(client: FlaskClient) -> None:
    """Each request adds to what the one before left."""
    client.post("/basket", json="pear")
    client.post("/basket", json={"plum": 3})

    assert client.get("/basket").json == {"things": ["pear", {"plum": 3}], "permanent": True}
    assert client.application.test_client().get("/basket").json["things"] == []


def test_clearing_ends_the_session(client: FlaskClient) -> None:
    """An emptied session is deleted on the server, and so is the cookie."""
    client.post("/basket", json="pear")
    old = read_id(client)
    gone = client.get("/leave")
    assert "Max-Age=0" in gone.headers["Set-Cookie"]

    client.set_cookie("session", old)
    assert client.get("/basket").json["things"] == []


def test_an_unknown_id_is_an_empty_session(client: FlaskClient) -> None:
    """A made-up id opens nothing."""
    client.set_cookie("session", "x" * 43)

    assert client.get("/basket").json["things"] == []


def test_an_untouched_session_sends_no_cookie(client: FlaskClient) -> None:
    """A request that neither reads nor writes the session leaves no cookie."""
    assert "Set-Cookie" not in client.get("/hello").headers


def test_a_session_that_is_not_permanent_ends_with_the_browser(tmp_path: Path) -> None:
    """Without permanence the cookie has no expiry; with it, the lifetime's."""
    app = create_shop(tmp_path, PERMANENT_SESSION_LIFETIME=timedelta(hours=1))
    assert "Expires=" not in app.test_client().get("/stay").headers["Set-Cookie"]
    assert "Expires=" in app.test_client().post("/basket", json=1).headers["Set-Cookie"]


def test_a_test_can_open_the_session(client: FlaskClient) -> None:
    """`session_transaction` reads and writes the session on the server."""
    with client.session_transaction() as opened:
        opened["things"] = ["fig"]

    assert client.get("/basket").json["things"] == ["fig"]
    with client.session_transaction() as opened:
        assert opened["things"] == ["fig"]
        assert opened.sid == read_id(client)


def test_a_database_can_keep_it(tmp_path: Path) -> None:
    """The SQLAlchemy store writes a row and reads it back."""
    app = create_shop(tmp_path, SESSION_TYPE="later")
    app.config.update(SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / 's.db'}")
    db = SQLAlchemy(app)
    app.config.update(SESSION_TYPE="sqlalchemy", SESSION_SQLALCHEMY=db)
    Session(app)
    with app.app_context():
        db.create_all()
    client = app.test_client()
    client.post("/basket", json="pear")

    assert client.get("/basket").json["things"] == ["pear"]
    with app.app_context():
        assert db.session.execute(db.text("select count(*) from sessions")).scalar() == 1


def test_a_new_id_keeps_the_contents(client: FlaskClient) -> None:
    """`regenerate` gives the session another id, as after a login."""
    app = client.application

    @app.route("/login")
    def login() -> str:
        app.session_interface.regenerate(session)
        return "in"

    client.post("/basket", json="pear")
    before = read_id(client)
    client.get("/login")

    assert read_id(client) != before
    assert client.get("/basket").json["things"] == ["pear"]


def test_an_unknown_store_is_refused(tmp_path: Path) -> None:
    """A store that does not exist is refused at the start."""
    with pytest.raises(ValueError, match="papyrus"):
        create_shop(tmp_path, SESSION_TYPE="papyrus")


def test_own_interface_is_used(tmp_path: Path) -> None:
    """A store of our own, on the extension's base class, is opened and saved."""

    class DictInterface(ServerSideSessionInterface):
        def __init__(self, app: Flask) -> None:
            super().__init__(
                app,
                Defaults.SESSION_KEY_PREFIX,
                Defaults.SESSION_USE_SIGNER,
                Defaults.SESSION_PERMANENT,
                Defaults.SESSION_ID_LENGTH,
                Defaults.SESSION_SERIALIZATION_FORMAT,
            )
            self.kept: dict[str, Any] = {}

        def _retrieve_session_data(self, store_id: str) -> dict[str, Any] | None:
            return self.kept.get(store_id)

        def _upsert_session(self, lifetime: Any, session: Any, store_id: str) -> None:
            self.kept[store_id] = dict(session)

        def _delete_session(self, store_id: str) -> None:
            del self.kept[store_id]

        def should_set_storage(self, app: Flask, session: Any) -> bool:
            return bool(session.modified)

    app = create_shop(tmp_path, SESSION_TYPE="later", SECRET_KEY="only for this test")
    app.session_interface = DictInterface(app)
    client = app.test_client()
    client.post("/basket", json="pear")

    assert client.get("/basket").json["things"] == ["pear"]
    assert [*app.session_interface.kept] == [f"session:{read_id(client)}"]
