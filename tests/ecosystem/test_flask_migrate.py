"""Flask-Migrate: a schema that grows, driven through the `flask db` commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic.migration import MigrationContext
from click.testing import Result
from flask_migrate import Migrate, stamp, upgrade
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import inspect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from flask import Flask, request


class Project:
    """An application whose model has as many columns as the test wants."""

    def __init__(self, folder: Path, *, with_colour: bool = False, **options: Any) -> None:
        self.app = Flask(__name__)
        self.app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{folder / 'plants.db'}"

        class Base(DeclarativeBase):
            pass

        self.db = db = SQLAlchemy(self.app, model_class=Base)

        class Plant(db.Model):
            id: Mapped[int] = mapped_column(primary_key=True)
            name: Mapped[str]
            if with_colour:
                colour: Mapped[str | None]

        self.Plant = Plant
        options = {"directory": str(folder / "migrations")} | options
        self.migrate = Migrate(self.app, self.db, **options)
        self.app.add_url_rule("/plants", view_func=self.serve, methods=["GET", "POST"])

    def serve(self) -> Any:
        if request.method == "POST":
            self.db.session.add(self.Plant(**request.get_json()))
            self.db.session.commit()
        return [plant.name for plant in self.db.session.scalars(self.db.select(self.Plant))]

    def run(self, *args: str) -> Result:
        return self.app.test_cli_runner().invoke(args=["db", *args])

    def revision(self) -> str | None:
        with self.app.app_context(), self.db.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def columns(self) -> set[str]:
        with self.app.app_context():
            inspector = inspect(self.db.engine)
            if not inspector.has_table("plant"):
                return set()
            return {column["name"] for column in inspector.get_columns("plant")}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    for command in (["init"], ["migrate", "-m", "plants", "--rev-id", "one"], ["upgrade"]):
        result = project.run(*command)
        assert result.exit_code == 0, result.output
    return project


def test_init_migrate_upgrade_make_the_table(project: Project, tmp_path: Path) -> None:
    """The three commands of the introduction lay out the folder, a revision and the table."""
    assert (tmp_path / "migrations" / "versions" / "one_plants.py").is_file()
    assert project.columns() == {"id", "name"}


def test_rows_are_written_and_survive_a_migration(project: Project, tmp_path: Path) -> None:
    """A row written before a revision is read after it."""
    project.app.test_client().post("/plants", json={"name": "ginkgo"})
    grown = Project(tmp_path, with_colour=True)
    assert grown.run("migrate", "--rev-id", "two").exit_code == 0
    assert grown.run("upgrade").exit_code == 0

    assert grown.columns() == {"id", "name", "colour"}
    client = grown.app.test_client()
    assert client.post("/plants", json={"name": "acer", "colour": "red"}).json == ["ginkgo", "acer"]


def test_downgrade_takes_the_table_away(project: Project) -> None:
    """Downgrading to the base removes what the revision made."""
    assert project.run("downgrade", "base").exit_code == 0
    assert project.columns() == set()


def test_the_database_knows_its_revision(project: Project) -> None:
    """The revision that the database is at is kept in the database."""
    assert project.revision() == "one"


def test_python_functions_do_what_the_commands_do(project: Project) -> None:
    """`upgrade` and `stamp` may be called inside an application context."""
    project.run("downgrade", "base")
    with project.app.app_context():
        upgrade()
    assert project.columns() == {"id", "name"}
    with project.app.app_context():
        stamp(revision="base")
    assert project.revision() is None


def test_without_init_the_command_fails(tmp_path: Path) -> None:
    """Upgrading without a migrations folder says so and exits with a status."""
    result = Project(tmp_path).run("upgrade")

    assert result.exit_code == 1
    assert result.exception is not None


def test_a_database_behind_its_revisions_is_refused(project: Project) -> None:
    """No revision is made while an older one waits to be applied."""
    project.run("downgrade", "base")

    assert project.run("migrate").exit_code == 1
    assert project.run("revision", "--head", "nowhere").exit_code == 1


def test_own_configuration_and_revision_hook_are_called(tmp_path: Path) -> None:
    """`migrate.configure` and `process_revision_directives` see each command."""
    seen: list[str] = []

    def leave_out_empty(context: Any, revision: Any, directives: list[Any]) -> None:
        seen.append("directives")
        if directives[0].upgrade_ops.is_empty():
            directives[:] = []

    project = Project(tmp_path, process_revision_directives=leave_out_empty)

    @project.migrate.configure
    def note(config: Any) -> Any:
        seen.append("configure")
        return config

    for command in (["init"], ["migrate"], ["upgrade"], ["migrate"]):
        assert project.run(*command).exit_code == 0

    assert seen.count("directives") == 2
    assert "configure" in seen
    assert len([*(tmp_path / "migrations" / "versions").glob("*.py")]) == 1


def test_the_help_lists_the_commands(project: Project) -> None:
    """`flask db --help` is a group among Flask's own commands."""
    result = project.run("--help")

    assert result.exit_code == 0
    assert {"init", "migrate", "upgrade", "downgrade"} <= set(result.output.split())
