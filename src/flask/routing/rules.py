"""What does a URL rule cost before it is used? Its text is read; the rest waits for first use.

``setup.app`` makes one for each route. What Werkzeug derives from a rule for its matcher and
its builder is nine tenths of the time an application takes to start.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from types import MethodType
from typing import TYPE_CHECKING, Any, NamedTuple

import werkzeug.routing

from flask.internals import (
    NO_DOMAIN,
    RulePart,
    parse_converter_args,
    rule_token,
    static_part,
    variable_part,
)
from flask.lazy import LazyAttribute

if TYPE_CHECKING:
    from werkzeug.routing import Map


class Variable(NamedTuple):
    """A variable part of a rule, as written."""

    name: str
    converter: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


Tokens = tuple["str | Variable", ...]
Builder = Callable[..., tuple[str, str]]


class Rule(werkzeug.routing.Rule):
    """A URL rule; as Werkzeug's, but its matcher parts and its builder are made at first use.

    Mistakes are found when it is added, as ever: the text is read and the converters are made.
    """

    _text: str
    _segments: list[Tokens]
    _looks: list[tuple[str, int]]
    _default_names: dict[str, Any]
    _compiles_late = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        stock = werkzeug.routing.Rule
        cls._compiles_late = all(getattr(cls, name) is getattr(stock, name) for name in _SEAMS)

    def bind(self, map: Map, rebind: bool = False) -> None:
        """Bind the rule to a map."""
        if rebind and self.map is not None:
            self.map.update()  # the matcher is told what the rule was until now
        super().bind(map, rebind)

    def compile(self) -> None:
        """Read the rule and make its converters; whatever is unusual is left to Werkzeug.

        Raises:
            LookupError: A converter does not exist.
            ValueError: The text, or the arguments of a converter, cannot be read.
        """
        assert self.map is not None, "rule not bound"
        for name in _LATE:  # not by ``__dict__``, which makes the attributes slower to read
            with suppress(AttributeError):
                object.__delattr__(self, name)
        text = self.rule
        if self.merge_slashes and "//" in text:
            text = re.sub("/{2,}", "/", text)
        segments = self._segments_read(text)
        if segments is None:
            super().compile()
            return
        self._text = text
        self._segments = segments
        self._default_names = dict.fromkeys(self.defaults or ())
        self._trace = trace = [(False, "|")]
        self._converters = converters = {}
        self._looks = looks = []
        is_first = True
        for tokens in segments:
            if is_first:
                is_first = False
            else:
                trace.append(_SLASH)
            for token in tokens:
                if isinstance(token, str):
                    trace.append((False, token))
                else:
                    name, kind, args, kwargs = token
                    trace.append((True, name))
                    converters[name] = made = self.get_converter(name, kind, args, kwargs)
                    self.arguments.add(name)
                    looks.append((made.regex, made.weight))

    def _segments_read(self, text: str) -> list[Tokens] | None:
        """Return the tokens of the text between slashes; ``None`` when Werkzeug has to read it."""
        domain = self.host if self.map.host_matching else self.subdomain
        if domain or not self._compiles_late:
            return None
        names = {*self.defaults} if self.defaults else set()
        if not all(type(name) is str and name.isidentifier() for name in names):
            return None
        segments: list[Tokens] = []
        for segment in text.split("/"):
            if "<" not in segment:
                segments.append((segment,) if segment else ())
                continue
            try:
                tokens = _tokens_of(segment)
            except ValueError:
                return None
            segments.append(tokens)
            for token in tokens:
                if not isinstance(token, str):
                    if token.name in names:  # twice, or with a default, which is converted now
                        return None
                    names.add(token.name)
        return segments if names.isdisjoint(_NO_PARAMETERS) else None

    def __eq__(self, other: object) -> bool:
        kind = werkzeug.routing.Rule if type(self) is Rule else type(self)
        return isinstance(other, kind) and self._trace == other._trace

    __hash__ = None

    @LazyAttribute
    def _parts(self) -> list[RulePart]:
        """The steps of Werkzeug's matcher."""
        if any(not converter.part_isolating for converter in self._converters.values()):
            known = self._converters
            twin = self._as_compiled(
                get_converter=lambda name, *_: known[name],
                _converters={},
                _trace=[],
                arguments=set(),
            )
            return [NO_DOMAIN, *twin._parse_rule(self._text)]
        parts = [NO_DOMAIN]
        first = 0
        for tokens in self._segments:
            if not tokens or (len(tokens) == 1 and isinstance(tokens[0], str)):
                parts.append(static_part(*tokens))
                continue
            fixed = tuple([token if isinstance(token, str) else None for token in tokens])
            last = first + fixed.count(None)
            parts.append(variable_part(fixed, *self._looks[first:last]))
            first = last
        return parts

    @LazyAttribute
    def _build(self) -> Builder:
        """Werkzeug's builder."""
        return MethodType(self._as_compiled()._compile_builder(append_unknown=False), self)

    @LazyAttribute
    def _build_unknown(self) -> Builder:
        """Werkzeug's builder that appends other values as query string."""
        return MethodType(self._as_compiled()._compile_builder(append_unknown=True), self)

    def _as_compiled(self, **changes: Any) -> Rule:
        """Return a copy as the rule was when it was compiled, but for some attributes."""
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__, defaults=self._default_names, **changes)
        return twin


@lru_cache(maxsize=1024)
def _tokens_of(segment: str) -> Tokens:
    """Read the text between two slashes.

    Raises:
        ValueError: It cannot be read by itself.
    """
    tokens: list[str | Variable] = []
    place = 0
    while place < len(segment):
        found = rule_token.match(segment, place)
        if found is None:
            raise ValueError(segment)
        place = found.end()
        static, converter, arguments, variable = found.group(
            "static", "converter", "arguments", "variable"
        )
        if static is not None:
            tokens.append(static)
        else:
            args, kwargs = parse_converter_args(arguments or "")
            tokens.append(Variable(variable, converter or "default", args, kwargs))
    return tuple(tokens)


_SLASH = (False, "/")
_SEAMS = ("_parse_rule", "_compile_builder", "_get_func_code")
_LATE = ("_parts", "_build", "_build_unknown")
_NO_PARAMETERS = frozenset(("None", "True", "False", "__debug__"))  # no names, says the compiler
