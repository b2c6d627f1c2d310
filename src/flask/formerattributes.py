"""What happens to an attribute, setting or parameter that Flask 1 to 3.0 had?

``flask.lazy`` and ``flask.config`` ask here, so code that uses none never imports this.

Code of today comes first: whatever 3.1 lacks is missing here too, silently, and the error says
what to use. Only what old code does, assigning and calling, has an effect and a warning.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from importlib import import_module
from threading import Lock
from types import FrameType
from typing import Any, NoReturn, Protocol

_ONCE = (
    "run the code where the application is made: at the end of its factory, or inside"
    " 'with app.app_context():'"
)
_PROVIDER = (
    "set 'app.json_provider_class' to a subclass of 'flask.json.provider.DefaultJSONProvider',"
    " or the attributes of 'app.json'"
)
_UTF8 = "everything is UTF-8: remove it, and decode 'request.get_data()' for another encoding"

_ADVICE = {  # of applications, blueprints, settings, requests, responses, contexts and clients
    "auto_pop": "remove it: the context manager pops the context",
    "before_first_request": _ONCE,
    "before_first_request_funcs": _ONCE,
    "before_app_first_request": _ONCE,
    "charset": _UTF8,
    "cookie_jar": "use 'client.get_cookie(key)', 'set_cookie' and 'delete_cookie'",
    "disable_data_descriptor": "remove it, and call 'request.get_data()'",
    "encoding_errors": _UTF8,
    "env": "use 'app.debug'",
    "from_json": "use 'config.from_file(name, load=json.load)'",
    "g": "use 'flask.g'",
    "is_xhr": "compare 'request.headers.get(\"X-Requested-With\")' with 'XMLHttpRequest'",
    "json_decoder": _PROVIDER,
    "json_encoder": _PROVIDER,
    "make_null_session": "use 'app.session_interface.make_null_session(app)'",
    "on_json_loading_failed": "catch the ValueError of 'response.get_json()'",
    "open_session": "use 'app.session_interface.open_session(app, request)'",
    "save_session": "use 'app.session_interface.save_session(app, session, response)'",
    "preserve_context_on_exception": "remove it: the debugger keeps the context by itself",
    "preserved": "remove it: the debugger keeps the context by itself",
    "propagate_exceptions": "read 'app.config[\"PROPAGATE_EXCEPTIONS\"]'; if None, testing or debug"
    " mode decides",
    "send_file_max_age_default": "use 'app.config[\"SEND_FILE_MAX_AGE_DEFAULT\"]'",
    "session_cookie_name": "use 'app.config[\"SESSION_COOKIE_NAME\"]'",
    "templates_auto_reload": "use 'app.config[\"TEMPLATES_AUTO_RELOAD\"]'",
    "try_trigger_before_first_request_functions": _ONCE,
    "url_charset": _UTF8,
    "use_x_sendfile": "use 'app.config[\"USE_X_SENDFILE\"]'",
    "warn_on_modifications": "remove it: changing a registered blueprint is an error now",
}

_SETTINGS: dict[str, tuple[str, tuple[type, ...]]] = {  # the key, and what is a value for it
    "send_file_max_age_default": ("SEND_FILE_MAX_AGE_DEFAULT", (timedelta, int, type(None))),
    "session_cookie_name": ("SESSION_COOKIE_NAME", (str,)),
    "templates_auto_reload": ("TEMPLATES_AUTO_RELOAD", (bool,)),
    "use_x_sendfile": ("USE_X_SENDFILE", (bool,)),
}

_JSON_CLASSES: dict[str, type] = {
    "json_decoder": json.JSONDecoder,
    "json_encoder": json.JSONEncoder,
}

_MISSING: Any = object()
_KEPT = "_settings_before_assignment"

_KEYS = {  # former settings: the attribute of app.json that took its place, and what to write
    "JSON_AS_ASCII": ("ensure_ascii", "set 'app.json.ensure_ascii'"),
    "JSON_SORT_KEYS": ("sort_keys", "set 'app.json.sort_keys'"),
    "JSONIFY_MIMETYPE": ("mimetype", "set 'app.json.mimetype'"),
    "JSONIFY_PRETTYPRINT_REGULAR": (
        "compact",
        "set 'app.json.compact': False to indent, None to indent in debug mode only",
    ),
    "PRESERVE_CONTEXT_ON_EXCEPTION": ("", "remove it: the debugger keeps the context by itself"),
}


class Former(Protocol):
    """What this module knows of :class:`flask.lazy.FormerAttribute`, which asks it."""

    name: str
    carrier: type


def find_beside(former: Former, owner: type) -> Any:
    """Return what a class after the one that carries the former attribute has under its name."""
    mro = owner.__mro__
    start = mro.index(former.carrier) + 1 if former.carrier in mro else 0
    for cls in mro[start:]:
        found = vars(cls).get(former.name, _MISSING)
        if found is not _MISSING and not isinstance(found, type(former)):
            return found
    return _MISSING


def read_former_attribute(former: Former, instance: Any, owner: type) -> Any:
    """Return what code of today has under the name, or a method that still works.

    Args:
        former: The attribute that was found first.
        instance: The object, or None when its class was asked.
        owner: The class.

    Raises:
        AttributeError: There is nothing, as in 3.1; the text says what to use.
    """
    name = former.name
    found = find_beside(former, owner)
    if instance is not None and name in instance.__dict__ and not hasattr(found, "__set__"):
        return instance.__dict__[name]
    if found is not _MISSING:
        get = getattr(type(found), "__get__", None)
        return found if get is None else get(found, instance, owner)
    if instance is not None and name in _CALLED:
        own = getattr(owner, "__getattr__", None)
        try:
            return own(instance, name) if own else partial(_CALLED[name], instance)
        except AttributeError:
            return partial(_CALLED[name], instance)
    raise AttributeError(f"{owner.__name__!r} object has no attribute {name!r}: {_ADVICE[name]}.")


def assign_former_attribute(former: Former, instance: Any, value: Any) -> None:
    """Store a value as ever, and let an assignment that had an effect have it."""
    name, values = former.name, instance.__dict__
    found = find_beside(former, type(instance))
    if hasattr(found, "__set__"):
        type(found).__set__(found, instance, value)
        return
    if found is _MISSING:
        if name in _SETTINGS and "config" in values:  # not before __init__, where none is read
            _set_setting(instance, name, value)
        elif _is_json_class(name, value):
            _warn_of_json_class(name, _shape_json(values.get("json")))
    values[name] = value


def delete_former_attribute(former: Former, instance: Any) -> None:
    """Forget an assigned value; the setting is again what it was."""
    name, values = former.name, instance.__dict__
    found = find_beside(former, type(instance))
    if hasattr(found, "__delete__"):
        type(found).__delete__(found, instance)
        return
    if name not in values:
        raise AttributeError(f"{type(instance).__name__!r} object has no attribute {name!r}")
    value = values.pop(name)
    before = values.get(_KEPT, {}).pop(name, value)
    if before is not value and instance.config.get(_SETTINGS[name][0]) == value:
        instance.config[_SETTINGS[name][0]] = before


def _set_setting(app: Any, name: str, value: Any) -> None:
    key, types = _SETTINGS[name]
    if isinstance(value, types):
        warn_of(f"'app.{name}'", _ADVICE[name])
        app.__dict__.setdefault(_KEPT, {}).setdefault(name, app.config.get(key))
        app.config[key] = value


def _is_json_class(name: str, value: Any) -> bool:
    return (
        name in _JSON_CLASSES and isinstance(value, type) and issubclass(value, _JSON_CLASSES[name])
    )


def _warn_of_json_class(name: str, has_effect: bool) -> None:
    warn_of(repr(name) if has_effect else f"{name!r}, which has no effect here,", _PROVIDER)


def _shape_json(provider: Any) -> bool:
    """Let a stock provider ask the application for its classes; tell whether it does."""
    module = import_module("flask.json.classes")
    if module.is_stock(provider, type(provider)):
        provider.__class__ = module.JSONClasses
    return type(provider) is module.JSONClasses


def adopt_class_attributes(cls: Any) -> None:
    """Let former attributes in the body of an application's class do what they did.

    Only plain values that they could have had: properties, methods, fields of dataclasses and
    the like are the class's own, and so is a ``default_config`` beside them.
    """
    own = {name: value for name, value in vars(cls).items() if name not in _annotations_of(cls)}
    settings = {
        name: own[name]
        for name, (_, types) in _SETTINGS.items()
        if name in own and isinstance(own[name], types)
    }
    if settings and "default_config" not in own and isinstance(cls.default_config, dict):
        for name in settings:
            warn_of(f"'app.{name}'", _ADVICE[name])
        changed = {_SETTINGS[name][0]: value for name, value in settings.items()}
        cls.default_config = type(cls.default_config)({**cls.default_config, **changed})
    for name in sorted(_JSON_CLASSES.keys() & own.keys()):
        if _is_json_class(name, own[name]):
            _adopt_json_class(cls, name)


def _adopt_json_class(cls: Any, name: str) -> None:
    module = import_module("flask.json.classes")
    provider_class = cls.json_provider_class
    stock = module.is_stock(provider_class, provider_class)
    _warn_of_json_class(name, stock or provider_class is module.JSONClasses)
    if stock:
        cls.json_provider_class = module.JSONClasses


def _annotations_of(cls: type) -> dict[str, Any]:
    found: dict[str, Any]
    if sys.version_info >= (3, 14):
        module = import_module("annotationlib")  # evaluates nothing that is not defined yet
        found = module.get_annotations(cls, format=module.Format.FORWARDREF)
    else:
        found = vars(cls).get("__annotations__", {})
    return found


def has_of_today(instance: Any, former: Former) -> bool:
    """Tell whether an object has something under a former name, as far as ``dir`` tells."""
    if former.name in instance.__dict__ or find_beside(former, type(instance)) is not _MISSING:
        return True
    first = next(
        vars(cls)[former.name] for cls in type(instance).__mro__ if former.name in vars(cls)
    )
    return not isinstance(first, type(former))


def heed_former_settings(app: Any) -> None:
    """Apply the settings that an application still has, with a warning, at its first request."""
    for key, (attribute, advice) in _KEYS.items():
        if key in app.config:
            try:
                warn_of(f"The setting {key!r}", advice)
            except DeprecationWarning as error:  # made an error by a filter: not the client's
                app.logger.warning("%s", error)
            if attribute and _is_unset(app.json, attribute):
                _set_json_attribute(app.json, attribute, app.config[key])


def _is_unset(provider: Any, attribute: str) -> bool:
    """Tell whether an application has left an attribute of the stock provider as it is."""
    stock = import_module("flask.json.provider").DefaultJSONProvider
    mro = type(provider).__mro__
    return stock in mro and not any(
        attribute in names for names in (vars(provider), *map(vars, mro[: mro.index(stock)]))
    )


def _set_json_attribute(provider: Any, attribute: str, value: Any) -> None:
    if attribute != "compact":
        setattr(provider, attribute, value)
    elif value:  # it asked for indentation
        provider.compact = False


def read_former_setting(key: str) -> NoReturn:
    """Say that a setting is missing.

    Raises:
        KeyError: Always, and for a former setting the text says what to use.
    """
    advice = _ADVICE["env"] if key == "ENV" else _KEYS[key][1] if key in _KEYS else None
    raise KeyError(f"{key}: {advice}." if advice else key)


def heed_former_parameter(function: str, kwargs: dict[str, Any], name: str, advice: str) -> None:
    """Give an argument the parameter's name of today, with a warning, or say what to do.

    Raises:
        TypeError: The parameter has no successor, or that is given too.
    """
    if not advice.isidentifier():
        refuse_parameter(function, name, advice)
    if advice in kwargs:
        raise TypeError(
            f"{function}() got both {name!r} and {advice!r}: they are the same, use {advice!r}."
        )
    warn_of(f"The parameter {name!r} of '{function}'", f"use '{advice}='")
    kwargs[advice] = kwargs.pop(name)


def refuse_parameter(function: str, name: str, advice: str) -> NoReturn:
    """Say what took the place of a keyword parameter.

    Args:
        function: The function's name.
        name: The parameter that was given.
        advice: A clause that says what to do.

    Raises:
        TypeError: Always.
    """
    raise TypeError(f"{function}() got an unexpected keyword argument {name!r}: {advice}.")


def _add_first(app: Any, f: Any) -> Any:
    """Register a function to be called once, before the first request."""
    warn_of("'before_first_request'", _ONCE)
    app._check_setup_finished("before_first_request")
    functions = app.__dict__.get("before_first_request_funcs")
    if functions is None:
        functions = app.__dict__["before_first_request_funcs"] = []
        hooks = app.before_request_funcs.setdefault(None, [])
        hooks.insert(0, partial(_run_first, app, functions, Lock()))
    functions.append(f)
    return f


def _run_first(app: Any, functions: list[Any], lock: Any) -> None:
    """Call the functions, once; a second request meanwhile waits until they are done."""
    with lock:
        while functions:
            app.ensure_sync(functions[0])()
            functions.pop(0)  # after it ran: one that fails is called again, as ever


def _add_first_of_app(blueprint: Any, f: Any) -> Any:
    blueprint.record_once(lambda state: _add_first(state.app, f))
    return f


def _read_json(config: Any, filename: str, silent: bool = False) -> Any:
    warn_of("'from_json'", _ADVICE["from_json"])
    return config.from_file(filename, load=json.load, silent=silent)


def _ask_sessions(name: str, app: Any, *args: Any) -> Any:
    warn_of(f"'app.{name}'", _ADVICE[name])
    return getattr(app.session_interface, name)(app, *args)


_CALLED: dict[str, Callable[..., Any]] = {  # methods, which warn when they are called
    "before_app_first_request": _add_first_of_app,
    "before_first_request": _add_first,
    "from_json": _read_json,
    "make_null_session": partial(_ask_sessions, "make_null_session"),
    "open_session": partial(_ask_sessions, "open_session"),
    "save_session": partial(_ask_sessions, "save_session"),
}


def warn_of(what: str, advice: str) -> None:
    """Give a DeprecationWarning at the first line outside this package."""
    frame: FrameType | None = sys._getframe(1)
    level = 2
    while frame and str(frame.f_globals.get("__name__")).partition(".")[0] == "flask":
        frame, level = frame.f_back, level + 1
    warnings.warn(f"{what} is deprecated: {advice}.", DeprecationWarning, stacklevel=level)
