from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from itsdangerous import BadSignature
from werkzeug.http import parse_date

from flask import Flask, Request, Response, session
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
from sessions.frozen import ANN, cookie_of


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


OPENING = ["get_signing_serializer", "get_cookie_name"]
SETTINGS = [
    f"get_cookie_{name}"
    for name in ("name", "domain", "path", "secure", "partitioned", "samesite", "httponly")
]
UNTOUCHED = [*OPENING, "is_null_session", *SETTINGS]
SENDING = ["should_set_cookie", "get_expiration_time", "get_signing_serializer"]


class TestOrderOfSteps:
    """In this order, and so often, genuine Flask 3.1.3 called each of them."""

    @pytest.fixture
    def calls(self, app: Flask) -> list[str]:
        calls: list[str] = []

        def recorder(name: str) -> Callable[..., Any]:
            def step(self: Any, *args: Any) -> Any:
                calls.append(name)
                return getattr(SecureCookieSessionInterface, name)(self, *args)

            return step

        names = {*UNTOUCHED, *SENDING, "make_null_session"}
        own: Any = type(
            "Own", (SecureCookieSessionInterface,), {name: recorder(name) for name in names}
        )
        app.session_interface = own()

        @app.route("/keep")
        def keep() -> str:
            session.permanent = True
            return ""

        return calls

    @pytest.mark.parametrize(
        ("before", "path", "expected"),
        [
            (None, "/untouched", UNTOUCHED),
            (None, "/read", UNTOUCHED),
            (None, "/set/ann", [*UNTOUCHED, *SENDING]),
            (None, "/clear", UNTOUCHED),
            ("/set/ann", "/untouched", [*UNTOUCHED, "should_set_cookie"]),
            ("/set/ann", "/read", [*UNTOUCHED, "should_set_cookie"]),
            ("/set/ann", "/set/bob", [*UNTOUCHED, *SENDING]),
            ("/set/ann", "/clear", UNTOUCHED),
            ("/keep", "/untouched", [*UNTOUCHED, *SENDING]),
            ("/keep", "/read", [*UNTOUCHED, *SENDING]),
            ("/keep", "/clear", UNTOUCHED),
        ],
    )
    def test_each_is_called_as_often_as_upstream(
        self, app: Flask, calls: list[str], before: str | None, path: str, expected: list[str]
    ) -> None:
        """Who overrides the steps hears each of them as often, and in the order, as upstream."""
        client = app.test_client()
        if before:
            client.get(before)
        calls.clear()

        client.get(path)

        assert calls == expected

    def test_without_a_key(self, app: Flask, calls: list[str]) -> None:
        """Where no key is set a null session is made, and not saved."""
        app.secret_key = None

        app.test_client().get("/untouched")

        assert calls == ["get_signing_serializer", "make_null_session", "is_null_session"]

    def test_answer_of_should_set_cookie_may_depend_on_time(self, app: Flask) -> None:
        """It is asked once in a response, so one that alternates is obeyed each time."""

        class Alternating(SecureCookieSessionInterface):
            asked = 0

            def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
                self.asked += 1
                return self.asked % 2 == 0

        client = app.test_client()
        client.get("/set/ann")
        app.session_interface = Alternating()

        sent = ["Set-Cookie" in client.get("/read").headers for _ in range(4)]

        assert sent == [False, True, False, True]

    @pytest.mark.parametrize("is_assigned", [False, True])
    def test_null_session_of_its_own_is_saved_though_untouched(
        self, app: Flask, is_assigned: bool
    ) -> None:
        """An own session in place of the null session is made, and saved, in every request."""

        class Stand(dict[str, Any], SessionMixin):
            accessed = modified = True

        def make_null_session(*args: Any) -> Any:
            return Stand(user="ann")

        keyed, made = SecureCookieSessionInterface(), []

        def get_signing_serializer(*args: Any) -> Any:
            made.append(args)
            return keyed.get_signing_serializer(app) if len(made) > 1 else None

        steps: dict[str, Any] = {
            "make_null_session": make_null_session,
            "get_signing_serializer": get_signing_serializer,
        }
        interface: Any
        if is_assigned:
            interface = SecureCookieSessionInterface()
            vars(interface).update(steps)
        else:
            interface = type("Own", (SecureCookieSessionInterface,), steps)()
        app.session_interface = interface

        response = app.test_client().get("/untouched")

        assert response.headers["Vary"] == "Cookie"
        assert "Set-Cookie" in response.headers
