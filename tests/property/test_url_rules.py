"""A rule that is compiled at first use is the rule that Werkzeug compiles when it is added."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug import routing
from werkzeug.routing import BaseConverter, Map

from flask.routing import Rule, URLMap


class Words(BaseConverter):
    """Takes arguments of its own, and refuses some."""

    def __init__(self, map: Map, *args: Any, least: int = 0) -> None:
        super().__init__(map)
        if least > 5:
            raise RuntimeError("too many")
        self.regex = f"[a-z]{{{least},}}"


class Deep(BaseConverter):
    regex = "[a-z]+/[a-z]+"


CONVERTERS = {"words": Words, "deep": Deep}
PIECES = [
    *("/", "/", "/", "a", "b.c", "é", "-", "//", " ", "%", "|", "a>b", "(x)", "$"),
    *("<x>", "<y>", "<int:n>", "<path:p>", "<deep:d>", "<any(a, b):k>", "<any('a/b', c):k>"),
    *("<words:w>", "<words(least=2):w>", "<words(least=9):w>", "<words(1, 'b'):w>"),
    *("<int(fixed_digits=2):f>", "<string(length=0):s>", "<string(minlength=a):s>"),
    *("<nowhere:x>", "<int(:x>", "<1x>", "<", "<>", "<None>", "<class>", "<int(nothing=1):x>"),
    *("<words(a=>b):w>", "<a(x:b>", "<y):c>", "<words(a b):w>", "<__debug__>", "<self>"),
]
texts = st.lists(st.sampled_from(PIECES), max_size=7).map("".join).map("/{}".format)
texts |= st.sampled_from(["", "a", "/", "<x>"])
options = st.fixed_dictionaries(
    {
        "endpoint": st.sampled_from(["a", "b", None]),
        "methods": st.none() | st.sets(st.sampled_from(["GET", "post"]), max_size=2),
        "defaults": st.none()
        | st.sampled_from(
            [{}, {"x": 1}, {"n": "no"}, {"n": 3}, {"z": None}, {"k": "a"}, {"a b": 1}, {3: 1}]
        ),
        "merge_slashes": st.none() | st.booleans(),
        "strict_slashes": st.none() | st.booleans(),
        "subdomain": st.sampled_from([None, None, "", "sub", "<x>"]),
        "host": st.sampled_from([None, "", "a.b", "<x>.b"]),
        "build_only": st.booleans(),
    }
)
switches = st.fixed_dictionaries(
    {
        "host_matching": st.booleans(),
        "merge_slashes": st.booleans(),
        "default_subdomain": st.sampled_from(["", "", "www"]),
    }
)
values = st.dictionaries(
    st.sampled_from(["x", "y", "n", "p", "d", "k", "w", "f", "s", "z", "class", "q"]),
    st.integers(0, 20) | st.sampled_from(["a", "b", "a/b", "é"]),
)


def bound(rule_class: Any, map_class: Any, text: str, kind: Any, switch: Any) -> Any:
    """Return the rule of a map, or the error of making or adding it."""
    try:
        rule = rule_class(text, **copy.deepcopy(kind))
        url_map = map_class([], converters=CONVERTERS, **switch)
        url_map.add(rule)
    except Exception as error:  # noqa: BLE001 - whatever Werkzeug raises
        return type(error), str(error)
    return rule


def built(rule: Any, given_values: dict[str, Any], append_unknown: bool) -> Any:
    try:
        return rule.build(given_values, append_unknown)
    except Exception as error:  # noqa: BLE001 - whatever a converter raises
        return type(error), str(error)


def looks(converters: dict[str, Any]) -> dict[str, Any]:
    return {
        name: (type(one), {k: v for k, v in vars(one).items() if k != "map"})
        for name, one in converters.items()
    }


@settings(max_examples=400, deadline=None)
@given(texts, options, switches, values)
@example("//a/<x>//", {"endpoint": "a"}, {}, {})
def test_rule_equals_werkzeugs(
    text: str, kind: dict[str, Any], switch: dict[str, Any], given_values: dict[str, Any]
) -> None:
    """Every attribute, URL and representation, or the error when adding it, is Werkzeug's."""
    ours = bound(Rule, URLMap, text, kind, switch)
    theirs = bound(routing.Rule, Map, text, kind, switch)
    if isinstance(theirs, tuple):
        assert ours == theirs
        return
    own, other = (
        {k: v for k, v in vars(rule).items() if k not in {"map", "_converters"}}
        for rule in (ours, theirs)
    )

    assert isinstance(ours, routing.Rule)
    assert {name: getattr(ours, name) for name in other if not name.startswith("_build")} == {
        name: value for name, value in other.items() if not name.startswith("_build")
    }
    assert set(own) >= set(other) - {"_build", "_build_unknown", "_parts"}
    assert looks(ours._converters) == looks(theirs._converters)
    assert (repr(ours), str(ours)) == (repr(theirs), str(theirs))
    assert ours == theirs
    assert theirs == ours
    for append_unknown in (False, True):
        assert built(ours, given_values, append_unknown) == built(
            theirs, given_values, append_unknown
        )
    assert ours.get_empty_kwargs() == theirs.get_empty_kwargs()
    empty = ours.empty()
    assert (type(empty), empty.map, empty._parts) == (Rule, None, [])
    assert vars(copy.copy(empty)) == vars(empty)


def test_unbound_rule_is_plain_data() -> None:
    """A rule of no map is pickled and copied as Werkzeug's is."""
    rule = Rule("/a/<int:x>", endpoint="a", methods=["GET"])

    again = pickle.loads(pickle.dumps(rule))

    assert (type(again), vars(again)) == (Rule, vars(rule))
    assert repr(copy.deepcopy(rule)) == "<Rule (unbound)>"


def test_rule_changed_and_refreshed() -> None:
    """A rule changed in place and refreshed builds anew; the map matches what it was told."""
    for rule_class, map_class in ((Rule, URLMap), (routing.Rule, Map)):
        rule = rule_class("/a/<int:x>", endpoint="a")
        url_map = map_class([rule])
        rule.rule = "/b/<x>"
        rule.defaults = {"y": 1}
        urls = url_map.bind("x")

        assert rule.build({"x": 1}) == ("", "/a/1")
        rule.refresh()
        assert rule.build({"x": 1}) == ("", "/b/1")
        assert urls.match("/a/3") == ("a", {"x": "3", "y": 1})
        assert rule._parts[-2].content == "b"


def test_a_rule_is_bound_once() -> None:
    """Adding a rule to a second map is refused in Werkzeug's words."""
    rule = Rule("/a", endpoint="a")
    url_map = URLMap([rule])

    with pytest.raises(RuntimeError, match="already bound to map"):
        URLMap([rule])
    assert URLMap([rule.empty()]).bind("x").match("/a") == url_map.bind("x").match("/a")


def test_subclass_keeps_its_say() -> None:
    """A subclass that reads rules or makes builders in its own way is asked when it is added."""
    calls: list[str] = []

    class Own(Rule):
        def _parse_rule(self, rule: str) -> Any:
            calls.append(rule)
            return super()._parse_rule(rule)

    class Chosen(Rule):
        def get_converter(self, variable_name: str, *args: Any) -> BaseConverter:
            calls.append(variable_name)
            return super().get_converter(variable_name, *args)

    url_map = URLMap([Own("/a/<x>", endpoint="a"), Chosen("/b/<int:y>", endpoint="b")])

    assert calls == ["/a/<x>", "y"]
    assert url_map.bind("x").match("/b/3") == ("b", {"y": 3})
