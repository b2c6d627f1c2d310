"""The application in FastAPI."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

from benchmarks.asgi import ASGIApp
from benchmarks.workloads import PERSON


def make_app(workload: str) -> ASGIApp:
    """Create the application that serves the workload."""
    app = FastAPI(openapi_url=None)

    @app.get("/plain", response_class=HTMLResponse)
    async def plain() -> str:
        return "Hello, World!"

    @app.get("/user/{user_id}/{slug}", response_class=HTMLResponse)
    async def user(user_id: int, slug: str) -> str:
        return f"{user_id} {slug}"

    @app.get("/json")
    async def json() -> dict[str, Any]:
        return PERSON

    @app.get("/query", response_class=HTMLResponse)
    async def query(q: str, page: int, sort: str) -> str:
        return f"{q} {page} {sort}"

    @app.post("/json-post")
    async def json_post(request: Request) -> dict[str, Any]:
        return {"hello": (await request.json())["name"]}

    @app.get("/sync", response_class=HTMLResponse)
    def sync() -> str:
        return "Hello, World!"

    return app
