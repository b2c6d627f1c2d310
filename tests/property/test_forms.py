"""Forms are parsed as Werkzeug parses them: same results, same errors, whatever the chunks."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import parse_qsl

from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import FileStorage, ImmutableMultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from flask.forms import FormParser, parse_fields, unquoted

# What a multipart body is made of, and what comes close to it.
PIECES = [
    *(b"--b", b"--b\r\n", b"--b--", b"--b--\r\n", b"\r\n--b\r\n", b"\r\n--b--\r\n", b"\n--b\n"),
    *(b"\r--b\r", b"--b \t\r\n", b"--b-- \r\n", b"--bx\r\n", b"--", b"\r\n--", b"b", b"-"),
    *(b"\r\n", b"\r", b"\n", b"\r\n\r\n", b"\n\n", b"\r\r", b" ", b"\t", b"\x0b", b""),
    b'Content-Disposition: form-data; name="a"\r\n\r\n',
    b'Content-Disposition: form-data; name="a"; filename="f.txt"\r\n\r\n',
    b'Content-Disposition: form-data; name="p"; filename="p q"\r\nContent-Type: image/png\r\n\r\n',
    b'Content-Disposition: form-data; name="l"\r\nContent-Type: a/b;charset=iso-8859-1\r\n\r\n',
    b'Content-Disposition: form-data; name="f"; filename=""\r\n\r\n',
    b"Content-Disposition: form-data; name=a; filename=b\n\n",
    b'content-disposition: form-data; name="a\\"b%22"; filename="C:\\\\x"\r\n\r\n',
    b"Content-Disposition: form-data; name=\"n\"; filename*=utf-8''%e2%82%ac\r\n\r\n",
    b'Content-Disposition: form-data;\r\n name="a"\r\n\r\n',
    b'Content-Disposition: form-data; name="\xff"\r\n\r\n',
    b'Content-Disposition: form-data; name="\xc3\xa9"\r\n',
    b"Content-Disposition: form-data\r\n\r\n",
    *(b"Content-Type: text/plain; charset=iso-8859-1\r\n", b"Content-Type: text/plain\r\n"),
    *(b"Content-Type: x; charset=utf-7\r\n", b"Content-Transfer-Encoding: base64\r\n"),
    *(b"Content-Length: 3\r\n", b"Content-Length: x\r\n", b"no colon\r\n", b": none\r\n"),
    *(b"\xc3\xa9", b"\xff", b"value", b"x" * 30, b"\x00"),
]
bodies = st.lists(st.sampled_from(PIECES) | st.binary(max_size=4), max_size=16).map(b"".join)

GOOD = [
    b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nv\r\n',
    b'--b\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: text/plain\r\n\r\n\xc3\xa9\n\r\n',
    b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n\r\n--b \r\r\n',
    b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n--b' + b"\r\n" * 9,
    b'--b\r\nContent-Disposition: form-data; name="e"\r\n\r\n',
]
whole = st.lists(st.sampled_from(GOOD) | bodies, max_size=5).map(
    lambda x: b"".join(x) + b"--b--\r\n"
)


class Trickle(io.RawIOBase):
    """A body that comes in pieces of given lengths, over and over."""

    def __init__(self, body: bytes, lengths: list[int]) -> None:
        self.body, self.lengths, self.turn = io.BytesIO(body), lengths, 0

    def read(self, size: int = -1) -> bytes:
        self.turn += 1
        length = self.lengths[self.turn % len(self.lengths)]
        return self.body.read(length if size < 0 else min(size, length))


class Kept(io.BytesIO):
    """Notes what it was made for."""

    def __init__(self, **made_for: Any) -> None:
        super().__init__()
        self.made_for = made_for


def outcome(parser: type[FormDataParser], body: bytes, lengths: list[int], **options: Any) -> Any:
    """Return all that parsing gives, or the error's type and code."""
    kind, parameters = "multipart/form-data", {"boundary": options.pop("boundary", "b")}
    try:
        _, form, files = parser(Kept, cls=ImmutableMultiDict, **options).parse(
            Trickle(body, lengths), kind, len(body), parameters
        )
    except (HTTPException, ValueError, AssertionError, TypeError) as error:
        return type(error), getattr(error, "code", None)
    return list(form.lists()), [
        (key, file.name, file.filename, list(file.headers), file.read(), file.stream.made_for)
        for key, file in files.items(multi=True)
    ]


@settings(max_examples=600, deadline=None)
@given(
    body=bodies | whole,
    lengths=st.lists(st.integers(1, 40), min_size=1, max_size=4) | st.just([70_000]),
    memory=st.none() | st.integers(0, 120),
    parts=st.none() | st.integers(0, 3),
    silent=st.booleans(),
)
@example(
    b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nv\r\n--b--\r\n', [1], None, None, False
)
@example(b"--b" + b" " * 20 + b"\r\n", [24], None, None, False)
def test_multipart(
    body: bytes, lengths: list[int], memory: int | None, parts: int | None, silent: bool
) -> None:
    """Fields, files, their headers and contents, limits and errors are Werkzeug's."""
    options = {"max_form_memory_size": memory, "max_form_parts": parts, "silent": silent}

    assert outcome(FormParser, body, lengths, **options) == outcome(
        FormDataParser, body, lengths, **options
    )


@settings(max_examples=60, deadline=None)
@given(
    boundary=st.text(max_size=5) | st.just("-" * 40),
    contents=st.lists(st.binary(max_size=30), max_size=3),
    size=st.integers(65_400, 65_700),
    memory=st.sampled_from([None, 500_000, 65_600]),
)
def test_multipart_larger_than_a_chunk(
    boundary: str, contents: list[bytes], size: int, memory: int | None
) -> None:
    """Wherever a chunk of 64 KiB ends, and whatever the boundary, the result is the same."""
    head = b'\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
    mark = b"--" + boundary.encode()
    body = b"".join(
        mark + head + content * (1 + size // max(1, len(content))) + b"\r\n" for content in contents
    )
    options = {"boundary": boundary, "max_form_memory_size": memory, "silent": False}

    assert outcome(FormParser, body + mark + b"--", [70_000], **options) == outcome(
        FormDataParser, body + mark + b"--", [70_000], **options
    )


@settings(max_examples=150, deadline=None)
@given(
    parts=st.lists(st.binary(max_size=60), min_size=1, max_size=4),
    lengths=st.lists(st.integers(1, 40), min_size=1, max_size=4),
)
@example([b"ab\n" * 300_000, b"--b"], [70_000])
def test_usual_streams(parts: list[bytes], lengths: list[int]) -> None:
    """Files get the same content where Werkzeug puts them, also those that go to disk."""
    head = b'--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n'
    body = b"".join(head + part.replace(b"--b", b"") + b"\r\n" for part in parts) + b"--b--"
    contents = []
    for parser in (FormParser, FormDataParser):
        _, form, files = parser(cls=ImmutableMultiDict).parse(
            Trickle(body, lengths), "multipart/form-data", len(body), {"boundary": "b"}
        )
        found = [file for _, file in files.items(multi=True)]
        contents.append((list(form.lists()), [file.read() for file in found]))
        for file in found:
            file.close()

    assert contents[0] == contents[1]


texts = st.lists(
    st.sampled_from(
        [*"ab=&+;%", "%41", "%4", "%c3%a9", "%C3", "%ff", "%zz", "%26", "%3d", "%%", "é", "\ufffd"]
    ),
    max_size=12,
).map("".join)


@settings(max_examples=500, deadline=None)
@given(text=texts | st.text(max_size=20))
def test_urlencoded(text: str) -> None:
    """The fields of an urlencoded body or a query are those of ``parse_qsl``."""
    oracle = parse_qsl(text, keep_blank_values=True, errors="werkzeug.url_quote")

    assert parse_fields(text) == ImmutableMultiDict(oracle)
    assert list(parse_fields(text).lists()) == list(ImmutableMultiDict(oracle).lists())


@given(body=texts.map(str.encode) | st.binary(max_size=20), silent=st.booleans())
def test_urlencoded_body(body: bytes, silent: bool) -> None:
    """Also as a body, with the bytes that are not UTF-8."""
    results = []
    for parser in (FormParser, FormDataParser):
        made = parser(silent=silent, cls=ImmutableMultiDict)
        try:
            _, form, files = made.parse(
                io.BytesIO(body), "application/x-www-form-urlencoded", len(body), {}
            )
        except ValueError as error:
            results.append(type(error))
        else:
            results.append((list(form.lists()), list(files.lists())))  # type: ignore[arg-type]

    assert results[0] == results[1]


def test_the_oracle_is_not_ours() -> None:
    """The tests here compare two parsers."""
    assert FormDataParser.parse is not FormParser.parse
    assert unquoted("%41%c3%a9") == "Aé"
    assert parse_options_header("a; b=c") == ("a", {"b": "c"})
    assert FileStorage().read() == b""
