"""Which tables hold hooks and error handlers, and how do a blueprint's join the app's?"""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from flask import typing as ft

HOOK_TABLES = (
    "before_request_funcs",
    "after_request_funcs",
    "teardown_request_funcs",
    "before_websocket_funcs",
    "after_websocket_funcs",
    "teardown_websocket_funcs",
    "template_context_processors",
    "url_value_preprocessors",
    "url_default_functions",
)
"""Attributes of a scaffold that map a scope to its functions, in order of registration."""

ErrorHandlers = defaultdict[
    "ft.AppOrBlueprintKey",
    defaultdict[int | None, "dict[type[Exception], ft.ErrorHandlerCallable]"],
]


HookTable = defaultdict["ft.AppOrBlueprintKey", list[Callable[..., Any]]]


def new_hook_table() -> HookTable:
    """Return an empty table of hooks by scope; serving reads it by ``.get``, adding no keys."""
    return defaultdict(list)


def new_error_handlers() -> ErrorHandlers:
    """Return an empty table of error handlers by scope, HTTP status and exception class."""
    return defaultdict(_handlers_by_code)


def _handlers_by_code() -> defaultdict[int | None, dict[type[Exception], ft.ErrorHandlerCallable]]:
    return defaultdict(dict)


def scope_in_app(blueprint_name: str, scope: str | None) -> str:
    """Return under which key of the app's tables a key of a blueprint's tables goes."""
    return blueprint_name if scope is None else f"{blueprint_name}.{scope}"


def merge_hooks(into: Any, source: Any, name: str) -> None:
    """Append a blueprint's hooks, of all kinds, to the app's under the blueprint's name."""
    for table_name in HOOK_TABLES:
        table: Mapping[str | None, list[Any]] = getattr(source, table_name)
        for scope, functions in table.items():  # an empty one need not be made in the app
            getattr(into, table_name)[scope_in_app(name, scope)].extend(functions)


def merge_error_handlers(into: ErrorHandlers, source: ErrorHandlers, name: str) -> None:
    """Add a blueprint's error handlers to the app's under the blueprint's name."""
    for scope, by_code in source.items():
        target = into[scope_in_app(name, scope)]
        for code, by_class in by_code.items():
            target[code].update(by_class)


def where_is(function: Any) -> str:
    """Tell where a function is written, for messages about two that conflict."""
    unwrapped = inspect.unwrap(getattr(function, "view_class", function))
    try:
        file, line = inspect.getsourcefile(unwrapped), inspect.getsourcelines(unwrapped)[1]
    except (OSError, TypeError):
        return f"{function!r}"
    return f"{getattr(unwrapped, '__qualname__', unwrapped)} ({file}:{line})"
