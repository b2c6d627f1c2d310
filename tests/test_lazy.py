from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from flask import Flask
from flask.lazy import LazyAttribute, LazyClass, former_names_of


class Thing:
    asked = 0

    @LazyAttribute
    def value(self) -> int:
        """Count how often it was asked for."""
        type(self).asked += 1
        return type(self).asked

    path = LazyClass("pathlib", "PurePath")


@pytest.fixture(autouse=True)
def fresh() -> None:
    Thing.asked = 0


def test_value_is_computed_once_for_each_instance() -> None:
    """The first read computes, the next ones find the value."""
    one, other = Thing(), Thing()

    assert (one.value, one.value, other.value) == (1, 1, 2)
    assert vars(one) == {"value": 1}


def test_assigned_value_wins_and_deleting_computes_anew() -> None:
    """It may be assigned without being computed, and forgotten again."""
    one = Thing()
    one.value = 7
    assert (one.value, Thing.asked) == (7, 0)

    del one.value

    assert one.value == 1


def test_on_the_class_it_is_itself() -> None:
    """Read on the class it is the descriptor, with the function's docstring."""
    assert isinstance(Thing.value, LazyAttribute)
    assert Thing.value.__doc__ == "Count how often it was asked for."


def test_class_of_a_heavy_module() -> None:
    """A named class is imported when it is read, on class and instance, and may be overridden."""
    from pathlib import PurePath

    class Other(Thing):
        path = str

    one = Thing()
    assert Thing.path is one.path is PurePath
    assert Other.path is str
    one.path = int
    assert one.path is int


def test_former_names_leave_the_import_system_alone() -> None:
    """``__path__``, which imports ask every module for, is no former name."""
    with pytest.raises(AttributeError, match="__path__"):
        former_names_of("flask")("__path__")
    with pytest.raises(AttributeError, match="no attribute 'never_was'"):
        former_names_of("flask")("never_was")


HEAVY = ("jinja2", "click", "asyncio", "greenlet", "concurrent.futures", "flask.testing")


def modules_loaded_by(program: str) -> set[str]:
    """Run a program in a fresh interpreter and return the modules it loaded."""
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(done.stdout.split())


def test_heavy_modules_wait_until_they_are_used() -> None:
    """Importing Flask, making an app and serving a request load no Jinja, Click or asyncio."""
    loaded = modules_loaded_by(
        "from flask import Flask, request, session, url_for\n"
        "app = Flask('shop')\n"
        "app.add_url_rule('/<int:n>', 'index', lambda n: {'n': n})\n"
        "environ = {'REQUEST_METHOD': 'GET', 'PATH_INFO': '/1', 'SERVER_NAME': 'x',"
        " 'SERVER_PORT': '80', 'wsgi.url_scheme': 'http'}\n"
        "assert app(environ, lambda status, headers: None) == [b'{\"n\":1}\\n']"
    )

    assert loaded.isdisjoint(HEAVY)


@pytest.mark.parametrize(
    ("use", "module"),
    [
        ("flask.render_template_string", None),
        ("flask.cli.AppGroup", "click"),
        ("flask.app.Environment", "jinja2"),
        ("flask.templating.Environment", "jinja2"),
        ("flask.templating.DispatchingJinjaLoader", "jinja2"),
        ("flask.Flask.jinja_environment", "jinja2"),
        ("flask.Flask('shop').jinja_env", "jinja2"),
        ("flask.Flask('shop').cli", "click"),
        ("flask.Flask('shop').test_client()", "flask.testing"),
        ("flask.sansio.app.App", "flask.sansio.app"),
        ("flask.testing.FlaskClient", "flask.testing"),
        ("flask.typing.ResponseReturnValue", "flask.typing"),
        ("flask.views.View", "flask.views"),
    ],
)
def test_heavy_names_resolve_without_another_import(use: str, module: str | None) -> None:
    """``import flask`` is enough for every public name, however late its module comes."""
    namespace: dict[str, Any] = {}
    exec(f"import flask\nfound = {use}", namespace)

    assert namespace["found"] is not None
    assert module is None or module in sys.modules


def test_late_module_is_imported_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that ``import flask`` leaves out comes when its name is read."""
    import flask

    monkeypatch.delattr(flask, "views")

    assert flask.views is sys.modules["flask.views"]


def test_unknown_names_are_refused() -> None:
    """A name that never was is an AttributeError of its module."""
    import flask.app
    import flask.templating

    for module in (flask, flask.app, flask.templating):
        with pytest.raises(AttributeError, match="never_was"):
            _ = module.never_was


def test_app_without_commands_has_no_group() -> None:
    """Making an app and a blueprint creates no Click group."""
    assert "cli" not in vars(Flask("shop"))
