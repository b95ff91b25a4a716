"""A watcher that keeps a run's outcomes, and tells Prefect how far the run is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from flows import steps
from pipelines.entra.outcomes import Outcome
from pipelines.warehouse.build import PROJECT

MODELS: Final = frozenset(path.stem for path in (PROJECT / "models").rglob("*.sql"))

READING: Final = 0.75
"""The share of a run that is reading; the rest is building and publishing."""

PAUSE_SECONDS: Final = 3.0
"""How often the progress is told at most."""


class Journal(steps.Unwatched):
    """Keeps the outcomes, also those of a run that fails. Several threads may tell it.

    Args:
        wanted: how many collections will be read, of all tenants together.
        tell: is called with the per cent of the run that are done.
        clock: monotonic seconds.

    Attributes:
        outcomes: by tenant and collection, in the order they were begun in.
    """

    def __init__(self, wanted: int, tell: Callable[[float], None], clock: Callable[[], float] = time.monotonic):
        self.outcomes: dict[tuple[str, str], Outcome] = {}
        self._wanted = wanted
        self._tell = tell
        self._clock = clock
        self._built: set[str] = set()
        self._told = clock() - PAUSE_SECONDS
        self._lock = threading.Lock()

    @property
    def percent(self) -> float:
        """How much of the run is done, as far as one can tell."""
        read = sum(map(_done, list(self.outcomes.values()))) / self._wanted
        return 100 * (READING * min(1.0, read) + (1 - READING) * len(self._built) / len(MODELS))

    def started(self, outcome: Outcome) -> None:
        """Keep the outcome, which is filled meanwhile."""
        self.outcomes[outcome.tenant_id, outcome.collection.name] = outcome

    def committed(self, outcome: Outcome) -> None:
        """Tell how far it is."""
        self.started(outcome)
        self._go_on()

    def finished(self, outcome: Outcome) -> None:
        """Keep the outcome, also of a collection that arrived with another one."""
        self.started(outcome)
        self._go_on()

    def building(self, node: str) -> None:
        """Count the models."""
        self._built |= {node} & MODELS
        self._go_on()

    def _go_on(self) -> None:
        with self._lock:
            if self._clock() - self._told < PAUSE_SECONDS:
                return
            self._told = self._clock()
            self._tell(self.percent)


def _done(outcome: Outcome) -> float:
    """Return which share of a collection is read; of one of which nobody knows how much is left, nothing is."""
    if outcome.finished_at is not None:
        return 1.0
    left = outcome.seconds_left
    return outcome.elapsed / (outcome.elapsed + left) if left else 0.0
