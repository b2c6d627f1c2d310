"""What an operator can ask for: ``flask init-db`` and ``flask seed``."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import click

from . import samples, uploads
from .accounts import NameTakenError, create_account
from .database import create_tables, drop_tables

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Add the commands to ``flask``."""

    @app.cli.command("init-db")
    @click.option("--reset", is_flag=True, help="Delete all accounts, entries and pictures first.")
    def init_db(reset: bool) -> None:
        """Create the tables that are missing."""
        if reset:
            click.confirm("Delete all accounts, entries and pictures?", abort=True)
            drop_tables()
            uploads.remove_all()
        create_tables()
        click.echo(f"The database is ready: {app.config['DATABASE']}")

    @app.cli.command()
    @click.option("--name", default="demo", show_default=True, help="The account to sign in with.")
    def seed(name: str) -> None:
        """Fill the book with sample entries, and open an account to try it."""
        password = secrets.token_urlsafe(9)
        try:
            create_account(name, password)
        except NameTakenError:
            raise click.ClickException(
                f"There is an account {name!r} already. Choose another with --name,"
                " or start again with: flask init-db --reset"
            ) from None
        count = samples.write_entries()
        click.echo(f"Wrote {count} entries. Sign in as {name!r} with the password {password!r}.")
