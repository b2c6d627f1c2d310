"""Large bodies in Flask's API under ASGI, by async and by synchronous views."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from benchmarks.asgi import ASGIApp
from benchmarks.bodies import Count, make_blocks
from flask import Flask, Response, request, send_file


def make_app(folder: str) -> ASGIApp:
    """Create an application that takes uploads, makes bodies, and sends the files of ``folder``."""
    app = Flask("benchmarks")
    add_uploads(app)
    add_downloads(app, Path(folder))
    return app.asgi_app


def add_uploads(app: Flask) -> None:
    """Add the views that read bodies."""

    @app.post("/upload-async")
    async def upload_async() -> str:
        count = Count("digest" in request.args)
        async for chunk in request.stream:
            count.add(chunk)
        return str(count)

    @app.post("/upload-sync")
    def upload_sync() -> str:
        count = Count("digest" in request.args)
        while chunk := request.stream.read(64 * 1024):
            count.add(chunk)
        return str(count)

    @app.post("/upload-disk")
    async def upload_disk() -> str:
        file = request.files["file"]
        if "digest" in request.args:
            return f"{request.form['title']} {file.filename} {Count.of(file.stream)}"
        size = file.stream.seek(0, os.SEEK_END)
        return f"{request.form['title']} {file.filename} {size} -"


def add_downloads(app: Flask, folder: Path) -> None:
    """Add the views that send bodies."""

    @app.get("/download-sync/<int:mebibytes>")
    def download_sync(mebibytes: int) -> Response:
        def make() -> Iterator[bytes]:
            yield from make_blocks(mebibytes)

        return Response(make(), headers={"Content-Length": str(mebibytes << 20)})

    @app.get("/download-async/<int:mebibytes>")
    async def download_async(mebibytes: int) -> Response:
        async def make() -> AsyncIterator[bytes]:
            for block in make_blocks(mebibytes):
                yield block

        return Response(make(), headers={"Content-Length": str(mebibytes << 20)})

    @app.get("/download-file/<int:mebibytes>")
    async def download_file(mebibytes: int) -> Response:
        return send_file(folder / f"{mebibytes}.bin")
