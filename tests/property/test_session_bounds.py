"""What is never compressed is what zlib never shortens; what is found in a header is its cookie."""

from __future__ import annotations

import hashlib
import hmac
import zlib
from math import log2
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from itsdangerous import URLSafeTimedSerializer

from flask import Flask
from flask.plaincookies import cookies_of_header, find_plain_cookie
from flask.sessions import SecureCookieSessionInterface
from flask.signing import _FEW_REPEATED, _TINY, _encode


class Verbatim:
    """Writes text as it is."""

    @staticmethod
    def dumps(obj: Any) -> str:
        return str(obj)

    @staticmethod
    def loads(payload: str) -> str:
        return payload


def serializer(key: str = "key", **options: Any) -> URLSafeTimedSerializer:
    """Make what signs the session cookie, with options of the interface replaced."""
    app = Flask("shop")
    app.secret_key = key
    interface = SecureCookieSessionInterface()
    for name, value in {"serializer": Verbatim, **options}.items():
        setattr(interface, name, value)
    made = interface.get_signing_serializer(app)
    assert made is not None
    return made


VERBATIM = serializer()


def least_bits(size: int, different: int) -> float:
    """Count the bits that a block of RFC 1951 has at least, for text with so many different bytes.

    Each different byte stands once for itself, and the end of the block has a symbol too.
    """
    symbols = different + 1
    rest = 8 if size > different else 0  # a literal, or a match of 7 bits and 5 of its distance
    fixed = 3 + 8 * different + rest + 7
    # By Kraft's inequality, if each symbol is used once. The smallest length of a code that is
    # used tells how many of the lengths of the code length code are written (§3.2.7).
    used = symbols * log2(symbols)
    smallest_lengths = {8: 5, 7: 6, 6: 8, 5: 10, 4: 12, 3: 14, 2: 16, 1: 18}
    codes = min(3 * n + max(least * symbols, used) for least, n in smallest_lengths.items())
    lengths = 1 + 3 * (symbols - 1) / 6  # one, and repetitions of up to six
    zeros = 2 * 8  # more than 138 of the 257 have none: repeated by two symbols of 1 and 7 bits
    return min(fixed, 3 + 5 + 5 + 4 + codes + lengths + zeros)


class TestCompression:
    def test_tiny_text_has_no_shorter_block(self) -> None:
        """Counted by the standard, no block of a tiny text with few repeated bytes is short enough."""
        for size in range(1, _TINY + 1):
            for different in range(max(1, size - _FEW_REPEATED), size + 1):
                shortest = 6 + -(-least_bits(size, different) // 8)

                assert shortest >= size - 1, (size, different)

    @pytest.mark.parametrize("first", [0, 32, 97])
    def test_tiny_text_is_not_shortened(self, first: int) -> None:
        """The tiny texts that compress best, a run of neighbours and one match, stay as they are."""
        for size in range(1, _TINY + 1):
            for different in range(max(1, size - _FEW_REPEATED), size + 1):
                run = bytes(range(first, first + different))
                data = (run * size)[:size]

                assert len(zlib.compress(data)) >= size - 1, data
                assert VERBATIM.dump_payload(data.decode()) == _encode(data)

    @given(text=st.text(st.sampled_from('{"abcde":,}'), max_size=_TINY + 3) | st.text(max_size=9))
    @example("a" * _TINY)
    def test_payload_is_what_zlib_decides(self, text: str) -> None:
        """Whether a short text is compressed is what ItsDangerous would find by doing it."""
        theirs = URLSafeTimedSerializer("key", serializer=Verbatim)

        assert VERBATIM.dump_payload(text) == theirs.dump_payload(text)


@given(key=st.text(min_size=1, max_size=200), text=st.text(max_size=200))
@example("k" * 64, "")
@example("k" * 65, "text")
def test_signature_is_the_hmac_of_the_standard_library(key: str, text: str) -> None:
    """A key of any length, shorter or longer than a block of SHA-1, signs as ``hmac`` does."""
    signed = serializer(key, key_derivation="none").dumps(text)
    stamped, _, signature = signed.rpartition(".")

    expected = hmac.digest(key.encode(), stamped.encode(), hashlib.sha1)

    assert signature.encode() == _encode(expected)


names = st.sampled_from(
    ["a", "session", "ab", "a-b", "__Host-a", "", "é", "a b", "a=b", "a;b", '"']
)
pieces = st.sampled_from(
    [*("a", "ab", "a-b", "__Host-a", "session", "session_id", "é", "=", "==", "a=", "a=1"),
     *("; ", ";", " ", "\t", ",", '"', "\\", "\n", "\xa0", "session=x.y-z_", "ab=2", "a b=3")]
)  # fmt: skip


@given(name=names, parts=st.lists(pieces, max_size=8))
@example("session", ["a=1", "; ", "session=x.y-z_"])
@example("session", ["session", "; ", "session=x.y-z_"])
@example("a", ["ab=2", "; ", "a=1"])
def test_cookie_that_is_found_is_the_one_that_parsing_finds(name: str, parts: list[str]) -> None:
    """The value found in a header is the one among all its cookies, or they have to be read."""
    header = "".join(parts)
    found = find_plain_cookie(header, name)

    assert found is None or found == cookies_of_header(header).get(name)


@pytest.mark.parametrize(
    "header", ["session=x.y-z_", "a=1; session=x.y-z_", "session=x.y-z_; b=2", "a; session=x.y-z_"]
)
def test_usual_cookie_is_found(header: str) -> None:
    """The cookie is found without parsing wherever it stands among others."""
    assert find_plain_cookie(header, "session") == "x.y-z_"
