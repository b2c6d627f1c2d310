"""The application in Litestar."""

from typing import Any

from litestar import Litestar, MediaType, Request, get, post

from benchmarks.asgi import ASGIApp
from benchmarks.workloads import PERSON


@get("/plain", media_type=MediaType.HTML)
async def plain() -> str:
    return "Hello, World!"


@get("/user/{user_id:int}/{slug:str}", media_type=MediaType.HTML)
async def user(user_id: int, slug: str) -> str:
    return f"{user_id} {slug}"


@get("/json")
async def json() -> dict[str, Any]:
    return PERSON


@get("/query", media_type=MediaType.HTML)
async def query(q: str, page: int, sort: str) -> str:
    return f"{q} {page} {sort}"


@post("/json-post", status_code=200)
async def json_post(request: Request[Any, Any, Any]) -> dict[str, Any]:
    return {"hello": (await request.json())["name"]}


def sync() -> str:
    return "Hello, World!"


def make_app(workload: str) -> ASGIApp:
    """Create the application that serves the workload."""
    decorate = get("/sync", media_type=MediaType.HTML, sync_to_thread=workload != "sync-inline")
    handlers = [plain, user, json, query, json_post, decorate(sync)]
    return Litestar(handlers, openapi_config=None)
