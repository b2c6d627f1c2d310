"""A WebSocket's path: hooks in order, refusals before it is accepted, closing codes after."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from flask import (
    Blueprint,
    Flask,
    Response,
    WebsocketDisconnected,
    abort,
    after_this_request,
    got_request_exception,
    request,
    session,
    websocket,
)

from .driving import ask
from .sockets import Peer, talk


@pytest.fixture
def quiet(app: Flask) -> Flask:
    """An application that answers errors instead of raising them to the server."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


def test_hooks_run_in_order(app: Flask) -> None:
    """App before blueprint, in reverse at the end; the hooks of requests are not asked."""
    seen: list[str] = []
    blueprint = Blueprint("b", __name__)

    def note(what: str, value: Any = None) -> Any:
        return lambda *args: seen.append(what) or value

    blueprint.before_websocket(note("before b"))
    blueprint.after_websocket(note("after b"))
    blueprint.teardown_websocket(note("teardown b"))
    blueprint.before_app_websocket(note("before app by b"))
    blueprint.after_app_websocket(note("after app by b"))
    blueprint.teardown_app_websocket(note("teardown app by b"))
    for hook in (app.before_request, app.after_request, app.teardown_request):
        hook(note("a request's"))
    app.url_value_preprocessor(note("values"))
    app.teardown_appcontext(note("teardown context"))

    @app.before_websocket
    async def before() -> None:
        seen.append("before")

    @app.after_websocket
    async def after(response: Response | None) -> Response | None:
        seen.append("after")
        return response

    @app.teardown_websocket
    async def teardown(error: BaseException | None) -> None:
        seen.append("teardown")

    @blueprint.websocket("/ws")
    async def handler() -> None:
        seen.append("handler")

    app.register_blueprint(blueprint)
    asyncio.run(talk(app))

    assert seen == [
        *("values", "before", "before app by b", "before b", "handler"),
        *("after b", "after app by b", "after"),
        *("teardown b", "teardown app by b", "teardown", "teardown context"),
    ]


def test_async_preprocessor_of_values_is_awaited(app: Flask) -> None:
    """A URL value preprocessor may be a coroutine function, as for a request."""
    seen: list[Any] = []

    @app.url_value_preprocessor
    async def preprocess(endpoint: str | None, values: dict[str, Any] | None) -> None:
        await asyncio.sleep(0)
        seen.append(endpoint)

    @app.websocket("/ws")
    async def handler() -> None:
        seen.append("handled")

    asyncio.run(talk(app, "/ws"))
    assert seen == ["handler", "handled"]


def test_hooks_of_websockets_are_not_asked_for_requests(app: Flask) -> None:
    """A request runs none of the hooks of WebSockets."""
    for hook in (app.before_websocket, app.after_websocket, app.teardown_websocket):
        hook(lambda *args: pytest.fail("a hook of WebSockets ran"))
    app.add_url_rule("/", view_func=lambda: "page", endpoint="page")

    assert app.test_client().get("/").text == "page"
    assert asyncio.run(ask(app.asgi_app)).text == "page"


def refuses_by_hook(app: Flask) -> None:
    app.before_websocket(lambda: ("no", 401))


def refuses_by_value(app: Flask) -> None:
    app.websocket_functions["handler"] = lambda: ("no", 401)


def refuses_by_abort(app: Flask) -> None:
    app.websocket_functions["handler"] = lambda: abort(401, "no")


def refuses_by_handler_of_errors(app: Flask) -> None:
    def fail() -> None:
        raise KeyError("thing")

    app.websocket_functions["handler"] = fail
    app.errorhandler(KeyError)(lambda error: ("no", 401))


REFUSALS = [refuses_by_hook, refuses_by_value, refuses_by_abort, refuses_by_handler_of_errors]


@pytest.mark.parametrize("refuse", REFUSALS)
@pytest.mark.parametrize("can_refuse", [True, False])
def test_refused_before_it_is_accepted(app: Flask, refuse: Any, can_refuse: bool) -> None:
    """A response is the answer to the handshake where the server can send one, else 403 is."""

    @app.websocket("/ws")
    def handler() -> None:
        pytest.fail("the handler ran")

    refuse(app)
    peer = asyncio.run(talk(app, can_refuse=can_refuse))

    assert peer.status == (401 if can_refuse else 403)
    assert not can_refuse or "no" in peer.body


def test_unknown_path(app: Flask) -> None:
    """Where no WebSocket is, the client gets the application's error page."""
    app.errorhandler(404)(lambda error: ("nothing here", 404, {"X-Page": "own"}))
    app.add_url_rule("/page", view_func=lambda: "", endpoint="page")

    peer = asyncio.run(talk(app, path="/none"))

    assert (peer.status, peer.body) == (404, "nothing here")
    assert (b"x-page", b"own") in peer.sent[0]["headers"]
    assert b"vary" not in dict(peer.sent[0]["headers"])  # nobody asked for the session
    assert asyncio.run(talk(app, path="/page")).status == 400  # WebsocketMismatch


def test_handler_that_never_accepts(app: Flask) -> None:
    """A handler that returns without accepting, or closes, refuses with 403."""
    app.websocket("/ws")(lambda: None)

    @app.websocket("/closes")
    async def closes() -> None:
        await websocket.close(4001, "go away")
        await websocket.close()
        with pytest.raises(WebsocketDisconnected):
            await websocket.send("x")

    assert asyncio.run(talk(app)).types == ["close"]
    assert asyncio.run(talk(app, path="/closes")).sent == [
        {"type": "websocket.close", "code": 4001, "reason": "go away"}
    ]


def test_refusal_is_a_whole_response(app: Flask) -> None:
    """A refusal saves the session, runs what waits for the response, and streams in one event."""

    @app.websocket("/ws")
    def handler() -> Response:
        session["seen"] = True

        @after_this_request
        def add(response: Response) -> Response:
            response.headers["X-After"] = "this"
            return response

        return Response(iter(["a", "b"]), 429)

    @app.after_websocket
    def after(response: Response | None) -> Response | None:
        assert response is not None
        response.headers["X-Hook"] = "yes"
        return response

    peer = asyncio.run(talk(app))
    headers = dict(peer.sent[0]["headers"])

    assert (peer.status, peer.body) == (429, "ab")
    assert headers.keys() >= {b"set-cookie", b"x-after", b"x-hook"}


def test_error_before_it_is_accepted(quiet: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """An error that nobody handles is answered 500 and logged once; the teardown sees it."""
    errors: list[Any] = []
    quiet.teardown_websocket(errors.append)
    quiet.errorhandler(500)(lambda error: (f"sorry: {error.original_exception}", 500))

    @quiet.websocket("/ws")
    async def handler() -> None:
        raise RuntimeError("broken")

    def note(sender: Flask, exception: Exception, **_: Any) -> None:
        errors.append(exception)

    with got_request_exception.connected_to(note, quiet):
        peer = asyncio.run(talk(quiet))

    assert (peer.status, peer.body) == (500, "sorry: broken")
    assert [str(error) for error in errors] == ["broken", "broken"]
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_error_after_it_is_accepted(quiet: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """An error that nobody handles closes an open WebSocket with 1011, logged once."""

    @quiet.websocket("/ws")
    async def handler() -> None:
        await websocket.accept()
        raise RuntimeError("broken")

    peer = asyncio.run(talk(quiet))

    assert peer.types == ["accept", "close"]
    assert peer.code == 1011
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


@pytest.mark.parametrize("accepts", [True, False])
def test_error_is_raised_to_a_test(app: Flask, accepts: bool) -> None:
    """In tests an error reaches the server, after the WebSocket was ended all the same."""

    @app.websocket("/ws")
    async def handler() -> None:
        if accepts:
            await websocket.accept()
        raise RuntimeError("broken")

    peer = Peer()
    with pytest.raises(RuntimeError, match="broken"):
        asyncio.run(talk(app, peer=peer))

    assert (peer.code == 1011) if accepts else (peer.status == 500)


@pytest.mark.parametrize(("status", "code"), [(404, 1008), (503, 1011), (200, 1000)])
def test_response_to_an_error_becomes_a_code(app: Flask, status: int, code: int) -> None:
    """What an error handler answers after accept() decides the closing code."""
    app.errorhandler(ZeroDivisionError)(lambda error: ("", status))

    @app.websocket("/ws")
    async def handler() -> float:
        await websocket.accept()
        return 1 / 0

    assert asyncio.run(talk(app)).code == code


def test_value_after_accept_is_an_error(app: Flask) -> None:
    """A value that cannot be sent any more is refused with what to do instead."""

    @app.websocket("/ws")
    async def handler() -> str:
        await websocket.accept()
        return "late"

    with pytest.raises(TypeError, match="was accepted, so no response can be sent"):
        asyncio.run(talk(app))


def test_failing_hooks(quiet: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """An after hook that fails is an error, and one that fails again is logged."""

    @quiet.websocket("/ws")
    async def handler() -> None:
        await websocket.accept()

    @quiet.after_websocket
    def fail(response: Response | None) -> Response | None:
        raise RuntimeError("broken hook")

    assert asyncio.run(talk(quiet)).code == 1011
    assert [record.message for record in caplog.records] == [
        "Exception on /ws [GET]",
        "Finalizing a WebSocket failed while handling an error",
    ]


CODES = [*range(1000, 1004), *range(1007, 1015), 3000, 4999]


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, *CODES])
def test_closing_codes(app: Flask, code: int) -> None:
    """Codes that RFC 6455 forbids to send are refused."""

    @app.websocket("/ws")
    async def handler() -> None:
        await websocket.accept()
        if code not in CODES:
            with pytest.raises(ValueError, match="RFC 6455"):
                await websocket.close(code)
        await websocket.close(code if code in CODES else 1000, "é" * 61)

    assert asyncio.run(talk(app)).code == (code if code in CODES else 1000)


def test_long_reason(app: Flask) -> None:
    """A reason is counted in bytes: 123 at most fit the frame."""

    @app.websocket("/ws")
    async def handler() -> None:
        await websocket.accept()
        with pytest.raises(ValueError, match="at most 123 bytes, this one has 124"):
            await websocket.close(1000, "é" * 62)

    asyncio.run(talk(app))


ORIGINS = [
    (None, "ws", None, 101),
    ("http://localhost", "ws", None, 101),
    ("HTTP://LOCALHOST", "ws", None, 101),
    ("https://localhost", "ws", None, 403),
    ("https://localhost", "wss", None, 101),
    ("http://localhost:8000", "ws", None, 403),
    ("http://evil.example", "ws", None, 403),
    ("http://localhost.evil.example", "ws", None, 403),
    ("null", "ws", None, 403),
    ("", "ws", None, 403),
    ("http://evil.example", "ws", "*", 101),
    ("http://evil.example", "ws", ["*"], 101),
    ("https://app.example", "ws", ["https://app.example/", "x"], 101),
    ("https://app.example", "ws", "https://app.example", 101),
    ("http://localhost", "ws", ["https://app.example"], 101),
    ("https://app.example.evil", "ws", ["https://app.example"], 403),
]


@pytest.mark.parametrize(("origin", "scheme", "allowed", "status"), ORIGINS)
def test_origin(
    app: Flask,
    caplog: pytest.LogCaptureFixture,
    origin: str | None,
    scheme: str,
    allowed: Any,
    status: int,
) -> None:
    """A page of another origin may not open a WebSocket with the user's cookies, unless allowed."""
    app.config["WEBSOCKET_ALLOWED_ORIGINS"] = allowed

    @app.websocket("/ws")
    async def handler() -> None:
        await websocket.accept()

    headers = [] if origin is None else [(b"origin", origin.encode())]
    peer = asyncio.run(talk(app, scheme=scheme, headers=headers))

    if status == 101:
        assert peer.types == ["accept", "close"]
    else:
        assert peer.status == status
        assert "WEBSOCKET_ALLOWED_ORIGINS" in caplog.messages[0]


def test_host_with_a_port_has_its_own_origin(app: Flask) -> None:
    """The port belongs to the origin."""

    @app.websocket("/ws")
    async def handler() -> None:
        await websocket.accept()

    headers = [(b"host", b"a.example:8000"), (b"origin", b"http://a.example:8000")]
    assert asyncio.run(talk(app, headers=headers)).types == ["accept", "close"]


def test_steps_are_called_where_overridden() -> None:
    """Each step of the path may be overridden in a subclass, and is called once."""
    seen: list[str] = []

    def noting(name: str) -> Any:
        def step(self: Any, *args: Any, **kwargs: Any) -> Any:
            seen.append(name)
            return getattr(super(Own, self), name)(*args, **kwargs)

        return step

    names = [
        *("handle_websocket", "websocket_context", "full_dispatch_websocket"),
        *("check_websocket_origin", "preprocess_websocket", "dispatch_websocket"),
        *("finalize_websocket", "process_websocket", "do_teardown_websocket"),
    ]
    Own: Any = type("Own", (Flask,), {name: noting(name) for name in names})
    own = Own("own")
    own.websocket("/ws")(lambda: None)

    asyncio.run(talk(own))

    assert seen == names


def test_steps_are_called_where_patched(quiet: Flask) -> None:
    """A step replaced on the instance is called too, the one for errors and the seam included."""
    seen: list[str] = []

    def note(name: str) -> None:
        stock = getattr(quiet, name)

        def step(*args: Any, **kwargs: Any) -> Any:
            seen.append(name)
            return stock(*args, **kwargs)

        setattr(quiet, name, step)

    for name in ("ensure_sync", "handle_websocket_exception", "log_exception"):
        note(name)
    quiet.before_websocket(lambda: None)

    @quiet.websocket("/ws")
    async def handler() -> None:
        raise RuntimeError("broken")

    assert asyncio.run(talk(quiet)).status == 500
    assert seen == ["ensure_sync", "ensure_sync", "handle_websocket_exception", "log_exception"]


def test_bad_scope(app: Flask) -> None:
    """What no server should have passed on is answered 400, without the application."""
    app.before_websocket(lambda: pytest.fail("the application was asked"))

    peer = asyncio.run(talk(app, headers=[(b"host", b"a"), (b"host", b"b")]))

    assert (peer.status, peer.body) == (400, "The request has more than one Host header.\n")


def test_scope_without_what_it_may_lack(app: Flask) -> None:
    """Servers and test clients may leave out of the scope what ASGI calls optional."""

    @app.websocket("/ws")
    async def handler() -> None:
        await websocket.send(
            f"{websocket.scheme} {request.args} {websocket.requested_subprotocols}"
        )

    peer = Peer()
    scope = {"type": "websocket", "path": "/ws", "headers": [], "extensions": None}
    asyncio.run(app(scope, peer.receive, peer.send))

    assert peer.texts == ["ws ImmutableMultiDict([]) []"]


def test_client_that_leaves_before_the_handshake(app: Flask) -> None:
    """A connection that ends before it begins is not served."""
    app.before_websocket(lambda: pytest.fail("the application was asked"))

    asyncio.run(talk(app, peer=Peer(cut_after=0)))
