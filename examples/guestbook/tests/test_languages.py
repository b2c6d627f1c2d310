from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jinja2.ext import extract_from_ast

import guestbook
from guestbook.languages import LANGUAGES, load_catalogue
from visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

PACKAGE = Path(guestbook.__file__).parent


def messages(app: Flask) -> Iterator[str]:
    """Find every message in the templates and modules."""
    for path in (PACKAGE / "templates").rglob("*.html"):
        template = app.jinja_env.parse(path.read_text(encoding="utf-8"))
        for _line, _function, message in extract_from_ast(template):
            yield from [message] if isinstance(message, str) else filter(None, message or ())
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_":
                assert isinstance(node.args[0], ast.Constant), f"{path}:{node.lineno}"
                yield str(node.args[0].value)


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_catalogue_is_complete(app: Flask, language: str) -> None:
    """Each message has a translation with the same placeholders, and none is left over."""
    catalogue = load_catalogue(language)

    assert sorted(catalogue) == sorted(set(messages(app)))
    for message, translation in catalogue.items():
        placeholder = r"%(?:\(\w+\)[sd]|%)"
        assert translation
        assert set(re.findall(placeholder, message)) == set(re.findall(placeholder, translation))


@pytest.mark.parametrize(
    ("wished", "language"),
    [
        ("ko", "ko"),
        ("ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("de, ko;q=0.5", "ko"),
        ("en-GB,ko;q=0.5", "en"),
        ("de", "en"),
        ("", "en"),
    ],
)
def test_browser_chooses_the_language(visitor: Visitor, wished: str, language: str) -> None:
    """Without a choice by the switch the page is in what Accept-Language likes best."""
    answer = visitor.client.get("/", headers={"Accept-Language": wished})

    assert f'<html lang="{language}"' in answer.text
    assert answer.headers["Content-Language"] == language
    assert "Accept-Language" in answer.headers["Vary"]


def test_switch_wins_over_the_browser(visitor: Visitor) -> None:
    """A choice stays, and leads back to the page it was made on."""
    answer = visitor.send("/preferences", language="ko", next="/sign-in?next=/entries/new")

    assert answer.location == "/sign-in?next=/entries/new"
    page = visitor.look(answer.location, headers={"Accept-Language": "en"})
    assert "비밀번호" in page
    assert 'value="ko" lang="ko" aria-pressed="true"' in page


def test_choice_survives_signing_in_and_out(visitor: Visitor, ada: Visitor) -> None:
    """Renewing the session forgets no preference."""
    visitor.send("/preferences", language="ko")
    visitor.sign_in("Ada")
    assert "다시 오셨네요, Ada 님!" in visitor.look()

    assert "로그아웃했습니다." in visitor.send("/sign-out", follow=True).text


def test_unknown_choices_change_nothing(visitor: Visitor) -> None:
    """Only languages and themes that exist can be chosen."""
    visitor.send("/preferences", language="xx", theme="pink")

    assert '<html lang="en" data-theme="auto">' in visitor.look()


def test_theme_can_be_chosen(visitor: Visitor) -> None:
    """The switch overrides what the visitor's system asks for, and leaves the language alone."""
    visitor.send("/preferences", language="ko")
    visitor.send("/preferences", theme="dark")

    assert '<html lang="ko" data-theme="dark">' in visitor.look()


def test_dates_and_counts_follow_the_language(ada: Visitor) -> None:
    """Numbers agree with their noun, and dates read as natives write them."""
    ada.write("An owl")
    assert "1 entry<" in ada.look()
    assert re.search(r">\d+ [A-Z][a-z]+ 20\d\d, \d\d:\d\d<", ada.look())
    ada.write("Another")
    assert "2 entries<" in ada.look()

    ada.send("/preferences", language="ko")
    assert "글 2개<" in ada.look()
    assert re.search(r">20\d\d년 \d+월 \d+일 \d\d:\d\d<", ada.look())


@pytest.mark.parametrize("path", ["/", "/nowhere?x=1", "/sign-out", "/entries/new"])
def test_switch_returns_to_where_it_was_used(ada: Visitor, path: str) -> None:
    """Also an error page comes back in the other language."""
    page = ada.look(path)

    assert f'name="next" value="{path}"' in page
