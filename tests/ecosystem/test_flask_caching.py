"""Flask-Caching: slow sums, kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask_caching import Cache, make_template_fragment_key
from flask_caching.backends.simplecache import SimpleCache

from flask import Flask, Response, render_template_string, request
from flask.testing import FlaskClient

FRAGMENT = "{% cache 50, 'part' %}{{ next_number() }}{% endcache %}"


class LoudCache(SimpleCache):
    """A back end of our own, found by its import path."""

    @classmethod
    def factory(cls, app: Flask, config: Any, args: list[Any], kwargs: Any) -> LoudCache:
        return cls(**kwargs)

    def set(self, key: str, value: Any, timeout: int | None = None) -> Any:
        return super().set(key, f"{value}!", timeout)


class Sums:
    """An application that counts how often it really works."""

    def __init__(self, **config: Any) -> None:
        self.app = Flask(__name__)
        self.cache = Cache(self.app, config={"CACHE_TYPE": "SimpleCache"} | config)
        self.worked = 0
        self.client = self.app.test_client()
        self.add = self.cache.memoize(timeout=50)(self.add_slowly)
        rule = self.app.add_url_rule
        rule("/page/<name>", "page", self.cache.cached(timeout=50)(self.show_page))
        by_query = self.cache.cached(query_string=True)
        rule("/query", "query", by_query(self.show_query))
        good_only = self.cache.cached(response_filter=lambda rv: "error" not in rv)
        rule("/maybe", "maybe", good_only(self.show_maybe))
        rule("/fragment", "fragment", self.show_fragment)
        rule("/response", "response", self.cache.cached()(self.make_response))

    def count(self) -> int:
        self.worked += 1
        return self.worked

    def add_slowly(self, a: int, b: int = 1) -> int:
        self.count()
        return a + b

    def show_page(self, name: str) -> str:
        return f"{name} {self.count()}"

    def show_query(self) -> str:
        return f"{request.args.get('q')} {self.count()}"

    def show_maybe(self) -> dict[str, int]:
        return {request.args["kind"]: self.count()}

    def show_fragment(self) -> str:
        return render_template_string(FRAGMENT, next_number=self.count)

    def make_response(self) -> Response:
        return Response(str(self.count()), 202, {"X-Kept": "yes"}, mimetype="text/csv")


@pytest.fixture
def sums() -> Sums:
    return Sums()


def test_a_cached_view_works_once_per_path(sums: Sums) -> None:
    """The second request for a path is answered from the cache."""
    texts = [sums.client.get(f"/page/{name}").text for name in "aab"]

    assert texts == ["a 1", "a 1", "b 2"]


def test_a_cached_response_keeps_status_and_headers(sums: Sums) -> None:
    """A Response object comes back whole."""
    first, second = sums.client.get("/response"), sums.client.get("/response")

    assert first.data == second.data == b"1"
    assert (second.status_code, second.headers["X-Kept"], second.mimetype) == (
        202,
        "yes",
        "text/csv",
    )


def test_a_query_string_is_part_of_the_key(sums: Sums) -> None:
    """With `query_string` the order of arguments does not matter, their values do."""
    asked = ["?q=1&r=2", "?r=2&q=1", "?q=3"]

    assert [sums.client.get(f"/query{query}").text for query in asked] == ["1 1", "1 1", "3 2"]


def test_memoized_results_are_read_back_and_forgotten(sums: Sums) -> None:
    """`memoize` keeps a result per arguments until `delete_memoized` drops it."""
    cached = sums.cache.memoize()(multiply)
    with sums.app.app_context():
        assert [cached(2, 3), cached(2, 3), cached(a=2, b=3)] == [6, 6, 6]
        assert CALLS == [(2, 3)]
        sums.cache.delete_memoized(cached, 2, 3)
        assert cached(2, 3) == 6
        assert CALLS == [(2, 3), (2, 3)]


CALLS: list[tuple[int, int]] = []


def multiply(a: int, b: int) -> int:
    CALLS.append((a, b))
    return a * b


def test_values_are_written_and_read_directly(sums: Sums) -> None:
    """`set`, `get`, `add`, `delete` and the many-variants work as a dictionary would."""
    with sums.app.app_context():
        cache = sums.cache
        assert cache.set("a", {"n": [1]})
        assert cache.add("a", 2) is False
        cache.set_many({"b": 2, "c": 3})
        assert cache.get_many("a", "b") == [{"n": [1]}, 2]
        cache.delete("a")
        assert cache.get("a") is None
        cache.clear()
        assert cache.get_dict("b", "c") == {"b": None, "c": None}


def test_files_outlive_the_application(tmp_path: Path) -> None:
    """A file system cache is read by the next application."""
    config = {"CACHE_TYPE": "FileSystemCache", "CACHE_DIR": str(tmp_path)}
    assert Sums(**config).client.get("/page/a").text == "a 1"

    assert Sums(**config).client.get("/page/a").text == "a 1"


def test_a_template_fragment_is_kept(sums: Sums) -> None:
    """The `cache` tag of templates keeps its inside until its key is deleted."""
    assert [sums.client.get("/fragment").text for _ in range(2)] == ["1", "1"]
    with sums.app.app_context():
        sums.cache.delete(make_template_fragment_key("part"))
    assert sums.client.get("/fragment").text == "2"


def test_a_filtered_answer_is_not_kept(sums: Sums) -> None:
    """`response_filter` keeps errors out of the cache."""
    first = [sums.client.get("/maybe?kind=error").json for _ in range(2)]

    assert first == [{"error": 1}, {"error": 2}]
    assert [sums.client.get("/maybe?kind=fine").json for _ in range(2)] == [{"fine": 3}] * 2


def test_an_unknown_back_end_is_refused() -> None:
    """A back end that cannot be imported fails when the application is set up."""
    with pytest.raises(ImportError):
        Sums(CACHE_TYPE="nowhere.NoCache")


def test_the_null_cache_keeps_nothing() -> None:
    """With NullCache every request works anew."""
    sums = Sums(CACHE_TYPE="NullCache", CACHE_NO_NULL_WARNING=True)

    assert [sums.client.get("/page/a").text for _ in range(2)] == ["a 1", "a 2"]


def test_own_back_end_and_key_are_used() -> None:
    """A back end named by its path, and a `make_cache_key` of our own, take effect."""
    sums = Sums(CACHE_TYPE=f"{__name__}.LoudCache")
    shout = sums.cache.cached(make_cache_key=lambda *args, **kwargs: request.headers["X-Who"])
    sums.app.add_url_rule("/who", view_func=shout(lambda: str(sums.count())), endpoint="who")

    def ask(who: str) -> str:
        return sums.client.get("/who", headers={"X-Who": who}).text

    assert [ask("a"), ask("a"), ask("b")] == ["1", "1!", "2"]


def test_unless_skips_the_cache(sums: Sums) -> None:
    """`unless` decides for each request."""
    view = sums.cache.cached(unless=lambda: "fresh" in request.args)(lambda: str(sums.count()))
    sums.app.add_url_rule("/unless", view_func=view, endpoint="unless")
    client: FlaskClient = sums.client

    paths = ["/unless", "/unless", "/unless?fresh=1", "/unless"]
    assert [client.get(path).text for path in paths] == ["1", "1", "2", "1"]
