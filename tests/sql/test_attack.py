"""What real audits tell of an attack arrives: which app, whose grant, and what it was turned with."""

from __future__ import annotations

from typing import Any

import pytest

from .attack import PLANTED, RENTED, VANISHED, tell_attack
from .warehouse import Warehouse

BUILD = ("build", "--select", "+permission_change", "+app_risk_factor", "--exclude-resource-type", "unit_test", "test")


@pytest.fixture(scope="module")
def attacked(warehouse: Warehouse) -> Warehouse:
    """The attacked tenant, built."""
    tell_attack(warehouse)
    results = warehouse.dbt(*BUILD)
    assert {status for _, status, _ in results} == {"success"}
    return warehouse


def changes(attacked: Warehouse, app_id: str) -> list[tuple[Any, ...]]:
    """What changed about an app, in order."""
    query = f"select change_kind, what from marts.permission_change where app_id = '{app_id}' order by changed_at, what"
    return [tuple(row.values()) for row in attacked.rows(query)]


def test_an_app_that_is_in_no_list_is_one_app_to_all_audits(attacked: Warehouse) -> None:
    """Whatever object an audit names, what happened to an app stands under its app id and name."""
    assert changes(attacked, VANISHED) == [
        ("app_added", "Helper came into the tenant"),
        ("credential_added", "Helper got a new credential: secret K1"),
        ("app_removed", "Helper was removed from the tenant"),
    ]
    assert changes(attacked, RENTED) == [
        (
            "permission_granted",
            "DeviceManagementManagedDevices.ReadWrite.All on Microsoft Graph was granted to Intune App (application permission)",
        )
    ]
    assert changes(attacked, PLANTED) == [
        ("owner_added", "bob@contoso became an owner of Planted"),
        ("credential_added", "Planted got a new credential: secret K2"),
    ]
    assert attacked.rows("select * from marts.permission_change where app_id like '%[%' or app_id like 'sp-%'") == []
    held = attacked.row(
        f"select app_id, consented_by from marts.fct_permission where permission_type = 'application' and app_id = '{RENTED}'"
    )
    assert held == {"app_id": RENTED, "consented_by": "admin@contoso"}
    rented = attacked.row(f"select display_name, is_app_id_known from marts.dim_app where app_id = '{RENTED}'")
    assert rented == {"display_name": "Intune App", "is_app_id_known": True}
    assert attacked.rows("select app_id from marts.dim_app where app_id like 'sp-%'") == []


def test_the_person_whose_grant_an_administrator_takes_back_is_named(attacked: Warehouse) -> None:
    """A removed grant names its person by a property of its own; a removal that says that the grant grew removes nothing."""
    query = "select change_kind, permission_value, principal_id, changed_by from marts.permission_change where app_id = 'app-mail' and consent_type = 'Principal' order by 1, 2"
    assert [tuple(row.values()) for row in attacked.rows(query)] == [
        ("permission_revoked", "Mail.Read", "ann", "admin@contoso"),
        ("permission_revoked", "User.Read", "ann", "admin@contoso"),
        ("permission_widened", "Mail.Read", "ann", "ann@contoso"),
    ]


def test_a_grant_that_names_an_app_by_its_app_id_is_its(attacked: Warehouse) -> None:
    """An audit without the app's object id tells of the app all the same; where a portal acted for a person, the person did it."""
    query = "select change_kind, changed_by from marts.permission_change where permission_value = 'Files.Read.All' order by changed_at"
    assert [tuple(row.values()) for row in attacked.rows(query)] == [
        ("permission_granted", "admin@contoso"),
        ("permission_revoked", "admin@contoso"),
    ]
    query = "select consented_by, consented_by_service_principal_id from marts.fct_permission where app_id = 'app-mail' and permission_value = 'Files.Read.All'"
    assert tuple(attacked.row(query).values()) == ("admin@contoso", None)
    assert attacked.rows("select * from marts.app_risk_factor where rule_id = 'given_power_by_app'") == []


def test_an_app_that_was_restored_came_back(attacked: Warehouse) -> None:
    """The history of an app that was deleted and restored ends with its coming."""
    query = "select change_kind from marts.permission_change where app_id = 'app-mail' and change_kind like 'app_%' order by changed_at"
    assert [row["change_kind"] for row in attacked.rows(query)] == ["app_removed", "app_added"]


def test_whom_an_app_trusts_is_a_credential_of_it(attacked: Warehouse) -> None:
    """A federated credential that comes, goes, or trusts another issuer is told of, and raises the risk of an old app."""
    named = "federated credential deploy"
    assert [what for _, what in changes(attacked, "app-daemon")] == [
        f"Daemon got a new credential: {named} (https://token.example for robot)",
        f"Daemon got a new credential: {named} (https://evil.example/oidc for robot)",
        f"Daemon lost a credential: {named} (https://token.example for robot)",
        f"Daemon got a new credential: {named} (https://actions.example for claims['sub'] matches 'repo:evil/*')",
    ]
    query = "select evidence from marts.app_risk_factor where app_id = 'app-daemon' and rule_id = 'credential_added'"
    evidence = attacked.row(query)["evidence"]
    assert (
        "(https://actions.example for claims['sub'] matches 'repo:evil/*') on 2026-03-30 by admin@contoso" in evidence
    )


def test_zeros_are_nobody(attacked: Warehouse) -> None:
    """A sign-in of somebody whom Entra may not name is use of the app, and no person more who uses it."""
    days = attacked.rows("select principal_id, successes from marts.fct_app_user_day order by principal_id")
    assert [tuple(row.values()) for row in days] == [("ann", 1), ("unknown", 1)]
    usage = attacked.row("select usage_state, active_users from marts.app_usage where app_id = 'app-mail'")
    assert usage == {"usage_state": "used", "active_users": 1}
