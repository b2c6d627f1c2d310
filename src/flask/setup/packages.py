"""Where on disk is the application? The folders derived from its import name."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec


def find_package(import_name: str) -> tuple[str | None, str]:
    """Find where a package is installed.

    Returns:
        The installation prefix, or ``None`` for code run from its own folder, and the
        folder that holds the top-level package or module.
    """
    from pathlib import Path  # noqa: PLC0415 - it takes 2 ms, and an import needs none

    folder = Path(_find_package_path(import_name))
    prefix = Path(os.path.abspath(sys.prefix))  # noqa: PTH100 - links stay links, as in sys.path
    if folder.is_relative_to(prefix):
        return str(prefix), str(folder)
    if folder.name.lower() == "site-packages":
        parent = folder.parent
        if parent.name.lower() == "lib":  # Windows: PREFIX/Lib/site-packages
            return str(parent.parent), str(folder)
        if parent.parent.name.lower() == "lib":  # PREFIX/lib/pythonX.Y/site-packages
            return str(parent.parent.parent), str(folder)
        return str(parent), str(folder)
    return None, str(folder)


def _find_package_path(import_name: str) -> str:
    root_name = import_name.partition(".")[0]
    try:
        root = find_spec(root_name)
    except (ImportError, ValueError):  # ValueError: __main__ run as a script has no spec
        root = None
    from pathlib import Path  # noqa: PLC0415 - it takes 2 ms, and an import needs none

    if root is None:
        return str(Path.cwd())
    if root.submodule_search_locations is None:
        return str(Path(root.origin or ".").parent)
    return str(Path(_portion(root, import_name)).parent)


def _portion(root: ModuleSpec, import_name: str) -> str:
    """Return the folder of a package; for a namespace package the one that holds the name."""
    locations = list(root.submodule_search_locations or ())
    if root.origin in (None, "namespace"):
        package = find_spec(import_name)
        if package is not None and package.submodule_search_locations is not None:
            from pathlib import Path  # noqa: PLC0415 - it takes 2 ms, and an import needs none

            inner = Path(os.path.commonpath(package.submodule_search_locations))
            for location in locations:
                if inner.is_relative_to(location):
                    return location
    return locations[0]
