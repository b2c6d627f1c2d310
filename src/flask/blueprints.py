"""What is a part of an application that is registered as a whole? A blueprint.

It records what is to be done to the app; registering it does all that, at a prefix and
under a name.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import update_wrapper
from typing import IO, TYPE_CHECKING, Any, TypeVar

from flask import typing as ft
from flask.lazy import (
    LazyAttribute,
    former_names_of,
    with_former_attributes,
    with_former_parameters,
)
from flask.setup.hooks import merge_error_handlers, merge_hooks
from flask.setup.resources import default_max_age, open_resource_of, send_static_file_of
from flask.setup.scaffold import (
    T_after_request,
    T_before_request,
    T_error_handler,
    T_serving,
    T_teardown,
    T_template_context_processor,
    T_url_defaults,
    T_url_value_preprocessor,
    _endpoint_from_view_func,
    _sentinel,
    setupmethod,
)
from flask.setup.websockets import WebsocketScaffold, refuse_dots

if TYPE_CHECKING:
    from click import Group

    from flask.setup.app import App
    from flask.wrappers import Response


DeferredSetupFunction = Callable[["BlueprintSetupState"], Any]
F = TypeVar("F", bound="Callable[..., Any]")
T_template_filter = TypeVar("T_template_filter", bound="ft.TemplateFilterCallable")
T_template_global = TypeVar("T_template_global", bound="ft.TemplateGlobalCallable")
T_template_test = TypeVar("T_template_test", bound="ft.TemplateTestCallable")


class BlueprintSetupState:
    """One registration of a blueprint, passed to the functions it recorded.

    Args:
        blueprint: The blueprint.
        app: The application it is registered on.
        options: The keywords of ``register_blueprint``.
        first_registration: Whether the blueprint was not on this application before.
    """

    def __init__(
        self, blueprint: Blueprint, app: App, options: Any, first_registration: bool
    ) -> None:
        self.app = app
        self.blueprint = blueprint
        self.options = options
        self.first_registration = first_registration
        self.subdomain = self._chosen("subdomain")
        self.url_prefix = self._chosen("url_prefix")
        self.name: str = options.get("name", blueprint.name)
        self.name_prefix: str = options.get("name_prefix", "")
        self.url_defaults: dict[str, Any] = {
            **blueprint.url_values_defaults,
            **dict(options.get("url_defaults") or {}),
        }

    def _chosen(self, name: str) -> str | None:
        chosen: str | None = self.options.get(name)
        return getattr(self.blueprint, name) if chosen is None else chosen

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: ft.RouteCallable | None = None,
        **options: Any,
    ) -> None:
        """Register a rule on the application, with the blueprint's prefix, name and defaults."""
        self._add(self.app.add_url_rule, rule, endpoint, view_func, options)

    def add_websocket(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: ft.WebsocketCallable | None = None,
        **options: Any,
    ) -> None:
        """Register a rule for WebSockets likewise. Since: 3.1.3+dewar.2."""
        self._add(self.app.add_websocket, rule, endpoint, view_func, options)

    def _add(
        self, add: Any, rule: str, endpoint: str | None, function: Any, options: dict[str, Any]
    ) -> None:
        if self.url_prefix is not None:
            rule = _joined(self.url_prefix, rule) if rule else self.url_prefix
        if endpoint is None:
            endpoint = _endpoint_from_view_func(function)
        options.setdefault("subdomain", self.subdomain)
        defaults = self.url_defaults
        if "defaults" in options:
            defaults = {**defaults, **options.pop("defaults")}
        name = f"{self.name_prefix}.{self.name}.{endpoint}".lstrip(".")
        add(rule, name, function, defaults=defaults, **options)


def _joined(prefix: str, rest: str) -> str:
    return f"{prefix.rstrip('/')}/{rest.lstrip('/')}"


@with_former_attributes("before_app_first_request", "warn_on_modifications")
class Blueprint(WebsocketScaffold):
    """Routes, hooks, handlers, templates and files to be registered on an app together.

    Args:
        name: Goes before the endpoints' names, with a dot; may not hold one.
        import_name: The module's or package's name; resources are found relative to it.
        static_folder: Folder of static files, served below the blueprint's prefix.
        static_url_path: URL prefix of the static files; from the folder's name if not given.
        template_folder: Folder of templates; the app's own of the same name win.
        url_prefix: Goes before the rules.
        subdomain: Where the rules match, if the app matches subdomains.
        url_defaults: Values for the views that no rule contains.
        root_path: Folder that relative folders start from; found by ``import_name``.
        cli_group: Name of the group of its commands; the blueprint's name if not given,
            ``None`` to add them to the app's own.

    Raises:
        ValueError: The name is empty or holds a dot.

    Since: 0.7 of the API; source: the API reference seed, "Blueprint Objects".
    """

    _got_registered_once = False

    def __init__(
        self,
        name: str,
        import_name: str,
        static_folder: str | os.PathLike[str] | None = None,
        static_url_path: str | None = None,
        template_folder: str | os.PathLike[str] | None = None,
        url_prefix: str | None = None,
        subdomain: str | None = None,
        url_defaults: dict[str, Any] | None = None,
        root_path: str | None = None,
        cli_group: str | None = _sentinel,
    ) -> None:
        super().__init__(
            import_name=import_name,
            static_folder=static_folder,
            static_url_path=static_url_path,
            template_folder=template_folder,
            root_path=root_path,
        )
        if not name:
            raise ValueError("'name' may not be empty.")
        if "." in name:
            raise ValueError(
                f"'name' may not contain a dot '.' character. It was {name!r}; dots separate the"
                " names of nested blueprints."
            )
        self.name = name
        self.url_prefix = url_prefix
        self.subdomain = subdomain
        self.deferred_functions: list[DeferredSetupFunction] = []
        self.url_values_defaults: dict[str, Any] = {} if url_defaults is None else url_defaults
        self.cli_group = cli_group
        self._blueprints: list[tuple[Blueprint, dict[str, Any]]] = []

    @LazyAttribute
    def cli(self) -> Group:
        """The Click group of the blueprint's commands."""
        from flask.cli import AppGroup  # noqa: PLC0415 - Click costs 15 ms to import

        group = AppGroup()
        group.name = self.name
        return group

    def _check_setup_finished(self, f_name: str) -> None:
        if self._got_registered_once:
            raise AssertionError(
                f"The setup method '{f_name}' can no longer be called on the blueprint"
                f" {self.name!r}. It has already been registered at least once, any changes will"
                " not be applied consistently.\nCall it before register_blueprint(): import the"
                " modules that add views and hooks first."
            )

    @setupmethod
    def record(self, func: DeferredSetupFunction) -> None:
        """Call a function with the :class:`BlueprintSetupState` of every registration."""
        self.deferred_functions.append(func)

    @setupmethod
    def record_once(self, func: DeferredSetupFunction) -> None:
        """Call a function with the state of the first registration on an application."""

        def only_first(state: BlueprintSetupState) -> None:
            if state.first_registration:
                func(state)

        self.record(update_wrapper(only_first, func))

    def make_setup_state(
        self, app: App, options: dict[str, Any], first_registration: bool = False
    ) -> BlueprintSetupState:
        """Return the state for one registration; a subclass may return its own."""
        return BlueprintSetupState(self, app, options, first_registration)

    @setupmethod
    def register_blueprint(self, blueprint: Blueprint, **options: Any) -> None:
        """Nest a blueprint in this one; it is registered along, below name and prefix.

        Raises:
            ValueError: The blueprint is this one.
        """
        if blueprint is self:
            raise ValueError("Cannot register a blueprint on itself")
        self._blueprints.append((blueprint, options))

    @with_former_parameters(first_registration="remove it, the state tells 'first_registration'")
    def register(self, app: App, options: dict[str, Any]) -> None:
        """Do to an application what was recorded; ``app.register_blueprint`` calls this.

        Args:
            app: The application.
            options: The keywords of ``register_blueprint``.

        Raises:
            ValueError: The name is taken on the application.
        """
        own_name: str = options.get("name", self.name)
        name = f"{options.get('name_prefix', '')}.{own_name}".lstrip(".")
        if name in app.blueprints:
            whose = "this" if app.blueprints[name] is self else "a different"
            at = "" if name == own_name else f" '{name}'"
            raise ValueError(
                f"The name '{own_name}' is already registered for {whose} blueprint{at}."
                " Use 'name=' to provide a unique name."
            )
        is_first = all(known is not self for known in app.blueprints.values())
        app.blueprints[name] = self
        self._got_registered_once = True
        state = self.make_setup_state(app, options, is_first)
        if self.has_static_folder:
            state.add_url_rule(
                f"{self.static_url_path}/<path:filename>",
                endpoint="static",
                view_func=self.send_static_file,
            )
        self._merge_blueprint_funcs(app, name)
        for deferred in self.deferred_functions:
            deferred(state)
        self._add_commands(app, name, options)
        for blueprint, nested_options in self._blueprints:
            blueprint.register(app, _options_inside(state, name, blueprint, nested_options))

    def _merge_blueprint_funcs(self, app: App, name: str) -> None:
        """Add the tables of this blueprint to the application's, under its registered name."""
        merge_hooks(app, self, name)
        merge_error_handlers(app.error_handler_spec, self.error_handler_spec, name)
        app.view_functions.update(self.view_functions)

    def _add_commands(self, app: App, name: str, options: dict[str, Any]) -> None:
        # Only reading ``cli`` creates it: no command, no import of Click.
        if "cli" not in self.__dict__ or not self.cli.commands:
            return
        group = options.get("cli_group", self.cli_group)
        app_cli = app.cli
        if group is None:
            app_cli.commands.update(self.cli.commands)
        else:
            self.cli.name = name if group is _sentinel else group
            app_cli.add_command(self.cli)

    @setupmethod
    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: ft.RouteCallable | None = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        """Register a URL rule below the blueprint's prefix; see :meth:`Flask.add_url_rule`.

        Raises:
            ValueError: The endpoint's or the view's name holds a dot.
        """
        refuse_dots(endpoint, view_func)

        def add(state: BlueprintSetupState) -> None:
            state.add_url_rule(
                rule,
                endpoint,
                view_func,
                provide_automatic_options=provide_automatic_options,
                **options,
            )

        self.record(add)

    def _tell_app(self, name: str, *args: Any) -> None:
        """Record: call this method of the application, when first registered."""
        self.record_once(lambda state: getattr(state.app, name)(*args))

    def _tell_table(self, table: str, f: F) -> F:
        """Record: append a function to this table of the application, for all its requests."""
        self.record_once(lambda state: getattr(state.app, table)[None].append(f))
        return f

    @setupmethod
    def before_app_request(self, f: T_before_request) -> T_before_request:
        """Like :meth:`before_request`, for every request of the application."""
        return self._tell_table("before_request_funcs", f)

    @setupmethod
    def after_app_request(self, f: T_after_request) -> T_after_request:
        """Like :meth:`after_request`, for every request of the application."""
        return self._tell_table("after_request_funcs", f)

    @setupmethod
    def teardown_app_request(self, f: T_teardown) -> T_teardown:
        """Like :meth:`teardown_request`, for every request of the application."""
        return self._tell_table("teardown_request_funcs", f)

    @setupmethod
    def before_app_serving(self, f: T_serving) -> T_serving:
        """Like :meth:`Flask.before_serving`; since 3.1.3+dewar.2."""
        self._tell_app("before_serving", f)
        return f

    @setupmethod
    def after_app_serving(self, f: T_serving) -> T_serving:
        """Like :meth:`Flask.after_serving`; since 3.1.3+dewar.2."""
        self._tell_app("after_serving", f)
        return f

    @setupmethod
    def while_app_serving(self, f: T_serving) -> T_serving:
        """Like :meth:`Flask.while_serving`; since 3.1.3+dewar.2."""
        self._tell_app("while_serving", f)
        return f

    @setupmethod
    def app_context_processor(
        self, f: T_template_context_processor
    ) -> T_template_context_processor:
        """Like :meth:`context_processor`, for templates of every view."""
        return self._tell_table("template_context_processors", f)

    @setupmethod
    def app_url_value_preprocessor(self, f: T_url_value_preprocessor) -> T_url_value_preprocessor:
        """Like :meth:`url_value_preprocessor`, for every request of the application."""
        return self._tell_table("url_value_preprocessors", f)

    @setupmethod
    def app_url_defaults(self, f: T_url_defaults) -> T_url_defaults:
        """Like :meth:`url_defaults`, for every URL of the application."""
        return self._tell_table("url_default_functions", f)

    @setupmethod
    def app_errorhandler(
        self, code: type[Exception] | int
    ) -> Callable[[T_error_handler], T_error_handler]:
        """Like :meth:`errorhandler`, for every request of the application."""

        def register(f: T_error_handler) -> T_error_handler:
            self._tell_app("register_error_handler", code, f)
            return f

        return register

    @setupmethod
    def app_template_filter(
        self, name: str | None = None
    ) -> Callable[[T_template_filter], T_template_filter]:
        """Register the decorated function as a filter for all templates."""
        return _adder(self.add_app_template_filter, name)

    @setupmethod
    def add_app_template_filter(
        self, f: ft.TemplateFilterCallable, name: str | None = None
    ) -> None:
        """Register a function as a filter for all templates."""
        self._tell_app("add_template_filter", f, name)

    @setupmethod
    def app_template_test(
        self, name: str | None = None
    ) -> Callable[[T_template_test], T_template_test]:
        """Register the decorated function as a test for all templates."""
        return _adder(self.add_app_template_test, name)

    @setupmethod
    def add_app_template_test(self, f: ft.TemplateTestCallable, name: str | None = None) -> None:
        """Register a function as a test for all templates."""
        self._tell_app("add_template_test", f, name)

    @setupmethod
    def app_template_global(
        self, name: str | None = None
    ) -> Callable[[T_template_global], T_template_global]:
        """Register the decorated function as a global of all templates."""
        return _adder(self.add_app_template_global, name)

    @setupmethod
    def add_app_template_global(
        self, f: ft.TemplateGlobalCallable, name: str | None = None
    ) -> None:
        """Register a function as a global of all templates."""
        self._tell_app("add_template_global", f, name)

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        """Return for how many seconds a file may be cached; see :meth:`Flask.get_send_file_max_age`."""
        return default_max_age()

    def send_static_file(self, filename: str) -> Response:
        """Answer with a file of the blueprint's static folder.

        Raises:
            RuntimeError: No static folder is set.
        """
        return send_static_file_of(self, filename)

    def open_resource(
        self, resource: str, mode: str = "rb", encoding: str | None = "utf-8"
    ) -> IO[Any]:
        """Open a file beside the blueprint's code; see :meth:`Flask.open_resource`."""
        return open_resource_of(self, resource, mode, encoding)


def _adder(add: Callable[..., None], name: str | None) -> Callable[[Any], Any]:
    def register(f: Any) -> Any:
        add(f, name=name)
        return f

    return register


def _options_inside(
    state: BlueprintSetupState, name: str, blueprint: Blueprint, options: dict[str, Any]
) -> dict[str, Any]:
    """Return the options of a nested blueprint, with those of its parent's registration added."""
    inside = {**options, "name_prefix": name}
    prefix = options.get("url_prefix")
    prefix = blueprint.url_prefix if prefix is None else prefix
    if state.url_prefix is not None:
        prefix = state.url_prefix if prefix is None else _joined(state.url_prefix, prefix)
    if prefix is not None:
        inside["url_prefix"] = prefix
    subdomain = options.get("subdomain")
    subdomain = blueprint.subdomain if subdomain is None else subdomain
    if state.subdomain is not None:
        subdomain = state.subdomain if subdomain is None else f"{subdomain}.{state.subdomain}"
    if subdomain is not None:
        inside["subdomain"] = subdomain
    return inside


if not TYPE_CHECKING:
    __getattr__ = former_names_of(__name__)
