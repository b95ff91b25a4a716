"""What may an app do, how dangerous is it, and who consented?"""

from __future__ import annotations

from typing import Any

from .story import ROLE_MANAGEMENT
from .warehouse import Warehouse, ago


def held(marts: Warehouse, app: str, value: str) -> dict[str, Any]:
    """The one row of a permission an app holds."""
    return marts.row(f"select * from marts.fct_permission where app_id = '{app}' and permission_value = '{value}'")


def test_scopes_are_rows(marts: Warehouse) -> None:
    """A grant's scope text becomes one row per scope, whatever its spaces and repetitions."""
    query = "select permission_value from marts.fct_permission where source_id like 'grant-payroll-AllPrincipals%'"
    assert sorted(row["permission_value"] for row in marts.rows(query)) == ["Mail.Read", "User.Read"]


def test_one_app_may_hold_both_kinds_of_grant(marts: Warehouse) -> None:
    """Consent for everyone and consent of one person stand next to each other."""
    query = "select distinct consent_type, principal_id from marts.fct_permission where app_id = 'app-payroll'"
    rows = {tuple(row.values()) for row in marts.rows(query)}
    assert rows == {("AllPrincipals", None), ("Principal", "ann")}


def test_a_scope_the_api_does_not_define_is_unrated_and_kept(marts: Warehouse) -> None:
    """What no list and no API knows is shown as unrated under its own name."""
    row = held(marts, "app-payroll", "Made.Up")
    assert (row["tier"], row["permission_id"]) == ("unrated", "made.up")


def test_a_permission_of_the_tenants_own_api_is_known(marts: Warehouse) -> None:
    """Scopes that an API of the tenant defines have its id and name, and no rating."""
    row = marts.row("select * from marts.dim_permission where permission_value = 'Invoices.Read'")
    assert (row["permission_id"], row["display_name"], row["resource_name"]) == ("scope-1", "Read invoices", "Api")
    assert (row["tier"], row["rating"], row["is_defined_in_tenant"]) == ("unrated", None, True)


def test_a_grant_of_an_unlisted_service_principal_is_kept(marts: Warehouse) -> None:
    """A grant whose client Graph does not list makes an app of its own, marked as such."""
    app = marts.row("select * from marts.dim_app where app_id = 'sp-lost'")
    assert (app["has_service_principal"], app["is_app_id_known"]) == (False, False)
    assert held(marts, "sp-lost", "User.Read")["tier"] == "low"


def test_an_assignment_to_an_unlisted_api_is_kept(marts: Warehouse) -> None:
    """An application permission of an API that Graph does not list shows its ids."""
    row = held(marts, "app-daemon", "00000000-0000-0000-0000-00000000beef")
    assert (row["resource_app_id"], row["permission_type"]) == ("sp-missing", "application")


def test_an_audited_grant_says_who_and_when(marts: Warehouse) -> None:
    """The audit of a grant dates the scope it added, and its twin says that an admin did it."""
    row = held(marts, "app-payroll", "Mail.Read")
    assert (row["consented_at"], row["consented_by"], row["is_admin_consent"]) == (ago(50), "admin@contoso", True)


def test_a_grant_says_nothing_of_scopes_it_did_not_add(marts: Warehouse) -> None:
    """A scope that was there before the audited grant stays undated."""
    assert held(marts, "app-payroll", "User.Read")["consented_at"] is None


def test_a_persons_consent_is_read_from_its_text(marts: Warehouse) -> None:
    """The text of a consent dates the scopes of that person's grant."""
    row = held(marts, "app-newcomer", "Notes.Read")
    assert (row["consented_by_user_id"], row["consented_at"], row["is_admin_consent"]) == ("bob", ago(9), False)


def test_an_application_permission_has_two_dates(marts: Warehouse) -> None:
    """The assignment says when it was made, the audit who made it."""
    row = held(marts, "app-dusty", "RoleManagement.ReadWrite.Directory")
    assert (row["granted_at"], row["consented_by"], row["permission_id"]) == (ago(90), "admin@contoso", ROLE_MANAGEMENT)
