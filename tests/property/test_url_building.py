"""The compiled URL map builds as Werkzeug's: the same URL or the same error."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given, reject, settings
from hypothesis import strategies as st
from markupsafe import Markup
from werkzeug import routing
from werkzeug.datastructures import MultiDict
from werkzeug.routing import BaseConverter, BuildError, Map, ValidationError

from flask.routing import Rule, URLMap


class Picky(BaseConverter):
    """Refuses in ``to_url``, in two ways."""

    def to_url(self, value: Any) -> str:
        if value == 1:
            raise ValidationError
        if value == 2:
            raise KeyError(value)
        return super().to_url(value)


CONVERTERS = {"picky": Picky}
SEGMENTS = [
    *("a", "100%", "é b", "<x>", "<int:n>", "<path:p>", "<float:f>", "<any(a,b):k>", "<picky:y>"),
    *("<int(fixed_digits=3):n>", "<int(signed=True):n>", "<x>.<n>", "%s", "<string(length=2):x>"),
]
rule_texts = st.lists(st.sampled_from(SEGMENTS), max_size=3).map(lambda s: "/" + "/".join(s))
rules = st.fixed_dictionaries(
    {
        "string": rule_texts | rule_texts.map("{}/".format) | rule_texts.map("/{}".format),
        "endpoint": st.sampled_from(["one", "two", "two", 3]),
        "methods": st.none() | st.sets(st.sampled_from(["GET", "POST", "PUT"]), min_size=1),
        "defaults": st.none() | st.sampled_from([{"x": "a"}, {"n": 1}, {"z": None}, {"z": 5}]),
        "merge_slashes": st.none() | st.booleans(),
        "build_only": st.sampled_from([False, False, True]),
        "alias": st.sampled_from([False, False, False, True]),
        "websocket": st.sampled_from([False] * 7 + [True]),
        "subdomain": st.sampled_from([None] * 7 + ["", "www", "<x>"]),
    }
).filter(lambda spec: not spec["websocket"] or spec["methods"] is None)
some_values = st.one_of(
    st.integers(-5, 1005),
    st.text(max_size=4),
    st.sampled_from(
        ["a", "b", "x/y", "/x", "é", "a b", "100%", "~'!", "", "ab", "1", "a+b", "a&b"]
    ),
    st.none(),
    st.booleans(),
    st.floats(-2, 2),
    st.sampled_from([Markup("<a>"), b"a b", (1, "a"), [None, 1], [], {"k": 1}, 10**30]),
)
values = st.dictionaries(
    st.sampled_from(["x", "n", "p", "f", "k", "y", "z", "q", "r s", ".self", ".kwargs", 7, "é"])
    | st.sampled_from(["x", "n", "p"]),
    some_values,
    max_size=5,
)
switches = st.fixed_dictionaries(
    {
        "sort_parameters": st.booleans(),
        "merge_slashes": st.booleans(),
        "host_matching": st.sampled_from([False] * 7 + [True]),
    }
)
bindings = st.fixed_dictionaries(
    {
        "script_name": st.sampled_from([None, "/", "/app", "/app/", "//"]),
        "url_scheme": st.sampled_from(["http", "https", "ws", "wss", ""]),
        "default_method": st.sampled_from(["GET", "POST"]),
        "subdomain": st.sampled_from([None, None, "", "www"]),
    }
)
questions = st.fixed_dictionaries(
    {
        "endpoint": st.sampled_from(["one", "two", 3, "missing"]),
        "values": values | values.map(MultiDict) | st.none(),
        "method": st.sampled_from([None, None, "GET", "POST", "PUT"]),
        "force_external": st.booleans(),
        "append_unknown": st.sampled_from([True, True, False]),
        "url_scheme": st.sampled_from([None, None, "https", "http", "wss", "", "ftp"]),
    }
)


def both(specifications: list[dict[str, Any]], options: dict[str, Any]) -> tuple[Map, Map]:
    """Return our map and Werkzeug's of the same rules; rules that it refuses are not tried."""
    options = {"converters": CONVERTERS, **options}
    try:
        theirs = Map([routing.Rule(**spec) for spec in specifications], **options)
    except (ValueError, SyntaxError, KeyError, TypeError):  # as test_url_rules compares
        reject()
    return URLMap([Rule(**spec) for spec in specifications], **options), theirs


def outcome(url_map: Map, binding: dict[str, Any], question: dict[str, Any]) -> Any:
    if url_map.host_matching:
        binding = {**binding, "subdomain": None}
    urls = url_map.bind("shop.example:81", **binding)
    try:
        return urls.build(**question)
    except BuildError as error:
        assert error.adapter is urls
        is_sortable = all(isinstance(name, str) for name in error.values)
        text = str(error) if is_sortable else ""
        return "error", error.endpoint, error.values, error.method, text
    except Exception as error:  # noqa: BLE001 - whatever a converter raises
        return type(error), str(error)


@settings(max_examples=400, deadline=None)
@given(st.lists(rules, max_size=6), switches, bindings, st.lists(questions, min_size=1, max_size=6))
@example(
    [{"string": "/<path:p>", "endpoint": "one"}],
    {},
    {},
    [{"endpoint": "one", "values": {"p": "//a", "q": "a b", "r": [1, 2]}}],
)
@example(
    [{"string": "/a b/<x>/%", "endpoint": "one"}],
    {},
    {},
    [{"endpoint": "one", "values": {"x": "é/\ud800"}}, {"endpoint": "one", "values": {"x": "é"}}],
)
def test_build_equals_werkzeugs(
    specifications: list[dict[str, Any]],
    options: dict[str, Any],
    binding: dict[str, Any],
    asked: list[dict[str, Any]],
) -> None:
    """Random rules and values give the URL, or the error in all its parts, of Werkzeug's map."""
    ours, theirs = both(specifications, options)
    for question in asked:
        before = repr(question)

        assert outcome(ours, binding, question) == outcome(theirs, binding, question)
        assert repr(question) == before


@settings(max_examples=100, deadline=None)
@given(st.lists(rules, min_size=1, max_size=4), switches, questions)
@example(
    [{"string": "/", "endpoint": "one"}],
    {"sort_parameters": True},
    {"endpoint": "one", "values": {"x": False, 7: 0}},
)
def test_what_is_set_late_counts(
    specifications: list[dict[str, Any]], options: dict[str, Any], question: dict[str, Any]
) -> None:
    """Rules and switches that come after the first URL was built are heeded."""
    ours, theirs = both(specifications[:1], {})
    binding = {"script_name": "/", "default_method": "GET"}
    assert outcome(ours, binding, question) == outcome(theirs, binding, question)
    for spec in specifications[1:]:
        try:
            theirs.add(routing.Rule(**spec))
        except (ValueError, SyntaxError, KeyError, TypeError):
            reject()
        ours.add(Rule(**spec))
        assert outcome(ours, binding, question) == outcome(theirs, binding, question)
    for url_map in (ours, theirs):
        for name, value in options.items():
            setattr(url_map, name, value)

    assert outcome(ours, binding, question) == outcome(theirs, binding, question)
