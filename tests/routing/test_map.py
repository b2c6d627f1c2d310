from __future__ import annotations

import threading
from typing import Any

import pytest
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import BaseConverter, Map, RequestRedirect, Rule, ValidationError
from werkzeug.test import create_environ

from flask import Flask, redirect, url_for
from flask.routing import URLMap
from flask.testing import FlaskClient


def adapter(*rules: Rule, path: str = "/", method: str = "GET", **options: Any) -> Any:
    return URLMap(list(rules)).bind_to_environ(create_environ(path, method=method), subdomain="")


class TestConverters:
    @pytest.mark.parametrize(
        ("rule", "path", "value"),
        [
            ("/<x>", "/a b", "a b"),
            ("/<string:x>", "/é", "é"),
            ("/<int:x>", "/0042", 42),
            ("/<int(signed=True):x>", "/-3", -3),
            ("/<float:x>", "/1.5", 1.5),
            ("/<path:x>", "/a/b/c", "a/b/c"),
            ("/<any(a,'b c'):x>", "/b c", "b c"),
            ("/<uuid:x>", "/12345678-1234-5678-1234-567812345678", None),
            ("/<string(length=2):x>", "/ab", "ab"),
        ],
    )
    def test_value_of_each_converter(
        self, app: Flask, client: FlaskClient, rule: str, path: str, value: Any
    ) -> None:
        """Each converter gives the view a value of its type, and builds the same URL again."""
        seen: list[Any] = []

        def view(x: Any) -> str:
            seen.append(x)
            return url_for("view", x=x)

        app.add_url_rule(rule, "view", view)
        response = client.get(path)

        assert response.status_code == 200
        if value is not None:
            assert seen == [value]
            assert type(seen[0]) is type(value)

    @pytest.mark.parametrize(
        ("rule", "path"),
        [
            ("/<int:x>", "/-3"),
            ("/<int:x>", "/1.0"),
            ("/<int(max=5):x>", "/6"),
            ("/<int(fixed_digits=3):x>", "/12"),
            ("/<float:x>", "/1"),
            ("/<any(a,b):x>", "/c"),
            ("/<uuid:x>", "/1234"),
            ("/<string(length=2):x>", "/abc"),
            ("/<x>", "/"),
            ("/<x>", "/a/b"),
            ("/<int:x>", "/" + "9" * 5000),
        ],
    )
    def test_what_a_converter_refuses_is_not_found(
        self, app: Flask, client: FlaskClient, rule: str, path: str
    ) -> None:
        """Text that a converter does not take is another URL."""
        app.add_url_rule(rule, "view", lambda x: "")

        assert client.get(path).status_code == 404

    def test_own_converter(self, app: Flask, client: FlaskClient) -> None:
        """A converter of one's own is registered by name, and may refuse."""

        class Words(BaseConverter):
            regex = r"[^/]+"
            part_isolating = True

            def to_python(self, value: str) -> list[str]:
                if value == "never":
                    raise ValidationError
                return value.split("+")

            def to_url(self, value: Any) -> str:
                return "+".join(value)

        app.url_map.converters["words"] = Words
        app.add_url_rule(
            "/<words:words>", "view", lambda words: [url_for("view", words=words), words]
        )

        assert client.get("/a+b").json == ["/a+b", ["a", "b"]]
        assert client.get("/never").status_code == 404

    def test_error_of_a_converter_is_an_error_of_the_program(self, app: Flask) -> None:
        """A converter that fails otherwise fails the request, not silently."""

        class Broken(BaseConverter):
            def to_python(self, value: str) -> str:
                raise KeyError(value)

        app.url_map.converters["broken"] = Broken
        app.add_url_rule("/<broken:x>", "view", lambda x: "")

        with pytest.raises(KeyError, match="a"):
            app.test_client().get("/a")

    def test_converter_that_redirects(self, app: Flask, client: FlaskClient) -> None:
        """A converter may answer by an HTTP error or redirect of its own."""

        class Moved(BaseConverter):
            def to_python(self, value: str) -> str:
                if value == "old":
                    raise RequestRedirect("/new")
                return value

        app.url_map.converters["moved"] = Moved
        app.add_url_rule("/<moved:x>", "view", lambda x: x)

        assert client.get("/old").location == "/new"
        assert client.get("/new").text == "new"


class TestRedirects:
    @pytest.mark.parametrize(
        ("path", "location"),
        [
            ("/folder", "http://localhost/folder/"),
            ("/folder?a=1&b=%C3%A9", "http://localhost/folder/?a=1&b=%C3%A9"),
            ("/a//b", "http://localhost/a/b"),
            ("/page/1", "http://localhost/page/"),
            ("/old/7", "http://localhost/new/7"),
            ("/alias", "http://localhost/folder/"),
        ],
    )
    def test_to_the_canonical_url(
        self, app: Flask, client: FlaskClient, path: str, location: str
    ) -> None:
        """Slashes, defaults, aliases and moved rules are redirected, query included."""
        app.add_url_rule("/folder/", "folder", lambda: "")
        app.add_url_rule("/alias", "folder", alias=True)
        app.add_url_rule("/a/b", "ab", lambda: "")
        app.add_url_rule("/page/", "page", lambda number: "", defaults={"number": 1})
        app.add_url_rule("/page/<int:number>", "page")
        app.add_url_rule("/old/<int:number>", "old", redirect_to="/new/<number>")

        response = client.get(path)

        assert (response.status_code, response.location) == (308, location)

    def test_prefix_is_kept(self, app: Flask, client: FlaskClient) -> None:
        """An app mounted below a prefix redirects below it."""
        app.add_url_rule("/folder/", "folder", lambda: "")

        response = client.get("/folder", base_url="https://shop.example/app")

        assert response.location == "https://shop.example/app/folder/"

    def test_view_may_redirect_too(self, app: Flask, client: FlaskClient) -> None:
        """A redirect of a view is answered as such."""
        app.add_url_rule("/", "index", lambda: redirect(url_for("other")))
        app.add_url_rule("/other", "other", lambda: "other")

        assert client.get("/", follow_redirects=True).text == "other"


class TestMatching:
    def test_static_goes_before_variable(self, app: Flask, client: FlaskClient) -> None:
        """An exact text wins over a converter, a narrow converter over a wide one."""
        for rule in ("/<path:x>", "/<x>", "/<int:x>", "/me", "/<x>/edit"):
            app.add_url_rule(rule, rule, lambda rule=rule, **values: rule)

        assert client.get("/me").text == "/me"
        assert client.get("/3").text == "/<int:x>"
        assert client.get("/you").text == "/<x>"
        assert client.get("/you/edit").text == "/<x>/edit"
        assert client.get("/you/else").text == "/<path:x>"

    def test_method_chooses_among_rules(self, app: Flask, client: FlaskClient) -> None:
        """Rules of one URL may differ by method; another method is 405 with all of them."""
        app.add_url_rule("/", "read", lambda: "read", methods=["GET"])
        app.add_url_rule("/", "write", lambda: "write", methods=["POST"])
        app.add_url_rule("/<x>", "read x", lambda x: "read x", methods=["GET"])

        assert client.get("/").text == "read"
        assert client.post("/").text == "write"
        refused = client.delete("/")
        assert refused.status_code == 405
        assert refused.allow == {"GET", "HEAD", "POST", "OPTIONS"}
        assert client.post("/a").status_code == 405

    def test_slash_after_a_path(self, app: Flask, client: FlaskClient) -> None:
        """A rule may end with a slash after a part that holds slashes itself."""
        app.add_url_rule("/wiki/<path:page>/", "wiki", lambda page: page)

        assert client.get("/wiki/a/b/").text == "a/b"
        assert client.get("/wiki/a/b").location == "http://localhost/wiki/a/b/"

    def test_method_in_small_letters(self, app: Flask) -> None:
        """The method is compared in capitals."""
        app.add_url_rule("/", "index", lambda: "x")

        assert app.test_client().open("/", method="get").text == "x"

    def test_rules_added_later_are_found(self) -> None:
        """A map that was used already answers rules added since."""
        url_map = URLMap([Rule("/a", endpoint="a")])
        bind = lambda path: url_map.bind_to_environ(create_environ(path), subdomain="")  # noqa: E731
        assert bind("/a").match(return_rule=True)[0].endpoint == "a"
        with pytest.raises(NotFound):
            bind("/b").match(return_rule=True)

        url_map.add(Rule("/b/<int:x>", endpoint="b"))

        assert bind("/b/3").match() == ("b", {"x": 3})
        rule, values = bind("/b/3").match(return_rule=True)
        assert (rule.endpoint, values) == ("b", {"x": 3})

    def test_values_are_not_shared(self) -> None:
        """Each match has its own dict of values, defaults included."""
        url_map = URLMap([Rule("/", endpoint="a", defaults={"x": 1})])
        values = [
            url_map.bind_to_environ(create_environ("/"), subdomain="").match(return_rule=True)[1]
            for _ in range(2)
        ]
        values[0]["x"] = 2

        assert values[1] == {"x": 1}

    def test_many_threads_at_first_use(self) -> None:
        """Threads that meet at the first use of a map all get the right answer."""
        rules = [Rule(f"/r{n}/<int:x>", endpoint=f"e{n}") for n in range(100)]
        url_map = URLMap(rules)
        barrier, found = threading.Barrier(4), []

        def ask(number: int) -> None:
            environ = create_environ(f"/r{number}/7")
            barrier.wait(10)
            found.append(url_map.bind_to_environ(environ, subdomain="").match(return_rule=True)[1])

        threads = [threading.Thread(target=ask, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert found == [{"x": 7}] * 4


class TestAdapter:
    def test_other_questions_are_werkzeugs(self) -> None:
        """Matching another path or method, testing, building: all of Werkzeug's adapter works."""
        rules = [Rule("/a", endpoint="a", methods=["GET"]), Rule("/b/<x>", endpoint="b")]
        urls = adapter(*rules, path="/a")

        assert urls.match() == ("a", {})
        assert urls.match("/b/1", "POST") == ("b", {"x": "1"})
        assert urls.test("/a") is True
        assert urls.test("/nowhere") is False
        assert set(urls.allowed_methods("/a")) == {"GET", "HEAD"}
        assert urls.build("b", {"x": "é"}) == "/b/%C3%A9"
        assert urls.get_host(None) == "localhost"
        with pytest.raises(MethodNotAllowed):
            urls.match("/a", "POST")
        with pytest.raises(NotFound):
            urls.match("/nowhere")

    @pytest.mark.parametrize(
        "changes",
        [
            {"SCRIPT_NAME": "/app"},
            {"SCRIPT_NAME": "/app/", "QUERY_STRING": "a=1"},
            {"SCRIPT_NAME": None, "PATH_INFO": None},
            {"HTTP_HOST": None, "SERVER_NAME": "server", "SERVER_PORT": "8000"},
            {"HTTP_HOST": "shop.example:80"},
            {"HTTP_HOST": "shop.example:443", "wsgi.url_scheme": "https"},
            {"PATH_INFO": "/\xc3\xa9", "SCRIPT_NAME": "/\xff"},
            {"HTTP_UPGRADE": "websocket", "HTTP_CONNECTION": "Upgrade"},
            {"wsgi.url_scheme": "ws"},
        ],
    )
    def test_it_is_bound_as_werkzeug_binds_it(self, changes: dict[str, str | None]) -> None:
        """Whatever stands in the environ, the adapter's attributes are Werkzeug's."""
        environ = create_environ("/path", method="POST")
        for key, value in changes.items():
            environ.pop(key, None)
            if value is not None:
                environ[key] = value
        rules = [Rule("/", endpoint="a")]

        ours = URLMap(rules).bind_to_environ(environ, subdomain="")
        theirs = Map([Rule("/", endpoint="a")]).bind_to_environ(environ, subdomain="")

        for name in (
            *("server_name", "script_name", "subdomain", "url_scheme", "path_info"),
            *("default_method", "query_args", "websocket"),
        ):
            assert getattr(ours, name) == getattr(theirs, name), name

    def test_websocket_rules_are_matched_by_werkzeug(self) -> None:
        """A rule for WebSockets answers an upgrade, others do not."""
        url_map = URLMap([Rule("/", endpoint="ws", websocket=True), Rule("/", endpoint="http")])
        plain = create_environ("/")
        upgrade = plain | {"HTTP_UPGRADE": "websocket", "HTTP_CONNECTION": "Upgrade"}

        def endpoint(environ: dict[str, Any]) -> str:
            urls = url_map.bind_to_environ(environ, subdomain="")
            return str(urls.match(return_rule=True)[0].endpoint)

        assert (endpoint(plain), endpoint(upgrade)) == ("http", "ws")


def test_methods_of_requests_may_be_in_small_letters() -> None:
    """A request's method is matched in capitals, the first time and when its host is known."""
    app = Flask("shop")
    app.add_url_rule("/a", "a", lambda: "found")
    app.add_url_rule("/b/<name>", "b", lambda name: f"found {name}")

    for path in ("/a", "/b/c", "/a", "/b/c"):
        environ = create_environ(path)
        environ["REQUEST_METHOD"] = "get"
        statuses: list[str] = []
        list(app(environ, lambda status, headers, exc_info=None, s=statuses: s.append(status)))
        assert statuses == ["200 OK"]
