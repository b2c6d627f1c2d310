"""Which variables a rendering has, and which names come from the environment."""

from __future__ import annotations

from typing import Any

from flask import Flask, render_template_string, session, template_rendered


def test_the_session_is_a_global_not_a_variable() -> None:
    """Templates find `session`, but it is none of the variables that signals carry.

    A listener that looks at every variable, as a debug toolbar does, would touch it.
    """
    app = Flask(__name__)
    app.secret_key = "only for this test"
    seen: list[dict[str, Any]] = []

    @template_rendered.connect_via(app)
    def look(sender: Flask, context: dict[str, Any], **more: Any) -> None:
        seen.append({name: str(value) for name, value in context.items()})

    @app.route("/")
    def index() -> str:
        return render_template_string("{{ word }}", word="hello")

    @app.route("/greet")
    def greet() -> str:
        session["name"] = "Ada"
        return render_template_string("{{ session.name }}")

    client = app.test_client()

    assert "Vary" not in client.get("/").headers
    assert client.get("/greet").text == "Ada"
    assert [set(variables) for variables in seen] == [{"word", "g", "request"}, {"g", "request"}]
