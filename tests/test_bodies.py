from __future__ import annotations

import gc
import io
from tempfile import SpooledTemporaryFile
from typing import Any

import pytest
import werkzeug.wrappers
from werkzeug.datastructures import (
    EnvironHeaders,
    FileStorage,
    Headers,
    ImmutableMultiDict,
    MultiDict,
)
from werkzeug.exceptions import (
    BadRequest,
    ClientDisconnected,
    HTTPException,
    RequestEntityTooLarge,
)
from werkzeug.formparser import FormDataParser

from flask import Flask, Request, request
from flask.forms import FormParser

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
PART = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
FILE = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f.txt"\r\n\r\n%s\r\n'
END = b"--b--\r\n"
BODIES = [
    (FORM, b"a=1&a=2&b=%20"),
    (MULTIPART, PART + FILE % b"content" + END),
    ("application/json", b'{"a": 1}'),
    ("text/plain", b"a=1"),
    ("", b"a=1"),
]


class Slow(io.BytesIO):
    """A body that comes byte by byte."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(1, size) if size and size > 0 else size)

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class Broken(io.BytesIO):
    """A body whose connection is lost."""

    def read(self, size: int | None = -1) -> bytes:
        raise ConnectionResetError

    readinto = read  # type: ignore[assignment]


def environ(kind: str, body: bytes | io.BytesIO, **more: Any) -> dict[str, Any]:
    stream = io.BytesIO(body) if isinstance(body, bytes) else body
    return {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": kind,
        "CONTENT_LENGTH": str(len(stream.getvalue())),
        "wsgi.input": stream,
        "wsgi.url_scheme": "http",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        **more,
    }


def shown(value: Any) -> Any:
    """Return a value by what is in it, with the files' contents."""
    if isinstance(value, MultiDict):
        pairs = value.items(multi=True)
        return [(k, v.read() if isinstance(v, FileStorage) else v) for k, v in pairs]
    return value.read() if hasattr(value, "read") else value


def read_all(one: Any, names: list[str]) -> list[Any]:
    """Read attributes, or call methods, in this order; an error counts by type and code."""
    seen = []
    one._get_file_stream = lambda *args, **told: io.BytesIO()  # which nobody has to close
    for name in names:
        try:
            value = getattr(one, name)
            seen.append(shown(value() if callable(value) else value))
        except (HTTPException, RuntimeError, OSError) as error:
            seen.append((type(error), getattr(error, "code", None)))
    return seen


ORDERS = [
    *(["get_data", "form", "files", "get_data", "stream"], ["form", "get_data", "stream"]),
    *(["stream", "form", "get_data"], ["data", "form", "stream"], ["files", "form", "data"]),
    *(["get_json", "get_data", "form"], ["form", "get_json"], ["get_data", "get_json", "stream"]),
    *(["get_data", "stream", "get_data"], ["values", "data"], ["_load_form_data", "form"]),
    ["mimetype", "mimetype_params", "content_length", "is_json", "content_type"],
]
LENGTHS: list[dict[str, Any]] = [
    {},
    {"CONTENT_LENGTH": "3"},
    {"CONTENT_LENGTH": "999"},
    {"CONTENT_LENGTH": "99999999"},
    {"CONTENT_LENGTH": ""},
    {"CONTENT_LENGTH": "x"},
    {"CONTENT_LENGTH": "-1"},
    {"CONTENT_LENGTH": " 5 "},
    {"CONTENT_LENGTH": "٣"},
    {"wsgi.input_terminated": True},
    {"wsgi.input_terminated": True, "CONTENT_LENGTH": "3"},
    {"HTTP_TRANSFER_ENCODING": "chunked"},
]


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
@pytest.mark.parametrize(("kind", "body"), BODIES)
def test_any_order_of_reading(kind: str, body: bytes, order: list[str]) -> None:
    """Whatever is read before, whatever length is told: Werkzeug's request gives the same."""
    for told in LENGTHS:
        for source in (io.BytesIO, Slow, Broken):
            ours, theirs = (
                read_all(cls(environ(kind, source(body), **told)), order)
                for cls in (Request, werkzeug.wrappers.Request)
            )
            assert ours == theirs, (told, source)


@pytest.mark.parametrize("order", ORDERS[:8], ids="-".join)
@pytest.mark.parametrize(("kind", "body"), BODIES)
@pytest.mark.parametrize("limit", [0, 3, 5, 1000])
def test_limit(kind: str, body: bytes, order: list[str], limit: int) -> None:
    """The limit refuses what Werkzeug's refuses."""
    for told in LENGTHS[:-1]:  # chunks: test_chunked_bodies.py
        seen = []
        for cls in (Request, werkzeug.wrappers.Request):
            one = cls(environ(kind, body, **told))
            one.max_content_length = limit
            seen.append(read_all(one, order))
        assert seen[0] == seen[1], told


def test_errors_are_the_clients() -> None:
    """Too short a body is answered 400, too long a one 413."""
    with pytest.raises(ClientDisconnected):
        Request(environ(FORM, b"a=1", CONTENT_LENGTH="4")).get_data()
    long = Request(environ(FORM, b"a=1"))
    long.max_content_length = 2
    with pytest.raises(RequestEntityTooLarge):
        _ = long.form
    with pytest.raises(KeyError):
        Request({"CONTENT_LENGTH": "1"}).get_data()


def test_failing_twice() -> None:
    """A body that ended too early is refused again when it is read again."""
    one = Request(environ(FORM, b"a=1", CONTENT_LENGTH="4"))
    for _ in range(2):
        with pytest.raises(ClientDisconnected):
            one.get_data()


class TestSeams:
    """What a subclass, or a request itself, has of its own is used."""

    @pytest.mark.parametrize("kind", [FORM, MULTIPART])
    @pytest.mark.parametrize("is_instances", [False, True])
    def test_parser(self, kind: str, is_instances: bool) -> None:
        """Class of the parser, or the method that makes it."""

        class Own(FormDataParser):
            def parse(self, stream: Any, *args: Any, **options: Any) -> Any:
                assert self.max_form_memory_size == 500_000
                return stream, MultiDict({"own": "form"}), MultiDict({"own": "files"})

        for name, value in (
            ("form_data_parser_class", Own),
            ("make_form_data_parser", lambda *self: Own(max_form_memory_size=500_000)),
        ):
            cls: Any = type("Sub", (Request,), {} if is_instances else {name: value})
            one = cls(environ(kind, b""))
            if is_instances:
                setattr(one, name, value)

            assert (one.form["own"], one.files["own"]) == ("form", "files")

    @pytest.mark.parametrize("kind", [FORM, MULTIPART])
    def test_parser_is_a_class_to_build_on(self, kind: str) -> None:
        """The stock parser may be subclassed, and is one of Werkzeug's."""

        class Own(Request.form_data_parser_class):  # type: ignore[name-defined,misc]
            def parse(self, *args: Any, **options: Any) -> Any:
                stream, form, files = super().parse(*args, **options)
                return stream, MultiDict([*form.items(), ("own", "1")]), files

        class OwnRequest(Request):
            form_data_parser_class = Own

        body = b"a=1" if kind == FORM else PART + END

        assert issubclass(FormParser, FormDataParser)
        assert OwnRequest(environ(kind, body)).form.to_dict() == {"a": "1", "own": "1"}

    @pytest.mark.parametrize(("kind", "body"), BODIES)
    def test_storage_class(self, kind: str, body: bytes) -> None:
        """The class of form, files and args."""

        class Own(Request):
            parameter_storage_class = MultiDict  # type: ignore[assignment]

        with Own(environ(kind, body, QUERY_STRING="q=1")) as one:
            assert {type(one.form), type(one.files), type(one.args)} == {MultiDict}
            assert one.args["q"] == "1"
            assert one.form.get("a") == ("1" if kind in {FORM, MULTIPART} else None)

    def test_stream_of_a_file(self) -> None:
        """Where an uploaded file goes."""
        asked = []

        class Own(Request):
            def _get_file_stream(self, *args: Any, **told: Any) -> Any:
                asked.append(told)
                return io.BytesIO()

        body = FILE % b"content" + END
        one = Own(environ(MULTIPART, body))

        assert isinstance(one.files["f"].stream, io.BytesIO)
        assert one.files["f"].read() == b"content"
        assert asked == [
            {
                "total_content_length": len(body),
                "content_type": None,
                "filename": "f.txt",
                "content_length": 0,
            }
        ]

    @pytest.mark.parametrize("kind", [FORM, MULTIPART])
    def test_unwanted_form(self, kind: str) -> None:
        """Whether a form is wanted at all; the body stays for others."""

        class Own(Request):
            want_form_data_parsed = False  # type: ignore[assignment]

        one = Own(environ(kind, b"a=1"))

        assert (list(one.form), list(one.files), one.get_data()) == ([], [], b"a=1")

    @pytest.mark.parametrize("name", ["form", "get_data", "data"])
    def test_stream(self, name: str) -> None:
        """The stream, as a property of the class or assigned by a hook."""

        class Own(Request):
            @property
            def stream(self) -> Any:
                return io.BytesIO(b"a=own")

        assigned = Request(environ(FORM if name == "form" else "text/plain", b"a=1"))
        assigned.stream = io.BytesIO(b"a=own")
        own = Own(dict(assigned.environ))

        for one in (assigned, own):
            [value] = read_all(one, [name])
            assert value == ([("a", "own")] if name == "form" else b"a=own")

    def test_load_form_data(self) -> None:
        """A subclass may load the form, and write the attributes as Werkzeug's method does."""

        class Own(Request):
            def _load_form_data(self) -> None:
                self.__dict__.setdefault("form", MultiDict({"own": "form"}))
                self.__dict__.setdefault("files", MultiDict())
                self.__dict__.setdefault("stream", io.BytesIO(b"own"))

        one = Own(environ(FORM, b"a=1"))

        assert (one.form["own"], len(one.files), one.stream.read()) == ("form", 0, b"own")

    def test_headers(self) -> None:
        """Content type and length come from the headers that a subclass or a hook gives."""
        headers = Headers({"Content-Type": "text/x; a=b", "Content-Length": "7"})

        class Own(Request):
            @property
            def headers(self) -> Any:
                return headers

        assigned = Request(environ(FORM, b""))
        assigned.headers = headers  # type: ignore[assignment]

        for one in (assigned, Own(environ(FORM, b""))):
            assert read_all(one, ["mimetype", "mimetype_params", "content_length"]) == [
                *("text/x", {"a": "b"}, 7)
            ]
        assert type(Request(environ(FORM, b"")).headers) is EnvironHeaders

    def test_json(self) -> None:
        """Reading, telling the type, parsing and failing."""

        class Own(Request):
            json_module: Any

            def get_data(self, *args: Any, **options: Any) -> Any:
                return b"own"

            @property
            def mimetype(self) -> str:
                return "application/own+json"

            def on_json_loading_failed(self, e: ValueError | None) -> Any:
                return "failed"

        one = Own(environ("", b""))
        one.json_module = type("Parser", (), {"loads": staticmethod(lambda data: [data])})
        assert (one.get_json(), one.is_json) == ([b"own"], True)

        assert Own(environ("", b"")).get_json() == "failed"

    @pytest.mark.parametrize("body", [b"{", b"[1]"])
    def test_json_is_kept_for_each_manner(self, body: bytes) -> None:
        """A silent failure is kept beside the one that raises; a success for both."""
        one = Request(environ("application/json", body))
        silent = one.get_json(silent=True)

        assert silent == (None if body == b"{" else [1])
        assert one.get_json(silent=True) is silent
        if silent is None:
            with pytest.raises(BadRequest):
                one.get_json()
        else:
            assert one.get_json() is silent


class TestFiles:
    def test_urlencoded_form_has_none(self) -> None:
        """The files of such a form are empty, and the same object whenever asked for."""
        one = Request(environ(FORM, b"a=1"))

        assert one.form["a"] == "1"
        assert (len(one.files), one.files) == (0, ImmutableMultiDict())
        assert one.files is one.files

    @pytest.mark.parametrize(
        ("size", "is_on_disk"), [(500, False), (512_000, False), (512_001, True)]
    )
    def test_large_ones_go_to_disk(self, size: int, is_on_disk: bool) -> None:
        """A file of more than 500 KiB is a file on disk, as with Werkzeug's parser."""
        body = FILE % (b"x" * size) + END
        for cls in (Request, werkzeug.wrappers.Request):
            with cls(environ(MULTIPART, body)) as one:
                stream: Any = one.files["f"].stream
                assert type(stream) is SpooledTemporaryFile
                assert stream._rolled is is_on_disk
                assert len(stream.read()) == size
            assert stream.closed

    def test_assigned_ones_are_closed(self) -> None:
        """``close`` closes what is there, also what a hook put there."""
        file = FileStorage(io.BytesIO(b"x"))
        one = Request(environ(FORM, b""))
        one.files = ImmutableMultiDict({"f": file})
        one.close()

        assert file.stream.closed

    @pytest.mark.parametrize(
        ("kind", "body"), [*BODIES, (MULTIPART, PART), (MULTIPART, b"--b\r\n\r\n")]
    )
    def test_nothing_refers_to_itself(self, app: Flask, kind: str, body: bytes) -> None:
        """Reading a body, whole or malformed, leaves nothing for the garbage collector."""

        @app.post("/")
        def read() -> str:
            return str(len(request.form) + len(request.files) + len(request.get_data()))

        def send() -> list[str]:
            written: list[str] = []
            app(environ(kind, body, PATH_INFO="/"), lambda status, headers: written.append(status))  # type: ignore[arg-type,func-returns-value]
            return written

        assert send() == ["200 OK"]
        gc.collect()
        gc.disable()
        try:
            send()
            assert gc.collect() == 0
        finally:
            gc.enable()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_coroutines_iterate_a_body_that_is_not_there(app: Flask, method: str) -> None:
    """Without a body ``async for`` over the stream ends at once, as reading it gives nothing."""

    @app.route("/", methods=[method])
    async def length() -> str:
        return f"{[chunk async for chunk in request.stream]} {request.stream.read()!r}"

    assert app.test_client().open("/", method=method).text == "[] b''"
