"""Flask-DebugToolbar: a page with a bar beside it."""

from __future__ import annotations

from typing import Any

import pytest
from flask_debugtoolbar import DebugToolbarExtension
from flask_debugtoolbar.panels import DebugPanel
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import text

from flask import Flask, redirect, render_template_string, session, url_for
from flask.testing import FlaskClient

# Left out: the timer, which no two runs agree on, and the list of what is installed, in which
# Flask is not the same on both.
PANELS = [
    f"flask_debugtoolbar.panels.{name}"
    for name in (
        "headers.HeaderDebugPanel",
        "request_vars.RequestVarsDebugPanel",
        "config_vars.ConfigVarsDebugPanel",
        "template.TemplateDebugPanel",
        "sqlalchemy.SQLAlchemyDebugPanel",
        "logger.LoggingPanel",
        "route_list.RouteListDebugPanel",
        "g.GDebugPanel",
    )
]


class MoodPanel(DebugPanel):
    """A panel of our own."""

    name = "Mood"
    has_content = True

    def nav_title(self) -> str:
        return "Mood"

    def title(self) -> str:
        return "How the request felt"

    def url(self) -> str:
        return ""

    def process_request(self, request: Any) -> None:
        self.path = request.path

    def process_response(self, request: Any, response: Any) -> None:
        self.status = response.status_code

    def content(self) -> str:
        return f"cheerful at {self.path} with {self.status}"


def create_site(**config: Any) -> Flask:
    app = Flask(__name__)
    app.debug = True
    app.config.update(SECRET_KEY="only for this test", DEBUG_TB_PANELS=PANELS)
    app.config.update(config)
    app.config.update(SQLALCHEMY_DATABASE_URI="sqlite://", SQLALCHEMY_RECORD_QUERIES=True)
    db = SQLAlchemy(app)
    app.extensions["toolbar"] = DebugToolbarExtension(app)

    @app.route("/")
    def index() -> str:
        app.logger.warning("the kettle boils")
        count = db.session.execute(text("select 42 as kettle_count")).scalar()
        return render_template_string("<html><body><p>{{ count }}</p></body></html>", count=count)

    @app.route("/plain")
    def plain() -> Any:
        return "<body></body>", {"Content-Type": "text/plain"}

    @app.route("/write/<word>")
    def write(word: str) -> Any:
        session["word"] = word
        return redirect(url_for("read"))

    @app.route("/read")
    def read() -> str:
        return f"<html><body>{session.get('word')}</body></html>"

    return app


@pytest.fixture
def client() -> FlaskClient:
    return create_site(DEBUG_TB_INTERCEPT_REDIRECTS=False).test_client()


def test_the_bar_is_put_before_the_body_ends(client: FlaskClient) -> None:
    """An HTML page gets the toolbar, with every panel, and keeps its own content."""
    page = client.get("/").text

    assert "<p>42</p>" in page
    assert page.index("flDebug") < page.index("</body>")
    for title in ("Headers", "Config", "Templates", "SQLAlchemy", "Logging", "Route List"):
        assert title in page


def test_panels_read_what_the_request_wrote(client: FlaskClient) -> None:
    """The query, the log line, the template's variables and the session are shown."""
    page = client.get("/").text
    assert "the kettle boils" in page
    assert "kettle_count" in page

    assert "tea" in client.get("/write/tea", follow_redirects=True).text


def test_the_bars_own_files_are_served(client: FlaskClient) -> None:
    """Scripts and styles come from the extension's blueprint."""
    assert client.get("/_debug_toolbar/static/js/toolbar.js").mimetype == "text/javascript"


def test_an_error_page_is_an_error_page_still(client: FlaskClient) -> None:
    """A 404 keeps its status and text."""
    missing = client.get("/_debug_toolbar/static/js/nothing.js")

    assert missing.status_code == 404
    assert "<h1>Not Found</h1>" in missing.text


def test_redirects_are_held_for_a_look() -> None:
    """With interception a redirect becomes a page that names its goal."""
    held = create_site(DEBUG_TB_INTERCEPT_REDIRECTS=True).test_client().get("/write/tea")

    assert held.status_code == 200
    assert "/read" in held.text


def test_other_answers_are_left_alone(client: FlaskClient) -> None:
    """Only HTML gets the bar, and never without debug mode."""
    assert client.get("/plain").text == "<body></body>"
    quiet = create_site(DEBUG_TB_ENABLED=False).test_client()
    assert "flDebug" not in quiet.get("/").text


def test_unknown_hosts_see_no_bar() -> None:
    """`DEBUG_TB_HOSTS` names who may see it."""
    client = create_site(DEBUG_TB_HOSTS=["10.0.0.1"]).test_client()

    assert "flDebug" not in client.get("/").text


def test_own_panel_is_shown() -> None:
    """A panel class named by its path joins the bar."""
    page = create_site(DEBUG_TB_PANELS=[f"{__name__}.MoodPanel"]).test_client().get("/read").text

    assert "How the request felt" in page
    assert "cheerful at /read with 200" in page


def test_without_secret_key_it_refuses() -> None:
    """The toolbar demands a secret key at the start."""
    with pytest.raises(RuntimeError, match="SECRET_KEY"):
        create_site(SECRET_KEY=None)
