"""An application behind a symbolic link lives where the link is, as on servers that switch releases."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flask import Flask
from flask.helpers import get_root_path

MODULE = "linked_application"


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """Return a folder with the real file and one to link from."""
    store, release = tmp_path / "store", tmp_path / "release"
    store.mkdir()
    release.mkdir()
    (store / f"{MODULE}.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    yield store, release
    sys.modules.pop(MODULE, None)


def load(file: Path) -> Flask:
    spec = importlib.util.spec_from_file_location(MODULE, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE] = module
    spec.loader.exec_module(module)
    app = module.app
    assert isinstance(app, Flask)
    return app


def test_linked_file(folders: tuple[Path, Path]) -> None:
    """Templates, files and instance folder are looked for beside the link, not beside its target."""
    store, release = folders
    link = release / f"{MODULE}.py"
    link.symlink_to(store / f"{MODULE}.py")
    (release / "templates").mkdir()
    (release / "templates" / "page.txt").write_text("of the release")

    app = load(link)

    assert app.root_path == str(release)
    assert app.instance_path == str(release / "instance")
    assert app.jinja_env.get_template("page.txt").render() == "of the release"


def test_linked_folder(folders: tuple[Path, Path]) -> None:
    """A link to the folder stays in the path, so that switching it switches the application's files."""
    store, release = folders
    current = release / "current"
    current.symlink_to(store)

    app = load(current / f"{MODULE}.py")

    assert app.root_path == str(current)


def test_module_not_imported_yet(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same holds for a module that is only found."""
    store, release = folders
    current = release / "current"
    current.symlink_to(store)
    monkeypatch.syspath_prepend(str(current))

    assert get_root_path(MODULE) == str(current)
