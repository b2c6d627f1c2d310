"""Does the reference table tell the truth? It is compared with the seed and with the code.

``reference/*.csv`` are the table's parts. ``reference/seed_entries.txt`` lists what the API
reference seed documents: the line and the dotted name of each of its entries.
"""

import ast
import dis
import inspect
import subprocess
import sys
from typing import Any

import pytest
from tests.contract.mutate import (
    MISSING,
    REFERENCE,
    ROOT,
    Row,
    documented_owner,
    parameter_of,
    read_rows,
    resolve,
)
from werkzeug.local import LocalProxy

from flask import Flask

ROWS = read_rows()
PARTS = sorted({row.part for row in ROWS})
KINDS = {
    "class",
    "function",
    "method",
    "classmethod",
    "staticmethod",
    "attribute",
    "property",
    "parameter",
    "signal",
    "proxy",
    "config",
    "url-option",
    "view-option",
    "converter",
    "decorator",
    "command",
}
CALLABLES = {"class", "function", "method", "classmethod", "staticmethod", "decorator"}
CHANGED_SINCE = {  # the seed is of an earlier 3.1; 3.1.3, our reference, differs
    "flask.sessions.SessionMixin.accessed": False,
}
NOT_DOTTED = {"config", "url-option", "view-option", "converter"}  # named otherwise than objects


def rows_of(part: str, *kinds: str) -> list[Row]:
    return [row for row in ROWS if row.part == part and (not kinds or row.kind in kinds)]


def is_set_by_constructor(cls: type, name: str) -> bool:
    """Tell whether instances get an attribute of this name from an ``__init__``."""
    constructors = [vars(base).get("__init__") for base in cls.__mro__]
    return any(
        instruction.opname == "STORE_ATTR" and instruction.argval == name
        for init in constructors
        if inspect.isfunction(init)
        for instruction in dis.get_instructions(init)
    )


def is_implemented_there(row: Row) -> bool:
    """Tell whether the documented name leads to what the row says implements it."""
    owner, name = documented_owner(row.name)
    implementer, inner_name, found = resolve(row.implemented)
    if inspect.isclass(owner):
        if not issubclass(owner, implementer):
            return False
        if found is MISSING:
            return is_set_by_constructor(implementer, inner_name)
        return inspect.getattr_static(owner, name) is found
    return getattr(owner, name) is found


def parameters_of(documented: str) -> dict[str, str | None]:
    """Read a documented signature: its parameters and their defaults, as written.

    Returns:
        Nothing for a signature that is no Python, as those of ``dict.update``.
    """
    try:
        [function] = ast.parse(f"def f{documented}: ...").body
    except SyntaxError:
        return {}
    if not documented.startswith("("):
        return {}
    assert isinstance(function, ast.FunctionDef)
    arguments = function.args
    found: dict[str, str | None] = {}
    positional = [*arguments.posonlyargs, *arguments.args]
    required = len(positional) - len(arguments.defaults)
    defaults: list[Any] = [*[None] * required, *arguments.defaults, None, *arguments.kw_defaults]
    names = [*positional, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
    for argument, default in zip(names, [*defaults, None], strict=True):
        if argument is not None:
            found[argument.arg] = None if default is None else ast.unparse(default)
    return found


def signature_of(row: Row) -> inspect.Signature:
    """Return the signature that callers see."""
    _, _, found = resolve(row.implemented)
    return inspect.signature(found.__func__ if hasattr(found, "__func__") else found)


def is_written_by_us(row: Row) -> bool:
    """Tell whether the callable is ours; one of a dependency has its version's signature."""
    found = resolve(row.implemented)[2]
    function = found.__init__ if inspect.isclass(found) else getattr(found, "__func__", found)
    return str(getattr(function, "__module__", "")).startswith("flask")


def says(documented: str, value: Any) -> bool:
    """Tell whether a documented default means this value."""
    try:
        return bool(ast.literal_eval(documented) == value)
    except (ValueError, SyntaxError):
        if documented == "_sentinel":
            return type(value) is object
        name = documented.rsplit(".", 1)[-1]
        return documented.startswith("<") or name == getattr(value, "__name__", None)


def test_every_entry_of_the_seed_has_a_row() -> None:
    """What the API reference seed documents is in the table, at the line that documents it."""
    entries = (REFERENCE / "seed_entries.txt").read_text().splitlines()
    known = {f"{row.line} {row.name}" for row in ROWS}

    assert [entry for entry in entries if entry not in known] == []


@pytest.mark.parametrize("part", PARTS)
def test_rows_are_well_formed(part: str) -> None:
    """Each thing is one row, of a known kind."""
    names = [row.name for row in rows_of(part)]

    assert [name for name in names if names.count(name) > 1] == []
    assert {row.kind for row in rows_of(part)} <= KINDS


@pytest.mark.parametrize("part", PARTS)
def test_every_parameter_has_a_row(part: str) -> None:
    """Each parameter of a documented signature is a row of its own."""
    known = {row.name for row in rows_of(part, "parameter")}
    wanted = [
        f"{row.name}({parameter})"
        for row in rows_of(part, *CALLABLES)
        for parameter in parameters_of(row.documented)
    ]

    assert [name for name in wanted if name not in known] == []


@pytest.mark.parametrize("part", PARTS)
def test_names_lead_to_the_implementation(part: str) -> None:
    """The documented name gives the very object that the row says implements it."""
    rows = [row for row in rows_of(part) if row.kind not in NOT_DOTTED | {"parameter"}]

    assert [row.name for row in rows if not is_implemented_there(row)] == []


ADDED = {
    ("flask.Flask.__call__", "send"): "an ASGI server passes scope, receive and send",
}
"""Parameters that ours takes besides, none of them needed, each with the reason."""


@pytest.mark.parametrize("part", PARTS)
def test_signatures_are_as_documented(part: str) -> None:
    """Parameters have the documented names and order, and their defaults."""
    wrong = []
    for row in rows_of(part, *CALLABLES):
        documented = parameters_of(row.documented)
        if documented and is_written_by_us(row):
            actual = dict(signature_of(row).parameters)
            if next(iter(actual)) in {"self", "cls"}:
                del actual[next(iter(actual))]
            defaults_differ = any(
                not says(default, actual[name].default)
                for name, default in documented.items()
                if default is not None and name in actual
            )
            names = [name for name in actual if (row.name, name) not in ADDED]
            if names != list(documented) or defaults_differ:
                wrong.append(f"{row.name}{row.documented}")

    assert wrong == []


@pytest.mark.parametrize("part", PARTS)
def test_parameters_are_accepted_as_documented(part: str) -> None:
    """Each documented parameter is one of the callable, or a keyword that it takes."""
    wrong = []
    for row in rows_of(part, "parameter"):
        _, name = parameter_of(row.name)
        parameters = signature_of(row).parameters
        default = row.documented.removeprefix("=").strip()
        if name not in parameters:
            takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
            if not takes_any or (default and is_written_by_us(row)):
                wrong.append(row.name)
        elif (
            default and not default.startswith("*") and not says(default, parameters[name].default)
        ):
            wrong.append(row.name)

    assert wrong == []


@pytest.mark.parametrize("part", PARTS)
def test_attributes_have_the_documented_defaults(part: str) -> None:
    """An attribute documented with a plain default starts with it."""
    wrong = []
    for row in rows_of(part, "attribute"):
        owner, name = documented_owner(row.name)
        default = row.documented.removeprefix("=").strip()
        if inspect.isclass(owner) and default and not default.startswith("<"):
            try:
                wanted = ast.literal_eval(default)
            except (ValueError, SyntaxError):
                continue  # a type, not a default
            wanted = CHANGED_SINCE.get(row.name, wanted)
            if inspect.getattr_static(owner, name) != wanted:
                wrong.append(row.name)

    assert wrong == []


def test_every_configuration_key_has_a_row() -> None:
    """Each key that a new application has is in the table, with its default, and no other."""
    rows = {row.name.removeprefix("config:"): row.documented for row in rows_of("config", "config")}
    defaults = Flask.default_config

    assert set(rows) == set(defaults)
    assert {
        key: rows[key]
        for key, value in defaults.items()
        if key != "PERMANENT_SESSION_LIFETIME" and not says(rows[key].removeprefix("= "), value)
    } == {}


@pytest.mark.parametrize("part", PARTS)
def test_proxies_are_proxies(part: str) -> None:
    """What is documented as a proxy is one, and stands for the active object."""
    for row in rows_of(part, "proxy"):
        assert isinstance(resolve(row.implemented)[2], LocalProxy), row.name


def test_every_test_of_the_table_exists() -> None:
    """The test that a row names is one that pytest finds."""
    files = sorted({row.test.partition("::")[0] for row in ROWS})
    collected = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "--no-header", *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.splitlines()

    assert sorted({row.test for row in ROWS} - set(collected)) == []
