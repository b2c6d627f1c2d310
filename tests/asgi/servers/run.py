"""Do real servers serve the application as the tests without servers say?

`make test-asgi-servers` calls this: it builds `.venvs/asgi-servers` with this checkout and the
pinned servers, and runs `served_*.py` on each of them; ``--quick`` is the part that CI has time for.
Needs Python alone.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.environments import Environment

HERE = Path(__file__).resolve().parent
SERVERS = Environment(
    "asgi-servers",
    HERE / "requirements.txt",
    ("FLASK_", "GUNICORN_", "GRANIAN_", "UVICORN_", "WEB_", "PYTEST_", "PYTHON"),
)


def main() -> int:
    """Read the command line; return the exit status."""
    parser = argparse.ArgumentParser(description="Run the tests that need real ASGI servers.")
    parser.add_argument("--fresh", action="store_true", help="build the environment anew")
    parser.add_argument("--quick", action="store_true", help="the part that CI runs")
    options, arguments = parser.parse_known_args()
    SERVERS.build(fresh=options.fresh)
    pytest = ["-m", "pytest", "-c", HERE / "servers.ini", "-q"]
    return SERVERS.run(HERE, [*pytest, *arguments, *["-m", "quick"] * options.quick])


if __name__ == "__main__":
    raise SystemExit(main())
