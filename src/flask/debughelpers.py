"""What would help a developer see the mistake? Messages raised or logged in debug mode only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import BadRequestKeyError
from werkzeug.routing import RequestRedirect

from flask.globals import request_ctx
from flask.lazy import former_names_of

if TYPE_CHECKING:
    from jinja2.loaders import BaseLoader

    from flask.setup.app import App
    from flask.setup.scaffold import Scaffold
    from flask.wrappers import Request

    Source = tuple[str, str | None, Callable[[], bool] | None]


class UnexpectedUnicodeError(AssertionError, UnicodeError):
    """Text that is not Unicode came from a place that promises it."""


class DebugFilesKeyError(KeyError, AssertionError):
    """A key of ``request.files`` is missing because the form sent no file contents."""

    def __init__(self, request: Request, key: str) -> None:
        lines = [
            f"You tried to access the file {key!r} in the request.files dictionary but it does"
            f" not exist. The mimetype of the request is {request.mimetype!r} instead of"
            " 'multipart/form-data', so no file contents were sent. Write"
            ' enctype="multipart/form-data" in the form tag.'
        ]
        names = request.form.getlist(key)
        if names:
            shown = ", ".join(map(repr, names))
            lines.append(f"The browser sent only the file names: {shown}.")
        self.msg = "\n\n".join(lines)

    def __str__(self) -> str:
        return self.msg


class FormDataRoutingRedirect(AssertionError):  # noqa: N818 - upstream's name
    """A redirect by the URL map would make the browser drop the form it posted."""

    def __init__(self, request: Request) -> None:
        redirect = request.routing_exception
        assert isinstance(redirect, RequestRedirect)
        parts = [
            f"A request was sent to {request.url!r}, but routing issued a redirect to the"
            f" canonical URL {redirect.new_url!r}."
        ]
        if f"{request.base_url}/" == redirect.new_url.partition("?")[0]:
            parts.append("The rule ends with a slash, the requested URL does not.")
        parts.append(
            f"Send {request.method} requests to the canonical URL: most browsers repeat a"
            " redirected request as GET, without its form data. Outside debug mode the"
            " redirect is sent."
        )
        super().__init__("\n\n".join(parts))


def attach_enctype_error_multidict(request: Request) -> None:
    """Make ``request.files[key]`` explain a missing ``enctype`` for keys the form has."""
    stock = type(request.files)

    class ExplainingFiles(stock):  # type: ignore[misc,valid-type]
        def __getitem__(self, key: str) -> Any:
            try:
                return super().__getitem__(key)
            except KeyError as error:
                if key not in request.form:
                    raise
                raise DebugFilesKeyError(request, key).with_traceback(error.__traceback__) from None

    ExplainingFiles.__name__ = stock.__name__
    ExplainingFiles.__module__ = stock.__module__
    request.files.__class__ = ExplainingFiles


def show_missing_key(error: Exception) -> None:
    """Let the error page of a missing form or query key name that key."""
    if isinstance(error, BadRequestKeyError):
        error.show_exception = True


def _dump_loader_info(loader: BaseLoader) -> Iterator[str]:
    yield f"class: {type(loader).__module__}.{type(loader).__name__}"
    for name, value in sorted(vars(loader).items()):
        if name.startswith("_"):
            continue
        if isinstance(value, tuple | list):
            if all(isinstance(item, str) for item in value):
                yield f"{name}:"
                yield from (f"  - {item}" for item in value)
        elif isinstance(value, str | int | float | bool):
            yield f"{name}: {value!r}"


def explain_template_loading_attempts(
    app: App, template: str, attempts: list[tuple[BaseLoader, Scaffold, Source | None]]
) -> None:
    """Log which loaders were asked for a template, in order, and what each answered."""
    lines = [f"Locating template {template!r}:"]
    found = 0
    for number, (loader, owner, source) in enumerate(attempts, 1):
        kind = "application" if owner is app else f"blueprint {getattr(owner, 'name', '?')!r}"
        lines.append(f"{number:5}: trying loader of {kind} ({owner.import_name})")
        lines.extend(f"       {line}" for line in _dump_loader_info(loader))
        if source is None:
            lines.append("       -> no match")
        else:
            found += 1
            lines.append(f"       -> found ({source[1] or '<string>'!r})")
    if not found:
        lines.append("Error: the template could not be found.")
    elif found > 1:
        lines.append("Warning: multiple loaders returned a match for the template.")
    blueprint = request_ctx.request.blueprint if request_ctx else None
    if found != 1 and blueprint is not None:
        lines.append(
            f"  The template was looked up from an endpoint that belongs to the blueprint"
            f" {blueprint!r}. Is its file in the blueprint's template_folder, and is its name"
            " not used elsewhere?"
        )
    app.logger.info("\n".join(lines))


if not TYPE_CHECKING:
    __getattr__ = former_names_of(__name__)
