"""Single sign-ins that are old enough -> dropped, once the facts of their days are built.

A day is dropped whole and closed: its facts are never built again, whatever lands in it afterwards, and what lands is dropped the
next time. That it was read stays in `raw.sync_windows`, so that it counts as known and nobody asks for it again.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import duckdb

from pipelines.entra.collections import DIRECTORY
from pipelines.entra.ledger import OUTCOMES, PRUNED
from pipelines.errors import SettingsError
from pipelines.settings import Home
from pipelines.warehouse.database import explained, fetch, opened
from pipelines.warehouse.held import RAW
from pipelines.warehouse.load import group

MODELS: Final = Path(__file__).resolve().parents[2] / "sql" / "dbt_project.yml"

BUILT: Final = "intermediate.int_sign_in_day_built"

DUE: Final = f"""
with horizons as (
    select tenant_id, cast(as_of at time zone 'UTC' as date) - $days as kept_from
    from intermediate.int_tenant
),
logged as (
    select
        tenant_id,
        _collection as collection,
        cast(created_date_time at time zone 'UTC' as date) as sign_in_date,
        count(*) as rows,
        max(_dlt_load_id) as newest_load_id
    from {RAW}.sign_ins
    where created_date_time < (select max(kept_from) from horizons)::timestamp at time zone 'UTC'
    group by all
),
renamed as (
    select distinct
        sign_ins.tenant_id,
        sign_ins._collection as collection,
        cast(sign_ins.created_date_time at time zone 'UTC' as date) as sign_in_date
    from {RAW}.sign_ins as sign_ins
    left join staging.stg_entra__service_principals as listed
        on sign_ins.tenant_id = listed.tenant_id and sign_ins.service_principal_id = listed.service_principal_id
    left join intermediate.int_service_principal as known
        on sign_ins.tenant_id = known.tenant_id and sign_ins.service_principal_id = known.service_principal_id
    where
        nullif(sign_ins.app_id, '') is null
        and coalesce(nullif(listed.app_id, ''), listed.service_principal_id) is distinct from known.app_id
)
select logged.tenant_id, logged.collection, logged.sign_in_date, logged.rows
from logged
inner join horizons
    on logged.tenant_id = horizons.tenant_id
inner join seeds.usage_source as kinds
    on logged.collection = kinds.collection and kinds.usage_rung = 'sign_ins'
left join {BUILT} as built
    on logged.tenant_id = built.tenant_id and kinds.sign_in_kind = built.sign_in_kind and logged.sign_in_date = built.sign_in_date
left join intermediate.int_sign_in_day as days
    on logged.tenant_id = days.tenant_id and kinds.sign_in_kind = days.sign_in_kind and logged.sign_in_date = days.sign_in_date
left join {RAW}.{PRUNED.table} as pruned
    on logged.tenant_id = pruned.tenant_id and logged.collection = pruned.collection and logged.sign_in_date = pruned.sign_in_date
left join renamed
    on logged.tenant_id = renamed.tenant_id and logged.collection = renamed.collection and logged.sign_in_date = renamed.sign_in_date
where
    logged.sign_in_date < horizons.kept_from
    and (
        pruned.tenant_id is not null
        or (
            built.fingerprint = days.fingerprint
            and built.sign_ins = logged.rows
            and built.newest_load_id is not distinct from logged.newest_load_id
            and renamed.tenant_id is null
        )
    )
"""
"""
Days that are old enough, and closed already or such that their facts were built from exactly what the log holds now: whatever
came since, or another app of a service principal, was built into nothing yet.
"""

STEPS: Final = (
    f"""
    update {RAW}.{PRUNED.table} as pruned
    set rows = pruned.rows + due.rows, pruned_at = $now
    from due
    where pruned.tenant_id = due.tenant_id and pruned.collection = due.collection and pruned.sign_in_date = due.sign_in_date
    """,
    f"""
    insert into {RAW}.{PRUNED.table} by name
    select due.*, $now as pruned_at
    from due
    anti join {RAW}.{PRUNED.table} as pruned
        on pruned.tenant_id = due.tenant_id and pruned.collection = due.collection and pruned.sign_in_date = due.sign_in_date
    """,
    f"""
    delete from {RAW}.sign_ins as sign_ins
    using due
    where
        sign_ins.tenant_id = due.tenant_id
        and sign_ins._collection = due.collection
        and cast(sign_ins.created_date_time at time zone 'UTC' as date) = due.sign_in_date
        and sign_ins.created_date_time < (select max(sign_in_date) + 1 from due)::timestamp at time zone 'UTC'
    """,
    """
    delete from intermediate.int_changed_sign_in as sign_ins
    using due
    where sign_ins.tenant_id = due.tenant_id and sign_ins.sign_in_date = due.sign_in_date
    """,
)


OLD_AUDITS: Final = (
    f"delete from {RAW}.directory_audits as audits using intermediate.int_tenant as tenants "
    "where audits.tenant_id = tenants.tenant_id and audits.activity_date_time < tenants.as_of - to_days($days)"
)

OLD_GONE: Final = (
    f"delete from {RAW}.{{table}} as gone using intermediate.int_tenant as tenants "
    "where gone.tenant_id = tenants.tenant_id and gone._deleted_at < tenants.as_of - to_days($days)"
)

OLD_OUTCOMES: Final = f"""
delete from {RAW}.{OUTCOMES.table} as outcomes
using intermediate.int_tenant as tenants
where
    outcomes.tenant_id = tenants.tenant_id
    and outcomes.started_at < tenants.as_of - to_days($days)
    and exists (
        select 1
        from {RAW}.{OUTCOMES.table} as newer
        where
            newer.tenant_id = outcomes.tenant_id
            and newer.collection = outcomes.collection
            and newer.started_at > outcomes.started_at
            and (newer.outcome = 'complete' or outcomes.outcome <> 'complete')
    )
"""
"""What is known of a list rests on the newest outcome and on the newest complete one: both stay."""


@dataclass(frozen=True)
class Pruned:
    """What was dropped.

    Attributes:
        days: of one log each.
        rows: the sign-ins in them.
    """

    days: int
    rows: int


GONE_LEAST: Final = timedelta(days=30)
"""For so long Entra keeps what was deleted, and may bring it back as it was."""

OUTCOMES_LEAST: Final = timedelta(days=7)
"""A week of runs tells a fault of one from one of all."""


def insist(home: Home) -> None:
    """Refuse to keep anything for less time than is needed.

    Raises:
        SettingsError: the models look back further, or windows are read again that are older; Entra may bring back what is gone.
    """
    _insist_on(home, "CONSENTRY_KEEP_SIGN_INS_DAYS", home.keep_sign_ins)
    _insist_on(home, "CONSENTRY_KEEP_AUDITS_DAYS", home.keep_audits)
    for name, kept, least, why in (
        ("GONE", home.keep_gone, GONE_LEAST, "Entra may bring back what was deleted for so long"),
        ("OUTCOMES", home.keep_outcomes, OUTCOMES_LEAST, "with fewer nobody sees since when a list fails"),
    ):
        if kept and kept < least:
            raise SettingsError(
                f"CONSENTRY_KEEP_{name}_DAYS is {kept.days}, and at least {least.days} are needed: {why}. Set it to {least.days} or more."
            )


def _insist_on(home: Home, name: str, kept: timedelta | None) -> None:
    lookback = _lookback_days()
    least = lookback + math.ceil(home.reread / timedelta(days=1))
    if kept is not None and kept.days < least:
        raise SettingsError(
            f"{name} is {kept.days}, and at least {least} are needed: the models look back {lookback} days "
            f"(usage_lookback_days in {MODELS}), and logs are read again until they are {home.reread / timedelta(hours=1):g} hours old "
            f"(CONSENTRY_REREAD_HOURS). Set it to {least} or more."
        )


def prune(home: Home) -> Pruned:
    """Drop what is older than it is to be kept, counted from the newest sync of each tenant.

    A day whose facts were not built of all that it holds stays. Dropping and noting are one transaction. Whoever calls it holds
    the warehouse, since the models were built.

    Raises:
        SettingsError: they would be kept for too short a time.
        WarehouseError: the warehouse cannot be written.
    """
    insist(home)
    with opened(home.warehouse) as connection:
        group(connection, home.warehouse)  # else what is left would be written anew in larger ones
        try:
            pruned = _prune(connection, home.keep_sign_ins.days)
            if _forget(connection, home) or pruned.rows:
                connection.execute("checkpoint")  # gives the space back, for the next rows
        except duckdb.Error as fault:
            raise explained(home.warehouse, fault) from fault
    return pruned


def _prune(connection: duckdb.DuckDBPyConnection, days: int) -> Pruned:
    connection.begin()
    connection.execute(f"create or replace temp table due as {DUE}", {"days": days})
    found = Pruned(*fetch(connection, "select count(*), coalesce(sum(rows), 0)::bigint from due")[0])
    if found.rows:
        for step in STEPS:
            values: dict[str, Any] = {"now": datetime.now(UTC)} if "$now" in step else {}
            connection.execute(step, values)
    connection.execute("drop table due")
    connection.commit()
    return found


def _forget(connection: duckdb.DuckDBPyConnection, home: Home) -> int:
    """Drop the rows of the other tables that are too old, and return how many. The next build is made of what is left."""
    gone = [OLD_GONE.format(table=table) for table in sorted({c.table for c in DIRECTORY})]
    due = (([OLD_AUDITS], home.keep_audits), (gone, home.keep_gone), ([OLD_OUTCOMES], home.keep_outcomes))
    dropped = 0
    connection.begin()
    for statements, kept in due:
        for statement in statements if kept else ():
            dropped += connection.execute(statement, {"days": kept.days if kept else 0}).fetchall()[0][0]
    connection.commit()
    return dropped


def _lookback_days() -> int:
    found = re.search(r"^ +usage_lookback_days: *(\d+)", MODELS.read_text(encoding="utf-8"), re.MULTILINE)
    if not found:
        raise SettingsError(
            f"{MODELS} lacks the variable usage_lookback_days, a number of days; write it there again, as it was before it was changed."
        )
    return int(found[1])
