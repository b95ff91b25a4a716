"""The Prefect flows that collect: the steps as tasks, artifacts a person reads, and an end state that says what is missing."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal, cast
from uuid import UUID

import httpx
from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact, create_progress_artifact, update_progress_artifact
from prefect.client.schemas.objects import State
from prefect.events import emit_event
from prefect.states import Completed, Failed
from pydantic import Field

from flows import blocks, steps, telling
from flows.collecting import SCOPES, What, backfill
from flows.journal import Journal
from flows.tasks import DEGRADED, as_task
from pipelines import settings
from pipelines.errors import ConsentryError, SettingsError
from pipelines.settings import Home
from pipelines.warehouse import differences
from pipelines.warehouse.differences import RAISED, Difference
from pipelines.warehouse.marts import Marts

OUTCOMES: Final = "sync-outcomes"
CHANGES: Final = "changes"
FRESHNESS: Final = "freshness"
PROGRESS: Final = "progress"
"""The keys of the artifacts; every run adds a version of each."""

RISK_RAISED: Final = "consentry.app.risk-raised"
"""The event of an app that is dangerous now and was not, or was not there."""

MOST_TOLD: Final = 20
"""Events of one run: rules that are weighed anew may raise hundreds of apps at once, and each may wake somebody."""

PATIENCE: Final = timedelta(minutes=30)
"""How long a run waits for a `consentry sync` that a person started; runs of the schedule queue before they start."""

_TIME: Final = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?Z?)?"
TIME: Final = rf"^{_TIME}$"
TIME_OR_NOW: Final = rf"^(now|{_TIME})$"
NOW: Final = "now"

Start = Annotated[
    str,
    Field(
        pattern=TIME,
        description="Since when the logs are read again: a day or time in UTC, for example 2026-11-01 or 2026-11-01T08:30.",
    ),
]
End = Annotated[str, Field(pattern=TIME_OR_NOW, description="Until when: a day or time in UTC, or `now`.")]


@flow(name="sync", flow_run_name="sync-{scope}", validate_parameters=True, persist_result=False)
def sync(scope: Literal["all", "directory", "logs"] = "all", reconcile: bool = False) -> State[Any]:
    """Bring the warehouse up to date and publish it.

    HTTP is repeated by `pipelines.graph` alone; a run that failed says why and changes nothing that readers see.

    Args:
        scope: `directory` (people, apps, grants), `logs` (sign-ins and audits) or `all`.
        reconcile: read the directory whole and compare it, whatever its changes say.

    Returns:
        `Completed`, named `Degraded` where something optional could not be collected, or `Failed` with the reason.
    """
    return _ended(scope, reconcile=reconcile)


@flow(name="backfill", flow_run_name="backfill-{read_from}-{read_to}", validate_parameters=False, persist_result=False)
def backfill_logs(read_from: Start, read_to: End = NOW) -> State[Any]:
    """Read the sign-ins and audits of a time again, build and publish.

    The server refuses parameters that do not match their patterns before there is a run; here they are looked at once more,
    for who starts it in another way.

    Args:
        read_from: since when.
        read_to: until when.
    """
    return _ended("logs", (read_from, read_to))


def _ended(scope: str, span: tuple[str, str] | None = None, *, reconcile: bool = False) -> State[Any]:
    """Carry a run out and return the state that it ends in."""
    try:
        return _synced(_plan(scope, span, reconcile=reconcile))
    except ConsentryError as fault:
        return Failed(message=str(fault))


def _plan(scope: str, span: tuple[str, str] | None, *, reconcile: bool) -> steps.Plan:
    env = settings.environment()
    again = backfill(*map(moment, ("read_from", "read_to"), span)) if span else None
    what = What(str(uuid.uuid4()), SCOPES[scope], settings.reread(env), again, reconcile)
    return steps.Plan(settings.tenants(env, blocks.opened), settings.home(env, blocks.opened), what, PATIENCE)


def moment(name: str, text: str) -> datetime | None:
    """Return the moment that a parameter names, None for now.

    Raises:
        SettingsError: it names none.
    """
    if name == "read_to" and text == NOW:
        return None
    try:
        if re.fullmatch(_TIME, str(text)):
            return datetime.fromisoformat(text)
    except ValueError:  # for example the 31st of February
        pass
    raise SettingsError(
        f"The parameter {name} is {str(text)[:40]!r}, which is no day or time; write it in UTC like 2026-11-01 or 2026-11-01T08:30."
    )


def _synced(plan: steps.Plan) -> State[Any]:
    names = {tenant.tenant_id: tenant.name for tenant in plan.tenants}
    chosen = plan.what.chosen()
    wanted = len(names) * sum(1 + len(plan.what.companions(collection)) for collection in chosen)
    progress = cast("UUID", create_progress_artifact(0.0, PROGRESS, "How far the run is"))
    journal = Journal(wanted, lambda percent: _tell(progress, percent))
    seen = differences.seen(plan.home)
    try:
        report = steps.sync(plan, run=as_task, watcher=journal)
    finally:
        if journal.outcomes:
            table = telling.outcomes(list(journal.outcomes.values()), names)
            _store(table, OUTCOMES, "What was collected, and what was not and why")
    _tell(progress, 100.0)
    _explain(differences.since(seen, plan.home), plan.home, names)
    if report.missing:
        missing = ", ".join(report.missing)
        return Completed(name=DEGRADED, message=f"Published {report.published.file} without {missing}.")
    return Completed(message=f"Published {report.published.file}.")


def _tell(progress: UUID, percent: float) -> None:
    """Say how far the run is. A server that cannot be told, because it is just started anew, ends no run."""
    try:
        update_progress_artifact(progress, progress=round(percent, 1))
    except httpx.HTTPError as fault:
        get_run_logger().warning("The progress, %.0f %%, could not be told to the server: %s", percent, fault)


def _explain(found: Sequence[Difference] | None, home: Home, names: Mapping[str, str]) -> None:
    """Let others know of apps that became dangerous, and store the artifacts of what is published."""
    _raise([one for one in found or () if one.kind == RAISED], names)
    _store(telling.changes(found, names), CHANGES, "What changed since the last run that told it")
    differences.note(home)
    with Marts.open(home.published) as marts:
        fresh = telling.freshness(marts["coverage"], names)
    _store(fresh, FRESHNESS, "From when to when each collection is known, and how old that is")


def _store(text: str, key: str, description: str) -> None:
    """Store an artifact. A server that does not take it makes no run fail: what is published stays published."""
    try:
        create_markdown_artifact(text, key, description)
    except httpx.HTTPError as fault:
        get_run_logger().warning("The artifact %s could not be stored: %s", key, fault)


def _raise(raised: Sequence[Difference], names: Mapping[str, str]) -> None:
    left = max(0, len(raised) - MOST_TOLD)
    for number, one in enumerate(raised[:MOST_TOLD], start=1):
        emit_event(
            RISK_RAISED,
            resource={
                "prefect.resource.id": f"consentry.app.{one.tenant_id}.{one.app_id}",
                "prefect.resource.name": one.app_name,
                "consentry.tenant.name": names.get(one.tenant_id, one.tenant_id),
            },
            payload={
                "risk_band": one.risk_band,
                "risk_score": one.risk_score,
                "why": one.what,
                "others": left if number == MOST_TOLD else 0,
            },
        )
