"""What does holding a permission lead to, and where is that known from?"""

from __future__ import annotations

from typing import Any

import pytest

from .ratings import DEFENDER, DIRECTORY_SYNC, GLOBAL_ADMINISTRATOR, INTUNE, KEY_VAULT, NORTHWIND
from .story import CONTOSO, GRAPH_APP
from .warehouse import Warehouse


def rated(marts: Warehouse, tenant: str, key: str) -> dict[str, Any]:
    """One permission of one tenant."""
    return marts.row(f"select * from marts.dim_permission where tenant_id = '{tenant}' and permission_key = '{key}'")


def sources(row: dict[str, Any]) -> tuple[str, str]:
    """Where the two ratings come from."""
    return row["takeover_source"], row["data_exposure_source"]


@pytest.mark.parametrize("resource", ["vendor", "own"])
@pytest.mark.parametrize("kind", ["scope", "role"])
def test_others_names_are_no_rating(marts: Warehouse, resource: str, kind: str) -> None:
    """A custom scope of a third party or of the tenant itself is shown unrated, whatever power its name promises."""
    value = {"vendor": "mail.readwrite.all", "own": "rolemanagement.readwrite.directory"}[resource]
    permission_type = {"scope": "delegated", "role": "application"}[kind]
    row = rated(marts, NORTHWIND, f"app-{resource}/{permission_type}/{resource}-{value}-{kind}")
    assert (row["tier"], row["rating"], row["is_pattern_rated"], sources(row)) == (
        "unrated",
        None,
        False,
        ("none", "none"),
    )
    assert (row["is_defined_in_tenant"], row["msidentitytools_level"]) == (True, None)


def test_unrated_permissions_are_counted(marts: Warehouse) -> None:
    """An app that holds a third party's scope shows that something of it is unrated."""
    query = "select tier, count(*) as held from marts.fct_permission where app_id = 'app-client' group by tier"
    counts = {row["tier"]: row["held"] for row in marts.rows(query)}
    assert counts["unrated"] == 1


def test_openid_means_the_same_everywhere(marts: Warehouse) -> None:
    """OpenID's scopes are rated though a third party defines them, and though nobody does."""
    defined = rated(marts, NORTHWIND, "app-vendor/delegated/vendor-openid-scope")
    undefined = rated(marts, NORTHWIND, "app-vendor/delegated/profile")
    assert {(row["takeover"], row["tier"]) for row in (defined, undefined)} == {(0, "low")}


def test_microsofts_names_are_a_marked_guess(marts: Warehouse) -> None:
    """Permissions of an API that a tenant of Microsoft's owns take a pattern's rating, whether defined or only held."""
    role = rated(marts, NORTHWIND, "app-substrate/application/substrate-mail.readwrite.all-role")
    held = rated(marts, NORTHWIND, "app-substrate/delegated/chat.readwrite.all")
    assert (role["takeover_tier"], role["data_area"], role["data_access"], role["tier"]) == (
        "medium",
        "mail",
        "write",
        "critical",
    )
    assert (held["data_area"], held["data_reach"], held["is_defined_in_tenant"]) == ("chat", "own", False)
    assert [(row["is_pattern_rated"], sources(row)) for row in (role, held)] == [(True, ("pattern", "pattern"))] * 2


def test_the_same_name_means_more_where_the_api_leads_on(marts: Warehouse) -> None:
    """Key vaults hold what opens other apps, Intune decides which devices are trusted: their names have patterns of their own."""
    vault = rated(marts, NORTHWIND, f"{KEY_VAULT}/delegated/vault-user_impersonation-scope")
    other = rated(marts, NORTHWIND, "app-storage/delegated/storage-user_impersonation-scope")
    intune = rated(marts, NORTHWIND, f"{INTUNE}/application/intune-scep_challenge_provider-role")
    assert (vault["takeover_tier"], other["takeover_tier"], intune["takeover_tier"]) == ("high", "medium", "medium")
    assert vault["data_area"] == "secrets"
    assert {sources(row) for row in (vault, other, intune)} == {("pattern", "pattern")}


def test_a_name_may_say_less_than_it_gives(marts: Warehouse) -> None:
    """A shell on every device and the feed of all accounts are critical, though neither name follows a rule."""
    shell = rated(marts, NORTHWIND, f"{DEFENDER}/application/defender-machine.liveresponse-role")
    feed = rated(marts, NORTHWIND, f"{DIRECTORY_SYNC}/application/sync-adsynchronization.readwrite.all-role")
    reading = rated(marts, NORTHWIND, f"{DEFENDER}/application/defender-machine.read.all-role")
    assert [row["takeover_tier"] for row in (shell, feed, reading)] == ["critical", "critical", "low"]
    assert {sources(row) for row in (shell, feed, reading)} == {("pattern", "pattern")}


def test_a_name_that_says_nothing_stays_unrated(marts: Warehouse) -> None:
    """A pattern is not stretched to names that no pattern fits."""
    assert rated(marts, NORTHWIND, "app-substrate/delegated/substrate-opaque-scope")["tier"] == "unrated"
    assert rated(marts, NORTHWIND, "app-substrate/delegated/substrate--scope")["tier"] == "unrated"


def test_directory_roles_are_rated_like_permissions(marts: Warehouse) -> None:
    """A built-in role has its ratings by template id; a role of the tenant's own has none, whatever its name."""
    built_in = rated(marts, NORTHWIND, f"directory/directory_role/{GLOBAL_ADMINISTRATOR}")
    assert (built_in["takeover"], built_in["takeover_source"], built_in["tier"]) == (100, "reviewed", "critical")
    assert (built_in["resource_name"], built_in["permission_value"]) == ("Microsoft Entra ID", "Global Administrator")
    custom = rated(marts, NORTHWIND, "directory/directory_role/own-role")
    assert (custom["tier"], custom["permission_value"]) == ("unrated", "Global Administrator 2")


def test_what_one_tenant_defines_is_not_shown_to_another(marts: Warehouse) -> None:
    """APIs, custom roles and grants stay in their tenant; lists are everybody's."""
    query = "select distinct tenant_id from marts.dim_permission where "
    own = "resource_app_id like 'app-substrate%' or permission_id = 'own-role'"
    assert [row["tenant_id"] for row in marts.rows(query + own)] == [NORTHWIND]
    assert len(marts.rows(query + f"permission_id = '{GLOBAL_ADMINISTRATOR}'")) > 1


@pytest.mark.parametrize(
    ("permission_type", "value", "takeover", "data_exposure", "tier"),
    [
        # Paths to Global Administrator.
        ("application", "RoleManagement.ReadWrite.Directory", "critical", "medium", "critical"),
        ("application", "AppRoleAssignment.ReadWrite.All", "critical", "medium", "critical"),
        ("application", "Application.ReadWrite.All", "critical", "medium", "critical"),
        ("application", "Directory.ReadWrite.All", "critical", "high", "critical"),
        ("application", "UserAuthenticationMethod.ReadWrite.All", "critical", "medium", "critical"),
        ("application", "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup", "critical", "medium", "critical"),
        ("application", "Domain.ReadWrite.All", "critical", "low", "critical"),
        ("application", "Application.ReadWrite.OwnedBy", "high", "low", "high"),
        ("application", "User.EnableDisableAccount.All", "high", "low", "high"),
        ("delegated", "User.EnableDisableAccount.All", "high", "low", "high"),
        ("delegated", "Directory.AccessAsUser.All", "critical", "high", "critical"),
        # Data without control.
        ("application", "Mail.ReadWrite", "medium", "critical", "critical"),
        ("application", "Mail.Read", "low", "high", "high"),
        ("application", "Chat.Read.All", "none", "high", "high"),
        ("application", "Sites.Selected", "none", "low", "low"),
        ("delegated", "Mail.Read", "low", "medium", "medium"),
        ("delegated", "Mail-Advanced.ReadWrite", "low", "medium", "medium"),
        # What every app has.
        ("delegated", "User.Read", "none", "low", "low"),
        ("delegated", "openid", "none", "low", "low"),
        ("delegated", "offline_access", "none", "none", "none"),
    ],
)
def test_well_known_permissions(
    marts: Warehouse, permission_type: str, value: str, takeover: str, data_exposure: str, tier: str
) -> None:
    """Well-known permissions of Graph are rated as people in the field expect, one by one and not by their names."""
    row = marts.row(
        f"select * from marts.dim_permission where tenant_id = '{CONTOSO}' and resource_app_id = '{GRAPH_APP}'"
        f" and permission_type = '{permission_type}' and permission_value = '{value}'"
        " and (microsoft_privilege_level is not null or scubagear_level is null)"
    )
    assert (row["takeover_tier"], row["data_exposure_tier"], row["tier"]) == (takeover, data_exposure, tier)
    assert (sources(row), row["rating"]) == (("reviewed", "reviewed"), max(row["takeover"], row["data_exposure"]))


@pytest.mark.parametrize(
    ("permission_type", "value", "level"),
    [
        ("delegated", "User.Read", "low"),
        ("delegated", "Mail.Read", "high"),
        ("delegated", "Mail.ReadBasic", "medium"),
        ("delegated", "User.Read.All", None),
        ("delegated", "User.EnableDisableAccount.All", None),
    ],
)
def test_a_name_is_not_a_prefix_of_others(
    marts: Warehouse, permission_type: str, value: str, level: str | None
) -> None:
    """MSIdentityTools names single permissions or first parts: `User.Read` tells nothing of `User.Read.All`."""
    row = marts.row(
        f"select * from marts.dim_permission where tenant_id = '{CONTOSO}' and resource_app_id = '{GRAPH_APP}'"
        f" and permission_type = '{permission_type}' and permission_value = '{value}'"
    )
    assert row["msidentitytools_level"] == level
