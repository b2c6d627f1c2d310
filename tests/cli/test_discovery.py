from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from flask import Flask
from flask.cli import (
    NoAppException,
    ScriptInfo,
    find_app_by_string,
    find_best_app,
    locate_app,
    prepare_import,
)


def make_module(**names: Any) -> ModuleType:
    module = ModuleType("shop")
    vars(module).update(names)
    return module


def create_for(name: str, suffix: str = "") -> Flask:
    return Flask(name + suffix)


def fail_inside() -> Flask:
    raise TypeError("from inside")


class TestFindBestApp:
    @pytest.mark.parametrize(
        ("names", "expected"),
        [
            ({"application": Flask("b"), "app": Flask("a"), "other": Flask("c")}, "a"),
            ({"application": Flask("b"), "other": Flask("c")}, "b"),
            ({"app": "no application", "application": Flask("b")}, "b"),
            ({"only": Flask("c"), "create_app": lambda: Flask("d")}, "c"),
            ({"create_app": lambda: Flask("d"), "make_app": lambda: Flask("e")}, "d"),
            ({"make_app": lambda: Flask("e")}, "e"),
            ({"create_app": lambda: None, "make_app": lambda: Flask("e")}, "e"),
            ({"create_app": lambda name="f": Flask(name)}, "f"),
        ],
    )
    def test_order_of_preference(self, names: dict[str, Any], expected: str) -> None:
        """The usual names come first, then an only application, then the factories."""
        assert find_best_app(make_module(**names)).name == expected

    def test_several_are_refused_by_name(self) -> None:
        """Of several applications none is guessed; the message names them and the remedy."""
        with pytest.raises(NoAppException) as caught:
            find_best_app(make_module(one=Flask("x"), two=Flask("y")))

        assert caught.value.message == (
            "Detected multiple Flask applications in module 'shop'. Use 'shop:name' to specify the"
            " correct one. Found: one, two."
        )

    @pytest.mark.parametrize(
        "names", [{}, {"create_app": 5}, {"create_app": partial(Flask, "x")}, {"app": Flask}]
    )
    def test_none(self, names: dict[str, Any]) -> None:
        """A module without application or factory function is refused with the remedy."""
        with pytest.raises(NoAppException) as caught:
            find_best_app(make_module(**names))

        assert caught.value.message == (
            "Failed to find Flask application or factory in module 'shop'. Use 'shop:name' to"
            " specify one."
        )

    def test_factory_that_needs_arguments(self) -> None:
        """A factory that cannot be called without arguments is named with the remedy."""
        with pytest.raises(NoAppException) as caught:
            find_best_app(make_module(create_app=create_for))

        assert caught.value.message == (
            "Detected factory 'create_app' in module 'shop', but could not call it without"
            " arguments. Use 'shop:create_app(args)' to specify arguments."
        )

    def test_error_inside_the_factory(self) -> None:
        """A TypeError from within a factory is the user's to see, unchanged."""
        with pytest.raises(TypeError, match="from inside"):
            find_best_app(make_module(create_app=fail_inside))


class TestFindAppByString:
    module = make_module(
        app=Flask("plain"),
        create_app=create_for,
        bare=lambda: Flask("bare"),
        collect=lambda *args, **kwargs: Flask(f"{args} {kwargs}"),
        fail_inside=fail_inside,
        number=lambda: 3,
        Flask=Flask,
    )

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("app", "plain"),
            ("app()", "plain"),
            (" app\n", "plain"),
            ("bare", "bare"),
            ("bare( )", "bare"),
            ("create_app('a')", "a"),
            ("create_app('a', 'b')", "ab"),
            ("create_app(suffix='b', name=\"a\")", "ab"),
            ("collect(-1, [1, {2: None}], k=True)", "(-1, [1, {2: None}]) {'k': True}"),
        ],
    )
    def test_names_and_calls(self, text: str, expected: str) -> None:
        """A name is looked up, a function called, a call made with its literals."""
        assert find_app_by_string(self.module, text).name == expected

    @pytest.mark.parametrize(
        ("text", "first_clause"),
        [
            ("", "Failed to parse '' as an attribute name or function call."),
            ("app.name", "Failed to parse 'app.name' as an attribute name or function call."),
            ("app(", "Failed to parse 'app(' as an attribute name or function call."),
            ("bare()()", "Function reference must be a simple name: 'bare()()'."),
            ("app.make()", "Function reference must be a simple name: 'app.make()'."),
            ("collect(x)", "Failed to parse arguments as literal values: 'collect(x)'."),
            ("collect(1+1)", "Failed to parse arguments as literal values: 'collect(1+1)'."),
            ("missing", "Failed to find attribute 'missing' in 'shop'. Applications there: app."),
            (
                "create_app",
                "The factory 'create_app' in module 'shop' could not be called with the specified"
                " arguments. It is defined as create_app(name",
            ),
            (
                "create_app(1, 2, 3)",
                "The factory 'create_app(1, 2, 3)' in module 'shop' could not be called with the"
                " specified arguments.",
            ),
            ("number", "A valid Flask application was not obtained from 'shop:number'."),
            (
                "Flask('x')",
                "A valid Flask application was not obtained from 'shop:Flask('x')'. It is an object of"
                " type 'type'.",
            ),
        ],
    )
    def test_refusals(self, text: str, first_clause: str) -> None:
        """What is no name, no literal call, or no application is refused, saying which."""
        with pytest.raises(NoAppException) as caught:
            find_app_by_string(self.module, text)

        assert caught.value.message.startswith(first_clause)

    def test_error_inside_the_factory(self) -> None:
        """A TypeError from within a called function is the user's to see, unchanged."""
        with pytest.raises(TypeError, match="from inside"):
            find_app_by_string(self.module, "fail_inside()")


class TestPrepareImport:
    @pytest.mark.parametrize(
        ("path", "module", "folder"),
        [
            ("hello", "hello", "."),
            ("hello.py", "hello", "."),
            ("./hello.py", "hello", "."),
            ("pkg", "pkg", "."),
            ("pkg/__init__.py", "pkg", "."),
            ("pkg/sub/mod.py", "pkg.sub.mod", "."),
            ("pkg.sub.mod", "pkg.sub.mod", "."),
            ("src/thing.py", "thing", "src"),
            ("src/inner", "inner", "src"),
            ("missing.py", "missing", "."),
        ],
    )
    def test_module_and_folder(self, project: Any, path: str, module: str, folder: str) -> None:
        """A path becomes a dotted name below the folder of the outermost package."""
        for file in ("pkg/__init__.py", "pkg/sub/__init__.py", "pkg/sub/mod.py", "src/thing.py"):
            project.write(file, "")

        assert prepare_import(path) == module
        assert sys.path[0] == str((project.folder / folder).resolve())

    def test_path_is_put_in_once(self, project: Any) -> None:
        """A folder that leads the import path already is not added again."""
        prepare_import("hello")
        length = len(sys.path)

        prepare_import("hello")

        assert len(sys.path) == length


class TestLocateApp:
    @pytest.mark.parametrize("name", ["nowhere", "nowhere.deeper", "pkg.nowhere"])
    def test_missing_module(self, project: Any, name: str) -> None:
        """A module that does not exist is an error, or None for who only tries."""
        project.write("pkg/__init__.py", "")

        with pytest.raises(NoAppException) as caught:
            locate_app(name, None)

        assert caught.value.message.startswith(f"Could not import {name!r}. ")
        assert locate_app(name, None, raise_if_not_found=False) is None

    def test_variable_taken_for_a_module(self, project: Any) -> None:
        """Whoever writes a dot where a colon belongs is told so."""
        project.write("hello.py", "app = 1")

        with pytest.raises(NoAppException, match="write 'hello:app'"):
            locate_app("hello.app", None)

    @pytest.mark.parametrize(
        ("source", "last_line"),
        [
            ("import nowhere", "ModuleNotFoundError: No module named 'nowhere'"),
            ("raise ImportError('own words')", "ImportError: own words"),
            ("import broken.deeper", "'broken' is not a package"),
        ],
    )
    def test_import_error_inside(self, project: Any, source: str, last_line: str) -> None:
        """An ImportError of the user's module is shown with the user's part of the traceback."""
        project.write("broken.py", source)

        with pytest.raises(NoAppException) as caught:
            locate_app("broken", None, raise_if_not_found=False)

        message = caught.value.message
        assert message.startswith(
            "While importing 'broken', an ImportError was raised:\n\nTraceback"
        )
        assert f'broken.py", line 1, in <module>\n    {source}\n' in message
        assert message.rstrip().endswith(last_line)
        assert "discovery.py" not in message

    def test_other_errors_pass(self, project: Any) -> None:
        """Any other error while importing is the user's to see, unchanged."""
        project.write("broken.py", "1 / 0")

        with pytest.raises(ZeroDivisionError):
            locate_app("broken", None)


class TestScriptInfo:
    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("hello", "hello"),
            ("hello.py:app", "hello"),
            ("hello:create('a:b')", "a:b"),
            ("pkg/mod.py", "pkg.mod"),
            ("pkg.mod:app", "pkg.mod"),
        ],
    )
    def test_import_path(self, project: Any, path: str, expected: str) -> None:
        """The import path is a module or file, then a colon and a name if need be."""
        source = (
            "from flask import Flask\napp = Flask(__name__)\ndef create(name): return Flask(name)\n"
        )
        project.write("hello.py", source)
        project.write("pkg/__init__.py", "")
        project.write("pkg/mod.py", source)
        info = ScriptInfo(path)

        app = info.load_app()

        assert app.name == expected
        assert info.load_app() is app

    def test_windows_drive(self, project: Any) -> None:
        """The colon of a Windows drive does not separate a name."""
        with pytest.raises(NoAppException, match="Could not import"):
            ScriptInfo(r"C:\nowhere\hello.py").load_app()

    def test_callback_wins(self) -> None:
        """A ``create_app`` callback is used instead of any import path."""
        assert ScriptInfo("nowhere", create_app=lambda: Flask("made")).load_app().name == "made"

    def test_default_files(self, project: Any) -> None:
        """Without a path, ``wsgi.py`` is tried before ``app.py``."""
        project.write("app.py", "from flask import Flask\napp = Flask('from_app')")
        assert ScriptInfo().load_app().name == "from_app"

        project.write("wsgi.py", "from flask import Flask\napp = Flask('from_wsgi')")
        assert ScriptInfo().load_app().name == "from_wsgi"

    def test_default_file_without_app(self, project: Any) -> None:
        """A default file that exists must hold an application; the next is not tried."""
        project.write("wsgi.py", "")
        project.write("app.py", "from flask import Flask\napp = Flask('from_app')")

        with pytest.raises(NoAppException, match="Failed to find Flask application or factory"):
            ScriptInfo().load_app()

    def test_factory_of_a_stand_in(self) -> None:
        """What wraps an application, or stands in for one, is taken as the factory gives it."""

        class Wrapper:
            debug = False

        wrapper = Wrapper()

        assert ScriptInfo(create_app=lambda: wrapper).load_app() is wrapper  # type: ignore[comparison-overlap]

    def test_nothing_names_an_application(self, project: Any) -> None:
        """Without any application the message lists the ways to name one."""
        with pytest.raises(NoAppException) as caught:
            ScriptInfo().load_app()

        assert caught.value.message.startswith("Could not locate a Flask application. Use")
        assert caught.value.exit_code == 2

    @pytest.mark.parametrize(("follows", "expected"), [(True, True), (False, False)])
    def test_debug_flag(
        self, monkeypatch: pytest.MonkeyPatch, follows: bool, expected: bool
    ) -> None:
        """The loaded application's debug follows FLASK_DEBUG unless told otherwise."""
        app = Flask("made")
        monkeypatch.setenv("FLASK_DEBUG", "1")

        ScriptInfo(create_app=lambda: app, set_debug_flag=follows).load_app()

        assert app.debug is expected

    def test_arbitrary_data(self) -> None:
        """Commands of one invocation may share what they like through ``data``."""
        info = ScriptInfo(load_dotenv_defaults=False)

        assert (info.data, info.load_dotenv_defaults) == ({}, False)


def test_symlink_is_resolved(project: Any, tmp_path: Path) -> None:
    """A linked file is imported from the folder it really lies in."""
    real = project.write("real/linked_app.py", "")
    (tmp_path / "linked_app.py").symlink_to(real)

    assert prepare_import("linked_app.py") == "linked_app"
    assert sys.path[0] == str(real.parent.resolve())
