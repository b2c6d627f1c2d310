"""What is sent to a generated application? Mostly what its views want; sometimes nonsense."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from tests.differential.drawing.bodies import (
    add_body,
    add_form,
    add_json,
    add_query,
    add_upload,
    tell,
)
from tests.differential.drawing.chance import Draw
from tests.differential.drawing.rules import Target

Request = dict[str, Any]

RANGES = (
    "bytes=0-9", "bytes=5-", "bytes=-5", "bytes=0-0", "bytes=100-50", "bytes=99999-",
    "bytes=0-4,10-14", "bytes=0-99999", "bytes=a-b", "bytes", "items=0-5", "bytes=-", "bytes=0-1,",
    "bytes= 0-3", "bytes=--1", "", "bytes=-0",
)  # fmt: skip
ACCEPTS = (
    "text/html", "application/json", "*/*", "text/*;q=0.5, application/json;q=0.9",
    "text/html;level=1;q=0.3, text/html;q=0.7", "", ";;;", "text/html;q=abc", "a/b;q=2", ",,", "text",
)  # fmt: skip
HOSTS = (
    "shop.test", "shop.test:8080", "SHOP.test", "api.shop.test", "evil.test", "", " ", "a b", "shop.test:",
    "shop.test:99999", "shop.test:abc", "[::1]", "[::1]:80", "127.0.0.1:5000", "xn--", "xn--bcher-kva.test",
    "-", ".", "..", ".shop.test", "shop.test.", "b\xfccher.test", "a" * 300, "shop.test/x", "user@shop.test",
    "shop.test:80", "shop.test:443", "a..b", "shop_test", "%41.test", "shop.test, evil.test",
)  # fmt: skip
ODD_PATHS = (
    "", "/", "//", "///e0", "//e0//", "/e0//x", "/./e0", "/../e0", "/e0/../e1", "/e0/.", "abc", "*",
    "/%zz", "/%", "/\xff\xfe", "/\xc3\xbc", "/e0\x00", "/\x00", "/e0;x=1", "/e0?x", "/" + "a/" * 300,
    "/e0/\xe2\x82", "/ e0", "/e0 ", "\\e0", "/e0\n", "http://shop.test/e0", "/\xf0\x9f\x8e\x89", "/e0#x",
    "//evil.test/x", "//evil.test", "/static/../secret.txt", "/static//hello.txt", "/e0/%2e%2e/",
)  # fmt: skip
STATIC_PATHS = (
    "hello.txt", "style.css", "data.bin", "empty.txt", "sub/page.html", "gone.txt", "../secret.txt",
    "sub", "", "sub/../hello.txt", "\xc3\xbcn\xc3\xaf.txt", "archive.tar.gz", "a\x00b", "noextension",
    "/etc/hostname", "style.css/", "..", "%2e%2e/secret.txt", "\xff",
)  # fmt: skip
ODD_QUERIES = (
    "%zz", "q=%", "q=%ff", "%ff=1", "q=\xff", "&&&", "=", "q", "q=1&q=2&q=", "a=b=c", "+=+", "q=%00",
    "\x00", "q=a;b=2", "[]=1", "x" * 5000, "&".join(["q=1"] * 1500), "q=\xc3\xbc", "%41=%42", "q=%F0%9F",
)  # fmt: skip
ODD_METHODS = (
    "FOO",
    "get",
    "",
    "PROPFIND",
    "TRACE",
    "CONNECT",
    "HEAD",
    "OPTIONS",
    "G\xcbT",
    "PATCH",
    "post",
)
COOKIES = (
    "tea=green", "tea=\"a b\"", "tea", "=x", "tea=1; tea=2", ";;;", "a=\xff", "session=junk", "tea=%41",
    "session=", "tea=\"\\303\\274\"", "$Version=1", "x" * 9000, "a,b=c", "tea=a=b", "session=e30.a.b",
)  # fmt: skip
AUTHORIZATIONS = (
    "Basic " + base64.b64encode(b"user:pass:word").decode(), "Basic " + base64.b64encode(b"nocolon").decode(),
    "Basic !!!", "Bearer tok.en", "Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"/\", response=\"x\"",
    "", "Basic", "Odd", "Basic " + base64.b64encode("ü:ß".encode()).decode(), "basic " + base64.b64encode(b"\xff:\xff").decode(),
    "Digest", "Bearer", "Token a=b",
)  # fmt: skip
PLAIN_HEADERS: tuple[list[str], ...] = (
    ["X-Custom", "value"], ["X-Custom", "\xfc"], ["X-Number", "12"], ["X-Number", "abc"],
    ["User-Agent", "Mozilla/5.0 (X11)"], ["Referer", "http://a.test/x"], ["Origin", "http://a.test"],
    ["Cache-Control", "no-cache, max-age=10"], ["Cache-Control", "max-age=abc, =, only-if-cached"],
    ["Pragma", "no-cache"], ["Max-Forwards", "5"], ["Max-Forwards", "x"], ["Date", "Tue, 01 Jan 2030 00:00:00 GMT"],
    ["Date", "never"], ["Content-Encoding", "gzip"], ["X-Requested-With", "XMLHttpRequest"],
    ["X-No-Session", "1"], ["X-Method", "DELETE"], ["Expect", "100-continue"], ["Upgrade", "websocket"],
    ["Connection", "Upgrade"], ["X-Http-Method-Override", "PUT"],
)  # fmt: skip


def add_range(d: Draw, request: Request) -> None:
    """Ask for parts, or only if something changed."""
    if d.chance(0.55):
        wanted = d.one(RANGES)
        request["headers"].append(["Range", wanted])
        tell(request, "Range of several parts" if "," in wanted else "Range")
        if d.chance(0.3):
            request["headers"].append(["If-Range", _validator(d)])
            tell(request, "If-Range")
    if d.chance(0.55):
        name = d.one(("If-None-Match", "If-None-Match", "If-Match", "If-Modified-Since",
                      "If-Modified-Since", "If-Unmodified-Since"))  # fmt: skip
        request["headers"].append([name, _validator(d, is_date="Since" in name)])
        tell(request, name)


def _validator(d: Draw, *, is_date: bool = False) -> str:
    dates = (
        "$modified", "$modified", "Tue, 14 Nov 2023 22:13:20 GMT", "Sat, 01 Jan 2000 00:00:00 GMT",
        "Fri, 01 Jan 2100 00:00:00 GMT", "yesterday", "Sat, 01 Jan 2000", "", "$modified; length=5",
    )  # fmt: skip
    etags = (
        "$etag",
        "$etag",
        "$weak",
        '"other"',
        "*",
        "unquoted",
        '"a", $etag',
        "",
        'W/"x"',
        '"',
        "W/",
    )
    return d.one(dates) if is_date or d.chance(0.15) else d.one(etags)


def add_accept(d: Draw, request: Request) -> None:
    for name in d.some(("Accept", "Accept-Language", "Accept-Charset", "Accept-Encoding"), 1, 3):
        values = (
            ACCEPTS if name == "Accept" else ("de", "en-US,de;q=0.5", "*", "", "gzip;q=0", "ko-KR")
        )
        request["headers"].append([name, d.one(values)])
    tell(request, "Accept headers")


def add_headers(d: Draw, request: Request) -> None:
    request["headers"] += [list(header) for header in d.some(PLAIN_HEADERS, 1, 4)]
    tell(request, "other headers")


def add_proxy(d: Draw, request: Request) -> None:
    choices: tuple[list[str], ...] = (
        ["X-Forwarded-For", d.one(("10.0.0.1", "10.0.0.1, 10.0.0.2", "", "garbage,", "::1"))],
        ["X-Forwarded-Proto", d.one(("https", "http, https", "", "gopher"))],
        ["X-Forwarded-Host", d.one(("front.test", "front.test:8443", "a, b.test", "", "xn--"))],
        ["X-Forwarded-Port", d.one(("8443", "x", ""))],
        ["X-Forwarded-Prefix", d.one(("/front", "/a, /b", "front", "/"))],
    )
    request["headers"] += d.some(choices, 1, 4)
    if d.chance(0.1):
        request["without"] = ["REMOTE_ADDR"]
    tell(request, "X-Forwarded headers")


def add_authorization(d: Draw, request: Request) -> None:
    request["headers"].append(["Authorization", d.one(AUTHORIZATIONS)])
    tell(request, "Authorization")


def add_cookies(d: Draw, request: Request) -> None:
    request["cookies"] = d.some(COOKIES, 1, 3)
    tell(request, "cookies sent")


def add_flow(d: Draw, request: Request) -> None:
    """Go on with the cookies received, spoil them, or let time pass."""
    way = d.number(0, 9)
    if way == 0:
        request["spoil_cookies"] = d.one(
            ("flip", "payload", "cut", "no timestamp", "empty", "binary", "quoted", "doubled")
        )
        tell(request, "tampered cookies")
    elif way == 1:
        request["remembers"] = False
    elif way == 2:
        request["later"] = d.one((1, 60, 4000, 40 * 86_400))
        tell(request, "time passed")


def add_urls(d: Draw, request: Request) -> None:
    if d.chance(0.4):
        request["script"] = d.one(("/mount", "/m/n", "/\xc3\xbc", "mount", "/mount/", "/a b"))
        tell(request, "SCRIPT_NAME")
    if d.chance(0.3):
        request["scheme"] = "https"
        tell(request, "https")
    if d.chance(0.25):
        request["host"] = d.one(HOSTS)
        tell(request, "odd host")
    if d.chance(0.3):
        add_query(d, request)


HINTS: dict[str, Callable[[Draw, Request], None]] = {
    "query": add_query, "form": add_form, "json": add_json, "upload": add_upload, "body": add_body,
    "range": add_range, "accept": add_accept, "headers": add_headers, "proxy": add_proxy,
    "authorization": add_authorization, "cookies": add_cookies, "flow": add_flow, "urls": add_urls,
}  # fmt: skip
BODIES = ("form", "json", "upload", "body")


def draw_request(d: Draw, targets: list[Target], app: dict[str, Any]) -> Request:
    """Draw a request to one of the rules, to a static file, or to nothing that exists."""
    request: Request = {"method": "GET", "path": "/", "headers": []}
    if d.chance(0.04) and app["static"]:
        request["path"] = f"{d.one(app['static'])}/{d.one(STATIC_PATHS)}"
        tell(request, "static file")
        add_range(d, request)
    else:
        _aim(d, request, d.one(targets))
    if app["marks"] and d.chance(0.25):
        query = request.get("query", "")
        request["query"] = f"{query}&{d.one(app['marks'])}" if query else d.one(app["marks"])
    if d.chance(0.1):
        d.one(tuple(HINTS.values()))(d, request)
    if d.chance(0.12):
        d.one(MALFORMATIONS)(d, request)
    return request


def _aim(d: Draw, request: Request, target: Target) -> None:
    request["path"] = target.path(d)
    request["method"] = (
        d.one(target.methods)
        if d.chance(0.85)
        else d.one(("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH"))
    )
    if target.host is not None:
        request["host"] = target.host
    if request["method"] in ("HEAD", "OPTIONS"):
        tell(request, f"method {request['method']}")
    wanted = set(target.hints)
    body = sorted(wanted.intersection(BODIES))
    if body:
        HINTS[d.one(body)](d, request)
    for hint in sorted(wanted.difference(BODIES)):
        if d.chance(0.8):
            HINTS[hint](d, request)
    if d.chance(0.08):
        end = request["path"]
        request["path"] = end[:-1] if end.endswith("/") and end != "/" else f"{end}/"
        tell(request, "slash added or left out")


# Malformed input


def _odd_path(d: Draw, request: Request) -> None:
    request["path"] = d.one(ODD_PATHS)
    tell(request, "odd path")
    for feature, signs in (
        ("NUL byte", "\x00"), ("path not UTF-8", "\xff"), ("doubled slash", "//"), ("dot segment", "/."),
    ):  # fmt: skip
        if signs in request["path"]:
            tell(request, feature)


def _double_slash(d: Draw, request: Request) -> None:
    path = request["path"]
    request["path"] = f"/{path}" if d.chance(0.3) else path.replace("/", "//")
    tell(request, "doubled slash")


def _dot_segment(d: Draw, request: Request) -> None:
    request["path"] = d.one(("/.", "/..", "/x/..")) + request["path"]
    tell(request, "dot segment")


def _nul(d: Draw, request: Request) -> None:
    where = d.number(0, 2)
    if where == 0:
        request["path"] += "\x00"
    elif where == 1:
        request["query"] = "q=\x00"
    else:
        request["headers"].append(["X-Custom", "a\x00b"])
    tell(request, "NUL byte")


def _not_utf8(d: Draw, request: Request) -> None:
    request["path"] = request["path"] + d.one(("\xff", "\xe2\x82", "\xc0\xaf", "%ff"))
    tell(request, "path not UTF-8")


def _empty_path(d: Draw, request: Request) -> None:
    if d.chance(0.5):
        request["path"] = ""
    else:
        request["without"] = ["PATH_INFO"]
    tell(request, "empty path")


def _odd_query(d: Draw, request: Request) -> None:
    request["query"] = d.one(ODD_QUERIES)
    tell(request, "odd query")


def _odd_method(d: Draw, request: Request) -> None:
    request["method"] = d.one(ODD_METHODS)
    tell(request, "odd method")


def _odd_host(d: Draw, request: Request) -> None:
    request["host"] = d.one(HOSTS)
    if d.chance(0.1):
        request["without"] = ["HTTP_HOST"]
    tell(request, "odd host")


def _huge_header(d: Draw, request: Request) -> None:
    request["headers"].append(
        [d.one(("X-Custom", "Accept", "Range", "If-None-Match")), "x" * 20_000]
    )
    tell(request, "huge header")


def _huge_cookie(d: Draw, request: Request) -> None:
    request["cookies"] = [f"c{i}={'y' * 200}" for i in range(60)]
    tell(request, "huge cookies")


def _broken_body(d: Draw, request: Request) -> None:
    if "body" not in request:
        add_body(d, request)
    if d.chance(0.7):
        from tests.differential.drawing.bodies import damage_length

        damage_length(d, request)


MALFORMATIONS = (
    _odd_path, _double_slash, _dot_segment, _nul, _not_utf8, _empty_path, _odd_query, _odd_query,
    _odd_method, _odd_host, _huge_header, _huge_cookie, _broken_body,
)  # fmt: skip
