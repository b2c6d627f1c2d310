"""The application in Quart."""

from quart import Quart, request

from benchmarks.asgi import ASGIApp
from benchmarks.workloads import PERSON


def make_app(workload: str) -> ASGIApp:
    """Create the application that serves the workload."""
    app = Quart("benchmarks")

    @app.route("/plain")
    async def plain() -> str:
        return "Hello, World!"

    @app.route("/user/<int:user_id>/<slug>")
    async def user(user_id: int, slug: str) -> str:
        return f"{user_id} {slug}"

    @app.route("/json")
    async def json() -> dict[str, object]:
        return PERSON

    @app.route("/query")
    async def query() -> str:
        args = request.args
        return f"{args['q']} {args.get('page', type=int)} {args.get('sort')}"

    @app.route("/json-post", methods=["POST"])
    async def json_post() -> dict[str, object]:
        return {"hello": (await request.get_json())["name"]}

    @app.route("/sync")
    def sync() -> str:
        return "Hello, World!"

    return app
