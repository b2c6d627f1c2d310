"""A client of many WebSockets at once, by plain sockets: it costs less than what it watches."""

import resource
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from .processes import HOST
from .wsgi import WrongAnswerError

# SPEC: RFC 6455 §1.3, whose example this is.
KEY, ACCEPT = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
SPARE = 200  # files that a process has open beside its sockets
MASK = b"\x05\x06\x07\x08"


def allow_sockets(wanted: int) -> int:
    """Let this process and those it starts open so many sockets, or as many as they may.

    Returns:
        How many that are.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        hard = wanted + SPARE
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, wanted + SPARE)), hard))
    return min(wanted, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - SPARE)


@contextmanager
def open_sockets(port: int, path: str, count: int) -> Iterator[Sequence[socket.socket]]:
    """Open so many WebSockets, one after the other; close them at the end.

    Raises:
        WrongAnswerError: One was refused.
    """
    opened: list[socket.socket] = []
    try:
        for _ in range(count):
            opened.append(socket.create_connection((HOST, port), timeout=10))
            _shake_hands(opened[-1], port, path)
        yield opened
    finally:
        for connection in opened:
            connection.close()


def _shake_hands(connection: socket.socket, port: int, path: str) -> None:
    request = (
        f"GET {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nConnection: Upgrade\r\n"
        f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\r\n"
    )
    connection.sendall(request.encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        part = connection.recv(4096)
        if not part:
            break
        answer += part
    status, _, rest = answer.decode("latin-1").partition("\r\n")
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in rest.split("\r\n"))
    }
    if " 101 " not in status or headers.get("sec-websocket-accept") != ACCEPT:
        raise WrongAnswerError(f"the handshake was answered by {answer[:200]!r}")


def check_echo(connections: Sequence[socket.socket]) -> None:
    """Send each WebSocket a text of its own, and prove that it comes back there.

    Raises:
        WrongAnswerError: Something else came, or nothing.
    """
    for number, connection in enumerate(connections):
        text = b"message %06d" % number
        masked = bytes(byte ^ MASK[index % 4] for index, byte in enumerate(text))
        connection.sendall(bytes([0x81, 0x80 | len(text)]) + MASK + masked)
        wanted = bytes([0x81, len(text)]) + text
        got = b""
        while len(got) < len(wanted) and (part := connection.recv(len(wanted) - len(got))):
            got += part
        if got != wanted:
            raise WrongAnswerError(f"WebSocket {number} got {got!r}, not {wanted!r}")
