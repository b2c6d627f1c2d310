"""A WebSocket in Dewar that sends back what it gets."""

from benchmarks.asgi import ASGIApp
from flask import Flask, websocket


def make_app(path: str) -> ASGIApp:
    """Create an application with a WebSocket at the path."""
    app = Flask("benchmarks")

    @app.websocket(path)
    async def echo() -> None:
        while True:
            await websocket.send(await websocket.receive())

    return app.asgi_app
