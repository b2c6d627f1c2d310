"""Describe what the installed ``flask`` offers: names, parameters, members, plain defaults.

``python tests/contract/surface.py`` under an interpreter that has genuine Flask writes
``upstream.json``. It introspects the imported package; it reads no source.
"""

from __future__ import annotations

import inspect
import json
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import click
from blinker import Signal
from werkzeug.local import LocalProxy

UPSTREAM = Path(__file__).with_name("upstream.json")
MODULES = [
    "flask",
    "flask.app",
    "flask.blueprints",
    "flask.cli",
    "flask.config",
    "flask.ctx",
    "flask.debughelpers",
    "flask.globals",
    "flask.helpers",
    "flask.json",
    "flask.json.provider",
    "flask.json.tag",
    "flask.logging",
    "flask.sessions",
    "flask.signals",
    "flask.templating",
    "flask.testing",
    "flask.typing",
    "flask.views",
    "flask.wrappers",
    "flask.sansio.app",
    "flask.sansio.blueprints",
    "flask.sansio.scaffold",
]
SPECIAL = {"__init__", "__call__", "__contains__", "__iter__", "__enter__", "__exit__"}
PLAIN = (type(None), bool, int, float, str, bytes, tuple, list, dict)

Description = dict[str, Any]


def is_of_flask(thing: object) -> bool:
    """Tell whether a class or function is defined in the package."""
    return str(getattr(thing, "__module__", "")).partition(".")[0] == "flask"


class _Shown:
    """Stands for a default that has no literal, by its name or its type's."""

    def __init__(self, value: object) -> None:
        self.text = f"<{getattr(value, '__name__', type(value).__name__)}>"

    def __repr__(self) -> str:
        return self.text


def describe_parameters(function: Any) -> str:
    """Write the parameters as a signature without annotations."""
    signature = inspect.signature(function)
    shown = []
    for parameter in signature.parameters.values():
        default = parameter.default
        if default is not parameter.empty and not isinstance(default, PLAIN):
            default = _Shown(default)
        shown.append(parameter.replace(annotation=parameter.empty, default=default))
    return str(signature.replace(parameters=shown, return_annotation=signature.empty))


def describe_member(member: Any) -> Description:
    if isinstance(member, classmethod | staticmethod):
        kind = type(member).__name__
        return {"kind": kind, "parameters": describe_parameters(member.__func__)}
    if inspect.isfunction(member):
        return {"kind": "method", "parameters": describe_parameters(member)}
    if isinstance(member, PLAIN):
        return {"kind": "data", "value": repr(member)}
    return {"kind": "attribute"}


def describe_class(cls: type) -> Description:
    members: Description = {}
    for base in reversed(cls.__mro__):
        if is_of_flask(base):
            for name, member in vars(base).items():
                if type(member).__name__ == "FormerAttribute":
                    continue  # missing, with a better error
                if not name.startswith("_") or name in SPECIAL:
                    members[name] = describe_member(member)
    return {"kind": "class", "members": members}


def inherited_names(cls: type) -> set[str]:
    """Return the members that a class has from Werkzeug, Jinja, Click or Python."""
    return {name for base in cls.__mro__ if not is_of_flask(base) for name in vars(base)}


def describe(thing: Any) -> Description | None:
    """Describe what a module's name stands for; nothing when it is only imported there."""
    if isinstance(thing, LocalProxy):
        return {"kind": "proxy"}
    if isinstance(thing, Signal):
        return {"kind": "signal"}
    if isinstance(thing, click.Command):
        options = sorted(option for param in thing.params for option in param.opts)
        return {"kind": "command", "options": options}
    if inspect.isclass(thing):
        return describe_class(thing) if is_of_flask(thing) else None
    if inspect.isroutine(thing) or hasattr(thing, "__wrapped__"):
        if not is_of_flask(thing):
            return None
        return {"kind": "function", "parameters": describe_parameters(thing)}
    if isinstance(thing, ModuleType | TypeVar) or type(thing).__module__ == "__future__":
        return None
    if isinstance(thing, PLAIN):
        return {"kind": "data", "value": repr(thing)}
    if isinstance(thing, frozenset):
        return {"kind": "data", "value": repr(sorted(thing))}
    return {"kind": "data"}


def is_at_home(thing: object, module: str) -> bool:
    """Tell whether a module offers a thing, and did not only import it for its own use."""
    if module == "flask":
        return True
    if isinstance(thing, LocalProxy | Signal):
        return module in {"flask.globals", "flask.signals"}
    return getattr(thing, "__module__", module) == module


def describe_module(name: str) -> Description:
    """Describe the public names that a module offers."""
    module = import_module(name)
    found: Description = {}
    for public, thing in sorted(vars(module).items()):
        if (not public.startswith("_") or public == "_AppCtxGlobals") and is_at_home(thing, name):
            described = describe(thing)
            if described is not None:
                if name == "flask":  # the details are told where it is defined
                    described = {"kind": described["kind"]}
                found[public] = described
    return found


if __name__ == "__main__":
    surface = {module: describe_module(module) for module in MODULES}
    UPSTREAM.write_text(json.dumps(surface, indent=1, sort_keys=True) + "\n")
    sys.stdout.write(f"{UPSTREAM}: {sum(map(len, surface.values()))} names\n")
