"""prefect.yaml and the page that goes with it, without a server."""

from __future__ import annotations

import importlib
import json
from importlib.metadata import version
from inspect import signature
from pathlib import Path
from typing import Any, get_args, get_type_hints
from uuid import uuid4

import pytest
import yaml
from prefect import Flow
from prefect.client.schemas.schedules import CronSchedule
from prefect.events import EventTrigger
from prefect.exceptions import ParameterTypeError
from prefect.server.utilities.user_templates import render_user_template_sync
from prefect.utilities.callables import parameter_schema
from prefect.utilities.schema_tools.validation import ValidationError, validate

from flows.arranging import AUTOMATIONS, automations
from flows.collecting import SCOPES
from flows.local import POOL, Local
from flows.sync import RISK_RAISED, backfill_logs, moment, sync
from pipelines.errors import SettingsError
from pipelines.settings import Home

from .orchestra import ROOT, documented

FILE: dict[str, Any] = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
DEPLOYMENTS: list[dict[str, Any]] = FILE["deployments"]
SCHEDULED = [deployment for deployment in DEPLOYMENTS if deployment["schedules"]]
BY_NAME = pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda deployment: str(deployment["name"]))


def flow_of(deployment: dict[str, Any]) -> Flow[..., Any]:
    """Return the flow that a deployment names."""
    module, _, name = deployment["entrypoint"].rpartition(".")
    found = getattr(importlib.import_module(module), name)
    assert isinstance(found, Flow)
    return found


@BY_NAME
def test_a_deployment_names_a_flow_and_parameters_it_takes(deployment: dict[str, Any]) -> None:
    """The entrypoint is a flow of this repository, which takes the deployment's parameters."""
    flow = flow_of(deployment)
    bound = signature(flow.fn).bind_partial(**deployment["parameters"]).arguments
    if flow.should_validate_parameters and deployment["schedules"]:
        flow.validate_parameters(bound)
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
    words = documented(f"prefect deployment run 'backfill/{backfill}'")
    given = dict(words[number + 1].split("=") for number, word in enumerate(words) if word == "--param")
    assert given.keys() == {"read_from", "read_to"}
    validate(given, schema(), raise_on_error=True)


def test_deployments_together_read_everything() -> None:
    """What the scheduled scopes read together is all that there is to read."""
    scopes = [deployment["parameters"]["scope"] for deployment in SCHEDULED if "scope" in deployment["parameters"]]
    assert {c.name for scope in scopes for c in SCOPES[scope]} == {c.name for c in SCOPES["all"]}


def schema() -> dict[str, Any]:
    """Return what the server checks the parameters of a backfill against."""
    return dict(parameter_schema(backfill_logs.fn).model_dump_for_openapi())


NO_TIMES = ("tuesday", "2026-13-01", "2026-11-32", "2026-11-1", "2026-11-01 24:00", "2026-11-01T08", "", "now")


@pytest.mark.parametrize("text", NO_TIMES)
def test_a_time_that_is_none_is_refused(text: str) -> None:
    """The pattern that the server checks refuses what is no day or time, and so does the flow, with a sentence that says what is one."""
    with pytest.raises(ValidationError, match="read_from"):
        validate({"read_from": text}, schema(), raise_on_error=True)
    with pytest.raises(SettingsError, match=r"The parameter read_from is .* write it in UTC like 2026-11-01"):
        moment("read_from", text)


@pytest.mark.parametrize("text", ["2026-11-01", "2026-11-01T08:30", "2026-11-01 08:30:59", "2026-11-01T08:30Z"])
def test_a_time_is_taken(text: str) -> None:
    """A day, or a time of it in UTC, passes the pattern and is what the flow makes of it."""
    validate({"read_from": text, "read_to": text}, schema(), raise_on_error=True)
    found = moment("read_to", text)
    assert found is not None
    assert f"{found:%Y-%m-%d}" == text[:10]


def test_a_day_that_the_month_does_not_have_is_refused() -> None:
    """What a pattern cannot know the flow says in its own words."""
    with pytest.raises(SettingsError, match="'2026-02-31', which is no day"):
        moment("read_from", "2026-02-31")


def test_a_backfill_ends_now_where_nothing_else_is_said() -> None:
    """The end is now by itself, and may be given as such."""
    assert moment("read_to", "now") is None
    validate({"read_from": "2026-11-01", "read_to": "now"}, schema(), raise_on_error=True)


@pytest.mark.parametrize("name", ["lost-runs", "crashed-runs", "notify-runs", "notify-risks"])
def test_an_automation_is_one_that_prefect_takes(name: str) -> None:
    """Each file is an automation; those that tell somebody are there only where there is somebody to tell, and none holds an address."""
    block = uuid4()
    alone, told = dict(automations(None)), dict(automations(block))
    assert told[name] is not None
    assert (alone[name] is None) == name.startswith("notify")
    assert all("://" not in file.read_text(encoding="utf-8") for file in AUTOMATIONS.glob("*.yaml"))


def test_the_event_of_a_dangerous_app_is_the_one_that_is_waited_for() -> None:
    """The automation expects the event that the flow sends."""
    found = dict(automations(uuid4()))["notify-risks"]
    assert found is not None
    assert isinstance(found.trigger, EventTrigger)
    assert found.trigger.expect == {RISK_RAISED}


def test_markup_in_the_name_of_an_app_is_shown_and_not_obeyed() -> None:
    """Apps are named by strangers: a chat must not call everybody, or make a link, because of a name."""
    resource = {"prefect.resource.name": '<!channel> & "co"', "consentry.tenant.name": "Contoso"}
    event = {"resource": resource, "payload": {"risk_band": "high", "risk_score": 60, "why": "why", "others": 0}}
    held = yaml.safe_load((AUTOMATIONS / "notify_risks.yaml").read_text(encoding="utf-8"))
    text = json.loads(render_user_template_sync(held["actions"][0]["payload"], {"event": event}))["text"]
    assert text.startswith('Consentry: the app &lt;!channel&gt; &amp; "co" of Contoso is now rated high (60 of 100)')


def test_a_run_that_crashed_is_run_again_only_if_it_began_and_four_times_at_most() -> None:
    """The automation looks at how often the run began: never is none, and after the fourth time somebody must look."""
    found = dict(automations(None))["crashed-runs"]
    assert found is not None
    assert isinstance(found.trigger, EventTrigger)
    assert found.trigger.match["prefect.run-count"] == ["1", "2", "3"]
    assert found.trigger.after == set()


def test_a_scope_that_there_is_not_is_refused() -> None:
    """The flow takes the scopes of the steps and no other."""
    assert set(get_args(get_type_hints(sync.fn)["scope"])) == set(SCOPES)
    with pytest.raises(ParameterTypeError, match="scope"):
        sync.validate_parameters({"scope": "everything"})


def test_all_deployments_share_the_pool_of_the_page() -> None:
    """One pool for all, the one whose one worker takes one run at a time."""
    assert {deployment["work_pool"]["name"] for deployment in DEPLOYMENTS} == {POOL}


def test_the_file_names_the_version_that_is_installed() -> None:
    """The version in prefect.yaml is the one of the lock."""
    assert FILE["prefect-version"] == version("prefect")


def test_telemetry_is_off() -> None:
    """What `consentry up` starts has turned off what Prefect's server and client would send."""
    environment = Local(Home(Path("data"))).environment()
    assert environment["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert environment["DO_NOT_TRACK"] == "1"
