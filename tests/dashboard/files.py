"""Published files for the dashboard: the golden story's marts, as a person reviewed them, and tenants made from it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import duckdb

from docs.contract import Mart
from docs.contract import marts as declared

GOLDEN: Final = Path(__file__).parents[1] / "sql" / "golden" / "woodgrove"
WOODGROVE: Final = "a0000000-0000-0000-0000-000000000001"
BLIND: Final = "b0000000-0000-0000-0000-000000000002"
LARGE: Final = "c0000000-0000-0000-0000-000000000003"
NOW: Final = datetime(2026, 3, 31, 8, tzinfo=UTC)
"""Two hours after the story's newest sync."""

PUBLISHED_AT: Final = datetime(2026, 3, 31, 6, 12, tzinfo=UTC)
EVIL: Final = "<img src=x onerror=alert(1)> {{ 7 * 7 }}"
LARGE_APPS: Final = 20_000
LARGE_PEOPLE: Final = 50_000

NO_LICENCE: Final = f"""
update marts.app_overview set usage_state = 'unknown', unknown_reason = 'no_licence', unknown_explanation = 'No licence, so no sign-ins',
    usage_source = null, last_used_at = null, active_users = 0, known_days_30 = 0, active_days_30 = null, trend = 'unknown',
    trend_percent = null, usage_level = null, monthly_active_users = null, reclaimable_seats = 0
where tenant_id = '{BLIND}';
update marts.app_overview set display_name = '{EVIL}', publisher_name = '{EVIL}' where tenant_id = '{BLIND}' and app_id = 'app-mailwise';
update marts.dim_app set publisher_name = 'Blindholm' where tenant_id = '{BLIND}' and ownership = 'own';
update marts.app_user_usage set usage_state = 'unknown', unknown_reason = 'no_licence', unknown_explanation = 'No licence, so no sign-ins',
    active_days_30 = null, known_days_30 = 0, last_used_at = null, usage_level = null where tenant_id = '{BLIND}';
update marts.coverage set outcome = 'unlicensed', what_is_missing = 'unlicensed: needs Microsoft Entra ID P1 or P2', known_from = null,
    known_to = null, collected_from = null, collected_to = null, fetched_rows = 0, answer = 'Nothing of it was read'
where tenant_id = '{BLIND}' and collection like 'sign_ins_%';
delete from marts.fct_app_day where tenant_id = '{BLIND}';
delete from marts.fct_app_user_day where tenant_id = '{BLIND}';
delete from marts.reclaim_candidate where tenant_id = '{BLIND}';
"""
"""The story of a tenant whose sign-ins nobody may read."""

MANY: Final = f"""
insert into marts.app_overview by name select '{LARGE}' as tenant_id, 'large-' || i as app_id, 'Large ' || i as display_name,
    i % 1000 as active_users, (i * 7) % 101 as risk_score, case when i % 5 = 0 then 'unknown' else 'used' end as usage_state,
    case when i % 5 = 0 then 'no_permission' end as unknown_reason, case when i % 5 = 0 then 'No permission' end as unknown_explanation,
    case when (i * 7) % 101 >= 65 then 'critical' when (i * 7) % 101 >= 50 then 'high' when (i * 7) % 101 >= 25 then 'medium' else 'low' end as risk_band,
    one.* exclude (tenant_id, app_id, display_name, active_users, risk_score, usage_state, unknown_reason, unknown_explanation, risk_band)
from (from marts.app_overview where tenant_id = '{WOODGROVE}' and app_id = 'app-figma') as one, range({LARGE_APPS}) as numbers(i);
insert into marts.dim_user by name select '{LARGE}' as tenant_id, 'person-' || i as user_id, 'Person ' || i as display_name,
    'person' || i || '@large.example' as user_principal_name, one.* exclude (tenant_id, user_id, display_name, user_principal_name)
from (from marts.dim_user where tenant_id = '{WOODGROVE}' and user_id = 'ben') as one, range({LARGE_PEOPLE}) as numbers(i);
insert into marts.coverage by name select '{LARGE}' as tenant_id, * exclude (tenant_id) from marts.coverage where tenant_id = '{WOODGROVE}';
"""
"""A tenant that no page could show whole."""


def write(file: Path, *, blind: bool = False, large: bool = False) -> None:
    """Write a published file with the golden story in it.

    Args:
        file: where; what is there is replaced as a publish replaces it.
        blind: whether a tenant without a licence for sign-ins is in it too.
        large: whether a large one is.
    """
    made = file.with_suffix(".tmp")
    made.unlink(missing_ok=True)
    with duckdb.connect(str(made)) as connection:
        connection.execute("set TimeZone = 'UTC'; create schema marts")
        for mart in declared():
            _load(connection, mart)
        connection.execute("create table main.published (published_at timestamptz, run_id varchar)")
        connection.execute("insert into main.published values ($1, 'run-1')", [PUBLISHED_AT])
        if blind:
            _double(connection)
            connection.execute(NO_LICENCE)
        if large:
            connection.execute(MANY)
    made.replace(file)


def _load(connection: duckdb.DuckDBPyConnection, mart: Mart) -> None:
    columns = ", ".join(f'"{column.name}" {column.kind}' for column in mart.columns)
    casts = ", ".join(f'cast("{column.name}" as {column.kind})' for column in mart.columns)
    connection.execute(f"create table marts.{mart.name} ({columns})")
    rows = f"read_csv('{GOLDEN / mart.name}.csv', header = true, all_varchar = true, allow_quoted_nulls = false)"
    connection.execute(f"insert into marts.{mart.name} select {casts} from {rows}")


def _double(connection: duckdb.DuckDBPyConnection) -> None:
    for mart in declared():
        if any(column.name == "tenant_id" for column in mart.columns):
            connection.execute(
                f"insert into marts.{mart.name} by name select '{BLIND}' as tenant_id, * exclude (tenant_id) from marts.{mart.name}"
            )
