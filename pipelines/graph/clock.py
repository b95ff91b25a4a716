"""The time that quotas and waits are measured by, and the one place where a client waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from pipelines.errors import Halted


def moment(date: str) -> datetime | None:
    """Return the time that an HTTP date names, or None where it is none."""
    try:
        found = parsedate_to_datetime(date)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Clock:
    """Seconds that only go forward. Threads may share it.

    Args:
        sleep: waits so many seconds in place of the clock's own way. One that returns early is taken at its word, and the
            clock moves on by what was missing: a test waits an hour in no time.
        speed: seconds of this clock in one real second, for a simulated tenant whose time runs faster.
    """

    def __init__(self, sleep: Callable[[float], None] | None = None, speed: float = 1.0):
        self._sleep = sleep
        self._speed = speed
        self._skipped = 0.0
        self._halted = threading.Event()
        self._lock = threading.Lock()

    def now(self) -> float:
        """Return the seconds since some moment."""
        return time.monotonic() * self._speed + self._skipped

    def wait(self, seconds: float) -> None:
        """Wait.

        Raises:
            Halted: the clock was halted, before or meanwhile.
        """
        self.check()
        if self._sleep is None:
            self._halted.wait(seconds / self._speed)
        else:
            self._take_at_its_word(self._sleep, seconds)
        self.check()

    def halt(self) -> None:
        """End every wait now, and let none begin."""
        self._halted.set()

    def check(self) -> None:
        """Go on.

        Raises:
            Halted: the clock was halted.
        """
        if self._halted.is_set():
            raise Halted("The run was stopped before Graph had answered everything; start it again to go on.")

    def _take_at_its_word(self, sleep: Callable[[float], None], seconds: float) -> None:
        before = self.now()
        sleep(seconds)
        with self._lock:
            self._skipped += max(0.0, before + seconds - self.now())
