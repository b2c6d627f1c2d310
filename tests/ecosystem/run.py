"""Do popular extensions run on ours as they do on the genuine Flask?

`make test-ecosystem` calls this: it builds one environment with this checkout and
one with Flask 3.1.3, runs the same tests in both, and compares every outcome,
response and warning. Needs nothing but Python itself.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

try:
    import document
except ImportError:  # imported by a test, as a part of a package
    from ecosystem import document

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parent.parent
PINS = HERE / "requirements.txt"
TRIED = HERE / "tried.txt"

FIXED = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONHASHSEED": "0", "TZ": "UTC"}

# Tests in which the two differ on purpose, each with the reason; one that stops differing fails.
KNOWN = {
    "tried.py::test_flasgger": "it imports flask.Markup, which ours still has, with a warning",
    "test_flask_debugtoolbar.py::test_an_error_page_is_an_error_page_still": (
        "an error page of ours is an ordinary response, not a stream, so the toolbar is shown on it"
    ),
}

# The same for those in which ours answers through ASGI, beside the ones above.
CLOSED = "a file that is sent is closed when it is; the test client of WSGI leaves it open"
KNOWN_THROUGH_ASGI = {
    "test_flask_admin.py::test_files_are_uploaded_and_never_outside": CLOSED,
    "test_flask_admin.py::test_the_admins_own_files_are_served": CLOSED,
    "test_flask_debugtoolbar.py::test_the_bars_own_files_are_served": CLOSED,
}

Outcomes = dict[str, dict[str, Any]]

ASK_FLASK = """
import importlib.metadata, json, flask
print(json.dumps([importlib.metadata.version("flask"), flask.__file__]))
"""


class Refused(Exception):
    """An environment is not what the comparison needs; the text says why."""


@dataclass(frozen=True)
class Environment:
    """A virtual environment and the Flask that belongs in it."""

    name: str
    flask: tuple[str, ...]
    """The arguments that make pip install that Flask."""
    home: Path
    """The folder that `flask` must be imported from."""
    version: str
    pins: Path = PINS
    plugins: tuple[str, ...] = ()
    """Of pytest, beside the one that writes the outcomes down."""

    @property
    def folder(self) -> Path:
        return CHECKOUT / ".venvs" / self.name

    @property
    def python(self) -> Path:
        return self.folder / ("Scripts" if os.name == "nt" else "bin") / "python"

    def build(self, *, fresh: bool) -> None:
        """Install Flask and the pinned extensions, unless that is already done."""
        stamp = self.folder / "installed.txt"
        wanted = self.fingerprint()
        if not fresh and stamp.is_file() and stamp.read_text() == wanted:
            return
        say(f"building {self.folder.relative_to(CHECKOUT)}")
        shutil.rmtree(self.folder, ignore_errors=True)
        venv.create(self.folder, with_pip=True)
        pip = [self.python, "-m", "pip", "--disable-pip-version-check"]
        run([*pip, "install", "--quiet", *self.flask])
        run([*pip, "install", "--quiet", "--requirement", self.pins])
        run([*pip, "check"])
        stamp.write_text(wanted)

    def fingerprint(self) -> str:
        """Name everything that the installation depends on."""
        parts = [sys.version, *self.flask, self.pins.read_text()]
        if "--editable" in self.flask:
            parts.append((CHECKOUT / "pyproject.toml").read_text())
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def check_flask(self) -> None:
        """Refuse to go on when an extension's installation replaced Flask."""
        version, file = json.loads(run([self.python, "-c", ASK_FLASK]))
        if version != self.version or not Path(file).is_relative_to(self.home):
            raise Refused(
                f"{self.name} should import Flask {self.version} from {self.home}, "
                f"but it imports {version} from {file}: an extension's installation replaced it. "
                "Run again with --fresh, and look at what pip says."
            )

    def try_extensions(self, files: list[Path], arguments: list[str]) -> Outcomes:
        """Run the tests and return what each of them saw."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "outcomes.json"
            command: list[str | Path] = [self.python, "-m", "pytest", "-c", HERE / "extensions.ini"]
            command += [part for plugin in self.plugins for part in ("-p", plugin)]
            command += ["-p", "outcomes", "--outcomes", file, *arguments, *files]
            subprocess.run(command, cwd=HERE, env=self.variables(), check=False)
            if not file.is_file():
                raise Refused(f"pytest did not finish in {self.name}; its own message is above.")
            return dict(json.loads(file.read_text()))

    def variables(self) -> dict[str, str]:
        """Make an environment in which only the named plugins and settings count."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("FLASK_", "PYTEST_"))}
        return {**kept, "PYTHONPATH": str(HERE), **FIXED}

    def find_version(self, distribution: str) -> str:
        """Ask the environment which version of a distribution it holds."""
        ask = f"import importlib.metadata as m; print(m.version({distribution!r}))"
        return run([self.python, "-c", ask]).strip()


def read_own_version() -> str:
    """Read from pyproject.toml which version this checkout has."""
    lines = (CHECKOUT / "pyproject.toml").read_text().splitlines()
    return next(line.split('"')[1] for line in lines if line.startswith("version ="))


OURS = Environment(
    "ecosystem", ("--editable", str(CHECKOUT)), CHECKOUT / "src" / "flask", read_own_version()
)
GENUINE = Environment(
    "ecosystem-genuine", ("Flask==3.1.3",), CHECKOUT / ".venvs" / "ecosystem-genuine", "3.1.3"
)
TRIED_ON = [
    replace(
        environment,
        name=environment.name.replace("ecosystem", "tried"),
        pins=TRIED,
        home=home,
    )
    for environment, home in (
        (GENUINE, CHECKOUT / ".venvs" / "tried-genuine"),
        (OURS, OURS.home),
    )
]


SEEN: dict[Environment, Outcomes] = {}
"""What was run already."""


def run(command: list[Any]) -> str:
    """Run a command and return what it prints; refuse when it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        raise Refused(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def say(text: str) -> None:
    """Tell the person waiting what happens, apart from the table on stdout."""
    print(text, file=sys.stderr, flush=True)


def find_tests(wanted: list[str]) -> dict[str, Path]:
    """Find the test file of each pinned extension, by the extension's name."""
    files = {}
    for line in PINS.read_text().splitlines():
        name = line.partition("==")[0]
        file = HERE / f"test_{name.lower().replace('-', '_')}.py"
        if file.is_file():
            files[name] = file
    stems = {file.stem.removeprefix("test_"): name for name, file in files.items()}
    unknown = set(wanted) - set(stems)
    if unknown:
        raise Refused(f"No tests for {sorted(unknown)}; there are {sorted(stems)}.")
    return {stems[stem]: files[stems[stem]] for stem in wanted} if wanted else files


def find_differences(ours: Outcomes, genuine: Outcomes) -> list[str]:
    """Say where the two runs differ, one line for each test."""
    lines = []
    for test in sorted(ours.keys() | genuine.keys()):
        here, there = ours.get(test), genuine.get(test)
        if here is None or there is None:
            lines.append(f"{test}: only seen on {'genuine' if here is None else 'ours'}")
            continue
        found = compare_tests(here, there)
        if test in KNOWN:
            found = [] if found else ["listed in KNOWN, but no longer different: remove it there"]
        lines.extend(f"{test}: {difference}" for difference in found)
    return lines


def compare_tests(here: dict[str, Any], there: dict[str, Any]) -> list[str]:
    """Say in what one test went differently."""
    lines = [
        f"{part} {here[part]!r} on ours, {there[part]!r} on genuine"
        for part in ("outcome", "warnings")
        if here[part] != there[part]
    ]
    return lines + compare_responses(here, there)


def compare_responses(here: dict[str, Any], there: dict[str, Any]) -> list[str]:
    """Say which responses of one test differ, and in what."""
    ours, genuine = here["responses"], there["responses"]
    if len(ours) != len(genuine):
        return [f"{len(ours)} responses on ours, {len(genuine)} on genuine"]
    return [
        f"{mine['asked']} answers {part} {show_difference(mine[part], other[part])}"
        for mine, other in zip(ours, genuine, strict=True)
        for part in mine
        if mine[part] != other[part]
    ]


def show_difference(mine: Any, other: Any) -> str:
    """Cut two values down to where they differ."""
    if isinstance(mine, list):
        mine, other = [x for x in mine if x not in other], [x for x in other if x not in mine]
    else:
        pairs = enumerate(zip(mine, other, strict=False))
        same = next((i for i, (a, b) in pairs if a != b), min(len(mine), len(other)))
        start = max(same - 20, 0)
        mine, other = mine[start:][:200], other[start:][:200]
    return f"{mine!r} on ours, {other!r} on genuine"


def judge(file: Path, ours: Outcomes, genuine: Outcomes, differences: list[str]) -> str:
    """Put the outcome of one extension into a few words; empty means it was not run."""
    mine = [test for name, test in ours.items() if name.startswith(file.name)]
    theirs = [test for name, test in genuine.items() if name.startswith(file.name)]
    passed = sum(test["outcome"] == "passed" for test in mine)
    failed = sum(test["outcome"] not in ("", "passed") for test in mine + theirs)
    different = sum(line.startswith(file.name) for line in differences)
    responses = sum(len(test["responses"]) for test in mine)
    if not passed or failed or different:
        return f"**{passed} tests pass, {failed} fail in all, {different} differences**"
    known = [reason for test, reason in KNOWN.items() if test.startswith(file.name)]
    many = "differences" if len(known) > 1 else "difference"
    but = f", but for {len(known)} known {many}: {'; '.join(dict.fromkeys(known))}" if known else ""
    return f"{passed} tests, {responses} responses: same on both{but}"


def print_table(rows: list[tuple[str, str, str]]) -> None:
    """Print the markdown table that the documentation shows."""
    print("| extension | version | outcome |\n|---|---|---|")
    for row in rows:
        print(f"| {' | '.join(row)} |")


def compare(
    wanted: list[str],
    arguments: list[str],
    *,
    fresh: bool,
    write: bool,
    ours: Environment = OURS,
    has_page: bool = True,
) -> bool:
    """Run everything, print the table, and tell whether all is the same and well."""
    tests = find_tests(wanted)
    files = list(tests.values())
    genuine, mine = run_on_both([GENUINE, ours], files, arguments, fresh=fresh)
    differences = find_differences(mine, genuine)
    rows = [
        (name, OURS.find_version(name), judge(file, mine, genuine, differences))
        for name, file in tests.items()
    ]
    print_table(rows)
    for line in differences:
        say(line)
    for test, reason in KNOWN.items():
        if test in mine:
            say(f"known difference: {test}: {reason}")
    well = not differences and not any(row[2].startswith("**") for row in rows)
    return well and (bool(wanted) or not has_page or document.keep(rows, write=write))


def run_on_both(
    environments: list[Environment], files: list[Path], arguments: list[str], *, fresh: bool
) -> list[Outcomes]:
    """Run the same tests in each environment and return what each saw."""
    for environment in environments:
        if environment in SEEN:
            continue
        environment.build(fresh=fresh)
        environment.check_flask()
        say(f"running {len(files)} files in {environment.name}")
        SEEN[environment] = environment.try_extensions(files, arguments)
    return [SEEN[environment] for environment in environments]


def try_more(arguments: list[str], *, fresh: bool, write: bool) -> bool:
    """Run tried.py on both, print the table, and tell whether all is the same."""
    genuine, ours = run_on_both(TRIED_ON, [HERE / "tried.py"], arguments, fresh=fresh)
    differences = find_differences(ours, genuine)
    rows = [
        (name, TRIED_ON[1].find_version(name), judge_one(test, ours, genuine, differences))
        for name, test in document.find_tried().items()
    ]
    print_table(rows)
    for line in differences:
        say(line)
    return document.keep_tried(rows, write=write) and not differences


def judge_one(test: str, ours: Outcomes, genuine: Outcomes, differences: list[str]) -> str:
    """Put the outcome of one test into a few words."""
    if test in KNOWN:
        return f"{ours[test]['outcome']} on ours only: {KNOWN[test]}"
    same = not any(line.startswith(f"{test}:") for line in differences)
    return "passed on both, same responses" if same and passes(ours[test]) else "**differs**"


def passes(test: dict[str, Any]) -> bool:
    """Tell whether a test passed."""
    return bool(test["outcome"] == "passed")


def record_names() -> int:
    """Write names.txt anew: what the extensions take from the genuine Flask."""
    GENUINE.build(fresh=False)
    GENUINE.check_flask()
    command = [GENUINE.python, HERE / "record_names.py"]
    return subprocess.run(command, cwd=HERE, env=GENUINE.variables(), check=False).returncode


def compare_through_asgi(wanted: list[str], arguments: list[str], **how: bool) -> bool:
    """Do the same with requests that go through ASGI on ours; the page tells of WSGI alone."""
    KNOWN.update(KNOWN_THROUGH_ASGI)
    ours = replace(OURS, plugins=("asgi_side",))
    return compare(wanted, arguments, ours=ours, has_page=False, **how)


def main() -> int:
    """Read the command line; return the exit status."""
    parser = argparse.ArgumentParser(description="Run extensions on ours and on genuine Flask.")
    parser.add_argument("extensions", nargs="*", help="such as flask_login; default: all")
    parser.add_argument("--fresh", action="store_true", help="build both environments anew")
    parser.add_argument("--names", action="store_true", help="record names.txt anew, run no more")
    parser.add_argument(
        "--tried", action="store_true", help="run tried.py instead: more extensions"
    )
    parser.add_argument("--write-docs", action="store_true", help="write docs/extensions.md anew")
    parser.add_argument("--through-asgi", action="store_true", help="let ours answer through ASGI")
    parser.add_argument("--both-ways", action="store_true", help="first without it, then with it")
    options, arguments = parser.parse_known_args()
    try:
        if options.names:
            return record_names()
        how = {"fresh": options.fresh, "write": options.write_docs}
        if options.tried:
            return 0 if try_more(arguments, **how) else 1
        ways = [compare_through_asgi if options.through_asgi else compare]
        ways += [compare_through_asgi] * options.both_ways
        well = [run_it(options.extensions, arguments, **how) for run_it in ways]
        return 0 if all(well) else 1
    except Refused as refusal:
        say(str(refusal))
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
