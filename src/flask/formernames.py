"""What became of a name that Flask 1.x or 2.x had? It works with a warning, or the error says.

``flask.__getattr__`` asks here, so code that uses no old name never imports this.
"""

from __future__ import annotations

import warnings
from typing import Any

_GONE = {
    "_app_ctx_stack": "use 'flask.globals.app_ctx' to read the active context",
    "_request_ctx_stack": "use 'flask.globals.request_ctx' to read the active context",
    "safe_join": "use 'from werkzeug.utils import safe_join'",
    "before_first_request": "run the code in the application factory",
    "JSONEncoder": "subclass 'flask.json.provider.DefaultJSONProvider' and set app.json",
    "JSONDecoder": "subclass 'flask.json.provider.DefaultJSONProvider' and set app.json",
    "json_available": "JSON is always available: remove the check",
    "signals_available": "signals are always available: remove the check",
    "total_seconds": "call the timedelta's own 'total_seconds()'",
    "Module": "use 'flask.Blueprint'",
    "_compat": "Python 2 is not supported: remove what it was used for",
    "ext": "import the extension by its own name: 'import flask_sqlalchemy'",
    "exthook": "import the extension by its own name: 'import flask_sqlalchemy'",
    "script": "use 'flask.cli'",
}


def find_former_name(name: str) -> Any:
    """Return what a former name of ``flask`` stands for, with a DeprecationWarning.

    Raises:
        AttributeError: It has no meaning any more, and the text says what to use; or there
            never was such a name. ``from flask import name`` makes an ImportError of it.
    """
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - slow, and asked for rarely

        _warn("'flask.__version__' is deprecated: use importlib.metadata.version('flask').")
        return version("flask").partition("+")[0]
    if name in ("escape", "Markup"):
        import markupsafe  # noqa: PLC0415 - loaded with Jinja or by this

        _warn(f"'flask.{name}' is deprecated: use 'from markupsafe import {name}'.")
        return getattr(markupsafe, name)
    if name in _GONE:
        raise AttributeError(
            f"module 'flask' has no attribute {name!r} since Flask 2.x: {_GONE[name]}."
        )
    raise AttributeError(f"module 'flask' has no attribute {name!r}")


def _warn(text: str) -> None:
    warnings.warn(text, DeprecationWarning, stacklevel=4)
