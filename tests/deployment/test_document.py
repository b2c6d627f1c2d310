"""docs/deploying.md shows the files that are tested, and both languages show the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deployment.servers import CHECKOUT, DIRECT, FILES, documented_command

DOCUMENTS = [CHECKOUT / "docs" / name for name in ("deploying.md", "deploying.ko.md")]
SHOWN = sorted(file for file in FILES.iterdir() if file.is_file())


def find_blocks(document: Path) -> list[str]:
    """Return the code blocks of a page, in order, with their kind."""
    text = document.read_text(encoding="utf-8")
    return re.findall(r"^```(\w+\n.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
@pytest.mark.parametrize("file", SHOWN, ids=lambda file: file.name)
def test_each_file_is_shown_as_it_is(document: Path, file: Path) -> None:
    """A block of the page is the tested file, letter for letter, under a link to it."""
    blocks = [block.partition("\n")[2] for block in find_blocks(document)]

    assert file.read_text(encoding="utf-8") in blocks
    assert f"(deploying/{file.name})" in document.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "file",
    [file for file in SHOWN if file.name != "nginx-prefix.conf"],  # goes into a site that exists
    ids=lambda file: file.name,
)
def test_each_file_is_put_into_place(file: Path) -> None:
    """A command copies the file to where its first line says that it lies."""
    blocks = find_blocks(DOCUMENTS[0])
    commands = "".join(block for block in blocks if block.startswith("console\n"))
    copies = re.findall(r"\bcp ((?:docs/deploying/\S+ )+)(\S+)", commands)
    (target,) = [target for sources, target in copies if f"/{file.name} " in sources]
    place = f"{target}{file.name}" if target.endswith("/") else target

    said = re.match(r"# (/[\w./-]+)", file.read_text(encoding="utf-8"))
    assert place == (said[1] if said else f"/srv/guestbook/{file.name}")


def test_both_languages_show_the_same_code() -> None:
    """Files and commands are the same, in the same order."""
    english, korean = map(find_blocks, DOCUMENTS)

    assert english == korean


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_the_versions_are_the_tested_ones(document: Path) -> None:
    """The table names the versions that requirements.txt pins."""
    rows = re.findall(r"^\| (\w+) (\d[\d.]*) ", document.read_text(encoding="utf-8"), re.MULTILINE)
    pins = (Path(__file__).parent / "requirements.txt").read_text()
    pinned = dict(re.findall(r"^([\w-]+)==([\d.]+)", pins, re.MULTILINE))

    assert {name for name, _ in rows} == {"gunicorn", "granian", "waitress", "uvicorn"}
    assert dict(rows) == {name: pinned[name] for name, _ in rows}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_links_lead_somewhere(document: Path) -> None:
    """Files and headings that the page links to exist."""
    text = document.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for link in re.findall(r"\]\(([^)]+)\)", text):
        file, _, anchor = link.partition("#")
        assert (document.parent / file).exists(), link
        assert file or anchor in anchors, link


@pytest.mark.parametrize("program", DIRECT)
def test_each_server_has_its_command(program: str) -> None:
    """The tests find the command line that they run."""
    assert documented_command(program)[-1] == "wsgi:app"
