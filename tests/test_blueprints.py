from __future__ import annotations

from typing import Any

import pytest

from flask import Blueprint, Flask, g, render_template_string, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.testing import FlaskClient


def part(name: str = "part", **options: Any) -> Blueprint:
    """Return a blueprint with one view that tells where it is."""
    blueprint = Blueprint(name, "shop", **options)

    @blueprint.route("/")
    def index(**values: Any) -> dict[str, Any]:
        return {"endpoint": request.endpoint, "values": values, "blueprint": request.blueprint}

    return blueprint


class TestConstructor:
    @pytest.mark.parametrize(
        ("name", "text"),
        [("", "'name' may not be empty"), ("a.b", "'name' may not contain a dot '.' character")],
    )
    def test_names(self, name: str, text: str) -> None:
        """A name is needed, and dots are for nesting."""
        with pytest.raises(ValueError, match=text):
            Blueprint(name, "shop")

    def test_repr(self) -> None:
        """The representation shows the name."""
        assert repr(part()) == "<Blueprint 'part'>"

    @pytest.mark.parametrize("kind", ["endpoint", "view_func"])
    def test_dots_in_endpoints(self, kind: str) -> None:
        """Endpoints, given or taken from the view, have no dots."""

        def view() -> str:
            return ""

        options: dict[str, Any] = {"view_func": view}
        if kind == "endpoint":
            options["endpoint"] = "a.b"
        else:
            view.__name__ = "a.b"

        with pytest.raises(ValueError, match=f"'{kind}'.* may not contain a dot"):
            part().add_url_rule("/", **options)


class TestRegistration:
    @pytest.mark.parametrize(
        ("own", "options", "path"),
        [
            ({}, {}, "/"),
            ({"url_prefix": "/own"}, {}, "/own/"),
            ({"url_prefix": "/own"}, {"url_prefix": "/given"}, "/given/"),
            ({"url_prefix": "/own/"}, {}, "/own/"),
            ({"url_prefix": "/own"}, {"url_prefix": "/<x>"}, "/7/"),
        ],
    )
    def test_prefix(self, app: Flask, own: Any, options: Any, path: str) -> None:
        """The prefix of the registration goes before the blueprint's own; slashes meet once."""
        app.register_blueprint(part(**own), **options)

        got = app.test_client().get(path).json

        assert got is not None
        assert got["endpoint"] == "part.index"

    def test_prefix_and_empty_rule(self, app: Flask, client: FlaskClient) -> None:
        """An empty rule stands for the prefix itself."""
        blueprint = Blueprint("part", "shop", url_prefix="/part")
        blueprint.add_url_rule("", "index", lambda: "index")
        app.register_blueprint(blueprint)

        assert client.get("/part").text == "index"

    def test_url_defaults(self, app: Flask, client: FlaskClient) -> None:
        """Defaults of blueprint, registration and rule join, the inner ones win."""
        blueprint = Blueprint("part", "shop", url_defaults={"a": 1, "b": 1, "c": 1})
        blueprint.add_url_rule("/", "index", lambda **values: values, defaults={"c": 3})
        app.register_blueprint(blueprint, url_defaults={"b": 2})

        assert client.get("/").json == {"a": 1, "b": 2, "c": 3}

    def test_subdomain(self) -> None:
        """The subdomain of the registration goes before the blueprint's own."""
        app = Flask("shop", subdomain_matching=True)
        app.config["SERVER_NAME"] = "shop.example"
        app.register_blueprint(part("one", subdomain="one"))
        app.register_blueprint(part("two", subdomain="own"), subdomain="two")
        client = app.test_client()

        for name in ("one", "two"):
            got = client.get("/", subdomain=name).json
            assert got is not None
            assert got["blueprint"] == name

    def test_twice_under_two_names(self, app: Flask, client: FlaskClient) -> None:
        """One blueprint may be registered several times, each time under its own name."""
        blueprint = part()
        app.register_blueprint(blueprint, url_prefix="/a")
        app.register_blueprint(blueprint, url_prefix="/b", name="other")

        assert list(app.blueprints) == ["part", "other"]
        assert list(app.iter_blueprints()) == [blueprint, blueprint]
        for path, name in (("/a/", "part"), ("/b/", "other")):
            got = client.get(path).json
            assert got is not None
            assert (got["endpoint"], got["blueprint"]) == (f"{name}.index", name)

    @pytest.mark.parametrize("is_same", [True, False])
    def test_name_is_taken(self, app: Flask, is_same: bool) -> None:
        """A name that is taken is refused, telling by which blueprint."""
        first = part()
        app.register_blueprint(first)
        whose = "this" if is_same else "a different"

        with pytest.raises(
            ValueError, match=f"'part' is already registered for {whose} blueprint"
        ) as caught:
            app.register_blueprint(first if is_same else part())
        assert "'name='" in str(caught.value)

    def test_name_of_a_nested_one_is_taken(self, app: Flask) -> None:
        """For a nested blueprint the error tells the whole name."""
        outer = Blueprint("outer", "shop")
        outer.register_blueprint(part())
        outer.register_blueprint(part())

        with pytest.raises(ValueError, match=r"'part' is already registered .*'outer\.part'"):
            app.register_blueprint(outer)

    def test_register_may_be_overridden(self, app: Flask) -> None:
        """``register`` and ``make_setup_state`` of a subclass are called."""
        seen: list[Any] = []

        class State(BlueprintSetupState):
            pass

        class Own(Blueprint):
            def register(self, app: Any, options: dict[str, Any]) -> None:
                seen.append(options)
                super().register(app, options)

            def make_setup_state(self, *args: Any, **kwargs: Any) -> BlueprintSetupState:
                return State(self, *args, **kwargs)

        own = Own("own", "shop")
        own.record(lambda state: seen.append(type(state)))
        app.register_blueprint(own, extra=1)

        assert seen == [{"extra": 1}, State]


class TestSetupState:
    def test_attributes(self, app: Flask) -> None:
        """The state of a registration tells everything about it."""
        states: list[BlueprintSetupState] = []
        blueprint = Blueprint(
            "part", "shop", url_prefix="/own", subdomain="sub", url_defaults={"a": 1}
        )
        blueprint.record(states.append)
        app.register_blueprint(blueprint)
        app.register_blueprint(
            blueprint, name="other", url_prefix="/p", url_defaults=[("b", 2)], x=1
        )
        first, second = states

        assert (first.app, first.blueprint) == (app, blueprint)
        assert (first.name, first.name_prefix, first.options) == ("part", "", {})
        assert (first.url_prefix, first.subdomain) == ("/own", "sub")
        assert (first.url_defaults, first.first_registration) == ({"a": 1}, True)
        assert (second.name, second.url_prefix) == ("other", "/p")
        assert (second.url_defaults, second.first_registration) == ({"a": 1, "b": 2}, False)
        assert second.options["x"] == 1

    def test_add_url_rule(self, app: Flask, client: FlaskClient) -> None:
        """A recorded function may register rules through the state."""
        blueprint = Blueprint("part", "shop", url_prefix="/part")

        def view() -> str:
            return request.endpoint or ""

        def add(state: BlueprintSetupState) -> None:
            state.add_url_rule("/x", view_func=view)
            state.add_url_rule("/y", "named", view, methods=["POST"])

        blueprint.record(add)
        app.register_blueprint(blueprint)

        assert client.get("/part/x").text == "part.view"
        assert client.post("/part/y").text == "part.named"

    def test_record_once(self, app: Flask) -> None:
        """``record_once`` runs for the first registration on each app."""
        seen: list[str] = []
        blueprint = Blueprint("part", "shop")
        blueprint.record_once(lambda state: seen.append(f"once {state.app.name}"))
        blueprint.record(lambda state: seen.append(f"each {state.app.name}"))
        app.register_blueprint(blueprint)
        app.register_blueprint(blueprint, name="again")
        Flask("other").register_blueprint(blueprint)

        assert seen == ["once shop", "each shop", "each shop", "once other", "each other"]


class TestNesting:
    @pytest.fixture
    def tree(self, app: Flask) -> Flask:
        """Three levels: outer → middle → inner, each below its prefix."""
        outer, middle, inner = (
            part(name, url_prefix=f"/{name}") for name in ("outer", "middle", "inner")
        )
        middle.register_blueprint(inner)
        outer.register_blueprint(middle)
        app.register_blueprint(outer)
        return app

    @pytest.mark.parametrize(
        "names", [["outer"], ["outer", "middle"], ["outer", "middle", "inner"]]
    )
    def test_names_and_prefixes_join(self, tree: Flask, names: list[str]) -> None:
        """Names are joined by dots, prefixes by slashes."""
        got = tree.test_client().get(f"/{'/'.join(names)}/").json

        assert got is not None
        assert got["endpoint"] == f"{'.'.join(names)}.index"
        assert got["blueprint"] == ".".join(names)
        assert ".".join(names) in tree.blueprints

    def test_urls(self, tree: Flask) -> None:
        """The whole name builds the URL."""
        with tree.test_request_context():
            assert url_for("outer.middle.inner.index") == "/outer/middle/inner/"

    @pytest.mark.parametrize(
        ("outer", "inner", "path"),
        [
            ({}, {"url_prefix": "/in"}, "/in/"),
            ({"url_prefix": "/out"}, {}, "/out/"),
            ({"url_prefix": "/out/"}, {"url_prefix": "/in"}, "/out/in/"),
            ({}, {}, "/"),
        ],
    )
    def test_missing_prefixes(self, app: Flask, outer: Any, inner: Any, path: str) -> None:
        """A level without prefix adds none."""
        parent = Blueprint("outer", "shop", **outer)
        parent.register_blueprint(part("inner", **inner))
        app.register_blueprint(parent)

        assert app.test_client().get(path).status_code == 200

    def test_prefix_given_when_nesting_wins(self, app: Flask, client: FlaskClient) -> None:
        """Options of the inner registration go before the blueprint's own."""
        outer = Blueprint("outer", "shop", url_prefix="/outer")
        outer.register_blueprint(part(url_prefix="/own"), url_prefix="/given", name="renamed")
        app.register_blueprint(outer)

        got = client.get("/outer/given/").json
        assert got is not None
        assert got["endpoint"] == "outer.renamed.index"

    def test_renaming_the_outer_one(self, app: Flask, client: FlaskClient) -> None:
        """Registered under another name, the nested ones follow."""
        outer = Blueprint("outer", "shop")
        outer.register_blueprint(part(url_prefix="/in"))
        app.register_blueprint(outer, name="other", url_prefix="/x")

        got = client.get("/x/in/").json
        assert got is not None
        assert got["endpoint"] == "other.part.index"

    @pytest.mark.parametrize(
        ("outer", "inner", "given", "subdomain"),
        [
            ("out", None, {}, "out"),
            (None, "in", {}, "in"),
            ("out", "in", {}, "in.out"),
            ("out", "in", {"subdomain": "given"}, "given.out"),
        ],
    )
    def test_subdomains_join(
        self, outer: str | None, inner: str | None, given: dict[str, str], subdomain: str
    ) -> None:
        """Subdomains are joined, the inner one first."""
        app = Flask("shop", subdomain_matching=True)
        app.config["SERVER_NAME"] = "shop.example"
        parent = Blueprint("outer", "shop", subdomain=outer)
        parent.register_blueprint(part(subdomain=inner), **given)
        app.register_blueprint(parent)

        assert app.test_client().get("/", subdomain=subdomain).status_code == 200

    def test_not_on_itself(self) -> None:
        """A blueprint cannot hold itself."""
        blueprint = part()
        with pytest.raises(ValueError, match="Cannot register a blueprint on itself"):
            blueprint.register_blueprint(blueprint)


class TestLateSetup:
    @pytest.mark.parametrize(
        "call",
        [
            lambda b: b.route("/late"),
            lambda b: b.get("/late"),
            lambda b: b.add_url_rule("/late", "late", str),
            lambda b: b.endpoint("late"),
            lambda b: b.before_request(str),
            lambda b: b.after_request(str),
            lambda b: b.teardown_request(str),
            lambda b: b.context_processor(dict),
            lambda b: b.url_defaults(str),
            lambda b: b.url_value_preprocessor(str),
            lambda b: b.errorhandler(404),
            lambda b: b.register_error_handler(404, str),
            lambda b: b.record(str),
            lambda b: b.record_once(str),
            lambda b: b.register_blueprint(Blueprint("x", "shop")),
            lambda b: b.before_app_request(str),
            lambda b: b.after_app_request(str),
            lambda b: b.teardown_app_request(str),
            lambda b: b.app_context_processor(dict),
            lambda b: b.app_url_defaults(str),
            lambda b: b.app_url_value_preprocessor(str),
            lambda b: b.app_errorhandler(404),
            lambda b: b.app_template_filter(),
            lambda b: b.add_app_template_filter(str),
            lambda b: b.app_template_test(),
            lambda b: b.add_app_template_test(str),
            lambda b: b.app_template_global(),
            lambda b: b.add_app_template_global(str),
        ],
    )
    def test_it_is_refused_once_registered(self, app: Flask, call: Any) -> None:
        """What is said after registration would be lost: it is refused, with the remedy."""
        blueprint = part()
        app.register_blueprint(blueprint)

        with pytest.raises(
            AssertionError, match=r"can no longer be called on the blueprint 'part'"
        ) as caught:
            call(blueprint)

        assert "register_blueprint()" in str(caught.value)


class TestAppWide:
    def test_hooks_for_every_request(self, app: Flask, client: FlaskClient) -> None:
        """The ``app_*`` variants speak for all requests, once however often it is registered."""
        trace: list[str] = []
        blueprint = Blueprint("part", "shop")
        blueprint.before_app_request(lambda: trace.append("before"))
        blueprint.after_app_request(lambda response: trace.append("after") or response)
        blueprint.teardown_app_request(lambda error: trace.append("teardown"))
        blueprint.app_url_value_preprocessor(lambda endpoint, values: trace.append("values"))
        blueprint.app_context_processor(lambda: trace.append("context") or {"word": "processed"})
        blueprint.app_url_defaults(lambda endpoint, values: values.setdefault("lang", "ko"))
        app.add_url_rule(
            "/", "index", lambda: render_template_string("{{ word }} {{ url_for('index') }}")
        )
        app.register_blueprint(blueprint)
        app.register_blueprint(blueprint, name="again")

        assert client.get("/").text == "processed /?lang=ko"
        assert trace == ["values", "before", "context", "after", "teardown"]

    def test_template_tools(self, app: Flask) -> None:
        """Filters, tests and globals of a blueprint are those of the app's environment."""
        blueprint = Blueprint("part", "shop")

        @blueprint.app_template_filter()
        def double(value: str) -> str:
            return value * 2

        @blueprint.app_template_test("tiny")
        def is_tiny(value: int) -> bool:
            return value < 3

        @blueprint.app_template_global(name="answer")
        def forty_two() -> int:
            return 42

        blueprint.add_app_template_filter(str.upper, "loud")
        blueprint.add_app_template_test(str.isdigit, name="digits")
        blueprint.add_app_template_global(len, "length_of")
        app.register_blueprint(blueprint)
        source = (
            "{{ 'a'|double|loud }} {{ 2 is tiny }} {{ '7' is digits }} {{ answer() }}"
            " {{ length_of('abc') }}"
        )
        with app.app_context():
            assert render_template_string(source) == "AA True True 42 3"
        assert double("b") == "bb"

    def test_context_processor_of_a_blueprint_is_for_its_views(
        self, app: Flask, client: FlaskClient
    ) -> None:
        """A blueprint's own context processor is asked for templates of its views alone."""
        blueprint = Blueprint("part", "shop")
        blueprint.context_processor(lambda: {"word": "mine"})
        blueprint.add_url_rule("/part", "view", lambda: render_template_string("{{ word }}"))
        app.register_blueprint(blueprint)
        app.add_url_rule("/app", "view", lambda: render_template_string("{{ word }}"))

        assert client.get("/part").text == "mine"
        assert client.get("/app").text == ""

    def test_url_functions_of_a_blueprint_are_for_its_urls(
        self, app: Flask, client: FlaskClient
    ) -> None:
        """Value preprocessors and URL defaults of a blueprint concern its own URLs."""
        blueprint = Blueprint("part", "shop", url_prefix="/<lang>")

        @blueprint.url_defaults
        def add(endpoint: str, values: dict[str, Any]) -> None:
            values.setdefault("lang", g.lang)

        @blueprint.url_value_preprocessor
        def take(endpoint: str | None, values: dict[str, Any] | None) -> None:
            assert values is not None
            g.lang = values.pop("lang")

        @blueprint.route("/")
        def index() -> str:
            return url_for(".about")

        blueprint.add_url_rule("/about", "about", lambda: g.lang)
        app.register_blueprint(blueprint)

        assert client.get("/ko/").text == "/ko/about"
        assert client.get("/en/about").text == "en"

    def test_endpoint_decorator(self, app: Flask, client: FlaskClient) -> None:
        """A blueprint may register the view of a full endpoint."""
        blueprint = Blueprint("part", "shop")
        blueprint.add_url_rule("/x", endpoint="later")

        @blueprint.endpoint("part.later")
        def view() -> str:
            return "later"

        app.register_blueprint(blueprint)

        assert client.get("/x").text == "later"
