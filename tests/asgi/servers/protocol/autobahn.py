"""What does the Autobahn test suite say of the echoes? Ours must pass what the bare one passes.

It is a program of Python 2.7, which is looked for in $PYTHON2, in PATH and among pyenv's. Run by
``run.py``, with the Python of the environment that has the servers.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from serving import ECHOES, HERE, SERVERS, serve

PINS = HERE / "requirements-autobahn.txt"
PASSED = ("OK", "NON-STRICT", "INFORMATIONAL")
LACKS = "UNIMPLEMENTED"  # compression, in granian
GROUPS = ("1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "9.*", "10.*")
# Sizes 16, 256 and 8,192, and the latter in fragments; all of them take an hour a server.
COMPRESSED = tuple(
    f"{group}.{case}"
    for group in ("12.1", "12.3", "12.5", "13.1", "13.3", "13.4", "13.7")
    for case in (1, 3, 6, 11)
)
Verdicts = dict[str, dict[str, Any]]  # by case


def find_python2() -> str | None:
    """Return a Python 2.7, if this machine has one."""
    pyenv = sorted(Path("~/.pyenv/versions").expanduser().glob("2.7*/bin/python2.7"))
    for name in (os.environ.get("PYTHON2"), "python2.7", *map(str, pyenv)):
        found = shutil.which(name) if name else None
        if found and not subprocess.run([found, "-c", ""], capture_output=True).returncode:
            return found
    return None


def install(python2: str, folder: Path) -> dict[str, str]:
    """Install the suite in a folder of its own; return the variables that make it found."""
    environ = {**os.environ, "PYTHONUSERBASE": str(folder)}
    stamp = folder / "installed.txt"
    if not stamp.is_file() or stamp.read_text() != PINS.read_text():
        pip = [python2, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--user"]
        shutil.rmtree(folder, ignore_errors=True)
        done = subprocess.run(
            [*pip, "--no-warn-script-location", "--requirement", PINS],
            env=environ,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SystemExit(f"The Autobahn test suite cannot be installed:\n{done.stderr}")
        stamp.write_text(PINS.read_text())
    return environ


def ask(python2: str, environ: dict[str, str], port: int, cases: Iterable[str]) -> dict[str, Any]:
    """Let the suite talk to the echoes of one server; return its verdicts by echo."""
    with tempfile.TemporaryDirectory() as folder:
        spec = {
            "outdir": folder,
            "servers": [{"agent": echo, "url": f"ws://127.0.0.1:{port}/{echo}"} for echo in ECHOES],
            "cases": list(cases),
            "exclude-cases": [],
            "exclude-agent-cases": {},
        }
        file = Path(folder, "spec.json")
        file.write_text(json.dumps(spec))
        program = Path(environ["PYTHONUSERBASE"], "bin", "wstest")
        command = [python2, program, "-m", "fuzzingclient", "-s", file]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=7200)
        index = Path(folder, "index.json")
        if done.returncode or not index.is_file():
            raise SystemExit(f"wstest failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        verdicts: dict[str, Any] = json.loads(index.read_text())
        return verdicts


def passes(verdict: dict[str, Any]) -> bool:
    return verdict["behavior"] in PASSED and verdict["behaviorClose"] in PASSED


def describe(verdict: dict[str, Any]) -> str:
    return f"{verdict['behavior']}, close {verdict['behaviorClose']} {verdict['remoteCloseCode']}"


def compare(server: str, verdicts: dict[str, Verdicts]) -> list[str]:
    """Print how the echoes did; return where ours fail and the bare one does not."""
    worse = []
    bare = verdicts["bare"]
    for echo in ECHOES:
        own = verdicts[echo]
        counts = Counter(verdict["behavior"] for verdict in own.values())
        failed = [
            case
            for case, verdict in own.items()
            if not passes(verdict) and verdict["behavior"] != LACKS
        ]
        counted = " ".join(f"{counts[kind]:>5}" for kind in (*PASSED, LACKS))
        print(f"{server:20} {echo:10} {len(own):>5} {counted}   {' '.join(sorted(failed)) or '-'}")
        for case, verdict in own.items():
            if passes(bare[case]) and not passes(verdict):
                told = f"{server} {echo} {case}: {describe(verdict)}; bare: {describe(bare[case])}"
                worse.append(told)
    return worse


def main(folder: Path, *, complete: bool) -> int:
    """Compare on every server; 1 when ours fail where the bare echo passes."""
    python2 = find_python2()
    if python2 is None:
        print("No Python 2.7 is here for the Autobahn test suite: only our own cases ran.")
        return 0
    environ = install(python2, folder)
    cases = ("*",) if complete else (*GROUPS, *COMPRESSED)
    print(f"{'server':20} {'echo':10} cases    ok loose  info lacks   failed")
    worse = []
    for server in SERVERS:
        with serve(server) as port:
            worse += compare(server, ask(python2, environ, port, cases))
    for line in worse:
        print(f"Worse than bare: {line}")
    return 1 if worse else 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), complete="--complete" in sys.argv))
