from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from visitor import Visitor


@pytest.mark.parametrize(
    ("path", "code", "heading"),
    [("/nowhere", 404, "Nothing here"), ("/sign-out", 405, "Not this way")],
)
def test_errors_have_a_page(visitor: Visitor, path: str, code: int, heading: str) -> None:
    """An error looks like the rest of the site and says what to do."""
    answer = visitor.client.get(path)

    assert answer.status_code == code
    assert f"<h1>{heading}</h1>" in answer.text
    assert "Back to the book" in answer.text


def test_error_page_speaks_the_visitors_language(visitor: Visitor) -> None:
    """Errors are translated like everything else."""
    assert "여기에는 아무것도 없습니다" in visitor.look(
        "/nowhere", headers={"Accept-Language": "ko"}
    )


def test_host_that_is_not_ours_is_refused(app: Flask, visitor: Visitor) -> None:
    """TRUSTED_HOSTS answers 400, although a page of ours cannot link anywhere then."""
    app.config["TRUSTED_HOSTS"] = ["localhost"]

    answer = visitor.client.get("/", headers={"Host": "evil.example"})

    assert answer.status_code == 400
    assert "not trusted" in answer.text


def test_missing_method_says_what_is_allowed(visitor: Visitor) -> None:
    """The headers of an error stay when it gets our page."""
    assert "POST" in visitor.client.get("/sign-out").headers["Allow"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("path", "code"), [("/", 405), ("/entries/1", 405), ("/nowhere", 404), ("/api/nowhere", 404)]
)
def test_missing_token_does_not_hide_what_is_wrong(
    visitor: Visitor, method: str, path: str, code: int
) -> None:
    """Where nothing could be changed, the answer is about address and method, not a token."""
    answer = visitor.client.open(path, method=method)

    assert answer.status_code == code
    assert ("GET" in answer.headers.get("Allow", "")) == (code == 405)


@pytest.mark.parametrize("path", ["/", "/api/entries"])
def test_broken_database_still_gives_our_page(
    app: Flask, ada: Visitor, tmp_path: Path, path: str
) -> None:
    """The page for a broken server does not need what broke, and tells no secrets."""
    app.config.update(TESTING=False, DATABASE=str(tmp_path))  # a folder is no database

    answer = ada.client.get(path)

    assert answer.status_code == 500
    assert "unable to open" not in answer.text
    assert ("Our mistake" if path == "/" else '"code":500') in answer.text.replace(": ", ":")
