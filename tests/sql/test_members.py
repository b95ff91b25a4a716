"""Who may use an app through a group, who owns it, and which roles it holds."""

from __future__ import annotations

from typing import Any

from .members import TAILSPIN
from .story import CONTOSO
from .warehouse import Warehouse


def row(marts: Warehouse, mart: str, tenant: str = TAILSPIN, **key: str) -> dict[str, Any]:
    """One row of a mart."""
    where = "".join(f" and {name} = '{value}'" for name, value in key.items())
    return marts.row(f"select * from marts.{mart} where tenant_id = '{tenant}'{where}")


def test_members_of_an_assigned_group_may_use_the_app(marts: Warehouse) -> None:
    """Direct members reach the app with their path, the direct one first; nested, removed and deleted ones do not."""
    query = f"select * from marts.app_user_usage where tenant_id = '{TAILSPIN}' and app_id = 'app-wiki'"
    paths = {each["user_id"]: (each["assigned_through"], each["group_name"]) for each in marts.rows(query)}
    staff = ("group", "Staff")
    assert paths == {"ann": ("direct", None), "bob": ("group", "Crew"), "cyd": staff, "new": staff}


def test_the_overview_counts_people_through_groups_once(marts: Warehouse) -> None:
    """Somebody in two assigned groups is one person."""
    found = row(marts, "app_overview", app_id="app-wiki")
    assert (found["assigned_users"], found["assigned_groups"], found["assigned_people"]) == (1, 2, 4)


def test_members_never_read_are_unknown(marts: Warehouse) -> None:
    """Where groups are assigned and members were never read, nobody can tell how many people that is; coverage says why."""
    found = row(marts, "app_overview", CONTOSO, app_id="app-payroll")
    assert (found["assigned_users"], found["assigned_groups"], found["assigned_people"]) == (3, 1, None)
    assert row(marts, "app_overview", CONTOSO, app_id="app-edge")["assigned_people"] == 0
    assert row(marts, "coverage", CONTOSO, collection="group_members")["what_is_missing"] == "never collected"


def test_members_who_never_came_can_be_reclaimed(marts: Warehouse) -> None:
    """Who has an app and does not use it is named with each way to it; who is new in the directory is not."""
    query = f"select user_id, assignment_id, group_name from marts.reclaim_candidate where tenant_id = '{TAILSPIN}'"
    rows = sorted(tuple(each.values()) for each in marts.rows(query))
    assert rows == [
        ("ann", "assignment-ann-r1", None),
        ("ann", "assignment-crew-r1", "Crew"),
        ("ann", "assignment-staff-r1", "Staff"),
        ("cyd", "assignment-staff-r1", "Staff"),
    ]


def test_owners_of_registration_and_service_principal_are_owners(marts: Warehouse) -> None:
    """An owner of both is one, an app may own, deleted and former owners do not."""
    found = row(marts, "dim_app", app_id="app-robot")
    assert (found["owners"], found["owner_ids"], found["owner_names"]) == (2, ["ann", "sp-plain"], ["Ann", "Plain"])
    assert row(marts, "dim_app", app_id="app-plain")["owners"] == 0
    assert row(marts, "dim_app", CONTOSO, app_id="app-payroll")["owners"] is None


def test_directory_roles_of_apps(marts: Warehouse) -> None:
    """A role held directly or through a group is named, with its scope where that is not the directory."""
    roles = ["Global Reader", "User Administrator on /administrativeUnits/au"]
    assert row(marts, "dim_app", app_id="app-robot")["directory_roles"] == roles
    assert row(marts, "app_overview", app_id="app-robot")["directory_roles"] == roles
    assert row(marts, "dim_app", app_id="app-plain")["directory_roles"] is None


def test_entras_own_judgement_is_shown_and_weighs(marts: Warehouse) -> None:
    """A risky app shows level and state, and both make its score higher; one that is no longer listed shows none."""
    found = row(marts, "app_overview", app_id="app-robot")
    assert (found["entra_risk_level"], found["entra_risk_state"]) == ("high", "atRisk")
    factor = row(marts, "app_risk_factor", app_id="app-robot", rule_id="entra_at_risk")
    assert factor["score_without"] < found["risk_score"]
    assert row(marts, "dim_app", app_id="app-plain")["entra_risk_level"] is None


def test_groups_count_members_and_owners(marts: Warehouse) -> None:
    """Every type of live member counts; where the lists were never read there is no count."""
    found = row(marts, "dim_group", group_id="staff")
    assert (found["members"], found["owners"]) == (5, 1)
    unread = row(marts, "dim_group", CONTOSO, group_id="security")
    assert (unread["members"], unread["owners"]) == (None, None)


def test_a_group_that_gives_access_is_shown_whatever_its_kind(marts: Warehouse) -> None:
    """Who is to be reclaimed through a group with mail finds it among the groups; a deleted one gives nobody anything."""
    groups = marts.rows("select group_id, group_kind from marts.dim_group where tenant_id = 'mailed' order by group_id")
    kind = "mail_enabled_security"
    assert [tuple(each.values()) for each in groups] == [("former", kind), ("staff", kind)]
    people = marts.rows("select user_id, group_id from marts.reclaim_candidate where tenant_id = 'mailed'")
    assert [tuple(each.values()) for each in people] == [("staff", "staff")]
