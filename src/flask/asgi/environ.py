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

MOST_NAMES = 1024  # names of headers that are remembered; clients may make them up


class BadScopeError(ValueError):
    """The request is none that a server should have passed on; its text goes to the client."""


def environ_of(scope: Scope) -> Environ:
    """Return the environ of a request or a WebSocket's handshake, without ``wsgi.input``.

    Raises:
        BadScopeError: The path, the method, the host or a header's value is malformed.
    """
    path = scope["path"]
    root = scope.get("root_path") or ""
    if root:
        path = _below(root, path)
        root = root if root.isascii() else _wsgi_text(root)
    if not path.isascii():
        path = _wsgi_path(scope, path)
    if path[:1] != "/" and (path or not root):
        path = _path_without_slash(scope, path)
    server, client = scope.get("server") or _NO_SERVER, scope.get("client")
    environ = {
        "REQUEST_METHOD": scope.get("method", "GET"),
        "SCRIPT_NAME": root,
        "PATH_INFO": path,
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": _PORTS.get(server[1]) or str(server[1] or ""),
        "SERVER_PROTOCOL": _PROTOCOLS.get(scope.get("http_version")) or "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": _SCHEMES[scope.get("scheme", "http")],
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "asgi.scope": scope,
    }
    if client is not None:
        environ["REMOTE_ADDR"] = client[0]
        environ["REMOTE_PORT"] = str(client[1])
    _add_headers(environ, scope["headers"])
    return environ


_NO_SERVER = ("localhost", None)
_PORTS: dict[Any, str] = {port: str(port) for port in (80, 443, 5000, 8000, 8080)}
_PROTOCOLS: dict[Any, str] = {"1.0": "HTTP/1.0", "1.1": "HTTP/1.1", "2": "HTTP/2", "3": "HTTP/3"}
_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}


def _add_headers(environ: Environ, headers: Iterable[tuple[bytes, bytes]]) -> None:
    for name, value in headers:
        key = _KEYS.get(name)
        if key is None:
            key = _key_of(name)
        text = value.decode("latin-1")
        if not text.isprintable():
            _check_characters(name, text)
        if key in environ:
            _add_again(environ, key, text)
        else:
            environ[key] = text
    environ.pop("", None)  # those with an underscore


# ``X_Forwarded_For`` would be taken for ``X-Forwarded-For``: such names are not passed on.
_KEYS: dict[bytes, str] = {
    b"content-type": "CONTENT_TYPE",
    b"content-length": "CONTENT_LENGTH",
}


def _key_of(name: bytes) -> str:
    lowered = name.lower()
    if lowered in _KEYS:
        return _KEYS[lowered]
    text = lowered.decode("latin-1")
    key = "" if "_" in text else f"HTTP_{text.upper().replace('-', '_')}"
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
    elif key:
        environ[key] += f"; {text}" if key == "HTTP_COOKIE" else f",{text}"


def _check_characters(name: bytes, text: str) -> None:
    if any((c < " " and c != "\t") or c == "\x7f" for c in text):
        shown = name.decode("latin-1")
        raise BadScopeError(f"The header {shown!r} has a control character in its value.")


def _below(root: str, path: str) -> str:
    """Return the path below the prefix that the application is served under."""
    # COMPAT: ASGI 2.3 says that the path has it; older servers took it away themselves.
    if path.startswith(root) and path[len(root) : len(root) + 1] in {"", "/"}:
        return path[len(root) :]
    return path


def _wsgi_text(text: str) -> str:
    """Return text as WSGI has it: each of its UTF-8 bytes as one character."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def _wsgi_path(scope: Scope, path: str) -> str:
    raw = scope.get("raw_path")
    if "\ufffd" in path and raw:  # what is not UTF-8 is lost in the decoded path
        whole = unquote_to_bytes(raw.partition(b"?")[0]).decode("latin-1")
        return _below(_wsgi_text(scope.get("root_path") or ""), whole)
    return _wsgi_text(path)


def _path_without_slash(scope: Scope, path: str) -> str:
    if path == "*" and scope.get("method") == "OPTIONS":  # about the server (RFC 9112 §3.2.4)
        return path
    if scope.get("method") == "CONNECT":
        raise BadScopeError("This is no proxy: CONNECT is not served.")
    raise BadScopeError("The path of the request does not begin with a slash.")
