"""The application's files and templates, and how it is run and tested."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import werkzeug.serving
from jinja2 import DictLoader, FileSystemLoader

from flask import Flask, g, session
from flask.testing import FlaskClient, FlaskCliRunner

# Files


@pytest.mark.parametrize("configured", [None, 60, timedelta(minutes=1)])
def test_get_send_file_max_age_is_configured(app: Flask, configured: Any) -> None:
    """The cache time of files is a setting, in seconds or as a timedelta."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = configured
    with app.app_context():
        assert app.get_send_file_max_age("style.css") == (configured and 60)


def test_get_send_file_max_age_decides_by_file_name(app: Flask, folder: Path) -> None:
    """An override is asked for every static file, by name."""

    class Shop(Flask):
        def get_send_file_max_age(self, filename: str | None) -> int | None:
            base = super().get_send_file_max_age(filename)
            return 5 if filename and filename.endswith(".css") else base

    with Shop("shop", root_path=str(folder)).test_client().get("/static/style.css") as response:
        assert response.cache_control.max_age == 5


def test_send_static_file_answers_with_the_file(app: Flask, folder: Path) -> None:
    """The view of the static route sends a file of the static folder."""
    with app.test_request_context(), app.send_static_file(filename="style.css") as response:
        response.direct_passthrough = False
        assert response.get_data() == b"body {}"


@pytest.mark.parametrize(
    ("arguments", "content"),
    [
        ({"resource": "schema.sql"}, "create table café".encode()),
        ({"resource": "schema.sql", "mode": "rb"}, "create table café".encode()),
        ({"resource": "schema.sql", "mode": "r", "encoding": "utf-8"}, "create table café"),
        ({"resource": "schema.sql", "mode": "rt", "encoding": "latin-1"}, "create table cafÃ©"),
    ],
    ids=["resource", "mode", "encoding", "latin-1"],
)
def test_open_resource_reads_beside_the_code(
    app: Flask, folder: Path, arguments: dict[str, str], content: str | bytes
) -> None:
    """Resources are read from the root path, as bytes or as text in an encoding."""
    with app.open_resource(**arguments) as file:
        assert file.read() == content


def test_open_resource_does_not_write(app: Flask) -> None:
    """A resource is part of the program and is not opened for writing."""
    with pytest.raises(ValueError, match="reading"):
        app.open_resource("schema.sql", mode="w")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({}, b"caf\xc3\xa9"),
        ({"mode": "rb"}, b"caf\xc3\xa9"),
        ({"mode": "r"}, "café"),
        ({"mode": "r", "encoding": "latin-1"}, "cafÃ©"),
    ],
    ids=["resource", "rb", "mode", "encoding"],
)
def test_open_instance_resource_reads(
    folder: Path, arguments: dict[str, str], text: str | bytes
) -> None:
    """Files of the instance folder are read as bytes, or as UTF-8 unless told otherwise."""
    (folder / "instance/notes.txt").write_bytes("café".encode())
    app = Flask("shop", instance_path=str(folder / "instance"), root_path=str(folder))

    with app.open_instance_resource(resource="notes.txt", **arguments) as file:
        assert file.read() == text


def test_open_instance_resource_writes(folder: Path) -> None:
    """Files of the instance folder may be written."""
    app = Flask("shop", instance_path=str(folder / "instance"), root_path=str(folder))

    with app.open_instance_resource("notes.txt", mode="w") as file:
        file.write("é")
    assert (folder / "instance/notes.txt").read_bytes() == "é".encode()


# Templates


def test_create_jinja_environment_is_called_once(app: Flask) -> None:
    """The environment of ``create_jinja_environment`` is made on first use and kept."""
    made = []

    class Shop(Flask):
        def create_jinja_environment(self) -> Any:
            made.append(super().create_jinja_environment())
            return made[-1]

    shop = Shop("shop", root_path=app.root_path)

    assert not made
    assert shop.jinja_env is shop.jinja_env
    assert made == [shop.jinja_env]
    assert shop.jinja_env.globals["config"] is shop.config


def test_jinja_env_belongs_to_the_application(app: Flask) -> None:
    """The environment knows its application and reloads templates in debug mode."""
    app.debug = True

    assert app.jinja_env.app is app
    assert app.jinja_env.auto_reload is True


def test_jinja_loader_reads_the_template_folder(app: Flask, folder: Path) -> None:
    """The application's own loader reads its template folder."""
    assert isinstance(app.jinja_loader, FileSystemLoader)
    assert app.jinja_loader.list_templates() == ["page.html"]


def test_jinja_loader_can_be_replaced(app: Flask) -> None:
    """An assigned loader is the one that templates come from."""
    app.jinja_loader = DictLoader({"a.html": "from memory"})

    assert app.jinja_env.get_template("a.html").render() == "from memory"


def test_jinja_options_reach_the_environment(tmp_path: Path) -> None:
    """Options set before the first use go to Jinja; the default is an empty dict."""
    assert Flask.jinja_options == {}

    class Shop(Flask):
        jinja_options = {"variable_start_string": "<<", "variable_end_string": ">>"}

    app = Shop("shop", root_path=str(tmp_path))
    assert app.jinja_env.from_string("<< 1 + 1 >>").render() == "2"


def test_create_global_jinja_loader_is_the_environments(app: Flask, folder: Path) -> None:
    """The global loader asks the application and its blueprints; it can be overridden."""
    loader = app.create_global_jinja_loader()
    assert loader.list_templates() == ["page.html"]

    class Shop(Flask):
        def create_global_jinja_loader(self) -> Any:
            return DictLoader({"a.html": "own"})

    assert Shop("shop").jinja_env.get_template("a.html").render() == "own"


@pytest.mark.parametrize(
    ("filename", "escaped"),
    [
        ("a.html", True),
        ("a.htm", True),
        ("a.xml", True),
        ("a.xhtml", True),
        ("a.svg", True),
        ("a.txt", False),
        ("a.js", False),
        (None, True),
    ],
)
def test_select_jinja_autoescape(app: Flask, filename: str | None, escaped: bool) -> None:
    """Markup files and text without a name are escaped, others are not."""
    assert app.select_jinja_autoescape(filename) is escaped


def test_select_jinja_autoescape_is_asked_by_jinja(tmp_path: Path) -> None:
    """An override decides about escaping."""

    class Trusting(Flask):
        def select_jinja_autoescape(self, filename: str | None) -> bool:
            return not super().select_jinja_autoescape(filename)

    environment = Trusting("shop", root_path=str(tmp_path)).jinja_env
    assert environment.from_string("{{ '<' }}").render() == "<"


def test_update_template_context_adds_but_does_not_override(app: Flask) -> None:
    """Templates get g and what processors give, but the view's own values win."""
    app.context_processor(lambda: {"colour": "green", "size": "small"})
    context = {"colour": "red"}
    with app.test_request_context("/here"):
        app.update_template_context(context)

        assert context["colour"] == "red"
        assert context["size"] == "small"
        assert context["request"].path == "/here"
        assert context["g"] == g


# Running and testing


def test_make_shell_context_runs_the_processors(app: Flask) -> None:
    """The shell knows the application, g, and what processors add."""
    app.shell_context_processor(lambda: {"answer": 42})

    assert app.make_shell_context() == {"app": app, "g": g, "answer": 42}


@pytest.fixture
def served(app: Flask, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What ``app.run`` gave to Werkzeug's server, which does not start."""
    given: dict[str, Any] = {}

    def run_simple(host: str, port: int, application: Any, **options: Any) -> None:
        given.update(options, host=host, port=port, app=application)

    monkeypatch.setattr(werkzeug.serving, "run_simple", run_simple)
    monkeypatch.setenv("FLASK_SKIP_DOTENV", "1")
    monkeypatch.delenv("FLASK_RUN_FROM_CLI", raising=False)
    return given


def test_run_serves_on_loopback_by_default(app: Flask, served: dict[str, Any]) -> None:
    """Without arguments the server listens on 127.0.0.1, threaded, without debugger."""
    app.config["SERVER_NAME"] = "127.0.0.1:0"
    app.run()

    assert served["app"] is app
    assert (served["host"], served["port"]) == ("127.0.0.1", 0)
    assert (served["threaded"], served["use_debugger"], served["use_reloader"]) == (
        True,
        False,
        False,
    )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"host": "localhost"}, {"host": "localhost"}),
        ({"port": 0}, {"port": 0}),
        ({"debug": True}, {"use_debugger": True, "use_reloader": True}),
        ({"threaded": False}, {"threaded": False}),
    ],
    ids=["host", "port", "debug", "options"],
)
def test_run_passes_its_arguments(
    app: Flask, served: dict[str, Any], arguments: dict[str, Any], expected: dict[str, Any]
) -> None:
    """Host, port, debug mode and further options reach the server."""
    app.run(**{"port": 0, **arguments})

    assert {name: served[name] for name in expected} == expected
    assert app.debug is arguments.get("debug", False)


@pytest.mark.parametrize("load_dotenv", [True, False])
def test_run_loads_dotenv_files(
    app: Flask,
    served: dict[str, Any],
    load_dotenv: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The dotenv file of the current folder is read unless that is switched off."""
    (tmp_path / ".env").write_text("FLASK_DEBUG=1")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FLASK_SKIP_DOTENV", "")
    monkeypatch.setenv("FLASK_DEBUG", "")
    monkeypatch.delenv("FLASK_DEBUG")
    app.run(port=0, load_dotenv=load_dotenv)

    assert served["use_debugger"] is load_dotenv


def test_test_client_keeps_cookies_unless_told(app: Flask) -> None:
    """The client remembers cookies by default."""

    @app.route("/")
    def count() -> str:
        session["count"] = session.get("count", 0) + 1
        return str(session["count"])

    app.secret_key = "dev"
    remembering, forgetting = app.test_client(), app.test_client(use_cookies=False)

    assert [remembering.get("/").text for _ in range(2)] == ["1", "2"]
    assert [forgetting.get("/").text for _ in range(2)] == ["1", "1"]


def test_test_client_class_gets_the_keywords(app: Flask) -> None:
    """Further keywords go to the class that the application names for its clients."""
    assert Flask.test_client_class is None
    assert type(app.test_client()) is FlaskClient

    class Client(FlaskClient):
        def __init__(self, *args: Any, user: str, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.user = user

    app.test_client_class = Client
    assert app.test_client(user="ada").user == "ada"


def test_test_cli_runner_class_gets_the_keywords(app: Flask) -> None:
    """Keywords go to the class that the application names for its command runners."""
    assert Flask.test_cli_runner_class is None
    assert type(app.test_cli_runner()) is FlaskCliRunner

    class Runner(FlaskCliRunner):
        pass

    app.test_cli_runner_class = Runner
    runner = app.test_cli_runner(env={"COLOUR": "green"})
    assert type(runner) is Runner
    assert runner.app is app
    assert runner.env == {"COLOUR": "green"}
