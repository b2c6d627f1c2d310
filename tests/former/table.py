"""What did earlier Flasks have, and what became of it? Reads ``gone.tsv`` and ``table.toml``.

The tests walk them, and ``tools/upgrading.py`` makes the page for people of them.
"""

from __future__ import annotations

import importlib.metadata
import io
import json
import tomllib
import types
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Row:
    """One piece of old code, what to write today, and what happens to the old code here."""

    was: str
    now: str
    until: str
    outcome: str
    says: str
    note: str = ""
    gone: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    raises: str = ""
    """The exception that the new code raises by design."""
    registers: bool = False
    """Whether the old code speaks when its blueprint is registered."""
    requests: bool = False
    """Whether the old code speaks at the first request."""
    elsewhere: bool = False
    """Whether the new code needs what is not installed here."""

    @property
    def imports(self) -> tuple[str, str] | None:
        """The module and the name, for code that imports one."""
        words = self.was.split()
        return (words[1], words[3]) if words[0] == "from" else None


@dataclass(frozen=True)
class Fact:
    """Something that a release had."""

    first: str
    last: str
    text: str

    @property
    def name(self) -> tuple[str, str] | None:
        """The module and the name, if it is one that can be imported."""
        text = self.text.lstrip("*")
        module, _, name = text.rpartition(".")
        plain = not set("( ") & set(text) and module and module[-1:].islower()
        is_module = module.rpartition(".")[2].islower()
        return (module, name) if plain and is_module else None


def read_table() -> dict[str, Any]:
    """Read the whole of ``table.toml``, as it is."""
    return tomllib.loads((HERE / "table.toml").read_text(encoding="utf-8"))


def read_topics() -> dict[str, list[Row]]:
    """Read the rows, by the title of their topic."""
    return {
        topic["title"]: [Row(**{**row, "gone": tuple(row.get("gone", ()))}) for row in topic["row"]]
        for topic in read_table()["topic"]
    }


def read_rows() -> list[Row]:
    """Read the rows of all topics."""
    return [row for rows in read_topics().values() for row in rows]


def read_gone() -> list[Fact]:
    """Read what earlier releases had."""
    lines = (HERE / "gone.tsv").read_text(encoding="utf-8").splitlines()
    return [Fact(*line.split("\t")) for line in lines if not line.startswith("#")]


def make_app() -> Any:
    """Make the application that the code of the table runs in."""
    from flask import Flask, redirect, request

    app = Flask("shop", root_path=str(HERE))
    app.secret_key = "a secret of this test"
    app.add_url_rule("/", "index", lambda: "Hello")
    app.add_url_rule("/away", "away", lambda: redirect("/"))
    app.add_url_rule("/list", "list", lambda: [1])
    app.add_url_rule("/json", "json", lambda: str(request.get_json()), methods=["POST"])
    return app


def names_for(app: Any, ctx: Any) -> dict[str, Any]:
    """Return the names that the code of the table may use."""
    import flask
    from flask.json.provider import DefaultJSONProvider

    class Provider(DefaultJSONProvider):
        pass

    def adding_late_fails() -> bool:
        app.test_client().get("/")
        try:
            app.add_url_rule("/late", "late", str)
        except AssertionError:
            return True
        return False

    return {
        "adding_late_fails": adding_late_fails,
        "app": app,
        "blueprint": flask.Blueprint("b", "shop"),
        "client": app.test_client(),
        "ctx": ctx,
        "datetime": types.SimpleNamespace(timedelta=__import__("datetime").timedelta),
        "Decoder": json.JSONDecoder,
        "DefaultJSONProvider": DefaultJSONProvider,
        "Encoder": json.JSONEncoder,
        "file": str(HERE / "table.toml"),
        "flask": flask,
        "folder": str(HERE),
        "importlib": types.SimpleNamespace(metadata=importlib.metadata),
        "io": io,
        "json": json,
        "name": "table.toml",
        "prepare": lambda: None,
        "Provider": Provider,
        "request": ctx.request,
        "response": app.response_class("{}", mimetype="application/json"),
        "session": app.session_interface.make_null_session(app),
        "write": date.isoformat,
    }
