"""The application in Starlette."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from benchmarks.asgi import ASGIApp
from benchmarks.workloads import PERSON


async def plain(request: Request) -> Response:
    return HTMLResponse("Hello, World!")


async def user(request: Request) -> Response:
    values = request.path_params
    return HTMLResponse(f"{values['user_id']} {values['slug']}")


async def json(request: Request) -> Response:
    return JSONResponse(PERSON)


async def query(request: Request) -> Response:
    args = request.query_params
    return HTMLResponse(f"{args['q']} {int(args['page'])} {args.get('sort')}")


async def json_post(request: Request) -> Response:
    return JSONResponse({"hello": (await request.json())["name"]})


def sync(request: Request) -> Response:
    return HTMLResponse("Hello, World!")


def make_app(workload: str) -> ASGIApp:
    """Create the application that serves the workload."""
    return Starlette(
        routes=[
            Route("/plain", plain),
            Route("/user/{user_id:int}/{slug}", user),
            Route("/json", json),
            Route("/query", query),
            Route("/json-post", json_post, methods=["POST"]),
            Route("/sync", sync),
        ]
    )
