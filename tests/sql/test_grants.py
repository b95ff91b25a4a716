"""Which permissions are used, as far as anybody can tell, and whose data they open."""

from __future__ import annotations

from typing import Any

import pytest

from .grants import GLOBAL_READER, PROSEWARE, USER_ADMINISTRATOR
from .warehouse import Warehouse, ago


def held(marts: Warehouse, app: str, value: str, principal: str | None = None) -> dict[str, Any]:
    """The one row of a permission that an app of the tenant holds, for everyone or in one person's name."""
    person = f"principal_id = '{principal}'" if principal else "principal_id is null"
    return marts.row(
        f"select * from marts.fct_permission where tenant_id = '{PROSEWARE}' and app_id = 'app-{app}'"
        f" and permission_value = '{value}' and {person}"
    )


@pytest.mark.parametrize(
    ("app", "value", "principal", "state", "why"),
    [
        ("planner", "Mail.Read", None, "used", "scope_issued"),
        ("planner", "Tasks.ReadWrite", None, "used", "scope_issued"),
        ("planner", "openid", None, "used", "scope_issued"),
        ("planner", "offline_access", None, "unknown", "scope_not_listed"),
        ("planner", "Mail.Read", "ann", "used", "scope_issued"),
        ("planner", "Files.Read", "ann", "unused", "scope_issued"),
        ("planner", "Mail.Read", "bob", "unused", "scope_issued"),
        ("reader", "Mail.Read", None, "used", "scope_issued"),
        ("reader", "Calendars.Read", None, "unknown", "scopes_not_logged"),
        ("notes", "Mail.ReadWrite", "admin", "unused", "api_sign_in"),
        ("leaver", "Mail.Read", "dee", "unused", "api_sign_in"),
        ("portal", "User.Read", None, "unknown", "app_kind_not_observable"),
        ("single", "Mail.Read", None, "used", "api_sign_in"),
        ("batch", "Mail.Read", None, "unknown", "api_used_role_unknown"),
        ("batch", "User.Read.All", None, "unknown", "api_used_role_unknown"),
        ("vm", "User.Read.All", None, "used", "api_sign_in"),
        ("idle", "Mail.Read", None, "unknown", "granted_recently"),
        ("robot", "User Administrator", None, "unknown", "role_use_not_logged"),
        ("idle", "Global Reader", None, "unused", "api_sign_in"),
    ],
)
def test_whether_a_permission_is_used(
    marts: Warehouse, app: str, value: str, principal: str | None, state: str, why: str
) -> None:
    """A scope issued is used; what was never issued is unused only where every sign-in says what was."""
    row = held(marts, app, value, principal)
    assert (row["use_state"], row["use_source"] or row["use_unknown_reason"]) == (state, why)


def test_a_used_permission_says_when(marts: Warehouse) -> None:
    """Everyone's grant was used when anybody's token carried the scope, a person's when theirs did."""
    assert held(marts, "planner", "Tasks.ReadWrite")["last_used_at"] == ago(5)
    bobs = held(marts, "planner", "Mail.Read", "bob")
    assert (bobs["last_used_at"], bobs["api_last_used_at"]) == (None, ago(3))
    assert held(marts, "batch", "Mail.Read")["api_last_used_at"] == ago(2)


def test_everyones_grant_and_one_persons_are_told_apart(marts: Warehouse) -> None:
    """The same scope of the same app is a row per grant, with the person where it is one's."""
    query = f"select principal_type, principal_id from marts.fct_permission where tenant_id = '{PROSEWARE}'"
    rows = marts.rows(f"{query} and app_id = 'app-planner' and permission_value = 'Mail.Read' order by all")
    assert [tuple(row.values()) for row in rows] == [("everyone", None), ("user", "ann"), ("user", "bob")]


def test_an_admin_may_consent_for_himself(marts: Warehouse) -> None:
    """That an admin consented does not make it a consent for everyone."""
    row = held(marts, "notes", "Mail.ReadWrite", "admin")
    assert (row["is_admin_consent"], row["consent_type"], row["consented_at"]) == (True, "Principal", ago(40))
    assert row["consented_by_user_id"] == "admin"


def test_an_app_may_have_granted_it(marts: Warehouse) -> None:
    """Where an app gave a role, the app is named and nobody else."""
    row = held(marts, "single", "Mail.Read")
    actor = (row["consented_by"], row["consented_by_service_principal_id"], row["consented_by_user_id"])
    assert (actor, row["granted_at"]) == (("Provisioner", "sp-provisioner", None), ago(90))


def test_a_directory_role_through_a_group(marts: Warehouse) -> None:
    """The role of a group is held by the app in it; the assignment to the group is what to revoke."""
    row = held(marts, "robot", "User Administrator")
    assert (row["permission_type"], row["permission_id"], row["source_id"]) == (
        "directory_role",
        USER_ADMINISTRATOR,
        "r1",
    )
    assert (row["held_through"], row["group_name"], row["role_scope"]) == ("group", "Robots", "tenant")
    assert (row["consented_by"], row["consented_at"]) == ("admin@contoso", ago(45))


def test_a_directory_role_for_a_part_of_the_directory(marts: Warehouse) -> None:
    """The scope of the assignment stands next to the role."""
    row = held(marts, "idle", "Global Reader")
    assert (row["permission_key"], row["held_through"]) == (f"directory/directory_role/{GLOBAL_READER}", "direct")
    assert (row["role_scope"], row["role_scope_id"]) == ("administrative_unit", "/administrativeUnits/unit")


def test_grants_of_disabled_people_are_told(marts: Warehouse) -> None:
    """A grant outlives that its person is disabled, and is counted as such."""
    assert held(marts, "leaver", "Mail.Read", "dee")["is_principal_enabled"] is False
    assert held(marts, "planner", "Mail.Read", "ann")["is_principal_enabled"] is True
    assert held(marts, "planner", "Mail.Read")["is_principal_enabled"] is None
    query = "select app_id, consenting_users, disabled_consenting_users from intermediate.int_app_permission_summary"
    rows = marts.rows(f"{query} where tenant_id = '{PROSEWARE}' and consenting_users > 0 order by all")
    expected = [("app-leaver", 1, 1), ("app-notes", 1, 0), ("app-planner", 2, 0)]
    assert [tuple(row.values()) for row in rows] == expected


def test_unused_permissions_of_an_app_are_counted(marts: Warehouse) -> None:
    """Unused and unknown are counted apart."""
    query = f"select * from intermediate.int_app_permission_summary where tenant_id = '{PROSEWARE}'"
    planner = marts.row(f"{query} and app_id = 'app-planner'")
    counts = (planner["permissions"], planner["unused_permissions"], planner["unknown_use_permissions"])
    assert counts == (7, 2, 1)
    assert marts.row(f"{query} and app_id = 'app-robot'")["directory_roles"] == 1


def exposures(marts: Warehouse, where: str) -> list[tuple[Any, ...]]:
    """Rows of the exposure of the tenant's people."""
    columns = "app_id, through, can_write, permissions, is_used"
    query = f"select {columns} from marts.user_exposure where tenant_id = '{PROSEWARE}' and {where} order by all"
    return [tuple(row.values()) for row in marts.rows(query)]


def test_what_reaches_one_person(marts: Warehouse) -> None:
    """A person is reached through their own consent, and through everyone's by what they use or are assigned to."""
    everyones = ["Mail.Read", "Tasks.ReadWrite", "openid"]
    assert exposures(marts, "user_id = 'ann' and app_id <> 'app-portal'") == [
        ("app-planner", "own_consent", False, ["Files.Read", "Mail.Read"], True),
        ("app-planner", "tenant_wide_consent", True, everyones, True),
        ("app-reader", "tenant_wide_consent", False, ["Calendars.Read", "Mail.Read"], True),
    ]
    assert exposures(marts, "user_id = 'dee'") == [("app-leaver", "own_consent", False, ["Mail.Read"], False)]


def test_what_reaches_everyone(marts: Warehouse) -> None:
    """Permissions of an app's own reach everyone, and a consent for everyone whoever signs in; a role for a unit does not."""
    query = f"select app_id, through from marts.user_exposure where tenant_id = '{PROSEWARE}' and affects = 'everyone'"
    rows = marts.rows(f"{query} and app_id <> 'app-portal' order by all")
    own, wide = "application_permission", "tenant_wide_consent"
    apps = [("app-batch", own), ("app-idle", own), ("app-planner", wide), ("app-reader", wide)]
    roles = [("app-robot", "directory_role"), ("app-single", own), ("app-vm", own)]
    assert [tuple(row.values()) for row in rows] == [*apps, *roles]
