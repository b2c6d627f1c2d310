from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from markupsafe import Markup

from flask import Flask, Response, render_template_string, session
from flask.globals import request_ctx
from flask.sessions import (
    SecureCookieSession,
    SecureCookieSessionInterface,
)
from flask.testing import FlaskClient
from sessions.frozen import ANN, cookie_of

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
ANN_BY_OTHER_KEY = "eyJ1c2VyIjoiYW5uIn0.a0nSAA.NedsUmP5-hgGWsZBOqDUrPscXEw"


def read(app: Flask, cookie: str) -> str:
    return app.test_client(use_cookies=False).get("/read", headers={"Cookie": cookie}).text


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
