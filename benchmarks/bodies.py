"""Bodies of any size that are never in memory at once."""

import hashlib
import io
import random
from collections.abc import Iterator
from typing import IO

BOUNDARY = "a-boundary-that-no-file-contains"
HEAD = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="title"\r\n\r\nHoliday\r\n'
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n'
    "Content-Type: application/octet-stream\r\n\r\n"
).encode()
TAIL = f"\r\n--{BOUNDARY}--\r\n".encode()
CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY}"
MEBIBYTE = 1024 * 1024


def make_block(kind: str) -> bytes:
    """Return the mebibyte that a file repeats: ``random`` bytes, or ``lines`` of text."""
    if kind == "random":
        return random.Random(4).randbytes(MEBIBYTE)
    line = b"2026-11-21,Ada Lovelace,ada@example.org,Seoul,99.50\r\n"
    return (line * (MEBIBYTE // len(line) + 1))[:MEBIBYTE]


def measure_length(mebibytes: int) -> int:
    """Return the Content-Length of a body that holds a file of this size."""
    return len(HEAD) + mebibytes * MEBIBYTE + len(TAIL)


def find_digest(kind: str, mebibytes: int) -> str:
    """Return the SHA-256 of the file, in hexadecimal digits."""
    digest = hashlib.sha256()
    block = make_block(kind)
    for _ in range(mebibytes):
        digest.update(block)
    return digest.hexdigest()


class _Source(io.RawIOBase):
    """Reads what a generator yields, as if it came from a socket."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._piece = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._piece:
            self._piece = memoryview(next(self._pieces, b""))
        length = min(len(buffer), len(self._piece))
        buffer[:length] = self._piece[:length]
        self._piece = self._piece[length:]
        return length


def open_body(kind: str, mebibytes: int) -> io.BufferedReader:
    """Return the body as a server's ``wsgi.input``, buffered by 64 KiB."""
    block = make_block(kind)

    def pieces() -> Iterator[bytes]:
        yield HEAD
        for _ in range(mebibytes):
            yield block
        yield TAIL

    return io.BufferedReader(_Source(pieces()), 64 * 1024)


def make_blocks(mebibytes: int) -> Iterator[bytes]:
    """Yield a file of random bytes in pieces of 64 KiB."""
    block = make_block("random")
    pieces = [block[start : start + 65536] for start in range(0, MEBIBYTE, 65536)]
    for _ in range(mebibytes):
        yield from pieces


class Count:
    """What arrived: how many bytes, and if it is wanted their digest."""

    def __init__(self, with_digest: bool) -> None:
        self._size = 0
        self._digest = hashlib.sha256() if with_digest else None

    @classmethod
    def of(cls, file: IO[bytes]) -> "Count":
        """Count a whole file."""
        count = cls(with_digest=True)
        file.seek(0)
        while chunk := file.read(65536):
            count.add(chunk)
        return count

    def add(self, chunk: bytes) -> None:
        """Count some bytes more."""
        self._size += len(chunk)
        if self._digest is not None:
            self._digest.update(chunk)

    def __str__(self) -> str:
        """Return size and digest, a dash for none."""
        return f"{self._size} {self._digest.hexdigest() if self._digest else '-'}"
