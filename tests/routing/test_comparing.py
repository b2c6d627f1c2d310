from __future__ import annotations

import sys

import pytest
from tests.routing import comparing
from werkzeug.routing import Map


def test_maps_answer_alike() -> None:
    """Random questions to the compiled map and to Werkzeug's get the same answers."""
    kinds, differences = comparing.compare(cases=5000, seed=1)

    assert differences == []
    assert {kind for kind, count in kinds.items() if count > 50} >= {
        *("match: match", "match: redirect", "match: method", "match: NotFound"),
        *("build: URL", "build: error"),
    }


def test_difference_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A map that answers otherwise is noticed, shown, and fails the command."""

    class Wrong(Map):
        def add(self, rulefactory: object) -> None:
            pass

    monkeypatch.setattr(comparing, "URLMap", Wrong)
    monkeypatch.setattr(sys, "argv", ["comparing", "--cases", "200"])

    assert comparing.main() == 1
    assert "differences\n" in capsys.readouterr().out
