"""Which other Pythons of this machine pass, and do the lowest dependencies? Run by make and CI.

Each gets a virtual environment of its own below ``.venvs``; the last line says which were tested.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SUPPORTED = ("3.11", "3.12", "3.13", "3.14")
TESTS = [
    "README.md",
    "README.ko.md",
    "tests",
    "examples",
    "benchmarks",
    "--ignore=tests/browser",
    "--ignore=tests/ecosystem",
]


def find_python(version: str) -> str | None:
    """Return the interpreter of a version: on the PATH, or below pyenv."""
    candidates = [shutil.which(f"python{version}")]
    pyenv = Path("~/.pyenv/versions").expanduser()
    candidates += [str(path) for path in sorted(pyenv.glob(f"{version}.*/bin/python"))]
    for candidate in filter(None, candidates):
        probe = "import sys; print('%d.%d' % sys.version_info[:2])"
        found = subprocess.run(
            [candidate, "-c", probe], capture_output=True, text=True, check=False
        )
        if found.stdout.strip() == version:
            return candidate
    return None


def lowest_pins() -> list[str]:
    """Return the dependencies, each pinned to the lowest version that pyproject.toml allows."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [requirement.replace(">=", "==") for requirement in project["dependencies"]]


def run(*command: str | Path) -> None:
    """Run a command in the checkout; end the program when it fails."""
    print("+", *command, flush=True)
    done = subprocess.run([str(part) for part in command], cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def make_environment(name: str, python: str, pins: list[str]) -> Path:
    """Create or renew a virtual environment with this checkout and what its tests need."""
    folder = ROOT / ".venvs" / name
    interpreter = folder / "bin" / "python"
    if not interpreter.exists():
        run(python, "-m", "venv", folder)
        run(interpreter, "-m", "pip", "install", "--quiet", "--upgrade", "pip>=25.1")
    constraint: list[str] = []
    if not pins:
        constraint = ["--constraint", "constraints.txt"]
    run(interpreter, "-m", "pip", "install", "--quiet", *constraint, "--editable", ".", *pins)
    run(interpreter, "-m", "pip", "install", "--quiet", *constraint, "--group", "test", *pins)
    return interpreter


def check_version(version: str, python: str, part: list[str]) -> None:
    """Run the tests on one Python, and the type checkers for it."""
    interpreter = make_environment(f"py{version}", python, [])
    run(interpreter, "-m", "pytest", "-q", *part, *TESTS)
    run(sys.executable, "-m", "mypy", "--python-version", version)
    run(sys.executable, "-m", "pyright", "--pythonversion", version)


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def main() -> None:
    """Test every other supported Python that is installed, or the lowest dependencies."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--lowest", action="store_true", help="lowest dependencies, this Python")
    parser.add_argument(
        "--sample", action="store_true", help="a third of the tests, but on the newest Python all"
    )
    options = parser.parse_args()
    part = ["--part=1/3"] if options.sample else []
    if options.lowest:
        interpreter = make_environment("lowest", sys.executable, lowest_pins())
        run(interpreter, "-m", "pytest", "-q", *part, *TESTS)
        print("Tested with:", ", ".join(re.sub("==", " ", pin) for pin in lowest_pins()))
        return
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    found = {version: find_python(version) for version in SUPPORTED if version != own}
    pythons = {version: python for version, python in found.items() if python is not None}
    missing = [version for version in found if version not in pythons]
    for version, python in pythons.items():
        check_version(version, python, [] if version == max(pythons, key=_number) else part)
    tested = [f"{own} (by make test)", *pythons]
    print("Python versions tested:", ", ".join(tested))
    if missing:
        print("Not on this machine, so not tested:", ", ".join(missing))


if __name__ == "__main__":
    main()
