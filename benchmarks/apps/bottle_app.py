"""The application in Bottle.

Blank: sessions, blueprints and their hooks, MethodView, handlers for exceptions,
signals, automatic OPTIONS, async views.
"""

from collections.abc import Iterator
from typing import Any

import bottle
import jinja2

from benchmarks.workloads import PERSON, ROUTES, ROWS, STATIC, STREAM_CHUNKS, TEMPLATES

templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, auto_reload=False
)


def make_app(workload: str) -> bottle.Bottle:
    """Create the application that serves the workload."""
    app = bottle.Bottle()
    if workload == "last-route":
        for number in range(ROUTES):
            app.route(f"/section-{number}/<item:int>/detail", callback=show_detail)
        return app
    add_pages(app)
    add_answers(app)
    return app


def show_detail(item: int) -> str:
    return f"detail {item}"


def add_pages(app: bottle.Bottle) -> None:
    """Add the callbacks that read requests."""

    @app.route("/plain")
    def plain() -> str:
        return "Hello, World!"

    @app.route("/user/<user_id:int>/<slug>", name="user")
    def user(user_id: int, slug: str) -> str:
        return f"{user_id} {slug}"

    @app.route("/json")
    def json() -> dict[str, Any]:
        return PERSON

    @app.route("/query")
    def query() -> str:
        args = bottle.request.query
        return f"{args['q']} {args.get('page', type=int)} {args.get('sort')}"

    @app.route("/json-post", method="POST")
    def json_post() -> dict[str, Any]:
        return {"hello": bottle.request.json["name"]}

    @app.route("/form-post", method="POST")
    def form_post() -> str:
        form = bottle.request.forms
        return f"{form['name']} {form['email']} {form['age']}"

    @app.route("/upload", method="POST")
    def upload() -> str:
        file = bottle.request.files["file"]
        title = bottle.request.forms["title"]
        return f"{title} {file.raw_filename} {len(file.file.read())}"


def add_answers(app: bottle.Bottle) -> None:
    """Add the callbacks that answer in other ways than by a string."""

    @app.route("/template")
    def template() -> str:
        return templates.get_template("list.html").render(title="Prices", rows=ROWS)

    @app.route("/redirect")
    def redirects() -> None:
        bottle.redirect(app.get_url("user", user_id=7, slug="grace-hopper"), 302)

    @app.route("/stream")
    def stream() -> Iterator[bytes]:
        return (chunk for chunk in STREAM_CHUNKS)

    @app.route("/send-file")
    def sends_file() -> bottle.HTTPResponse:
        return bottle.static_file("ten-kib.txt", root=str(STATIC))

    @app.route("/static/<path:path>")
    def static(path: str) -> bottle.HTTPResponse:
        return bottle.static_file(path, root=str(STATIC))
