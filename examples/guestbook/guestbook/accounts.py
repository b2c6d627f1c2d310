"""Who may write: accounts with a name and a hashed password."""

from __future__ import annotations

import functools
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import current_app
from werkzeug.security import check_password_hash, generate_password_hash

from .database import connect


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who has signed up."""

    id: int
    name: str


class NameTakenError(Exception):
    """Somebody else has this name already."""


def create_account(name: str, password: str) -> Account:
    """Sign somebody up.

    Raises:
        NameTakenError: The name is in use, perhaps in other letter case.
    """
    hashed = generate_password_hash(password, method=current_app.config["PASSWORD_METHOD"])
    created_at = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        with connect() as connection:
            cursor = connection.execute(
                "INSERT INTO account (name, name_key, password_hash, created_at)"
                " VALUES (?, ?, ?, ?)",
                (name, name.casefold(), hashed, created_at),
            )
    except sqlite3.IntegrityError as error:
        raise NameTakenError(name) from error
    return Account(id=cursor.lastrowid or 0, name=name)


def find_account(account_id: int) -> Account | None:
    """Return the account with this number."""
    query = "SELECT id, name FROM account WHERE id = ?"
    row = connect().execute(query, (account_id,)).fetchone()
    return Account(*row) if row else None


def authenticate(name: str, password: str) -> Account | None:
    """Return the account if name and password belong together.

    An unknown name takes as long as a wrong password: how quickly the answer comes
    must not tell which names exist.
    """
    query = "SELECT id, name, password_hash FROM account WHERE name_key = ?"
    row = connect().execute(query, (name.casefold(),)).fetchone()
    hashed = row["password_hash"] if row else _decoy(current_app.config["PASSWORD_METHOD"])
    matches = check_password_hash(hashed, password)
    return Account(row["id"], row["name"]) if row and matches else None


@functools.cache
def _decoy(method: str) -> str:
    """Return the hash of a password that nobody has."""
    return generate_password_hash(secrets.token_hex(), method=method)
