from __future__ import annotations

import sqlite3
import stat
from typing import TYPE_CHECKING

import pytest

from guestbook import create_app
from visitor import Visitor

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask


def test_first_start_makes_a_private_secret_key(app: Flask, tmp_path: Path) -> None:
    """The key that signs sessions is made up once, and only its owner can read it."""
    path = tmp_path / "instance" / "secret_key"

    assert app.config["SECRET_KEY"] == path.read_text()
    assert len(path.read_text()) == 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert sorted(item.name for item in path.parent.iterdir()) == [
        "guestbook.sqlite3",
        "secret_key",
        "uploads",
    ]


def test_second_start_finds_everything_as_it_was(ada: Visitor, tmp_path: Path) -> None:
    """A restart keeps entries, accounts and the key, so that visitors stay signed in."""
    ada.write("Still here.")
    cookie = ada.client.get_cookie("session")
    assert cookie is not None

    again = create_app({"TESTING": True}, instance_path=str(tmp_path / "instance"))
    later = Visitor(again.test_client())
    later.client.set_cookie("session", cookie.value)

    assert [entry["text"] for entry in later.entries()] == ["Still here."]
    assert later.client.get("/api/session").get_json()["account"] == "Ada"


def test_database_of_an_earlier_version_is_named_at_start(tmp_path: Path) -> None:
    """Tables that do not fit stop the start, saying which file to move away."""
    database = tmp_path / "guestbook.sqlite3"
    connection = sqlite3.connect(database)
    connection.execute("CREATE TABLE account (id INTEGER PRIMARY KEY, name TEXT)")
    connection.close()

    with pytest.raises(sqlite3.OperationalError, match="session_token") as caught:
        create_app(instance_path=str(tmp_path))

    assert str(database) in caught.value.__notes__[0]
    assert "move it away" in caught.value.__notes__[0]


def test_instance_folder_comes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GUESTBOOK_INSTANCE moves all data elsewhere."""
    monkeypatch.setenv("GUESTBOOK_INSTANCE", str(tmp_path / "elsewhere"))

    assert create_app().instance_path == str((tmp_path / "elsewhere").resolve())
    assert (tmp_path / "elsewhere" / "guestbook.sqlite3").exists()


def test_settings_win_in_the_documented_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The argument wins over variables, these over the file, that over the defaults."""
    (tmp_path / "config.toml").write_text(
        'MAX_CONTENT_LENGTH = 1\nMAX_FORM_PARTS = 1\nSECRET_KEY = "from the file"\n'
    )
    monkeypatch.setenv("GUESTBOOK_MAX_CONTENT_LENGTH", "2")
    monkeypatch.setenv("GUESTBOOK_MAX_FORM_PARTS", "2")

    config = create_app({"MAX_FORM_PARTS": 3}, instance_path=str(tmp_path)).config

    assert config["SECRET_KEY"] == "from the file"
    assert config["MAX_CONTENT_LENGTH"] == 2
    assert config["MAX_FORM_PARTS"] == 3
    assert config["SESSION_COOKIE_SAMESITE"] == "Lax"
    assert not (tmp_path / "secret_key").exists()
