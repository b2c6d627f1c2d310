from __future__ import annotations

import io
import mimetypes
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import werkzeug.utils
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import Headers
from werkzeug.exceptions import NotFound, RequestedRangeNotSatisfiable
from werkzeug.security import safe_join
from werkzeug.test import create_environ, run_wsgi_app

from flask import Flask, Response, files, send_file, send_from_directory


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    (folder / "page.txt").write_bytes(b"hello world" * 20_000)
    (folder / "empty.css").write_bytes(b"")
    (folder / "archive.tar.gz").write_bytes(b"\x00" * 10)
    (folder / "é ü.unknown").write_bytes(b"x")
    return folder


def wsgi_answer(send: Any, environ: dict[str, Any], path: Any, **options: Any) -> Any:
    """Return status, headers and body that a server gets, or the type of the error."""
    options = {"max_age": None, "use_x_sendfile": False, "response_class": Response, **options}
    try:
        response = send(path, environ=environ, **options)
    except RequestedRangeNotSatisfiable as error:
        return type(error)
    pieces, status, headers = run_wsgi_app(response, environ, buffered=True)
    state = (response.is_streamed, response.direct_passthrough, response.status_code)
    response.close()
    pairs = [(k, "now" if k in ("Date", "Expires") else v) for k, v in headers]
    return status, pairs, b"".join(pieces), state[1:]


dates = st.sampled_from(
    ["Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT", "no date", "", "its own"]
)
etags = st.sampled_from(['"other"', "*", 'W/"other"', "", "its own", "its own, weak", "two"])
conditions = st.fixed_dictionaries(
    {},
    optional={
        "If-None-Match": etags,
        "If-Match": etags,
        "If-Modified-Since": dates,
        "If-Range": etags,
        "Range": st.sampled_from(
            ["bytes=0-4", "bytes=-3", "bytes=5-", "bytes=9-1", "x", "lines=1"]
        ),
    },
)
choices = st.fixed_dictionaries(
    {},
    optional={
        "mimetype": st.sampled_from(["text/plain", "a/b", "image/svg+xml", None]),
        "as_attachment": st.booleans(),
        "download_name": st.sampled_from(["a.png", "é.txt", "a.tar.gz", 'a"b;c', "none"]),
        "conditional": st.booleans(),
        "etag": st.booleans() | st.sampled_from(["own", ""]),
        "last_modified": st.sampled_from([None, 0, 1e9]),
        "max_age": st.sampled_from([None, 0, 1, 60, True, 2.5]) | st.just(lambda path: len(path)),
        "use_x_sendfile": st.sampled_from([False, False, True]),
    },
)
NAMES = ["page.txt", "empty.css", "archive.tar.gz", "é ü.unknown"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(NAMES),
    options=choices,
    asked=conditions,
    method=st.sampled_from(["GET", "GET", "HEAD", "POST"]),
    is_relative=st.booleans(),
)
def test_sent_as_werkzeug_sends_it(
    folder: Path,
    name: str,
    options: dict[str, Any],
    asked: dict[str, str],
    method: str,
    is_relative: bool,
) -> None:
    """Status, headers and body of a file are those of Werkzeug's ``send_file``, asked how ever."""
    plain = werkzeug.utils.send_file(folder / name, create_environ(), response_class=Response)
    plain.close()
    own, modified = plain.headers["ETag"], plain.headers["Last-Modified"]
    texts = {"its own": own, "its own, weak": f"W/{own}", "two": f'"a", {own}'}
    headers = {
        key: modified if "Since" in key and value == "its own" else texts.get(value, value)
        for key, value in asked.items()
    }
    environ = create_environ(method=method, headers=headers)
    path = name if is_relative else folder / name
    root = {"_root_path": str(folder)}

    theirs = wsgi_answer(werkzeug.utils.send_file, environ, path, **root, **options)
    for _ in range(2):  # made, and remembered
        assert wsgi_answer(files.send_file, environ, path, **root, **options) == theirs


segments = st.sampled_from(["a", "b.txt", "-x", "..", ".", "", ".hidden", "é", "a b", "c\x00", "_"])


@given(
    name=st.lists(segments, max_size=4).map("/".join),
    directory=st.sampled_from(["/srv", "/srv/", "srv", "", "."]),
)
def test_plain_name_is_joined_as_safe_join_does(name: str, directory: str) -> None:
    """A name that is not handed to ``safe_join`` is one that it would only append."""
    if files._PLAIN_NAME(name) and directory and directory[-1] != "/":
        assert f"{directory}/{name}" == safe_join(directory, name)


@pytest.fixture
def sending(app: Flask, tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "page.shop"
    path.write_text("first")
    with app.test_request_context():
        yield path


def sent(path: Any, **options: Any) -> tuple[bytes, Headers]:
    with send_file(path, **options) as response:
        response.direct_passthrough = False
        return response.data, response.headers


class TestWhatIsRemembered:
    def test_changed_file_has_new_headers(self, sending: Path) -> None:
        """A file that changes is sent with its new length, ETag and time from then on."""
        _, before = sent(sending)
        sending.write_text("second, longer")
        body, after = sent(sending)

        assert (body, after["Content-Length"]) == (b"second, longer", "14")
        assert after["ETag"] != before["ETag"]

    def test_change_of_the_same_length(self, sending: Path) -> None:
        """A new time alone is a change, to the nanosecond."""
        _, before = sent(sending)
        status = sending.stat()
        os.utime(sending, ns=(status.st_atime_ns, status.st_mtime_ns + 2_000_000_000))
        _, after = sent(sending)

        assert after["ETag"] != before["ETag"]
        assert after["Last-Modified"] != before["Last-Modified"]

    def test_replaced_and_removed_file(self, sending: Path) -> None:
        """A file that is gone is not found, and one put in its place is sent."""
        sent(sending)
        sending.unlink()
        with pytest.raises(FileNotFoundError):
            send_file(sending)
        sending.write_text("another")
        assert sent(sending)[0] == b"another"

    def test_type_registered_late(self, sending: Path) -> None:
        """A type added to ``mimetypes`` counts from the next request on."""
        assert sent(sending)[1]["Content-Type"] == "application/octet-stream"
        mimetypes.add_type("text/x-shop", ".shop")
        try:
            assert sent(sending)[1]["Content-Type"] == "text/x-shop; charset=utf-8"
        finally:
            del mimetypes.types_map[".shop"]

    def test_headers_of_a_response_are_its_own(self, sending: Path) -> None:
        """What a program does to the headers of one response is not seen in the next."""
        _, headers = sent(sending)
        headers["X-Own"] = "1"
        del headers["ETag"]

        assert "X-Own" not in sent(sending)[1]
        assert "ETag" in sent(sending)[1]

    @pytest.mark.parametrize("is_known", [False, True])
    def test_list_that_a_server_gets_is_its_own(
        self, app: Flask, sending: Path, is_known: bool
    ) -> None:
        """What a server or middleware does to the list of headers is not seen in the next answer."""
        etag = sent(sending)[1]["ETag"] if is_known else '"other"'
        taken: list[list[tuple[str, str]]] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            taken.append([*headers])
            headers.clear()

        for _ in range(3):
            with app.test_request_context(headers={"If-None-Match": etag}):
                response = send_file(sending)
            response(create_environ(), start)
            response.close()

        assert len({name for name, _ in taken[0]} & {"ETag", "Date"}) == 2
        assert [[n for n, _ in pairs] for pairs in taken] == [[n for n, _ in taken[0]]] * 3

    def test_time_goes_on(self, sending: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Date and expiry are those of the second in which a file is sent."""
        now = 1_000_000_000.0
        monkeypatch.setattr(files, "time", lambda: now)
        answers = []
        for seconds in (0, 0.9, 1, 0):  # the clock may be set back
            now = 1_000_000_000 + seconds
            headers = sent(sending, max_age=10)[1]
            answers.append((headers["Date"][-9:-4], headers["Expires"][-9:-4]))

        first, later = ("46:40", "46:50"), ("46:41", "46:51")
        assert answers == [first, first, later, first]

    def test_it_is_bounded(self, sending: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """However many files are sent, not more than so many are remembered."""
        monkeypatch.setattr(files, "_MOST_FILES", 3)
        for number in range(9):
            sent(sending, download_name=f"{number}.txt")
            assert len(files._known_files) <= max(3, number)
        files._known_files.clear()

    def test_file_that_changes_meanwhile(
        self, sending: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Headers made while the file changes are not kept."""
        stock = werkzeug.utils.send_file

        def changing(*args: Any, **kwargs: Any) -> Any:
            sending.write_text("changed in between")
            return stock(*args, **kwargs)

        monkeypatch.setattr(werkzeug.utils, "send_file", changing)
        body, headers = sent(sending)

        assert headers["Content-Length"] == str(len(body)) == "18"


class TestServersOffer:
    def test_file_wrapper_gets_the_file_itself(self, app: Flask, sending: Path) -> None:
        """A server that can send files gets a real one, at its start, and its own block size."""
        offered: list[Any] = []

        class Wrapper:
            def __init__(self, file: Any, block_size: int) -> None:
                self.file = file
                offered.append((file, block_size))

            def __iter__(self) -> Iterator[bytes]:
                return iter([self.file.read()])

            def close(self) -> None:
                self.file.close()

        app.add_url_rule("/file", "file", lambda: send_file(sending))
        environ = create_environ("/file", environ_overrides={"wsgi.file_wrapper": Wrapper})
        seen: list[Any] = []
        iterable: Any = app(environ, lambda status, headers: seen.append(dict(headers)))  # type: ignore[arg-type,return-value]

        assert type(iterable) is Wrapper
        ((file, block_size),) = offered
        assert stat.S_ISREG(os.fstat(file.fileno()).st_mode)
        assert (file.tell(), block_size) == (0, files.BLOCK)
        assert seen[0]["Content-Length"] == str(os.fstat(file.fileno()).st_size)
        iterable.close()
        assert file.closed

    def test_unchanged_file_is_not_opened(
        self, app: Flask, sending: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A file that the client has already is looked at, and not opened."""
        _, headers = sent(sending)
        monkeypatch.setattr(files, "FileIO", None)

        for condition in (
            {"If-None-Match": headers["ETag"]},
            {"If-None-Match": f'"a", {headers["ETag"]}'},
            {"If-Modified-Since": headers["Last-Modified"]},
        ):
            with app.test_request_context(headers=condition):
                response = send_file(sending)
            assert response.status_code == 304
            assert response.headers["ETag"] == headers["ETag"]


def mark(self: Response, *args: Any, **kwargs: Any) -> None:
    Response.__init__(self, *args, **kwargs)
    self.headers["X-Own"] = "1"


class TestOverridden:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("make_conditional", lambda self, *args, **kwargs: self),
            ("set_etag", lambda self, *args: None),
            ("default_status", 203),
            ("__init__", mark),
            ("last_modified", property(lambda self: None, lambda self, value: None)),
            ("_clean_status", lambda self, value: ("299 OWN", 299)),
        ],
    )
    def test_class_is_used_as_werkzeug_uses_it(
        self, app: Flask, folder: Path, name: str, value: Any
    ) -> None:
        """A response class with a way of its own has its methods called."""
        own = type("Own", (Response,), {name: value})
        environ = create_environ()
        root = {"_root_path": "", "response_class": own}

        answers = [
            wsgi_answer(send, environ, folder / "page.txt", **root)
            for send in (files.send_file, werkzeug.utils.send_file, files.send_file)
        ]

        assert answers[0] == answers[1] == answers[2]
        assert answers[0] != wsgi_answer(
            files.send_file, environ, folder / "page.txt", _root_path=""
        )

    def test_class_of_werkzeug(self, app: Flask, folder: Path) -> None:
        """A response class that is not ours is as good."""
        app.response_class = werkzeug.wrappers.Response  # type: ignore[assignment]
        with app.test_request_context():
            assert sent(folder / "archive.tar.gz")[0] == b"\x00" * 10

    def test_file_object_goes_werkzeugs_way(self, app: Flask) -> None:
        """An open file has no path to remember."""
        with app.test_request_context():
            body, headers = sent(io.BytesIO(b"data"), download_name="a.txt")

        assert (body, headers["Content-Length"]) == (b"data", "4")

    def test_unknown_argument(self, app: Flask, folder: Path) -> None:
        """An argument that ``send_file`` does not know is an error of the program."""
        with app.test_request_context(), pytest.raises(TypeError, match="unexpected keyword"):
            files.send_from_directory(folder, "page.txt", other=1, _root_path="")

    def test_folder_is_no_file(self, app: Flask, folder: Path) -> None:
        """A folder is not found by name, and cannot be sent by the program."""
        with app.test_request_context():
            with pytest.raises(IsADirectoryError):
                send_file(folder)
            with pytest.raises(NotFound):
                send_from_directory(folder.parent, folder.name)


@pytest.mark.parametrize("name", ["../files/page.txt", "./page.txt", "sub//../page.txt"])
def test_dots_stay_in_the_path(folder: Path, name: str) -> None:
    """The checksum in the ETag is that of the path as it was given, dots included."""
    (folder / "sub").mkdir(exist_ok=True)
    app = Flask("shop", root_path=str(folder))
    if name.startswith("../"):
        name = f"../{folder.name}/page.txt"

    with app.test_request_context("/"):
        response = send_file(name)
        theirs = werkzeug.utils.send_file(name, create_environ(), _root_path=str(folder))

    assert response.headers["ETag"] == theirs.headers["ETag"]
    response.close()
    theirs.close()
