"""The Prefect flow that runs what `consentry check` does, every day: permissions are withdrawn and secrets expire."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Failed

from flows import blocks, telling
from flows.tasks import as_task, verdict
from pipelines.entra import next_step
from pipelines.entra.readiness import Readiness, examine
from pipelines.errors import ConsentryError
from pipelines.graph.governor import AppLimits
from pipelines.settings import Tenant
from pipelines.warehouse import runnable

ARTIFACT: Final = "check"
ME: Final = "consentry"


@flow(name="check", flow_run_name="check", persist_result=False)
def check() -> State[Any]:
    """Ask for the first row of each collection, and say what a sync would collect and what to do.

    Returns:
        `Completed`, named `Degraded` where something would be missing, or `Failed`; the message is the next step.
    """
    try:
        tenants = runnable.tenants(blocks.opened)
    except ConsentryError as fault:
        return Failed(message=str(fault))
    found = _examined(tenants)
    create_markdown_artifact(telling.readiness(found), ARTIFACT, "What a sync would not collect, and why")
    return verdict(found, _sentence(found))


def _examined(tenants: Sequence[Tenant]) -> list[Readiness]:
    apps: defaultdict[str, AppLimits] = defaultdict(AppLimits)
    return [as_task(f"check {tenant.name}", examine, tenant, apps[tenant.client_id]) for tenant in tenants]


def _sentence(found: Sequence[Readiness]) -> str:
    if len(found) == 1:
        return next_step.of(found[0], ME)
    return "\n".join(f"{one.tenant.name}: {next_step.of(one, ME)}" for one in found)
