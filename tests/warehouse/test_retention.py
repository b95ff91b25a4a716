"""Old sign-ins are dropped by whole days, once their facts are built; nothing that readers see changes by that."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import SettingsError
from pipelines.settings import Home
from pipelines.warehouse import retention
from pipelines.warehouse.build import build
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
    """Old days go by the first build that holds them; the marts are as before, and late rows of a closed day go, too."""
    home = Home(warehouse.folder)
    assert build(Home(warehouse.folder, keep_sign_ins=days(200))).pruned == 0
    before = told(warehouse)
    assert build(home).pruned == 2
    [noted] = warehouse.rows("select * exclude (pruned_at) from raw.pruned_days")
    assert noted == {"tenant_id": CONTOSO, "collection": "sign_ins_interactive", "sign_in_date": OLD, "rows": 2}
    assert warehouse.row("select min(created_date_time) as first_at from raw.sign_ins")["first_at"] == ago(89)
    warehouse.insert("sign_ins", sign_in("payroll", 100.02, _dlt_load_id="2"))
    assert build(home).pruned == 1
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


@pytest.mark.parametrize(("kept", "reread_hours", "least"), [(30, 24, 31), (31, 25, 32), (59, 720, 60)])
def test_too_short_a_time_is_refused(tmp_path: Path, kept: int, reread_hours: int, least: int) -> None:
    """Sign-ins that the models look back to, or that are read again, are not dropped."""
    home = Home(tmp_path, days(kept), timedelta(hours=reread_hours))
    with pytest.raises(SettingsError, match=f"is {kept}, and at least {least} are needed"):
        retention.insist(home)
    retention.insist(Home(tmp_path, days(least), timedelta(hours=reread_hours)))
