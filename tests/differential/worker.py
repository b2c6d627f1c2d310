"""The process that runs generated applications: one description a line in, its answers a line out.

Called as ``python -m tests.differential.worker FOLDER`` by each of the two interpreters; ours may
be told to answer ``--through-asgi``.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path

_until_the_end = contextlib.ExitStack()


def main() -> None:
    """Answer descriptions until there are no more."""
    # The genuine Flask is a black box: its lines are never shown.
    sys.tracebacklimit = 0
    from tests.differential.clock import freeze

    freeze()
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # what an application prints must not disturb the answers
    from importlib.metadata import version

    from tests.differential.serving import answer

    import flask

    answers.write(json.dumps([version("flask"), flask.__file__, sys.version]) + "\n")
    answers.flush()
    folder = Path(sys.argv[1])
    if "--through-asgi" in sys.argv:
        from tests.through_asgi import through_asgi

        import flask.asgi.blocking

        flask.asgi.blocking.LONGEST = 3600.0  # a busy machine may hold the loop, too
        _until_the_end.enter_context(through_asgi())
    for line in sys.stdin:
        try:
            found = answer(json.loads(line), folder)
        except Exception as error:  # noqa: BLE001 - a description that makes no sense, as shrinking may try
            found = {"not_built": type(error).__name__, "text": str(error), "answers": []}
        answers.write(json.dumps(found) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
