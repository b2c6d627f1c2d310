from __future__ import annotations

import functools
from typing import Any

from flask import Blueprint, Flask
from flask.setup.hooks import (
    HOOK_TABLES,
    merge_error_handlers,
    merge_hooks,
    new_error_handlers,
    new_hook_table,
    scope_in_app,
    where_is,
)
from flask.views import View


def test_tables_are_those_of_every_scaffold() -> None:
    """Each kind of hook is a table of the application and of blueprints."""
    for scaffold in (Flask("shop"), Blueprint("part", "shop")):
        for name in HOOK_TABLES:
            assert dict(getattr(scaffold, name)).keys() <= {None}, name


def test_new_tables() -> None:
    """A new table takes a function for any scope; handlers go by scope, status and class."""
    hooks = new_hook_table()
    hooks["a"].append(print)
    handlers = new_error_handlers()
    handlers[None][404][KeyError] = print  # type: ignore[assignment]

    assert hooks == {"a": [print]}
    assert handlers == {None: {404: {KeyError: print}}}


def test_scope_in_app() -> None:
    """A blueprint's own scope becomes its name, one inside goes below it."""
    assert scope_in_app("part", None) == "part"
    assert scope_in_app("outer.part", "inner") == "outer.part.inner"


class Tables:
    def __init__(self) -> None:
        for name in HOOK_TABLES:
            setattr(self, name, new_hook_table())


def test_hooks_are_appended_under_the_name() -> None:
    """Merging keeps what is there and appends in order, for every kind."""
    app: Any = Tables()
    part: Any = Tables()
    for name in HOOK_TABLES:
        getattr(app, name)["part"].append("old")
        getattr(part, name)[None].extend([1, 2])
        getattr(part, name)["inner"].append(3)

    merge_hooks(app, part, "part")

    for name in HOOK_TABLES:
        assert getattr(app, name) == {"part": ["old", 1, 2], "part.inner": [3]}
        assert getattr(part, name) == {None: [1, 2], "inner": [3]}


def test_handlers_are_merged_by_scope_and_status() -> None:
    """A blueprint's handlers join those under its name; the same key is replaced."""
    app, part = new_error_handlers(), new_error_handlers()
    app["part"][404][KeyError] = "old"  # type: ignore[assignment]
    app["part"][404][ValueError] = "kept"  # type: ignore[assignment]
    part[None][404][KeyError] = "new"  # type: ignore[assignment]
    part["inner"][None][OSError] = "inner"  # type: ignore[assignment]

    merge_error_handlers(app, part, "part")

    assert app == {
        "part": {404: {KeyError: "new", ValueError: "kept"}},
        "part.inner": {None: {OSError: "inner"}},
    }


class TestWhereIs:
    def test_function_and_wrapper(self) -> None:
        """A function is named with its file and line, a wrapper by what it wraps."""

        def view() -> None:
            pass

        @functools.wraps(view)
        def wrapper() -> None:
            pass

        line = view.__code__.co_firstlineno
        for function in (view, wrapper):
            text = where_is(function)
            assert text.endswith(f"test_hooks.py:{line})")
            assert text.startswith("TestWhereIs.test_function_and_wrapper.<locals>.view (")

    def test_class_based_view(self) -> None:
        """A view made of a class is named by its class."""

        class Page(View):
            pass

        assert ".Page (" in where_is(Page.as_view("page"))

    def test_what_has_no_source(self) -> None:
        """What is written in C, or at a prompt, is shown as it is."""
        namespace: dict[str, Any] = {}
        exec("def typed(): pass", namespace)

        assert where_is(len) == "<built-in function len>"
        assert where_is(functools.partial(len)).startswith("functools.partial(")
        assert "typed" in where_is(namespace["typed"])
