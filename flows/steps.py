"""What a sync does, in order: extract and load each collection, build, publish.

One function orders the steps, whoever runs it: a person through `consentry sync`, or Prefect through `flows.sync`.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Protocol, TypeVar

from dlt.common.runtime.collector import NullCollector
from dlt.common.runtime.collector_base import Collector

from pipelines.entra.collections import COLLECTIONS, Collection
from pipelines.entra.outcomes import Outcome
from pipelines.entra.source import Extraction
from pipelines.errors import CollectionFailed, GraphError, SettingsError, Unreachable
from pipelines.graph.client import GraphClient
from pipelines.settings import Home, Tenant
from pipelines.warehouse.build import Built, build
from pipelines.warehouse.load import Loader
from pipelines.warehouse.lock import writing
from pipelines.warehouse.publish import Published, publish

Result = TypeVar("Result")

SCOPES: Final = {
    "all": COLLECTIONS,
    "directory": tuple(c for c in COLLECTIONS if c.shape != "window"),
    "logs": tuple(c for c in COLLECTIONS if c.shape == "window"),
}
"""What a run may be limited to."""


Runner = Callable[..., Any]
"""Carries a step out, plainly or as a Prefect task: called with the step's name, the step and its arguments."""


def plainly(_: str, step: Callable[..., Result], *arguments: Any) -> Result:
    """Call the step."""
    return step(*arguments)


class Watcher(Protocol):
    """Is told how a run goes on."""

    def started(self, outcome: Outcome) -> None:
        """A collection is being read; the outcome is filled meanwhile."""

    def finished(self, outcome: Outcome) -> None:
        """A collection was read, or could not be."""

    def building(self, node: str) -> None:
        """A seed, model or data test ended."""


class Unwatched:
    """A watcher that does nothing."""

    def started(self, outcome: Outcome) -> None:
        """Do nothing."""

    def finished(self, outcome: Outcome) -> None:
        """Do nothing."""

    def building(self, node: str) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class Plan:
    """What to sync.

    Attributes:
        tenant: from where.
        home: to where.
        scope: a key of SCOPES.
        overlap: how much of the logs is read again for rows that land late.
        patience: how long to wait for another writer to end.
        run_id: names the run in `raw.sync_outcomes`.
    """

    tenant: Tenant
    home: Home
    scope: str = "all"
    overlap: timedelta = timedelta(minutes=60)
    patience: timedelta = timedelta(0)
    run_id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True)
class Report:
    """What a sync did.

    Attributes:
        outcomes: one for each collection.
        built: the models and tests.
        published: the file that readers open.
    """

    outcomes: Sequence[Outcome]
    built: Built
    published: Published

    @property
    def missing(self) -> list[str]:
        """The optional collections that could not be read whole; with any, the run is degraded."""
        return [outcome.collection.name for outcome in self.outcomes if not outcome.is_complete]


def sync(
    plan: Plan, run: Runner = plainly, watcher: Watcher | None = None, progress: Collector | None = None
) -> Report:
    """Read what Graph has, build the models, test them and publish the marts.

    Args:
        plan: what to sync.
        run: carries each step out.
        watcher: told how it goes on.
        progress: dlt's collector of counts.

    Raises:
        ConsentryError: it could not be done; what was loaded stays, and nothing was published.
    """
    watching = watcher or Unwatched()
    loader = Loader(plan.home, plan.tenant.tenant_id, progress or NullCollector())
    with GraphClient(plan.tenant) as client, writing(plan.home.warehouse, "consentry sync", plan.patience):
        run("prepare", _prepare, loader, client)
        outcomes = [run(f"collect {c.name}", collect, plan, c, loader, client, watching) for c in SCOPES[plan.scope]]
        _insist(outcomes)
        built = run("build", build, plan.home, watching.building)
        return Report(outcomes, built, run("publish", publish, plan.home, plan.run_id))


def _prepare(loader: Loader, client: GraphClient) -> None:
    _refuse_mixing(loader.home, loader.tenant_id)
    client.sign_in()
    loader.prepare()


def _refuse_mixing(home: Home, tenant_id: str) -> None:
    """Keep the demo's made-up tenant and a real one in folders of their own."""
    identity = home.simulator / "tenant.json"
    if (
        home.warehouse.exists()
        and identity.exists()
        and json.loads(identity.read_text(encoding="utf-8"))["tenant_id"] != tenant_id
    ):
        raise SettingsError(
            f"The folder {home.path} holds the made-up tenant of `consentry demo`. Set CONSENTRY_HOME to another folder for yours, or delete {home.path}."
        )


def collect(plan: Plan, collection: Collection, loader: Loader, client: GraphClient, watcher: Watcher) -> Outcome:
    """Read one collection into its raw table and return what became of it.

    A fault of Graph's becomes the outcome, so that the others are still read.

    Raises:
        Unreachable: nobody answers any more; the others would find the same.
        IdentityError: Entra gave no token.
        WarehouseError: the warehouse could not be written.
    """
    outcome = Outcome(plan.tenant.tenant_id, plan.run_id, collection)
    watcher.started(outcome)
    parents = loader.ids(collection.parent) if collection.parent else ()
    try:
        loader.load(Extraction(client, outcome, loader.spool, plan.overlap, parents))
    except GraphError as fault:
        loader.record(outcome)  # which noted the fault as it was read
        if isinstance(fault, Unreachable):
            raise
    watcher.finished(outcome)
    return outcome


def _insist(outcomes: Sequence[Outcome]) -> None:
    failed = [outcome for outcome in outcomes if outcome.has_failed]
    if failed:
        lines = "\n".join(f"  {outcome.collection.name}: {_why(outcome)}" for outcome in failed)
        raise CollectionFailed(
            f"{len(failed)} of {len(outcomes)} collections could not be read:\n{lines}\n"
            "The others were loaded, and nothing was published. Run `consentry sync` again to go on."
        )


def _why(outcome: Outcome) -> str:
    lacking = f" It needs {outcome.missing}." if outcome.missing else ""
    return f"{outcome.error}{lacking}"
