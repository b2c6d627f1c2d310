"""The reference's part on class-based views."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest

from flask import Flask, redirect, request, session, url_for
from flask.testing import FlaskClient
from flask.views import MethodView, View


@pytest.fixture
def app(app: Flask) -> Flask:
    app.config.update(TESTING=True, SECRET_KEY="key")
    return app


@pytest.fixture
def serve(app: Flask) -> Callable[..., FlaskClient]:
    """Registers a view class at ``/`` and returns a client."""

    def register(view_class: type[View], *args: Any, **kwargs: Any) -> FlaskClient:
        app.add_url_rule("/", view_func=view_class.as_view("page", *args, **kwargs))
        app.add_url_rule("/<name>", endpoint="page")
        return app.test_client()

    return register


Serve = Callable[..., FlaskClient]


class Told(View):
    """Tells with which arguments it was made and called."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.made_with = [list(args), kwargs]

    def dispatch_request(self, **kwargs: Any) -> Any:
        return {"made": self.made_with, "called": kwargs, "as": request.endpoint}


# View


def test_view(app: Flask) -> None:
    """The reference's example answers with the variable part of its URL."""

    class Hello(View):
        init_every_request = False

        def dispatch_request(self, name: str) -> str:  # type: ignore[override]
            return f"Hello, {name}!"

    app.add_url_rule("/hello/<name>", view_func=Hello.as_view("hello"))

    assert isinstance(Hello(), View)
    assert app.test_client().get("/hello/Ada").text == "Hello, Ada!"


def test_methods(app: Flask, serve: Serve) -> None:
    """A view answers the methods of its class, by default GET."""

    class Written(Told):
        methods = ["PUT", "POST"]

    app.add_url_rule("/stock", view_func=Told.as_view("stock"))
    client = serve(Written)

    assert [client.open("/", method=m).status_code for m in ("PUT", "POST", "GET")] == [
        200,
        200,
        405,
    ]
    assert [client.open("/stock", method=m).status_code for m in ("GET", "POST")] == [200, 405]


def test_provide_automatic_options(app: Flask, serve: Serve) -> None:
    """OPTIONS is answered automatically unless the class says that it does so itself."""

    class Own(View):
        methods = ["GET", "OPTIONS"]
        provide_automatic_options = False

        def dispatch_request(self) -> str:
            return f"own {request.method}"

    app.add_url_rule("/stock", view_func=Told.as_view("stock"))
    client = serve(Own)

    assert client.options("/").text == "own OPTIONS"
    assert client.options("/stock").allow == {"GET", "HEAD", "OPTIONS"}


def around(word: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def decorated(**kwargs: Any) -> str:
            return f"{word}({view(**kwargs)})"

        return decorated

    return decorate


def test_decorators(app: Flask, serve: Serve) -> None:
    """Decorators are put around the view in their order, the first one innermost."""

    class Decorated(View):
        decorators = [around("inner"), around("outer")]

        def dispatch_request(self) -> str:
            return "view"

    app.add_url_rule("/stock", view_func=Told.as_view("stock"))
    client = serve(Decorated)

    assert client.get("/").text == "outer(inner(view))"
    assert client.get("/stock").status_code == 200
    assert View.decorators == []


@pytest.mark.parametrize(
    ("every", "seen"), [(None, ["1", "1"]), (True, ["1", "1"]), (False, ["1", "2"])]
)
def test_init_every_request(serve: Serve, every: bool | None, seen: list[str]) -> None:
    """Each request gets an instance of its own, unless the class shares one."""

    class Counted(View):
        if every is not None:
            init_every_request = every
        count = 0

        def dispatch_request(self) -> str:
            self.count += 1
            return str(self.count)

    client = serve(Counted)

    assert [client.get("/").text for _ in seen] == seen
    assert View.init_every_request


def test_dispatch_request(serve: Serve) -> None:
    """What the view answers is left to subclasses."""

    class Empty(View):
        pass

    with pytest.raises(NotImplementedError, match=r"^$"):
        serve(Empty).get("/")


def test_as_view() -> None:
    """The view function carries its class and what the class says of itself."""

    class Documented(Told):
        """Says what it is for."""

        methods = ["PUT"]
        provide_automatic_options = False

    view: Any = Documented.as_view("page")

    assert view.view_class is Documented
    assert (view.__doc__, view.__module__) == (Documented.__doc__, __name__)
    assert (view.methods, view.provide_automatic_options) == (["PUT"], False)


def test_as_view_name(app: Flask) -> None:
    """The name is the endpoint; a class may serve under several."""
    for name in ("one", "two"):
        app.add_url_rule(f"/{name}", view_func=Told.as_view(name=name))
    client = app.test_client()

    assert [client.get(path).json["as"] for path in ("/one", "/two")] == ["one", "two"]


def test_as_view_class_args(serve: Serve) -> None:
    """Further arguments are given to the class when it is instantiated."""
    assert serve(Told, "a", 1).get("/").json["made"] == [["a", 1], {}]


def test_as_view_class_kwargs(serve: Serve) -> None:
    """Keywords are given to the class when it is instantiated."""
    assert serve(Told, model="pen").get("/").json["made"] == [[], {"model": "pen"}]


# MethodView


def test_method_view(app: Flask) -> None:
    """The reference's example counts; its methods are those that it defines."""

    class CounterAPI(MethodView):
        def get(self) -> str:
            return str(session.get("counter", 0))

        def post(self) -> Any:
            session["counter"] = session.get("counter", 0) + 1
            return redirect(url_for("counter"))

    app.add_url_rule("/counter", view_func=CounterAPI.as_view("counter"))
    client = app.test_client()

    assert client.get("/counter").text == "0"
    assert client.post("/counter", follow_redirects=True).text == "1"
    assert client.put("/counter").status_code == 405
    assert CounterAPI.methods == {"GET", "POST"}


def test_method_view_methods_inherited() -> None:
    """The methods of the bases count, too; an explicit list goes before them."""

    class Readable(MethodView):
        def get(self) -> str:
            return "read"

    class Writable(Readable):
        def put(self) -> str:
            return "written"

    class Closed(Writable):
        methods = ["GET"]

    assert Writable.methods == {"GET", "PUT"}
    assert Closed.methods == ["GET"]


class Verbs(MethodView):
    def get(self, name: str = "") -> str:
        return f"get {name}"


def test_method_view_dispatch_request(serve: Serve) -> None:
    """The method named like the request's answers; HEAD is answered by ``get``."""
    client = serve(Verbs)

    assert client.get("/").text == "get "
    head = client.head("/")
    assert (head.status_code, head.content_length) == (200, 4)


def test_method_view_dispatch_request_kwargs(serve: Serve) -> None:
    """The variable parts of the URL are given to it as keywords."""
    assert serve(Verbs).get("/pen").text == "get pen"
