from __future__ import annotations

import gc
import threading
from typing import Any

import pytest
from werkzeug import routing
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import BaseConverter, BuildError, Map, RequestRedirect
from werkzeug.test import create_environ

from flask import Flask, url_for
from flask.routing import Rule, URLMap


def bound(url_map: Map, path: str = "/", method: str = "GET", **extra: str) -> Any:
    return url_map.bind_to_environ({**create_environ(path, method=method), **extra}, subdomain="")


class TestMethods:
    def rules(self) -> list[Rule]:
        return [
            Rule("/a", endpoint="a", methods=["GET"]),
            Rule("/a", endpoint="a2", methods=["POST"]),
            Rule("/<x>", endpoint="x", methods=["PUT"]),
            Rule("/<x>/", endpoint="slash", methods=["DELETE"]),
            Rule("/any", endpoint="any"),
        ]

    def test_wrong_method_names_all_that_fit(self) -> None:
        """A refused method is told all methods of all rules that match the path."""
        urls = bound(URLMap(self.rules()), "/a", "PATCH")

        with pytest.raises(MethodNotAllowed) as caught:
            urls.match(return_rule=True)

        assert caught.value.valid_methods is not None
        assert sorted(caught.value.valid_methods) == ["GET", "HEAD", "POST", "PUT"]
        assert list(urls.allowed_methods()) == caught.value.valid_methods

    def test_allowed_methods_of_other_paths(self) -> None:
        """No rule, a rule for any method, and a redirect allow nothing in particular."""
        url_map = URLMap([*self.rules(), Rule("/folder/", endpoint="folder")])

        for path in ("/a/b/c", "/any", "/folder"):
            assert list(bound(url_map, path).allowed_methods()) == []
        assert bound(url_map, "/b").allowed_methods() == ["PUT"]
        assert set(bound(url_map, "/any").allowed_methods("/b")) == {"PUT"}

    def test_methods_of_alternatives(self) -> None:
        """Rules that another way leads to are counted in, also where the path has no variable."""
        url_map = URLMap(
            [
                Rule("/a/b", endpoint="ab", methods=["GET"]),
                Rule("/a/<x>", endpoint="ax", methods=["PUT"]),
                Rule("/<x>/b", endpoint="xb", methods=["POST"]),
                Rule("/c/d", endpoint="cd", methods=["GET"]),
                Rule("/c/d/", endpoint="slash", methods=["POST"]),
            ]
        )

        assert set(bound(url_map, "/a/b").allowed_methods()) == {"GET", "HEAD", "PUT", "POST"}
        assert set(bound(url_map, "/c/d").allowed_methods()) == {"GET", "HEAD"}
        with pytest.raises(RequestRedirect):
            bound(url_map, "/c/d", "POST").match(return_rule=True)

    def test_methods_changed_in_place_count(self) -> None:
        """A method added to a rule's set is allowed from then on."""
        rule = Rule("/a", endpoint="a", methods=["GET"])
        url_map = URLMap([rule])
        with pytest.raises(MethodNotAllowed):
            bound(url_map, "/a", "POST").match(return_rule=True)

        rule.methods.add("POST")

        assert bound(url_map, "/a", "POST").match(return_rule=True)[0] is rule

    @pytest.mark.parametrize("path", ["/missing", "/missing/deep", "/a//b", "/user/7", "/nope/"])
    @pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "DELETE"])
    def test_no_match_leaves_no_cycle(self, app: Flask, path: str, method: str) -> None:
        """A 404, a 405 and an automatic OPTIONS answer leave nothing for the collector."""
        app.add_url_rule("/user/<int:x>", "user", lambda x: "")
        app.add_url_rule("/nope", "nope", lambda: "")
        environ = create_environ(path, method=method)
        list(app(dict(environ), lambda *args: None))
        gc.collect()

        list(app(dict(environ), lambda *args: None))

        assert gc.collect() == 0


class TestVariables:
    """Where one rule is left, its variables are read at once; where that is not so, as ever."""

    def answers(self, path: str, *rules: tuple[str, dict[str, Any]]) -> list[Any]:
        """Return what our map and Werkzeug's match, with more rules around."""
        specs = [("/", {}), ("/z/y", {}), *rules]
        ours = URLMap([Rule(text, endpoint=text, **more) for text, more in specs])
        theirs = Map([routing.Rule(text, endpoint=text, **more) for text, more in specs])
        answers = []
        for url_map in (ours, ours, theirs):  # the first time leaves are found, then used
            try:
                rule, values = bound(url_map, path).match(return_rule=True)
                answers.append((rule.endpoint, values))
            except NotFound:
                answers.append(None)
        assert answers[0] == answers[1] == answers[2]
        return answers[0]

    def test_numbers(self) -> None:
        """A number is what Werkzeug takes for one, in any script, and as long as Python reads."""
        rule = ("/user/<int:id>/<slug>", dict[str, Any]())
        for text in ("42", "007", "٤٢", "²", "-1", "+1", "1_0", " 1", "1.0", "1" * 5000):
            self.answers(f"/user/{text}/ada", rule)
        assert self.answers("/user/٤٢/ada", rule) == (rule[0], {"id": 42, "slug": "ada"})

    def test_fixed_parts_between(self) -> None:
        """Fixed parts in front of, between and behind variables must be there."""
        rule = ("/a/b/<x>/c/<int:y>/d", dict[str, Any]())

        assert self.answers("/a/b/1/c/2/d", rule) == (rule[0], {"x": "1", "y": 2})
        for path in ("/a/b/1/c/2/e", "/a/b/1/e/2/d", "/a/e/1/c/2/d", "/a/b/1/c/2", "/a/b/1/c/2/d/"):
            assert self.answers(path, rule) is None

    def test_variables_before_a_fork(self) -> None:
        """A variable that several rules share is among the values, of whatever name."""
        rules = [("/<x>/a/<y>", {}), ("/<z>/b/<int:y>", {"defaults": {"w": 1}})]

        assert self.answers("/1/a/2", *rules) == ("/<x>/a/<y>", {"x": "1", "y": "2"})
        assert self.answers("/1/b/2", *rules) == (rules[1][0], {"z": "1", "y": 2, "w": 1})

    def test_one_name_twice(self) -> None:
        """Two parts of one name, which a default overrides, have Werkzeug's answer."""
        self.answers("/a/1/2", ("/a/<x>/<x>", {"defaults": {"x": "a"}}))

    def test_rules_of_one_url(self) -> None:
        """Of several rules the one that allows the method answers, with its own names."""
        rules = [
            Rule("/a/<x>", endpoint="get", methods=["GET"]),
            Rule("/a/<x>", endpoint="put", methods=["PUT"], defaults={"y": 1}),
            Rule("/b/<x>", endpoint="get", methods=["GET"]),
            Rule("/b/<z>", endpoint="other", methods=["PUT"]),
        ]
        url_map = URLMap(rules)

        def match(path: str, method: str) -> Any:
            return bound(url_map, path, method).match(return_rule=True)

        for _ in range(2):  # the first time leaves are found, then used
            assert match("/a/1", "GET") == (rules[0], {"x": "1"})
            assert match("/a/1", "PUT") == (rules[1], {"x": "1", "y": 1})
            assert match("/b/1", "PUT") == (rules[3], {"z": "1"})
            with pytest.raises(MethodNotAllowed) as caught:
                match("/a/1", "POST")
            assert set(caught.value.valid_methods or ()) == {"GET", "HEAD", "PUT"}

    def test_leaves_of_all_fronts(self) -> None:
        """Paths of the same shape in other directions, and deeper ones, are found as well."""
        texts = [f"{front}/<int:x>" for front in ("/a", "/b", "/c/d", "/c/e", "/f/<y>")]
        rules = [Rule(text, endpoint=text) for text in texts]
        url_map = URLMap([Rule("/", endpoint="root"), *rules])

        for _ in range(2):
            for rule in rules:
                path = rule.rule.replace("<int:x>", "1").replace("<y>", "z")
                given = {"x": 1, "y": "z"}
                values = {name: given[name] for name in rule.arguments}
                assert bound(url_map, path).match(return_rule=True) == (rule, values)


class TestSwitches:
    def answer(self, url_map: Map, path: str) -> Any:
        try:
            return bound(url_map, path).match(return_rule=True)[0].endpoint
        except RequestRedirect as redirect:
            return redirect.new_url
        except NotFound:
            return None

    def test_merge_slashes(self) -> None:
        """Slashes are merged, or not, as the map says at the time of the request."""
        url_map = URLMap([Rule("/a/b", endpoint="ab")])
        assert self.answer(url_map, "/a//b") == "http://localhost/a/b"

        url_map.merge_slashes = False

        assert self.answer(url_map, "/a//b") is None

    def test_redirect_defaults(self) -> None:
        """Default values are redirected to, or not, as the map says at that time."""
        url_map = URLMap(
            [Rule("/p/", endpoint="p", defaults={"x": 1}), Rule("/p/<int:x>", endpoint="p")]
        )
        assert self.answer(url_map, "/p/1") == "http://localhost/p/"

        url_map.redirect_defaults = False

        assert self.answer(url_map, "/p/1") == "p"

    def test_host_matching(self) -> None:
        """Once hosts are to match, neither paths alone nor relative URLs are the answer."""
        url_map = URLMap([Rule("/a", endpoint="a")])
        assert self.answer(url_map, "/a") == "a"
        assert bound(url_map).build("a") == "/a"

        url_map.host_matching = True
        urls = url_map.bind_to_environ(create_environ("/a"))

        with pytest.raises(NotFound):
            urls.match(return_rule=True)
        assert urls.build("a") == "http:///a"

    def test_sorted_parameters(self) -> None:
        """The query is sorted, or not, and by the key that the map has at that time."""
        url_map = URLMap([Rule("/a", endpoint="a")])
        assert bound(url_map).build("a", {"b": 1, "a": 2}) == "/a?b=1&a=2"

        url_map.sort_parameters = True
        assert bound(url_map).build("a", {"b": 1, "a": 2}) == "/a?a=2&b=1"

        url_map.sort_key = lambda pair: -pair[1]
        assert bound(url_map).build("a", {"c": 1, "a": 1, "b": 2}) == "/a?b=2&c=1&a=1"

    def test_default_subdomain(self) -> None:
        """Rules added after the default subdomain was set belong to it; others stay."""
        url_map = URLMap([Rule("/a", endpoint="a")])
        assert self.answer(url_map, "/a") == "a"

        url_map.default_subdomain = "www"
        url_map.add(Rule("/b", endpoint="b"))

        assert self.answer(url_map, "/a") == "a"
        assert self.answer(url_map, "/b") is None
        urls = url_map.bind("x.org")
        assert (urls.match("/b"), urls.build("b")) == (("b", {}), "/b")

    def test_strict_slashes(self) -> None:
        """Rules keep the switch that the map had when they were added."""
        url_map = URLMap([Rule("/a/", endpoint="a")])
        assert self.answer(url_map, "/a") == "http://localhost/a/"

        url_map.strict_slashes = False
        url_map.add(Rule("/b/", endpoint="b"))

        assert self.answer(url_map, "/a") == "http://localhost/a/"
        assert self.answer(url_map, "/b") == "b"


class TestThreads:
    def test_rules_added_while_others_match(self) -> None:
        """Whoever matches while rules are added finds every rule that was added before."""
        url_map = URLMap([Rule("/r0/<int:x>", endpoint="e0")])
        added, wrong, done = [0], [], threading.Event()

        def ask() -> None:
            while not done.is_set():
                number = added[-1]
                urls = bound(url_map, f"/r{number}/7")
                rule, values = urls.match(return_rule=True)
                url = urls.build(f"e{number}", {"x": 7})
                if (rule.endpoint, values, url) != (f"e{number}", {"x": 7}, f"/r{number}/7"):
                    wrong.append((number, rule, values, url))

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        for number in range(1, 150):
            url_map.add(Rule(f"/r{number}/<int:x>", endpoint=f"e{number}"))
            added.append(number)
        done.set()
        for thread in threads:
            thread.join()

        assert wrong == []

    def test_table_is_published_whole(self) -> None:
        """A thread that asks while another compiles waits, and the table is compiled once."""
        entered, go_on, compiled = threading.Event(), threading.Event(), []

        class Slow(Rule):
            def build_compare_key(self) -> tuple[int, int, int]:
                compiled.append(1)
                entered.set()
                go_on.wait(10)
                return super().build_compare_key()

        url_map = URLMap([Slow("/a", endpoint="a"), Rule("/b", endpoint="b")])
        found: list[Any] = []
        threads = [
            threading.Thread(
                target=lambda path=path: found.append(bound(url_map, path).match(return_rule=True))
            )
            for path in ("/a", "/b")
        ]
        threads[0].start()
        assert entered.wait(10)
        threads[1].start()
        assert found == []
        go_on.set()
        for thread in threads:
            thread.join()

        assert sorted(rule.endpoint for rule, _ in found) == ["a", "b"]
        assert compiled == [1]

    def test_rule_added_during_compilation_counts(self) -> None:
        """A rule that is added while the table is compiled is found by the next request."""

        class Adds(Rule):
            def provides_defaults_for(self, rule: Any) -> bool:
                if late:
                    url_map.add(late.pop())
                return super().provides_defaults_for(rule)

        late = [Rule("/b", endpoint="b")]
        url_map = URLMap([Adds("/a", endpoint="a"), Adds("/c", endpoint="a")])

        assert bound(url_map, "/a").match(return_rule=True)[0].endpoint == "a"
        assert bound(url_map, "/b").match(return_rule=True)[0].endpoint == "b"


class TestSeams:
    def test_converter_that_is_patched(self) -> None:
        """A converter's own methods are called, those set on the instance too."""
        rule = Rule("/<x>/<int:y>", endpoint="a")
        url_map = URLMap([rule])
        converters = rule._converters
        converters["x"].to_url = lambda value: f"<{value}>"  # type: ignore[method-assign]
        converters["y"].to_python = lambda value: f"y{value}"  # type: ignore[method-assign]

        assert bound(url_map).build("a", {"x": "b", "y": 1}) == "/<b>/1"
        assert bound(url_map, "/b/1").match(return_rule=True)[1] == {"x": "b", "y": "y1"}

    def test_rule_that_builds_in_its_own_way(self) -> None:
        """What a subclass of Rule or a patched rule does is done."""

        class Own(Rule):
            def build(self, values: Any, append_unknown: bool = True) -> tuple[str, str]:
                return "", "/own"

        patched = Rule("/b", endpoint="b")
        patched.suitable_for = lambda *args: False  # type: ignore[method-assign]
        urls = bound(URLMap([Own("/a", endpoint="a"), patched]))

        assert urls.build("a") == "/own"
        with pytest.raises(BuildError):
            urls.build("b")

    def test_broken_expression_fails_where_it_is_met(self) -> None:
        """A converter with a wrong regular expression breaks its own paths, no others."""

        class Broken(BaseConverter):
            regex = "("

        url_map = URLMap(
            [Rule("/a", endpoint="a"), Rule("/b/<broken:x>", endpoint="b")],
            converters={"broken": Broken},
        )

        assert bound(url_map, "/a").match(return_rule=True)[0].endpoint == "a"
        with pytest.raises(Exception, match=r"unterminated|missing"):
            bound(url_map, "/b/c").match(return_rule=True)

    def test_url_for_of_the_application_is_asked(self) -> None:
        """``flask.url_for`` calls the application's own, of a subclass or an instance."""

        class Own(Flask):
            def url_for(self, endpoint: str, **values: Any) -> str:
                return f"own {endpoint} {sorted(values)}"

        patched = Flask("patched")
        patched.url_for = lambda endpoint, **values: "patched"  # type: ignore[method-assign]
        for app, url in (
            (Own("own"), "own static ['_anchor', '_external', '_method', '_scheme', 'x']"),
            (patched, "patched"),
        ):
            with app.test_request_context():
                assert url_for("static", x=1) == url

    def test_adapter_of_the_application_is_asked(self) -> None:
        """Prefix and host are those of the adapter that the application made or changed."""

        class Own(Flask):
            def create_url_adapter(self, request: Any) -> Any:
                adapter = super().create_url_adapter(request)
                if adapter is not None:
                    adapter.script_name = "/deep//"
                return adapter

        with Own("own").test_request_context():
            assert url_for("static", filename="a") == "/deep/static/a"
            assert url_for("static", filename="a", _external=True) == (
                "http://localhost/deep//static/a"
            )
