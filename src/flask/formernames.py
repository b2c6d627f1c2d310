"""Where is a name that a module had imported, or that Flask 1 to 3.0 had?

The ``__getattr__`` of the public modules asks here, so code that uses no such name never
imports this. What 3.1 lends on is found; a former name works with a warning, or the error
says what to use, the same for all modules: advice is as good for ``flask.app`` as for
``flask.helpers``.
"""

from __future__ import annotations

import sys
import warnings
from importlib import import_module
from opcode import opmap
from types import FrameType
from typing import Any, NoReturn

_LENT = {  # not made here but importable from here in 3.1: old code and extensions do it
    "app": {
        "datetime": "timedelta",
        "flask": "cli",
        "flask.ctx": "AppContext RequestContext",
        "flask.globals": "current_app request request_ctx session",
        "flask.helpers": "get_flashed_messages send_from_directory",
        "flask.signals": (
            "appcontext_tearing_down got_request_exception request_finished request_started"
            " request_tearing_down"
        ),
        "flask.templating": "Environment",
        "inspect": "iscoroutinefunction",
        "itertools": "chain",
        "werkzeug.datastructures": "Headers ImmutableDict",
        "werkzeug.exceptions": "BadRequestKeyError HTTPException InternalServerError",
        "werkzeug.routing": "BuildError MapAdapter RequestRedirect RoutingException Rule",
        "werkzeug.serving": "is_running_from_reloader",
        "werkzeug.wsgi": "get_host",
        "": "click sys",
    },
    "blueprints": {
        "datetime": "timedelta",
        "flask.cli": "AppGroup",
        "flask.globals": "current_app",
        "flask.helpers": "send_from_directory",
        "": "os",
    },
    "cli": {
        "click.core": "ParameterSource",
        "flask.globals": "current_app",
        "functools": "update_wrapper",
        "operator": "itemgetter",
        "types": "ModuleType",
        "werkzeug.serving": "is_running_from_reloader",
        "werkzeug.utils": "import_string",
        "": "ast click importlib inspect os platform re sys traceback",
    },
    "config": {"": "types"},
    "ctx": {"types": "TracebackType", "": "contextvars"},
    "debughelpers": {
        "flask.blueprints": "Blueprint",
        "flask.sansio.app": "App",
        "jinja2": "BaseLoader",
    },
    "helpers": {"datetime": "datetime", "functools": "cache"},
    "json.provider": {"": "decimal"},
    "sansio.app": {
        "datetime": "timedelta",
        "flask.config": "Config ConfigAttribute",
        "flask.ctx": "_AppCtxGlobals",
        "flask.helpers": "get_debug_flag",
        "flask.json.provider": "DefaultJSONProvider JSONProvider",
        "flask.logging": "create_logger",
        "flask.sansio.scaffold": "Scaffold find_package setupmethod _endpoint_from_view_func",
        "flask.templating": "DispatchingJinjaLoader Environment",
        "itertools": "chain",
        "werkzeug.exceptions": "Aborter BadRequest BadRequestKeyError",
        "werkzeug.routing": "BuildError Map Rule",
        "werkzeug.sansio.response": "Response",
        "werkzeug.utils": "cached_property",
        "": "logging os sys",
    },
    "sansio.blueprints": {
        "collections": "defaultdict",
        "flask.sansio.scaffold": "Scaffold setupmethod _endpoint_from_view_func",
        "functools": "update_wrapper",
        "": "os",
    },
    "sansio.scaffold": {
        "collections": "defaultdict",
        "flask.helpers": "get_root_path",
        "functools": "update_wrapper",
        "jinja2": "BaseLoader FileSystemLoader",
        "werkzeug.exceptions": "HTTPException default_exceptions",
        "werkzeug.utils": "cached_property",
        "": "importlib os pathlib sys",
    },
    "sessions": {
        "datetime": "timezone",
        "itsdangerous": "BadSignature URLSafeTimedSerializer",
    },
    "templating": {
        "flask.globals": "current_app request",
        "flask.templating.environment": "DispatchingJinjaLoader Environment",
        "jinja2": "BaseLoader Template TemplateNotFound",
    },
    "testing": {"flask.sessions": "SessionMixin", "types": "TracebackType", "": "importlib"},
    "wrappers": {"flask.globals": "current_app"},
}

_MOVED = {  # where a name is defined today
    "collections": "defaultdict",
    "contextvars": "ContextVar",
    "datetime": "date datetime timedelta",
    "flask": "Flask json jsonify request url_for",
    "flask.config": "Config ConfigAttribute",
    "flask.ctx": "_AppCtxGlobals",
    "flask.helpers": "_split_blueprint_path",
    "flask.json.provider": "DefaultJSONProvider JSONProvider",
    "flask.logging": "create_logger",
    "flask.sansio.scaffold": (
        "Scaffold setupmethod find_package _find_package_path _endpoint_from_view_func"
    ),
    "flask.templating": "DispatchingJinjaLoader _default_template_ctx_processor",
    "flask.typing": (
        "AfterRequestCallable BeforeRequestCallable ResponseReturnValue TeardownCallable"
        " TemplateContextProcessorCallable TemplateFilterCallable TemplateGlobalCallable"
        " TemplateTestCallable URLDefaultCallable URLValuePreprocessorCallable"
    ),
    "functools": "lru_cache partial update_wrapper",
    "jinja2": "FileSystemLoader",
    "markupsafe": "Markup escape",
    "operator": "attrgetter",
    "os": "fspath",
    "threading": "Lock RLock Thread",
    "time": "time",
    "warnings": "warn",
    "werkzeug.datastructures": "Headers Range",
    "werkzeug.exceptions": (
        "Aborter BadRequest MethodNotAllowed NotFound RequestedRangeNotSatisfiable"
        " default_exceptions"
    ),
    "werkzeug.http": "http_date",
    "werkzeug.local": "LocalStack",
    "werkzeug.routing": "BuildError Map",
    "werkzeug.utils": "cached_property safe_join",
    "werkzeug.wsgi": "wrap_file",
    "zlib": "adler32",
}

_RENAMED = {
    "Session": "flask.sessions.SecureCookieSession",
    "Module": "flask.Blueprint",
    "HeaderName": "flask.typing.HeaderValue",
    "ViewCallable": "flask.typing.RouteCallable",
    "_abc_Iterator": "collections.abc.Iterator",
    "_app_ctx_err_msg": "flask.globals._no_app_msg",
    "_jinja_htmlsafe_dumps": "jinja2.utils.htmlsafe_json_dumps",
    "_request_ctx_err_msg": "flask.globals._no_req_msg",
    "_wz_redirect": "werkzeug.utils.redirect",
    "getargspec": "inspect.signature",
    "htmlsafe_dumps": "jinja2.utils.htmlsafe_json_dumps",
    "json_dumps": "flask.json.dumps",
    "make_test_environ_builder": "flask.testing.EnvironBuilder",
    "url_parse": "urllib.parse.urlsplit",
    "url_quote": "urllib.parse.quote",
}

_MODULES = (  # some modules of ours had imported these, and others took them from there
    "codecs dataclasses decimal dotenv functools inspect io logging mimetypes os"
    " pkgutil posixpath socket ssl unicodedata uuid warnings"
)

_REPLACED = {  # how to write it today, where no name took the place
    "__version__": "use 'importlib.metadata.version(\"flask\")'",
    "_app_ctx_stack": (
        "its top is 'flask.globals.app_ctx' ('from flask.globals import app_ctx');"
        " keep data of your own in 'flask.g'"
    ),
    "_request_ctx_stack": (
        "its top is 'flask.globals.request_ctx' ('from flask.globals import request_ctx');"
        " keep data of your own in 'flask.g'"
    ),
    "_FakeStack": "use 'flask.globals.app_ctx' and 'flask.globals.request_ctx'",
    "_find_app": "use 'flask.current_app'",
    "_lookup_app_object": "use 'flask.globals.app_ctx' and its attributes",
    "_lookup_req_object": "use 'flask.globals.request_ctx' and its attributes",
    "JSONEncoder": (
        "subclass 'flask.json.provider.DefaultJSONProvider', override its 'default', and set"
        " the class as 'app.json_provider_class'"
    ),
    "JSONDecoder": (
        "subclass 'flask.json.provider.DefaultJSONProvider', override its 'loads', and set"
        " the class as 'app.json_provider_class'"
    ),
    "AppOrBlueprintKey": "write 'str | None'",
    "BytesIO": "use 'from io import BytesIO'",
    "StringIO": "use 'from io import StringIO'",
    "werkzeug": "use 'import werkzeug'",
    "JSONMixin": "'flask.Request' and 'flask.Response' have 'json' and 'get_json' themselves",
    "_JSONMixin": "'flask.Request' and 'flask.Response' have 'json' and 'get_json' themselves",
    "_dump_arg_defaults": "set the attributes of 'app.json', a 'flask.json.provider.JSONProvider'",
    "_load_arg_defaults": "set the attributes of 'app.json', a 'flask.json.provider.JSONProvider'",
    "_slash_escape": "JSON is not escaped by slashes any more: remove what it was used for",
    "_wrap_reader_for_text": "open the file as text, 'encoding=\"utf-8\"', before 'flask.json.load'",
    "_wrap_writer_for_text": "open the file as text, 'encoding=\"utf-8\"', before 'flask.json.dump'",
    "detect_encoding": "JSON is UTF-8; 'json.detect_encoding' of Python knows other encodings",
    "htmlsafe_dump": "write the result of 'jinja2.utils.htmlsafe_json_dumps' to the file",
    "tojson_filter": "use the filter 'tojson' in templates, 'jinja2.utils.htmlsafe_json_dumps' outside",
    "json_available": "JSON is always available: remove the check",
    "signals_available": "signals are always available: remove the check",
    "BeforeFirstRequestCallable": "run the code in the application factory, or where the app is made",
    "T_before_first_request": "run the code in the application factory, or where the app is made",
    "locked_cached_property": (
        "use 'werkzeug.utils.cached_property', and a 'threading.Lock' where threads share it"
    ),
    "total_seconds": "call the timedelta's own 'total_seconds()'",
    "get_env": "use 'flask.helpers.get_debug_flag()' or 'app.debug'",
    "is_ip": "use 'ipaddress.ip_address', which raises ValueError for anything else",
    "explain_ignored_app_run": "use 'flask.cli.warn_of_ignored_run'",
    "DispatchingApp": "load the application with 'flask.cli.ScriptInfo().load_app()'",
    "call_factory": "call the factory itself, with the arguments it takes",
    "MethodViewType": "subclass 'flask.views.MethodView', which needs no metaclass any more",
    "_PackageBoundObject": "use 'flask.sansio.scaffold.Scaffold'",
    "_matching_loader_thinks_module_is_package": "use 'importlib.util.find_spec'",
    "_missing": "make a sentinel of your own: 'missing = object()'",
    "_path_is_relative_to": "use the path's own 'is_relative_to()'",
    "_os_alt_seps": "use 'werkzeug.utils.safe_join', which refuses them",
    "_has_config": "call 'logger.hasHandlers()', or read 'logger.level' and 'logger.handlers'",
    "DeferredSetupFunction": "write 'Callable[[flask.blueprints.BlueprintSetupState], None]'",
    "ErrorHandlerDecorator": "write a TypeVar bound to 'flask.typing.ErrorHandlerCallable'",
    "RouteDecorator": "write a TypeVar bound to 'flask.typing.RouteCallable'",
    "GenericException": "write a TypeVar bound to Exception",
    "StatusCode": "write 'int'",
    "ft": "use 'import flask.typing as ft'",
    "t": "use 'import typing as t'",
    "collections_abc": "use 'import collections.abc'",
    "scaffold": "use 'from flask.sansio import scaffold'",
    "ext": "import the extension by its own name, for example 'import flask_sqlalchemy'",
    # What Python 2 needed.
    "_compat": "Python 2 is not supported any more: write plain Python 3",
    "BROKEN_PYPY_CTXMGR_EXIT": "Python 2 is not supported any more: remove what it guarded",
    "PY2": "Python 2 is not supported any more: it is False",
    "text_type": "use 'str'",
    "string_types": "use 'str'",
    "integer_types": "use 'int'",
    "iteritems": "use the dict's own 'items()'",
    "itervalues": "use the dict's own 'values()'",
    "reraise": "use 'raise error.with_traceback(tb)'",
    "implements_to_string": "define '__str__' without a decorator",
    "with_metaclass": "write 'class Name(Base, metaclass=Meta):'",
    "print_function": "'print' is a function in Python 3: remove the import",
    "absolute_import": "imports are absolute in Python 3: remove the import",
}

_WORKING = {  # names that still stand for something, with a DeprecationWarning
    "flask": ("Markup", "__version__", "escape"),
    "flask.json": ("JSONDecoder", "JSONEncoder"),
}

_ADVICE = (
    {name: f"use 'import {name}'" for name in _MODULES.split()}
    | {
        name: f"use 'from {module} import {name}'"
        for module, names in _MOVED.items()
        for name in names.split()
    }
    | {
        name: "use 'from {0} import {2}'".format(*place.rpartition("."))
        for name, place in _RENAMED.items()
    }
    | _REPLACED
)


def refuse_former_module(module: str) -> NoReturn:
    """Say what to use instead of a module that Flask had.

    Args:
        module: The module's full name.

    Raises:
        ModuleNotFoundError: Always. ``from flask import`` takes it as "no such module" and
            asks :func:`find_former_name`, so that both give the same advice.
    """
    advice = _ADVICE[module.rpartition(".")[2]]
    raise ModuleNotFoundError(f"No module named {module!r}: {advice}.", name=module)


def find_former_name(module: str, name: str) -> Any:
    """Return what a module lends on, or what a former name stands for, with a DeprecationWarning.

    To be called from the module's ``__getattr__`` and nowhere else: the warning and the
    kind of error are for the code that asked that.

    Args:
        module: The module's full name.
        name: What was asked for.

    Raises:
        AttributeError: The name has no meaning any more, and the text says what to use; or
            there never was such a name.
        ImportError: The same as the first, for ``from module import name``: Python would
            put a text of its own in the place of an AttributeError's.
    """
    caller = sys._getframe(2)
    if name in _WORKING.get(module, ()):
        if caller.f_code.co_name != "_handle_fromlist":  # Python looks first, then imports
            _warn(module, name)
        return _former_value(name)
    for place, names in _LENT.get(module.removeprefix("flask."), {}).items():
        if name in names.split():
            return getattr(import_module(place), name) if place else import_module(name)
    advice = _ADVICE.get(name)
    if advice is None:
        text = f"module {module!r} has no attribute {name!r}"
        raise AttributeError(text, name=name, obj=sys.modules[module])
    if _is_import_statement(caller):
        raise ImportError(f"cannot import name {name!r} from {module!r}: {advice}.", name=module)
    raise AttributeError(f"module {module!r} has no attribute {name!r}: {advice}.")


def _former_value(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - slow, and asked for rarely

        # Old code parses it into integers, which the local part of the version is not.
        return version("flask").partition("+")[0]
    home = "flask.json.classes" if name.startswith("JSON") else "markupsafe"
    return getattr(import_module(home), name)


def _warn(module: str, name: str) -> None:
    text = f"'{module}.{name}' is deprecated: {_ADVICE[name]}."
    # Past this function, find_former_name and the module's __getattr__.
    warnings.warn(text, DeprecationWarning, stacklevel=4)


def _is_import_statement(frame: FrameType) -> bool:
    """Tell whether a frame is executing ``from … import …``, not an attribute access."""
    code = frame.f_code.co_code
    position = frame.f_lasti
    while code[position] == opmap["EXTENDED_ARG"]:
        position += 2
    return code[position] == opmap["IMPORT_FROM"]
