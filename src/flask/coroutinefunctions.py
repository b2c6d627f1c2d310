"""Has a function to be awaited? ``lifecycle`` asks of views and hooks, ``signals`` of receivers."""

from __future__ import annotations

from collections.abc import Callable
from inspect import CO_COROUTINE, iscoroutinefunction
from types import FunctionType, MethodType
from typing import Any


def is_coroutine_function(func: Callable[..., Any]) -> bool:
    """Tell whether a function has to be awaited."""
    # PERF: 0.05 µs; inspect takes 0.5 µs. The name is what inspect.markcoroutinefunction() sets.
    if type(func) is FunctionType:
        if "_is_coroutine_marker" not in func.__dict__:
            return func.__code__.co_flags & CO_COROUTINE != 0
    elif type(func) is MethodType:  # of a class-based view
        return is_coroutine_function(func.__func__)
    return iscoroutinefunction(func)
