"""What happens to an attribute, setting or parameter that Flask 1 to 3.0 had?

``flask.lazy`` and ``flask.config`` ask here, so code that uses none never imports this. Some
work as they did, with a DeprecationWarning; for the others the error says what to use.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable
from functools import partial
from importlib import import_module
from threading import Lock
from types import FrameType
from typing import Any, NoReturn

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
    "env": "use 'app.debug'; FLASK_ENV is not read any more",
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

_SETTINGS = {  # attributes of an application that were a setting and nothing else
    "send_file_max_age_default": "SEND_FILE_MAX_AGE_DEFAULT",
    "session_cookie_name": "SESSION_COOKIE_NAME",
    "templates_auto_reload": "TEMPLATES_AUTO_RELOAD",
    "use_x_sendfile": "USE_X_SENDFILE",
}

_JSON_CLASSES = ("json_decoder", "json_encoder")

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


def read_former_attribute(owner: Any, name: str) -> Any:
    """Return what an attribute gave that applications and other objects had, with a warning.

    Args:
        owner: The object, or the class when it was asked.
        name: The attribute's name.

    Raises:
        AttributeError: The attribute has no meaning any more; the text says what to use.
    """
    if not isinstance(owner, type):
        if name in _SETTINGS:
            warn_of(f"'app.{name}'", _ADVICE[name])
            return owner.config[_SETTINGS[name]]
        if name in _COMPUTED:
            warn_of(f"{name!r}", _ADVICE[name])
            return _COMPUTED[name](owner)
        if name in _CALLED:
            return partial(_CALLED[name], owner)
    kind = owner.__name__ if isinstance(owner, type) else type(owner).__name__
    raise AttributeError(f"{kind!r} object has no attribute {name!r}: {_ADVICE[name]}.")


def assign_former_attribute(owner: Any, name: str, value: Any) -> None:
    """Let an assignment to a former attribute do what it did; others are stored as ever."""
    if name in _SETTINGS:
        warn_of(f"'app.{name}'", _ADVICE[name])
        owner.config[_SETTINGS[name]] = value
        return
    if name in _JSON_CLASSES:
        warn_of(f"{name!r}", _ADVICE[name])
        if hasattr(owner, "json"):  # a blueprint has none, and its encoder counts no more
            owner.json.__class__ = _provider_of(type(owner.json), {name: value})
    owner.__dict__[name] = value


def adopt_class_attribute(cls: Any, name: str, value: Any) -> None:
    """Let a former attribute in the body of an application's class do what it did."""
    if name in _SETTINGS:
        warn_of(f"'app.{name}'", _ADVICE[name])
        defaults = {**cls.default_config, _SETTINGS[name]: value}
        cls.default_config = type(cls.default_config)(defaults)
        delattr(cls, name)
    elif name in _JSON_CLASSES and hasattr(cls, "json_provider_class"):
        warn_of(f"{name!r}", _ADVICE[name])
        cls.json_provider_class = _provider_of(cls.json_provider_class, {name: value})


def _provider_of(base: Any, classes: dict[str, Any]) -> Any:
    module = import_module("flask.json.classes")
    if not issubclass(base, module.DefaultJSONProvider):  # another library writes the JSON
        return base
    bases = (base,) if issubclass(base, module.JSONClasses) else (module.JSONClasses, base)
    return type(base.__name__, bases, classes)


def heed_former_settings(app: Any) -> None:
    """Apply the settings that an application still has, with a warning, at its first request."""
    for key, (attribute, advice) in _KEYS.items():
        if key in app.config:
            warn_of(f"The setting {key!r}", advice)
            provider = vars(app.json)
            if attribute == "compact":
                if app.config[key]:
                    provider.setdefault(attribute, False)
            elif attribute:
                provider.setdefault(attribute, app.config[key])


def read_former_setting(config: Any, key: str) -> Any:
    """Return what a setting held that 3.1 has not.

    Raises:
        KeyError: There is no such setting, and for a former one what to use.
    """
    if key == "ENV":
        warn_of(f"The setting {key!r}", "use 'app.debug'; FLASK_ENV is not read any more")
        return "development" if config["DEBUG"] else "production"
    if key in _KEYS:
        raise KeyError(f"{key}: {_KEYS[key][1]}.")
    raise KeyError(key)


def refuse_parameter(function: str, name: str, advice: str) -> NoReturn:
    """Say what took the place of a keyword parameter.

    Args:
        function: The function's name.
        name: The parameter that was given.
        advice: The parameter to use, or a clause that says what to do.

    Raises:
        TypeError: Always.
    """
    todo = f"use '{advice}='" if advice.isidentifier() else advice
    raise TypeError(f"{function}() got an unexpected keyword argument {name!r}: {todo}.")


def _env_of(app: Any) -> str:
    return str(app.config["ENV"]) if dict.get(app.config, "ENV") else _env_by_debug(app)


def _env_by_debug(app: Any) -> str:
    return "development" if app.debug else "production"


def _propagates(app: Any) -> bool:
    wanted = app.config["PROPAGATE_EXCEPTIONS"]
    return bool(app.testing or app.debug if wanted is None else wanted)


def _is_xhr(request: Any) -> bool:
    return request.headers.get("X-Requested-With", "").lower() == "xmlhttprequest"  # type: ignore[no-any-return]


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


_COMPUTED: dict[str, Callable[[Any], Any]] = {
    "env": _env_of,
    "is_xhr": _is_xhr,
    "propagate_exceptions": _propagates,
}

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
