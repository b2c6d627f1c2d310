"""Which rules do generated applications have, and which paths do they match, or just not?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.differential.drawing.chance import Draw
from tests.differential.drawing.views import draw_view

Spec = dict[str, Any]

WORDS = ("alice", "a b", "ü", "a.b", "x-y", "A", "0", "e1", "é" * 3, "%41", "a+b", "~")
UUIDS = ("a8098c1a-f86e-11da-bd1a-00112444be1e", "A8098C1A-F86E-11DA-BD1A-00112444BE1E")

CONVERTERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "": (WORDS, ("", "a/b")),
    "default": (WORDS, ("", "a/b")),
    "string": (WORDS, ("", "a/b")),
    "string(length=2)": (("ab", "ü1"), ("a", "abc")),
    "string(minlength=2)": (("ab", "abcdef"), ("a", "")),
    "string(maxlength=3)": (("a", "abc"), ("abcd",)),
    "string(minlength=2,maxlength=4)": (("ab", "abcd"), ("a", "abcde")),
    "int": (("0", "7", "0042", "99999999999999999999"), ("-1", "1.0", "a", "+1", "\uff11")),
    "int(signed=True)": (("-5", "5", "0"), ("--5", "+5", "a")),
    "int(fixed_digits=3)": (("007", "123"), ("1", "1234")),
    "int(min=5)": (("5", "50"), ("4", "0")),
    "int(max=9)": (("0", "9"), ("10",)),
    "int(min=3,max=20,signed=True)": (("3", "20"), ("-4", "21")),
    "float": (("1.5", "0.0", "123.456"), ("1", "-1.5", ".5", "1.", "1e5")),
    "float(signed=True)": (("-1.5", "1.5"), ("1", "-")),
    "float(min=0.5,max=9.5)": (("0.5", "9.5"), ("0.4", "9.6")),
    "path": (("a", "a/b/c", "a//b", "ü/x", "a/"), ("", "/")),
    "any(tea,coffee,'hot milk')": (("tea", "coffee", "hot milk"), ("Tea", "milk", "")),
    "uuid": (UUIDS, ("a8098c1a", "1")),
    "list": (("a+b", "a", "ü+b+c"), ("", "a/b")),
    "even": (("2", "40"), ("3", "x")),
    "choice('de','en')": (("de", "en"), ("fr", "DE")),
    "choice('de','en',upper=True)": (("de", "en"), ("fr",)),
    "member": (WORDS, ("", "a/b")),
    "pair": (("ab/cd", "x/y"), ("ab", "ab/", "1/2")),
}
CUSTOM = ("list", "even", "choice", "pair", "member")
NAMES = ("name", "id", "number", "ratio", "rest", "page")
STANDARD_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")


@dataclass
class Target:
    """A rule as the requests see it."""

    pieces: list[str]
    """Static text, or the converter of a variable part, with ``:`` before it."""
    methods: list[str]
    hints: list[str]
    host: str | None = None
    prefix: list[str] = field(default_factory=list)

    def path(self, d: Draw) -> str:
        """Draw a path for the rule, sometimes one that just misses it."""
        wrong = d.chance(0.06)
        path = ""
        for piece in (*self.prefix, *self.pieces):
            if piece.startswith(":"):
                good, bad = CONVERTERS[piece[1:]]
                path += d.one(bad) if wrong and bad else d.one(good)
            else:
                path += piece
        return path.encode().decode("latin1")


def draw_pieces(d: Draw, number: int) -> tuple[list[str], str, list[str]]:
    """Draw a rule: its pieces for making paths, its text, and its features."""
    pieces, text, features = [f"/e{number}"], f"/e{number}", []
    if d.chance(0.05):
        pieces, text = ["/"], ""  # the root, or a variable part directly below it
    names = list(NAMES)
    for index in range(d.one((0, 0, 1, 1, 1, 2))):
        converter = d.one(list(CONVERTERS))
        name = names.pop(d.number(0, len(names) - 1))
        glue = "/" if text or not index else ""
        before = d.one(("", "", "", "v-", "")) if converter != "pair" else ""
        after = d.one(("", "", "", ".html", "/edit"))
        pieces += [f"{glue}{before}" if text else before, f":{converter}", after]
        variable = f"<{converter}:{name}>" if converter else f"<{name}>"
        text += f"{glue}{before}{variable}{after}"
        features.append(f"converter {converter or 'without a name'}")
        if converter == "path" and not after:
            break
    if (not features and d.chance(0.5)) or d.chance(0.15):
        pieces.append("/")
        text += "/"
    return pieces, text or "/", features or ["rule without converter"]


def draw_rule(d: Draw, number: int, themes: list[str]) -> tuple[list[Spec], list[Target]]:
    """Draw a rule with its view, and with what belongs to it."""
    pieces, text, features = draw_pieces(d, number)
    view, hints = draw_view(d, themes)
    rule: Spec = {"rule": text, "endpoint": f"e{number}", "view": view}
    methods = draw_registration(d, rule)
    options, found = draw_options(d, text)
    features += found
    rule.setdefault("rule_options", {}).update(options)
    if options.get("websocket"):
        methods = ["GET"]
    rule["features"] = features
    target = Target(pieces, methods, hints)
    more, further = draw_further_rules(d, rule, target)
    return [rule, *more], [target, *further]


def draw_registration(d: Draw, rule: Spec) -> list[str]:
    """Draw how a rule and its view are registered; return the methods it allows."""
    view = rule["view"]
    view["type"] = d.one(("function",) * 6 + ("View", "MethodView", "async function"))
    rule["how"] = d.one(("add_url_rule", "route", "endpoint decorator", "method decorator"))
    methods = d.some(STANDARD_METHODS, 1, 3) if d.chance(0.6) else ["GET", "POST"]
    if view["type"] == "MethodView":
        rule["how"] = "add_url_rule"
        view["methods"] = methods
        view["title"] = d.word()
        view["async"] = d.chance(0.15)
    elif view["type"] == "View":
        rule["how"] = "add_url_rule"
        view["title"] = d.word()
        view["methods"] = methods
        if d.chance(0.2):
            view["automatic_options"] = d.chance(0.5)
    elif rule["how"] == "method decorator":
        methods = [d.one(STANDARD_METHODS)]
        rule["method"] = methods[0]
    else:
        _draw_methods(d, rule, methods)
    if view["type"] in ("View", "MethodView"):
        view["init_every_request"] = d.chance(0.7)
        view["decorated"] = d.chance(0.3)
    return methods


def _draw_methods(d: Draw, rule: Spec, methods: list[str]) -> None:
    if d.chance(0.08):
        methods.append(d.one(("OPTIONS", "HEAD", "PURGE", "TRACE")))
    shown = [method.lower() if d.chance(0.1) else method for method in methods]
    view = rule["view"]
    if view["type"] == "function" and rule["how"] == "add_url_rule" and d.chance(0.2):
        view["attributes"] = {"methods": shown}
        if d.chance(0.3):
            view["attributes"]["provide_automatic_options"] = d.chance(0.5)
        if d.chance(0.3):
            view["attributes"]["required_methods"] = ["PATCH"]
    else:
        rule["rule_options"] = {"methods": shown}


def draw_options(d: Draw, text: str) -> tuple[Spec, list[str]]:
    """Draw options of a rule, with the features that they are."""
    options: Spec = {}
    features = []
    for name, chance, choices in (
        ("strict_slashes", 0.15, (True, False)),
        ("merge_slashes", 0.1, (True, False)),
        ("provide_automatic_options", 0.1, (True, False)),
        ("redirect_to", 0.04, ("/moved/here", "e0", "/$<nothing>")),
        ("redirect_to_call", 0.05, ("called",)),
        ("build_only", 0.035, (True,)),
    ):
        if d.chance(chance):
            options[name] = d.one(choices)
            features.append(name if name.startswith("redirect") else f"{name} {options[name]}")
    if d.chance(0.06) and "<" not in text:
        options["defaults"] = {"page": 1, "extra": "default"}
        features.append("defaults=")
    return options, features


def draw_further_rules(d: Draw, rule: Spec, target: Target) -> tuple[list[Spec], list[Target]]:
    """Draw more rules of the same endpoint: another path, an alias, one with defaults."""
    if not d.chance(0.2):
        return [], []
    endpoint, number = rule["endpoint"], rule["endpoint"][1:]
    options = {"methods": [method.upper() for method in target.methods]}
    rule["features"].append("several rules of an endpoint")
    kind = d.one(("other", "other", "alias", "defaults", "defaults"))
    if kind == "defaults" and not rule["rule_options"].get("defaults") and "<" not in rule["rule"]:
        # /pages/ shows the first page, /pages/page/1 redirects there
        rule["rule_options"]["defaults"] = {"page": 1}
        rule["features"].append("defaults=")
        more = {
            "rule": f"/e{number}/page/<int:page>",
            "endpoint": endpoint,
            "rule_options": options,
        }
        return [more], [Target([f"/e{number}/page/", ":int(max=9)"], target.methods, target.hints)]
    if kind == "alias":
        options["alias"] = True  # type: ignore[assignment]
        rule["features"].append("alias")
    more = {"rule": f"/other{number}", "endpoint": endpoint, "rule_options": options}
    return [more], [Target([f"/other{number}"], target.methods, target.hints)]
