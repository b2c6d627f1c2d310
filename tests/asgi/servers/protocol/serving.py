"""The servers: how each is started, told when it serves, and stopped."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

HERE = Path(__file__).parent
PROGRAMS = Path(sys.executable).parent
SERVERS = {
    "uvicorn-websockets": "uvicorn --interface asgi3 echoes:app --port {port} --ws websockets",
    "uvicorn-sansio": "uvicorn --interface asgi3 echoes:app --port {port} --ws websockets-sansio",
    "uvicorn-wsproto": "uvicorn --interface asgi3 echoes:app --port {port} --ws wsproto",
    "hypercorn": "hypercorn asgi:echoes:app -b 127.0.0.1:{port}",
    "granian": "granian --interface asgi echoes:app --port {port}",
}
ECHOES = ("bare", "coroutine", "plain")


@contextmanager
def serve(name: str) -> Iterator[int]:
    """Run a server meanwhile; gives its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    program, *arguments = SERVERS[name].format(port=port).split()
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [PROGRAMS / program, *arguments], cwd=HERE, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait_until_it_serves(port)
            yield port
            if process.poll() is not None:
                raise AssertionError(f"{name} ended by itself")
        except BaseException:
            log.seek(0)
            print(log.read()[-5000:], file=sys.stderr)
            raise
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()


def _wait_until_it_serves(port: int) -> None:
    for _ in range(400):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as peer:
            peer.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            if peer.recv(100).startswith(b"HTTP/1.1 200"):
                return
        time.sleep(0.05)
    raise AssertionError("the server does not answer")
