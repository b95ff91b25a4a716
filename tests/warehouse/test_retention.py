"""Old sign-ins are dropped by whole days, once their facts are built; nothing that readers see changes by that."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import SettingsError
from pipelines.settings import Home
from pipelines.warehouse import retention
from pipelines.warehouse.build import PROJECT, build
from pipelines.warehouse.database import opened
from tests.parsed import lend
from tests.sql.story import CONTOSO, KINDS, app, complete_sign_ins, outcome, sign_in, tell_outcomes, window
from tests.sql.warehouse import Warehouse, ago

OLD = ago(100).date()


def days(number: int) -> timedelta:
    """So many days."""
    return timedelta(days=number)


def told(warehouse: Warehouse) -> dict[str, list[dict[str, Any]]]:
    """What readers see."""
    names = [
        row["table_name"]
        for row in warehouse.rows("select table_name from duckdb_tables() where schema_name = 'marts'")
    ]
    return {name: warehouse.rows(f"select * from marts.{name} order by all") for name in sorted(names)}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A tenant with a long past: hundreds of sign-ins since ten days, and one day of them a hundred days ago."""
    made = Warehouse(tmp_path_factory.mktemp("retention"))
    made.create()
    tell_outcomes(made, *complete_sign_ins(CONTOSO), outcome(CONTOSO, "service_principals"))
    made.insert("sync_windows", *(outcome_window(kind) for kind in KINDS))
    made.insert("service_principals", app("payroll"))
    made.insert(
        "sign_ins",
        sign_in("payroll", 100, _dlt_load_id="1"),
        sign_in("vanished", 100.01, _dlt_load_id="1", app_display_name="Vanished", resource_id="app-payroll"),
        sign_in("payroll", 89, _dlt_load_id="1"),
        *(sign_in("payroll", 10 - hour / 24, _dlt_load_id="1") for hour in range(200)),
    )
    return made


def outcome_window(kind: str) -> dict[str, Any]:
    """A window that was read half a year ago, whole."""
    read = window(180, 31)
    return {"tenant_id": CONTOSO, "collection": f"sign_ins_{kind}", "run_id": "run-0", "read_at": ago(30)} | read


def test_a_day_goes_when_its_facts_are_built_and_takes_nothing_with_it(warehouse: Warehouse) -> None:
    """Old days go by the first build that holds them; the marts are as before, and late rows of a closed day go, too.

    On the way: seeds are loaded by the first build, and again by the one that finds them changed.
    """
    home = Home(warehouse.folder)
    lend(home)
    first: list[str] = []
    again: list[str] = []
    changed: list[str] = []
    assert build(Home(warehouse.folder, keep_sign_ins=days(200)), watch=first.append).pruned == 0
    before = told(warehouse)
    assert build(home, watch=again.append).pruned == 2
    assert set(first) - set(again) == {file.stem for file in (PROJECT / "seeds").glob("*.csv")}
    [noted] = warehouse.rows("select * exclude (pruned_at) from raw.pruned_days")
    assert noted == {"tenant_id": CONTOSO, "collection": "sign_ins_interactive", "sign_in_date": OLD, "rows": 2}
    assert warehouse.row("select min(created_date_time) as first_at from raw.sign_ins")["first_at"] == ago(89)
    warehouse.insert("sign_ins", sign_in("payroll", 100.02, _dlt_load_id="2"))
    with opened(warehouse.file) as connection:
        connection.execute("update seeds.usage_source set rung_order = 10 - rung_order")
    assert build(home, watch=changed.append).pruned == 1
    assert set(changed) == set(first)
    assert told(warehouse) == before
    assert warehouse.rows("select rows from raw.pruned_days") == [{"rows": 3}]
    [vanished] = warehouse.rows("select display_name from marts.dim_app where app_id = 'app-vanished'")
    assert vanished == {"display_name": "Vanished"}


def test_a_day_that_holds_more_than_was_built_stays(warehouse: Warehouse) -> None:
    """Rows that came after the build keep their day from being dropped; so does a prune that dies keep everything."""
    warehouse.insert(
        "sign_ins", sign_in("payroll", 120, _dlt_load_id="3"), sign_in("payroll", 89.001, _dlt_load_id="3")
    )
    home = Home(warehouse.folder, keep_sign_ins=days(31))
    assert retention.prune(home).rows == 0


DEATH = """
import os
import sys
from pathlib import Path

from pipelines.settings import Home
from pipelines.warehouse import retention

class Death(str):
    def __contains__(self, _):  # asked of each step before it is done
        os._exit(9)

retention.STEPS = (*retention.STEPS[:int(sys.argv[2])], Death())
retention.prune(Home(Path(sys.argv[1])))
"""

BUILT = f"""
create schema intermediate;
create schema seeds;
create schema staging;
create table intermediate.int_tenant as select '{CONTOSO}' as tenant_id, timestamptz '2026-03-31 06:00+00' as as_of;
create table seeds.usage_source as
select 'sign_ins_interactive' as collection, 'interactive' as sign_in_kind, 'sign_ins' as usage_rung;
create table intermediate.int_sign_in_day as
select '{CONTOSO}' as tenant_id, 'interactive' as sign_in_kind, date '{OLD}' as sign_in_date, 2 as sign_ins, 'as built' as fingerprint, cast(null as varchar) as newest_load_id;
create table intermediate.int_service_principal (tenant_id varchar, service_principal_id varchar, app_id varchar);
create view staging.stg_entra__service_principals as select tenant_id, id as service_principal_id, app_id from raw.service_principals;
create table intermediate.int_sign_in_day_built as from intermediate.int_sign_in_day;
create table intermediate.int_changed_sign_in as
select tenant_id, created_date_time::date as sign_in_date from raw.sign_ins;
"""


@pytest.mark.parametrize("steps", range(len(retention.STEPS) + 1))
def test_a_prune_that_is_killed_takes_and_notes_nothing(tmp_path: Path, steps: int) -> None:
    """Whatever of it was done, also all: before the end of the transaction nothing is. The next one does it."""
    made = Warehouse(tmp_path)
    made.create()
    made.insert("sign_ins", sign_in("payroll", 100), sign_in("payroll", 100.01), sign_in("payroll", 10))
    with opened(made.file) as connection:
        connection.execute(BUILT)
    names = ("raw.sign_ins", "raw.pruned_days", "intermediate.int_changed_sign_in")
    before = [made.rows(f"select * from {name} order by all") for name in names]
    killed = subprocess.run([sys.executable, "-c", DEATH, str(tmp_path), str(steps)], check=False, timeout=300)
    assert killed.returncode == 9
    assert [made.rows(f"select * from {name} order by all") for name in names] == before
    pruned = retention.prune(Home(tmp_path))
    assert (pruned.days, pruned.rows) == (1, 2)
    assert [len(made.rows(f"from {name}")) for name in names] == [1, 1, 1]


@pytest.mark.parametrize(("kept", "reread_hours", "least"), [(30, 24, 31), (31, 25, 32), (59, 720, 60)])
def test_too_short_a_time_is_refused(tmp_path: Path, kept: int, reread_hours: int, least: int) -> None:
    """Sign-ins that the models look back to, or that are read again, are not dropped."""
    home = Home(tmp_path, days(kept), timedelta(hours=reread_hours))
    with pytest.raises(SettingsError, match=f"is {kept}, and at least {least} are needed"):
        retention.insist(home)
    retention.insist(Home(tmp_path, days(least), timedelta(hours=reread_hours)))


def test_audits_gone_objects_and_outcomes_go_when_they_are_old(tmp_path: Path) -> None:
    """Each by its own setting and from its own age; of outcomes the newest and the newest complete one of a list stay."""
    made = Warehouse(tmp_path)
    made.create()
    with opened(made.file) as connection:
        connection.execute(BUILT)
    made.insert(
        "directory_audits",
        *({"tenant_id": CONTOSO, "id": str(age), "activity_date_time": ago(age)} for age in (10, 70)),
    )
    gone = {"tenant_id": CONTOSO, "_deleted_at": ago(40)}
    made.insert(
        "users",
        {**gone, "id": "left"},
        {**gone, "id": "leaving", "_deleted_at": ago(20)},
        {"tenant_id": CONTOSO, "id": "here"},
    )
    made.insert("group_members", {**gone, "id": "left", "group_id": "g"})
    told = [
        ("users", 50, "complete"),
        ("users", 40, "complete"),
        ("users", 30, "denied"),
        ("users", 20, "denied"),
        ("apps", 50, "complete"),
    ]
    made.insert(
        "sync_outcomes",
        *(
            {"tenant_id": CONTOSO, "run_id": str(n), "collection": name, "started_at": ago(age), "outcome": end}
            for n, (name, age, end) in enumerate(told)
        ),
    )
    retention.prune(Home(tmp_path))
    assert [len(made.rows(f"from raw.{name}")) for name in ("directory_audits", "users", "sync_outcomes")] == [2, 3, 5]
    retention.prune(Home(tmp_path, keep_audits=days(60), keep_gone=days(30), keep_outcomes=days(7)))
    assert made.rows("select id from raw.directory_audits") == [{"id": "10"}]
    assert made.rows("select id from raw.users order by 1") == [{"id": "here"}, {"id": "leaving"}]
    assert made.rows("from raw.group_members") == []
    assert made.rows("select run_id from raw.sync_outcomes order by 1") == [
        {"run_id": "1"},
        {"run_id": "3"},
        {"run_id": "4"},
    ]


@pytest.mark.parametrize("setting", ["keep_audits", "keep_gone", "keep_outcomes"])
def test_nothing_is_kept_too_short(tmp_path: Path, setting: str) -> None:
    """Each setting has a least number of days, and says why."""
    with pytest.raises(SettingsError, match="at least"):
        retention.insist(Home(tmp_path, **{setting: days(5)}))  # type: ignore[arg-type] - all three are times
