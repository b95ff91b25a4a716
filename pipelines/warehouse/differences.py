"""What the published file says that nobody was told yet: apps that came, grew dangerous or fell asleep, and grants.

What was told is noted in a file of its own, after it was told. So nothing is missed where a run ends between publishing and telling,
or where somebody publishes by hand: the next run that tells finds it. What was told when the note could not be written is told twice.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import duckdb
import pyarrow as pa
from pyarrow import parquet

from pipelines.settings import Home
from pipelines.warehouse.database import published
from pipelines.warehouse.private import private

NEW, RAISED, GRANTED, DORMANT = "app_new", "risk_raised", "grant_risky", "app_dormant"

RISKY_KINDS: Final = ("permission_granted", "permission_widened", "directory_role_added")
RISKY_TIERS: Final = ("critical", "high")
BANDS: Final = ("low", "medium", "high", "critical")
"""From harmless to dangerous; an app that is not scored has none of them."""

TOLD_FROM: Final = "high"
"""The band from which on an app that rises to it is told."""

_SEEN: Final = """
select tenant_id, app_id, risk_band, usage_state, null::varchar as change_id from app_overview
union all
select tenant_id, null, null, null, change_id from permission_change where list_contains($kinds, change_kind)
"""

_FOUND: Final = f"""
with seen_app as (select * from seen where app_id is not null),
seen_change as (select * from seen where change_id is not null),
app as (
    select
        now.tenant_id, now.app_id, now.display_name, now.risk_band, now.risk_score, now.risk_titles, now.usage_state,
        seen.app_id is null as is_new,
        seen.usage_state as state_before,
        coalesce(list_position($bands, now.risk_band), 0) as rank_now,
        coalesce(list_position($bands, seen.risk_band), 0) as rank_before
    from app_overview as now
    left join seen_app as seen on seen.tenant_id = now.tenant_id and seen.app_id = now.app_id
    where now.is_scored
),
found as (
    select '{NEW}' as kind, tenant_id, app_id, display_name, risk_band, risk_score, risk_titles as what from app where is_new
    union all
    select '{RAISED}', tenant_id, app_id, display_name, risk_band, risk_score, risk_titles
    from app where rank_now >= list_position($bands, '{TOLD_FROM}') and rank_before < rank_now
    union all
    select '{DORMANT}', tenant_id, app_id, display_name, risk_band, risk_score, 'was used, and has not been for the whole look-back window'
    from app where state_before = 'used' and usage_state = 'unused'
    union all
    select '{GRANTED}', change.tenant_id, change.app_id, change.app_name, app.risk_band, app.risk_score,
        case when change.consent_type = 'Principal' then
            split_part(change.what, ' was granted to ', 1) || ' was granted to ' || change.app_name || ' for one person'
        else change.what end
    from permission_change as change
    left join app_overview as app on app.tenant_id = change.tenant_id and app.app_id = change.app_id
    anti join seen_change as seen on seen.tenant_id = change.tenant_id and seen.change_id = change.change_id
    where list_contains($kinds, change.change_kind) and list_contains($tiers, change.tier) and app.is_scored is not false
)
select kind, tenant_id, app_id, display_name, risk_band, risk_score, what
from found
order by kind, risk_score desc nulls last, display_name, app_id, what
"""


@dataclass(frozen=True)
class Difference:
    """One thing that is so now and was not.

    Attributes:
        kind: `app_new`, `risk_raised`, `grant_risky` or `app_dormant`.
        tenant_id: whose.
        app_id: the app.
        app_name: its name, as the tenant has it.
        risk_band: how dangerous it is; None where no mart has the app any more.
        risk_score: likewise, 0 to 100.
        what: what happened, or why it is dangerous; without the person whom a grant is for, as it is told where nobody can be erased.
    """

    kind: str
    tenant_id: str
    app_id: str
    app_name: str
    risk_band: str | None
    risk_score: int | None
    what: str


def seen(home: Home) -> pa.Table | None:
    """Return what was told last, and note it where nothing is noted, or the note is damaged: then it is what is published.

    Returns:
        A row per app (its band of risk and state of use) and per change; None where nothing is published, or by a version that
        knew less.

    Raises:
        WarehouseError: the published file cannot be opened.
    """
    with suppress(FileNotFoundError, pa.ArrowInvalid):
        return parquet.read_table(home.told)
    return note(home)


def note(home: Home) -> pa.Table | None:
    """Note that everything has been told that the published file says, and return that as `seen` does.

    Raises:
        WarehouseError: the published file cannot be opened.
    """
    if not home.published.exists():
        return None
    with published(home.published) as connection:
        try:
            found = connection.sql(_SEEN, params={"kinds": list(RISKY_KINDS)}).to_arrow_table()
        except (duckdb.BinderException, duckdb.CatalogException):
            return None
    with private(home.path):
        aside = home.told.with_name(f"{home.told.name}.tmp")
        parquet.write_table(found, aside)
        aside.replace(home.told)
    return found


def since(seen: pa.Table | None, home: Home) -> list[Difference] | None:
    """Return what the published file says now that had not been told; Microsoft's own apps are left out.

    Args:
        seen: what had; where it is None there is nothing to compare with, and None is returned.
        home: with the published file.

    Raises:
        NothingPublished: there is none any more.
        WarehouseError: it cannot be opened.
    """
    if seen is None:  # a file without apps is one, too, and an empty table is false
        return None
    with published(home.published) as connection:
        connection.register("seen", seen)
        values = {"bands": list(BANDS), "kinds": list(RISKY_KINDS), "tiers": list(RISKY_TIERS)}
        return [Difference(*row) for row in connection.execute(_FOUND, values).fetchall()]
