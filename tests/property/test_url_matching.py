"""The compiled URL map answers as Werkzeug's: the same match, redirect or error."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given, reject, settings
from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import BaseConverter, Map, RequestRedirect, Rule

from flask import routing
from flask.routing import URLMap

METHODS = ["GET", "POST", "PUT", "OPTIONS", "HEAD"]


class Evens(BaseConverter):
    """Refuses in ``to_python`` what its regex lets pass."""

    regex = r"\d+"
    weight = 40

    def to_python(self, value: str) -> int:
        number = int(value)
        if number % 2:
            from werkzeug.routing import ValidationError

            raise ValidationError
        return number


class Pair(BaseConverter):
    """Brings a group of its own, and takes a slash."""

    regex = r"(?:[a-c]+)/([a-c]+)"


SEGMENTS = [
    "a",
    "b",
    "page",
    "<x>",
    "<int:x>",
    "<int(signed=True):x>",
    "<int(fixed_digits=2):x>",
    "<int(max=50):x>",
    "<float:x>",
    "<string(length=2):x>",
    "<string(minlength=2,maxlength=3):x>",
    "<any(a,page):x>",
    "<uuid:x>",
    "<path:x>",
    "<evens:x>",
    "<pair:x>",
    "a<int:x>",
    "<x>.html",
    "<int:x>-<y>",
    "<path:x>.txt",
]
PARTS = ["a", "b", "page", "1", "2", "07", "-3", "99", "1.5", "ab", "abc", "x.html", "7-q", ""]
PARTS += ["a.txt", "é", "a\nb", "٣", "A", " ", "%2F", "c" * 40]
PARTS += ["12345678-1234-5678-1234-567812345678"]


def _rule_text(segments: list[str], ends_with_slash: bool) -> str:
    named = []
    for number, segment in enumerate(segments):  # a rule's variables have different names
        renamed = segment.replace(":x>", f":x{number}>").replace("<x>", f"<x{number}>")
        named.append(renamed.replace("<y>", f"<y{number}>"))
    return "/" + "/".join(named) + ("/" if ends_with_slash and segments else "")


rules = st.fixed_dictionaries(
    {
        "string": st.builds(
            _rule_text, st.lists(st.sampled_from(SEGMENTS), max_size=4), st.booleans()
        ),
        "methods": st.none() | st.sets(st.sampled_from(METHODS), min_size=1, max_size=3),
        "strict_slashes": st.none() | st.booleans(),
        "merge_slashes": st.none() | st.booleans(),
        "endpoint": st.integers(0, 6).map(str),
        "defaults": st.none() | st.sampled_from([{"x0": 1}, {"x1": "a"}, {"z": 0}]),
        "redirect_to": st.sampled_from([None, None, None, None, "/elsewhere"]),
        "websocket": st.sampled_from([False, False, False, True]),
        "build_only": st.sampled_from([False, False, False, True]),
        "subdomain": st.sampled_from([None, None, None, "sub"]),
    }
).filter(lambda spec: not spec["websocket"] or spec["methods"] is None)
paths = st.lists(st.sampled_from(PARTS), max_size=5).map(lambda parts: "/" + "/".join(parts))
switches = st.fixed_dictionaries(
    {
        "strict_slashes": st.booleans(),
        "merge_slashes": st.booleans(),
        "redirect_defaults": st.booleans(),
    }
)
CONVERTERS = {"evens": Evens, "pair": Pair}


def _both(specifications: list[dict[str, Any]], **options: bool) -> tuple[Map, Map]:
    """Return our map and Werkzeug's of the same rules; rules that it refuses are not tried."""
    try:
        theirs = Map([Rule(**spec) for spec in specifications], converters=CONVERTERS, **options)
    except ValueError:  # a default that its converter does not take
        reject()
    ours = URLMap(
        [routing.Rule(**spec) for spec in specifications], converters=CONVERTERS, **options
    )
    return ours, theirs


def outcome(url_map: Map, path: str, method: str) -> Any:
    """Return what a request for the path is told."""
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path.encode().decode("latin1"),
        "QUERY_STRING": "q=1",
        "SCRIPT_NAME": "/root",
        "HTTP_HOST": "example.com",
        "wsgi.url_scheme": "http",
    }
    urls = url_map.bind_to_environ(environ, subdomain="")
    try:
        rule, values = urls.match(return_rule=True)
    except RequestRedirect as redirect:
        return "redirect", redirect.code, redirect.new_url
    except MethodNotAllowed as error:
        return "method", sorted(error.valid_methods or ()), sorted(urls.allowed_methods())
    except (HTTPException, ValueError) as error:
        return type(error).__name__, type(error)
    types = [type(value) for value in values.values()]
    allowed = sorted(urls.allowed_methods())
    return "match", rule.rule, rule.endpoint, rule.methods, values, types, allowed


@settings(max_examples=400, deadline=None)
@given(st.lists(rules, max_size=8), switches, st.lists(paths, min_size=1, max_size=6), st.data())
def test_match_equals_werkzeugs(
    specifications: list[dict[str, Any]],
    options: dict[str, bool],
    asked: list[str],
    data: st.DataObject,
) -> None:
    """Random rules and paths give the rule, values, redirect or error of Werkzeug's map."""
    ours, theirs = _both(specifications, **options)
    for path in asked:
        method = data.draw(st.sampled_from(METHODS))

        assert outcome(ours, path, method) == outcome(theirs, path, method)


@settings(max_examples=100, deadline=None)
@given(st.lists(rules, min_size=2, max_size=6), paths)
@example([], "/")
def test_rules_added_later_count(specifications: list[dict[str, Any]], path: str) -> None:
    """A rule added after the first match is matched from then on."""
    _both(specifications)
    ours, theirs = URLMap(converters=CONVERTERS), Map(converters=CONVERTERS)
    for spec in specifications:
        ours.add(routing.Rule(**spec))
        theirs.add(Rule(**spec))

        assert outcome(ours, path, "GET") == outcome(theirs, path, "GET")


@settings(max_examples=100, deadline=None)
@given(st.lists(rules, min_size=1, max_size=5), switches, paths)
def test_switches_set_late_count(
    specifications: list[dict[str, Any]], options: dict[str, bool], path: str
) -> None:
    """Switches of the map set after the first match are followed."""
    ours, theirs = _both(specifications)
    for url_map in (ours, theirs):
        outcome(url_map, "/a", "GET")
        for name, value in options.items():
            setattr(url_map, name, value)

    assert outcome(ours, path, "GET") == outcome(theirs, path, "GET")
