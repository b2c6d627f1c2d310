"""Where do an application's settings come from? A dict with loaders, and attributes bound to it.

``setup.app`` makes one per application; every room reads it as a plain dict.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import IO, TYPE_CHECKING, Any, Generic, Self, TypeVar, overload

from werkzeug.utils import import_string

from flask.lazy import former_names_of, with_former_attributes

if TYPE_CHECKING:
    from pathlib import Path

    from flask.setup.app import App

T = TypeVar("T")

FORMER_KEYS = frozenset(
    (
        "JSONIFY_MIMETYPE",
        "JSONIFY_PRETTYPRINT_REGULAR",
        "JSON_AS_ASCII",
        "JSON_SORT_KEYS",
        "PRESERVE_CONTEXT_ON_EXCEPTION",
    )
)
"""Settings that earlier versions had; applications may still set them."""

_MISSING_FILE = (errno.ENOENT, errno.EISDIR, errno.ENOTDIR)


def _path_in(folder: str | os.PathLike[str], filename: str | os.PathLike[str]) -> Path:
    from pathlib import Path  # noqa: PLC0415 - it takes 2 ms, and an import needs none

    return Path(folder, filename)


class ConfigAttribute(Generic[T]):
    """An attribute of the application that reads and writes one configuration key.

    Args:
        name: The configuration key, in capitals.
        get_converter: Applied to the stored value on every read; writing stores as is.
    """

    def __init__(self, name: str, get_converter: Callable[[Any], T] | None = None) -> None:
        self.__name__ = name
        self.get_converter = get_converter

    @overload
    def __get__(self, obj: None, owner: type[App] | None = None) -> Self: ...
    @overload
    def __get__(self, obj: App, owner: type[App] | None = None) -> T: ...
    def __get__(self, obj: App | None, owner: type[App] | None = None) -> T | Self:
        """Read the key from the application's configuration."""
        if obj is None:
            return self
        value: T = obj.config[self.__name__]
        return value if self.get_converter is None else self.get_converter(value)

    def __set__(self, obj: App, value: Any) -> None:
        obj.config[self.__name__] = value


@with_former_attributes("from_json")
class Config(dict[str, Any]):
    """The settings of an application: a dict that can be filled from files and objects.

    Only keys in capitals are taken, so a file or class may hold helpers in lower case.

    Args:
        root_path: Folder against which relative file names are resolved.
        defaults: Values to start from.
    """

    def __init__(
        self, root_path: str | os.PathLike[str], defaults: dict[str, Any] | None = None
    ) -> None:
        super().__init__(defaults or {})
        self.root_path = root_path

    def from_envvar(self, variable_name: str, silent: bool = False) -> bool:
        """Load the Python file that an environment variable names.

        Returns:
            Whether a file was loaded.

        Raises:
            RuntimeError: The variable is unset or empty, and ``silent`` is false.
        """
        filename = os.environ.get(variable_name)
        if filename:
            return self.from_pyfile(filename, silent=silent)
        if silent:
            return False
        raise RuntimeError(
            f"The environment variable {variable_name!r} is not set and as such configuration"
            " could not be loaded. Set it to the path of a configuration file, or pass"
            " silent=True where the file is optional."
        )

    def from_prefixed_env(
        self, prefix: str = "FLASK", *, loads: Callable[[str], Any] = json.loads
    ) -> bool:
        """Load every environment variable that starts with a prefix and an underscore.

        ``FLASK_A__B=1`` sets key ``B`` inside the dict ``A``, making the dict when it is
        missing. Variables are taken in sorted order.

        Args:
            prefix: Without its trailing underscore.
            loads: Parses each value; a value it refuses stays a string.
        """
        start = f"{prefix}_"
        for variable in sorted(os.environ):
            if variable.startswith(start):
                text = os.environ[variable]
                try:
                    value = loads(text)
                except Exception:  # noqa: BLE001 - whatever the parser raises: then it is a string
                    value = text
                *parents, last = variable.removeprefix(start).split("__")
                target: dict[str, Any] = self
                for name in parents:
                    target = target.setdefault(name, {})
                target[last] = value
        return True

    def from_pyfile(self, filename: str | os.PathLike[str], silent: bool = False) -> bool:
        """Run a Python file and take its names in capitals.

        Args:
            filename: Relative names are resolved against ``root_path``.
            silent: Return False for a missing file instead of raising.

        Raises:
            OSError: The file cannot be read.
        """
        path = _path_in(self.root_path, filename)
        module = ModuleType("config")
        module.__file__ = str(path)
        try:
            source = path.read_bytes()
        except OSError as error:
            if silent and error.errno in _MISSING_FILE:
                return False
            raise _named(error) from None
        exec(compile(source, path, "exec"), module.__dict__)
        self.from_object(module)
        return True

    def from_object(self, obj: object | str) -> None:
        """Take the attributes in capitals of an object, or of what an import path names.

        A dict has no such attributes: use :meth:`from_mapping`.
        """
        if isinstance(obj, str):
            obj = import_string(obj)
        for key in dir(obj):
            if key.isupper():
                self[key] = getattr(obj, key)

    def from_file(
        self,
        filename: str | os.PathLike[str],
        load: Callable[[IO[Any]], Mapping[str, Any]],
        silent: bool = False,
        text: bool = True,
    ) -> bool:
        """Load a data file with a reader such as ``json.load`` or ``tomllib.load``.

        Args:
            filename: Relative names are resolved against ``root_path``.
            load: Gets the open file, returns a mapping; names not in capitals are ignored.
            silent: Return False for a missing file instead of raising.
            text: Open as UTF-8 text, else as bytes.

        Raises:
            OSError: The file cannot be read.
        """
        path = _path_in(self.root_path, filename)
        try:
            with path.open("r" if text else "rb", encoding="utf-8" if text else None) as file:
                loaded = load(file)
        except OSError as error:
            if silent and error.errno in _MISSING_FILE:
                return False
            raise _named(error) from None
        return self.from_mapping(loaded)

    def from_mapping(self, mapping: Mapping[str, Any] | None = None, **kwargs: Any) -> bool:
        """Take the keys in capitals of a mapping and of the keyword arguments."""
        for key, value in dict(mapping or {}, **kwargs).items():
            if key.isupper():
                self[key] = value
        return True

    def get_namespace(
        self, namespace: str, lowercase: bool = True, trim_namespace: bool = True
    ) -> dict[str, Any]:
        """Return the settings whose key starts with a prefix.

        Args:
            namespace: The prefix, for example ``"IMAGE_STORE_"``.
            lowercase: Return the keys in lower case.
            trim_namespace: Return the keys without the prefix.
        """
        found = {}
        for key, value in self.items():
            if key.startswith(namespace):
                name = key[len(namespace) :] if trim_namespace else key
                found[name.lower() if lowercase else name] = value
        return found

    def __missing__(self, key: str) -> Any:
        from flask.formerattributes import read_former_setting  # noqa: PLC0415 - only a miss pays

        return read_former_setting(key)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {dict.__repr__(self)}>"


def _named(error: OSError) -> OSError:
    """Say in an I/O error that it was a configuration file that could not be read."""
    error.strerror = f"Unable to load configuration file ({error.strerror})"
    return error


if not TYPE_CHECKING:
    __getattr__ = former_names_of(__name__)
