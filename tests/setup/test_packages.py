from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from flask.setup.packages import _find_package_path, find_package


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the import path with a module, a package and a namespace package."""
    (tmp_path / "lone_mod.py").write_text("")
    (tmp_path / "whole_pkg").mkdir()
    (tmp_path / "whole_pkg" / "__init__.py").write_text("")
    (tmp_path / "whole_pkg" / "part.py").write_text("")
    (tmp_path / "name_space" / "inner_pkg").mkdir(parents=True)
    (tmp_path / "name_space" / "inner_pkg" / "__init__.py").write_text("")
    (tmp_path / "name_space" / "inner_mod.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "name",
    [
        "lone_mod",
        "whole_pkg",
        "whole_pkg.part",
        "whole_pkg.not_there",
        "name_space.inner_pkg",
        "name_space.inner_mod",
    ],
)
def test_code_run_from_its_folder(folder: Path, name: str) -> None:
    """Code that is not installed has no prefix, and its top level's folder."""
    assert find_package(name) == (None, str(folder))


def test_namespace_in_several_folders(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a namespace package in two folders the one that holds the package counts."""
    other = tmp_path_factory.mktemp("other")
    (other / "name_space" / "second_pkg").mkdir(parents=True)
    (other / "name_space" / "second_pkg" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(other)

    assert _find_package_path("name_space.second_pkg") == str(other)
    assert _find_package_path("name_space.inner_pkg") == str(folder)


@pytest.mark.parametrize("name", ["nowhere_at_all", "", ".relative"])
def test_unknown_name_is_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What cannot be found stands for the working directory."""
    monkeypatch.chdir(tmp_path)

    assert find_package(name) == (None, str(tmp_path))


def test_program_without_a_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program run as a script has no spec: the working directory stands for it."""
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    monkeypatch.chdir(tmp_path)

    assert find_package("__main__") == (None, str(tmp_path))


def test_installed_package() -> None:
    """A package of this environment is installed below its prefix."""
    prefix, folder = find_package("werkzeug")

    assert prefix == str(Path(sys.prefix))
    assert folder.endswith("site-packages")


@pytest.mark.parametrize(
    ("site", "prefix"),
    [
        ("opt/lib/python3.11/site-packages", "opt"),
        ("opt/lib64/python3.11/site-packages", "opt/lib64/python3.11"),
        ("opt/Lib/site-packages", "opt"),
        ("opt/site-packages", "opt"),
    ],
)
def test_installed_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, site: str, prefix: str
) -> None:
    """In another installation the prefix is told from the usual layouts."""
    (tmp_path / site).mkdir(parents=True)
    (tmp_path / site / "other_mod.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path / site)

    assert find_package("other_mod") == (str(tmp_path / prefix), str(tmp_path / site))
