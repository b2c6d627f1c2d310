"""Signals: when each is sent, by whom, and with what."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from blinker import Signal

from flask import (
    Flask,
    Response,
    appcontext_popped,
    appcontext_pushed,
    appcontext_tearing_down,
    before_render_template,
    flash,
    g,
    got_request_exception,
    has_app_context,
    message_flashed,
    render_template,
    request,
    request_finished,
    request_started,
    request_tearing_down,
    stream_template,
    template_rendered,
)
from flask.testing import FlaskClient


class Log(list[str]):
    """What happened, in order."""

    def __call__(self, text: Any) -> str:
        self.append(str(text))
        return str(text)


@pytest.fixture
def log() -> Log:
    return Log()


@contextmanager
def received(signal: Signal, app: Flask) -> Iterator[list[dict[str, Any]]]:
    """Collect what a signal of an application is sent with; another one's is not heard."""
    heard: list[dict[str, Any]] = []

    def receive(sender: Flask, **values: Any) -> None:
        assert sender is app
        heard.append(values)

    signal.connect(receive, app)
    try:
        yield heard
    finally:
        signal.disconnect(receive, app)


def test_template_rendered_follows_a_rendering(app: Flask, folder: Any) -> None:
    """The signal brings the template and the variables it was rendered with."""
    with received(template_rendered, app) as heard, app.test_request_context("/"):
        assert render_template("page.html", name="you") == "Hello you"

    assert [values["template"].name for values in heard] == ["page.html"]
    assert heard[0]["context"]["name"] == "you"
    assert heard[0]["context"]["request"] is not None


def test_template_rendered_follows_the_last_piece(app: Flask, folder: Any) -> None:
    """A streamed template is rendered when its last piece was taken."""
    with received(template_rendered, app) as heard, app.app_context():
        pieces = stream_template("page.html", name="you")
        assert heard == []
        assert "".join(pieces) == "Hello you"

    assert len(heard) == 1


def test_before_render_template_may_add_variables(app: Flask, folder: Any) -> None:
    """The signal comes before the rendering, which uses the variables as they are then."""

    def add_name(sender: Flask, template: Any, context: dict[str, Any], **extra: Any) -> None:
        context["name"] = template.name

    with before_render_template.connected_to(add_name, app), app.app_context():
        assert render_template("page.html") == "Hello page.html"


def test_request_started_precedes_every_hook(app: Flask, client: FlaskClient, log: Log) -> None:
    """The request is bound, but nothing has happened to it."""
    app.before_request(lambda: log("hook") and None)
    app.add_url_rule("/page", "page", lambda: log("view"))

    def started(sender: Flask, **extra: Any) -> None:
        log(f"started {request.path}")

    with request_started.connected_to(started, app):
        client.get("/page")
    assert log == ["started /page", "hook", "view"]


def test_request_finished_brings_the_response(app: Flask, client: FlaskClient) -> None:
    """The response has passed the after-request functions, and is sent."""
    app.after_request(lambda response: response.headers.add("X-Seen", "1") or response)
    app.add_url_rule("/", "index", lambda: "answer")
    with received(request_finished, app) as heard:
        client.get("/")

    [values] = heard
    assert isinstance(values["response"], Response)
    assert (values["response"].get_data(), values["response"].headers["X-Seen"]) == (
        b"answer",
        "1",
    )


def test_got_request_exception_brings_the_unhandled_error(app: Flask, client: FlaskClient) -> None:
    """Unhandled errors are told, those with a handler and HTTP errors are not."""
    app.testing = True
    app.register_error_handler(KeyError, lambda error: "handled")
    app.add_url_rule("/key", "key", lambda: {}["colour"])
    app.add_url_rule("/zero", "zero", lambda: 1 // 0)
    with received(got_request_exception, app) as heard:
        client.get("/key")
        client.get("/missing")
        with pytest.raises(ZeroDivisionError):
            client.get("/zero")

    assert [type(values["exception"]) for values in heard] == [ZeroDivisionError]


@pytest.mark.parametrize("fails", [True, False])
def test_request_tearing_down_brings_the_error(
    app: Flask, client: FlaskClient, fails: bool
) -> None:
    """The end of a request is told after the teardown functions, with its error if any."""
    app.logger.disabled = True
    app.add_url_rule("/<int:n>", "divide", lambda n: str(1 // n))
    with received(request_tearing_down, app) as heard:
        client.get("/0" if fails else "/1")
    app.logger.disabled = False

    assert [type(values["exc"]) for values in heard] == [ZeroDivisionError if fails else type(None)]


def test_appcontext_tearing_down_brings_the_error(app: Flask) -> None:
    """The end of an application context is told, with its error if any."""
    with received(appcontext_tearing_down, app) as heard:
        with app.app_context():
            pass
        with pytest.raises(KeyError), app.app_context():
            raise KeyError

    assert [type(values["exc"]) for values in heard] == [type(None), KeyError]


def test_appcontext_pushed_may_fill_g(app: Flask, client: FlaskClient) -> None:
    """A test can put something into g before the request is handled."""

    def set_user(sender: Flask, **extra: Any) -> None:
        g.user = "ada"

    app.add_url_rule("/", "index", lambda: g.user)
    with appcontext_pushed.connected_to(set_user, app):
        assert client.get("/").text == "ada"


def test_appcontext_popped_comes_last(app: Flask, log: Log) -> None:
    """When the signal comes, the context is no longer active."""
    app.teardown_appcontext(lambda error: log("teardown"))

    def popped(sender: Flask, **extra: Any) -> None:
        log(f"popped, active: {has_app_context()}")

    with appcontext_popped.connected_to(popped, app), app.app_context():
        pass
    assert log == ["teardown", "popped, active: False"]


def test_message_flashed_brings_message_and_category(app: Flask) -> None:
    """Flashing a message is told."""
    app.secret_key = "dev"
    with received(message_flashed, app) as heard, app.test_request_context():
        flash("Saved", "info")

    assert [(values["message"], values["category"]) for values in heard] == [("Saved", "info")]
