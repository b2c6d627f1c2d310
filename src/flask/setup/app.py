"""What does an application know before its first request? Settings, rules, blueprints, templates.

``lifecycle.serving`` inherits it and reads what is registered here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, ValuesView
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from werkzeug.datastructures import ImmutableDict
from werkzeug.exceptions import Aborter
from werkzeug.routing import Map

from flask import typing as ft
from flask.config import Config, ConfigAttribute
from flask.ctx import _AppCtxGlobals
from flask.globals import g, request, session
from flask.helpers import get_debug_flag, get_flashed_messages
from flask.json.provider import DefaultJSONProvider, JSONProvider
from flask.lazy import LazyAttribute, LazyClass, with_former_attributes
from flask.logging import create_logger
from flask.routing import Rule, URLMap
from flask.setup.hooks import where_is
from flask.setup.lifetime import Lifetime
from flask.setup.packages import find_package
from flask.setup.scaffold import _endpoint_from_view_func, setupmethod

if TYPE_CHECKING:
    import logging

    from click import Group
    from jinja2 import Environment

    from flask.blueprints import Blueprint
    from flask.templating import DispatchingJinjaLoader
    from flask.testing import FlaskClient, FlaskCliRunner
    from flask.wrappers import Response

_ONCE_OVERRIDDEN = frozenset(  # what subclasses for earlier versions set in their body
    (
        "json_decoder",
        "json_encoder",
        "send_file_max_age_default",
        "session_cookie_name",
        "templates_auto_reload",
        "use_x_sendfile",
    )
)

T_shell_context_processor = TypeVar(
    "T_shell_context_processor", bound="ft.ShellContextProcessorCallable"
)
T_teardown = TypeVar("T_teardown", bound="ft.TeardownCallable")
T_template_filter = TypeVar("T_template_filter", bound="ft.TemplateFilterCallable")
T_template_global = TypeVar("T_template_global", bound="ft.TemplateGlobalCallable")
T_template_test = TypeVar("T_template_test", bound="ft.TemplateTestCallable")


_CONTEXT_STEPS = frozenset(("app_context", "create_url_adapter", "do_teardown_appcontext"))
_BINDING = frozenset(("subdomain_matching", "url_map"))


def _is_rare(value: Any) -> bool:
    """Tell whether subdomains match, or whether a URL map is not the usual one."""
    return type(value) is not URLMap if isinstance(value, Map) else bool(value)


def _make_timedelta(value: timedelta | int | None) -> timedelta | None:
    """Read a duration that may be given in seconds."""
    return value if value is None or isinstance(value, timedelta) else timedelta(seconds=value)


@with_former_attributes(
    "before_first_request",
    "before_first_request_funcs",
    "env",
    "make_null_session",
    "open_session",
    "preserve_context_on_exception",
    "propagate_exceptions",
    "save_session",
    "send_file_max_age_default",
    "session_cookie_name",
    "templates_auto_reload",
    "try_trigger_before_first_request_functions",
    "use_x_sendfile",
)
class App(Lifetime):
    """The application during setup: everything that is said before it serves.

    The arguments are documented with :class:`~flask.Flask`.
    """

    aborter_class = Aborter
    """Class of :attr:`aborter`, which :func:`flask.abort` calls."""

    jinja_environment: Any = LazyClass("flask.templating.environment", "Environment")
    """Class of :attr:`jinja_env`."""

    app_ctx_globals_class = _AppCtxGlobals
    """Class of the namespace :data:`flask.g`."""

    config_class = Config
    """Class of :attr:`config`."""

    testing = ConfigAttribute[bool]("TESTING")
    """Whether errors go to the test instead of to an error page; key ``TESTING``."""

    secret_key = ConfigAttribute[str | bytes | None]("SECRET_KEY")
    """Signs the session cookie; key ``SECRET_KEY``."""

    permanent_session_lifetime = ConfigAttribute[timedelta](
        "PERMANENT_SESSION_LIFETIME",
        get_converter=_make_timedelta,  # type: ignore[arg-type]
    )
    """How long a permanent session lasts; key ``PERMANENT_SESSION_LIFETIME``, seconds allowed."""

    json_provider_class: type[JSONProvider] = DefaultJSONProvider
    """Class of :attr:`json`."""

    jinja_options: dict[str, Any] = {}  # noqa: RUF012 - documented as a plain dict to be changed
    """Options for the Jinja environment; without effect once it exists."""

    url_rule_class = Rule
    """Class of the rules that :meth:`add_url_rule` makes."""

    url_map_class: type[Map] = URLMap
    """Class of :attr:`url_map`."""

    test_client_class: type[FlaskClient] | None = None
    """Class of :meth:`test_client`; ``None`` is :class:`flask.testing.FlaskClient`."""

    test_cli_runner_class: type[FlaskCliRunner] | None = None
    """Class of :meth:`test_cli_runner`; ``None`` is :class:`flask.testing.FlaskCliRunner`."""

    default_config = ImmutableDict(
        {
            "DEBUG": None,
            "TESTING": False,
            "PROPAGATE_EXCEPTIONS": None,
            "SECRET_KEY": None,
            "SECRET_KEY_FALLBACKS": None,
            "PERMANENT_SESSION_LIFETIME": timedelta(days=31),
            "USE_X_SENDFILE": False,
            "TRUSTED_HOSTS": None,
            "SERVER_NAME": None,
            "APPLICATION_ROOT": "/",
            "SESSION_COOKIE_NAME": "session",
            "SESSION_COOKIE_DOMAIN": None,
            "SESSION_COOKIE_PATH": None,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SECURE": False,
            "SESSION_COOKIE_PARTITIONED": False,
            "SESSION_COOKIE_SAMESITE": None,
            "SESSION_REFRESH_EACH_REQUEST": True,
            "MAX_CONTENT_LENGTH": None,
            "MAX_FORM_MEMORY_SIZE": 500_000,
            "MAX_FORM_PARTS": 1_000,
            "SEND_FILE_MAX_AGE_DEFAULT": None,
            "TRAP_BAD_REQUEST_ERRORS": None,
            "TRAP_HTTP_EXCEPTIONS": False,
            "EXPLAIN_TEMPLATE_LOADING": False,
            "PREFERRED_URL_SCHEME": "http",
            "TEMPLATES_AUTO_RELOAD": None,
            "MAX_COOKIE_SIZE": 4093,
            "PROVIDE_AUTOMATIC_OPTIONS": True,
        }
    )
    """The settings that :attr:`config` starts with."""

    if TYPE_CHECKING:  # what the storeys above add and setup hands on
        response_class: type[Response]
        cli: Group
        url_for: Callable[..., str]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not _ONCE_OVERRIDDEN.isdisjoint(vars(cls)):
            from flask.formerattributes import adopt_class_attributes  # noqa: PLC0415 - only old code pays

            adopt_class_attributes(cls)

    def __init__(
        self,
        import_name: str,
        static_url_path: str | None = None,
        static_folder: str | os.PathLike[str] | None = "static",
        static_host: str | None = None,
        host_matching: bool = False,
        subdomain_matching: bool = False,
        template_folder: str | os.PathLike[str] | None = "templates",
        instance_path: str | None = None,
        instance_relative_config: bool = False,
        root_path: str | None = None,
    ) -> None:
        if not hasattr(self, "_binds_at_once"):  # a subclass may have set steps before
            self._binds_at_once = False
        if not hasattr(self, "_has_own_url_for"):
            self._has_own_url_for = False
        super().__init__(
            import_name=import_name,
            static_folder=static_folder,
            static_url_path=static_url_path,
            template_folder=template_folder,
            root_path=root_path,
        )
        if instance_path is None:
            instance_path = self.auto_find_instance_path()
        elif not os.path.isabs(instance_path):  # noqa: PTH117 - a str is what users pass
            raise ValueError(
                "If an instance path is provided it must be absolute. A relative path was given"
                f" instead: {instance_path!r}. Use os.path.abspath()."
            )
        self.instance_path = instance_path
        self.config = self.make_config(instance_relative_config)
        self.aborter = self.make_aborter()
        self.json: JSONProvider = self.json_provider_class(self)
        self.url_build_error_handlers: list[
            Callable[[Exception, str, dict[str, Any]], str | None]
        ] = []
        self.teardown_appcontext_funcs: list[ft.TeardownCallable] = []
        self.shell_context_processors: list[ft.ShellContextProcessorCallable] = []
        self.blueprints: dict[str, Blueprint] = {}
        self.extensions: dict[str, Any] = {}
        self.url_map = self.url_map_class(host_matching=host_matching)
        self.subdomain_matching = subdomain_matching
        self._has_jinja_env = False
        self._got_first_request = False

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        # PERF: looking for it in ``__dict__`` would make CPython build it, and each attribute of
        # the application ten times slower.
        if name in _CONTEXT_STEPS or (name in _BINDING and _is_rare(value)):
            object.__setattr__(self, "_binds_at_once", True)
        elif name == "url_for":
            object.__setattr__(self, "_has_own_url_for", True)

    def _check_setup_finished(self, f_name: str) -> None:
        if self._got_first_request:
            raise AssertionError(
                f"The setup method '{f_name}' can no longer be called on the application. It has"
                " already handled its first request, any changes will not be applied"
                " consistently.\nCall it before the application serves: at import time or in the"
                " application factory, not in a view."
            )

    @property
    def got_first_request(self) -> bool:
        """Whether a request was handled, so that setup is over."""
        return self._got_first_request

    @LazyAttribute
    def name(self) -> str:
        """The name shown to people: the import name, or the file's for ``__main__``."""
        if self.import_name != "__main__":
            return self.import_name
        file: str | None = getattr(sys.modules["__main__"], "__file__", None)
        if file is None:
            return "__main__"
        return os.path.splitext(os.path.basename(file))[0]  # noqa: PTH119, PTH122 - no pathlib for this

    @LazyAttribute
    def logger(self) -> logging.Logger:
        """The logger named like the application."""
        return create_logger(self)

    @LazyAttribute
    def jinja_env(self) -> Environment:
        """The Jinja environment, made on first use; :attr:`jinja_options` are fixed then."""
        environment = self.create_jinja_environment()
        self._has_jinja_env = True
        return environment

    @property
    def debug(self) -> bool:
        """Whether debug mode is on: detailed errors, templates reloaded; key ``DEBUG``."""
        debug: bool = self.config["DEBUG"]
        return debug

    @debug.setter
    def debug(self, value: bool) -> None:
        self.config["DEBUG"] = value
        if self.config["TEMPLATES_AUTO_RELOAD"] is None and self._has_jinja_env:
            self.jinja_env.auto_reload = value

    def make_config(self, instance_relative: bool = False) -> Config:
        """Return the object for :attr:`config`.

        Args:
            instance_relative: Resolve file names against the instance folder.
        """
        defaults = dict(self.default_config)
        defaults["DEBUG"] = get_debug_flag()
        root_path = self.instance_path if instance_relative else self.root_path
        return self.config_class(root_path, defaults)

    def make_aborter(self) -> Aborter:
        """Return the object for :attr:`aborter`."""
        return self.aborter_class()

    def auto_find_instance_path(self) -> str:
        """Return the instance folder: beside the code, or under ``var`` of where it is installed."""
        prefix, folder = find_package(self.import_name)
        if prefix is None:
            return os.path.join(folder, "instance")  # noqa: PTH118 - a str is what users expect
        return os.path.join(prefix, "var", f"{self.name}-instance")  # noqa: PTH118

    def create_global_jinja_loader(self) -> DispatchingJinjaLoader:
        """Return the loader that asks the application and its blueprints for templates."""
        from flask.templating.environment import DispatchingJinjaLoader  # noqa: PLC0415 - Jinja costs 20 ms

        return DispatchingJinjaLoader(self)

    def select_jinja_autoescape(self, filename: str | None) -> bool:
        """Tell whether a template is escaped: HTML, XML, SVG, and text without a file name."""
        return filename is None or filename.endswith((".html", ".htm", ".xml", ".xhtml", ".svg"))

    def create_jinja_environment(self) -> Environment:
        """Return the Jinja environment with the application's options, globals and policies."""
        options = dict(self.jinja_options)
        options.setdefault("autoescape", self.select_jinja_autoescape)
        if "auto_reload" not in options:
            wanted = self.config["TEMPLATES_AUTO_RELOAD"]
            options["auto_reload"] = self.debug if wanted is None else wanted
        environment: Environment = self.jinja_environment(self, **options)
        environment.globals.update(
            url_for=self.url_for,
            get_flashed_messages=get_flashed_messages,
            config=self.config,
            # Imported templates get no context; the proxies reach them as globals.
            request=request,
            session=session,
            g=g,
        )
        environment.policies["json.dumps_function"] = self.json.dumps
        return environment

    @setupmethod
    def register_blueprint(self, blueprint: Blueprint, **options: Any) -> None:
        """Register a blueprint.

        Args:
            blueprint: It may be registered several times under different names.
            options: ``name``, ``url_prefix``, ``subdomain``, ``url_defaults`` override the
                blueprint's own; others are there for its ``record`` functions.

        Raises:
            ValueError: The name is taken.
        """
        blueprint.register(self, options)

    def iter_blueprints(self) -> ValuesView[Blueprint]:
        """Return the blueprints in the order they were registered."""
        return self.blueprints.values()

    @setupmethod
    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: ft.RouteCallable | None = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        """Register a URL rule, and the view that answers it.

        Args:
            rule: The rule, for example ``"/user/<int:id>"``.
            endpoint: The rule's name for :func:`~flask.url_for`; the view's name if not given.
            view_func: The view; :meth:`endpoint` can add it later.
            provide_automatic_options: Answer OPTIONS automatically; if not given, the view's
                attribute of that name decides, else it is done unless ``methods`` has OPTIONS.
            options: ``methods`` (default: the view's attribute of that name, else GET),
                ``defaults``, ``subdomain``, ``host``, ``strict_slashes``, … for the rule;
                ``sync_view``: where ASGI runs the request if the view is synchronous,
                ``"thread"`` or ``"inline"`` (on the loop), instead of ``ASGI_SYNC_VIEWS``; since
                3.1.3+dewar.2.

        Raises:
            TypeError: ``methods`` is a string.
            ValueError: ``sync_view`` is something else.
            AssertionError: The endpoint has another view already.
        """
        if endpoint is None:
            endpoint = _endpoint_from_view_func(view_func)
        sync_view = options.pop("sync_view", None)
        if sync_view not in {None, "inline", "thread"}:
            raise ValueError(f"sync_view is {sync_view!r}: it can be 'thread' or 'inline'.")
        methods = options.pop("methods", None)
        if methods is None:
            methods = getattr(view_func, "methods", None) or ("GET",)
        if isinstance(methods, str):
            raise TypeError(
                "Allowed methods must be a list of strings, for example:"
                f" @app.route(..., methods=[{methods.upper()!r}])"
            )
        allowed = {method.upper() for method in methods}
        required = set(getattr(view_func, "required_methods", ()))
        if provide_automatic_options is None:
            provide_automatic_options = getattr(view_func, "provide_automatic_options", None)
        if provide_automatic_options is None:
            provide_automatic_options = (
                "OPTIONS" not in allowed and self.config["PROVIDE_AUTOMATIC_OPTIONS"]
            )
            if provide_automatic_options:
                required.add("OPTIONS")
        made: Any = self.url_rule_class(
            rule, methods=allowed | required, endpoint=endpoint, **options
        )
        made.provide_automatic_options = provide_automatic_options
        if sync_view is not None:
            made.sync_view = sync_view
        self.url_map.add(made)
        if view_func is not None:
            self._set_view(endpoint, view_func, rule)

    def _set_view(self, endpoint: str, view: ft.RouteCallable, rule: str) -> None:
        known = self.view_functions.get(endpoint)
        if known is not None and known != view:
            raise AssertionError(
                f"View function mapping is overwriting an existing endpoint function: {endpoint}."
                f" It belongs to {where_is(known)}; rule {rule!r} is for {where_is(view)}."
                " Rename one function, pass endpoint=, or use functools.wraps in a decorator."
            )
        self.view_functions[endpoint] = view

    def template_filter(
        self, name: str | None = None
    ) -> Callable[[T_template_filter], T_template_filter]:
        """Register the decorated function as a template filter."""
        return self._jinja_decorator(self.add_template_filter, "template_filter", name)

    def add_template_filter(self, f: ft.TemplateFilterCallable, name: str | None = None) -> None:
        """Register a function as a template filter, under its own name unless one is given."""
        self._check_setup_finished("add_template_filter")
        self.jinja_env.filters[name or f.__name__] = f

    def template_test(
        self, name: str | None = None
    ) -> Callable[[T_template_test], T_template_test]:
        """Register the decorated function as a template test."""
        return self._jinja_decorator(self.add_template_test, "template_test", name)

    def add_template_test(self, f: ft.TemplateTestCallable, name: str | None = None) -> None:
        """Register a function as a template test, under its own name unless one is given."""
        self._check_setup_finished("add_template_test")
        self.jinja_env.tests[name or f.__name__] = f

    def template_global(
        self, name: str | None = None
    ) -> Callable[[T_template_global], T_template_global]:
        """Register the decorated function as a global of all templates."""
        return self._jinja_decorator(self.add_template_global, "template_global", name)

    def add_template_global(self, f: ft.TemplateGlobalCallable, name: str | None = None) -> None:
        """Register a function as a global of all templates, under its name unless one is given."""
        self._check_setup_finished("add_template_global")
        self.jinja_env.globals[name or f.__name__] = f

    def _jinja_decorator(
        self, add: Callable[..., None], setup_name: str, name: str | None
    ) -> Callable[[Any], Any]:
        self._check_setup_finished(setup_name)

        def register(f: Any) -> Any:
            add(f, name=name)
            return f

        return register

    @setupmethod
    def teardown_appcontext(self, f: T_teardown) -> T_teardown:
        """Call a function when an application context ends, with the unhandled error or None."""
        self.teardown_appcontext_funcs.append(f)
        return f

    @setupmethod
    def shell_context_processor(self, f: T_shell_context_processor) -> T_shell_context_processor:
        """Add the dict that a function returns to the variables of ``flask shell``."""
        self.shell_context_processors.append(f)
        return f
