"""How is an ordinary cookie read and set without Werkzeug's detours? Exactly as Werkzeug would.

Each function is equal to Werkzeug's by property test, or leaves it to Werkzeug.

COMPAT: the state of ``Headers`` and of a multi dict, and the characters that a cookie's value
needs no quotes for, are not documented; ``tests/property/test_session_cookies.py`` fails when a
new Werkzeug has others.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.http import _cookie_no_quote_re, dump_cookie, http_date
from werkzeug.sansio.http import parse_cookie
from werkzeug.wrappers import Response as BaseResponse

from flask.plaindicts import STOCK_HEADERS

if TYPE_CHECKING:
    from datetime import datetime

    from werkzeug.datastructures import Headers

_STOCK_STORAGE: Any = ImmutableMultiDict


def cookies_of_header(
    header: str | None, cls: type[MultiDict[Any, Any]] = ImmutableMultiDict
) -> MultiDict[str, str]:
    """Return the cookies of a Cookie header, by name.

    PERF: 0.7 µs for one cookie; Werkzeug's, which reads what is quoted or spaced, takes 4 µs.
    """
    if not header or cls is not _STOCK_STORAGE or '"' in header:
        return parse_cookie(header, cls=cls)  # werkzeug.http's raises for bytes that are not UTF-8
    plain = header.replace("; ", ";")
    if " " in plain or "\t" in plain:
        return parse_cookie(header, cls=cls)
    values: dict[str, list[str]] = {}
    for pair in plain.split(";"):
        name, _, value = pair.partition("=")
        if name in values:
            values[name].append(value)
        elif name:
            values[name] = [value]
    parsed: ImmutableMultiDict[str, str] = ImmutableMultiDict.__new__(ImmutableMultiDict)
    dict.update(parsed, values)
    return parsed


def add_plain_header(headers: Headers, name: str, value: str) -> bool:
    """Add a header, without line breaks, unless there is one of that name with another value.

    Returns:
        Whether it is there now; otherwise the values must be joined.
    """
    wanted = name.lower()
    for known, found in headers:
        if known.lower() == wanted:
            return found == value
    if type(headers) in STOCK_HEADERS:
        headers._list.append((name, value))
    else:
        headers.add(name, value)
    return True


def set_plain_cookie(
    response: BaseResponse,
    name: str,
    value: str,
    expires: datetime | str | None,
    *,
    domain: str | None,
    path: str | None,
    secure: bool,
    httponly: bool,
    samesite: str | None,
    partitioned: bool,
) -> bool:
    """Add the Set-Cookie header that ``response.set_cookie`` would.

    PERF: 1 µs; ``set_cookie`` takes 8 µs.

    Returns:
        Whether it was done: not for a response that does it in its own way, nor for a cookie
        that has to be quoted or warned of.
    """
    headers = response.headers
    # PERF: looking into ``response.__dict__`` makes CPython build it, 0.2 µs.
    method: Any = response.set_cookie
    if not (
        getattr(method, "__func__", None) is _STOCK_SET_COOKIE
        and method.__self__ is response
        and type(headers) in STOCK_HEADERS
        and type(value) is str
        and name.isascii()
        and _cookie_no_quote_re.fullmatch(value)
    ):
        return False
    before, after = _cookie_attributes(domain, path, secure, httponly, samesite, partitioned)
    if expires is None:
        header = f"{name}={value}{before}{after}"
    else:
        date = expires if isinstance(expires, str) else http_date(expires)
        header = f"{name}={value}{before}; Expires={date}{after}"
    most = response.max_cookie_size
    if (most and len(header) > most) or "\n" in header or "\r" in header:
        return False
    headers._list.append(("Set-Cookie", header))
    return True


@lru_cache(maxsize=64, typed=True)  # typed: secure=1 is written in another way than True
def _cookie_attributes(
    domain: str | None,
    path: str | None,
    secure: bool,
    httponly: bool,
    samesite: str | None,
    partitioned: bool,
) -> tuple[str, str]:
    """Return the attributes that stand before and after Expires, as Werkzeug writes them.

    Raises:
        ValueError: ``samesite`` is none of its values.
    """
    before = dump_cookie("", "", domain=domain, path=None)
    after = dump_cookie(
        "",
        "",
        path=path,
        secure=secure,
        httponly=httponly,
        samesite=samesite,
        partitioned=partitioned,
    )
    return before[1:], after[1:]


_STOCK_SET_COOKIE = BaseResponse.set_cookie
