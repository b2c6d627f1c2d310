"""Is every row of the reference table really tested? Break each in turn and see its test fail.

``python -m tests.contract.mutate --count 100 --seed 1`` breaks 100 random rows, one at a
time, ``--all`` each one, ``--part app`` those of one part, ``--name flask.g`` one row.
``--show`` prints how the tests failed. The last line counts the rows that were noticed;
the exit status is 1 when one was not.

A row counts as noticed when its test passes on the sound framework and fails on the broken
one. pytest collects once; then each row gets a fork of that process, where the row is broken
and its test alone is run. So what a test module does while being imported is never broken:
build applications in tests and fixtures.
"""

from __future__ import annotations

import argparse
import csv
import inspect
import os
import random
import signal
import sys
import tempfile
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from _pytest.runner import runtestprotocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

REFERENCE = Path(__file__).parent / "reference"
ROOT = Path(__file__).parents[2]
PASSED, FAILED = 0, 1  # exit statuses of a fork; death by a signal is neither
SECONDS_PER_ROW = 20
MISSING: Any = object()
PROXIED = {  # what a proxy's attributes are looked up on
    "flask.session": "flask.sessions.SecureCookieSession",
    "flask.request": "flask.wrappers.Request",
}


@dataclass(frozen=True)
class Row:
    """One documented thing: where it is documented, where it is, which test exercises it."""

    part: str
    line: int
    name: str
    kind: str
    documented: str
    implemented: str
    test: str


def read_rows(parts: Iterable[str] = ()) -> list[Row]:
    """Read the table, or some of its parts, in the order of the files."""
    wanted = set(parts)
    rows = []
    for path in sorted(REFERENCE.glob("*.csv")):
        if not wanted or path.stem in wanted:
            with path.open(encoding="utf-8", newline="") as file:
                for record in csv.DictReader(file):
                    line = int(record.pop("line"))
                    rows.append(Row(part=path.stem, line=line, **record))
    return rows


def parameter_of(name: str) -> tuple[str, str]:
    """Split ``flask.Flask.route(rule)`` into the callable's name and the parameter's."""
    owner, _, parameter = name.rstrip(")").partition("(")
    return owner, parameter.lstrip("*")


def resolve(implemented: str) -> tuple[Any, str, Any]:
    """Find what ``module:qualname`` names.

    Returns:
        The module or class that holds it, its name there, and the thing itself without its
        binding (:data:`MISSING` for an attribute that only instances have).
    """
    module_name, _, qualname = implemented.partition(":")
    *path, last = qualname.split(".")
    owner: Any = import_module(module_name)
    for name in path:
        owner = getattr(owner, name)
    if inspect.isclass(owner):
        return owner, last, inspect.getattr_static(owner, last, MISSING)
    return owner, last, getattr(owner, last)


def documented_owner(name: str) -> tuple[Any, str]:
    """Find the module or class that a documented dotted name speaks of, and the last word."""
    for proxy, owner in PROXIED.items():
        if name.startswith(f"{proxy}."):
            name = owner + name.removeprefix(proxy)
    path = name.split(".")
    for length in range(len(path) - 1, 0, -1):
        try:
            found: Any = import_module(".".join(path[:length]))
        except ImportError:
            continue
        for word in path[length:-1]:
            found = getattr(found, word)
        return found, path[-1]
    raise LookupError(name)


def place_to_break(row: Row) -> tuple[Any, str, Any]:
    """Find where the row's thing is replaced, its name there, and the thing.

    What a class inherits is broken on the class that documents it, so that the same method
    of its cousins stays sound: a test of ``Flask.route`` does not notice ``Blueprint.route``.
    """
    owner, name, found = resolve(row.implemented)
    if inspect.isclass(owner) and ":" not in row.name:
        heir, _ = documented_owner(parameter_of(row.name)[0])
        if inspect.isclass(heir) and issubclass(heir, owner):
            owner = heir
    return owner, name, found


# How each kind of thing is broken


def break_row(row: Row) -> None:
    """Break the one thing that a row names, in this process, for good."""
    import_module("flask.testing")  # it and what it imports hold references to be replaced
    if row.kind == "config":
        _break_config_key(row.name.partition(":")[2])
    elif row.kind == "view-option":
        _break_view_option(row)
    elif row.kind == "url-option":
        _break_callable(row, lambda func: _refusing(func, row.name.partition(":")[2], row.name))
    elif row.kind == "parameter":
        parameter = parameter_of(row.name)[1]
        _break_callable(row, lambda func: _refusing(func, parameter, row.name))
    elif row.kind in {"attribute", "property"}:
        setattr(*place_to_break(row)[:2], _BrokenAttribute(row.name))
    elif row.kind in {"proxy", "signal", "converter", "command"}:
        _BREAK_OBJECT[row.kind](resolve(row.implemented)[2], _raiser(row.name))
    else:
        _break_callable(row, lambda func: wraps(func)(_raiser(row.name)))


def _raiser(name: str) -> Callable[..., NoReturn]:
    def broken(*args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(f"{name} is broken")

    return broken


def _refusing(func: Callable[..., Any], parameter: str, name: str) -> Callable[..., Any]:
    """Return a function that refuses one parameter when it is passed explicitly."""
    signature = inspect.signature(func)
    rest = [p.name for p in signature.parameters.values() if p.kind is p.VAR_KEYWORD]

    @wraps(func)
    def checked(*args: Any, **kwargs: Any) -> Any:
        try:
            given = signature.bind(*args, **kwargs).arguments
        except TypeError:
            return func(*args, **kwargs)  # it raises a better one
        if parameter in given or any(parameter in given.get(more, ()) for more in rest):
            raise NotImplementedError(f"{name} is broken")
        return func(*args, **kwargs)

    return checked


def _break_callable(row: Row, breaker: Callable[[Any], Any]) -> None:
    owner, name, found = place_to_break(row)
    if inspect.isclass(found):
        if row.kind == "class":  # a mix-in is used by inheriting, not by calling
            found.__init_subclass__ = classmethod(_raiser(row.name))
        found.__init__ = breaker(found.__init__)
    elif inspect.isclass(owner):
        if isinstance(found, classmethod | staticmethod):
            setattr(owner, name, type(found)(breaker(found.__func__)))
        else:
            setattr(owner, name, breaker(found))
    else:
        broken = breaker(found)
        for module in list(sys.modules.values()):
            for key, value in list(vars(module).items()):
                if value is found:
                    setattr(module, key, broken)


class _BrokenAttribute:
    """Refuses to be read, and to be set except by the constructor (or any test would fail)."""

    def __init__(self, name: str) -> None:
        self._refuse = _raiser(name)

    def __set_name__(self, owner: type, name: str) -> None:
        self._attribute = name

    def __get__(self, instance: object, owner: type | None = None) -> NoReturn:
        self._refuse()

    def __set__(self, instance: object, value: Any) -> None:
        if sys._getframe(1).f_code.co_name != "__init__":
            self._refuse()

    def __delete__(self, instance: object) -> None:
        self._refuse()


def _break_config_key(key: str) -> None:
    config_class: Any = import_module("flask.config").Config

    def refusing(read: Callable[..., Any]) -> Callable[..., Any]:
        def checked(self: Any, asked: str, *args: Any) -> Any:
            if asked == key:
                raise NotImplementedError(f"config key {key} is broken")
            return read(self, asked, *args)

        return checked

    config_class.__getitem__ = refusing(config_class.__getitem__)
    config_class.get = refusing(config_class.get)


def _break_view_option(row: Row) -> None:
    option = row.name.partition(":")[2]

    def breaker(func: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(func)

        @wraps(func)
        def checked(*args: Any, **kwargs: Any) -> Any:
            given = signature.bind(*args, **kwargs).arguments
            asked = option != "__name__" or given.get("endpoint") is None
            if asked and hasattr(given.get("view_func"), option):
                raise NotImplementedError(f"{row.name} is broken")
            return func(*args, **kwargs)

        return checked

    _break_callable(row, breaker)


def _break_proxy(proxy: Any, refuse: Callable[..., NoReturn]) -> None:
    proxy_class = type(proxy)  # each proxy has its own, and operators look there too
    proxy_class.__getattribute__ = proxy_class.__setattr__ = refuse


def _break_signal(announced: Any, refuse: Callable[..., NoReturn]) -> None:
    announced.send = announced.send_async = announced.connect = refuse


def _break_converter(converter: Any, refuse: Callable[..., NoReturn]) -> None:
    converter.to_python = converter.to_url = refuse


def _break_command(command: Any, refuse: Callable[..., NoReturn]) -> None:
    command.callback = refuse


_BREAK_OBJECT = {
    "proxy": _break_proxy,
    "signal": _break_signal,
    "converter": _break_converter,
    "command": _break_command,
}


# Which rows are noticed


class MutationPlugin:
    """Runs, instead of the collected tests, the test of each row with that row broken."""

    def __init__(self, rows: list[Row], *, show: bool = False) -> None:
        self.rows = rows
        self.show = show
        self.survivors: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Take the place of pytest's own loop over the tests."""
        items = {item.nodeid: item for item in session.items}
        with tempfile.TemporaryDirectory(prefix="mutate-") as folder:
            self._run(items, Path(folder))
        return True

    def _run(self, items: dict[str, pytest.Item], folder: Path) -> None:
        tests = dict.fromkeys(row.test for row in self.rows if row.test in items)
        sound = _Forks(folder / "sound")
        unbroken = {id_: sound.start(items[id_], None) for id_ in tests}
        sound.finish()
        forks = _Forks(folder / "broken")
        broken = {row: forks.start(items[row.test], row) for row in self.rows if row.test in items}
        forks.finish()
        for row in self.rows:
            verdict = self._verdict(row, sound, unbroken.get(row.test), forks, broken.get(row))
            if verdict:
                self.survivors.append(f"{row.name} [{row.kind}] {row.test}: {verdict}")
            if self.show and row in broken:
                print(f"--- {row.name}\n{forks.text(broken[row])}")

    def _verdict(
        self, row: Row, sound: _Forks, unbroken: int | None, forks: _Forks, broken: int | None
    ) -> str:
        """Tell why the row was not noticed; nothing when it was."""
        if unbroken is None or broken is None:
            return "there is no such test"
        if sound.status[unbroken] != PASSED:
            return "the test fails on the sound framework"
        return _VERDICTS.get(forks.status[broken], "the test hung or crashed")


_VERDICTS = {PASSED: "nobody noticed", FAILED: ""}


class _Forks:
    """Runs tests in forks of this process, as many at a time as there are processors."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.status: dict[int, int] = {}
        self._running: dict[int, int] = {}  # fork's number by process id
        self._most = os.cpu_count() or 1
        self._started = 0

    def start(self, item: pytest.Item, row: Row | None) -> int:
        """Run a test with a row broken; the number returned is that of the fork."""
        while len(self._running) >= self._most:
            self._wait()
        number = self._started
        self._started += 1
        own = self.folder / str(number)
        own.mkdir(parents=True)
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            _run_in_fork(item, row, own)
        self._running[pid] = number
        return number

    def finish(self) -> None:
        """Wait for the tests that still run."""
        while self._running:
            self._wait()

    def text(self, number: int) -> str:
        """Return how the test failed."""
        report = self.folder / str(number) / "report"
        return report.read_text() if report.exists() else "the test hung or crashed"

    def _wait(self) -> None:
        pid, status = os.wait()
        number = self._running.pop(pid, None)
        if number is not None:
            self.status[number] = os.waitstatus_to_exitcode(status)


def _run_in_fork(item: pytest.Item, row: Row | None, folder: Path) -> NoReturn:
    """Break the row, run the test, tell the outcome by the exit status."""
    status = FAILED
    signal.alarm(SECONDS_PER_ROW)
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(folder)  # forks must not share ``tmp_path``
        if row is not None:
            break_row(row)
        reports = runtestprotocol(item, nextitem=None, log=False)
        if all(report.passed for report in reports):
            status = PASSED
        elif any(report.skipped for report in reports):
            status = PASSED  # a skipped test notices nothing
        text = "\n".join(report.longreprtext for report in reports if report.longrepr)
    except BaseException as error:  # noqa: BLE001 - the table is wrong: tell it as a crash
        status, text = 2, repr(error)
    (folder / "report").write_text(text)
    os._exit(status)


def mutate(rows: list[Row], *, show: bool = False) -> list[str]:
    """Break each of the rows in turn.

    Returns:
        A line for each row that was not noticed.
    """
    plugin = MutationPlugin(rows, show=show)
    files = dict.fromkeys(row.test.partition("::")[0] for row in rows)
    arguments = [file for file in files if (ROOT / file).exists()]
    options = ["-qq", "-s", "--no-header", "--no-summary", "--rootdir", str(ROOT)]
    pytest.main(
        [*options, "-p", "no:randomly", "-p", "no:cacheprovider", *arguments], plugins=[plugin]
    )
    return plugin.survivors


def _chosen_rows(options: argparse.Namespace) -> list[Row]:
    rows = read_rows(options.part)
    if options.name:
        rows = [row for row in rows if row.name in options.name]
    elif not options.all and len(rows) > options.count:
        rows = random.Random(options.seed).sample(rows, options.count)
        print(f"Seed {options.seed}.")
    return rows


def _lines(argv: list[str] | None) -> Iterator[str]:
    parser = argparse.ArgumentParser(prog="python -m tests.contract.mutate", description=__doc__)
    parser.add_argument("--count", type=int, default=100, help="how many random rows")
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))
    parser.add_argument("--all", action="store_true", help="every row")
    parser.add_argument("--part", action="append", default=[], help="rows of one part only")
    parser.add_argument("--name", action="append", default=[], help="one row, by its name")
    parser.add_argument("--show", action="store_true", help="print how each test failed")
    options = parser.parse_args(argv)
    rows = _chosen_rows(options)
    survivors = mutate(rows, show=options.show)
    yield from survivors
    yield f"{len(rows) - len(survivors)} of {len(rows)} broken rows were noticed"


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    lines = list(_lines(argv))
    print("\n".join(lines))
    return 1 if len(lines) > 1 else 0


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
