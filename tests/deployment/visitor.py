"""A visitor over real sockets: cookies, the form token, and a look at every piece."""

from __future__ import annotations

import http.client
import io
import json
import re
import secrets
import socket
import ssl
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

PATIENCE = 20.0  # seconds for one answer
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(17)
PASSWORD = "a long password"


@dataclass(frozen=True)
class Address:
    """Where a site is: a port of loopback, its name, and below which path."""

    port: int
    host: str
    authority: Path | None = None
    """The certificate to trust, where TLS is spoken."""
    prefix: str = ""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


class Connection(http.client.HTTPConnection):
    """A connection to loopback from an address of our choice, with TLS where it is spoken."""

    def __init__(self, address: Address, source: str) -> None:
        super().__init__("127.0.0.1", address.port, PATIENCE, source_address=(source, 0))
        self.address = address

    def connect(self) -> None:
        super().connect()
        if self.address.authority is not None:
            context = ssl.create_default_context(cafile=str(self.address.authority))
            plain = self.sock
            try:
                self.sock = context.wrap_socket(plain, server_hostname=self.address.host)
            except OSError:
                plain.close()
                raise


@dataclass
class Visitor:
    """Somebody with a cookie jar."""

    address: Address
    source: str = "127.0.0.1"
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    def connect(self) -> Connection:
        """Open a connection for more than one request."""
        return Connection(self.address, self.source)

    def begin(
        self,
        connection: Connection,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] | None = None,
        headers: dict[str, str] | None = None,
    ) -> http.client.HTTPResponse:
        """Send a request and return the answer as soon as its headers are there."""
        sent = {"Host": self.address.host, **self.headers, **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        chunked = body is not None and not isinstance(body, bytes)
        if chunked:
            sent["Transfer-Encoding"] = "chunked"
        connection.request(method, self.address.prefix + path, body, sent, encode_chunked=chunked)
        response = connection.getresponse()
        for line in response.headers.get_all("Set-Cookie", []):
            self.cookies.update({name: item.value for name, item in SimpleCookie(line).items()})
        return response

    def ask(self, method: str, path: str, *args: Any, **options: Any) -> Answer:
        """Send a request on a connection of its own and return the whole answer."""
        with closing(self.connect()) as connection:
            response = self.begin(connection, method, path, *args, **options)
            return Answer(response.status, response.headers, response.read())

    @contextmanager
    def hold(self, name: str) -> Iterator[http.client.HTTPResponse]:
        """Begin a request whose answer ends when the site releases it; its beginning is read."""
        with ExitStack() as open_ones:
            connection = open_ones.enter_context(closing(self.connect()))
            response = self.begin(connection, "GET", f"/-/held/{name}")
            open_ones.enter_context(closing(response))
            assert response.read1(1024) == b"first\n"
            yield response

    def is_refused(self) -> bool:
        """Tell whether nobody listens any more."""
        # Without TLS: ssl drops a socket unclosed when the peer resets it before the handshake.
        try:
            with socket.create_connection(
                ("127.0.0.1", self.address.port), PATIENCE, source_address=(self.source, 0)
            ):
                return False
        except ConnectionError:
            return True

    def look(self, path: str) -> Any:
        """Return the JSON of a page that must be there."""
        answer = self.ask("GET", path)
        assert answer.status == 200, answer.text
        return answer.json

    def token(self) -> str:
        """Return the token that this visitor's changes carry."""
        return str(self.look("/api/session")["csrf_token"])

    def send(self, path: str, image: bytes | None = None, **fields: str) -> Answer:
        """Send a form, with a picture if one is given."""
        body, kind = encode_form({"csrf_token": self.token(), **fields}, image)
        return self.ask("POST", path, body, headers={"Content-Type": kind})

    def send_body(self, body: bytes | Iterable[bytes]) -> Answer:
        """Send something large to be digested."""
        return self.ask("POST", "/-/digest", body, headers={"X-CSRF-Token": self.token()})

    def sign_up(self, name: str = "") -> str:
        """Open an account and be signed in with it; return its name."""
        name = name or f"Ada-{secrets.token_hex(4)}"
        answer = self.send("/sign-up", name=name, password=PASSWORD, repeat=PASSWORD)
        assert answer.status == 302, answer.text
        return name

    def entries(self) -> list[dict[str, Any]]:
        """Return the newest entries of the book."""
        return list(self.look("/api/entries")["entries"])

    def raw(self, data: bytes) -> bytes:
        """Send bytes as they are, without TLS, and return all that comes back."""
        with socket.create_connection(("127.0.0.1", self.address.port), PATIENCE) as plain:
            plain.sendall(data)
            return b"".join(iter(lambda: plain.recv(65536), b""))


def encode_form(fields: dict[str, str], image: bytes | None) -> tuple[bytes, str]:
    """Encode a multipart form; return it and its type."""
    boundary = secrets.token_hex(8)
    form = io.BytesIO()
    for name, value in fields.items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        form.write(f"{head}{value}\r\n".encode())
    if image is not None:
        disposition = 'form-data; name="image"; filename="../page.html"'
        head = f"--{boundary}\r\nContent-Disposition: {disposition}\r\nContent-Type: text/html"
        form.write(f"{head}\r\n\r\n".encode() + image + b"\r\n")
    form.write(f"--{boundary}--\r\n".encode())
    return form.getvalue(), f"multipart/form-data; boundary={boundary}"


def find_links(page: str) -> list[str]:
    """Return where the links, forms and files of a page lead."""
    return re.findall(r'(?:href|src|action)="([^"]+)"', page)
