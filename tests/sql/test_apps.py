"""Who are the apps, the people and the groups?"""

from __future__ import annotations

from typing import Any

import pytest

from .story import CONTOSO
from .warehouse import Warehouse, ago


def app(marts: Warehouse, app_id: str) -> dict[str, Any]:
    """One app of the well-observed tenant."""
    return marts.row(f"select * from marts.dim_app where tenant_id = '{CONTOSO}' and app_id = '{app_id}'")


@pytest.mark.parametrize(
    ("app_id", "ownership", "app_kind"),
    [
        ("app-payroll", "third_party", "application"),
        ("app-daemon", "own", "application"),
        ("app-vm", "own", "managed_identity"),
        ("app-agent", "third_party", "other"),
        ("app-outlook", "microsoft", "application"),
        ("app-twin", "third_party", "application"),
        ("905fcf26-4eb7-48a0-9ff0-8dcc7194b5ba", "microsoft", "unknown"),
        ("app-stranger", "third_party", "unknown"),
        ("sp-lost", "unknown", "unknown"),
    ],
)
def test_ownership_and_kind(marts: Warehouse, app_id: str, ownership: str, app_kind: str) -> None:
    """Ids and owners decide whose app it is and of what kind; a name decides nothing."""
    row = app(marts, app_id)
    assert (row["ownership"], row["app_kind"]) == (ownership, app_kind)


def test_an_app_known_from_sign_ins_only(marts: Warehouse) -> None:
    """An app without a service principal has the last name and the first trace that its sign-ins give."""
    row = app(marts, "app-stranger")
    assert (row["has_service_principal"], row["display_name"]) == (False, "Stranger")
    assert (row["created_at"], row["first_seen_at"]) == (None, ago(3))


def test_a_service_principal_without_app_id_is_kept(marts: Warehouse) -> None:
    """Where Graph gives no app id the object id stands in."""
    row = app(marts, "sp-nameless")
    assert (row["display_name"], row["is_app_id_known"]) == ("Nameless", False)


def test_publisher(marts: Warehouse) -> None:
    """The verified publisher is named, and nobody else's word counts as verified."""
    row = app(marts, "app-payroll")
    assert (row["publisher_name"], row["is_publisher_verified"]) == ("Payroll Inc", True)
    assert app(marts, "app-dusty")["is_publisher_verified"] is False


def test_credentials_are_those_the_app_signs_in_with(marts: Warehouse) -> None:
    """Secrets of the registration count, the signing key of a SAML app and its password do not."""
    assert app(marts, "app-daemon")["credentials"] == 2
    assert app(marts, "app-saml")["credentials"] == 0


def test_reply_urls_are_gathered(marts: Warehouse) -> None:
    """Reply addresses come sorted from service principal and registration."""
    assert app(marts, "app-daemon")["reply_urls"] == ["http://localhost"]
    assert len(app(marts, "app-dusty")["reply_urls"]) == 3


def test_groups_are_microsoft_365_and_security_groups(marts: Warehouse) -> None:
    """Distribution lists and mail-enabled security groups are no groups of dim_group unless apps know them."""
    rows = marts.rows(f"select group_id from marts.dim_group where tenant_id = '{CONTOSO}' order by group_id")
    assert [row["group_id"] for row in rows] == ["dynamic", "security", "unified"]


def test_users(marts: Warehouse) -> None:
    """Every user of the directory is one row."""
    query = f"select user_id, user_type, is_enabled from marts.dim_user where tenant_id = '{CONTOSO}' order by user_id"
    rows = marts.rows(query)
    assert [tuple(row.values()) for row in rows] == [
        ("ann", "member", True),
        ("bob", "member", True),
        ("dee", "member", False),
    ]


def test_the_overview_has_every_app_once(marts: Warehouse) -> None:
    """The wide mart neither loses nor doubles an app and counts who is assigned."""
    there = "select count(*) from marts.dim_app where not is_deleted"
    [counts] = marts.rows(f"select ({there}) as apps, count(*) as n from marts.app_overview")
    assert counts["apps"] == counts["n"] > 20
    row = marts.row(f"select * from marts.app_overview where tenant_id = '{CONTOSO}' and app_id = 'app-payroll'")
    assert (row["assigned_users"], row["assigned_groups"], row["permissions"]) == (3, 1, 4)
    assert (row["tenant_wide_permissions"], row["consenting_users"], row["unrated_permissions"]) == (2, 1, 1)


def test_weekdays(marts: Warehouse) -> None:
    """The calendar knows that 2026-03-31 is a Tuesday of the week that began on the 30th."""
    row = marts.row("select * from marts.dim_date where date_day = '2026-03-31'")
    assert (row["weekday_number"], str(row["week_start_date"]), row["is_weekend"]) == (2, "2026-03-30", False)
    assert (row["quarter_number"], str(row["month_start_date"])) == (1, "2026-03-01")
