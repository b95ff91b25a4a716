"""What `consentry health` complains of, without a server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.states import Failed, Running

from flows.health import Deployed, Health, gone, wanted

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOURLY = ("7 * * * *",)
FAILED = "sync/sign-ins: the last run ended Failed. why"


def failed(hours: float) -> FlowRun:
    """Return a run that failed so long ago."""
    return FlowRun(flow_id=uuid4(), state=Failed(message="why"), end_time=NOW - timedelta(hours=hours))


def deployed(name: str = "sync/sign-ins", schedules: tuple[str, ...] = HOURLY, **more: object) -> Deployed:
    """Return a deployment of which nothing is wrong but what is said."""
    usual = {"is_paused": False, "last": None, "ended": None, "next_at": None, "late": 0}
    return Deployed(name, schedules, **{**usual, **more})  # type: ignore[arg-type] - a test says what it needs


def complaints(*found: Deployed, missing: tuple[str, ...] = ()) -> list[str]:
    """Return what is complained of."""
    return Health("http://here", "3", (), found, missing, NOW, "run", NOW).complaints


def test_a_schedule_that_rests_and_a_deployment_that_is_gone_are_told() -> None:
    """Each is a sentence; of one that is paused as a whole that is said, and no more."""
    (schedule,) = complaints(deployed(resting=HOURLY))
    assert "the schedule 7 * * * * of prefect.yaml is not active" in schedule
    assert complaints(deployed(resting=HOURLY, is_paused=True)) == ["sync/sign-ins is paused, so nothing of it runs."]
    (missing,) = complaints(missing=("daily",))
    assert missing.startswith("The deployment daily is not on the server")


def test_what_prefect_yaml_names_is_looked_for() -> None:
    """Its deployments are known by their names, with their schedules."""
    assert (wanted()["sign-ins"], wanted()["logs"]) == ([*HOURLY], [])
    there = [deployed(f"sync/{name}") for name in wanted() if name != "daily"]
    assert gone(there) == ("daily",)


def test_beside_a_run_the_one_that_ended_is_judged() -> None:
    """A run that is going on does not hide that the one before it failed."""
    running = FlowRun(flow_id=uuid4(), state=Running())
    assert complaints(deployed(last=running, ended=failed(1))) == [FAILED]


@pytest.mark.parametrize(("schedules", "hours", "is_told"), [((), 2, True), ((), 30, False), (HOURLY, 30, True)])
def test_what_runs_when_asked_for_is_forgiven(schedules: tuple[str, ...], hours: float, *, is_told: bool) -> None:
    """After a day a backfill that failed is past; what has a schedule is judged by its last run, however old."""
    one = deployed(schedules=schedules, ended=failed(hours))
    assert complaints(one) == [FAILED] * is_told
