from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jinja2 import FileSystemBytecodeCache

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]  # the example is not installed

from chat import create_app  # noqa: E402  # needs the path above

if TYPE_CHECKING:
    from flask import Flask


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Compile each template once for all tests, not once for each."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(tmp_path: Path, compiled_templates: FileSystemBytecodeCache) -> Flask:
    app = create_app({"TESTING": True}, instance_path=str(tmp_path / "instance"))
    app.jinja_env.bytecode_cache = compiled_templates
    return app
