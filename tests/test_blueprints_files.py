from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest

import flask
from flask import Blueprint, Flask, request, url_for
from flask.testing import FlaskClient


def part(name: str = "part", **options: Any) -> Blueprint:
    """Return a blueprint with one view that tells where it is."""
    blueprint = Blueprint(name, "shop", **options)

    @blueprint.route("/")
    def index(**values: Any) -> dict[str, Any]:
        return {"endpoint": request.endpoint, "values": values, "blueprint": request.blueprint}

    return blueprint


class TestFilesAndTemplates:
    @pytest.fixture
    def blueprint(self, tmp_path: Path) -> Blueprint:
        (tmp_path / "files").mkdir()
        (tmp_path / "files" / "a.txt").write_text("a")
        (tmp_path / "pages").mkdir()
        (tmp_path / "pages" / "a.html").write_text("page")
        return Blueprint(
            "part",
            "shop",
            root_path=str(tmp_path),
            static_folder="files",
            template_folder="pages",
            url_prefix="/part",
        )

    def test_static_files(self, app: Flask, client: FlaskClient, blueprint: Blueprint) -> None:
        """A blueprint's files are served below its prefix, with the endpoint ``name.static``."""
        app.register_blueprint(blueprint)

        with client.get("/part/files/a.txt") as response:
            assert response.text == "a"
        with app.test_request_context():
            assert url_for("part.static", filename="a.txt") == "/part/files/a.txt"
        assert client.get("/part/files/none.txt").status_code == 404

    def test_max_age_of_its_files(
        self, app: Flask, client: FlaskClient, blueprint: Blueprint
    ) -> None:
        """A blueprint may decide how long its files are cached; else the app's setting does."""
        app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 10
        app.register_blueprint(blueprint)
        with client.get("/part/files/a.txt") as response:
            assert response.cache_control.max_age == 10

        blueprint.get_send_file_max_age = lambda filename: 100  # type: ignore[method-assign]

        with client.get("/part/files/a.txt") as response:
            assert response.cache_control.max_age == 100

    def test_without_a_folder(self, app: Flask) -> None:
        """A blueprint without static folder has nothing to send."""
        with app.test_request_context(), pytest.raises(RuntimeError, match="'static_folder'"):
            part().send_static_file("a.txt")

    def test_templates(self, app: Flask, client: FlaskClient, blueprint: Blueprint) -> None:
        """Its templates are found by every view."""
        app.register_blueprint(blueprint)
        app.add_url_rule("/", "index", lambda: flask.render_template("a.html"))

        assert client.get("/").text == "page"

    def test_resources(self, blueprint: Blueprint) -> None:
        """Files beside its code are opened for reading, text as UTF-8."""
        with blueprint.open_resource("files/a.txt") as file:
            assert file.read() == b"a"
        with blueprint.open_resource("files/a.txt", "r") as file:
            assert file.read() == "a"
        with pytest.raises(ValueError, match="only be opened for reading"):
            blueprint.open_resource("files/a.txt", "w")


class TestCommands:
    def invoke(self, app: Flask, *args: str) -> str:
        return app.test_cli_runner().invoke(args=list(args)).output

    def make(self, **options: Any) -> Blueprint:
        blueprint = Blueprint("part", "shop", **options)

        @blueprint.cli.command("say")
        def say() -> None:
            click.echo("said")

        return blueprint

    def test_group_is_named_like_the_blueprint(self, app: Flask) -> None:
        """Its commands are below a group of its name."""
        app.register_blueprint(self.make())

        assert self.invoke(app, "part", "say") == "said\n"

    @pytest.mark.parametrize(
        ("own", "options", "command"),
        [
            ({"cli_group": "named"}, {}, ["named", "say"]),
            ({}, {"cli_group": "given"}, ["given", "say"]),
            ({"cli_group": None}, {}, ["say"]),
            ({"cli_group": "named"}, {"cli_group": None}, ["say"]),
            ({}, {"name": "renamed"}, ["renamed", "say"]),
        ],
    )
    def test_group_may_be_named_or_left_out(
        self, app: Flask, own: Any, options: Any, command: list[str]
    ) -> None:
        """The group's name may be given; None adds the commands to the app's own."""
        app.register_blueprint(self.make(**own), **options)

        assert self.invoke(app, *command) == "said\n"

    def test_without_commands_there_is_no_group(self, app: Flask) -> None:
        """A blueprint without commands adds no group, and loads no Click for it."""
        blueprint = part()
        app.register_blueprint(blueprint)

        assert "cli" not in vars(blueprint)
        assert "cli" not in vars(app)
