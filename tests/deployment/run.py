"""Does the guestbook run in production as docs/deploying.md says?

`make test-deployment` calls this: it builds `.venvs/deployment` with this checkout and the
pinned servers, looks for nginx and openssl, and runs the tests there. Needs Python alone.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from tests.environments import Environment

HERE = Path(__file__).resolve().parent
SERVERS = Environment(
    "deployment",
    HERE / "requirements.txt",
    ("FLASK_", "GUESTBOOK_", "GUNICORN_", "GRANIAN_", "UVICORN_", "PYTEST_", "WEB_"),
)

PROGRAMS = {"nginx": "nginx-light", "openssl": "openssl"}
"""The programs that no wheel brings, and the Debian package of each."""


class Refused(Exception):
    """The tests cannot be run here; the text says what to do."""


def check_programs(path: str) -> None:
    """Refuse to go on when a program is missing, naming the command that installs it."""
    # Debian keeps nginx in /usr/sbin, which only root has in PATH.
    missing = [name for name in PROGRAMS if not shutil.which(name, path=f"{path}:/usr/sbin")]
    if missing:
        packages = " ".join(PROGRAMS[name] for name in missing)
        raise Refused(
            f"{' and '.join(missing)} not found. Install with: sudo apt-get install {packages}"
            " (nginx does not have to run; the tests start their own)"
        )


def main() -> int:
    """Read the command line; return the exit status."""
    parser = argparse.ArgumentParser(description="Run the guestbook as docs/deploying.md says.")
    parser.add_argument("--fresh", action="store_true", help="build the environment anew")
    options, arguments = parser.parse_known_args()
    try:
        check_programs(os.environ.get("PATH", os.defpath))
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    SERVERS.build(fresh=options.fresh)
    return SERVERS.run(HERE, ["-m", "pytest", "-c", HERE / "deployment.ini", "-q", *arguments])


if __name__ == "__main__":
    raise SystemExit(main())
