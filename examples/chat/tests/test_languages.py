from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jinja2.ext import extract_from_ast

import chat
from chat.languages import LANGUAGES, load_catalogue
from guests import Guest, on_loop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

PACKAGE = Path(chat.__file__).parent


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
        placeholder = r"%(?:\(\w+\)[sd]|%)|\{\w+\}"
        assert translation
        assert set(re.findall(placeholder, message)) == set(re.findall(placeholder, translation))


@pytest.mark.parametrize(
    ("wished", "language"),
    [("ko", "ko"), ("ko-KR,ko;q=0.9,en;q=0.8", "ko"), ("de, ko;q=0.5", "ko"), ("de", "en")],
)
@on_loop
async def test_browser_chooses_the_language(app: Flask, wished: str, language: str) -> None:
    """Without a choice by the switch the page is in what Accept-Language likes best."""
    answer = await Guest(app, "Ada", wished).client.get("/")

    assert f'<html lang="{language}"' in answer.text
    assert answer.headers["Content-Language"] == language
    assert "Accept-Language" in answer.headers["Vary"]


@on_loop
async def test_switch_wins_over_the_browser(app: Flask) -> None:
    """A choice stays, in the room's WebSocket too, and leads back to where it was made."""
    ada = Guest(app, "Ada")
    await ada.join()

    answer = await ada.client.post("/language", data={"language": "ko", "next": "/rooms/lobby/"})
    page = await ada.client.get(answer.location)
    await ada.client.post("/language", data={"language": "xx"})  # there is no such one

    assert 'value="ko" lang="ko" aria-pressed="true"' in page.text
    async with ada.in_room() as a:
        await a.say("")
        assert (await a.hear("refused"))["message"] == "내용을 입력해 주세요."


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil", "evil"])
@on_loop
async def test_switch_stays_on_this_site(app: Flask, target: str) -> None:
    """A `next` that leads elsewhere is ignored."""
    answer = await Guest(app, "Ada").client.post("/language", data={"next": target})

    assert answer.location == "/"
