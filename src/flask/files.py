"""How is a file sent? As Werkzeug's ``send_file`` does, with the headers of a known file remembered.

The headers are Werkzeug's own: made once by its ``send_file`` for a path, a time of change, a
size and options, and sent again while these stay the same. What the request asks of a file
(ranges, other conditions than the usual two) and unusual arguments go Werkzeug's way.
"""

from __future__ import annotations

import mimetypes
import os
import re
import stat
from dataclasses import dataclass
from io import FileIO
from time import time
from typing import TYPE_CHECKING, Any

import werkzeug.utils
from werkzeug.exceptions import NotFound
from werkzeug.http import http_date, is_resource_modified
from werkzeug.security import safe_join
from werkzeug.wrappers import Response as BaseResponse
from werkzeug.wsgi import wrap_file

from flask.plainresponses import SharedPairs, file_response, is_stock_for_files

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

BLOCK = 64 * 1024
"""Bytes that a server reads at once."""

_MOST_FILES = 1024
_IS_POSIX = os.name == "posix"


def send_file(
    path_or_file: Any,
    environ: WSGIEnvironment,
    mimetype: str | None = None,
    as_attachment: bool = False,
    download_name: str | None = None,
    conditional: bool = True,
    etag: bool | str = True,
    last_modified: Any = None,
    max_age: Any = None,
    use_x_sendfile: bool = False,
    response_class: type[BaseResponse] = BaseResponse,
    _root_path: str = "",
    _stats: os.stat_result | None = None,
) -> BaseResponse:
    """Return a response that sends a file; the arguments are those of Werkzeug's function.

    ``_stats`` tells, with a path that is complete already, what ``os.stat`` of it gave.
    """
    path = path_or_file if _stats is not None else _full_path(path_or_file, _root_path)
    if callable(max_age) and type(path) is str:
        max_age = max_age(path)
    file = None
    if (
        type(path) is str
        and last_modified is None
        and (max_age is None or type(max_age) is int)
        and not use_x_sendfile
        and "HTTP_RANGE" not in environ
        and "HTTP_IF_MATCH" not in environ
        and is_stock_for_files(response_class)
    ):
        asks = bool(conditional) and environ["REQUEST_METHOD"] in _ASKING
        options = (asks, bool(as_attachment), mimetype, download_name, etag, max_age)
        file = _known_file(path, _stats or os.stat(path), options)  # noqa: PTH116
    if file is None:
        choice = (mimetype, as_attachment, download_name, conditional, etag, last_modified)
        rest = (max_age, use_x_sendfile, response_class, _root_path)
        return werkzeug.utils.send_file(path_or_file, environ, *choice, *rest)
    pairs = file.headers_at(int(time()), max_age or 0)
    if file.date_at is not None and _is_unchanged(file, environ):
        return file_response(response_class, pairs, 304, [])
    return file_response(response_class, pairs, 200, wrap_file(environ, FileIO(path), BLOCK))


def _full_path(path_or_file: Any, root_path: str) -> Any:
    """Return the path as Werkzeug opens it, or what is no path of text."""
    path = path_or_file
    if type(path) is not str:
        if not hasattr(path, "__fspath__") and not isinstance(path, str):
            return path
        path = os.fspath(path)
        if not isinstance(path, str):
            return path
    # PERF: 0.3 µs less than to call join, which does the same.
    return path if path[:1] == "/" and _IS_POSIX else os.path.join(root_path, path)  # noqa: PTH118


_ASKING = frozenset(("GET", "HEAD"))  # the methods for which make_conditional does anything


def send_from_directory(
    directory: Any,
    path: Any,
    environ: WSGIEnvironment,
    max_age: Any,
    use_x_sendfile: bool,
    response_class: type[BaseResponse],
    _root_path: str,
    choice: dict[str, Any],
) -> BaseResponse:
    """Return a response that sends a file of a folder; nothing outside is ever found.

    The arguments are those of :func:`send_file`; what the caller chose of them is in a dict.

    Raises:
        NotFound: There is no such regular file inside the folder.
    """
    if (
        type(directory) is str
        and type(path) is str
        and directory[:1] == "/" != directory[-1:]
        and _PLAIN_NAME(path)
    ):
        joined = f"{directory}/{path}"  # PERF: 3 µs less than safe_join, which finds no more to do
    else:
        inside = safe_join(os.fspath(directory), os.fspath(path))
        if inside is None:
            raise NotFound()
        joined = _full_path(inside, _root_path)
    try:
        stats = os.stat(joined)  # noqa: PTH116 - a Path object costs more than the call
    except (OSError, ValueError):  # such as a name with a null byte
        raise NotFound() from None
    if not stat.S_ISREG(stats.st_mode):
        raise NotFound()
    ours = (max_age, use_x_sendfile, response_class, _root_path, stats)
    if choice:
        return send_file(joined, environ, **choice, **dict(zip(_OURS, ours, strict=True)))
    return send_file(joined, environ, None, False, None, True, True, None, *ours)


_OURS = ("max_age", "use_x_sendfile", "response_class", "_root_path", "_stats")
# What safe_join joins as it stands: names that begin with a letter or digit, one slash between.
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*").fullmatch
if os.name == "nt":  # where some such names are devices
    _PLAIN_NAME = re.compile(r"(?!)").fullmatch


@dataclass(eq=False, repr=False, match_args=False)  # PERF: each makes the import 0.1 ms longer
class _KnownFile:
    """The headers of a file in one state, with the places of those that tell the time."""

    state: tuple[int, int]
    pairs: list[tuple[str, str]]
    date_at: int | None
    expires_at: int | None
    etag: str | None
    last_modified: str | None
    extension: str
    guessed: str | None
    stamped: tuple[int, SharedPairs] = (0, SharedPairs())

    def headers_at(self, now: int, max_age: int) -> SharedPairs:
        """Return the headers in this second (since 1970)."""
        second, pairs = self.stamped
        if second != now:
            pairs = SharedPairs(self.pairs)
            if self.expires_at is not None:
                pairs[self.expires_at] = ("Expires", http_date(now + max_age))
            if self.date_at is not None:
                pairs[self.date_at] = ("Date", http_date(now))
            self.stamped = (now, pairs)
        return pairs


_Options = tuple[bool, bool, str | None, str | None, bool | str, int | None]
_known_files: dict[tuple[str, _Options], _KnownFile] = {}


def _known_file(path: str, stats: os.stat_result, options: _Options) -> _KnownFile | None:
    """Return what is known of a file, or ``None`` when it changes right now.

    Args:
        path: Its path.
        stats: What ``os.stat`` of it gives now.
        options: Whether it is conditional and an attachment; mimetype, name, ETag, maximal age.
    """
    key = (path, options)
    state = (stats.st_mtime_ns, stats.st_size)
    file = _known_files.get(key)
    if (
        file is not None
        and file.state == state
        and mimetypes.types_map.get(file.extension) == file.guessed
    ):
        return file
    _, as_attachment, mimetype, download_name, etag, max_age = options
    choice = (mimetype, as_attachment, download_name, options[0], etag, None, max_age)
    # Without a root it would take the dots out of the path, whose checksum is in the ETag.
    response = werkzeug.utils.send_file(path, {"REQUEST_METHOD": "GET"}, *choice, _root_path="")
    response.close()
    after = os.stat(path)  # noqa: PTH116
    if (after.st_mtime_ns, after.st_size) != state:
        return None
    pairs = response.headers.to_wsgi_list()
    names = [name for name, _ in pairs]
    extension = os.path.splitext(download_name or path)[1].lower()  # noqa: PTH122
    file = _KnownFile(
        state,
        pairs,
        names.index("Date") if "Date" in names else None,
        names.index("Expires") if "Expires" in names else None,
        response.headers.get("ETag"),
        response.headers.get("Last-Modified"),
        extension,
        mimetypes.types_map.get(extension),
    )
    if len(_known_files) >= _MOST_FILES:
        _known_files.clear()
    _known_files[key] = file
    return file


def _is_unchanged(file: _KnownFile, environ: WSGIEnvironment) -> bool:
    """Tell whether the client has the file already, by the two headers that say so."""
    etag = environ.get("HTTP_IF_NONE_MATCH")
    since = environ.get("HTTP_IF_MODIFIED_SINCE")
    if etag is None and since is None:
        return False
    if etag == file.etag if etag is not None else since == file.last_modified:
        return True
    return not is_resource_modified(environ, file.etag, last_modified=file.last_modified)
