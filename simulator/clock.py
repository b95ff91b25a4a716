"""The time of the simulated tenant: real, fixed, or faster than real."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Tells the tenant's time; throttling windows and token lives follow it too.

    Args:
        start: What the clock shows at first; the real time when omitted. Must carry a time zone.
        speed: Seconds that pass on this clock for each real second. 0 stops it: only `advance` moves it.
    """

    def __init__(self, start: datetime | None = None, speed: float = 1.0) -> None:
        if start is not None and start.tzinfo is None:
            raise ValueError(f"a clock starts at a time with a zone, {start.isoformat()} has none")
        self._start = (start or datetime.now(UTC)).astimezone(UTC)
        self._speed = speed
        self._began = time.monotonic()
        self._skipped = timedelta()
        self._lock = threading.Lock()

    @classmethod
    def fixed(cls, at: datetime) -> Clock:
        """A clock that stands still at `at` until it is advanced."""
        return cls(at, speed=0.0)

    def now(self) -> datetime:
        """The present time in UTC."""
        passed = (time.monotonic() - self._began) * self._speed
        with self._lock:
            return self._start + self._skipped + timedelta(seconds=passed)

    def advance(self, by: timedelta) -> None:
        """Move the clock forward at once."""
        with self._lock:
            self._skipped += by
