"""A visitor of the guestbook, for tests: a client that fills in the forms' token."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(17)
PASSWORD = "a long password"


class Visitor:
    """What a person with a browser can do."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def token(self) -> str:
        """Return the token that the forms of this visitor carry."""
        answer = self.client.get("/api/session").get_json()
        return str(answer["csrf_token"])

    def look(self, path: str = "/", **options: Any) -> str:
        """Open a page and return its HTML."""
        return self.client.get(path, **options).text

    def fetch(self, path: str) -> TestResponse:
        """Load a file and close it, as a browser does."""
        return self.client.get(path, buffered=True)

    def send(self, path: str, *, follow: bool = False, **fields: Any) -> TestResponse:
        """Send a form."""
        data = {"csrf_token": self.token(), **fields}
        return self.client.post(path, data=data, follow_redirects=follow)

    def sign_up(self, name: str, password: str = PASSWORD, **fields: Any) -> TestResponse:
        """Open an account, and be signed in with it."""
        return self.send("/sign-up", name=name, password=password, repeat=password, **fields)

    def sign_in(self, name: str, password: str = PASSWORD, **fields: Any) -> TestResponse:
        """Sign in with an account."""
        return self.send("/sign-in", name=name, password=password, **fields)

    def write(self, text: str, image: bytes | None = None, **fields: Any) -> TestResponse:
        """Write an entry, with a picture under a misleading name if one is given."""
        if image is not None:
            fields["image"] = (io.BytesIO(image), "../page.html", "text/html")
        return self.send("/entries/new", text=text, **fields)

    def entries(self, query: str = "", page: int = 1) -> list[dict[str, Any]]:
        """Return what is on a page of the book."""
        answer = self.client.get("/api/entries", query_string={"q": query, "page": page})
        found: list[dict[str, Any]] = answer.get_json()["entries"]
        return found
