"""Whatever has a part in reading and sending the session's cookie is heard when it is replaced."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.datastructures import Headers, ImmutableMultiDict, MultiDict
from werkzeug.wrappers import Response as WerkzeugResponse

from flask import Flask, Request, Response, redirect, send_file, session
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.testing import FlaskClient
from sessions.frozen import ANN, cookie_of

BY_ANN = {"Cookie": f"session={ANN}"}
COOKIES = ImmutableMultiDict({"session": ANN})


@pytest.fixture
def client(app: Flask, clock: Callable[[int], None]) -> FlaskClient:
    return app.test_client(use_cookies=False)


class TestReading:
    def test_cookies_of_a_request_class(self, app: Flask, client: FlaskClient) -> None:
        """A request class that has cookies of its own is asked for them."""

        class Own(Request):
            cookies = COOKIES  # type: ignore[assignment]

        app.request_class = Own

        assert client.get("/read").text == "{'user': 'ann'}"
        assert client.get("/read", headers={"Cookie": "session=x"}).text == "{'user': 'ann'}"

    def test_cookies_replaced_on_the_class(
        self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """So is the stock class, when the attribute was replaced on it."""
        monkeypatch.setattr(Request, "cookies", property(lambda self: COOKIES))

        assert client.get("/read").text == "{'user': 'ann'}"
        assert client.get("/read", headers={"Cookie": "session=x"}).text == "{'user': 'ann'}"

    @pytest.mark.parametrize(
        "change",
        [
            lambda request: setattr(request, "cookies", COOKIES),
            lambda request: setattr(request, "headers", Headers(BY_ANN)),
            lambda request: setattr(request, "dict_storage_class", Ann),
            lambda request: request.environ.update(HTTP_COOKIE=f"session={ANN}"),
        ],
    )
    def test_request_changed_before_the_session_is_opened(
        self, app: Flask, clock: Callable[[int], None], change: Callable[[Request], Any]
    ) -> None:
        """Cookies, headers, their class and the environ may be replaced on one request."""
        with app.test_request_context(headers={"Cookie": "session=x"}) as ctx:
            change(ctx.request)
            opened = app.session_interface.open_session(app, ctx.request)

        assert opened == {"user": "ann"}

    def test_cookies_read_before(self, app: Flask, clock: Callable[[int], None]) -> None:
        """Cookies that were read are not read again from a header that changed since."""
        with app.test_request_context(headers=BY_ANN) as ctx:
            assert ctx.request.cookies["session"] == ANN
            ctx.request.environ["HTTP_COOKIE"] = "session=x"

            assert app.session_interface.open_session(app, ctx.request) == {"user": "ann"}

    @pytest.mark.parametrize(
        "header",
        [
            f"session={ANN}; session=x",
            f"session_id=1; session={ANN}",
            f'quoted="a; session=x"; session={ANN}',
            f'session="{ANN}"',
            f"session = {ANN}",
            f"other;session={ANN}",
        ],
    )
    def test_unusual_headers(self, client: FlaskClient, header: str) -> None:
        """The first cookie of the name counts, however the header is written."""
        assert client.get("/read", headers={"Cookie": header}).text == "{'user': 'ann'}"

    def test_name_with_a_prefix(self, app: Flask, client: FlaskClient) -> None:
        """A name that browsers guard, or one that changes while serving, is found."""
        app.config["SESSION_COOKIE_NAME"] = "__Host-session"
        headers = {"Cookie": f"session=x; __Host-session={ANN}"}

        assert client.get("/read", headers=headers).text == "{'user': 'ann'}"

    @pytest.mark.parametrize(
        ("name", "value"),
        [("salt", "own"), ("digest_method", hashlib.sha256), ("key_derivation", "concat")],
    )
    def test_option_changed_while_serving(
        self,
        app: Flask,
        client: FlaskClient,
        name: str,
        value: Any,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """An option set on the class or on the interface holds from the next request on."""
        interface = app.session_interface = SecureCookieSessionInterface()
        assert client.get("/read", headers=BY_ANN).text == "{'user': 'ann'}"

        with monkeypatch.context() as patch:
            stands = staticmethod(value) if callable(value) else value
            patch.setattr(SecureCookieSessionInterface, name, stands)
            assert client.get("/read", headers=BY_ANN).text == "{}"
        assert client.get("/read", headers=BY_ANN).text == "{'user': 'ann'}"
        setattr(interface, name, value)
        assert client.get("/read", headers=BY_ANN).text == "{}"

    @pytest.mark.parametrize("key", [b"frozen key", bytearray(b"frozen key")])
    @pytest.mark.parametrize("fallbacks", [None, [], (b"other key",), [bytearray(b"other key")]])
    def test_keys_of_bytes(self, app: Flask, client: FlaskClient, key: Any, fallbacks: Any) -> None:
        """Keys may be bytes or bytearrays, current and older ones."""
        app.secret_key, app.config["SECRET_KEY_FALLBACKS"] = key, fallbacks

        assert client.get("/read", headers=BY_ANN).text == "{'user': 'ann'}"
        assert cookie_of(client.get("/set/ann")) == ANN

    def test_serializer_that_makes_its_tags_itself(self, app: Flask, client: FlaskClient) -> None:
        """A serializer whose constructor does not call the stock one still writes and reads."""

        class Bare(TaggedJSONSerializer):
            def __init__(self) -> None:
                self.tags, self.order = {}, []

        interface: Any = SecureCookieSessionInterface()
        app.session_interface = interface
        interface.serializer = Bare()

        assert cookie_of(client.get("/set/ann")) == ANN
        assert client.get("/read", headers=BY_ANN).text == "{'user': 'ann'}"


class Ann(MultiDict[str, str]):
    """Cookies that hold Ann's session, whatever came."""

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return ANN


class TestSending:
    def headers_of(self, app: Flask, view: Callable[[], Any]) -> list[tuple[str, str]]:
        """Return what a view's response has beside type and length."""
        app.add_url_rule("/view", "view", view)
        response = app.test_client(use_cookies=False).get("/view")
        return [pair for pair in response.headers if not pair[0].startswith("Content-")]

    COOKIE = ("Set-Cookie", f"session={ANN}; HttpOnly; Path=/")
    VARY = ("Vary", "Cookie")

    @pytest.mark.parametrize("touched", [False, True])
    def test_headers_are_the_same_whether_anybody_read_them(
        self, app: Flask, clock: Callable[[int], None], touched: bool
    ) -> None:
        """Vary and Set-Cookie are added to headers that are made already, or not yet."""

        @app.after_request
        def look(response: Response) -> Response:
            if touched:
                assert "Vary" not in response.headers
            return response

        def view() -> str:
            session["user"] = "ann"
            return "x"

        assert self.headers_of(app, view) == [self.VARY, self.COOKIE]

    @pytest.mark.parametrize(
        ("own", "together"),
        [
            ("Cookie", "Cookie"),
            ("Accept", "Accept, Cookie"),
            ("cookie", "cookie"),
            ("*", "*, Cookie"),
        ],
    )
    def test_vary_of_the_view(
        self, app: Flask, clock: Callable[[int], None], own: str, together: str
    ) -> None:
        """A Vary header of the view is completed, not doubled."""

        def view() -> Response:
            session["user"] = "ann"
            return Response("x", headers={"vary": own})

        (_, vary), cookie = self.headers_of(app, view)

        assert (vary, cookie) == (together, self.COOKIE)

    @pytest.mark.parametrize(
        ("given", "expected"),
        [({"X": "1"}, {"X": "1", "Vary": "Cookie"}), ({"X": "1", "Vary": "A"}, None)],
    )
    def test_headers_of_another_type(
        self, app: Flask, given: dict[str, str], expected: dict[str, str] | None
    ) -> None:
        """What is assigned in place of the headers gets its Vary as Werkzeug gives it."""
        response: Any = Response("x")
        response.headers = given
        theirs: Any = WerkzeugResponse("x")
        theirs.headers = dict(given)
        theirs.vary.add("Cookie")
        values = SecureCookieSession({"user": "ann"})
        values.accessed = True
        with app.app_context():
            app.session_interface.save_session(app, values, response)

        assert response.headers == theirs.headers
        assert expected in (None, response.headers)

    def test_plain_dict_as_headers_is_sent(self, app: Flask) -> None:
        """A response whose headers are a plain dict is sent though its session was read."""

        def view() -> Any:
            session.get("user")
            response: Any = Response("x")
            response.headers = {"X": "1"}
            return response

        assert sorted(self.headers_of(app, view)) == [self.VARY, ("X", "1")]

    def test_file_sent_again_without_the_session(self, app: Flask) -> None:
        """A file sent by who read the session varies; sent by who did not, it does not."""

        @app.route("/file/<int:reads>")
        def send(reads: int) -> Response:
            if reads:
                session.get("user")
            return send_file(__file__)

        client = app.test_client()
        varies = []
        for reads in (0, 1, 0, 1):
            with client.get(f"/file/{reads}") as response:
                varies.append(response.headers.getlist("Vary"))

        assert varies == [[], ["Cookie"], [], ["Cookie"]]

    @pytest.mark.parametrize("is_patched", [False, True])
    def test_vary_of_a_class(
        self,
        app: Flask,
        clock: Callable[[int], None],
        monkeypatch: pytest.MonkeyPatch,
        is_patched: bool,
    ) -> None:
        """A class with a ``vary`` of its own is told of the cookie there, as often as upstream."""
        told: list[str] = []

        class Vary:
            def add(self, value: str) -> None:
                told.append(value)

        own: Any = property(lambda self: Vary())
        if is_patched:
            monkeypatch.setattr(Response, "vary", own)
        else:
            app.response_class = type("Own", (Response,), {"vary": own})

        def view() -> str:
            session["user"] = "ann"
            return "x"

        assert self.headers_of(app, view) == [self.COOKIE]
        assert told == ["Cookie", "Cookie"]

    def test_redirect(self, app: Flask, clock: Callable[[int], None]) -> None:
        """A redirect sends its Location beside the cookie."""

        def view() -> Any:
            session["user"] = "ann"
            return redirect("/read")

        assert self.headers_of(app, view) == [("Location", "/read"), self.VARY, self.COOKIE]

    def test_headers_are_complete_for_who_reads_them_late(
        self, app: Flask, clock: Callable[[int], None]
    ) -> None:
        """Who asks a saved response for its headers sees what the session added."""
        response = Response("x")
        values = SecureCookieSession({"user": "ann"})
        values.accessed = values.modified = True
        with app.app_context():
            app.session_interface.save_session(app, values, response)

        assert response.headers.to_wsgi_list()[-2:] == [self.VARY, self.COOKIE]
        assert response.headers["Content-Length"] == "1"

    def test_set_cookie_of_a_class_or_a_response(
        self, app: Flask, clock: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """``set_cookie`` is called where the class, an instance or a patch has its own."""
        calls: list[str] = []

        class Own(Response):
            def set_cookie(self, key: str, *args: Any, **options: Any) -> None:
                calls.append(f"class {key} {options['httponly']} {options['path']}")

        def view() -> Response:
            session["user"] = "ann"
            return Own("x")

        assert self.headers_of(app, view) == [self.VARY]
        response: Any = Response("x")
        response.set_cookie = lambda key, *args, **options: calls.append(f"instance {key}")
        values = SecureCookieSession()
        values["user"] = "ann"
        with app.app_context():
            app.session_interface.save_session(app, values, response)
            monkeypatch.setattr(
                Response, "set_cookie", lambda self, key, *args, **options: calls.append("patch")
            )
            app.session_interface.save_session(app, values, Response("x"))

        assert calls == ["class session True /", "instance session", "patch"]

    def test_changes_are_told(self) -> None:
        """A session's ``on_update`` may be replaced, and is then what hears of a change."""
        values, heard = SecureCookieSession(), []
        values.on_update = heard.append
        values["user"] = "ann"
        assert (heard, values.modified) == ([values], False)

        values.on_update = None
        values["user"] = "bob"

        assert (len(heard), values.modified) == (1, False)
