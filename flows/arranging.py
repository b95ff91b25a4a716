"""What the Prefect server must hold besides the deployments: the work pool, the webhook and the automations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, cast
from uuid import UUID

import yaml
from prefect.blocks.webhook import Webhook
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    WorkPoolFilter,
    WorkPoolFilterName,
)
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.responses import DeploymentResponse
from prefect.events.schemas.automations import Automation, AutomationCore
from prefect.exceptions import ObjectAlreadyExists
from prefect.states import AwaitingRetry
from prefect.workers.process import ProcessWorker
from pydantic import SecretStr

from flows.local import DEPLOYMENTS, POOL, Local
from flows.speaking import speaking
from pipelines.errors import ConsentryError

OURS: Final = WorkPoolFilter(name=WorkPoolFilterName(any_=[POOL]))
AUTOMATIONS: Final = Path(__file__).parent / "automations"

WEBHOOK: Final = "consentry"
"""The name of the block that keeps the webhook's address, encrypted."""

PLACEHOLDER: Final = "webhook"
"""What stands in an automation's file in place of that block's id."""


def arrange(local: Local, webhook: str | None) -> None:
    """Make the server hold the pool and the automations, and no deployment that prefect.yaml does not name any more.

    It may be called as often as one likes.

    Args:
        local: where the server is.
        webhook: the address that is told of failed runs and dangerous apps; without one nobody is.

    Raises:
        ConsentryError: the server does not answer as it should.
    """
    with speaking(local) as client:
        _make_pool(client)
        block = _keep(webhook) if webhook else None
        for name, automation in automations(block):
            _agree(client, name, automation)
        _prune(client)


@contextmanager
def pauses_kept(local: Local) -> Iterator[None]:
    """Pause again, after the block, the deployments that were paused before it: to deploy one resumes it, whoever paused it.

    Raises:
        ConsentryError: the server does not answer as it should.
    """
    with speaking(local) as client:
        paused = [one.id for one in _deployments(client) if one.paused]
    try:
        yield
    except BaseException:
        with suppress(ConsentryError):  # why deploying failed is told, not that the server cannot be asked any more
            _pause(local, paused)
        raise
    _pause(local, paused)


def _pause(local: Local, deployments: Sequence[UUID]) -> None:
    with speaking(local) as client:
        for deployment in deployments:
            client.pause_deployment(deployment)


def requeue(local: Local) -> None:
    """Put back the runs that a worker took and that never began; called while there is no worker to begin them."""
    pending = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PENDING])))
    with speaking(local) as client:
        for run in client.read_flow_runs(flow_run_filter=pending, work_pool_filter=OURS):
            client.set_flow_run_state(run.id, AwaitingRetry(message="The worker that took it ended before it began."))


def automations(webhook: UUID | None) -> Iterator[tuple[str, AutomationCore | None]]:
    """Yield each automation by its name; None for one that tells somebody, where there is nobody to tell.

    Args:
        webhook: the id of the block with the webhook's address.
    """
    for file in sorted(AUTOMATIONS.glob("*.yaml")):
        held: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
        waiting = [action for action in held["actions"] if action.get("block_document_id") == PLACEHOLDER]
        for action in waiting:
            action["block_document_id"] = webhook
        is_wanted = webhook is not None or not waiting
        yield held["name"], AutomationCore.model_validate(held) if is_wanted else None


def _prune(client: SyncPrefectClient) -> None:
    named = {one["name"] for one in yaml.safe_load(DEPLOYMENTS.read_text(encoding="utf-8"))["deployments"]}
    for deployment in _deployments(client):
        if deployment.name not in named:
            client.delete_deployment(deployment.id)


def _deployments(client: SyncPrefectClient) -> list[DeploymentResponse]:
    return client.read_deployments(work_pool_filter=OURS)


def _make_pool(client: SyncPrefectClient) -> None:
    template = ProcessWorker.get_default_base_job_template()
    try:
        client.create_work_pool(WorkPoolCreate(name=POOL, type="process", base_job_template=template))
    except ObjectAlreadyExists:
        return


def _keep(webhook: str) -> UUID:
    return cast(
        "UUID", Webhook(url=SecretStr(webhook)).save(WEBHOOK, overwrite=True)
    )  # Prefect's types know only awaiting


def _agree(client: SyncPrefectClient, name: str, wanted: AutomationCore | None) -> None:
    """Make the server hold an automation once, as it is wanted.

    One that is so already is left alone: another one would know of no run that it waits for a sign of life from.
    """
    held = client.read_automations_by_name(name)
    same = [one for one in held if wanted is not None and _core(one) == _core(wanted)][:1]
    for one in held:
        if one not in same:
            client.delete_automation(one.id)
    if wanted is not None and not same:
        client.create_automation(wanted)


def _core(automation: Automation | AutomationCore) -> dict[str, Any]:
    return AutomationCore.model_validate(automation.model_dump()).model_dump()
