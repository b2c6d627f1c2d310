"""How does a server send a file itself? By its path, where it offers ``http.response.pathsend``.

SPEC: ASGI extensions, "Path Send".
"""

from __future__ import annotations

import os

from werkzeug.wsgi import FileWrapper


class SentFile(FileWrapper):
    """What ``wsgi.file_wrapper`` makes of a file (PEP 3333): its blocks, or the path it is at."""

    def path_of(self, length: int) -> str | None:
        """Return the absolute path of the file, if so many bytes are all of it."""
        name = getattr(self.file, "name", None)
        if not isinstance(name, str):
            return None
        try:
            is_whole = self.file.tell() == 0 and os.fstat(self.file.fileno()).st_size == length
        except (OSError, ValueError):
            return None
        return os.path.abspath(name) if is_whole else None  # noqa: PTH100 - links stay links
