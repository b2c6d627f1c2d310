"""Do WebSockets through real servers follow the protocol as far as a bare ASGI echo does?

`make test-websockets` calls this: it builds `.venvs/websockets` with this checkout and the pinned
servers, talks to the echoes in frames (``served_frames.py``, 20 seconds), and lets the Autobahn
test suite do the same where this machine has a Python 2.7 (ten minutes).
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from tests.environments import CHECKOUT, Environment

HERE = Path(__file__).resolve().parent
SERVERS = Environment(
    "websockets",
    HERE / "requirements.txt",
    ("FLASK_", "GRANIAN_", "UVICORN_", "PYTEST_", "PYTHONPATH", "PYTHONUSERBASE"),
)
AUTOBAHN = CHECKOUT / ".venvs" / "autobahn"


def main() -> int:
    """Read the command line; return the exit status."""
    parser = argparse.ArgumentParser(description="Compare our WebSockets with a bare ASGI echo.")
    parser.add_argument("--fresh", action="store_true", help="build the environments anew")
    parser.add_argument("--quick", action="store_true", help="without the Autobahn test suite")
    parser.add_argument("--complete", action="store_true", help="all of its cases: hours")
    options = parser.parse_args()
    SERVERS.build(fresh=options.fresh)
    if options.fresh:
        shutil.rmtree(AUTOBAHN, ignore_errors=True)
    ini = ("-c", "protocol.ini", "--import-mode=importlib")
    status = SERVERS.run(HERE, ["-m", "pytest", "-q", *ini, "served_frames.py"])
    if not options.quick:
        complete = ["--complete"] * options.complete
        status |= SERVERS.run(HERE, ["-u", "autobahn.py", AUTOBAHN, *complete])
    return status


if __name__ == "__main__":
    raise SystemExit(main())
