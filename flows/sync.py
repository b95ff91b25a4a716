"""The Prefect flow: the steps as tasks, an artifact a person reads, and an end state that says what is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final, Literal

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows import steps
from pipelines import settings
from pipelines.entra.outcomes import Outcome

PATIENCE: Final = timedelta(minutes=30)
"""Runs of several deployments queue for the one warehouse."""


@flow(name="sync", flow_run_name="sync-{scope}", validate_parameters=True)
def sync(scope: Literal["all", "directory", "logs"] = "all") -> State[Any]:
    """Bring the warehouse up to date and publish it.

    HTTP is repeated by `pipelines.graph` alone; a run that failed says why and changes nothing that readers see.

    Args:
        scope: `directory` (people, apps, grants), `logs` (sign-ins and audits) or `all`.

    Returns:
        `Completed`, named `Degraded` where something optional could not be collected.
    """
    env = settings.environment()
    overlap = timedelta(minutes=settings.overlap_minutes(env))
    plan = steps.Plan(settings.tenant(env), settings.home(env), scope, overlap, PATIENCE)
    report = steps.sync(plan, run=_as_task)
    create_markdown_artifact(
        markdown(report.outcomes), key="sync-outcomes", description="What was collected, and what was not and why"
    )
    missing = [outcome.collection.name for outcome in report.outcomes if not outcome.is_complete]
    if missing:
        return Completed(name="Degraded", message=f"Published without {', '.join(missing)}.")
    return Completed(message=f"Published {report.published.file}.")


def _as_task(name: str, step: Callable[..., Any], *arguments: Any) -> Any:
    return task(name=name, cache_policy=NO_CACHE, persist_result=False)(step)(*arguments)


def markdown(outcomes: Sequence[Outcome]) -> str:
    """Return the outcomes of a run as a Markdown table."""
    lines = [
        "| collection | outcome | rows | pages | requests | waited s | what is missing |",
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
        outcome.missing or "",
    ]
    return f"| {' | '.join(map(str, cells))} |"
