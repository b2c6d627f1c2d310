"""OpenTelemetry's Flask instrumentation: spans of a parcel service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

import flask

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def create_service() -> flask.Flask:
    app = flask.Flask(__name__)  # by attribute: the instrumentation replaces the class there
    parcels: dict[int, str] = {}

    @app.route("/parcels/<int:n>", methods=["GET", "PUT"])
    def parcel(n: int) -> Any:
        if flask.request.method == "PUT":
            parcels[n] = flask.request.get_data(as_text=True)
        trace.get_current_span().set_attribute("parcel", n)
        return parcels[n]

    @app.route("/health")
    def health() -> str:
        return "ok"

    @app.route("/trace")
    def tell_trace() -> str:
        return format(trace.get_current_span().get_span_context().trace_id, "032x")

    @app.errorhandler(KeyError)
    def missing(error: KeyError) -> tuple[str, int]:
        return "no such parcel", 404

    @app.route("/crash")
    def crash() -> str:
        raise ZeroDivisionError

    return app


class Watch:
    """A tracer provider and what it recorded."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))

    def spans(self) -> list[ReadableSpan]:
        return list(self.exporter.get_finished_spans())

    def app(self, **options: Any) -> flask.Flask:
        app = create_service()
        FlaskInstrumentor().instrument_app(app, tracer_provider=self.provider, **options)
        return app


@pytest.fixture
def watch() -> Iterator[Watch]:
    watch = Watch()
    yield watch
    watch.provider.shutdown()


def test_each_request_is_a_span_named_by_its_rule(watch: Watch) -> None:
    """A request's span has the rule, the method, the path and the status."""
    client = watch.app().test_client()
    assert client.put("/parcels/7", data="book").text == "book"

    (span,) = watch.spans()
    assert span.name == "PUT /parcels/<int:n>"
    assert span.kind is SpanKind.SERVER
    assert span.attributes["http.route"] == "/parcels/<int:n>"
    assert span.attributes["parcel"] == 7
    assert 200 in span.attributes.values()


def test_what_is_written_is_read_back_under_two_spans(watch: Watch) -> None:
    """Two requests are two spans of two traces."""
    client = watch.app().test_client()
    client.put("/parcels/7", data="book")
    assert client.get("/parcels/7").text == "book"

    first, second = watch.spans()
    assert first.context.trace_id != second.context.trace_id


def test_a_callers_trace_is_continued(watch: Watch) -> None:
    """A traceparent header makes the request a child of the caller's span."""
    client = watch.app().test_client()

    assert client.get("/trace", headers={"traceparent": PARENT}).text == PARENT.split("-")[1]
    assert watch.spans()[0].parent.span_id == int(PARENT.split("-")[2], 16)


def test_a_crash_marks_the_span(watch: Watch) -> None:
    """An exception is recorded on the span, whose status is an error."""
    client = watch.app().test_client()
    assert client.get("/crash").status_code == 500
    assert client.get("/parcels/1").status_code == 404
    assert client.get("/nowhere").status_code == 404

    crash, handled, unmatched = watch.spans()
    assert crash.status.status_code is StatusCode.ERROR
    assert handled.status.status_code is StatusCode.UNSET
    assert unmatched.name == "GET /nowhere"


def test_excluded_paths_leave_no_span(watch: Watch) -> None:
    """Paths named by `excluded_urls` are served without span."""
    client = watch.app(excluded_urls="health").test_client()

    assert client.get("/health").text == "ok"
    assert watch.spans() == []


def test_own_hooks_see_request_and_response(watch: Watch) -> None:
    """Request and response hooks may add to the span."""

    def note_request(span: Any, environ: dict[str, Any]) -> None:
        span.set_attribute("asked", environ["PATH_INFO"])

    def note_response(span: Any, status: str, headers: list[tuple[str, str]]) -> None:
        span.set_attribute("answered", status)
        headers.append(("X-Watched", "yes"))

    app = watch.app(request_hook=note_request, response_hook=note_response)
    answer = app.test_client().get("/health")

    assert answer.headers["X-Watched"] == "yes"
    attributes = watch.spans()[0].attributes
    assert (attributes["asked"], attributes["answered"]) == ("/health", "200 OK")


def test_instrumented_applications_can_be_left_again(watch: Watch) -> None:
    """After `uninstrument_app` the application is served as before."""
    app = watch.app()
    client = app.test_client()
    client.get("/health")
    FlaskInstrumentor.uninstrument_app(app)
    client.get("/health")

    assert len(watch.spans()) == 1


def test_every_new_application_can_be_instrumented(watch: Watch) -> None:
    """`instrument` replaces the class, so that applications made later are watched."""
    stock = flask.Flask
    FlaskInstrumentor().instrument(tracer_provider=watch.provider)
    try:
        app = create_service()
        assert isinstance(app, stock)
        assert app.test_client().get("/health").text == "ok"
    finally:
        FlaskInstrumentor().uninstrument()

    assert flask.Flask is stock
    assert [span.name for span in watch.spans()] == ["GET /health"]
