from __future__ import annotations

import runpy
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from flask.testing import FlaskClient

FILE = Path(__file__).with_name("old_application.py")

# What Flask 1.0.4 on Werkzeug 0.16.1 answered to these, in this order.
ANSWERS = [
    ("/", {}, '{"shop":"Käse","day":"2019-07-04","seen":1,"opened":1}\n'),
    ("/", {}, '{"shop":"Käse","day":"2019-07-04","seen":2,"opened":1}\n'),
    ("/hello/<i>", {}, "<b>Hello</b> &lt;i&gt;"),
    ("/hello/<i>", {"X-Requested-With": "XMLHttpRequest"}, "Hello &lt;i&gt;"),
    ("/settings", {}, '["till",false]\n'),
]


@pytest.fixture
def caught() -> Iterator[list[warnings.WarningMessage]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield caught


@pytest.fixture
def client(caught: list[warnings.WarningMessage]) -> FlaskClient:
    client: FlaskClient = runpy.run_path(str(FILE))["app"].test_client()
    return client


def test_it_answers_as_it_did(client: FlaskClient) -> None:
    """An application written for Flask 1.0 gives the bytes that it gave there."""
    for path, headers, text in ANSWERS:
        response = client.get(path, headers=headers)
        assert (response.status_code, response.get_data(as_text=True)) == (200, text)
    assert client.get_cookie("till") is not None


def test_every_warning_points_at_a_line_of_it(
    client: FlaskClient, caught: list[warnings.WarningMessage]
) -> None:
    """The warnings say where the application uses what is gone, except for its settings."""
    for path, headers, _ in ANSWERS:
        client.get(path, headers=headers)

    lines = FILE.read_text(encoding="utf-8").splitlines()
    told = {lines[one.lineno - 1].strip() for one in caught if one.filename == str(FILE)}
    elsewhere = {str(one.message) for one in caught if one.filename != str(FILE)}

    assert told == {
        "from flask import Flask, Markup, escape, jsonify, render_template_string, request, session",
        "from flask.json import JSONEncoder",
        "class Shop(Flask):",
        'app.session_cookie_name = "till"',
        "@app.before_first_request",
    }
    assert len(elsewhere) == 2
    assert all(text.startswith("The setting 'JSON_") for text in elsewhere)
