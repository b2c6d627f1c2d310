"""A session cookie is read, written and sent byte for byte as ItsDangerous and Werkzeug do it."""

from __future__ import annotations

import hashlib
import time
import warnings
import zlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.sansio.http import parse_cookie
from werkzeug.wrappers import Response as WerkzeugResponse

from flask import Flask, Response
from flask.plaincookies import COOKIE_SETTINGS, cookies_of_header, set_plain_cookie
from flask.sessions import SecureCookieSessionInterface, session_json_serializer
from flask.signing import _encode

app = Flask("shop")
keys = st.lists(st.text(min_size=1, max_size=80), min_size=1, max_size=3)
few_letters = st.text(st.sampled_from('ab"'), max_size=130)
texts = st.text(max_size=60) | few_letters
contents = st.dictionaries(texts, texts | st.integers() | st.lists(texts, max_size=2), max_size=4)


def serializers(secrets: list[str]) -> tuple[URLSafeTimedSerializer, URLSafeTimedSerializer]:
    """Make ours and the one that ItsDangerous' documentation would have us make."""
    app.secret_key = secrets[-1]
    app.config["SECRET_KEY_FALLBACKS"] = secrets[:-1]
    ours = SecureCookieSessionInterface().get_signing_serializer(app)
    assert ours is not None
    theirs = URLSafeTimedSerializer(
        list(secrets),
        salt="cookie-session",
        serializer=session_json_serializer,
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha1},
    )
    return ours, theirs


def outcome(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Return the result, or what is seen of an error."""
    try:
        return function(*args, **kwargs)
    except BadData as error:
        return type(error), str(error), getattr(error, "payload", None), error.args


@given(secrets=keys, content=contents)
def test_cookies_are_those_of_itsdangerous(secrets: list[str], content: dict[str, Any]) -> None:
    """The same content and keys, key rotation included, give the same signed text."""
    ours, theirs = serializers(secrets)
    before = int(time.time())
    one, other = ours.dumps(content), theirs.dumps(content)
    assume(int(time.time()) == before)

    assert one == other


@given(text=few_letters.filter(lambda text: len(text) < 130))
@example(text='a"' * 20)
def test_cookie_is_compressed_when_zlib_makes_it_shorter(text: str) -> None:
    """Small tables say of every short text what zlib's large ones do."""
    ours, _ = serializers(["key"])
    data = session_json_serializer.dumps(text).encode()
    compressed = zlib.compress(data)

    expected = b"." + _encode(compressed) if len(compressed) < len(data) - 1 else _encode(data)

    assert ours.dump_payload(text) == expected


@given(
    secrets=keys,
    content=contents,
    age=st.integers(-5, 20),
    length=st.integers(0, 400),
    damage=st.sampled_from(["", ".", "A", "=", "é", "!"]),
    at=st.integers(0, 400),
)
def test_any_cookie_reads_as_by_itsdangerous(
    secrets: list[str], content: dict[str, Any], age: int, length: int, damage: str, at: int
) -> None:
    """Right, old, cut and damaged cookies give the same value or the same error."""
    ours, theirs = serializers(secrets)
    _, signing = serializers(secrets[:1] if age % 2 else secrets)
    ours, theirs = serializers(secrets)
    now = int(time.time())
    signer = signing.make_signer()
    signer.get_timestamp = lambda: now - age  # type: ignore[method-assign]
    cookie = signer.sign(signing.dump_payload(content)).decode()
    if damage:
        cookie = cookie[:at] + damage + cookie[at + 1 : length]

    one = outcome(ours.loads, cookie, max_age=10)
    other = outcome(theirs.loads, cookie, max_age=10)
    assume(int(time.time()) == now)

    assert one == other


@given(header=st.text(st.sampled_from('ab=; \t"\\é\n,'), max_size=20))
def test_cookie_header_parses_as_by_werkzeug(header: str) -> None:
    """Names, values, their order and duplicates are those that Werkzeug finds."""
    expected = parse_cookie(header, cls=ImmutableMultiDict)
    found = cookies_of_header(header)

    assert type(found) is ImmutableMultiDict
    assert list(found.items(multi=True)) == list(expected.items(multi=True))
    assert found == expected


attributes = st.fixed_dictionaries(
    {
        "domain": st.sampled_from([None, "", "example.org", ".example.org:80", "bücher.example"]),
        "path": st.sampled_from([None, "", "/", "/a b;c", "/é"]),
        "secure": st.sampled_from([False, True, None, 1, 0, "x"]),
        "httponly": st.booleans(),
        "samesite": st.sampled_from([None, "lax", "Strict", "NONE", "other", "a\nb"]),
        "partitioned": st.booleans(),
    }
)


@given(
    name=st.text(max_size=8),
    value=st.text(max_size=30) | st.from_regex(r"[\w.-]{0,30}", fullmatch=True),
    expires=st.none()
    | st.just("Thu, 01 Jan 1970")
    | st.datetimes(datetime(1970, 1, 1), datetime(9998, 1, 1)).map(
        lambda value: value.replace(tzinfo=UTC)
    ),
    given_attributes=attributes,
    most=st.sampled_from([0, 4093, 30]),
)
def test_cookie_is_set_as_by_werkzeug(
    name: str, value: str, expires: Any, given_attributes: dict[str, Any], most: int
) -> None:
    """The Set-Cookie header is Werkzeug's, or it is left to Werkzeug."""
    app.config["MAX_COOKIE_SIZE"] = most
    settings: Any = tuple(given_attributes[key] for key in COOKIE_SETTINGS)
    ours, theirs = Response(), WerkzeugResponse()
    theirs.max_cookie_size = most
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            theirs.set_cookie(name, value, expires=expires, **given_attributes)
    except (ValueError, UnicodeError) as error:
        with app.app_context():
            try:
                assert not set_plain_cookie(ours, name, value, expires, settings)
            except (ValueError, UnicodeError) as raised:
                assert (type(raised), str(raised)) == (type(error), str(error))
        return
    with app.app_context():
        done = set_plain_cookie(ours, name, value, expires, settings)

    assert ours.headers.getlist("Set-Cookie") == (
        theirs.headers.getlist("Set-Cookie") if done else []
    )
    assert not (done and caught)


class TestOverrides:
    def test_set_cookie_of_a_response_class_is_called(self) -> None:
        """A response class, or an instance, with a ``set_cookie`` of its own has it called."""

        class Own(Response):
            pass

        Own.set_cookie = lambda *args, **kwargs: None  # type: ignore[method-assign]
        plain: Any = (None,) * 6
        instance: Any = Response()
        instance.set_cookie = lambda *args, **kwargs: None
        with app.app_context():
            assert not set_plain_cookie(Own(), "a", "b", None, plain)
            assert not set_plain_cookie(instance, "a", "b", None, plain)
            instance.set_cookie = Response().set_cookie
            assert not set_plain_cookie(instance, "a", "b", None, plain)

    def test_bad_samesite_is_refused(self) -> None:
        """A value that SameSite lacks raises what ``set_cookie`` raises."""
        settings: Any = (None, None, None, None, "x", None)
        with app.app_context(), pytest.raises(ValueError, match="SameSite"):
            set_plain_cookie(Response(), "a", "b", None, settings)
