"""The reference's part on useful functions: URLs, responses and flashed messages."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.exceptions import Forbidden, HTTPException, NotFound, default_exceptions
from werkzeug.routing import BuildError
from werkzeug.test import TestResponse

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    after_this_request,
    flash,
    get_flashed_messages,
    helpers,
    make_response,
    redirect,
    request,
    session,
    url_for,
)


@pytest.fixture
def app(app: Flask) -> Flask:
    app.config.update(TESTING=True, SECRET_KEY="key")
    return app


# url_for


@pytest.fixture
def site(app: Flask) -> Iterator[Flask]:
    """An application with a few rules, in the context of a request to one of them."""
    shop = Blueprint("shop", __name__, url_prefix="/shop")
    shop.add_url_rule("/item/<int:number>", "item", lambda number: str(number))
    shop.add_url_rule("/", "index", lambda: "index")
    app.add_url_rule("/read", "page", lambda: "read")
    app.add_url_rule("/write", "page", methods=["POST"])
    app.register_blueprint(shop)
    with app.test_request_context("/shop/"):
        yield app


def test_url_for(site: Flask) -> None:
    """Within a request a URL is relative to the host; the application's own method builds it."""
    assert url_for("shop.index") == "/shop/"

    site.url_for = lambda endpoint, **_: f"overridden {endpoint}"  # type: ignore[assignment,misc]
    assert url_for("anything") == "overridden anything"


def test_url_for_endpoint(site: Flask) -> None:
    """An endpoint that starts with a dot is one of the current blueprint."""
    assert url_for(endpoint=".index") == "/shop/"
    with pytest.raises(BuildError):
        url_for(endpoint="index")


@pytest.mark.parametrize(("anchor", "end"), [("part", "#part"), ("한 x", "#%ED%95%9C%20x")])
def test_url_for_anchor(site: Flask, anchor: str, end: str) -> None:
    """The anchor ends the URL, escaped."""
    assert url_for("page", _anchor=anchor) == f"/read{end}"


def test_url_for_method(site: Flask) -> None:
    """Of several rules of an endpoint, the one for the method is taken."""
    assert url_for("page", _method="POST") == "/write"
    assert url_for("page", _method="GET") == "/read"


def test_url_for_scheme(site: Flask) -> None:
    """A scheme makes the URL external."""
    assert url_for("page", _scheme="https") == "https://localhost/read"
    with pytest.raises(ValueError, match="_external"):
        url_for("page", _scheme="https", _external=False)


def test_url_for_external(site: Flask) -> None:
    """External URLs have scheme and host; outside a request they are the rule."""
    assert url_for("page", _external=True) == "http://localhost/read"
    assert url_for("page", _external=False) == "/read"


def test_url_for_external_outside_request(app: Flask) -> None:
    """Without a request, host and scheme are the configured ones, unless not wanted."""
    app.add_url_rule("/read", "page")
    app.config.update(SERVER_NAME="shop.example", PREFERRED_URL_SCHEME="https")

    with app.app_context():
        assert url_for("page") == "https://shop.example/read"
        assert url_for("page", _external=False) == "/read"


def test_url_for_values(site: Flask) -> None:
    """Values fill the variable parts; unknown ones become the query string."""
    assert url_for("shop.item", number=7, q="한", n=[1, 2]) == "/shop/item/7?q=%ED%95%9C&n=1&n=2"


# abort, redirect, make_response, after_this_request


def test_abort(app: Flask) -> None:
    """Each HTTP error can be raised, in an application and outside of one."""
    with pytest.raises(NotFound):
        abort(404)
    with app.app_context(), pytest.raises(Forbidden):
        abort(403)


class Teapot(HTTPException):
    code = 799
    description = "made up"


def test_abort_code(app: Flask) -> None:
    """The code may be one the application's aborter knows, or a ready response."""
    app.aborter = type(app.aborter)(mapping={**default_exceptions, 799: Teapot})

    with app.app_context(), pytest.raises(Teapot):
        abort(code=799)
    with pytest.raises(LookupError):
        abort(code=799)
    with pytest.raises(HTTPException) as raised:
        abort(code=Response("ready", 418))
    assert raised.value.get_response().status_code == 418


@pytest.mark.parametrize("active", [True, False])
def test_abort_args(app: Flask, active: bool) -> None:
    """Further arguments are the exception's: first its description."""
    with pytest.raises(NotFound, match="no such pen") as raised:
        if active:
            with app.app_context():
                abort(404, "no such pen")
        abort(404, "no such pen")

    assert raised.value.description == "no such pen"


def test_abort_kwargs(app: Flask) -> None:
    """Keywords are the exception's."""
    response = Response("own words", 404)

    with app.app_context(), pytest.raises(NotFound) as raised:
        abort(404, response=response)

    assert raised.value.get_response() is response


def answer(app: Flask, view: Any, **sent: Any) -> TestResponse:
    """Return what a client gets from this view."""
    app.add_url_rule("/answer", "answer", view)
    return app.test_client().get("/answer", **sent)


def test_redirect(app: Flask) -> None:
    """The application's own method makes the response, of its response class."""

    class Special(Response):
        pass

    app.response_class = Special

    with app.app_context():
        made = redirect("/next")
        assert (type(made), made.status_code, made.location) == (Special, 302, "/next")

        app.redirect = lambda location, code=302: Special("by hand")  # type: ignore[method-assign]
        assert redirect("/next").data == b"by hand"


def test_redirect_location(app: Flask) -> None:
    """The location is sent as given, and linked in the page."""
    got = answer(app, lambda: redirect(location="https://other.example/?a=1&b=2"))

    assert got.location == "https://other.example/?a=1&b=2"
    assert 'href="https://other.example/?a=1&amp;b=2"' in got.text


@pytest.mark.parametrize("code", [301, 302, 303, 305, 307, 308])
def test_redirect_code(app: Flask, code: int) -> None:
    """The status of a redirect can be chosen."""
    assert answer(app, lambda: redirect("/next", code=code)).status_code == code


def test_redirect_response() -> None:
    """Without an application the class of the response can be chosen."""

    class Special(Response):
        pass

    assert type(redirect("/next", Response=Special)) is Special


def test_make_response(app: Flask) -> None:
    """Without arguments an empty response of the application's class is made."""

    class Special(Response):
        pass

    app.response_class = Special

    with app.test_request_context():
        response = make_response()

    assert type(response) is Special
    assert (response.status_code, response.data) == (200, b"")


@pytest.mark.parametrize(
    "given",
    [("made", 201, {"X-Probe": "yes"}), (("made", 201, {"X-Probe": "yes"}),)],
    ids=["parts", "tuple"],
)
def test_make_response_args(app: Flask, given: tuple[Any, ...]) -> None:
    """What a view may return, whole or in parts, becomes a response to set headers on."""
    with app.test_request_context():
        response = make_response(*given)

    assert (response.data, response.status_code) == (b"made", 201)
    assert response.headers["X-Probe"] == "yes"


def test_after_this_request(app: Flask) -> None:
    """The function sees the response of this request and of no other."""

    def view() -> str:
        if "mark" in request.args:

            @after_this_request
            def mark(response: Response) -> Response:
                response.headers["X-Mark"] = request.args["mark"]
                return response

        return "body"

    marked = answer(app, view, query_string="mark=here")

    assert marked.headers["X-Mark"] == "here"
    assert "X-Mark" not in app.test_client().get("/answer").headers


def test_after_this_request_f(app: Flask) -> None:
    """The function may return another response; functions run in the order given."""

    def view() -> str:
        after_this_request(f=lambda response: Response(response.data + b" 1"))
        after_this_request(f=lambda response: Response(response.data + b" 2"))
        return "body"

    assert answer(app, view).text == "body 1 2"


# Message flashing


def flashed(app: Flask, *messages: tuple[Any, ...], **options: Any) -> list[Any]:
    """Flash messages in one request and take them out in the next."""
    app.add_url_rule("/flash", "flash", lambda: [flash(*message) for message in messages])
    app.add_url_rule("/take", "take", lambda: list(get_flashed_messages(**options)))
    client = app.test_client()
    client.get("/flash")
    taken: list[Any] = client.get("/take").json
    assert client.get("/take").json == []
    return taken


def test_flash(app: Flask) -> None:
    """A flashed message is shown by the next request that asks, once."""
    assert flashed(app, ("saved",), ("sent",)) == ["saved", "sent"]


@pytest.mark.parametrize("message", ["한글", {"code": 7}])
def test_flash_message(app: Flask, message: Any) -> None:
    """The message is text, or whatever a session can hold."""
    with app.test_request_context():
        flash(message=message)

        assert session["_flashes"] == [("message", message)]


def test_flash_category(app: Flask) -> None:
    """The category is kept with the message."""
    with app.test_request_context():
        flash("broken", category="error")

        assert get_flashed_messages(with_categories=True) == [("error", "broken")]


def test_get_flashed_messages(app: Flask) -> None:
    """Asked again in the same request, the messages are still there, though not in the session."""
    with app.test_request_context():
        flash("saved")

        assert get_flashed_messages() == get_flashed_messages() == ["saved"]
        assert "_flashes" not in session


@pytest.mark.parametrize(
    ("wanted", "expected"), [(True, [["error", "broken"]]), (False, ["broken"])]
)
def test_get_flashed_messages_with_categories(
    app: Flask, wanted: bool, expected: list[Any]
) -> None:
    """The messages come with their categories when these are wanted."""
    assert flashed(app, ("broken", "error"), with_categories=wanted) == expected


def test_get_flashed_messages_category_filter(app: Flask) -> None:
    """Only messages of the categories asked for are returned."""
    messages = [("one", "info"), ("two", "error"), ("three", "debug")]

    assert flashed(app, *messages, category_filter=["info", "debug"]) == ["one", "three"]


# Functions of flask.helpers that ``flask`` does not offer


def test_get_root_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of a module or package is found, also when it was not imported."""
    (tmp_path / "reference_pack").mkdir()
    (tmp_path / "reference_pack" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)

    assert helpers.get_root_path("reference_pack") == str(tmp_path / "reference_pack")
    assert helpers.get_root_path("json.decoder") == str(Path(json.__file__).parent)


def test_get_root_path_import_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that cannot be imported means the working directory."""
    monkeypatch.chdir(tmp_path)

    for name in ("__main__", "reference_missing"):
        root = helpers.get_root_path(import_name=name)
        assert root == str(Path(getattr(sys.modules.get(name), "__file__", "x")).resolve().parent)


@pytest.mark.parametrize(
    ("value", "wanted"), [(None, False), ("0", False), ("False", False), ("no", False), ("1", True)]
)
def test_get_debug_flag(monkeypatch: pytest.MonkeyPatch, value: str | None, wanted: bool) -> None:
    """``FLASK_DEBUG`` asks for debug mode unless it says no."""
    if value is not None:
        monkeypatch.setenv("FLASK_DEBUG", value)

    assert helpers.get_debug_flag() is wanted


@pytest.mark.parametrize(("value", "wanted"), [("1", False), ("0", True), ("false", True)])
def test_get_load_dotenv(monkeypatch: pytest.MonkeyPatch, value: str, wanted: bool) -> None:
    """``FLASK_SKIP_DOTENV`` forbids dotenv files unless it says no."""
    monkeypatch.setenv("FLASK_SKIP_DOTENV", value)

    assert helpers.get_load_dotenv() is wanted


@pytest.mark.parametrize("default", [False, True])
def test_get_load_dotenv_default(default: bool) -> None:
    """Without the variable the caller decides."""
    assert helpers.get_load_dotenv(default=default) is default
