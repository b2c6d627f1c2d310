"""Collect an extension's tests only where that extension is installed.

So the default run needs none of them, and `run.py` finds all of them in its
environments. A file is named after the distribution it tries.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

NEEDS_NOTHING = {"test_document", "test_names", "test_run"}


def is_installed(distribution: str) -> bool:
    """Tell whether this environment has a distribution of that name."""
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True


collect_ignore = [
    file.name
    for file in Path(__file__).parent.glob("test_*.py")
    if file.stem not in NEEDS_NOTHING and not is_installed(file.stem.removeprefix("test_"))
]
