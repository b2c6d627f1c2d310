"""Our dicts of fields and headers do what Werkzeug's do, value by value and error by error."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import ImmutableMultiDict, MultiDict

from flask.forms import multi_dict_of
from flask.plaindicts import FieldDict


def outcome(use: Callable[[Any], Any], on: Any) -> Any:
    """Return what a use gives, or the error's type and text."""
    try:
        return use(on)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        return type(error), str(error)


names = st.sampled_from(["a", "b", "B", "é", "", "missing"])
values = st.sampled_from(["1", "x", "", "é"])
pairs_of_fields = st.lists(st.tuples(names, values), max_size=6)

READS: list[Callable[[Any, Any], Any]] = [
    lambda d, k: d[k],
    lambda d, k: d.get(k),
    lambda d, k: d.get(k, "else"),
    lambda d, k: d.get(k, type=int),
    lambda d, k: d.get(k, default=7, type=int),
    lambda d, k: d.get(k, type=lambda value: {}[value]),
    lambda d, k: d.getlist(k),
    lambda d, k: d.getlist(k, type=int),
    lambda d, k: k in d,
    lambda d, k: d[[k]],
    lambda d, k: d.get([k]),
    lambda d, k: d.setdefault(k, "x"),
    lambda d, k: d.__setitem__(k, "x"),
    lambda d, k: d.pop(k),
]
VIEWS: list[Callable[[Any], Any]] = [
    *(repr, dict, list, len, bool, hash, lambda d: d.to_dict(flat=False), lambda d: d.to_dict()),
    *(lambda d: list(d.items(multi=True)), lambda d: list(d.values()), lambda d: list(d.lists())),
    *(lambda d: d.__class__, lambda d: d.copy(), lambda d: d.deepcopy(), lambda d: d == {}),
    *(lambda d: d.copy().__class__, lambda d: copy.copy(d) is d, lambda d: type(copy.deepcopy(d))),
    *(lambda d: isinstance(d, ImmutableMultiDict), lambda d: {**d}, lambda d: MultiDict(d)),
    *(lambda d: pickle.dumps(d), lambda d: pickle.dumps(d, 0), lambda d: d | {"a": "1"}),
]


@settings(max_examples=200, deadline=None)
@given(pairs=pairs_of_fields, name=names)
def test_fields(pairs: list[tuple[str, str]], name: str) -> None:
    """Each way to read fields, and the refusal of changes, is that of the immutable multi dict."""
    ours, theirs = multi_dict_of(ImmutableMultiDict, pairs), ImmutableMultiDict(pairs)

    assert type(ours) is FieldDict
    assert ours == theirs
    assert theirs == ours
    for read in READS:
        assert outcome(lambda d, r=read: r(d, name), ours) == outcome(  # type: ignore[misc]
            lambda d, r=read: r(d, name),  # type: ignore[misc]
            theirs,
        )
    for view in VIEWS:
        assert outcome(view, ours) == outcome(view, theirs)
