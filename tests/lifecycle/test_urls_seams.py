"""Who overrides a step of building a URL, or looks at it, finds it as documented."""

from __future__ import annotations

import json
from typing import Any

import pytest
from werkzeug.routing import BaseConverter, BuildError, Map, Rule

from flask import Blueprint, Flask, request, url_for
from flask.globals import request_ctx
from flask.routing import URLMap


@pytest.fixture
def app(app: Flask) -> Flask:
    blueprint = Blueprint("shelf", "shop", url_prefix="/shelf")
    blueprint.add_url_rule("/", "index")
    app.register_blueprint(blueprint)
    app.add_url_rule("/", "index", lambda: "")
    app.add_url_rule("/item/<int:number>", "item")
    app.add_url_rule("/read", "both", methods=["GET"])
    app.add_url_rule("/write", "both", methods=["POST"])
    return app


class TestBeforeTheAdapterIsAskedFor:
    """Most requests never touch their URL adapter: what it would build is built without it."""

    @pytest.fixture
    def answers(self, app: Flask) -> Any:
        """Return what serves a request whose context waits for the adapter's first touch."""
        client = app.test_client()
        client.get("/")  # from now on the host is known

        def answer(view: Any, **options: Any) -> str:
            app.view_functions["both"] = view
            return client.get("/read", **options).text

        return answer

    @pytest.mark.parametrize(
        ("endpoint", "values"),
        [
            ("index", {}),
            ("item", {"number": 3}),
            ("item", {"number": "3"}),
            ("item", {"number": 3, "q": "a b", "é": "&", "n": 7, "none": None}),
            ("item", {"number": 3, "tag": ["x", "y"]}),
            ("both", {}),
            ("both", {"_method": "POST"}),
            ("shelf.index", {"_anchor": "end"}),
            (".index", {}),
            ("index", {"_external": True}),
            ("index", {"_scheme": "https"}),
        ],
    )
    @pytest.mark.parametrize("prefix", ["", "/app", "/app/", "/é"])
    def test_same_url(self, answers: Any, endpoint: str, values: Any, prefix: str) -> None:
        """The URL is the same before and after the adapter was made."""

        def view() -> list[str]:
            before = url_for(endpoint, **values)
            assert request_ctx.url_adapter is not None
            return [before, url_for(endpoint, **values)]

        base = f"http://localhost{prefix}"
        before, after = json.loads(answers(view, base_url=base))

        assert before == after

    def test_shifted_environ_does_not_move_the_urls(self, answers: Any) -> None:
        """Middleware inside that shifts the environ does not change the request's URLs."""

        def view() -> str:
            request.environ["SCRIPT_NAME"] = "/elsewhere"
            return url_for("index")

        assert answers(view, base_url="http://localhost/app") == "/app/"

    def test_error_is_the_adapters(self, answers: Any) -> None:
        """An endpoint or value that is missing is told by the adapter's BuildError."""

        def view() -> str:
            with pytest.raises(BuildError, match="number") as caught:
                url_for("item")
            assert caught.value.adapter is request_ctx.url_adapter
            return "told"

        assert answers(view) == "told"

    def test_replaced_adapter_builds(self, app: Flask, answers: Any) -> None:
        """An adapter that a view or a URL default function puts there is the one that builds."""

        def replace(endpoint: str = "", values: Any = None) -> None:
            request_ctx.url_adapter = Map([Rule("/replaced", endpoint="index")]).bind("x")

        def view() -> str:
            replace()
            return url_for("index")

        assert answers(view) == "/replaced"
        app.url_default_functions[None].append(replace)
        assert answers(lambda: url_for("index")) == "/replaced"

    def test_replaced_map_builds(self, app: Flask, answers: Any) -> None:
        """A map of another class, set while the request runs, is asked in its own way."""

        class Own(URLMap):
            def bind_to_environ(self, *args: Any, **kwargs: Any) -> Any:
                return Map([Rule("/own", endpoint="index")]).bind("x")

        def view() -> str:
            app.url_map = Own()
            return url_for("index")

        assert answers(view) == "/own"


class TestOverridden:
    @pytest.mark.parametrize("is_of_instance", [False, True])
    @pytest.mark.parametrize("name", ["url_for", "inject_url_defaults", "handle_url_build_error"])
    def test_step_of_the_app(self, name: str, is_of_instance: bool) -> None:
        """``flask.url_for`` calls the app's steps, of a subclass and of the instance."""
        called: list[str] = []

        def step(*args: Any, **kwargs: Any) -> str:
            called.append(name)
            return "/step"

        app = Flask("shop") if is_of_instance else type("Own", (Flask,), {name: step})("shop")
        if is_of_instance:
            setattr(app, name, step)
        app.add_url_rule("/", "index", lambda: url_for("index") + url_for("nowhere"))
        if name == "inject_url_defaults":
            app.url_build_error_handlers.append(lambda *args: "/handled")
        client = app.test_client()

        for _ in range(2):  # bound at once, and late
            called.clear()
            client.get("/")
            assert called == [name] * (1 if name == "handle_url_build_error" else 2)

    @pytest.mark.parametrize("is_of_instance", [False, True])
    def test_build_of_the_adapter(self, is_of_instance: bool) -> None:
        """An adapter that overrides ``build`` is asked with the arguments by name."""
        seen: list[dict[str, Any]] = []

        def build(*args: Any, **kwargs: Any) -> str:
            seen.append(kwargs)
            return "/built"

        class Custom(Flask):
            def create_url_adapter(self, request: Any) -> Any:
                adapter: Any = super().create_url_adapter(request)
                if adapter is not None and is_of_instance:
                    adapter.build = build
                elif adapter is not None:
                    adapter.__class__ = type("Own", (type(adapter),), {"build": build})
                return adapter

        app = Custom("shop")
        with app.test_request_context("/"):
            assert url_for("index", _method="PUT") == "/built"

        assert seen == [{"method": "PUT", "url_scheme": None, "force_external": False}]

    def test_converter(self, app: Flask) -> None:
        """A converter's ``to_url`` writes its value."""

        class Upper(BaseConverter):
            def to_url(self, value: Any) -> str:
                return super().to_url(value).upper()

        app.url_map.converters["upper"] = Upper
        app.add_url_rule("/<upper:word>", "word")
        with app.test_request_context("/"):
            assert url_for("word", word="a b") == "/A%20B"
