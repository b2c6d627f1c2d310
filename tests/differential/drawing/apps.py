"""Which applications are generated? Descriptions in JSON, with the requests to be sent to them."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import strategies as st
from tests.differential.apps.classes import CLASSES
from tests.differential.apps.hooks import BASES, HANDLERS, SIGNALS
from tests.differential.drawing.chance import Draw
from tests.differential.drawing.requests import draw_request
from tests.differential.drawing.rules import CUSTOM, Target, draw_rule
from tests.differential.drawing.views import CODES, ERRORS, THEMES

Spec = dict[str, Any]

CONFIG: tuple[tuple[str, float, tuple[Any, ...]], ...] = (
    ("PROPAGATE_EXCEPTIONS", 0.1, (True, False)),
    ("TRAP_HTTP_EXCEPTIONS", 0.05, (True,)),
    ("TRAP_BAD_REQUEST_ERRORS", 0.08, (True, False)),
    ("DEBUG", 0.08, (True,)),
    ("TESTING", 0.05, (True,)),
    ("SECRET_KEY_FALLBACKS", 0.08, (["older", "oldest"], [])),
    ("PERMANENT_SESSION_LIFETIME", 0.12, (60, {"$delta": 3600}, 0)),
    ("SESSION_COOKIE_NAME", 0.08, ("sid", "s-1")),
    ("SESSION_COOKIE_DOMAIN", 0.06, ("shop.test", ".shop.test", False)),
    ("SESSION_COOKIE_PATH", 0.06, ("/shop", "/")),
    ("SESSION_COOKIE_HTTPONLY", 0.05, (False,)),
    ("SESSION_COOKIE_SECURE", 0.05, (True,)),
    ("SESSION_COOKIE_SAMESITE", 0.07, ("Lax", "Strict", "None")),
    ("SESSION_COOKIE_PARTITIONED", 0.05, (True,)),
    ("SESSION_REFRESH_EACH_REQUEST", 0.1, (False,)),
    ("MAX_CONTENT_LENGTH", 0.1, (0, 10, 100, 2000)),
    ("MAX_FORM_MEMORY_SIZE", 0.08, (10, 1000, None)),
    ("MAX_FORM_PARTS", 0.06, (1, 2, None)),
    ("MAX_COOKIE_SIZE", 0.05, (0, 100)),
    ("SEND_FILE_MAX_AGE_DEFAULT", 0.1, (60, {"$delta": 120}, 0)),
    ("USE_X_SENDFILE", 0.05, (True,)),
    ("APPLICATION_ROOT", 0.08, ("/root", "/a/b")),
    ("PREFERRED_URL_SCHEME", 0.08, ("https",)),
    ("SERVER_NAME", 0.08, ("shop.test", "shop.test:8080", "other.test")),
    ("TRUSTED_HOSTS", 0.08, (["shop.test"], [".shop.test", "127.0.0.1"], [])),
    ("PROVIDE_AUTOMATIC_OPTIONS", 0.05, (False,)),
    ("TEMPLATES_AUTO_RELOAD", 0.05, (True,)),
)
MARKS = ("stop", "halt", "crash", "quit")
PREFIXES: tuple[tuple[str, list[str]], ...] = (
    ("/shop", ["/shop"]), ("/a/b", ["/a/b"]), ("/<lang>", ["/", ":choice('de','en')"]),
    ("/n<int:lang>", ["/n", ":int"]), ("/ü", ["/ü"]), ("", []),
)  # fmt: skip


@st.composite
def descriptions(draw: Any, requests: int) -> Spec:
    """Draw an application and what is sent to it.

    Hypothesis chooses the themes and the seed of the rest, because drawing each of some
    thousand values by itself would take a hundred times as long.
    """
    themes = draw(st.sets(st.sampled_from(THEMES), min_size=2, max_size=6))
    random = draw(st.randoms(use_true_random=True))
    return make_description(random, sorted(themes), requests)


def make_description(random: Random, themes: list[str], requests: int) -> Spec:
    """Make a description from a source of chance."""
    drawing = _Drawing(Draw(random), themes)
    app = drawing.app()
    d = drawing.d
    info = {"marks": drawing.marks, "static": drawing.static}
    return {
        "app": app,
        "requests": [draw_request(d, drawing.targets, info) for _ in range(requests)],
    }


class _Drawing:
    """One application being drawn, with what its requests have to know."""

    def __init__(self, d: Draw, themes: list[str]) -> None:
        self.d = d
        self.themes = themes
        self.targets: list[Target] = []
        self.marks: list[str] = []
        self.static: list[str] = []
        self.count = 0
        self.hosts: list[str] = []
        self.subdomains: list[str] = []

    def app(self) -> Spec:
        d = self.d
        spec: Spec = {"options": {}, "config": self.config(), "converters": list(CUSTOM)}
        self._options(spec)
        spec["rules"] = self.rules(d.number(3, 8), [], None)
        spec["hooks"] = self.hooks(d.one((0, 1, 2, 3, 4)), is_app=True)
        spec["handlers"] = self.handlers(d.one((0, 0, 1, 2, 3, 4)))
        spec["blueprints"] = [
            self.blueprint(f"bp{i}", [], "", 0) for i in range(d.one((0, 1, 1, 2)))
        ]
        if d.chance(0.5):
            spec["signals"] = d.some(SIGNALS, 1, 10)
        if d.chance(0.15):
            spec["url_build_error_handlers"] = True
        for seam, classes in sorted(CLASSES.items()):
            if d.chance(0.05):
                spec.setdefault("classes", {})[seam] = d.one(sorted(classes))
        spec["middleware"] = self.middleware()
        if d.chance(0.06):
            spec["map"] = {d.one(("strict_slashes", "merge_slashes", "redirect_defaults")): False}
        if d.chance(0.08) and "json_provider_class" not in spec.get("classes", {}):
            spec["json"] = {d.one(("sort_keys", "ensure_ascii", "compact")): False}
        return _name_endpoints(spec, d)

    def _options(self, spec: Spec) -> None:
        d, options = self.d, spec["options"]
        matching = d.number(0, 19)
        if matching == 0:
            options.update(host_matching=True, static_host="shop.test")
            self.hosts = ["shop.test", "other.test", "<hosted>.test"]
        elif matching < 3:
            options["subdomain_matching"] = True
            spec["config"]["SERVER_NAME"] = "shop.test"
            self.subdomains = ["api", "<sub>", "a.b"]
        kind = d.number(0, 9)
        if kind == 0:
            options["static_url_path"] = "/assets"
            self.static.append("/assets")
        elif kind == 1 and not self.hosts:
            options["static_folder"] = None
        else:
            self.static.append("/static")

    def config(self) -> Spec:
        config: Spec = {"FOO": "bar"}
        if self.d.chance(0.92):
            config["SECRET_KEY"] = self.d.one(("key", "key", {"$bytes": "\x00key"}))
        for name, chance, choices in CONFIG:
            if self.d.chance(chance):
                config[name] = self.d.one(choices)
        return config

    def rules(self, count: int, prefix: list[str], place: str | None) -> list[Spec]:
        found = []
        for _ in range(count):
            rules, targets = draw_rule(self.d, self.count, self.themes)
            self.count += 1
            host = place or self._place(rules)
            for target in targets:
                target.prefix = prefix
                target.host = host
            found += rules
            self.targets += targets
        return found

    def _place(self, rules: list[Spec]) -> str | None:
        """Put rules on a host or subdomain of their own; return the host to ask."""
        d = self.d
        if self.hosts:
            host = d.one(self.hosts)
            for rule in rules:
                rule["rule_options"]["host"] = host
            return host.replace("<hosted>", "any")
        if self.subdomains and d.chance(0.6):
            subdomain = d.one(self.subdomains)
            for rule in rules:
                rule["rule_options"]["subdomain"] = subdomain
            return subdomain.replace("<sub>", "wild") + ".shop.test"
        return None

    def blueprint(self, name: str, prefix: list[str], place: str, depth: int) -> Spec:
        d = self.d
        text, pieces = d.one(PREFIXES)
        if any(piece.startswith(":") for piece in prefix):
            text, pieces = PREFIXES[0]  # a name may stand in a rule only once
        spec: Spec = {"name": name, "options": {}}
        registration: Spec = {}
        if text:
            (spec["options"] if d.chance(0.6) else registration)["url_prefix"] = text
        if self.subdomains and d.chance(0.5):
            subdomain = d.one(("api", "b"))
            spec["options"]["subdomain"] = subdomain
            place = f"{subdomain}.{place or 'shop.test'}"
        if d.chance(0.12):
            spec["options"]["url_defaults"] = {"flavour": "sweet"}
        inner = [*prefix, *pieces]
        self._blueprint_folders(spec, text, inner)
        first = len(self.targets)
        spec["rules"] = self.rules(d.number(1, 4), inner, place or None)
        spec["hooks"] = self.hooks(d.one((0, 1, 2, 3)), is_app=False)
        if "<" in text:
            spec["hooks"].append(
                {"kind": "url_value_preprocessor", "does": "url_value_preprocessor", "pop": "lang"}
            )
            spec["hooks"].append({"kind": "url_defaults", "does": "url_defaults", "put": "lang"})
        spec["handlers"] = self.handlers(d.one((0, 0, 1, 2)), blueprint=True)
        spec["registrations"] = [registration]
        if d.chance(0.2):
            spec["registrations"].append({"name": f"{name}again", "url_prefix": "/again"})
            again = [*prefix, "/again"]
            self.targets += [replace(target, prefix=again) for target in self.targets[first:]]
        elif d.chance(0.15):
            registration["name"] = f"{name}renamed"
        spec["record"] = d.chance(0.1)
        if depth < 2 and d.chance(0.35):
            spec["blueprints"] = [self.blueprint(f"in{depth}", inner, place, depth + 1)]
        return spec

    def _blueprint_folders(self, spec: Spec, text: str, prefix: list[str]) -> None:
        d = self.d
        if d.chance(0.4):
            spec["options"]["template_folder"] = "templates"
        if d.chance(0.3) and "<" not in text:
            spec["options"]["static_folder"] = "static"
            if d.chance(0.4):
                spec["options"]["static_url_path"] = "/parts"
            if all(not piece.startswith(":") for piece in prefix):
                self.static.append("".join(prefix).encode().decode("latin1") + "/static")

    def hooks(self, count: int, *, is_app: bool) -> list[Spec]:
        found = [self.hook(is_app) for _ in range(count)]
        if self.d.chance(0.5 if "templates" in self.themes else 0.2):
            # together, because a template that misses one of them is not rendered at all
            place = "" if is_app else "app_"
            found += [
                {"kind": f"{place}template_filter", "does": "shout", "name": "shout"},
                {"kind": f"{place}template_test", "does": "loud", "name": "loud"},
                {"kind": f"{place}template_global", "does": "shout", "name": "answer"},
            ]
        return found

    def hook(self, is_app: bool) -> Spec:
        d = self.d
        kinds = ["before_request", "after_request", "teardown_request", "context_processor"] * 2
        kinds += ["url_value_preprocessor"]
        if is_app:
            kinds += ["teardown_appcontext"]
        else:
            kinds += [
                "before_app_request", "after_app_request", "teardown_app_request",
                "app_context_processor", "app_url_value_preprocessor",
            ]  # fmt: skip
        hook: Spec = {"kind": d.one(kinds)}
        for word, does in _DOES:
            if word in hook["kind"]:
                getattr(self, f"_{does}")(hook)
                break
        return hook

    def _before(self, hook: Spec) -> None:
        d = self.d
        hook["does"] = "before"
        hook["act"] = d.one(
            (["nothing"], ["return", d.one(("stopped", ["a", 1], {"stopped": True}, ""))], ["raise", d.one(ERRORS)],
             ["abort", d.one(CODES)], ["load user"], ["load user"], ["session"], ["redirect"], ["after"],
             ["read body"], ["return", {"$tuple": ["stopped", 403]}])
        )  # fmt: skip
        self._mark(hook)
        hook["async"] = d.chance(0.1)

    def _after(self, hook: Spec) -> None:
        d = self.d
        hook["does"] = "after"
        hook["act"] = d.one(
            (
                ["nothing"],
                ["replace"],
                ["raise", d.one(ERRORS)],
                ["lose"],
                ["rewrite"],
                ["session"],
                ["cookie"],
            )
        )
        self._mark(hook)
        hook["async"] = d.chance(0.1)

    def _teardown(self, hook: Spec) -> None:
        hook["does"] = "teardown"
        if self.d.chance(0.2):
            hook["fails"] = True
            self._mark(hook)
        hook["async"] = self.d.chance(0.1)

    def _mark(self, hook: Spec) -> None:
        hook["mark"] = self.d.one(MARKS)
        if hook["mark"] not in self.marks:
            self.marks.append(hook["mark"])

    def _context(self, hook: Spec) -> None:
        hook["does"] = "context_processor"

    def _values(self, hook: Spec) -> None:
        hook["does"] = "url_value_preprocessor"
        hook["pop"] = self.d.one(("rest", "gone", "name"))

    def handlers(self, count: int, *, blueprint: bool = False) -> list[Spec]:
        d = self.d
        found = []
        for _ in range(count):
            on: Any = (
                d.one((404, 405, 500, 400, 418, *CODES))
                if d.chance(0.5)
                else d.one((*ERRORS, *BASES * 4, *["ShopError"] * 6))
            )
            if on in ("Nameless", "RequestRedirect", "OutOfMoney"):
                on = "HTTPException"
            handler: Spec = {"on": on, "does": d.one((*HANDLERS, "answers", "answers JSON"))}
            if blueprint and d.chance(0.2):
                handler["app_wide"] = True
            elif d.chance(0.2):
                handler["directly"] = True
            handler["async"] = d.chance(0.08)
            found.append(handler)
        return found

    def middleware(self) -> list[list[Any]]:
        d = self.d
        found: list[list[Any]] = []
        if d.chance(0.12):
            names = d.some(("x_for", "x_proto", "x_host", "x_port", "x_prefix"), 1, 5)
            found.append(["ProxyFix", {name: d.one((0, 1, 1, 2)) for name in names}])
        if d.chance(0.05):
            found.append(["prefix", d.one(("/mounted", "/e1"))])
        if d.chance(0.05):
            found.append(["header", "X-Around"])
        if d.chance(0.05):
            found.append(["method override"])
        return found


_DOES = (
    ("teardown", "teardown"), ("before", "before"), ("after", "after"), ("context_processor", "context"),
    ("value_preprocessor", "values"),
)  # fmt: skip


def _name_endpoints(spec: Spec, d: Draw) -> Spec:
    """Let the views that build URLs name endpoints that exist."""
    names = _endpoints(spec, "")

    def fill(value: Any) -> Any:
        if isinstance(value, list):
            return [fill(item) for item in value]
        if isinstance(value, dict):
            return {key: fill(item) for key, item in value.items()}
        if value == "$any":
            return d.one(names)
        return "." + d.one(names).rpartition(".")[2] if value == ".$local" else value

    filled: Spec = fill(spec)
    return filled


def _endpoints(spec: Spec, prefix: str) -> list[str]:
    names = [prefix + rule["endpoint"] for rule in spec["rules"]]
    for child in spec.get("blueprints", ()):
        for registration in child["registrations"]:
            name = registration.get("name", child["name"])
            names += _endpoints(child, f"{prefix}{name}.")
    return names
