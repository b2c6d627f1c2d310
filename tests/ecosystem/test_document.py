"""The page about extensions says what was tried; needs no extension."""

from __future__ import annotations

import pytest

from ecosystem import document

PINS = document.read_pins("requirements.txt")
EXTENSIONS = sorted(document.read_flows())


def test_page_is_as_it_would_be_written() -> None:
    """The page is what a run writes, with the outcomes that the last one saw."""
    assert document.PAGE.read_text(encoding="utf-8") == document.render(*document.read_tables())


def test_page_tells_the_pinned_versions() -> None:
    """Every extension with tests has a row, in the version that is pinned; none has failed."""
    rows, tried = document.read_tables()
    tried_pins = document.read_pins("tried.txt")

    assert {name: version for name, version, _ in rows} == {name: PINS[name] for name in EXTENSIONS}
    assert {name: version for name, version, _ in tried} == {
        name: tried_pins[name] for name in document.find_tried()
    }
    assert not [row for row in rows + tried if "**" in row[2]]


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_each_extension_has_the_four_flows(extension: str) -> None:
    """Getting started, writing and reading back, a failure, an override: four different tests."""
    flows = document.read_flows()[extension]
    rules = document.rules_of(document.file_of(extension))

    assert flows.keys() == document.KINDS.keys()
    assert len(set(flows.values())) == len(document.KINDS)
    assert all(rules[test] for test in flows.values())


def test_each_pinned_extension_is_listed() -> None:
    """An extension whose test file was added says which of its tests is which flow."""
    files = {name for name in PINS if document.file_of(name).is_file()}

    assert files == set(EXTENSIONS)
    assert len(files) == 18
