"""Is an app used? Only successes count, and missing data never makes an app unused."""

from __future__ import annotations

import pytest

from .story import CONTOSO
from .warehouse import Warehouse, ago


def state(marts: Warehouse, app: str, tenant: str = CONTOSO) -> tuple[str, str | None]:
    """An app's usage state and the reason if it is unknown."""
    row = marts.row(f"select * from marts.app_usage where tenant_id = '{tenant}' and app_id = 'app-{app}'")
    return row["usage_state"], row["unknown_reason"]


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        ("payroll", ("used", None)),
        ("daemon", ("used", None)),
        ("vm", ("used", None)),
        ("edge", ("used", None)),
        ("stranger", ("used", None)),
        ("api", ("used", None)),
        ("dusty", ("unused", None)),
        ("former", ("unused", None)),
        ("undated", ("unused", None)),
        ("fresh", ("unknown", "app_too_new")),
        ("agent", ("unknown", "app_kind_not_observable")),
        ("outlook", ("unknown", "microsoft_app")),
    ],
)
def test_usage_state(marts: Warehouse, app: str, expected: tuple[str, str | None]) -> None:
    """Each app of a well-observed tenant gets the state its sign-ins, kind and age allow."""
    assert state(marts, app) == expected


@pytest.mark.parametrize(
    ("tenant", "reason"),
    [
        ("unlicensed", "no_licence"),
        ("denied", "no_permission"),
        ("failing", "collection_failed"),
        ("partway", "kind_not_collected"),
        ("gappy", "window_not_covered"),
        ("young", "window_not_covered"),
    ],
)
def test_missing_sign_ins_are_not_disuse(marts: Warehouse, tenant: str, reason: str) -> None:
    """Where sign-ins are missing an app without any is unknown, and the reason says what is missing."""
    assert state(marts, "payroll", tenant) == ("unknown", reason)


@pytest.mark.parametrize("tenant", ["unlicensed", "denied", "failing", "partway", "gappy", "young"])
def test_a_success_proves_use_whatever_is_missing(marts: Warehouse, tenant: str) -> None:
    """An app with a success is used even where most sign-ins are missing."""
    assert state(marts, "busy", tenant) == ("used", None)


def test_overlapping_windows_cover_what_they_share(marts: Warehouse) -> None:
    """Two overlapping complete windows cover as much as one."""
    assert state(marts, "payroll", "patched") == ("unused", None)


def test_an_irrelevant_kind_may_be_missing(marts: Warehouse) -> None:
    """An app that cannot sign in as a managed identity can be unused without those sign-ins."""
    assert state(marts, "payroll", "no-robots") == ("unused", None)


def test_failures_and_interrupts_are_shown_and_not_counted(marts: Warehouse) -> None:
    """Failed, interrupted and resultless attempts are told apart and none of them is use."""
    row = marts.row(f"select * from marts.app_usage where tenant_id = '{CONTOSO}' and app_id = 'app-dusty'")
    assert (row["successes"], row["failures"], row["interrupts"]) == (0, 2, 3)
    assert (row["last_used_at"], row["active_users"]) == (None, 0)
    assert row["last_sign_in_at"] == ago(1)


def test_active_users_succeeded(marts: Warehouse) -> None:
    """People who only failed to sign in are not active."""
    row = marts.row(f"select * from marts.app_usage where app_id = 'app-payroll' and tenant_id = '{CONTOSO}'")
    assert (row["active_users"], row["successes"], row["failures"]) == (2, 4, 1)
    assert row["kinds_used"] == "interactive, non_interactive"


def test_unknown_says_in_words_what_is_missing(marts: Warehouse) -> None:
    """A person reads which sign-ins are missing and why."""
    row = marts.row("select * from marts.app_usage where tenant_id = 'denied' and app_id = 'app-payroll'")
    assert row["unknown_explanation"] == "No permission, so not collected: service principal sign-ins"


def test_days_add_up(marts: Warehouse) -> None:
    """One row per app, principal, day and kind holds all its attempts."""
    row = marts.row("select * from marts.fct_app_user_day where app_id = 'app-payroll' and sign_in_date = '2026-03-28'")
    assert (row["principal_id"], row["sign_ins"], row["successes"]) == ("ann", 2, 2)
    assert (row["first_at"], row["last_at"]) == (ago(3.01), ago(3))


def test_service_principal_sign_ins_find_their_app(marts: Warehouse) -> None:
    """A sign-in that names a service principal only is counted for that service principal's app."""
    row = marts.row("select * from marts.fct_app_user_day where app_id = 'app-daemon'")
    assert (row["principal_id"], row["principal_type"]) == ("sp-daemon", "service_principal")


def test_assigned_people_who_never_came_can_be_reclaimed(marts: Warehouse) -> None:
    """Only assignments older than the window and verifiably without use are candidates."""
    query = f"select user_id, app_id, is_user_enabled from marts.reclaim_candidate where tenant_id = '{CONTOSO}'"
    rows = marts.rows(query)
    assert rows == [{"user_id": "dee", "app_id": "app-payroll", "is_user_enabled": False}]
