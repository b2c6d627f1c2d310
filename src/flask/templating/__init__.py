"""How does a template become text? Render and stream functions; Jinja loads on first use.

The environment and loader classes are in ``templating.environment``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from flask.coroutines import PASSING_ON, AsyncBody, in_place, iterable_body
from flask.globals import _cv_request, active_app, app_ctx
from flask.helpers import stream_with_context
from flask.lazy import former_names_of
from flask.signals import before_render_template, template_rendered

if TYPE_CHECKING:
    from jinja2 import Template

    from flask.app import Flask
    from flask.templating.environment import DispatchingJinjaLoader as DispatchingJinjaLoader
    from flask.templating.environment import Environment as Environment


def _default_template_ctx_processor() -> dict[str, Any]:
    """Give templates ``g`` and ``request``, as far as they are active.

    The session is left to the environment's globals: as a variable of each rendering, any
    listener of ``template_rendered`` that looks at the variables would touch it.
    """
    found: dict[str, Any] = {}
    if active_app() is not None:
        found["g"] = app_ctx.g
    ctx = _cv_request.get(None)
    if ctx is not None:
        found["request"] = ctx.request
    return found


PASSING_ON.add(_default_template_ctx_processor.__code__)


def render_template(
    template_name_or_list: str | Template | list[str | Template], **context: Any
) -> str:
    """Render a template of the current app.

    Args:
        template_name_or_list: A name, several of which the first that exists is used, or a
            template object.
        context: The variables of the template.

    Raises:
        jinja2.TemplateNotFound: None of the names exists.
    """
    app = app_ctx.app
    return _render(app, app.jinja_env.get_or_select_template(template_name_or_list), context)


def render_template_string(source: str, **context: Any) -> str:
    """Render a template given as text; autoescaping is on."""
    app = app_ctx.app
    return _render(app, app.jinja_env.from_string(source), context)


def stream_template(
    template_name_or_list: str | Template | list[str | Template], **context: Any
) -> Iterator[str]:
    """Render a template piece by piece, to be returned from a view as a streaming response."""
    app = app_ctx.app
    return _stream(app, app.jinja_env.get_or_select_template(template_name_or_list), context)


def stream_template_string(source: str, **context: Any) -> Iterator[str]:
    """Render a template given as text piece by piece."""
    app = app_ctx.app
    return _stream(app, app.jinja_env.from_string(source), context)


def _render(app: Flask, template: Template, context: dict[str, Any]) -> str:
    _prepare(app, template, context)
    # Jinja would start a loop, which where one runs already cannot be done.
    render: Any = template.render
    if template.environment.is_async:
        render = app.async_to_sync(template.render_async)
    text: str = render(context)
    _announce(app, template, context)
    return text


def _stream(app: Flask, template: Template, context: dict[str, Any]) -> Iterator[str]:
    _prepare(app, template, context)

    def generate() -> Iterator[str]:
        if template.environment.is_async:
            yield from AsyncBody(template.generate_async(context), app.async_to_sync)
        else:
            yield from template.generate(_with_plain_iterators(app, context))
        _announce(app, template, context)

    pieces = generate()
    return pieces if _cv_request.get(None) is None else stream_with_context(pieces)


def _with_plain_iterators(app: Flask, context: dict[str, Any]) -> dict[str, Any]:
    """Let a template of plain Jinja iterate what only coroutines can."""
    return {name: iterable_body(value, app.async_to_sync) for name, value in context.items()}


def _prepare(app: Flask, template: Template, context: dict[str, Any]) -> None:
    app.update_template_context(context)
    if before_render_template.receivers:
        in_place(before_render_template.send)(
            app, _async_wrapper=app.ensure_sync, template=template, context=context
        )


def _announce(app: Flask, template: Template, context: dict[str, Any]) -> None:
    if template_rendered.receivers:
        in_place(template_rendered.send)(
            app, _async_wrapper=app.ensure_sync, template=template, context=context
        )


if not TYPE_CHECKING:
    __getattr__ = former_names_of(__name__)
