"""The collecting part of a sync of several tenants or of lanes that must go side by side: no build, no publishing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from flows import steps
from flows.collecting import Collected, What
from pipelines import settings
from pipelines.entra.collection import Collection
from pipelines.entra.outcomes import Outcome
from pipelines.graph.client import GraphClient
from pipelines.settings import Home, Tenant
from pipelines.warehouse.load import Loader
from simulator import Server


class Seen(steps.Unwatched):
    """Keeps who was being read at once, and every outcome."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self.most = 0
        self._reading: dict[int, str] = {}
        self._lock = threading.Lock()

    def started(self, outcome: Outcome) -> None:
        """Count the tenants that are being read."""
        with self._lock:
            self._reading[id(outcome)] = outcome.tenant_id
            self.most = max(self.most, len(set(self._reading.values())))

    def finished(self, outcome: Outcome) -> None:
        """Keep the outcome, also of what came with another collection."""
        with self._lock:
            self._reading.pop(id(outcome), None)
            self.outcomes.append(outcome)


def tenant_of(server: Server, **more: str) -> Tenant:
    """Return the settings of a served tenant, with some of them replaced."""
    return replace(settings.tenant(server.settings), name=server.tenant.name, **more)


def read(
    tenants: Sequence[Tenant],
    home: Home,
    collections: Iterable[Collection],
    watcher: Seen | None = None,
    clients: Callable[[Sequence[Tenant]], list[GraphClient]] = steps.clients_of,
) -> list[Collected]:
    """Read these collections of the tenants into a warehouse, and return what was got of each."""
    plan = steps.Plan(tenants, home, What("run", list(collections)))
    with Loader.on(home) as loader:
        return steps.collect(plan, loader, steps.plainly, watcher or Seen(), clients(tenants))
