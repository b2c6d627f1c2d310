from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from guestbook.accounts import authenticate
from guestbook.database import connect
from visitor import PASSWORD, Visitor

if TYPE_CHECKING:
    from flask import Flask


def test_signing_up_signs_in_and_welcomes(visitor: Visitor) -> None:
    """A new account is in use at once, and a flashed message says so, once."""
    answer = visitor.sign_up("민준")

    assert (answer.status_code, answer.location) == (302, "/")
    assert "Welcome, 민준!" in visitor.look()
    assert "Welcome, 민준!" not in visitor.look()


@pytest.mark.parametrize(
    "name", ["", "x", "a b", "<b>", "-ada", "x" * 31, "a\nb", "ada\u3164", "\u115f\u115f"]
)
def test_unusable_names_are_refused(visitor: Visitor, name: str) -> None:
    """A name has 2 to 30 letters, digits, dots, hyphens or underscores, all to be seen."""
    answer = visitor.sign_up(name)

    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text


def test_short_password_is_refused(visitor: Visitor) -> None:
    """A password has at least eight characters."""
    assert visitor.sign_up("ada", "1234567").status_code == 422
    assert visitor.sign_up("ada", "12345678").status_code == 302


def test_mistyped_password_is_refused(visitor: Visitor) -> None:
    """Both passwords of the form must be the same: nobody could mend a slip later."""
    answer = visitor.send("/sign-up", name="ada", password=PASSWORD, repeat=PASSWORD + "x")

    assert answer.status_code == 422
    assert "The two passwords are not the same." in answer.text


def test_names_differ_by_more_than_case(visitor: Visitor, ada: Visitor) -> None:
    """Nobody can pass as Ada by writing ADA."""
    answer = visitor.sign_up("ADA")

    assert answer.status_code == 422
    assert "This name is taken" in answer.text


def test_passwords_are_stored_as_hashes(app: Flask, ada: Visitor) -> None:
    """The database holds no password."""
    with app.app_context():
        stored = connect().execute("SELECT password_hash FROM account").fetchone()[0]

    assert stored.startswith("pbkdf2:sha256:1$")
    assert PASSWORD not in stored


def test_signing_in_and_out(visitor: Visitor, ada: Visitor) -> None:
    """The right pair opens a session, in any letter case; signing out ends it."""
    assert visitor.sign_in("aDA").status_code == 302
    page = visitor.look()
    assert "Welcome back, Ada!" in page
    assert "Sign out" in page

    assert "You are signed out." in visitor.send("/sign-out", follow=True).text
    assert visitor.client.get("/api/session").get_json()["account"] is None


def test_failed_sign_in_does_not_tell_which_names_exist(visitor: Visitor, ada: Visitor) -> None:
    """A wrong password and an unknown name get the same answer."""
    wrong = visitor.sign_in("Ada", "not her password")
    unknown = visitor.sign_in("Bob", "not her password")

    assert wrong.status_code == unknown.status_code == 422
    assert wrong.text.replace("Ada", "Bob") == unknown.text


def test_unknown_name_costs_a_password_check(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown name takes as long as a wrong password: a hash is checked for both."""
    checked: list[str] = []

    def check(hashed: str, password: str) -> bool:
        checked.append(hashed)
        return False

    monkeypatch.setattr("guestbook.accounts.check_password_hash", check)

    with app.app_context():
        assert authenticate("nobody", "x") is None
    assert checked[0].startswith("pbkdf2:sha256:1$")


def test_session_is_renewed_at_sign_in(app: Flask, visitor: Visitor, ada: Visitor) -> None:
    """What was in the session before is gone, token included; preferences stay."""
    visitor.send("/preferences", theme="dark")
    with visitor.client.session_transaction() as session:
        session["planted"] = "by somebody else"
        before = session["csrf_token"]

    visitor.sign_in("Ada")

    with visitor.client.session_transaction() as session:
        assert "planted" not in session
        assert session.get("csrf_token") != before
        assert session["theme"] == "dark"


def test_deleted_account_is_signed_out(app: Flask, ada: Visitor) -> None:
    """A session that names an account which is gone stands for nobody."""
    with app.app_context(), connect() as connection:
        connection.execute("DELETE FROM account")

    assert ada.client.get("/api/session").get_json()["account"] is None


def test_session_does_not_open_another_account_of_the_same_number(
    app: Flask, visitor: Visitor, ada: Visitor
) -> None:
    """After a reset the numbers begin again; who was signed in before is nobody now."""
    app.test_cli_runner().invoke(args=["init-db", "--reset"], input="y\n")
    visitor.sign_up("Grace")

    with app.app_context():
        assert [row["id"] for row in connect().execute("SELECT id FROM account")] == [1]
    assert ada.client.get("/api/session").get_json()["account"] is None
    assert ada.client.get("/entries/new").location == "/sign-in?next=/entries/new"
    assert visitor.client.get("/api/session").get_json()["account"] == "Grace"


def test_new_session_token_ends_all_sessions(app: Flask, visitor: Visitor, ada: Visitor) -> None:
    """Whoever holds a session, copied or not, loses it; the password opens the next one."""
    with app.app_context(), connect() as connection:
        connection.execute("UPDATE account SET session_token = 'another'")

    assert ada.client.get("/api/session").get_json()["account"] is None
    visitor.sign_in("Ada")
    assert visitor.client.get("/api/session").get_json()["account"] == "Ada"


def test_session_token_is_kept_out_of_logs(app: Flask, ada: Visitor) -> None:
    """An account can be printed without telling its token."""
    with app.app_context():
        account = authenticate("Ada", PASSWORD)

    assert account
    assert len(account.session_token) == 64
    assert account.session_token not in repr(account)


def test_signed_in_visitors_skip_the_sign_in_page(ada: Visitor) -> None:
    """Who is signed in already goes on at once."""
    assert ada.client.get("/sign-in?next=/entries/new").location == "/entries/new"
