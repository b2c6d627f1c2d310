"""Which events does an application announce? Ten Blinker signals; the sender is the app.

They are sent from ``ctx``, ``lifecycle``, ``templating`` and ``helpers``.

COMPAT: how a Blinker signal keeps its receivers is not documented; ``tests/test_signals.py``
compares with Blinker's own, and fails when a new one keeps them otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MethodType
from typing import TYPE_CHECKING, Any
from weakref import ref

from blinker import NamedSignal, Namespace
from blinker._utilities import make_id
from blinker.base import ANY_ID

from flask.coroutines import is_coroutine_function
from flask.lazy import former_names_of

_KNOWN_BY_VALUE = (str, int, MethodType)


class _AppSignal(NamedSignal):
    """A signal that finds its receivers, and that they are no coroutine functions, quickly."""

    def send(
        self,
        sender: Any | None = None,
        /,
        *,
        _async_wrapper: Callable[..., Any] | None = None,
        **kwargs: Any,
    ) -> list[tuple[Callable[..., Any], Any]]:
        """Call the receivers of this sender, and return what each of them returned.

        Raises:
            RuntimeError: A receiver is a coroutine function, and there is no ``_async_wrapper``.
        """
        if self.is_muted:
            return []
        results: list[tuple[Callable[..., Any], Any]] = []
        # PERF: what ``receivers_for`` does, without a generator and two functions: 0.3 µs less.
        by_sender: Any = self._by_sender
        key = make_id(sender) if isinstance(sender, _KNOWN_BY_VALUE) else id(sender)
        ids = by_sender[ANY_ID] | by_sender[key] if key in by_sender else by_sender[ANY_ID].copy()
        for receiver_id in ids:
            found: Any = self.receivers.get(receiver_id)
            receiver = found() if isinstance(found, ref) else found
            if receiver is None:  # disconnected by a receiver before it, or collected
                if found is not None:
                    self._disconnect(receiver_id, ANY_ID)
                continue
            call = receiver
            if is_coroutine_function(receiver):
                if _async_wrapper is None:
                    raise RuntimeError(f"{receiver!r} is a coroutine function: use send_async().")
                call = _async_wrapper(receiver)
            results.append((receiver, call(sender, **kwargs)))
        return results


_signals = Namespace()


def _signal(name: str) -> NamedSignal:
    signal = _signals[name] = _AppSignal(name)
    return signal


template_rendered = _signal("template-rendered")
before_render_template = _signal("before-render-template")
request_started = _signal("request-started")
request_finished = _signal("request-finished")
request_tearing_down = _signal("request-tearing-down")
got_request_exception = _signal("got-request-exception")
appcontext_tearing_down = _signal("appcontext-tearing-down")
appcontext_pushed = _signal("appcontext-pushed")
appcontext_popped = _signal("appcontext-popped")
message_flashed = _signal("message-flashed")


if not TYPE_CHECKING:
    __getattr__ = former_names_of(__name__)
