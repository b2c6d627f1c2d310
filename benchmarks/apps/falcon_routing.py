"""Many routes in Falcon, which builds no URLs and has no blueprints."""

from collections.abc import Callable
from typing import Any

import falcon
from falcon.routing import CompiledRouter

from benchmarks.apps.routing import write_answer, write_rule

Matched = tuple[int, dict[str, Any]]


class Resource:
    def __init__(self, number: int) -> None:
        self.number = number

    def on_get(self, req: falcon.Request, resp: falcon.Response, **variables: Any) -> None:
        resp.text = write_answer(self.number, variables)


def make_views(count: int) -> list[Resource]:
    """Create the resources, which is no part of what is measured."""
    return [Resource(number) for number in range(count)]


def make_app(views: list[Resource]) -> falcon.App:
    """Create an application with a route for each resource."""
    app = falcon.App()
    for resource in views:
        app.add_route(write_rule(resource.number, "{item:int}", "{slug}"), resource)
    return app


construct = make_app  # Falcon has no blueprints


def make_matcher(views: list[Resource]) -> Callable[[str], Any]:
    """Return a function that finds the route of a path: the router that an App has."""
    router = CompiledRouter()
    for resource in views:
        router.add_route(write_rule(resource.number, "{item:int}", "{slug}"), resource)
    return router.find


def make_question(path: str) -> str:
    """Return what the matcher is asked with."""
    return path


def read_match(found: Any) -> Matched:
    """Tell which route was found, and the variables."""
    resource, _, variables, _ = found
    return resource.number, variables
