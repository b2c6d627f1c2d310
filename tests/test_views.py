from __future__ import annotations

from typing import Any

import pytest

from flask import Flask, request
from flask.testing import FlaskClient
from flask.views import MethodView, View, http_method_funcs


def allowed(client: FlaskClient, path: str = "/") -> set[str]:
    return set(client.options(path).allow)


class TestView:
    def test_arguments_reach_instance_and_method(self, app: Flask, client: FlaskClient) -> None:
        """``as_view`` arguments make the instance, URL values go to the method."""

        class Page(View):
            def __init__(self, prefix: str, *, suffix: str) -> None:
                self.prefix, self.suffix = prefix, suffix

            def dispatch_request(self, name: str) -> str:
                return f"{self.prefix}{name}{self.suffix}"

        app.add_url_rule("/<name>", view_func=Page.as_view("page", "<", suffix=">"))

        assert client.get("/ann").text == "<ann>"

    def test_function_tells_where_it_comes_from(self) -> None:
        """The view function has name, docstring and module of the class, and knows it."""

        class Page(View):
            """Show a page."""

            methods = ["GET", "POST"]
            provide_automatic_options = False

        view: Any = Page.as_view("page")

        assert (view.__name__, view.__doc__, view.__module__) == ("page", "Show a page.", __name__)
        assert view.view_class is Page
        assert view.methods == ["GET", "POST"]
        assert view.provide_automatic_options is False

    def test_base_must_be_filled(self) -> None:
        """The method that answers is left to the subclass."""
        with pytest.raises(NotImplementedError):
            View().dispatch_request()

    def test_methods_of_the_class(self, app: Flask, client: FlaskClient) -> None:
        """``methods`` of the class are the methods of the rule."""

        class Page(View):
            methods = ["GET", "POST"]

            def dispatch_request(self) -> str:
                return request.method

        app.add_url_rule("/", view_func=Page.as_view("page"))

        assert client.post("/").text == "POST"
        assert client.put("/").status_code == 405
        assert allowed(client) == {"GET", "HEAD", "POST", "OPTIONS"}

    def test_methods_default_to_get(self, app: Flask, client: FlaskClient) -> None:
        """Without ``methods`` the view answers GET."""

        class Page(View):
            def dispatch_request(self) -> str:
                return "page"

        app.add_url_rule("/", view_func=Page.as_view("page"))

        assert client.get("/").text == "page"
        assert client.post("/").status_code == 405

    def test_automatic_options_can_be_turned_off(self, app: Flask, client: FlaskClient) -> None:
        """With its own OPTIONS the class answers that method itself."""

        class Page(View):
            methods = ["GET", "OPTIONS"]
            provide_automatic_options = False

            def dispatch_request(self) -> str:
                return f"own {request.method}"

        app.add_url_rule("/", view_func=Page.as_view("page"))

        assert client.options("/").text == "own OPTIONS"

    def test_instance_for_every_request_or_one_for_all(
        self, app: Flask, client: FlaskClient
    ) -> None:
        """By default each request has its instance; one may be shared."""

        class Counting(View):
            def __init__(self) -> None:
                self.count = 0

            def dispatch_request(self) -> str:
                self.count += 1
                return str(self.count)

        class Shared(Counting):
            init_every_request = False

        app.add_url_rule("/fresh", view_func=Counting.as_view("fresh"))
        app.add_url_rule("/shared", view_func=Shared.as_view("shared"))

        assert [client.get("/fresh").text for _ in range(2)] == ["1", "1"]
        assert [client.get("/shared").text for _ in range(2)] == ["1", "2"]

    def test_class_may_be_replaced(self, app: Flask, client: FlaskClient) -> None:
        """The class is looked up by each request, so a test may replace it on the function."""

        class Page(View):
            def dispatch_request(self) -> str:
                return type(self).__name__

        class Fake(Page):
            pass

        view: Any = Page.as_view("page")
        app.add_url_rule("/", view_func=view)
        assert client.get("/").text == "Page"

        view.view_class = Fake

        assert client.get("/").text == "Fake"

    def test_decorators(self, app: Flask, client: FlaskClient) -> None:
        """Decorators are applied in their order; the first, innermost one sees the view's name."""
        seen: list[tuple[str, str]] = []

        def decorator(mark: str) -> Any:
            def decorate(view: Any) -> Any:
                seen.append((view.__name__, view.__module__))

                def decorated(**values: Any) -> str:
                    return f"{mark}({view(**values)})"

                return decorated

            return decorate

        class Page(View):
            methods = ["POST"]
            decorators = [decorator("inner"), decorator("outer")]

            def dispatch_request(self) -> str:
                return "page"

        view: Any = Page.as_view("page")
        app.add_url_rule("/", view_func=view)

        assert client.post("/").text == "outer(inner(page))"
        assert seen == [("page", __name__), ("decorated", __name__)]
        assert (view.__name__, view.view_class) == ("page", Page)


class TestMethodView:
    def test_methods_are_found(self, app: Flask, client: FlaskClient) -> None:
        """Each method of the class that is named like an HTTP method answers it."""

        class Api(MethodView):
            def get(self, key: int) -> str:
                return f"get {key}"

            def delete(self, key: int) -> str:
                return f"delete {key}"

            def helper(self) -> None:
                pass

        app.add_url_rule("/<int:key>", view_func=Api.as_view("api"))

        assert client.get("/1").text == "get 1"
        assert client.delete("/2").text == "delete 2"
        assert client.post("/1").status_code == 405
        assert allowed(client, "/1") == {"GET", "HEAD", "DELETE", "OPTIONS"}

    def test_head(self, app: Flask, client: FlaskClient) -> None:
        """HEAD is answered by ``get`` unless there is a ``head``."""

        class Api(MethodView):
            def get(self) -> tuple[str, dict[str, str]]:
                return "x", {"X-By": "get"}

        class WithHead(Api):
            def head(self) -> tuple[str, dict[str, str]]:
                return "", {"X-By": "head"}

        app.add_url_rule("/a", view_func=Api.as_view("a"))
        app.add_url_rule("/b", view_func=WithHead.as_view("b"))

        assert client.head("/a").headers["X-By"] == "get"
        assert client.head("/b").headers["X-By"] == "head"

    def test_inheritance_adds_methods(self) -> None:
        """A subclass answers what its bases answer, and what it adds."""

        class Reading(MethodView):
            def get(self) -> str:
                return ""

        class Writing(MethodView):
            def put(self) -> str:
                return ""

        class Both(Reading, Writing):
            def post(self) -> str:
                return ""

        class Same(Both):
            pass

        class Mixin:
            def patch(self) -> str:
                return ""

        class Mixed(Mixin, MethodView):
            pass

        class Explicit(Both):
            methods = {"GET"}

        assert Reading.methods == {"GET"}
        assert Both.methods == {"GET", "PUT", "POST"}
        assert Same.methods == Both.methods
        assert Mixed.methods == {"PATCH"}
        assert Explicit.methods == {"GET"}
        assert MethodView.methods is None

    def test_class_without_methods(self) -> None:
        """A class that answers nothing yet has no methods, so that ``route`` decides."""

        class Abstract(MethodView):
            def helper(self) -> None:
                pass

        assert Abstract.methods is None

    def test_method_that_is_registered_but_missing(self, app: Flask, client: FlaskClient) -> None:
        """A rule for a method that the class lacks is the program's mistake."""

        class Api(MethodView):
            def get(self) -> str:
                return ""

        app.add_url_rule("/", view_func=Api.as_view("api"), methods=["GET", "POST"])

        with pytest.raises(AssertionError, match="Unimplemented method 'POST'"):
            client.post("/")

    def test_own_options(self, app: Flask, client: FlaskClient) -> None:
        """A method ``options`` answers OPTIONS."""

        class Api(MethodView):
            def get(self) -> str:
                return ""

            def options(self) -> str:
                return "own"

        app.add_url_rule("/", view_func=Api.as_view("api"))

        assert client.options("/").text == "own"

    def test_known_methods(self) -> None:
        """The HTTP methods that are looked for."""
        assert http_method_funcs == {
            *("get", "post", "head", "options", "delete", "put", "trace", "patch")
        }
