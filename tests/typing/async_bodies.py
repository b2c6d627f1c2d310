"""What a user's type checker sees of async bodies, commands and doors: checked by pyright, not run."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any, assert_type

import click

from flask import Blueprint, Flask, current_app, request, stream_template, stream_with_context
from flask.asgi.clientsockets import ClientWebSocket, WebSocketClosed, WebSocketRejected
from flask.cli import with_appcontext

app = Flask(__name__)
blueprint = Blueprint("blueprint", __name__)


@app.post("/upload")
async def upload() -> dict[str, int]:
    length = 0
    async for chunk in request.stream:
        assert_type(chunk, bytes)
        length += len(chunk)
    return {"length": length}


@app.post("/read", sync_view="inline")
def read() -> bytes:
    for line in request.stream:
        assert_type(line, bytes)
    return request.stream.read(10)


@app.get("/kept")
async def kept() -> AsyncIterator[str]:
    async def pieces() -> AsyncIterator[str]:
        yield request.path

    return assert_type(stream_with_context(pieces()), AsyncIterator[str])


@app.get("/decorated")
async def decorated() -> tuple[AsyncIterator[bytes], dict[str, str]]:
    @stream_with_context
    async def pieces(times: int) -> AsyncIterator[bytes]:
        yield request.data * times

    return pieces(2), {"Content-Type": "text/plain"}


@app.get("/plain")
def plain() -> Iterator[str]:
    @stream_with_context
    def pieces(times: int) -> Iterator[str]:
        yield request.path * times

    return assert_type(pieces(2), Iterator[str])


@app.get("/template")
async def template() -> Iterator[str]:
    return stream_template("page.html")


@app.cli.command()
@click.argument("name")
async def greet(name: str) -> None:
    click.echo(f"{current_app.name} {name}")


@app.cli.group()
async def data() -> None: ...


@blueprint.cli.command("load", with_appcontext=False)
@click.pass_context
async def load(ctx: click.Context) -> None:
    await asyncio.sleep(0)


@click.command()
@with_appcontext
async def elsewhere() -> None: ...


class Middleware:
    def __init__(self, wrapped: Any) -> None:
        self.wrapped = wrapped

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.wrapped(scope, receive, send)


class Own(Flask):
    async def asgi_app(self, scope: Any, receive: Any, send: Any) -> None:
        await super().asgi_app(scope, receive, send)


app.asgi_app = Middleware(app.asgi_app)


async def doors(scope: Any, receive: Any, send: Any) -> None:
    await app(scope, receive, send)
    await app.asgi_app(scope, receive, send)


def refused() -> None:
    client = app.test_client()
    try:
        with client.websocket("/ws", subprotocols=["a"], headers={"Origin": "http://x"}) as ws:
            assert_type(ws, ClientWebSocket)
            assert_type(ws.accepted_subprotocol, str | None)
    except WebSocketRejected as error:
        assert_type(error.response.status_code, int)
    except WebSocketClosed as error:
        assert_type(error.code, int)


@app.url_value_preprocessor
async def pull(endpoint: str | None, values: dict[str, Any] | None) -> None: ...
