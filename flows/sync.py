"""The Prefect flow: the steps as tasks, an artifact a person reads, and an end state that says what is missing."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows import steps
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
    journal = _Journal()
    try:
        report = steps.sync(_plan(scope, read_from, read_to), run=_as_task, watcher=journal)
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
    return steps.Plan(settings.tenants(env), settings.home(env), what, PATIENCE)


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
    """A watcher that keeps the outcomes for the artifact, also those of a run that fails."""

    def __init__(self) -> None:
        self._outcomes: list[Outcome] = []

    def started(self, outcome: Outcome) -> None:
        """Keep the outcome, which is filled meanwhile."""
        self._outcomes.append(outcome)

    def keep(self) -> None:
        """Store the artifact, where anything was read."""
        if self._outcomes:
            create_markdown_artifact(markdown(self._outcomes), ARTIFACT, "What was collected, and what was not and why")


def markdown(outcomes: Sequence[Outcome]) -> str:
    """Return the outcomes of a run as a Markdown table."""
    lines = [
        "| collection | outcome | rows | pages | requests | waited s | why not complete |",
        "| --- | --- | ---: | ---: | ---: | ---: | --- |",
    ]
    return "\n".join([*lines, *(_line(outcome) for outcome in outcomes)])


def _line(outcome: Outcome) -> str:
    traffic = outcome.traffic
    cells = [
        outcome.collection.name,
        outcome.outcome,
        f"{outcome.rows:,}",
        traffic.pages,
        traffic.requests,
        f"{traffic.waited_seconds:.1f}",
        _lacking(outcome).replace("|", "\\|"),
    ]
    return f"| {' | '.join(map(str, cells))} |"


def _lacking(outcome: Outcome) -> str:
    """Return why a collection is not complete, on one line; nothing where it is."""
    why = outcome.reason.words if outcome.reason else ""
    return " ".join(why.split())
