from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import werkzeug.wrappers
from werkzeug.exceptions import Aborter, HTTPException, NotFound, default_exceptions

import flask
from flask import (
    Flask,
    Response,
    abort,
    flash,
    get_flashed_messages,
    get_template_attribute,
    redirect,
    session,
)
from flask.helpers import get_debug_flag, get_load_dotenv, get_root_path
from flask.testing import FlaskClient


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, False),
        ("", False),
        ("0", False),
        ("False", False),
        ("No", False),
        ("1", True),
        ("True", True),
        ("anything", True),
        ("off", True),
    ],
)
def test_debug_flag(monkeypatch: pytest.MonkeyPatch, value: str | None, expected: bool) -> None:
    """FLASK_DEBUG is on unless unset, empty or one of three words."""
    if value is not None:
        monkeypatch.setenv("FLASK_DEBUG", value)

    assert get_debug_flag() is expected


@pytest.mark.parametrize(
    ("value", "default", "expected"),
    [
        (None, True, True),
        (None, False, False),
        ("", True, True),
        ("1", True, False),
        ("yes", True, False),
        ("0", False, True),
        ("false", False, True),
    ],
)
def test_load_dotenv_flag(
    monkeypatch: pytest.MonkeyPatch, value: str | None, default: bool, expected: bool
) -> None:
    """FLASK_SKIP_DOTENV forbids reading dotenv files, unset it leaves the default."""
    if value is not None:
        monkeypatch.setenv("FLASK_SKIP_DOTENV", value)

    assert get_load_dotenv(default) is expected


class TestAbort:
    def test_status_and_arguments(self) -> None:
        """Without an app Werkzeug's exceptions are raised, with the arguments given."""
        with pytest.raises(NotFound, match="Not here"):
            abort(404, "Not here.")
        with pytest.raises(LookupError):
            abort(299)

    def test_every_known_status(self, app: Flask) -> None:
        """Every HTTP error that Werkzeug knows can be raised by its number."""
        with app.app_context():
            for code, error in default_exceptions.items():
                with pytest.raises(error):
                    abort(code)

    def test_the_aborter_of_the_app_is_asked(self, app: Flask) -> None:
        """``app.aborter`` decides what a status raises."""

        class Full(HTTPException):
            code = 507

        app.aborter = Aborter(extra={507: Full})
        with app.app_context(), pytest.raises(Full):
            abort(507)

    def test_aborter_class_and_maker_are_seams(self) -> None:
        """A subclass may bring a class of aborters, or make the aborter itself."""

        class Own(Aborter):
            pass

        class WithClass(Flask):
            aborter_class = Own

        class WithMaker(Flask):
            def make_aborter(self) -> Aborter:
                return Own()

        assert type(WithClass("shop").aborter) is Own
        assert type(WithMaker("shop").aborter) is Own


class TestRedirect:
    def test_inside_an_app(self, app: Flask) -> None:
        """The redirect is a response of the app's class."""

        class Own(Response):
            pass

        app.response_class = Own
        with app.app_context():
            response = redirect("/next", 303)

        assert type(response) is Own
        assert (response.status_code, response.location) == (303, "/next")
        assert b"/next" in response.data

    def test_the_method_of_the_app_is_asked(self, app: Flask) -> None:
        """``app.redirect`` decides, with the status as keyword."""
        app.redirect = lambda location, code=302: (location, code)  # type: ignore[assignment]
        with app.app_context():
            assert redirect("/a") == ("/a", 302)

    def test_outside_of_an_app(self) -> None:
        """Without an app a class may be given."""

        class Own(werkzeug.wrappers.Response):
            pass

        assert type(redirect("/")) is werkzeug.wrappers.Response
        assert type(redirect("/", Response=Own)) is Own

    def test_location_is_sent_as_it_is(self, client: FlaskClient, app: Flask) -> None:
        """A relative location stays relative in the header."""
        app.add_url_rule("/", "index", lambda: redirect("../up?q=é"))

        assert client.get("/").headers["Location"] == "../up?q=%C3%A9"


class TestFlash:
    def test_messages_are_taken_once(self, app: Flask, client: FlaskClient) -> None:
        """A message survives the redirect, is shown once in a request, and is gone in the next."""

        @app.route("/say")
        def say() -> Response:
            flash("Saved.")
            flash("Careful!", "warning")
            return redirect("/show")  # type: ignore[return-value]

        @app.route("/show")
        def show() -> list[Any]:
            return [get_flashed_messages(), get_flashed_messages(with_categories=True)]

        first = client.get("/say", follow_redirects=True).json
        assert first == [
            ["Saved.", "Careful!"],
            [["message", "Saved."], ["warning", "Careful!"]],
        ]
        assert client.get("/show").json == [[], []]

    def test_filters(self, app: Flask) -> None:
        """Categories can be chosen; the order stays."""
        with app.test_request_context():
            for text, category in (("a", "x"), ("b", "y"), ("c", "x"), ("d", "z")):
                flash(text, category)

            assert get_flashed_messages(category_filter=["x", "z"]) == ["a", "c", "d"]
            assert get_flashed_messages(True, ("y",)) == [("y", "b")]
            assert get_flashed_messages(category_filter=["none"]) == []

    def test_message_may_be_any_value(self, app: Flask, client: FlaskClient) -> None:
        """What the session can hold can be flashed, markup and tuples included."""
        from markupsafe import Markup

        @app.route("/say")
        def say() -> str:
            flash(Markup("<b>x</b>"))  # type: ignore[arg-type]
            flash(("a", 1))  # type: ignore[arg-type]
            return ""

        @app.route("/show")
        def show() -> str:
            return repr(get_flashed_messages())

        client.get("/say")

        assert client.get("/show").text == "[Markup('<b>x</b>'), ('a', 1)]"

    def test_signal(self, app: Flask) -> None:
        """``message_flashed`` tells text and category."""
        heard: list[Any] = []

        def hear(sender: Flask, message: str, category: str, **extra: Any) -> None:
            heard.append((sender, message, category))

        with (
            flask.message_flashed.connected_to(hear, app),
            app.test_request_context(),
        ):
            flash("x", "y")

        assert heard == [(app, "x", "y")]

    def test_asking_without_messages_changes_nothing(self, app: Flask) -> None:
        """Looking for messages counts as looking at the session, and not as a change."""
        with app.test_request_context():
            assert get_flashed_messages() == []
            assert session.modified is False
            assert session.accessed is True

    def test_appending_keeps_earlier_requests_messages(
        self, app: Flask, client: FlaskClient
    ) -> None:
        """Messages that nobody showed wait."""
        app.add_url_rule("/say/<text>", "say", lambda text: flash(text) or "")
        app.add_url_rule("/show", "show", lambda: get_flashed_messages())
        client.get("/say/a")
        client.get("/say/b")

        assert client.get("/show").json == ["a", "b"]


def test_template_attribute(app: Flask, tmp_path: Path) -> None:
    """A macro of a template can be called from Python."""
    Path(tmp_path, "tools.html").write_text("{% macro hi(name) %}Hi {{ name }}{% endmacro %}")
    app.root_path = str(tmp_path)
    app.template_folder = "."
    with app.app_context():
        hi = get_template_attribute("tools.html", "hi")

        assert hi("<b>") == "Hi &lt;b&gt;"


class TestGetRootPath:
    def test_module_and_package(self) -> None:
        """The folder of a module's file, of a package's folder."""
        assert get_root_path("json.decoder") == str(Path(sys.modules["json"].__file__ or "").parent)
        assert get_root_path("email") == str(Path(os.__file__).parent / "email")

    def test_unknown_name_is_the_working_directory(self, tmp_path: Path, monkeypatch: Any) -> None:
        """A name that cannot be imported stands for the working directory."""
        monkeypatch.chdir(tmp_path)

        for name in ("no_such_module_at_all", "no_such.module", "__main__x"):
            assert get_root_path(name) == str(tmp_path)

    def test_imported_module_knows_its_file(self, monkeypatch: Any, tmp_path: Path) -> None:
        """A module that is imported already is asked first."""
        module = ModuleType("made_up")
        module.__file__ = str(tmp_path / "made_up.py")
        monkeypatch.setitem(sys.modules, "made_up", module)

        assert get_root_path("made_up") == str(tmp_path)

    def test_namespace_package_has_no_folder(self, monkeypatch: Any, tmp_path: Path) -> None:
        """An imported namespace package may have several folders: the error asks for root_path."""
        (tmp_path / "namespace_pkg").mkdir()
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.chdir(tmp_path)
        assert get_root_path("namespace_pkg") == str(tmp_path), "a folder that is not imported"

        module = importlib.import_module("namespace_pkg")
        with pytest.raises(RuntimeError, match="No root path can be found") as caught:
            get_root_path("namespace_pkg")

        del sys.modules[module.__name__]
        assert "root_path" in str(caught.value)

    def test_loader_without_a_file_name(self, monkeypatch: Any, tmp_path: Path) -> None:
        """When the loader knows no file, the module is imported and asked."""

        class Loader:
            def create_module(self, spec: Any) -> None:
                return None

            def exec_module(self, module: ModuleType) -> None:
                if module.__name__ == "hooked":
                    module.__file__ = str(tmp_path / "hooked.py")

        class Finder:
            def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
                from importlib.machinery import ModuleSpec

                return ModuleSpec(name, Loader()) if name.startswith("hooked") else None  # type: ignore[arg-type]

        monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder()])
        try:
            assert get_root_path("hooked") == str(tmp_path)
            with pytest.raises(RuntimeError, match="No root path can be found"):
                get_root_path("hooked_without_file")
        finally:
            sys.modules.pop("hooked", None)
            sys.modules.pop("hooked_without_file", None)
