"""Who may write: accounts with a name and a hashed password."""

from __future__ import annotations

import functools
import secrets
import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime

from flask import current_app
from werkzeug.security import check_password_hash, generate_password_hash

from .database import connect
from .texts import fold


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who has signed up."""

    id: int
    name: str
    session_token: str = field(repr=False)  # a secret: kept out of logs


class NameTakenError(Exception):
    """Somebody else has this name already."""


def create_account(name: str, password: str) -> Account:
    """Sign somebody up.

    Raises:
        NameTakenError: The name is in use, perhaps in other letter case.
    """
    hashed = generate_password_hash(password, method=current_app.config["PASSWORD_METHOD"])
    session_token = secrets.token_hex()
    created_at = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        with connect() as connection:
            cursor = connection.execute(
                "INSERT INTO account (name, name_key, password_hash, session_token, created_at)"
                " VALUES (?, ?, ?, ?, ?)",
                (name, fold(name), hashed, session_token, created_at),
            )
    except sqlite3.IntegrityError as error:
        raise NameTakenError(name) from error
    return Account(cursor.lastrowid or 0, name, session_token)


def find_account(session_token: str) -> Account | None:
    """Return the account that a session stands for.

    A session holds this token, not the account's number: once the database is emptied
    the numbers begin at 1 again, and a session kept from before must not open whichever
    account has the number now. A page to change the password would change the token too.
    """
    query = "SELECT id, name, session_token FROM account WHERE session_token = ?"
    row = connect().execute(query, (session_token,)).fetchone()
    return Account(*row) if row else None


def authenticate(name: str, password: str) -> Account | None:
    """Return the account if name and password belong together.

    An unknown name takes as long as a wrong password: how quickly the answer comes
    must not tell which names exist.
    """
    query = "SELECT id, name, session_token, password_hash FROM account WHERE name_key = ?"
    row = connect().execute(query, (fold(name),)).fetchone()
    hashed = row["password_hash"] if row else _decoy(current_app.config["PASSWORD_METHOD"])
    matches = check_password_hash(hashed, password)
    return Account(row["id"], row["name"], row["session_token"]) if row and matches else None


@functools.cache
def _decoy(method: str) -> str:
    """Return the hash of a password that nobody has."""
    return generate_password_hash(secrets.token_hex(), method=method)
