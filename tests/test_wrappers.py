from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Callable, Iterable
from typing import Any

import pytest
import werkzeug.wrappers
from werkzeug.datastructures import (
    CombinedMultiDict,
    EnvironHeaders,
    Headers,
    ImmutableMultiDict,
    MultiDict,
)
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.test import create_environ, run_wsgi_app

from flask import Blueprint, Flask, Request, Response, json, request
from flask.testing import FlaskClient


def made(**options: Any) -> Request:
    return Request(create_environ(**options))


class TestRequestAttributes:
    @pytest.mark.parametrize(
        "options",
        [
            {},
            {"path": "/a b/é", "query_string": "a=1&a=2&b=%C3%A9", "method": "post"},
            {"path": "//double//slash", "base_url": "https://shop.example:8443/prefix/"},
            {"path": "", "base_url": "http://[::1]:5000"},
            {"headers": {"X-Own": "1", "Cookie": "a=1; b=2", "User-Agent": "tests"}},
            {"environ_base": {"REMOTE_ADDR": "10.0.0.1", "REMOTE_USER": "ann"}},
            {"environ_overrides": {"SERVER_PORT": "x", "SERVER_NAME": "unix.sock"}},
            {"environ_overrides": {"PATH_INFO": "\xff\xfe", "SCRIPT_NAME": "/\xff/"}},
            {"environ_overrides": {"QUERY_STRING": "a=é".encode().decode("latin1")}},
        ],
    )
    def test_all_are_those_of_werkzeugs_request(self, options: dict[str, Any]) -> None:
        """Whatever is computed late is what Werkzeug's own request computes at once."""
        environ = create_environ(**options)
        ours, theirs = Request(dict(environ)), werkzeug.wrappers.Request(dict(environ))

        for name in (
            *("method", "scheme", "server", "root_path", "path", "query_string", "remote_addr"),
            *("args", "cookies", "url", "base_url", "root_url", "host_url", "full_path"),
            *("host", "script_root", "access_route", "remote_user", "user_agent", "is_secure"),
            *("content_length", "mimetype", "accept_mimetypes", "authorization", "range", "date"),
            *(
                "is_multithread",
                "is_json",
                "referrer",
                "if_none_match",
                "url_root",
                "cache_control",
            ),
        ):
            assert str(getattr(ours, name)) == str(getattr(theirs, name)), name
            assert type(getattr(ours, name)) is type(getattr(theirs, name)), name
        assert list(ours.headers) == list(theirs.headers)
        assert repr(ours) == repr(theirs)

    @pytest.mark.parametrize(
        "name",
        [
            *("method", "scheme", "server", "root_path", "path", "query_string", "remote_addr"),
            *("headers", "args", "cookies", "form", "files", "values"),
        ],
    )
    def test_assigned_value_wins(self, name: str) -> None:
        """A hook or subclass may assign any attribute; computing late does not overwrite it."""
        one = made()
        setattr(one, name, "assigned")

        assert getattr(one, name) == "assigned"

    def test_subclass_may_override_as_property(self) -> None:
        """A subclass may turn an attribute into a property of its own."""

        class Own(Request):
            @property
            def args(self) -> Any:
                return "own args"

            @property
            def remote_addr(self) -> Any:
                return "own address"

        own = Own(create_environ("/?a=1"))

        assert (own.args, own.remote_addr) == ("own args", "own address")

    def test_subclass_may_prepare_itself(self) -> None:
        """What a subclass sets in its constructor stays."""

        class Own(Request):
            def __init__(self, environ: dict[str, Any]) -> None:
                super().__init__(environ)
                self.remote_addr = "set"
                self.method = self.headers.get("X-Method", self.method)

        own = Own(create_environ(headers={"X-Method": "PURGE"}))

        assert (own.remote_addr, own.method) == ("set", "PURGE")

    def test_computed_once(self) -> None:
        """Reading twice gives the same object."""
        one = made(query_string="a=1")

        assert one.args is one.args
        assert one.headers is one.headers
        assert one.cookies is one.cookies

    def test_headers_replaced_before_cookies_are_read(self) -> None:
        """Cookies come from the headers that are there when they are read."""
        one = made(headers={"Cookie": "a=environ"})
        one.headers = Headers({"Cookie": "a=replaced"})  # type: ignore[assignment]

        assert one.cookies["a"] == "replaced"

    def test_headers_are_live(self) -> None:
        """Headers read the environ, which middleware may change."""
        one = made()
        assert isinstance(one.headers, EnvironHeaders)
        assert "X-Late" not in one.headers

        one.environ["HTTP_X_LATE"] = "1"

        assert one.headers["X-Late"] == "1"

    def test_storage_classes_of_a_subclass(self) -> None:
        """A subclass may choose the classes of its multi dicts."""

        class Own(Request):
            parameter_storage_class = MultiDict  # type: ignore[assignment]
            dict_storage_class = MultiDict  # type: ignore[assignment]

        own = Own(create_environ("/?a=1", headers={"Cookie": "b=2"}))
        own.args["c"] = "3"

        assert type(own.args) is MultiDict
        assert type(own.cookies) is MultiDict

    def test_args_are_immutable_and_behave(self) -> None:
        """The usual multi dict offers all of its methods, and refuses changes."""
        args = made(query_string="a=1&b=2&a=3&c").args

        assert type(args) is ImmutableMultiDict
        assert args.getlist("a") == ["1", "3"]
        assert (args["a"], args.get("c"), args.get("b", type=int)) == ("1", "", 2)
        assert list(args.items(multi=True)) == [("a", "1"), ("a", "3"), ("b", "2"), ("c", "")]
        assert args.to_dict() == {"a": "1", "b": "2", "c": ""}
        assert args == ImmutableMultiDict([("a", "1"), ("a", "3"), ("b", "2"), ("c", "")])
        assert hash(args) == hash(copy.copy(args))
        assert pickle.loads(pickle.dumps(args)) == args
        with pytest.raises(TypeError):
            args["a"] = "4"  # type: ignore[index]
        with pytest.raises(BadRequest):
            _ = args["missing"]

    def test_values_join_args_and_form(self, app: Flask) -> None:
        """``values`` are query and form, for methods with a body."""
        with app.test_request_context("/?a=1", method="POST", data={"b": "2"}):
            assert isinstance(request.values, CombinedMultiDict)
            assert request.values.to_dict() == {"a": "1", "b": "2"}
        with app.test_request_context("/?a=1", data={"b": "2"}):
            assert request.values.to_dict() == {"a": "1"}

    def test_populate_and_shallow(self) -> None:
        """The environ knows the request unless asked not to; a shallow one refuses the body."""
        environ = create_environ(method="POST", data=b"x")

        assert Request(environ).environ["werkzeug.request"] is not None
        assert "werkzeug.request" not in Request(create_environ(), populate_request=False).environ
        shallow = Request(create_environ(method="POST", data=b"x"), shallow=True)
        assert "werkzeug.request" not in shallow.environ
        with pytest.raises(RuntimeError):
            shallow.get_data()

    def test_it_may_be_copied(self) -> None:
        """A copy has the same values and goes its own way."""
        one = made(path="/path", query_string="a=1")
        assert one.args["a"] == "1"
        other = copy.copy(one)
        other.path = "/other"

        assert (one.path, other.path, other.args["a"]) == ("/path", "/other", "1")

    def test_uploaded_files_are_closed(self) -> None:
        """``close``, or leaving a with block, closes the uploaded files."""
        with made(method="POST", data={"f": (io.BytesIO(b"x"), "f.txt")}) as one:
            file = one.files["f"]
            assert file.read() == b"x"

        assert file.stream.closed
        made().close()


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


class TestRouting:
    def test_what_matched_is_told(self, app: Flask) -> None:
        """Rule, endpoint, values and blueprints describe what matched."""
        outer, inner = Blueprint("outer", "shop"), Blueprint("inner", "shop")
        inner.add_url_rule("/<int:number>", "item", lambda number: "")
        outer.register_blueprint(inner)
        app.register_blueprint(outer)
        app.add_url_rule("/plain", "plain", lambda: "")

        with app.test_request_context("/3"):
            assert request.endpoint == "outer.inner.item"
            assert request.blueprint == "outer.inner"
            assert request.blueprints == ["outer.inner", "outer"]
            assert request.view_args == {"number": 3}
            assert request.url_rule is not None
            assert request.url_rule.rule == "/<int:number>"
        with app.test_request_context("/plain"):
            assert (request.endpoint, request.blueprint, request.blueprints) == ("plain", None, [])

    def test_nothing_matched(self) -> None:
        """Before matching, and when nothing matched, all of it is empty."""
        one = made()

        assert (one.endpoint, one.blueprint, one.blueprints) == (None, None, [])
        assert (one.url_rule, one.view_args, one.routing_exception) == (None, None, None)


LIMITS = ("max_content_length", "max_form_memory_size", "max_form_parts")


class TestLimits:
    @pytest.mark.parametrize("name", LIMITS)
    def test_setting_decides_unless_set_on_the_request(self, app: Flask, name: str) -> None:
        """The limit is the app's setting, one set on the request goes before it."""
        app.config[name.upper()] = 10
        with app.test_request_context():
            assert getattr(request, name) == 10
            setattr(request, name, 20)
            assert getattr(request, name) == 20
            setattr(request, name, None)
            assert getattr(request, name) == 10

    def test_outside_of_an_app(self) -> None:
        """Without an app Werkzeug's limits hold."""
        theirs = werkzeug.wrappers.Request(create_environ())
        for name in LIMITS:
            assert getattr(made(), name) == getattr(theirs, name)

    @pytest.mark.parametrize(
        ("setting", "data", "content_type", "status"),
        [
            ({}, b"x" * 10, "text/plain", 200),
            ({"MAX_CONTENT_LENGTH": 9}, b"x" * 10, "text/plain", 413),
            ({"MAX_CONTENT_LENGTH": 10}, b"x" * 10, "text/plain", 200),
            ({"MAX_CONTENT_LENGTH": 0}, b"x", "text/plain", 413),
            ({"MAX_CONTENT_LENGTH": 5}, b"a=1234", "application/x-www-form-urlencoded", 413),
        ],
    )
    def test_too_much_is_413(
        self,
        app: Flask,
        client: FlaskClient,
        setting: dict[str, Any],
        data: bytes,
        content_type: str,
        status: int,
    ) -> None:
        """A body or form above its limit is answered 413."""
        app.config.update(setting)

        @app.post("/")
        def index() -> str:
            return str(len(request.form) or len(request.get_data()))

        assert client.post("/", data=data, content_type=content_type).status_code == status

    @pytest.mark.parametrize(("parts", "status"), [(1000, 200), (1001, 413), (2000, 413)])
    def test_form_parts(self, app: Flask, client: FlaskClient, parts: int, status: int) -> None:
        """A multipart form of more than a thousand parts is answered 413."""
        app.add_url_rule("/", "index", lambda: str(len(request.form)), methods=["POST"])
        part = b'--x\r\nContent-Disposition: form-data; name="a%d"\r\n\r\nv\r\n'
        body = b"".join(part % number for number in range(parts)) + b"--x--\r\n"

        response = client.post("/", data=body, content_type="multipart/form-data; boundary=x")

        assert response.status_code == status

    def test_field_of_a_multipart_form(self, app: Flask, client: FlaskClient) -> None:
        """The memory limit is for a field of a multipart form, not for its files."""
        app.config["MAX_FORM_MEMORY_SIZE"] = 100_000
        app.add_url_rule("/", "index", lambda: str(len(request.files)), methods=["POST"])

        field = {"a": "x" * 100_001, "f": (io.BytesIO(), "f")}
        assert client.post("/", data=field).status_code == 413
        file = {"a": "x", "f": (io.BytesIO(b"y" * 300_000), "f")}
        assert client.post("/", data=file).text == "1"

    def test_request_may_allow_itself_more(self, app: Flask, client: FlaskClient) -> None:
        """A view or hook may raise the limit for one request."""
        app.config["MAX_CONTENT_LENGTH"] = 5

        @app.before_request
        def allow() -> None:
            if request.path == "/upload":
                request.max_content_length = 100

        for path in ("/upload", "/other"):
            app.add_url_rule(path, path, lambda: request.get_data(), methods=["POST"])

        assert client.post("/upload", data=b"0123456789").data == b"0123456789"
        assert client.post("/other", data=b"0123456789").status_code == 413


DEEP = "[" * 100_000 + "]" * 100_000


class TestJSON:
    @pytest.fixture
    def app(self, app: Flask) -> Flask:
        @app.post("/")
        def index() -> Any:
            return {"got": request.json}

        return app

    @pytest.mark.parametrize(
        ("data", "content_type", "status"),
        [
            (b'{"a": 1}', "application/json", 200),
            (b"null", "application/json", 200),
            ('"é"'.encode(), "application/problem+json; charset=utf-8", 200),
            ('"é"'.encode("utf-16"), "application/json", 200),
            (b"", "application/json", 400),
            (b"{", "application/json", 400),
            (b'{"a": }', "application/json", 400),
            (b'"\xff"', "application/json", 400),
            (b"\x00", "application/json", 400),
            (b'"\x00"', "application/json", 400),
            (DEEP.encode(), "application/json", 400),
            (b'{"a":' * 100_000, "application/json", 400),
            (b"1" * 5000, "application/json", 400),
            (b"{}", "text/plain", 415),
            (b"{}", None, 415),
            (b"{}", "application/jsonx", 415),
        ],
    )
    def test_status_of_good_and_bad_bodies(
        self, client: FlaskClient, data: bytes, content_type: str | None, status: int
    ) -> None:
        """A body that is not JSON is answered 400, another content type 415; never 500."""
        assert client.post("/", data=data, content_type=content_type).status_code == status

    def test_detail_is_told_in_debug_mode_only(self, app: Flask, client: FlaskClient) -> None:
        """What the parser found is shown to developers alone."""
        assert "decode" not in client.post("/", data=b"{", content_type="application/json").text

        app.debug = True

        assert "decode" in client.post("/", data=b"{", content_type="application/json").text

    def test_silent_and_force(self, app: Flask) -> None:
        """``silent`` gives None instead of an error, ``force`` ignores the content type."""
        with app.test_request_context(data=b"{", content_type="application/json", method="POST"):
            assert request.get_json(silent=True) is None
            assert request.get_json(silent=True) is None
        with app.test_request_context(data=b'{"a": 1}', method="POST"):
            assert request.get_json(silent=True) is None
            assert request.get_json(force=True) == {"a": 1}
        with app.test_request_context(
            data=DEEP.encode(), content_type="application/json", method="POST"
        ):
            assert request.get_json(silent=True) is None

    def test_result_is_cached_unless_asked_not_to(self, app: Flask) -> None:
        """The same object comes back, unless caching is off."""
        options: dict[str, Any] = {"json": {"a": []}, "method": "POST"}
        with app.test_request_context(**options):
            assert request.get_json() is request.get_json()
        with app.test_request_context(**options):
            first = request.get_json(cache=False)
            with pytest.raises(BadRequest):
                request.get_json()
            assert first == {"a": []}

    def test_provider_of_the_app_parses(self, app: Flask, client: FlaskClient) -> None:
        """``app.json.loads`` parses the body."""
        app.json.loads = lambda text, **options: "by the provider"

        assert client.post("/", json={}).text == '{"got":"by the provider"}\n'

    def test_failure_is_a_seam(self, app: Flask) -> None:
        """A subclass may answer a failure with a value."""

        class Own(Request):
            def on_json_loading_failed(self, e: ValueError | None) -> Any:
                return {"failed": type(e).__name__}

        app.request_class = Own
        with app.test_request_context(data=b"{", content_type="application/json", method="POST"):
            assert request.json == {"failed": "JSONDecodeError"}
        with app.test_request_context(data=b"{", method="POST"):
            assert request.json == {"failed": "NoneType"}

    def test_errors_carry_their_cause(self, app: Flask) -> None:
        """The 400 knows the parser's error, for logs."""
        with app.test_request_context(data=b"{", content_type="application/json", method="POST"):
            with pytest.raises(BadRequest) as caught:
                _ = request.json
            assert caught.value.__cause__ is not None
        with (
            app.test_request_context(data=b"{", method="POST"),
            pytest.raises(UnsupportedMediaType),
        ):
            _ = request.json

    def test_outside_of_an_app(self) -> None:
        """A request made by hand parses with the standard library."""
        environ = create_environ(method="POST", json={"a": 1})

        assert Request(environ).get_json() == {"a": 1}
        broken = Request(create_environ(method="POST", data="{", content_type="application/json"))
        with pytest.raises(BadRequest):
            broken.get_json()


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


class TestResponse:
    def test_defaults(self) -> None:
        """An empty response is HTML, 200, of no bytes."""
        response = Response()

        assert (response.status, response.data) == ("200 OK", b"")
        assert response.headers.to_wsgi_list() == [("Content-Type", "text/html; charset=utf-8")]

    @pytest.mark.parametrize(
        "arguments",
        [
            {"response": "text"},
            {"response": "é"},
            {"response": b"bytes"},
            {"response": ""},
            {"response": None},
            {"response": "x", "status": 200},
            {"response": "x", "status": 404},
            {"response": "x", "status": "200 Fine"},
            {"response": "x", "status": "404"},
            {"response": "x", "mimetype": "text/plain"},
            {"response": "x", "mimetype": "application/json"},
            {"response": "x", "mimetype": "application/xml"},
            {"response": "x", "mimetype": "image/svg+xml"},
            {"response": "x", "mimetype": ""},
            {"response": "x", "content_type": "text/x; charset=latin-1"},
            {"response": "x", "content_type": ""},
            {"response": "x", "content_type": "a/b", "mimetype": "c/d"},
            {"response": "x", "headers": {"X-A": "1"}},
            {"response": "x", "headers": [("Content-Type", "a/b")]},
            {"response": "x", "headers": {}},
            {"response": ["a", b"b"]},
            {"response": bytearray(b"x")},
            {"response": "x", "direct_passthrough": True},
        ],
    )
    def test_it_is_made_as_werkzeug_makes_it(self, arguments: dict[str, Any]) -> None:
        """Headers, status and body are those of Werkzeug's response, however it was made."""

        class Theirs(werkzeug.wrappers.Response):
            default_mimetype = "text/html"
            autocorrect_location_header = False

        ours, theirs = Response(**arguments), Theirs(**arguments)

        assert ours.status == theirs.status
        assert ours.status_code == theirs.status_code
        assert ours.headers == theirs.headers
        assert ours.headers.to_wsgi_list() == theirs.headers.to_wsgi_list()
        assert ours.direct_passthrough == theirs.direct_passthrough
        if not ours.direct_passthrough:
            assert ours.data == theirs.data
        assert ours.is_streamed == theirs.is_streamed
        assert ours.is_sequence == theirs.is_sequence
        assert vars(ours).keys() == vars(theirs).keys()

    def test_wrong_mimetype_is_refused_as_before(self) -> None:
        """A header value with a line break is refused in every way of making a response."""
        for options in ({"mimetype": "a\nb"}, {"content_type": "a\r\nb"}):
            with pytest.raises(ValueError, match="newline"):
                Response("x", **options)  # type: ignore[arg-type]

    @pytest.mark.parametrize("body", ["text", ["a", "b"], None])
    def test_pickled_and_copied(self, body: Any) -> None:
        """Caches pickle responses; a copy goes its own way."""
        response = Response(body, headers={"X-A": "1"} if body == "text" else None)
        response.set_cookie("a", "b")

        for other in (
            pickle.loads(pickle.dumps(response)),
            copy.copy(response),
            copy.deepcopy(response),
        ):
            assert type(other) is Response
            assert other.data == response.data
            assert other.headers == response.headers
            assert other.status == response.status
        separate = copy.deepcopy(response)
        separate.headers["X-B"] = "2"
        separate.data = b"other"
        assert "X-B" not in response.headers
        assert response.data != b"other"

    def test_pickled_short_response_is_whole(self) -> None:
        """Also a response made the short way survives pickling, headers object included."""
        response = pickle.loads(pickle.dumps(Response("x")))

        assert type(response.headers) is Headers
        response.headers.add("X-A", "1")
        assert run_wsgi_app(response, create_environ())[2]["X-A"] == "1"

    def test_force_type_of_a_werkzeug_response(self) -> None:
        """``force_type`` turns a Werkzeug response into ours, in place."""
        theirs = werkzeug.wrappers.Response("x", 201)

        ours = Response.force_type(theirs)

        assert ours is theirs  # type: ignore[comparison-overlap]
        assert type(ours) is Response
        assert ours.status_code == 201
        assert ours.get_json(silent=True) is None

    def test_json(self, app: Flask) -> None:
        """``json`` and ``get_json`` read the body back."""
        with app.app_context():
            response = app.json.response({"a": 1})

        assert response.json == {"a": 1}
        assert response.get_json() is not None
        assert response.is_json
        assert Response("x").get_json(silent=True) is None
        assert Response("{}").get_json(force=True) == {}

    def test_max_cookie_size(self, app: Flask) -> None:
        """A cookie above MAX_COOKIE_SIZE warns; outside of an app Werkzeug's limit counts."""
        assert Response().max_cookie_size == werkzeug.wrappers.Response.max_cookie_size
        app.config["MAX_COOKIE_SIZE"] = 50
        with app.app_context():
            assert Response().max_cookie_size == 50
            with pytest.warns(UserWarning, match="too large"):
                Response().set_cookie("a", "x" * 60)

    def test_location_stays_relative(self) -> None:
        """Location headers are sent as they were set."""
        response = Response(status=302)
        response.location = "/next"

        headers = run_wsgi_app(response, create_environ())[2]
        assert headers["Location"] == "/next"


def sent(response: Response, method: str = "GET") -> tuple[list[tuple[str, str]], str, bytes]:
    body, status, headers = run_wsgi_app(response, create_environ(method=method))
    return headers.to_wsgi_list(), status, b"".join(body)


class TestOverriddenSeams:
    """Shortcuts yield to whoever overrides a method, on the class or on the instance."""

    OVERRIDES: dict[str, Callable[..., Any]] = {
        "get_wsgi_headers": lambda stock, environ: Headers({"X-Own": "1"}),
        "get_app_iter": lambda stock, environ: [b"own"],
        "get_wsgi_response": lambda stock, environ: ([b"own"], "299 Own", [("X-Own", "1")]),
        "iter_encoded": lambda stock: iter([b"own"]),
    }

    @pytest.mark.parametrize("name", OVERRIDES)
    @pytest.mark.parametrize("place", ["class", "instance"])
    def test_sending(self, name: str, place: str) -> None:
        """A response sends what its own methods return."""
        override = self.OVERRIDES[name]
        if place == "class":
            own = type("Own", (Response,), {name: lambda self, *args: override(None, *args)})
            response = own("stock")
        else:
            response = Response("stock")
            setattr(response, name, lambda *args: override(None, *args))

        headers, _, body = sent(response)

        assert (body == b"own") or ("X-Own", "1") in headers

    def test_call_on_close_is_called(self) -> None:
        """What was registered for the end runs when the server closes the response."""
        closed: list[int] = []
        response = Response("x")
        response.call_on_close(lambda: closed.append(1))

        iterable = response(create_environ(), lambda status, headers: None)  # type: ignore[arg-type]
        assert not closed
        iterable.close()  # type: ignore[attr-defined]

        assert closed == [1]

    @pytest.mark.parametrize("place", ["class", "instance"])
    def test_own_close_is_called(self, place: str) -> None:
        """A response's own ``close`` runs when the server closes it."""
        closed: list[int] = []
        if place == "class":

            class Own(Response):
                def close(self) -> None:
                    closed.append(1)
                    super().close()

            response: Response = Own("x")
        else:
            response = Response("x")
            response.close = lambda: closed.append(1)  # type: ignore[method-assign]

        iterable = response(create_environ(), lambda status, headers: None)  # type: ignore[arg-type]
        iterable.close()  # type: ignore[attr-defined]

        assert closed == [1]

    def test_set_data(self) -> None:
        """A class that overrides ``set_data`` has it called by the constructor."""

        class Own(Response):
            def set_data(self, value: str | bytes) -> None:
                super().set_data(f"<{value}>")  # type: ignore[str-bytes-safe]

        assert Own("x").data == b"<x>"

    def test_status_property(self) -> None:
        """A class that overrides ``status`` has its setter called by the constructor."""
        seen: list[Any] = []

        class Own(Response):
            @property
            def status(self) -> str:
                return super().status

            @status.setter
            def status(self, value: Any) -> None:
                seen.append(value)
                werkzeug.wrappers.Response.status.fset(self, value)  # type: ignore[attr-defined]

        own = Own("x", 201)
        Own("y")

        assert own.status_code == 201
        assert len(seen) == 2
        assert sent(own)[1] == "201 CREATED"

    def test_default_status_and_mimetype(self) -> None:
        """A class may have other defaults."""

        class Own(Response):
            default_status = 202
            default_mimetype = "text/plain"

        class Bare(Response):
            default_mimetype = None

        assert (Own("x").status_code, Own("x").mimetype) == (202, "text/plain")
        assert (Own("x", 200).status_code, Own("x", mimetype="a/b").mimetype) == (200, "a/b")
        assert "Content-Type" not in Bare("x").headers

    def test_without_automatic_length(self) -> None:
        """A class may leave Content-Length to the server."""

        class Own(Response):
            automatically_set_content_length = False

        assert "Content-Length" not in Own("x").headers
        assert "Content-Length" not in dict(sent(Own("x"))[0])
        assert "Content-Length" not in dict(sent(Own("x", 201))[0])
        late = Response("x")
        late.automatically_set_content_length = False
        del late.headers["Content-Length"]
        assert "Content-Length" not in dict(sent(late)[0])

    def test_clean_status_of_a_subclass(self) -> None:
        """A class that assigns defaults after construction is sent as it then is."""

        class Own(Response):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                self.status_code = 418
                self.headers["X-Own"] = "1"

        headers, status, _ = sent(Own("x"))

        assert status == "418 I'M A TEAPOT"
        assert ("X-Own", "1") in headers

    def test_autocorrected_location(self) -> None:
        """A class that corrects Location headers has them made absolute."""

        class Own(Response):
            autocorrect_location_header = True

        response = Own("x", headers={"Location": "/next"})

        assert ("Location", "http://localhost/next") in sent(response)[0]

    def test_changes_after_making_are_sent(self) -> None:
        """Body, status and headers set later are what is sent, with the length of the body."""
        response = Response("short")
        response.data = b"much longer"
        response.status = "201 Made"
        response.headers["X-A"] = "é"
        response.content_type = "text/plain"

        headers, status, body = sent(response)

        assert (status, body) == ("201 Made", b"much longer")
        assert dict(headers) == {
            "Content-Type": "text/plain",
            "Content-Length": "11",
            "X-A": "é",
        }

    def test_body_replaced_by_a_list(self) -> None:
        """A list assigned as body is sent whole, its length counted anew."""
        response = Response("x")
        response.response = [b"a", b"bc"]
        del response.headers["Content-Length"]

        headers, _, body = sent(response)

        assert body == b"abc"
        assert ("Content-Length", "3") in headers

    def test_headers_replaced(self) -> None:
        """A headers object of another class, assigned by hand, is sent with its content."""

        class Own(Headers):
            pass

        response = Response("x")
        response.headers = Own(response.headers)
        response.headers["X-Own"] = "1"

        assert ("X-Own", "1") in sent(response)[0]

    def test_sent_headers_are_a_copy(self) -> None:
        """Middleware may change the list of headers it is handed without changing the response."""
        response = Response("x")
        lists: list[list[Any]] = []
        for _ in range(2):
            response(create_environ(), lambda status, headers: lists.append(headers))  # type: ignore[arg-type,return-value]
            lists[0].append(("X-Added", "1"))

        assert ("X-Added", "1") not in lists[1]
        assert "X-Added" not in response.headers

    @pytest.mark.parametrize("status", [101, 199, 204, 304])
    def test_bodiless_status(self, status: int) -> None:
        """A response without body by its status has neither body nor length."""
        headers, _, body = sent(Response("text", status))

        assert body == b""
        assert "Content-Length" not in dict(headers)

    def test_head(self) -> None:
        """HEAD gets the headers of GET and no body."""
        get_headers, _, _ = sent(Response("text"))
        headers, _, body = sent(Response("text"), "HEAD")

        assert (headers, body) == (get_headers, b"")

    def test_sent_twice(self) -> None:
        """A response that holds its body may be sent any number of times."""
        response = Response("x")

        assert sent(response) == sent(response)


def test_too_large_is_raised_where_the_body_is_read(app: Flask) -> None:
    """The limit is checked when the body is read, so a view that reads none is not refused."""
    app.config["MAX_CONTENT_LENGTH"] = 1
    with app.test_request_context(method="POST", data=b"xx"):
        with pytest.raises(RequestEntityTooLarge):
            request.get_data()
        assert request.path == "/"


def test_json_module_defaults_to_ours() -> None:
    """Requests and responses made by hand parse JSON with ``flask.json``."""
    assert Request.json_module is json
    assert Response.json_module is json


def test_wsgi_iterable_is_the_body_itself() -> None:
    """A plain response hands its body to the server without a wrapper."""
    iterable: Iterable[bytes] = Response("x")(create_environ(), lambda status, headers: None)  # type: ignore[arg-type]

    assert list(iterable) == [b"x"]
