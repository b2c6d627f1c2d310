"""What answers requests of all kinds; ``served_http.py`` serves it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, request, send_file, stream_with_context
from flask.lifecycle.loops import sleep

app = Flask("answering", static_folder=None)
app.config.update(ASGI_DISCONNECT_GRACE=0.05, SECRET_KEY="key")
noted: list[str] = []
number: ContextVar[str] = ContextVar("number")


@app.before_request
def open_database() -> None:
    g.database = sqlite3.connect(":memory:")  # which belongs to this thread
    number.set(request.args.get("number", ""))


@app.teardown_request
def close_database(error: BaseException | None) -> None:
    database = g.pop("database", None)
    if database is not None:
        database.close()


@app.get("/noted")
def show_noted() -> list[str]:
    return noted


@app.get("/protocol")
def protocol() -> str:
    return str(request.environ["SERVER_PROTOCOL"])


@app.get("/plain/<name>")
def plain(name: str) -> dict[str, str]:
    time.sleep(0.01)
    return {"name": name, "number": number.get()}


@app.get("/async/<name>")
async def coroutine(name: str) -> dict[str, str]:
    await sleep(0.01)
    return {"name": name, "number": number.get()}


@app.get("/query")
async def query() -> dict[str, Any]:
    return {"query": request.query_string.decode("latin-1"), "args": request.args}


@app.get("/headers")
def headers() -> dict[str, str]:
    return dict(request.headers)


@app.post("/json")
async def json() -> Any:
    await sleep(0)
    return request.json


@app.post("/form")
def form() -> dict[str, Any]:
    return {"a": request.form["a"], "size": len(request.files["file"].read())}


@app.post("/upload")
def upload() -> dict[str, int]:
    return {"size": sum(len(chunk) for chunk in iter(lambda: request.stream.read(65536), b""))}


@app.post("/async-upload")
async def async_upload() -> dict[str, int]:
    size = 0
    async for chunk in request.stream:
        size += len(chunk)
    return {"size": size}


@app.post("/unread")
async def unread() -> str:
    return "not read"


@app.get("/file")
def file() -> Response:
    return send_file(Path(__file__), conditional=True)


@app.get("/nothing")
async def nothing() -> tuple[str, int]:
    return "", 204


@app.get("/fail")
async def fail() -> str:
    raise RuntimeError("broken")


@app.get("/stream")
def stream() -> Response:
    def pieces() -> Iterator[str]:
        try:
            for index in range(int(request.args["pieces"])):
                yield f"{index}\n"
                time.sleep(0.002)
        finally:
            noted.append(f"closed {request.full_path}")

    return app.response_class(stream_with_context(pieces()))


@app.get("/async-stream")
async def async_stream() -> Response:
    async def pieces() -> AsyncIterator[str]:
        try:
            for index in range(int(request.args["pieces"])):
                yield f"{index}\n"
                await sleep(0.002)
        finally:
            noted.append(f"closed {request.full_path}")

    return app.response_class(stream_with_context(pieces()))


@app.get("/waits")
async def waits() -> str:
    try:
        await sleep(600)
    finally:
        noted.append("/waits has ended")
    return ""
