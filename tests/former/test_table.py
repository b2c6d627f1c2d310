from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import werkzeug.serving
from tests.former.table import Fact, Row, make_app, names_for, read_gone, read_rows, read_table
from tools.upgrading import PAGE, render

ROWS = read_rows()
CODE = [row for row in ROWS if not row.environment]
GONE = read_gone()
NAMES = [fact for fact in GONE if fact.name]
CHANGED = read_table()["changed"]

# What 3.1 has not, but ours still gives without a word: a name that it lends on or has itself.
STILL_HERE = 70

# What worked longer, or less long, than introspection sees.
REALLY_UNTIL = {
    "flask.Markup": "2.3.3",  # given when asked for
    "flask.escape": "2.3.3",
    "flask.signals_available": "2.3.3",
    "flask.helpers.send_from_directory(filename)": "2.0.3",  # then "path" was demanded beside it
    "flask.testing.FlaskClient.delete_cookie(server_name)": "2.3.3",  # taken from *args
    "flask.testing.FlaskClient.set_cookie(server_name)": "2.3.3",
}


@contextmanager
def in_request() -> Iterator[dict[str, Any]]:
    """Give the names of the table while a request is active."""
    app = make_app()
    with app.test_request_context() as ctx:
        yield names_for(app, ctx)


def run(source: str, names: dict[str, Any]) -> None:
    """Run code; close the file that a response may hold."""
    try:
        expression = compile(source, "<table>", "eval")
    except SyntaxError:
        exec(source, names)
    else:
        close = getattr(eval(expression, names), "close", None)
        if close is not None:
            close()


def run_old_code(row: Row, names: dict[str, Any]) -> None:
    run(row.was, names)
    if row.registers:
        names["app"].register_blueprint(names["blueprint"])
    if row.requests:
        assert names["app"].test_client().get("/list").status_code == 200


@pytest.mark.parametrize("row", [row for row in ROWS if row.environment], ids=lambda row: row.was)
def test_old_environment(
    row: Row, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A former environment variable does to the development server what it did, with a notice."""
    for name, value in row.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(werkzeug.serving, "run_simple", lambda *args, **options: None)
    app = make_app()

    app.run(port=0, load_dotenv=False)

    assert row.outcome == "notice"
    assert app.debug
    assert row.says in capsys.readouterr().err


@pytest.mark.parametrize("row", CODE, ids=lambda row: row.was)
def test_old_code(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    """Old code does what the table says: it works or is ignored, warning, or fails with advice."""
    monkeypatch.setattr(warnings, "filters", [])  # record all, also while the app is made
    with warnings.catch_warnings(record=True) as caught, in_request() as names:
        if row.outcome in ("works", "warned", "silent"):
            run_old_code(row, names)
            said = [str(warning.message) for warning in caught]
            assert {warning.category for warning in caught} <= {DeprecationWarning}
        else:
            with pytest.raises(Exception) as raised:
                run_old_code(row, names)
            assert type(raised.value).__name__ == row.outcome
            said = [str(raised.value)]

    assert len(said) == (row.outcome != "silent")
    assert row.says in "".join(said)


@pytest.mark.parametrize("row", [row for row in CODE if not row.elsewhere], ids=lambda row: row.was)
def test_new_code(row: Row) -> None:
    """What the table tells to write runs here, without a warning."""
    with in_request() as names:
        try:
            run(row.now, names)
        except Exception as error:  # noqa: BLE001 - named by the row, or the test fails
            assert type(error).__name__ == row.raises, error
        else:
            assert not row.raises


@pytest.mark.parametrize("change", CHANGED, ids=lambda change: change["now"])
def test_changed_behaviour(change: dict[str, str]) -> None:
    """What the page says about a name that stayed is true here."""
    app = make_app()
    if "client" in change["check"] or "late" in change["check"]:
        with app.test_request_context() as ctx:
            names = names_for(app, ctx)
        assert eval(change["check"], names)
    else:
        with app.test_request_context() as ctx:
            assert eval(change["check"], names_for(app, ctx))


def outcome_of(fact: Fact) -> str:
    """Import a name and tell what happened, with the advice."""
    assert fact.name is not None
    module, name = fact.name
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            exec(f"from {module} import {name}", {})
        except ImportError as error:
            return str(error)
    return "".join(str(warning.message) for warning in caught) or "still here"


@pytest.mark.parametrize("fact", NAMES, ids=lambda fact: fact.text)
def test_name(fact: Fact) -> None:
    """Importing whatever name an earlier module had works, or the error says what to use."""
    outcome = outcome_of(fact)

    assert outcome == "still here" or re.search(r"(deprecated|'flask.*'): .{8,}\.$", outcome), (
        outcome
    )


def test_most_names_are_answered() -> None:
    """The list is not passed by names that are simply there."""
    here = [fact.text for fact in NAMES if outcome_of(fact) == "still here"]

    assert len(NAMES) > 150
    assert len(here) < STILL_HERE, here


def test_each_member_parameter_and_setting_is_told_about() -> None:
    """What is no importable name has a row, or a reason why it needs none; nothing else has."""
    listed = [text for row in ROWS for text in row.gone]
    unlisted = [text for texts in read_table()["unlisted"].values() for text in texts]
    texts = {fact.text for fact in GONE}
    told = {*listed, *unlisted}

    assert {fact.text for fact in GONE if not fact.name} - told == set()
    assert told - texts == set()
    assert len(listed) + len(unlisted) == len(told)


def test_rows_know_the_last_release() -> None:
    """The release that a row names is the last that had it, as recorded."""
    last = {fact.text: fact.last for fact in GONE}
    last |= {".".join(fact.name): fact.last for fact in NAMES if fact.name}

    for row in ROWS:
        facts = row.gone or ((".".join(row.imports),) if row.imports else ())
        for fact in facts:
            recorded = REALLY_UNTIL.get(fact) or last.get(fact, row.until)
            assert recorded.startswith(row.until), row.was


@pytest.mark.parametrize(
    "name",
    [
        "escape",
        "Markup",
        "safe_join",
        "JSONEncoder",
        "before_first_request",
        "_app_ctx_stack",
        "session_cookie_name",
        "attachment_filename",
        "app.env",
    ],
)
def test_the_examples_of_the_promise_are_listed(name: str) -> None:
    """What the issue named as examples is in the table."""
    assert [row for row in ROWS if name in row.was]


def test_page_is_made_of_the_table() -> None:
    """``docs/upgrading.md`` is what ``python -m tools.upgrading`` writes."""
    assert PAGE.read_text(encoding="utf-8") == render()
