"""Query strings are read as Werkzeug reads them."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.test import create_environ
from werkzeug.wrappers import Request as WerkzeugRequest

from flask import Request

pieces = st.sampled_from(
    [
        b"a",
        b"b",
        b"=",
        b"&",
        b"+",
        b"%",
        b"%41",
        b"%C3%A9",
        b"%FF",
        b"%00",
        b"%zz",
        b";",
        b"\xc3\xa9",
    ]
)
queries = st.binary(max_size=30) | st.lists(pieces, max_size=12).map(b"".join)


def is_utf8(query: bytes) -> bool:
    try:
        query.decode()
    except UnicodeDecodeError:
        return False
    return True


def request_of(cls: type[WerkzeugRequest], query: bytes) -> WerkzeugRequest:
    return cls(create_environ(environ_overrides={"QUERY_STRING": query.decode("latin1")}))


@given(query=queries)
@example(b"")
@example(b"a=%EF%BF%BD")
@example(b"a=%F0%9F%98%80&a=%F0%9F")
@example(b"a=1&a=2&&=&b")
def test_args_are_werkzeugs(query: bytes) -> None:
    """Names, values and their order are the same; raw bytes count as percent-encoded."""
    if is_utf8(query):
        encoded = query
    else:
        quoted = "".join(chr(byte) if byte < 128 else f"%{byte:02X}" for byte in query)
        encoded = quoted.encode()
    ours, theirs = request_of(Request, query), request_of(WerkzeugRequest, encoded)

    assert ours.args == theirs.args
    assert list(ours.args.items(multi=True)) == list(theirs.args.items(multi=True))
    assert ours.args.__class__ is theirs.args.__class__
    assert ours.query_string == query


@given(query=queries.filter(is_utf8))
def test_url_parts_are_werkzeugs(query: bytes) -> None:
    """Whatever shows the query shows what Werkzeug shows."""
    ours, theirs = request_of(Request, query), request_of(WerkzeugRequest, query)

    assert ours.full_path == theirs.full_path
    assert ours.url == theirs.url


@given(pairs=st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=5))
def test_what_is_encoded_comes_back(pairs: list[tuple[str, str]]) -> None:
    """Any text that is encoded for a query is read back."""
    request = Request(create_environ(query_string=MultiDict(pairs)))

    assert list(request.args.items(multi=True)) == list(MultiDict(pairs).items(multi=True))
