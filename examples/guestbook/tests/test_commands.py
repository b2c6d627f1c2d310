from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from guestbook.samples import ENTRIES
from visitor import Visitor

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
