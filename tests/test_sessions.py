from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from itsdangerous import BadSignature
from itsdangerous.timed import TimestampSigner
from markupsafe import Markup
from werkzeug.http import parse_cookie, parse_date

from flask import Flask, Request, Response, render_template_string, session
from flask.ctx import RequestContext
from flask.globals import request_ctx
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import (
    NullSession,
    SecureCookieSession,
    SecureCookieSessionInterface,
    SessionInterface,
    SessionMixin,
)
from flask.testing import FlaskClient

FROZEN = 1_800_000_000  # seconds since 1970, when the cookies below were signed

# Written by genuine Flask 3.1.3 with the key "frozen key", the clock at FROZEN.
GENUINE: dict[str, tuple[dict[str, Any], str]] = {
    "plain": (
        {"user": "ann", "n": 3, "f": 1.5, "yes": True, "none": None},
        "eyJmIjoxLjUsIm4iOjMsIm5vbmUiOm51bGwsInVzZXIiOiJhbm4iLCJ5ZXMiOnRydWV9.a0nSAA"
        ".GyiGxfLc-UZGjfpFsuhnvBPExsg",
    ),
    "nested": (
        {"list": [1, [2, {"a": "b"}]], "dict": {"x": {"y": []}}},
        "eyJkaWN0Ijp7IngiOnsieSI6W119fSwibGlzdCI6WzEsWzIseyJhIjoiYiJ9XV19.a0nSAA"
        ".9AVd-8maDF2kfCvH0N0hu7wXkhI",
    ),
    "tuple": (
        {"t": (1, ("two", [3]))},
        "eyJ0Ijp7IiB0IjpbMSx7IiB0IjpbInR3byIsWzNdXX1dfX0.a0nSAA.OBOw3EUG9K6P-F2ev45q9MdEeFc",
    ),
    "bytes": (
        {"b": b"\x00\xffraw"},
        "eyJiIjp7IiBiIjoiQVA5eVlYYz0ifX0.a0nSAA.LeblYGCekAF4rPS-_8DMJWQvRFM",
    ),
    "markup": (
        {"m": Markup("<b>bold</b>")},
        "eyJtIjp7IiBtIjoiPGI-Ym9sZDwvYj4ifX0.a0nSAA.yGK5g7ShozOmrHKHc31YHc9IWaU",
    ),
    "uuid, compressed": (
        {"u": UUID("12345678123456781234567812345678")},
        ".eJyrVipVsqpWUgCSSoZGxiamZuYWuGil2loABOwKyw.a0nSAA.1i2H7xn4ce9Ow9LTdVX5qSUdocU",
    ),
    "datetime": (
        {"d": datetime(2026, 11, 21, 10, 30, 59, tzinfo=UTC)},
        "eyJkIjp7IiBkIjoiU2F0LCAyMSBOb3YgMjAyNiAxMDozMDo1OSBHTVQifX0.a0nSAA"
        ".8Biux8ww4Z1SSqHf9GbR2J4fSRg",
    ),
    "dicts like tags, compressed": (
        {"x": {" t": [1]}, "y": {" di": {" di": 1}}},
        ".eJyrVqpQsqpWUkjJBFMl8fFKVtGGsbW1OkqVyBIpmSAZdL5hLQgAAKVxFF8.a0nSAA"
        ".d9Xgnj_YucdLHF8sjm80nCApC1Q",
    ),
    "text": (
        {"é": "한국어 \u2028 <&>'\""},
        "eyJcdTAwZTkiOiJcdWQ1NWNcdWFkNmRcdWM1YjQgXHUyMDI4IDwmPidcIiJ9.a0nSAA"
        ".BlkTFWf4FFrwC5ACm0DHmV5tHAA",
    ),
    "long, compressed": (
        {"long": "abc " * 200},
        ".eJyrVsrJz0tXslJKTEpWGMWjeBRjx0q1AKcIAio.a0nSAA.HOb2RDRkw4Kf-23D0GeCsr5keV4",
    ),
    "permanent": (
        {"_permanent": True, "user": "ann"},
        "eyJfcGVybWFuZW50Ijp0cnVlLCJ1c2VyIjoiYW5uIn0.a0nSAA.mNagTCtIeCvsngx7SgrT-LbtOik",
    ),
    "flashes, compressed": (
        {"_flashes": [("message", "Saved."), ("error", "Lost.")]},
        ".eJyrVopPy0kszkgtVrKKrlZSKAFSSrmpxcWJ6alKOkrBiWWpKXpKsbU6MLnUoqL8IqCMT35xCUgithYA4TIVjA"
        ".a0nSAA.O0fOawwRheg_puK-iPnn7fuYwqw",
    ),
}
ANN = "eyJ1c2VyIjoiYW5uIn0.a0nSAA.dQFWJSbV5SK5Mfhna4bfxqA8Z-A"
ANN_BY_OTHER_KEY = "eyJ1c2VyIjoiYW5uIn0.a0nSAA.NedsUmP5-hgGWsZBOqDUrPscXEw"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Set the clock of signatures, in seconds after FROZEN."""

    def turn(seconds: int) -> None:
        monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: FROZEN + seconds)

    turn(0)
    return turn


@pytest.fixture
def app(app: Flask) -> Flask:
    app.secret_key = "frozen key"

    @app.route("/read")
    def read() -> str:
        return repr(dict(session))

    @app.route("/set/<value>")
    def set_value(value: str) -> str:
        session["user"] = value
        return ""

    @app.route("/clear")
    def clear() -> str:
        session.clear()
        return ""

    @app.route("/untouched")
    def untouched() -> str:
        return ""

    return app


def read(app: Flask, cookie: str) -> str:
    return app.test_client(use_cookies=False).get("/read", headers={"Cookie": cookie}).text


def cookie_of(response: Any) -> str:
    """Return the session cookie's value that a response sets."""
    return parse_cookie(response.headers["Set-Cookie"].partition(";")[0])["session"]


class TestGenuineCookies:
    @pytest.mark.parametrize("name", GENUINE)
    def test_cookie_of_genuine_flask_is_read(
        self, app: Flask, clock: Callable[[int], None], name: str
    ) -> None:
        """A cookie that genuine Flask signed holds the same values, of the same types, for us."""
        values, cookie = GENUINE[name]
        clock(3600)

        assert read(app, f"session={cookie}") == repr({key: values[key] for key in sorted(values)})

    @pytest.mark.parametrize("name", [name for name in GENUINE if "compressed" not in name])
    def test_cookie_is_the_one_genuine_flask_would_send(
        self, app: Flask, clock: Callable[[int], None], name: str
    ) -> None:
        """The same values give the same cookie, byte for byte."""
        values, cookie = GENUINE[name]

        @app.route("/write")
        def write() -> str:
            session.update(values)
            return ""

        header = app.test_client().get("/write").headers["Set-Cookie"]

        assert header.partition(";")[0] == f"session={cookie}"

    def test_key_may_be_bytes(self, app: Flask, clock: Callable[[int], None]) -> None:
        """A secret key of bytes signs as the same text does."""
        app.secret_key = b"frozen key"

        assert read(app, f"session={ANN}") == "{'user': 'ann'}"


class TestBadCookies:
    @pytest.mark.parametrize(
        "cookie",
        [
            "",
            "x",
            ".",
            "..",
            "a.b.c",
            ANN[:-2] + "BB",
            "X" + ANN[1:],
            ANN.replace(".a0nSAA.", ".a0nSAB."),
            ANN.rpartition(".")[0],
            ANN_BY_OTHER_KEY,
            "é.é.é",
            "\x00.\x7f",
            ".eJyr.a0nSAA.AAAA",
            "A" * 100_000,
            f"{ANN}{'A' * 5000}",
        ],
    )
    def test_forged_or_damaged_cookie_is_an_empty_session(
        self, app: Flask, clock: Callable[[int], None], cookie: str
    ) -> None:
        """A cookie that was not signed with the key is ignored, whatever is in it."""
        assert read(app, f"session={cookie}") == "{}"

    def test_cookie_signed_for_another_purpose(
        self, app: Flask, clock: Callable[[int], None]
    ) -> None:
        """The salt keeps signatures that the same key made for something else apart."""
        other = SecureCookieSessionInterface()
        other.salt = "other"
        serializer = other.get_signing_serializer(app)
        assert serializer is not None

        assert read(app, f"session={serializer.dumps({'user': 'ann'})}") == "{}"

    def test_expired_cookie(self, app: Flask, clock: Callable[[int], None]) -> None:
        """A cookie older than the permanent lifetime is ignored, permanent or not."""
        app.permanent_session_lifetime = timedelta(minutes=1)

        clock(60)
        assert read(app, f"session={ANN}") == "{'user': 'ann'}"
        clock(61)
        assert read(app, f"session={ANN}") == "{}"

    def test_cookie_of_a_key_no_longer_used(self, app: Flask, clock: Callable[[int], None]) -> None:
        """Cookies of fallback keys are read; new ones are signed with the current key."""
        app.config["SECRET_KEY_FALLBACKS"] = ["older key", "other key"]

        assert read(app, f"session={ANN_BY_OTHER_KEY}") == "{'user': 'ann'}"
        assert read(app, f"session={ANN}") == "{'user': 'ann'}"
        assert cookie_of(app.test_client().get("/set/ann")) == ANN

    def test_key_changed_while_serving(self, app: Flask, clock: Callable[[int], None]) -> None:
        """A changed key, or changed fallbacks, hold from the next request on."""
        assert read(app, f"session={ANN_BY_OTHER_KEY}") == "{}"

        app.secret_key = "other key"
        assert read(app, f"session={ANN_BY_OTHER_KEY}") == "{'user': 'ann'}"
        assert read(app, f"session={ANN}") == "{}"

        app.config["SECRET_KEY_FALLBACKS"] = ["frozen key"]
        assert read(app, f"session={ANN}") == "{'user': 'ann'}"
        app.config["SECRET_KEY_FALLBACKS"] = []
        assert read(app, f"session={ANN}") == "{}"

    def test_fallbacks_changed_in_place(self, app: Flask, clock: Callable[[int], None]) -> None:
        """A list of fallback keys may be changed in place."""
        fallbacks = app.config["SECRET_KEY_FALLBACKS"] = ["older key"]
        assert read(app, f"session={ANN_BY_OTHER_KEY}") == "{}"

        fallbacks.append("other key")

        assert read(app, f"session={ANN_BY_OTHER_KEY}") == "{'user': 'ann'}"


class TestAccess:
    """Whether a response varies by cookie says whether the request looked at the session."""

    @pytest.mark.parametrize(
        "look",
        [
            lambda: session.get("a"),
            lambda: "a" in session,
            lambda: len(session),
            lambda: bool(session),
            lambda: list(session),
            lambda: isinstance(session, dict),
            lambda: repr(session),
            lambda: session == {},
            lambda: session.permanent,
            lambda: session.new,
            lambda: session.accessed,
            lambda: request_ctx.session,
            lambda: session._get_current_object(),
            lambda: session.copy(),
            lambda: session.pop("a", None),
        ],
    )
    def test_any_look_counts(self, app: Flask, look: Callable[[], Any]) -> None:
        """Every way of reading the session makes the response vary by cookie."""

        @app.route("/look")
        def view() -> str:
            look()
            return ""

        response = app.test_client().get("/look")

        assert response.headers.getlist("Vary") == ["Cookie"]

    @pytest.mark.parametrize("cookie", ["", f"session={ANN}", "session=broken", "other=1"])
    def test_untouched_session_leaves_no_trace(
        self, app: Flask, clock: Callable[[int], None], cookie: str
    ) -> None:
        """A request that never asks has neither Vary nor Set-Cookie, whatever it brought."""
        client = app.test_client(use_cookies=False)
        response = client.get("/untouched", headers={"Cookie": cookie})

        assert "Vary" not in response.headers
        assert "Set-Cookie" not in response.headers

    def test_rendering_does_not_look(self, app: Flask, clock: Callable[[int], None]) -> None:
        """A template that does not use the session does not open it."""
        app.add_url_rule("/page", "page", lambda: render_template_string("{{ 1 }}"))
        app.add_url_rule("/used", "used", lambda: render_template_string("{{ session.user }}"))
        client = app.test_client(use_cookies=False)
        headers = {"Cookie": f"session={ANN}"}

        assert "Vary" not in client.get("/page", headers=headers).headers
        used = client.get("/used", headers=headers)
        assert (used.text, used.headers["Vary"]) == ("ann", "Cookie")

    def test_vary_is_added_to_what_is_there(self, app: Flask) -> None:
        """The view's own Vary header keeps its entries."""

        @app.route("/own")
        def own() -> Response:
            session.get("a")
            return Response("", headers={"Vary": "Accept"})

        assert app.test_client().get("/own").headers["Vary"] == "Accept, Cookie"

    def test_reading_sends_no_cookie(self, app: Flask, client: FlaskClient) -> None:
        """A session that was read but not changed is not sent again."""
        client.get("/set/ann")
        response = client.get("/read")

        assert response.headers["Vary"] == "Cookie"
        assert "Set-Cookie" not in response.headers

    def test_opened_once(self, app: Flask, clock: Callable[[int], None]) -> None:
        """Looking twice gives the same object."""

        @app.route("/twice")
        def twice() -> str:
            return str(session._get_current_object() is request_ctx.session)

        assert app.test_client().get("/twice").text == "True"

    def test_after_request_functions_may_still_change_it(self, app: Flask) -> None:
        """The session is saved after the after-request functions."""

        @app.after_request
        def count(response: Response) -> Response:
            session["count"] = session.get("count", 0) + 1
            return response

        client = app.test_client()
        client.get("/untouched")
        client.get("/untouched")

        assert client.get("/read").text == "{'count': 2}"

    def test_error_pages_save_it_too(self, app: Flask) -> None:
        """What an error handler puts into the session is kept."""

        @app.errorhandler(404)
        def missing(error: Exception) -> str:
            session["lost"] = True
            return ""

        client = app.test_client()
        client.get("/nowhere")

        assert client.get("/read").text == "{'lost': True}"

    def test_not_before_the_context_is_pushed(self, app: Flask) -> None:
        """The session of a context that was not pushed is not there yet."""
        ctx = app.test_request_context()

        with pytest.raises(AssertionError, match="session has not yet been opened"):
            _ = ctx.session


class TestChanges:
    def test_setting_sends_the_cookie(self, client: FlaskClient) -> None:
        """A change is sent, with Vary, and read back by the next request."""
        response = client.get("/set/ann")

        assert response.headers["Set-Cookie"].startswith("session=")
        assert response.headers["Vary"] == "Cookie"
        assert client.get("/read").text == "{'user': 'ann'}"

    def test_emptying_deletes_the_cookie(self, client: FlaskClient) -> None:
        """A session that became empty is deleted in the browser."""
        client.get("/set/ann")
        header = client.get("/clear").headers["Set-Cookie"]

        assert header.startswith("session=;")
        assert "Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0" in header
        assert client.get_cookie("session") is None

    def test_clearing_an_empty_session_deletes_it_as_well(self, client: FlaskClient) -> None:
        """The deletion is sent though there was no cookie: the browser may know better."""
        assert client.get("/clear").headers["Set-Cookie"].startswith("session=;")

    @pytest.mark.parametrize(
        ("change", "is_seen"),
        [
            (lambda s: s.__setitem__("b", 1), True),
            (lambda s: s.update(b=1), True),
            (lambda s: s.setdefault("b", 1), True),
            (lambda s: s.__delitem__("a"), True),
            (lambda s: s.pop("a"), True),
            (lambda s: s.popitem(), True),
            (lambda s: s.clear(), True),
            (lambda s: s["a"].append(1), False),
            (lambda s: s.get("a"), False),
        ],
    )
    def test_which_changes_are_noticed(self, change: Callable[[Any], Any], is_seen: bool) -> None:
        """Keys that come and go are noticed, changes inside a value are not."""
        values = SecureCookieSession({"a": []})
        assert (values.modified, values.accessed) == (False, False)

        change(values)

        assert values.modified is is_seen

    def test_modified_may_be_set_by_hand(self, app: Flask, client: FlaskClient) -> None:
        """Setting ``modified`` saves a change inside a value."""

        @app.route("/append")
        def append() -> str:
            session.setdefault("list", []).append(1)
            session.modified = True
            return ""

        client.get("/append")
        client.get("/append")

        assert client.get("/read").text == "{'list': [1, 1]}"


class TestPermanent:
    @pytest.fixture
    def client(self, app: Flask) -> FlaskClient:
        @app.route("/keep")
        def keep() -> str:
            session.permanent = True
            session["user"] = "ann"
            return ""

        client = app.test_client()
        client.get("/keep")
        return client

    def test_it_is_refreshed_though_untouched(self, client: FlaskClient) -> None:
        """A permanent session's cookie is sent again by every request, and that varies."""
        response = client.get("/untouched")

        assert "Expires=" in response.headers["Set-Cookie"]
        assert response.headers["Vary"] == "Cookie"

    def test_refreshing_can_be_turned_off(self, app: Flask, client: FlaskClient) -> None:
        """Without SESSION_REFRESH_EACH_REQUEST it is sent only when it changed."""
        app.config["SESSION_REFRESH_EACH_REQUEST"] = False

        response = client.get("/untouched")
        assert "Set-Cookie" not in response.headers
        assert "Vary" not in response.headers
        assert "Expires=" in client.get("/set/bob").headers["Set-Cookie"]

    def test_it_lasts_as_long_as_the_lifetime(self, app: Flask, client: FlaskClient) -> None:
        """The cookie expires when the permanent lifetime has passed from now."""
        app.config["PERMANENT_SESSION_LIFETIME"] = 3600
        before = datetime.now(UTC)

        header = client.get("/untouched").headers["Set-Cookie"]

        expires = parse_date(header.partition("Expires=")[2].partition(";")[0])
        assert expires is not None
        assert timedelta(0) <= expires - before + timedelta(seconds=1) <= timedelta(seconds=3605)

    def test_others_end_with_the_browser(self, client: FlaskClient, app: Flask) -> None:
        """A session that is not permanent has no expiry date."""
        header = app.test_client().get("/set/ann").headers["Set-Cookie"]

        assert "Expires" not in header
        assert "Max-Age" not in header

    def test_it_is_a_key_of_the_session(self) -> None:
        """``permanent`` is kept in the session itself, as a bool."""
        values = SecureCookieSession()
        assert values.permanent is False

        values.permanent = 1  # type: ignore[assignment]

        assert values == {"_permanent": True}
        assert values.modified


class TestCookieSettings:
    @pytest.mark.parametrize(
        ("settings", "expected"),
        [
            ({}, "HttpOnly; Path=/"),
            ({"APPLICATION_ROOT": "/app"}, "HttpOnly; Path=/app"),
            ({"APPLICATION_ROOT": "/app", "SESSION_COOKIE_PATH": "/x"}, "HttpOnly; Path=/x"),
            ({"SESSION_COOKIE_DOMAIN": "shop.example"}, "Domain=shop.example; HttpOnly; Path=/"),
            ({"SESSION_COOKIE_DOMAIN": ".shop.example"}, "Domain=shop.example; HttpOnly; Path=/"),
            ({"SERVER_NAME": "shop.example:5000"}, "HttpOnly; Path=/"),
            ({"SESSION_COOKIE_SECURE": True}, "Secure; HttpOnly; Path=/"),
            ({"SESSION_COOKIE_HTTPONLY": False}, "Path=/"),
            ({"SESSION_COOKIE_SAMESITE": "Lax"}, "HttpOnly; Path=/; SameSite=Lax"),
            ({"SESSION_COOKIE_SAMESITE": "Strict"}, "HttpOnly; Path=/; SameSite=Strict"),
            (
                {"SESSION_COOKIE_PARTITIONED": True, "SESSION_COOKIE_SECURE": True},
                "Secure; HttpOnly; Path=/; Partitioned",
            ),
        ],
    )
    def test_attributes(self, app: Flask, settings: dict[str, Any], expected: str) -> None:
        """The settings become the cookie's attributes, when it is set and when it is deleted."""
        app.config.update(settings)
        client = app.test_client()

        _, _, attributes = client.get("/set/ann").headers["Set-Cookie"].partition("; ")
        assert attributes == expected

        _, _, attributes = client.get("/clear").headers["Set-Cookie"].partition("; ")
        for attribute in expected.split("; "):
            assert attribute in attributes

    def test_name(self, app: Flask, clock: Callable[[int], None]) -> None:
        """SESSION_COOKIE_NAME is read on every request, for reading and for writing."""
        app.config["SESSION_COOKIE_NAME"] = "basket"

        assert read(app, f"session={ANN}") == "{}"
        assert read(app, f"basket={ANN}") == "{'user': 'ann'}"
        assert app.test_client().get("/set/a").headers["Set-Cookie"].startswith("basket=")

    def test_warning_when_the_cookie_is_too_large(self, app: Flask, client: FlaskClient) -> None:
        """A cookie that browsers would drop warns; the limit is MAX_COOKIE_SIZE."""

        @app.route("/large")
        def large() -> str:
            session["x"] = hashlib.shake_128(b"").hexdigest(4000)
            return ""

        with pytest.warns(UserWarning, match="cookie is too large"):
            client.get("/large")

        app.config["MAX_COOKIE_SIZE"] = 0
        client.get("/large")


class TestWithoutKey:
    @pytest.fixture
    def app(self, app: Flask) -> Flask:
        app.secret_key = None
        return app

    def test_reading_works(self, client: FlaskClient) -> None:
        """Without a secret key the session is there, empty, and nothing is sent."""
        response = client.get("/read", headers={"Cookie": f"session={ANN}"})

        assert response.text == "{}"
        assert "Set-Cookie" not in response.headers
        assert "Vary" not in response.headers

    @pytest.mark.parametrize(
        "change",
        [
            lambda s: s.__setitem__("a", 1),
            lambda s: s.__delitem__("a"),
            lambda s: s.pop("a", None),
            lambda s: s.popitem(),
            lambda s: s.update(a=1),
            lambda s: s.setdefault("a", 1),
            lambda s: s.clear(),
            lambda s: setattr(s, "permanent", True),
        ],
    )
    def test_changing_is_refused_with_the_remedy(
        self, app: Flask, change: Callable[[Any], Any]
    ) -> None:
        """Every change is refused, and the error says to set the secret key."""
        with app.test_request_context():
            assert isinstance(session._get_current_object(), NullSession)
            with pytest.raises(RuntimeError, match="because no secret key was set") as caught:
                change(session)

        assert "secret_key" in str(caught.value)


class MemoryInterface(SessionInterface):
    """Sessions in a dict of the program, which notes when it is asked."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.kept: dict[str, Any] = {}

    def open_session(self, app: Flask, request: Request) -> Any:
        self.calls.append(f"open {request.path} {request.url_rule}")
        return SecureCookieSession(self.kept)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        self.calls.append(f"save {dict(session)}")
        self.kept = dict(session)


class TestInterface:
    def test_own_interface_is_asked_on_every_request(self, app: Flask) -> None:
        """Another interface opens the session of each request before matching, and saves it."""
        interface = app.session_interface = MemoryInterface()
        client = app.test_client()

        client.get("/untouched")
        client.get("/set/ann")
        client.get("/nowhere")

        assert interface.calls == [
            "open /untouched None",
            "save {}",
            "open /set/ann None",
            "save {'user': 'ann'}",
            "open /nowhere None",
            "save {'user': 'ann'}",
        ]

    def test_subclass_of_the_stock_one_is_asked_on_every_request(self, app: Flask) -> None:
        """Overriding one method of the stock interface is enough to be asked always."""
        calls: list[str] = []

        class Opening(SecureCookieSessionInterface):
            def open_session(self, app: Flask, request: Request) -> Any:
                calls.append("open")
                return super().open_session(app, request)

        class Saving(SecureCookieSessionInterface):
            def save_session(self, *args: Any) -> None:
                calls.append("save")
                super().save_session(*args)

        for interface in (Opening(), Saving()):
            app.session_interface = interface
            app.test_client().get("/untouched")

        assert calls == ["open", "save"]

    @pytest.mark.parametrize("name", ["open_session", "save_session"])
    def test_method_assigned_on_the_stock_one_is_asked(self, app: Flask, name: str) -> None:
        """A function assigned on the interface object is called on every request as well."""
        interface = app.session_interface = SecureCookieSessionInterface()
        stock, calls = getattr(interface, name), []

        def assigned(*args: Any) -> Any:
            calls.append(name)
            return stock(*args)

        setattr(interface, name, assigned)
        app.test_client().get("/untouched")

        assert calls == [name]

    @pytest.mark.parametrize(
        "name",
        [
            "get_cookie_name",
            "get_cookie_domain",
            "get_cookie_path",
            "get_cookie_httponly",
            "get_cookie_secure",
            "get_cookie_samesite",
            "get_cookie_partitioned",
            "get_expiration_time",
            "should_set_cookie",
            "get_signing_serializer",
            "is_null_session",
        ],
    )
    def test_each_method_may_be_overridden(self, app: Flask, name: str) -> None:
        """Saving asks every documented method of the interface."""
        calls: list[str] = []

        def overridden(self: Any, *args: Any) -> Any:
            calls.append(name)
            return getattr(super(Own, self), name)(*args)

        Own = type("Own", (SecureCookieSessionInterface,), {name: overridden})
        app.session_interface = Own()
        app.test_client().get("/set/ann")

        assert calls

    def test_should_set_cookie_is_asked_though_untouched(
        self, app: Flask, clock: Callable[[int], None]
    ) -> None:
        """An interface that always sends its cookie does so also when nobody looked."""

        class Always(SecureCookieSessionInterface):
            def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
                return True

        app.session_interface = Always()
        client = app.test_client()
        client.get("/set/ann")

        assert cookie_of(client.get("/untouched")) == ANN

    def test_should_set_cookie_may_hold_a_change_back(self, app: Flask) -> None:
        """An interface that refuses to send its cookie is obeyed, also after a change."""

        class Never(SecureCookieSessionInterface):
            def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
                return False

        app.session_interface = Never()
        response = app.test_client().get("/set/ann")

        assert "Set-Cookie" not in response.headers
        assert response.headers["Vary"] == "Cookie"

    def test_none_becomes_a_null_session(self, app: Flask) -> None:
        """An interface that returns None has ``make_null_session`` asked, and saves nothing."""

        class Closed(MemoryInterface):
            def open_session(self, app: Flask, request: Request) -> Any:
                return None

        interface = app.session_interface = Closed()

        assert app.test_client().get("/read").text == "{}"
        assert interface.calls == []

    def test_options_of_the_stock_interface(self, app: Flask, clock: Callable[[int], None]) -> None:
        """Salt, digest, key derivation, serializer and session class may be replaced."""

        class Own(SecureCookieSession):
            pass

        class Interface(SecureCookieSessionInterface):
            salt = "own"
            digest_method = staticmethod(hashlib.sha256)
            key_derivation = "django-concat"
            session_class = Own

        app.session_interface = Interface()

        @app.route("/class")
        def name() -> str:
            return type(session._get_current_object()).__name__

        client = app.test_client()
        client.get("/set/ann")
        assert client.get("/read").text == "{'user': 'ann'}"
        assert client.get("/class").text == "Own"
        assert len(client.get_cookie("session").value.rpartition(".")[2]) == 43  # type: ignore[union-attr]

    def test_signing_for_another_purpose(self, app: Flask, clock: Callable[[int], None]) -> None:
        """The serializer signs with another salt on demand, as ItsDangerous documents."""
        serializer = SecureCookieSessionInterface().get_signing_serializer(app)
        assert serializer is not None
        token = serializer.dumps({"a": 1}, salt="mail")

        assert serializer.loads(token, salt="mail") == {"a": 1}
        with pytest.raises(BadSignature):
            serializer.loads(token)

    def test_serializer_may_be_replaced(self, app: Flask) -> None:
        """Another serializer writes the values; registering a tag on one of its own works."""

        class Upper(TaggedJSONSerializer):
            def dumps(self, value: Any) -> str:
                return super().dumps({key.upper(): inner for key, inner in value.items()})

        interface = app.session_interface = SecureCookieSessionInterface()
        interface.serializer = Upper()
        client = app.test_client()
        client.get("/set/ann")

        assert client.get("/read").text == "{'USER': 'ann'}"

    def test_base_interface_must_be_filled(self, app: Flask) -> None:
        """The two methods that every interface needs are not there by default."""
        interface = SessionInterface()
        with app.test_request_context():
            with pytest.raises(NotImplementedError):
                interface.open_session(app, Request({}))
            with pytest.raises(NotImplementedError):
                interface.save_session(app, SecureCookieSession(), Response())

    def test_session_may_be_used_by_a_converter(self, app: Flask, client: FlaskClient) -> None:
        """The session is there while the URL is matched."""
        from werkzeug.routing import BaseConverter

        class Visitor(BaseConverter):
            def to_python(self, value: str) -> str:
                return f"{value} of {session.get('user')}"

        app.url_map.converters["visitor"] = Visitor
        app.add_url_rule("/cart/<visitor:cart>", "cart", lambda cart: cart)
        client.get("/set/ann")

        assert client.get("/cart/first").text == "first of ann"


def test_context_takes_a_ready_session(app: Flask) -> None:
    """A session given to the context is used instead of opening one, and is saved."""
    own = SecureCookieSession({"user": "given"})
    environ = app.test_request_context("/read").request.environ
    with RequestContext(app, environ, session=own):
        assert session["user"] == "given"
        assert request_ctx.session is own
