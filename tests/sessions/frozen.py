"""A cookie that genuine Flask signed, and when; the tests of sessions share it."""

from __future__ import annotations

from typing import Any

from werkzeug.http import parse_cookie

FROZEN = 1_800_000_000  # seconds since 1970, when the cookies of these tests were signed
ANN = "eyJ1c2VyIjoiYW5uIn0.a0nSAA.dQFWJSbV5SK5Mfhna4bfxqA8Z-A"


def cookie_of(response: Any) -> str:
    """Return the session cookie's value that a response sets."""
    return parse_cookie(response.headers["Set-Cookie"].partition(";")[0])["session"]
