"""Which application does a command work on? Asked by every command through ``ScriptInfo``.

An import path (``module:name``), a factory, or a ``wsgi.py``/``app.py`` beside
the user names it. Options and environment variables are environment's business.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import sys
import traceback
from collections.abc import Callable
from functools import update_wrapper, wraps
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from flask.cli.reports import users_frames
from flask.coroutines import is_coroutine_function, run_in_place
from flask.globals import current_app
from flask.helpers import get_debug_flag
from flask.lifecycle.serving import Serving

if TYPE_CHECKING:
    from flask.app import Flask

F = TypeVar("F", bound="Callable[..., Any]")

DEFAULT_FILES = ("wsgi.py", "app.py")
APP_NAMES = ("app", "application")
FACTORY_NAMES = ("create_app", "make_app")

# A colon splits module from name, except the one of a Windows drive.
_MODULE_FROM_NAME = re.compile(r":(?![\\/])")


class NoAppException(click.UsageError):
    """No application could be found, or not the one that was meant."""


class ScriptInfo:
    """What the commands of one invocation share: where the app is, and the app once loaded.

    Click carries it as ``ctx.obj``. ``data`` is free for the use of commands;
    ``load_dotenv_defaults`` only tells whoever loads ``.env`` and ``.flaskenv``.
    """

    def __init__(
        self,
        app_import_path: str | None = None,
        create_app: Callable[..., Flask] | None = None,
        set_debug_flag: bool = True,
        load_dotenv_defaults: bool = True,
    ) -> None:
        self.app_import_path = app_import_path
        self.create_app = create_app
        self.data: dict[Any, Any] = {}
        self.set_debug_flag = set_debug_flag
        self.load_dotenv_defaults = load_dotenv_defaults
        self._loaded_app: Flask | None = None

    def load_app(self) -> Flask:
        """Return the application, loading it on the first call.

        Raises:
            NoAppException: Nothing names an application, or not exactly one.
        """
        if self._loaded_app is not None:
            return self._loaded_app
        app = self._find_app()
        if app is None:
            raise NoAppException(
                "Could not locate a Flask application. Use the 'flask --app' option, 'FLASK_APP'"
                " environment variable, or a 'wsgi.py' or 'app.py' file in the current directory."
            )
        if self.set_debug_flag:
            app.debug = get_debug_flag()
        self._loaded_app = app
        return app

    def _find_app(self) -> Flask | None:
        if self.create_app is not None:
            return _call_given_factory(self.create_app)
        if self.app_import_path:
            path, *name = _MODULE_FROM_NAME.split(self.app_import_path, maxsplit=1)
            if not path and not Path("__init__.py").is_file():
                raise NoAppException(
                    f"{self.app_import_path!r} names no module. Write one before the colon, as in"
                    f" 'app:{name[0]}' for {name[0]!r} in app.py."
                )
            return locate_app(prepare_import(path), name[0] if name else None)
        for path in DEFAULT_FILES:
            app = locate_app(prepare_import(path), None, raise_if_not_found=False)
            if app is not None:
                return app
        return None


pass_script_info = click.make_pass_decorator(ScriptInfo, ensure=True)


def with_appcontext(f: F) -> F:
    """Run a Click callback inside the context of the invocation's application.

    A context that is already active is kept. Commands on ``app.cli`` and
    ``blueprint.cli`` have one without this decorator. A coroutine function is run to its end, by
    :meth:`Flask.ensure_sync <flask.Flask.ensure_sync>`.
    """

    @click.pass_context
    def in_context(ctx: click.Context, /, *args: Any, **kwargs: Any) -> Any:
        if not current_app:
            app = ctx.ensure_object(ScriptInfo).load_app()
            ctx.with_resource(app.app_context())
        return run_to_end(f, ctx.invoke(f, *args, **kwargs))

    return cast("F", update_wrapper(in_context, f))


def run_to_end(f: Callable[..., Any], rv: Any) -> Any:
    """Return what a command returned, or the result of its coroutine if it is an async one.

    Args:
        f: The command's function, as it was decorated: by ``click.pass_context``, for example,
            which makes a plain function of a coroutine function, but one that returns a coroutine.
        rv: What it returned.
    """
    ctx = click.get_current_context(silent=True)
    is_async = inspect.iscoroutine(rv) and is_coroutine_function(inspect.unwrap(f))
    # Without a context nobody runs a command: the coroutine is awaited.
    if not is_async or ctx is None or _has_taker(ctx):
        return rv

    @wraps(f)
    async def run() -> Any:
        with ctx.scope(cleanup=False):  # the loop may be another thread's
            return await rv

    ensure_sync = current_app.ensure_sync if current_app else run_in_place
    return ensure_sync(run)()


def _has_taker(ctx: click.Context) -> bool:
    """Tell whether a group's result callback is handed what the command returns.

    COMPAT: on Flask 3.1.3 that is where the coroutines of async commands can be run.
    """
    above = ctx.parent
    while above is not None:
        if getattr(above.command, "_result_callback", None) is not None:
            return True
        above = above.parent
    return False


def running_to_end(f: F) -> F:
    """Let the coroutine of an async command be run, as :func:`with_appcontext` does."""

    @wraps(f)
    def run(*args: Any, **kwargs: Any) -> Any:
        return run_to_end(f, f(*args, **kwargs))

    return cast("F", run)


def prepare_import(path: str) -> str:
    """Make a file, package folder or module name importable and return its module name.

    The folder above the outermost package goes to the front of ``sys.path``.

    Raises:
        NoAppException: The path is relative, and the current directory was deleted.
    """
    try:
        real = Path(path).resolve()
    except FileNotFoundError:
        raise NoAppException(
            f"Could not look for {path!r}: the current directory no longer exists."
        ) from None
    if real.suffix == ".py":
        real = real.with_suffix("")
    if real.name == "__init__":
        real = real.parent
    parts = [real.name]
    folder = real.parent
    while folder.name and (folder / "__init__.py").exists():
        parts.append(folder.name)
        folder = folder.parent
    if sys.path[:1] != [str(folder)]:
        sys.path.insert(0, str(folder))
    return ".".join(reversed(parts))


def locate_app(
    module_name: str, app_name: str | None, raise_if_not_found: bool = True
) -> Flask | None:
    """Import a module and find the application in it.

    Args:
        module_name: Dotted name, as ``prepare_import`` returns it.
        app_name: Name or call, as in ``find_app_by_string``; None to guess.
        raise_if_not_found: Whether a missing module is an error, or answers None.

    Raises:
        NoAppException: The module is missing or its import failed on an import of
            its own, or no single application is in it.
    """
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        users_part = users_frames(error.__traceback__)
        if users_part is not None:
            report = "".join(traceback.format_exception(type(error), error, users_part))
            raise NoAppException(
                f"While importing {module_name!r}, an ImportError was raised:\n\n{report}"
            ) from None
        if raise_if_not_found:
            raise NoAppException(_describe_missing(module_name)) from None
        return None
    if app_name is None:
        return find_best_app(module)
    return find_app_by_string(module, app_name)


def find_best_app(module: ModuleType) -> Flask:
    """Find the one application in a module, or make it with the module's factory.

    In this order: ``app``, ``application``, the only application of any name,
    ``create_app()``, ``make_app()``.

    Raises:
        NoAppException: There is none, or several, or the factory needs arguments.
    """
    for name in APP_NAMES:
        candidate = getattr(module, name, None)
        if isinstance(candidate, Serving):
            return cast("Flask", candidate)
    names = _application_names(module)
    if len(names) == 1:
        return cast("Flask", getattr(module, names[0]))
    if names:
        raise NoAppException(
            f"Detected multiple Flask applications in module {module.__name__!r}. Use"
            f" '{module.__name__}:name' to specify the correct one. Found: {', '.join(names)}."
        )
    wrong = ""
    for name in FACTORY_NAMES:
        factory = getattr(module, name, None)
        if inspect.isfunction(factory):
            app = _call_factory_bare(module, name, factory)
            if isinstance(app, Serving):
                return cast("Flask", app)
            wrong = (
                f" The factory {name!r} there returned an object of type {type(app).__name__!r}."
            )
    raise NoAppException(
        f"Failed to find Flask application or factory in module {module.__name__!r}. Use"
        f" '{module.__name__}:name' to specify one.{wrong}{_describe_shadowed(module)}"
    )


def find_app_by_string(module: ModuleType, app_name: str) -> Flask:
    """Find an application by a name or a call with literal arguments.

    Args:
        module: Where to look.
        app_name: For example ``app``, ``create_app``, ``create_app("test", debug=True)``.

    Raises:
        NoAppException: The text is neither, the name is unknown, the call does not
            fit the function, or what comes out is no application.
    """
    name, args, kwargs = _parse_app_name(app_name)
    try:
        found = getattr(module, name)
    except AttributeError:
        others = _application_names(module)
        hint = f" Applications there: {', '.join(others)}." if others else ""
        hint += _describe_shadowed(module)
        raise NoAppException(
            f"Failed to find attribute {name!r} in {module.__name__!r}.{hint}"
        ) from None
    if inspect.isfunction(found):
        try:
            app = found(*args, **kwargs)
        except TypeError:
            if not _called_with_wrong_args(found):
                raise
            raise NoAppException(
                f"The factory {app_name!r} in module {module.__name__!r} could not be called with"
                f" the specified arguments. It is defined as {name}{inspect.signature(found)}."
            ) from None
        _refuse_coroutine(app, f"The factory {name!r} in module {module.__name__!r}")
    else:
        app = found
    if isinstance(app, Serving):
        return cast("Flask", app)
    raise NoAppException(
        f"A valid Flask application was not obtained from '{module.__name__}:{app_name}'."
        f" It is an object of type {type(app).__name__!r}.{_describe_shadowed(module)}"
    )


def _called_with_wrong_args(f: Callable[..., Flask]) -> bool:
    """Tell whether the TypeError being handled is about calling ``f``, not from inside it."""
    error = sys.exception()
    code = getattr(f, "__code__", None)
    frames = traceback.walk_tb(error.__traceback__ if error else None)
    return all(frame.f_code is not code for frame, _ in frames)


def _call_given_factory(factory: Callable[..., Any]) -> Flask:
    """Call the factory that a ``FlaskGroup`` or ``ScriptInfo`` was given, without arguments."""
    name = getattr(factory, "__name__", type(factory).__name__)
    try:
        app = factory()
    except TypeError as error:
        is_from_inside = error.__traceback__ is not None and error.__traceback__.tb_next is not None
        if is_from_inside or not callable(factory):
            raise
        raise NoAppException(
            f"The factory {name!r} could not be called without arguments ({error}). Give its"
            " parameters default values, or pass a function that has none as 'create_app'."
        ) from None
    _refuse_coroutine(app, f"The factory {name!r}")
    if hasattr(app, "__dict__"):  # a wrapper or a stand-in for an application will do
        return cast("Flask", app)
    hint = " Does it lack 'return app'?" if app is None else ""
    raise NoAppException(
        f"The factory {name!r} returned an object of type {type(app).__name__!r}, and no"
        f" application.{hint}"
    )


def _call_factory_bare(module: ModuleType, name: str, factory: Callable[..., Any]) -> Any:
    try:
        app = factory()
    except TypeError:
        if not _called_with_wrong_args(factory):
            raise
        raise NoAppException(
            f"Detected factory {name!r} in module {module.__name__!r}, but could not call it without"
            f" arguments. Use '{module.__name__}:{name}(args)' to specify arguments."
        ) from None
    _refuse_coroutine(app, f"The factory {name!r} in module {module.__name__!r}")
    return app


def _refuse_coroutine(value: Any, origin: str) -> None:
    """Refuse what an asynchronous factory returns: there is no event loop to await it."""
    if inspect.iscoroutine(value):
        value.close()
        raise NoAppException(
            f"{origin} is asynchronous, and an application is made before there is an event"
            " loop. Write it without 'async'."
        )


def _parse_app_name(text: str) -> tuple[str, list[Any], dict[str, Any]]:
    """Split ``name`` or ``name(literals)`` into name, positional and keyword arguments."""
    try:
        expression = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        expression = None
    if isinstance(expression, ast.Name):
        return expression.id, [], {}
    if not isinstance(expression, ast.Call):
        raise NoAppException(
            f"Failed to parse {text!r} as an attribute name or function call. Write the name of"
            " a variable, or a function's name with arguments in parentheses."
        )
    if not isinstance(expression.func, ast.Name):
        raise NoAppException(f"Function reference must be a simple name: {text!r}.")
    try:
        args = [ast.literal_eval(arg) for arg in expression.args]
        kwargs = {str(kw.arg): ast.literal_eval(kw.value) for kw in expression.keywords}
    except (ValueError, TypeError):
        raise NoAppException(
            f"Failed to parse arguments as literal values: {text!r}. Only strings, numbers,"
            " booleans, None, and lists, tuples, sets or dicts of them can be passed here."
        ) from None
    return expression.func.id, args, kwargs


def _application_names(module: ModuleType) -> list[str]:
    return [name for name, value in vars(module).items() if isinstance(value, Serving)]


def _describe_shadowed(module: ModuleType) -> str:
    """Say that a file was meant whose name an imported module has already: flask.py, click.py."""
    meant = Path(sys.path[0], f"{module.__name__}.py")
    found = getattr(module, "__file__", None)
    if not meant.is_file() or (found is not None and meant.samefile(found)):
        return ""
    return (
        f" The file {str(meant)!r} was not read, because {module.__name__!r} is the name of"
        f" {found or 'a module of Python'!r}. Rename your file."
    )


def _describe_missing(module_name: str) -> str:
    message = f"Could not import {module_name!r}."
    parent, _, name = module_name.rpartition(".")
    if parent in sys.modules:
        return f"{message} If {name!r} is a variable in {parent!r}, write '{parent}:{name}'."
    return f"{message} There is no such module in {sys.path[0]!r} or among the installed ones."
