"""Converters, rules and maps that are changed after they were used: the change is heard."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import (
    BaseConverter,
    IntegerConverter,
    Map,
    MapAdapter,
    PathConverter,
    RequestRedirect,
    UnicodeConverter,
    ValidationError,
    WebsocketMismatch,
)
from werkzeug.test import create_environ

from flask import Flask
from flask.routing import Rule, URLMap


class Plain(BaseConverter):
    """A converter of an application."""


class Number(IntegerConverter):
    """One that builds on Werkzeug's."""


def bound(url_map: URLMap, path: str = "/", method: str = "GET") -> Any:
    return url_map.bind_to_environ(create_environ(path, method=method), subdomain="")


def match(url_map: URLMap, path: str, method: str = "GET") -> Any:
    return bound(url_map, path, method).match(return_rule=True)


def map_of(*rules: str, **converters: type[BaseConverter]) -> URLMap:
    own = {"plain": Plain, "number": Number, **converters}
    texts = ("/", "/z/y", *rules)
    return URLMap([Rule(text, endpoint=text) for text in texts], converters=own)


class TestConverters:
    @pytest.mark.parametrize("rule", ["/a/<{}:x>", "/<{}:x>/b", "/<{}:x>", "/a/<{}:x>/<y>"])
    @pytest.mark.parametrize(
        ("name", "cls"),
        [
            *(("int", IntegerConverter), ("int", IntegerConverter.__base__)),
            *(("string", UnicodeConverter), ("string", BaseConverter), ("plain", BaseConverter)),
            *(("plain", Plain), ("number", Number), ("number", IntegerConverter)),
            *(("path", PathConverter), ("path", BaseConverter)),
        ],
    )
    def test_class_patched_late(
        self, monkeypatch: pytest.MonkeyPatch, rule: str, name: str, cls: type
    ) -> None:
        """A class's methods are those it has at the time, also after matches and builds."""
        text = rule.format(name)
        url_map = map_of(text)
        path = text.replace(f"<{name}:x>", "1").replace("<y>", "1")
        value = {"int": 1, "number": 1}.get(name, "1")
        values = {"x": value, "y": "1"} if "y" in text else {"x": value}

        def answers() -> tuple[Any, Any]:
            return match(url_map, path)[1]["x"], bound(url_map).build(text, values)

        for _ in range(2):  # the first time leaves are found, then used
            assert answers() == (value, path)
        with monkeypatch.context() as patched:
            patched.setattr(cls, "to_python", lambda self, text: f"own {text}")
            patched.setattr(cls, "to_url", lambda self, value: f"own-{value}")
            assert answers()[0] == "own 1"
            assert "own-1" in answers()[1]
        assert answers() == (value, path)

    @pytest.mark.parametrize("kind", [Plain, Number])
    def test_instance_changed_late(self, kind: type[BaseConverter]) -> None:
        """What an application sets on a converter of its own class is heard."""
        made: list[BaseConverter] = []

        class Kept(kind):  # type: ignore[valid-type, misc]
            def __init__(self, *args: Any) -> None:
                super().__init__(*args)
                made.append(self)

        url_map = map_of("/a/<kept:x>", kept=Kept)
        match(url_map, "/a/1")
        assert bound(url_map).build("/a/<kept:x>", {"x": 1}) == "/a/1"

        made[0].to_python = lambda text: f"own {text}"  # type: ignore[method-assign]
        made[0].to_url = lambda value: f"own-{value}"  # type: ignore[method-assign]

        assert match(url_map, "/a/1")[1] == {"x": "own 1"}
        assert bound(url_map).build("/a/<kept:x>", {"x": 1}) == "/a/own-1"


class TestConversions:
    """A converter may ask a database: it is asked once."""

    @pytest.fixture
    def asked(self) -> list[str]:
        return []

    @pytest.fixture
    def counting(self, asked: list[str]) -> type[BaseConverter]:
        class Counting(BaseConverter):
            def to_python(self, value: str) -> str:
                asked.append(value)
                if value in ERRORS:
                    raise ERRORS[value]
                return value

        return Counting

    @pytest.mark.parametrize(
        "rules",
        [
            ["/a/<counting:x>"],
            ["/<y>/<counting:x>"],
            ["/a/<counting:x>", "/<y>/<z>"],
            ["/a/<counting:x>", "/a/<path:y>", "/<z>/"],
            ["/a/<plain:x>/b", "/a/<counting:x>", "/<y>/<z>/b"],
        ],
    )
    @pytest.mark.parametrize(
        ("value", "error"),
        [("ok", None), ("bad", NotFound), ("value", ValueError), ("key", KeyError)],
    )
    def test_asked_once(
        self,
        counting: type[BaseConverter],
        asked: list[str],
        rules: list[str],
        value: str,
        error: type[Exception] | None,
    ) -> None:
        """Whether it accepts, refuses or fails, it is asked once for a request."""
        url_map = map_of(*rules, counting=counting)

        for _ in range(2):
            asked.clear()
            if error is None:
                assert match(url_map, f"/a/{value}")[1]["x"] == value
            else:
                with pytest.raises(error) as caught:
                    match(url_map, f"/a/{value}")
                assert type(caught.value) is error
            assert asked == [value]

    def test_methods_of_rules_before(self, counting: type[BaseConverter], asked: list[str]) -> None:
        """Where it refuses, no further rule is tried; methods of those before it are told."""
        rules = [
            Rule("/a/<counting:x>", endpoint="put", methods=["PUT"]),
            Rule("/a/<counting:x>", endpoint="get", methods=["GET"]),
            Rule("/a/<counting:x>", endpoint="post", methods=["POST"]),
            Rule("/b/<counting:x>", endpoint="ws", websocket=True),
            Rule("/b/<counting:x>", endpoint="b"),
        ]
        url_map = URLMap(rules, converters={"counting": counting})

        for rule in (None, Rule("/<x>/<y>/c", endpoint="c")):  # with more than one way as well
            if rule is not None:
                url_map.add(rule)
            asked.clear()
            with pytest.raises(MethodNotAllowed) as caught:
                match(url_map, "/a/bad")
            assert caught.value.valid_methods == ["PUT"]
            with pytest.raises(WebsocketMismatch):
                match(url_map, "/b/bad")
            assert asked == ["bad", "bad"]
            assert list(bound(url_map, "/b/bad").allowed_methods()) == []

    def test_allowed_methods_where_it_answers(self) -> None:
        """A converter that answers by an HTTP error allows the methods that the error names."""

        class Answers(BaseConverter):
            def to_python(self, value: str) -> str:
                raise MethodNotAllowed(["PUT"]) if value == "method" else RequestRedirect("/new")

        url_map = map_of("/a/<answers:x>", answers=Answers)

        assert list(bound(url_map, "/a/method").allowed_methods()) == ["PUT"]
        assert list(bound(url_map, "/a/other").allowed_methods()) == []

    def test_request_is_answered_once(
        self, app: Flask, counting: type[BaseConverter], asked: list[str]
    ) -> None:
        """A request whose value is refused, or whose converter fails, asks it once."""
        app.config["PROPAGATE_EXCEPTIONS"] = False
        app.url_map.converters["counting"] = counting
        app.add_url_rule("/a/<counting:x>", "a", lambda x: x)
        client = app.test_client()

        for path, status in (("/a/ok", 200), ("/a/bad", 404), ("/a/key", 500)) * 2:
            asked.clear()
            assert client.get(path).status_code == status
            assert len(asked) == 1


ERRORS = {"bad": ValidationError(), "value": ValueError("value"), "key": KeyError("key")}


class TestRules:
    @pytest.mark.parametrize("text", ["/a", "/a/<x>", "/<x>", "/<x>/b", "/<x>/<y>"])
    def test_redirect_set_late(self, text: str) -> None:
        """A rule that is told to redirect does, and one that is told not to does not."""
        rule = Rule(text, endpoint="a")
        url_map = URLMap([Rule("/", endpoint="root"), rule, Rule("/new", endpoint="new")])
        path = text.replace("<x>", "1").replace("<y>", "2")
        for _ in range(2):
            assert match(url_map, path)[0] is rule

        rule.redirect_to = "/new"
        for _ in range(2):
            with pytest.raises(RequestRedirect) as caught:
                match(url_map, path)
            assert caught.value.new_url == "http://localhost/new"

        rule.redirect_to = None
        assert match(url_map, path)[0] is rule

    @pytest.mark.parametrize("text", ["/a", "/a/<x>", "/<x>", "/<x>/b"])
    def test_alias_set_late(self, text: str) -> None:
        """A rule that is made an alias redirects to the endpoint's other URL."""
        alias = Rule(text, endpoint="e")
        own = Rule(text.replace("a", "own") if "a" in text else f"/own{text}", endpoint="e")
        url_map = URLMap([Rule("/", endpoint="root"), own, alias])
        path = text.replace("<x>", "1")
        for _ in range(2):
            assert match(url_map, path)[0] is alias

        alias.alias = True

        with pytest.raises(RequestRedirect):
            match(url_map, path)

    @pytest.mark.parametrize("text", ["/a", "/a/<x>", "/<x>"])
    def test_websocket_set_late(self, text: str) -> None:
        """A rule that is made one for WebSockets answers them alone, and builds their URLs."""
        rule = Rule(text, endpoint="a")
        url_map = URLMap([Rule("/", endpoint="root"), rule])
        path, values = text.replace("<x>", "1"), {"x": "1"} if "x" in text else {}
        for _ in range(2):
            assert match(url_map, path)[0] is rule
            assert bound(url_map).build("a", values) == path

        rule.websocket = True

        with pytest.raises(WebsocketMismatch):
            match(url_map, path)
        assert bound(url_map).build("a", values) == f"ws://localhost{path}"

    @pytest.mark.parametrize("text", ["/a", "/a/<x>", "/<x>"])
    def test_strict_slashes_set_late(self, text: str) -> None:
        """A slash behind a rule's URL is right, or not, as the rule says at the time."""
        rule = Rule(text, endpoint="a")
        url_map = URLMap([Rule("/", endpoint="root"), rule, Rule("/z/<x>/<y>", endpoint="z")])
        path = text.replace("<x>", "1") + "/"
        for strict in (True, False, True, False):
            rule.strict_slashes = strict
            if strict:
                with pytest.raises(NotFound):
                    match(url_map, path)
            else:
                assert match(url_map, path)[0] is rule

    def test_slash_with_rules_of_its_own(self) -> None:
        """Methods of a rule that lets a slash follow count beside those of the slash's own."""
        rule = Rule("/a", endpoint="a", methods=["PUT"])
        url_map = URLMap([rule, Rule("/a/", endpoint="slash", methods=["DELETE"])])

        for strict, methods in ((True, {"DELETE"}), (False, {"DELETE", "PUT"})):
            rule.strict_slashes = strict
            assert set(bound(url_map, "/a/").allowed_methods()) == methods

    def test_defaults_set_late(self) -> None:
        """Default values set late are among those of a match, and asked for in a build."""
        rule = Rule("/a/<x>", endpoint="a")
        url_map = URLMap([Rule("/", endpoint="root"), rule])
        assert match(url_map, "/a/1")[1] == {"x": "1"}
        assert bound(url_map).build("a", {"x": 3}) == "/a/3"

        rule.defaults = {"x": 2}

        assert match(url_map, "/a/1")[1] == {"x": 2}
        assert bound(url_map).build("a", {"x": 2}) == "/a/2"
        with pytest.raises(LookupError):
            bound(url_map).build("a", {"x": 3})


class TestMaps:
    def test_binding_of_the_instance(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is set as the map's way to bind a request is asked for every one, until undone."""
        app.add_url_rule("/a", "a", lambda: "a")
        client, stock = app.test_client(), app.url_map.bind_to_environ
        asked: list[Any] = []

        def bind(*args: Any, **kwargs: Any) -> Any:
            asked.append(args)
            return stock(*args, **kwargs)

        client.get("/a")
        with monkeypatch.context() as patched:
            patched.setattr(app.url_map, "bind_to_environ", bind)
            for count in (1, 2, 3):
                assert client.get("/a").text == "a"
                assert len(asked) == count
        for _ in range(2):
            assert client.get("/a").text == "a"
        assert len(asked) == 3
        app.url_map.bind_to_environ = bind  # type: ignore[method-assign]
        client.get("/a")
        client.get("/a")
        del app.url_map.bind_to_environ
        client.get("/a")
        assert len(asked) == 5
        assert app.url_map.plain_hosts == {"localhost"}

    def test_binding_of_a_subclass(self) -> None:
        """A map of a subclass is asked for every request, also when it asks ours in turn."""
        asked: list[Any] = []

        class Own(URLMap):
            def bind_to_environ(self, *args: Any, **kwargs: Any) -> Any:
                asked.append(args)
                return super().bind_to_environ(*args, **kwargs)

        class Shop(Flask):
            url_map_class = Own

        client = Shop("shop").test_client()
        for count in (1, 2, 3):
            client.get("/a")
            assert len(asked) == count

    @pytest.mark.parametrize(
        ("cls", "name"),
        [(Map, "bind_to_environ"), (URLMap, "bind_to_environ"), (MapAdapter, "match")],
    )
    def test_class_patched_before_the_first_request(
        self, app: Flask, monkeypatch: pytest.MonkeyPatch, cls: type, name: str
    ) -> None:
        """What a test puts in place of a class's method is called for a new application."""
        app.add_url_rule("/a", "a", lambda: "a")
        asked: list[Any] = []
        stock = getattr(cls, name)

        def asks(*args: Any, **kwargs: Any) -> Any:
            asked.append(args)
            return stock(*args, **kwargs)

        monkeypatch.setattr(cls, name, asks)

        for count in (1, 2, 3):
            assert app.test_client().get("/a").text == "a"
            assert len(asked) == count
