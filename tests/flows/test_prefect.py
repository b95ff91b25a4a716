"""The schedule on a real Prefect server: runs end in the state, the artifact and the file that they should."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import duckdb
import pytest

from .conftest import Site
from .orchestra import Orchestra, documented, eventually

Run = dict[str, Any]
RUN_SECONDS = 120


@pytest.fixture(scope="module")
def runs(site: Site) -> dict[str, Run]:
    """Return the first two runs of an empty home, asked for at once, in a tenant without a licence for sign-ins.

    The second is started by the page's command, which waits for it.
    """
    site.tenant.faults.no_premium()
    directory = site.orchestra.start("sync/directory")
    site.orchestra.run(documented("prefect deployment run sync/sign-ins"), RUN_SECONDS)
    site.tenant.faults.clear()
    ended = site.orchestra.ask("flow_runs/filter", flow_runs={"state": {"type": {"any_": ["COMPLETED"]}}})
    return {"directory" if run["id"] == directory else "sign-ins": run for run in ended}


@pytest.fixture(scope="module")
def failed(site: Site, runs: dict[str, Run]) -> Run:
    """Return a run that cannot read what it must."""
    site.tenant.faults.deny("/users")
    run = site.orchestra.ended(site.orchestra.start("sync/directory"), RUN_SECONDS)
    site.tenant.faults.clear()
    return run


def outcomes(site: Site, run: Run) -> list[list[str]]:
    """Return the warehouse's outcomes of a flow run, as the cells of its artifact."""
    query = (
        "select collection, outcome, rows, pages, requests from raw.sync_outcomes "
        "where started_at between $1 and $2 order by started_at"
    )
    with duckdb.connect(str(site.home.warehouse), read_only=True) as connection:
        rows = connection.execute(query, [moment(run["start_time"]), moment(run["end_time"])]).fetchall()
    return [[str(cell) for cell in row] for row in rows]


def cells(artifact: str) -> list[list[str]]:
    """Return the first five cells of each of a table's rows."""
    lines = [line.strip("|").split("|") for line in artifact.splitlines()[2:]]
    return [[cell.strip().replace(",", "") for cell in line[:5]] for line in lines]


def moment(text: str) -> datetime:
    """Return the moment of one of the server's timestamps."""
    return datetime.fromisoformat(text)


def published(site: Site, query: str) -> list[Any]:
    """Return the rows of a query of the published file."""
    with duckdb.connect(str(site.home.published), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_schedules_arrive_in_the_server(orchestra: Orchestra) -> None:
    """The server holds the two schedules of prefect.yaml, active and in UTC."""
    found = {
        deployment["name"]: [
            (s["schedule"]["cron"], s["schedule"]["timezone"], s["active"]) for s in deployment["schedules"]
        ]
        for deployment in orchestra.ask("deployments/filter", sort="NAME_ASC")
    }
    assert found == {"directory": [("37 3 * * *", "UTC", True)], "sign-ins": [("7 * * * *", "UTC", True)]}


def test_the_server_plans_runs_from_the_schedules(orchestra: Orchestra) -> None:
    """Both schedules lead to runs that the server made by itself, at their minutes."""

    def planned() -> set[int] | None:
        runs = orchestra.ask("flow_runs/filter", flow_runs={"state": {"type": {"any_": ["SCHEDULED"]}}})
        minutes = {moment(run["expected_start_time"]).minute for run in runs if run["auto_scheduled"]}
        return minutes if len(minutes) > 1 else None

    assert eventually(planned, "the server plans runs of both schedules", 20) == {7, 37}


def test_runs_that_overlap_queue(runs: dict[str, Run]) -> None:
    """Of two runs asked for at once one waits until the other has ended, and both complete."""
    assert {name: run["state_type"] for name, run in runs.items()} == dict.fromkeys(runs, "COMPLETED")
    earlier, later = runs["directory"], runs["sign-ins"]
    assert moment(later["expected_start_time"]) < moment(earlier["end_time"])
    assert moment(later["start_time"]) >= moment(earlier["end_time"])


def test_a_run_with_everything_is_completed(site: Site, runs: dict[str, Run]) -> None:
    """A run of the directory alone, into an empty home, ends Completed, and the tenant's people and apps are published."""
    assert runs["directory"]["state_name"] == "Completed"
    assert published(site, "select count(*) from marts.dim_user") == [(site.tenant.tenant.count("users"),)]
    apps = site.tenant.tenant.count("servicePrincipals")
    assert published(site, "select count(*) from marts.app_overview where has_service_principal") == [(apps,)]


def test_a_run_without_something_optional_is_degraded(site: Site, runs: dict[str, Run]) -> None:
    """Where the tenant has no licence for sign-ins the run ends Degraded and names what is missing, in the file, too."""
    assert runs["sign-ins"]["state_name"] == "Degraded"
    assert "without sign_ins_interactive, sign_ins_non_interactive" in runs["sign-ins"]["state"]["message"]
    unlicensed = "select collection from marts.coverage where outcome = 'unlicensed'"
    assert len(published(site, unlicensed)) == 4


@pytest.mark.parametrize(("name", "found"), [("directory", {"complete"}), ("sign-ins", {"complete", "unlicensed"})])
def test_the_artifact_is_what_the_warehouse_recorded(
    site: Site, runs: dict[str, Run], name: str, found: set[str]
) -> None:
    """The artifact's table has the outcomes of raw.sync_outcomes, cell by cell."""
    recorded = outcomes(site, runs[name])
    assert {row[1] for row in recorded} == found
    assert cells(site.orchestra.artifact(runs[name]["id"])) == recorded


def test_a_failed_run_says_why_in_its_state(site: Site, failed: Run) -> None:
    """A run that lacks a required permission fails with the sentence for a person, and so does the task that met it."""
    assert failed["state_name"] == "Failed"
    assert failed["state"]["message"].startswith("1 of 8 collections could not be read:\n  users: Graph answered 403")
    assert "It needs the permission User.Read.All (application), with admin consent." in failed["state"]["message"]
    tasks = site.orchestra.ask("task_runs/filter", flow_runs={"id": {"any_": [failed["id"]]}})
    assert [task["name"] for task in tasks if task["state_type"] == "FAILED"] == ["collect users"]


def test_a_failed_run_keeps_its_outcomes(site: Site, failed: Run) -> None:
    """A run that failed has an artifact, too: what it read and what it could not."""
    recorded = outcomes(site, failed)
    assert ["users", "denied", "0", "0", "1"] in recorded
    assert cells(site.orchestra.artifact(failed["id"])) == recorded


def test_the_log_of_a_failed_run_is_for_a_person(site: Site, failed: Run) -> None:
    """No traceback through our own code is logged: the failure is one that has its sentence."""

    def logged() -> str | None:
        lines = site.orchestra.ask("logs/filter", logs={"flow_run_id": {"any_": [failed["id"]]}})
        text = "\n".join(line["message"] for line in lines)
        return text if "collections could not be read" in text else None

    text = eventually(logged, "the failure is logged", 20)
    assert "steps.py" not in text
    assert "pipelines/" not in text


def test_a_failed_run_publishes_nothing(site: Site, runs: dict[str, Run], failed: Run) -> None:
    """After a failed run the file is still the one of the run before, though other collections were loaded."""
    query = "select published_at from main.published"
    (at,) = published(site, query)[0]
    assert moment(runs["sign-ins"]["start_time"]) < at < moment(runs["sign-ins"]["end_time"])


def test_the_commands_that_look_find_the_runs(site: Site, failed: Run) -> None:
    """What the page says to type shows the runs that ended, and the artifact of the last."""
    listed = site.orchestra.run(documented("prefect flow-run ls"))
    assert "COMPLETED" in listed
    assert "FAILED" in listed
    assert "service_principals" in site.orchestra.run(documented("prefect artifact inspect"))


def test_no_secret_reaches_prefect(site: Site, failed: Run) -> None:
    """After all runs the client secret stands neither in Prefect's database nor in anything that was printed."""
    secret = site.tenant.settings["CONSENTRY_CLIENT_SECRET"].encode()
    files = [path for path in site.orchestra.folder.rglob("*") if path.is_file()]
    assert any(path.name == "prefect.db" for path in files)
    assert b"Finished in state" in site.log.read_bytes()
    assert [path for path in files if secret in path.read_bytes()] == []
