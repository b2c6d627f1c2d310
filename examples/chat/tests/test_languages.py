from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jinja2.ext import extract_from_ast

import chat
from chat.languages import LANGUAGES, load_catalogue

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
