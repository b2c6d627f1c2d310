"""Which events does an application announce? Ten Blinker signals; the sender is the app.

They are sent from ``ctx``, ``lifecycle``, ``templating`` and ``helpers``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from blinker import Namespace

from flask.lazy import former_names_of

_signals = Namespace()

template_rendered = _signals.signal("template-rendered")
before_render_template = _signals.signal("before-render-template")
request_started = _signals.signal("request-started")
request_finished = _signals.signal("request-finished")
request_tearing_down = _signals.signal("request-tearing-down")
got_request_exception = _signals.signal("got-request-exception")
appcontext_tearing_down = _signals.signal("appcontext-tearing-down")
appcontext_pushed = _signals.signal("appcontext-pushed")
appcontext_popped = _signals.signal("appcontext-popped")
message_flashed = _signals.signal("message-flashed")


if not TYPE_CHECKING:
    __getattr__ = former_names_of(__name__)
