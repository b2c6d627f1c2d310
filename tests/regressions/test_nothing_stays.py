"""What a failure or a client's whim must not leave behind."""

from __future__ import annotations

import gc
import traceback
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.exceptions import NotFound

import flask
from flask import Flask, appcontext_pushed
from flask.routing import URLMap


def test_context_is_undone_when_a_receiver_fails(app: Flask) -> None:
    """An error in a receiver of ``appcontext_pushed`` leaves no context to the next request."""

    def fail(sender: Flask, **extra: Any) -> None:
        raise ValueError("no")

    with (
        appcontext_pushed.connected_to(fail),
        pytest.raises(ValueError, match="no"),
        app.app_context(),
    ):
        pass

    assert not flask.has_app_context()
    assert app.test_client().get("/").status_code == 404


def test_real_hosts_are_remembered_after_made_up_ones(app: Flask) -> None:
    """Thousands of invented host names are served, and do not keep a real one from its short way."""
    url_map = app.url_map
    assert isinstance(url_map, URLMap)
    client = app.test_client()
    for number in range(1000):
        assert client.get("/", base_url=f"http://h{number}.example/").status_code == 404

    client.get("/", base_url="http://shop.example/")

    assert "shop.example" in url_map.plain_hosts


def test_very_long_host_is_not_remembered(app: Flask) -> None:
    """A host name longer than any domain's is answered as ever and forgotten."""
    base_url = f"http://{'a.' * 150}example/"
    url_map = app.url_map
    assert isinstance(url_map, URLMap)

    assert app.test_client().get("/", base_url=base_url).status_code == 404

    assert not url_map.plain_hosts


def test_default_made_for_one_call(app: Flask) -> None:
    """A ``default`` passed to ``dumps`` is not kept by the provider."""

    def make() -> tuple[Callable[[Any], str], weakref.ref[Any]]:
        def default(value: Any) -> str:
            return "x"

        return default, weakref.ref(default)

    default, kept = make()
    assert app.json.dumps(object(), default=default) == '"x"'
    del default
    gc.collect()

    assert kept() is None


def test_traceback_of_a_trapped_routing_error(app: Flask) -> None:
    """A 404 that travels out of the app shows where it was raised, after the request too."""
    app.config["TRAP_HTTP_EXCEPTIONS"] = True

    with pytest.raises(NotFound) as caught:
        app.test_client().get("/nowhere")

    frames = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert {"full_dispatch_request", "raise_routing_exception"} <= set(frames)
