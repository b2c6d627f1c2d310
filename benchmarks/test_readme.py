"""The table that a complete run writes into the READMEs; nothing is timed."""

from pathlib import Path

from benchmarks import readme
from benchmarks.frameworks import ROOT

FIGURES = {name: {"dewar": [2.0, 3.0], "flask": [30.0, 20.0]} for name in readme.SHOWN}


def test_table_is_put_between_the_marks(tmp_path: Path) -> None:
    """The old table goes, the text around stays, and the smallest round is shown."""
    file = tmp_path / "README.md"
    file.write_text("a\n<!-- inproc: begin -->\nold\n<!-- inproc: end -->\nb\n", encoding="utf-8")

    readme.update(file, FIGURES)

    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[:2] == ["a", "<!-- inproc: begin -->"]
    assert lines[-2:] == ["<!-- inproc: end -->", "b"]
    assert "old" not in lines
    assert lines[4].endswith("| 2.0 | 20.0 | \N{EN DASH} | 10.00 | \N{EN DASH} |")


def test_file_without_marks_is_left_alone(tmp_path: Path) -> None:
    """Neither a missing file nor one without marks is touched."""
    file = tmp_path / "README.md"
    readme.update(file, FIGURES)
    assert not file.exists()
    file.write_text("text\n", encoding="utf-8")

    readme.update(file, FIGURES)

    assert file.read_text(encoding="utf-8") == "text\n"


def test_both_readmes_have_the_same_figures() -> None:
    """English and Korean show one run."""
    tables = [
        (ROOT / name).read_text(encoding="utf-8").partition("begin -->")[2].partition("<!--")[0]
        for name in ("README.md", "README.ko.md")
    ]

    assert tables[0] == tables[1]
    assert tables[0].count("\n| ") >= len(readme.SHOWN)
