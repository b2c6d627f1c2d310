from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

import flask
from flask import Flask, Response, g, request, session
from flask.ctx import AppContext, RequestContext, _AppCtxGlobals
from flask.globals import app_ctx, request_ctx
from flask.testing import FlaskClient


class TestAppContext:
    def test_it_makes_an_app_current(self, app: Flask) -> None:
        """Inside the block the app is current, after it no more."""
        assert not flask.has_app_context()

        with app.app_context() as ctx:
            assert flask.has_app_context()
            assert not flask.has_request_context()
            assert flask.current_app._get_current_object() is app
            assert app_ctx._get_current_object() is ctx
            assert isinstance(ctx, AppContext)

        assert not flask.has_app_context()

    def test_contexts_of_several_apps_nest(self, app: Flask) -> None:
        """The inner app is current until its context ends, each with a ``g`` of its own."""
        other = Flask("other")
        with app.app_context():
            g.mine = 1
            with other.app_context():
                assert flask.current_app.name == "other"
                assert "mine" not in g
            assert flask.current_app.name == "shop"
            assert g.mine == 1

    def test_same_app_nests_with_a_new_g(self, app: Flask) -> None:
        """A second context of the same app hides the first one's ``g``."""
        with app.app_context():
            g.mine = 1
            with app.app_context():
                assert "mine" not in g
            assert g.mine == 1

    def test_one_context_may_be_pushed_twice(self, app: Flask) -> None:
        """A context pushed twice keeps its ``g`` and is torn down once, by the last pop."""
        ended: list[Any] = []
        app.teardown_appcontext(ended.append)
        with app.app_context() as ctx:
            g.mine = 1
            with ctx:
                assert g.mine == 1
            assert not ended
            assert g.mine == 1

        assert ended == [None]

    def test_wrong_order_is_told(self, app: Flask) -> None:
        """Contexts are popped in the reverse order of pushing, or an error names both."""
        first, second = app.app_context(), app.app_context()
        first.push()
        second.push()

        with pytest.raises(AssertionError, match="Popped wrong app context"):
            first.pop()
        with pytest.raises(LookupError):
            second.pop()

    def test_teardown_gets_the_error_and_the_block_raises_it(self, app: Flask) -> None:
        """An error that leaves the block reaches the teardown functions and goes on."""
        seen: list[Any] = []
        app.teardown_appcontext(seen.append)
        error = KeyError("lost")

        with pytest.raises(KeyError), app.app_context():
            raise error

        assert seen == [error]

    def test_pop_by_hand_uses_the_error_being_handled(self, app: Flask) -> None:
        """Without an argument ``pop`` hands over the error that is being handled, else None."""
        seen: list[Any] = []
        app.teardown_appcontext(seen.append)
        error = ValueError()

        for given in ((), (error,)):
            ctx = app.app_context()
            ctx.push()
            ctx.pop(*given)
        ctx = app.app_context()
        ctx.push()
        try:
            raise error
        except ValueError:
            ctx.pop()

        assert seen == [None, error, error]

    def test_failing_teardown_still_ends_the_context(self, app: Flask) -> None:
        """When a teardown function fails the context is gone all the same."""

        @app.teardown_appcontext
        def fail(error: BaseException | None) -> None:
            raise OSError

        with pytest.raises(OSError), app.app_context():
            pass

        assert not flask.has_app_context()

    def test_teardown_functions_see_the_context(self, app: Flask) -> None:
        """``g`` and ``current_app`` work until the last teardown function has run."""
        seen: list[Any] = []
        app.teardown_appcontext(lambda error: seen.append(g.pop("db")))
        app.teardown_appcontext(lambda error: seen.append("db" in g))
        with app.app_context():
            g.db = "connection"

        assert seen == [True, "connection"]

    def test_signals_in_their_order(self, app: Flask) -> None:
        """Pushed, tearing down, popped: the sender is the app."""
        heard: list[str] = []

        def connected(name: str) -> Any:
            signal = getattr(flask, name)
            return signal.connected_to(lambda sender, **extra: heard.append(name), app)

        with (
            connected("appcontext_pushed"),
            connected("appcontext_tearing_down"),
            connected("appcontext_popped"),
        ):
            with app.app_context():
                with app.test_request_context():
                    pass
                assert heard == ["appcontext_pushed"]

            assert heard == ["appcontext_pushed", "appcontext_tearing_down", "appcontext_popped"]


class TestRequestContext:
    def test_it_makes_a_request_current(self, app: Flask) -> None:
        """Inside the block request, session and app are there, after it no more."""
        assert not flask.has_request_context()

        with app.test_request_context("/path?a=1") as ctx:
            assert flask.has_request_context()
            assert flask.has_app_context()
            assert (request.path, request.args["a"]) == ("/path", "1")
            assert request_ctx._get_current_object() is ctx
            assert session == {}

        assert not flask.has_request_context()
        assert not flask.has_app_context()

    def test_it_is_no_app_context(self, app: Flask) -> None:
        """The two kinds of contexts are distinct objects."""
        with app.test_request_context():
            assert app_ctx._get_current_object() is not request_ctx._get_current_object()
            assert isinstance(app_ctx._get_current_object(), AppContext)
            assert isinstance(request_ctx._get_current_object(), RequestContext)
            assert app_ctx.app is request_ctx.app is app

    def test_it_reuses_the_app_context_of_its_app(self, app: Flask) -> None:
        """A request made while its app is current shares that context's ``g``."""
        with app.app_context() as outer:
            g.mine = 1
            with app.test_request_context():
                assert app_ctx._get_current_object() is outer
                g.of_request = 2
            assert g.of_request == 2
            assert flask.has_app_context()

    def test_it_brings_an_app_context_over_another_apps(self, app: Flask) -> None:
        """Inside the context of another app the request brings its own."""
        other = Flask("other")
        with other.app_context():
            g.theirs = 1
            with app.test_request_context():
                assert flask.current_app.name == "shop"
                assert "theirs" not in g
            assert flask.current_app.name == "other"

    def test_app_context_inside_hides_g_but_not_the_request(self, app: Flask) -> None:
        """An app context pushed inside a request has its own ``g``; the request stays."""
        with app.test_request_context("/path"):
            g.mine = 1
            with app.app_context():
                assert "mine" not in g
                assert request.path == "/path"
            assert g.mine == 1

    def test_requests_nest(self, app: Flask) -> None:
        """The inner request is current until it ends."""
        with app.test_request_context("/outer"):
            g.mine = "outer"
            with app.test_request_context("/inner"):
                assert request.path == "/inner"
                assert g.mine == "outer"
            assert request.path == "/outer"

    def test_requests_of_several_apps_nest(self, app: Flask, client: FlaskClient) -> None:
        """A view may ask another application, and is not confused by it."""
        other = Flask("other")
        other.add_url_rule("/", "index", lambda: f"{flask.current_app.name} {request.path}")

        @app.route("/ask")
        def ask() -> str:
            answer = other.test_client().get("/").text
            return f"{answer}, {flask.current_app.name} {request.path}"

        assert client.get("/ask").text == "other /, shop /ask"

    def test_wrong_order_is_told(self, app: Flask) -> None:
        """Popping the outer request first is an error that names both."""
        outer, inner = app.test_request_context("/outer"), app.test_request_context("/inner")
        outer.push()
        inner.push()

        with pytest.raises(AssertionError, match="Popped wrong request context"):
            outer.pop()
        with pytest.raises(LookupError):
            inner.pop()
        assert not flask.has_app_context()

    def test_pushed_twice_it_ends_once(self, app: Flask) -> None:
        """Teardown functions run when the last of several pushes is popped."""
        ended: list[Any] = []
        app.teardown_request(ended.append)
        with app.test_request_context() as ctx:
            with ctx:
                pass
            assert not ended

        assert ended == [None]

    def test_error_of_teardown_ends_both_contexts(self, app: Flask) -> None:
        """When a teardown function fails, neither context stays behind."""

        @app.teardown_request
        def fail(error: BaseException | None) -> None:
            raise OSError("disk full")

        with pytest.raises(OSError, match="disk full"), app.test_request_context():
            pass

        assert not flask.has_request_context()
        assert not flask.has_app_context()

    def test_request_is_closed_at_the_end(self, app: Flask) -> None:
        """``close`` of the request is called, so uploaded files are closed."""
        closed: list[str] = []

        class Closing(app.request_class):  # type: ignore[name-defined]
            def close(self) -> None:
                closed.append(self.path)

        app.request_class = Closing
        with app.test_request_context("/path"):
            pass

        assert closed == ["/path"]

    def test_request_without_close(self, app: Flask) -> None:
        """A request object that has no ``close`` is let be."""

        class Small:
            def __init__(self, environ: dict[str, Any]) -> None:
                self.environ, self.blueprints, self.routing_exception = environ, [], None
                self.trusted_hosts, self.cookies = None, {}

        app.request_class = Small  # type: ignore[assignment]
        app.url_map.host_matching = False
        with app.request_context({"REQUEST_METHOD": "GET", "wsgi.url_scheme": "http"} | SERVER):
            assert flask.has_request_context()

    def test_repr_names_the_request(self, app: Flask) -> None:
        """The representation shows URL, method and application."""
        ctx = app.test_request_context("/path", method="POST")

        assert repr(ctx) == "<RequestContext 'http://localhost/path' [POST] of shop>"

    def test_ready_request_is_used(self, app: Flask) -> None:
        """A request given to the context is the current one."""
        ready = flask.Request(app.test_request_context("/ready").request.environ)
        with RequestContext(app, ready.environ, request=ready):
            assert request._get_current_object() is ready

    def test_nothing_is_kept_alive(self, app: Flask) -> None:
        """A request that is over is freed at once, without the garbage collector."""
        kept: list[weakref.ref[Any]] = []

        @app.route("/")
        def index() -> str:
            kept.append(weakref.ref(request._get_current_object()))
            kept.append(weakref.ref(request_ctx._get_current_object()))
            kept.append(weakref.ref(g._get_current_object()))
            return str(session.get("a"))

        gc.collect()
        gc.disable()
        try:
            app(app.test_request_context("/").request.environ, lambda status, headers: None)
            assert [ref() for ref in kept] == [None] * 3
        finally:
            gc.enable()


SERVER = {"SERVER_NAME": "localhost", "SERVER_PORT": "80", "PATH_INFO": "/"}


class TestGlobalsNamespace:
    def test_attributes(self) -> None:
        """Attributes come and go, a missing one is an AttributeError."""
        names = _AppCtxGlobals()
        names.a = 1

        assert names.a == 1
        assert "a" in names
        assert list(names) == ["a"]
        del names.a
        with pytest.raises(AttributeError, match="a"):
            _ = names.a
        with pytest.raises(AttributeError, match="a"):
            del names.a

    def test_get_pop_and_setdefault(self) -> None:
        """The methods are those of a dict."""
        names = _AppCtxGlobals()

        assert names.get("a") is None
        assert names.get("a", 1) == 1
        assert names.setdefault("a") is None
        assert names.setdefault("a", 2) is None
        assert names.setdefault("b", 2) == 2
        assert names.pop("b") == 2
        assert names.pop("b", 3) == 3
        with pytest.raises(KeyError, match="b"):
            names.pop("b")

    def test_repr(self, app: Flask) -> None:
        """Inside a context the representation names the application."""
        assert "_AppCtxGlobals object at" in repr(_AppCtxGlobals())
        with app.app_context():
            assert repr(g) == "<flask.g of 'shop'>"

    def test_class_is_a_seam(self, app: Flask) -> None:
        """``app_ctx_globals_class`` makes the namespace."""

        class Own(_AppCtxGlobals):
            answer = 42

        app.app_ctx_globals_class = Own
        with app.app_context():
            assert g.answer == 42


class TestAfterThisRequest:
    def test_outside_a_request(self) -> None:
        """Outside a request there is no response to wait for."""
        with pytest.raises(RuntimeError, match="'after_this_request' can only be used when"):
            flask.after_this_request(lambda response: response)

    def test_it_returns_the_function(self, app: Flask) -> None:
        """It is a decorator."""

        def function(response: Response) -> Response:
            return response

        with app.test_request_context():
            assert flask.after_this_request(function) is function


class TestContextMethods:
    def test_copy_shares_request_and_session(self, app: Flask) -> None:
        """A copy has the same request and session, and is pushed on its own."""
        with app.test_request_context("/path") as ctx:
            session["a"] = 1
            copied = ctx.copy()

            assert type(copied) is RequestContext
            assert copied.request is ctx.request
            assert copied.session is ctx.session
            with copied:
                assert request_ctx._get_current_object() is copied

    def test_copy_of_a_context_not_pushed(self, app: Flask) -> None:
        """A context may be copied before it is pushed; the session is opened later then."""
        with app.test_request_context("/path").copy():
            assert session == {}

    def test_copy_keeps_the_class(self, app: Flask) -> None:
        """The copy of a subclass is of that subclass."""

        class Own(RequestContext):
            pass

        ctx = Own(app, app.test_request_context().request.environ)

        assert type(ctx.copy()) is Own

    def test_match_request_stores_the_outcome(self, app: Flask) -> None:
        """Matching sets rule and values, or the error that is raised at dispatch."""
        app.add_url_rule("/item/<int:number>", "item", lambda number: "")
        with app.test_request_context("/item/3"):
            assert (request.endpoint, request.view_args) == ("item", {"number": 3})
            assert request.url_rule is not None
            assert request.routing_exception is None
        with app.test_request_context("/nothing"):
            assert (request.endpoint, request.view_args) == (None, None)
            assert request.url_rule is None
            assert request.routing_exception is not None

    def test_flashes_belong_to_the_context(self, app: Flask) -> None:
        """Before the flashes are asked for there are none."""
        with app.test_request_context() as ctx:
            assert ctx.flashes is None
            flask.flash("x")
            flask.get_flashed_messages()
            assert ctx.flashes == [("message", "x")]
