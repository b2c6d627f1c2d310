"""Flask-Login: a members' club with a remembered door."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask_login import (
    AnonymousUserMixin,
    FlaskLoginClient,
    LoginManager,
    UserMixin,
    confirm_login,
    current_user,
    fresh_login_required,
    login_fresh,
    login_required,
    login_user,
    logout_user,
    user_logged_in,
    user_logged_out,
    user_unauthorized,
)

from flask import (
    Flask,
    get_flashed_messages,
    redirect,
    render_template_string,
    request,
    session,
    url_for,
)
from flask.testing import FlaskClient

PASSWORDS = {"ada": "lace", "grace": "hopper"}
KEYS = {"k-ada": "ada"}


class Member(UserMixin):
    def __init__(self, name: str, *, is_active: bool = True) -> None:
        self.id = name
        self._is_active = is_active

    @property
    def is_active(self) -> bool:
        return self._is_active


class Guest(AnonymousUserMixin):
    name = "a guest"


def find_member(name: str) -> Member | None:
    return Member(name) if name in PASSWORDS else None


def create_club(**config: Any) -> Flask:
    app = Flask(__name__)
    app.secret_key = "only for this test"
    app.config.update(config)
    manager = LoginManager(app)
    manager.login_view = "login"
    manager.refresh_view = "login"
    manager.user_loader(find_member)

    @app.route("/login", methods=["GET", "POST"])
    def login() -> Any:
        if request.method == "GET":
            return "; ".join(get_flashed_messages())
        name = request.form["name"]
        if PASSWORDS.get(name) != request.form["password"]:
            return "Wrong name or password.", 403
        login_user(Member(name), remember="remember" in request.form)
        return redirect(request.args.get("next") or url_for("lounge"))

    @app.route("/lounge")
    @login_required
    def lounge() -> str:
        return f"Welcome, {current_user.id}."

    @app.route("/safe")
    @fresh_login_required
    def safe() -> str:
        return f"The safe of {current_user.get_id()}."

    @app.route("/confirm", methods=["POST"])
    @login_required
    def confirm() -> dict[str, bool]:
        confirm_login()
        return {"fresh": login_fresh()}

    @app.route("/door")
    def door() -> str:
        text = "{{ current_user.id if current_user.is_authenticated else 'nobody' }}"
        return render_template_string(text)

    @app.route("/logout")
    @login_required
    def logout() -> Any:
        logout_user()
        return redirect(url_for("door"))

    return app


def log_in(client: FlaskClient, **more: str) -> Any:
    return client.post("/login", data={"name": "ada", "password": "lace", **more})


@pytest.fixture
def club() -> Flask:
    return create_club()


@pytest.fixture
def client(club: Flask) -> FlaskClient:
    return club.test_client()


def test_a_login_opens_the_protected_page(client: FlaskClient) -> None:
    """After `login_user` the same browser sees what `login_required` guards."""
    answer = log_in(client)

    assert (answer.status_code, answer.location) == (302, "/lounge")
    assert client.get("/lounge").text == "Welcome, ada."
    assert client.get("/door").text == "ada"


def test_a_stranger_is_sent_to_the_login_page_and_back(client: FlaskClient) -> None:
    """Without login the page redirects, flashes why, and `next` leads back."""
    refused = client.get("/lounge")

    assert refused.location == "/login?next=%2Flounge"
    assert client.get("/login").text == "Please log in to access this page."
    back = client.post(refused.location, data={"name": "grace", "password": "hopper"})
    assert client.get(back.location).text == "Welcome, grace."


def test_a_wrong_password_changes_nothing(client: FlaskClient) -> None:
    """A failed login leaves the anonymous user in place."""
    assert log_in(client, password="guess").status_code == 403
    assert client.get("/door").text == "nobody"


def test_logout_ends_the_session(client: FlaskClient) -> None:
    """After `logout_user` the protected page is closed again."""
    log_in(client)

    assert client.get("/logout", follow_redirects=True).text == "nobody"
    assert client.get("/lounge").status_code == 302


def test_the_session_holds_the_user(client: FlaskClient) -> None:
    """The user's id is written to the session and read back from it."""
    log_in(client)
    with client.session_transaction() as opened:
        assert opened["_user_id"] == "ada"
        assert opened["_fresh"] is True
        opened["_user_id"] = "grace"

    assert client.get("/door").text == "grace"


def test_a_remembered_user_returns_without_session(club: Flask) -> None:
    """The remember cookie logs in again, but not freshly, when the session is gone."""
    club.config["REMEMBER_COOKIE_DURATION"] = timedelta(days=3)
    client = club.test_client()
    answer = log_in(client, remember="yes")
    assert "remember_token=" in ",".join(answer.headers.getlist("Set-Cookie"))
    client.delete_cookie("session")

    assert client.get("/lounge").text == "Welcome, ada."
    assert client.get("/safe").location == "/login?next=%2Fsafe"
    assert client.post("/confirm").json == {"fresh": True}
    assert client.get("/safe").text == "The safe of ada."


def test_a_forged_remember_cookie_is_ignored(client: FlaskClient) -> None:
    """A remember cookie with a wrong digest logs nobody in."""
    client.set_cookie("remember_token", "ada|0000")

    assert client.get("/door").text == "nobody"


def test_strong_protection_drops_a_session_from_another_browser() -> None:
    """With strong protection, a changed user agent ends the session."""
    client = create_club(SESSION_PROTECTION="strong").test_client()
    log_in(client)

    assert client.get("/door").text == "ada"
    assert client.get("/door", headers={"User-Agent": "other"}).text == "nobody"
    with client.session_transaction() as opened:
        assert "_user_id" not in opened


def test_without_login_view_the_answer_is_401(club: Flask) -> None:
    """Without a login view, an unauthorized request is aborted with 401."""
    club.login_manager.login_view = None

    assert club.test_client().get("/lounge").status_code == 401


def test_an_inactive_user_is_not_logged_in(club: Flask) -> None:
    """`login_user` refuses an inactive user unless it is forced."""
    with club.test_request_context():
        assert not login_user(Member("ada", is_active=False))
        assert not current_user.is_authenticated
        assert login_user(Member("ada", is_active=False), force=True)
        assert session["_user_id"] == "ada"


def test_a_missing_loader_is_an_error() -> None:
    """A manager with a session user but no loader says what is missing."""
    app = Flask(__name__)
    app.secret_key = "only for this test"
    LoginManager(app)
    with app.test_request_context():
        session["_user_id"] = "ada"
        with pytest.raises(Exception, match="user_loader"):
            current_user.is_authenticated  # noqa: B018 - the access is what fails


def test_own_unauthorized_handler_answers(club: Flask) -> None:
    """The documented handler replaces redirect and 401."""

    @club.login_manager.unauthorized_handler
    def refuse() -> tuple[dict[str, str], int]:
        return {"error": f"{request.path} is for members"}, 403

    answer = club.test_client().get("/lounge")

    assert (answer.status_code, answer.json) == (403, {"error": "/lounge is for members"})


def test_own_request_loader_reads_a_key(club: Flask) -> None:
    """A request loader logs in by header, without session and without cookie."""

    @club.login_manager.request_loader
    def load(incoming: Any) -> Member | None:
        name = KEYS.get(incoming.headers.get("X-Key", ""))
        return Member(name) if name else None

    client = club.test_client()

    assert client.get("/lounge", headers={"X-Key": "k-ada"}).text == "Welcome, ada."
    assert client.get("/lounge", headers={"X-Key": "k-eve"}).status_code == 302


def test_own_anonymous_user_is_shown(club: Flask) -> None:
    """`anonymous_user` is the class that `current_user` has without login."""
    club.login_manager.anonymous_user = Guest
    with club.test_request_context():
        assert current_user.name == "a guest"


def test_login_exempts_options_and_the_disabled_switch() -> None:
    """LOGIN_DISABLED opens every door, and OPTIONS is never guarded."""
    assert create_club().test_client().options("/lounge").status_code == 200

    client = create_club(LOGIN_DISABLED=True).test_client()
    assert client.get("/safe").text == "The safe of None."


def test_signals_tell_who_came_and_went(club: Flask) -> None:
    """Login, logout and refusal are announced with the application as sender."""
    heard: list[str] = []

    def hear(name: str) -> Any:
        return lambda sender, **more: heard.append(f"{name} {more.get('user', '')}".strip())

    listeners = [(s, hear(s.name)) for s in (user_logged_in, user_logged_out, user_unauthorized)]
    for signal, listener in listeners:
        signal.connect(listener, club)
    client = club.test_client()
    client.get("/lounge")
    log_in(client)
    client.get("/logout")

    assert [line.split()[0] for line in heard] == ["unauthorized", "logged-in", "logged-out"]


def test_the_login_client_starts_logged_in(club: Flask) -> None:
    """`FlaskLoginClient` is a test client class with a user of its own."""
    club.test_client_class = FlaskLoginClient

    with club.test_client(user=Member("grace")) as client:
        assert client.get("/lounge").text == "Welcome, grace."
    assert club.test_client(user=Member("grace"), fresh_login=False).get("/safe").status_code == 302
