"""Where the data is kept: one SQLite connection per request, closed at its end.

Called by `accounts` and `entries`, which hold the SQL. The tables are made at
start, so there is nothing to install and nothing to run first.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from flask import current_app, g

if TYPE_CHECKING:
    from flask import Flask


def connect() -> sqlite3.Connection:
    """Return this request's connection, opening it at first use."""
    if "connection" not in g:
        g.connection = sqlite3.connect(current_app.config["DATABASE"])
        g.connection.row_factory = sqlite3.Row
        g.connection.execute("PRAGMA foreign_keys = ON")  # SQLite leaves them off
    connection: sqlite3.Connection = g.connection
    return connection


def create_tables() -> None:
    """Create the tables that are not there yet."""
    with current_app.open_resource("schema.sql", "r", encoding="utf-8") as schema:
        connect().executescript(schema.read())


def drop_tables() -> None:
    """Remove all tables with everything in them."""
    with connect() as connection:
        connection.execute("DROP TABLE IF EXISTS entry")
        connection.execute("DROP TABLE IF EXISTS account")


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
