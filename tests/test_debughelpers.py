from __future__ import annotations

import io
import logging
from pathlib import Path
from typing import Any

import jinja2
import pytest

from flask import Blueprint, Flask, render_template, request
from flask.debughelpers import (
    DebugFilesKeyError,
    FormDataRoutingRedirect,
    UnexpectedUnicodeError,
    attach_enctype_error_multidict,
)
from flask.testing import FlaskClient


@pytest.fixture
def app(app: Flask) -> Flask:
    app.debug = True
    return app


class TestMissingFile:
    def test_file_field_posted_without_multipart(self, app: Flask, client: FlaskClient) -> None:
        """A file that came as mere text is explained: name the form attribute that is missing."""
        app.add_url_rule("/", "index", lambda: request.files["photo"].read(), methods=["POST"])

        with pytest.raises(DebugFilesKeyError) as caught:
            client.post("/", data={"photo": "cat.jpg"})

        text = str(caught.value)
        assert "'photo'" in text
        assert "application/x-www-form-urlencoded" in text
        assert 'enctype="multipart/form-data"' in text
        assert "'cat.jpg'" in text

    def test_field_that_the_form_lacks_too(self, app: Flask, client: FlaskClient) -> None:
        """A key that is nowhere stays the usual 400."""
        app.config["TRAP_BAD_REQUEST_ERRORS"] = False
        app.add_url_rule("/", "index", lambda: request.files["photo"].read(), methods=["POST"])

        assert client.post("/", data={"name": "x"}).status_code == 400

    def test_files_that_came_are_read(self, app: Flask, client: FlaskClient) -> None:
        """A real upload is not disturbed."""
        app.add_url_rule("/", "index", lambda: request.files["photo"].read(), methods=["POST"])

        response = client.post("/", data={"photo": (io.BytesIO(b"cat"), "cat.jpg")})

        assert response.data == b"cat"

    def test_outside_debug_mode_nothing_is_explained(self, app: Flask, client: FlaskClient) -> None:
        """Outside debug mode a missing file is a plain 400."""
        app.debug = False
        app.add_url_rule("/", "index", lambda: request.files["photo"].read(), methods=["POST"])

        assert client.post("/", data={"photo": "cat.jpg"}).status_code == 400

    def test_dict_keeps_its_other_methods(self, app: Flask) -> None:
        """Only the look-up of a key explains; ``get`` and ``in`` work as before."""
        with app.test_request_context("/", method="POST", data={"photo": "cat.jpg"}):
            attach_enctype_error_multidict(request)  # type: ignore[arg-type]

            assert request.files.get("photo") is None
            assert "photo" not in request.files
            assert type(request.files).__name__ == "ImmutableMultiDict"

    def test_without_file_names(self, app: Flask) -> None:
        """When the form has no value for the key, only the encoding is explained."""
        with app.test_request_context("/", method="POST", data={"other": "x"}):
            text = str(DebugFilesKeyError(request, "photo"))  # type: ignore[arg-type]

        assert "multipart/form-data" in text
        assert "file names" not in text


class TestLostForm:
    def test_redirect_that_would_lose_the_form(self, app: Flask) -> None:
        """A redirect that browsers follow by GET is refused for a form, with the right URL."""
        app.add_url_rule("/folder/", "folder", lambda: "", methods=["GET", "POST"])
        app.add_url_rule("/old", redirect_to="/new", endpoint="old", methods=["GET", "POST"])
        with app.test_request_context("/folder?a=1", method="POST"):
            assert request.routing_exception is not None
            request.routing_exception.code = 302

            with pytest.raises(FormDataRoutingRedirect) as caught:
                app.raise_routing_exception(request)  # type: ignore[arg-type]

        text = str(caught.value)
        assert "'http://localhost/folder?a=1'" in text
        assert "'http://localhost/folder/?a=1'" in text
        assert "slash" in text
        assert "POST" in text

    def test_redirect_elsewhere_is_not_blamed_on_the_slash(self, app: Flask) -> None:
        """Another redirect says nothing about a slash."""
        app.add_url_rule("/old", redirect_to="/new", endpoint="old", methods=["GET", "POST"])
        with app.test_request_context("/old", method="POST"):
            assert request.routing_exception is not None
            request.routing_exception.code = 301
            with pytest.raises(FormDataRoutingRedirect) as caught:
                app.raise_routing_exception(request)  # type: ignore[arg-type]

        assert "slash" not in str(caught.value)

    @pytest.mark.parametrize(("method", "code"), [("POST", 308), ("POST", 307), ("GET", 302)])
    def test_redirect_that_keeps_the_form(self, app: Flask, method: str, code: int) -> None:
        """A redirect that repeats the method, or a request without form, is let through."""
        app.add_url_rule("/folder/", "folder", lambda: "", methods=["GET", "POST"])
        with app.test_request_context("/folder", method=method):
            error = request.routing_exception
            assert error is not None
            error.code = code

            with pytest.raises(type(error)):
                app.raise_routing_exception(request)  # type: ignore[arg-type]


class TestExplainTemplateLoading:
    @pytest.fixture
    def app(self, app: Flask, tmp_path: Path) -> Flask:
        for folder in ("templates", "part"):
            (tmp_path / folder).mkdir()
        (tmp_path / "templates" / "both.html").write_text("app")
        (tmp_path / "part" / "both.html").write_text("blueprint")
        (tmp_path / "part" / "one.html").write_text("one")
        app.root_path = str(tmp_path)
        app.template_folder = "templates"
        app.config["EXPLAIN_TEMPLATE_LOADING"] = True
        part = Blueprint("part", "shop", template_folder=str(tmp_path / "part"))

        @part.route("/<name>")
        def show(name: str) -> str:
            return render_template(name)

        app.register_blueprint(part)
        app.register_blueprint(Blueprint("bare", "shop"))
        return app

    def explained(self, client: FlaskClient, name: str, caplog: Any) -> str:
        caplog.set_level(logging.INFO)
        client.get(f"/{name}")
        (record,) = caplog.records
        return str(record.getMessage())

    def test_one_match(self, client: FlaskClient, caplog: Any) -> None:
        """The log names each loader that was asked, its options, and the file found."""
        text = self.explained(client, "one.html", caplog)

        assert "Locating template 'one.html'" in text
        assert "1: trying loader of application" in text
        assert "2: trying loader of blueprint 'part'" in text
        assert "class: jinja2.loaders.FileSystemLoader" in text
        assert "encoding: 'utf-8'" in text
        assert "searchpath:\n         - " in text
        assert "-> no match" in text
        assert "-> found ('" in text
        assert "Warning" not in text
        assert "Error" not in text

    def test_two_matches(self, client: FlaskClient, caplog: Any) -> None:
        """Two files of one name are warned of; the app's is used."""
        text = self.explained(client, "both.html", caplog)

        assert "multiple loaders returned a match" in text
        assert "'part'" in text.splitlines()[-1]
        assert client.get("/both.html").text == "app"

    def test_no_match(self, app: Flask, caplog: Any) -> None:
        """A template that is nowhere is an error, and the blueprint's folder is recalled."""
        with pytest.raises(jinja2.TemplateNotFound):
            app.test_client().get("/none.html")

        assert "could not be found" in caplog.records[0].getMessage() or not caplog.records

    def test_outside_of_a_request(self, app: Flask, caplog: Any) -> None:
        """Outside a request there is no blueprint to recall."""
        caplog.set_level(logging.INFO)
        with app.app_context(), pytest.raises(jinja2.TemplateNotFound):
            render_template("none.html")

        text = caplog.records[0].getMessage()
        assert "could not be found" in text
        assert "looked up from" not in text

    def test_loader_of_another_kind(self, app: Flask, caplog: Any) -> None:
        """Of any loader the simple attributes are shown, a text source without a file too."""
        caplog.set_level(logging.INFO)
        app.jinja_loader = jinja2.DictLoader({"dict.html": "x"})
        with app.app_context():
            assert render_template("dict.html") == "x"

        text = caplog.records[0].getMessage()
        assert "class: jinja2.loaders.DictLoader" in text
        assert "-> found ('<string>')" in text

    def test_only_simple_attributes_are_shown(self, app: Flask, caplog: Any) -> None:
        """Of a loader's attributes text, numbers and lists of text are shown, private ones not."""

        class Loader(jinja2.DictLoader):
            def __init__(self) -> None:
                super().__init__({"a.html": "a"})
                self.prefix, self.depth, self.folders = "p", 3, ["x", "y"]
                self.numbers, self.opaque, self._secret = [1, 2], object(), "secret"

        caplog.set_level(logging.INFO)
        app.jinja_loader = Loader()
        with app.app_context():
            render_template("a.html")

        text = caplog.records[0].getMessage()
        for shown in ("prefix: 'p'", "depth: 3", "folders:\n         - x\n         - y"):
            assert shown in text
        for hidden in ("numbers", "opaque", "secret", "mapping"):
            assert hidden not in text


def test_unexpected_unicode_error_is_both() -> None:
    """The error is caught as an assertion and as a Unicode error."""
    assert issubclass(UnexpectedUnicodeError, AssertionError)
    assert issubclass(UnexpectedUnicodeError, UnicodeError)
