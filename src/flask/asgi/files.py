"""How does a server send a file itself? By its path, where it offers ``http.response.pathsend``.

SPEC: ASGI extensions, "Path Send".
"""

from __future__ import annotations

import os

from werkzeug.wsgi import FileWrapper


class SentFile(FileWrapper):
    """What ``wsgi.file_wrapper`` makes of a file (PEP 3333): its blocks, or the path it is at."""

    def path_or_blocks(self, length: int) -> str | SentFile:
        """Return the absolute path of the file, if so many bytes are all of it, else its blocks.

        The file is closed before the server opens the path, because nobody tells when that has
        been. What is no longer at its path then, as closing a temporary file removes it, is read
        on: WSGI, too, sends what had been opened.
        """
        path = self._path_of(length)
        if path is None:
            return self
        kept = open(os.dup(self.file.fileno()), "rb")  # noqa: PTH123, SIM115 - a descriptor's
        try:
            self.close()
            if _is_at(path, kept.fileno(), length):
                kept.close()
                return path
            kept.seek(0)
        except BaseException:
            kept.close()
            raise
        return SentFile(kept, self.buffer_size)

    def _path_of(self, length: int) -> str | None:
        name = getattr(self.file, "name", None)
        if not isinstance(name, str):
            return None
        try:
            is_whole = self.file.tell() == 0 and os.fstat(self.file.fileno()).st_size == length
        except (OSError, ValueError):
            return None
        return os.path.abspath(name) if is_whole else None  # noqa: PTH100 - links stay links


def _is_at(path: str, descriptor: int, length: int) -> bool:
    """Tell whether an open file is still at its path, and as long as it was."""
    try:
        there = os.stat(path)  # noqa: PTH116 - as os.fstat
    except OSError:
        return False
    return os.path.samestat(there, os.fstat(descriptor)) and there.st_size == length
