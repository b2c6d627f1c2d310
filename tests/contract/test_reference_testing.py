"""The reference's part on testing: the client and the command runner."""

from __future__ import annotations

import os
from typing import Any
from uuid import UUID

import click
import pytest
from click.testing import CliRunner
from werkzeug.test import Client, EnvironBuilder, TestResponse

import flask
from flask import Flask, g, redirect, request, session, url_for
from flask.cli import ScriptInfo
from flask.json.provider import DefaultJSONProvider
from flask.testing import EnvironBuilder as FlaskEnvironBuilder
from flask.testing import FlaskClient, FlaskCliRunner

SOME_ID = UUID("12345678123456781234567812345678")


@pytest.fixture
def app(app: Flask) -> Flask:
    """The shop, telling what it was asked, counting visits, redirecting twice."""
    app.config.update(TESTING=True, SECRET_KEY="key")

    @app.route("/tell", methods=["GET", "POST"])
    def tell() -> dict[str, Any]:
        return {
            "url": request.url,
            "method": request.method,
            "agent": request.user_agent.string,
            "address": request.remote_addr,
            "body": request.get_data(as_text=True),
        }

    @app.route("/visit")
    def visit() -> str:
        session["visits"] = session.get("visits", 0) + 1
        g.seen = f"visit {session['visits']}"
        return str(session["visits"])

    @app.route("/two-away")
    def two_away() -> Any:
        return redirect(url_for("one_away"))

    @app.route("/one-away")
    def one_away() -> Any:
        return redirect(url_for("tell"))

    @app.cli.command()
    @click.argument("name", default="you")
    def greet(name: str) -> None:
        click.echo(f"{flask.current_app.import_name} greets {name}")

    return app


# The client


def test_flask_client(app: Flask) -> None:
    """A client tells who it is, and keeps the context of its request in a ``with`` block."""
    client = FlaskClient(app)

    told = client.get("/tell").json
    assert told["agent"].startswith("Werkzeug/")
    assert told["address"] == "127.0.0.1"
    with client:
        client.get("/visit")
        assert g.seen == "visit 1"
    with pytest.raises(RuntimeError):
        _ = g.seen


def test_flask_client_args(app: Flask) -> None:
    """Positional arguments are those of Werkzeug's client: application, response class."""

    class Answer(TestResponse):
        pass

    client = FlaskClient(app, Answer)

    assert client.application is app
    assert type(client.get("/tell")) is Answer


def test_flask_client_kwargs(app: Flask) -> None:
    """Keywords are those of Werkzeug's client: without cookies no session lives on."""
    client = FlaskClient(app, use_cookies=False)

    assert isinstance(client, Client)
    assert [client.get("/visit").text for _ in range(2)] == ["1", "1"]


def test_application(app: Flask) -> None:
    """A client knows the application that it calls."""
    assert app.test_client().application is app


def test_environ_base(app: Flask) -> None:
    """What all requests of a client have in their environ can be set on it."""
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = "192.0.2.7"

    assert client.get("/tell").json["address"] == "192.0.2.7"
    given = client.get("/tell", environ_base={"REMOTE_ADDR": "192.0.2.8"})
    assert given.json["address"] == "192.0.2.8"


def test_preserve_context(app: Flask) -> None:
    """The contexts are kept only as long as the ``with`` block; blocks do not nest."""
    client = app.test_client()

    with client:
        assert client.preserve_context
        with pytest.raises(RuntimeError), client:
            pass
    assert not client.preserve_context


def test_session_transaction(app: Flask) -> None:
    """What the block leaves in the session, the next request finds; then the reverse."""
    client = app.test_client()

    with client.session_transaction() as kept:
        kept["visits"] = 41

    assert client.get("/visit").text == "42"
    with client.session_transaction() as kept:
        assert kept["visits"] == 42


def test_session_transaction_args(app: Flask) -> None:
    """Where the cookie's path depends on the request, the path of one can be given."""
    app.config["SESSION_COOKIE_PATH"] = "/visit"
    client = app.test_client()

    with client.session_transaction("/visit") as kept:
        kept["visits"] = 1

    assert client.get("/visit").text == "2"


def test_session_transaction_kwargs(app: Flask) -> None:
    """A base URL given to the block is where the session then is."""
    client = app.test_client()

    with client.session_transaction(base_url="https://other.example") as kept:
        kept["visits"] = 1

    assert client.get("/visit").text == "1"
    assert client.get("/visit", base_url="https://other.example").text == "2"


def test_open(app: Flask) -> None:
    """Without arguments the client asks for the root by GET."""
    app.add_url_rule("/", "root", lambda: f"{request.method} {request.path}")

    assert app.test_client().open().text == "GET /"


@pytest.mark.parametrize(
    "sent",
    [
        ("/tell", "http://shop.example"),
        (EnvironBuilder("/tell", "http://shop.example"),),
        (EnvironBuilder("/tell", "http://shop.example").get_environ(),),
        (EnvironBuilder("/tell", "http://shop.example").get_request(),),
    ],
    ids=["values", "builder", "environ", "request"],
)
def test_open_args(app: Flask, sent: tuple[Any, ...]) -> None:
    """The request is given by values of an environ builder, or ready made."""
    assert app.test_client().open(*sent).json["url"] == "http://shop.example/tell"


def test_open_buffered(app: Flask) -> None:
    """A buffered answer is read to its end, and closed, before the client returns it."""
    happened = []

    @app.route("/stream")
    def stream() -> Any:
        def generate() -> Any:
            yield "a"
            yield "b"
            happened.append("end")

        response = flask.Response(generate())
        response.call_on_close(lambda: happened.append("closed"))
        return response

    client = app.test_client()
    streamed = client.open("/stream", buffered=False)
    assert happened == []
    streamed.close()
    happened.clear()

    assert client.open("/stream", buffered=True).text == "ab"
    assert happened == ["end", "closed"]


def test_open_follow_redirects(app: Flask) -> None:
    """Redirects are followed to the end when asked; the way is kept."""
    client = app.test_client()
    assert client.open("/two-away").status_code == 302

    response = client.open("/two-away", follow_redirects=True)

    assert response.json["url"] == "http://localhost/tell"
    assert [step.location for step in response.history] == ["/one-away", "/tell"]


def test_open_kwargs(app: Flask) -> None:
    """Keywords are those of the environ builder."""
    told = app.test_client().open("/tell", method="POST", data="words").json

    assert (told["method"], told["body"]) == ("POST", "words")


# The environ builder


def test_environ_builder(app: Flask) -> None:
    """What is not given comes from the application's settings."""
    app.config.update(
        SERVER_NAME="shop.example", APPLICATION_ROOT="/app", PREFERRED_URL_SCHEME="https"
    )

    request = FlaskEnvironBuilder(app).get_request()

    assert request.url == "https://shop.example/app/"


def test_environ_builder_app(app: Flask) -> None:
    """The builder knows its application."""
    assert FlaskEnvironBuilder(app=app).app is app


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/tell?x=1", "http://localhost/tell?x=1"),
        ("https://other.example/tell", "https://other.example/tell"),
    ],
    ids=["path", "url"],
)
def test_environ_builder_path(app: Flask, path: str, url: str) -> None:
    """The path may be a whole URL."""
    assert FlaskEnvironBuilder(app, path=path).get_request().url == url


def test_environ_builder_base_url(app: Flask) -> None:
    """The base goes before the path, and leaves nothing for subdomain and scheme to say."""
    builder = FlaskEnvironBuilder(app, "/tell", base_url="http://other.example/app")

    assert builder.get_request().url == "http://other.example/app/tell"
    with pytest.raises(AssertionError):
        FlaskEnvironBuilder(app, "/", base_url="http://other.example", subdomain="api")


def test_environ_builder_subdomain(app: Flask) -> None:
    """A subdomain goes before the server's name."""
    app.config["SERVER_NAME"] = "shop.example"

    assert FlaskEnvironBuilder(app, subdomain="api").get_request().host == "api.shop.example"


def test_environ_builder_url_scheme(app: Flask) -> None:
    """The scheme goes before the configured one."""
    assert FlaskEnvironBuilder(app, url_scheme="https").get_request().is_secure


def test_environ_builder_args(app: Flask) -> None:
    """Further arguments are those of Werkzeug's builder after the base: query, method."""
    builder = FlaskEnvironBuilder(app, "/", None, None, None, "q=1", "PUT")  # type: ignore[arg-type]

    request = builder.get_request()
    assert (request.args["q"], request.method) == ("1", "PUT")


def test_environ_builder_kwargs(app: Flask) -> None:
    """Keywords are those of Werkzeug's builder."""
    request = FlaskEnvironBuilder(app, method="PUT", headers={"X-Probe": "yes"}).get_request()

    assert (request.method, request.headers["X-Probe"]) == ("PUT", "yes")


def test_json_dumps(app: Flask) -> None:
    """The ``json`` of a request is written by the application's provider."""
    assert isinstance(app.json, DefaultJSONProvider)
    app.json.ensure_ascii = False

    told = app.test_client().post("/tell", json={"b": "한", "a": 1}).json

    assert told["body"] == '{"a": 1, "b": "한"}'


def test_json_dumps_obj(app: Flask) -> None:
    """Any value that the provider knows can be written."""
    assert FlaskEnvironBuilder(app).json_dumps(obj=[SOME_ID]) == f'["{SOME_ID}"]'


def test_json_dumps_kwargs(app: Flask) -> None:
    """Keywords are those of the provider."""
    assert FlaskEnvironBuilder(app).json_dumps([1], indent=1) == "[\n 1\n]"


# The command runner


def test_flask_cli_runner(app: Flask) -> None:
    """The runner runs the application's commands in its context."""
    runner = FlaskCliRunner(app)

    assert isinstance(runner, CliRunner)
    assert runner.invoke(args=["greet"]).output == "shop greets you\n"


def test_flask_cli_runner_app(app: Flask) -> None:
    """The application is kept."""
    assert FlaskCliRunner(app=app).app is app


def test_flask_cli_runner_kwargs(app: Flask) -> None:
    """Keywords are those of Click's runner."""

    @app.cli.command()
    def tell() -> None:
        click.echo(os.environ["SHOP_DOOR"])

    runner = FlaskCliRunner(app, env={"SHOP_DOOR": "open"})

    assert runner.invoke(args=["tell"]).output == "open\n"


def test_invoke(app: Flask) -> None:
    """Without a command the application's whole command line is run."""
    result = app.test_cli_runner().invoke()

    assert "greet" in result.output


def test_invoke_cli(app: Flask) -> None:
    """A command that is not on the application can be run, too."""

    @click.command()
    @click.pass_obj
    def other(info: ScriptInfo) -> None:
        click.echo(info.load_app().import_name)

    assert app.test_cli_runner().invoke(cli=other).output == "shop\n"


@pytest.mark.parametrize("args", [["greet", "Ada"], "greet Ada"], ids=["list", "text"])
def test_invoke_args(app: Flask, args: Any) -> None:
    """The arguments are a list, or a line to be split as a shell would."""
    assert app.test_cli_runner().invoke(args=args).output == "shop greets Ada\n"


def test_invoke_kwargs(app: Flask) -> None:
    """Keywords are those of Click's runner; an ``obj`` may name another application."""
    other = Flask("other", static_folder=None)
    info = ScriptInfo(create_app=lambda: other)

    result = app.test_cli_runner().invoke(args=["greet"], obj=info)

    assert result.output == "other greets you\n"
