from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.exceptions import NotFound

from flask import (
    Flask,
    Response,
    send_file,
    send_from_directory,
)


@pytest.fixture
def files(app: Flask, tmp_path: Path) -> Path:
    """A folder of files below the app's root path."""
    folder = tmp_path / "files"
    (folder / "sub").mkdir(parents=True)
    (folder / "hello.txt").write_text("hello world")
    (folder / "sub" / "page.html").write_text("<p>")
    (folder / "data").write_bytes(b"\x00\x01")
    (folder / "é ü.txt").write_text("umlaut")
    (tmp_path / "secret.txt").write_text("secret")
    app.root_path = str(tmp_path)
    return folder


class TestSendFile:
    def test_path_is_relative_to_the_root(self, app: Flask, files: Path) -> None:
        """A relative path starts at the application's root, not at the working directory."""
        with app.test_request_context():
            response = send_file("files/hello.txt")
            response.direct_passthrough = False

            assert response.data == b"hello world"
            assert response.mimetype == "text/plain"
            assert response.content_length == 11
            assert response.headers["Cache-Control"] == "no-cache"
            assert response.get_etag()[0] is not None
            assert response.last_modified is not None
            response.close()

    def test_absolute_path_and_pathlike(self, app: Flask, files: Path) -> None:
        """A path object may be given; an absolute path is what it says."""
        with app.test_request_context():
            for path in (files / "hello.txt", str(files / "hello.txt")):
                response = send_file(path)
                assert response.status_code == 200
                response.close()

    def test_attachment(self, app: Flask, files: Path) -> None:
        """An attachment carries its name, or the one given."""
        with app.test_request_context():
            response = send_file("files/hello.txt", as_attachment=True)
            named = send_file("files/hello.txt", as_attachment=True, download_name="é.txt")

        assert response.headers["Content-Disposition"] == "attachment; filename=hello.txt"
        assert "filename*=UTF-8''%C3%A9.txt" in named.headers["Content-Disposition"]
        response.close()
        named.close()

    def test_file_object(self, app: Flask) -> None:
        """An open file needs a mimetype, or a name to guess it from."""
        with app.test_request_context():
            response = send_file(io.BytesIO(b"data"), mimetype="text/x-own")
            guessed = send_file(io.BytesIO(b"data"), download_name="a.png")

            assert (response.mimetype, guessed.mimetype) == ("text/x-own", "image/png")
            with pytest.raises(TypeError, match="download_name"):
                send_file(io.BytesIO(b"data"))
            with pytest.raises(ValueError, match="binary mode"):
                send_file(io.StringIO("data"), mimetype="text/plain")  # type: ignore[arg-type]

    def test_options(self, app: Flask, files: Path) -> None:
        """ETag, modification time and caching time may be given."""
        with app.test_request_context():
            response = send_file(
                "files/hello.txt", etag="own", last_modified=0, max_age=30, conditional=False
            )
            response.close()

        assert response.get_etag() == ("own", False)
        assert response.last_modified == datetime(1970, 1, 1, tzinfo=UTC)
        assert response.cache_control.max_age == 30
        with app.test_request_context():
            plain = send_file("files/hello.txt", etag=False)
            plain.close()
        assert plain.get_etag() == (None, None)

    @pytest.mark.parametrize(
        ("setting", "max_age"), [(None, None), (60, 60), (timedelta(hours=1), 3600)]
    )
    def test_default_max_age(self, app: Flask, files: Path, setting: Any, max_age: Any) -> None:
        """SEND_FILE_MAX_AGE_DEFAULT is in seconds or a timedelta; None means to ask again."""
        app.config["SEND_FILE_MAX_AGE_DEFAULT"] = setting
        with app.test_request_context():
            response = send_file("files/hello.txt")
            response.close()

        assert response.cache_control.max_age == max_age
        assert bool(response.cache_control.no_cache) is (max_age is None)

    def test_max_age_method_is_asked_with_the_path(self, app: Flask, files: Path) -> None:
        """``get_send_file_max_age`` of the app decides by the file's path."""
        asked: list[Any] = []
        app.get_send_file_max_age = lambda filename: asked.append(filename) or 7  # type: ignore
        with app.test_request_context():
            response = send_file("files/hello.txt")
            response.close()

        assert response.cache_control.max_age == 7
        assert [Path(str(path)).name for path in asked] == ["hello.txt"]

    def test_conditional_request(self, app: Flask, files: Path) -> None:
        """A matching ETag is answered 304, a range 206, a wrong range 416."""
        app.add_url_rule("/", "index", lambda: send_file("files/hello.txt"))
        client = app.test_client()
        with client.get("/") as full:
            etag = full.headers["ETag"]

        with client.get("/", headers={"If-None-Match": etag}) as same:
            assert (same.status_code, same.data) == (304, b"")
        with client.get("/", headers={"Range": "bytes=6-"}) as part:
            assert (part.status_code, part.data) == (206, b"world")
            assert part.headers["Content-Range"] == "bytes 6-10/11"
        with client.get("/", headers={"Range": "bytes=99-"}) as wrong:
            assert wrong.status_code == 416
        for bad in ("bytes=", "bytes=x-y", "lines=1-2", "bytes=9-1", "bytes=-", "\xff"):
            with client.get("/", headers={"Range": bad}) as response:
                assert response.status_code in (200, 416)

    def test_x_sendfile(self, app: Flask, files: Path) -> None:
        """With USE_X_SENDFILE the server in front is told the path."""
        app.config["USE_X_SENDFILE"] = True
        with app.test_request_context():
            response = send_file("files/hello.txt")
            response.close()

        assert response.headers["X-Sendfile"] == str(files / "hello.txt")

    def test_response_class(self, app: Flask, files: Path) -> None:
        """Files are sent by the app's response class."""

        class Own(Response):
            pass

        app.response_class = Own
        with app.test_request_context():
            response = send_file("files/hello.txt")
            response.close()

        assert type(response) is Own

    def test_missing_file_is_an_error_of_the_program(self, app: Flask, files: Path) -> None:
        """A path that the program chose and that is not there is no 404."""
        with app.test_request_context(), pytest.raises(FileNotFoundError):
            send_file("files/none.txt")


class TestSendFromDirectory:
    def test_file_inside(self, app: Flask, files: Path) -> None:
        """A file of the folder, or below it, is sent; the options are those of send_file."""
        with app.test_request_context():
            response = send_from_directory("files", "sub/page.html", as_attachment=True)
            response.direct_passthrough = False

            assert response.data == b"<p>"
            assert response.mimetype == "text/html"
            assert "attachment" in response.headers["Content-Disposition"]
            response.close()
            with send_from_directory(files, Path("é ü.txt")) as other:
                assert other.status_code == 200

    @pytest.mark.parametrize(
        "name",
        [
            "none.txt",
            "",
            ".",
            "..",
            "sub",
            "sub/",
            "../secret.txt",
            "sub/../../secret.txt",
            "/etc/passwd",
            "//etc/passwd",
            "./../secret.txt",
            "hello.txt/../../secret.txt",
            "hello.txt\x00.png",
            "\x00",
            "x" * 300,
            "x/" * 3000,
            "..\\secret.txt",
            "sub\\page.html",
            "C:\\Windows\\win.ini",
            "\udcff",
        ],
    )
    def test_nothing_else_is_sent(self, app: Flask, files: Path, name: str) -> None:
        """What is no regular file inside the folder is not found, whatever the name tries."""
        with app.test_request_context(), pytest.raises(NotFound):
            send_from_directory("files", name)

    @pytest.mark.parametrize(
        "path",
        [
            "/../secret.txt",
            "/..%2fsecret.txt",
            "/%2e%2e/secret.txt",
            "/%2e%2e%2fsecret.txt",
            "/..%5csecret.txt",
            "/sub/..%2f..%2fsecret.txt",
            "//etc/passwd",
            "/%2fetc/passwd",
            "/%2fetc%2fpasswd",
            "/hello.txt%00",
            "/%00",
            "/%ff%fe",
            "/%c0%ae%c0%ae/secret.txt",
            "/" + "x" * 5000,
            "/" + "x/" * 5000,
            "/%",
            "/%zz",
        ],
    )
    def test_unsafe_url_is_not_found(self, app: Flask, files: Path, path: str) -> None:
        """A URL that tries to leave the folder is answered 404, or redirected to a clean one."""
        static = Flask("static", root_path=str(files.parent), static_folder="files")
        static.add_url_rule(
            "/own/<path:name>", "own", lambda name: send_from_directory("files", name)
        )
        client = static.test_client()

        for prefix in ("/files", "/own"):
            response = client.get(prefix + path)
            assert response.status_code in (404, 308)
            assert b"secret" not in client.get(prefix + path, follow_redirects=True).data

    def test_folder_and_link_outside(self, app: Flask, files: Path) -> None:
        """A missing folder sends nothing; a link inside is the administrator's own will."""
        (files / "link.txt").symlink_to(files.parent / "secret.txt")
        with app.test_request_context():
            with pytest.raises(NotFound):
                send_from_directory("missing", "hello.txt")
            with send_from_directory("files", "link.txt") as response:
                assert response.status_code == 200
