"""Which names do extensions take from Flask? Recorded by watching them, names only.

`python tests/ecosystem/run.py --names` runs this with the genuine Flask and writes
names.txt; test_names.py demands each name of ours. Flask's modules and classes are
watched while every extension is imported and its tests run; no source is read.
"""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
import sys
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).resolve().parent
NAMES = HERE / "names.txt"

# Not extensions: Flask, what it stands on, what runs the tests, and the tests themselves.
OWN = {"flask", "werkzeug", "jinja2", "click", "blinker", "itsdangerous", "markupsafe"}
OWN |= {"pytest", "_pytest", "pluggy", "outcomes", "__main__"} | sys.stdlib_module_names

# Packages that hold much more than the part made for Flask.
LARGE = {"sentry_sdk": "sentry_sdk.integrations.flask", "opentelemetry": ""}

NOT_EXTENSIONS = {"test_document", "test_names", "test_run"}

HEADING = """\
# What the extensions of requirements.txt take from Flask 3.1.3: module or class, then name.
# A minus marks what they look for and Flask has not. Written by record_names.py.
"""


class Recorder:
    """The names seen so far, each under the module or class that has it."""

    def __init__(self) -> None:
        self.taken: set[tuple[str, str]] = set()
        self.missed: set[tuple[str, str]] = set()

    def note(self, owner: str, name: str, *, is_there: bool = True) -> None:
        """Keep a name, unless Flask itself or its surroundings asked for it."""
        if not is_dunder(name) and is_extension(find_caller()):
            (self.taken if is_there else self.missed).add((owner, name))

    def write(self) -> str:
        lines = [f"{owner} {name}" for owner, name in sorted(self.taken)]
        lines += [f"- {owner} {name}" for owner, name in sorted(self.missed - self.taken)]
        return HEADING + "\n".join(lines) + "\n"


def is_dunder(name: str) -> bool:
    """Tell whether Python itself gives a meaning to the name; `__version__` it does not."""
    if name.startswith("_abc_"):
        return True
    return name.startswith("__") and name.endswith("__") and name != "__version__"


def is_extension(module: str) -> bool:
    """Tell whether a module belongs to an extension or to something it stands on."""
    return module.partition(".")[0] not in OWN and not module.startswith("test_")


def find_caller() -> str:
    """Name the module whose code asked, looking through Werkzeug's proxies."""
    frame = sys._getframe(1)
    while frame.f_globals.get("__name__") in (__name__, "werkzeug.local") and frame.f_back:
        frame = frame.f_back
    return str(frame.f_globals.get("__name__", "jinja2"))  # a compiled template has no name


def watch_modules(recorder: Recorder) -> None:
    """Note each name asked of, or set on, one of Flask's modules."""

    class Watched(ModuleType):
        def __getattribute__(self, name: str) -> Any:
            owner = super().__getattribute__("__name__")
            try:
                found = super().__getattribute__(name)
            except AttributeError:
                recorder.note(owner, name, is_there=False)
                raise
            recorder.note(owner, name)
            return found

        def __setattr__(self, name: str, value: Any) -> None:
            recorder.note(self.__name__, name, is_there=name in vars(self))
            super().__setattr__(name, value)

    for module in list(find_flask_modules()):
        module.__class__ = Watched


def find_flask_modules() -> Iterator[ModuleType]:
    """Import every module of Flask."""
    flask = importlib.import_module("flask")
    yield flask
    for info in pkgutil.walk_packages(flask.__path__, "flask."):
        if not info.name.endswith("__main__"):
            yield importlib.import_module(info.name)


def make_samples() -> dict[str, Any]:
    """Make an object of each class of which instances are watched, by the class's name."""
    from flask import Blueprint, Flask
    from flask.blueprints import BlueprintSetupState
    from flask.cli import ScriptInfo
    from flask.sessions import SecureCookieSession

    app = Flask("sample", static_folder=None)
    blueprint = Blueprint("sample", "sample")
    context = app.test_request_context()
    with app.app_context() as app_context:
        shell = app_context.g
    made: list[Any] = [
        app,
        blueprint,
        context,
        app_context,
        shell,
        context.request,
        app.response_class(),
    ]
    made += [app.config, app.json, app.session_interface, SecureCookieSession()]
    made += [app.test_client(), app.test_cli_runner(), app.cli, app.jinja_env]
    made += [BlueprintSetupState(blueprint, app, {}, True), ScriptInfo()]
    return {name_class(type(thing)): thing for thing in made}


def find_own_class(cls: type) -> type:
    """Find the first of a class's bases that is Flask's."""
    return next((base for base in cls.__mro__ if base.__module__.startswith("flask.")), object)


def name_class(cls: type) -> str:
    """Name a class after the first of its bases that is Flask's."""
    own = find_own_class(cls)
    return f"{own.__module__}.{own.__qualname__}"


def find_classes() -> set[type]:
    """Find the classes that Flask defines."""
    found = {
        thing
        for module in find_flask_modules()
        for thing in vars(module).values()
        if isinstance(thing, type) and thing.__module__.partition(".")[0] == "flask"
    }
    return {cls for cls in found if not issubclass(cls, BaseException)}


def watch_instances(recorder: Recorder, classes: set[type]) -> None:
    """Note each name asked of an object of Flask's, if a fresh object has it too."""
    fresh = {
        name: set(vars(thing))
        for name, thing in make_samples().items()
        if hasattr(thing, "__dict__")
    }

    def wrap(get: Any) -> Callable[[Any, str], Any]:
        def get_and_note(self: Any, name: str) -> Any:
            cls = find_own_class(type(self))
            owner = name_class(cls)
            if hasattr(cls, name) or name in fresh.get(owner, ()):
                recorder.note(owner, name)
            return get(self, name)

        return get_and_note

    for cls in classes:
        if not any(base in classes for base in cls.__mro__[1:]):
            with contextlib.suppress(TypeError, AttributeError):
                setattr(cls, "__getattribute__", wrap(cls.__getattribute__))  # noqa: B010 - typed


def note_overrides(recorder: Recorder, classes: set[type]) -> None:
    """Note what the extensions' subclasses of Flask's classes replace."""
    waiting = list(classes)
    while waiting:
        cls = waiting.pop()
        waiting += type.__subclasses__(cls)
        if is_extension(cls.__module__):
            own = find_own_class(cls)
            replaced = {name for name in vars(cls) if hasattr(own, name) and not is_dunder(name)}
            recorder.taken |= {(name_class(own), name) for name in replaced}


def import_extensions() -> None:
    """Import every module of the pinned extensions that can be imported here."""
    pins = (HERE / "requirements.txt").read_text().splitlines()
    tried = {line.partition("==")[0].lower().replace("_", "-") for line in pins if is_tried(line)}
    warnings.simplefilter("ignore")  # a warning would quote the line that gives it
    for package, distributions in packages_distributions().items():
        if tried.isdisjoint(name.lower().replace("_", "-") for name in distributions):
            continue
        start = LARGE.get(package, package)
        if start:
            import_whole(start)


def is_tried(pin: str) -> bool:
    """Tell whether a pinned distribution has a test file here."""
    name = pin.partition("==")[0].lower().replace("-", "_")
    return "==" in pin and (HERE / f"test_{name}.py").is_file()


def import_whole(name: str) -> None:
    """Import a module and all below it, as far as they can be imported."""
    try:
        module = importlib.import_module(name)
    except Exception as error:  # noqa: BLE001 - a part may need what is not installed
        print(f"  {name}: {type(error).__name__}: {error}", file=sys.stderr)
        return
    for info in pkgutil.iter_modules(getattr(module, "__path__", ()), f"{name}."):
        if info.name.rpartition(".")[2] not in ("__main__", "tests"):
            import_whole(info.name)


def read_names() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Read names.txt: what is taken, and what is looked for in vain, by owner."""
    taken: dict[str, list[str]] = defaultdict(list)
    missed: dict[str, list[str]] = defaultdict(list)
    for line in NAMES.read_text().splitlines():
        if line and not line.startswith("#"):
            owner, name = line.removeprefix("- ").split(" ")
            (missed if line.startswith("- ") else taken)[owner].append(name)
    return taken, missed


def main() -> int:
    """Watch, import, run the tests, and write the list."""
    import pytest

    recorder = Recorder()
    classes = find_classes()
    watch_modules(recorder)
    watch_instances(recorder, classes)
    import_extensions()
    files = [str(file) for file in HERE.glob("test_*.py") if file.stem not in NOT_EXTENSIONS]
    status = pytest.main(["-q", "-c", str(HERE / "extensions.ini"), "-p", "outcomes", *files])
    note_overrides(recorder, classes)
    NAMES.write_text(recorder.write())
    return int(status)


if __name__ == "__main__":
    raise SystemExit(main())
