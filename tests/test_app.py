from __future__ import annotations

import gc
import importlib
import io
import os
import runpy
import sys
import weakref
from pathlib import Path
from typing import Any

import pytest
import werkzeug.serving

import flask
from flask import Flask, g, url_for
from flask.testing import FlaskClient


class TestConstructor:
    def test_static_route(self, tmp_path: Path) -> None:
        """The static folder is served below its name, with the endpoint ``static``."""
        (tmp_path / "static").mkdir()
        (tmp_path / "static" / "a.css").write_text("body {}")
        app = Flask("shop", root_path=str(tmp_path))

        with app.test_client().get("/static/a.css") as response:
            assert (response.text, response.mimetype) == ("body {}", "text/css")
        with app.test_request_context():
            assert url_for("static", filename="a.css") == "/static/a.css"

    @pytest.mark.parametrize(
        ("options", "rule"),
        [
            ({}, "/static/<path:filename>"),
            ({"static_url_path": "/files"}, "/files/<path:filename>"),
            ({"static_url_path": "/files/"}, "/files/<path:filename>"),
            ({"static_url_path": ""}, "/<path:filename>"),
            ({"static_folder": "assets"}, "/assets/<path:filename>"),
            ({"static_folder": "a/b"}, "/b/<path:filename>"),
            ({"static_folder": Path("a/c")}, "/c/<path:filename>"),
            ({"static_folder": "a/", "static_url_path": "/x"}, "/x/<path:filename>"),
            ({"static_folder": None}, None),
            ({"static_folder": None, "static_url_path": "/x"}, None),
        ],
    )
    def test_static_rule(self, options: dict[str, Any], rule: str | None) -> None:
        """Folder and URL path decide the rule; without a folder there is none."""
        app = Flask("shop", **options)

        assert [str(each) for each in app.url_map.iter_rules()] == ([rule] if rule else [])
        assert app.has_static_folder is (rule is not None)

    @pytest.mark.parametrize("options", [{"static_host": "a.example"}, {"host_matching": True}])
    def test_static_host_and_host_matching_go_together(self, options: dict[str, Any]) -> None:
        """A host for static files needs host matching, and the reverse."""
        with pytest.raises(AssertionError, match="Invalid static_host/host_matching combination"):
            Flask("shop", **options)

        Flask("shop", static_folder=None, **options)

    def test_relative_instance_path_is_refused(self, tmp_path: Path) -> None:
        """The instance folder is given as an absolute path."""
        with pytest.raises(ValueError, match="it must be absolute"):
            Flask("shop", instance_path="instance")

        assert Flask("shop", instance_path=str(tmp_path)).instance_path == str(tmp_path)

    def test_repr_and_name(self) -> None:
        """The representation shows the name, which may be assigned."""
        app = Flask("shop")
        assert repr(app) == "<Flask 'shop'>"

        app.name = "other"

        assert repr(app) == "<Flask 'other'>"

    def test_application_is_freed(self) -> None:
        """An application that served and is referred to no more needs no garbage collector."""
        gc.collect()
        gc.disable()
        try:
            app = Flask("shop")
            app.add_url_rule("/", "index", lambda: "x")
            app.test_client().get("/")
            ref = weakref.ref(app)
            del app
            assert ref() is None
        finally:
            gc.enable()


class TestStatic:
    @pytest.fixture
    def app(self, tmp_path: Path) -> Flask:
        (tmp_path / "static").mkdir()
        (tmp_path / "static" / "a.txt").write_text("a")
        return Flask("shop", root_path=str(tmp_path))

    def test_method_may_be_overridden(self) -> None:
        """The static view asks ``send_static_file`` of the application."""

        class Shop(Flask):
            def send_static_file(self, filename: str) -> Any:
                return f"own {filename}"

        shop = Shop("shop")
        assert shop.test_client().get("/static/x/y").text == "own x/y"
        shop = Shop("shop")
        shop.send_static_file = lambda filename: f"assigned {filename}"  # type: ignore[method-assign]
        assert shop.test_client().get("/static/x").text == "assigned x"

    def test_max_age_is_asked_by_name(self, app: Flask) -> None:
        """``get_send_file_max_age`` decides by the name in the URL."""
        app.get_send_file_max_age = lambda filename: 60 if filename == "a.txt" else None  # type: ignore
        with app.test_client().get("/static/a.txt") as response:
            assert response.cache_control.max_age == 60

    def test_missing_file_and_folder(self, app: Flask) -> None:
        """What is not there is 404; without a folder the method refuses."""
        assert app.test_client().get("/static/none.txt").status_code == 404
        bare = Flask("shop", static_folder=None)
        with (
            bare.test_request_context(),
            pytest.raises(RuntimeError, match="'static_folder' must be set"),
        ):
            bare.send_static_file("a.txt")

    def test_folder_may_be_set_later(self, app: Flask, tmp_path: Path) -> None:
        """The folder may be changed; the path is made absolute."""
        (tmp_path / "other").mkdir()
        (tmp_path / "other" / "b.txt").write_text("b")
        app.static_folder = "other/"

        assert app.static_folder == str(tmp_path / "other")
        with app.test_client().get("/static/b.txt") as response:
            assert response.text == "b"


class TestResources:
    @pytest.fixture
    def app(self, tmp_path: Path) -> Flask:
        (tmp_path / "schema.sql").write_text("é", encoding="utf-8")
        return Flask("shop", root_path=str(tmp_path), instance_path=str(tmp_path / "instance"))

    def test_open_resource(self, app: Flask) -> None:
        """A file beside the code is opened for reading, bytes by default."""
        with app.open_resource("schema.sql") as binary:
            assert binary.read() == "é".encode()
        with app.open_resource("schema.sql", "r", encoding="utf-8") as text:
            assert text.read() == "é"
        with app.open_resource("schema.sql", "rt", "latin-1") as text:
            assert text.read() == "Ã©"

    @pytest.mark.parametrize("mode", ["w", "x", "a", "r+", "rb+", "wb"])
    def test_resources_are_only_read(self, app: Flask, mode: str) -> None:
        """A mode that writes is refused."""
        with pytest.raises(ValueError, match="Resources can only be opened for reading"):
            app.open_resource("schema.sql", mode)

    def test_open_instance_resource(self, app: Flask, tmp_path: Path) -> None:
        """Files of the instance folder may be written; text is UTF-8 unless told otherwise."""
        (tmp_path / "instance").mkdir()
        with app.open_instance_resource("note", "w") as file:
            file.write("é")
        with app.open_instance_resource("note") as file:
            assert file.read() == "é".encode()
        with app.open_instance_resource("note", "r", encoding="latin-1") as file:
            assert file.read() == "Ã©"


class TestRun:
    @pytest.fixture
    def served(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        """What the development server is told, instead of starting it."""
        told: dict[str, Any] = {}

        def run_simple(host: str, port: int, app: Any, **options: Any) -> None:
            told.update(host=host, port=port, app=app, **options)

        monkeypatch.setattr(werkzeug.serving, "run_simple", run_simple)
        monkeypatch.setattr(flask.cli, "prepare_server", lambda host, port: None)
        return told

    def test_defaults(self, app: Flask, served: dict[str, Any]) -> None:
        """Without arguments the server listens on this machine, in threads, without debugger."""
        app.run(load_dotenv=False)

        assert served == {
            "host": "127.0.0.1",
            "port": 5000,
            "app": app,
            "threaded": True,
            "use_reloader": False,
            "use_debugger": False,
        }

    @pytest.mark.parametrize(
        ("server_name", "options", "expected"),
        [
            ("shop.example:8080", {}, ("shop.example", 8080)),
            ("shop.example", {}, ("shop.example", 5000)),
            (None, {"port": 80}, ("127.0.0.1", 80)),
            (None, {"port": "81"}, ("127.0.0.1", 81)),
            (None, {"port": 0}, ("127.0.0.1", 0)),
            ("shop.example:8080", {"host": "0.0.0.0"}, ("0.0.0.0", 8080)),
            ("shop.example:8080", {"port": 1}, ("shop.example", 1)),
        ],
    )
    def test_host_and_port(
        self,
        app: Flask,
        served: dict[str, Any],
        server_name: str | None,
        options: dict[str, Any],
        expected: tuple[str, int],
    ) -> None:
        """What is not given comes from SERVER_NAME."""
        app.config["SERVER_NAME"] = server_name

        app.run(load_dotenv=False, **options)

        assert (served["host"], served["port"]) == expected

    def test_debug_turns_on_reloader_and_debugger(self, app: Flask, served: dict[str, Any]) -> None:
        """Debug mode brings both, unless told otherwise."""
        app.run(debug=True, use_reloader=False, threaded=False, load_dotenv=False)

        assert app.debug is True
        assert (served["use_reloader"], served["use_debugger"]) == (False, True)
        assert served["threaded"] is False

        app.run(debug=False, load_dotenv=False)
        assert app.debug is False

    def test_dotenv_files_may_turn_debug_on(
        self, app: Flask, served: dict[str, Any], tmp_path: Path, monkeypatch: Any
    ) -> None:
        """FLASK_DEBUG of a dotenv file counts, unless the argument says otherwise."""
        (tmp_path / ".env").write_text("FLASK_DEBUG=1\n")
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("FLASK_DEBUG", raising=False)
        try:
            app.run()
            assert app.debug is True
            app.run(debug=False)
            assert app.debug is False
        finally:
            os.environ.pop("FLASK_DEBUG", None)

    def test_dotenv_files_that_say_nothing_of_debug(
        self, app: Flask, served: dict[str, Any], tmp_path: Path, monkeypatch: Any
    ) -> None:
        """Without FLASK_DEBUG in a dotenv file debug mode stays as the program set it."""
        monkeypatch.chdir(tmp_path)
        app.debug = True

        app.run()

        assert app.debug is True

    def test_setup_is_open_again_after_the_server_ended(
        self, app: Flask, served: dict[str, Any]
    ) -> None:
        """An interactive session may add views after the server was stopped."""
        app.test_client().get("/")
        app.run(load_dotenv=False)

        app.add_url_rule("/late", "late", lambda: "late")

        assert app.test_client().get("/late").text == "late"

    def test_nothing_happens_under_the_command(
        self, app: Flask, served: dict[str, Any], monkeypatch: Any, capsys: Any
    ) -> None:
        """``flask run`` imports a program that calls ``app.run``: that call does nothing."""
        monkeypatch.setenv("FLASK_RUN_FROM_CLI", "true")

        app.run()

        assert served == {}


def test_module_imported_runs_nothing() -> None:
    """Tools that import every module of the package start no program."""
    try:
        assert importlib.import_module("flask.__main__").main is flask.cli.main
    finally:
        sys.modules.pop("flask.__main__", None)  # it is run, not imported, by the next test


def test_module_runs_the_program(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """``python -m flask`` is the ``flask`` program."""
    monkeypatch.setattr(sys, "argv", ["flask", "--version"])
    monkeypatch.setenv("FLASK_RUN_FROM_CLI", "false")  # the program sets it: put back after

    with pytest.raises(SystemExit) as caught:
        runpy.run_module("flask", run_name="__main__")

    assert caught.value.code == 0
    assert "Flask" in capsys.readouterr().out


class TestShellContext:
    def test_variables(self, app: Flask) -> None:
        """``flask shell`` has the app, ``g``, and what processors add."""
        app.shell_context_processor(lambda: {"a": 1})
        app.shell_context_processor(lambda: {"b": 2, "app": "replaced"})

        assert app.make_shell_context() == {"app": "replaced", "g": g, "a": 1, "b": 2}


def test_wsgi_call_by_hand(app: Flask) -> None:
    """The application is a WSGI callable: a server needs nothing but PEP 3333."""
    app.add_url_rule("/", "index", lambda: "hello")
    started: list[Any] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }

    body = b"".join(app(environ, lambda *args: started.append(args)))

    assert body == b"hello"
    assert started == [
        ("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", "5")])
    ]


def test_extensions_and_blueprints_are_plain_dicts(app: Flask) -> None:
    """Extensions keep their state in a dict of the app."""
    app.extensions["mine"] = object()

    assert set(app.extensions) == {"mine"}
    assert app.blueprints == {}


def test_lazy_attributes_may_be_assigned(app: Flask, client: FlaskClient) -> None:
    """What is made on first touch may be assigned before."""
    import jinja2

    from flask.cli import AppGroup

    own_group, own_env = AppGroup(), jinja2.Environment(autoescape=True)
    app.cli = own_group
    app.jinja_env = own_env

    assert app.cli is own_group
    with app.app_context():
        assert flask.render_template_string("{{ '<' }}") == "&lt;"
