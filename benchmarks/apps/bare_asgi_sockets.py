"""The floor of WebSockets: what comes is sent back, without a framework."""

from benchmarks.asgi import ASGIApp, Receive, Scope, Send


def make_app(path: str) -> ASGIApp:
    """Create an application whose every WebSocket sends back what it gets."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            raise ValueError("only WebSockets are served")
        await receive()
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": event["text"]})

    return application
