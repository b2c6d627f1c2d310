"""Where do ours and genuine Flask differ on purpose? Here, each with its reason and its conditions.

A condition looks at the description and both answers, so that it excuses nothing else. One
that never occurs in the complete run fails that run: it is to be removed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Spec = dict[str, Any]

APPENDED = "<!-- after -->"
"""What the hook that rewrites a response adds to it."""

LIMITS = (0, 10, 64, 100, 2000)
"""Greatest lengths of a body that generated applications set."""


@dataclass(frozen=True)
class Known:
    """A deliberate difference."""

    name: str
    reason: str
    applies: Callable[[Spec, Spec, Spec, Spec], bool]
    """Called with the application's description, the request's, our answer, and genuine's."""


def _all_hooks(spec: Spec) -> list[Spec]:
    found = list(spec.get("hooks", ()))
    for child in spec.get("blueprints", ()):
        found += _all_hooks(child)
    return found


def _is_rewritten(app: Spec, request: Spec, ours: Spec, genuine: Spec) -> bool:
    """Ours let an after-request function append to an error page; nothing else differs."""
    before, appended = genuine["body"], APPENDED
    if app.get("classes", {}).get("response_class") == "ShoutingResponse":
        before, appended = before.upper(), appended.upper()
    added = ours["body"].removeprefix(before)
    longer = _length(ours) - _length(genuine) or len(added)  # the length may be left unsaid
    return (
        any(hook.get("act") == ["rewrite"] for hook in _all_hooks(app))
        and added.replace(appended, "") == ""
        and longer > 0
        and longer % len(appended) == 0
        and _without_length(ours) == _without_length(genuine)
    )


def _length(answer: Spec) -> int:
    return next((int(value) for name, value in answer["headers"] if name == "Content-Length"), 0)


def _without_length(answer: Spec) -> Spec:
    headers = [header for header in answer["headers"] if header[0] != "Content-Length"]
    return {**answer, "headers": headers, "body": "", "errors": []}


def _only_genuine_raises(text: str, ours: Spec, genuine: Spec) -> bool:
    return any(error.startswith(text) for error in genuine["errors"]) and not any(
        error.startswith(text) for error in ours["errors"]
    )


def _has_raw_query(app: Spec, request: Spec, ours: Spec, genuine: Spec) -> bool:
    """The query string holds bytes that are not UTF-8, and genuine stumbles over them."""
    query = request.get("query", "")
    return not query.isascii() and _only_genuine_raises("UnicodeDecodeError: ", ours, genuine)


def _has_bad_host(app: Spec, request: Spec, ours: Spec, genuine: Spec) -> bool:
    """The host looks like Punycode and is none."""
    hosts = [request.get("host", ""), *(value for _, value in request.get("headers", ()))]
    return any("xn--" in host for host in hosts) and _only_genuine_raises(
        "UnicodeError: ", ours, genuine
    )


def _is_measured(app: Spec, request: Spec, ours: Spec, genuine: Spec) -> bool:
    """A body in chunks is over the limit, and ours refuses it; or just as long, and genuine does."""
    chunked = ["Transfer-Encoding", "chunked"] in request.get("headers", ())
    is_just_as_long = len(request.get("body", "")) in LIMITS
    return (
        chunked
        and "wsgi.input_terminated" in request.get("environ", {})
        and (_is_refused(ours) or (_is_refused(genuine) and is_just_as_long))
    )


def _is_refused(answer: Spec) -> bool:
    return (answer["status"] or "").startswith("413") or any(
        error.startswith("RequestEntityTooLarge: ") for error in answer["errors"]
    )


def _is_deep(app: Spec, request: Spec, ours: Spec, genuine: Spec) -> bool:
    """The body is nested deeper than Python follows."""
    return "[" * 1000 in request.get("body", "") and _only_genuine_raises(
        "RecursionError: ", ours, genuine
    )


def _waits_in_a_loop(app: Spec, request: Spec, ours: Spec, genuine: Spec) -> bool:
    """An async view made the application call another async function."""
    text = "RuntimeError: You cannot use AsyncToSync in the same thread"
    return _only_genuine_raises(text, ours, genuine)


KNOWN: tuple[Known, ...] = (
    Known(
        "error pages are buffered",
        "an after-request function can read and change an HTTP error's page, as any other; "
        "genuine Flask makes a stream of it",
        _is_rewritten,
    ),
    Known(
        "async inside async",
        "a coroutine function may be called where a loop already runs, as by a nested context in "
        "an async view; genuine Flask raises RuntimeError",
        _waits_in_a_loop,
    ),
    Known(
        "query not UTF-8",
        "raw bytes in the query string stay percent-encoded; genuine Flask answers 500",
        _has_raw_query,
    ),
    Known(
        "deep JSON",
        "JSON nested deeper than Python can follow is bad JSON, 400; genuine Flask answers 500",
        _is_deep,
    ),
    Known(
        "host no domain name",
        "a host with bad Punycode is answered 400; genuine Flask answers 500",
        _has_bad_host,
    ),
    Known(
        "chunks and the limit",
        "a body in chunks over MAX_CONTENT_LENGTH is answered 413, one just as long is read; "
        "genuine Flask cuts the first, and may refuse the second",
        _is_measured,
    ),
)
