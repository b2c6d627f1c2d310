"""What time is it in both processes? The same, chosen by the description, so nothing expires by chance.

``freeze`` has to run before anything that imports ``time`` or ``datetime`` by name.
"""

from __future__ import annotations

import datetime
import time
from typing import Any

START = 1_760_000_000
"""Seconds since 1970 at which each application begins."""


class Clock:
    now = float(START)


def freeze() -> None:
    """Replace the clocks of this process; there is no way back."""
    real_gmtime, real_localtime, real_datetime = time.gmtime, time.localtime, datetime.datetime
    time.time = lambda: Clock.now
    time.time_ns = lambda: int(Clock.now) * 10**9
    time.gmtime = lambda seconds=None: real_gmtime(Clock.now if seconds is None else seconds)
    time.localtime = lambda seconds=None: real_localtime(Clock.now if seconds is None else seconds)

    class AnyDatetime(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, real_datetime)

    class FrozenDatetime(real_datetime, metaclass=AnyDatetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return real_datetime.fromtimestamp(Clock.now, tz)

        @classmethod
        def utcnow(cls) -> Any:
            return real_datetime.fromtimestamp(Clock.now, datetime.UTC).replace(tzinfo=None)

    datetime.datetime = FrozenDatetime  # type: ignore[misc]
