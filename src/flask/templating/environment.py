"""Where do templates come from? The app's Jinja environment, and a loader that asks everyone."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from jinja2 import BaseLoader, TemplateNotFound
from jinja2 import Environment as BaseEnvironment
from jinja2 import Template as BaseTemplate
from jinja2.runtime import Context

if TYPE_CHECKING:
    from flask.setup.app import App
    from flask.setup.scaffold import Scaffold

    Source = tuple[str, str | None, Callable[[], bool] | None]


class Template(BaseTemplate):
    """A Jinja template that puts its variables together faster."""

    def new_context(
        self,
        vars: dict[str, Any] | None = None,
        shared: bool = False,
        locals: Mapping[str, Any] | None = None,
    ) -> Context:
        """Return the context of a rendering: the globals, and over them the variables."""
        known = self.globals
        if shared or locals or type(known) is not ChainMap:
            return super().new_context(vars, shared, locals)
        # PERF: 1 µs; Jinja looks each of the globals up in the chain, which takes 8 µs.
        merged: dict[str, Any] = {}
        for mapping in reversed(known.maps):
            merged.update(mapping)
        environment: Any = self.environment
        context_class = environment.context_class
        context: Context = context_class(
            environment,
            dict(merged, **vars) if vars else merged.copy(),
            self.name,
            self.blocks,
            # The stock class keeps only their names.
            globals=merged if context_class is Context else known,
        )
        return context


_ATTRIBUTES_OF_DICTS = frozenset(dir({}))


class Environment(BaseEnvironment):
    """A Jinja environment that belongs to an application.

    Args:
        app: The application; its loader is used unless ``loader`` is given.
        options: Passed to :class:`jinja2.Environment`.
    """

    template_class: type[BaseTemplate] = Template

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return what ``obj.attribute`` in a template means: an attribute, else an item.

        PERF: a dict's item in 0.1 µs; to try the attribute first takes 0.7 µs.
        """
        if type(obj) is dict and attribute not in _ATTRIBUTES_OF_DICTS and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def __init__(self, app: App, **options: Any) -> None:
        if "loader" not in options:
            options["loader"] = app.create_global_jinja_loader()
        super().__init__(**options)
        self.app = app


class DispatchingJinjaLoader(BaseLoader):
    """Asks the application's loader, then each blueprint's in the order of registration."""

    def __init__(self, app: App) -> None:
        self.app = app

    def get_source(self, environment: BaseEnvironment, template: str) -> Source:
        """Return the source from the first loader that has it.

        ``EXPLAIN_TEMPLATE_LOADING`` logs what every loader answered.
        """
        if self.app.config["EXPLAIN_TEMPLATE_LOADING"]:
            return self._get_source_explained(environment, template)
        return self._get_source_fast(environment, template)

    def _get_source_explained(self, environment: BaseEnvironment, template: str) -> Source:
        attempts: list[tuple[BaseLoader, Scaffold, Source | None]] = []
        first: Source | None = None
        for owner, loader in self._iter_loaders(template):
            try:
                source: Source | None = loader.get_source(environment, template)
            except TemplateNotFound:
                source = None
            first = source if first is None else first
            attempts.append((loader, owner, source))

        from flask.debughelpers import (  # noqa: PLC0415 - only this setting pays for it
            explain_template_loading_attempts,
        )

        explain_template_loading_attempts(self.app, template, attempts)
        if first is None:
            raise TemplateNotFound(template)
        return first

    def _get_source_fast(self, environment: BaseEnvironment, template: str) -> Source:
        for _owner, loader in self._iter_loaders(template):
            try:
                return loader.get_source(environment, template)
            except TemplateNotFound:
                continue
        raise TemplateNotFound(template)

    def _iter_loaders(self, template: str) -> Iterator[tuple[Scaffold, BaseLoader]]:
        owners: list[Scaffold] = [self.app, *self.app.iter_blueprints()]
        for owner in owners:
            if owner.jinja_loader is not None:
                yield owner, owner.jinja_loader

    def list_templates(self) -> list[str]:
        """Return the names that all the loaders know."""
        names: set[str] = set()
        for _owner, loader in self._iter_loaders(""):
            names.update(loader.list_templates())
        return sorted(names)
