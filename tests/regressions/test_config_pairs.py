"""Settings may come as pairs wherever a mapping is taken."""

from __future__ import annotations

import json
from pathlib import Path

from flask import Config


def test_mapping_of_pairs(tmp_path: Path) -> None:
    """``from_mapping`` takes what ``dict`` takes, keywords beside it."""
    config = Config(tmp_path)

    assert config.from_mapping([("A", 1), ("lower", 2)], B=3)  # type: ignore[arg-type]

    assert config == {"A": 1, "B": 3}


def test_file_of_pairs(tmp_path: Path) -> None:
    """A loader of ``from_file`` may return pairs."""
    (tmp_path / "pairs.json").write_text('[["A", 1]]', encoding="utf-8")
    config = Config(tmp_path)

    assert config.from_file("pairs.json", json.load)

    assert config == {"A": 1}
