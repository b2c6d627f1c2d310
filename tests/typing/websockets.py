"""What a user's type checker sees of WebSockets: checked by pyright, not run."""

from __future__ import annotations

from typing import assert_type

from flask import (
    Blueprint,
    Flask,
    Response,
    WebsocketDisconnected,
    copy_current_websocket_context,
    has_websocket_context,
    session,
    websocket,
)
from flask.asgi.websocket import Websocket

app = Flask(__name__)
blueprint = Blueprint("blueprint", __name__)


@app.websocket("/ws/<room>")
async def chat(room: str) -> None:
    assert_type(websocket.requested_subprotocols, list[str])
    await websocket.accept(headers={"X-Room": room}, subprotocol="chat")
    await websocket.accept(headers=[("X-Room", room)])
    try:
        while True:
            text: str = await websocket.receive()
            await websocket.send(text)
            await websocket.send(b"bytes")
            await websocket.send_json({"room": room, "args": websocket.args["q"]})
            data = await websocket.receive_json()
            await websocket.send_json(data, session.get("user"))
    except WebsocketDisconnected as error:
        assert_type(error.code, int)
        assert_type(error.reason, str)
    await websocket.close(4000, "tired")


@blueprint.websocket("/plain")
def plain() -> None:
    text: str = websocket.receive()
    websocket.send(text)
    websocket.close(1000)


@blueprint.websocket("/refuses")
async def refuses() -> tuple[str, int] | None:
    return ("no", 401) if websocket.cookies.get("a") else None


@app.before_websocket
@blueprint.before_app_websocket
async def before() -> None: ...


@app.before_websocket
def refuse() -> tuple[str, int]:
    return "no", 401


@app.after_websocket
@blueprint.after_app_websocket
def after(response: Response | None) -> Response | None:
    return response


@app.teardown_websocket
@blueprint.teardown_app_websocket
async def teardown(error: BaseException | None) -> None: ...


class OwnWebsocket(Websocket):
    pass


class Own(Flask):
    websocket_class = OwnWebsocket


app.websocket_class = OwnWebsocket
app.add_websocket("/again", "again", chat)
blueprint.add_websocket("/again", view_func=plain)


@copy_current_websocket_context
async def greet(name: str) -> int:
    assert_type(has_websocket_context(), bool)
    await websocket.send(name)
    return len(name)


async def greets() -> None:
    assert_type(await greet("ada"), int)
