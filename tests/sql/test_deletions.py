"""What is gone counts for nothing today, and can still be asked for."""

from __future__ import annotations

import pytest

from .leavers import FABRIKAM
from .warehouse import Warehouse, ago


def ids(marts: Warehouse, mart: str, column: str) -> list[str]:
    """The values of a mart's column in this tenant."""
    query = f"select {column} as id from marts.{mart} where tenant_id = '{FABRIKAM}' order by all"
    return [row["id"] for row in marts.rows(query)]


@pytest.mark.parametrize(
    ("mart", "key", "identity", "deleted_at"),
    [
        ("dim_app", "app_id", "app-kept", None),
        ("dim_app", "app_id", "app-left", ago(2)),
        ("dim_app", "app_id", "app-replaced", None),
        ("dim_app", "app_id", "app-withdrawn", ago(2)),
        ("dim_user", "user_id", "ann", None),
        ("dim_user", "user_id", "zoe", ago(2)),
        ("dim_user", "user_id", "old", ago(9)),
        ("dim_group", "group_id", "team", ago(2)),
    ],
)
def test_what_is_gone_stays_and_says_since_when(
    marts: Warehouse, mart: str, key: str, identity: str, deleted_at: object
) -> None:
    """Deleted apps, people and groups keep their row; a replaced app is not deleted."""
    row = marts.row(f"select * from marts.{mart} where tenant_id = '{FABRIKAM}' and {key} = '{identity}'")
    assert (row["deleted_at"], row["is_deleted"]) == (deleted_at, deleted_at is not None)


@pytest.mark.parametrize("mart", ["app_usage", "app_risk", "app_overview"])
def test_the_marts_of_today_speak_of_apps_that_are_there(marts: Warehouse, mart: str) -> None:
    """A deleted app has no usage, no risk and no overview."""
    apps = ids(marts, mart, "app_id")
    assert {"app-kept", "app-replaced"} <= set(apps)
    assert not {"app-left", "app-withdrawn", "app-oldapi"} & set(apps)


def test_only_what_holds_now_is_a_permission(marts: Warehouse) -> None:
    """A revoked grant, a grant of a deleted app, to a deleted API or by a deleted person permits nothing."""
    assert ids(marts, "fct_permission", "permission_value") == ["User.Read"]


def test_only_assignments_that_hold_now_count(marts: Warehouse) -> None:
    """Removed assignments and those of deleted people and groups are not counted, and nobody is to be reclaimed of them."""
    row = marts.row(f"select * from marts.app_overview where tenant_id = '{FABRIKAM}' and app_id = 'app-kept'")
    assert (row["assigned_users"], row["assigned_groups"]) == (1, 0)
    assert ids(marts, "reclaim_candidate", "assignment_id") == ["assignment-ann-r1"]


def test_a_deleted_apps_past_is_kept(marts: Warehouse) -> None:
    """The sign-ins of a deleted app stay in the daily facts."""
    assert ids(marts, "fct_app_user_day", "app_id") == ["app-kept", "app-left"]
