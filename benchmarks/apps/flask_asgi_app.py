"""The application in Flask's API with async views, served by Dewar under ASGI."""

from benchmarks.asgi import ASGIApp
from benchmarks.workloads import PERSON
from flask import Flask, request
from flask.typing import ResponseReturnValue


def make_app(workload: str) -> ASGIApp:
    """Create the application that serves the workload."""
    app = Flask("benchmarks")
    if workload == "sync-inline":
        app.config["ASGI_SYNC_VIEWS"] = "inline"

    @app.route("/plain")
    async def plain() -> str:
        return "Hello, World!"

    @app.route("/user/<int:user_id>/<slug>")
    async def user(user_id: int, slug: str) -> str:
        return f"{user_id} {slug}"

    @app.route("/json")
    async def json() -> ResponseReturnValue:
        return PERSON

    @app.route("/query")
    async def query() -> str:
        args = request.args
        return f"{args['q']} {args.get('page', type=int)} {args.get('sort')}"

    @app.route("/json-post", methods=["POST"])
    async def json_post() -> ResponseReturnValue:
        return {"hello": request.get_json()["name"]}

    @app.route("/sync")
    def sync() -> str:
        return "Hello, World!"

    return app.asgi_app
