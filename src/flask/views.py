"""How does a class serve as a view? ``as_view`` makes the function that the app registers."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, ClassVar

from flask import typing as ft
from flask.coroutines import PASSING_ON
from flask.globals import active_app, active_request_context, current_app, get_request_context
from flask.lazy import former_names_of

http_method_funcs = frozenset(("get", "post", "head", "options", "delete", "put", "trace", "patch"))


class View:
    """A view as a class: subclass it, write :meth:`dispatch_request`, register :meth:`as_view`."""

    methods: ClassVar[Collection[str] | None] = None
    """The HTTP methods to register; ``None`` leaves the default of ``add_url_rule``."""

    provide_automatic_options: ClassVar[bool | None] = None
    """Whether OPTIONS is answered automatically; ``None`` leaves the default."""

    decorators: ClassVar[list[Callable[..., Any]]] = []
    """Applied to the view function in this order, the first one innermost."""

    init_every_request: ClassVar[bool] = True
    """Whether each request gets an instance of its own; ``False`` shares one, so keep no
    state of a request on it.
    """

    def dispatch_request(self) -> ft.ResponseReturnValue:
        """Answer the request; the variable parts of the URL come as keywords."""
        raise NotImplementedError

    @classmethod
    def as_view(cls, name: str, *class_args: Any, **class_kwargs: Any) -> ft.RouteCallable:
        """Return a view function that answers with an instance of this class.

        Args:
            name: The function's name, which becomes the endpoint.
            class_args: Passed to the class when it is instantiated.
            class_kwargs: Passed to the class when it is instantiated.
        """
        made: Any
        if cls.init_every_request:

            def view(**kwargs: Any) -> ft.ResponseReturnValue:
                self = made.view_class(*class_args, **class_kwargs)
                app = active_app() or current_app  # the proxy raises where there is none
                rv: ft.ResponseReturnValue = app.ensure_sync(self.dispatch_request)(**kwargs)
                return rv
        else:
            self = cls(*class_args, **class_kwargs)

            def view(**kwargs: Any) -> ft.ResponseReturnValue:
                app = active_app() or current_app
                rv: ft.ResponseReturnValue = app.ensure_sync(self.dispatch_request)(**kwargs)
                return rv

        made = view
        PASSING_ON.add(view.__code__)
        if cls.decorators:
            made.__name__ = name
            made.__module__ = cls.__module__
            for decorator in cls.decorators:
                made = decorator(made)
        made.view_class = cls
        made.__name__ = name
        made.__doc__ = cls.__doc__
        made.__module__ = cls.__module__
        made.methods = cls.methods
        made.provide_automatic_options = cls.provide_automatic_options
        registered: ft.RouteCallable = made
        return registered


class MethodView(View):
    """A view with one method for each HTTP method: ``get``, ``post`` and so on.

    :attr:`View.methods` is filled from the methods that the class and its bases define.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "methods" in cls.__dict__:
            return
        found: set[str] = set()
        for base in cls.__bases__:
            found.update(getattr(base, "methods", None) or ())
        found.update(key.upper() for key in http_method_funcs if hasattr(cls, key))
        if found:
            cls.methods = found

    def dispatch_request(self, **kwargs: Any) -> ft.ResponseReturnValue:
        """Call the method named like the request's; HEAD falls back to ``get``."""
        method = (get_request_context(None) or active_request_context()).request.method
        handler = getattr(self, method.lower(), None)
        if handler is None and method == "HEAD":
            handler = getattr(self, "get", None)
        assert handler is not None, f"Unimplemented method {method!r}"
        app = active_app() or current_app  # the proxy raises where there is none
        rv: ft.ResponseReturnValue = app.ensure_sync(handler)(**kwargs)
        return rv


PASSING_ON.add(MethodView.dispatch_request.__code__)

if not TYPE_CHECKING:
    __getattr__ = former_names_of(__name__)
