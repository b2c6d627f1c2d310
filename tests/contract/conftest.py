from pathlib import Path

import pytest

from flask import Blueprint, Flask
from flask.testing import FlaskClient


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    """An application whose folder is empty and its own."""
    return Flask("shop", root_path=str(tmp_path))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def folder(app: Flask) -> Path:
    """The application's folder, with a template, a static file and a resource."""
    root = Path(app.root_path)
    for name in ("templates", "static", "instance"):
        (root / name).mkdir()
    (root / "templates/page.html").write_text("Hello {{ name }}")
    (root / "static/style.css").write_text("body {}")
    (root / "schema.sql").write_bytes("create table café".encode())
    return root


@pytest.fixture
def area(folder: Path) -> Blueprint:
    """A blueprint of the folder with files, below a prefix."""
    return Blueprint(
        "area",
        "shop.area",
        static_folder="static",
        template_folder="templates",
        url_prefix="/area",
        root_path=str(folder),
    )
