"""Sentry's Flask integration: what a shop's crash reports hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from flask_login import LoginManager, UserMixin, login_user
from sentry_sdk.envelope import Envelope
from sentry_sdk.integrations.flask import FlaskIntegration
from sentry_sdk.transport import Transport

from flask import Flask, Response, abort, current_app, render_template_string, request


class Mailbox(Transport):
    """Keeps what would be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []
        self.transactions: list[dict[str, Any]] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        for item in envelope.items:
            payload = item.payload.json or {}
            if item.type == "transaction":
                self.transactions.append(payload)
            elif item.type == "event":
                self.events.append(payload)


def create_shop() -> Flask:
    app = Flask(__name__)
    app.secret_key = "only for this test"
    stock = {"tea": 1}

    @app.route("/buy/<thing>", methods=["GET", "POST"])
    def buy(thing: str) -> dict[str, int]:
        current_app.logger.info("buying")
        stock[thing] -= 1
        return {"left": stock[thing], "each": 10 // stock[thing]}

    @app.route("/missing")
    def missing() -> str:
        abort(404)

    @app.route("/message")
    def message() -> str:
        with sentry_sdk.start_span(op="think", name="hard"):
            sentry_sdk.capture_message("a word")
        return render_template_string("{{ sentry_trace_meta }}<p>ok</p>")

    @app.route("/stream")
    def stream() -> Response:
        return Response(iter(["a", "b"]))

    @app.errorhandler(KeyError)
    def unknown(error: KeyError) -> tuple[str, int]:
        sentry_sdk.capture_exception(error)
        return f"No {error.args[0]} here", 404

    return app


def start(**options: Any) -> Mailbox:
    mailbox = Mailbox()
    integration = FlaskIntegration(**options.pop("flask", {}))
    settings = {"traces_sample_rate": 1.0, "auto_enabling_integrations": False} | options
    sentry_sdk.init(
        dsn="https://key@sentry.invalid/1",
        transport=mailbox,
        integrations=[integration],
        **settings,
    )
    return mailbox


@pytest.fixture(autouse=True)
def stop() -> Iterator[None]:
    yield
    sentry_sdk.get_client().close()
    sentry_sdk.init()


def test_a_crash_is_reported_with_its_request() -> None:
    """An unhandled exception is an event with route, address, method and headers."""
    mailbox = start()
    answer = create_shop().test_client().get("/buy/tea?n=1", headers={"X-Who": "ada"})
    assert answer.status_code == 500

    (event,) = mailbox.events
    assert event["transaction"] == "buy"
    assert event["exception"]["values"][-1]["type"] == "ZeroDivisionError"
    assert event["exception"]["values"][-1]["mechanism"] == {"type": "flask", "handled": False}
    assert event["request"]["url"] == "http://localhost/buy/tea"
    assert event["request"]["query_string"] == "n=1"
    assert event["request"]["headers"]["X-Who"] == "ada"


def test_a_posted_body_is_part_of_the_report() -> None:
    """JSON and form bodies are read back from the request for the report."""
    mailbox = start()
    client = create_shop().test_client()
    client.post("/buy/tea", json={"n": 1})
    client.post("/buy/milk", data={"n": "2"})

    crash, handled = mailbox.events
    assert crash["request"]["data"] == {"n": 1}
    assert handled["request"]["data"] == {"n": "2"}
    assert handled["exception"]["values"][-1]["type"] == "KeyError"


def test_http_errors_are_no_events() -> None:
    """A 404 is an answer, not a crash; its transaction tells the status."""
    mailbox = start()
    create_shop().test_client().get("/missing")

    assert mailbox.events == []
    (transaction,) = mailbox.transactions
    assert transaction["transaction"] == "missing"
    assert transaction["contexts"]["trace"]["status"] == "not_found"


def test_spans_belong_to_the_requests_transaction() -> None:
    """A span opened in the view is part of the request's transaction."""
    mailbox = start()
    answer = create_shop().test_client().get("/message")

    assert 'name="sentry-trace"' in answer.text
    assert mailbox.events[0]["message"] == "a word"
    (transaction,) = mailbox.transactions
    assert transaction["transaction_info"] == {"source": "component"}
    assert "think" in {span["op"] for span in transaction["spans"]}


def test_the_url_style_names_the_rule() -> None:
    """`transaction_style="url"` names transactions by their rule."""
    mailbox = start(flask={"transaction_style": "url"})
    client = create_shop().test_client()
    client.get("/buy/tea")
    client.get("/nowhere")

    assert mailbox.transactions[0]["transaction"] == "/buy/<thing>"
    assert mailbox.transactions[0]["transaction_info"] == {"source": "route"}
    assert len(mailbox.events) == 1


def test_a_stream_is_one_transaction() -> None:
    """A streamed answer ends its transaction when it is closed."""
    mailbox = start()
    assert create_shop().test_client().get("/stream").text == "ab"

    assert [transaction["transaction"] for transaction in mailbox.transactions] == ["stream"]


def test_the_logged_in_user_is_named() -> None:
    """With Flask-Login and personal data allowed, the user's id is in the report."""
    mailbox = start(send_default_pii=True)
    app = create_shop()
    LoginManager(app).user_loader(lambda name: make_user(name))

    @app.route("/login")
    def login() -> str:
        login_user(make_user("ada"))
        return "in"

    client = app.test_client()
    client.get("/login")
    client.get("/buy/tea")

    assert mailbox.events[0]["user"]["id"] == "ada"
    assert "session" in mailbox.events[0]["request"]["cookies"]


def make_user(name: str) -> UserMixin:
    user = UserMixin()
    user.id = name
    return user


def test_own_filter_may_change_or_drop() -> None:
    """`before_send` of the application runs inside the request and may drop an event."""

    def judge(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any] | None:
        if request.args.get("drop"):
            return None
        event.setdefault("tags", {})["endpoint"] = request.endpoint
        return event

    mailbox = start(before_send=judge)
    client = create_shop().test_client()
    client.get("/message?drop=1")
    client.get("/message")

    (event,) = mailbox.events
    assert event["tags"]["endpoint"] == "message"


def test_without_client_nothing_is_sent() -> None:
    """An application whose SDK is not initialised runs as if it were not there."""
    assert create_shop().test_client().get("/stream").text == "ab"
