"""Where does a session live between requests? In a signed cookie, or where an interface puts it.

``ctx`` opens it, ``lifecycle.serving`` saves it, both through ``app.session_interface``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

from werkzeug.datastructures import CallbackDict, ImmutableMultiDict

from flask.json.tag import TaggedJSONSerializer
from flask.lazy import former_names_of
from flask.plaincookies import (
    COOKIE_SETTINGS,
    find_plain_cookie,
    set_plain_cookie,
    vary_by_cookie,
)
from flask.wrappers import Request

if TYPE_CHECKING:
    from itsdangerous import URLSafeTimedSerializer

    from flask.app import Flask
    from flask.plaincookies import CookieSettings
    from flask.wrappers import Response


class SessionMixin(MutableMapping[str, Any]):
    """What a session has beside being a dict."""

    @property
    def permanent(self) -> bool:
        """Whether the session outlives the browser window."""
        return bool(self.get("_permanent", False))

    @permanent.setter
    def permanent(self, value: bool) -> None:
        self["_permanent"] = bool(value)

    new = False
    """Whether the session was made in this request; ``False`` where it cannot be known."""

    modified = True
    """Whether the session has to be saved."""

    accessed = False
    """Whether code touched the session in this request; set by the request context."""


class SecureCookieSession(CallbackDict[str, Any], SessionMixin):
    """The session of a signed cookie: a dict that notices its own changes, not those inside it."""

    modified = False
    """Whether a key was set or removed; set it by hand after changing a value in place."""

    def __init__(self, initial: Mapping[str, Any] | None = None) -> None:
        # PERF: as ``CallbackDict`` does it, without its frames; so below, 0.2 µs.
        dict.__init__(self, () if initial is None else initial)
        self.on_update = _mark_changed

    def __setitem__(self, key: str, value: Any) -> None:
        dict.__setitem__(self, key, value)
        notify: Any = self.on_update
        if notify is _mark_changed:
            self.modified = True
        elif notify is not None:
            notify(self)


def _mark_changed(session: Any) -> None:
    session.modified = True


class NullSession(SecureCookieSession):
    """An empty session that can be read but refuses changes, because no secret key is set."""

    def _fail(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(
            "The session is unavailable because no secret key was set.  Set app.secret_key to a"
            " long random value, for example one that"
            " python -c 'import secrets; print(secrets.token_hex())' prints."
        )

    __setitem__ = __delitem__ = clear = pop = popitem = update = setdefault = _fail
    del _fail


class SessionInterface:
    """How sessions are opened and saved; subclass it to keep them elsewhere.

    Write :meth:`open_session` and :meth:`save_session`; the rest has useful defaults.
    The object returned needs the methods of a dict and of :class:`SessionMixin`.
    """

    null_session_class = NullSession
    """Made by :meth:`make_null_session`, recognized by :meth:`is_null_session`."""

    pickle_based = False
    """Whether values are pickled, for extensions that want to know."""

    def make_null_session(self, app: Flask) -> NullSession:
        """Return the session that stands in when :meth:`open_session` returns ``None``."""
        return self.null_session_class()

    def is_null_session(self, obj: object) -> bool:
        """Tell whether a session is only a stand-in, which is never saved."""
        null = self.null_session_class
        if null is NullSession and type(obj) is SecureCookieSession:
            return False  # PERF: 0.4 µs less than the check of an abstract class
        return isinstance(obj, null)

    def get_cookie_name(self, app: Flask) -> str:
        """Return the cookie's name: ``SESSION_COOKIE_NAME``."""
        name: str = app.config["SESSION_COOKIE_NAME"]
        return name

    def get_cookie_domain(self, app: Flask) -> str | None:
        """Return the cookie's domain: ``SESSION_COOKIE_DOMAIN``; ``None`` is this host only."""
        domain: str | None = app.config["SESSION_COOKIE_DOMAIN"]
        return domain

    def get_cookie_path(self, app: Flask) -> str:
        """Return the cookie's path: ``SESSION_COOKIE_PATH``, else ``APPLICATION_ROOT``."""
        path: str = app.config["SESSION_COOKIE_PATH"] or app.config["APPLICATION_ROOT"]
        return path

    def get_cookie_httponly(self, app: Flask) -> bool:
        """Tell whether scripts may not read the cookie: ``SESSION_COOKIE_HTTPONLY``."""
        httponly: bool = app.config["SESSION_COOKIE_HTTPONLY"]
        return httponly

    def get_cookie_secure(self, app: Flask) -> bool:
        """Tell whether the cookie is sent by HTTPS only: ``SESSION_COOKIE_SECURE``."""
        secure: bool = app.config["SESSION_COOKIE_SECURE"]
        return secure

    def get_cookie_samesite(self, app: Flask) -> str | None:
        """Return ``Strict``, ``Lax``, ``None`` or None: ``SESSION_COOKIE_SAMESITE``."""
        samesite: str | None = app.config["SESSION_COOKIE_SAMESITE"]
        return samesite

    def get_cookie_partitioned(self, app: Flask) -> bool:
        """Tell whether the cookie is kept per embedding site: ``SESSION_COOKIE_PARTITIONED``."""
        partitioned: bool = app.config["SESSION_COOKIE_PARTITIONED"]
        return partitioned

    def get_expiration_time(self, app: Flask, session: SessionMixin) -> datetime | None:
        """Return when a permanent session ends; ``None`` is the end of the browser session."""
        if session.permanent:
            return datetime.now(UTC) + app.permanent_session_lifetime
        return None

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Tell whether the cookie is sent: the session changed, or is permanent and refreshed."""
        return session.modified or (
            session.permanent and bool(app.config["SESSION_REFRESH_EACH_REQUEST"])
        )

    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:
        """Return the request's session, before its URL is matched.

        Returns:
            The session, or ``None`` for one that cannot be loaded; then
            :meth:`make_null_session` is asked.
        """
        raise NotImplementedError

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Save the session after the response was made; not called for a null session."""
        raise NotImplementedError


session_json_serializer = TaggedJSONSerializer()


def _lazy_sha1(string: bytes = b"") -> Any:
    """Return SHA-1 when it is used: some builds of Python lack it (FIPS 140)."""
    return hashlib.sha1(string)


class SecureCookieSessionInterface(SessionInterface):
    """Sessions in cookies signed by ItsDangerous: readable by the client, not changeable.

    It opens the session at the first access, because most requests never ask for it;
    a subclass, or an object with attributes of its own, is asked always.
    """

    salt = "cookie-session"
    """Separates these signatures from others made with the same secret key."""

    digest_method = staticmethod(_lazy_sha1)
    """The hash function of the signature."""

    key_derivation = "hmac"
    """How ItsDangerous derives the signing key from the secret key."""

    serializer = session_json_serializer
    """Writes and reads the values; the default keeps datetimes, tuples and the like."""

    session_class = SecureCookieSession

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what signs and checks the cookie; ``None`` when no secret key is set."""
        key = app.secret_key
        if not key:
            return None
        fallbacks = app.config["SECRET_KEY_FALLBACKS"]
        digest = self.digest_method
        parameters: tuple[Any, ...]
        if fallbacks or type(key) is not str:
            given: tuple[Any, ...] = (key, *(fallbacks or ()))
            # A bytearray cannot be remembered by.
            keys = [bytes(key) if isinstance(key, bytearray) else key for key in given]
            parameters = self.salt, self.serializer, self.key_derivation, digest, *keys
        else:
            parameters = self.salt, self.serializer, self.key_derivation, digest, key
        try:
            return _made[parameters]
        except KeyError:
            return _make_serializer(parameters)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Read the session from the cookie; a missing, stale or forged one is empty."""
        serializer = self.get_signing_serializer(app)
        if serializer is None:
            return None
        cookie = _find_cookie(request, self.get_cookie_name(app))
        if not cookie:
            return self.session_class()
        seconds = int(app.permanent_session_lifetime.total_seconds())
        try:
            return self.session_class(serializer.loads(cookie, max_age=seconds))
        except _bad_signature():  # evaluated only for an error
            return self.session_class()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send, refresh or delete the cookie, and say that the response varies by it."""
        is_said = session.accessed and vary_by_cookie(response)
        # PERF: most sessions are only read, and then nobody but an override would hear the rest.
        if session.modified or type(self) is not _STOCK or self.__dict__:
            is_due = False
        elif session and self.should_set_cookie(app, session):
            is_due = True  # and not asked again
        else:
            return
        name = self.get_cookie_name(app)
        settings = (
            self.get_cookie_domain(app),
            self.get_cookie_path(app),
            self.get_cookie_secure(app),
            self.get_cookie_partitioned(app),
            self.get_cookie_samesite(app),
            self.get_cookie_httponly(app),
        )
        if not session:
            if session.modified:
                response.delete_cookie(name, **_named(settings))
                if not is_said:
                    vary_by_cookie(response)
        elif is_due or self.should_set_cookie(app, session):
            expires = self.get_expiration_time(app, session)
            serializer = self.get_signing_serializer(app)
            assert serializer is not None
            value = serializer.dumps(dict(session))
            if not set_plain_cookie(response, name, value, expires, settings):
                response.set_cookie(name, value, expires=expires, **_named(settings))
            if not is_said:
                vary_by_cookie(response)


def _named(settings: CookieSettings) -> dict[str, Any]:
    return dict(zip(COOKIE_SETTINGS, settings, strict=True))


def _find_cookie(request: Request, name: str) -> str | None:
    """Return the cookie of ``request.cookies``, without reading the others unless they were read.

    PERF: 0.5 µs; ``request.cookies`` takes 1.5 µs.
    """
    if (
        type(request) is Request
        and _OF_REQUEST["cookies"] is _STOCK_COOKIES
        and "cookies" not in (attributes := request.__dict__)
        and "_has_own_headers" not in attributes
        and request.dict_storage_class is ImmutableMultiDict
    ):
        header = request.environ.get("HTTP_COOKIE")
        if header and (found := find_plain_cookie(header, name)):
            return found
    return request.cookies.get(name)


_made: dict[tuple[Any, ...], URLSafeTimedSerializer] = {}
_MOST_MADE = 32


def _make_serializer(parameters: tuple[Any, ...]) -> URLSafeTimedSerializer:
    """Make the serializer of these parameters, and keep it for the next request."""
    from flask.signing import serializer_for  # noqa: PLC0415 - most processes sign nothing at start

    if len(_made) >= _MOST_MADE:
        _made.clear()
    salt, serializer, key_derivation, digest, key, *fallbacks = parameters
    keys = (*fallbacks, key)  # ItsDangerous signs with the last one
    made = _made[parameters] = serializer_for(
        keys, salt, serializer, key_derivation, digest, digest is _lazy_sha1
    )
    return made


def _bad_signature() -> type[Exception]:
    from flask.signing import BadSignature  # noqa: PLC0415 - loaded with the serializer

    return BadSignature


_STOCK = SecureCookieSessionInterface
_STOCK_OPEN = _STOCK.open_session
_STOCK_SAVE = _STOCK.save_session
_OF_REQUEST = vars(Request)
_STOCK_COOKIES = _OF_REQUEST["cookies"]


def opens_late(app: Flask, request: Request) -> bool:
    """Tell whether the session may be opened at the first access, and is not saved without one.

    So it is for the stock interface with nothing overridden, when no session came: it is empty
    then. One that came may be permanent, and is sent again though nobody touches it.
    """
    interface: Any = app.session_interface
    if type(interface) is not _STOCK or interface.__dict__:
        return False
    if "HTTP_COOKIE" in request.environ:
        name: str = interface.get_cookie_name(app)
        if name in request.environ["HTTP_COOKIE"] or not name.isascii():
            return False
    if (
        _STOCK.open_session is not _STOCK_OPEN
        or _STOCK.save_session is not _STOCK_SAVE
        or _STOCK.session_class is not SecureCookieSession
    ):
        return False
    return type(request) is Request or (  # other cookies may say that one came
        "cookies" not in request.__dict__
        and getattr(type(request), "cookies", None) is _STOCK_COOKIES
    )


if not TYPE_CHECKING:
    __getattr__ = former_names_of(__name__)
