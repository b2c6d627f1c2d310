from __future__ import annotations

import importlib
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import markupsafe
import pytest
import werkzeug.routing

import flask
from flask import formerattributes, formernames

# Names that a module of Flask 1.0 to 3.0 had and that of 3.1 has not, found by introspection.
GONE = {
    "flask": "Session _app_ctx_stack _compat _request_ctx_stack json_available safe_join scaffold"
    " signals_available",
    "flask.app": "Aborter BadRequest BeforeFirstRequestCallable Config ConfigAttribute ContextVar"
    " DefaultJSONProvider DispatchingJinjaLoader JSONProvider Lock Map MethodNotAllowed"
    " ResponseReturnValue Scaffold T_before_first_request TeardownCallable TemplateFilterCallable"
    " TemplateGlobalCallable TemplateTestCallable _AppCtxGlobals _PackageBoundObject _abc_Iterator"
    " _default_template_ctx_processor _endpoint_from_view_func _request_ctx_stack"
    " _split_blueprint_path _wz_redirect cached_property create_logger default_exceptions"
    " find_package functools get_env inspect integer_types json jsonify locked_cached_property"
    " logging reraise setupmethod string_types text_type update_wrapper url_for warnings",
    "flask.ctx": "AfterRequestCallable BROKEN_PYPY_CTXMGR_EXIT _app_ctx_stack _request_ctx_stack"
    " reraise",
    "flask.globals": "LocalStack _FakeStack _app_ctx_err_msg _app_ctx_stack _find_app"
    " _lookup_app_object _lookup_req_object _request_ctx_err_msg _request_ctx_stack partial",
    "flask.helpers": "BadRequest BuildError FileSystemLoader Headers NotFound PY2 RLock Range"
    " RequestedRangeNotSatisfiable _PackageBoundObject _app_ctx_stack _endpoint_from_view_func"
    " _find_package_path _matching_loader_thinks_module_is_package _missing _os_alt_seps"
    " _request_ctx_stack adler32 find_package fspath get_env io is_ip locked_cached_property"
    " lru_cache mimetypes pkgutil posixpath safe_join socket string_types text_type time timedelta"
    " total_seconds unicodedata url_quote warnings wrap_file",
    "flask.json": "Markup PY2 _dump_arg_defaults _jinja_htmlsafe_dumps"
    " _load_arg_defaults _slash_escape _wrap_reader_for_text _wrap_writer_for_text codecs"
    " dataclasses date datetime decimal detect_encoding htmlsafe_dump htmlsafe_dumps http_date io"
    " request text_type tojson_filter uuid warnings",
    "flask.signals": "signals_available t warnings",
    "flask.templating": "_app_ctx_stack _request_ctx_stack",
    "flask.views": "MethodViewType ResponseReturnValue with_metaclass",
    "flask.wrappers": "JSONMixin _JSONMixin",
}
# Names that a module of 3.1 had only imported, and that code takes from there all the same.
LENT = {
    "flask.app": "AppContext BadRequestKeyError BuildError Environment HTTPException Headers"
    " ImmutableDict InternalServerError MapAdapter RequestContext RequestRedirect"
    " RoutingException Rule appcontext_tearing_down chain cli click current_app"
    " get_flashed_messages get_host got_request_exception is_running_from_reloader"
    " iscoroutinefunction request request_ctx request_finished request_started"
    " request_tearing_down send_from_directory session sys timedelta",
    "flask.blueprints": "AppGroup current_app os send_from_directory timedelta",
    "flask.cli": "ModuleType ParameterSource ast click current_app import_string importlib"
    " inspect is_running_from_reloader itemgetter os platform re sys traceback update_wrapper",
    "flask.config": "types",
    "flask.ctx": "TracebackType contextvars",
    "flask.debughelpers": "App BaseLoader Blueprint",
    "flask.helpers": "cache datetime",
    "flask.json.provider": "decimal",
    "flask.sansio.app": "Aborter BadRequest BadRequestKeyError BuildError Config ConfigAttribute"
    " DefaultJSONProvider DispatchingJinjaLoader Environment JSONProvider Map Response Rule"
    " Scaffold _AppCtxGlobals _endpoint_from_view_func cached_property chain create_logger"
    " find_package get_debug_flag logging os setupmethod sys timedelta",
    "flask.sansio.blueprints": "Scaffold _endpoint_from_view_func defaultdict os setupmethod"
    " update_wrapper",
    "flask.sansio.scaffold": "BaseLoader FileSystemLoader HTTPException cached_property"
    " default_exceptions defaultdict get_root_path importlib os pathlib sys update_wrapper",
    "flask.sessions": "BadSignature URLSafeTimedSerializer timezone",
    "flask.templating": "BaseLoader DispatchingJinjaLoader Environment Template TemplateNotFound"
    " current_app request",
    "flask.testing": "SessionMixin TracebackType importlib",
    "flask.wrappers": "current_app",
}
PAIRS = [(module, name) for module, names in GONE.items() for name in names.split()]


@pytest.fixture
def old_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Write a module with the given source and import it."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def write_and_import(source: str) -> Any:
        (tmp_path / "old_code.py").write_text(source, encoding="utf-8")
        importlib.invalidate_caches()
        return importlib.import_module("old_code")

    yield write_and_import
    sys.modules.pop("old_code", None)


@pytest.mark.parametrize(("module", "name"), PAIRS)
def test_error_says_what_to_use(module: str, name: str) -> None:
    """A name that is gone gives the same advice to an import statement and to an attribute access."""
    owner = importlib.import_module(module)

    with pytest.raises(ImportError) as imported:
        exec(f"from {module} import {name}", {})
    with pytest.raises(AttributeError) as read:
        getattr(owner, name)

    start = f"cannot import name {name!r} from {module!r}: "
    assert imported.value.msg.startswith(start)
    assert imported.value.name == module
    advice = imported.value.msg.removeprefix(start)
    assert len(advice) > len("use 'x'.")
    assert str(read.value) == f"module {module!r} has no attribute {name!r}: {advice}"


@pytest.mark.parametrize(("module", "name"), PAIRS)
def test_names_in_the_advice_exist(module: str, name: str) -> None:
    """Whatever the advice names can be imported from there, and is no former name itself."""
    with pytest.raises(AttributeError) as caught:
        getattr(importlib.import_module(module), name)
    advice = str(caught.value).partition(": ")[2]

    for statement in re.findall(r"'((?:from [\w.]+ )?import [\w.]+(?: as \w+)?)'", advice):
        exec(statement, {})
    for place in re.findall(
        r"'((?:flask|werkzeug|jinja2|importlib|json|threading)\.[\w.]+)", advice
    ):
        found: Any = importlib.import_module(place.partition(".")[0])
        for part in place.split(".")[1:]:
            if not hasattr(found, part):
                importlib.import_module(f"{found.__name__}.{part}")
            found = getattr(found, part)


@pytest.mark.parametrize("module", sorted(GONE))
def test_asking_for_a_name_is_safe(module: str) -> None:
    """``hasattr`` and the default of ``getattr`` work for names that are gone or never were."""
    owner = importlib.import_module(module)

    for name in (GONE[module].split()[0], "never_was"):
        assert not hasattr(owner, name)
        assert getattr(owner, name, "default") == "default"


@pytest.mark.parametrize("module", sorted(GONE))
def test_unknown_name_gets_no_advice(module: str) -> None:
    """A name that never was gives the errors that Python gives for any module."""
    with pytest.raises(AttributeError) as read:
        importlib.import_module(module).never_was  # noqa: B018
    with pytest.raises(ImportError, match=r"^cannot import name 'never_was' from 'flask.* \(/"):
        exec(f"from {module} import never_was", {})

    assert str(read.value) == f"module {module!r} has no attribute 'never_was'"
    assert read.value.name == "never_was"


@pytest.mark.parametrize("module", LENT)
def test_lent_names_are_importable(module: str) -> None:
    """A name that a module of 3.1 had only imported comes from there without a warning."""
    for name in LENT[module].split():
        namespace: dict[str, Any] = {}

        exec(f"from {module} import {name}", namespace)

        assert namespace[name] is not None


def test_lent_name_is_the_thing_itself() -> None:
    """What is lent on is the object of its home, so that ``isinstance`` and ``except`` work."""
    assert flask.app.RequestContext is flask.ctx.RequestContext
    assert flask.app.request_started is flask.signals.request_started
    assert flask.sansio.app.BuildError is werkzeug.routing.BuildError
    assert flask.cli.sys is sys


class TestModules:
    @pytest.mark.parametrize(
        ("statement", "advice"),
        [
            ("from flask.scaffold import Scaffold", "use 'from flask.sansio import scaffold'"),
            ("import flask._compat", "Python 2 is not supported any more: write plain Python 3"),
            (
                "from flask.ext.sqlalchemy import SQLAlchemy",
                "import the extension by its own name, for example 'import flask_sqlalchemy'",
            ),
        ],
    )
    def test_error_says_what_to_use(self, statement: str, advice: str) -> None:
        """Importing a module that is gone fails as for any missing module, with advice."""
        module = re.findall(r"flask\.[a-z_]+", statement)[0]

        with pytest.raises(ModuleNotFoundError) as caught:
            exec(statement, {})

        assert caught.value.name == module
        assert str(caught.value) == f"No module named {module!r}: {advice}."
        assert module not in sys.modules

    @pytest.mark.parametrize("name", ["scaffold", "_compat", "ext"])
    def test_name_of_the_package(self, name: str) -> None:
        """``from flask import`` gives the same advice, as a name that the package has not."""
        with pytest.raises(ImportError, match=f"^cannot import name {name!r} from 'flask': "):
            exec(f"from flask import {name}", {})
        assert not hasattr(flask, name)


def test_star_import() -> None:
    """``from flask import *`` brings the API and the modules upstream brings, nothing of ours."""
    namespace: dict[str, Any] = {}

    exec("from flask import *", namespace)

    namespace.pop("__builtins__")
    assert namespace.keys() == set(flask.__all__)
    assert {"Flask", "request", "render_template", "signals", "cli"} <= namespace.keys()
    assert namespace.keys().isdisjoint(("Any", "import_module", "routing", "setup", "lifecycle"))


def test_attempt_with_a_way_out(old_code: Any) -> None:
    """The usual ``try: old import; except ImportError: new import`` takes the new one."""
    module = old_code(
        "try:\n"
        "    from flask import _request_ctx_stack as ctx\n"
        "except ImportError:\n"
        "    from flask.globals import request_ctx as ctx\n"
    )

    assert module.ctx is flask.globals.request_ctx


class TestImportStatement:
    def test_among_hundreds_of_names(self, old_code: Any) -> None:
        """The statement is recognized in a module so long that its names need wide instructions."""
        source = "".join(f"name_{n} = {n}\n" for n in range(300))

        with pytest.raises(ImportError, match=r"werkzeug\.utils import safe_join"):
            old_code(f"{source}from flask.helpers import safe_join\n")

    def test_under_a_tracer(self, old_code: Any) -> None:
        """The statement is recognized while a debugger or coverage follows it."""
        lines = []

        def trace(frame: FrameType, event: str, arg: object) -> Any:
            lines.append(frame.f_lineno)
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            with pytest.raises(ImportError, match=r"werkzeug\.utils import safe_join"):
                old_code("import flask\nfrom flask import safe_join\n")
        finally:
            sys.settrace(before)
        assert lines

    def test_within_a_function_run_often(self, old_code: Any) -> None:
        """The statement is recognized after the interpreter has specialized the code around it."""
        module = old_code(
            "def get():\n"
            "    try:\n"
            "        from flask import safe_join\n"
            "    except ImportError as error:\n"
            "        return str(error)\n"
        )

        assert all("werkzeug.utils" in module.get() for _ in range(100))


class TestStillWorking:
    @pytest.mark.parametrize("name", ["Markup", "escape"])
    def test_import(self, old_code: Any, name: str) -> None:
        """The import gives MarkupSafe's object and one warning, which names the line and the place."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            module = old_code(f"import os\n\nfrom flask import {name}\n")

        assert getattr(module, name) is getattr(markupsafe, name)
        [warning] = caught
        assert warning.category is DeprecationWarning
        assert (warning.filename, warning.lineno) == (module.__file__, 3)
        assert str(warning.message) == (
            f"'flask.{name}' is deprecated: use 'from markupsafe import {name}'."
        )

    @pytest.mark.parametrize("name", ["Markup", "escape", "__version__"])
    def test_attribute(self, name: str) -> None:
        """Reading the attribute warns at the line that reads it."""
        with pytest.warns(
            DeprecationWarning, match=f"^'flask.{name}' is deprecated: use "
        ) as caught:
            assert getattr(flask, name)

        assert [warning.filename for warning in caught] == [__file__]

    def test_version(self) -> None:
        """The version is the public part, which old code takes apart into integers."""
        with pytest.warns(DeprecationWarning, match="importlib.metadata.version"):
            version = flask.__version__

        assert tuple(int(part) for part in version.split(".")) == (3, 1, 3)

    def test_version_is_the_package_s_alone(self) -> None:
        """No other module has a version, nor the names that only the package lends on."""
        for name in ("Markup", "escape"):
            with pytest.raises(AttributeError, match=f"from markupsafe import {name}"):
                getattr(flask.helpers, name)
        assert not hasattr(flask.app, "__version__")


def test_new_code_does_not_load_the_table() -> None:
    """An application that uses nothing former never imports the modules that know it."""
    program = (
        "import sys, flask\n"
        "from flask import Flask, cli, json, render_template_string, testing\n"
        "from flask.app import Flask\n"
        "from flask.helpers import url_for\n"
        "app = Flask('shop')\n"
        "app.add_url_rule('/', 'index', lambda: render_template_string('{{ url_for(\"index\") }}'))\n"
        "assert app.test_client().get('/').text == '/'\n"
        "former = {'flask.formernames', 'flask.formerattributes', 'flask.json.classes'}\n"
        "print(sorted(former & sys.modules.keys()))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=20
    )

    assert run.stdout == "[]\n"


def test_advice_is_a_clause() -> None:
    """Advice ends without a full stop, because the error adds one."""
    texts = [*formernames._ADVICE.values(), *formerattributes._ADVICE.values()]
    assert all(advice and not advice.endswith(".") for advice in texts)
