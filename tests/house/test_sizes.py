"""Modules and functions stay small enough to be read at once, and types are not waved through."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "src" / "flask").rglob("*.py"))
LINES_OF_A_MODULE = 500
LINES_OF_A_FUNCTION = 50  # without its docstring
TYPE_IGNORES = 25

EXCEPTIONS: dict[str, str] = {}
"""Functions that may be longer, as ``module:name``, each with the reason."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return path.relative_to(ROOT / "src").with_suffix("").as_posix().replace("/", ".")


def functions_of(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, Function):
            yield node


def length_of(function: Function) -> int:
    """Return the lines of a function from ``def`` to its end, without its docstring."""
    assert function.end_lineno is not None
    length = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        assert first.end_lineno is not None
        length -= first.end_lineno - first.lineno + 1
    return length


def test_modules_are_short() -> None:
    """A module is at most 500 lines, of tests too: what outgrows them becomes several."""
    long = {
        path.relative_to(ROOT).as_posix()
        for path in (*MODULES, *(ROOT / "tests").rglob("*.py"))
        if len(path.read_text(encoding="utf-8").splitlines()) > LINES_OF_A_MODULE
    }

    assert long == set()


def test_functions_are_short() -> None:
    """A function is at most 50 lines without its docstring, or is excused by name."""
    long = {
        f"{name_of(path)}:{function.name}"
        for path in MODULES
        for function in functions_of(path)
        if length_of(function) > LINES_OF_A_FUNCTION
    }

    assert long == set(EXCEPTIONS)


def test_exceptions_have_reasons() -> None:
    """A function that may be longer says why."""
    assert all(len(reason.split()) > 3 for reason in EXCEPTIONS.values())


def test_type_ignores_are_few_and_name_their_error() -> None:
    """The types are checked strictly: each exception names the error, and there are few."""
    found = [
        comment
        for path in MODULES
        for comment in re.findall(r"#\s*type:\s*ignore\S*", path.read_text(encoding="utf-8"))
    ]

    assert [comment for comment in found if "[" not in comment] == []
    assert len(found) <= TYPE_IGNORES
