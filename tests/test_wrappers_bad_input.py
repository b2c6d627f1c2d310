from __future__ import annotations

import io
from typing import Any

import pytest
from werkzeug.test import create_environ, run_wsgi_app

from flask import Flask, Request, json, request


def made(**options: Any) -> Request:
    return Request(create_environ(**options))


class TestOddBytes:
    """What is no UTF-8 is read all the same; genuine Flask fails where a comment says so."""

    def test_query_of_other_bytes(self) -> None:
        """Raw bytes that are not UTF-8 read as if they were percent-encoded (genuine: error)."""
        one = made(environ_overrides={"QUERY_STRING": "a=\xe9&b=%E9&\xff=1"})

        assert one.args.to_dict() == {"a": "%E9", "b": "%E9", "%FF": "1"}
        assert one.values.to_dict() == one.args.to_dict()
        assert one.full_path == "/?a=%E9&b=%E9&%FF=1"
        assert one.query_string == b"a=\xe9&b=%E9&\xff=1"
        assert one.url == "http://localhost/?a=%E9&b=%E9&%FF=1"

    def test_full_path_of_usual_queries(self) -> None:
        """Text in the query is shown decoded where it was sent raw, else as it was sent."""
        assert made(path="/a b", query_string="a=1").full_path == "/a b?a=1"
        assert made(path="/").full_path == "/?"
        raw = made(environ_overrides={"QUERY_STRING": "a=é".encode().decode("latin1")})
        assert raw.full_path == "/?a=é"

    def test_path_of_other_bytes(self) -> None:
        """Bytes of the path that are not UTF-8 become the replacement character."""
        assert made(environ_overrides={"PATH_INFO": "/\xff"}).path == "/\ufffd"

    def test_host_of_bad_punycode(self, app: Flask) -> None:
        """A host that cannot be shown is answered 400, or shown as it is (genuine: error)."""
        app.testing = False
        app.add_url_rule("/", "index", lambda: request.url)

        def shown(host: str) -> tuple[str, bytes]:
            pieces, status, _ = run_wsgi_app(app, create_environ(headers={"Host": host}))
            return status[:3], b"".join(pieces)

        assert shown("xn--a")[0] in ("200", "400")  # 200 since Python 3.13 can show it
        assert shown("xn--bcher-kva.example:81") == ("200", "http://bücher.example:81/".encode())

    def test_cookies_of_other_bytes(self) -> None:
        """Cookies are read byte by byte, whatever the bytes are."""
        one = made(environ_overrides={"HTTP_COOKIE": "a=\xe9; b=2; =3; c"})

        assert one.cookies.to_dict() == {"a": "\xe9", "b": "2", "c": ""}


class TestBadBodies:
    """What clients may send by mistake or on purpose; each case has its 4xx or is read."""

    @pytest.fixture
    def app(self, app: Flask) -> Flask:
        app.testing = False

        @app.route("/", methods=["GET", "POST"])
        def index() -> Any:
            return {
                "form": request.form.to_dict(flat=False),
                "files": {name: file.read().decode() for name, file in request.files.items()},
                "data": len(request.get_data()),
            }

        return app

    def post(self, app: Flask, body: bytes, **environ: str) -> tuple[int, Any]:
        base = create_environ(method="POST", input_stream=io.BytesIO(body))
        base["CONTENT_LENGTH"] = str(len(body))
        base.update(environ)
        pieces, status, headers = run_wsgi_app(app, base)
        is_json = headers["Content-Type"] == "application/json"
        return int(status[:3]), json.loads(b"".join(pieces)) if is_json else None

    MULTIPART = "multipart/form-data; boundary=x"
    URLENCODED = "application/x-www-form-urlencoded"

    @pytest.mark.parametrize(
        ("body", "form"),
        [
            (b"a=%FF&b=1", {"a": ["%FF"], "b": ["1"]}),
            (b"a=\xff", {}),
            (b"%=%&%zz=%z", {"%": ["%"], "%zz": ["%z"]}),
            (b"&&==&=", {"": ["=", ""]}),
            (b"a=%00\x00", {"a": ["\x00\x00"]}),
            (b"a=1;b=2", {"a": ["1;b=2"]}),
        ],
    )
    def test_urlencoded(self, app: Flask, body: bytes, form: dict[str, list[str]]) -> None:
        """Bad percent-encoding stays as it was sent; a form of bytes that are no UTF-8 is empty."""
        status, got = self.post(app, body, CONTENT_TYPE=self.URLENCODED)

        assert (status, got["form"]) == (200, form)

    def test_two_thousand_fields(self, app: Flask) -> None:
        """Fields of an urlencoded form are limited by memory alone."""
        body = b"&".join(b"a%d=" % number for number in range(2000))
        status, got = self.post(app, body, CONTENT_TYPE=self.URLENCODED)

        assert (status, len(got["form"])) == (200, 2000)

    @pytest.mark.parametrize(
        "length", ["", "abc", "-1", "1e3", " 3", "9" * 30, "0x3", "3,3", "٣", "100"]
    )
    def test_wrong_content_length(self, app: Flask, length: str) -> None:
        """A Content-Length that is no number means no body; one that is too large is a 400."""
        for content_type in (self.URLENCODED, self.MULTIPART, "application/json", ""):
            status, _ = self.post(app, b"a=1", CONTENT_LENGTH=length, CONTENT_TYPE=content_type)

            assert status in (200, 400)

    def test_body_shorter_than_its_length(self, app: Flask) -> None:
        """A client that hangs up early gets 400."""
        assert self.post(app, b"a=1", CONTENT_LENGTH="100")[0] == 400

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"--x",
            b"--x\r\n",
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nvalue',
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nvalue\r\n--x',
            b"--x\r\nContent-Disposition: form-data\r\n\r\nvalue\r\n--x--\r\n",
            b"--x\r\n\r\nvalue\r\n--x--\r\n",
            b"--x\r\nno colon here\r\n\r\nvalue\r\n--x--\r\n",
            b"--x\r\n: nameless\r\n\r\nvalue\r\n--x--\r\n",
            b"--x\r\nContent-Disposition: \xff\xfe; name=\xff\r\n\r\nvalue\r\n--x--\r\n",
            b'--x\r\nContent-Disposition: form-data; name="\x00"\r\n\r\n\x00\r\n--x--\r\n',
            b'--x\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: text/plain; charset=no-such\r\n\r\n\xff\r\n--x--\r\n',
            b"--x\r\nX: " + b"y" * 100_000,
            b"--x\r\n" + b"X: y\r\n" * 20_000,
            b"--y\r\n\r\n\r\n--y--",
            b"\r\n" * 5000,
        ],
    )
    def test_broken_multipart(self, app: Flask, body: bytes) -> None:
        """A multipart body that breaks off or is malformed is never a failure of the server."""
        status, _ = self.post(app, body, CONTENT_TYPE=self.MULTIPART)

        assert status in (200, 400, 413)

    # Werkzeug leaves the temporary file of an unfinished upload to the garbage collector.
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    def test_upload_that_breaks_off(self, app: Flask) -> None:
        """A file whose end is missing is no file."""
        body = b'--x\r\nContent-Disposition: form-data; name="a"; filename="f"\r\n\r\nhalf'
        status, got = self.post(app, body, CONTENT_TYPE=self.MULTIPART)

        assert (status, got["files"]) == (200, {})

    @pytest.mark.parametrize(
        "content_type",
        [
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=" + "b" * 10_000,
            'multipart/form-data; boundary="',
            "multipart/form-data; boundary=\xe9",
            "multipart/form-data; boundary=%00",
            "multipart/form-data; boundary*=utf-8''%ff",
            "multipart/form-data; boundary*0=x; boundary*1=y",
            "application/x-www-form-urlencoded; charset=utf-16",
            "application/x-www-form-urlencoded; charset=no-such",
            ";;;===",
            "/",
            "\xff\x00",
            "a" * 100_000,
        ],
    )
    def test_odd_content_types(self, app: Flask, content_type: str) -> None:
        """Whatever stands in Content-Type, the body is read or refused."""
        body = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nv\r\n--x--\r\n'
        status, _ = self.post(app, body, CONTENT_TYPE=content_type)

        assert status in (200, 400, 413)
