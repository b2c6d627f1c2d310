from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from visitor import PNG, Visitor

if TYPE_CHECKING:
    from flask import Flask


def test_empty_book_invites(visitor: Visitor) -> None:
    """A book without entries says so, and offers to write the first."""
    page = visitor.look()

    assert "The book is still empty." in page
    assert 'href="/entries/new"' in page


def test_writing_needs_an_account(visitor: Visitor) -> None:
    """Who is not signed in is asked to, and comes back to the form afterwards."""
    answer = visitor.client.get("/entries/new")

    assert answer.location == "/sign-in?next=/entries/new"
    assert "Please sign in first." in visitor.look(answer.location)
    assert visitor.sign_up("ada", next="/entries/new").location == "/entries/new"


def test_entry_appears_with_its_line_breaks(visitor: Visitor, ada: Visitor) -> None:
    """Everyone sees an entry; breaks and paragraphs stay, markup is only text."""
    ada.write("One <b>\r\ntwo\r\n\r\nthree & four\x00")

    assert "<p>One &lt;b&gt;<br>\ntwo</p>\n<p>three &amp; four</p>" in visitor.look()


@pytest.mark.parametrize("text", ["", " \r\n ", "x" * 2001])
def test_unusable_text_is_refused(ada: Visitor, text: str) -> None:
    """An entry has 1 to 2000 characters, and a refused one is shown again."""
    answer = ada.write(text)

    assert answer.status_code == 422
    assert text.strip() in answer.text
    assert ada.entries() == []


def test_line_ends_count_once(ada: Visitor) -> None:
    """Browsers send a line end as two characters; the limit counts one, as they do."""
    assert ada.write("x\r\n" * 999 + "xx").status_code == 302


def test_ten_entries_to_a_page_newest_first(visitor: Visitor, ada: Visitor) -> None:
    """Twenty-one entries fill two pages and begin a third."""
    for number in range(21):
        ada.write(f"entry {number:02}")

    texts = [[entry["text"] for entry in visitor.entries(page=page)] for page in (1, 2, 3)]
    newest_first = [f"entry {number:02}" for number in reversed(range(21))]
    assert texts == [newest_first[:10], newest_first[10:20], newest_first[20:]]
    page = visitor.look("/?page=2")
    assert '<a rel="prev" href="/">' in page
    assert '<a rel="next" href="/?page=3">' in page
    assert 'aria-current="page">2<' in page


@pytest.mark.parametrize("path", ["/", "/api/entries"])
@pytest.mark.parametrize(
    "number",
    [
        *("2", "0", "-1", "9" * 18, "9" * 40, "9" * 5000),
        *("", "x", "1.0", "01", "1_0", "+1", " 1", "1\n", "\uff11", "\u0661"),
    ],
)
def test_what_is_no_page_does_not_exist(visitor: Visitor, path: str, number: str) -> None:
    """A number the book does not have, and what is no number, are answered with 404 alike."""
    assert visitor.client.get(path, query_string={"page": number}).status_code == 404
    assert visitor.client.get(path, query_string={"page": "1"}).status_code == 200


def test_search_finds_text_and_authors(visitor: Visitor, ada: Visitor) -> None:
    """A search looks into texts and names, in any letter case."""
    visitor.sign_up("Grace")
    visitor.write("Plum jam")
    ada.write("An owl")

    assert [entry["text"] for entry in visitor.entries("JAM")] == ["Plum jam"]
    assert [entry["text"] for entry in visitor.entries("ada")] == ["An owl"]
    page = visitor.look("/?q=%3Ci%3E")
    assert "0 entries with “&lt;i&gt;”" in page
    assert "Nobody has written that yet." in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("ÜBER", "Grüße über die Straße"),
        ("strasse", "Grüße über die Straße"),
        ("gru\u0308ẞe", "Grüße über die Straße"),
        ("ΟΔΟΣ", "οδος"),
        ("ЮЛЯ", "юля"),
        ("한글", "즐거운 한글날"),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af", "즐거운 한글날"),
    ],
)
def test_search_knows_the_letters_of_all_scripts(ada: Visitor, query: str, found: str) -> None:
    """Letter case, ß and composed letters make no difference; Macs may send letters in parts."""
    for text in ("Grüße über die Straße", "οδος", "юля", "즐거운 한글날"):
        ada.write(text)

    assert [entry["text"] for entry in ada.entries(query)] == [found]


def test_search_finds_authors_of_all_scripts(visitor: Visitor) -> None:
    """Names are found as texts are."""
    visitor.sign_up("Jürgen")
    visitor.write("hello")

    assert len(visitor.entries("JÜRG")) == 1


@pytest.mark.parametrize(("query", "found"), [("100%", "100%"), ("a_b", "a_b"), ("\\", "c:\\")])
def test_wildcards_are_ordinary_characters(ada: Visitor, query: str, found: str) -> None:
    r"""A search for %, _ or \ finds just these."""
    for text in ("100%", "1000", "a_b", "axb", "c:\\"):
        ada.write(text)

    assert [entry["text"] for entry in ada.entries(query)] == [found]


def test_search_stays_on_when_turning_pages(ada: Visitor) -> None:
    """The links to other pages keep the query."""
    for _ in range(11):
        ada.write("owl & co")

    assert 'href="/?page=2&amp;q=owl+%26+co"' in ada.look("/?q=owl+%26+co")


def test_overlong_search_is_cut(ada: Visitor) -> None:
    """A search of any length is answered, and the page does not repeat all of it."""
    ada.write("An owl")

    answer = ada.client.get("/api/entries", query_string={"q": "%" * 60_000}).get_json()
    assert answer["q"] == "%" * 100


def test_entry_has_a_page_of_its_own(visitor: Visitor, ada: Visitor) -> None:
    """An entry can be linked to."""
    ada.write("An owl")

    page = visitor.look("/entries/1")
    assert "<p>An owl</p>" in page
    assert "Delete this entry" not in page
    assert "Delete this entry" in ada.look("/entries/1")


@pytest.mark.parametrize("number", ["0", "2", "9" * 18, "9" * 30])
def test_missing_entries_do_not_exist(ada: Visitor, number: str) -> None:
    """A number that no entry has, or could have, is answered with 404."""
    ada.write("the only one")

    assert ada.client.get(f"/entries/{number}").status_code == 404
    assert ada.client.get(f"/api/entries/{number}").status_code == 404


def test_own_entry_can_be_deleted_with_its_picture(app: Flask, ada: Visitor) -> None:
    """Deleting asks first, then removes the entry and the file."""
    ada.write("An owl", image=PNG)
    picture = ada.entries()[0]["image"]
    assert "This cannot be undone." in ada.look("/entries/1/delete")
    assert len(ada.entries()) == 1

    page = ada.send("/entries/1/delete", follow=True).text

    assert "The entry is deleted." in page
    assert ada.entries() == []
    assert ada.client.get(picture).status_code == 404


def test_entries_of_others_cannot_be_deleted(visitor: Visitor, ada: Visitor) -> None:
    """Only its author may delete an entry."""
    ada.write("mine")
    assert visitor.client.get("/entries/1/delete").location == "/sign-in?next=/entries/1/delete"
    visitor.sign_up("mallory")

    assert visitor.client.get("/entries/1/delete").status_code == 403
    assert visitor.send("/entries/1/delete").status_code == 403
    assert len(ada.entries()) == 1


def test_number_of_a_deleted_entry_is_not_given_again(ada: Visitor) -> None:
    """A link to a deleted entry never shows another one."""
    ada.write("first")
    ada.send("/entries/1/delete")
    ada.write("second")

    assert [entry["id"] for entry in ada.entries()] == [2]
