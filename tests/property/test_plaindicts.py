"""Our dicts of fields and headers do what Werkzeug's do, value by value and error by error."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup
from werkzeug.datastructures import Headers, ImmutableMultiDict, MultiDict

from flask.forms import multi_dict_of
from flask.plaindicts import FieldDict, ResponseHeaders


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


header_names = st.sampled_from(
    ["X-A", "x-a", "X-B", "Content-Type", "content-type", "\u212a", "K", "k", "\u0130", ""]
)
header_values = st.sampled_from(["1", "", "é", "a\nb", "a\rb", 7, None, Markup("<m>")])
changes = st.lists(
    st.tuples(
        st.sampled_from(["__setitem__", "add", "set", "setdefault", "__delitem__"]),
        header_names,
        header_values,
    )
    | st.tuples(
        st.just("__setitem__"),
        st.sampled_from([0, -1, 9, slice(0, 1)]),
        st.sampled_from([("X-C", "3"), ("X-D", "a\nb"), [("X-E", "4")]]),
    ),
    max_size=8,
)
HEADER_VIEWS: list[Callable[[Any], Any]] = [
    *(repr, str, list, len, bool, lambda h: h.__class__, lambda h: h.copy(), lambda h: h[:1]),
    *(lambda h: h.copy().__class__, lambda h: type(copy.copy(h)), lambda h: type(copy.deepcopy(h))),
    *(lambda h: pickle.dumps(h), lambda h: pickle.dumps(h, 0), lambda h: h.to_wsgi_list()),
    *(lambda h: h | {"X-A": "9"}, lambda h: isinstance(h, Headers), lambda h: hash(h)),
]


@settings(max_examples=300, deadline=None)
@given(changes=changes)
def test_headers(changes: list[tuple[str, Any, Any]]) -> None:
    """Whatever is set, added and deleted, one after the other: the same list, the same errors."""
    start = [("Content-Type", "text/html"), ("Content-Length", "1")]
    ours, theirs = ResponseHeaders(start), Headers(start)
    for method, name, value in changes:
        arguments = (name,) if method == "__delitem__" else (name, value)

        assert outcome(lambda h, m=method, a=arguments: getattr(h, m)(*a), ours) == outcome(  # type: ignore[misc]
            lambda h, m=method, a=arguments: getattr(h, m)(*a),  # type: ignore[misc]
            theirs,
        )
        assert list(ours) == list(theirs)
    assert ours == theirs
    assert theirs == ours
    for view in HEADER_VIEWS:
        assert outcome(view, ours) == outcome(view, theirs)
