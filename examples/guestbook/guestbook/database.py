"""Where the data is kept: one SQLite connection per request, closed at its end.

Called by `accounts` and `entries`, which hold the SQL. The tables are made at
start, so there is nothing to install and nothing to run first.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from flask import current_app, g

from .texts import fold

if TYPE_CHECKING:
    from flask import Flask


def connect() -> sqlite3.Connection:
    """Return this request's connection, opening it at first use."""
    if "connection" not in g:
        g.connection = sqlite3.connect(current_app.config["DATABASE"])
        g.connection.row_factory = sqlite3.Row
        g.connection.execute("PRAGMA foreign_keys = ON")  # SQLite leaves them off
        # SQLite itself knows upper and lower case in English letters only.
        g.connection.create_function("fold", 1, fold, deterministic=True)
    connection: sqlite3.Connection = g.connection
    return connection


def create_tables() -> None:
    """Create the tables that are not there yet."""
    with current_app.open_resource("schema.sql", "r", encoding="utf-8") as schema:
        statements = schema.read()
    try:
        connect().executescript(statements)
    except sqlite3.OperationalError as error:
        error.add_note(
            f"The database is {current_app.config['DATABASE']}. If an earlier version of the"
            " guestbook made it, move it away; the next start makes a new one."
        )
        raise


def drop_tables() -> None:
    """Remove all tables with everything in them."""
    connect().executescript(
        "BEGIN; DROP TABLE IF EXISTS entry; DROP TABLE IF EXISTS account; COMMIT"
    )


def close_connection(error: BaseException | None = None) -> None:
    """Close the connection if this request opened one."""
    connection = g.pop("connection", None)
    if connection is not None:
        connection.close()


def init_app(app: Flask) -> None:
    """Close connections after each request, and prepare the tables now."""
    app.teardown_appcontext(close_connection)
    with app.app_context():
        create_tables()
