from __future__ import annotations

import contextlib
import functools
import weakref
from typing import Any

import pytest
from blinker import NamedSignal, Namespace

import flask
from flask import Flask, signals
from flask.testing import FlaskClient

NAMES = (
    "template_rendered",
    "before_render_template",
    "request_started",
    "request_finished",
    "request_tearing_down",
    "got_request_exception",
    "appcontext_tearing_down",
    "appcontext_pushed",
    "appcontext_popped",
    "message_flashed",
)


@pytest.mark.parametrize("name", NAMES)
def test_signal_is_blinkers(name: str) -> None:
    """Each signal is one of Blinker's, named like its variable with dashes."""
    signal = getattr(flask, name)

    assert isinstance(signal, NamedSignal)
    assert signal.name == name.replace("_", "-")
    assert getattr(signals, name) is signal


def test_namespace_makes_more() -> None:
    """Extensions make their own signals with the same class."""
    assert signals.Namespace is Namespace


def heard_by(name: str, app: Flask) -> tuple[list[Any], Any]:
    heard: list[Any] = []

    def hear(sender: Flask, **extra: Any) -> None:
        extra.pop("_async_wrapper", None)
        heard.append((sender, extra))

    return heard, getattr(flask, name).connected_to(hear, app)


def test_templates(app: Flask) -> None:
    """Before and after rendering the template and its whole context are told."""
    before, hear_before = heard_by("before_render_template", app)
    after, hear_after = heard_by("template_rendered", app)
    with app.test_request_context(), hear_before, hear_after:
        flask.render_template_string("{{ a }}", a=1)
        assert [(sender, extra["context"]["a"]) for sender, extra in (*before, *after)] == [
            (app, 1),
            (app, 1),
        ]
        assert before[0][1]["template"] is after[0][1]["template"]
        assert before[0][1]["context"]["request"] is flask.request._get_current_object()


def test_streamed_template_is_told_when_it_is_done(app: Flask) -> None:
    """A streamed template was rendered once its last piece is out."""
    after, hear = heard_by("template_rendered", app)
    with app.test_request_context(), hear:
        pieces = flask.stream_template_string("{{ a }}", a=1)
        assert after == []
        assert "".join(pieces) == "1"
        assert len(after) == 1


def test_before_render_may_change_the_context(app: Flask) -> None:
    """A receiver may add variables before the template is rendered."""

    def add(sender: Flask, template: Any, context: dict[str, Any], **extra: Any) -> None:
        context["a"] = "added"

    with app.app_context(), flask.before_render_template.connected_to(add, app):
        assert flask.render_template_string("{{ a }}") == "added"


def test_request_signals_carry_response_and_error(app: Flask, client: FlaskClient) -> None:
    """The end of a request tells the response, its teardown the error."""
    finished, hear_finished = heard_by("request_finished", app)
    torn, hear_torn = heard_by("request_tearing_down", app)
    error = KeyError("lost")

    @app.route("/fail")
    def fail() -> str:
        raise error

    app.testing = False
    with hear_finished, hear_torn:
        client.get("/nowhere")
        client.get("/fail")

    assert [extra["response"].status_code for _, extra in finished] == [404, 500]
    assert [extra["exc"] for _, extra in torn] == [None, error]


def test_only_the_app_that_is_asked_for(app: Flask) -> None:
    """A receiver connected to one app does not hear another."""
    heard, hear = heard_by("request_started", app)
    with hear:
        Flask("other").test_client().get("/")

    assert heard == []


def test_receiver_that_fails_fails_the_request(app: Flask, client: FlaskClient) -> None:
    """An error of a receiver is an error of the request."""

    def fail(sender: Flask, **extra: Any) -> None:
        raise KeyError("receiver")

    with flask.request_started.connected_to(fail, app), pytest.raises(KeyError, match="receiver"):
        client.get("/")


class Listener:
    def hear(self, sender: Flask, **extra: Any) -> str:
        return "method"

    def __call__(self, sender: Flask, **extra: Any) -> str:
        return "object"


async def hear_async(sender: Flask, **extra: Any) -> str:
    return "coroutine"


def hear(sender: Flask, **extra: Any) -> str:
    return f"function {extra}"


@pytest.mark.parametrize("sender", ["text", 7, Listener(), Listener().hear, None, Listener])
@pytest.mark.parametrize("is_any", [False, True])
def test_receivers_are_blinkers(sender: Any, is_any: bool) -> None:
    """Whoever sends: the receivers of this sender and those of all, less those that are gone."""

    def listen_with(signal: NamedSignal) -> list[tuple[str, Any]]:
        heard: list[tuple[str, Any]] = []

        def disconnect_others(sender: Any) -> None:
            heard.append(("first", sender))
            signal.disconnect(hear_later)

        def hear_later(sender: Any) -> None:
            heard.append(("later", sender))

        def hear_other(sender: Any) -> None:
            heard.append(("other", sender))

        gone = Listener()
        if is_any:
            signal.connect(disconnect_others)
        else:
            signal.connect(disconnect_others, sender)
        signal.connect(hear_later, sender)
        signal.connect(hear_other, "another")
        signal.connect(gone, sender)
        del gone
        for _ in range(2):
            signal.send(sender)
        heard.append(("last", len(signal.send(sender))))
        return [entry for entry in heard if entry[0] != "later"]  # the order is that of a set

    assert listen_with(type(signals.message_flashed)("ours")) == listen_with(NamedSignal("theirs"))


def test_collected_receiver_is_forgotten() -> None:
    """One that the garbage collector took before it was cleaned up is skipped, and let go."""
    signal = type(signals.message_flashed)("ours")
    signal.connect(hear)
    number = next(iter(signal.receivers))
    signal.receivers[number] = weakref.ref(Listener())  # dead at once

    assert signal.send("sender") == []
    assert not signal.receivers


def test_send_is_blinkers(app: Flask) -> None:
    """Any kind of receiver is called as Blinker calls it, and what it returns is collected."""
    ours, theirs = signals.message_flashed, NamedSignal("theirs")
    listener = Listener()
    receivers = (hear, listener, listener.hear, functools.partial(hear, a=1), hear_async)
    with contextlib.ExitStack() as connections:
        for receiver in receivers:
            connections.enter_context(ours.connected_to(receiver, app))
            connections.enter_context(theirs.connected_to(receiver, app))
        with app.app_context():
            sent, expected = (
                signal.send(app, _async_wrapper=app.ensure_sync, b=2) for signal in (ours, theirs)
            )
        with pytest.raises(RuntimeError, match="coroutine function"):
            ours.send(app)
        with ours.muted():
            assert ours.send(app) == []
        assert ours.send("another sender") == []

    assert len(sent) == len(receivers)
    assert sorted(map(repr, sent)) == sorted(map(repr, expected))
