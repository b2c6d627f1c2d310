"""The application in BlackSheep; a view's plain function runs on the loop there."""

from blacksheep import Application, Request, Response, Router
from blacksheep.server.responses import html, json

from benchmarks.asgi import ASGIApp
from benchmarks.workloads import PERSON


async def plain() -> Response:
    return html("Hello, World!")


async def user(user_id: int, slug: str) -> Response:
    return html(f"{user_id} {slug}")


async def show_json() -> Response:
    return json(PERSON)


async def query(request: Request) -> Response:
    args = request.query
    return html(f"{args['q'][0]} {int(args['page'][0])} {args['sort'][0]}")


async def json_post(request: Request) -> Response:
    return json({"hello": (await request.json())["name"]})


def sync() -> Response:
    return html("Hello, World!")


def make_app(workload: str) -> ASGIApp:
    """Create the application that serves the workload."""
    router = Router()
    app = Application(router=router)
    router.add_get("/plain", plain)
    router.add_get("/user/{int:user_id}/{slug}", user)
    router.add_get("/json", show_json)
    router.add_get("/query", query)
    router.add_post("/json-post", json_post)
    router.add_get("/sync", sync)
    return app
