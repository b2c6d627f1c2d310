"""A client that sends any frames, good and bad ones, and notes whatever comes back.

SPEC: RFC 6455 §5.2 (frames), §5.5 (control frames), §7 (closing); RFC 7692 (compression).
"""

from __future__ import annotations

import socket
import struct
import zlib
from dataclasses import dataclass

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
MASK = b"\x11\x22\x33\x44"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
DEFLATE = "permessage-deflate; client_no_context_takeover; server_no_context_takeover"


@dataclass(frozen=True)
class Frame:
    """One frame: what is sent, masked, and what is received."""

    opcode: int
    payload: bytes = b""
    fin: bool = True
    rsv: int = 0

    def encode(self) -> bytes:
        length = len(self.payload)
        first = self.fin << 7 | self.rsv << 4 | self.opcode
        if length < 126:
            head = struct.pack("!BB", first, 0x80 | length)
        elif length < 65536:
            head = struct.pack("!BBH", first, 0x80 | 126, length)
        else:
            head = struct.pack("!BBQ", first, 0x80 | 127, length)
        key = (MASK * (length // 4 + 1))[:length]
        masked = int.from_bytes(self.payload, "big") ^ int.from_bytes(key, "big")
        return head + MASK + masked.to_bytes(length, "big")


class Peer:
    """A WebSocket's client."""

    def __init__(self, port: int, path: str, *, compresses: bool = False) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), 10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")
        extension = f"Sec-WebSocket-Extensions: {DEFLATE}\r\n" if compresses else ""
        self._socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\n"
            f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n"
            f"{extension}\r\n".encode()
        )
        head = b"".join(iter(self._file.readline, b"\r\n")).decode("latin-1").lower()
        assert head.startswith("http/1.1 101"), head
        self.can_compress = "permessage-deflate" in head

    def send(self, data: bytes, size: int = 0) -> None:
        """Send bytes, in pieces of so many if a size is given."""
        for start in range(0, len(data), size or len(data) or 1):
            self._socket.sendall(data[start : start + (size or len(data))])

    def receive(self) -> Frame | None:
        """Return the next frame, or None at the end of the connection."""
        try:
            head = self._file.read(2)
            if len(head) < 2:
                return None
            first, length = head
            assert length < 128, "a server's frame is masked"
            if length > 125:
                length = int.from_bytes(self._file.read(2 if length == 126 else 8), "big")
            payload = self._file.read(length)
        except ConnectionError:
            return None
        return Frame(first & 15, payload, bool(first & 128), first >> 4 & 7)

    def receive_message(self) -> Frame | None:
        """Return the next message or control frame, inflated and without its fragmentation."""
        frame = self.receive()
        if frame is None or frame.opcode >= CLOSE:
            return frame
        payload, last = frame.payload, frame
        while not last.fin:
            more = self.receive()
            if more is None or more.opcode != CONTINUATION:
                raise AssertionError(f"{more} within a message")
            payload, last = payload + more.payload, more
        if frame.rsv & 4:
            payload = zlib.decompressobj(-15).decompress(payload + b"\x00\x00\xff\xff")
        return Frame(frame.opcode, payload)

    def close(self) -> None:
        self._file.close()
        self._socket.close()


def deflate(data: bytes) -> bytes:
    """Compress a message as RFC 7692 says."""
    compressor = zlib.compressobj(wbits=-15)
    return (compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]


def closing(code: int, reason: bytes = b"") -> Frame:
    return Frame(CLOSE, struct.pack("!H", code) + reason)
