"""The application that the real servers serve."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, session, websocket
from flask.lifecycle.loops import sleep

app = Flask("application", static_folder=None)
app.config.update(
    SECRET_KEY="key",
    ASGI_DISCONNECT_GRACE=0.05,
    WEBSOCKET_MAX_MESSAGE_SIZE=2 * 1024 * 1024,
)
noted: list[str] = []


@app.teardown_websocket
def note(error: BaseException | None) -> None:
    noted.append(f"{websocket.path} {type(error).__name__}")


@app.route("/noted")
def show_noted() -> list[str]:
    return noted


@app.route("/login")
def login() -> str:
    session["user"] = "ada"
    return "welcome"


@app.websocket("/echo")
async def echo() -> None:
    while True:
        await websocket.send(await websocket.receive())


@app.websocket("/plain/<name>")
def plain(name: str) -> None:
    while True:
        websocket.send(f"{name}: {websocket.receive()}")


@app.websocket("/chooses")
async def chooses() -> None:
    await websocket.accept(headers={"X-Room": "1"}, subprotocol=websocket.requested_subprotocols[1])
    await websocket.send(session.get("user", "nobody"))


@app.websocket("/closes/<int:code>")
async def closes(code: int) -> None:
    await websocket.accept()
    await websocket.close(code, "because")


@app.websocket("/fails")
async def fails() -> None:
    await websocket.receive()
    raise RuntimeError("broken")


@app.websocket("/fails-early")
async def fails_early() -> None:
    raise RuntimeError("broken")


@app.websocket("/refuses/<int:status>")
async def refuses(status: int) -> Any:
    abort(status)


@app.websocket("/closes-early")
async def closes_early() -> None:
    await websocket.close()


@app.websocket("/waits")
async def waits() -> None:
    await websocket.accept()
    await sleep(600)


@app.websocket("/pushes")
async def pushes() -> None:
    while True:
        await websocket.send("x" * 10_000)
        await sleep(0.001)


@app.websocket("/pushes-plainly")
def pushes_plainly() -> None:
    while True:
        websocket.send("x" * 10_000)


@app.websocket("/idle")
async def idle() -> None:
    app.config["WEBSOCKET_IDLE_TIMEOUT"] = None  # read when the connection began
    await websocket.receive()


@app.route("/idle-timeout", methods=["POST"])
def set_idle_timeout() -> str:
    app.config["WEBSOCKET_IDLE_TIMEOUT"] = 0.1
    return ""
