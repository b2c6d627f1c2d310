"""Many routes in Flask's API: the same file measures Flask and Dewar."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from benchmarks.apps.routing import PER_GROUP, write_answer, write_rule
from benchmarks.workloads import WORKLOADS
from benchmarks.wsgi import create_environ
from flask import Blueprint, Flask, Request, url_for

Matched = tuple[int, dict[str, Any]]


def _make_view(number: int) -> Callable[..., str]:
    def show(**variables: Any) -> str:
        return write_answer(number, variables)

    return show


def make_views(count: int) -> list[Callable[..., str]]:
    """Create the views, which is no part of what is measured."""
    return [_make_view(number) for number in range(count)]


def make_app(views: list[Callable[..., str]]) -> Flask:
    """Create an application with a route for each view."""
    app = Flask("benchmarks")
    for number, view in enumerate(views):
        app.add_url_rule(write_rule(number, "<int:item>", "<slug>"), f"r{number}", view)
    return app


def construct(views: list[Callable[..., str]]) -> Flask:
    """Create the same application from blueprints of ten routes each."""
    app = Flask("benchmarks")
    for first in range(0, len(views), PER_GROUP):
        group = first // PER_GROUP
        prefix = f"/group-{group}"
        blueprint = Blueprint(f"b{group}", "benchmarks", url_prefix=prefix)
        for number in range(first, first + PER_GROUP):
            rule = write_rule(number, "<int:item>", "<slug>").removeprefix(prefix)
            blueprint.add_url_rule(rule, f"r{number}", views[number])
        app.register_blueprint(blueprint)
    return app


def make_matcher(views: list[Callable[..., str]]) -> Callable[[Any], Any]:
    """Return a function that finds the route of a request: its adapter is made, then matches."""
    app = make_app(views)
    create_url_adapter = app.create_url_adapter

    def find(request: Any) -> Any:
        return create_url_adapter(request).match()

    return find


def make_question(path: str) -> Request:
    """Return what the matcher is asked with."""
    return Request(create_environ(WORKLOADS["plain"], path))


def read_match(found: Any) -> Matched:
    """Tell which route was found, and the variables."""
    endpoint, variables = found
    return int(endpoint[1:]), dict(variables)


build_url = url_for


def open_request(views: list[Callable[..., str]]) -> AbstractContextManager[object]:
    """Return the request during which ``build_url`` works; not the first one of the process."""
    app = make_app(views)
    app.test_client().get("/")
    return app.test_request_context("/")
