"""The collecting part of a sync, against a served tenant: no build, no publishing, no waiting."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from flows import steps
from flows.collecting import Collecting, What
from flows.crew import Crew
from pipelines import settings
from pipelines.entra.collection import Collection
from pipelines.entra.collections import COLLECTIONS, named
from pipelines.entra.outcomes import Outcome
from pipelines.errors import IdentityError, Unreachable, WarehouseError
from pipelines.graph.client import GraphClient
from pipelines.graph.retry import Policy
from pipelines.settings import Home, Tenant
from pipelines.warehouse.database import Row, fetch, opened
from pipelines.warehouse.load import Loader
from simulator import Server

ATTEMPTS = 5


def small(collection: Collection | str, rows: int = 2) -> Collection:
    """Return the collection read in pages of so few rows, so that a listing has several."""
    chosen = named(collection) if isinstance(collection, str) else collection
    if "$top" not in chosen.params:
        return chosen
    return replace(chosen, params={**chosen.params, "$top": str(rows)})


SMALL = tuple(small(collection) for collection in COLLECTIONS)


@dataclass(frozen=True)
class Watching(steps.Unwatched):
    """Tells of each commit.

    Attributes:
        commit: is called with the outcome.
    """

    commit: Callable[[Outcome], object]

    def committed(self, outcome: Outcome) -> None:
        """Tell."""
        self.commit(outcome)


@dataclass(frozen=True)
class Job:
    """Reads collections of a tenant into a warehouse.

    Attributes:
        tenant: how to reach it.
        home: where the warehouse is.
        policy: how patient the client is.
        waits: the seconds that it would have slept.
        clock: the time of the tenant.
        watch: is called after each commit, with the open warehouse and the outcome so far.
    """

    tenant: Tenant
    home: Home
    policy: Policy = field(default_factory=lambda: Policy(attempts=ATTEMPTS))
    waits: list[float] = field(default_factory=list)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    watch: Callable[[Loader, Outcome], object] = lambda *_: None

    @classmethod
    def on(cls, server: Server, home: Home, **more: Any) -> Job:
        """Return a job on a served tenant."""
        return cls(settings.tenant(server.settings), home, clock=server.tenant.clock.now, **more)

    def run(self, *collections: Collection, **more: Any) -> dict[str, Outcome]:
        """Read the collections as `flows.steps.sync` does, and return their outcomes by name.

        Args:
            *collections: which.
            **more: of `flows.collecting.What`, for example `run_id`, `now` or `span`.
        """
        what = What(**{"run_id": str(uuid.uuid4()), "collections": collections, "now": self.now(), **more})
        with Loader.on(self.home) as loader:
            crew = Crew(loader.load)
            client = GraphClient(self.tenant, self.policy, self.waits.append)
            watcher = Watching(partial(self.watch, loader))
            job = Collecting(self.tenant, client, what, loader, crew, steps.plainly, watcher)
            (collected,) = crew.work([job.collect])
        if isinstance(collected.fault, (Unreachable, IdentityError, WarehouseError)):
            raise collected.fault
        return {outcome.collection.name: outcome for outcome in collected.outcomes}

    def now(self) -> datetime:
        """Return the time that a run goes by."""
        return self.clock().replace(microsecond=0)

    def query(self, sql: str) -> list[Row]:
        """Return what a query of the warehouse gives."""
        with opened(self.home.warehouse, read_only=True) as connection:
            return fetch(connection, sql)
