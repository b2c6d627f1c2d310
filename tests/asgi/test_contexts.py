"""What is active when a request begins under ASGI? Nothing of another one, whatever the server does."""

from __future__ import annotations

import asyncio
from contextvars import copy_context

from flask import Flask, g, has_app_context, has_request_context, request, websocket

from .driving import Answered, Client, ask, scope_of
from .sockets import Peer, websocket_scope


def make_app() -> Flask:
    app = Flask("contexts")

    @app.before_request
    async def remember() -> None:
        assert "user" not in g
        g.user = request.args["user"]
        await asyncio.sleep(0)

    @app.post("/")
    async def index() -> str:
        length = sum([len(chunk) async for chunk in request.stream])
        return f"{g.user} {length}"

    @app.websocket("/ws")
    async def greet() -> None:
        await websocket.send(str(g.get("user")))

    return app


class KeptAlive:
    """A server's connection that reads on, and serves, in the context of who called receive()."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.context = copy_context()

    async def ask(self, user: str) -> Answered:
        client = Client(b"a", b"b")

        async def receive() -> dict[str, object]:
            event = await client.receive()
            self.context = copy_context()
            return event

        scope = scope_of("/", "POST", query_string=f"user={user}".encode())
        serving = self.app(scope, receive, client.send)
        await asyncio.get_running_loop().create_task(serving, context=self.context)
        return client.answered


def test_g_is_not_that_of_the_request_before() -> None:
    """A request served in a copy of another one's context variables has its own g and session."""
    app = make_app()

    async def main() -> None:
        connection = KeptAlive(app)
        assert (await connection.ask("ada")).text == "ada 2"
        assert connection.context.run(has_request_context)  # what the server has kept
        assert (await connection.ask("bob")).text == "bob 2"

        peer = Peer()
        serving = app(websocket_scope(), peer.receive, peer.send)
        await asyncio.get_running_loop().create_task(serving, context=connection.context)
        assert peer.texts == ["None"]

    asyncio.run(main())


def test_g_is_not_that_of_a_request_that_still_runs() -> None:
    """Requests of one connection at the same time (HTTP/2) do not share g, either."""
    app = make_app()

    @app.post("/within")
    async def within() -> str:
        answered = await ask(app, "/", b"a", method="POST", query_string=b"user=bob")
        assert (has_app_context(), g.user) == (True, "ada")
        return answered.text

    async def main() -> None:
        answered = await ask(app, "/within", method="POST", query_string=b"user=ada")
        assert answered.text == "bob 1"

    asyncio.run(main())


def test_own_clients_share_g_with_the_test() -> None:
    """A request of our test client sees the g of the application context around it, as in WSGI."""
    app = Flask("contexts")

    @app.get("/")
    async def index() -> str:
        return str(g.user)

    async def main() -> None:
        with app.app_context():
            g.user = "ada"
            assert (await app.async_test_client().get("/")).text == "ada"

    asyncio.run(main())
