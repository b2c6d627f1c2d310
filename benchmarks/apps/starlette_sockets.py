"""A WebSocket in Starlette that sends back what it gets."""

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from benchmarks.asgi import ASGIApp


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    try:
        while True:
            await websocket.send_text(await websocket.receive_text())
    except WebSocketDisconnect:
        pass


def make_app(path: str) -> ASGIApp:
    """Create an application with a WebSocket at the path."""
    return Starlette(routes=[WebSocketRoute(path, echo)])
