"""What holds for every documented server: nginx and gunicorn in three ways, and the others."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from deployment.servers import Site, wait_until
from deployment.visitor import PASSWORD, PNG, Visitor, find_links

USERS = 8
REQUESTS = 25  # of each of them


def test_the_health_check_answers(site: Site) -> None:
    """A monitor gets a short answer that says all is well, and no cookie."""
    answer = site.visitor().ask("GET", "/-/health")

    assert (answer.status, answer.json) == (200, {"status": "ok"})
    assert "Set-Cookie" not in answer.headers


def test_path_and_query_arrive_as_they_were_sent(site: Site) -> None:
    """Letters beyond ASCII reach the view; the query string stays as it was sent."""
    visitor = site.visitor()

    seen = visitor.look("/-/seen?q=%EA%B0%80+b&c")
    found = visitor.ask("GET", "/?q=%EB%B6%80%EC%97%89%EC%9D%B4")

    assert (seen["path"], seen["query"]) == ("/-/seen", "q=%EA%B0%80+b&c")
    assert "부엉이" in found.text


def test_every_link_of_a_page_leads_somewhere(site: Site) -> None:
    """Pages, style and icon that the first page names are there."""
    visitor = site.visitor()

    links = {link for link in find_links(visitor.ask("GET", "/").text) if link.startswith("/")}
    answers = {link: visitor.ask("GET", link).status for link in links}

    assert {"/static/style.css", "/static/icon.svg", "/sign-in"} <= links
    assert set(answers.values()) <= {200, 302, 405}  # 405: a form's, which wants POST


def test_somebody_signs_in_and_stays_so(site: Site) -> None:
    """The redirect to sign in and the one back work, and the session lasts."""
    visitor = site.visitor()
    name = visitor.sign_up()
    visitor.send("/sign-out")

    away = visitor.ask("GET", "/entries/new")
    again = visitor.send("/sign-in", name=name, password=PASSWORD, next="/entries/new")

    assert (away.status, away.headers["Location"]) == (302, "/sign-in?next=/entries/new")
    assert (again.status, again.headers["Location"]) == (302, "/entries/new")
    assert visitor.ask("GET", "/entries/new").status == 200
    assert visitor.look("/-/seen")["account"] == name


def test_an_uploaded_picture_comes_back(site: Site) -> None:
    """A picture of some size is stored and served byte for byte."""
    visitor = site.visitor()
    visitor.sign_up()
    picture = PNG + bytes(range(256)) * 4096

    answer = visitor.send("/entries/new", picture, text="With a picture.")
    entry = visitor.entries()[0]
    served = visitor.ask("GET", entry["image"])

    assert answer.status == 302
    assert served.body == picture
    assert served.headers["Content-Type"] == "image/png"


def test_part_of_a_picture_can_be_asked_for(site: Site) -> None:
    """A range is answered with 206 and these bytes, and a known picture with 304."""
    visitor = site.visitor()
    visitor.sign_up()
    visitor.send("/entries/new", PNG, text="With a picture.")
    path = visitor.entries()[0]["image"]

    part = visitor.ask("GET", path, headers={"Range": "bytes=1-3"})
    known = visitor.ask("GET", path, headers={"If-None-Match": part.headers["ETag"]})

    assert (part.status, part.body) == (206, b"PNG")
    assert part.headers["Content-Range"] == f"bytes 1-3/{len(PNG)}"
    assert (known.status, known.body) == (304, b"")


def test_a_large_body_arrives_whole(site: Site) -> None:
    """Three million bytes reach the view unharmed."""
    body = bytes(range(250)) * 12_000

    assert site.visitor().send_body(body).json == {
        "size": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
    }


def test_a_stream_arrives_piece_by_piece(site: Site) -> None:
    """The first piece is here before the last one is made."""
    with site.visitor().hold("stream") as response:
        site.release("stream")
        assert response.read() == b"last\n"


def test_a_connection_serves_several_requests(site: Site) -> None:
    """Keep-alive: three requests, also after an error, use one connection."""
    visitor = site.visitor()
    ports = set()
    with closing(visitor.connect()) as connection:
        for path in ("/-/seen", "/nowhere", "/-/seen"):
            visitor.begin(connection, "GET", path).read()
            assert connection.sock is not None, "the server closed the connection"
            ports.add(connection.sock.getsockname()[1])

    assert len(ports) == 1


@pytest.mark.parametrize("path", ["/", "/static/style.css", "/nowhere"])
def test_head_is_get_without_the_body(site: Site, path: str) -> None:
    """Status and length are those of GET, and the connection is still in step after it."""
    visitor = site.visitor()
    with closing(visitor.connect()) as connection:
        head = visitor.begin(connection, "HEAD", path)
        nothing = head.read()
        get = visitor.begin(connection, "GET", path)
        body = get.read()

    assert nothing == b""
    assert head.status == get.status
    assert int(head.headers["Content-Length"]) == len(body)


def test_what_is_not_there_gets_the_page_of_the_application(site: Site) -> None:
    """A 404 is the application's own page."""
    answer = site.visitor().ask("GET", "/nowhere")

    assert answer.status == 404
    assert "Nothing here" in answer.text


def test_a_broken_view_tells_the_log_and_not_the_visitor(site: Site) -> None:
    """A 500 shows nothing of the exception; the server's log has its traceback."""
    answer = site.visitor().ask("GET", "/-/fail")
    log = site.servers[0].output

    assert answer.status == 500
    assert "Our mistake" in answer.text
    assert not any(word in answer.text for word in ("RuntimeError", "a detail", "Traceback"))
    wait_until(lambda: "RuntimeError: a detail for the log only" in log(), log, 5)


def test_users_at_the_same_time_do_not_see_each_other(site: Site) -> None:
    """In 200 requests over 8 threads each visitor finds the own account, count and entries."""

    def use(visitor: Visitor) -> tuple[str, list[int]]:
        name = visitor.sign_up()
        token = {"X-CSRF-Token": visitor.token(), "Content-Type": "application/json"}
        counts = []
        for number in range(REQUESTS - 5):
            counts.append(visitor.look("/-/count")["count"])
            if number % 4 == 0:
                assert visitor.look("/-/seen")["account"] == name
        for _ in range(3):
            answer = visitor.ask("POST", "/api/entries", b'{"text": "Here."}', token)
            assert (answer.status, answer.json["author"]) == (201, name)
        return name, counts

    before = site.visitor().look("/api/entries")["total"]
    with ThreadPoolExecutor(USERS) as threads:
        seen = list(threads.map(use, [site.visitor() for _ in range(USERS)]))

    assert [counts for _, counts in seen] == [list(range(1, REQUESTS - 4))] * USERS
    assert len({name for name, _ in seen}) == USERS
    assert site.visitor().look("/api/entries")["total"] == before + 3 * USERS
