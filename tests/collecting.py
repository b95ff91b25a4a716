"""The collecting part of a sync, against a served tenant: no build, no publishing, no waiting."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from typing import Any

from flows import steps
from pipelines import settings
from pipelines.entra.collections import COLLECTIONS, Collection, named
from pipelines.entra.outcomes import Outcome
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
class Job:
    """Reads collections of a tenant into a warehouse.

    Attributes:
        tenant: how to reach it.
        home: where the warehouse is.
        policy: how patient the client is.
        waits: the seconds that it would have slept.
    """

    tenant: Tenant
    home: Home
    policy: Policy = field(default_factory=lambda: Policy(attempts=ATTEMPTS))
    waits: list[float] = field(default_factory=list)

    @classmethod
    def on(cls, server: Server, home: Home, **more: Any) -> Job:
        """Return a job on a served tenant."""
        return cls(settings.tenant(server.settings), home, **more)

    def run(self, *collections: Collection, run_id: str = "") -> dict[str, Outcome]:
        """Read the collections as `flows.steps.sync` does, and return their outcomes by name."""
        plan = steps.Plan(self.tenant, self.home, run_id=run_id or str(uuid.uuid4()))
        self.home.path.mkdir(exist_ok=True)
        loader = Loader(self.home, self.tenant.tenant_id)
        loader.prepare()
        with GraphClient(self.tenant, self.policy, self.waits.append) as client:
            read = [steps.collect(plan, c, loader, client, steps.Unwatched()) for c in collections]
        return {outcome.collection.name: outcome for outcome in read}

    def query(self, sql: str) -> list[Row]:
        """Return what a query of the warehouse gives."""
        with opened(self.home.warehouse, read_only=True) as connection:
            return fetch(connection, sql)
