"""Runs one task of ``tasks`` in this fresh process; prints JSON.

Started by ``rounds.ask`` inside the framework's own environment:
``python -m benchmarks.worker inproc flask_app plain 0.3``.
"""

import importlib
import json
import sys


def main() -> int:
    """Report the task's figures, or what was wrong and 1."""
    task, *arguments = sys.argv[1:]
    # A peer's own lines are none of our output: messages are enough.
    sys.tracebacklimit = 0
    try:
        json.dump(importlib.import_module(f"benchmarks.tasks.{task}").run(*arguments), sys.stdout)
    except Exception as error:  # noqa: BLE001  a peer may fail in any way
        json.dump({"error": f"{task} {arguments}: {type(error).__name__}: {error}"}, sys.stdout)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
