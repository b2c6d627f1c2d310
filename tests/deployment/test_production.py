"""nginx in front of gunicorn: what only the two together can get right."""

from __future__ import annotations

import ssl
import stat
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

import pytest

from deployment.servers import FILES, GUESTBOOK, Production
from deployment.visitor import PNG, Address, Visitor, find_links

FORGED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "8443",
    "X-Forwarded-Prefix": "/evil",
    "X-Real-IP": "203.0.113.9",
    "Forwarded": "for=203.0.113.9;proto=http;host=evil.example",
    "SCRIPT_NAME": "/evil",
    "Script-Name": "/evil",
}


@pytest.mark.parametrize("headers", [{}, FORGED], ids=["honest", "forged"])
@pytest.mark.parametrize("prefixed", [False, True], ids=["root", "prefix"])
def test_the_application_sees_the_outside(
    production: Production, prefixed: bool, headers: dict[str, str]
) -> None:
    """Scheme, host, prefix and client are those of the outside, whatever the client claims."""
    visitor = production.visitor(prefixed=prefixed, source="127.0.0.2", headers=headers)
    host, prefix = visitor.address.host, visitor.address.prefix

    seen = visitor.look("/-/seen")

    assert (seen["scheme"], seen["host"], seen["prefix"]) == ("https", host, prefix)
    assert seen["client"] == "127.0.0.2"
    assert seen["link"] == f"https://{host}{prefix}/"


def test_nginx_serves_the_static_files(production: Production) -> None:
    """At the root they come from nginx, which the missing headers of the application tell."""
    answer = production.visitor().ask("GET", "/static/style.css")

    assert answer.headers["Content-Type"] == "text/css"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Content-Security-Policy" not in answer.headers


def test_the_application_serves_the_static_files_without_it(production: Production) -> None:
    """Below a prefix, where nginx has no location for them, they come from the application."""
    answer = production.visitor(prefixed=True).ask("GET", "/static/style.css")
    same = production.visitor().ask("GET", "/static/style.css")

    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert answer.body == same.body


@pytest.mark.parametrize(
    "path", ["/static/../wsgi.py", "/static../wsgi.py", "/static/%2e%2e/wsgi.py"]
)
def test_nginx_serves_nothing_beside_the_static_files(production: Production, path: str) -> None:
    """No spelling of the path leads out of the folder."""
    assert production.visitor().ask("GET", path).status in (400, 404)


@pytest.mark.parametrize("size", [4 * 2**20, 6 * 2**20])
def test_an_upload_over_the_limit_is_refused(production: Production, size: int) -> None:
    """Just over the limit and far over it nginx answers 413, and nothing is stored."""
    visitor = production.visitor()
    visitor.sign_up()

    answer = visitor.send("/entries/new", PNG + bytes(size), text="Too large.")

    assert (answer.status, "nginx" in answer.text) == (413, True)
    assert visitor.look("/api/entries?q=too+large")["total"] == 0


def test_both_limits_of_an_upload_are_the_same() -> None:
    """What nginx lets through the application takes: a refusal by gunicorn may become a 502."""
    application = (GUESTBOOK / "__init__.py").read_text()

    assert '"MAX_CONTENT_LENGTH": 4 * 1024 * 1024' in application
    for file in ("nginx.conf", "nginx-prefix.conf"):
        assert "client_max_body_size 4m;" in (FILES / file).read_text()


def test_a_chunked_body_arrives_whole(production: Production) -> None:
    """Nginx collects a body of unknown length, and refuses one that is too large."""
    visitor = production.visitor()

    assert visitor.send_body([b"a" * 70_000, b"b", b"c" * 9]).json["size"] == 70_010
    assert visitor.send_body([b"a" * 2**20] * 6).status == 413


def test_http_leads_to_https(production: Production) -> None:
    """The same path and query over TLS, and a form sent there is not lost: 308."""
    plain = Visitor(replace(production.address, port=production.port, authority=None))

    answer = plain.ask("POST", "/sign-in?next=%2Fa", b"name=Ada")

    assert answer.status == 308
    assert answer.headers["Location"] == "https://guestbook.example.com/sign-in?next=%2Fa"


def test_a_request_for_another_host_gets_no_answer(production: Production) -> None:
    """Neither over HTTP nor over TLS, whether the handshake or the request names it."""
    request = b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"
    plain = Visitor(Address(production.port, "evil.example"))
    wrong_name = Visitor(replace(production.address, host="evil.example"))
    wrong_header = production.visitor(headers={"Host": "evil.example"})

    assert plain.raw(request) == b""
    with pytest.raises(ssl.SSLError, match=r"(?i)unrecognized name"):
        wrong_name.ask("GET", "/")
    with pytest.raises(ConnectionError):
        wrong_header.ask("GET", "/")


def test_the_session_cookie_travels_over_tls_alone(production: Production) -> None:
    """It is Secure, out of reach of scripts, and not sent along by other sites."""
    cookie = production.visitor().ask("GET", "/api/session").headers["Set-Cookie"]

    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


def test_below_a_prefix_redirects_and_links_have_it(production: Production) -> None:
    """The browser is never sent outside of the prefix."""
    visitor = production.visitor(prefixed=True)
    bare = Visitor(replace(visitor.address, prefix=""))

    to_slash = bare.ask("GET", "/guestbook")
    to_sign_in = visitor.ask("GET", "/entries/new")
    page = visitor.ask("GET", "/")

    assert to_slash.headers["Location"] == "https://www.example.com/guestbook/"
    assert to_sign_in.headers["Location"] == "/guestbook/sign-in?next=/guestbook/entries/new"
    assert all(link.startswith(("/guestbook/", "#")) for link in find_links(page.text))


def test_below_a_prefix_somebody_signs_in_and_writes(production: Production) -> None:
    """Forms, session, upload and picture work there as at the root."""
    visitor = production.visitor(prefixed=True)
    visitor.sign_up()

    answer = visitor.send("/entries/new", PNG, text="From below.")
    image = visitor.entries()[0]["image"]

    assert (answer.status, answer.headers["Location"]) == (302, "/guestbook/")
    assert image.startswith("/guestbook/pictures/")
    assert visitor.ask("GET", image.removeprefix("/guestbook")).body == PNG


def test_only_our_group_can_use_the_socket(production: Production) -> None:
    """The unix socket is closed to other users of the machine; TCP cannot be."""
    if production.tcp:
        return
    file = production.root / "run/guestbook/gunicorn.sock"

    assert stat.S_ISSOCK(file.stat().st_mode)
    assert stat.S_IMODE(file.stat().st_mode) == 0o770


def test_gunicorn_starts_without_a_warning(production: Production) -> None:
    """The documented settings are all known to it and give no reason to complain."""
    start = production.gunicorn.output().partition("Booting worker")[0]

    assert f"Using worker: {production.worker_class}" in start
    assert "[WARNING]" not in start
    assert "[ERROR]" not in start


@pytest.mark.parametrize(("worker_class", "held"), [("sync", 1), ("gthread", 3), ("gevent", 20)])
def test_long_answers_leave_room_for_others(
    shared: Callable[[str], Production], worker_class: str, held: int
) -> None:
    """A worker of gthread has four threads; one of gevent holds many answers at once."""
    site = shared(worker_class)
    with ExitStack() as answers:
        responses = [
            answers.enter_context(site.visitor().hold(f"{worker_class}-room")) for _ in range(held)
        ]

        assert [site.visitor().ask("GET", "/").status for _ in range(5)] == [200] * 5
        site.release(f"{worker_class}-room")
        assert {response.read() for response in responses} == {b"last\n"}
