"""One page without a framework, for the time to the first response."""

from collections.abc import Callable, Iterable
from typing import Any


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer every request."""
    start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", "13")])
    return [b"Hello, World!"]
