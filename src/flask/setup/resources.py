"""Which files belong to an app or blueprint? Its static files, and resources beside its code."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from flask.globals import active_app, current_app
from flask.helpers import send_from_directory

if TYPE_CHECKING:
    from datetime import timedelta

    from flask.app import Flask
    from flask.blueprints import Blueprint
    from flask.setup.scaffold import Scaffold
    from flask.wrappers import Response


def default_max_age() -> int | None:
    """Return ``SEND_FILE_MAX_AGE_DEFAULT`` of the current app, in seconds."""
    app = active_app() or current_app  # the proxy raises where there is none
    value: timedelta | int | None = app.config["SEND_FILE_MAX_AGE_DEFAULT"]
    return value if value is None or isinstance(value, int) else int(value.total_seconds())


def send_static_file_of(owner: Flask | Blueprint, filename: str) -> Response:
    """Answer with a file of the owner's static folder, cached as long as the owner says."""
    folder = owner.static_folder
    if folder is None:
        raise RuntimeError("'static_folder' must be set to serve static_files.")
    max_age = owner.get_send_file_max_age(filename)
    return send_from_directory(folder, filename, max_age=max_age)


def open_resource_of(owner: Scaffold, resource: str, mode: str, encoding: str | None) -> IO[Any]:
    """Open a file below the owner's root path for reading."""
    if mode not in {"r", "rt", "rb"}:
        raise ValueError(
            f"Resources can only be opened for reading. The mode was {mode!r}; use 'r' or 'rb',"
            " and open_instance_resource() for files that change."
        )
    from pathlib import Path  # noqa: PLC0415 - it takes 2 ms, and an import needs none

    path = Path(owner.root_path, resource)
    return path.open(mode) if mode == "rb" else path.open(mode, encoding=encoding)
