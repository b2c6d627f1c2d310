"""Matching, building and constructing with many routes."""

import gc
import importlib
import io
import itertools
import time
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from benchmarks.apps import routing
from benchmarks.workloads import WORKLOADS
from benchmarks.wsgi import Environ, WrongAnswerError, WSGIApp, create_environ, exchange

Figures = dict[str, float]


def run(app_module: str, what: str, count: str, seconds: str) -> Figures:
    """Check and time ``match``, ``request``, ``url_for`` or ``construct`` with ``count`` routes."""
    app = importlib.import_module(f"benchmarks.apps.{app_module}")
    measures: dict[str, Callable[[ModuleType, int, float], Figures]] = {
        "match": time_match,
        "request": time_request,
        "url_for": time_url_for,
        "construct": time_construct,
    }
    return measures[what](app, int(count), float(seconds))


def time_match(app: ModuleType, count: int, seconds: float) -> Figures:
    """Time finding the route of a path, without the rest of the request."""
    find = app.make_matcher(app.make_views(count))
    questions = []
    for number in routing.sample(count):
        questions.append(app.make_question(routing.write_path(number)))
        right = (number, routing.list_variables(number))
        _demand(app.read_match(find(questions[-1])), right)
    return {"microseconds": _time(find, [(question,) for question in questions], seconds)}


def time_request(app: ModuleType, count: int, seconds: float) -> Figures:
    """Time whole requests."""
    wsgi_app = app.make_app(app.make_views(count))
    requests = [_request(number) for number in routing.sample(count)]
    for number, environ in zip(routing.sample(count), requests, strict=True):
        _demand_page(wsgi_app, number, environ)

    def ask(environ: Environ) -> None:
        result = wsgi_app({**environ, "wsgi.input": io.BytesIO()}, _start_response)
        for _chunk in result:
            pass
        if hasattr(result, "close"):
            result.close()

    return {"microseconds": _time(ask, [(environ,) for environ in requests], seconds)}


def time_url_for(app: ModuleType, count: int, seconds: float) -> Figures:
    """Time building the URL of an endpoint."""
    url_for = app.build_url
    numbers = routing.sample(count)
    calls = [(f"r{number}", routing.list_variables(number)) for number in numbers]

    def build(endpoint: str, variables: dict[str, Any]) -> None:
        url_for(endpoint, **variables)

    with app.open_request(app.make_views(count)):
        for number, (endpoint, variables) in zip(numbers, calls, strict=True):
            _demand(url_for(endpoint, **variables), routing.write_path(number))
        return {"microseconds": _time(build, calls, seconds)}


def time_construct(app: ModuleType, count: int, seconds: float) -> Figures:
    """Time constructing the application, and what its first request adds to that.

    The smaller of three times; what is left of one is freed before the next.
    """
    views = app.make_views(count)
    constructed, answered = [], []
    for _ in range(3):
        gc.collect()
        start = time.process_time()
        wsgi_app = app.construct(views)
        constructed.append(time.process_time() - start)
        exchange(wsgi_app, _request(0))
        answered.append(time.process_time() - start)
    for number in routing.sample(count):
        _demand_page(wsgi_app, number, _request(number))
    return {"milliseconds": min(constructed) * 1000, "answered": min(answered) * 1000}


def _request(number: int) -> Environ:
    return {**create_environ(WORKLOADS["plain"]), "PATH_INFO": routing.write_path(number)}


def _start_response(*_: Any) -> Callable[[bytes], None]:
    return lambda data: None


def _demand_page(wsgi_app: WSGIApp, number: int, environ: Environ) -> None:
    answer = exchange(wsgi_app, environ)
    right = routing.write_answer(number, routing.list_variables(number))
    _demand((answer.status, answer.body.decode()), (200, right))


def _demand(given: object, right: object) -> None:
    if given != right:
        raise WrongAnswerError(f"{given!r}, not {right!r}")


def _time(
    call: Callable[..., object], arguments: Sequence[tuple[Any, ...]], seconds: float
) -> float:
    """Return the microseconds of CPU time per call, over all arguments in turn."""
    times = 1
    while (spent := _spend(call, arguments, times)) < seconds / 6:
        times *= 2
    times = max(1, round(times * seconds / spent))
    return _spend(call, arguments, times) / times / len(arguments) * 1e6


def _spend(call: Callable[..., object], arguments: Sequence[tuple[Any, ...]], times: int) -> float:
    start = time.process_time()
    for _ in itertools.repeat(None, times):
        for values in arguments:
            call(*values)
    return time.process_time() - start
