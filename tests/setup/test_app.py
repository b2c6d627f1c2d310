from __future__ import annotations

import runpy
import sys
import types
from pathlib import Path
from typing import Any

import jinja2
import pytest
from werkzeug.routing import Map, Rule

from flask import Blueprint, Flask, render_template_string
from flask.setup.app import _make_timedelta
from flask.templating import DispatchingJinjaLoader, Environment
from flask.testing import FlaskClient


class TestAddUrlRule:
    @pytest.mark.parametrize(
        ("attributes", "options", "methods", "automatic"),
        [
            ({}, {}, {"GET", "HEAD", "OPTIONS"}, True),
            ({}, {"methods": ["POST"]}, {"POST", "OPTIONS"}, True),
            ({}, {"methods": ["post", "Put"]}, {"POST", "PUT", "OPTIONS"}, True),
            ({}, {"methods": ["GET", "OPTIONS"]}, {"GET", "HEAD", "OPTIONS"}, False),
            ({"methods": ["PATCH"]}, {}, {"PATCH", "OPTIONS"}, True),
            ({"methods": ["PATCH"]}, {"methods": ["PUT"]}, {"PUT", "OPTIONS"}, True),
            ({"required_methods": ["LOCK"]}, {}, {"GET", "HEAD", "LOCK", "OPTIONS"}, True),
            ({"provide_automatic_options": False}, {}, {"GET", "HEAD"}, False),
            ({"provide_automatic_options": True}, {}, {"GET", "HEAD"}, True),
            ({}, {"provide_automatic_options": False}, {"GET", "HEAD"}, False),
            ({}, {"methods": []}, {"OPTIONS"}, True),
        ],
    )
    def test_methods_of_view_and_call(
        self, app: Flask, attributes: Any, options: Any, methods: set[str], automatic: bool
    ) -> None:
        """Methods come from the call, else from the view's attributes, else GET alone."""

        def view() -> str:
            return ""

        vars(view).update(attributes)
        app.add_url_rule("/", view_func=view, **options)
        (rule,) = app.url_map.iter_rules()

        assert rule.methods == methods
        assert rule.provide_automatic_options is automatic  # type: ignore[attr-defined]

    def test_methods_are_no_text(self, app: Flask) -> None:
        """Text instead of a list of methods is refused, showing the right form."""
        with pytest.raises(TypeError, match="Allowed methods must be a list of strings") as caught:
            app.add_url_rule("/", "index", str, methods="post")

        assert "POST" in str(caught.value)

    def test_other_options_reach_the_rule(self, app: Flask, client: FlaskClient) -> None:
        """Options of Werkzeug's rule are passed on."""
        app.add_url_rule("/lax", "lax", lambda: "lax", strict_slashes=False)
        app.add_url_rule("/page/", "page", lambda number: str(number), defaults={"number": 1})
        app.add_url_rule("/page/<int:number>", "page", None)
        app.add_url_rule("/old", "old", redirect_to="/new")
        app.add_url_rule("/merge//d", "merge", lambda: "m", merge_slashes=False)
        with pytest.raises(TypeError):
            app.add_url_rule("/x", "x", str, no_such_option=1)

        assert client.get("/lax/").text == "lax"
        assert client.get("/page/").text == "1"
        assert client.get("/page/1").status_code == 308
        assert client.get("/old").location == "http://localhost/new"
        assert client.get("/merge//d").text == "m"

    def test_other_view_for_an_endpoint_names_both(self, app: Flask) -> None:
        """Two views for one endpoint are refused, naming both functions and where they are."""

        def first() -> str:
            return ""

        def second() -> str:
            return ""

        app.add_url_rule("/1", "page", first)
        app.add_url_rule("/2", "page", first)
        with pytest.raises(
            AssertionError, match="View function mapping is overwriting an existing endpoint"
        ) as caught:
            app.add_url_rule("/3", "page", second)

        text = str(caught.value)
        assert "first" in text
        assert "second" in text
        assert text.count("test_app.py:") == 2

    def test_bound_method_twice_is_the_same_view(self, app: Flask) -> None:
        """Equal views, such as one method bound twice, are no conflict."""

        class Thing:
            def view(self) -> str:
                return ""

        thing = Thing()
        app.add_url_rule("/1", "page", thing.view)
        app.add_url_rule("/2", "page", thing.view)

        assert len(list(app.url_map.iter_rules())) == 2

    def test_rule_and_map_classes_are_seams(self) -> None:
        """An application may bring its own classes of rules and maps."""

        class OwnRule(Rule):
            pass

        class OwnMap(Map):
            pass

        class Shop(Flask):
            url_rule_class = OwnRule
            url_map_class = OwnMap

        shop = Shop("shop")
        shop.add_url_rule("/<name>", "index", lambda name: name)

        assert type(shop.url_map) is OwnMap
        assert {type(rule) for rule in shop.url_map.iter_rules()} == {OwnRule}
        assert shop.test_client().get("/ann").text == "ann"


SETUP_CALLS = {
    "route": lambda app: app.route("/late"),
    "get": lambda app: app.get("/late"),
    "post": lambda app: app.post("/late"),
    "put": lambda app: app.put("/late"),
    "delete": lambda app: app.delete("/late"),
    "patch": lambda app: app.patch("/late"),
    "add_url_rule": lambda app: app.add_url_rule("/late", "late", str),
    "endpoint": lambda app: app.endpoint("late"),
    "before_request": lambda app: app.before_request(str),
    "after_request": lambda app: app.after_request(str),
    "teardown_request": lambda app: app.teardown_request(str),
    "teardown_appcontext": lambda app: app.teardown_appcontext(str),
    "context_processor": lambda app: app.context_processor(dict),
    "shell_context_processor": lambda app: app.shell_context_processor(dict),
    "url_defaults": lambda app: app.url_defaults(str),
    "url_value_preprocessor": lambda app: app.url_value_preprocessor(str),
    "errorhandler": lambda app: app.errorhandler(404),
    "register_error_handler": lambda app: app.register_error_handler(404, str),
    "register_blueprint": lambda app: app.register_blueprint(Blueprint("late", "shop")),
    "template_filter": lambda app: app.template_filter(),
    "add_template_filter": lambda app: app.add_template_filter(str),
    "template_test": lambda app: app.template_test(),
    "add_template_test": lambda app: app.add_template_test(str),
    "template_global": lambda app: app.template_global(),
    "add_template_global": lambda app: app.add_template_global(str),
}


@pytest.mark.parametrize("name", SETUP_CALLS)
def test_late_setup_is_refused(app: Flask, client: FlaskClient, name: str) -> None:
    """After the first request setup is over: every call is refused, named, with the remedy."""
    client.get("/")

    with pytest.raises(
        AssertionError,
        match=f"The setup method '{name}' can no longer be called on the application",
    ) as caught:
        SETUP_CALLS[name](app)

    assert "before the application serves" in str(caught.value)


class TestName:
    def test_import_name(self) -> None:
        """The name is the import name."""
        assert Flask("shop.web").name == "shop.web"

    def test_program_is_named_like_its_file(self, tmp_path: Path) -> None:
        """An application in a program run as a script is named like the file."""
        script = tmp_path / "bakery.py"
        script.write_text("from flask import Flask\nname = Flask(__name__).name\n")

        assert runpy.run_path(str(script), run_name="__main__")["name"] == "bakery"

    def test_interactive_session_has_no_file(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without a file the name stays ``__main__``."""
        monkeypatch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))

        assert Flask("__main__").name == "__main__"


class TestInstancePath:
    def test_beside_the_code(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """For code run from its folder the instance folder is beside the module or package."""
        (tmp_path / "single_mod.py").write_text("")
        (tmp_path / "pack_age" / "inner").mkdir(parents=True)
        (tmp_path / "pack_age" / "__init__.py").write_text("")
        (tmp_path / "pack_age" / "inner" / "__init__.py").write_text("")
        monkeypatch.syspath_prepend(tmp_path)

        for name in ("single_mod", "pack_age", "pack_age.inner"):
            assert Flask(name).instance_path == str(tmp_path / "instance")

    def test_installed_code_has_it_under_var(self) -> None:
        """For installed packages it is below ``var`` of the installation."""
        assert Flask("werkzeug").instance_path == str(
            Path(sys.prefix) / "var" / "werkzeug-instance"
        )

    def test_finding_is_a_seam(self, tmp_path: Path) -> None:
        """``auto_find_instance_path`` may be overridden, and is not asked when a path is given."""

        class Shop(Flask):
            def auto_find_instance_path(self) -> str:
                return "/found"

        assert Shop("shop").instance_path == "/found"
        assert Shop("shop", instance_path=str(tmp_path)).instance_path == str(tmp_path)

    def test_configuration_files_relative_to_it(self, tmp_path: Path) -> None:
        """Configuration files are looked for there when asked, else beside the code."""
        (tmp_path / "a.cfg").write_text("A = 1")
        options: dict[str, Any] = {"instance_path": str(tmp_path), "root_path": "/nowhere"}
        inside = Flask("shop", instance_relative_config=True, **options)
        inside.config.from_pyfile("a.cfg")

        assert inside.config["A"] == 1
        with pytest.raises(FileNotFoundError):
            Flask("shop", **options).config.from_pyfile("a.cfg")


class TestJinja:
    def test_environment_is_made_once_and_late(self, app: Flask) -> None:
        """The environment is made when it is first asked for, with the options set until then."""
        app.jinja_options = {"trim_blocks": True}

        environment = app.jinja_env

        assert environment is app.jinja_env
        assert type(environment) is Environment
        assert environment.app is app
        assert environment.trim_blocks is True
        assert type(environment.loader) is DispatchingJinjaLoader

    def test_seams(self) -> None:
        """Class, options, loader and autoescape rule may be replaced."""

        class OwnEnvironment(Environment):
            pass

        class Shop(Flask):
            jinja_environment = OwnEnvironment
            jinja_options = {"variable_start_string": "[[", "variable_end_string": "]]"}

            def create_global_jinja_loader(self) -> Any:
                return jinja2.DictLoader({"a.txt": "[[ '<' ]]"})

            def select_jinja_autoescape(self, filename: str | None) -> bool:
                return True

        shop = Shop("shop")

        assert type(shop.jinja_env) is OwnEnvironment
        assert shop.jinja_env.get_template("a.txt").render() == "&lt;"

    @pytest.mark.parametrize(
        ("name", "escaped"),
        [
            ("a.html", True),
            ("a.htm", True),
            ("a.xml", True),
            ("a.xhtml", True),
            ("a.svg", True),
            ("a.txt", False),
            ("a.js", False),
            ("a.html.txt", False),
            (None, True),
        ],
    )
    def test_autoescape_by_name(self, app: Flask, name: str | None, escaped: bool) -> None:
        """Markup is escaped, other text is not, text without a name is."""
        assert app.select_jinja_autoescape(name) is escaped

    @pytest.mark.parametrize(
        ("settings", "options", "reload"),
        [
            ({}, {}, False),
            ({"DEBUG": True}, {}, True),
            ({"TEMPLATES_AUTO_RELOAD": True}, {}, True),
            ({"DEBUG": True, "TEMPLATES_AUTO_RELOAD": False}, {}, False),
            ({"TEMPLATES_AUTO_RELOAD": True}, {"auto_reload": False}, False),
        ],
    )
    def test_auto_reload(
        self, app: Flask, settings: dict[str, Any], options: dict[str, Any], reload: bool
    ) -> None:
        """Templates are reloaded in debug mode unless a setting or option says otherwise."""
        app.config.update(settings)
        app.jinja_options = options

        assert app.jinja_env.auto_reload is reload

    def test_debug_switched_later(self, app: Flask) -> None:
        """Turning debug mode on or off later changes reloading, unless a setting decides."""
        assert app.jinja_env.auto_reload is False
        app.debug = True
        assert app.jinja_env.auto_reload is True

        app.config["TEMPLATES_AUTO_RELOAD"] = True
        app.debug = False
        assert app.jinja_env.auto_reload is True

    def test_globals(self, app: Flask) -> None:
        """Every template has these names, imported ones too."""
        assert {"url_for", "get_flashed_messages", "config", "request", "session", "g"} <= set(
            app.jinja_env.globals
        )

    def test_filters_tests_and_globals(self, app: Flask) -> None:
        """Functions are registered by decorator or call, under their name or another."""

        @app.template_filter()
        def double(value: str) -> str:
            return value * 2

        @app.template_filter("loud")
        def shout(value: str) -> str:
            return value.upper()

        @app.template_test(name="tiny")
        def is_tiny(value: int) -> bool:
            return value < 3

        @app.template_global()
        def answer() -> int:
            return 42

        app.add_template_filter(str.title)
        app.add_template_test(str.isdigit, "digits")
        app.add_template_global(len, name="length_of")
        source = (
            "{{ 'a'|double|loud }} {{ 'b c'|title }} {{ 2 is tiny }} {{ '7' is digits }}"
            " {{ answer() }} {{ length_of('abc') }}"
        )
        with app.app_context():
            assert render_template_string(source) == "AA B C True True 42 3"
        assert double("x") == "xx"


@pytest.mark.parametrize(("value", "seconds"), [(None, None), (60, 60.0)])
def test_make_timedelta(value: Any, seconds: float | None) -> None:
    """Durations may be given in seconds; None stays None."""
    duration = _make_timedelta(value)

    assert (duration and duration.total_seconds()) == seconds


def test_default_settings() -> None:
    """The settings that an application starts with."""
    config = Flask("shop").config

    assert config["DEBUG"] is False
    assert config["MAX_FORM_PARTS"] == 1000
    assert config["SESSION_COOKIE_NAME"] == "session"
    assert config["APPLICATION_ROOT"] == "/"
