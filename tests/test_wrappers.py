from __future__ import annotations

import copy
import io
import pickle
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
from werkzeug.test import create_environ

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
            assert getattr(ours, name).__class__ is getattr(theirs, name).__class__, name
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

    @pytest.mark.parametrize(
        ("name", "value"),
        [("path", "/a"), ("root_path", "/shop"), ("query_string", b"b=1"), ("scheme", "http")],
    )
    def test_what_came_is_kept(self, name: str, value: Any) -> None:
        """What names the resource is that of the request as it came, whenever it is read."""
        environ = create_environ("/a", "http://localhost/shop", query_string="b=1")
        request = Request(environ)
        environ.update(
            {"PATH_INFO": "", "SCRIPT_NAME": "/other", "QUERY_STRING": "", "wsgi.url_scheme": "x"}
        )

        assert getattr(request, name) == value

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

    def test_query_replaced_before_args_are_read(self) -> None:
        """Arguments come from the query string that is there when they are read."""
        one = made(query_string="a=1")
        one.query_string = b"b=2"

        assert (one.args.to_dict(), one.full_path) == ({"b": "2"}, "/?b=2")

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

        assert args.__class__ is ImmutableMultiDict
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
