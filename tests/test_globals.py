from __future__ import annotations

import copy
from typing import Any

import pytest
from werkzeug.local import LocalProxy

import flask
from flask import Flask, current_app, g, request, session
from flask.globals import app_ctx, request_ctx

APP_PROXIES = {"current_app": current_app, "g": g, "app_ctx": app_ctx}
REQUEST_PROXIES = {"request": request, "session": session, "request_ctx": request_ctx}


@pytest.mark.parametrize("name", [*APP_PROXIES, *REQUEST_PROXIES])
def test_they_are_local_proxies(name: str) -> None:
    """Extensions recognize the globals as Werkzeug's proxies."""
    proxy: Any = (APP_PROXIES | REQUEST_PROXIES)[name]

    assert type(proxy) is not LocalProxy
    assert issubclass(type(proxy), LocalProxy)
    assert type(proxy).__slots__ == ()


@pytest.mark.parametrize("name", APP_PROXIES)
def test_outside_of_an_app_context(name: str) -> None:
    """Outside, an application's proxy says which context is missing."""
    proxy: Any = APP_PROXIES[name]

    for use in (lambda: proxy.some_name, proxy._get_current_object, lambda: "a" in proxy):
        with pytest.raises(RuntimeError, match=r"^Working outside of application context"):
            use()
    assert not proxy
    assert "unbound" in repr(proxy)


@pytest.mark.parametrize("name", REQUEST_PROXIES)
def test_outside_of_a_request_context(app: Flask, name: str) -> None:
    """Outside, also in an app context, a request's proxy says which context is missing."""
    proxy: Any = REQUEST_PROXIES[name]

    with app.app_context():
        for use in (lambda: proxy.some_name, proxy._get_current_object):
            with pytest.raises(RuntimeError, match=r"^Working outside of request context"):
                use()
        assert not proxy
        assert "unbound" in repr(proxy)


def test_assignment_outside_is_refused() -> None:
    """Setting an attribute of ``g`` outside a context is refused as reading is."""
    with pytest.raises(RuntimeError, match=r"^Working outside of application context"):
        g.name = 1
    with pytest.raises(RuntimeError, match=r"^Working outside of request context"):
        session["name"] = 1


def test_attributes_pass_through(app: Flask) -> None:
    """Getting, setting and deleting attributes reaches the object behind."""
    with app.test_request_context("/path"):
        g.name = 1
        assert g._get_current_object().name == 1
        del g.name
        assert "name" not in g
        request.custom = "mine"  # type: ignore[attr-defined]
        assert request._get_current_object().custom == "mine"
        current_app.custom = "app's"  # type: ignore[attr-defined]
        assert app.custom == "app's"  # type: ignore[attr-defined]
        with pytest.raises(AttributeError, match="missing"):
            _ = request.missing  # type: ignore[attr-defined]


def test_operators_pass_through(app: Flask) -> None:
    """Comparison, containment, length, iteration, truth and type are those of the object behind."""
    with app.test_request_context("/?a=1"):
        session["k"] = "v"
        assert session == {"k": "v"}
        assert "k" in session
        assert len(session) == 1
        assert list(session) == ["k"]
        assert dict(session) == {"k": "v"}
        assert session
        assert isinstance(request, flask.Request)
        assert isinstance(current_app, Flask)
        assert current_app == app
        assert repr(request) == repr(request._get_current_object())
        assert copy.copy(session) == {"k": "v"}
        assert session | {"b": 1} == {"k": "v", "b": 1}
        assert hash(current_app) == hash(app)
        assert dir(g) == dir(g._get_current_object())


def test_they_follow_the_context(app: Flask) -> None:
    """One proxy means another object in each context."""
    other = Flask("other")
    with app.app_context():
        assert current_app.name == "shop"
        with other.app_context():
            assert current_app.name == "other"
        assert current_app.name == "shop"


def test_active_request_context_is_no_proxy(app: Flask) -> None:
    """``active_request_context`` returns the object itself, and refuses outside."""
    from flask.globals import active_request_context

    with app.test_request_context() as ctx:
        assert active_request_context() is ctx
    with pytest.raises(RuntimeError, match=r"^Working outside of request context"):
        active_request_context()


def test_special_attributes(app: Flask) -> None:
    """The proxies look like what they stand for, also to tools that ask for the class."""
    with app.test_request_context():
        assert request.__class__ is flask.Request
        assert current_app.__dict__ is app.__dict__
