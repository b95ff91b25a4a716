"""What changed since last week is one query, and the history behind it is neither lost nor told twice."""

from __future__ import annotations

from typing import Any

import pytest

from .history import NORTHWIND, SOUTHRIDGE, tell_first_look, tell_other_tenant, tell_second_look, tell_third_look
from .warehouse import NOW, Warehouse

BUILD = ("build", "--select", "+permission_change", "--exclude-resource-type", "unit_test", "test")
TESTS = ("permission_change", "history_overlaps", "path:models/intermediate/history")

BEFORE = [
    (
        "crm",
        "permission_granted",
        "Mail.Read on Microsoft Graph was granted to Crm for ann@northwind",
        -20.0,
        "audit",
        "ann@northwind",
        None,
    )
]

WEEK = [
    (
        "payroll",
        "permission_widened",
        "Mail.Read on Microsoft Graph was granted to Payroll for everyone, beside what it held there before",
        1.0,
        "audit",
        "admin@contoso",
        7.0,
    ),
    (
        "crm",
        "permission_granted",
        "Mail.Read on Microsoft Graph was granted to Crm for bob@northwind",
        2.0,
        "audit",
        "bob@northwind",
        7.0,
    ),
    ("daemon", "credential_added", "Daemon got a new credential: secret K2", 2.0, "audit", "admin@contoso", 7.0),
    (
        "crm",
        "permission_widened",
        "Files.Read on Microsoft Graph was granted to Crm for everyone, beside what it held there before",
        3.0,
        "audit",
        "admin@contoso",
        None,
    ),
    ("notes", "app_added", "Notes came into the tenant", 3.0, "audit", "admin@contoso", 7.0),
    (
        "crm",
        "permission_revoked",
        "Files.Read on Microsoft Graph was revoked from Crm for everyone",
        4.0,
        "audit",
        "admin@contoso",
        None,
    ),
    ("payroll", "owner_added", "bob@northwind became an owner of Payroll", 4.0, "audit", "admin@contoso", 7.0),
    ("quiet", "app_added", "Quiet came into the tenant", 4.0, "graph", None, 7.0),
    ("vanished", "app_added", "Vanished came into the tenant", 4.5, "audit", "admin@contoso", None),
    ("vanished", "app_removed", "Vanished was removed from the tenant", 4.6, "audit", "admin@contoso", None),
    (
        "payroll",
        "permission_widened",
        "RoleManagement.ReadWrite.Directory on Microsoft Graph was granted to Payroll (application permission), beside what it held there before",
        5.0,
        "graph",
        None,
        7.0,
    ),
    (
        "daemon",
        "directory_role_added",
        "Daemon was given the directory role Privileged Role Administrator",
        6.0,
        "audit",
        "admin@contoso",
        7.0,
    ),
    ("crm", "app_disabled", "Crm was disabled", 7.0, "snapshot", None, 7.0),
    ("daemon", "credential_removed", "Daemon lost a credential: secret K1", 7.0, "snapshot", None, 7.0),
    ("left", "app_removed", "Left was removed from the tenant", 7.0, "snapshot", None, 7.0),
    (
        "left",
        "permission_revoked",
        "User.Read on Microsoft Graph was revoked from Left for everyone",
        7.0,
        "snapshot",
        None,
        7.0,
    ),
    ("payroll", "owner_removed", "ann@northwind is no longer an owner of Payroll", 7.0, "snapshot", None, 7.0),
    (
        "payroll",
        "publisher_changed",
        "The verified publisher of Payroll changed from Payroll Inc to Paychex",
        7.0,
        "snapshot",
        None,
        7.0,
    ),
    ("payroll", "reply_url_added", "Payroll may send tokens to https://new.example", 7.0, "snapshot", None, 7.0),
]

MONTH = [
    (
        "crm",
        "consenting_users_up",
        "5 people consented to Crm for themselves, 2 did 30 days before",
        40.0,
        "snapshot",
        None,
        40.0,
    ),
    *(
        (
            "crm",
            "permission_granted",
            f"Mail.Read on Microsoft Graph was granted to Crm for {name}@northwind",
            40.0,
            "snapshot",
            None,
            40.0,
        )
        for name in ("cyd", "dee", "eve")
    ),
]


def build(warehouse: Warehouse, *arguments: str) -> None:
    """Build the mart and all it is made of."""
    results = warehouse.dbt(*BUILD, *arguments)
    assert {status for _, status, _ in results} == {"success"}


def days(column: str) -> str:
    """An instant as days after the first look."""
    return f"round(epoch({column} - timestamptz '{NOW}') / 86400, 2)"


def changes(warehouse: Warehouse, tenant: str = NORTHWIND) -> list[tuple[Any, ...]]:
    """What changed in a tenant, whole."""
    columns = (
        f"app_id, change_kind, what, {days('changed_at')} as changed, known_from, changed_by, {days('seen_at')} as seen"
    )
    query = f"select {columns} from marts.permission_change where tenant_id = '{tenant}' order by changed, app_id, change_kind, what"
    return [(row.pop("app_id").removeprefix("app-"), *row.values()) for row in warehouse.rows(query)]


def everything(warehouse: Warehouse, *tenants: str) -> list[list[dict[str, Any]]]:
    """All rows of the mart and of the history behind it, of all tenants or some."""
    tables = ("marts.permission_change", "history.app_history", "history.app_look")
    names = ", ".join(f"'{tenant}'" for tenant in tenants or (NORTHWIND, SOUTHRIDGE))
    return [warehouse.rows(f"select * from {table} where tenant_id in ({names}) order by all") for table in tables]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A warehouse for several builds; each test goes on where the one before ended."""
    made = Warehouse(tmp_path_factory.mktemp("history"))
    made.create()
    return made


def test_what_stood_at_the_first_look_did_not_change(story: Warehouse) -> None:
    """The first build is where the history begins: only what an audit tells of had changed by then."""
    tell_first_look(story)
    build(story)
    assert changes(story) == BEFORE
    assert changes(story, SOUTHRIDGE) == []


def test_building_again_changes_nothing(story: Warehouse) -> None:
    """Nothing new was looked at, so that nothing changed."""
    before = everything(story)
    build(story)
    assert everything(story) == before


def test_what_changed_in_a_week(story: Warehouse) -> None:
    """Audits, Graph's dates and the difference of two looks tell of each change once, with the best of what is known."""
    tell_second_look(story)
    build(story)
    assert changes(story) == BEFORE + WEEK


def test_permissions_that_changed_are_rated(story: Warehouse) -> None:
    """A change of a permission says which and how dangerous it is."""
    query = "select permission_value, consent_type, principal_id, tier from marts.permission_change where permission_key is not null and {}"
    role = story.row(query.format("permission_value = 'RoleManagement.ReadWrite.Directory'"))
    assert role == {
        "permission_value": "RoleManagement.ReadWrite.Directory",
        "consent_type": None,
        "principal_id": None,
        "tier": "critical",
    }
    bob = story.row(query.format("principal_id = 'bob'"))
    assert bob == {
        "permission_value": "Mail.Read",
        "consent_type": "Principal",
        "principal_id": "bob",
        "tier": "medium",
    }


def test_another_tenants_sync_leaves_a_tenant_as_it_is(story: Warehouse) -> None:
    """Each tenant is looked at when it was synced."""
    before = everything(story, NORTHWIND)
    tell_other_tenant(story)
    build(story)
    assert everything(story, NORTHWIND) == before
    assert changes(story, SOUTHRIDGE) == [
        ("payroll", "app_disabled", "Payroll was disabled", 8.0, "snapshot", None, 8.0)
    ]


def test_a_list_that_failed_changes_nothing_and_more_consenting_people_are_told_of(story: Warehouse) -> None:
    """Of lists that could not be read what stood still stands; three more people than a month before are a rise."""
    tell_third_look(story)
    build(story)
    assert changes(story) == BEFORE + WEEK + MONTH
    before = everything(story)
    build(story)
    assert everything(story) == before


def test_a_full_refresh_keeps_the_history(story: Warehouse) -> None:
    """Everything can be made again from the raw tables but the past: that is never dropped."""
    before = everything(story)
    build(story, "--full-refresh")
    assert everything(story) == before


def test_the_history_passes_its_own_tests(story: Warehouse) -> None:
    """After all these looks no fact stands twice and every key is one."""
    results = story.dbt("test", "--select", *TESTS, "--exclude-resource-type", "unit_test")
    assert {status for _, status, _ in results} <= {"success", "pass"}
