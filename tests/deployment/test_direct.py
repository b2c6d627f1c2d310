"""Servers without a proxy: whom they believe, and how they take bodies."""

from __future__ import annotations

import pytest

from deployment.servers import DIRECT, Site, Standalone, Start
from deployment.test_production import FORGED
from deployment.visitor import PNG

OPTIONS_BEHIND_A_PROXY = {"waitress-serve": ["--no-clear-untrusted-proxy-headers"]}


@pytest.mark.parametrize("headers", [{}, FORGED | {"X-Forwarded-Proto": "https"}])
def test_nobody_is_believed(direct: Site, headers: dict[str, str]) -> None:
    """Without a proxy the connection tells who asks for what, and no header does."""
    seen = direct.visitor(source="127.0.0.2", headers=headers).look("/-/seen")

    assert (seen["scheme"], seen["host"], seen["prefix"]) == ("http", "localhost", "")
    assert (seen["client"], seen["link"]) == ("127.0.0.2", "http://localhost/")


def test_another_host_is_refused(direct: Site) -> None:
    """TRUSTED_HOSTS takes the place of nginx's server_name."""
    assert direct.visitor(headers={"Host": "evil.example"}).ask("GET", "/").status == 400


def test_the_application_serves_the_static_files(direct: Site) -> None:
    """They come with a type, a length and a tag that saves the second download."""
    visitor = direct.visitor()

    first = visitor.ask("GET", "/static/style.css")
    tag = {"If-None-Match": first.headers["ETag"]}

    assert first.headers["Content-Type"] == "text/css; charset=utf-8"
    assert int(first.headers["Content-Length"]) == len(first.body)
    assert visitor.ask("GET", "/static/style.css", headers=tag).status == 304


def test_an_upload_over_the_limit_is_not_stored(direct: Standalone) -> None:
    """The answer is 413; granian closes the connection before a client has sent it all."""
    visitor = direct.visitor()
    visitor.sign_up()
    stored = set((direct.instance / "uploads").iterdir())

    try:
        status = visitor.send("/entries/new", PNG + bytes(6 * 2**20), text="Too large.").status
    except ConnectionError:
        status = 413 if direct.program == "granian" else 0

    assert status == 413
    assert set((direct.instance / "uploads").iterdir()) == stored
    assert visitor.ask("GET", "/").status == 200


def test_a_chunked_body_arrives_whole(direct: Standalone) -> None:
    """Waitress and granian take a body of unknown length; to uvicorn's WSGI mode it is empty."""
    answer = direct.visitor().send_body([b"a" * 70_000, b"b", b"c" * 9])

    assert answer.json["size"] == (0 if direct.program == "uvicorn" else 70_010)


def test_a_chunked_body_over_the_limit_is_refused(direct: Standalone) -> None:
    """The limit holds, too, when no header tells the length."""
    visitor = direct.visitor()

    try:
        answer = visitor.send_body([b"a" * 2**20] * 6)
    except ConnectionError:
        assert direct.program == "granian"
    else:
        assert answer.status == (200 if direct.program == "uvicorn" else 413)


def test_behind_two_proxies_the_client_is_the_second_last(start: Start) -> None:
    """GUESTBOOK_PROXIES says how many added an address each; what is before them is hearsay."""
    site = start("granian", GUESTBOOK_PROXIES="2")
    headers = {"X-Forwarded-For": "192.0.2.66, 203.0.113.7, 10.0.0.1"}

    assert site.visitor(headers=headers).look("/-/seen")["client"] == "203.0.113.7"


@pytest.mark.parametrize("program", DIRECT)
def test_behind_one_proxy_its_headers_are_believed(start: Start, program: str) -> None:
    """With GUESTBOOK_PROXIES=1 the headers count; waitress has to be told to let them pass."""
    site = start(program, *OPTIONS_BEHIND_A_PROXY.get(program, ()), GUESTBOOK_PROXIES="1")
    headers = {
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "localhost:8443",
        "X-Forwarded-Prefix": "/guestbook",
    }

    seen = site.visitor(headers=headers).look("/-/seen")

    assert (seen["client"], seen["link"]) == ("203.0.113.7", "https://localhost:8443/guestbook/")


def test_waitress_keeps_the_headers_of_a_proxy_to_itself(start: Start) -> None:
    """Without the option it removes them, and the proxy looks like the only client."""
    site = start("waitress-serve", GUESTBOOK_PROXIES="1")

    seen = site.visitor(headers={"X-Forwarded-For": "203.0.113.7"}).look("/-/seen")

    assert seen["client"] == "127.0.0.1"


def test_the_cookie_can_be_kept_below_a_prefix(start: Start) -> None:
    """GUESTBOOK_SESSION_COOKIE_PATH keeps it from other applications of the same host."""
    site = start("granian", GUESTBOOK_SESSION_COOKIE_PATH="/guestbook")

    cookie = site.visitor().ask("GET", "/api/session").headers["Set-Cookie"]

    assert "Path=/guestbook" in cookie.split("; ")


def test_the_health_check_notices_a_missing_table(start: Start) -> None:
    """Without its data the application is not well, and a monitor is told so by 500."""
    site = start("granian")
    (site.instance / "guestbook.sqlite3").rename(site.instance / "elsewhere.sqlite3")

    assert site.visitor().ask("GET", "/-/health").status == 500
