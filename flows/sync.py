"""The Prefect flow: the steps as tasks, an artifact a person reads, and an end state that says what is missing."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows import blocks, steps
from flows.collecting import SCOPES, What, backfill
from pipelines import settings
from pipelines.entra.outcomes import Outcome
from pipelines.errors import ConsentryError

ARTIFACT: Final = "sync-outcomes"
"""The key of the artifact; every run adds a version."""

DEGRADED: Final = "Degraded"
PATIENCE: Final = timedelta(minutes=30)
"""How long a run waits for a `consentry sync` that a person started; runs of the schedule queue before they start."""


@flow(name="sync", flow_run_name="sync-{scope}", validate_parameters=True, persist_result=False)
def sync(
    scope: Literal["all", "directory", "logs"] = "all",
    read_from: datetime | None = None,
    read_to: datetime | None = None,
) -> State[Any]:
    """Bring the warehouse up to date and publish it.

    HTTP is repeated by `pipelines.graph` alone; a run that failed says why and changes nothing that readers see.

    Args:
        scope: `directory` (people, apps, grants), `logs` (sign-ins and audits) or `all`.
        read_from: for a backfill, since when the logs are read again; nothing else is read then.
        read_to: until when; now where it is left out.

    Returns:
        `Completed`, named `Degraded` where something optional could not be collected, or `Failed` with the reason.
    """
    try:
        plan = _plan(scope, read_from, read_to)
    except ConsentryError as fault:
        return Failed(message=str(fault))
    journal = _Journal({tenant.tenant_id: tenant.name for tenant in plan.tenants})
    try:
        report = steps.sync(plan, run=_as_task, watcher=journal)
    except ConsentryError as fault:
        return Failed(message=str(fault))
    finally:
        journal.keep()
    if report.missing:
        missing = ", ".join(report.missing)
        return Completed(name=DEGRADED, message=f"Published {report.published.file} without {missing}.")
    return Completed(message=f"Published {report.published.file}.")


def _plan(scope: str, read_from: datetime | None, read_to: datetime | None) -> steps.Plan:
    env = settings.environment()
    what = What(str(uuid.uuid4()), SCOPES[scope], settings.reread(env), backfill(read_from, read_to))
    return steps.Plan(settings.tenants(env, blocks.opened), settings.home(env, blocks.opened), what, PATIENCE)


def _as_task(name: str, step: Callable[..., Any], *arguments: Any) -> Any:
    """Carry a step out as a task. Prefect sees neither its arguments, which hold secrets, nor the traceback of a failure of ours."""
    results: list[Any] = []
    faults: list[ConsentryError] = []

    def attempt() -> State[Any]:
        try:
            results.append(step(*arguments))
        except ConsentryError as fault:
            faults.append(fault)
            return Failed(message=str(fault))
        return _state(results[0])

    task(name=name, task_run_name=name, cache_policy=NO_CACHE, persist_result=False)(attempt)()
    if faults:
        raise faults[0]
    return results[0]


def _state(result: object) -> State[Any]:
    """Return the state of a task that ended with a result; a collection's says what became of it."""
    if not isinstance(result, Outcome):
        return Completed()
    if result.is_complete:
        return Completed(message=f"rows: {result.rows:,}")
    if result.has_failed:
        return Failed(message=_lacking(result))
    return Completed(name=result.outcome.capitalize(), message=_lacking(result))


class _Journal(steps.Unwatched):
    """A watcher that keeps the outcomes for the artifact, also those of a run that fails. Several threads may tell it.

    Args:
        names: tenants' ids -> their names.
    """

    def __init__(self, names: Mapping[str, str]):
        self._names = names
        self._outcomes: dict[tuple[str, str], Outcome] = {}

    def started(self, outcome: Outcome) -> None:
        """Keep the outcome, which is filled meanwhile."""
        self._outcomes[outcome.tenant_id, outcome.collection.name] = outcome

    def finished(self, outcome: Outcome) -> None:
        """Keep the outcome, also of a collection that arrived with another one."""
        self.started(outcome)

    def keep(self) -> None:
        """Store the artifact, where anything was read."""
        if self._outcomes:
            table = markdown(list(self._outcomes.values()), self._names)
            create_markdown_artifact(table, ARTIFACT, "What was collected, and what was not and why")


def markdown(outcomes: Sequence[Outcome], names: Mapping[str, str]) -> str:
    """Return the outcomes of a run as a Markdown table.

    Args:
        outcomes: of all tenants.
        names: tenants' ids -> their names; of several tenants each line says whose it is.
    """
    headings, sides = ["collection", "outcome", "rows", "pages", "requests", "waited s", "why not complete"], "llrrrrl"
    rows = [_cells(outcome) for outcome in outcomes]
    if len(names) > 1:
        headings, sides = ["tenant", *headings], f"l{sides}"
        rows = [[names[outcome.tenant_id], *cells] for outcome, cells in zip(outcomes, rows, strict=True)]
    rules = ["---:" if side == "r" else "---" for side in sides]
    return "\n".join(map(_line, [headings, rules, *rows]))


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _cells(outcome: Outcome) -> list[str]:
    traffic = outcome.traffic
    counts = [f"{outcome.rows:,}", str(traffic.pages), str(traffic.requests), f"{traffic.waited_seconds:.1f}"]
    return [outcome.collection.name, outcome.outcome, *counts, _lacking(outcome)]


def _lacking(outcome: Outcome) -> str:
    """Return why a collection is not complete, on one line; nothing where it is."""
    return " ".join(outcome.reason.words.split()) if outcome.reason else ""
