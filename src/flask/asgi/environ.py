"""What does WSGI code see of an ASGI scope? The environ that a WSGI server would have made.

SPEC: PEP 3333, "environ Variables"; ASGI, "HTTP & WebSocket ASGI Message Format".
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

Scope = dict[str, Any]
Environ = dict[str, Any]
Pair = tuple[bytes, bytes]
Kind = tuple[Any, ...]  # version, scheme, server, headers

MOST_NAMES = 1024  # names of headers that are remembered; clients may make them up
MOST_PAIRS, LONGEST = 512, 256  # headers that are remembered with their value, and its bytes
MOST_BASES, MOST_TOGETHER = 256, 16  # sets of headers that are remembered, and headers of one


CLIENT = "flask.client"
"""In the scopes of our own test clients, whose requests share ``g`` with ``app.app_context()``."""


class BadScopeError(ValueError):
    """The request is none that a server should have passed on; its text goes to the client."""


def environ_of(scope: Scope) -> Environ:
    """Return the environ of a request or a WebSocket's handshake, whose ``wsgi.input`` is due.

    Raises:
        BadScopeError: The path, the method, the host or a header's value is malformed.
    """
    kind = scope["http_version"], scope.get("scheme"), scope.get("server"), *scope["headers"]
    try:
        environ = _BASES[kind].copy()
    except (KeyError, TypeError):  # the second for a server's list where others have a pair
        environ = _base_of(kind)
    path = scope["path"]
    prefix = scope.get("root_path")
    if prefix or not path or path[0] != "/" or not path.isascii():
        environ["SCRIPT_NAME"], path = _unusual_path(scope, prefix or "", path)
    environ["PATH_INFO"] = path
    environ["REQUEST_METHOD"] = scope["method"]
    query = scope["query_string"]
    if query:
        environ["QUERY_STRING"] = query.decode("latin-1")
    environ["wsgi.errors"] = sys.stderr
    environ["asgi.scope"] = scope
    client = scope.get("client")
    if client is None:
        del environ["REMOTE_ADDR"], environ["REMOTE_PORT"]
    else:
        environ["REMOTE_ADDR"] = client[0]
        environ["REMOTE_PORT"] = str(client[1])
    return environ


_NO_SERVER = ("localhost", None)
_PROTOCOLS = {"1.0": "HTTP/1.0", "1.1": "HTTP/1.1", "2": "HTTP/2", "3": "HTTP/3"}
_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}


def _base_of(kind: Kind) -> Environ:
    """Return what the requests of a connection with the same headers have in common.

    It is remembered if all headers are usual ones, as those of a client's next request may be.

    Raises:
        BadScopeError: A header's value is malformed.
    """
    version, scheme, server, *headers = kind
    host, port = server or _NO_SERVER
    environ: Environ = {
        **_OWN,
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or ""),
        "SERVER_PROTOCOL": _PROTOCOLS.get(version, "HTTP/1.1"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": _SCHEMES[scheme or "http"],
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    is_usual = len(headers) <= MOST_TOGETHER and type(server) is not list
    length = len(environ) + len(headers)
    try:
        for pair in headers:
            known = _PAIRS.get(pair)
            if known is None:
                is_usual = False
                known = _header_of(pair)
            environ[known[0]] = known[1]
    except (KeyError, TypeError):
        length = -1  # a name that was not seen before, or a server's list where others have a pair
    if len(environ) != length:
        is_usual = False
        _add_headers(environ, headers)
    if "CONTENT_LENGTH" not in environ or "HTTP_TRANSFER_ENCODING" in environ:
        environ["wsgi.input_terminated"] = True
    if is_usual:
        if len(_BASES) >= MOST_BASES:
            _BASES.clear()
        _BASES[kind] = environ.copy()
    return environ


# What each request has for itself: there already, so that no copy has to grow.
_OWN = {
    **dict.fromkeys(("REQUEST_METHOD", "PATH_INFO", "SCRIPT_NAME", "QUERY_STRING"), ""),
    **dict.fromkeys(("REMOTE_ADDR", "REMOTE_PORT", "wsgi.input", "wsgi.errors", "asgi.scope")),
}
# PERF: 0.7 µs for the bases; 0.15 µs for each header that comes with most requests, where others
# do not.
_BASES: dict[Kind, Environ] = {}
_PAIRS: dict[Pair, tuple[str, str]] = {}
_USUAL = frozenset(
    (
        b"host",
        b"user-agent",
        b"accept",
        b"accept-encoding",
        b"accept-language",
        b"connection",
        b"content-type",
        b"content-length",
        b"cache-control",
        b"upgrade-insecure-requests",
    )
)  # no secrets among them


def _header_of(pair: Pair) -> tuple[str, str]:
    """Return key and value of a header, and remember both when it is a usual one.

    Raises:
        KeyError: The name was not seen before.
    """
    name, value = pair
    key = _KEYS[name]
    text = value.decode("latin-1")
    if not text.isprintable():
        _check_characters(name, text)
    elif name in _USUAL and len(value) <= LONGEST:
        if len(_PAIRS) >= MOST_PAIRS:
            _PAIRS.clear()
        _PAIRS[pair] = key, text
    return key, text


def _add_headers(environ: Environ, headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Add headers some of which are new, or come more than once."""
    added: Environ = {}
    for name, value in headers:
        key = _KEYS.get(name) or _key_of(name)
        text = value.decode("latin-1")
        if not text.isprintable():
            _check_characters(name, text)
        if key in added:
            _add_again(added, key, text)
        elif key:
            added[key] = text
    environ.update(added)


_KEYS: dict[bytes, str] = {
    b"content-type": "CONTENT_TYPE",
    b"content-length": "CONTENT_LENGTH",
}


def _key_of(name: bytes) -> str:
    """Return the key of a header, and remember it; of one with an underscore, none.

    ``X_Forwarded_For`` would be taken for ``X-Forwarded-For``: it is not passed on.
    """
    lowered = name.lower()
    if lowered in _KEYS:
        return _KEYS[lowered]
    text = lowered.decode("latin-1")
    if "_" in text:
        return ""
    key = f"HTTP_{text.upper().replace('-', '_')}"
    if len(_KEYS) < MOST_NAMES:
        _KEYS[name] = key
    return key


def _add_again(environ: Environ, key: str, text: str) -> None:
    """Join the values of a header that came again (RFC 9110 §5.3; cookies: RFC 9113 §8.2.3)."""
    if key == "HTTP_HOST":
        raise BadScopeError("The request has more than one Host header.")
    if key == "CONTENT_LENGTH":
        if environ[key] != text:
            raise BadScopeError("The request has two Content-Length headers that differ.")
    elif key == "CONTENT_TYPE":
        raise BadScopeError("The request has more than one Content-Type header.")
    else:
        environ[key] += f"; {text}" if key == "HTTP_COOKIE" else f",{text}"


def has_control_character(text: str) -> bool:
    """Tell whether a header's value has a character that none may have (RFC 9110 §5.5)."""
    return any((c < " " and c != "\t") or c == "\x7f" for c in text)


def _check_characters(name: bytes, text: str) -> None:
    if has_control_character(text):
        shown = name.decode("latin-1")
        raise BadScopeError(f"The header {shown!r} has a control character in its value.")


def _unusual_path(scope: Scope, root: str, path: str) -> tuple[str, str]:
    """Return prefix and path as WSGI has them: each byte of their UTF-8 as one character."""
    if "\ufffd" in path and scope.get("raw_path"):  # what is not UTF-8 is lost in the decoded path
        path = unquote_to_bytes(scope["raw_path"].partition(b"?")[0]).decode("latin-1")
    else:
        path = path.encode("utf-8", "surrogateescape").decode("latin-1")
    root = root.encode("utf-8", "surrogateescape").decode("latin-1").rstrip("/")
    # COMPAT: ASGI 2.3 says that the path has the prefix; older servers took it away themselves.
    if root and path.startswith(root) and path[len(root) : len(root) + 1] in {"", "/"}:
        path = path[len(root) :]
    if path[:1] != "/" and (path or not root):
        _refuse_path(scope, path)
    return root, path


def _refuse_path(scope: Scope, path: str) -> None:
    if scope.get("method") == "CONNECT":
        raise BadScopeError("This is no proxy: CONNECT is not served.")
    if (
        path != "*" or scope.get("method") != "OPTIONS"
    ):  # which is about the server (RFC 9112 §3.2.4)
        raise BadScopeError("The path of the request does not begin with a slash.")
