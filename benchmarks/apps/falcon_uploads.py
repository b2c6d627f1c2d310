"""Large bodies in Falcon, which leaves it to the application to write a file to disk."""

import hashlib
import tempfile
from pathlib import Path

import falcon


class Upload:
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        with tempfile.TemporaryFile() as file:
            for part in req.get_media():
                if part.name == "title":
                    title = part.text
                else:
                    filename = part.secure_filename
                    part.stream.pipe(file)
            size, digest = file.tell(), ""
            if req.has_param("digest"):
                file.seek(0)
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        resp.content_type = falcon.MEDIA_HTML
        resp.text = f"{title} {filename} {size} {digest}"


class File:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def on_get(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        path = self.folder / name
        resp.content_type = falcon.MEDIA_TEXT
        resp.set_stream(path.open("rb"), path.stat().st_size)


def make_app(folder: Path) -> falcon.App:
    """Create an application that takes uploads and sends the files of ``folder``."""
    app = falcon.App()
    app.add_route("/upload", Upload())
    app.add_route("/file/{name}", File(folder))
    return app
