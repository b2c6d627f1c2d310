"""Write ``docs/upgrading.md`` from ``tests/former``: run ``python -m tools.upgrading``."""

from __future__ import annotations

import re
import warnings
from collections import defaultdict
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.former.table import Fact, Row, read_gone, read_table, read_topics

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "upgrading.md"

HEADING = """\
# Old code on Dewar

Code was written for every Flask since 1.0, and 3.1 has dropped much of what it used. This is the
whole list of public names, attributes, parameters and settings that a Flask from 1.0 to 3.0 had
and 3.1 has not. Old code meets one of these here:

- **works**: it does what it did, and gives a `DeprecationWarning`, at your line unless a note says
  otherwise;
- **ignored**: it has no effect any more, and the `DeprecationWarning` says so;
- **an error** of the type given, whose text says what to write instead.

What runs on Flask 3.1 runs as there, whatever of these names it has for itself: an attribute that
nobody assigned is missing, for `hasattr`, for `getattr` with a default and for the `__getattr__` of
your class, and properties and attributes of your classes are yours. Only methods that old code
calls (`before_first_request`, `open_session`, `from_json`) can be found, and warn when called.

Python shows a `DeprecationWarning` only for lines of the main script, so under `flask run` you see
none by default. To see them all:

- `python -W default -m flask run`, or `PYTHONWARNINGS=default flask run`;
- `python -W default -m pytest` in tests, where `-W error::DeprecationWarning` makes them errors. Such
  an error is no `ImportError`: `try: from flask import Markup`, `except ImportError: ...` lets it
  through, where without the flag the import succeeds. Write `from markupsafe import Markup` there.

The warnings are meant for moving: new code, and code that shall run on Flask 3.1 too, is written as
in the column *today*, which runs on both.

The column *until* names the last release line in which the old code worked.
"""

CHANGED = """
## Same name, other behaviour

Here nothing fails and nothing warns, because the code is right; it only does something else.

| since | before | today |
|---|---|---|
"""

OTHERS = """
## Other names

Modules had also had these names, most of them only because they imported them for themselves. An
import fails with an `ImportError` that says what this table says.

| name | was in | today |
|---|---|---|
"""

UNLISTED = """
## Nothing to do

The introspection found these differences too. No code has to change for most of them, and the
rest is told by other libraries' errors.

"""

ENDING = """
Names that are still in 3.1's modules, though only imported there (`flask.app.request`), can be
imported from there here too.

<!-- Made of tests/former/table.toml and gone.tsv by `python -m tools.upgrading`. -->
"""

OUTCOMES = {"works": "works", "warned": "ignored", "silent": "works, no warning", "notice": "works"}


def code(text: str) -> str:
    """Write lines of code for the cell of a table."""
    escaped = text.replace("|", "\\|")
    return "<br>".join(f"`{line}`" for line in escaped.splitlines() if line) or "(remove it)"


def quoted(advice: str) -> str:
    """Mark what stands in quotes as code; an apostrophe inside a word stays."""
    return re.sub(r"(?<!\w)'(.+?)'(?!\w)", r"`\1`", advice)


def row_of(row: Row) -> str:
    """Write one row of a topic's table."""
    here = OUTCOMES.get(row.outcome, f"`{row.outcome}`")
    note = f". {row.note}" if row.note else ""
    return f"| {row.until} | {code(row.was)} | {code(row.now)} | {here}{note} |\n"


def advice_of(fact: Fact) -> str:
    """Ask the module for a name; return what the error says to use, or nothing."""
    assert fact.name is not None
    module, name = fact.name
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            getattr(import_module(module), name)
    except AttributeError as error:
        return str(error).partition(": ")[2].removesuffix(".")
    except ModuleNotFoundError:
        return ""
    return ""


def list_others(topics: dict[str, list[Row]]) -> str:
    """Write the rows of all names that have none in a topic."""
    told = {row.imports[1] for rows in topics.values() for row in rows if row.imports}
    owners: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for fact in read_gone():
        if fact.name and fact.name[1] not in told:
            advice = advice_of(fact)
            if advice:
                owners[fact.name[1], advice][f"`{fact.name[0]}`"] = None  # each module once
    lines = sorted(owners.items(), key=lambda item: item[0][0].lower())
    return "".join(
        f"| `{name}` | {', '.join(modules)} | {quoted(advice)} |\n"
        for (name, advice), modules in lines
    )


def render() -> str:
    """Return the page."""
    topics = read_topics()
    parts = [HEADING]
    for title, rows in topics.items():
        parts.append(f"\n## {title}\n\n| until | before | today | here |\n|---|---|---|---|\n")
        parts += [row_of(row) for row in rows]
    changed: list[dict[str, Any]] = read_table()["changed"]
    parts.append(CHANGED)
    parts += [f"| {one['since']} | {one['was']} | {one['now']} |\n" for one in changed]
    parts += [OTHERS, list_others(topics), UNLISTED]
    for reason, facts in read_table()["unlisted"].items():
        parts.append(f"- {reason}: {', '.join(f'`{fact}`' for fact in facts)}.\n")
    parts.append(ENDING)
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)} is written")
