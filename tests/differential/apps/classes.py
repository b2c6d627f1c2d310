"""Which classes do generated applications put in place of the stock ones? By name."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from tests.differential.apps.errors import OutOfMoney
from tests.differential.tracing import note
from werkzeug.exceptions import Aborter
from werkzeug.routing import BaseConverter, IntegerConverter, Rule, ValidationError

from flask import Flask, Request, Response, g, session
from flask.ctx import _AppCtxGlobals
from flask.json.provider import DefaultJSONProvider, JSONProvider
from flask.sessions import SecureCookieSessionInterface, SessionInterface, SessionMixin
from flask.wrappers import Response as FlaskResponse


class ListConverter(BaseConverter):
    def to_python(self, value: str) -> list[str]:
        return value.split("+")

    def to_url(self, value: Any) -> str:
        return "+".join(super(ListConverter, self).to_url(item) for item in value)


class EvenConverter(IntegerConverter):
    def to_python(self, value: str) -> int:
        number = super().to_python(value)
        if number % 2:
            raise ValidationError(value)
        return int(number)


class ChoiceConverter(BaseConverter):
    def __init__(self, map: Any, *words: str, upper: bool = False) -> None:
        super().__init__(map)
        self.regex = f"(?:{'|'.join(words)})"
        self.upper = upper

    def to_python(self, value: str) -> str:
        return value.upper() if self.upper else value


class PairConverter(BaseConverter):
    """Matches a slash, which only a converter that is not isolated may."""

    part_isolating = False
    regex = "[a-z]+/[a-z]+"


class MemberConverter(BaseConverter):
    """Looks into the session, which is open before the URL is matched."""

    def to_python(self, value: str) -> str:
        note("member", value, session.get("user"), g.get("user"))
        return value


CONVERTERS: dict[str, type[BaseConverter]] = {
    "list": ListConverter,
    "even": EvenConverter,
    "choice": ChoiceConverter,
    "pair": PairConverter,
    "member": MemberConverter,
}


class LenientRequest(Request):
    """Answers bad JSON itself, and knows one attribute more."""

    @property
    def shop(self) -> str:
        return f"shop of {self.host}"

    def on_json_loading_failed(self, e: ValueError | None) -> Any:
        return {"bad": e is not None}


class SmallRequest(Request):
    """Limits its bodies itself."""

    max_content_length = 64  # type: ignore[assignment]
    max_form_parts = 2  # type: ignore[assignment]


class MutableRequest(Request):
    """Gives mutable and ordered containers."""

    from werkzeug.datastructures import MultiDict

    parameter_storage_class = MultiDict  # type: ignore[assignment]
    want_form_data_parsed = True  # type: ignore[assignment]


class PlainResponse(Response):
    default_mimetype = "text/plain"


class AcceptedResponse(Response):
    default_status = 202


class AbsoluteResponse(Response):
    autocorrect_location_header = True


class StampedResponse(Response):
    def get_wsgi_headers(self, environ: Any) -> Any:
        headers = super().get_wsgi_headers(environ)
        headers["X-Stamp"] = environ["REQUEST_METHOD"]
        return headers


class ShoutingResponse(Response):
    def set_data(self, value: Any) -> None:
        super().set_data(value.upper())


class BareResponse(Response):
    """Says neither how long it is nor what it is."""

    automatically_set_content_length = False
    default_mimetype = None


class UnsortedProvider(DefaultJSONProvider):
    sort_keys = False
    ensure_ascii = False


class CompactProvider(DefaultJSONProvider):
    compact = True
    mimetype = "application/vnd.shop+json"


class WideProvider(DefaultJSONProvider):
    compact = False


class SetProvider(DefaultJSONProvider):
    @staticmethod
    def default(o: Any) -> Any:
        if isinstance(o, set):
            return sorted(o)
        return DefaultJSONProvider.default(o)


class WrappingProvider(JSONProvider):
    """Writes everything into an envelope, with its own ``dumps`` and ``loads``."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return json.dumps({"wrapped": obj}, default=str, sort_keys=True)

    def loads(self, s: Any, **kwargs: Any) -> Any:
        return json.loads(s, **kwargs)


class SaltedInterface(SecureCookieSessionInterface):
    salt = "another"
    digest_method = staticmethod(hashlib.sha256)


class EagerInterface(SecureCookieSessionInterface):
    """Saves on every request, under a name of its own."""

    def get_cookie_name(self, app: Flask) -> str:
        return "eager"

    def should_set_cookie(self, app: Flask, session: Any) -> bool:
        return True


class TellingInterface(SecureCookieSessionInterface):
    """Tells when it is asked."""

    def open_session(self, app: Flask, request: Any) -> Any:
        note("open_session", request.path, request.endpoint)
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: Any, response: Any) -> None:
        note("save_session", dict(session), session.modified, session.accessed)
        super().save_session(app, session, response)


class OwnSession(dict[str, Any], SessionMixin):  # type: ignore[misc]
    pass


class OwnInterface(SessionInterface):
    """Keeps plain JSON in a cookie, and refuses sessions to some clients."""

    def open_session(self, app: Flask, request: Any) -> Any:
        if request.headers.get("X-No-Session"):
            return None
        try:
            return OwnSession(json.loads(base64.b64decode(request.cookies.get("own", "e30="))))
        except ValueError:
            return OwnSession()

    def save_session(self, app: Flask, session: Any, response: FlaskResponse) -> None:
        text = json.dumps(session, sort_keys=True, default=str)
        response.set_cookie("own", base64.b64encode(text.encode()).decode())


class LaxRule(Rule):
    def __init__(self, string: str, **options: Any) -> None:
        options.setdefault("strict_slashes", False)
        super().__init__(string, **options)


class MoneyAborter(Aborter):
    def __init__(self) -> None:
        super().__init__(extra={499: OutOfMoney})


class CountingGlobals(_AppCtxGlobals):
    def __init__(self) -> None:
        self.count = 1


CLASSES: dict[str, dict[str, type]] = {
    "request_class": {c.__name__: c for c in (LenientRequest, SmallRequest, MutableRequest)},
    "response_class": {
        c.__name__: c
        for c in (
            PlainResponse, AcceptedResponse, AbsoluteResponse, StampedResponse, ShoutingResponse,
            BareResponse,
        )
    },
    "json_provider_class": {
        c.__name__: c
        for c in (UnsortedProvider, CompactProvider, WideProvider, SetProvider, WrappingProvider)
    },
    "session_interface": {
        c.__name__: c for c in (SaltedInterface, EagerInterface, TellingInterface, OwnInterface)
    },
    "url_rule_class": {"LaxRule": LaxRule},
    "aborter_class": {"MoneyAborter": MoneyAborter},
    "app_ctx_globals_class": {"CountingGlobals": CountingGlobals},
}  # fmt: skip


def make_app_class(wanted: dict[str, str]) -> type[Flask]:
    """Make the class of an application with other classes in the places named."""
    seams: dict[str, Any] = {seam: CLASSES[seam][name] for seam, name in wanted.items()}
    if "session_interface" in seams:
        seams["session_interface"] = seams["session_interface"]()
    return type("Shop", (Flask,), seams) if seams else Flask
