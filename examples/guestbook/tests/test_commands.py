from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from guestbook.database import connect, drop_tables
from guestbook.samples import ENTRIES
from visitor import PNG, Visitor

if TYPE_CHECKING:
    from flask import Flask


def test_seed_fills_the_book_and_opens_an_account(app: Flask, visitor: Visitor) -> None:
    """The printed name and password work, and the sample pictures are real uploads."""
    result = app.test_cli_runner().invoke(args=["seed"])

    assert result.exit_code == 0
    found = re.search(r"Sign in as '(.+)' with the password '(.+)'", result.output)
    assert found
    assert visitor.sign_in(*found.groups()).status_code == 302
    entries = visitor.entries()
    assert visitor.client.get("/api/entries").get_json()["total"] == len(ENTRIES)
    assert visitor.fetch(entries[0]["image"]).content_type == "image/png"
    dates = [entry["created_at"] for entry in entries]
    assert dates == sorted(dates, reverse=True)


def test_seed_refuses_a_name_in_use(app: Flask, ada: Visitor) -> None:
    """An existing account keeps its password; the message names the way out."""
    result = app.test_cli_runner().invoke(args=["seed", "--name", "ada"])

    assert result.exit_code == 1
    assert "--name" in result.output
    assert ada.entries() == []


def test_init_db_leaves_entries_alone(app: Flask, ada: Visitor) -> None:
    """Preparing the database again is harmless."""
    ada.write("An owl")

    result = app.test_cli_runner().invoke(args=["init-db"])

    assert result.exit_code == 0
    assert app.config["DATABASE"] in result.output
    assert len(ada.entries()) == 1


@pytest.mark.parametrize(("reply", "left"), [("y\n", 0), ("n\n", 1), ("", 1)])
def test_init_db_reset_asks_first(app: Flask, ada: Visitor, reply: str, left: int) -> None:
    """Everything is deleted after a clear yes, and only then."""
    ada.write("An owl")

    app.test_cli_runner().invoke(args=["init-db", "--reset"], input=reply)

    assert len(ada.entries()) == left


@pytest.mark.parametrize(("reply", "left"), [("y\n", ["notes.png"]), ("n\n", None)])
def test_init_db_reset_deletes_the_pictures(
    app: Flask, ada: Visitor, reply: str, left: list[str] | None
) -> None:
    """No picture stays that no entry shows; files that are not ours do."""
    ada.write("An owl", image=PNG)
    uploads = Path(app.config["UPLOADS"])
    (uploads / "notes.png").touch()
    before = sorted(path.name for path in uploads.iterdir())

    app.test_cli_runner().invoke(args=["init-db", "--reset"], input=reply)

    assert sorted(path.name for path in uploads.iterdir()) == (left or before)
    assert len(before) == 2


def test_reset_empties_all_tables_or_none(app: Flask, ada: Visitor) -> None:
    """When something else keeps an account from being deleted, the entries stay too."""
    ada.write("An owl")
    with app.app_context(), connect() as connection:
        connection.execute("CREATE TABLE badge (account_id INTEGER REFERENCES account (id))")
        connection.execute("INSERT INTO badge VALUES (1)")

    with app.app_context(), pytest.raises(sqlite3.IntegrityError):
        drop_tables()

    assert len(ada.entries()) == 1
