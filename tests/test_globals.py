from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.local import LocalProxy

import flask
from flask import Flask, current_app, g, request, session
from flask.globals import app_ctx, request_ctx

APP_PROXIES = {"current_app": current_app, "g": g, "app_ctx": app_ctx}
REQUEST_PROXIES = {"request": request, "session": session, "request_ctx": request_ctx}
USES: list[Any] = [
    bool,
    len,
    list,
    dir,
    iter,
    lambda p: p["k"],
    lambda p: p["missing"],
    lambda p: exec("p['n'] = 1; x = p['n']", {"p": p}),
    lambda p: exec("p['n'] = 1; del p['n']", {"p": p}),
    lambda p: exec("del p['missing']", {"p": p}),
    lambda p: "k" in p,
    lambda p: "missing" in p,
    lambda p: p.missing,
    lambda p: hasattr(p, "missing"),
    lambda p: p.__class__,
    lambda p: isinstance(p, dict),
    lambda p: setattr(p, "custom", 1) or p.custom,
    lambda p: (setattr(p, "custom", 1), delattr(p, "custom"), p.custom),
    lambda p: delattr(p, "missing"),
    lambda p: p == p._get_current_object(),
    lambda p: p | {"b": 1},
    lambda p: p + 1,
    lambda p: hash(p) and None,
]
UNBOUND_USES: list[Any] = [
    *USES,
    lambda p: p.__setitem__("n", 1),
    lambda p: hasattr(p, "__len__"),
    lambda p: hasattr(p, "__setattr__"),
    lambda p: hasattr(p, "__contains__"),
    lambda p: hasattr(p, "__bool__"),
]


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


class TestSpecialMethods:
    """What the proxies do themselves, for speed, is what ``LocalProxy`` would do."""

    @pytest.fixture
    def pairs(self, app: Flask) -> Iterator[dict[str, tuple[Any, Any]]]:
        """Give, inside a request, each proxy and Werkzeug's for the same object."""
        app.config["SERVER_NAME"] = None
        both = APP_PROXIES | REQUEST_PROXIES
        with app.test_request_context("/?a=1"):
            session["k"] = "v"
            g.k = "v"
            yield {n: (p, LocalProxy(p._get_current_object)) for n, p in both.items()}

    @staticmethod
    def outcome(use: Any, proxy: Any) -> Any:
        """Return the result of a use, or what is seen of its error."""
        try:
            result = use(proxy)
        except Exception as error:  # noqa: BLE001 - compared
            return type(error), str(error).replace(type(proxy).__name__, "LocalProxy")
        if result is type(proxy):
            return LocalProxy
        return list(result) if isinstance(result, Iterator) else result

    @pytest.mark.parametrize("name", [*APP_PROXIES, *REQUEST_PROXIES])
    @pytest.mark.parametrize("use", USES, ids=[str(number) for number in range(len(USES))])
    def test_bound(self, pairs: dict[str, tuple[Any, Any]], name: str, use: Any) -> None:
        """Bound, every use gives the object's result or error."""
        ours, theirs = pairs[name]

        assert self.outcome(use, ours) == self.outcome(use, theirs)

    @pytest.mark.parametrize("name", [*APP_PROXIES, *REQUEST_PROXIES])
    @pytest.mark.parametrize(
        "use", UNBOUND_USES, ids=[str(number) for number in range(len(UNBOUND_USES))]
    )
    def test_unbound(self, name: str, use: Any) -> None:
        """Unbound, every use gives the error or the stand-in that Werkzeug's gives."""
        ours: Any = (APP_PROXIES | REQUEST_PROXIES)[name]
        theirs: Any = LocalProxy(ours._get_current_object)

        assert self.outcome(use, ours) == self.outcome(use, theirs)

    def test_reading_the_session_counts_as_access(self, app: Flask) -> None:
        """Each way into the session marks it as accessed, as its attributes do."""
        uses: list[Any] = [bool, len, list, lambda s: "k" in s, lambda s: s.get("k")]
        for use in uses:
            with app.test_request_context() as ctx:
                use(session)
                assert ctx.session.accessed
                assert ctx._session is not None
                ctx._session.accessed = False
                use(session)
                assert ctx._session.accessed

    def test_replaced_objects_are_found(self, app: Flask) -> None:
        """What code puts in the place of a context's request or namespace is what the proxy means."""

        class Own(flask.Request):
            pass

        with app.test_request_context() as ctx, app.app_context() as inner:
            ctx.request = Own(ctx.request.environ)
            inner.g = {"a": 1}  # type: ignore[assignment]
            assert type(request._get_current_object()) is Own
            assert list(g) == ["a"]
            assert "a" in g
