"""What do generated views do? Steps and a return value, by theme, with what they want to be sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.differential.drawing.chance import IN_SESSION, UNWRITABLE, Draw

Spec = dict[str, Any]
Maker = Callable[[Draw], list[Any]]

ERRORS = (
    "ShopError", "SoldOut", "ValueError", "KeyError", "ZeroDivisionError", "Teapot", "OutOfMoney",
    "Nameless", "PickyNotFound", "WithHeaders", "NotFound", "BadRequest", "BadRequestKeyError",
    "Forbidden", "MethodNotAllowed", "InternalServerError", "RequestEntityTooLarge", "Unauthorized",
    "TooManyRequests", "RequestedRangeNotSatisfiable", "UnsupportedMediaType", "Gone",
    "RequestRedirect", "ShopError", "SoldOut", "SoldOut", "ValueError", "KeyError",
)  # fmt: skip
CODES = (400, 401, 403, 404, 405, 406, 409, 410, 413, 415, 416, 418, 422, 429, 451, 500, 501, 503)
SESSION_KEYS = ("user", "count", "list", "a", "ünï")
TEMPLATES = (
    "page.html", "session.html", "flashes.html", "links.html", "plain.txt", "feed.xml", "icon.svg",
    "mail.htm", "page.xhtml", "upper.HTML", "json.html", "filters.html", "loop.html",
    "includes.html", "part.html", "page.html", "filters.html", "part.html",
)  # fmt: skip
BAD_TEMPLATES = ("broken.html", "undefined.html", "gone.html", "../secret.txt", "")
SOURCES = (
    "{{ text }} & {{ items }}", "{{ text|safe }}", "{% autoescape false %}{{ text }}{% endautoescape %}",
    "{{ url_for('static', filename='a b.css') }}", "{{ request.args.get('q', 'no q') }}",
    "{{ session.get('user') }}|{{ g.user }}|{{ footer }}", "{{ config['DEBUG'] }}",
    "{% for c, m in get_flashed_messages(true) %}{{ c }}:{{ m }};{% endfor %}",
    "{% extends 'base.html' %}{% block body %}{{ text }}{% endblock %}", "{{ items|tojson }}",
    "{{ 1 // 0 }}", "{{ text|shout }}{% if text is loud %}!{% endif %}", "{{ answer('x') }}", "{% for i in items %}{{ i }},{% endfor %}", "{{ lipsum is defined }}",
)  # fmt: skip
FILES = (
    "hello.txt", "style.css", "data.bin", "data.bin", "data.bin", "empty.txt", "sub/page.html",
    "ünï.txt", "archive.tar.gz", "photo.png", "noextension",
)  # fmt: skip
ODD_FILES = ("gone.txt", "../secret.txt", "sub", "", "/etc/hostname", "sub/../hello.txt", "a\x00b")
HEADER_CHANGES: tuple[list[Any], ...] = (
    ["add", "X-Many", "1"], ["add", "X-Many", "2"], ["set", "X-One", "ü"], ["remove", "Content-Type"],
    ["remove", "Content-Length"], ["vary", "Accept", "Cookie"], ["cache", 60], ["no cache"],
    ["status", "299 Strange"], ["status", "404 gone away"], ["status_code", 204], ["status_code", 304],
    ["status_code", 418], ["mimetype", "application/xml"], ["content_type", "text/plain; charset=latin1"],
    ["data", "other data"], ["data", ""], ["location", "/relative?a=b c"], ["content_language"],
    ["allow"], ["retry_after", 30], ["last_modified", {"$datetime": 1_600_000_000}], ["etag", True],
    ["etag", False], ["freeze"], ["access_control"], ["policy"], ["close"], ["length", 3],
    ["www_authenticate"], ["stream"], ["location", "http://ü.test/ä"], ["set", "X-Bad", "a\nb"],
    ["status_code", 205], ["add", "Set-Cookie", "raw=1; Path=/"], ["location", "//evil.test/x"],
)  # fmt: skip
PIECES = (["a", "b", "c"], [], [""], ["one"], ["ü", "<", "x" * 50], ["", "late", ""])
LOCATIONS = (
    "/", "/a b", "relative", "../up", "http://other.test/x?y=z", "//other.test/", "/ü?ä=ö#ß", "",
    "/%zz", "?only=query", "javascript:alert(1)", "/a\\b", "https://shop.test:8443/#frag", "/<x>\"'",
)  # fmt: skip
COOKIES: tuple[list[Any], ...] = (
    ["tea", "green", {}], ["tea", "ü; x=\"1\"", {}], ["a", "1", {"max_age": 60}],
    ["b", "2", {"expires": 1_800_000_000}], ["c", "3", {"path": "/sub", "domain": "shop.test"}],
    ["d", "4", {"secure": True, "httponly": True, "samesite": "lax"}], ["tea", None, {}],
    ["a", None, {"path": "/x"}], ["e", "", {"samesite": "None", "partitioned": True}],
    ["f", "x" * 4100, {}], ["g", "1", {"max_age": {"$delta": 5}}], ["h", "1", {"samesite": "odd"}],
    ["i", "1", {"domain": ".dotted.test"}], ["tea", "black", {"path": None}],
)  # fmt: skip


def _context(d: Draw) -> Spec:
    return {"text": d.text(), "items": [d.text() for _ in range(d.number(0, 3))]}


def _send_options(d: Draw) -> Spec:
    choices: list[Spec] = [
        {"mimetype": "text/x-shop"}, {"as_attachment": True}, {"download_name": "näme.txt"},
        {"conditional": False}, {"etag": False}, {"etag": "own"}, {"last_modified": 1_650_000_000},
        {"max_age": 10}, {"max_age": 0}, {"last_modified": {"$datetime": 1_640_000_000}},
        {"as_attachment": True, "download_name": "a \"q\".txt"},
    ]  # fmt: skip
    found: Spec = {}
    for choice in d.some(choices, 0, 3):
        found.update(choice)
    return found


def _object_options(d: Draw) -> Spec:
    found = _send_options(d)
    if d.chance(0.7):
        found.setdefault("mimetype", "application/octet-stream")
    if d.chance(0.05):
        found["mimetype"] = "as text"
    return found


def _url_for(d: Draw) -> list[Any]:
    endpoint = d.one(("$any", "$any", "$any", "static", ".$local", "xgone", "gone", "$any"))
    values: Spec = {}
    for name in d.some(("name", "id", "number", "ratio", "rest", "q", "lang", "page"), 0, 5):
        values[name] = d.one((1, 20, 2.5, "a", "a b", "ü/x", None, ["x", "y"], -3, {"$uuid": 3}))
    if endpoint == "static" and d.chance(0.8):
        values["filename"] = d.one(("style.css", "ü b.css", "sub/x"))
    options: Spec = {}
    for key, choices in (
        ("_external", (True, False, None)),
        ("_anchor", ("top", "ü x/?", "")),
        ("_method", ("GET", "POST", "PUT")),
        ("_scheme", ("https", "ftp", "")),
    ):
        if d.chance(0.25):
            options[key] = d.one(choices)
    return [endpoint, values, options]


STEPS: dict[str, dict[str, tuple[Maker, str]]] = {
    "request": {
        "request.args": (lambda d: [], "query"),
        "request.args[key]": (lambda d: [d.one(("q", "n", "gone"))], "query"),
        "request.values": (lambda d: [], "form"),
        "request.headers": (lambda d: [], "headers"),
        "request content headers": (lambda d: [], "body"),
        "request accept headers": (lambda d: [], "accept"),
        "request URLs": (lambda d: [], "urls"),
        "request client": (lambda d: [], "proxy"),
        "request.range": (lambda d: [], "range"),
        "request.authorization": (lambda d: [], "authorization"),
        "request.cookies": (lambda d: [], "cookies"),
        "request.cache_control": (lambda d: [], "headers"),
        "request routing attributes": (lambda d: [], ""),
        "environ changed": (lambda d: [], ""),
    },
    "bodies": {
        "request.form": (lambda d: [], "form"),
        "request.form[key]": (lambda d: [d.one(("q", "a", "gone"))], "form"),
        "request.files": (lambda d: [], "upload"),
        "request.files[key]": (lambda d: [d.one(("file", "q", "gone"))], "upload"),
        "request.json": (lambda d: [], "json"),
        "request.get_json": (
            lambda d: [d.chance(0.4), d.chance(0.4), d.chance(0.7)],
            "json",
        ),
        "request.get_data": (lambda d: [d.chance(0.6), d.chance(0.3), d.chance(0.3)], "body"),
        "request.stream": (lambda d: [d.one((0, 5, 1000, -1))], "body"),
        "request limits set": (
            lambda d: [d.one((None, 10, 100)), d.one((None, 5, 100)), d.one((None, 1, 3))],
            "upload",
        ),
        "request.values": (lambda d: [], "upload"),
    },
    "session": {
        "session set": (
            lambda d: [d.one(SESSION_KEYS), d.one(IN_SESSION) if d.chance(0.6) else d.value()],
            "flow",
        ),
        "session read": (lambda d: [d.one(SESSION_KEYS)], "flow"),
        "session asked": (lambda d: [d.one(SESSION_KEYS)], "flow"),
        "session deleted": (lambda d: [d.one((*SESSION_KEYS, None))], "flow"),
        "session permanent": (lambda d: [d.chance(0.7)], "flow"),
        "session nested": (lambda d: [d.chance(0.5)], "flow"),
        "session counted": (lambda d: [], "flow"),
        "flash": (
            lambda d: [d.one((d.text(), {"$markup": "<u>"})), d.one((None, "error", "info"))],
            "flow",
        ),
        "get_flashed_messages": (
            lambda d: [d.chance(0.5), d.some(("error", "info"), 0, 2)],
            "flow",
        ),
    },
    "contexts": {
        "g": (lambda d: [d.one(("user", "x", "count")), d.value()], ""),
        "current_app": (lambda d: [], ""),
        "app_context inside": (lambda d: [], ""),
        "test_request_context inside": (lambda d: [d.one(("/", "/gone", "/e0", "/ü?q=1"))], ""),
        "copy_current_request_context": (lambda d: [], ""),
        "after_this_request": (
            lambda d: [d.one(("header", "cookie", "replace", "raise", "session", "header"))],
            "",
        ),
        "logger": (lambda d: [d.one(("warning", "error", "info")), d.text()], ""),
        "json.dumps and loads": (lambda d: [d.rich_value()], ""),
    },
    "urls": {
        "url_for": (_url_for, "urls"),
        "request URLs": (lambda d: [], "urls"),
        "request routing attributes": (lambda d: [], "urls"),
    },
    "errors": {
        "abort": (
            lambda d: d.one(
                ([d.one(CODES)], [d.one(CODES), d.text()], ["response"], [499], [999], [200], [302])
            ),
            "",
        ),
        "raise": (lambda d: [d.one(ERRORS), d.one((None, None, d.text(), "response"))], ""),
        "raise from": (lambda d: [d.one(ERRORS), d.one(("ValueError", "KeyError"))], ""),
    },
    "templates": {
        "get_template_attribute": (
            lambda d: ["macros.html", d.one(("field", "version", "gone"))],
            "",
        ),
        "render_template inside": (lambda d: [d.one(TEMPLATES), _context(d)], "flow"),
    },
}

RETURNS: dict[str, dict[str, tuple[Maker, str]]] = {
    "any": {
        "what was seen": (lambda d: [], ""),
        "str": (lambda d: [d.text()], ""),
        "dict or list": (lambda d: [{"b": d.rich_value(), "a": [d.value()]}], ""),
    },
    "returns": {
        "bytes": (lambda d: [d.one(("raw", "", "\xff\x00"))], ""),
        "bytearray": (lambda d: ["array"], ""),
        "dict or list": (lambda d: [d.one(([d.rich_value()], {"x": d.rich_value()}))], ""),
        "tuple": (lambda d: _tuple(d), ""),
        "wrong type": (
            lambda d: [
                d.one(
                    (
                        "None",
                        "int",
                        "float",
                        "True",
                        "set",
                        "object",
                        "empty tuple",
                        "one-tuple",
                        "four-tuple",
                        "None in tuple",
                        "bad status",
                        "bad dict",
                    )
                )
            ],
            "",
        ),
        "Response": (lambda d: _response(d), ""),
        "Werkzeug Response": (lambda d: [d.text(), d.one((200, 201, 404, 204))], ""),
        "Response in tuple": (
            lambda d: [
                d.one((202, "203 Odd", 404, "599")),
                d.one(({"X-A": "3"}, {"X-A": ["4", "5"]}, {}, [["X-B", "6"], ["X-B", "7"]])),
            ],
            "",
        ),
        "WSGI callable": (
            lambda d: [d.one(("200 OK", "404 NOT HERE", "299 X")), d.chance(0.4)],
            "",
        ),
        "HTTPException returned": (lambda d: [d.one(ERRORS), d.one((None, d.text()))], ""),
        "make_response": (lambda d: _tuple(d)[: d.number(0, 3)], ""),
        "jsonify": (
            lambda d: d.one(
                (
                    [[d.rich_value()], {}],
                    [[], {"z": d.rich_value(), "a": d.value()}],
                    [[], {}],
                    [[1, 2], {}],
                    [[1], {"a": 1}],
                    [[d.one(UNWRITABLE)], {}],
                )
            ),
            "",
        ),
        "redirect": (
            lambda d: [d.one(LOCATIONS), d.one((None, 301, 302, 303, 305, 307, 308, 200, 404))],
            "",
        ),
        "cookies": (lambda d: [d.some(COOKIES, 1, 4)], "cookies"),
        "headers changed": (lambda d: [d.some(HEADER_CHANGES, 1, 4)], ""),
        "response of the app": (lambda d: [], ""),
        "app method": (
            lambda d: [d.one(("static", "options", "json", "open", "redirect"))],
            "range",
        ),
    },
    "streams": {
        "iterator": (lambda d: [d.one(PIECES), d.chance(0.4)], ""),
        "generator": (lambda d: [d.one(PIECES), d.chance(0.2)], ""),
        "stream_with_context": (
            lambda d: [d.one(PIECES), d.one(("plain", "session", "decorator", "status", "raise"))],
            "",
        ),
        "stream_template": (lambda d: [d.one(TEMPLATES), _context(d)], ""),
        "stream_template_string": (lambda d: [d.one(SOURCES), _context(d)], ""),
    },
    "files": {
        "send_file": (
            lambda d: [d.one(FILES) if d.chance(0.9) else d.one(ODD_FILES), _send_options(d)],
            "range",
        ),
        "send_file of an object": (
            lambda d: [d.one(("content of ten", "", "x" * 500)), _object_options(d)],
            "range",
        ),
        "send_from_directory": (
            lambda d: [
                d.one(("static", "static", "templates", "gone")),
                d.one(FILES) if d.chance(0.7) else d.one(ODD_FILES),
                _send_options(d),
            ],
            "range",
        ),
        "make_conditional": (
            lambda d: [d.one(("some text of thirty characters", "")), d.chance(0.3), d.chance(0.6)],
            "range",
        ),
    },
    "templates": {
        "render_template": (
            lambda d: [
                d.one(TEMPLATES)
                if d.chance(0.9)
                else d.one((*BAD_TEMPLATES, ["gone", "page.html"])),
                _context(d),
            ],
            "query",
        ),
        "render_template_string": (lambda d: [d.one(SOURCES), _context(d)], "query"),
    },
    "urls": {
        "redirect to url_for": (lambda d: ["$any", {"q": d.text()}], ""),
        "redirect": (lambda d: [d.one(LOCATIONS), d.one((None, 303))], ""),
    },
}

THEMES = tuple(sorted({*STEPS, *RETURNS} - {"any"}))


def _tuple(d: Draw) -> list[Any]:
    body: Any = d.one((d.text(), {"a": d.value()}, [1, 2], {"$bytes": "b"}, ""))
    status: Any = d.one((201, 404, "202 Fine", "418", 204, 304, 599, 500, "x y"))
    headers: Any = d.one(
        ({"X-A": "1"}, [["X-A", "1"], ["X-A", "2"]], {"Content-Type": "text/x"}, {},
         {"X-A": ["1", "2"]}, {"Content-Length": "2"}, {"Location": "/ü"})
    )  # fmt: skip
    if isinstance(headers, list):
        headers = [{"$tuple": pair} for pair in headers]
    return d.one(([body, status], [body, headers], [body, status, headers]))


def _response(d: Draw) -> list[Any]:
    options: Spec = {}
    for key, choices in (
        ("status", (200, 201, "299 Own", 404, 204)),
        ("headers", ({"X-A": "1"}, [{"$tuple": ["X-A", "1"]}], {"Content-Type": "text/y"})),
        ("mimetype", ("text/csv", "application/json", "image/svg+xml")),
        ("content_type", ("text/z; charset=x", "application/octet-stream")),
        ("direct_passthrough", (True,)),
    ):
        if d.chance(0.35):
            options[key] = d.one(choices)
    body = d.one((d.text(), {"$bytes": "raw\xff"}, ["a", "b"], [{"$bytes": "c"}], None))
    return [body, options]


def draw_view(d: Draw, themes: list[str]) -> tuple[Spec, list[str]]:
    """Draw what a view does, and the hints of what it wants to be sent."""
    steps, hints = [], []
    wanted = [theme for theme in themes if theme in STEPS and theme != "errors"] or ["request"]
    drawn = [d.one(wanted) for _ in range(d.one((0, 1, 1, 2, 3)))]
    if d.chance(0.3 if "errors" in themes else 0.06):
        drawn.append("errors")
    for theme in drawn:
        name = d.one(list(STEPS[theme]))
        maker, hint = STEPS[theme][name]
        hints.append(hint)
        tried = ["tried step"] if d.chance(0.15 if theme != "errors" else 0.05) else []
        steps.append([*tried, name, *maker(d)])
    wanted = [theme for theme in themes if theme in RETURNS]
    theme = d.one([*wanted, *["returns"] * (3 if "returns" in themes else 1), "any"])
    name = d.one(list(RETURNS[theme]))
    maker, hint = RETURNS[theme][name]
    hints.append(hint)
    view: Spec = {"type": "function", "steps": steps, "returns": [name, *maker(d)]}
    return view, [hint for hint in hints if hint]
