"""The comparison itself: what it must notice, and what it must let pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ecosystem import outcomes, run


def see(outcome: str = "passed", body: str = "hello", **headers: str) -> dict[str, Any]:
    """Describe a test that got one response."""
    response = {"asked": "GET /", "status": "200 OK", "headers": [*headers.items()], "body": body}
    return {"outcome": outcome, "warnings": [], "responses": [response]}


@pytest.mark.parametrize(
    ("ours", "told"),
    [
        (see("failed"), "outcome 'failed' on ours, 'passed' on genuine"),
        (see(body="hello, you"), "GET / answers body 'hello, you' on ours, 'hello' on genuine"),
        (see(Vary="Cookie"), "GET / answers headers [('Vary', 'Cookie')] on ours, [] on genuine"),
        (see() | {"responses": []}, "0 responses on ours, 1 on genuine"),
        (see() | {"warnings": ["UserWarning"]}, "warnings ['UserWarning'] on ours, [] on genuine"),
    ],
)
def test_each_kind_of_difference_is_told(ours: dict[str, Any], told: str) -> None:
    """An outcome, a response, a header or a warning that differs is named with both sides."""
    assert run.find_differences({"t": ours}, {"t": see()}) == [f"t: {told}"]


def test_the_same_twice_is_no_difference() -> None:
    """Equal runs have nothing to tell."""
    assert run.find_differences({"t": see()}, {"t": see()}) == []


def test_a_known_difference_is_let_pass_while_it_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A difference on purpose is not told, but its end is."""
    monkeypatch.setattr(run, "KNOWN", {"t": "a reason"})

    assert run.find_differences({"t": see(body="ours")}, {"t": see()}) == []
    assert "no longer different" in run.find_differences({"t": see()}, {"t": see()})[0]


def test_a_test_seen_on_one_side_only_is_a_difference() -> None:
    """A test that one side did not even collect is told."""
    assert run.find_differences({}, {"t": see()}) == ["t: only seen on genuine"]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Expires=Thu, 01 Jan 2026 00:00:00 GMT", "Expires=<date>"),
        (
            "session=eyJfdXNlcl9pZCI6ImFkYSJ9.aQ1xYw.4vGx_0-abcdefghijklmnopqrst; HttpOnly",
            "session=<signed>; HttpOnly",
        ),
        ("the digest 0123456789abcdef01", "the digest <digest>"),
        ("an_ordinary_long_name, max-age=3600", "an_ordinary_long_name, max-age=3600"),
        ("took 1.25 ms", "took <duration>"),
        ("polyfill.v4_4_1m1795247145.js", "polyfill.v4_4_1m<time>.js"),
    ],
)
def test_only_what_changes_between_runs_is_masked(text: str, masked: str) -> None:
    """Dates, signed values, ids and durations are masked; plain words and numbers stay."""
    assert outcomes.mask(text) == masked


def test_every_pinned_extension_with_a_file_is_tried() -> None:
    """Each test file of an extension is found through its pinned distribution."""
    here = Path(__file__).parent
    own = {here / "test_document.py", here / "test_names.py", here / "test_run.py"}
    files = set(here.glob("test_*.py")) - own

    assert set(run.find_tests([]).values()) == files


def test_an_unknown_extension_is_refused() -> None:
    """A name without tests is answered with the names there are."""
    with pytest.raises(run.Refused, match="flask_login"):
        run.find_tests(["flask_lotto"])
