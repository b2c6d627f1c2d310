from __future__ import annotations

from typing import Any

import click
import pytest
import werkzeug.test
from werkzeug.test import TestResponse, create_environ

import flask
from flask import Flask, g, redirect, request, session, stream_with_context
from flask.cli import ScriptInfo
from flask.sessions import SecureCookieSessionInterface
from flask.testing import EnvironBuilder, FlaskClient, FlaskCliRunner


@pytest.fixture
def app(app: Flask) -> Flask:
    @app.route("/", methods=["GET", "POST"])
    def index() -> dict[str, Any]:
        return {
            "url": request.url,
            "root": request.root_path,
            "json": request.get_json(silent=True),
            "agent": str(request.user_agent),
            "address": request.remote_addr,
            "x": request.headers.get("X-Own"),
        }

    @app.route("/session")
    def show() -> str:
        return repr(dict(session))

    return app


class TestEnvironBuilder:
    @pytest.mark.parametrize(
        ("settings", "options", "url"),
        [
            ({}, {}, "http://localhost/"),
            ({}, {"path": "/a?b=1"}, "http://localhost/a?b=1"),
            ({"SERVER_NAME": "shop.example:81"}, {}, "http://shop.example:81/"),
            ({"PREFERRED_URL_SCHEME": "https"}, {}, "https://localhost/"),
            ({"APPLICATION_ROOT": "/app"}, {"path": "/a"}, "http://localhost/app/a"),
            ({"SERVER_NAME": "shop.example"}, {"subdomain": "api"}, "http://api.shop.example/"),
            ({}, {"subdomain": "api"}, "http://api.localhost/"),
            ({}, {"url_scheme": "https"}, "https://localhost/"),
            ({}, {"path": "https://other.example/a?b=1"}, "https://other.example/a?b=1"),
            ({}, {"path": "//other.example/a"}, "http://other.example/a"),
            ({"SERVER_NAME": "x"}, {"base_url": "http://own.example/b"}, "http://own.example/b/"),
        ],
    )
    def test_what_is_not_given_comes_from_the_settings(
        self, app: Flask, settings: dict[str, Any], options: dict[str, Any], url: str
    ) -> None:
        """Scheme, host and prefix are those of the settings unless given."""
        app.config.update(settings)

        with app.test_request_context(**options):
            assert request.url == url
        builder = EnvironBuilder(app, **options)
        assert builder.get_request().url == url
        builder.close()

    @pytest.mark.parametrize("option", ["subdomain", "url_scheme"])
    def test_base_url_excludes_its_parts(self, app: Flask, option: str) -> None:
        """A base URL says host and scheme already."""
        with pytest.raises(AssertionError, match="base_url"):
            EnvironBuilder(app, base_url="http://a", **{option: "x"})  # type: ignore[arg-type]

    def test_json_is_written_by_the_app(self, app: Flask) -> None:
        """The ``json`` argument goes through the provider of the app."""
        app.json.dumps = lambda obj, **options: "[1]"  # type: ignore[method-assign]
        with app.test_request_context(json={"a": 1}, method="POST"):
            assert request.get_data() == b"[1]"
            assert request.mimetype == "application/json"


class TestClient:
    def test_response_is_a_test_response(self, client: FlaskClient) -> None:
        """The response knows request and history, and parses JSON."""
        response = client.get("/?a=1")

        assert isinstance(response, TestResponse)
        assert isinstance(response, flask.Response)
        assert response.json is not None
        assert response.json["url"] == "http://localhost/?a=1"
        assert response.request.path == "/"
        assert response.history == ()

    def test_json_of_responses_is_read_by_the_app(self, app: Flask, client: FlaskClient) -> None:
        """``response.json`` goes through the provider of the app."""
        app.json.loads = lambda text, **options: "by the provider"  # type: ignore[method-assign]

        assert client.get("/").json == "by the provider"

    def test_default_environ(self, client: FlaskClient) -> None:
        """Requests come from 127.0.0.1 by Werkzeug's user agent; both may be changed."""
        first = client.get("/").json
        assert first is not None
        assert first["address"] == "127.0.0.1"
        assert first["agent"].startswith("Werkzeug/")

        client.environ_base["REMOTE_ADDR"] = "10.0.0.1"
        second = client.get("/", environ_base={"HTTP_X_OWN": "given"}).json

        assert second is not None
        assert (second["address"], second["x"]) == ("10.0.0.1", "given")

    @pytest.mark.parametrize("kind", ["builder", "environ", "request"])
    def test_ready_requests(self, app: Flask, client: FlaskClient, kind: str) -> None:
        """A builder, an environ or a request may be given instead of arguments."""
        options: dict[str, Any] = {"json": {"a": 1}, "method": "POST", "path": "/?b=2"}
        client.environ_base["HTTP_X_OWN"] = "base"
        given: Any
        if kind == "builder":
            given = EnvironBuilder(app, **options)
        else:
            builder = EnvironBuilder(app, **options)
            given = builder.get_environ() if kind == "environ" else builder.get_request()

        got = client.open(given).json

        assert got is not None
        assert got["url"] == "http://localhost/?b=2"
        assert got["json"] == {"a": 1}
        assert got["x"] == "base"

    def test_given_builder_is_left_as_it_was(self, app: Flask, client: FlaskClient) -> None:
        """A builder that was given keeps its own environ base."""
        builder = EnvironBuilder(app, environ_base={"HTTP_X_OWN": "mine"})

        got = client.open(builder).json

        assert got is not None
        assert got["x"] == "mine"
        assert builder.environ_base == {"HTTP_X_OWN": "mine"}

    def test_redirects_are_followed_on_demand(self, app: Flask, client: FlaskClient) -> None:
        """Redirects are followed when asked, and the responses on the way are kept."""
        app.add_url_rule("/one", "one", lambda: redirect("/two"))
        app.add_url_rule("/two", "two", lambda: redirect("/session"))

        assert client.get("/one").status_code == 302
        response = client.get("/one", follow_redirects=True)

        assert response.text == "{}"
        assert [step.status_code for step in response.history] == [302, 302]

    def test_subdomain(self, app: Flask, client: FlaskClient) -> None:
        """The client takes the arguments of the builder."""
        app.config["SERVER_NAME"] = "shop.example"

        got = client.get("/", subdomain="api", url_scheme="https").json

        assert got is not None
        assert got["url"] == "https://api.shop.example/"

    def test_classes_are_seams(self, app: Flask) -> None:
        """Client and runner classes of the app are used, with the arguments given."""

        class Client(FlaskClient):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                self.word = kwargs.pop("word", None)
                super().__init__(*args, **kwargs)

        class Runner(FlaskCliRunner):
            pass

        app.test_client_class, app.test_cli_runner_class = Client, Runner

        client = app.test_client(word="own", use_cookies=False)
        assert type(client) is Client
        assert client.word == "own"
        assert type(app.test_cli_runner()) is Runner

    def test_cookies_stay_unless_refused(self, app: Flask) -> None:
        """A client keeps cookies between requests, one without cookies does not."""
        app.add_url_rule("/set", "set", lambda: session.update(a=1) or "")
        keeping, forgetting = app.test_client(), app.test_client(use_cookies=False)
        for client in (keeping, forgetting):
            client.get("/set")

        assert keeping.get("/session").text == "{'a': 1}"
        assert forgetting.get("/session").text == "{}"


class TestPreservedContext:
    def test_context_is_kept_inside_the_block(self, app: Flask) -> None:
        """Inside ``with client`` the context of the last request can be looked at."""
        app.add_url_rule("/set", "set", lambda: setattr(g, "a", request.path) or "")
        with app.test_client() as client:
            client.get("/set")
            assert g.a == "/set"
            assert request.path == "/set"
            assert session == {}
            client.get("/?b=1")
            assert "a" not in g
            assert request.args["b"] == "1"

        assert not flask.has_request_context()
        assert not flask.has_app_context()

    def test_without_the_block_it_ends(self, client: FlaskClient) -> None:
        """Without the block the context ends with the request."""
        client.get("/")

        assert not flask.has_request_context()

    def test_session_can_be_read_after_the_request(self, app: Flask) -> None:
        """The session of the last request is there, with its changes."""
        app.add_url_rule("/set", "set", lambda: session.update(a=1) or "")
        with app.test_client() as client:
            client.get("/set")
            assert session["a"] == 1

    def test_error_leaves_no_context_behind(self, app: Flask) -> None:
        """A request that raised is over when the block has ended."""
        app.add_url_rule("/fail", "fail", lambda: {}["lost"])
        with app.test_client() as client, pytest.raises(KeyError):
            client.get("/fail")

        assert not flask.has_request_context()

    def test_teardown_runs_at_the_end_of_the_request_and_of_the_block(self, app: Flask) -> None:
        """Teardown functions see the request's end, then that of the kept context."""
        ended: list[str] = []
        app.teardown_request(lambda error: ended.append("request"))
        app.teardown_appcontext(lambda error: ended.append("app"))
        with app.test_client() as client:
            client.get("/")
            assert ended == ["request", "app"]

        assert ended == ["request", "app"] * 2

    def test_stream_is_read_inside_the_block(self, app: Flask) -> None:
        """A streamed response may be read while its context is kept."""

        @app.route("/stream")
        def stream() -> Any:
            return stream_with_context(part for part in [request.path])

        with app.test_client() as client:
            assert client.get("/stream").text == "/stream"
        assert not flask.has_request_context()

    def test_clients_do_not_nest(self, client: FlaskClient) -> None:
        """One client keeps one context."""
        with client, pytest.raises(RuntimeError, match="Cannot nest client invocations"), client:
            pass

    def test_g_of_the_surrounding_app_context_is_shared(
        self, app: Flask, client: FlaskClient
    ) -> None:
        """Inside ``with app.app_context()`` the client's requests use that ``g``."""
        app.add_url_rule("/g", "g", lambda: g.word)
        with app.app_context():
            g.word = "shared"
            assert client.get("/g").text == "shared"
            assert client.get("/g").text == "shared"


class TestSessionTransaction:
    def test_next_request_has_it(self, client: FlaskClient) -> None:
        """What is set in the block, the next request finds; what it set, the block finds."""
        with client.session_transaction() as values:
            values["a"] = 1
        assert client.get("/session").text == "{'a': 1}"

        with client.session_transaction() as values:
            assert values["a"] == 1
            del values["a"]
        assert client.get("/session").text == "{}"

    def test_arguments_are_those_of_a_request(self, app: Flask) -> None:
        """Where opening depends on the request, its arguments are given."""
        app.config["SESSION_COOKIE_PATH"] = "/part"
        app.add_url_rule("/part/session", "part", lambda: repr(dict(session)))
        client = app.test_client()
        with client.session_transaction("/part/x") as values:
            values["a"] = 1

        assert client.get("/part/session").text == "{'a': 1}"
        assert client.get("/session").text == "{}"

    def test_on_a_subdomain(self, app: Flask) -> None:
        """The cookie belongs to the host that is asked for."""
        app.config["SERVER_NAME"] = "shop.example"
        client = app.test_client()
        with client.session_transaction(subdomain="api") as values:
            values["a"] = 1

        assert client.get("/session", subdomain="api").text == "{'a': 1}"
        assert client.get("/session").text == "{}"

    def test_it_leaves_no_context(self, client: FlaskClient) -> None:
        """Inside the block no request is active."""
        with client.session_transaction():
            assert not flask.has_request_context()

    def test_cookies_are_needed(self, app: Flask) -> None:
        """A client without cookies has no session to change."""
        client = app.test_client(use_cookies=False)
        with pytest.raises(TypeError, match="Cookies are disabled"), client.session_transaction():
            pass

    def test_session_must_open(self, app: Flask) -> None:
        """Without a secret key there is no session, and the error says so."""
        app.secret_key = None
        client = app.test_client()
        with (
            pytest.raises(RuntimeError, match="Session backend did not open a session"),
            client.session_transaction(),
        ):
            pass

    def test_null_session_is_not_saved(self, app: Flask) -> None:
        """An interface that answers with a null session has nothing saved."""

        class Interface(SecureCookieSessionInterface):
            def open_session(self, app: Flask, request: flask.Request) -> Any:
                return self.make_null_session(app)

        app.session_interface = Interface()
        client = app.test_client()
        with client.session_transaction() as values:
            assert values == {}

        assert client.get_cookie("session") is None


class TestCliRunner:
    def test_commands_of_the_app(self, app: Flask) -> None:
        """Without a command the runner calls the app's group."""

        @app.cli.command("hello")
        @click.argument("name")
        def hello(name: str) -> None:
            click.echo(f"Hello {name} from {flask.current_app.name}")

        runner = app.test_cli_runner()

        assert runner.invoke(args=["hello", "ann"]).output == "Hello ann from shop\n"
        assert runner.invoke(hello, ["bob"]).output == "Hello bob from shop\n"

    def test_object_may_be_given(self, app: Flask) -> None:
        """Another ScriptInfo may be passed."""
        other = Flask("other")

        @click.command()
        @flask.cli.with_appcontext
        def name() -> None:
            click.echo(flask.current_app.name)

        runner = app.test_cli_runner(charset="utf-8")

        assert runner.invoke(name).output == "shop\n"
        given = ScriptInfo(create_app=lambda: other)
        assert runner.invoke(name, obj=given).output == "other\n"


def test_werkzeug_builder_is_taken_too(client: FlaskClient) -> None:
    """A builder of Werkzeug's own class is as good."""
    builder = werkzeug.test.EnvironBuilder("/", headers={"X-Own": "1"})

    got = client.open(builder).json

    assert got is not None
    assert got["x"] == "1"


def test_plain_environ_is_taken(client: FlaskClient) -> None:
    """An environ made by Werkzeug is served as it is."""
    got = client.open(create_environ("/", "http://other.example/")).json

    assert got is not None
    assert got["url"] == "http://other.example/"
