"""What a sync does, in order: extract and load the collections of each tenant, build, publish.

One function orders the steps, whoever runs it: a person through `consentry sync`, or Prefect through `flows.sync`.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, Final, TypeVar

from flows.collecting import Collected, Collecting, Runner, Watcher, What
from flows.crew import Crew
from pipelines.entra.outcomes import Outcome
from pipelines.errors import CollectionFailed, ConsentryError, SettingsError
from pipelines.graph.client import GraphClient
from pipelines.graph.clock import Clock
from pipelines.graph.governor import AppLimits, Governor
from pipelines.settings import Home, Tenant
from pipelines.warehouse import erase, pseudonym_key, retention
from pipelines.warehouse.build import Built, build
from pipelines.warehouse.export import export
from pipelines.warehouse.load import Loader
from pipelines.warehouse.lock import writing
from pipelines.warehouse.publish import Published, publish

Result = TypeVar("Result")

TENANTS_AT_ONCE: Final = 4
"""Tenants have quotas of their own; what is read of them waits in memory."""


def plainly(_: str, step: Callable[..., Result], *arguments: Any) -> Result:
    """Call the step."""
    return step(*arguments)


class Unwatched:
    """A watcher that does nothing."""

    def started(self, outcome: Outcome) -> None:
        """Do nothing."""

    def committed(self, outcome: Outcome) -> None:
        """Do nothing."""

    def finished(self, outcome: Outcome) -> None:
        """Do nothing."""

    def building(self, node: str) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class Plan:
    """What to sync.

    Attributes:
        tenants: from where.
        home: to where.
        what: what of each.
        patience: how long to wait for another writer to end.
    """

    tenants: Sequence[Tenant]
    home: Home
    what: What = field(default_factory=lambda: What(str(uuid.uuid4())))
    patience: timedelta = timedelta(0)


@dataclass(frozen=True)
class Report:
    """What a sync did.

    Attributes:
        collected: of each tenant.
        built: the models and tests.
        published: the file that readers open.
        not_exported: why Parquet could not be written where the settings name a folder for it, or "".
    """

    collected: Sequence[Collected]
    built: Built
    published: Published
    not_exported: str = ""

    @property
    def missing(self) -> list[str]:
        """The tenants that failed, the collections that could not be read whole, and an export; with any, the run is degraded."""
        return missing(self.collected) + ([f"the export ({self.not_exported})"] if self.not_exported else [])


def sync(plan: Plan, run: Runner = plainly, watcher: Watcher | None = None) -> Report:
    """Read what Graph has, build the models, test them and publish the marts.

    Args:
        plan: what to sync.
        run: carries each step out; the steps of several tenants' collections are named with the tenant.
        watcher: told how it goes on.

    Raises:
        ConsentryError: it could not be done; what was loaded stays, and nothing was published. Of several tenants, one
            that fails does not stop the others.
    """
    watching = watcher or Unwatched()
    _refuse_mixing(plan)
    retention.insist(plan.home)
    with writing(plan.home.warehouse, "consentry sync", plan.patience):
        erase.resume(plan.home)  # one that was interrupted
        with Loader.on(plan.home) as loader:
            pseudonym_key.insist(loader.connection, plan.home)
            collected = collect(plan, loader, run, watching)
        _insist(collected)
        built = run("build", build, plan.home, watching.building)
        published = run("publish", publish, plan.home, plan.what.run_id)
        return Report(collected, built, published, deliver(plan.home, run))


def deliver(home: Home, run: Runner = plainly) -> str:
    """Write the published marts as Parquet, where the settings name a folder for it.

    Args:
        home: with the published file.
        run: carries the step out.

    Returns:
        Why it could not be done, for what was published stays published; "" where it was, or was not asked for.
    """
    try:
        if home.publish_to:
            run("export", export, home, home.publish_to)
    except ConsentryError as fault:
        return str(fault)
    return ""


def collect(
    plan: Plan, loader: Loader, run: Runner, watcher: Watcher, clients: Sequence[GraphClient] | None = None
) -> list[Collected]:
    """Read the tenants, a few at a time, and return what was got of each.

    Args:
        plan: what to read.
        loader: loads it.
        run: carries each step out.
        watcher: told how it goes on.
        clients: of the tenants, in their order; made of their settings where it is None.
    """
    crew = Crew(loader.load)
    room = threading.Semaphore(TENANTS_AT_ONCE)
    asking = clients_of(plan.tenants) if clients is None else clients

    def job(tenant: Tenant, client: GraphClient) -> Collected:
        runner = run if len(plan.tenants) == 1 else partial(_of, tenant, run)
        with room:
            return Collecting(tenant, client, plan.what, loader, crew, runner, watcher).collect()

    try:
        return crew.work([partial(job, *one) for one in zip(plan.tenants, asking, strict=True)])
    finally:  # also of a run that is interrupted
        for client in asking:
            client.halt()
        crew.dismiss()


def clients_of(tenants: Sequence[Tenant], clock: Callable[[], Clock] = Clock) -> list[GraphClient]:
    """Return a client for each tenant, with quotas of its own; above those of one app are the app's.

    Args:
        tenants: whose.
        clock: makes what each waits by.
    """
    apps: defaultdict[str, AppLimits] = defaultdict(AppLimits)
    return [GraphClient(tenant, governor=Governor(tenant, apps[tenant.client_id], clock())) for tenant in tenants]


def _of(tenant: Tenant, run: Runner, name: str, step: Callable[..., Result], *arguments: Any) -> Any:
    """Carry a step out whose name says whose it is."""
    return run(f"{name} of {tenant.name}", step, *arguments)


def _refuse_mixing(plan: Plan) -> None:
    """Keep the demo's made-up tenant and real ones in folders of their own."""
    identity = plan.home.simulator / "tenant.json"
    if not (plan.home.warehouse.exists() and identity.exists()):
        return
    made_up = json.loads(identity.read_text(encoding="utf-8"))["tenant_id"]
    if any(tenant.tenant_id != made_up for tenant in plan.tenants):
        raise SettingsError(
            f"The folder {plan.home.path} holds the made-up tenant of `consentry demo`. Set CONSENTRY_HOME to another folder for yours, or delete {plan.home.path}."
        )


def _insist(collected: Sequence[Collected]) -> None:
    """Go on with what suffices.

    Raises:
        ConsentryError: no tenant's does; of a single one, its own failure.
    """
    faults = [one.fault for one in collected if one.fault]
    if len(faults) < len(collected):
        return
    if len(faults) == 1 and not isinstance(faults[0], CollectionFailed):
        raise faults[0]
    told = [f"{one.tenant.name}: {one.fault}" for one in collected] if len(faults) > 1 else [str(faults[0])]
    raise CollectionFailed("\n".join([*told, "Nothing was published."]))


def missing(collected: Sequence[Collected]) -> list[str]:
    """Return what a run lacks: tenants that failed, each with its reason, and collections of the others."""
    several = len(collected) > 1
    return [name for one in collected for name in _missing(one, several=several)]


def _missing(one: Collected, *, several: bool) -> list[str]:
    lacking = [outcome.collection.name for outcome in one.outcomes if not outcome.is_complete]
    if not several:
        return lacking
    if one.fault:
        return [f"{one.tenant.name} ({' '.join(str(one.fault).split())})"]
    return [f"{name} of {one.tenant.name}" for name in lacking]
