"""``docs/extensions.md``: which extensions were tried, in which version, with which outcome.

`run.py` calls this after a run: it writes the page, or says that the page tells otherwise.
The texts about each test are the tests' own first lines.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent.parent / "docs" / "extensions.md"

Rows = list[tuple[str, str, str]]

KINDS = {
    "start": "getting started",
    "keeps": "writes and reads back",
    "fails": "a failure",
    "seam": "an override",
}

HEADING = """\
# Extensions

Extensions import `flask`, and here that is Dewar. Nothing has to be changed, installed or
configured for them: `pip install` the extension beside it. These are run on Dewar and on Flask
3.1.3 with the same small applications, in two environments that differ in nothing else; outcome,
warnings, and status, headers and body of every response are compared.

`make test-ecosystem` runs it all, `python tests/ecosystem/run.py flask_login` one. The versions,
also of everything the extensions stand on, are pinned in `tests/ecosystem/requirements.txt`.

"""

TABLE = "| extension | version | outcome |\n|---|---|---|\n"

FLOWS = """
## What was tried

For each extension at least these four; the files in `tests/ecosystem` hold the rest.

| extension | flow | rule that the test protects |
|---|---|---|
"""

TRIED = """
## Tried once

Of these only the smallest application was run, by `python tests/ecosystem/run.py --tried`, which
installs the versions in `tests/ecosystem/tried.txt`. CI does not run it.

"""

ENDING = """
## When one does not work

1. Run your program on Flask 3.1.3 in another virtual environment: `pip install Flask==3.1.3`. If
   it fails there too, the extension's own maintainers can help.
2. If it names something that is gone since an older Flask, [Old code](upgrading.md) says what to
   write instead; often a newer release of the extension does so already.
3. Otherwise it is our bug. Report the extension and its version, the shortest application that
   shows it, and what both answer. A test like those in `tests/ecosystem` is the best report:
   `run.py` shows where the two differ.

What extensions take from Flask, down to private names, is recorded in
`tests/ecosystem/names.txt`, and a test demands each of them of Dewar.
"""

AUTHORS = """
## For authors: what ASGI asks of an extension

Nothing, if it keeps its state in `g`, on the request or in context variables, and calls what users
give it by the application. [Async](async.md) tells how requests run there. In short:

- **Users' functions may be coroutine functions.** Call them by `current_app.ensure_sync(function)(…)`, and
  wait for a coroutine function of your own by `current_app.async_to_sync(function)(…)`. Both work in plain
  code under WSGI and ASGI; Flask has had both since 2.0.
- **Hooks, views and error handlers** that are plain functions run in the request's home thread, coroutine
  functions on the server's loop. Signal receivers and a session interface are called as they are: where there are
  any, the request runs at home, and an async view alone on the loop.
- **What wraps or overrides** (WSGI middleware, `make_response`, `process_response`, …) runs on the loop when the view is
  async. It must not block there: let what does go home, by `current_app.ensure_sync(function)(…)`.
- **A thread is not a request.** Several requests share a home, and in it one may begin while another waits for
  its body or for a coroutine. So thread locals mix requests, and a lock that is held
  while you wait can stop the thread for good. Context variables, `g` included, are the request's own
  in its thread, on the loop, and, as copies, in the tasks it starts.
- **WebSockets** pass no WSGI middleware and no `before_request`: register `before_websocket`, `after_websocket` and
  `teardown_websocket` as well, where the application has them (`hasattr(app, "before_websocket")`).
- **Start and stop:** `app.while_serving` is for what begins and ends with the server, in place of the first request.
  `"asgi.scope" in request.environ` tells that a request came by ASGI.
"""


def read_flows() -> dict[str, dict[str, str]]:
    """Read which test shows what, by extension."""
    return tomllib.loads((HERE / "flows.toml").read_text(encoding="utf-8"))


def read_pins(file: str) -> dict[str, str]:
    """Read the pinned versions, by distribution."""
    lines = (HERE / file).read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if "==" in line and line[0] != "#")


def file_of(extension: str) -> Path:
    """Name the file with the tests of an extension."""
    return HERE / f"test_{extension.lower().replace('-', '_')}.py"


def rules_of(file: Path) -> dict[str, str]:
    """Read the first line of each test's docstring, by the test's name."""
    return {
        node.name: (ast.get_docstring(node) or "").partition("\n")[0]
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def find_tried() -> dict[str, str]:
    """Find the test of each extension in tried.py, by the name it is pinned with."""
    pinned = {re.sub("[-.]", "_", name).lower(): name for name in read_pins("tried.txt")}
    tests = [name.removeprefix("test_") for name in rules_of(HERE / "tried.py")]
    return {pinned[name]: f"tried.py::test_{name}" for name in tests}


def write_rows(rows: Rows) -> str:
    """Write the rows as a table."""
    return TABLE + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def write_flows() -> str:
    """Write what the four tests of each extension are about."""
    lines = []
    for extension, flows in read_flows().items():
        rules = rules_of(file_of(extension))
        lines += [
            f"| {extension} | {words} | {rules[flows[kind]]} |\n" for kind, words in KINDS.items()
        ]
    return FLOWS + "".join(lines)


def read_tables() -> list[Rows]:
    """Read the outcomes that the page tells: of those tried in depth, and of the others."""
    text = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
    tables = []
    for part in (text.partition(TRIED)[0].partition(FLOWS)[0], text.partition(TRIED)[2]):
        lines = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \|$", part, re.MULTILINE)
        tables.append([line for line in lines if line[0] != "extension"])
    return tables


def render(rows: Rows, tried: Rows) -> str:
    """Return the whole page."""
    return HEADING + write_rows(rows) + write_flows() + TRIED + write_rows(tried) + ENDING + AUTHORS


def keep(rows: Rows, *, write: bool) -> bool:
    """Write the outcomes into the page, or tell whether it says the same."""
    return _keep(rows, read_tables()[1], write=write)


def keep_tried(rows: Rows, *, write: bool) -> bool:
    """Do the same for the extensions that were tried once."""
    return _keep(read_tables()[0], rows, write=write)


def _keep(rows: Rows, tried: Rows, *, write: bool) -> bool:
    page = render(rows, tried)
    if write:
        PAGE.write_text(page, encoding="utf-8")
    elif not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != page:
        print("docs/extensions.md tells otherwise: run again with --write-docs.", file=sys.stderr)
        return False
    return True
