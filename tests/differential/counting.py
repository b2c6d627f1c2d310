"""Did every feature of the list occur often enough? And how often did everything occur?"""

from __future__ import annotations

from collections.abc import Mapping

from tests.differential.apps.building import MIDDLEWARE, VIEW_KINDS
from tests.differential.apps.classes import CLASSES
from tests.differential.apps.hooks import ACTIONS, BASES, CHANGES, HANDLERS, SIGNALS
from tests.differential.apps.returns import RETURNS
from tests.differential.apps.steps import STEPS
from tests.differential.comparing import COMPARED, NORMALISED, Comparison
from tests.differential.drawing.apps import CONFIG
from tests.differential.drawing.rules import CONVERTERS
from tests.differential.known import KNOWN, Known

LEAST_PAIRS = 100_000
LEAST_APPLICATIONS = 2_000
LEAST_REQUESTS = 20
LEAST_OF_EACH = 500

ROUTING = (
    "rule without converter", "several rules of an endpoint", "alias", "defaults=", "redirect_to",
    "build_only True", "strict_slashes True", "strict_slashes False", "merge_slashes True",
    "merge_slashes False", "provide_automatic_options True", "provide_automatic_options False",
    "rule with host", "rule with subdomain", "host matching", "subdomain matching", "url_map switch",
    "registered by add_url_rule", "registered by route", "registered by endpoint decorator",
    "registered by method decorator", "view: decorated", "view: automatic_options",
    "view: init_every_request = False", "slash added or left out", "method HEAD", "method OPTIONS",
)  # fmt: skip
BLUEPRINTS = (
    "blueprint", "blueprint in a blueprint", "blueprint renamed", "blueprint again",
    "blueprint with url_prefix", "blueprint registered with url_prefix", "blueprint with subdomain",
    "blueprint with url_defaults", "blueprint with template_folder", "blueprint with static_folder",
    "blueprint with static_url_path", "handler on blueprint",
)  # fmt: skip
HOOKS = (
    "before_request", "after_request", "teardown_request", "teardown_appcontext",
    "before_app_request", "after_app_request", "teardown_app_request", "url_value_preprocessor",
    "app_url_value_preprocessor", "url_defaults", "context_processor", "app_context_processor",
    "template_filter", "template_test", "template_global", "app_template_filter",
    "app_template_test", "app_template_global", "url_build_error_handlers", "teardown hook: raise",
    "async hook or handler", "handler by code", "handler of an HTTP class", "handler of another class",
)  # fmt: skip
SENT = (
    "body urlencoded", "body urlencoded, malformed", "body JSON", "body JSON, bad", "body JSON, deep",
    "body multipart", "body multipart, malformed", "body multipart, truncated",
    "body multipart, many parts", "body of another type", "body in chunks", "Content-Length wrong",
    "static file", "Range", "Range of several parts", "If-Range", "If-None-Match", "If-Match",
    "If-Modified-Since", "If-Unmodified-Since", "Accept headers", "other headers", "Authorization",
    "X-Forwarded headers", "cookies sent", "tampered cookies", "time passed", "SCRIPT_NAME", "https",
    "odd host", "odd path", "odd query", "odd method", "empty path", "doubled slash", "dot segment",
    "NUL byte", "path not UTF-8", "huge header", "huge cookies",
)  # fmt: skip

REQUIRED: tuple[str, ...] = (
    *(f"converter {name or 'without a name'}" for name in CONVERTERS),
    *ROUTING,
    *(f"view as {kind}" for kind in VIEW_KINDS),
    *BLUEPRINTS,
    *HOOKS,
    *(f"before hook: {action}" for action in ACTIONS),
    *(f"after hook: {change}" for change in CHANGES),
    *(f"handler of {name}" for name in BASES),
    *(f"handler that {does}" for does in HANDLERS),
    *(f"signal {name}" for name in SIGNALS),
    *STEPS,
    *(f"return {name}" for name in RETURNS),
    *(f"config {name}" for name, *_ in CONFIG),
    *(f"custom {seam}" for seam in CLASSES),
    *(f"middleware {kind}" for kind in MIDDLEWARE),
    "config SECRET_KEY",
    "json attributes",
    *SENT,
)
"""Every feature that has to occur. Those of views, hooks and rules count when they are reached,
those of an application or a request for each request."""


def find_shortcomings(comparison: Comparison, known_ones: tuple[Known, ...] = KNOWN) -> list[str]:
    """Say what a complete run did too seldom."""
    found = []
    for what, number, least in (
        ("request pairs", comparison.pairs, LEAST_PAIRS),
        ("distinct applications", len(comparison.applications), LEAST_APPLICATIONS),
        ("requests to each application", comparison.fewest_requests, LEAST_REQUESTS),
    ):
        if number < least:
            found.append(f"{number} {what}, at least {least} are wanted")
    for feature in sorted({*REQUIRED, *comparison.features}):
        count = comparison.features[feature]
        if count < LEAST_OF_EACH:
            found.append(f"feature {feature!r} occurred {count} times, wanted are {LEAST_OF_EACH}")
    found += [
        f"known difference {known.name!r} never occurred: remove it"
        for known in known_ones
        if not comparison.known[known.name]
    ]
    return found


def describe(
    comparison: Comparison,
    known_ones: tuple[Known, ...] = KNOWN,
    normalised: Mapping[str, str] = NORMALISED,
) -> str:
    """Write down what was compared and how often what occurred."""
    lines = [
        f"{comparison.pairs} request pairs on {len(comparison.applications)} distinct applications, "
        f"at least {comparison.fewest_requests} each",
        f"compared: {COMPARED}",
        *(f"not compared: {what}: {reason}" for what, reason in normalised.items()),
        "known differences:",
        *(f"{comparison.known[known.name]:8} {known.name}: {known.reason}" for known in known_ones),
        "status codes:",
        *_in_columns(comparison.statuses.most_common()),
        f"features ({len(comparison.features)}):",
        *_in_columns(sorted(comparison.features.items())),
    ]
    return "\n".join(lines)


def _in_columns(counts: list[tuple[str, int]]) -> list[str]:
    cells = [f"{count:8} {name:<40}" for name, count in counts]
    return ["".join(cells[i : i + 3]).rstrip() for i in range(0, len(cells), 3)]
