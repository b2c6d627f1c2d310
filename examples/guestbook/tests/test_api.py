from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from visitor import PNG, Visitor

if TYPE_CHECKING:
    from werkzeug.test import TestResponse


def create(visitor: Visitor, **options: Any) -> TestResponse:
    """Send a change to the API with the visitor's token."""
    headers = {"X-CSRF-Token": visitor.token()}
    answer: TestResponse = visitor.client.post("/api/entries", headers=headers, **options)
    return answer


def test_entries_are_listed(visitor: Visitor, ada: Visitor) -> None:
    """A list tells its page, how many there are, and each entry in full."""
    ada.write("An owl", image=PNG, image_alt="An owl on a branch")

    answer = visitor.client.get("/api/entries?q=owl").get_json()

    entry = answer["entries"].pop()
    assert answer == {"entries": [], "page": 1, "pages": 1, "total": 1, "q": "owl"}
    assert entry.pop("created_at").endswith("+00:00")
    assert entry.pop("image").endswith(".png")
    assert entry == {
        "id": 1,
        "author": "Ada",
        "text": "An owl",
        "image_alt": "An owl on a branch",
        "url": "/entries/1",
    }


def test_entry_is_written(ada: Visitor) -> None:
    """A new entry is answered with itself and its address, and is in the book."""
    answer = create(ada, json={"text": " 안녕\r\n하세요 "})

    assert answer.status_code == 201
    assert answer.location == "/api/entries/1"
    assert answer.get_json()["text"] == "안녕\n하세요"
    assert ada.client.get(answer.location).get_json() == answer.get_json()
    assert "<p>안녕<br>\n하세요</p>" in ada.look()


def test_writing_needs_an_account(visitor: Visitor) -> None:
    """Without a signed-in session the answer is 401."""
    assert create(visitor, json={"text": "x"}).status_code == 401


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"data": "text=x"}, 415),
        ({"data": "{", "content_type": "application/json"}, 400),
        ({"data": b"\xff", "content_type": "application/json"}, 400),
        ({"data": "[" * 100_000, "content_type": "application/json"}, 400),
        ({"json": ["x"]}, 400),
        ({"json": {"text": 5}}, 400),
        ({"json": {}}, 400),
        ({"json": {"text": " "}}, 422),
        ({"json": {"text": "x" * 2001}}, 422),
        ({"data": '{"text": "\\ud800\\u0000"}', "content_type": "application/json"}, 422),
    ],
)
def test_unusable_bodies_are_refused(ada: Visitor, options: dict[str, Any], code: int) -> None:
    """Each mistake gets its status and an explanation in JSON."""
    answer = create(ada, **options)

    assert answer.status_code == code
    assert answer.get_json()["error"]["code"] == code
    assert answer.get_json()["error"]["message"]
    assert ada.entries() == []


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/api/entries/7", 404),
        ("GET", "/api/nowhere", 404),
        ("GET", "/api/entries?page=2", 404),
        ("PUT", "/api/entries", 405),
    ],
)
def test_errors_are_json(ada: Visitor, method: str, path: str, code: int) -> None:
    """Below /api nobody gets a page, also where there is nothing."""
    answer = ada.client.open(path, method=method, headers={"X-CSRF-Token": ada.token()})

    assert answer.status_code == code
    assert answer.get_json()["error"]["code"] == code
    if code == 405:
        assert "POST" in answer.headers["Allow"]
