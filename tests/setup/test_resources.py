from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from flask import Blueprint, Flask
from flask.setup.resources import default_max_age, open_resource_of, send_static_file_of


@pytest.mark.parametrize(
    ("setting", "seconds"), [(None, None), (60, 60), (timedelta(minutes=2, seconds=0.5), 120)]
)
def test_default_max_age(app: Flask, setting: Any, seconds: int | None) -> None:
    """The setting is seconds or a timedelta, of which whole seconds count."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = setting
    with app.app_context():
        assert default_max_age() == seconds


def test_static_file_is_cached_as_its_owner_says(app: Flask, tmp_path: Path) -> None:
    """The owner's method decides the caching time, by the name asked for."""
    (tmp_path / "a.txt").write_text("a")
    part = Blueprint("part", "shop", root_path=str(tmp_path), static_folder=".")
    part.get_send_file_max_age = lambda filename: len(filename or "")  # type: ignore[method-assign]
    with app.test_request_context(), send_static_file_of(part, "a.txt") as response:
        assert response.cache_control.max_age == 5


def test_owner_without_folder(app: Flask) -> None:
    """Without a static folder there is nothing to send."""
    with app.test_request_context(), pytest.raises(RuntimeError, match="'static_folder' must be"):
        send_static_file_of(app, "a.txt")


def test_resources_are_below_the_root_path(app: Flask, tmp_path: Path) -> None:
    """Names are relative to the owner's root path; text is read in the encoding given."""
    (tmp_path / "a.txt").write_bytes(b"\xe9")
    app.root_path = str(tmp_path)

    with open_resource_of(app, "a.txt", "rb", None) as file:
        assert file.read() == b"\xe9"
    with open_resource_of(app, "a.txt", "r", "latin-1") as file:
        assert file.read() == "é"
    with pytest.raises(ValueError, match="only be opened for reading"):
        open_resource_of(app, "a.txt", "a", None)
