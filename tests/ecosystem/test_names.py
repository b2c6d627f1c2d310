"""Every name that popular extensions take from Flask exists on ours; needs none of them."""

from __future__ import annotations

import importlib
import inspect
import warnings
from typing import Any

import pytest

from ecosystem.record_names import make_samples, read_names

TAKEN, MISSED = read_names()

# Old names that ours still answers, with a DeprecationWarning, though Flask 3.1 does not.
STILL_ANSWERED = {("flask", "Markup"), ("flask", "escape")}


@pytest.fixture(scope="module")
def samples() -> dict[str, Any]:
    return make_samples()


def find_owner(owner: str, samples: dict[str, Any]) -> Any:
    """Return the module, a fresh object of the class of that name, or the class."""
    module, _, name = owner.rpartition(".")
    if not name[:1].isupper() and not name.startswith("_"):
        return importlib.import_module(owner)
    cls = getattr(importlib.import_module(module), name)
    return next((thing for thing in samples.values() if type(thing) is cls), cls)


def has(thing: Any, name: str) -> bool:
    """Tell whether a name is there, without computing a property that needs a request."""
    try:
        inspect.getattr_static(thing, name)
    except AttributeError:
        return hasattr(thing, name)
    return True


@pytest.mark.parametrize("owner", sorted(TAKEN))
def test_what_extensions_take_is_there(owner: str, samples: dict[str, Any]) -> None:
    """Each module and class has every name that an extension was seen to take from it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # genuine Flask warns as well
        thing = find_owner(owner, samples)
        absent = [name for name in TAKEN[owner] if not has(thing, name)]

    assert absent == []


def test_what_extensions_miss_is_missing_here_too(samples: dict[str, Any]) -> None:
    """A name that sends an extension to its fallback on Flask 3.1 does so on ours."""
    pairs = [(owner, name) for owner, names in MISSED.items() for name in names]
    missed = [pair for pair in pairs if pair not in STILL_ANSWERED]

    assert [(o, name) for o, name in missed if has(find_owner(o, samples), name)] == []


def test_the_list_is_not_empty() -> None:
    """A recording that went wrong would leave nothing to check."""
    assert {"flask", "flask.app.Flask", "flask.wrappers.Request"} <= TAKEN.keys()
