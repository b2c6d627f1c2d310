"""Large bodies in Flask's API: the same file measures Flask and Dewar."""

import hashlib
import os
from pathlib import Path

from flask import Flask, Response, request, send_file


def make_app(folder: Path) -> Flask:
    """Create an application that takes uploads and sends the files of ``folder``."""
    app = Flask("benchmarks")

    @app.post("/upload")
    def upload() -> str:
        file = request.files["file"]
        size = file.stream.seek(0, os.SEEK_END)
        digest = ""
        if "digest" in request.args:
            file.stream.seek(0)
            digest = hashlib.file_digest(file.stream, "sha256").hexdigest()
        return f"{request.form['title']} {file.filename} {size} {digest}"

    @app.get("/file/<name>")
    def send(name: str) -> Response:
        return send_file(folder / name)

    return app
