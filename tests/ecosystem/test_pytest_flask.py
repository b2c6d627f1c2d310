"""pytest-flask: a suite of its own, run inside this one."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

APPLICATION = """
    import pytest
    from flask import Flask, jsonify, request, session

    def create_app():
        app = Flask(__name__)
        app.secret_key = "only for this test"
        notes = []

        @app.route("/ping")
        def ping():
            return jsonify(ping="pong")

        @app.route("/notes", methods=["GET", "POST"])
        def keep():
            if request.method == "POST":
                notes.append(request.get_json())
            return jsonify(notes)

        @app.route("/type")
        def tell_type():
            return request.headers.get("Accept", "none")

        return app
"""

FIXTURE = """
    @pytest.fixture
    def app():
        return create_app()
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest(APPLICATION + FIXTURE)
    return pytester


def run_inner(suite: pytest.Pytester, *options: str) -> pytest.RunResult:
    return suite.runpytest_subprocess("-p", "pytest_flask.plugin", "--tb=line", *options)


def test_the_client_fixture_asks_the_application(suite: pytest.Pytester) -> None:
    """The introduction's test: a client, a status, a JSON body."""
    suite.makepyfile("""
        from flask import url_for

        def test_ping(client):
            answer = client.get(url_for("ping"))
            assert answer.status_code == 200
            assert answer.json == {"ping": "pong"}
    """)
    run_inner(suite).assert_outcomes(passed=1)


def test_a_request_context_surrounds_each_test(suite: pytest.Pytester) -> None:
    """Tests that take the application may use `session` and `request` as a view does."""
    suite.makepyfile("""
        from flask import current_app, request, session

        def test_context(app):
            session["n"] = 1
            assert current_app.name == "conftest"
            assert request.path == "/"

        def test_a_new_context(app):
            assert "n" not in session
    """)
    run_inner(suite).assert_outcomes(passed=2)


def test_a_class_writes_and_reads_back(suite: pytest.Pytester) -> None:
    """`client_class` gives the client to each method of a class."""
    suite.makepyfile("""
        import pytest

        @pytest.mark.usefixtures("client_class")
        class TestNotes:
            def test_notes(self):
                assert self.client.post("/notes", json="a").json == ["a"]
                assert self.client.post("/notes", json="b").json == ["a", "b"]
                assert self.client.get("/notes").json == ["a", "b"]
    """)
    run_inner(suite).assert_outcomes(passed=1)


def test_accept_fixtures_are_headers(suite: pytest.Pytester) -> None:
    """The accept fixtures and the `options` mark set headers and configuration."""
    suite.makepyfile("""
        import pytest

        def test_accept(client, accept_json, accept_jsonp):
            assert client.get("/type", headers=accept_json).text == "application/json"
            assert client.get("/type", headers=accept_jsonp).text == "application/json-p"

        @pytest.mark.options(debug=True, greeting="hi")
        def test_options(app, config):
            assert app.debug
            assert config["GREETING"] == "hi"
    """)
    run_inner(suite).assert_outcomes(passed=2)


def test_responses_compare_with_status_codes(suite: pytest.Pytester) -> None:
    """A response equals its status code, and a failing comparison is reported."""
    suite.makepyfile("""
        def test_equal(client):
            assert client.get("/ping") == 200
            assert client.get("/nowhere") != 200

        def test_not_equal(client):
            assert client.get("/ping") == 404
    """)
    result = run_inner(suite)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*200 OK*"])


def test_an_application_without_fixture_is_left_alone(pytester: pytest.Pytester) -> None:
    """Without the `app` fixture, tests run without context, and asking for a client fails."""
    pytester.makepyfile("""
        from flask import has_request_context

        def test_nothing():
            assert not has_request_context()

        def test_client(client):
            pass
    """)
    run_inner(pytester).assert_outcomes(passed=1, errors=1)


def test_a_live_server_is_reached_over_a_socket(pytester: pytest.Pytester) -> None:
    """`live_server` serves the application on a free port."""
    pytester.makeconftest(APPLICATION + FIXTURE.replace("fixture", 'fixture(scope="session")'))
    pytester.makepyfile("""
        import multiprocessing
        import urllib.request

        multiprocessing.set_start_method("fork", force=True)

        def test_live(live_server):
            with urllib.request.urlopen(live_server.url("/ping")) as answer:
                assert answer.read() == b'{"ping":"pong"}\\n'
    """)
    run_inner(pytester, "--live-server-clean-stop").assert_outcomes(passed=1)


def test_own_client_class_is_used(pytester: pytest.Pytester) -> None:
    """A test client class set on the application serves the `client` fixture."""
    own = """
    @pytest.fixture
    def app():
        from flask.testing import FlaskClient

        class Loud(FlaskClient):
            def open(self, *args, **kwargs):
                response = super().open(*args, **kwargs)
                response.headers["X-Loud"] = "yes"
                return response

        app = create_app()
        app.test_client_class = Loud
        return app
    """
    pytester.makeconftest(APPLICATION + own)
    pytester.makepyfile("""
        def test_loud(client):
            answer = client.get("/ping")
            assert answer.headers["X-Loud"] == "yes"
            assert answer.json["ping"] == "pong"
    """)
    run_inner(pytester).assert_outcomes(passed=1)
