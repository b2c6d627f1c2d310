"""Each undocumented name of Werkzeug that we touch still means what we take it for."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
from typing import Any

import pytest
from werkzeug import _reloader
from werkzeug.datastructures import EnvironHeaders, Headers, ImmutableMultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.sansio.request import Request as SansioRequest
from werkzeug.test import create_environ
from werkzeug.wrappers import Request as BaseRequest
from werkzeug.wsgi import LimitedStream, get_content_length

from flask import internals
from flask.internals import (
    NO_DOMAIN,
    AwaitedStream,
    LateMatcher,
    LimitedBody,
    RoutingState,
    bound_server_name,
    builds_as_stock,
    converters_of,
    defer_matcher,
    encoded_query,
    headers_of_pairs,
    is_decodable_host,
    is_plain_rule,
    let_reloader_wait,
    pairs_of_multi_dict,
    plain_number,
    query_pairs,
    query_pairs_of_text,
    routing_states,
    rules_of,
    server_of,
    sort_rules,
    static_part,
    text_of_query,
    text_of_wsgi_bytes,
    trace_of,
    unquote_as_werkzeug,
    variable_part,
)
from flask.plaincookies import cookies_of_header


class TestRequestState:
    @pytest.mark.parametrize("name", ["host", "cookies"])
    def test_getters_are_properties_of_the_sansio_request(self, name: str) -> None:
        """The functions that compute an attribute are reachable on Werkzeug's class."""
        getter = vars(SansioRequest)[name].fget

        assert callable(getter)
        assert getter(BaseRequest(create_environ())) is not None

    @pytest.mark.parametrize(
        ("text", "expected"),
        [("", ""), ("abc", "abc"), ("\xc3\xa9", "é"), ("\xff", "\ufffd"), ("a\xff/", "a\ufffd/")],
    )
    def test_wsgi_text(self, text: str, expected: str) -> None:
        """WSGI text is bytes in Latin-1: read as UTF-8, wrong bytes replaced, as Werkzeug does."""
        assert text_of_wsgi_bytes(text) == expected
        theirs = BaseRequest(create_environ(environ_overrides={"PATH_INFO": f"/{text}"}))
        assert theirs.path == f"/{expected}"

    @pytest.mark.parametrize(
        ("query", "text"),
        [
            (b"a=1", "a=1"),
            ("é".encode(), "é"),
            (b"\xff", "%FF"),
            (b"%ff", "%ff"),
            (b"a\xe9b", "a%E9b"),
        ],
    )
    def test_query_text(self, query: bytes, text: str) -> None:
        """Bytes of a query that are no UTF-8 become percent-encoded by Werkzeug's handler."""
        assert text_of_query(query) == text

    @pytest.mark.parametrize(
        "query", [b"", b"a=1&a=2&b", b"=&&=1", b"a=%E9", b"a=%C3%A9+x", "a=é".encode(), b"a;b=1"]
    )
    def test_query_pairs(self, query: bytes) -> None:
        """The pairs are those of Werkzeug's request."""
        theirs = BaseRequest(create_environ(query_string=query.decode()))

        assert query_pairs(query) == list(theirs.args.items(multi=True))

    def test_multi_dict_is_a_dict_of_lists(self) -> None:
        """A multi dict made without its constructor is one, when it holds lists."""
        made: Any = ImmutableMultiDict.__new__(ImmutableMultiDict)
        dict.update(made, {"a": ["1", "2"]})

        assert made == ImmutableMultiDict([("a", "1"), ("a", "2")])
        assert (made["a"], made.getlist("a")) == ("1", ["1", "2"])

    def test_cookies(self) -> None:
        """The parser is the one that Werkzeug's request uses, for any bytes."""
        for header in ("a=1; b=2", "a=\xe9", "=; ;a", 'a="x\\"y"', ""):
            theirs = BaseRequest(create_environ(headers={"Cookie": header}))
            assert cookies_of_header(header, cls=ImmutableMultiDict) == theirs.cookies
        assert isinstance(theirs.headers, EnvironHeaders)

    @pytest.mark.parametrize(
        "server",
        [
            {},
            {"SERVER_NAME": "a", "SERVER_PORT": "80"},
            {"SERVER_NAME": "a", "SERVER_PORT": "x"},
            {"SERVER_NAME": "/a.sock", "SERVER_PORT": None},
        ],
    )
    def test_server(self, server: dict[str, Any]) -> None:
        """Host and port of the server are those of Werkzeug's request."""
        environ = {key: value for key, value in create_environ().items() if "SERVER" not in key}
        environ.update(server)

        assert server_of(environ) == BaseRequest(environ).server

    def test_hosts_that_cannot_be_shown(self) -> None:
        """Only a host that Werkzeug fails to decode is refused."""
        assert is_decodable_host("xn--bcher-kva.example:80")
        assert is_decodable_host("plain.example")
        assert is_decodable_host("xn--a") is (sys.version_info >= (3, 13))


@pytest.mark.parametrize(
    ("scheme", "host", "configured"),
    [
        ("http", "shop.example", None),
        ("http", "shop.example:80", None),
        ("https", "shop.example:443", None),
        ("https", "shop.example:80", None),
        ("http", None, None),
        ("http", "shop.example", "other.example:5000"),
        ("http", "[::1]:5000", None),
        ("http", "ÉX.example", None),
        ("http", "no name", None),
    ],
)
def test_bound_server_name(scheme: str, host: str | None, configured: str | None) -> None:
    """The name a map is bound to is the one Werkzeug's map finds."""
    environ = create_environ(base_url=f"{scheme}://server.example")
    environ.pop("HTTP_HOST", None)
    if host is not None:
        environ["HTTP_HOST"] = host

    found = bound_server_name(
        scheme, host, environ["SERVER_NAME"], environ["SERVER_PORT"], configured
    )

    assert found == Map().bind_to_environ(environ, configured, "").server_name


GROUP = "__werkzeug_0"


class TestRouting:
    def states(self, *rules: Rule, **options: Any) -> RoutingState | None:
        url_map = Map(list(rules), **options)
        url_map.update()
        return routing_states(url_map)

    def test_states_of_a_map(self) -> None:
        """The matcher's states are static texts and tests by weight, with the rules at the end."""
        state = self.states(
            Rule("/", endpoint="index"),
            Rule("/item/<int:number>/<path:rest>", endpoint="item"),
            Rule("/item/<name>", endpoint="name"),
        )

        assert state is not None
        assert set(state.static) == {"", "item"}
        assert [rule.endpoint for rule in state.static[""].rules] == ["index"]
        item = state.static["item"]
        (number, below), (name, leaf) = item.dynamic
        assert number.pattern.pattern == r"(?P<__werkzeug_0>\d+)\Z"
        assert (number.is_final, number.is_suffixed, number.names) == (False, False, [GROUP])
        assert name.pattern.pattern == r"(?P<__werkzeug_0>[^/]{1,})\Z"
        assert [rule.endpoint for rule in leaf.rules] == ["name"]
        ((rest, end),) = below.dynamic
        assert (rest.is_final, rest.is_suffixed, rest.names) == (True, False, [GROUP])
        assert [rule.endpoint for rule in end.rules] == ["item"]

    def test_domains_are_refused(self) -> None:
        """Rules on subdomains with variable parts, or other matchers, are not read."""
        assert self.states(Rule("/", endpoint="a", subdomain="<x>")) is None
        assert self.states(Rule("/", endpoint="a", subdomain="api")) is None
        assert self.states() is None
        url_map = Map([Rule("/", endpoint="a")])
        url_map._matcher = object()  # type: ignore[assignment]
        assert routing_states(url_map) is None

    def test_parts_of_a_rule(self) -> None:
        """The steps that Werkzeug cuts a rule into are those that we cut."""
        rule = Rule("/a/<int:x>-<y>.b/", endpoint="a")
        Map([rule])
        number, text = (r"\d+", 50), ("[^/]{1,}", 100)

        assert rule._parts == [
            NO_DOMAIN,
            static_part(),
            static_part("a"),
            variable_part((None, "-", None, ".b"), number, text),
            static_part(),
        ]

    def test_rules_wait_for_the_matcher(self) -> None:
        """A rule is cut into its steps when the map is first asked, not when it is added."""
        url_map, rule = Map(), Rule("/a", endpoint="a")
        defer_matcher(url_map)
        url_map.merge_slashes = False
        url_map.add(rule)

        assert isinstance(url_map._matcher, LateMatcher)
        assert not url_map._matcher.merge_slashes
        assert not url_map._matcher._root.static

        assert url_map.bind("x").match("/a") == ("a", {})
        assert url_map._matcher._root.static

    def test_sorted_whatever_the_map_believes(self) -> None:
        """Rules are sorted although the map was told that they are."""
        short = Rule("/all/", endpoint="all", defaults={"page": 1})
        url_map = Map([Rule("/all/<int:page>", endpoint="all"), short])
        url_map._remap = False

        sort_rules(url_map)

        assert next(url_map.iter_rules("all")) is short

    def test_converters(self) -> None:
        """A bound rule knows its converters in the order of its variable parts."""
        rule = Rule("/<int:a>/<b>", endpoint="x")
        Map([rule])

        assert {name: type(c).__name__ for name, c in converters_of(rule).items()} == {
            "a": "IntegerConverter",
            "b": "UnicodeConverter",
        }

    def test_plain_rules(self) -> None:
        """A rule that redirects, is an alias, or yields to a shorter one is not plain."""
        plain = Rule("/plain", endpoint="plain")
        redirecting = Rule("/old", endpoint="old", redirect_to="new")
        alias = Rule("/alias", endpoint="plain", alias=True)
        short = Rule("/all/", endpoint="all", defaults={"page": 1})
        long = Rule("/all/<int:page>", endpoint="all")
        url_map = Map([plain, redirecting, alias, short, long])

        assert [
            is_plain_rule(rule, url_map) for rule in (plain, redirecting, alias, short, long)
        ] == [*(True, False, False, True, False)]

    def test_rules_of_an_endpoint(self) -> None:
        """The rules of an endpoint come in the order in which building tries them."""
        short = Rule("/all/", endpoint="all", defaults={"page": 1})
        long = Rule("/all/<int:page>", endpoint="all")
        url_map = Map([long, short])
        url_map.update()

        assert rules_of(url_map, "all") == [short, long]
        assert rules_of(url_map, "none") is None

    def test_trace_of_a_rule(self) -> None:
        """A rule's texts are told apart from its variables; a bar ends the domain."""
        rule = Rule("/a/<int:x>-<y>", endpoint="a", subdomain="<z>")
        Map([rule])

        assert trace_of(rule) == [
            *((True, "z"), (False, "|"), (False, "/"), (False, "a"), (False, "/")),
            *((True, "x"), (False, "-"), (True, "y")),
        ]

    def test_query_of_a_rule(self) -> None:
        """Values without a place are encoded as the map says: sorted, if it sorts."""
        rule = Rule("/", endpoint="a")
        Map([rule], sort_parameters=True)

        assert encoded_query(rule, {"b": [1, 2], "a": "é ü"}) == "a=%C3%A9+%C3%BC&b=1&b=2"

    def test_what_builds_as_stock(self) -> None:
        """A rule on a domain, or whose class or instance builds in its own way, does not."""

        class Own(Rule):
            def build(self, values: Any, append_unknown: bool = True) -> tuple[str, str]:
                return "", "/own"

        own, stock, domain = Own("/a"), Rule("/a"), Rule("/a", subdomain="www")
        patched = Rule("/a")
        patched.suitable_for = lambda *args: True  # type: ignore[method-assign]
        Map([own, stock, domain, patched])

        assert [builds_as_stock(rule) for rule in (own, stock, domain, patched)] == [
            *(False, True, False, False)
        ]


class TestBodies:
    def test_pairs_of_text(self) -> None:
        """Text is parsed as a query is."""
        assert query_pairs_of_text("a=%ff&b=é&c") == [("a", "%FF"), ("b", "é"), ("c", "")]

    def test_unquoting(self) -> None:
        """Percent-encoding is undone where it is UTF-8."""
        assert unquote_as_werkzeug("a%20%c3%a9%ff%zz+") == "a é%FF%zz+"

    def test_headers_keep_a_given_list(self) -> None:
        """Headers filled directly are those that Werkzeug makes of the pairs."""
        pairs = [("A", "1"), ("a", "2"), ("Content-Type", "text/plain")]

        assert headers_of_pairs(pairs) == Headers(pairs)
        assert headers_of_pairs(pairs).getlist("A") == ["1", "2"]

    @pytest.mark.parametrize("text", ["", "3", " 3\t", "-3", "+3", "1_0", "x", "٣"])
    def test_number(self, text: str) -> None:
        """A number is what Werkzeug takes for a content length; it reads others as 0."""
        try:
            number = max(0, plain_number(text))
        except ValueError:
            number = 0

        assert get_content_length({"CONTENT_LENGTH": text}) == number

    def test_items_of_a_multi_dict(self) -> None:
        """All values are given, of multi dicts and of plain dicts with lists."""
        items = [("a", 1), ("a", 2)]

        assert list(pairs_of_multi_dict(ImmutableMultiDict(items))) == items
        assert list(pairs_of_multi_dict({"a": [1, 2]})) == items

    @pytest.mark.parametrize("is_max", [False, True])
    @pytest.mark.parametrize("sizes", [[-1], [2, -1], [2, 2, 2, 2], [0, 9], [9]])
    @pytest.mark.parametrize("length", [0, 3, 5, 7])
    def test_limited_body(self, length: int, sizes: list[int], is_max: bool) -> None:
        """It gives, and refuses, what Werkzeug's stream does, of a body shorter or longer."""
        seen = []
        for stream in (LimitedStream, LimitedBody):
            body = stream(io.BytesIO(b"x" * length), 5, is_max)
            read: list[Any] = []
            try:
                read.extend(body.read(size) for size in sizes)
            except HTTPException as error:
                read.append(type(error))
            seen.append((read, body.tell(), body.is_exhausted))
        assert seen[0] == seen[1]

    def test_skipped_body(self) -> None:
        """A body that was read below the stream is at its end."""
        body = LimitedBody(io.BytesIO(b"other"), 5)
        body.skip()

        assert (body.read(), body.read(3), body.tell()) == (b"", b"", 5)


def test_stream_is_iterated_by_coroutines() -> None:
    """Where the stream below does not come in events, each piece is read when it is asked for."""

    async def read(stream: AwaitedStream) -> list[bytes]:
        return [piece async for piece in stream]

    assert asyncio.run(read(LimitedBody(io.BytesIO(b"body and more"), 4))) == [b"body"]


def test_let_reloader_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Werkzeug's reloader starts the serving process by ours, and asks only for its exit status."""
    monkeypatch.setattr(_reloader, "subprocess", subprocess)
    let_reloader_wait()
    monkeypatch.setattr(_reloader, "_get_args_for_reloading", lambda: [sys.executable, "-c", ENDS])
    assert _reloader.reloader_loops["stat"]().restart_with_reloader() == 7


ENDS = "import os, sys; sys.exit(7 if os.environ['WERKZEUG_RUN_MAIN'] == 'true' else 1)"


def test_every_name_is_tested_here() -> None:
    """A function added to the module is exercised by this file."""
    functions = {
        name
        for name, value in vars(internals).items()
        if callable(value) and getattr(value, "__module__", "") == internals.__name__
    }

    assert {name for name in functions if not name.startswith("_")} <= set(globals()) | {
        "RoutingTest"
    }
