"""Has a function to be awaited? ``lifecycle`` asks of views and hooks, ``signals`` of receivers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from inspect import CO_COROUTINE, iscoroutinefunction
from types import FunctionType, MethodType
from typing import Any


def is_coroutine_function(func: Callable[..., Any]) -> bool:
    """Tell whether a function has to be awaited."""
    # PERF: 0.05 µs; inspect takes 0.5 µs. The name is what inspect.markcoroutinefunction() sets.
    function: Any = func.__func__ if type(func) is MethodType else func  # of a class-based view
    if type(function) is FunctionType and not (
        HAS_MARKER and "_is_coroutine_marker" in function.__dict__
    ):
        return function.__code__.co_flags & CO_COROUTINE != 0
    return iscoroutinefunction(func)


HAS_MARKER = sys.version_info >= (3, 12)
