"""prefect.yaml and the page that goes with it, without a server."""

from __future__ import annotations

import importlib
from importlib.metadata import version
from inspect import signature
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import yaml
from prefect import Flow
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ParameterTypeError

from flows.collecting import SCOPES
from flows.sync import sync

from .orchestra import COMMANDS, EXPORTS, ROOT, documented

FILE: dict[str, Any] = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
DEPLOYMENTS: list[dict[str, Any]] = FILE["deployments"]
SCHEDULED = [deployment for deployment in DEPLOYMENTS if deployment["schedules"]]
BY_NAME = pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda deployment: str(deployment["name"]))


def flow_of(deployment: dict[str, Any]) -> Flow[..., Any]:
    """Return the flow that a deployment names."""
    path, name = deployment["entrypoint"].split(":")
    module = importlib.import_module(".".join(Path(path).with_suffix("").parts))
    found = getattr(module, name)
    assert isinstance(found, Flow)
    return found


@BY_NAME
def test_a_deployment_names_a_flow_and_parameters_it_takes(deployment: dict[str, Any]) -> None:
    """The entrypoint is a flow of this repository, which takes the deployment's parameters."""
    flow = flow_of(deployment)
    flow.validate_parameters(deployment["parameters"])
    assert deployment["parameters"].keys() <= signature(flow.fn).parameters.keys()


@pytest.mark.parametrize("deployment", SCHEDULED, ids=lambda deployment: str(deployment["name"]))
def test_a_deployment_has_a_valid_active_schedule(deployment: dict[str, Any]) -> None:
    """Each deployment but the backfill has one active schedule that Prefect can read, in UTC, which has no missing hours."""
    (schedule,) = deployment["schedules"]
    assert CronSchedule(cron=schedule["cron"], timezone=schedule["timezone"]).timezone == "UTC"
    assert schedule["active"] is True


def test_a_backfill_runs_only_when_it_is_asked_for() -> None:
    """One deployment has no schedule, and the page's command gives it a time to read."""
    (backfill,) = [deployment["name"] for deployment in DEPLOYMENTS if not deployment["schedules"]]
    words = documented(f"prefect deployment run 'sync/{backfill}'")
    given = dict(words[number + 1].split("=") for number, word in enumerate(words) if word == "--param")
    sync.validate_parameters(given)
    assert given.keys() == {"read_from", "read_to"}


def test_deployments_together_read_everything() -> None:
    """What the scheduled scopes read together is all that there is to read."""
    scopes = [deployment["parameters"]["scope"] for deployment in SCHEDULED]
    assert {c.name for scope in scopes for c in SCOPES[scope]} == {c.name for c in SCOPES["all"]}


def test_a_scope_that_there_is_not_is_refused() -> None:
    """The flow takes the scopes of the steps and no other."""
    assert set(get_args(get_type_hints(sync.fn)["scope"])) == set(SCOPES)
    with pytest.raises(ParameterTypeError, match="scope"):
        sync.validate_parameters({"scope": "everything"})


def test_all_deployments_share_the_pool_of_the_page() -> None:
    """One pool for all, the one that the page creates and whose one worker takes one run at a time."""
    pools = {deployment["work_pool"]["name"] for deployment in DEPLOYMENTS}
    assert pools == {"consentry"}
    assert "prefect work-pool create consentry --type process" in COMMANDS
    assert "prefect worker start --pool consentry --limit 1" in COMMANDS


def test_the_file_names_the_version_that_is_installed() -> None:
    """The version in prefect.yaml is the one of the lock."""
    assert FILE["prefect-version"] == version("prefect")


def test_telemetry_is_off() -> None:
    """What the page exports turns off what Prefect's server and client would send."""
    assert EXPORTS["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert EXPORTS["DO_NOT_TRACK"] == "1"
