"""Large bodies in Starlette."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from benchmarks.asgi import ASGIApp
from benchmarks.bodies import Count, make_blocks


async def upload_async(request: Request) -> Response:
    count = Count("digest" in request.query_params)
    async for chunk in request.stream():
        count.add(chunk)
    return PlainTextResponse(str(count))


async def upload_disk(request: Request) -> Response:
    async with request.form() as form:
        file = form["file"].file
        size = Count.of(file) if "digest" in request.query_params else _measure(file)
        return PlainTextResponse(f"{form['title']} {form['file'].filename} {size}")


def _measure(file: object) -> str:
    return f"{file.seek(0, os.SEEK_END)} -"


def download_sync(request: Request) -> Response:
    mebibytes = request.path_params["mebibytes"]
    headers = {"Content-Length": str(mebibytes << 20)}
    return StreamingResponse(make_blocks(mebibytes), headers=headers)


async def download_async(request: Request) -> Response:
    mebibytes = request.path_params["mebibytes"]

    async def make() -> AsyncIterator[bytes]:
        for block in make_blocks(mebibytes):
            yield block

    return StreamingResponse(make(), headers={"Content-Length": str(mebibytes << 20)})


def make_app(folder: str) -> ASGIApp:
    """Create an application that takes uploads, makes bodies, and sends the files of ``folder``."""

    async def download_file(request: Request) -> Response:
        return FileResponse(Path(folder) / f"{request.path_params['mebibytes']}.bin")

    return Starlette(
        routes=[
            Route("/upload-async", upload_async, methods=["POST"]),
            Route("/upload-disk", upload_disk, methods=["POST"]),
            Route("/download-sync/{mebibytes:int}", download_sync),
            Route("/download-async/{mebibytes:int}", download_async),
            Route("/download-file/{mebibytes:int}", download_file),
        ]
    )
