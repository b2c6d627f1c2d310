"""A scope becomes the environ that a WSGI server makes; what no server may pass on is refused."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask import Flask, request
from flask.asgi.environ import BadScopeError, environ_of

from .driving import ask, scope_of


def test_values_of_the_server() -> None:
    """Addresses, ports, protocol and scheme are those of the connection."""
    environ = environ_of(
        scope_of(
            "/", scheme="https", http_version="2", server=("shop.test", 8443), client=("::1", 7)
        )
    )
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("shop.test", "8443")
    assert (environ["REMOTE_ADDR"], environ["REMOTE_PORT"]) == ("::1", "7")
    assert (environ["SERVER_PROTOCOL"], environ["wsgi.url_scheme"]) == ("HTTP/2", "https")


@pytest.mark.parametrize("server", [None, ("/run/shop.sock", None)])
def test_no_address_is_no_error(server: Any) -> None:
    """On a socket file there are no addresses and ports."""
    environ = environ_of(scope_of("/", server=server, client=None))
    assert environ["SERVER_PORT"] == ""
    assert "REMOTE_ADDR" not in environ


@pytest.mark.parametrize(
    ("root", "path", "expected"),
    [
        ("", "/a", ("", "/a")),
        ("/shop", "/shop/a", ("/shop", "/a")),
        ("/shop", "/a", ("/shop", "/a")),
        ("/shop", "/shopping", ("/shop", "/shopping")),
        ("/shop", "/shop", ("/shop", "")),
        ("/shop/", "/shop/a", ("/shop", "/a")),
        ("/é", "/é/ü", ("/Ã©", "/Ã¼")),
    ],
)
def test_prefix(root: str, path: str, expected: tuple[str, str]) -> None:
    """The prefix is taken from the path where the server left it there."""
    environ = environ_of(scope_of(path, root_path=root, raw_path=None))
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == expected


_HEADERS = st.lists(
    st.tuples(
        st.sampled_from(
            [b"host", b"accept", b"content-type", b"content-length", b"cookie", b"x-a"]
        ),
        st.sampled_from([b"1", b"22", b"*/*", b"\xe9"]),
    ),
    unique_by=lambda pair: pair[0],
)


@given(_HEADERS, st.sampled_from([("::1", 7), ("127.0.0.1", 8), None]), st.sampled_from("ab"))
def test_what_was_remembered_changes_nothing(
    headers: list[tuple[bytes, bytes]], client: Any, path: str
) -> None:
    """The environ of headers that came before is that of new ones, whatever was done to that."""
    seen = []
    for _ in range(3):  # values and sets of headers are remembered one after the other
        scope = scope_of(f"/{path}", headers=headers, client=client)
        environ = environ_of(scope)
        del environ["asgi.scope"], environ["wsgi.errors"]
        seen.append(environ.copy())
        environ["HTTP_HOST"] = environ["PATH_INFO"] = environ["HTTP_X_NEW"] = "changed"
    as_lists = environ_of({**scope, "headers": [[*pair] for pair in scope["headers"]]})
    del as_lists["asgi.scope"], as_lists["wsgi.errors"]
    assert seen == [as_lists] * 3
    for name, value in headers:
        key = name.decode().upper().replace("-", "_")
        key = key if key.startswith("CONTENT") else f"HTTP_{key}"
        assert as_lists[key] == value.decode("latin-1")
    assert ("CONTENT_LENGTH" in as_lists) is not as_lists.get("wsgi.input_terminated", False)


@given(st.binary())
def test_any_bytes_in_a_path(raw: bytes) -> None:
    """Bytes that are no UTF-8 arrive as a WSGI server gives them."""
    quoted = f"/{quote(raw)}".encode()
    decoded = unquote_to_bytes(quoted).decode("utf-8", "replace")
    environ = environ_of(scope_of(decoded, raw_path=quoted))
    assert environ["PATH_INFO"] == unquote_to_bytes(quoted).decode("latin-1")


def test_raw_bytes_in_a_query(app: Flask) -> None:
    """Bytes above 0x7f in a query string are no error."""
    app.add_url_rule("/", "index", lambda: request.args.get("q", ""))
    assert asyncio.run(ask(app, query_string=b"q=\xff\xc3\xa9")).status == 200


def test_underscore_does_not_overwrite() -> None:
    """A header with an underscore never becomes its dashed twin."""
    headers = [(b"x-user", b"ada"), (b"x_user", b"eve"), (b"x_other", b"eve")]
    for given_headers in (headers, headers[::-1]):
        environ = environ_of(scope_of(headers=given_headers))
        assert environ["HTTP_X_USER"] == "ada"
        assert "HTTP_X_OTHER" not in environ


def test_header_that_comes_again() -> None:
    """Values are joined: by a comma, cookies by a semicolon; equal lengths are one."""
    headers = [
        (b"accept", b"a"),
        (b"accept", b"b"),
        (b"cookie", b"c=1"),
        (b"cookie", b"d=2"),
        (b"content-length", b"3"),
        (b"content-length", b"3"),
    ]
    environ = environ_of(scope_of(headers=headers))
    assert environ["HTTP_ACCEPT"] == "a,b"
    assert environ["HTTP_COOKIE"] == "c=1; d=2"
    assert environ["CONTENT_LENGTH"] == "3"


@pytest.mark.parametrize(
    "scope",
    [
        scope_of(headers=[(b"host", b"a"), (b"host", b"b")]),
        scope_of(headers=[(b"content-length", b"1"), (b"content-length", b"2")]),
        scope_of(headers=[(b"content-type", b"a/b"), (b"content-type", b"c/d")]),
        scope_of(headers=[(b"x-a", b"a\r\nx-b: c")]),
        scope_of(headers=[(b"x-a", b"a\x00")]),
        scope_of(headers=[(b"x-new-name", b"a\x7f")]),
        scope_of("no/slash"),
        scope_of("shop.test:443", method="CONNECT"),
        scope_of("*"),
    ],
    ids=str,
)
def test_what_is_refused(app: Flask, scope: dict[str, Any]) -> None:
    """What no server should pass on is answered 400 with the reason, before the application."""
    scope.setdefault("headers", []).append((b"x-last", b"1"))
    with pytest.raises(BadScopeError):
        environ_of(scope)
    answered = asyncio.run(ask(app, **{"path": scope["path"], **scope}))
    assert answered.status == 400
    assert answered.headers[b"connection"] == b"close"


def test_connect_is_refused_by_name(app: Flask) -> None:
    """Who takes the application for a proxy is told that it is none."""
    answered = asyncio.run(ask(app, "shop.test:443", method="CONNECT"))
    assert answered.text == "This is no proxy: CONNECT is not served.\n"


def test_malformed_host_is_a_bad_request(app: Flask) -> None:
    """A host that no client could mean is refused by the application, as under WSGI."""
    app.add_url_rule("/", "index", lambda: request.host)
    host = b"shop.test/../evil"
    wsgi = app.test_client().get("/", headers={"Host": host.decode()})
    assert asyncio.run(ask(app, headers=[(b"host", host)])).status == wsgi.status_code


def test_options_about_the_server(app: Flask) -> None:
    """``OPTIONS *`` has no path; it is no error."""
    answered = asyncio.run(ask(app, "*", method="OPTIONS"))
    assert answered.status in {200, 404}


def test_unknown_scopes_are_refused(app: Flask) -> None:
    """A kind of connection that the protocol does not have raises, naming it."""
    with pytest.raises(ValueError, match="'smtp'"):
        asyncio.run(ask(app, type="smtp"))


def test_headers_of_the_answer_have_no_control_characters(app: Flask) -> None:
    """What a view puts into a header cannot begin another one."""
    app.testing = False

    def raw(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("X-Raw", "a\r\nX-Other: b")])
        return [b""]

    app.wsgi_app = raw  # type: ignore[method-assign]
    with pytest.raises(ValueError, match="X-Raw"):
        asyncio.run(ask(app))


def test_state_is_not_shared(app: Flask) -> None:
    """What a request puts into the scope's state is not seen by the next one."""
    shared = {"pool": "pool"}

    @app.route("/")
    async def index() -> str:
        state = request.environ["asgi.scope"]["state"]
        seen = ",".join(sorted(state))
        state["user"] = "ada"
        return seen

    async def main() -> None:
        for _ in range(2):
            assert (await ask(app, state=dict(shared))).text == "pool"

    asyncio.run(main())
