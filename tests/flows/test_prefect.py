"""The schedule on a real Prefect server: runs end in the state, the artifact and the file that they should."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import requests

from flows import sync as keys
from flows.arranging import pauses_kept
from flows.collecting import SCOPES
from flows.local import Local, descendants, kill
from flows.tasks import DEGRADED, MARTS
from pipelines.entra.collection import MEMBERS
from pipelines.errors import ConsentryError
from pipelines.settings import Home
from simulator import Server, Tenant, serve
from tests.parsed import lend

from .conftest import Site
from .orchestra import Orchestra, documented, eventually
from .receiver import PATH as RECEIVER_PATH

Run = dict[str, Any]
RUN_SECONDS = 600
TOLD_SECONDS = 60


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
    """The server holds the schedules of prefect.yaml, active and in UTC, and a deployment without one."""
    found = {
        deployment["name"]: [
            (s["schedule"]["cron"], s["schedule"]["timezone"], s["active"]) for s in deployment["schedules"]
        ]
        for deployment in orchestra.ask("deployments/filter", sort="NAME_ASC")
    }
    lines = {
        "sign-ins": "7 * * * *",
        "directory": "37 */4 * * *",
        "reconciliation": "22 2 * * 0",
        "daily": "52 5 * * *",
    }
    assert found == {**{name: [(cron, "UTC", True)] for name, cron in lines.items()}, "logs": []}


@pytest.mark.parametrize("path", ["health", "deployments/filter"])
def test_other_sites_get_no_answer(orchestra: Orchestra, path: str) -> None:
    """A page of another site that a browser shows may not talk to the server: it asks nobody for a login."""
    url = f"http://127.0.0.1:{orchestra.port}/api/{path}"
    asking = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = requests.options(url, headers=asking, timeout=30)
    assert answer.status_code == 400
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_run_that_is_lost_is_found(orchestra: Orchestra) -> None:
    """The server watches for runs that give no sign of life; each state that a run can end in counts as one."""
    (rule,) = [one for one in orchestra.ask("automations/filter", limit=10) if one["name"] == "lost-runs"]
    assert rule["enabled"]
    assert [action["state"] for action in rule["actions"]] == ["CRASHED"]
    ends = ("Completed", DEGRADED, "Failed", "Cancelled", "Crashed")
    assert set(rule["trigger"]["expect"]) == {f"prefect.flow-run.{name}" for name in (*ends, "heartbeat")}
    frequency = Local(orchestra.home).environment()["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"]
    assert rule["trigger"]["within"] > 2 * float(frequency)


def test_the_server_plans_runs_from_the_schedules(site: Site) -> None:
    """All schedules lead to runs that the server made by itself, at their minutes."""
    assert site.planned == {7, 37, 22, 52}


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
    assert cells(site.orchestra.artifact(runs[name]["id"], keys.OUTCOMES)) == recorded


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
    assert cells(site.orchestra.artifact(failed["id"], keys.OUTCOMES)) == recorded


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
def filled(site: Site, runs: dict[str, Run], lost: tuple[str, Home]) -> tuple[Run, datetime, datetime]:
    """Return a run of the page's command for a backfill, and the time that was to be read: two whole days."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    start, end = today - timedelta(days=3), today - timedelta(days=1)
    words = [
        f"read_from={start:%Y-%m-%d}" if word.startswith("read_from=") else word
        for word in documented("prefect deployment run 'backfill/logs'")
    ]
    words = [f"read_to={end:%Y-%m-%d}" if word.startswith("read_to=") else word for word in words]
    site.orchestra.run(words, RUN_SECONDS)
    (run,) = site.orchestra.ask("flow_runs/filter", deployments={"name": {"any_": ["logs"]}})
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
    ("parameters", "why"),
    [
        ({"read_from": "tuesday"}, "Validation failed for field 'read_from'. Failure reason: 'tuesday' does not match"),
        ({"read_from": "2026-13-01"}, "'2026-13-01' does not match"),
        ({"read_from": "2026-11-01", "read_to": "later"}, "Validation failed for field 'read_to'."),
        ({"read_to": "2026-11-10"}, "'read_from' is a required property"),
    ],
)
def test_a_backfill_with_a_time_that_is_none_never_runs(site: Site, parameters: dict[str, str], why: str) -> None:
    """What does not match the parameters' patterns is refused with the reason, and no run is made."""
    deployment = site.orchestra.ask("deployments/name/backfill/logs")["id"]
    before = site.orchestra.ask("flow_runs/count", deployments={"name": {"any_": ["logs"]}})
    status, answer = site.orchestra.tries(f"deployments/{deployment}/create_flow_run", parameters=parameters)
    assert (status, why in answer["detail"]) == (409, True), answer
    assert site.orchestra.ask("flow_runs/count", deployments={"name": {"any_": ["logs"]}}) == before


def test_a_backfill_that_makes_no_sense_fails(site: Site) -> None:
    """A span that ends before it begins: the run ends Failed and says what to give."""
    run = site.orchestra.start("backfill/logs", read_from="2026-11-20", read_to="2026-11-10")
    ended = site.orchestra.ended(run, RUN_SECONDS)
    sentence = "A backfill from 2026-11-20 00:00 to 2026-11-10 00:00 UTC reads nothing"
    assert (ended["state_name"], ended["state"]["message"].startswith(sentence)) == ("Failed", True), ended["state"]


@pytest.fixture(scope="module")
def several(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Run, Home]]:
    """Return a run of two tenants, of which one gives no token, and the home that it wrote to."""
    folder = tmp_path_factory.mktemp("several")
    lend(Home(folder / "home"))
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
    heading, _, *lines = site.orchestra.artifact(run["id"], keys.OUTCOMES).splitlines()
    assert heading.startswith("| tenant | collection |")
    assert {line.split(" | ")[0] for line in lines} == {"| Contoso"}
    assert len(lines) == len(SCOPES["directory"])
    tasks = site.orchestra.tasks(run["id"])
    assert {name.partition(" of ")[2] for name in tasks if name.startswith("collect ")} == {"Contoso"}


DANGEROUS = "Evil [App]"


@pytest.fixture(scope="module")
def lost(site: Site, failed: Run, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Home]:
    """Return a run into a home of its own whose worker was killed with it, once the people were committed; and that home."""
    folder = tmp_path_factory.mktemp("lost")
    lend(Home(folder))
    run = site.orchestra.start("sync/directory", environment={"CONSENTRY_HOME": str(folder)})

    def people() -> bool | None:
        return site.orchestra.tasks(run).get("collect users") == "Completed" or None

    eventually(people, "the people are committed", RUN_SECONDS)
    worker = site.orchestra.children()["worker"]
    kill([worker, *descendants(worker)])
    return run, Home(folder)


@pytest.fixture(scope="module")
def reconciled(site: Site, lost: tuple[str, Home]) -> Run:
    """Return a run of the weekly deployment, after a dangerous app came into the tenant."""
    site.tenant.tenant.app(DANGEROUS, created_days_ago=1).holds(
        "RoleManagement.ReadWrite.Directory", "Mail.ReadWrite", "Files.ReadWrite.All"
    )
    return site.orchestra.ended(site.orchestra.start("sync/reconciliation"), RUN_SECONDS)


def test_a_reconciliation_reads_the_directory_whole(site: Site, reconciled: Run) -> None:
    """The weekly run is a full round of everything that is followed by its changes, a day after the last one or less."""
    assert reconciled["state_name"] == "Completed"
    found = {row[0]: int(row[2]) for row in outcomes(site, reconciled)}
    assert found["users"] == site.tenant.tenant.count("users")
    assert found["service_principals"] == site.tenant.tenant.count("servicePrincipals")


def test_what_changed_is_told(site: Site, reconciled: Run) -> None:
    """The artifact names the app that came, that it is dangerous and what it was granted; markup in its name stays text."""
    text = str(site.orchestra.artifact(reconciled["id"], keys.CHANGES))
    parts = {part.partition("\n")[0]: part for part in text.split("## ")}
    name = DANGEROUS.replace("[", "\\[").replace("]", "\\]")
    for heading in ("New apps", "Apps that became dangerous", "New grants of dangerous permissions"):
        assert name in parts[heading], text
    assert "Apps that nobody uses any more" not in parts


def test_the_first_file_is_compared_with_nothing(site: Site, runs: dict[str, Run]) -> None:
    """After the first run of all nothing has changed, and nobody is told that every app is new."""
    text = str(site.orchestra.artifact(runs["directory"]["id"], keys.CHANGES))
    assert text.startswith("Nothing to compare with")


def test_freshness_is_told(site: Site, runs: dict[str, Run]) -> None:
    """The artifact has a line for each collection of the mart, with what is missing and why."""
    lines = str(site.orchestra.artifact(runs["sign-ins"]["id"], keys.FRESHNESS)).splitlines()[2:]
    assert len(lines) == len(SCOPES["all"])
    assert sum("unlicensed" in line for line in lines) == 4


def test_progress_is_told_to_its_end(site: Site, runs: dict[str, Run], failed: Run) -> None:
    """A run that published was all done; one that failed stopped before."""
    assert float(site.orchestra.artifact(runs["directory"]["id"], keys.PROGRESS)) == 100
    assert float(site.orchestra.artifact(failed["id"], keys.PROGRESS)) < 100


def test_the_marts_are_assets(site: Site, reconciled: Run) -> None:
    """Prefect has an event for each published mart, which names the raw tables that it is made of."""
    found = site.orchestra.events("prefect.asset.materialization.succeeded")
    made = {event["resource"]["prefect.resource.id"]: event for event in found}
    assert {f"duckdb://consentry/marts/{mart}" for mart in MARTS} <= made.keys()
    related = {one["prefect.resource.id"] for one in made["duckdb://consentry/marts/dim_user"]["related"]}
    assert {"duckdb://consentry/raw/users", "dbt"} <= related


def test_a_dangerous_app_is_told_through_the_webhook(site: Site, reconciled: Run) -> None:
    """The receiver hears of the app by its name, with how dangerous it is and why."""
    text = eventually(lambda: site.told.heard(DANGEROUS), "the app is told", TOLD_SECONDS)
    assert re.search(r" is now rated (high|critical) \(\d+ of 100\): \w", text), text


def test_failed_and_degraded_runs_are_told_through_the_webhook(site: Site, runs: dict[str, Run], failed: Run) -> None:
    """The receiver hears which run failed or lacks something, and why; of those that completed it hears nothing."""
    degraded = eventually(
        lambda: site.told.heard("sync/sign-ins ended Degraded"), "the degraded run is told", TOLD_SECONDS
    )
    assert "without sign_ins_" in degraded
    text = eventually(lambda: site.told.heard("sync/directory ended Failed"), "the failed run is told", TOLD_SECONDS)
    assert "User.Read.All (application), with admin consent" in text
    assert site.told.heard("ended Completed") is None


@pytest.fixture(scope="module")
def checks(site: Site, reconciled: Run) -> dict[str, Run]:
    """Return runs of the daily check: of a tenant that gives everything, without a licence, and without what must be there."""
    found = {}
    for name in ("whole", "unlicensed", "denied"):
        if name == "unlicensed":
            site.tenant.faults.no_premium()
        if name == "denied":
            site.tenant.faults.deny("/users")
        found[name] = site.orchestra.ended(site.orchestra.start("check/daily"), RUN_SECONDS)
        site.tenant.faults.clear()
    return found


@pytest.mark.parametrize(
    ("name", "state", "sentence"),
    [
        ("whole", "Completed", "Run `consentry sync`."),
        ("unlicensed", "Degraded", "What is missing stays unknown"),
        ("denied", "Failed", "users"),
    ],
)
def test_a_daily_check_ends_with_the_next_step(checks: dict[str, Run], name: str, state: str, sentence: str) -> None:
    """The run ends as a sync would, and its message is what `consentry check` says to do next."""
    found = checks[name]
    assert (found["state_name"], sentence in found["state"]["message"]) == (state, True), found["state"]


def test_a_check_tells_what_would_be_missing(site: Site, checks: dict[str, Run]) -> None:
    """Its artifact has a line for each collection that would not be collected, with the reason."""
    text = str(site.orchestra.artifact(checks["unlicensed"]["id"], "check"))
    assert text.count("unlicensed") == 4
    assert "|" not in str(site.orchestra.artifact(checks["whole"]["id"], "check"))


def test_a_run_that_is_lost_goes_on(site: Site, lost: tuple[str, Home], reconciled: Run) -> None:
    """A run whose worker was killed with it is found, runs again and completes: what was committed is not read twice."""
    run, home = lost

    def completed() -> Run | None:
        found: Run = site.orchestra.ask(f"flow_runs/{run}")
        return found if found["state_type"] == "COMPLETED" else None

    found = eventually(completed, "the lost run completes", RUN_SECONDS)
    assert found["run_count"] == 2
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        query = "select rows from raw.sync_outcomes where collection = 'users' order by started_at"
        people = site.tenant.tenant.count("users")
        assert connection.execute(query).fetchall() == [(people,), (0,)]
    with duckdb.connect(str(home.published), read_only=True) as connection:
        assert connection.execute("select count(*) from marts.dim_user").fetchall() == [(people,)]
    states = site.orchestra.ask(f"flow_run_states/?flow_run_id={run}")
    assert {"Crashed", "AwaitingRetry"} <= {state["name"] for state in states}
    assert "The worker ended (exit code -9); it is started again." in site.orchestra.log.read_text(encoding="utf-8")


def test_the_commands_that_look_find_the_runs(site: Site, failed: Run) -> None:
    """What the page says to type shows the runs that ended, and the artifact of the last."""
    listed = site.orchestra.run(documented("prefect flow-run ls"))
    assert "COMPLETED" in listed
    assert "FAILED" in listed
    assert "service_principals" in site.orchestra.run(documented("prefect artifact inspect sync-outcomes"))


def test_health_says_what_is_not_as_it_should_be(site: Site, checks: dict[str, Run]) -> None:
    """After runs that failed and with schedules that rest it exits with 3 and says of each what it is; the worker is online."""
    found = json.loads(site.orchestra.run(["consentry", "health", "--json"], code=3))
    assert found["failures"] == []
    assert [worker["is_online"] for worker in found["workers"]] == [True]
    assert found["address"] == f"http://127.0.0.1:{site.orchestra.port}"
    daily = next(one for one in found["deployments"] if one["name"] == "check/daily")
    assert (daily["last_run_state"], daily["schedules"], daily["is_paused"]) == ("Failed", ["52 5 * * *"], True)
    assert any(sentence.startswith("check/daily: the last run ended Failed.") for sentence in found["complaints"])
    assert any("sync/sign-ins is paused" in sentence for sentence in found["complaints"])
    text = site.orchestra.run(documented("consentry health"), code=3)
    assert "worker consentry: online" in text
    assert "published file: made " in text


def standing(site: Site) -> tuple[dict[str, int], list[str], list[tuple[str, bool]]]:
    """Return the processes that are up, the ids of the automations, and those of the deployments with whether each is paused."""
    automations = sorted(one["id"] for one in site.orchestra.ask("automations/filter", limit=50))
    deployments = site.orchestra.ask("deployments/filter", sort="NAME_ASC")
    return site.orchestra.children(), automations, sorted((one["id"], one["paused"]) for one in deployments)


def test_bringing_it_up_again_changes_nothing(site: Site, checks: dict[str, Run]) -> None:
    """A second `consentry up` finds the first and ends; nothing is there twice, nor a deployment that prefect.yaml does not name, and what is paused stays so."""
    before = standing(site)
    (flow,) = site.orchestra.ask("flows/filter", flows={"name": {"any_": ["check"]}})
    site.orchestra.ask("deployments/", name="of-an-earlier-version", flow_id=flow["id"], work_pool_name="consentry")
    said = site.orchestra.run(["consentry", "up"], RUN_SECONDS)
    assert f"Consentry is up already at http://127.0.0.1:{site.orchestra.port}" in said
    assert standing(site) == before


def test_what_is_paused_stays_so_where_deploying_fails(site: Site) -> None:
    """A deploying that ends half-way, and resumed what somebody had paused, tells why it ended and leaves it paused."""
    before = standing(site)
    resumed = next(id_ for id_, is_paused in before[2] if is_paused)
    local = Local(site.orchestra.home, port=site.orchestra.port)

    def deploy() -> None:
        with pauses_kept(local):
            site.orchestra.ask(f"deployments/{resumed}/resume_deployment", paused=False)
            assert standing(site) != before
            raise ConsentryError("It ended half-way.")

    with pytest.raises(ConsentryError, match="half-way"):
        deploy()
    assert standing(site) == before


def test_no_secret_reaches_prefect(site: Site, failed: Run, checks: dict[str, Run]) -> None:
    """After all runs neither the client secret, a token nor the webhook's address stands in Prefect's database or in anything that was printed."""
    secret = site.tenant.settings["CONSENTRY_CLIENT_SECRET"].encode()
    files = [path for path in site.orchestra.folder.rglob("*") if path.is_file()]
    assert any(path.name == "prefect.db" for path in files)
    assert b"Finished in state" in site.orchestra.log.read_bytes()
    secrets = (secret, b"eyJhbGciOi", RECEIVER_PATH.encode())
    assert [path for path in files if any(one in path.read_bytes() for one in secrets)] == []
