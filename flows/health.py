"""How a Prefect server of ours does: its worker, its deployments and their last runs, and what is published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import yaml
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateName,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import TERMINAL_STATES, FlowRun, StateType
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule
from prefect.client.schemas.sorting import FlowRunSort

from flows.local import DEPLOYMENTS, POOL, Local
from flows.speaking import speaking
from pipelines.errors import NothingPublished
from pipelines.settings import Home
from pipelines.warehouse.database import fetch, published
from pipelines.wording import duration

STALE: Final = timedelta(hours=3)
"""How old the published file may be: it is made every hour."""

JUDGED: Final = timedelta(days=1)
"""How long a failure counts of what runs only when asked for: no later run makes up for it."""

LATE: Final = "Late"
DEGRADED: Final = "Degraded"
BEGUN: Final = [state for state in StateType if state not in {StateType.SCHEDULED, StateType.PENDING}]
ENDED: Final = [state for state in StateType if state in TERMINAL_STATES]


@dataclass(frozen=True)
class Worker:
    """A worker of the pool.

    Attributes:
        name: what it is called.
        is_online: whether its last sign of life is as young as it should be.
        seen_at: when that was, UTC.
    """

    name: str
    is_online: bool
    seen_at: datetime | None


@dataclass(frozen=True)
class Deployed:
    """A deployment.

    Attributes:
        name: `flow/deployment`.
        schedules: cron lines, in UTC; none where it runs only when asked for.
        is_paused: whether nothing of it runs.
        last: the last run that began, or None.
        ended: the last run that ended, or None.
        next_at: when the next one is due, UTC.
        late: how many of its runs are.
        resting: cron lines that prefect.yaml has and that start nothing on the server.
    """

    name: str
    schedules: tuple[str, ...]
    is_paused: bool
    last: FlowRun | None
    ended: FlowRun | None
    next_at: datetime | None
    late: int
    resting: tuple[str, ...] = ()

    def counts(self, now: datetime) -> bool:
        """Return whether the end of its last run still says how it does."""
        at = (self.ended.end_time or self.ended.expected_start_time) if self.ended else None
        return bool(self.schedules) or at is None or now - at < JUDGED


@dataclass(frozen=True)
class Health:
    """What was found.

    Attributes:
        address: of the server.
        version: of Prefect there; None where nobody answers.
        workers: of the pool.
        deployed: the deployments, by name.
        gone: the names of those that prefect.yaml has and the server has not.
        published_at: when the file that readers open was made, UTC; None where there is none.
        run_id: of the run that made it.
        now: when one looked, UTC.
    """

    address: str
    version: str | None = None
    workers: tuple[Worker, ...] = ()
    deployed: tuple[Deployed, ...] = ()
    gone: tuple[str, ...] = ()
    published_at: datetime | None = None
    run_id: str | None = None
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def failures(self) -> list[str]:
        """Why nothing runs; each a sentence."""
        if self.version is None:
            return [f"No Prefect server answers at {self.address}; run `consentry up`."]
        if not any(worker.is_online for worker in self.workers):
            return ["No worker gives a sign of life, so nothing runs; end `consentry up` and run it again."]
        return []

    @property
    def complaints(self) -> list[str]:
        """What is not as it should be; each a sentence."""
        return [*self._about_schedules(), *self._about_runs(), *self._about_file()]

    def _about_schedules(self) -> Iterator[str]:
        for name in self.gone:
            yield f"The deployment {name} is not on the server, so nothing of it runs; `consentry up` brings it there."
        for one in self.deployed:
            if one.is_paused:
                yield f"{one.name} is paused, so nothing of it runs."
            elif one.resting:
                yield f"{one.name}: the schedule {', '.join(one.resting)} of prefect.yaml is not active, so nothing begins by it."

    def _about_runs(self) -> Iterator[str]:
        for one in self.deployed:
            if one.late:
                yield f"{one.name}: {one.late} run{'s' * (one.late > 1)} should have begun; they wait for the run before them, or for a worker."
            state = one.ended.state if one.ended and one.counts(self.now) else None
            if state is not None and (state.is_failed() or state.is_crashed() or state.name == DEGRADED):
                first = (state.message or "").partition("\n")[0]
                yield f"{one.name}: the last run ended {state.name}. {first}".rstrip()

    def _about_file(self) -> Iterator[str]:
        if self.published_at is None:
            yield "Nothing is published yet."
        elif (age := self.now - self.published_at) > STALE:
            yield f"The published file is {duration(age.total_seconds())} old."


def look(local: Local) -> Health:
    """Return how a server and what belongs to it do.

    Args:
        local: where it is.

    Raises:
        WarehouseError: the published file cannot be opened.
        ConsentryError: the server is there and does not answer as it should.
    """
    made_at, run_id = _published(local.home)
    found: dict[str, Any] = {"published_at": made_at, "run_id": run_id}
    with speaking(local) as client:
        if client.api_healthcheck() is not None:
            return Health(local.address, **found)
        workers = tuple(
            Worker(one.name, one.status.value == "ONLINE", one.last_heartbeat_time)
            for one in client.read_workers_for_work_pool(POOL)
        )
        deployed = _deployed(client)
        return Health(local.address, client.api_version(), workers, deployed, gone(deployed), **found)


def _published(home: Home) -> tuple[datetime | None, str | None]:
    try:
        with published(home.published) as connection:
            ((at, run_id),) = fetch(connection, "select published_at, run_id from main.published")
    except NothingPublished:
        return None, None
    return at.astimezone(UTC), run_id


def _deployed(client: SyncPrefectClient) -> tuple[Deployed, ...]:
    flows: Mapping[UUID, str] = {flow.id: flow.name for flow in client.read_flows()}
    found = [_one(client, f"{flows[one.flow_id]}/{one.name}", one) for one in client.read_deployments()]
    return tuple(sorted(found, key=lambda one: one.name))


def wanted() -> Mapping[str, list[str]]:
    """Return the deployments of prefect.yaml, with the cron lines that are active there."""
    held = yaml.safe_load(DEPLOYMENTS.read_text(encoding="utf-8"))["deployments"]
    return {one["name"]: [s["cron"] for s in one["schedules"] or () if s.get("active", True)] for one in held}


def gone(deployed: Sequence[Deployed]) -> tuple[str, ...]:
    """Return the names of the deployments of prefect.yaml that are not among these."""
    there = {one.name.rpartition("/")[2] for one in deployed}
    return tuple(name for name in wanted() if name not in there)


def _one(client: SyncPrefectClient, name: str, one: DeploymentResponse) -> Deployed:
    last, ended = (_newest(client, one, states) for states in (BEGUN, ENDED))
    waiting = client.read_flow_runs(
        deployment_filter=_of(one),
        flow_run_filter=_in([StateType.SCHEDULED]),
        sort=FlowRunSort.EXPECTED_START_TIME_ASC,
        limit=1,
    )
    late = FlowRunFilter(state=FlowRunFilterState(name=FlowRunFilterStateName(any_=[LATE])))
    crons = [(held.schedule.cron, held.active) for held in one.schedules if isinstance(held.schedule, CronSchedule)]
    return Deployed(
        name,
        tuple(cron for cron, _ in crons),
        one.paused,
        last,
        ended,
        waiting[0].expected_start_time if waiting else None,
        len(client.read_flow_runs(deployment_filter=_of(one), flow_run_filter=late)),
        tuple(cron for cron in wanted().get(one.name, ()) if (cron, True) not in crons),
    )


def _newest(client: SyncPrefectClient, one: DeploymentResponse, states: list[StateType]) -> FlowRun | None:
    found = client.read_flow_runs(
        deployment_filter=_of(one), flow_run_filter=_in(states), sort=FlowRunSort.EXPECTED_START_TIME_DESC, limit=1
    )
    return found[0] if found else None


def _of(one: DeploymentResponse) -> DeploymentFilter:
    return DeploymentFilter(id=DeploymentFilterId(any_=[one.id]))


def _in(states: list[StateType]) -> FlowRunFilter:
    return FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=states)))
