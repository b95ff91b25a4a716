"""Builds of a large warehouse: all of it, and what 100,000 new rows cost, against one scan of the sign-ins."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final

from benchmarks.apart import Usage, apart
from benchmarks.report import Row, Section, Verdict
from pipelines.entra.collections import COLLECTIONS
from pipelines.settings import Home
from pipelines.warehouse.database import fetch, opened
from pipelines.warehouse.load import GROUP_ROWS, Loader, group

DAYS: Final = 30
MOST: Final = 1 / 5
"""What an incremental build may cost of a full one."""

TENANT: Final = "10000000-0000-0000-0000-000000000001"
VENDOR: Final = "20000000-0000-0000-0000-000000000001"

CHANCES: Final = """
create or replace macro chance(number, what) as (hash(number, what) % 1000003) / 1000003.0;
create or replace macro guid(number, what) as cast(md5(what || number)::uuid as varchar);
create or replace macro app_number(person, choice, apps) as floor(apps * pow(chance(person * 8 + choice, 'app'), 3))::bigint;
create or replace macro issued(app) as list_slice(
    ['User.Read', 'openid', 'profile', 'email', 'offline_access', 'Mail.Read', 'Files.Read.All', 'Calendars.ReadWrite'],
    1 + (app % 3)::bigint, 3 + (app % 5)::bigint
);
"""
"""Chance that is none: the same number gives the same. Of 100,000 people each uses up to eight apps, some apps far more than others."""

DIRECTORY: Final = {
    "organization": "select '{tenant}' as tenant_id, '{tenant}' as id, 'Contoso' as display_name",
    "users": """
        select '{tenant}' as tenant_id, guid(i, 'user') as id, 'Person ' || i as display_name, i % 50 <> 0 as account_enabled,
            'Member' as user_type, 'person' || i || '@contoso.example' as user_principal_name,
            timestamptz '2025-01-01 00:00+00' as created_date_time
        from range({people}) as r(i)""",
    "service_principals": """
        select '{tenant}' as tenant_id, guid(i, 'sp') as id, guid(i, 'app') as app_id, 'App ' || i as display_name,
            case when i % 40 = 7 then 'ManagedIdentity' else 'Application' end as service_principal_type,
            case when i % 3 = 0 then '{tenant}' else '{vendor}' end as app_owner_organization_id, true as account_enabled,
            timestamptz '2025-01-01 00:00+00' as created_date_time, ['https://app' || i || '.example/callback']::json as reply_urls
        from range({apps}) as r(i)""",
    "oauth2_permission_grants": """
        select '{tenant}' as tenant_id, guid(i, 'grant') as id, guid(i % {apps}, 'sp') as client_id, guid(0, 'sp') as resource_id,
            case when i < {apps} then 'AllPrincipals' else 'Principal' end as consent_type,
            case when i >= {apps} then guid(i % {people}, 'user') end as principal_id,
            array_to_string(issued(i % {apps}), ' ') as scope
        from range(2 * {apps}) as r(i)""",
    "app_role_assigned_to": """
        select '{tenant}' as tenant_id, guid(i, 'assignment') as id, guid(i, 'user') as principal_id, 'User' as principal_type,
            guid(app_number(i, 0, {apps}), 'sp') as resource_id, guid(0, 'role') as app_role_id,
            timestamptz '2025-02-01 00:00+00' as created_date_time
        from range({people}) as r(i)""",
}
"""Rows of the directory by table."""

SIGN_INS: Final = """
with events as (
    select
        i,
        case when chance(i, 'late') < {late} then {begins} - (3 * chance(i, 'how late'))::double * interval 1 day
            else {begins} + (i - {first}) / {rows}::double * {days} * interval 1 day end as happened_at,
        case when chance(i, 'kind') < 0.25 then 'interactive' when chance(i, 'kind') < 0.85 then 'non_interactive'
            when chance(i, 'kind') < 0.98 then 'service_principal' else 'managed_identity' end as kind,
        floor({people} * pow(chance(i, 'person'), 1.5))::bigint as person,
        case when chance(i, 'code') < 0.9 then 0 else [50126, 50140, 65001, 53003, 50076][1 + i % 5] end as code,
        app_number(floor({people} * pow(chance(i, 'person'), 1.5))::bigint, floor(8 * pow(chance(i, 'choice'), 2))::bigint, {apps}) as app
    from range({first}, {first} + {rows}) as r(i)
),
known as (
    select *, kind in ('interactive', 'non_interactive') as is_person, floor(40 * pow(chance(person, 'place'), 2))::bigint as place
    from events
)
select
    '{tenant}' as tenant_id,
    guid(i, 'sign-in') as id,
    'sign_ins_' || kind as _collection,
    i - {first} as _arrival,
    '{load}' || lpad((i // 100000)::varchar, 6, '0') as _dlt_load_id,
    happened_at as created_date_time,
    'App ' || app as app_display_name,
    case when is_person or i % 10 <> 0 then guid(app, 'app') end as app_id,
    case when app % 3 = 0 then '{tenant}' else '{vendor}' end as app_owner_tenant_id,
    case when not is_person then guid(app, 'sp') end as service_principal_id,
    case when not is_person then 'App ' || app end as service_principal_name,
    case when is_person then guid(person, 'user') end as user_id,
    case when is_person then 'person' || person || '@contoso.example' end as user_principal_name,
    case when is_person then 'Person ' || person end as user_display_name,
    case when is_person then 'member' end as user_type,
    guid(case when i % 4 = 0 then app % 100 else 0 end, 'app') as resource_id,
    case when i % 4 = 0 then 'App ' || app % 100 else 'Microsoft Graph' end as resource_display_name,
    guid(case when i % 4 = 0 then app % 100 else 0 end, 'sp') as resource_service_principal_id,
    '{tenant}' as resource_tenant_id,
    '{tenant}' as home_tenant_id,
    code as status__error_code,
    case when code <> 0 then 'Error ' || code || ': the sign-in did not end with a token.' else 'Other.' end as status__failure_reason,
    guid(i, 'correlation') as correlation_id,
    guid(i // 3, 'session') as session_id,
    md5('token' || i) as unique_token_identifier,
    kind = 'interactive' as is_interactive,
    '10.' || place || '.' || person % 250 || '.' || i % 250 as ip_address,
    64500 + place as autonomous_system_number,
    ['DE', 'fr', 'US', 'GB', 'NL', 'SE', '', 'IN', 'BR', 'JP'][1 + (place % 10)::bigint] as location__country_or_region,
    'State ' || place as location__state,
    'City ' || person % 500 as location__city,
    48.0 + place / 10.0 as location__geo_coordinates__latitude,
    11.0 + place / 10.0 as location__geo_coordinates__longitude,
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/1' || person % 40 || '.0.0.0' as user_agent,
    'Chrome 1' || person % 40 as device_detail__browser,
    case when is_person then guid(person, 'device') end as device_detail__device_id,
    'Windows10' as device_detail__operating_system,
    person % 3 <> 0 as device_detail__is_compliant,
    'Browser' as client_app_used,
    'success' as conditional_access_status,
    'none' as risk_level_during_sign_in,
    'none' as risk_state,
    'none' as risk_detail,
    100 + i % 900 as processing_time_in_milliseconds,
    [{{'id': guid(1, 'policy'), 'displayName': 'Require a second factor', 'enforcedGrantControls': ['mfa'], 'result': 'success'}},
     {{'id': guid(2, 'policy'), 'displayName': 'Block legacy clients', 'enforcedGrantControls': ['block'], 'result': 'notApplied'}},
     {{'id': guid(3, 'policy'), 'displayName': 'Compliant devices', 'enforcedGrantControls': ['compliantDevice'],
       'result': case when person % 3 = 0 then 'reportOnlyFailure' else 'reportOnlySuccess' end}}]::json as applied_conditional_access_policies,
    [{{'authenticationStepDateTime': happened_at::varchar, 'authenticationMethod': 'Previously satisfied', 'succeeded': code = 0,
       'authenticationStepResultDetail': 'First factor requirement satisfied by claim in the token'}}]::json as authentication_details,
    case when is_person then to_json(list_concat(
        [{{'key': 'Legacy TLS (TLS 1.0, 1.1, 3DES)', 'value': 'False'}}, {{'key': 'Is CAE Token', 'value': case when i % 5 = 0 then 'True' else 'False' end}}],
        case when i % 3 <> 0 then [{{'key': 'Oauth Scope Info', 'value': to_json(issued(app))::varchar}}] else [] end
    )) end as authentication_processing_details,
    [{{'networkType': 'namedNetwork', 'networkNames': ['Office ' || place]}}]::json as network_location_details,
    '[]'::json as risk_event_types,
    '["interactiveUser"]'::json as sign_in_event_types
from known
order by happened_at
"""
"""Sign-ins with what Graph tells of them, from `first` on; most within the time, some up to three days before it."""


def measure(sign_ins: int, new: int, apps: int, people: int) -> list[Section]:
    """Build a warehouse, let rows come, build it again, and scan it.

    Args:
        sign_ins: how many at first, within 30 days.
        new: how many come then, most of them within an hour.
        apps: service principals.
        people: users.
    """
    with tempfile.TemporaryDirectory(prefix="consentry-benchmark-") as folder:
        fill(Path(folder), sign_ins, apps, people)
        full = apart("benchmarks.builds:building", folder)
        again = apart("benchmarks.builds:building", folder)
        grow(Path(folder), sign_ins, new, apps, people)
        incremental = apart("benchmarks.builds:building", folder)
        scan = apart("benchmarks.builds:scanning", folder)
        assert scan.rows == sign_ins + new
        size = (Path(folder) / "warehouse.duckdb").stat().st_size / 1e9
    runs = {
        f"full build, {sign_ins:,} sign-ins": full,
        "again, nothing new": again,
        f"incremental build, {new:,} new": incremental,
        "one scan of all sign-ins": scan,
    }
    return [
        Section(
            "Builds",
            f"Every seed, model and data test over {sign_ins:,} sign-ins of {DAYS} days, {apps:,} apps and {people:,} people (a file of "
            f"{size:.1f} GB), then after {new:,} new ones, nine of ten of the last hour and the others up to three days late; each a "
            "process of its own, which begins with loading dbt and reading the project. Beside them, one hash over all columns of the sign-ins.",
            ("run", "days built", "CPU s", "seconds", "peak MB", "times the scan"),
            [_row(what, usage, scan) for what, usage in runs.items()],
            [
                Verdict("seconds, incremental against full", incremental.wall / full.wall, MOST, "times"),
                Verdict("processor time, incremental against full", incremental.cpu / full.cpu, MOST, "times"),
                Verdict("the most memory", max(full.peak, incremental.peak), 4000, "MB"),
            ],
        )
    ]


def _row(what: str, usage: Usage, scan: Usage) -> Row:
    days = f"{usage.rows:,}" if usage is not scan else ""
    return (
        what,
        days,
        f"{usage.cpu:,.1f}",
        f"{usage.wall:,.1f}",
        f"{usage.peak:,.0f}",
        f"{usage.wall / scan.wall:.1f}",
    )


def fill(folder: Path, sign_ins: int, apps: int, people: int) -> None:
    """Make a warehouse that has read the directory, and so many sign-ins."""
    with Loader.on(Home(folder)):
        pass
    sizes = {"tenant": TENANT, "vendor": VENDOR, "apps": apps, "people": people}
    _insert(folder, DIRECTORY["organization"].format(**sizes), "organization")
    for table in ("users", "service_principals", "oauth2_permission_grants", "app_role_assigned_to"):
        _insert(folder, DIRECTORY[table].format(**sizes), table)
    for day in range(DAYS):
        first, until = sign_ins * day // DAYS, sign_ins * (day + 1) // DAYS
        begins = f"(timestamptz '2026-03-01 00:00+00' + interval {day} day)"
        sizes |= {"first": first, "rows": until - first, "begins": begins, "days": 1, "late": 0, "load": "17724"}
        _insert(folder, SIGN_INS.format(**sizes), "sign_ins")
    _note(folder, "2026-03-31 00:00+00", "run-1")


def grow(folder: Path, sign_ins: int, new: int, apps: int, people: int) -> None:
    """Let new sign-ins come, as an hourly run reads them."""
    sizes = {"tenant": TENANT, "vendor": VENDOR, "apps": apps, "people": people, "first": sign_ins, "rows": new}
    begins = "timestamptz '2026-03-31 00:00+00'"
    sizes |= {"begins": begins, "days": 1 / 24, "late": 0.1, "load": "17750"}
    _insert(folder, SIGN_INS.format(**sizes), "sign_ins")
    _note(folder, "2026-03-31 01:00+00", "run-2")


def _insert(folder: Path, query: str, table: str) -> None:
    """Insert what a query gives, in groups of rows as loading writes them."""
    with opened(None, threads=2) as connection:
        connection.execute(CHANCES)
        connection.execute(f"attach '{folder}/warehouse.duckdb' as warehouse (row_group_size {GROUP_ROWS})")
        columns = {row[0] for row in fetch(connection, f"describe warehouse.raw.{table}")}
        rest = {"_collection": f"'{table}'", "_dlt_load_id": "'17724'", "_arrival": "row_number() over ()"}
        given = {row[0] for row in fetch(connection, f"describe {query}")}
        assert given <= columns, given - columns
        more = "".join(f", {value} as {name}" for name, value in rest.items() if name in columns - given)
        connection.execute(f"insert into warehouse.raw.{table} by name select *{more} from ({query})")


def _note(folder: Path, now: str, run_id: str) -> None:
    """Note that everything was read up to now."""
    file = folder / "warehouse.duckdb"
    with opened(file) as connection:
        group(connection, file)
        for collection in COLLECTIONS:
            values: list[Any] = [TENANT, run_id, collection.name, collection.table, now]
            connection.execute(
                "insert into raw.sync_outcomes (tenant_id, run_id, collection, table_name, is_required, outcome, started_at, finished_at, rows)"
                " values ($1, $2, $3, $4, false, 'complete', $5, $5, 1)",
                values,
            )
            if collection.table in ("sign_ins", "directory_audits"):
                connection.execute(
                    "insert into raw.sync_windows (tenant_id, run_id, collection, window_from, window_to, read_at, rows)"
                    " values ($1, $2, $3, timestamptz '2026-02-28 00:00+00', $4, $4, 1)",
                    [TENANT, run_id, collection.name, now],
                )


def building(folder: str) -> int:
    """Build, and return how many days of sign-ins were built."""
    from pipelines.warehouse.build import build

    home = Home(Path(folder))
    build(home)
    with opened(home.warehouse, read_only=True) as connection:
        return int(fetch(connection, "select count(*) from intermediate.int_changed_day")[0][0])


def scanning(folder: str) -> int:
    """Read every column of every sign-in, and return how many there are."""
    with opened(Home(Path(folder)).warehouse, read_only=True) as connection:
        query = "select count(*), bit_xor(hash(sign_ins)) from raw.sign_ins"
        return int(fetch(connection, query)[0][0])
