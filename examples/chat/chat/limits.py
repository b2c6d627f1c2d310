"""How much one person may send."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_REMEMBERED = 1000  # people; then those who are silent are forgotten


class RateLimit:
    """Allows so many messages of one person in so many seconds.

    Args:
        most: How many.
        seconds: In which time.
        clock: Returns seconds.
    """

    def __init__(
        self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._times: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def wait_for(self, who: str) -> float:
        """Count a message, if it is allowed now.

        Returns:
            0 if it is, else the seconds until the next one will be.
        """
        now = self._clock()
        with self._lock:
            if len(self._times) > MOST_REMEMBERED:
                self._forget_silent(now)
            times = self._times.setdefault(who, deque(maxlen=self._most))
            if len(times) == self._most and now - times[0] < self._seconds:
                return self._seconds - (now - times[0])
            times.append(now)
            return 0.0

    def _forget_silent(self, now: float) -> None:
        for who in [who for who, times in self._times.items() if now - times[-1] > self._seconds]:
            del self._times[who]
