"""Whose use is it, and of what, where a sign-in alone does not say?"""

from __future__ import annotations

from typing import Any

from .roundabout import DEAF, LATE, ROUNDABOUT
from .warehouse import Warehouse


def usage(marts: Warehouse, app_id: str, tenant: str = ROUNDABOUT) -> dict[str, Any]:
    """One app's use."""
    return marts.row(f"select * from marts.app_usage where tenant_id = '{tenant}' and app_id = '{app_id}'")


def persons(marts: Warehouse, app_id: str) -> dict[str, tuple[str, str | None]]:
    """State and reason of each person at an app."""
    query = f"select user_id, usage_state, unknown_reason from marts.app_user_usage where tenant_id = '{ROUNDABOUT}' and app_id = '{app_id}'"
    return {row["user_id"]: (row["usage_state"], row["unknown_reason"]) for row in marts.rows(query)}


def candidates(marts: Warehouse, app_id: str) -> dict[str, dict[str, Any]]:
    """The candidates for reclaiming of an app, by person."""
    query = f"select user_id, seats, evidence from marts.reclaim_candidate where tenant_id = '{ROUNDABOUT}' and app_id = '{app_id}'"
    return {row["user_id"]: row for row in marts.rows(query)}


def test_who_may_use_an_app_through_another_one_is_not_called_unused(marts: Warehouse) -> None:
    """Where others get to an app in people's names, nobody can tell in whose: no person is unused, no seat free, and no share known."""
    assert persons(marts, "app-payments") == dict.fromkeys(("ann", "bob"), ("unknown", "used_as_api"))
    assert candidates(marts, "app-payments") == {}
    row = usage(marts, "app-payments")
    assert (row["usage_state"], row["resource_active_days_30"], row["adoption_percent"]) == ("used", 28, None)


def test_use_in_another_tenant_is_none_here(marts: Warehouse) -> None:
    """Who is a guest elsewhere uses that tenant's apps, also one of an id that is here, too; guests of this tenant use its own."""
    assert persons(marts, "app-crm") == {
        "ann": ("unused", None),
        "cyd": ("used", None),
        "dee": ("unused", None),
        "fay": ("unused", None),
    }
    assert marts.rows("select * from marts.dim_app where app_id = 'app-partners'") == []
    assert usage(marts, "app-crm")["adoption_percent"] == 25.0


def test_an_app_that_is_its_own_api_is_used_once(marts: Warehouse) -> None:
    """A sign-in to an app that is its own API is no use of it by another."""
    row = usage(marts, "app-saml")
    assert (row["successes"], row["resource_successes"], row["resource_active_days_30"]) == (2, 0, 0)
    assert row["last_used_as_resource_at"] is None


def test_evidence_names_what_else_is_known_and_not(marts: Warehouse) -> None:
    """Failed attempts stand in the evidence, and so does that nobody knows since when somebody is in a group."""
    found = candidates(marts, "app-crm")
    assert found["fay"]["evidence"].endswith("; none on record; 3 failed attempts since")
    assert found["dee"]["evidence"].endswith("; none on record; when the person joined is not known")
    assert "known" not in found["ann"]["evidence"]


def test_no_seat_is_free_where_the_app_stays_open(marts: Warehouse) -> None:
    """An assignment to an app that requires none may go, and frees nothing."""
    assert {name: row["seats"] for name, row in candidates(marts, "app-open").items()} == {"bob": 0}


def test_an_app_without_a_date_is_not_new(marts: Warehouse) -> None:
    """Where nothing dates an app and the month before is not known, nobody says that its use is new."""
    assert (usage(marts, "app-undated")["trend"], usage(marts, "app-crm")["trend"]) == ("unknown", "unknown")


def test_an_own_app_may_be_used_by_managed_identities(marts: Warehouse) -> None:
    """Where their sign-ins cannot be read nobody says that an app of the tenant's own is unused."""
    row = usage(marts, "app-service", DEAF)
    assert (row["usage_state"], row["unknown_reason"]) == ("unknown", "collection_failed")


def test_no_more_people_are_active_a_day_than_there_are(marts: Warehouse) -> None:
    """Days of use that are not known whole do not raise the average of those that are."""
    row = usage(marts, "app-daily", LATE)
    assert (row["monthly_active_users"], row["average_daily_active_users"]) == (1, 1.0)
