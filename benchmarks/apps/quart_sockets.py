"""A WebSocket in Quart that sends back what it gets."""

from quart import Quart, websocket

from benchmarks.asgi import ASGIApp


def make_app(path: str) -> ASGIApp:
    """Create an application with a WebSocket at the path."""
    app = Quart("benchmarks")

    @app.websocket(path)
    async def echo() -> None:
        while True:
            await websocket.send(await websocket.receive())

    return app
