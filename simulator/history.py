"""The order of a directory's changes, and which of them have reached the servers that answer delta queries."""

from __future__ import annotations

from collections import deque
from datetime import timedelta

from simulator.clock import Clock
from simulator.instants import ticks_of


class History:
    """Numbers the changes of a directory from 1.

    Args:
        clock: The tenant's.

    Attributes:
        delay: How long changes made from now on take to show up in delta queries.
    """

    def __init__(self, clock: Clock) -> None:
        self.delay = timedelta()
        self._clock = clock
        self._last = 0
        # Changes under way: number and the tick of arrival.
        self._travelling: deque[tuple[int, int]] = deque()

    def next(self) -> int:
        """The number of a change that is made now."""
        self._last += 1
        if self.delay:
            self._travelling.append((self._last, ticks_of(self._clock.now() + self.delay)))
        return self._last

    def arrived(self) -> int:
        """The number up to which all changes can be seen by delta queries."""
        now = ticks_of(self._clock.now())
        while self._travelling and self._travelling[0][1] <= now:
            self._travelling.popleft()
        return self._travelling[0][0] - 1 if self._travelling else self._last
