from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import pytest

import flask
from flask import (
    Flask,
    g,
    render_template,
    render_template_string,
    request,
    session,
    stream_template,
    stream_template_string,
)
from flask.templating import _default_template_ctx_processor
from flask.testing import FlaskClient


@pytest.fixture
def app(app: Flask, tmp_path: Path) -> Flask:
    (tmp_path / "base.html").write_text("<main>{% block main %}{% endblock %}</main>")
    (tmp_path / "page.html").write_text(
        "{% extends 'base.html' %}{% block main %}{{ text }}{% endblock %}"
    )
    (tmp_path / "mail.txt").write_text("{{ text }}")
    (tmp_path / "macros.html").write_text(
        "{% macro path() %}{{ request.path }} {{ config.WORD }} {{ url_for('static') }}{% endmacro %}"
    )
    app.root_path = str(tmp_path)
    app.template_folder = "."
    return app


class TestRender:
    def test_file(self, app: Flask) -> None:
        """A template of the app is rendered with the variables, escaped by its name."""
        with app.app_context():
            assert render_template("page.html", text="<b>") == "<main>&lt;b&gt;</main>"
            assert render_template("mail.txt", text="<b>") == "<b>"

    def test_text(self, app: Flask) -> None:
        """Text is a template that is escaped."""
        with app.app_context():
            assert render_template_string("{{ text }}", text="<b>") == "&lt;b&gt;"

    def test_several_names(self, app: Flask) -> None:
        """Of several names the first that exists is taken; none is an error."""
        with app.app_context():
            assert render_template(["none.html", "mail.txt"], text="x") == "x"
            with pytest.raises(jinja2.TemplatesNotFound):
                render_template(["none.html", "nor.html"])
            with pytest.raises(jinja2.TemplateNotFound):
                render_template("none.html")

    def test_template_object(self, app: Flask) -> None:
        """A template object is rendered as it is."""
        with app.app_context():
            template = app.jinja_env.from_string("<{{ text }}>")
            assert render_template(template, text="x") == "<x>"

    def test_outside_of_an_app(self) -> None:
        """Without an app there is no environment."""
        with pytest.raises(RuntimeError, match="Working outside of application context"):
            render_template_string("x")

    @pytest.mark.parametrize("name", ["../secret.txt", "/etc/passwd", "a/../../secret.txt"])
    def test_names_stay_inside_the_folder(self, app: Flask, name: str) -> None:
        """A template name never leaves the folder."""
        with app.app_context(), pytest.raises(jinja2.TemplateNotFound):
            render_template(name)


class TestContext:
    def test_usual_variables(self, app: Flask) -> None:
        """Templates know request, session, ``g`` and config, and the helper functions."""
        app.config["WORD"] = "configured"
        with app.test_request_context("/path"):
            g.thing, session["user"] = "g", "ann"
            source = (
                "{{ request.path }} {{ session.user }} {{ g.thing }} {{ config.WORD }}"
                " {{ get_flashed_messages() }} {{ url_for.__name__ }}"
            )
            assert render_template_string(source) == "/path ann g configured [] url_for"

    def test_outside_of_a_request(self, app: Flask) -> None:
        """Without a request ``g`` and config remain."""
        with app.app_context():
            g.thing = "g"
            assert render_template_string("{{ g.thing }} {{ request is defined }}") == "g True"
            assert render_template_string("{{ 'x' if request else 'none' }}") == "none"

    def test_imported_templates_see_the_globals(self, app: Flask, client: FlaskClient) -> None:
        """A macro imported without context reaches request, config and url_for as well."""
        app.config["WORD"] = "configured"
        app.url_build_error_handlers.append(lambda error, endpoint, values: f"/{endpoint}")
        source = "{% from 'macros.html' import path %}{{ path() }}"
        app.add_url_rule("/here", "here", lambda: render_template_string(source))

        assert client.get("/here").text == "/here configured /static"

    def test_stock_processor_without_any_context(self) -> None:
        """Outside of all contexts there is nothing to give."""
        assert _default_template_ctx_processor() == {}

    def test_order_of_processors_and_variables(self, app: Flask) -> None:
        """Later processors win over earlier ones, given variables over all."""
        app.context_processor(lambda: {"a": "first", "b": "first", "g": "own g"})
        app.context_processor(lambda: {"b": "second", "c": "second"})
        with app.app_context():
            assert render_template_string("{{ a }} {{ b }} {{ c }} {{ g }}", c="given") == (
                "first second given own g"
            )

    def test_variables_of_the_caller_are_left_alone(self, app: Flask) -> None:
        """Rendering adds to its own context, not to what the caller holds."""
        variables = {"a": 1}
        with app.app_context():
            render_template_string("{{ a }}", **variables)
        assert variables == {"a": 1}

    def test_update_template_context_adds_in_place(self, app: Flask) -> None:
        """The method that fills a context may be used by hand."""
        app.context_processor(lambda: {"a": "processed", "b": "processed"})
        with app.test_request_context():
            context: dict[str, Any] = {"a": "given"}
            app.update_template_context(context)

            assert context["a"] == "given"
            assert context["b"] == "processed"
            assert context["request"] is request._get_current_object()

    def test_processor_may_offer_functions(self, app: Flask) -> None:
        """A processor's functions are called by the template."""
        app.context_processor(lambda: {"price": lambda amount: f"{amount} won"})
        with app.app_context():
            assert render_template_string("{{ price(5) }}") == "5 won"

    def test_session_is_the_live_one(self, app: Flask) -> None:
        """What the template reads from the session is its present state."""
        with app.test_request_context():
            pieces = stream_template_string("{{ session.user }}")
            session["user"] = "late"
            assert "".join(pieces) == "late"


class TestStream:
    def test_pieces(self, app: Flask) -> None:
        """Streaming gives pieces of the same text."""
        with app.app_context():
            pieces = stream_template("page.html", text="x")

            assert isinstance(pieces, Iterator)
            assert "".join(pieces) == "<main>x</main>"

    def test_view_streams_with_the_request(self, app: Flask, client: FlaskClient) -> None:
        """A view returns the pieces; the template reads the request while it is sent."""
        source = "{% for n in numbers %}{{ n }}{{ request.path }} {% endfor %}"
        app.add_url_rule("/s", "s", lambda: stream_template_string(source, numbers=iter(range(3))))

        response = client.get("/s")

        assert response.text == "0/s 1/s 2/s "
        assert response.content_length is None
        assert not flask.has_request_context()

    def test_nothing_is_rendered_before_it_is_read(self, app: Flask) -> None:
        """The template runs piece by piece as it is read."""
        seen: list[int] = []

        def numbers() -> Iterator[int]:
            for number in range(1000):
                seen.append(number)
                yield number

        with app.app_context():
            pieces = stream_template_string("{% for n in ns %}{{ n }} {% endfor %}", ns=numbers())
            assert seen == []
            next(pieces)
            assert 0 < len(seen) < 1000

    def test_error_comes_out_where_it_is_read(self, app: Flask, client: FlaskClient) -> None:
        """An error in the middle of a stream reaches the server, and the context ends."""
        app.add_url_rule("/", "index", lambda: stream_template_string("a{{ 1 // 0 }}"))

        with pytest.raises(ZeroDivisionError):
            _ = client.get("/").data
        assert not flask.has_request_context()


def test_reload(app: Flask, tmp_path: Path) -> None:
    """With TEMPLATES_AUTO_RELOAD a changed file is read again, without it is not."""
    path = tmp_path / "mail.txt"
    reloading, keeping = (Flask("shop", root_path=str(tmp_path)) for _ in range(2))
    reloading.config["TEMPLATES_AUTO_RELOAD"] = True
    for number, own in enumerate((reloading, keeping)):
        own.template_folder = "."
        path.write_text(f"old {number}")
        with own.app_context():
            assert render_template("mail.txt") == f"old {number}"
    path.write_text("new")
    os.utime(path, (1, 1))

    with reloading.app_context():
        assert render_template("mail.txt") == "new"
    with keeping.app_context():
        assert render_template("mail.txt") == "old 1"
