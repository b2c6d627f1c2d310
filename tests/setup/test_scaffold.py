from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from werkzeug.exceptions import HTTPException, NotFound

from flask import Blueprint, Flask
from flask.setup.scaffold import Scaffold, _endpoint_from_view_func, setupmethod
from flask.testing import FlaskClient


class TestRoutes:
    @pytest.mark.parametrize("method", ["get", "post", "put", "delete", "patch"])
    def test_one_method(self, app: Flask, client: FlaskClient, method: str) -> None:
        """The shortcut registers a view for one method, HEAD coming with GET."""

        @getattr(app, method)("/")
        def view() -> str:
            return method

        (rule,) = app.url_map.iter_rules()
        extra = {"HEAD"} if method == "get" else set()
        assert rule.methods == {method.upper(), "OPTIONS"} | extra
        assert getattr(client, method)("/").text == method

    def test_shortcut_takes_no_methods(self, app: Flask) -> None:
        """A shortcut that is given methods is a mistake, and the error says what to use."""
        with pytest.raises(TypeError, match="Use the 'route' decorator"):
            app.get("/", methods=["POST"])

    def test_decorator_returns_the_view(self, app: Flask) -> None:
        """The decorated function stays what it was, so decorators can be stacked."""

        @app.route("/a")
        @app.route("/b", endpoint="other")
        def view() -> str:
            return ""

        assert view() == ""
        assert {rule.endpoint for rule in app.url_map.iter_rules()} == {"view", "other"}

    def test_endpoint_of_a_rule_without_view(self, app: Flask, client: FlaskClient) -> None:
        """A rule may be registered first, its view later."""
        app.add_url_rule("/", endpoint="later")

        @app.endpoint("later")
        def view() -> str:
            return "here"

        assert client.get("/").text == "here"

    def test_endpoint_comes_from_the_view(self) -> None:
        """Without endpoint the view's name is it; without view there must be one."""
        assert _endpoint_from_view_func(test_folder_names) == "test_folder_names"
        with pytest.raises(AssertionError, match="expected view func if endpoint is not provided"):
            _endpoint_from_view_func(None)


class TestErrorHandlers:
    def test_table(self, app: Flask) -> None:
        """Handlers are kept by scope, status and class; status and class of a known error agree."""

        def by_code(error: Any) -> str:
            return ""

        def by_class(error: Any) -> str:
            return ""

        assert app.errorhandler(404)(by_code) is by_code
        app.register_error_handler(KeyError, by_class)
        app.register_error_handler(HTTPException, by_class)

        assert {code: dict(found) for code, found in app.error_handler_spec[None].items()} == {
            404: {NotFound: by_code},
            None: {KeyError: by_class, HTTPException: by_class},
        }

    def test_later_handler_replaces(self, app: Flask, client: FlaskClient) -> None:
        """The last handler registered for a class is the one."""
        app.register_error_handler(404, lambda error: "first")
        app.register_error_handler(NotFound, lambda error: "second")

        assert client.get("/nowhere").text == "second"

    @pytest.mark.parametrize(
        ("key", "error", "text"),
        [
            (999, ValueError, "'999' is not a recognized HTTP error code"),
            (200, ValueError, "'200' is not a recognized HTTP error code"),
            (ValueError("x"), TypeError, "is an instance, not a class"),
            (int, ValueError, "'int' is not a subclass of Exception"),
            (KeyboardInterrupt, ValueError, "'KeyboardInterrupt' is not a subclass of Exception"),
            ("404", TypeError, "must be a class"),
        ],
    )
    def test_wrong_keys(self, app: Flask, key: Any, error: type[Exception], text: str) -> None:
        """What is no HTTP error and no exception class is refused, telling why."""
        with pytest.raises(error, match=text):
            app.register_error_handler(key, str)

    def test_helper_is_reachable(self) -> None:
        """The rule that reads a key is the same for apps and blueprints."""
        assert Flask._get_exc_class_and_code(404) == (NotFound, 404)
        assert Blueprint._get_exc_class_and_code(KeyError) == (KeyError, None)


class TestFolders:
    def test_template_folder(self, tmp_path: Path) -> None:
        """The loader reads the template folder, absolute or below the root path."""
        (tmp_path / "a.html").write_text("page")
        for folder in (".", tmp_path, str(tmp_path)):
            part = Blueprint("part", "shop", root_path=str(tmp_path), template_folder=folder)
            assert part.jinja_loader is not None
            assert part.jinja_loader.list_templates() == ["a.html"]

    def test_without_template_folder(self) -> None:
        """Without a template folder there is no loader; one may be assigned."""
        part = Blueprint("part", "shop")
        assert part.jinja_loader is None

        part.jinja_loader = "own"

        assert part.jinja_loader == "own"


@pytest.mark.parametrize(
    ("folder", "absolute", "url_path"),
    [
        (None, None, None),
        ("static", "/root/static", "/static"),
        ("a/b/", "/root/a/b", "/b"),
        ("/abs/dir", "/abs/dir", "/dir"),
        ("../up", "/root/../up", "/up"),
        (Path("p"), "/root/p", "/p"),
        ("a\\", "/root/a", "/a"),
        ("", "/root/", ""),
    ],
)
def test_folder_names(folder: Any, absolute: str | None, url_path: str | None) -> None:
    """The static folder is below the root path unless absolute; its name is the URL path."""
    part = Blueprint("part", "shop", root_path="/root", static_folder=folder)

    assert part.static_folder == absolute
    assert part.static_url_path == url_path
    assert part.has_static_folder is (folder is not None)


def test_static_url_path_may_be_set() -> None:
    """The URL path may be set and unset again."""
    part = Blueprint("part", "shop", root_path="/root", static_folder="static")
    part.static_url_path = "/files/"
    assert part.static_url_path == "/files"

    part.static_url_path = None

    assert part.static_url_path == "/static"


class TestScaffold:
    def test_two_methods_are_left_to_subclasses(self) -> None:
        """The common class neither registers rules nor knows when setup is over."""
        scaffold = Scaffold("shop")
        with pytest.raises(NotImplementedError):
            scaffold._check_setup_finished("x")

        class Open(Scaffold):
            def _check_setup_finished(self, f_name: str) -> None:
                pass

        with pytest.raises(NotImplementedError):
            Open("shop").add_url_rule("/")

    def test_setupmethod_of_an_extension(self) -> None:
        """A subclass may protect its own setup methods; the name is in the error."""

        class Shop(Flask):
            @setupmethod
            def add_thing(self, thing: str) -> str:
                """Add a thing."""
                return f"added {thing}"

        shop = Shop("shop")
        assert shop.add_thing("a") == "added a"
        assert Shop.add_thing.__doc__ == "Add a thing."
        shop.test_client().get("/")

        with pytest.raises(AssertionError, match="'add_thing' can no longer be called"):
            shop.add_thing("b")
