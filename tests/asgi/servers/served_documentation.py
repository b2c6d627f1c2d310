"""The commands and the nginx site of docs/async.md, with its samples behind them."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

PAGE = (Path(__file__).parents[3] / "docs/async.md").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent
STOP = 2  # seconds, in place of the page's twenty

CERTIFICATE = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=hello -keyout k -out c"
NGINX = """\
daemon off; pid nginx.pid; error_log stderr;
events {}
http {
    access_log off;
    client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u;
    scgi_temp_path s;
    %s
}
"""


class Site(NamedTuple):
    """A server with the page's application, and nginx in front of it."""

    server: subprocess.Popen[bytes]
    port: int
    nginx_port: int


def find_blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def write_application(folder: Path, program: str) -> None:
    """Write hello.py: the samples that run anywhere, and what the page has for this server."""
    samples = [
        block
        for block in find_blocks("python")
        if not re.search(r"sqlalchemy|gunicorn|granian|hypercorn", block)
    ]
    samples += [block for block in find_blocks("python") if f"from {program}" in block]
    samples.append("app.add_url_rule('/scheme', view_func=lambda: request.scheme)")
    (folder / "hello.py").write_text("\n".join(samples))


def write_nginx(folder: Path, nginx_port: int, port: int) -> None:
    (site,) = find_blocks("nginx")
    site = site.replace("listen 443", f"listen 127.0.0.1:{nginx_port}").replace("8000", str(port))
    site = re.sub(r"/etc/ssl/hello/(fullchain|privkey)\.pem", lambda m: m[1][0], site)
    site = site.replace("_certificate f", "_certificate c").replace("_key p", "_key k")
    (folder / "nginx.conf").write_text(NGINX % site)
    subprocess.run(CERTIFICATE.split(), cwd=folder, check=True, capture_output=True)


def wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"nothing listens on {port}")


@contextmanager
def running(command: list[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, cwd=folder, env={**os.environ, "PYTHONPATH": PATH})
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


PATH = f"{os.environ.get('PYTHONPATH', '')}:."


@pytest.fixture(params=["uvicorn", "gunicorn", "hypercorn", "granian"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    program = request.param
    port, nginx_port = free_port(), free_port()
    write_application(tmp_path, program)
    write_nginx(tmp_path, nginx_port, port)
    commands = [line[2:] for block in find_blocks("console") for line in block.splitlines()]
    (command,) = [line for line in commands if line.startswith(program) and "--workers" in line]
    words = command.replace("8000", str(port)).replace("timeout 20", f"timeout {STOP}")
    words = words.replace("shutdown 20", f"shutdown {STOP}")
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    with (
        running([str(BIN / program), *words.split()[1:]], tmp_path) as server,
        running([nginx, "-p", str(tmp_path), "-c", "nginx.conf"], tmp_path),
    ):
        wait_for(port)
        wait_for(nginx_port)
        yield Site(server, port, nginx_port)


def trusting() -> Any:
    import ssl

    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def read(site: Site, path: str) -> str:
    url = f"https://127.0.0.1:{site.nginx_port}{path}"
    with urllib.request.urlopen(url, context=trusting()) as response:
        text: str = response.read().decode()
        return text


def test_requests_and_events(site: Site) -> None:
    """Views and events come through nginx, which the application believes the scheme."""
    assert read(site, "/async/Ada") == '{"hello":"Ada"}\n'
    assert read(site, "/scheme") == "https"
    assert read(site, "/news").startswith("id: 1\ndata:")


def test_websockets(site: Site) -> None:
    """A page of the same site may connect, and one of another may not."""

    async def main() -> None:
        own = f"https://127.0.0.1:{site.nginx_port}"
        url = f"wss://127.0.0.1:{site.nginx_port}/ws/lobby"
        async with asyncio.timeout(20):
            async with connect(url, origin=own, ssl=trusting()) as ws:
                await ws.send("hello")
                assert await ws.recv() == "hello"
            with pytest.raises(InvalidStatus) as caught:
                await connect(url, origin="https://elsewhere.example", ssl=trusting())
            assert caught.value.response.status_code == 403

    asyncio.run(main())


def test_stop_with_an_open_websocket(site: Site) -> None:
    """The server ends in time although a client stays."""

    async def main() -> None:
        async with connect(f"ws://127.0.0.1:{site.port}/ws/lobby") as ws:
            await ws.send("hello")
            await ws.recv()
            site.server.terminate()
            await asyncio.to_thread(site.server.wait, STOP + 8)

    asyncio.run(main())
