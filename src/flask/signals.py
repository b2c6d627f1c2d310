"""Which events does an application announce? Ten Blinker signals; the sender is the app.

They are sent from ``ctx``, ``lifecycle``, ``templating`` and ``helpers``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from blinker import NamedSignal, Namespace

from flask.coroutinefunctions import is_coroutine_function
from flask.lazy import former_names_of


class _AppSignal(NamedSignal):
    """A signal that sees quickly that an ordinary receiver is no coroutine function."""

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
        for receiver in self.receivers_for(sender):
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
