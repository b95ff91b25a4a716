"""The schedule on a real Prefect server: runs end in the state, the artifact and the file that they should."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.collecting import SCOPES
from flows.sync import DEGRADED
from pipelines.entra.collection import MEMBERS
from pipelines.settings import Home
from simulator import Server, Tenant, serve

from .conftest import Site
from .orchestra import EXPORTS, Orchestra, documented, eventually

Run = dict[str, Any]
RUN_SECONDS = 240
PLAN_SECONDS = 120


@pytest.fixture(scope="module")
def runs(site: Site) -> dict[str, Run]:
    """Return the first two runs of an empty home, asked for at once, in a tenant without a licence for sign-ins.

    The second is started by the page's command, which waits for it.
    """
    site.tenant.faults.no_premium()
    directory = site.orchestra.start("sync/directory")
    printed = site.orchestra.run(documented("prefect deployment run sync/sign-ins"), RUN_SECONDS)
    site.tenant.faults.clear()
    asked = {"directory": directory, "sign-ins": re.findall(r"UUID: ([0-9a-f-]{36})", printed)[0]}
    return {name: site.orchestra.ended(run, RUN_SECONDS) for name, run in asked.items()}


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
        "select collection, outcome, rows, pages, requests from raw.sync_outcomes where started_at between $1 and $2"
    )
    with duckdb.connect(str(site.home.warehouse), read_only=True) as connection:
        rows = connection.execute(query, [moment(run["start_time"]), moment(run["end_time"])]).fetchall()
    return sorted([str(cell) for cell in row] for row in rows)


def cells(artifact: str) -> list[list[str]]:
    """Return the first five cells of each of a table's rows."""
    lines = [line.strip("|").split("|") for line in artifact.splitlines()[2:]]
    return sorted([cell.strip().replace(",", "") for cell in line[:5]] for line in lines)


def moment(text: str) -> datetime:
    """Return the moment of one of the server's timestamps."""
    return datetime.fromisoformat(text)


def published(site: Site, query: str) -> list[Any]:
    """Return the rows of a query of the published file."""
    with duckdb.connect(str(site.home.published), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_schedules_arrive_in_the_server(orchestra: Orchestra) -> None:
    """The server holds the two schedules of prefect.yaml, active and in UTC, and a deployment without one."""
    found = {
        deployment["name"]: [
            (s["schedule"]["cron"], s["schedule"]["timezone"], s["active"]) for s in deployment["schedules"]
        ]
        for deployment in orchestra.ask("deployments/filter", sort="NAME_ASC")
    }
    scheduled = {"directory": [("37 3 * * *", "UTC", True)], "sign-ins": [("7 * * * *", "UTC", True)]}
    assert found == {**scheduled, "backfill": []}


def test_a_run_that_is_lost_is_found(orchestra: Orchestra) -> None:
    """The server watches for runs that give no sign of life; each state that a run can end in counts as one."""
    (rule,) = orchestra.ask("automations/filter", limit=10)
    assert rule["enabled"]
    assert [action["state"] for action in rule["actions"]] == ["CRASHED"]
    ends = ("Completed", DEGRADED, "Failed", "Cancelled", "Crashed")
    assert set(rule["trigger"]["expect"]) == {f"prefect.flow-run.{name}" for name in (*ends, "heartbeat")}
    assert rule["trigger"]["within"] > 2 * float(EXPORTS["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"])


def test_the_server_plans_runs_from_the_schedules(orchestra: Orchestra) -> None:
    """Both schedules lead to runs that the server made by itself, at their minutes."""

    def planned() -> set[int] | None:
        minutes = {moment(run["expected_start_time"]).minute for run in orchestra.planned()}
        return minutes if len(minutes) > 1 else None

    assert eventually(planned, "the server plans runs of both schedules", PLAN_SECONDS) == {7, 37}


def test_what_the_tests_start_is_not_disturbed(site: Site) -> None:
    """Once the worker runs no schedule adds a run of its own, whatever the time is."""
    assert site.orchestra.planned() == []


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
    _, _, missing = runs["sign-ins"]["state"]["message"].rstrip(".").partition(" without ")
    kinds = ("interactive", "non_interactive", "service_principal", "managed_identity")
    assert sorted(missing.split(", ")) == sorted(f"sign_ins_{kind}" for kind in kinds)
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


def test_the_tasks_of_all_lanes_are_the_runs_own(site: Site, runs: dict[str, Run]) -> None:
    """What is read side by side in threads is a task of its run each, once, with the state of what became of it."""
    states = site.orchestra.tasks(runs["sign-ins"]["id"])
    kinds = ("interactive", "non_interactive", "service_principal", "managed_identity")
    unlicensed = {f"collect sign_ins_{kind}" for kind in kinds}
    assert {name for name, state in states.items() if state == "Unlicensed"} == unlicensed
    summaries = {f"collect summarized_{kind}" for kind in kinds[1:]}
    done = {*summaries, "collect directory_audits", "build", "publish"}
    assert {name for name, state in states.items() if state == "Completed"} == done
    wanted = {f"collect {collection.name}" for collection in SCOPES["directory"] if collection.shape != MEMBERS}
    states = site.orchestra.tasks(runs["directory"]["id"])
    assert states == dict.fromkeys([*wanted, "build", "publish"], "Completed")


def test_a_failed_run_says_why_in_its_state(site: Site, failed: Run) -> None:
    """A run that lacks a required permission fails with the sentence for a person, and so does the task that met it."""
    assert failed["state_name"] == "Failed"
    first, second, *_ = failed["state"]["message"].splitlines()
    assert first == f"1 of {len(SCOPES['directory'])} collections could not be read:"
    assert second.startswith("  users: Graph answered 403")
    assert "User.Read.All (application), with admin consent" in second
    states = site.orchestra.tasks(failed["id"])
    assert [name for name, state in states.items() if state == "Failed"] == ["collect users"]
    assert states["collect user_sign_in_activity"] == "Denied"


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


@pytest.fixture(scope="module")
def filled(site: Site, runs: dict[str, Run]) -> tuple[Run, datetime, datetime]:
    """Return a run of the page's command for a backfill, and the time that was to be read: two whole days."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    start, end = today - timedelta(days=3), today - timedelta(days=1)
    words = [
        f"read_from={start:%Y-%m-%d}" if word.startswith("read_from=") else word
        for word in documented("prefect deployment run 'sync/backfill'")
    ]
    words = [f"read_to={end:%Y-%m-%d}" if word.startswith("read_to=") else word for word in words]
    site.orchestra.run(words, RUN_SECONDS)
    (run,) = site.orchestra.ask("flow_runs/filter", deployments={"name": {"any_": ["backfill"]}})
    return run, start, end


def test_a_backfill_reads_the_time_that_is_given(site: Site, filled: tuple[Run, datetime, datetime]) -> None:
    """The page's command reads the logs of just that time, and the directory not at all."""
    run, start, end = filled
    assert run["state_name"] == "Completed"
    logs = {f"collect {collection.name}" for collection in SCOPES["logs"] if collection.cursor}
    assert site.orchestra.tasks(run["id"]).keys() == {*logs, "build", "publish"}
    query = "select min(window_from), max(window_to) from raw.sync_windows where read_at between $1 and $2"
    with duckdb.connect(str(site.home.warehouse), read_only=True) as connection:
        began = moment(run["start_time"]).replace(microsecond=0)  # what is noted of a window has no fractions
        found = connection.execute(query, [began, moment(run["end_time"])]).fetchall()
    assert found == [(start, end)]


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        (
            {"read_from": "2026-11-20", "read_to": "2026-11-10"},
            "A backfill from 2026-11-20 00:00 to 2026-11-10 00:00 UTC reads nothing",
        ),
        ({"read_to": "2026-11-10"}, "A backfill needs the time from which to read"),
    ],
)
def test_a_backfill_that_makes_no_sense_fails(site: Site, parameters: dict[str, str], sentence: str) -> None:
    """A span that ends before it begins, or begins nowhere: the run ends Failed and says what to give."""
    run = site.orchestra.ended(site.orchestra.start("sync/backfill", **parameters), RUN_SECONDS)
    assert (run["state_name"], run["state"]["message"].startswith(sentence)) == ("Failed", True), run["state"]


@pytest.fixture(scope="module")
def several(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Run, Home]]:
    """Return a run of two tenants, of which one gives no token, and the home that it wrote to."""
    folder = tmp_path_factory.mktemp("several")
    with serve(Tenant(seed=2)) as other:
        file = tenants_file(folder, site.tenant, other)
        own = dict.fromkeys(site.tenant.settings, "")
        asked = {**own, "CONSENTRY_TENANTS_FILE": str(file), "CONSENTRY_HOME": str(folder / "home")}
        run = site.orchestra.start("sync/directory", environment=asked)
        yield site.orchestra.ended(run, RUN_SECONDS), Home(folder / "home")


def tenants_file(folder: Path, whole: Server, refused: Server) -> Path:
    """Return a tenants file; the second tenant's secret is wrong. What a run is started with stands in Prefect's database, what the file holds does not."""
    tables = []
    for name, server, more in (("Contoso", whole, {}), ("Fabrikam", refused, {"client_secret": "wrong"})):
        values = {key.removeprefix("CONSENTRY_").lower(): value for key, value in server.settings.items()}
        lines = {"name": name, **values, **more}
        tables.append("\n".join(["[[tenant]]", *(f'{key} = "{value}"' for key, value in lines.items())]))
    file = folder / "tenants.toml"
    file.touch(mode=0o600)
    file.write_text("\n".join(tables), encoding="utf-8")
    return file


def test_a_tenant_that_fails_degrades_the_run(site: Site, several: tuple[Run, Home]) -> None:
    """Of two tenants one gives no token: the other is published, the run says which and why, and each line and task whose it is."""
    run, home = several
    assert (run["state_type"], run["state_name"]) == ("COMPLETED", "Degraded"), run["state"]
    assert run["state"]["message"].startswith(f"Published {home.published} without Fabrikam (")
    heading, _, *lines = site.orchestra.artifact(run["id"]).splitlines()
    assert heading.startswith("| tenant | collection |")
    assert {line.split(" | ")[0] for line in lines} == {"| Contoso"}
    assert len(lines) == len(SCOPES["directory"])
    tasks = site.orchestra.tasks(run["id"])
    assert {name.partition(" of ")[2] for name in tasks if name.startswith("collect ")} == {"Contoso"}


def test_the_commands_that_look_find_the_runs(site: Site, failed: Run) -> None:
    """What the page says to type shows the runs that ended, and the artifact of the last."""
    listed = site.orchestra.run(documented("prefect flow-run ls"))
    assert "COMPLETED" in listed
    assert "FAILED" in listed
    assert "service_principals" in site.orchestra.run(documented("prefect artifact inspect"))


def test_no_secret_reaches_prefect(site: Site, failed: Run) -> None:
    """After all runs neither the client secret nor a token stands in Prefect's database or in anything that was printed."""
    secret = site.tenant.settings["CONSENTRY_CLIENT_SECRET"].encode()
    files = [path for path in site.orchestra.folder.rglob("*") if path.is_file()]
    assert any(path.name == "prefect.db" for path in files)
    assert b"Finished in state" in site.log.read_bytes()
    assert [path for path in files if secret in (held := path.read_bytes()) or b"eyJhbGciOi" in held] == []
