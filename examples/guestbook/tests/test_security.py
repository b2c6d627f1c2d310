from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import guestbook
from guestbook.security import safe_path
from visitor import Visitor

if TYPE_CHECKING:
    from flask import Flask

CHANGES = ["/sign-up", "/sign-in", "/sign-out", "/entries/new", "/entries/1/delete", "/preferences"]


@pytest.mark.parametrize("path", [*CHANGES, "/api/entries"])
def test_changes_need_the_token(ada: Visitor, path: str) -> None:
    """No form is accepted without the token of the visitor's own session."""
    ada.write("An owl")
    fields = {"name": "eve", "password": "12345678", "repeat": "12345678", "text": "x"}

    for token in ({}, {"csrf_token": ""}, {"csrf_token": "wrong"}, {"csrf_token": "잘못"}):
        assert ada.client.post(path, data={**fields, **token}).status_code == 400
    assert len(ada.entries()) == 1


def test_token_of_somebody_else_is_refused(visitor: Visitor, ada: Visitor) -> None:
    """Tokens belong to one session."""
    assert ada.write("x", csrf_token=visitor.token()).status_code == 400


def test_every_posting_form_carries_the_token(ada: Visitor, visitor: Visitor) -> None:
    """There is a token in each form that changes something."""
    ada.write("An owl")
    pages = [
        *map(ada.look, ["/", "/entries/1", "/entries/new", "/entries/1/delete"]),
        *map(visitor.look, ["/sign-in", "/sign-up", "/nowhere"]),
    ]

    for page in pages:
        forms = re.findall(r'<form[^>]*method="post".*?</form>', page, re.DOTALL)
        assert forms
        assert all('name="csrf_token" value="' in form for form in forms)


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nowhere", "/api/entries", "/static/style.css"])
def test_responses_carry_security_headers(visitor: Visitor, path: str) -> None:
    """Pages, errors, JSON and files alike are hardened."""
    headers = visitor.fetch(path).headers

    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_session_cookie_is_hidden_from_scripts_and_other_sites(visitor: Visitor) -> None:
    """The cookie is HttpOnly and SameSite=Lax."""
    cookie = visitor.client.get("/").headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_files_open_no_session(ada: Visitor) -> None:
    """Static files are the same for all, so that caches may share them."""
    answer = ada.fetch("/static/style.css")

    assert "Vary" not in answer.headers
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "javascript:alert(1)",
        "evil",
        "",
    ],
)
def test_redirects_stay_on_this_site(visitor: Visitor, ada: Visitor, target: str) -> None:
    """A `next` that leaves the site, however it is dressed up, is ignored."""
    assert visitor.sign_in("Ada", next=target).location == "/"
    assert ada.client.get("/sign-in", query_string={"next": target}).location == "/"


@pytest.mark.parametrize("target", ["/", "/entries/1", "/?q=%EC%98%AC&page=2", "/a//b", "/@x:y"])
def test_own_paths_are_kept(app: Flask, target: str) -> None:
    """A `next` within the site is followed."""
    with app.test_request_context():
        assert safe_path(target) == target


def test_pages_need_nothing_that_the_policy_forbids() -> None:
    """No template holds inline scripts, inline styles or handlers."""
    for path in (Path(guestbook.__file__).parent / "templates").rglob("*.html"):
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", source), path
