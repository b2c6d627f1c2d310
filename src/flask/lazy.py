"""How does a value get made on first touch? Used by every room; knows none.

A non-data descriptor costs little after the first read, because the value that it
gives to the instance is found before the descriptor is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

T = TypeVar("T")
Instance = TypeVar("Instance")


class LazyAttribute(Generic[Instance, T]):
    """An instance attribute computed on first read and stored on the instance.

    Unlike :func:`functools.cached_property` it takes no lock (Python 3.11 does),
    and unlike Werkzeug's it is no ``property``, so an assigned value simply wins.
    """

    def __init__(self, compute: Callable[[Instance], T]) -> None:
        self.compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> LazyAttribute[Instance, T]: ...
    @overload
    def __get__(self, instance: Instance, owner: type) -> T: ...
    def __get__(self, instance: Instance | None, owner: type) -> Any:
        """Compute the value, store it where the next read finds it first."""
        if instance is None:
            return self
        value = self.compute(instance)
        # PERF: ``instance.__dict__`` would make CPython build it, 0.2 µs, and every attribute slower.
        object.__setattr__(instance, self.name, value)
        return value

    if TYPE_CHECKING:  # an assigned value of the right type wins; at run time no method is needed

        def __set__(self, instance: Instance, value: T) -> None: ...


class LazyClass:
    """A class attribute that names a class of a heavy module, imported on first read.

    Reading it on the class or an instance gives the imported object; a subclass or
    an instance overrides it by plain assignment.
    """

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def __get__(self, instance: object, owner: type) -> Any:
        """Import and return the named object."""
        return getattr(import_module(self.module), self.name)


class FormerAttribute:
    """An attribute that a class had: it is missing, and the error says what to use.

    What code of today has under the name is found as if this were not there.

    PERF: a ``__getattr__`` would say it as well, and make every attribute of every instance
    slower: a tenth of a request, measured on the application's.
    """

    def __init__(self, name: str, carrier: type) -> None:
        self.name, self.carrier = name, carrier

    def __get__(self, instance: Any, owner: type) -> Any:
        """Return what was assigned, or what a class further on has, or raise."""
        from flask.formerattributes import read_former_attribute  # noqa: PLC0415 - only old code pays

        return read_former_attribute(self, instance, owner)

    def __set__(self, instance: Any, value: Any) -> None:
        """Store a value, and do what assigning it used to do."""
        from flask.formerattributes import assign_former_attribute  # noqa: PLC0415 - only old code pays

        assign_former_attribute(self, instance, value)

    def __delete__(self, instance: Any) -> None:
        """Forget an assigned value."""
        from flask.formerattributes import delete_former_attribute  # noqa: PLC0415 - only old code pays

        delete_former_attribute(self, instance)


Class = TypeVar("Class", bound=type)


def with_former_attributes(*names: str) -> Callable[[Class], Class]:
    """Give a class attributes that it had in earlier versions; ``dir`` of an object has none."""

    def add(cls: Class) -> Class:
        carrier: Any = cls
        former = {name: FormerAttribute(name, cls) for name in names}
        for name, attribute in former.items():
            setattr(cls, name, attribute)

        def __dir__(self: Any) -> list[str]:  # noqa: N807 - it becomes the class's
            from flask.formerattributes import has_of_today  # noqa: PLC0415 - for introspection

            listed = super(carrier, self).__dir__()
            return [n for n in listed if n not in former or has_of_today(self, former[n])]

        carrier.__dir__ = __dir__
        return cls

    return add


Function = TypeVar("Function", bound=Callable[..., Any])


def with_former_parameters(**advice: str) -> Callable[[Function], Function]:
    """Let a function take, or say what took the place of, keyword parameters that it had.

    The signature stays. Not for what a request calls often: it is one call more.

    Args:
        advice: For each former parameter today's name, or a clause that says what to do.
    """
    former = advice.keys()

    def heed_in(function: Function) -> Function:
        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if not former.isdisjoint(kwargs):
                from flask.formerattributes import heed_former_parameter  # noqa: PLC0415 - only old code pays

                for name in kwargs.keys() & former:
                    heed_former_parameter(function.__name__, kwargs, name, advice[name])
            return function(*args, **kwargs)

        return call  # type: ignore[return-value]

    return heed_in


def former_names_of(module: str) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a public module that had other names in earlier versions.

    Set it where no type checker looks, which would take any misspelt name for a former one.
    """

    def __getattr__(name: str) -> Any:  # noqa: N807 - it becomes the module's
        if name == "__path__":  # which every import from a module asks for
            raise AttributeError(name)
        from flask.formernames import find_former_name  # noqa: PLC0415 - only old code pays for it

        return find_former_name(module, name)

    return __getattr__
