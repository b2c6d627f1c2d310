"""Sessions: the session of a request, the interface that opens and saves it, the stock cookie."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from itsdangerous import URLSafeTimedSerializer
from werkzeug.http import parse_cookie
from werkzeug.test import create_environ

from flask import Flask, Request, Response, request, session
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import (
    NullSession,
    SecureCookieSession,
    SecureCookieSessionInterface,
    SessionInterface,
    SessionMixin,
)
from flask.testing import FlaskClient


@pytest.fixture
def app(app: Flask) -> Flask:
    """An application that can sign sessions."""
    app.secret_key = "dev"
    return app


def sign(values: dict[str, Any], **changes: Any) -> str:
    """Sign a cookie as the documentation says that the stock interface does."""
    kwargs = {"key_derivation": "hmac", "digest_method": hashlib.sha1}
    salt = changes.pop("salt", "cookie-session")
    serializer = changes.pop("serializer", TaggedJSONSerializer())
    return URLSafeTimedSerializer(
        "dev", salt=salt, serializer=serializer, signer_kwargs={**kwargs, **changes}
    ).dumps(values)


def cookie_header(response: Response) -> str:
    return response.headers.get("Set-Cookie", "")


# The session of a request


def test_session_remembers_between_requests(app: Flask, client: FlaskClient) -> None:
    """What one request puts into the session, the next one finds there."""

    @app.route("/")
    def count() -> str:
        session["count"] = session.get("count", 0) + 1
        return str(session["count"])

    assert [client.get("/").text for _ in range(3)] == ["1", "2", "3"]


def test_session_new_is_unknown(app: Flask) -> None:
    """The stock session cannot tell whether it is new."""
    with app.test_request_context():
        assert session.new is False


def test_session_modified_notices_changes_of_keys(app: Flask) -> None:
    """Setting a key marks the session; changing a value in place has to be told."""
    with app.test_request_context(headers={"Cookie": f"session={sign({'seen': [1]})}"}):
        assert session.modified is False
        session["seen"].append(2)
        assert session.modified is False
        session.modified = True
        assert cookie_header(app.process_response(Response())) != ""


@pytest.mark.parametrize("permanent", [True, False])
def test_session_permanent_gives_the_cookie_a_date(app: Flask, permanent: bool) -> None:
    """A permanent session outlives the browser; others end with it."""
    with app.test_request_context():
        assert session.permanent is False
        session.permanent = permanent
        assert session.permanent is permanent
        assert ("Expires=" in cookie_header(app.process_response(Response()))) is permanent


# The interface, as one's own begins


class MemoryInterface(SessionInterface):
    """Keeps one session in memory: the two methods that have to be written."""

    def __init__(self) -> None:
        self.saved: list[Any] = []

    def open_session(self, app: Flask, request: Any) -> Any:
        return SecureCookieSession({"opened": request.path})

    def save_session(self, app: Flask, session: Any, response: Any) -> None:
        self.saved.append(dict(session))


def test_session_interface_needs_two_methods(app: Flask, client: FlaskClient) -> None:
    """A subclass that opens and saves replaces the sessions of an application."""

    class Own(MemoryInterface):
        pass

    app.session_interface = interface = Own()
    app.add_url_rule("/page", "page", lambda: session["opened"])

    assert client.get("/page").text == "/page"
    assert interface.saved == [{"opened": "/page"}]


def test_session_interface_opens_before_matching(app: Flask, client: FlaskClient) -> None:
    """The session is open when the URL is matched, so a converter may read it."""
    rules = []

    class Own(MemoryInterface):
        def open_session(self, app: Flask, request: Any) -> Any:
            rules.append(request.url_rule)
            return super().open_session(app, request)

    app.session_interface = Own()
    app.add_url_rule("/page", "page", lambda: "")
    client.get("/page")

    assert rules == [None]


def test_open_session_has_to_be_written(app: Flask) -> None:
    """The interface itself opens no session."""
    with app.test_request_context(), pytest.raises(NotImplementedError, match=r"^$"):
        SessionInterface().open_session(app=app, request=request)


def test_save_session_has_to_be_written(app: Flask) -> None:
    """The interface itself saves no session."""
    with pytest.raises(NotImplementedError, match=r"^$"):
        SessionInterface().save_session(app=app, session=NullSession(), response=Response())


def test_null_session_class_stands_in(app: Flask, client: FlaskClient) -> None:
    """When no session could be opened, one of the null session class takes its place."""
    assert SessionInterface.null_session_class is NullSession
    saved = []

    class Nothing(NullSession):
        pass

    class Own(SessionInterface):
        null_session_class = Nothing

        def open_session(self, app: Flask, request: Any) -> None:
            return None

        def save_session(self, app: Flask, session: Any, response: Any) -> None:
            saved.append(session)

    app.session_interface = Own()
    app.add_url_rule("/", "index", lambda: type(session._get_current_object()).__name__)

    assert client.get("/").text == "Nothing"
    assert saved == []


def test_pickle_based_tells_extensions_how_values_are_kept() -> None:
    """The flag is off unless an interface pickles."""
    assert SessionInterface.pickle_based is False
    assert SecureCookieSessionInterface().pickle_based is False


def test_make_null_session_makes_what_is_null_session_knows(app: Flask) -> None:
    """The stand-in that is made is recognized; a real session is not one."""
    interface = SessionInterface()
    null = interface.make_null_session(app=app)

    assert type(null) is NullSession
    assert interface.is_null_session(obj=null) is True
    assert interface.is_null_session(SecureCookieSession()) is False


SETTINGS = {
    "get_cookie_name": ("SESSION_COOKIE_NAME", "session", "basket", "basket="),
    "get_cookie_domain": ("SESSION_COOKIE_DOMAIN", None, "shop.example", "Domain=shop.example"),
    "get_cookie_path": ("SESSION_COOKIE_PATH", "/", "/area", "Path=/area"),
    "get_cookie_httponly": ("SESSION_COOKIE_HTTPONLY", True, False, None),
    "get_cookie_secure": ("SESSION_COOKIE_SECURE", False, True, "Secure"),
    "get_cookie_samesite": ("SESSION_COOKIE_SAMESITE", None, "Lax", "SameSite=Lax"),
    "get_cookie_partitioned": ("SESSION_COOKIE_PARTITIONED", False, True, "Partitioned"),
}


@pytest.mark.parametrize("method", SETTINGS)
def test_cookie_setting(app: Flask, method: str) -> None:
    """Each property of the cookie is a setting, read through a method of the interface."""
    key, default, other, shown = SETTINGS[method]
    read = getattr(app.session_interface, method)
    assert read(app=app) == default
    app.config[key] = other
    assert read(app=app) == other

    with app.test_request_context():
        session["a"] = 1
        header = cookie_header(app.process_response(Response()))
    assert (shown or "session=") in header
    assert ("HttpOnly" in header) is (shown is not None)


def test_get_cookie_path_falls_back_to_the_applications_root(app: Flask) -> None:
    """Without a path of its own the cookie is valid below the application."""
    app.config["APPLICATION_ROOT"] = "/shop"

    assert app.session_interface.get_cookie_path(app) == "/shop"


@pytest.mark.parametrize("permanent", [True, False])
def test_get_expiration_time_is_of_permanent_sessions(app: Flask, permanent: bool) -> None:
    """A permanent session ends after the configured lifetime, another with the browser."""
    app.config["PERMANENT_SESSION_LIFETIME"] = 60
    before = datetime.now(UTC)
    opened = SecureCookieSession({"_permanent": permanent})
    ends = app.session_interface.get_expiration_time(app=app, session=opened)

    if not permanent:
        assert ends is None
    else:
        assert ends is not None
        assert timedelta(0) <= ends - before - timedelta(seconds=60) < timedelta(seconds=30)


@pytest.mark.parametrize(
    ("modified", "permanent", "refreshed", "expected"),
    [
        (True, False, False, True),
        (False, True, True, True),
        (False, True, False, False),
        (False, False, True, False),
    ],
)
def test_should_set_cookie(
    app: Flask, modified: bool, permanent: bool, refreshed: bool, expected: bool
) -> None:
    """The cookie is sent when the session changed, or is permanent and refreshed."""
    app.config["SESSION_REFRESH_EACH_REQUEST"] = refreshed
    opened = SecureCookieSession({"_permanent": permanent})
    opened.modified = modified

    assert app.session_interface.should_set_cookie(app=app, session=opened) is expected


# The stock interface: signed cookies


def test_open_session_reads_the_cookie(app: Flask) -> None:
    """A cookie signed as documented is read, whatever its types."""
    interface = SecureCookieSessionInterface()
    values = {"when": datetime(2026, 1, 2, tzinfo=UTC), "pair": (1, "b"), "raw": b"\x00"}
    with app.test_request_context(headers={"Cookie": f"session={sign(values)}"}):
        opened = interface.open_session(app=app, request=request)

    assert opened == values
    assert type(opened) is SecureCookieSession


def test_open_session_gives_none_without_a_key(app: Flask) -> None:
    """Without a secret key there is no session; a forged cookie is an empty one."""
    interface = SecureCookieSessionInterface()
    with app.test_request_context(headers={"Cookie": f"session={sign({'a': 1}, salt='x')}"}):
        assert interface.open_session(app, request) == {}
        app.secret_key = None
        assert interface.open_session(app, request) is None


def test_save_session_signs_the_cookie(app: Flask) -> None:
    """The cookie that is sent can be read as documented; the response varies by it."""
    interface = SecureCookieSessionInterface()
    opened = SecureCookieSession({"a": (1, 2)})
    opened.modified = opened.accessed = True
    response = Response()
    interface.save_session(app=app, session=opened, response=response)

    value = parse_cookie(cookie_header(response))["session"]
    with app.test_request_context(headers={"Cookie": f"session={value}"}):
        assert session == {"a": (1, 2)}
    assert response.headers["Vary"] == "Cookie"


def test_save_session_deletes_the_cookie_of_an_emptied_session(app: Flask) -> None:
    """A session whose last key is removed is forgotten by the browser."""
    with app.test_request_context(headers={"Cookie": f"session={sign({'a': 1})}"}):
        session.pop("a")
        header = cookie_header(app.process_response(Response()))

    assert header.startswith("session=;")
    assert "Max-Age=0" in header


def test_secure_cookie_session_interface_is_the_default(app: Flask) -> None:
    """An application has one, and another can be made without arguments."""
    assert isinstance(app.session_interface, SecureCookieSessionInterface)
    app.session_interface = SecureCookieSessionInterface()
    with app.test_request_context():
        session["a"] = 1
        assert cookie_header(app.process_response(Response()))


@pytest.mark.parametrize(
    ("name", "default", "other"),
    [("salt", "cookie-session", "own-salt"), ("key_derivation", "hmac", "django-concat")],
)
def test_signature_setting(app: Flask, name: str, default: str, other: str) -> None:
    """Salt and key derivation are attributes of the interface that enter the signature."""
    assert getattr(SecureCookieSessionInterface, name) == default
    assert opened_with(app, SecureCookieSessionInterface(), sign({"a": 1})) == {"a": 1}

    changed = type("Changed", (SecureCookieSessionInterface,), {name: other})()
    assert opened_with(app, changed, sign({"a": 1})) == {}
    assert opened_with(app, changed, sign({"a": 1}, **{name: other})) == {"a": 1}


def opened_with(app: Flask, interface: SessionInterface, cookie: str) -> Any:
    """Open a session outside of a request, which would open the application's own."""
    sent = Request(create_environ("/", headers={"Cookie": f"session={cookie}"}))
    return interface.open_session(app, sent)


def test_digest_method_is_sha1(app: Flask) -> None:
    """The signature's hash is SHA-1 unless a subclass has another."""
    interface = SecureCookieSessionInterface()
    assert interface.digest_method(string=b"a").digest() == hashlib.sha1(b"a").digest()
    assert interface.digest_method().name == "sha1"
    assert opened_with(app, interface, sign({"a": 1})) == {"a": 1}

    class Sha256(SecureCookieSessionInterface):
        digest_method = staticmethod(hashlib.sha256)

    cookie = sign({"a": 1}, digest_method=hashlib.sha256)
    assert opened_with(app, Sha256(), cookie) == {"a": 1}


def test_serializer_is_tagged_json(app: Flask) -> None:
    """The values are written as tagged JSON unless a subclass has another serializer."""
    assert isinstance(SecureCookieSessionInterface.serializer, TaggedJSONSerializer)
    assert SecureCookieSessionInterface().serializer.dumps({"a": (1,)}) == '{"a":{" t":[1]}}'

    class Reversed:
        def dumps(self, value: Any) -> str:
            return TaggedJSONSerializer().dumps(value)[::-1]

        def loads(self, text: str) -> Any:
            return TaggedJSONSerializer().loads(text[::-1])

    class Own(SecureCookieSessionInterface):
        serializer = Reversed()

    assert opened_with(app, Own(), sign({"a": 1}, serializer=Reversed())) == {"a": 1}


# The session objects


def test_secure_cookie_session_starts_unmodified() -> None:
    """The stock session is a dict that starts with what it is given, unchanged."""
    opened = SecureCookieSession(initial={"a": 1})

    assert opened == {"a": 1}
    assert (opened.modified, opened.accessed) == (False, False)


@pytest.mark.parametrize(
    "change",
    [
        lambda opened: opened.update(b=2),
        lambda opened: opened.pop("a"),
        lambda opened: opened.setdefault("b", 2),
        lambda opened: opened.__setitem__("a", 2),
        lambda opened: opened.__delitem__("a"),
        lambda opened: opened.clear(),
        lambda opened: opened.popitem(),
    ],
    ids=["update", "pop", "setdefault", "set", "del", "clear", "popitem"],
)
def test_secure_cookie_session_notices_changes(change: Any) -> None:
    """Every change of a key marks the session as modified; access is the context's to tell."""
    opened = SecureCookieSession({"a": 1})
    change(opened)

    assert (opened.modified, opened.accessed) == (True, False)


def test_secure_cookie_session_modified_can_be_set() -> None:
    """Changes inside a value are told by hand."""
    assert SecureCookieSession.modified is False
    opened = SecureCookieSession({"a": []})
    opened.modified = True

    assert opened.modified is True


def test_secure_cookie_session_accessed_makes_the_response_vary(app: Flask) -> None:
    """Reading the session is noticed, because caches must then tell users apart."""
    with app.test_request_context():
        opened = session._get_current_object()
        assert session.get("a") is None
        assert opened.accessed is True
        assert app.process_response(Response()).headers["Vary"] == "Cookie"


def test_secure_cookie_session_get_has_a_default() -> None:
    """A missing key gives the default, which is None unless passed."""
    opened = SecureCookieSession({"a": 1})

    assert (opened.get("a"), opened.get("b"), opened.get("b", 2)) == (1, None, 2)


def test_null_session_can_be_read() -> None:
    """The session that stands in without a secret key reads as an empty dict."""
    null = NullSession()

    assert isinstance(null, SecureCookieSession)
    assert (dict(null), null.get("a"), "a" in null) == ({}, None, False)
    assert NullSession(initial={"a": 1})["a"] == 1


@pytest.mark.parametrize(
    ("method", "arguments", "keywords"),
    [
        ("clear", (), {}),
        ("clear", (1,), {"a": 1}),
        ("pop", ("a",), {}),
        ("popitem", (), {}),
        ("popitem", (1,), {"a": 1}),
        ("update", ({"a": 1},), {"b": 2}),
        ("setdefault", ("a", 1), {}),
        ("__setitem__", ("a", 1), {}),
        ("__delitem__", ("a",), {}),
    ],
)
def test_null_session_refuses_changes(
    method: str, arguments: tuple[Any, ...], keywords: dict[str, Any]
) -> None:
    """Changing the session without a secret key is an error that names the remedy."""
    with pytest.raises(RuntimeError, match="no secret key"):
        getattr(NullSession(), method)(*arguments, **keywords)


def test_session_mixin_makes_a_session_of_a_dict() -> None:
    """A dict with the mix-in has what sessions have; changes are taken for granted."""

    class DictSession(dict[str, Any], SessionMixin):
        pass

    opened = DictSession()
    opened.permanent = True

    assert opened == {"_permanent": True}
    assert (opened.new, opened.modified) == (False, True)


def test_session_mixin_modified_is_taken_for_granted(app: Flask) -> None:
    """A session that cannot tell is saved always."""
    assert SessionMixin.modified is True


def test_session_mixin_accessed_is_set_when_the_session_is_touched() -> None:
    """Untouched at first, as 3.1.3 has it (the reference still says True)."""
    assert SessionMixin.accessed is False
